/* The conditional VAE: its networks, bound and gradients against PyTorch; abduction and prediction; training. */
#include <string.h>

#include "scm/mechanism_table.h"
#include "tests/allocations.h"
#include "tests/fixtures/vae.h"
#include "tests/harness.h"
#include "vae/cvae/cvae.h"

#define TOLERANCE (sizeof(cgm_real) == 4 ? 3e-5 : 1e-11)

/* ---- A small model ---- */

static const cgm_variable digit = {.name = "digit", .type = CGM_CATEGORICAL, .levels = 3};
static const cgm_variable thickness = {.name = "thickness", .type = CGM_CONTINUOUS};
static const cgm_variable image = {
    .name = "image", .type = CGM_IMAGE, .low = 0, .high = 255, .channels = 1, .height = 16, .width = 16};
static const cgm_variable *const parents[] = {&digit, &thickness};

static cvae *create(const cgm_variable *variable, const char *yaml)
{
    cgm_config *config = NULL;
    cgm_mechanism *m = NULL;
    REQUIRE_OK(cgm_config_parse(yaml, "test.yaml", &config));
    cgm_mechanism_spec spec = {
        .variable = variable, .n_parents = 2, .parents = parents, .options = cgm_config_root(config)};
    test_ok(__FILE__, __LINE__, "create", cgm_mechanism_cvae.create(&spec, &m));
    cgm_config_destroy(config);
    return (cvae *)m;
}

#define SMALL "{kind: cvae, latent: 3, width: 2, hidden: 5, likelihood: {min_log_scale: -6}}"

/* scale sin(a i + b), as in make_vae.py. */
static void wave(size_t n, double scale, double a, double b, cgm_real *out)
{
    for (size_t i = 0; i < n; i++) out[i] = (cgm_real)(scale * sin(a * (double)i + b));
}

static cvae *create_with_waves(void)
{
    cvae *m = create(&image, SMALL);
    CU_ASSERT_FATAL(m != NULL);
    cgm_rng rng = cgm_rng_create(1);
    REQUIRE_OK(cgm_params_init(m->params, &rng));
    size_t n_names = sizeof vae_names / sizeof vae_names[0];
    CU_ASSERT_EQUAL_FATAL(cgm_params_count(m->params), n_names);
    for (size_t i = 0; i < n_names; i++) {
        size_t k = 0;
        const cgm_param_view *view = cgm_params_view(m->params, i);
        while (k < n_names && strcmp(vae_names[k], view->name) != 0) k++;
        CU_ASSERT_FATAL(k < n_names);
        size_t size = (size_t)cgm_shape_size(view->shape);
        wave(size, 0.4, 1.7, (double)k, cgm_params_values(m->params) + view->offset);
        wave(size, 0.4, 1.7, (double)k, cgm_params_ema(m->params) + view->offset);
    }
    return m;
}

static void destroy(cvae *m)
{
    m->base.methods->destroy(&m->base);
}

/* ---- Against PyTorch ---- */

static bool close_to(const char *what, const cgm_real *got, size_t n, const double *want)
{
    bool ok = true;
    for (size_t i = 0; i < n; i++)
        ok = test_near(__FILE__, __LINE__, what, (double)got[i], want[i], TOLERANCE * fmax(1, fabs(want[i]))) && ok;
    return ok;
}

/* Every 5th row and 3rd column of [2, 1, 16, 16], as the fixture has them. */
static size_t subsample(const cgm_real *x, cgm_real *out)
{
    size_t n = 0;
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < 16; i += 5)
            for (size_t j = 0; j < 16; j += 3) out[n++] = x[(k * 16 + i) * 16 + j];
    return n;
}

