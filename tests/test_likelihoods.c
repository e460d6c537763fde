/* Likelihoods of pixels: values and gradients against the formulas in 80 digits, total probability, the noise of pixels
 * and back, the law of what noise gives; and each of them in a conditional VAE. */
#include "vae/likelihoods/likelihood.h"

#include <string.h>

#include "graph/program.h"
#include "tests/fixtures/likelihoods.h"
#include "tests/gradcheck.h"
#include "tests/harness.h"
#include "tests/statistics.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define IS_DOUBLE (sizeof(cgm_real) == sizeof(double))

static cgm_status try_create(const char *yaml, size_t channels, image_likelihood **out)
{
    cgm_config *config = NULL;
    cgm_status status = cgm_config_parse(yaml, "test.yaml", &config);
    if (status == CGM_OK) status = cgm_image_likelihood_create(cgm_config_root(config), channels, -9, out);
    cgm_config_destroy(config);
    return status;
}

static image_likelihood *create(const char *yaml, size_t channels)
{
    image_likelihood *l = NULL;
    REQUIRE_OK(try_create(yaml, channels, &l));
    return l;
}

/* ---- A likelihood as a program ---- */

/* raw [1, planes, H, W] and x [1, C, H, W], in [-1, 1], to log p, theta, and the gradients of the sum of log p in raw
 * and in the log-scale that all pixels share, if there is one. */
typedef struct model {
    image_likelihood *l;
    cgm_graph *g;
    cgm_params *params;
    cgm_program *program;
    cgm_workspace *ws;
    size_t pixels, planes, width, log_p_size;
    cgm_real *raw, *x;
    const cgm_real *log_p, *theta, *gradient, *mean;
} model;

static model open_model(const char *yaml, size_t channels, int64_t rows, int64_t columns)
{
    model m = {.l = create(yaml, channels), .pixels = (size_t)(rows * columns)};
    cgm_rng rng = cgm_rng_create(1);
    m.planes = cgm_image_likelihood_planes(m.l);
    m.width = m.l->methods->width(m.l);
    cgm_shape raw_shape = CGM_SHAPE(1, (int64_t)m.planes, rows, columns);
    m.raw = calloc(m.planes * m.pixels, sizeof *m.raw);
    m.x = calloc(channels * m.pixels, sizeof *m.x);
    REQUIRE_OK(cgm_params_create(&m.params));
    REQUIRE_OK(cgm_graph_create(&m.g));
    cgm_node raw = cgm_input(m.g, "raw", raw_shape);
    cgm_node x = cgm_input(m.g, "x", CGM_SHAPE(1, (int64_t)channels, rows, columns));
    image_likelihood_theta theta = cgm_image_likelihood_parameters(m.l, m.params, m.g, raw);
    cgm_node out[5] = {cgm_image_likelihood_log_prob(m.l, m.g, &theta, x),
                       cgm_image_likelihood_join(m.g, &theta, raw_shape)};
    cgm_node loss = cgm_sum_all(m.g, out[0]);
    REQUIRE_OK(cgm_params_init(m.params, &rng));
    REQUIRE_OK(cgm_graph_gradients(m.g, loss, 1, &raw, out + 2));
    size_t n_params = cgm_params_count(m.params);
    CU_ASSERT_FATAL(n_params <= 1);
    out[3] = cgm_image_likelihood_mean(m.l, m.g, &theta);
    REQUIRE_OK(cgm_params_gradients(m.params, m.g, loss, out + 4));
    m.log_p_size = (size_t)cgm_shape_size(cgm_node_shape(m.g, out[0]));
    REQUIRE_OK(cgm_program_compile(m.g, 4 + n_params, out, NULL, &m.program));
    REQUIRE_OK(cgm_workspace_create(m.program, &m.ws));
    cgm_params_bind(m.params, m.g, m.ws, cgm_params_values(m.params));
    cgm_params_bind_gradients(m.params, m.ws, 4);
    cgm_workspace_bind(m.ws, raw, m.raw);
    cgm_workspace_bind(m.ws, x, m.x);
    m.log_p = cgm_workspace_get(m.ws, out[0]);
    m.theta = cgm_workspace_get(m.ws, out[1]);
    m.gradient = cgm_workspace_get(m.ws, out[2]);
    m.mean = cgm_workspace_get(m.ws, out[3]);
    return m;
}

static void close_model(model *m)
{
    cgm_workspace_destroy(m->ws);
    cgm_program_destroy(m->program);
    cgm_graph_destroy(m->g);
    cgm_params_destroy(m->params);
    cgm_image_likelihood_destroy(m->l);
    free(m->raw);
    free(m->x);
}

static void run(model *m)
{
    REQUIRE_OK(cgm_program_run(m->program, m->ws));
}

