/* Spline flows: the splines against numpy's and their own inverses, densities against quadrature, fits of known
 * densities, and fits that are stopped and go on. */
#include "tests/scm_toys.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>

#include "scm/mechanisms/affine_flow.h"
#include "scm/mechanisms/spline_block.h"
#include "scm/mechanisms/spline_flow.h"
#include "tests/fixtures/splines.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
static const scm_spline_kind kinds[] = {SCM_SPLINE_RQ, SCM_SPLINE_LR};

/* ---- the splines ---- */

static void against_numpy(void)
{
    for (int kind = 0; kind < 2; kind++) {
        const double *y = kind == 0 ? spline_rq_y : spline_lr_y;
        const double *slope = kind == 0 ? spline_rq_log_slope : spline_lr_log_slope;
        scm_spline s;
        CU_ASSERT_EQUAL(cgm_scm_spline_parameters(kinds[kind], SPLINE_BINS), COUNT(spline_raw) - (kind == 0 ? 5 : 0));
        cgm_scm_spline_init(&s, kinds[kind], SPLINE_BINS, spline_bound, spline_raw);
        for (size_t i = 0; i < SPLINE_POINTS; i++) {
            double log_slope;
            CHECK_NEAR(cgm_scm_spline_forward(&s, spline_x[i], &log_slope), y[i], 1e-12);
            CHECK_NEAR(log_slope, slope[i], 1e-11);
            CHECK_NEAR(cgm_scm_spline_inverse(&s, y[i]), spline_x[i], 1e-11);
        }
    }
}

/* Random splines of all sizes: increasing, inverted, their slope that of differences, and smooth at the knots. */
static void random_splines(void)
{
    static const size_t sizes[] = {1, 2, 8, 64};
    cgm_rng rng = cgm_rng_create(21);
    for (int round = 0; round < 200; round++) {
        scm_spline s;
        double raw[SCM_SPLINE_MAX_PARAMETERS], last = -INFINITY, log_slope, left, right;
        size_t bins = sizes[round / 2 % 4];
        for (size_t k = 0; k < COUNT(raw); k++) raw[k] = 1.2 * cgm_rng_normal(&rng);
        cgm_scm_spline_init(&s, kinds[round % 2], bins, 4, raw);
        for (int i = 0; i < 200; i++) {
            double x = -4.5 + 9 * (i + cgm_rng_uniform(&rng)) / 200, y = cgm_scm_spline_forward(&s, x, &log_slope);
            if (!(y > last)) CU_FAIL_FATAL("not increasing");
            last = y;
            CHECK_NEAR(cgm_scm_spline_inverse(&s, y), x, 1e-10);
        }
        for (size_t k = 0; k <= bins; k++) {
            cgm_scm_spline_forward(&s, s.x[k] - 1e-12, &left);
            cgm_scm_spline_forward(&s, s.x[k] + 1e-12, &right);
            CHECK_NEAR(left, right, 1e-6);
            CHECK_NEAR(exp(left), s.slope[k], 1e-6 * s.slope[k]);
            if (k == bins) break;
            double x = s.x[k] + (s.x[k + 1] - s.x[k]) * .3, h = (s.x[k + 1] - s.x[k]) * 1e-5, unused;
            double rise = cgm_scm_spline_forward(&s, x + h, &unused) - cgm_scm_spline_forward(&s, x - h, &unused);
            cgm_scm_spline_forward(&s, x, &log_slope);
            CHECK_NEAR(rise / (2 * h) / exp(log_slope), 1, 1e-4);
        }
    }
    const double zeros[SCM_SPLINE_MAX_PARAMETERS] = {0};
    for (int kind = 0; kind < 2; kind++) {
        scm_spline s;
        double log_slope;
        cgm_scm_spline_init(&s, kinds[kind], 8, 4, zeros);
        for (double x = -5; x < 5; x += .1) CHECK_NEAR(cgm_scm_spline_forward(&s, x, &log_slope), x, 1e-14);
    }
}

/* ---- blocks ---- */

static void fill(cgm_rng *rng, double scale, size_t n, double *out)
{
    for (size_t i = 0; i < n; i++) out[i] = scale * cgm_rng_normal(rng);
}

/* The largest difference, relative to the largest number. */
static double apart(size_t n, const double *a, const double *b)
{
    double difference = 0, largest = 1;
    for (size_t i = 0; i < n; i++) {
        if (!(fabs(a[i] - b[i]) <= difference)) difference = fabs(a[i] - b[i]);
        largest = fmax(largest, fabs(b[i]));
    }
    return difference / largest;
}