static void networks_bound_and_gradients(void)
{
    static cgm_real x[512], pa[8], eps[6], some[512];
    cvae *m = create_with_waves();
    cgm_graph *g;
    cgm_program *p;
    cgm_workspace *ws;
    wave(512, 200, 0.9, 0.3, x);
    for (size_t i = 0; i < 512; i++) x[i] = (cgm_real)fmin(fmax(rint(150 + (double)x[i]), 0), 255);
    wave(8, 1, 0.8, 0.1, pa);
    wave(6, 1.2, 2.1, 0.4, eps);
    REQUIRE_OK(cgm_graph_create(&g));
    cgm_node in[] = {cgm_input(g, "x", CGM_SHAPE(2, 1, 16, 16)), cgm_input(g, "pa", CGM_SHAPE(2, 4)),
                     cgm_input(g, "eps", CGM_SHAPE(2, 3))};
    cvae_gaussian q = cgm_cvae_encode(m, g, in[0], in[1]);
    cgm_node z = cgm_add(g, q.mean, cgm_mul(g, cgm_exp(g, q.log_scale), in[2]));
    image_likelihood_theta d = cgm_cvae_decode(m, g, z, in[1]);
    cvae_bound bound = cgm_cvae_elbo(m, g, in[0], in[1], in[2], (cgm_node){0});
    cgm_node out[6 + 64] = {q.mean, q.log_scale, d.node[0], d.node[1], bound.nll, bound.kl};
    cgm_node loss = cgm_affine(g, cgm_sum_all(g, cgm_add(g, bound.nll, cgm_affine(g, bound.kl, 0.7, 0))), 0.5, 0);
    REQUIRE_OK(cgm_params_gradients(m->params, g, loss, out + 6));
    size_t n_params = cgm_params_count(m->params);
    REQUIRE_OK(cgm_program_compile(g, 6 + n_params, out, NULL, &p));
    REQUIRE_OK(cgm_workspace_create(p, &ws));
    cgm_params_bind(m->params, g, ws, cgm_params_values(m->params));
    cgm_params_bind_gradients(m->params, ws, 6);
    cgm_workspace_bind(ws, in[0], x);
    cgm_workspace_bind(ws, in[1], pa);
    cgm_workspace_bind(ws, in[2], eps);
    REQUIRE_OK(cgm_program_run(p, ws));
    CU_ASSERT(close_to("mean", cgm_workspace_get(ws, out[0]), 6, vae_mean));
    CU_ASSERT(close_to("log-scale", cgm_workspace_get(ws, out[1]), 6, vae_log_scale));
    CU_ASSERT(close_to("x mean", some, subsample(cgm_workspace_get(ws, out[2]), some), vae_x_mean));
    CU_ASSERT(close_to("x log-scale", some, subsample(cgm_workspace_get(ws, out[3]), some), vae_x_log_scale));
    CU_ASSERT(close_to("nll", cgm_workspace_get(ws, out[4]), 2, vae_nll));
    CU_ASSERT(close_to("kl", cgm_workspace_get(ws, out[5]), 2, vae_kl));
    for (size_t i = 0; i < n_params; i++) {
        const cgm_param_view *view = cgm_params_view(m->params, i);
        const cgm_real *gradient = cgm_params_gradient(m->params) + view->offset;
        double sum = 0, size = 0;
        size_t k = 0;
        while (strcmp(vae_names[k], view->name) != 0) k++;
        for (int64_t j = 0; j < cgm_shape_size(view->shape); j++) {
            sum += (double)gradient[j] * sin(0.5 * (double)j + 1);
            size += fabs((double)gradient[j]);
        }
        CU_ASSERT(test_near(__FILE__, __LINE__, view->name, sum, vae_gradient[k], TOLERANCE * fmax(1, size)));
    }
    cgm_workspace_destroy(ws);
    cgm_program_destroy(p);
    cgm_graph_destroy(g);
    destroy(m);
}

/* ---- As a mechanism ---- */

#define ROWS 70 /* more than one block of NETWORK_ROWS */

typedef struct rows {
    double digit[ROWS], thickness[ROWS], image[ROWS * 256], z[ROWS * 3], u_z[ROWS * 3], u[ROWS * 256],
        again[ROWS * 256];
    cgm_values parent[2], value, internal[1], noise[2], out;
} rows;