static image_likelihood_images images_of(const model *m, int threads)
{
    return (image_likelihood_images){.n = 1, .pixels = m->pixels, .theta = m->theta, .threads = threads};
}

static void fill_normal(cgm_rng *rng, size_t n, double scale, cgm_real *out)
{
    for (size_t i = 0; i < n; i++) out[i] = (cgm_real)(scale * cgm_rng_normal(rng));
}

/* ---- Against the formulas ---- */

typedef struct reference {
    const char *name, *yaml;
    size_t channels;
    const int *x;
    const double *raw, *log_p, *gradient, *shared, *shared_gradient;
    size_t n_raw, n_log_p, n_shared;
} reference;
#define REFERENCE(name, yaml, channels)                                                                                \
    {                                                                                                                  \
#name, yaml, channels, name##_x, name##_raw, name##_log_p, name##_gradient, NULL, NULL, COUNT(name##_raw),     \
            COUNT(name##_log_p), 0                                                                                     \
    }
static const reference references[] = {
    REFERENCE(grey, "discretised_gaussian", 1),
    REFERENCE(density, "{kind: gaussian, min_log_scale: -6}", 1),
    REFERENCE(rgb, "{autoregressive: true}", 3),
    {"two_shared", "{kind: discretised_gaussian, scale: shared, autoregressive: true}", 2, two_shared_x, two_shared_raw,
     two_shared_log_p, two_shared_gradient, two_shared_shared, two_shared_shared_gradient, COUNT(two_shared_raw),
     COUNT(two_shared_log_p), COUNT(two_shared_shared)},
    REFERENCE(fixed, "{scale: fixed, log_scale: -2}", 3),
    REFERENCE(binary, "bernoulli", 1),
    REFERENCE(mix, "{kind: logistic_mixture, components: 3}", 1),
    REFERENCE(mix_rgb, "{kind: logistic_mixture, components: 3, autoregressive: true}", 3),
    REFERENCE(mix_two, "{kind: logistic_mixture, components: 2}", 2),
};

/* |got - want| at most tolerance of the number, and no less than tolerance. */
static bool close_to(const char *what, size_t n, const cgm_real *got, const double *want, double tolerance)
{
    bool ok = true;
    for (size_t i = 0; i < n; i++)
        ok = test_near(__FILE__, __LINE__, what, (double)got[i], want[i], tolerance * fmax(1, fabs(want[i]))) && ok;
    return ok;
}

static void formulas_in_80_digits(void)
{
    for (size_t i = 0; i < COUNT(references); i++) {
        const reference *r = &references[i];
        model m = open_model(r->yaml, r->channels, 2, 8);
        const double tolerance = IS_DOUBLE ? 1e-11 : 1e-4;
        CU_ASSERT_EQUAL_FATAL(m.planes * m.pixels, r->n_raw);
        CU_ASSERT_EQUAL_FATAL(m.log_p_size, r->n_log_p);
        for (size_t k = 0; k < r->n_raw; k++) m.raw[k] = (cgm_real)r->raw[k];
        for (size_t k = 0; k < r->channels * m.pixels; k++) m.x[k] = (cgm_real)(r->x[k] / 127.5 - 1);
        for (size_t k = 0; k < r->n_shared; k++) cgm_params_values(m.params)[k] = (cgm_real)r->shared[k];
        run(&m);
        CU_ASSERT(close_to(r->name, r->n_log_p, m.log_p, r->log_p, tolerance));
        CU_ASSERT(close_to(r->name, r->n_raw, m.gradient, r->gradient, tolerance));
        CU_ASSERT_EQUAL(cgm_params_count(m.params), r->n_shared > 0);
        if (r->n_shared)
            CU_ASSERT(close_to(r->name, r->n_shared, cgm_params_gradient(m.params), r->shared_gradient, tolerance));
        close_model(&m);
    }
}

/* raw +-10,000 and pixels at the ends: no infinity, no NaN. */
static void finite_at_any_features(void)
{
    for (size_t i = 0; i < COUNT(references); i++) {
        const reference *r = &references[i];
        model m = open_model(r->yaml, r->channels, 1, 64);
        cgm_rng rng = cgm_rng_create(i);
        for (size_t k = 0; k < m.planes * m.pixels; k++)
            m.raw[k] = (cgm_real)((double)cgm_rng_below(&rng, 3) - 1) * (cgm_real)1e4;
        for (size_t k = 0; k < r->channels * m.pixels; k++) m.x[k] = (cgm_real)((double)cgm_rng_below(&rng, 3) - 1);
        run(&m);
        double sum = 0;
        for (size_t k = 0; k < m.log_p_size; k++) sum += (double)m.log_p[k];
        for (size_t k = 0; k < m.planes * m.pixels; k++) sum += (double)m.gradient[k];
        CU_ASSERT(isfinite(sum));
        close_model(&m);
    }
}

/* ---- Gradients ---- */

static const image_likelihood *checked;
static cgm_params *checked_params;

static cgm_node build_checked(cgm_graph *g, const cgm_node *x)
{
    image_likelihood_theta theta = cgm_image_likelihood_parameters(checked, checked_params, g, x[0]);
    return cgm_image_likelihood_log_prob(checked, g, &theta, x[1]);
}

/* In raw and in x, which is drawn between the ends: there log p is smooth in it too. */
static void gradients_of_both_orders(void)
{
    if (!IS_DOUBLE) {
        fprintf(stderr, "    (central differences need --enable-double: the formulas above stand for them)\n");
        return;
    }
    for (size_t i = 0; i < COUNT(references); i++) {
        if (references[i].n_shared) continue; /* its parameter is no input */
        image_likelihood *l = create(references[i].yaml, references[i].channels);
        REQUIRE_OK(cgm_params_create(&checked_params));
        checked = l;
        int64_t planes = (int64_t)cgm_image_likelihood_planes(l), channels = (int64_t)references[i].channels;
        gradcheck_case c = {references[i].name,
                            build_checked,
                            2,
                            {{.shape = CGM_SHAPE(2, planes, 1, 3), .low = -1, .high = 1},
                             {.shape = CGM_SHAPE(2, channels, 1, 3), .low = -0.9, .high = 0.9}}};
        for (int order = 1; order <= 2; order++) {
            double error = gradcheck_error(&c, order, FAULT_NONE);
            CU_ASSERT(test_near(__FILE__, __LINE__, references[i].name, error, 0, 2e-7));
        }
        cgm_params_destroy(checked_params);
        cgm_image_likelihood_destroy(l);
    }
}

/* ---- Total probability ---- */

/* The same raw for each pixel; pixel i has level i % 256 in channel 0 and i / 256 in channel 1. */
static void all_levels(model *m, cgm_rng *rng, double scale)
{
    for (size_t q = 0; q < m->planes; q++) {
        cgm_real value = (cgm_real)(scale * cgm_rng_normal(rng));
        for (size_t i = 0; i < m->pixels; i++) m->raw[q * m->pixels + i] = value;
    }
    for (size_t c = 0; c < m->l->channels; c++)
        for (size_t i = 0; i < m->pixels; i++)
            m->x[c * m->pixels + i] = (cgm_real)((double)(c ? i / 256 : i % 256) / 127.5 - 1);
    run(m);
}

static double total(const model *m)
{
    double sum = 0;
    for (size_t i = 0; i < m->pixels; i++) {
        double log_p = 0;
        for (size_t c = 0; c < m->log_p_size / m->pixels; c++) log_p += (double)m->log_p[c * m->pixels + i];
        sum += exp(log_p);
    }
    return sum;
}

/* Of one channel's 256 levels, and of two channels' 65,536. */
static void probabilities_add_to_one(void)
{
    const char *const yaml[] = {"discretised_gaussian", "{scale: shared}", "{kind: logistic_mixture, components: 4}"};
    const char *const of_two[] = {"{autoregressive: true}", "{scale: fixed, log_scale: -3, autoregressive: true}",
                                  "{kind: logistic_mixture, components: 3, autoregressive: true}",
                                  "{kind: logistic_mixture, components: 3}"};
    cgm_rng rng = cgm_rng_create(5);
    for (size_t k = 0; k < COUNT(yaml); k++) {
        model m = open_model(yaml[k], 1, 1, 256);
        for (int trial = 0; trial < 20; trial++) {
            all_levels(&m, &rng, 0.2 * trial);
            CHECK_NEAR(total(&m), 1, IS_DOUBLE ? 1e-9 : 1e-5);
        }
        close_model(&m);
    }
    for (size_t k = 0; k < COUNT(of_two); k++) {
        model m = open_model(of_two[k], 2, 256, 256);
        for (int trial = 0; trial < 3; trial++) {
            all_levels(&m, &rng, 1 + trial);
            CHECK_NEAR(total(&m), 1, 1e-5);
        }
        close_model(&m);
    }
}

/* Black or white; and a density that is one of grey levels, by the trapezoidal rule far beyond the range. */
static void other_laws_add_to_one(void)
{
    enum { POINTS = 8192 };
    cgm_rng rng = cgm_rng_create(6);
    model m = open_model("bernoulli", 1, 1, 2);
    for (int trial = 0; trial < 20; trial++) {
        m.raw[0] = m.raw[1] = (cgm_real)(0.5 * trial * cgm_rng_normal(&rng));
        m.x[0] = -1;
        m.x[1] = 1;
        run(&m);
        CHECK_NEAR(total(&m), 1, 1e-6);
    }
    close_model(&m);
    m = open_model("gaussian", 1, 1, POINTS);
    for (int trial = 0; trial < 5; trial++) {
        for (size_t i = 0; i < POINTS; i++) {
            m.raw[i] = (cgm_real)0.3;
            m.raw[POINTS + i] = (cgm_real)(-0.5 * trial);
            m.x[i] = (cgm_real)(40.0 * (double)i / POINTS - 20);
        }
        run(&m);
        CHECK_NEAR(total(&m) * 40 / POINTS * 127.5, 1, 1e-4);
    }
    close_model(&m);
}

/* Jensen's inequality: the mean log density over a level's width is at most the log probability of the level. */
static void a_smeared_density_bounds_the_level(void)
{
    enum { POINTS = 4096 };
    model density = open_model("gaussian", 1, 1, POINTS);
    for (double log_scale = -6; log_scale <= 0; log_scale += 0.5) {
        double mean = 0.1, level = 141, scale = 127.5 * exp(log_scale), z = level - 127.5 * (mean + 1), average = 0;
        for (size_t i = 0; i < POINTS; i++) {
            density.raw[i] = (cgm_real)mean;
            density.raw[POINTS + i] = (cgm_real)log_scale;
            density.x[i] = (cgm_real)((level + ((double)i + 0.5) / POINTS - 0.5) / 127.5 - 1);
        }
        run(&density);
        for (size_t i = 0; i < POINTS; i++) average += (double)density.log_p[i] / POINTS;
        double mass = 0.5 * (erf((z + 0.5) / scale * M_SQRT1_2) - erf((z - 0.5) / scale * M_SQRT1_2));
        CU_ASSERT(average <= log(mass) + 1e-4);
        if (log_scale >= -3) CHECK_NEAR(average, log(mass), 0.01);
    }
    close_model(&density);
}

static void smearing_is_uniform(void)
{
    enum { DRAWS = 20000 };
    static cgm_real noise[DRAWS], x[DRAWS];
    static double p[DRAWS];
    cgm_graph *g;
    cgm_program *program;
    cgm_workspace *ws;
    cgm_rng rng = cgm_rng_create(7);
    fill_normal(&rng, DRAWS, 1, noise);
    REQUIRE_OK(cgm_graph_create(&g));
    cgm_node in[] = {cgm_input(g, "x", CGM_SHAPE(DRAWS)), cgm_input(g, "noise", CGM_SHAPE(DRAWS))};
    cgm_node out = cgm_image_likelihood_dequantise(g, in[0], in[1]);
    CU_ASSERT(cgm_image_likelihood_dequantise(g, in[0], (cgm_node){0}).id == in[0].id);
    REQUIRE_OK(cgm_program_compile(g, 1, &out, NULL, &program));
    REQUIRE_OK(cgm_workspace_create(program, &ws));
    cgm_workspace_bind(ws, in[0], x);
    cgm_workspace_bind(ws, in[1], noise);
    REQUIRE_OK(cgm_program_run(program, ws));
    for (size_t i = 0; i < DRAWS; i++) {
        p[i] = (double)cgm_workspace_get(ws, out)[i] + 0.5;
        CU_ASSERT(p[i] >= 0 && p[i] <= 1);
    }
    CU_ASSERT(kolmogorov(DRAWS, p) < 1.95);
    cgm_workspace_destroy(ws);
    cgm_program_destroy(program);
    cgm_graph_destroy(g);
}

/* ---- Noise ---- */

/* Levels, and what lies between them, each end of the range for a fifth of the pixels. */
static void fill_pixels(cgm_rng *rng, size_t n, bool binary, double *x)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t end = cgm_rng_below(rng, binary ? 2 : 5);
        x[i] = end < 2 ? 255.0 * (double)end : end == 2 ? 255 * cgm_rng_uniform(rng) : (double)cgm_rng_below(rng, 256);
    }
}

