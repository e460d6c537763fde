/* The training loop of image models, on a toy whose gradients are easy to follow and whose loss overflows on demand. */
#include <float.h>
#include <string.h>

#include "data/batches.h"
#include "data/store.h"
#include "graph/ops.h"
#include "io/params_state.h"
#include "nn/normalization.h"
#include "nn/regularization.h"
#include "scm/networks/training.h"
#include "tests/allocations.h"
#include "tests/fit_toys.h"
#include "tests/harness.h"

/* ---- The toy ---- */

enum { TRAIN = 80, TEST = 10, SIDE = 4, PAD = 1, PADDED = SIDE + 2 * PAD, PIXELS = PADDED * PADDED };

typedef struct toy {
    cgm_dataset *data;
    network_parents parents;
    cgm_params *params;
    double wall;  /* the loss overflows where a parameter that wants to be 0.9 is beyond; 0: nowhere */
    bool fragile; /* the loss overflows in batches that drop parents */
    bool free;    /* there is no such parameter */
    double noise; /* standard deviation of what is added to the pixels */
    bool modal;   /* pixels go through what differs between training and evaluation */
    image_training *training;
} toy;

/* Pixels normalised over the batch, then dropped; a normal number's distribution function is uniform. */
static cgm_node layers_of_two_modes(const toy *t, cgm_graph *g, cgm_node x, image_bound *out)
{
    cgm_node noise = {0};
    x = cgm_normalize(t->params, g, "norm", x, &(cgm_norm_opts){.kind = CGM_NORM_BATCH, .plain = true}, out->mode);
    if (out->mode == CGM_MODE_TRAIN) {
        noise = cgm_image_bound_noise(out, g, "drop", cgm_node_shape(g, x));
        noise = cgm_affine(g, cgm_erf(g, cgm_affine(g, noise, M_SQRT1_2, 0)), 0.5, 0.5);
    }
    return cgm_dropout(g, x, noise, 0.5, out->mode);
}

/* 0.5 |x - w - V pa|^2 + 50 (c - 0.9)^2, with groups of KL 0.5 |a|^2 and 0.5 (b mean(x))^2; x in [0, 1]. */
static void bound(const void *context, cgm_graph *g, cgm_node pixels, cgm_node pa, image_bound *out)
{
    const toy *t = context;
    int64_t n = cgm_node_shape(g, pixels).dim[0];
    cgm_shape column = CGM_SHAPE(n, 1);
    cgm_node x = cgm_reshape(g, cgm_affine(g, pixels, 1 / 255.0, 0), CGM_SHAPE(n, PIXELS));
    cgm_node eps = cgm_image_bound_noise(out, g, "eps", CGM_SHAPE(n, PIXELS));
    cgm_node others = cgm_image_bound_noise(out, g, "others", CGM_SHAPE(n, 3));
    if (out->mode == CGM_MODE_TRAIN) {
        out->mask = cgm_input(g, "mask", CGM_SHAPE(1, (int64_t)t->parents.features));
        pa = cgm_mul(g, pa, out->mask);
    }
    if (t->modal) x = layers_of_two_modes(t, g, x, out);
    cgm_node v = cgm_param(t->params, g, "v", CGM_SHAPE(PIXELS, (int64_t)t->parents.features), CGM_INIT_XAVIER, 0.1);
    cgm_node w = cgm_param(t->params, g, "w", CGM_SHAPE(1, PIXELS), CGM_INIT_ZERO, 0);
    cgm_node c = cgm_param(t->params, g, "c", CGM_SHAPE(1, 1), CGM_INIT_ZERO, 0);
    cgm_node a = cgm_param(t->params, g, "a", CGM_SHAPE(1, 2), CGM_INIT_ONE, 0);
    cgm_node b = cgm_param(t->params, g, "b", CGM_SHAPE(1, 1), CGM_INIT_ONE, 0);
    cgm_node mean = cgm_add(g, w, cgm_matmul(g, pa, v, false, true));
    x = cgm_add(g, x, cgm_affine(g, cgm_add(g, eps, cgm_mean(g, others, 2)), t->noise, 0));
    cgm_node nll = cgm_affine(g, cgm_sum(g, cgm_square(g, cgm_sub(g, x, mean)), 2), 0.5, 0);
    if (!t->free) nll = cgm_add(g, nll, cgm_affine(g, cgm_square(g, cgm_affine(g, c, 1, -0.9)), 50, 0));
    if (t->wall > 0) nll = cgm_add(g, nll, cgm_exp(g, cgm_affine(g, c, 20000, -20000 * t->wall)));
    if (t->fragile && out->mask.id)
        nll = cgm_mul(g, nll, cgm_exp(g, cgm_affine(g, cgm_slice(g, out->mask, 1, 3, 1), -20000, 20000)));
    out->nll = nll;
    out->n_groups = 2;
    out->kl[0] = cgm_broadcast(g, cgm_affine(g, cgm_sum(g, cgm_square(g, a), 2), 0.5, 0), column);
    out->kl[1] = cgm_affine(g, cgm_square(g, cgm_mul(g, b, cgm_mean(g, x, 2))), 0.5, 0);
}