static rows *make_rows(void)
{
    rows *r = calloc(1, sizeof *r);
    CU_ASSERT_FATAL(r != NULL);
    cgm_rng rng = cgm_rng_create(3);
    for (size_t i = 0; i < ROWS; i++) {
        r->digit[i] = (double)cgm_rng_below(&rng, 3);
        r->thickness[i] = cgm_rng_normal(&rng);
    }
    for (size_t i = 0; i < ROWS * 256; i++) r->image[i] = fmin(fmax(rint(400 * cgm_rng_uniform(&rng) - 70), 0), 255);
    r->parent[0] = (cgm_values){ROWS, 1, r->digit};
    r->parent[1] = (cgm_values){ROWS, 1, r->thickness};
    r->value = (cgm_values){ROWS, 256, r->image};
    r->internal[0] = (cgm_values){ROWS, 3, r->z};
    r->noise[0] = (cgm_values){ROWS, 3, r->u_z};
    r->noise[1] = (cgm_values){ROWS, 256, r->u};
    r->out = (cgm_values){ROWS, 256, r->again};
    return r;
}

static void null_intervention_returns_the_image(void)
{
    cvae *m = create_with_waves();
    rows *r = make_rows();
    cgm_rng rng = cgm_rng_create(5);
    const cgm_mechanism_class *c = m->base.methods;
    double temperature[] = {0, 0.1, 1};
    for (size_t k = 0; k < 3; k++) {
        cgm_abduct_opts opts = {.temperature = temperature[k], .threads = 1 + (int)(k % 2)};
        REQUIRE_OK(c->abduct(&m->base, r->parent, &r->value, &rng, &opts, r->internal, r->noise));
        REQUIRE_OK(c->predict(&m->base, 0, r->parent, NULL, &r->noise[0], 1, &r->internal[0]));
        CU_ASSERT(memcmp(r->z, r->u_z, sizeof r->z) == 0);
        REQUIRE_OK(c->predict(&m->base, 1, r->parent, r->internal, &r->noise[1], 2, &r->out));
        double worst = 0;
        for (size_t i = 0; i < ROWS * 256; i++) worst = fmax(worst, fabs(r->again[i] - r->image[i]));
        CHECK_NEAR(worst, 0, 1e-9);
    }
    for (size_t i = 0; i < ROWS; i++) r->digit[i] = fmod(r->digit[i] + 1, 3);
    REQUIRE_OK(c->predict(&m->base, 1, r->parent, r->internal, &r->noise[1], 2, &r->out));
    double change = 0;
    for (size_t i = 0; i < ROWS * 256; i++) change += fabs(r->again[i] - r->image[i]) / (ROWS * 256);
    CU_ASSERT(change > 0.1); /* the parents matter */
    free(r);
    destroy(m);
}

/* What abduction draws is mean + e^log_scale eps, row by row. */
static void posterior_is_what_abduction_draws_from(void)
{
    cvae *m = create_with_waves();
    rows *r = make_rows();
    double mean[ROWS * 3], log_scale[ROWS * 3], worst = 0, least = INFINITY;
    cgm_rng rng = cgm_rng_create(5);
    cgm_abduct_opts opts = {.temperature = 1, .threads = 1};
    REQUIRE_OK(m->base.methods->abduct(&m->base, r->parent, &r->value, &rng, &opts, r->internal, r->noise));
    REQUIRE_OK(m->base.methods->posterior(&m->base, r->parent, &r->value, 2, mean, log_scale));
    for (size_t i = 0; i < ROWS; i++) {
        cgm_rng row = cgm_abduct_stream(&rng, &opts, i);
        for (size_t j = 3 * i; j < 3 * i + 3; j++) {
            double drawn = mean[j] + exp(log_scale[j]) * cgm_rng_normal(&row);
            worst = fmax(worst, fabs(r->u_z[j] - drawn));
            least = fmin(least, fabs(r->u_z[j] - mean[j]));
        }
    }
    CHECK_NEAR(worst, 0, 1e-12);
    CU_ASSERT(least > 0);
    free(r);
    destroy(m);
}