static void noise_gives_the_pixels_back(void)
{
    enum { PIXELS = 64 };
    double x[3 * PIXELS], u[3 * PIXELS], again[3 * PIXELS];
    for (size_t i = 0; i < COUNT(references); i++) {
        const reference *r = &references[i];
        size_t n = r->channels * PIXELS;
        model m = open_model(r->yaml, r->channels, 8, PIXELS / 8);
        cgm_rng rng = cgm_rng_create(11 + i);
        for (int trial = 0; trial < 12; trial++) {
            image_likelihood_images images = images_of(&m, 1);
            fill_normal(&rng, m.planes * PIXELS, 0.4 * trial,
                        m.raw); /* up to log-scales and coefficients at the ends */
            fill_pixels(&rng, n, !m.l->methods->exact, x);
            run(&m);
            cgm_image_likelihood_abduct(m.l, &images, x, &rng, u);
            cgm_image_likelihood_predict(m.l, &images, u, again);
            for (size_t k = 0; k < n; k++) {
                CU_ASSERT(isfinite(u[k]));
                CU_ASSERT(test_near(__FILE__, __LINE__, r->name, again[k], x[k], 255e-9));
            }
        }
        close_model(&m);
    }
}

/* Two components as narrow as they can be, far from one another and from the pixel: F is flat between them. */
static void a_gap_between_components_keeps_its_pixels(void)
{
    model m = open_model("{kind: logistic_mixture, components: 2, min_log_scale: -20}", 1, 1, 256);
    double x[256], u[256], again[256];
    cgm_rng rng = cgm_rng_create(3);
    for (size_t i = 0; i < 256; i++) {
        const double raw[] = {0.3, -0.2, -0.5, 0.5, -19, -19.5};
        for (size_t q = 0; q < 6; q++) m.raw[q * 256 + i] = (cgm_real)raw[q];
        x[i] = (double)i;
    }
    run(&m);
    image_likelihood_images images = images_of(&m, 1);
    cgm_image_likelihood_abduct(m.l, &images, x, &rng, u);
    cgm_image_likelihood_predict(m.l, &images, u, again);
    for (size_t i = 0; i < 256; i++) {
        CHECK_NEAR(again[i], x[i], 255e-9);
        CU_ASSERT(!i || u[i] > u[i - 1]);
    }
    close_model(&m);
}