enum { MOST_HIDDEN = 33, MOST_OUT = 2 + SCM_SPLINE_MAX_PARAMETERS };

/* One network and one spline by the plain version and by another. */
static void compare_blocks(const scm_block_kernels *other, cgm_rng *rng, scm_spline_kind kind, size_t bins,
                           size_t inputs, size_t hidden, bool started)
{
    const scm_block_kernels *plain = &cgm_scm_block_reference;
    static double weight[MOST_HIDDEN * 3], bias[MOST_HIDDEN], out_weight[MOST_OUT * MOST_HIDDEN], out_bias[MOST_OUT];
    static double features[3 * SCM_BLOCK], h[2][MOST_HIDDEN * SCM_BLOCK], out[2][MOST_OUT * SCM_BLOCK];
    double y[SCM_BLOCK], u[2][SCM_BLOCK], slope[2][SCM_BLOCK], value[2][SCM_BLOCK], alone[SCM_BLOCK];
    const size_t column[] = {2, 0, 1};
    const scm_block_flow flow = {kind, bins, 3, .5, 2};
    const scm_block_network net = {3,          hidden,  2 + cgm_scm_spline_parameters(kind, bins), weight, bias,
                                   out_weight, out_bias};
    fill(rng, 1, COUNT(weight), weight);
    fill(rng, 1, COUNT(bias), bias);
    fill(rng, .2, COUNT(out_weight), out_weight);
    fill(rng, .2, COUNT(out_bias), out_bias);
    fill(rng, 1, COUNT(features), features);
    fill(rng, 1, COUNT(h[0]), h[0]);
    memcpy(h[1], h[0], sizeof h[0]);
    fill(rng, 4, SCM_BLOCK, y); /* beyond the box, too */
    plain->network(&net, inputs, column, features, started, h[0], out[0]);
    other->network(&net, inputs, column, features, started, h[1], out[1]);
    CHECK_NEAR(apart(net.outputs * SCM_BLOCK, out[1], out[0]), 0, 1e-14);
    memcpy(out[1], out[0], sizeof out[0]);
    plain->prepare(&flow, out[0]);
    other->prepare(&flow, out[1]);
    plain->to_noise(&flow, out[0], y, u[0], slope[0]);
    other->to_noise(&flow, out[1], y, u[1], slope[1]);
    other->to_noise(&flow, out[1], y, alone, NULL);
    CHECK_NEAR(apart(SCM_BLOCK, u[1], u[0]), 0, 1e-12);
    CHECK_NEAR(apart(SCM_BLOCK, slope[1], slope[0]), 0, 1e-11);
    CHECK_NEAR(apart(SCM_BLOCK, alone, u[1]), 0, 1e-15);
    plain->to_value(&flow, out[0], u[0], value[0]);
    other->to_value(&flow, out[1], u[0], value[1]);
    CHECK_NEAR(apart(SCM_BLOCK, value[1], value[0]), 0, 1e-11);
}

/* Every instruction set against the plain version: all shapes of the network's tiles, all ways through the splines. */
static void blocks(void)
{
    static const size_t bins[] = {1, 2, 5, 8, 64}, hiddens[] = {1, 7, 32, 33};
    const scm_block_kernels *list[3];
    cgm_rng rng = cgm_rng_create(77);
    cgm_scm_block_kernels_list(list);
    CU_ASSERT_PTR_NOT_NULL(list[0]);
    for (size_t k = 0; k < 3 && list[k]; k++)
        for (int round = 0; round < 40; round++)
            compare_blocks(list[k], &rng, kinds[round % 2], bins[round / 2 % COUNT(bins)], (size_t)round % 4,
                           hiddens[round / 3 % COUNT(hiddens)], round / 5 % 2);
}

/* ---- data ---- */

enum { ROWS = 5000, TRAIN = 4000 };
enum { T, D, BIMODAL, SINE, BOUNDED, FLAT, COLUMNS };
static double column[COLUMNS][ROWS];
static const cgm_variable variables[] = {
    {.name = "t", .type = CGM_CONTINUOUS},
    {.name = "d", .type = CGM_CATEGORICAL, .levels = 2},
    {.name = "bimodal", .type = CGM_CONTINUOUS},
    {.name = "sine", .type = CGM_CONTINUOUS},
    {.name = "bounded", .type = CGM_CONTINUOUS, .bounded = true, .low = -2, .high = 7},
    {.name = "flat", .type = CGM_CONTINUOUS},
};
static const cgm_variable *const parents_td[] = {&variables[T], &variables[D]};
static cgm_dataset *data;