static void any_batching_gives_the_same_rows(void)
{
    cvae *m = create_with_waves();
    rows *a = make_rows(), *b = make_rows();
    cgm_rng rng = cgm_rng_create(5);
    cgm_abduct_opts opts = {.temperature = 1, .threads = 1}, two = {.temperature = 1, .threads = 2};
    REQUIRE_OK(m->base.methods->abduct(&m->base, a->parent, &a->value, &rng, &opts, a->internal, a->noise));
    for (size_t i = 0; i < 2; i++) b->parent[i].n = 9;
    b->value.n = b->internal[0].n = b->noise[0].n = b->noise[1].n = 9;
    REQUIRE_OK(m->base.methods->abduct(&m->base, b->parent, &b->value, &rng, &two, b->internal, b->noise));
    CU_ASSERT(memcmp(a->u_z, b->u_z, 9 * 3 * sizeof(double)) == 0);
    CU_ASSERT(memcmp(a->u, b->u, 9 * 256 * sizeof(double)) == 0);
    free(a);
    free(b);
    destroy(m);
}

static void log_prob_is_the_bound(void)
{
    cvae *m = create_with_waves();
    rows *r = make_rows();
    double bound[ROWS], again[ROWS], mean = 0;
    cgm_rng rng = cgm_rng_create(5), same = rng;
    REQUIRE_OK(m->base.methods->log_prob(&m->base, r->parent, &r->value, &rng, bound));
    REQUIRE_OK(m->base.methods->log_prob(&m->base, r->parent, &r->value, &same, again));
    for (size_t i = 0; i < ROWS; i++) mean += bound[i] / ROWS;
    CU_ASSERT(memcmp(bound, again, sizeof bound) == 0);
    CU_ASSERT(mean < -256 * 1.0 && mean > -256 * 28.0); /* noise cannot be coded well; 1e-12 is the floor of a pixel */
    free(r);
    destroy(m);
}

/* ---- Likelihoods ---- */

static const struct {
    const char *yaml;
    int channels;
} likelihoods[] = {
    {"{kind: cvae, latent: 3, width: 4, hidden: 9, likelihood: {scale: shared}}", 1},
    {"{kind: cvae, latent: 3, width: 4, hidden: 9, likelihood: {autoregressive: true}}", 3},
    {"{kind: cvae, latent: 3, width: 4, hidden: 9, likelihood: gaussian}", 1},
    {"{kind: cvae, latent: 3, width: 4, hidden: 9, likelihood: bernoulli}", 1},
    {"{kind: cvae, latent: 3, width: 4, hidden: 9, likelihood: {kind: logistic_mixture, components: 3}}", 1},
    {"{kind: cvae, latent: 3, width: 4, hidden: 9, likelihood: {kind: logistic_mixture, components: 2, "
     "autoregressive: true}}",
     3},
};
enum { N_LIKELIHOODS = sizeof likelihoods / sizeof *likelihoods, FEW = 5 };

/* Abduction and prediction give the image back, and log_prob is finite; where the likelihood is one of black and white,
 * for such pixels. */