static void pixels_rise_with_their_noise(void)
{
    enum { PIXELS = 200 };
    double u[2 * PIXELS], x[2 * PIXELS];
    for (size_t i = 0; i < COUNT(references); i++) {
        if (references[i].channels > 2) continue;
        model m = open_model(references[i].yaml, references[i].channels, 1, PIXELS);
        image_likelihood_images images = images_of(&m, 1);
        cgm_rng rng = cgm_rng_create(2);
        all_levels(&m, &rng, 1.5);
        for (size_t k = 0; k < PIXELS; k++) {
            u[k] = 0.4;
            u[PIXELS + k] = 0.4;
            u[(references[i].channels - 1) * PIXELS + k] = 0.08 * (double)k - 8;
        }
        cgm_image_likelihood_predict(m.l, &images, u, x);
        const double *last = x + (references[i].channels - 1) * PIXELS;
        for (size_t k = 1; k < PIXELS; k++) CU_ASSERT(last[k] >= last[k - 1]);
        CU_ASSERT(last[PIXELS - 1] > last[0]);
        close_model(&m);
    }
}

/* Pixels of normal noise have the law that log_prob says: all on levels (Gaussians: but for the approximate
 * distribution function, 2e-4 off at most). */
static void samples_have_the_law(void)
{
    enum { DRAWS = 20000 };
    const char *const yaml[] = {"discretised_gaussian", "{kind: logistic_mixture, components: 4}"};
    static double u[DRAWS], x[DRAWS], p[DRAWS];
    cgm_rng rng = cgm_rng_create(21);
    for (size_t k = 0; k < COUNT(yaml); k++)
        for (int trial = 0; trial < 4; trial++) {
            model levels = open_model(yaml[k], 1, 1, 256), draws = open_model(yaml[k], 1, 1, DRAWS);
            image_likelihood_images images = images_of(&draws, 2);
            double below[257] = {0};
            all_levels(&levels, &rng, 0.7);
            for (size_t q = 0; q < draws.planes; q++)
                for (size_t i = 0; i < DRAWS; i++) draws.raw[q * DRAWS + i] = levels.raw[q * 256];
            run(&draws);
            for (size_t i = 0; i < 256; i++) below[i + 1] = below[i] + exp((double)levels.log_p[i]);
            for (size_t i = 0; i < DRAWS; i++) u[i] = cgm_rng_normal(&rng);
            cgm_image_likelihood_predict(draws.l, &images, u, x);
            /* Uniform within the level's probability: then Kolmogorov's distance is that of a continuous law. */
            for (size_t i = 0; i < DRAWS; i++) {
                size_t level = (size_t)rint(x[i]);
                p[i] = below[level] + cgm_rng_uniform(&rng) * (below[level + 1] - below[level]);
            }
            CU_ASSERT(kolmogorov(DRAWS, p) < 1.95);
            close_model(&levels);
            close_model(&draws);
        }
}