/* Images of noise around `bright`, the last tenth of the training rows around `late`. Parents: k of 3 levels, a. */
static cgm_dataset *make_data(int bright, int late)
{
    enum { ROWS = TRAIN + TEST };
    static const cgm_variable k = {.name = "k", .type = CGM_CATEGORICAL, .levels = 3};
    static const cgm_variable a = {.name = "a", .type = CGM_CONTINUOUS};
    static const cgm_variable image = {
        .name = "image", .type = CGM_IMAGE, .high = 255, .channels = 1, .height = SIDE, .width = SIDE};
    double *levels = calloc(ROWS, sizeof *levels), *values = calloc(ROWS, sizeof *values);
    uint8_t *pixels = calloc(ROWS, SIDE * SIDE);
    cgm_rng rng = cgm_rng_create(3);
    cgm_dataset *data = NULL;
    for (size_t i = 0; i < ROWS; i++) {
        levels[i] = (double)cgm_rng_below(&rng, 3);
        values[i] = 5 + 2 * cgm_rng_normal(&rng) + (i >= TRAIN ? 1e6 : 0);
        int around = i < TRAIN - TRAIN / 10 ? bright : i < TRAIN ? late : 255;
        for (size_t p = 0; p < SIDE * SIDE; p++)
            pixels[i * SIDE * SIDE + p] = (uint8_t)(around / 2 + (int)cgm_rng_below(&rng, (uint64_t)around / 2 + 1));
    }
    REQUIRE_OK(cgm_store_create(&data));
    REQUIRE_OK(cgm_store_add_take(data, &k, ROWS, levels, NULL, "k"));
    REQUIRE_OK(cgm_store_add_take(data, &a, ROWS, values, NULL, "a"));
    REQUIRE_OK(cgm_store_add_take(data, &image, ROWS, NULL, pixels, "image"));
    REQUIRE_OK(cgm_store_apply(data, &(cgm_data_opts){.test = TEST, .pad = PAD}));
    return data;
}

/* A toy like `like`, with parameters of its own. */
static toy toy_create(toy like)
{
    const cgm_variable *parents[] = {cgm_dataset_find(like.data, "k"), cgm_dataset_find(like.data, "a")};
    cgm_network_parents_init(2, parents, &like.parents);
    REQUIRE_OK(cgm_params_create(&like.params));
    cgm_graph *g;
    cgm_arena arena = {0};
    image_bound declared = {.mode = CGM_MODE_EVAL, .arena = &arena}; /* one row has no statistics */
    REQUIRE_OK(cgm_graph_create(&g));
    bound(&like, g, cgm_input(g, "x", CGM_SHAPE(1, 1, PADDED, PADDED)), cgm_input(g, "pa", CGM_SHAPE(1, 4)), &declared);
    REQUIRE_OK(cgm_graph_status(g));
    cgm_graph_destroy(g);
    cgm_arena_clear(&arena);
    return like;
}

static void toy_end(toy *t)
{
    if (t->training) cgm_image_training_end(t->training);
    t->training = NULL;
}

static void toy_destroy(toy *t)
{
    toy_end(t);
    cgm_params_destroy(t->params);
}

static cgm_fit fit_of(const toy *t, const cgm_train_opts *opts, int threads)
{
    return (cgm_fit){.data = t->data, .train = opts, .rng = cgm_rng_create(9), .threads = threads};
}

static cgm_status begin_toy(toy *t, const cgm_fit *fit, cgm_fit_report *report)
{
    image_model model = {.variable = cgm_dataset_find(t->data, "image"),
                         .parents = &t->parents,
                         .params = t->params,
                         .bound = bound,
                         .context = t,
                         .group_name = {"1", "6"},
                         .dropout = t->fragile ? 0.2 : 0,
                         .dropped = {false, true}};
    return cgm_image_training_begin(&model, fit, report, &t->training);
}

static void toy_begin(toy *t, const cgm_fit *fit, cgm_fit_report *report)
{
    REQUIRE_OK(begin_toy(t, fit, report));
}

static cgm_status toy_state(toy *t, cgm_state *s)
{
    CGM_TRY(cgm_state_add_params(s, t->params, true));
    CGM_TRY(cgm_network_parents_state(&t->parents, s));
    return cgm_image_training_state(t->training, s);
}

static size_t entry_bytes(const cgm_state_entry *e)
{
    return (size_t)cgm_shape_size(e->shape) * cgm_dtype_size(e->dtype);
}

