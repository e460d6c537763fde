/* The autoencoder: the dense network against plain loops, codes and their law, abduction and prediction, training, what
 * is refused. The convolutional network is made of layers that tests/test_nn.c checks. */
#include <math.h>
#include <string.h>

#include "data/batches.h"
#include "scm/mechanism_table.h"
#include "tests/fit_toys.h"
#include "tests/harness.h"
#include "vae/autoencoder/autoencoder.h"

static const cgm_variable digit = {.name = "digit", .type = CGM_CATEGORICAL, .levels = 3};
static const cgm_variable thickness = {.name = "thickness", .type = CGM_CONTINUOUS};
static const cgm_variable *const parents[] = {&digit, &thickness};

static cgm_variable image_of(int channels, int height, int width)
{
    return (cgm_variable){.name = "image",
                          .type = CGM_IMAGE,
                          .low = 0,
                          .high = 255,
                          .channels = channels,
                          .height = height,
                          .width = width};
}

static cgm_status try_create(const cgm_variable *image, size_t n_parents, const char *yaml, autoencoder **out)
{
    cgm_config *config = NULL;
    cgm_mechanism *m = NULL;
    REQUIRE_OK(cgm_config_parse(yaml, "test.yaml", &config));
    cgm_mechanism_spec spec = {
        .variable = image, .n_parents = n_parents, .parents = parents, .options = cgm_config_root(config)};
    cgm_status status = cgm_mechanism_autoencoder.create(&spec, &m);
    cgm_config_destroy(config);
    *out = (autoencoder *)m;
    return status;
}

/* With random parameters and a law that is not the standard one. */
static autoencoder *create(const cgm_variable *image, const char *yaml)
{
    autoencoder *m = NULL;
    REQUIRE_OK(try_create(image, 2, yaml, &m));
    cgm_rng rng = cgm_rng_create(1);
    REQUIRE_OK(cgm_params_init(m->params, &rng));
    size_t n = (size_t)m->options.latent;
    for (size_t i = 0; i < n; i++) {
        m->mean[i] = 0.3 * (double)i - 0.5;
        for (size_t j = 0; j <= i; j++) m->factor[i * n + j] = i == j ? 0.5 + (double)i : 0.2 * (double)(j + 1);
    }
    return m;
}

static void destroy(autoencoder *m)
{
    if (m) m->base.methods->destroy(&m->base);
}

/* ---- The dense network by plain loops ---- */

enum { HEIGHT = 3, WIDTH = 2, PIXELS = HEIGHT * WIDTH, LATENT = 2, FEATURES = 4 };

/* out = W x + b, then leaky ReLU. */
static void layer(autoencoder *m, const char *name, size_t in, size_t out, bool last, const double *x, double *y)
{
    const cgm_real *weight = NULL, *bias = NULL;
    for (size_t i = 0; i < cgm_params_count(m->params); i++) {
        const cgm_param_view *view = cgm_params_view(m->params, i);
        size_t n = strlen(name);
        if (strncmp(view->name, name, n) != 0 || view->name[n] != '.') continue;
        if (strcmp(view->name + n, ".weight") == 0) weight = cgm_params_ema(m->params) + view->offset;
        if (strcmp(view->name + n, ".bias") == 0) bias = cgm_params_ema(m->params) + view->offset;
    }
    CU_ASSERT_FATAL(weight != NULL && bias != NULL);
    for (size_t i = 0; i < out; i++) {
        y[i] = (double)bias[i];
        for (size_t j = 0; j < in; j++) y[i] += (double)weight[i * in + j] * x[j];
        if (!last && y[i] < 0) y[i] *= 0.1;
    }
}