/* The four quadrants of two channels that depend on one another, and white pixels, within 4.5 standard errors. */
static void samples_of_two_channels_have_the_joint_law(void)
{
    enum { DRAWS = 20000 };
    static double u[2 * DRAWS], x[2 * DRAWS];
    const char *const yaml[] = {"{autoregressive: true}",
                                "{kind: logistic_mixture, components: 3, autoregressive: true}"};
    cgm_rng rng = cgm_rng_create(31);
    for (size_t k = 0; k < COUNT(yaml); k++) {
        model levels = open_model(yaml[k], 2, 256, 256), draws = open_model(yaml[k], 2, 1, DRAWS);
        image_likelihood_images images = images_of(&draws, 2);
        double want[4] = {0}, got[4] = {0};
        all_levels(&levels, &rng, 0.8);
        for (size_t q = 0; q < draws.planes; q++)
            for (size_t i = 0; i < DRAWS; i++) draws.raw[q * DRAWS + i] = levels.raw[q * levels.pixels];
        run(&draws);
        for (size_t i = 0; i < levels.pixels; i++) {
            double log_p = 0;
            for (size_t at = i; at < levels.log_p_size; at += levels.pixels) log_p += (double)levels.log_p[at];
            want[(i % 256 > 127) + 2 * (i / 256 > 127)] += exp(log_p);
        }
        for (size_t i = 0; i < 2 * DRAWS; i++) u[i] = cgm_rng_normal(&rng);
        cgm_image_likelihood_predict(draws.l, &images, u, x);
        for (size_t i = 0; i < DRAWS; i++) got[(x[i] > 127.5) + 2 * (x[DRAWS + i] > 127.5)] += 1.0 / DRAWS;
        for (size_t q = 0; q < 4; q++)
            CU_ASSERT(
                test_near(__FILE__, __LINE__, yaml[k], got[q], want[q], 4.5 * sqrt(want[q] * (1 - want[q]) / DRAWS)));
        close_model(&levels);
        close_model(&draws);
    }
}