static void copy_state(toy *from, toy *to)
{
    cgm_state a = {0}, b = {0};
    REQUIRE_OK(toy_state(from, &a));
    REQUIRE_OK(toy_state(to, &b));
    CU_ASSERT_EQUAL_FATAL(a.n, b.n);
    for (size_t i = 0; i < a.n; i++) memcpy(b.entry[i].data, a.entry[i].data, entry_bytes(&a.entry[i]));
    cgm_state_clear(&a);
    cgm_state_clear(&b);
}

static bool same_state(toy *x, toy *y)
{
    cgm_state a = {0}, b = {0};
    REQUIRE_OK(toy_state(x, &a));
    REQUIRE_OK(toy_state(y, &b));
    bool same = a.n == b.n;
    for (size_t i = 0; i < a.n && same; i++)
        same = memcmp(b.entry[i].data, a.entry[i].data, entry_bytes(&a.entry[i])) == 0;
    cgm_state_clear(&a);
    cgm_state_clear(&b);
    return same;
}

/* A number of a parameter, or of its average: of w one within the image's frame. */
static double value_of(const toy *t, const char *name, bool average)
{
    for (size_t i = 0; i < cgm_params_count(t->params); i++) {
        const cgm_param_view *view = cgm_params_view(t->params, i);
        const cgm_real *flat = average ? cgm_params_ema(t->params) : cgm_params_values(t->params);
        if (strcmp(view->name, name) == 0)
            return (double)flat[view->offset + (size_t)cgm_shape_size(view->shape) * 2 / 5];
    }
    return NAN;
}

static const cgm_train_opts plain = {.epochs = 10, .batch = 8, .rate = 0.02, .ema = 0.9, .beta = 1};

/* ---- Metrics and the loss ---- */

static void metrics_add_up(void)
{
    toy t = toy_create((toy){.data = make_data(200, 200)});
    cgm_train_opts opts = plain;
    opts.validation = 0.1;
    opts.warmup = 4;
    cgm_fit fit = fit_of(&t, &opts, 1);
    cgm_fit_report report;
    toy_begin(&t, &fit, &report);
    CU_ASSERT(report.total == 10 * 72 && report.done == 0 && !report.finished);
    for (int i = 1; i <= 90; i++) {
        double b = value_of(&t, "b", false), a = value_of(&t, "a", false);
        REQUIRE_OK(cgm_image_training_step(t.training, &fit, &report));
        double elbo = metric(&report, "elbo"), kl = metric(&report, "kl");
        CHECK_NEAR(metric(&report, "nll") + kl, -elbo, 1e-9);
        CHECK_NEAR(metric(&report, "nats_per_dim") * PIXELS, elbo, 1e-9);
        CHECK_NEAR(metric(&report, "bits_per_dim") * PIXELS * log(2), -elbo, 1e-9);
        CHECK_NEAR(metric(&report, "kl_1") + metric(&report, "kl_6"), kl, 1e-9);
        CHECK_NEAR(metric(&report, "kl_1"), a * a, 1e-5); /* two equal numbers */
        CU_ASSERT(metric(&report, "kl_6") > 0 && metric(&report, "kl_6") < 0.5 * b * b);
        CHECK_NEAR(metric(&report, "rate"), opts.rate * fmin(1, i / 4.0), 1e-12);
        CU_ASSERT(metric(&report, "skipped") == 0 && metric(&report, "lowered") == 0);
        CU_ASSERT(report.epoch_ended == (i % 9 == 0) && report.finished == (i == 90) && report.done == 8 * (size_t)i);
        CU_ASSERT(isnan(metric(&report, "validation_elbo")) == !report.epoch_ended);
    }
    CHECK_NEAR(metric(&report, "validation_elbo"), metric(&report, "elbo"), 0.5);
    toy_destroy(&t);
    cgm_dataset_destroy(t.data);
}

/* KL of a group below lambda costs nothing, above it costs what it is above. */
static void free_bits_hold_a_group(void)
{
    cgm_dataset *data = make_data(200, 200);
    for (int held = 0; held <= 1; held++) {
        toy t = toy_create((toy){.data = data});
        cgm_train_opts opts = plain;
        opts.epochs = 120;
        opts.rate = 0.002;
        opts.free_bits = held ? 0.3 : 0; /* kl_1 begins at 1, kl_6 below 0.3 */
        cgm_fit fit = fit_of(&t, &opts, 1);
        cgm_fit_report report;
        toy_begin(&t, &fit, &report);
        do {
            REQUIRE_OK(cgm_image_training_step(t.training, &fit, &report));
        } while (!report.finished);
        if (held) {
            CHECK_NEAR(metric(&report, "kl_1"), 0.3, 0.02);
            CHECK_NEAR(value_of(&t, "b", false), 1, 0);
        } else {
            CHECK_NEAR(metric(&report, "kl_1"), 0, 1e-3);
            CHECK_NEAR(value_of(&t, "b", false), 0, 0.1);
        }
        toy_destroy(&t);
    }
    cgm_dataset_destroy(data);
}

