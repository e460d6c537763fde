/* CycleGAN: ten steps against PyTorch, the buffer of earlier images, training that resumes and threads, abduction and
 * prediction, what is refused. */
#include <string.h>

#include "gan/cyclegan.h"
#include "gan/training_priv.h"
#include "scm/mechanism_table.h"
#include "tests/fit_toys.h"
#include "tests/fixtures/cyclegan.h"
#include "tests/game_toys.h"

static const cgm_variable domain = {.name = "domain", .type = CGM_BINARY, .levels = 2};

static cgm_variable image_of(int channels, int height, int width)
{
    return (cgm_variable){
        .name = "image", .type = CGM_IMAGE, .high = 255, .channels = channels, .height = height, .width = width};
}

static cgm_status try_create(const cgm_variable *image, size_t n_parents, const cgm_variable *const *parents,
                             const char *yaml, cyclegan **out)
{
    cgm_config *config = NULL;
    cgm_mechanism *m = NULL;
    REQUIRE_OK(cgm_config_parse(yaml, "test.yaml", &config));
    cgm_mechanism_spec spec = {
        .variable = image, .n_parents = n_parents, .parents = parents, .options = cgm_config_root(config)};
    cgm_status status = cgm_mechanism_cyclegan.create(&spec, &m);
    cgm_config_destroy(config);
    *out = (cyclegan *)m;
    return status;
}

static cyclegan *create(const cgm_variable *image, const cgm_variable *parent, const char *yaml)
{
    cyclegan *m = NULL;
    REQUIRE_OK(try_create(image, 1, (const cgm_variable *const[]){parent}, yaml, &m));
    return m;
}

static void destroy(cyclegan *m)
{
    if (m) m->base.methods->destroy(&m->base);
}

/* ---- Ten steps against PyTorch ---- */

enum { N = 2, CHANNELS = 2, SIDE = 12, IMAGES = N * CHANNELS * SIDE * SIDE, STEPS = 10 };

typedef struct game {
    const char *options;
    const double *losses;
    const tensor *trained;
    size_t n_trained;
} game;

#define SMALL "width: 3, blocks: 2, critic_width: 3, critic_layers: 1"
#define TRAINED(name) name##_losses, name##_trained, sizeof name##_trained / sizeof *name##_trained

static const game games[] = {
    {"{" SMALL "}", TRAINED(resnet)},
    {"{" SMALL ", network: unet, identity: 0}", TRAINED(unet)},
};

/* shift + scale sin(a i + b + (i^2 mod 101)), as in make_cyclegan.py. */
static void wave(size_t n, double scale, double a, double b, double shift, cgm_real *out)
{
    for (size_t i = 0; i < n; i++) out[i] = (cgm_real)(shift + scale * sin(a * (double)i + b + (double)(i * i % 101)));
}

static void set_waves(cgm_params *params)
{
    cgm_rng rng = cgm_rng_create(1);
    REQUIRE_OK(cgm_params_init(params, &rng));
    for (size_t i = 0; i < cgm_params_count(params); i++) {
        const cgm_param_view *view = cgm_params_view(params, i);
        size_t size = (size_t)cgm_shape_size(view->shape), phase = 0;
        for (size_t k = 0; view->name[k]; k++) phase += (k + 1) * (size_t)view->name[k];
        bool bias = strstr(view->name, "bias") != NULL;
        wave(size, bias ? 0.2 : 1.2 / sqrt((double)(size / (size_t)view->shape.dim[0])), 1.7, (double)(phase % 997), 0,
             cgm_params_values(params) + view->offset);
    }
}

static void fill(game_move *c, const game_move *generator, int step)
{
    for (size_t i = 0; i < c->move.n_inputs; i++) {
        int d = c->move.input[i].domain;
        if (c->move.input[i].source == GAN_DATA)
            wave(IMAGES, 120, 0.9, 0.3 + d + 0.1 * step, 127.5, c->in[i]);
        else
            memcpy(c->in[i], cgm_workspace_get(generator->ws, generator->move.made[d]), IMAGES * sizeof(cgm_real));
    }
}