/* Drawn pixels, and noise drawn for them, which is then standard normal. */
static void black_and_white_noise(void)
{
    enum { DRAWS = 20000 };
    static double u[DRAWS], x[DRAWS], again[DRAWS];
    cgm_rng rng = cgm_rng_create(41);
    for (double eta = -6; eta <= 6; eta += 2) {
        model m = open_model("bernoulli", 1, 1, DRAWS);
        image_likelihood_images images = images_of(&m, 1);
        double p = 1 / (1 + exp(-eta)), white = 0;
        for (size_t i = 0; i < DRAWS; i++) {
            m.raw[i] = (cgm_real)eta;
            u[i] = cgm_rng_normal(&rng);
        }
        run(&m);
        cgm_image_likelihood_predict(m.l, &images, u, x);
        for (size_t i = 0; i < DRAWS; i++) white += x[i] / 255 / DRAWS;
        CHECK_NEAR(white, p, 4.5 * sqrt(p * (1 - p) / DRAWS));
        cgm_image_likelihood_abduct(m.l, &images, x, &rng, u);
        cgm_image_likelihood_predict(m.l, &images, u, again);
        CU_ASSERT(memcmp(x, again, sizeof x) == 0);
        for (size_t i = 0; i < DRAWS; i++) u[i] = 0.5 * erfc(-u[i] * M_SQRT1_2);
        CU_ASSERT(kolmogorov(DRAWS, u) < 1.95);
        memset(u, 0, sizeof u);
        cgm_image_likelihood_predict(m.l, &images, u, x);
        CU_ASSERT(eta == 0 || x[0] == (eta > 0 ? 255 : 0));
        close_model(&m);
    }
}

/* Of a Gaussian what no noise gives, once it is held to the range; of others the mean over noise, within 5 standard
 * errors. */
static void means_are_those_of_pixels(void)
{
    enum { DRAWS = 4000 };
    static double u[3 * DRAWS], x[3 * DRAWS];
    static const struct {
        const char *yaml;
        size_t channels, components; /* 0: a Gaussian; bernoulli has one, without a scale */
    } of[] = {{"discretised_gaussian", 2, 0},
              {"{autoregressive: true}", 3, 0},
              {"{kind: gaussian, scale: shared, autoregressive: true}", 2, 0},
              {"bernoulli", 2, 1},
              {"{kind: logistic_mixture, components: 3}", 2, 3},
              {"{kind: logistic_mixture, components: 3, autoregressive: true}", 3, 3}};
    cgm_rng rng = cgm_rng_create(51);
    for (size_t k = 0; k < COUNT(of); k++) {
        model m = open_model(of[k].yaml, of[k].channels, 1, DRAWS);
        image_likelihood_images images = images_of(&m, 2);
        size_t mixture = of[k].components, scales = mixture * (1 + of[k].channels);
        for (size_t q = 0; q < m.planes; q++) {
            bool is_scale = mixture > 1 && q >= scales && q < scales + mixture * of[k].channels;
            double raw = is_scale ? -4 : 0.4 * cgm_rng_normal(&rng);
            for (size_t i = 0; i < DRAWS; i++)
                m.raw[q * DRAWS + i] = (cgm_real)(mixture ? raw : 1.2 * cgm_rng_normal(&rng));
        }
        run(&m);
        for (size_t i = 0; i < of[k].channels * DRAWS; i++) u[i] = mixture ? cgm_rng_normal(&rng) : 0;
        cgm_image_likelihood_predict(m.l, &images, u, x);
        for (size_t c = 0; c < of[k].channels; c++) {
            double sum = 0, squares = 0, mean = (double)m.mean[c * DRAWS];
            for (size_t i = c * DRAWS; i < (c + 1) * DRAWS; i++) {
                sum += x[i] / DRAWS;
                squares += x[i] * x[i] / DRAWS;
                if (!mixture) CHECK_NEAR(x[i], fmin(fmax((double)m.mean[i], 0), 255), 0.01);
            }
            if (mixture) CHECK_NEAR(sum, mean, 5 * sqrt((squares - sum * sum) / DRAWS));
        }
        close_model(&m);
    }
}