static void dense_network_is_its_definition(void)
{
    cgm_variable image = image_of(1, HEIGHT, WIDTH);
    const double tolerance = sizeof(cgm_real) == sizeof(double) ? 1e-12 : 1e-5;
    for (int bce = 0; bce < 2; bce++) {
        autoencoder *m = create(&image, bce ? "{network: dense, latent: 2, widths: [5, 3], loss: bce}"
                                            : "{network: dense, latent: 2, widths: [5, 3]}");
        double x[PIXELS] = {0, 255, 100, 30, 200, 7}, scaled[PIXELS], h1[5], h2[3], y[PIXELS];
        double decoder_in[LATENT + FEATURES] = {0, 0, 0, 1, 0, 0.7}, level = 1, thick = 0.7;
        for (size_t i = 0; i < PIXELS; i++) scaled[i] = x[i] / 255;
        layer(m, "encoder.linear1", PIXELS, 5, false, scaled, h1);
        layer(m, "encoder.linear2", 5, 3, false, h1, h2);
        layer(m, "encoder.code", 3, LATENT, true, h2, decoder_in);
        layer(m, "decoder.linear1", LATENT + FEATURES, 3, false, decoder_in, h2);
        layer(m, "decoder.linear2", 3, 5, false, h2, h1);
        layer(m, "decoder.pixels", 5, PIXELS, true, h1, y);

        double z[LATENT], u_z[LATENT], u[PIXELS];
        cgm_values pa[2] = {{1, 1, &level}, {1, 1, &thick}}, value = {1, PIXELS, x}, internal = {1, LATENT, z},
                   noise[2] = {{1, LATENT, u_z}, {1, PIXELS, u}};
        cgm_rng rng = cgm_rng_create(5);
        cgm_abduct_opts opts = {.temperature = 1, .threads = 1};
        REQUIRE_OK(m->base.methods->abduct(&m->base, pa, &value, &rng, &opts, &internal, noise));
        for (size_t i = 0; i < LATENT; i++) {
            CHECK_NEAR(z[i], decoder_in[i], tolerance);
            double code = m->mean[i];
            for (size_t j = 0; j <= i; j++) code += m->factor[i * LATENT + j] * u_z[j];
            CHECK_NEAR(code, decoder_in[i], tolerance);
        }
        for (size_t i = 0; i < PIXELS; i++)
            CHECK_NEAR(x[i] - u[i], 255 * (bce ? 1 / (1 + exp(-y[i])) : y[i]), 255 * tolerance);
        destroy(m);
    }
}

/* ---- Abduction and prediction ---- */

#define ROWS 70 /* more than one block of NETWORK_ROWS */
enum { MOST = 3 * 16 * 12, Z = 3 };

typedef struct rows {
    double digit[ROWS], thickness[ROWS], image[ROWS * MOST], z[ROWS * Z], u_z[ROWS * Z], u[ROWS * MOST],
        again[ROWS * MOST], z_again[ROWS * Z];
    cgm_values parent[2], value, internal, noise[2], out, internal_again;
} rows;

static rows *make_rows(size_t n, size_t pixels)
{
    rows *r = calloc(1, sizeof *r);
    CU_ASSERT_FATAL(r != NULL);
    cgm_rng rng = cgm_rng_create(3), pixel = cgm_rng_create(4);
    for (size_t i = 0; i < n; i++) {
        r->digit[i] = (double)cgm_rng_below(&rng, 3);
        r->thickness[i] = cgm_rng_normal(&rng);
    }
    for (size_t i = 0; i < n * pixels; i++) r->image[i] = fmin(fmax(rint(400 * cgm_rng_uniform(&pixel) - 70), 0), 255);
    r->parent[0] = (cgm_values){n, 1, r->digit};
    r->parent[1] = (cgm_values){n, 1, r->thickness};
    r->value = (cgm_values){n, pixels, r->image};
    r->internal = (cgm_values){n, Z, r->z};
    r->internal_again = (cgm_values){n, Z, r->z_again};
    r->noise[0] = (cgm_values){n, Z, r->u_z};
    r->noise[1] = (cgm_values){n, pixels, r->u};
    r->out = (cgm_values){n, pixels, r->again};
    return r;
}

static const char *const networks[] = {"{latent: 3, widths: [4, 6]}", "{latent: 3, widths: 5, loss: bce}",
                                       "{latent: 3, network: dense, widths: [7]}",
                                       "{latent: 3, network: dense, widths: [9, 8, 7], loss: bce, denoise: 0.3}"};
enum { N_NETWORKS = sizeof networks / sizeof *networks };