static void ten_steps(void)
{
    static game_move players[GAN_PLAYERS];
    static const gan_player turn[] = {GAN_GENERATOR, GAN_CRITIC};
    cgm_variable image = image_of(CHANNELS, SIDE, SIDE);
    cgm_optimizer_opts opts = {.rule = cgm_optimizer_usual(CGM_OPTIMIZER_ADAM), .rate = 2e-4};
    opts.rule.beta1 = 0.5;
    for (const game *of = games; of < games + sizeof games / sizeof *games; of++) {
        cyclegan *m = create(&image, &domain, of->options);
        const game_model model = {cgm_cyclegan_move, m, N, {m->networks.critics, m->networks.generators}};
        set_waves(m->networks.critics);
        set_waves(m->networks.generators);
        for (int k = 0; k < GAN_PLAYERS; k++) game_compile(&model, (gan_player)k, &players[k]);
        for (int move = 0; move < 2 * STEPS; move++) {
            game_move *player = &players[turn[move % 2]];
            fill(player, &players[GAN_GENERATOR], move / 2);
            game_play(player, &opts, of->losses[move]);
        }
        game_check_trained(&model, of->n_trained, of->trained);
        for (int k = 0; k < GAN_PLAYERS; k++) game_clear(&players[k]);
        destroy(m);
    }
}

/* ---- The buffer ---- */

/* Images of one number, 1, 2, 3 ...: the first ones are shown as they come and kept; then each is shown at once, or an
 * earlier one in its place; so that each is shown once or is in the buffer. */
static void buffer_of_earlier_images(void)
{
    enum { SIZE = 5, MANY = 4000 };
    static int shown[MANY + 1];
    gan_image_buffer b = {0};
    cgm_rng rng = cgm_rng_create(3);
    cgm_real x = 7;
    size_t at_once = 0;
    cgm_gan_image_buffer_exchange(&b, &rng, 1, &x);
    CHECK_NEAR((double)x, 7, 0);
    REQUIRE_OK(cgm_gan_image_buffer_create(SIZE, 1, &b));
    x = (cgm_real)NAN;
    cgm_gan_image_buffer_exchange(&b, &rng, 1, &x);
    CU_ASSERT_EQUAL(b.held, 0);
    for (int i = 1; i <= MANY; i++) {
        x = (cgm_real)i;
        cgm_gan_image_buffer_exchange(&b, &rng, 1, &x);
        if (i <= SIZE) CHECK_NEAR((double)x, i, 0);
        if (i > SIZE) shown[(int)x]++;
        at_once += i > SIZE && x == (cgm_real)i;
    }
    for (int i = 0; i < SIZE; i++) shown[(int)b.image[i]]++;
    for (int i = 1; i <= MANY; i++) CU_ASSERT_EQUAL(shown[i], 1);
    CHECK_NEAR((double)at_once, MANY / 2, 4.5 * sqrt(MANY / 4));
    cgm_gan_image_buffer_clear(&b);
}

/* ---- Training as a mechanism ---- */

typedef struct trainee {
    cyclegan *m;
    cgm_dataset *data;
    cgm_train_opts opts;
    cgm_fit fit;
    cgm_fit_report report;
} trainee;

static cgm_dataset *pairs(int64_t n, int64_t seed)
{
    cgm_dataset *data = NULL;
    cgm_data_opts source = {.make = "stroke_pair", .n = n, .seed = seed, .pad = 2};
    REQUIRE_OK(cgm_dataset_open(&source, 1, NULL, &data));
    return data;
}

#define TINY "width: 2, blocks: 1, critic_width: 2, critic_layers: 2"

static void trainee_begin(const char *options, int threads, trainee *t)
{
    *t = (trainee){.data = pairs(24, 3), .opts = {.epochs = 2, USUAL_TRAINING, .usual_schedule = true, .ema = 0.9}};
    t->m = create(cgm_dataset_find(t->data, "image"), cgm_dataset_find(t->data, "domain"), options);
    t->fit = (cgm_fit){.data = t->data, .train = &t->opts, .rng = cgm_rng_create(5), .threads = threads};
}

static void trainee_end(trainee *t)
{
    destroy(t->m);
    cgm_dataset_destroy(t->data);
}

static void begin(trainee *t)
{
    REQUIRE_OK(cgm_cyclegan_fit_begin(&t->m->base, &t->fit, &t->report));
}