/* No noise: the mean of a Gaussian, channels that follow from one another's means included; the median of a mixture. */
static void no_noise_is_the_middle(void)
{
    double u[3 * 4] = {0}, x[3 * 4];
    cgm_rng rng = cgm_rng_create(51);
    model m = open_model("{autoregressive: true}", 3, 1, 4);
    image_likelihood_images images = images_of(&m, 1);
    fill_normal(&rng, m.planes * 4, 0.2, m.raw);
    run(&m);
    cgm_image_likelihood_predict(m.l, &images, u, x);
    for (size_t i = 0; i < 4; i++) {
        double raw[9];
        for (size_t q = 0; q < 9; q++) raw[q] = (double)m.raw[q * 4 + i];
        double red = raw[0], green = raw[1] + tanh(raw[6]) * red,
               blue = raw[2] + tanh(raw[7]) * red + tanh(raw[8]) * green;
        CHECK_NEAR(x[i], 127.5 * (red + 1), 1e-4);
        CHECK_NEAR(x[4 + i], 127.5 * (green + 1), 1e-4);
        CHECK_NEAR(x[8 + i], 127.5 * (blue + 1), 1e-4);
    }
    close_model(&m);
    m = open_model("{kind: logistic_mixture, components: 1}", 1, 1, 4);
    images = images_of(&m, 1);
    fill_normal(&rng, m.planes * 4, 0.2, m.raw);
    run(&m);
    cgm_image_likelihood_predict(m.l, &images, u, x);
    for (size_t i = 0; i < 4; i++) CHECK_NEAR(x[i], 127.5 * ((double)m.raw[4 + i] + 1), 1e-3);
    close_model(&m);
}

/* The abducted noise times t: the mean at 0, x itself at 1, and mu + t sigma u in between, clamped. */
static void noise_fades(void)
{
    enum { PIXELS = 32 };
    double x[PIXELS], u[PIXELS], scaled[PIXELS], faded[PIXELS];
    const double t[] = {0, 0.1, 1};
    cgm_rng rng = cgm_rng_create(61);
    model m = open_model("discretised_gaussian", 1, 1, PIXELS);
    image_likelihood_images images = images_of(&m, 1);
    fill_normal(&rng, m.planes * PIXELS, 0.7, m.raw);
    fill_pixels(&rng, PIXELS, false, x);
    run(&m);
    cgm_image_likelihood_abduct(m.l, &images, x, &rng, u);
    for (size_t k = 0; k < COUNT(t); k++) {
        for (size_t i = 0; i < PIXELS; i++) scaled[i] = t[k] * u[i];
        cgm_image_likelihood_predict(m.l, &images, scaled, faded);
        for (size_t i = 0; i < PIXELS; i++) {
            double mean = 127.5 * ((double)m.raw[i] + 1), sigma = 127.5 * exp((double)m.raw[PIXELS + i]);
            CHECK_NEAR(faded[i], fmin(fmax(mean + t[k] * sigma * u[i], 0), 255), IS_DOUBLE ? 1e-9 : 1e-3);
            if (t[k] == 1) CHECK_NEAR(faded[i], x[i], 255e-9);
        }
    }
    close_model(&m);
}

/* A black pixel whose median lies below black: of the noises that give it 0 is the nearest to zero, and if it lies
 * above, the largest. */
static void ends_take_the_likeliest_noise(void)
{
    const char *const yaml[] = {"discretised_gaussian", "{kind: logistic_mixture, components: 1}"};
    for (size_t k = 0; k < COUNT(yaml); k++) {
        model m = open_model(yaml[k], 1, 1, 4);
        double x[4] = {0, 0, 255, 255}, u[4];
        cgm_rng rng = cgm_rng_create(1);
        image_likelihood_images images = images_of(&m, 1);
        for (size_t i = 0; i < 4; i++) {
            m.raw[k * 4 + i] = (cgm_real)(i == 0 ? -1.2 : i == 1 ? -0.9 : i == 2 ? 1.2 : 0.9);
            m.raw[(k + 1) * 4 + i] = -2;
        }
        run(&m);
        cgm_image_likelihood_abduct(m.l, &images, x, &rng, u);
        CU_ASSERT(u[0] == 0 && u[2] == 0);
        CU_ASSERT(u[1] < -0.1 && u[3] > 0.1);
        CHECK_NEAR(u[1], -u[3], 1e-6);
        close_model(&m);
    }
}