static void null_intervention_returns_the_image(void)
{
    cgm_variable image = image_of(3, 16, 12);
    for (size_t k = 0; k < N_NETWORKS; k++) {
        autoencoder *m = create(&image, networks[k]);
        const cgm_mechanism_class *c = m->base.methods;
        rows *r = make_rows(ROWS, MOST), *few = make_rows(9, MOST);
        cgm_rng rng = cgm_rng_create(5);
        cgm_abduct_opts opts = {.temperature = 1, .threads = 1}, two = {.temperature = 1, .threads = 2};
        REQUIRE_OK(c->abduct(&m->base, r->parent, &r->value, &rng, &opts, &r->internal, r->noise));
        REQUIRE_OK(c->abduct(&m->base, few->parent, &few->value, &rng, &two, &few->internal, few->noise));
        CU_ASSERT(memcmp(r->u_z, few->u_z, 9 * Z * sizeof(double)) == 0);
        REQUIRE_OK(c->predict(&m->base, 0, r->parent, NULL, &r->noise[0], 1, &r->internal_again));
        CU_ASSERT(memcmp(r->z, r->z_again, sizeof r->z) == 0);
        REQUIRE_OK(c->predict(&m->base, 1, r->parent, &r->internal, &r->noise[1], 2, &r->out));
        double worst = 0, change = 0;
        for (size_t i = 0; i < ROWS * MOST; i++) worst = fmax(worst, fabs(r->again[i] - r->image[i]));
        CHECK_NEAR(worst, 0, 1e-9);
        for (size_t i = 0; i < ROWS; i++) r->digit[i] = fmod(r->digit[i] + 1, 3);
        REQUIRE_OK(c->predict(&m->base, 1, r->parent, &r->internal, &r->noise[1], 2, &r->out));
        for (size_t i = 0; i < ROWS * MOST; i++) {
            change += fabs(r->again[i] - r->image[i]) / (ROWS * MOST);
            CU_ASSERT(r->again[i] >= 0 && r->again[i] <= 255);
        }
        CU_ASSERT(change > 0.01); /* the parents matter */
        free(few);
        free(r);
        destroy(m);
    }
}

static void samples_have_the_law_of_the_codes(void)
{
    enum { N = 20000 };
    cgm_variable image = image_of(1, 4, 4);
    autoencoder *m = create(&image, "{latent: 3, network: dense, widths: 4}");
    static double u[N * Z], z[N * Z], none[2 * 16];
    cgm_values noise = {N, Z, u}, codes = {N, Z, z}, residual = {2, 16, none};
    cgm_rng rng = cgm_rng_create(8);
    REQUIRE_OK(m->base.methods->sample_noise(&m->base, 0, &rng, &noise));
    REQUIRE_OK(m->base.methods->predict(&m->base, 0, NULL, NULL, &noise, 1, &codes));
    for (size_t i = 0; i < Z; i++)
        for (size_t j = 0; j <= i; j++) {
            double mean = 0, product = 0, want = 0;
            for (size_t k = 0; k < N; k++) {
                mean += z[k * Z + i] / N;
                product += (z[k * Z + i] - m->mean[i]) * (z[k * Z + j] - m->mean[j]) / N;
            }
            for (size_t k = 0; k < Z; k++) want += m->factor[i * Z + k] * m->factor[j * Z + k];
            CHECK_NEAR(mean, m->mean[i], 0.1); /* five standard errors of the widest */
            CHECK_NEAR(product, want, 0.35);
        }
    for (size_t i = 0; i < 32; i++) none[i] = 1;
    REQUIRE_OK(m->base.methods->sample_noise(&m->base, 1, &rng, &residual));
    for (size_t i = 0; i < 32; i++) CU_ASSERT(none[i] == 0);
    CU_ASSERT(!(m->base.methods->capabilities & (CGM_CAN_LOG_PROB | CGM_CAN_LOG_PROB_BOUND)));
    destroy(m);
}

/* ---- Training ---- */

static cgm_dataset *open_data(void)
{
    cgm_config *config;
    cgm_data_opts opts;
    cgm_dataset *data = NULL;
    REQUIRE_OK(cgm_config_parse("{make: strokes, n: 320, seed: 3, test: 64, pad: 2}", "data.yaml", &config));
    REQUIRE_OK(cgm_data_opts_read(cgm_config_root(config), &opts));
    test_ok(__FILE__, __LINE__, "open", cgm_dataset_open(&opts, 1, NULL, &data));
    cgm_config_destroy(config);
    CU_ASSERT_FATAL(data != NULL);
    return data;
}

/* The arrays of a state, which are copied from one model to another of the same kind. */
static void copy_state(autoencoder *from, autoencoder *to)
{
    cgm_state a = {0}, b = {0};
    REQUIRE_OK(from->base.methods->state(&from->base, &a));
    REQUIRE_OK(to->base.methods->state(&to->base, &b));
    CU_ASSERT_EQUAL_FATAL(a.n, b.n);
    for (size_t k = 0; k < a.n; k++)
        memcpy(b.entry[k].data, a.entry[k].data,
               (size_t)cgm_shape_size(a.entry[k].shape) * cgm_dtype_size(a.entry[k].dtype));
    cgm_state_clear(&a);
    cgm_state_clear(&b);
}