static void any_likelihood_gives_the_image_back(void)
{
    static double x[FEW * 3 * 256], u[FEW * 3 * 256], again[FEW * 3 * 256], z[FEW * 3], u_z[FEW * 3], bound[FEW];
    double level[FEW] = {0, 1, 2, 1, 0}, width[FEW] = {-1, 0.3, 0, 1.2, -0.4};
    const cgm_values pa[] = {{FEW, 1, level}, {FEW, 1, width}};
    for (size_t k = 0; k < N_LIKELIHOODS; k++) {
        cgm_variable variable = image;
        variable.channels = likelihoods[k].channels;
        size_t n = 256 * (size_t)variable.channels;
        cvae *m = create(&variable, likelihoods[k].yaml);
        cgm_rng rng = cgm_rng_create(k);
        REQUIRE_OK(cgm_params_init(m->params, &rng));
        const cgm_mechanism_class *c = m->base.methods;
        bool exact = c->capabilities & CGM_ABDUCTS_EXACTLY;
        CU_ASSERT_EQUAL(exact, k != 3);
        for (size_t i = 0; i < FEW * n; i++)
            x[i] = exact ? (double)cgm_rng_below(&rng, 256) : 255.0 * (double)(i % 7 < 3);
        cgm_values value = {FEW, n, x}, internal = {FEW, 3, z}, out = {FEW, n, again};
        cgm_values noise[] = {{FEW, 3, u_z}, {FEW, n, u}};
        cgm_abduct_opts opts = {.temperature = 1, .threads = 2};
        REQUIRE_OK(c->abduct(&m->base, pa, &value, &rng, &opts, &internal, noise));
        REQUIRE_OK(c->predict(&m->base, 1, pa, &internal, &noise[1], 1, &out));
        for (size_t i = 0; i < FEW * n; i++) CHECK_NEAR(again[i], x[i], 255e-9);
        REQUIRE_OK(c->log_prob(&m->base, pa, &value, &rng, bound));
        for (size_t i = 0; i < FEW; i++) CU_ASSERT(isfinite(bound[i]) && bound[i] < 0);
        destroy(m);
    }
}

/* ---- Training ---- */

static const char *const data_yaml = "{make: strokes, n: 320, seed: 3, test: 64, pad: 2}";

static cgm_dataset *open_data(void)
{
    cgm_config *config;
    cgm_data_opts opts;
    cgm_dataset *data = NULL;
    REQUIRE_OK(cgm_config_parse(data_yaml, "data.yaml", &config));
    REQUIRE_OK(cgm_data_opts_read(cgm_config_root(config), &opts));
    test_ok(__FILE__, __LINE__, "open", cgm_dataset_open(&opts, 1, NULL, &data));
    cgm_config_destroy(config);
    CU_ASSERT_FATAL(data != NULL);
    return data;
}

static const char *const plain = "{latent: 4, width: 4, hidden: 16}";

static cvae *create_for(const cgm_dataset *data, const char *yaml)
{
    const cgm_variable *list[] = {cgm_dataset_find(data, "digit"), cgm_dataset_find(data, "thickness")};
    cgm_mechanism_spec spec = {.variable = cgm_dataset_find(data, "image"), .n_parents = 2, .parents = list};
    cgm_config *config;
    cgm_mechanism *m = NULL;
    REQUIRE_OK(cgm_config_parse(yaml, "test.yaml", &config));
    spec.options = cgm_config_root(config);
    REQUIRE_OK(cgm_mechanism_cvae.create(&spec, &m));
    cgm_config_destroy(config);
    return (cvae *)m;
}

static double elbo_of(const cgm_fit_report *report)
{
    for (size_t i = 0; i < report->n_metrics; i++)
        if (strcmp(report->metrics[i].name, "elbo") == 0) return report->metrics[i].value;
    return NAN;
}