static void close_data(void)
{
    cgm_dataset_destroy(data);
}

/* t is uniform; bimodal has two peaks; sine = 2 sin(1.5 t) + d + exp(0.3 t) times a normal of sd 1/2; bounded is a
 * squashed bimodal. */
static void make_columns(void)
{
    cgm_rng rng = cgm_rng_create(31);
    for (size_t i = 0; i < ROWS; i++) {
        double t = column[T][i] = 4 * cgm_rng_uniform(&rng) - 2, d = column[D][i] = (double)cgm_rng_below(&rng, 2);
        double side = cgm_rng_below(&rng, 2) ? 2 : -2;
        column[BIMODAL][i] = side + .5 * cgm_rng_normal(&rng);
        column[SINE][i] = 2 * sin(1.5 * t) + d + exp(.3 * t) * .5 * cgm_rng_normal(&rng);
        column[BOUNDED][i] = -2 + 9 / (1 + exp(-(side / 2 + .4 * cgm_rng_normal(&rng) + .3 * t)));
        column[FLAT][i] = 3;
    }
}

static cgm_status write_data(const char *path)
{
    cgm_file *file;
    CGM_TRY(cgm_file_create(path, &file));
    for (size_t v = 0; v < COLUMNS; v++) {
        char name[32];
        int64_t levels[ROWS];
        bool categorical = variables[v].type == CGM_CATEGORICAL;
        snprintf(name, sizeof name, "/%s", variables[v].name);
        for (size_t i = 0; i < ROWS; i++) levels[i] = (int64_t)column[v][i];
        CGM_TRY(cgm_file_write(file, name, categorical ? CGM_I64 : CGM_F64, CGM_SHAPE(ROWS), NULL,
                               categorical ? (const void *)levels : column[v]));
        if (categorical) CGM_TRY(cgm_file_set_integer(file, name, "levels", 2));
        CGM_TRY(cgm_file_set_text(file, name, "type", categorical ? "categorical" : "continuous"));
    }
    CGM_TRY(cgm_file_set_text(file, "/", "variables", "t d bimodal sine bounded flat"));
    CGM_TRY(cgm_file_set_integer(file, "/", "train", TRAIN));
    CGM_TRY(cgm_file_set_text(file, "/", "cgm_version", "0"));
    return cgm_file_commit(file);
}

static void open_data(void)
{
    if (data) return;
    make_columns();
    cgm_data_opts opts = {.path = test_path("columns.h5")};
    REQUIRE_OK(write_data(opts.path));
    REQUIRE_OK(cgm_dataset_open(&opts, 1, NULL, &data));
    atexit(close_data);
}

/* ---- mechanisms ---- */

static cgm_status create(const cgm_mechanism_class *methods, size_t v, size_t n_parents, const char *options,
                         cgm_mechanism **out)
{
    cgm_config *config = NULL;
    REQUIRE_OK(cgm_config_parse(options, "test", &config));
    cgm_mechanism_spec spec = {
        .variable = &variables[v], .n_parents = n_parents, .parents = parents_td, .options = cgm_config_root(config)};
    cgm_status status = methods->create(&spec, out);
    cgm_config_destroy(config);
    return status;
}

static cgm_mechanism *created(const cgm_mechanism_class *methods, size_t v, size_t n_parents, const char *options)
{
    cgm_mechanism *m = NULL;
    REQUIRE_OK(create(methods, v, n_parents, options, &m));
    return m;
}

static const cgm_train_opts train = {.epochs = 40, .batch = 128, .rate = 5e-3, .warmup = 20, .clip = 200, .ema = .99};

static void fit(cgm_mechanism *m)
{
    open_data();
    cgm_fit f = {.data = data, .train = &train, .rng = cgm_rng_create(3), .threads = 1};
    cgm_fit_report report;
    REQUIRE_OK(m->methods->fit_begin(m, &f, &report));
    CU_ASSERT(report.memory_bytes > 0);
    while (!report.finished) REQUIRE_OK(m->methods->fit_step(m, &f, &report));
    m->methods->fit_end(m);
}

static cgm_mechanism *fitted(const cgm_mechanism_class *methods, size_t v, size_t n_parents)
{
    open_data();
    cgm_mechanism *m = created(methods, v, n_parents, "{}");
    fit(m);
    return m;
}

static cgm_values rows_of(size_t v, size_t begin, size_t n)
{
    return (cgm_values){.n = n, .width = 1, .data = column[v] + begin};
}