/* Trained to its end; with `stop` stopped there once, stored and gone on with. No parents. */
static autoencoder *train(const cgm_dataset *data, const char *yaml, int threads, size_t stop, double *first,
                          double *last)
{
    cgm_train_opts opts = {.epochs = 6, .batch = 32, .rate = 4e-3, .warmup = 5, .ema = 0.9, .validation = 0.1};
    cgm_fit fit = {.data = data, .train = &opts, .rng = cgm_rng_create(9), .threads = threads};
    cgm_fit_report report;
    autoencoder *m;
    REQUIRE_OK(try_create(cgm_dataset_find(data, "image"), 0, yaml, &m));
    REQUIRE_OK(m->base.methods->fit_begin(&m->base, &fit, &report));
    *first = NAN;
    for (size_t i = 0; !report.finished; i++) {
        if (stop && i == stop) {
            autoencoder *fresh;
            REQUIRE_OK(try_create(cgm_dataset_find(data, "image"), 0, yaml, &fresh));
            REQUIRE_OK(fresh->base.methods->fit_begin(&fresh->base, &fit, &report));
            copy_state(m, fresh);
            destroy(m);
            m = fresh;
        }
        REQUIRE_OK(m->base.methods->fit_step(&m->base, &fit, &report));
        if (i == 0) *first = metric(&report, "loss");
    }
    *last = metric(&report, "validation_loss");
    CU_ASSERT(isnan(metric(&report, "elbo")) && isnan(metric(&report, "kl")));
    m->base.methods->fit_end(&m->base);
    return m;
}

static bool same_models(autoencoder *a, autoencoder *b)
{
    size_t n = (size_t)a->options.latent;
    return memcmp(cgm_params_ema(a->params), cgm_params_ema(b->params),
                  cgm_params_flat_size(a->params) * sizeof(cgm_real)) == 0 &&
           memcmp(a->mean, b->mean, n * sizeof *a->mean) == 0 &&
           memcmp(a->factor, b->factor, n * n * sizeof *a->factor) == 0;
}

static void training_learns_and_repeats_to_the_bit(void)
{
    cgm_dataset *data = open_data();
    static const char *const trained[] = {"{latent: 4, widths: [4, 8]}", "{latent: 4, widths: [4, 8], loss: bce}",
                                          "{latent: 4, network: dense, widths: 32, denoise: 0.2}",
                                          "{latent: 4, network: dense, widths: 32, loss: bce}"};
    for (size_t k = 0; k < 4; k++) {
        double first, last, unused;
        autoencoder *one = train(data, trained[k], 1, 0, &first, &last);
        CU_ASSERT(last < 0.7 * first);
        autoencoder *two = train(data, trained[k], 2, 0, &unused, &unused);
        CU_ASSERT(same_models(one, two));
        destroy(two);
        two = train(data, trained[k], 1, 13, &unused, &unused);
        CU_ASSERT(same_models(one, two));
        destroy(two);
        destroy(one);
    }
    cgm_dataset_destroy(data);
}

enum { SIDE = 32 * 32, TRAINED = 256 };

/* The first rows of the training split as values. */
static void training_images(const cgm_dataset *data, double *out)
{
    static cgm_real pixels[TRAINED * SIDE];
    size_t row[TRAINED];
    for (size_t i = 0; i < TRAINED; i++) row[i] = i;
    cgm_dataset_images(data, TRAINED, row, "image", 1, pixels);
    for (size_t i = 0; i < TRAINED * SIDE; i++) out[i] = (double)pixels[i];
}

static void abducted_codes_are_standard_normal(void)
{
    static double x[TRAINED * SIDE], u[TRAINED * SIDE], z[TRAINED * 4], u_z[TRAINED * 4];
    cgm_dataset *data = open_data();
    double unused;
    autoencoder *m = train(data, "{latent: 4, widths: [4, 8]}", 1, 0, &unused, &unused);
    training_images(data, x);
    cgm_values value = {TRAINED, SIDE, x}, internal = {TRAINED, 4, z},
               noise[2] = {{TRAINED, 4, u_z}, {TRAINED, SIDE, u}};
    cgm_rng rng = cgm_rng_create(5);
    cgm_abduct_opts opts = {.temperature = 1, .threads = 1};
    REQUIRE_OK(m->base.methods->abduct(&m->base, NULL, &value, &rng, &opts, &internal, noise));
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j <= i; j++) {
            double mean = 0, product = 0;
            for (size_t k = 0; k < TRAINED; k++) {
                mean += u_z[k * 4 + i] / TRAINED;
                product += u_z[k * 4 + i] * u_z[k * 4 + j] / TRAINED;
            }
            CHECK_NEAR(mean, 0, 1e-6);
            CHECK_NEAR(product, i == j, 1e-3); /* the ridge */
        }
    destroy(m);
    cgm_dataset_destroy(data);
}