static void steps(trainee *t, size_t n)
{
    for (size_t i = 0; i < n && !t->report.finished; i++)
        REQUIRE_OK(cgm_cyclegan_fit_step(&t->m->base, &t->fit, &t->report));
}

static void train(trainee *t)
{
    begin(t);
    steps(t, SIZE_MAX);
    cgm_cyclegan_fit_end(&t->m->base);
}

/* An epoch is a pass over the larger domain; the rate stays for half of the training. */
static void training_counts_and_reports(void)
{
    static const char *const names[] = {"critic",   "real",    "fake",        "generator",      "adversarial", "cycle",
                                        "identity", "skipped", "critic_norm", "generator_norm", "rate"};
    trainee t;
    trainee_begin("{" TINY "}", 1, &t);
    const double *level = cgm_dataset_column(t.data, "domain");
    size_t thick = 0;
    for (size_t i = 0; i < 24; i++) thick += level[i] == 1;
    size_t larger = thick > 12 ? thick : 24 - thick;
    begin(&t);
    CU_ASSERT(thick != 12);
    CU_ASSERT_EQUAL(t.report.total, 2 * 2 * larger);
    CU_ASSERT(t.report.memory_bytes > 0);
    steps(&t, larger);
    CU_ASSERT(t.report.epoch_ended && !t.report.finished);
    CU_ASSERT_EQUAL(t.report.done, 2 * larger);
    CHECK_NEAR(metric(&t.report, "rate"), 2e-4, 1e-18);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) CU_ASSERT(isfinite(metric(&t.report, names[i])));
    CHECK_NEAR(metric(&t.report, "skipped"), 0, 0);
    /* Means of distances in [-1, 1], and the metrics in grey levels. */
    double sum = metric(&t.report, "adversarial") +
                 (10 * metric(&t.report, "cycle") + 5 * metric(&t.report, "identity")) * 2 / 127.5;
    CHECK_NEAR(metric(&t.report, "generator"), sum, 1e-4 * sum);
    steps(&t, SIZE_MAX);
    CHECK_NEAR(metric(&t.report, "rate"), 2e-4 / (double)larger, 1e-12); /* of the last step; the next would be 0 */
    trainee_end(&t);
}

static bool same_networks(const cyclegan *a, const cyclegan *b)
{
    size_t n = cgm_params_flat_size(a->networks.generators) * sizeof(cgm_real),
           k = cgm_params_flat_size(a->networks.critics) * sizeof(cgm_real);
    return memcmp(cgm_params_ema(a->networks.generators), cgm_params_ema(b->networks.generators), n) == 0 &&
           memcmp(cgm_params_values(a->networks.critics), cgm_params_values(b->networks.critics), k) == 0;
}

static void any_number_of_threads(void)
{
    static const char *const options[] = {"{" TINY ", buffer: 3}", "{width: 2, critic_width: 2, network: unet}"};
    for (size_t i = 0; i < 2; i++) {
        trainee one, two;
        trainee_begin(options[i], 1, &one);
        trainee_begin(options[i], 2, &two);
        one.opts.batch = two.opts.batch = 2;
        one.opts.accumulate = two.opts.accumulate = 1 + (int64_t)i;
        train(&one);
        train(&two);
        CU_ASSERT(same_networks(one.m, two.m));
        trainee_end(&one);
        trainee_end(&two);
    }
}

/* Stopped while the buffer fills, and when it is full, and gone on with in a new object: the same bits as at once. That
 * the buffer is a part of what is stored is seen by emptying it. */
static void resuming(void)
{
    static const size_t at[] = {2, 9, 9};
    trainee at_once;
    trainee_begin("{" TINY ", buffer: 4}", 1, &at_once);
    train(&at_once);
    for (size_t k = 0; k < sizeof at / sizeof *at; k++) {
        trainee first, second;
        const char *path = test_path("cyclegan.h5");
        trainee_begin("{" TINY ", buffer: 4}", 1, &first);
        begin(&first);
        steps(&first, at[k]);
        store_state(&first.m->base, path);
        trainee_end(&first);
        trainee_begin("{" TINY ", buffer: 4}", 1, &second);
        begin(&second);
        load_state(&second.m->base, path);
        bool emptied = k == 2;
        if (emptied) second.m->training->made[0].buffer.held = 0;
        steps(&second, SIZE_MAX);
        cgm_cyclegan_fit_end(&second.m->base);
        CU_ASSERT_EQUAL(same_networks(at_once.m, second.m), !emptied);
        trainee_end(&second);
    }
    trainee_end(&at_once);
}