/* Trains for `steps`; the state at the end is copied out, one array after another. */
static double *train(const cgm_dataset *data, int threads, size_t steps, size_t stop_at, size_t *size, double *first,
                     double *last)
{
    cgm_train_opts opts = {.epochs = 4,
                           .batch = 32,
                           .rate = 2e-3,
                           .warmup = 5,
                           .clip = 200,
                           .weight_decay = 0.01,
                           .ema = 0.99,
                           .beta = 1,
                           .beta_warmup = 1,
                           .augment.crop = 2};
    cgm_fit fit = {.data = data, .train = &opts, .rng = cgm_rng_create(9), .threads = threads};
    cgm_fit_report report;
    cvae *m = create_for(data, plain);
    cgm_state s = {0};
    REQUIRE_OK(m->base.methods->fit_begin(&m->base, &fit, &report));
    for (size_t i = 0; i < steps; i++) {
        if (i == stop_at) { /* save, make a new model, begin, load, go on */
            cvae *fresh = create_for(data, plain);
            cgm_state from = {0}, to = {0};
            REQUIRE_OK(fresh->base.methods->fit_begin(&fresh->base, &fit, &report));
            REQUIRE_OK(m->base.methods->state(&m->base, &from));
            REQUIRE_OK(fresh->base.methods->state(&fresh->base, &to));
            CU_ASSERT_EQUAL_FATAL(from.n, to.n);
            for (size_t k = 0; k < from.n; k++)
                memcpy(to.entry[k].data, from.entry[k].data,
                       (size_t)cgm_shape_size(from.entry[k].shape) * cgm_dtype_size(from.entry[k].dtype));
            cgm_state_clear(&from);
            cgm_state_clear(&to);
            destroy(m);
            m = fresh;
        }
        REQUIRE_OK(m->base.methods->fit_step(&m->base, &fit, &report));
        if (i == 0) *first = elbo_of(&report);
    }
    *last = elbo_of(&report);
    CU_ASSERT(report.finished == (steps == 32));
    REQUIRE_OK(m->base.methods->state(&m->base, &s));
    *size = 0;
    for (size_t k = 0; k < s.n; k++) *size += (size_t)cgm_shape_size(s.entry[k].shape);
    double *copy = calloc(*size, sizeof *copy);
    size_t at = 0;
    for (size_t k = 0; k < s.n; k++)
        for (int64_t e = 0; e < cgm_shape_size(s.entry[k].shape); e++, at++)
            copy[at] = s.entry[k].dtype == CGM_U64   ? (double)((uint64_t *)s.entry[k].data)[e]
                       : s.entry[k].dtype == CGM_F32 ? (double)((float *)s.entry[k].data)[e]
                                                     : ((double *)s.entry[k].data)[e];
    cgm_state_clear(&s);
    m->base.methods->fit_end(&m->base);
    destroy(m);
    return copy;
}

static void training_learns_and_repeats_to_the_bit(void)
{
    cgm_dataset *data = open_data();
    size_t size, other_size;
    double first, last, unused;
    double *one = train(data, 1, 32, SIZE_MAX, &size, &first, &last);
    CU_ASSERT(last > first + 500); /* nats an image */
    double *two = train(data, 2, 32, SIZE_MAX, &other_size, &unused, &unused);
    CU_ASSERT(size == other_size && memcmp(one, two, size * sizeof *one) == 0);
    free(two);
    for (size_t stop = 1; stop < 32; stop += 10) {
        two = train(data, 1, 32, stop, &other_size, &unused, &unused);
        CU_ASSERT(size == other_size && memcmp(one, two, size * sizeof *one) == 0);
        free(two);
    }
    free(one);
    cgm_dataset_destroy(data);
}

/* Of colour images there are no data. */
static void any_likelihood_trains(void)
{
    cgm_dataset *data = open_data();
    cgm_train_opts opts = {.epochs = 5, .batch = 32, .rate = 5e-3, .clip = 200, .ema = 0.9, .beta = 1};
    for (size_t k = 0; k < N_LIKELIHOODS; k++) {
        if (likelihoods[k].channels > 1) continue;
        cvae *m = create_for(data, likelihoods[k].yaml);
        cgm_fit fit = {.data = data, .train = &opts, .rng = cgm_rng_create(9), .threads = 1};
        cgm_fit_report report;
        REQUIRE_OK(m->base.methods->fit_begin(&m->base, &fit, &report));
        REQUIRE_OK(m->base.methods->fit_step(&m->base, &fit, &report));
        double first = elbo_of(&report);
        while (!report.finished) REQUIRE_OK(m->base.methods->fit_step(&m->base, &fit, &report));
        CU_ASSERT(elbo_of(&report) > first + 100); /* nats an image */
        m->base.methods->fit_end(&m->base);
        destroy(m);
    }
    cgm_dataset_destroy(data);
}