static void any_threads_give_the_same_bits(void)
{
    enum { IMAGES = 9, PIXELS = 16 };
    for (size_t i = 0; i < COUNT(references); i++) {
        image_likelihood *l = create(references[i].yaml, references[i].channels);
        size_t width = l->methods->width(l), n = IMAGES * references[i].channels * PIXELS;
        cgm_real *theta = calloc(IMAGES * width * PIXELS, sizeof *theta);
        double *x = calloc(n, sizeof *x), *u = calloc(3 * n, sizeof *u);
        cgm_rng rng = cgm_rng_create(i);
        fill_normal(&rng, IMAGES * width * PIXELS, 0.5, theta);
        fill_pixels(&rng, n, false, x);
        image_likelihood_images images = {IMAGES, PIXELS, theta, 5, 1}, two = images, some = images;
        two.threads = 2;
        some.n = 3;
        cgm_image_likelihood_abduct(l, &images, x, &rng, u);
        cgm_image_likelihood_abduct(l, &two, x, &rng, u + n);
        cgm_image_likelihood_abduct(l, &some, x, &rng, u + 2 * n);
        CU_ASSERT(memcmp(u, u + n, n * sizeof *u) == 0);
        CU_ASSERT(memcmp(u, u + 2 * n, n / 3 * sizeof *u) == 0);
        free(theta);
        free(x);
        free(u);
        cgm_image_likelihood_destroy(l);
    }
}

/* ---- Configs ---- */

static void bad_options_are_refused(void)
{
    static const struct {
        const char *yaml;
        size_t channels;
        const char *message;
    } bad[] = {
        {"gausian", 1, "test.yaml: likelihood: there is no 'gausian'; did you mean 'gaussian'?"},
        {"{kind: laplace}", 1, "(there are discretised_gaussian, gaussian, bernoulli, logistic_mixture)"},
        {"[gaussian]", 1, "expected the name of a likelihood, or a map"},
        {"{kind: [gaussian]}", 1, "expected the name of a likelihood"},
        {"{scale: fixed}", 1, "`scale: fixed` needs log_scale"},
        {"{scale: fixed, log_scale: -2, min_log_scale: -3}", 1, "likelihood.min_log_scale: the scale is fixed"},
        {"{scale: shared, log_scale: -2}", 1, "likelihood.log_scale: expected with `scale: fixed` only"},
        {"{autoregressive: true}", 1, "likelihood.autoregressive: the image has 1 channel; expected 2 to 16"},
        {"{kind: logistic_mixture, autoregressive: true}", 17, "the image has 17 channels"},
        {"{kind: logistic_mixture, components: 0}", 1, "likelihood.components"},
        {"{kind: logistic_mixture, scale: shared}", 1, "likelihood.scale: unknown key"},
        {"{kind: bernoulli, min_log_scale: -3}", 1, "likelihood.min_log_scale: unknown key"},
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        image_likelihood *l = NULL;
        CHECK_FAILS(try_create(bad[i].yaml, bad[i].channels, &l), CGM_E_CONFIG, bad[i].message);
        CU_ASSERT(l == NULL);
    }
}

static const test_case cases[] = {
    {"log probabilities and gradients are those of the formulas in 80 digits", formulas_in_80_digits},
    {"finite at any features", finite_at_any_features},
    {"gradients of first and second order", gradients_of_both_orders},
    {"probabilities of all levels add to one", probabilities_add_to_one},
    {"so do black and white, and a density", other_laws_add_to_one},
    {"a smeared density bounds the level's probability", a_smeared_density_bounds_the_level},
    {"smearing is uniform", smearing_is_uniform},
    {"noise gives the pixels back", noise_gives_the_pixels_back},
    {"a gap between components keeps its pixels", a_gap_between_components_keeps_its_pixels},
    {"pixels rise with their noise", pixels_rise_with_their_noise},
    {"samples have the law", samples_have_the_law},
    {"samples of two channels have the joint law", samples_of_two_channels_have_the_joint_law},
    {"black and white noise", black_and_white_noise},
    {"means are those of pixels", means_are_those_of_pixels},
    {"no noise is the middle", no_noise_is_the_middle},
    {"noise fades", noise_fades},
    {"ends take the likeliest noise", ends_take_the_likeliest_noise},
    {"any threads give the same bits", any_threads_give_the_same_bits},
    {"bad options are refused", bad_options_are_refused},
};
TEST_MAIN("likelihoods", cases)