/* The same rows in one batch or in four make the same step, up to rounding. */
static void batches_accumulate(void)
{
    cgm_dataset *data = make_data(200, 100);
    toy whole = toy_create((toy){.data = data}), parts = toy_create((toy){.data = data});
    cgm_train_opts one = plain, four = plain;
    one.batch = 32;
    four.accumulate = 4;
    one.augment.crop = four.augment.crop = 2;
    cgm_fit fit_one = fit_of(&whole, &one, 1), fit_four = fit_of(&parts, &four, 2);
    cgm_fit_report a, b;
    toy_begin(&whole, &fit_one, &a);
    toy_begin(&parts, &fit_four, &b);
    CU_ASSERT(a.total == b.total && a.total == 10 * 64);
    while (!a.finished) {
        REQUIRE_OK(cgm_image_training_step(whole.training, &fit_one, &a));
        REQUIRE_OK(cgm_image_training_step(parts.training, &fit_four, &b));
        CHECK_NEAR(metric(&b, "elbo"), metric(&a, "elbo"), 1e-4);
        CHECK_NEAR(metric(&b, "norm"), metric(&a, "norm"), 1e-4);
        CU_ASSERT(a.done == b.done && a.finished == b.finished);
    }
    toy_destroy(&whole);
    toy_destroy(&parts);
    cgm_dataset_destroy(data);
}

/* The loss a number of the image has the gradient divided by as many. */
static void loss_may_be_per_dimension(void)
{
    double norm[2];
    toy t = toy_create((toy){.data = make_data(200, 200)});
    cgm_fit fit = fit_of(&t, &plain, 1);
    cgm_fit_report report;
    for (int i = 0; i <= 1; i++) {
        image_model model = {.variable = cgm_dataset_find(t.data, "image"),
                             .parents = &t.parents,
                             .params = t.params,
                             .bound = bound,
                             .context = &t,
                             .group_name = {"1", "6"},
                             .per_dimension = i == 1};
        cgm_train_opts still = plain;
        still.rate = 0;
        fit.train = &still;
        REQUIRE_OK(cgm_image_training_begin(&model, &fit, &report, &t.training));
        REQUIRE_OK(cgm_image_training_step(t.training, &fit, &report));
        norm[i] = metric(&report, "norm");
        toy_end(&t);
    }
    CU_ASSERT(norm[1] > 0);
    CHECK_NEAR(norm[1] * PIXELS, norm[0], 1e-4 * norm[0]);
    toy_destroy(&t);
    cgm_dataset_destroy(t.data);
}

/* ---- Steps that fail ---- */

/* A batch in five overflows: it changes nothing but the count. */
static void bad_steps_are_skipped(void)
{
    toy t = toy_create((toy){.data = make_data(200, 200), .fragile = true});
    cgm_train_opts opts = plain;
    opts.epochs = 40;
    cgm_fit fit = fit_of(&t, &opts, 1);
    cgm_fit_report report;
    double skipped = 0, finite = 0;
    toy_begin(&t, &fit, &report);
    do {
        double before = value_of(&t, "w", false), average = value_of(&t, "w", true);
        REQUIRE_OK(cgm_image_training_step(t.training, &fit, &report));
        bool bad = !isfinite(metric(&report, "norm"));
        skipped += bad;
        finite += isfinite(metric(&report, "elbo"));
        if (bad) CU_ASSERT(value_of(&t, "w", false) == before && value_of(&t, "w", true) == average);
        CU_ASSERT_EQUAL(metric(&report, "skipped"), skipped);
    } while (!report.finished);
    CHECK_NEAR(skipped, 80, 5 * sqrt(64)); /* of 400 with probability 1/5 */
    CU_ASSERT(finite == 400 - skipped && metric(&report, "lowered") == 0);
    CHECK_NEAR(value_of(&t, "c", false), 0.9, 0.01); /* and it has learnt */
    toy_destroy(&t);
    cgm_dataset_destroy(t.data);
}

static void norms_from_a_limit_on_are_skipped(void)
{
    toy t = toy_create((toy){.data = make_data(200, 200)});
    cgm_train_opts opts = plain;
    opts.skip_norm = 95; /* the first gradient of c is 90, w's are below 1 */
    opts.augment.crop = 0;
    cgm_fit fit = fit_of(&t, &opts, 1);
    cgm_fit_report report;
    toy_begin(&t, &fit, &report);
    REQUIRE_OK(cgm_image_training_step(t.training, &fit, &report));
    CU_ASSERT(metric(&report, "skipped") == 0 && metric(&report, "norm") > 85);
    toy_end(&t);
    opts.skip_norm = 50;
    opts.max_skips = 3;
    toy_begin(&t, &fit, &report);
    cgm_status status = CGM_OK;
    int steps = 0;
    for (; status == CGM_OK && steps < 100; steps++) status = cgm_image_training_step(t.training, &fit, &report);
    CHECK_FAILS(status, CGM_E_NUMERIC, "and 50 or more is skipped");
    CU_ASSERT_EQUAL(steps, 12); /* three, and after each of three halvings three more */
    toy_destroy(&t);
    cgm_dataset_destroy(t.data);
}