/* Mean of -log p over the held-out rows. */
static double held_out(cgm_mechanism *m, size_t v)
{
    enum { N = ROWS - TRAIN };
    static double log_p[N];
    cgm_values value = rows_of(v, TRAIN, N), parents[] = {rows_of(T, TRAIN, N), rows_of(D, TRAIN, N)};
    REQUIRE_OK(m->methods->log_prob(m, parents, &value, NULL, log_p));
    return -toy_mean(N, log_p);
}

/* Random parameters, as if they had been fitted. */
static void randomise(scm_spline_flow *m, uint64_t seed, double scale)
{
    cgm_rng rng = cgm_rng_create(seed);
    REQUIRE_OK(cgm_scm_spline_initialise(m, &rng));
    cgm_real *flat = cgm_params_values(m->params);
    for (size_t i = 0; i < cgm_params_flat_size(m->params); i++) {
        flat[i] = (cgm_real)(scale * cgm_rng_normal(&rng));
        cgm_params_ema(m->params)[i] = flat[i];
    }
    m->standard[0] = .5;
    m->standard[1] = m->variable->bounded ? .5 : 2; /* not so near a bound that values count as at it */
}

/* The loss that is trained, as graph, is the mean of -log p that queries compute in double. */
static void graph_and_double(void)
{
    enum { N = 200, BINS = 6 };
    open_data();
    for (int round = 0; round < 4; round++) {
        const cgm_mechanism_class *methods = round % 2 ? &cgm_mechanism_lr_spline : &cgm_mechanism_rq_spline;
        size_t n_parents = round < 2 ? 0 : 2;
        scm_spline_flow *m = (scm_spline_flow *)created(methods, SINE, n_parents, "{bins: 6, bound: 2, hidden: 5}");
        randomise(m, 40 + (uint64_t)round, .7);
        static double log_p[N];
        cgm_values value = rows_of(SINE, 0, N), parents[] = {rows_of(T, 0, N), rows_of(D, 0, N)};
        REQUIRE_OK(m->base.methods->log_prob(&m->base, parents, &value, NULL, log_p));
        cgm_real y[N], features[2 * N], triangle[BINS * (BINS + 1)] = {0}, loss;
        for (size_t i = 0; i < N; i++) {
            y[i] = (cgm_real)((column[SINE][i] - .5) / 2);
            features[2 * i] = (cgm_real)column[T][i];
            features[2 * i + 1] = (cgm_real)column[D][i];
        }
        for (size_t i = 0; i < BINS; i++)
            for (size_t j = i + 1; j <= BINS; j++) triangle[i * (BINS + 1) + j] = 1;
        cgm_graph *g;
        cgm_program *program;
        cgm_workspace *ws;
        REQUIRE_OK(cgm_graph_create(&g));
        cgm_node in = cgm_input(g, "y", CGM_SHAPE(N, 1)), pa = cgm_input(g, "features", CGM_SHAPE(N, 2)),
                 steps = cgm_input(g, "triangle", CGM_SHAPE(BINS, BINS + 1));
        cgm_node out = cgm_scm_spline_loss(m, g, in, cgm_scm_spline_network(m, g, pa), steps);
        REQUIRE_OK(cgm_program_compile(g, 1, &out, NULL, &program));
        REQUIRE_OK(cgm_workspace_create(program, &ws));
        cgm_params_bind(m->params, g, ws, cgm_params_values(m->params));
        cgm_workspace_bind(ws, in, y);
        cgm_workspace_bind(ws, pa, features);
        cgm_workspace_bind(ws, steps, triangle);
        REQUIRE_OK(cgm_program_run(program, ws));
        loss = *cgm_workspace_get(ws, out);
        CHECK_NEAR((double)loss + log(2), -toy_mean(N, log_p), 2e-5 * fabs(toy_mean(N, log_p)));
        cgm_workspace_destroy(ws);
        cgm_program_destroy(program);
        cgm_graph_destroy(g);
        m->base.methods->destroy(&m->base);
    }
}

typedef struct density {
    cgm_mechanism *m;
    double t, d;
} density;

static double log_density(double x, void *context)
{
    density *p = context;
    double log_p = NAN;
    cgm_values value = {1, 1, &x}, parents[] = {{1, 1, &p->t}, {1, 1, &p->d}};
    CHECK_OK(p->m->methods->log_prob(p->m, parents, &value, NULL, &log_p));
    return log_p;
}

static double density_at(double x, void *context)
{
    return exp(log_density(x, context));
}