/* The mean squared error, pixels in [0, 1], of what the model makes of images x with noise to the images without. */
static double error_from_noisy(autoencoder *m, const double *x, double sd)
{
    static double noisy[TRAINED * SIDE], u[TRAINED * SIDE], z[TRAINED * 16], u_z[TRAINED * 16];
    cgm_rng rng = cgm_rng_create(17);
    double sum = 0;
    size_t latent = (size_t)m->options.latent;
    for (size_t i = 0; i < TRAINED * SIDE; i++) noisy[i] = x[i] + 255 * sd * cgm_rng_normal(&rng);
    cgm_values value = {TRAINED, SIDE, noisy}, internal = {TRAINED, latent, z},
               noise[2] = {{TRAINED, latent, u_z}, {TRAINED, SIDE, u}};
    cgm_abduct_opts opts = {.temperature = 1, .threads = 1};
    REQUIRE_OK(m->base.methods->abduct(&m->base, NULL, &value, &rng, &opts, &internal, noise));
    for (size_t i = 0; i < TRAINED * SIDE; i++) sum += pow((noisy[i] - u[i] - x[i]) / 255, 2);
    return sum / (TRAINED * SIDE);
}

static void denoising_gives_clean_images_back(void)
{
    static double x[TRAINED * SIDE];
    cgm_dataset *data = open_data();
    double unused;
    training_images(data, x);
    autoencoder *plain = train(data, "{latent: 8, network: dense, widths: 64}", 1, 0, &unused, &unused);
    autoencoder *denoising =
        train(data, "{latent: 8, network: dense, widths: 64, denoise: 0.8}", 1, 0, &unused, &unused);
    double of_plain = error_from_noisy(plain, x, 0.8), of_denoising = error_from_noisy(denoising, x, 0.8);
    if (!(of_denoising < 0.9 * of_plain)) fprintf(stderr, "plain %g, denoising %g\n", of_plain, of_denoising);
    CU_ASSERT(of_denoising < 0.9 * of_plain);
    CU_ASSERT(of_denoising < 0.1 * 0.8 * 0.8); /* of the noise's own */
    destroy(plain);
    destroy(denoising);
    cgm_dataset_destroy(data);
}

/* ---- Refusals ---- */

static void what_makes_no_sense_is_refused(void)
{
    static const struct {
        const char *yaml, *message;
    } refused[] = {
        {"{latnet: 3}", "latnet"},
        {"{latent: 0}", "latent"},
        {"{network: deep}", "deep"},
        {"{loss: l1}", "l1"},
        {"{denoise: -1}", "denoise"},
        {"{widths: []}", "widths: 0 layers; expected 1 to 8"},
        {"{widths: [1, 1, 1, 1, 1, 1, 1, 1, 1]}", "widths: 9 layers"},
        {"{widths: [16, many]}", "'many' is not a whole number"},
        {"{widths: [16, 0]}", "'0' is not a whole number from 1 to 65536"},
        {"{widths: [4, 4, 4]}",
         "the image is 12 x 16; 3 convolutions that halve it need sides that are multiples of 8"},
    };
    cgm_variable image = image_of(1, 12, 16);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        autoencoder *m = NULL;
        CHECK_FAILS(try_create(&image, 2, refused[i].yaml, &m), CGM_E_CONFIG, refused[i].message);
        CU_ASSERT_PTR_NULL(m);
    }
    autoencoder *m = NULL;
    CHECK_OK(try_create(&image, 0, "{widths: [4, 4, 4], network: dense}", &m));
    char text[200];
    m->base.methods->describe(&m->base, sizeof text, text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "dense, mse; z of width 16, 1 x 12 x 16 pixels"));
    destroy(m);
}

static const test_case cases[] = {
    {"the dense network is its definition", dense_network_is_its_definition},
    {"a null intervention returns the image", null_intervention_returns_the_image},
    {"samples have the law of the codes", samples_have_the_law_of_the_codes},
    {"training learns and repeats to the bit", training_learns_and_repeats_to_the_bit},
    {"abducted codes are standard normal", abducted_codes_are_standard_normal},
    {"denoising gives clean images back", denoising_gives_clean_images_back},
    {"what makes no sense is refused", what_makes_no_sense_is_refused},
};

TEST_MAIN("autoencoder", cases)