static void count_warning(void *context, cgm_log_level level, const char *message)
{
    CU_ASSERT(level == CGM_LOG_WARNING && strstr(message, "image: step ") && strstr(message, "back to the parameters"));
    ++*(int *)context;
}

/* The first step leaps over the wall; with half the rate it does not. */
static void diverging_goes_back_with_half_the_rate(void)
{
    toy t = toy_create((toy){.data = make_data(200, 200), .wall = 1.8});
    int warnings = 0;
    cgm_sink sink = {.log = count_warning, .context = &warnings};
    cgm_train_opts opts = plain;
    opts.rate = 2;
    opts.max_skips = 5;
    cgm_fit fit = fit_of(&t, &opts, 1);
    fit.sink = &sink;
    cgm_fit_report report;
    toy_begin(&t, &fit, &report);
    REQUIRE_OK(cgm_image_training_step(t.training, &fit, &report));
    CHECK_NEAR(value_of(&t, "c", false), 2, 1e-3);
    for (int i = 0; i < 5; i++) REQUIRE_OK(cgm_image_training_step(t.training, &fit, &report));
    CU_ASSERT(warnings == 1 && metric(&report, "lowered") == 1 && metric(&report, "skipped") == 5);
    CU_ASSERT(value_of(&t, "c", false) == 0 && value_of(&t, "c", true) == 0 && value_of(&t, "a", false) == 1);
    do {
        REQUIRE_OK(cgm_image_training_step(t.training, &fit, &report));
        CHECK_NEAR(metric(&report, "rate"), 1, 1e-12);
    } while (!report.finished);
    CU_ASSERT(metric(&report, "lowered") == 1 && metric(&report, "skipped") == 5);
    CHECK_NEAR(value_of(&t, "c", false), 0.9, 0.5);
    toy_destroy(&t);
    cgm_dataset_destroy(t.data);
}

/* The way back takes with it what any optimiser remembers: here all is as at the beginning. */
static void going_back_forgets_momentum(void)
{
    cgm_dataset *data = make_data(200, 200);
    for (int kind = 1; kind < CGM_OPTIMIZER_KINDS; kind++) {
        toy t = toy_create((toy){.data = data, .wall = 1.8});
        cgm_train_opts opts = plain;
        opts.optimizer = cgm_optimizer_usual((cgm_optimizer_kind)kind);
        bool descends = kind == CGM_OPTIMIZER_SGD || kind == CGM_OPTIMIZER_MOMENTUM || kind == CGM_OPTIMIZER_NESTEROV;
        opts.rate = descends ? 0.025 : 2; /* the gradient is -90, of others' steps the rate is the length */
        opts.schedule = cgm_schedule_usual(CGM_SCHEDULE_POLYNOMIAL);
        opts.schedule.min_rate = opts.rate; /* which is halved with the rate */
        opts.max_skips = 2;
        cgm_fit fit = fit_of(&t, &opts, 1);
        cgm_fit_report report;
        toy_begin(&t, &fit, &report);
        REQUIRE_OK(cgm_image_training_step(t.training, &fit, &report));
        CU_ASSERT(value_of(&t, "c", false) > 1.8);
        for (int i = 0; i < 2; i++) REQUIRE_OK(cgm_image_training_step(t.training, &fit, &report));
        CU_ASSERT(metric(&report, "lowered") == 1 && value_of(&t, "c", false) == 0);
        for (size_t i = 0; i < cgm_params_flat_size(t.params); i++)
            CU_ASSERT(cgm_params_moment(t.params, 0)[i] == 0 && cgm_params_moment(t.params, 1)[i] == 0);
        REQUIRE_OK(cgm_image_training_step(t.training, &fit, &report));
        CHECK_NEAR(metric(&report, "rate"), opts.rate / 2, 1e-12);
        toy_destroy(&t);
    }
    cgm_dataset_destroy(data);
}

/* No rate is small enough: the message says so, names the parameter, and what is left is finite. */
static void diverging_for_good_stops(void)
{
    toy t = toy_create((toy){.data = make_data(200, 200), .wall = 0.1});
    int warnings = 0;
    cgm_sink sink = {.log = count_warning, .context = &warnings};
    cgm_train_opts opts = plain;
    opts.rate = 2;
    opts.max_skips = 4;
    cgm_fit fit = fit_of(&t, &opts, 1);
    fit.sink = &sink;
    cgm_fit_report report;
    cgm_status status = CGM_OK;
    int steps = 0;
    toy_begin(&t, &fit, &report);
    for (; status == CGM_OK && steps < 100; steps++) status = cgm_image_training_step(t.training, &fit, &report);
    CHECK_FAILS(status, CGM_E_NUMERIC, "4 steps in a row were skipped: the gradient of \"c\" is not finite");
    CHECK_FAILS(status, CGM_E_NUMERIC, "after the rate was halved 3 times");
    CU_ASSERT(steps == 4 * 5 && warnings == 3); /* one step made, four skipped, four times */
    for (size_t i = 0; i < cgm_params_flat_size(t.params); i++)
        CU_ASSERT(isfinite(cgm_params_values(t.params)[i]) && isfinite(cgm_params_ema(t.params)[i]));
    toy_destroy(&t);
    cgm_dataset_destroy(t.data);
}