static double noise_at(density *p, double x)
{
    double u = NAN;
    cgm_values value = {1, 1, &x}, parents[] = {{1, 1, &p->t}, {1, 1, &p->d}}, noise = {1, 1, &u};
    cgm_abduct_opts opts = {.temperature = 1, .threads = 1};
    CHECK_OK(p->m->methods->abduct(p->m, parents, &value, NULL, &opts, NULL, &noise));
    return u;
}

static double value_at(density *p, double u)
{
    double x = NAN;
    cgm_values noise = {1, 1, &u}, parents[] = {{1, 1, &p->t}, {1, 1, &p->d}}, out = {1, 1, &x};
    CHECK_OK(p->m->methods->predict(p->m, 0, parents, NULL, &noise, 1, &out));
    return x;
}

/* Integrates to one, and is the derivative of Phi(u(x)). */
static void densities(void)
{
    gsl_error_handler_t *handler = gsl_set_error_handler_off();
    gsl_integration_workspace *work = gsl_integration_workspace_alloc(2000);
    for (int round = 0; round < 8; round++) {
        size_t v = round < 4 ? BIMODAL : BOUNDED;
        const cgm_mechanism_class *methods = round % 2 ? &cgm_mechanism_lr_spline : &cgm_mechanism_rq_spline;
        scm_spline_flow *m = (scm_spline_flow *)created(methods, v, round % 4 < 2 ? 0 : 2, "{hidden: 6}");
        randomise(m, 50 + (uint64_t)round, .5);
        density p = {&m->base, .7, 1};
        double integral = 0, error;
        for (int k = -16; k < 16; k++) { /* between noises 1/2 apart: the density has kinks at the knots */
            double part;
            gsl_function f = {density_at, &p};
            gsl_integration_qags(&f, value_at(&p, k * .5), value_at(&p, (k + 1) * .5), 1e-10, 1e-10, 2000, work, &part,
                                 &error);
            integral += part;
        }
        CHECK_NEAR(integral, 1, 1e-8);
        for (double u = -3; u < 3; u += .37) {
            double x = value_at(&p, u), h = 1e-6 / exp(log_density(x, &p)) * exp(-u * u / 2);
            double rise = gsl_cdf_ugaussian_P(noise_at(&p, x + h)) - gsl_cdf_ugaussian_P(noise_at(&p, x - h));
            CHECK_NEAR(rise / (2 * h) / density_at(x, &p), 1, 1e-5);
        }
        m->base.methods->destroy(&m->base);
    }
    gsl_integration_workspace_free(work);
    gsl_set_error_handler(handler);
}

/* Over the noise's central 99.9 %: the noise comes back to 1e-10, and the value to 1e-9 of its range. */
static void round_trips(void)
{
    for (int round = 0; round < 40; round++) {
        size_t v = round % 4 < 2 ? BIMODAL : BOUNDED;
        const cgm_mechanism_class *methods = round % 2 ? &cgm_mechanism_lr_spline : &cgm_mechanism_rq_spline;
        scm_spline_flow *m = (scm_spline_flow *)created(methods, v, 2, "{hidden: 6}");
        randomise(m, 70 + (uint64_t)round, .4);
        density p = {&m->base, -.4 + round * .05, round / 4 % 2};
        for (double u = -3.29; u <= 3.29; u += .0731) {
            double x = value_at(&p, u);
            CHECK_NEAR(noise_at(&p, x), u, v == BIMODAL ? 1e-10 : 1e-7);
            CHECK_NEAR(value_at(&p, noise_at(&p, x)), x, 1e-9 * (v == BOUNDED ? 9 : 10));
        }
        m->base.methods->destroy(&m->base);
    }
}

/* Entropies: bimodal log 2 + log(0.5 sqrt(2 pi e)) = 1.4189 but for the overlap, of a normal of its variance 2.1424;
 * sine given its parents log(0.5 sqrt(2 pi e)) = 0.7258. */