/* ---- Abduction and prediction ---- */

enum { ROWS = 150 }; /* more than a part takes at a time, of both domains */

typedef struct worlds {
    size_t width;
    double *image, *origin, *made, *level, *other;
} worlds;

static void worlds_read(const trainee *t, worlds *w)
{
    size_t rows[ROWS];
    w->width = cgm_variable_width(t->m->variable);
    w->image = calloc(ROWS * w->width, sizeof(double));
    w->origin = calloc(ROWS * (w->width + 1), sizeof(double));
    w->made = calloc(ROWS * w->width, sizeof(double));
    w->level = calloc(ROWS, sizeof(double));
    w->other = calloc(ROWS, sizeof(double));
    for (size_t i = 0; i < ROWS; i++) rows[i] = i % 24;
    REQUIRE_OK(cgm_dataset_read(t->data, "image", ROWS, rows, w->image));
    REQUIRE_OK(cgm_dataset_read(t->data, "domain", ROWS, rows, w->level));
    for (size_t i = 0; i < ROWS; i++) w->other[i] = 1 - w->level[i];
}

static void worlds_clear(worlds *w)
{
    free(w->image);
    free(w->origin);
    free(w->made);
    free(w->level);
    free(w->other);
}

/* Rows first and on under these domains. */
static void predict(cyclegan *m, const worlds *w, size_t first, size_t n, double *under, int threads, double *out)
{
    cgm_values parent = {n, 1, under + first}, origin = {n, w->width + 1, w->origin + first * (w->width + 1)},
               value = {n, w->width, out};
    cgm_values none = {n, 0, NULL};
    REQUIRE_OK(m->base.methods->predict(&m->base, 1, &parent, &origin, &none, threads, &value));
}

/* What a generator makes of row i, by a program of its own. */
static void translate_alone(cyclegan *m, const worlds *w, size_t i, int to, double *out)
{
    const cgm_variable *v = m->variable;
    cgm_graph *g = NULL;
    cgm_program *program = NULL;
    cgm_workspace *ws = NULL;
    cgm_real *pixels = calloc(w->width, sizeof *pixels);
    for (size_t j = 0; j < w->width; j++) pixels[j] = (cgm_real)w->image[i * w->width + j];
    REQUIRE_OK(cgm_graph_create(&g));
    cgm_node x = cgm_input(g, "x", CGM_SHAPE(1, v->channels, v->height, v->width));
    cgm_node y = cgm_affine(g, cgm_gan_translate(&m->networks, g, to, cgm_affine(g, x, 1 / 127.5, -1)), 127.5, 127.5);
    REQUIRE_OK(cgm_program_compile(g, 1, &y, NULL, &program));
    REQUIRE_OK(cgm_workspace_create(program, &ws));
    cgm_params_bind(m->networks.generators, g, ws, cgm_params_ema(m->networks.generators));
    cgm_workspace_bind(ws, x, pixels);
    REQUIRE_OK(cgm_program_run(program, ws));
    for (size_t j = 0; j < w->width; j++) out[j] = (double)cgm_workspace_get(ws, y)[j];
    cgm_workspace_destroy(ws);
    cgm_program_destroy(program);
    cgm_graph_destroy(g);
    free(pixels);
}