/* ---- Early stopping ---- */

static size_t train_to_the_end(toy *t, const cgm_train_opts *opts, double *best, double *ema_at_best)
{
    cgm_fit fit = fit_of(t, opts, 1);
    cgm_fit_report report;
    size_t epochs = 0;
    *best = -INFINITY;
    toy_begin(t, &fit, &report);
    do {
        REQUIRE_OK(cgm_image_training_step(t->training, &fit, &report));
        epochs += report.epoch_ended;
        if (!report.epoch_ended || !(metric(&report, "validation_elbo") > *best)) continue;
        if (epochs < (size_t)opts->beta_warmup) continue;
        *best = metric(&report, "validation_elbo");
        *ema_at_best = value_of(t, "w", true);
    } while (!report.finished);
    toy_end(t);
    return epochs;
}

/* What is trained on is bright and what is held out dark, so that each epoch makes the bound there worse. */
static void early_stopping_keeps_the_best(void)
{
    cgm_dataset *data = make_data(250, 0);
    double best, ema;
    toy t = toy_create((toy){.data = data, .free = true});
    cgm_train_opts opts = plain;
    opts.epochs = 50;
    opts.rate = 1e-3;
    opts.patience = 3;
    opts.validation = 0.1;
    size_t epochs = train_to_the_end(&t, &opts, &best, &ema);
    CU_ASSERT(epochs > 4 && epochs < 50);
    CHECK_NEAR(value_of(&t, "w", true), ema, 0);
    CU_ASSERT(value_of(&t, "w", true) != value_of(&t, "w", false));
    toy_destroy(&t);
    /* Epochs before the KL's weight has arrived are not judged. */
    t = toy_create((toy){.data = data, .free = true});
    opts.beta_warmup = 20;
    CU_ASSERT(train_to_the_end(&t, &opts, &best, &ema) >= 20 + 3 - 1);
    CHECK_NEAR(value_of(&t, "w", true), ema, 0);
    toy_destroy(&t);
    /* Without patience the last average stays, and the length is as planned. */
    t = toy_create((toy){.data = data, .free = true});
    opts.patience = 0;
    opts.beta_warmup = 0;
    CU_ASSERT_EQUAL(train_to_the_end(&t, &opts, &best, &ema), 50);
    CU_ASSERT(value_of(&t, "w", true) > ema);
    toy_destroy(&t);
    cgm_dataset_destroy(data);
}

/* The held out rows, and the test split, train nothing: neither the model nor the scaling of the parents. */
static void held_out_rows_train_nothing(void)
{
    cgm_dataset *one = make_data(200, 200), *other = make_data(200, 20);
    toy a = toy_create((toy){.data = one}), b = toy_create((toy){.data = other});
    for (size_t row = TRAIN - TRAIN / 10; row < TRAIN; row++) other->column[1].values[row] = 1e9;
    cgm_train_opts opts = plain;
    opts.validation = 0.1;
    cgm_fit fit_a = fit_of(&a, &opts, 1), fit_b = fit_of(&b, &opts, 1);
    cgm_fit_report report_a, report_b;
    toy_begin(&a, &fit_a, &report_a);
    toy_begin(&b, &fit_b, &report_b);
    CHECK_NEAR(a.parents.shift[1], 5, 1);
    while (!report_a.finished) {
        REQUIRE_OK(cgm_image_training_step(a.training, &fit_a, &report_a));
        REQUIRE_OK(cgm_image_training_step(b.training, &fit_b, &report_b));
    }
    CU_ASSERT(same_state(&a, &b));
    CU_ASSERT(metric(&report_a, "validation_elbo") > metric(&report_b, "validation_elbo") + 1);
    toy_destroy(&a);
    toy_destroy(&b);
    cgm_dataset_destroy(one);
    cgm_dataset_destroy(other);
}

/* ---- Training and evaluation ---- */

static const cgm_real *averages_of(const toy *t, const char *name)
{
    for (size_t i = 0; i < cgm_params_count(t->params); i++) {
        const cgm_param_view *view = cgm_params_view(t->params, i);
        if (strcmp(view->name, name) == 0) return cgm_params_ema(t->params) + view->offset;
    }
    CU_FAIL_FATAL("no such parameter");
    return NULL;
}