static void fits(void)
{
    const double entropy = log(2) + log(.5) + .5 * log(2 * M_PI * M_E), given = entropy - log(2);
    const cgm_mechanism_class *const methods[] = {&cgm_mechanism_rq_spline, &cgm_mechanism_lr_spline};
    cgm_mechanism *plain = fitted(&cgm_mechanism_affine_flow, BIMODAL, 0);
    double affine = held_out(plain, BIMODAL);
    CHECK_NEAR(affine, .5 * log(2 * M_PI * M_E * 4.25), .02);
    plain->methods->destroy(plain);
    plain = fitted(&cgm_mechanism_affine_flow, SINE, 2);
    double affine_given = held_out(plain, SINE);
    plain->methods->destroy(plain);
    for (size_t k = 0; k < 2; k++) {
        cgm_mechanism *m = fitted(methods[k], BIMODAL, 0);
        double nll = held_out(m, BIMODAL);
        CHECK_NEAR(nll, entropy, .06);
        CU_ASSERT(affine - nll > .65);
        char text[200];
        m->methods->describe(m, sizeof text, text);
        CU_ASSERT(strstr(text, k == 0 ? "rational quadratic spline of 8 bins, 25 parameters"
                                      : "linear rational spline of 8 bins, 33 parameters") != NULL);
        m->methods->destroy(m);
        m = fitted(methods[k], SINE, 2);
        nll = held_out(m, SINE);
        CHECK_NEAR(nll, given, .1);
        CU_ASSERT(affine_given - nll > .2);
        density low = {m, -1, 0}, high = {m, 1, 1}; /* the medians are the curve's */
        CHECK_NEAR(value_at(&low, 0), -2 * sin(1.5), .2);
        CHECK_NEAR(value_at(&high, 0), 1 + 2 * sin(1.5), .2);
        m->methods->destroy(m);
    }
}

/* ---- states ---- */

static size_t copy_state(cgm_mechanism *m, size_t size, char *out)
{
    cgm_state s = {0};
    size_t used = 0;
    REQUIRE_OK(m->methods->state(m, &s));
    for (size_t k = 0; k < s.n; k++) {
        size_t bytes = (size_t)cgm_shape_size(s.entry[k].shape) * cgm_dtype_size(s.entry[k].dtype);
        CU_ASSERT_FATAL(used + bytes <= size);
        memcpy(out + used, s.entry[k].data, bytes);
        used += bytes;
    }
    cgm_state_clear(&s);
    return used;
}

/* Saves the state to a file, makes a new model, begins its fit, and loads. */
static cgm_mechanism *go_on(cgm_mechanism *m, const cgm_mechanism_class *methods, const cgm_fit *f)
{
    cgm_fit_report report;
    cgm_file *file;
    cgm_state from = {0}, to = {0};
    const char *path = test_path("state.h5");
    cgm_mechanism *fresh = created(methods, SINE, 2, "{}");
    REQUIRE_OK(m->methods->state(m, &from));
    REQUIRE_OK(cgm_file_create(path, &file));
    REQUIRE_OK(cgm_state_save(&from, file, "/m"));
    REQUIRE_OK(cgm_file_commit(file));
    cgm_state_clear(&from);
    m->methods->destroy(m);
    REQUIRE_OK(fresh->methods->fit_begin(fresh, f, &report));
    REQUIRE_OK(fresh->methods->state(fresh, &to));
    REQUIRE_OK(cgm_file_open(path, &file));
    REQUIRE_OK(cgm_state_load(&to, file, "/m"));
    cgm_file_close(file);
    cgm_state_clear(&to);
    return fresh;
}

static size_t run_steps(const cgm_mechanism_class *methods, int steps, int stop_at, int threads, size_t size, char *out)
{
    cgm_fit f = {.data = data, .train = &train, .rng = cgm_rng_create(3), .threads = threads};
    cgm_fit_report report;
    cgm_mechanism *m = created(methods, SINE, 2, "{}");
    REQUIRE_OK(m->methods->fit_begin(m, &f, &report));
    for (int i = 0; i < steps; i++) {
        if (i == stop_at) m = go_on(m, methods, &f);
        REQUIRE_OK(m->methods->fit_step(m, &f, &report));
    }
    size_t used = copy_state(m, size, out);
    m->methods->destroy(m);
    return used;
}

static void states(void)
{
    static char a[200000], b[200000];
    open_data();
    for (int kind = 0; kind < 2; kind++) {
        const cgm_mechanism_class *methods = kind ? &cgm_mechanism_lr_spline : &cgm_mechanism_rq_spline;
        size_t n = run_steps(methods, 40, -1, 1, sizeof a, a);
        CU_ASSERT_EQUAL(run_steps(methods, 40, -1, 2, sizeof b, b), n);
        CU_ASSERT(memcmp(a, b, n) == 0);
        CU_ASSERT_EQUAL(run_steps(methods, 40, 17, 2, sizeof b, b), n);
        CU_ASSERT(memcmp(a, b, n) == 0);
        run_steps(methods, 39, -1, 1, sizeof b, b);
        CU_ASSERT(memcmp(a, b, n) != 0);
    }
}