/* Over an epoch's end too, where the rows are shuffled anew. */
static void a_step_allocates_nothing(void)
{
    cgm_dataset *data = open_data();
    cvae *m = create_for(data, plain);
    cgm_train_opts opts = {
        .epochs = 4, .batch = 32, .rate = 1e-3, .clip = 200, .ema = 0.99, .beta = 1, .augment.crop = 3};
    for (int threads = 1; threads <= 2; threads++) {
        cgm_fit fit = {.data = data, .train = &opts, .rng = cgm_rng_create(9), .threads = threads};
        cgm_fit_report report;
        REQUIRE_OK(m->base.methods->fit_begin(&m->base, &fit, &report));
        REQUIRE_OK(m->base.methods->fit_step(&m->base, &fit, &report)); /* the thread pool starts here */
        size_t before = allocations();
        for (int i = 0; i < 10; i++) REQUIRE_OK(m->base.methods->fit_step(&m->base, &fit, &report));
        CU_ASSERT_EQUAL(allocations() - before, 0);
        m->base.methods->fit_end(&m->base);
    }
    CU_ASSERT(allocations() > 0 || !allocations_counted());
    destroy(m);
    cgm_dataset_destroy(data);
}

static double resident_mb(void)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%*s %ld", &pages) != 1) pages = 0;
    if (f) fclose(f);
    return (double)pages * 4096 / 1e6;
}

/* What a fit says beforehand is what the process grows by, within a tenth or 8 MB. */
static void memory_is_known_before(void)
{
    if (!allocations_counted()) return; /* the sanitizer keeps what is freed */
    cgm_dataset *data = open_data();
    const cgm_variable *list[] = {cgm_dataset_find(data, "digit"), cgm_dataset_find(data, "thickness")};
    cgm_config *config;
    REQUIRE_OK(cgm_config_parse("{kind: cvae, width: 64, hidden: 384}", "test.yaml", &config));
    cgm_mechanism_spec spec = {.variable = cgm_dataset_find(data, "image"),
                               .n_parents = 2,
                               .parents = list,
                               .options = cgm_config_root(config)};
    cgm_train_opts opts = {.epochs = 1, .batch = 256, .rate = 1e-3, .beta = 1};
    cgm_fit fit = {.data = data, .train = &opts, .rng = cgm_rng_create(9), .threads = 2};
    cgm_fit_report report;
    cgm_mechanism *m;
    REQUIRE_OK(cgm_mechanism_cvae.create(&spec, &m));
    double before = resident_mb();
    REQUIRE_OK(m->methods->fit_begin(m, &fit, &report));
    double planned = (double)report.memory_bytes / 1e6;
    for (int i = 0; i < 2; i++) REQUIRE_OK(m->methods->fit_step(m, &fit, &report));
    CU_ASSERT(planned > 80);
    CHECK_NEAR(resident_mb() - before, planned, fmax(0.1 * planned, 8));
    m->methods->fit_end(m);
    m->methods->destroy(m);
    cgm_config_destroy(config);
    cgm_dataset_destroy(data);
}

static void bad_images_are_refused(void)
{
    cgm_variable odd = image;
    odd.height = odd.width = 28;
    CU_ASSERT_PTR_NULL(create(&odd, SMALL));
    CU_ASSERT(strstr(cgm_error_message(), "28 x 28") && strstr(cgm_error_message(), "pad: 2"));
    CU_ASSERT_PTR_NULL(create(&image, "{kind: cvae, latnet: 3}"));
    CU_ASSERT(strstr(cgm_error_message(), "latent") != NULL);
    CU_ASSERT_PTR_NULL(create(&image, "{kind: cvae, latent: 0}"));
}

static const test_case cases[] = {
    {"networks, bound and gradients", networks_bound_and_gradients},
    {"null intervention returns the image", null_intervention_returns_the_image},
    {"posterior is what abduction draws from", posterior_is_what_abduction_draws_from},
    {"any batching gives the same rows", any_batching_gives_the_same_rows},
    {"any likelihood gives the image back", any_likelihood_gives_the_image_back},
    {"log_prob is the bound", log_prob_is_the_bound},
    {"training learns and repeats to the bit", training_learns_and_repeats_to_the_bit},
    {"any likelihood trains", any_likelihood_trains},
    {"a step allocates nothing", a_step_allocates_nothing},
    {"memory is known before", memory_is_known_before},
    {"bad images are refused", bad_images_are_refused},
};
TEST_MAIN("vae", cases)