/* The bound of a row: the toy's formula on pixels normalised by the running means, none of them dropped. */
static double evaluated(const toy *t, size_t row)
{
    const cgm_real *mean = averages_of(t, "norm.running_mean"), *variance = averages_of(t, "norm.running_var");
    const cgm_real *w = averages_of(t, "w"), *v = averages_of(t, "v"), *a = averages_of(t, "a");
    cgm_real pixels[PIXELS], pa[4];
    double sum = 0, loss = 0, b = (double)*averages_of(t, "b");
    cgm_dataset_images(t->data, 1, &row, "image", 1, pixels);
    cgm_network_parents_fill_rows(&t->parents, t->data, 1, &row, NULL, pa);
    for (size_t p = 0; p < PIXELS; p++) {
        double x = ((double)pixels[p] / 255 - (double)mean[p]) / sqrt((double)variance[p] + 1e-5);
        double off = x - (double)w[p];
        for (size_t k = 0; k < 4; k++) off -= (double)pa[k] * (double)v[p * 4 + k];
        loss += 0.5 * off * off;
        sum += x;
    }
    for (size_t k = 0; k < 2; k++) loss += 0.5 * (double)a[k] * (double)a[k];
    return -(loss + 0.5 * pow(b * sum / PIXELS, 2));
}

/* The running means are those that the epoch has left. */
static void validation_is_evaluation(void)
{
    enum { HELD = TRAIN / 10 };
    toy t = toy_create((toy){.data = make_data(200, 120), .free = true, .modal = true});
    cgm_train_opts opts = plain;
    opts.validation = 0.1;
    cgm_fit fit = fit_of(&t, &opts, 1);
    cgm_fit_report report;
    toy_begin(&t, &fit, &report);
    do {
        REQUIRE_OK(cgm_image_training_step(t.training, &fit, &report));
        if (!report.epoch_ended) continue;
        double want = 0;
        for (size_t row = TRAIN - HELD; row < TRAIN; row++) want += evaluated(&t, row) / HELD;
        CHECK_NEAR(metric(&report, "validation_elbo"), want, 1e-4 * fabs(want));
    } while (!report.finished);
    CU_ASSERT((double)averages_of(&t, "norm.running_mean")[PIXELS * 2 / 5] > 0.3); /* it has moved */
    toy_destroy(&t);
    cgm_dataset_destroy(t.data);
}

/* ---- The same bits ---- */

static const cgm_train_opts everything = {
    .epochs = 30,
    .batch = 8,
    .accumulate = 2,
    .rate = 2,
    .warmup = 1,
    .max_skips = 3,
    .clip = 50,
    .weight_decay = 0.01,
    .ema = 0.9,
    .beta = 1,
    .beta_start = 3,
    .beta_warmup = 2,
    .free_bits = 0.01,
    .augment = {.crop = 2, .flip = true, .rotation = 5, .scale = {0.9, 1.1}, .noise = 2},
    .validation = 0.15,
    .patience = 2};

/* With all that a training can do, stopped after any step and gone on with, on one thread or two. */
static void resuming_gives_the_same_bits(void)
{
    toy like = {.data = make_data(200, 20), .wall = 1.8, .fragile = true, .noise = 0.1, .modal = true};
    toy whole = toy_create(like);
    cgm_fit fit = fit_of(&whole, &everything, 1);
    cgm_fit_report report;
    size_t steps = 0;
    toy_begin(&whole, &fit, &report);
    do {
        REQUIRE_OK(cgm_image_training_step(whole.training, &fit, &report));
        steps++;
    } while (!report.finished);
    CU_ASSERT(metric(&report, "lowered") > 0 && metric(&report, "skipped") > 3); /* all that can happen did */
    CU_ASSERT(steps < 30 * 4);                                                   /* it stopped early */
    for (size_t stop = 0; stop < steps; stop += 3) {                             /* an epoch has four */
        toy first = toy_create(like), second = toy_create(like);
        cgm_fit one = fit_of(&first, &everything, 1), two = fit_of(&second, &everything, 2);
        toy_begin(&first, &one, &report);
        for (size_t i = 0; i < stop; i++) REQUIRE_OK(cgm_image_training_step(first.training, &one, &report));
        toy_begin(&second, &two, &report);
        copy_state(&first, &second);
        for (size_t i = stop; i < steps; i++) REQUIRE_OK(cgm_image_training_step(second.training, &two, &report));
        CU_ASSERT(report.finished && same_state(&whole, &second));
        toy_destroy(&first);
        toy_destroy(&second);
    }
    toy_destroy(&whole);
    cgm_dataset_destroy(like.data);
}