/* Any threads and any batching give the same bits. */
static void rows_alone(void)
{
    enum { N = 3000 };
    scm_spline_flow *m = (scm_spline_flow *)created(&cgm_mechanism_rq_spline, SINE, 2, "{}");
    open_data();
    randomise(m, 5, .3);
    static double u[3][N];
    cgm_values parents[] = {rows_of(T, 0, N), rows_of(D, 0, N)}, value = rows_of(SINE, 0, N);
    for (int k = 0; k < 3; k++) {
        cgm_abduct_opts opts = {.temperature = 1, .threads = k + 1};
        for (size_t begin = 0, n = k == 2 ? 7 : N; begin < N; begin += n) {
            if (n > N - begin) n = N - begin;
            cgm_values part = cgm_values_rows(&value, begin, n), noise = {n, 1, u[k] + begin},
                       pa[] = {cgm_values_rows(&parents[0], begin, n), cgm_values_rows(&parents[1], begin, n)};
            REQUIRE_OK(m->base.methods->abduct(&m->base, pa, &part, NULL, &opts, NULL, &noise));
        }
        CU_ASSERT(memcmp(u[0], u[k], sizeof u[0]) == 0);
    }
    m->base.methods->destroy(&m->base);
}

/* Composition: the null intervention gives the observation. Reversibility: do and back, too. */
static void axioms(void)
{
    enum { N = 400 };
    open_data();
    cgm_config *config = NULL;
    cgm_scm *scm = NULL;
    REQUIRE_OK(cgm_config_parse("t: {type: continuous, mechanism: rq_spline}\n"
                                "d: {type: categorical, levels: 2}\n"
                                "sine: {type: continuous, parents: [t, d], mechanism: {kind: lr_spline, bins: 5}}\n"
                                "bounded: {type: continuous, range: [-2, 7], parents: [t, sine], mechanism: rq_spline}",
                                "test", &config));
    REQUIRE_OK(cgm_scm_from_config(cgm_config_root(config), data, &scm));
    cgm_config_destroy(config);
    cgm_rng rng = cgm_rng_create(8);
    static double plus[N], nothing[N];
    cgm_world *world[4];
    for (int k = 0; k < 4; k++) world[k] = toy_world(scm, N);
    CHECK_FAILS(cgm_scm_sample(scm, &rng, 0, NULL, NULL, world[0]), CGM_E_ARG,
                "variable 't': its mechanism is not fitted");
    for (size_t v = 0; v < 4; v++)
        if (v != 1) randomise((scm_spline_flow *)cgm_scm_mechanism(scm, v), 90 + v, .4);
    REQUIRE_OK(cgm_scm_sample(scm, &rng, 0, NULL, NULL, world[0]));
    REQUIRE_OK(cgm_scm_abduct(scm, &rng, NULL, world[0]));
    for (size_t i = 0; i < N; i++) {
        nothing[i] = world[0]->value[0].data[i];
        plus[i] = nothing[i] + 1;
    }
    const cgm_intervention same = {.node = 0, .to = -1, .values = nothing},
                           other = {.node = 0, .to = -1, .values = plus};
    REQUIRE_OK(cgm_scm_predict(scm, world[0], 1, &same, NULL, world[1]));
    REQUIRE_OK(cgm_scm_predict(scm, world[0], 1, &other, NULL, world[2]));
    REQUIRE_OK(cgm_scm_abduct(scm, &rng, NULL, world[2]));
    REQUIRE_OK(cgm_scm_predict(scm, world[2], 1, &same, NULL, world[3]));
    double moved = 0;
    for (size_t v = 2; v < 4; v++)
        for (size_t i = 0; i < N; i++) {
            double x = world[0]->value[v].data[i];
            if (fabs(world[0]->noise[v].data[i]) > 3.29) continue; /* the central 99.9 % */
            CHECK_NEAR(world[1]->value[v].data[i], x, 1e-9 * 9);
            CHECK_NEAR(world[3]->value[v].data[i], x, 1e-9 * 9);
            moved += fabs(world[2]->value[v].data[i] - x);
        }
    CU_ASSERT(moved > 1);
    for (int k = 0; k < 4; k++) cgm_world_destroy(world[k]);
    cgm_scm_destroy(scm);
}

/* The published counterfactual intensities of MorphoMNIST's known model, from flows that were fitted to its training
 * rows: within 2 grey levels. */