static void counterfactuals(void)
{
    trainee t;
    worlds w;
    trainee_begin("{" TINY "}", 1, &t);
    train(&t);
    worlds_read(&t, &w);
    cgm_mechanism *m = &t.m->base;
    cgm_values parent = {ROWS, 1, w.level}, value = {ROWS, w.width, w.image}, origin = {ROWS, w.width + 1, w.origin};
    double *u = calloc(ROWS * (w.width + 1), sizeof *u);
    cgm_values noise[] = {{ROWS, w.width + 1, u}, {ROWS, 0, NULL}}, again = {ROWS, w.width + 1, w.origin};
    cgm_rng rng = cgm_rng_create(1);
    size_t bytes = ROWS * w.width * sizeof(double);
    REQUIRE_OK(m->methods->abduct(m, &parent, &value, &rng, &(cgm_abduct_opts){.temperature = 1}, &origin, noise));
    memset(w.origin, 0, ROWS * (w.width + 1) * sizeof *w.origin);
    REQUIRE_OK(m->methods->predict(m, 0, &parent, NULL, &noise[0], 1, &again));
    free(u);
    predict(t.m, &w, 0, ROWS, w.level, 1, w.made);
    CU_ASSERT(memcmp(w.made, w.image, bytes) == 0); /* composition */
    predict(t.m, &w, 0, ROWS, w.other, 1, w.made);
    double *one = calloc(ROWS * w.width, sizeof *one), worst = 0;
    for (size_t i = 0; i < ROWS; i += 7) {
        translate_alone(t.m, &w, i, (int)w.other[i], one);
        for (size_t j = 0; j < w.width; j++) worst = fmax(worst, fabs(one[j] - w.made[i * w.width + j]));
        predict(t.m, &w, i, 1, w.other, 1, one);
        CU_ASSERT(memcmp(one, w.made + i * w.width, w.width * sizeof *one) == 0); /* a row stands for itself */
    }
    CHECK_NEAR(worst, 0, sizeof(cgm_real) == 4 ? 1e-2 : 1e-9);
    predict(t.m, &w, 0, ROWS, w.other, 2, one);
    CU_ASSERT(memcmp(one, w.made, bytes) == 0);
    free(one);
    worlds_clear(&w);
    trainee_end(&t);
}

/* ---- What is refused ---- */

static void refusals(void)
{
    static const cgm_variable digit = {.name = "digit", .type = CGM_CATEGORICAL, .levels = 10};
    static const cgm_variable *const both[] = {&domain, &digit}, *const no_domain[] = {&digit};
    static const struct {
        const cgm_variable *const *parents;
        size_t n_parents;
        int height, width;
        const char *options, *message;
    } bad[] = {
        {both, 0, 32, 32, "{}", "a cyclegan has one parent, the domain; expected parents: [NAME] instead of 0"},
        {both, 2, 32, 32, "{}", "instead of 2"},
        {no_domain, 1, 32, 32, "{}", "digit, its parent, has 10 levels"},
        {both, 1, 32, 30, "{}", "the image is 32 x 30; network resnet, which halves it twice, needs sides"},
        {both, 1, 36, 32, "{network: unet, blocks: 3}", "needs sides that are multiples of 8"},
        {both, 1, 32, 32, "{network: unet, blocks: 1}", "network unet has 2 to 10"},
        {both, 1, 20, 32, "{}", "critic_layers: 3, each halving it, leave 2 x 4"},
        {both, 1, 32, 32, "{netwrok: unet}", "did you mean"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cgm_variable image = image_of(1, bad[i].height, bad[i].width);
        cyclegan *m = NULL;
        CHECK_FAILS(try_create(&image, bad[i].n_parents, bad[i].parents, bad[i].options, &m), CGM_E_CONFIG,
                    bad[i].message);
        destroy(m);
    }
}

/* Two rows that happen to be of one domain. */
static void a_domain_without_rows(void)
{
    trainee t;
    trainee_begin("{" TINY "}", 1, &t);
    cgm_dataset *data = NULL;
    const double *level = NULL;
    for (int64_t seed = 0; !level || level[0] != 1 || level[1] != 1; seed++) {
        cgm_dataset_destroy(data);
        data = pairs(2, seed);
        level = cgm_dataset_column(data, "domain");
    }
    t.fit.data = data;
    CHECK_FAILS(cgm_cyclegan_fit_begin(&t.m->base, &t.fit, &t.report), CGM_E_ARG,
                "image: none of the 2 training rows has domain thin");
    cgm_dataset_destroy(data);
    trainee_end(&t);
}

static const test_case cases[] = {
    {"ten steps against PyTorch", ten_steps},
    {"a buffer of earlier images", buffer_of_earlier_images},
    {"training counts and reports", training_counts_and_reports},
    {"any number of threads", any_number_of_threads},
    {"resuming", resuming},
    {"counterfactuals", counterfactuals},
    {"refusals", refusals},
    {"a domain without rows", a_domain_without_rows},
};
TEST_MAIN("cyclegan", cases)