/* So does each optimiser, under each schedule; a plateau judges by the rows held out. */
static void every_optimizer_goes_on(void)
{
    cgm_dataset *data = make_data(200, 20);
    for (int kind = 1; kind < CGM_OPTIMIZER_KINDS; kind++)
        for (int schedule = 0; schedule < CGM_SCHEDULE_KINDS; schedule++) {
            toy t[3];
            cgm_train_opts opts = plain;
            cgm_fit_report report;
            opts.rate = 2e-3;
            opts.validation = CGM_TRAIN_DEFAULT;
            opts.optimizer = cgm_optimizer_usual((cgm_optimizer_kind)kind);
            opts.schedule = cgm_schedule_usual((cgm_schedule_kind)schedule);
            opts.schedule.every = 10;
            opts.schedule.patience = 0;
            opts.schedule.threshold = 0.9; /* no epoch is so much better */
            opts.schedule.min_rate = 1e-4;
            cgm_fit fit = {.data = data, .train = &opts, .rng = cgm_rng_create(9), .threads = 1};
            for (int i = 0; i < 3; i++) {
                t[i] = toy_create((toy){.data = data, .noise = 0.1});
                toy_begin(&t[i], &fit, &report);
                if (i == 2) copy_state(&t[1], &t[2]);
                for (int step = i == 2 ? 25 : 0; step < (i == 1 ? 25 : 40); step++)
                    REQUIRE_OK(cgm_image_training_step(t[i].training, &fit, &report));
            }
            CU_ASSERT(same_state(&t[0], &t[2]));
            CU_ASSERT((metric(&report, "rate") < opts.rate) == (schedule != CGM_SCHEDULE_CONSTANT));
            CU_ASSERT(metric(&report, "skipped") == 0 && value_of(&t[0], "c", false) > 0.01); /* 0 at first */
            for (int i = 0; i < 3; i++) toy_destroy(&t[i]);
        }
    toy t = toy_create((toy){.data = data});
    cgm_train_opts opts = plain; /* holds no row out */
    opts.schedule = cgm_schedule_usual(CGM_SCHEDULE_PLATEAU);
    cgm_fit fit = fit_of(&t, &opts, 1);
    cgm_fit_report report;
    CHECK_FAILS(begin_toy(&t, &fit, &report), CGM_E_ARG, "nothing to judge by");
    toy_destroy(&t);
    cgm_dataset_destroy(data);
}

/* Stored arrays of parameters that lie elsewhere are not taken for these. */
static void another_layout_is_refused(void)
{
    toy t = toy_create((toy){.data = make_data(200, 20)});
    cgm_fit fit = fit_of(&t, &plain, 1);
    cgm_fit_report report;
    cgm_state s = {0};
    toy_begin(&t, &fit, &report);
    REQUIRE_OK(toy_state(&t, &s));
    for (size_t i = 0; i < s.n; i++)
        if (strcmp(s.entry[i].name, "training/layout") == 0) ++*(uint64_t *)s.entry[i].data;
    CHECK_FAILS(cgm_image_training_step(t.training, &fit, &report), CGM_E_FORMAT, "another version of cgm");
    cgm_state_clear(&s);
    toy_destroy(&t);
    cgm_dataset_destroy(t.data);
}

/* Over epochs' ends too, with their validation. */
static void a_step_allocates_nothing(void)
{
    cgm_dataset *data = make_data(200, 20);
    for (int threads = 1; threads <= 2; threads++) {
        toy t = toy_create((toy){.data = data, .fragile = true, .noise = 0.1});
        cgm_train_opts opts = everything;
        opts.rate = 1e-3;
        cgm_fit fit = fit_of(&t, &opts, threads);
        cgm_fit_report report;
        toy_begin(&t, &fit, &report);
        REQUIRE_OK(cgm_image_training_step(t.training, &fit, &report)); /* the thread pool starts here */
        size_t before = allocations();
        for (int i = 0; i < 10; i++) REQUIRE_OK(cgm_image_training_step(t.training, &fit, &report));
        CU_ASSERT_EQUAL(allocations() - before, 0);
        toy_destroy(&t);
    }
    CU_ASSERT(allocations() > 0 || !allocations_counted());
    cgm_dataset_destroy(data);
}

static const test_case cases[] = {
    {"metrics add up", metrics_add_up},
    {"free bits hold a group", free_bits_hold_a_group},
    {"batches accumulate", batches_accumulate},
    {"the loss may be per dimension", loss_may_be_per_dimension},
    {"bad steps are skipped", bad_steps_are_skipped},
    {"norms from a limit on are skipped", norms_from_a_limit_on_are_skipped},
    {"diverging goes back with half the rate", diverging_goes_back_with_half_the_rate},
    {"going back forgets momentum", going_back_forgets_momentum},
    {"diverging for good stops", diverging_for_good_stops},
    {"early stopping keeps the best", early_stopping_keeps_the_best},
    {"held out rows train nothing", held_out_rows_train_nothing},
    {"validation is evaluation", validation_is_evaluation},
    {"resuming gives the same bits", resuming_gives_the_same_bits},
    {"every optimiser goes on to the same bits", every_optimizer_goes_on},
    {"another layout is refused", another_layout_is_refused},
    {"a step allocates nothing", a_step_allocates_nothing},
};
TEST_MAIN("training", cases)