static void real_morphomnist(void)
{
    static const double rows[][2] = {{2.5802891, 142.01439}, {3.632892, 242.2603}}, to[] = {1, 1.5, 3, 5};
    static const double truth[][4] = {{69.4329, 78.0800, 181.4956, 252.8363}, {76.8742, 95.3633, 216.3840, 254.1176}};
    const char *dir = getenv("CGM_MORPHOMNIST");
    if (!dir) {
        fprintf(stderr, "skipped: CGM_MORPHOMNIST does not name a directory\n");
        return;
    }
    static const char *const kind[] = {"affine_flow", "{kind: rq_spline}", "{kind: lr_spline}"};
    cgm_data_opts opts = {.path = dir};
    cgm_dataset *real = NULL;
    REQUIRE_OK(cgm_dataset_open(&opts, 1, NULL, &real));
    for (size_t k = 0; k < COUNT(kind); k++) {
        char text[400];
        snprintf(text, sizeof text,
                 "thickness: {type: continuous, range: [0.5, 20], mechanism: %s}\n"
                 "intensity: {type: continuous, range: [64, 255], parents: [thickness], mechanism: %s}\n",
                 kind[k], kind[k]);
        cgm_config *config = NULL;
        cgm_scm *scm = NULL;
        REQUIRE_OK(cgm_config_parse(text, "test", &config));
        REQUIRE_OK(cgm_scm_from_config(cgm_config_root(config), real, &scm));
        cgm_config_destroy(config);
        for (size_t v = 0; v < 2; v++) {
            cgm_mechanism *m = cgm_scm_mechanism(scm, v);
            cgm_fit f = {.data = real, .train = &train, .rng = cgm_rng_create(3), .threads = 1};
            cgm_fit_report report;
            REQUIRE_OK(m->methods->fit_begin(m, &f, &report));
            while (!report.finished) REQUIRE_OK(m->methods->fit_step(m, &f, &report));
            m->methods->fit_end(m);
        }
        cgm_world *factual = toy_world(scm, 2), *other = toy_world(scm, 2);
        cgm_rng rng = cgm_rng_create(1);
        for (size_t i = 0; i < 2; i++)
            for (size_t v = 0; v < 2; v++) factual->value[v].data[i] = rows[i][v];
        REQUIRE_OK(cgm_scm_abduct(scm, &rng, NULL, factual));
        for (size_t j = 0; j < 4; j++) {
            cgm_intervention x = {.node = 0, .to = -1, .value = to[j]};
            REQUIRE_OK(cgm_scm_predict(scm, factual, 1, &x, NULL, other));
            for (size_t i = 0; i < 2; i++)
                if (!test_near(__FILE__, __LINE__, kind[k], other->value[1].data[i], truth[i][j], 2))
                    CU_FAIL("a counterfactual");
        }
        cgm_world_destroy(other);
        cgm_world_destroy(factual);
        cgm_scm_destroy(scm);
    }
    cgm_dataset_destroy(real);
}

static void mistakes(void)
{
    open_data();
    cgm_mechanism *m = NULL;
    CHECK_FAILS(create(&cgm_mechanism_rq_spline, BIMODAL, 0, "{bins: 65}", &m), CGM_E_CONFIG, "from 1 to 64");
    CHECK_FAILS(create(&cgm_mechanism_lr_spline, BIMODAL, 0, "{bin: 4}", &m), CGM_E_CONFIG, "did you mean \"bins\"?");
    CHECK_FAILS(create(&cgm_mechanism_lr_spline, BIMODAL, 0, "{bound: 0.5}", &m), CGM_E_CONFIG, "from 1 to 100");
    cgm_fit f = {.data = data, .train = &train, .rng = cgm_rng_create(3), .threads = 1};
    cgm_fit_report report;
    m = created(&cgm_mechanism_rq_spline, FLAT, 0, "{}");
    CHECK_FAILS(m->methods->fit_begin(m, &f, &report), CGM_E_ARG,
                "variable 'flat': its 4000 training values are all the same");
    m->methods->destroy(m);
    /* Its own number of epochs and batch. */
    m = created(&cgm_mechanism_rq_spline, BIMODAL, 0, "{epochs: 3, batch: 1000, rate: 0.1, bins: 1}");
    REQUIRE_OK(m->methods->fit_begin(m, &f, &report));
    CU_ASSERT_EQUAL(report.total, 12000);
    while (!report.finished) REQUIRE_OK(m->methods->fit_step(m, &f, &report));
    m->methods->destroy(m);
}

static const test_case cases[] = {
    {"against numpy", against_numpy},
    {"random splines", random_splines},
    {"blocks", blocks},
    {"graph and double", graph_and_double},
    {"densities", densities},
    {"round trips", round_trips},
    {"fits", fits},
    {"states", states},
    {"rows alone", rows_alone},
    {"axioms", axioms},
    {"real MorphoMNIST", real_morphomnist},
    {"mistakes", mistakes},
};
TEST_MAIN("splines", cases)
