/* Layers, normalisations and blocks against PyTorch's values (fixtures/layers.h), and what parameters promise of state
 * and freezing. */
#include <math.h>
#include <string.h>

#include "nn/blocks.h"
#include "nn/layers.h"
#include "nn/normalization.h"
#include "nn/optimizer.h"
#include "nn/regularization.h"
#include "tests/fixtures/layers.h"
#include "tests/harness.h"

#ifdef CGM_DOUBLE
#define TOLERANCE 1e-10
#else
#define TOLERANCE 1e-5
#endif

static const cgm_rng seed = {.key = 5};
static const cgm_weight_opts plain = {.init = CGM_INIT_HE, .gain = 1}, bare = {.init = CGM_INIT_HE, .no_bias = true};

/* The waves of make_layers.py, rounded to float there and here. */
static void fill_wave(size_t n, double phase, double scale, double shift, cgm_real *out)
{
    for (size_t i = 0; i < n; i++) {
        /* Volatile, since GCC 12 loses the rounding when it vectorises double -> float -> double. */
        volatile float value = (float)(shift + scale * sin(12.9898 * (double)(i + 1) + phase));
        out[i] = value;
    }
}

/* Within the tolerance of the largest of them, as sums of both signs lose what their terms have; says the worst. */
static bool all_near(const char *what, size_t n, const cgm_real *got, const double *want, double tolerance)
{
    double largest = 1;
    for (size_t i = 0; i < n; i++) largest = fmax(largest, fabs(want[i]));
    for (size_t i = 0; i < n; i++) {
        if (fabs(got[i] - want[i]) <= tolerance * largest) continue;
        fprintf(stderr, "%s: element %zu is %.9g, expected %.9g\n", what, i, (double)got[i], want[i]);
        return false;
    }
    return true;
}

/* ---- Models, programs and their data ---- */

/* A graph of some parameters, compiled, with its inputs. */
typedef struct model {
    cgm_params *p;
    cgm_graph *g;
    cgm_program *program;
    cgm_workspace *ws;
    cgm_node out[64];
    size_t n_out;
} model;

static void model_begin(model *m, cgm_params *p)
{
    *m = (model){.p = p};
    REQUIRE_OK(cgm_graph_create(&m->g));
}

static void model_end(model *m)
{
    cgm_workspace_destroy(m->ws);
    cgm_program_destroy(m->program);
    cgm_graph_destroy(m->g);
}

/* Lays the parameters out where that is to do, and asks for the loss's gradients after what is in out. */
static void model_differentiate(model *m, cgm_node loss)
{
    if (!cgm_params_values(m->p)) REQUIRE_OK(cgm_params_init(m->p, &seed));
    CU_ASSERT_FATAL(m->n_out + cgm_params_count(m->p) <= 64);
    REQUIRE_OK(cgm_params_gradients(m->p, m->g, loss, m->out + m->n_out));
}

static void model_compile(model *m, int threads, bool gradients, bool average)
{
    size_t n = m->n_out + (gradients ? cgm_params_count(m->p) : 0);
    REQUIRE_OK(cgm_program_compile(m->g, n, m->out, &(cgm_compile_opts){.threads = threads}, &m->program));
    REQUIRE_OK(cgm_workspace_create(m->program, &m->ws));
    cgm_params_bind(m->p, m->g, m->ws, average ? cgm_params_ema(m->p) : cgm_params_values(m->p));
    if (gradients) cgm_params_bind_gradients(m->p, m->ws, m->n_out);
}

static cgm_real *named(cgm_params *p, cgm_real *flat, const char *name)
{
    for (size_t i = 0; i < cgm_params_count(p); i++)
        if (strcmp(cgm_params_view(p, i)->name, name) == 0) return flat + cgm_params_view(p, i)->offset;
    fprintf(stderr, "no parameter %s\n", name);
    CU_ASSERT_FATAL(false);
    return NULL;
}

static bool is_variance(const char *name)
{
    size_t n = strlen(name), k = strlen("running_var");
    return n >= k && strcmp(name + n - k, "running_var") == 0;
}

/* The waves of the script, by the order of declaration. */
static void set_waves(cgm_params *p)
{
    for (size_t i = 0; i < cgm_params_count(p); i++) {
        const cgm_param_view *view = cgm_params_view(p, i);
        double shift = is_variance(view->name) ? 1 : 0.3;
        fill_wave((size_t)cgm_shape_size(view->shape), 1 + (double)i, 0.7, shift, cgm_params_values(p) + view->offset);
    }
}

/* The state, or else the parameters, one after the other; returns how many numbers. */
static size_t gather(const cgm_params *p, const cgm_real *flat, bool state, cgm_real *to)
{
    size_t n = 0;
    for (size_t i = 0; i < cgm_params_count(p); i++) {
        const cgm_param_view *view = cgm_params_view(p, i);
        size_t size = (size_t)cgm_shape_size(view->shape);
        if (view->state != state) continue;
        memcpy(to + n, flat + view->offset, size * sizeof *to);
        n += size;
    }
    return n;
}

/* ---- Layers against PyTorch ---- */

typedef cgm_node build_fn(cgm_params *p, cgm_graph *g, cgm_node x, cgm_node extra);

typedef struct expected {
    size_t n;
    const double *value;
} expected;

/* x and extra are waves of phases 0.1 and 0.2. */
typedef struct layer_case {
    const char *name;
    build_fn *build;
    cgm_shape x;
    double scale, shift;
    cgm_shape extra;
    double extra_scale, extra_shift;
    expected y, dx, dp, state;
} layer_case;

#define MOST 4096

static void run_layer(const layer_case *c, int threads, cgm_real *const out[4], size_t n_out[4])
{
    static cgm_real x[MOST], extra[MOST], cotangent[MOST];
    cgm_params *p = NULL;
    model m;
    REQUIRE_OK(cgm_params_create(&p));
    model_begin(&m, p);
    cgm_node nodes[3] = {cgm_batch_input(m.g, "x", c->x)};
    if (c->extra.rank) nodes[1] = cgm_batch_input(m.g, "extra", c->extra);
    m.out[0] = c->build(p, m.g, nodes[0], nodes[1]);
    REQUIRE_OK(cgm_graph_status(m.g));
    cgm_shape shape = cgm_node_shape(m.g, m.out[0]);
    nodes[2] = cgm_batch_input(m.g, "cotangent", shape);
    cgm_node loss = cgm_sum_all(m.g, cgm_mul(m.g, m.out[0], nodes[2]));
    REQUIRE_OK(cgm_graph_gradients(m.g, loss, 1, nodes, &m.out[1]));
    m.n_out = 2;
    model_differentiate(&m, loss);
    model_compile(&m, threads, true, false);
    set_waves(p);
    fill_wave((size_t)cgm_shape_size(c->x), 0.1, c->scale, c->shift, x);
    if (c->extra.rank) fill_wave((size_t)cgm_shape_size(c->extra), 0.2, c->extra_scale, c->extra_shift, extra);
    fill_wave((size_t)cgm_shape_size(shape), 0.5, 1, 0, cotangent);
    cgm_workspace_bind(m.ws, nodes[0], x);
    if (nodes[1].id) cgm_workspace_bind(m.ws, nodes[1], extra);
    cgm_workspace_bind(m.ws, nodes[2], cotangent);
    REQUIRE_OK(cgm_program_run(m.program, m.ws));
    cgm_params_update_state(p);
    for (int k = 0; k < 2; k++) {
        n_out[k] = (size_t)cgm_shape_size(k ? c->x : shape);
        memcpy(out[k], cgm_workspace_get(m.ws, m.out[k]), n_out[k] * sizeof(cgm_real));
    }
    n_out[2] = gather(p, cgm_params_gradient(p), false, out[2]);
    n_out[3] = gather(p, cgm_params_values(p), true, out[3]);
    model_end(&m);
    cgm_params_destroy(p);
}

static void check_layer(const layer_case *c)
{
    static cgm_real out[2][4][MOST];
    const expected *want[4] = {&c->y, &c->dx, &c->dp, &c->state};
    size_t n[2][4];
    for (int t = 0; t < 2; t++) run_layer(c, 1 + t, (cgm_real *[]){out[t][0], out[t][1], out[t][2], out[t][3]}, n[t]);
    for (int k = 0; k < 4; k++) {
        char what[64];
        if (k == 3 && !c->state.value) continue;
        snprintf(what, sizeof what, "%s, %s", c->name, (const char *[]){"y", "dx", "dp", "state"}[k]);
        if (n[0][k] != want[k]->n) fprintf(stderr, "%s: %zu numbers, expected %zu\n", what, n[0][k], want[k]->n);
        CU_ASSERT_FATAL(n[0][k] == want[k]->n);
        CU_ASSERT(all_near(what, want[k]->n, out[0][k], want[k]->value, TOLERANCE));
        CU_ASSERT(memcmp(out[0][k], out[1][k], n[0][k] * sizeof(cgm_real)) == 0); /* whatever the threads */
    }
}

#define BUILD(name, ...)                                                                                               \
    static cgm_node build_##name(cgm_params *p, cgm_graph *g, cgm_node x, cgm_node extra)                              \
    {                                                                                                                  \
        (void)p, (void)x, (void)extra;                                                                                 \
        return __VA_ARGS__;                                                                                            \
    }
#define NORM(...) (&(cgm_norm_opts){__VA_ARGS__})
BUILD(batch, cgm_normalize(p, g, "norm", x, NORM(.kind = CGM_NORM_BATCH), CGM_MODE_TRAIN))
BUILD(batch_eval, cgm_normalize(p, g, "norm", x, NORM(.kind = CGM_NORM_BATCH), CGM_MODE_EVAL))
BUILD(batch_rows,
      cgm_normalize(p, g, "norm", x, NORM(.kind = CGM_NORM_BATCH, .momentum = 0.25, .epsilon = 1e-3), CGM_MODE_TRAIN))
BUILD(instance, cgm_normalize(p, g, "norm", x, NORM(.kind = CGM_NORM_INSTANCE), CGM_MODE_TRAIN))
BUILD(group, cgm_normalize(p, g, "norm", x, NORM(.kind = CGM_NORM_GROUP, .groups = 2), CGM_MODE_TRAIN))
BUILD(layer, cgm_normalize(p, g, "norm", x, NORM(.kind = CGM_NORM_LAYER), CGM_MODE_TRAIN))
BUILD(pixel, cgm_normalize(p, g, "norm", x, NORM(.kind = CGM_NORM_PIXEL), CGM_MODE_TRAIN))
BUILD(adain, cgm_adain_layer(p, g, "style", x, extra, CGM_INIT_HE, 1))

static const cgm_conv_opts half = {2, 1, 1, 1, 1}, dilated = {.pad_top = 2,
                                                              .pad_bottom = 2,
                                                              .pad_left = 2,
                                                              .pad_right = 2,
                                                              .dilation = 2,
                                                              .groups = 2};
static const cgm_weight_opts spectral = {.gain = 1, .init = CGM_INIT_HE, .spectral = true},
                             spectral_eval = {.gain = 1, .init = CGM_INIT_HE, .spectral = true, .mode = CGM_MODE_EVAL},
                             spectral_bare = {.gain = 1, .init = CGM_INIT_HE, .spectral = true, .no_bias = true},
                             equalised = {.gain = 0.5, .init = CGM_INIT_EQUALISED};
BUILD(spectral, cgm_conv_layer_of(p, g, "conv", x, 5, 3, half, &spectral))
BUILD(spectral_eval, cgm_conv_layer_of(p, g, "conv", x, 5, 3, half, &spectral_eval))
BUILD(spectral_transposed, cgm_transposed_conv_layer(p, g, "conv", x, 5, 3, half, 0, &spectral_bare))
BUILD(transposed, cgm_transposed_conv_layer(p, g, "conv", x, 6, 4, half, 0, &plain))
BUILD(transposed_groups,
      cgm_transposed_conv_layer(p, g, "conv", x, 6, 3, (cgm_conv_opts){3, 1, 1, 1, 1, 2, 2}, 2, &plain))
BUILD(conv_groups, cgm_conv_layer_of(p, g, "conv", x, 6, 3, dilated, &bare))
BUILD(equalised, cgm_linear_of(p, g, "linear", x, 5, &equalised))
BUILD(stddev, cgm_minibatch_stddev(g, x, 0))
BUILD(stddev_groups, cgm_minibatch_stddev(g, x, 2))
BUILD(dropout, cgm_dropout(g, x, extra, 0.3, CGM_MODE_TRAIN))

static const cgm_block_opts batch_relu = {.norm = {.kind = CGM_NORM_BATCH}, .activation = CGM_ACTIVATION_RELU},
                            group_gelu = {.norm = {.kind = CGM_NORM_GROUP, .groups = 2},
                                          .activation = CGM_ACTIVATION_GELU},
                            batch_leaky = {.norm = {.kind = CGM_NORM_BATCH}, .activation = CGM_ACTIVATION_LEAKY_RELU};
BUILD(residual, cgm_residual_block(p, g, "block", x, 6, 2, &batch_relu))
BUILD(residual_same, cgm_residual_block(p, g, "block", x, 4, 1, &batch_relu))
BUILD(preactivation, cgm_preactivation_block(p, g, "block", x, 6, 2, &group_gelu))
BUILD(dense, cgm_squeeze(p, g, "squeeze", cgm_dense_block(p, g, "dense", x, 2, 2, 5, &batch_leaky), 3, &batch_leaky))

#define VALUES(array)                                                                                                  \
    {                                                                                                                  \
        sizeof(array) / sizeof *(array), array                                                                         \
    }
#define NOTHING                                                                                                        \
    {                                                                                                                  \
        0, NULL                                                                                                        \
    }
#define STATE(name) VALUES(name##_y), VALUES(name##_dx), VALUES(name##_dp), VALUES(name##_state)
#define WEIGHTS(name) VALUES(name##_y), VALUES(name##_dx), VALUES(name##_dp), NOTHING
#define PURE(name) VALUES(name##_y), VALUES(name##_dx), NOTHING, NOTHING
#define S(...) CGM_SHAPE(__VA_ARGS__)
#define IMAGE {4, {4, 4, 3, 2}}, 2, 0.4
#define SMALL(...) {4, {__VA_ARGS__}}, 1, 0
#define NO_EXTRA {0}, 0, 0

static const layer_case normalisations[] = {
    {"batch", build_batch, IMAGE, NO_EXTRA, STATE(batch)},
    {"batch_eval", build_batch_eval, IMAGE, NO_EXTRA, STATE(batch_eval)},
    {"batch_rows", build_batch_rows, {2, {7, 4}}, 2, 0.4, NO_EXTRA, STATE(batch_rows)},
    {"instance", build_instance, IMAGE, NO_EXTRA, WEIGHTS(instance)},
    {"group", build_group, IMAGE, NO_EXTRA, WEIGHTS(group)},
    {"layer", build_layer, IMAGE, NO_EXTRA, WEIGHTS(layer)},
    {"pixel", build_pixel, IMAGE, NO_EXTRA, PURE(pixel)},
    {"adain", build_adain, IMAGE, {2, {4, 5}}, 1, 0, WEIGHTS(adain)},
};

static const layer_case layers[] = {
    {"spectral", build_spectral, SMALL(2, 3, 4, 4), NO_EXTRA, STATE(spectral)},
    {"spectral_eval", build_spectral_eval, SMALL(2, 3, 4, 4), NO_EXTRA, STATE(spectral_eval)},
    {"transposed", build_transposed, SMALL(2, 4, 2, 3), NO_EXTRA, WEIGHTS(transposed)},
    {"spectral_transposed", build_spectral_transposed, SMALL(2, 3, 3, 2), NO_EXTRA, STATE(spectral_transposed)},
    {"transposed_groups", build_transposed_groups, SMALL(2, 4, 2, 3), NO_EXTRA, WEIGHTS(transposed_groups)},
    {"conv_groups", build_conv_groups, SMALL(2, 4, 5, 4), NO_EXTRA, WEIGHTS(conv_groups)},
    {"equalised", build_equalised, {2, {3, 4}}, 1, 0, NO_EXTRA, WEIGHTS(equalised)},
    {"stddev", build_stddev, IMAGE, NO_EXTRA, PURE(stddev)},
    {"stddev_groups", build_stddev_groups, IMAGE, NO_EXTRA, PURE(stddev_groups)},
    {"dropout", build_dropout, IMAGE, {4, {4, 4, 3, 2}}, 0.5, 0.5, PURE(dropout)},
};

static const layer_case blocks[] = {
    {"residual", build_residual, SMALL(2, 4, 4, 3), NO_EXTRA, WEIGHTS(residual)},
    {"residual_same", build_residual_same, SMALL(2, 4, 4, 3), NO_EXTRA, WEIGHTS(residual_same)},
    {"preactivation", build_preactivation, SMALL(2, 4, 4, 3), NO_EXTRA, WEIGHTS(preactivation)},
    {"dense", build_dense, SMALL(2, 4, 4, 3), NO_EXTRA, WEIGHTS(dense)},
};

#define CHECK_LAYERS(cases)                                                                                            \
    for (size_t i = 0; i < sizeof(cases) / sizeof *(cases); i++) check_layer(&(cases)[i])

static void normalisations_match_pytorch(void)
{
    CHECK_LAYERS(normalisations);
}

static void layers_match_pytorch(void)
{
    CHECK_LAYERS(layers);
}

static void blocks_match_pytorch(void)
{
    CHECK_LAYERS(blocks);
}

static void embeddings_match_pytorch(void)
{
    cgm_params *p = NULL;
    model m;
    REQUIRE_OK(cgm_params_create(&p));
    model_begin(&m, p);
    cgm_node index = cgm_input(m.g, "index", S(5)), cotangent = cgm_input(m.g, "cotangent", S(5, 3));
    m.out[m.n_out++] = cgm_embedding(p, m.g, "table", index, 7, 3);
    model_differentiate(&m, cgm_sum_all(m.g, cgm_mul(m.g, m.out[0], cotangent)));
    model_compile(&m, 1, true, false);
    const cgm_real rows[5] = {2, 0, 2, 6, 1};
    cgm_real weights[15];
    set_waves(p);
    fill_wave(15, 0.5, 1, 0, weights);
    cgm_workspace_bind(m.ws, index, rows);
    cgm_workspace_bind(m.ws, cotangent, weights);
    REQUIRE_OK(cgm_program_run(m.program, m.ws));
    CU_ASSERT(all_near("embedding", 15, cgm_workspace_get(m.ws, m.out[0]), embedding_y, TOLERANCE));
    CU_ASSERT(all_near("embedding, dp", 21, cgm_params_gradient(p), embedding_dp, TOLERANCE));
    model_end(&m);
    cgm_params_destroy(p);
}

/* The gradient of |d<y, c>/dx|^2 in the weights of two spectrally normalised layers. */
static void gradient_penalty_matches_pytorch(void)
{
    cgm_params *p = NULL;
    model m;
    REQUIRE_OK(cgm_params_create(&p));
    model_begin(&m, p);
    cgm_node x = cgm_input(m.g, "x", S(3, 4)), cotangent = cgm_input(m.g, "cotangent", S(3, 2)), dx;
    cgm_node h = cgm_tanh(m.g, cgm_linear_of(p, m.g, "first", x, 5, &spectral_bare));
    cgm_node y = cgm_linear_of(p, m.g, "second", h, 2, &spectral_bare);
    REQUIRE_OK(cgm_graph_gradients(m.g, cgm_sum_all(m.g, cgm_mul(m.g, y, cotangent)), 1, &x, &dx));
    model_differentiate(&m, cgm_sum_all(m.g, cgm_square(m.g, dx)));
    model_compile(&m, 1, true, false);
    cgm_real values[12], weights[6], got[30];
    set_waves(p);
    fill_wave(12, 0.1, 1, 0, values);
    fill_wave(6, 0.5, 1, 0, weights);
    cgm_workspace_bind(m.ws, x, values);
    cgm_workspace_bind(m.ws, cotangent, weights);
    REQUIRE_OK(cgm_program_run(m.program, m.ws));
    CU_ASSERT(gather(p, cgm_params_gradient(p), false, got) == 30);
    CU_ASSERT(all_near("penalty", 30, got, penalty_dp, TOLERANCE));
    model_end(&m);
    cgm_params_destroy(p);
}

/* ---- What they promise ---- */

/* A plain normalisation of x [n, c] in each of the kinds that can. */
static void normalise_rows(cgm_norm_kind kind, int64_t n, int64_t c, const cgm_real *x, cgm_real *y)
{
    cgm_params *p = NULL;
    model m;
    REQUIRE_OK(cgm_params_create(&p));
    model_begin(&m, p);
    cgm_node in = cgm_input(m.g, "x", S(n, c));
    m.out[m.n_out++] = cgm_normalize(p, m.g, "norm", in, NORM(.kind = kind, .plain = true), CGM_MODE_TRAIN);
    REQUIRE_OK(cgm_params_init(p, &seed));
    model_compile(&m, 1, false, false);
    cgm_workspace_bind(m.ws, in, x);
    REQUIRE_OK(cgm_program_run(m.program, m.ws));
    memcpy(y, cgm_workspace_get(m.ws, m.out[0]), (size_t)(n * c) * sizeof *y);
    model_end(&m);
    cgm_params_destroy(p);
}

/* A mean 10,000 times the deviation, which in float a difference of squares would not survive. */
static void variances_survive_large_means(void)
{
    enum { N = 64 };
    cgm_real x[N], y[2][N];
    double mean = 0, variance = 0;
    fill_wave(N, 0.3, 1, 10000, x);
    for (int i = 0; i < N; i++) mean += x[i] / (double)N;
    for (int i = 0; i < N; i++) variance += (x[i] - mean) * (x[i] - mean) / N;
    normalise_rows(CGM_NORM_BATCH, N, 1, x, y[0]);
    normalise_rows(CGM_NORM_LAYER, 1, N, x, y[1]);
    for (int i = 0; i < N; i++) {
        double want = (x[i] - mean) / sqrt(variance + 1e-5);
        for (int k = 0; k < 2; k++) CHECK_NEAR(y[k][i], want, sizeof(cgm_real) == 4 ? 2e-3 : 1e-9);
    }
}

static void constants_become_zero(void)
{
    enum { N = 6 };
    cgm_real x[N], y[N];
    for (int i = 0; i < N; i++) x[i] = 3;
    for (int kind = CGM_NORM_BATCH; kind <= CGM_NORM_LAYER; kind++) {
        if (kind == CGM_NORM_INSTANCE || kind == CGM_NORM_GROUP)
            continue; /* of rows they have one number, or no groups */
        normalise_rows((cgm_norm_kind)kind, 2, 3, x, y);
        for (int i = 0; i < N; i++) CHECK_NEAR(y[i], 0, 0);
    }
}

/* Spectral norms after many runs: the largest singular value, whatever u was. */
static void power_iterations_find_the_norm(void)
{
    cgm_params *p = NULL;
    model m;
    REQUIRE_OK(cgm_params_create(&p));
    model_begin(&m, p);
    cgm_node w = cgm_param(p, m.g, "w", S(3, 4), CGM_INIT_ZERO, 0);
    m.out[m.n_out++] = cgm_spectral_norm(p, m.g, w, 0, CGM_MODE_TRAIN);
    model_differentiate(&m, cgm_sum_all(m.g, m.out[0]));
    model_compile(&m, 1, true, false);
    /* Nothing has the norm 1e-12, so that nothing comes of it, and its u is nothing. */
    REQUIRE_OK(cgm_program_run(m.program, m.ws));
    for (int i = 0; i < 12; i++) CHECK_NEAR(cgm_workspace_get(m.ws, m.out[0])[i], 0, 0);
    /* Orthogonal rows of lengths 1, 5 and 2. */
    cgm_real *value = cgm_params_values(p);
    value[0] = 1, value[4 + 1] = 3, value[4 + 3] = -4, value[8 + 2] = 2;
    for (int run = 0; run < 60; run++) {
        REQUIRE_OK(cgm_program_run(m.program, m.ws));
        cgm_params_update_state(p);
    }
    const cgm_real *y = cgm_workspace_get(m.ws, m.out[0]);
    for (int i = 0; i < 12; i++) CHECK_NEAR(y[i], (double)value[i] / 5, 1e-6);
    model_end(&m);
    cgm_params_destroy(p);
}

/* Training in steps with another batch each, then evaluation by another program, with the averages. */
static void running_statistics_match_pytorch(void)
{
    cgm_params *p = NULL;
    model train, eval;
    const cgm_norm_opts opts = {.kind = CGM_NORM_BATCH, .plain = true};
    cgm_real batch[96], state[8], want[96];
    REQUIRE_OK(cgm_params_create(&p));
    model_begin(&train, p);
    cgm_node x = cgm_batch_input(train.g, "x", S(4, 4, 3, 2));
    cgm_node loss = cgm_sum_all(train.g, cgm_normalize(p, train.g, "norm", x, &opts, CGM_MODE_TRAIN));
    model_differentiate(&train, loss);
    model_compile(&train, 2, true, false);
    cgm_workspace_bind(train.ws, x, batch);
    for (int step = 0; step < 5; step++) {
        fill_wave(96, 0.1 + step, 1 + step, 0.4, batch);
        REQUIRE_OK(cgm_program_run(train.program, train.ws));
        cgm_params_update_state(p);
        for (int average = 0; average < 2; average++) {
            CU_ASSERT(gather(p, average ? cgm_params_ema(p) : cgm_params_values(p), true, state) == 8);
            CU_ASSERT(all_near("running", 8, state, running + 8 * step, TOLERANCE));
        }
    }
    /* A batch that is not finite leaves the state as it was. */
    batch[17] = (cgm_real)NAN;
    REQUIRE_OK(cgm_program_run(train.program, train.ws));
    cgm_params_update_state(p);
    gather(p, cgm_params_values(p), true, state);
    for (int c = 0; c < 4; c++) CU_ASSERT(isfinite(state[c]) && isfinite(state[4 + c]));

    model_begin(&eval, p);
    x = cgm_batch_input(eval.g, "x", S(4, 4, 3, 2));
    eval.out[eval.n_out++] = cgm_normalize(p, eval.g, "norm", x, &opts, CGM_MODE_EVAL);
    model_compile(&eval, 1, false, true);
    fill_wave(96, 0.7, 1, 0, batch);
    cgm_workspace_bind(eval.ws, x, batch);
    REQUIRE_OK(cgm_program_run(eval.program, eval.ws));
    const cgm_real *y = cgm_workspace_get(eval.ws, eval.out[0]);
    for (size_t i = 0; i < 96; i++) {
        size_t c = i / 6 % 4;
        want[i] = (cgm_real)((batch[i] - running[32 + c]) / sqrt(running[36 + c] + 1e-5));
        CHECK_NEAR(y[i], want[i], 10 * TOLERANCE);
    }
    model_end(&eval);
    model_end(&train);
    cgm_params_destroy(p);
}

/* A layer used twice in a graph moves its state twice, one after the other; a graph that only evaluates, not at all. */
static void shared_layers_move_their_state_in_turn(void)
{
    cgm_params *p = NULL;
    const cgm_norm_opts opts = {.kind = CGM_NORM_BATCH, .plain = true};
    const cgm_real x[2][2] = {{1, 3}, {10, 20}};
    REQUIRE_OK(cgm_params_create(&p));
    for (int mode = CGM_MODE_TRAIN; mode <= CGM_MODE_EVAL; mode++) {
        model m;
        model_begin(&m, p);
        cgm_node in[2] = {cgm_input(m.g, "a", S(2, 1)), cgm_input(m.g, "b", S(2, 1))};
        cgm_node loss = cgm_constant(m.g, 0, CGM_SCALAR);
        for (int k = 0; k < 2; k++) {
            cgm_node y = cgm_normalize(p, m.g, "norm", in[k], &opts, (cgm_mode)mode);
            loss = cgm_add(m.g, loss, cgm_sum_all(m.g, y));
        }
        model_differentiate(&m, loss);
        model_compile(&m, 1, true, false);
        for (int k = 0; k < 2; k++) cgm_workspace_bind(m.ws, in[k], x[k]);
        REQUIRE_OK(cgm_program_run(m.program, m.ws));
        cgm_params_update_state(p);
        CHECK_NEAR(*named(p, cgm_params_values(p), "norm.running_mean"), 0.9 * (0.1 * 2) + 0.1 * 15, TOLERANCE);
        CHECK_NEAR(*named(p, cgm_params_values(p), "norm.running_var"), 0.9 * (0.9 + 0.1 * 2) + 0.1 * 50,
                   10 * TOLERANCE);
        model_end(&m);
    }
    cgm_params_destroy(p);
}

/* ---- State, freezing and the optimiser ---- */

/* A network with state between its two trained layers; the loss is returned. */
static cgm_node small_network(cgm_params *p, cgm_graph *g, cgm_node x)
{
    cgm_node h = cgm_conv_layer(p, g, "encoder", x, 3, 3, half, CGM_INIT_HE, 1);
    h = cgm_tanh(g, cgm_normalize(p, g, "norm", h, NORM(.kind = CGM_NORM_BATCH), CGM_MODE_TRAIN));
    cgm_node y = cgm_linear(p, g, "head", cgm_flatten(g, h), 2, CGM_INIT_XAVIER, 1);
    return cgm_mean(g, cgm_square(g, cgm_affine(g, y, 1, -1)), 3);
}

static void train(cgm_params *p, int steps, int threads)
{
    model m;
    cgm_real batch[72];
    cgm_optimizer_opts opts;
    cgm_optimizer_state state = {0};
    cgm_optimizer_defaults(&opts);
    opts.weight_decay = 0.1;
    opts.ema = 0.5;
    fill_wave(72, 0.2, 1, 0, batch);
    model_begin(&m, p);
    cgm_node x = cgm_batch_input(m.g, "x", S(4, 2, 3, 3));
    model_differentiate(&m, cgm_reshape(m.g, small_network(p, m.g, x), CGM_SCALAR));
    model_compile(&m, threads, true, false);
    cgm_workspace_bind(m.ws, x, batch);
    for (int step = 0; step < steps; step++) {
        REQUIRE_OK(cgm_program_run(m.program, m.ws));
        cgm_params_update_state(p);
        REQUIRE_OK(cgm_optimizer_step(&opts, &state, p, threads));
    }
    CU_ASSERT(state.step == (uint64_t)steps && state.last_norm > 0);
    model_end(&m);
}

/* Declares the network's parameters, and freezes one part if it is given. */
static cgm_params *declared(const char *frozen)
{
    cgm_params *p = NULL;
    cgm_graph *g = NULL;
    REQUIRE_OK(cgm_params_create(&p));
    REQUIRE_OK(cgm_graph_create(&g));
    small_network(p, g, cgm_input(g, "x", S(4, 2, 3, 3)));
    REQUIRE_OK(cgm_graph_status(g));
    cgm_graph_destroy(g);
    if (frozen) REQUIRE_OK(cgm_params_freeze(p, frozen));
    REQUIRE_OK(cgm_params_init(p, &seed));
    return p;
}

static bool same(cgm_params *a, cgm_params *b, size_t i, bool average)
{
    const cgm_param_view *view = cgm_params_view(a, i);
    const cgm_real *x = average ? cgm_params_ema(a) : cgm_params_values(a);
    const cgm_real *y = average ? cgm_params_ema(b) : cgm_params_values(b);
    return memcmp(x + view->offset, y + view->offset, (size_t)cgm_shape_size(view->shape) * sizeof *x) == 0;
}

static void state_lies_behind_what_is_trained(void)
{
    cgm_params *p = declared(NULL);
    size_t begin, end = 0, state = 0;
    CU_ASSERT(cgm_params_count(p) == 8 && cgm_params_elements(p) == 3 * 2 * 9 + 3 + 6 + 2 * 12 + 2);
    CU_ASSERT(cgm_params_trained(p, &begin, &end) && begin == 0);
    for (size_t i = 0; i < 8; i++) {
        const cgm_param_view *view = cgm_params_view(p, i);
        CU_ASSERT(view->state == (strstr(view->name, "running") != NULL));
        CU_ASSERT(view->state == (view->offset >= end));
        state += view->state;
    }
    CU_ASSERT(state == 2 && end < cgm_params_flat_size(p));
    CU_ASSERT(!cgm_params_trained(p, &begin, &end));
    train(p, 3, 1);
    /* The optimiser left the moments of the state alone. */
    for (size_t i = end; i < cgm_params_flat_size(p); i++)
        CU_ASSERT(cgm_params_moment(p, 0)[i] == 0 && cgm_params_moment(p, 1)[i] == 0);
    CU_ASSERT(*named(p, cgm_params_values(p), "norm.running_mean") != 0);
    cgm_params_destroy(p);
}

static void frozen_parts_stay(void)
{
    static const char *const parts[] = {"encoder", "norm", "head", "encoder.bias"};
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
        cgm_params *before = declared(NULL), *p = declared(parts[k]), *again = declared(parts[k]);
        train(p, 4, 1);
        train(again, 4, 2);
        for (size_t i = 0; i < cgm_params_count(p); i++) {
            const cgm_param_view *view = cgm_params_view(p, i);
            size_t n = strlen(parts[k]);
            bool part = strncmp(view->name, parts[k], n) == 0;
            CU_ASSERT(view->frozen == part);
            for (int average = 0; average < 2; average++) {
                /* A bias before a batch normalisation has a gradient of rounding errors alone, but a moving one. */
                CU_ASSERT(same(before, p, i, average) == part);
                CU_ASSERT(same(again, p, i, average));
            }
        }
        cgm_params_destroy(before);
        cgm_params_destroy(p);
        cgm_params_destroy(again);
    }
}

static void freezing_needs_a_part(void)
{
    cgm_params *p = declared(NULL);
    CHECK_FAILS(cgm_params_freeze(p, "enc"), CGM_E_ARG, "\"enc\"");
    CHECK_FAILS(cgm_params_freeze(p, "encoder.weight.x"), CGM_E_ARG, "encoder.weight.x");
    CHECK_FAILS(cgm_params_freeze(p, ""), CGM_E_ARG, "no parameter");
    for (size_t i = 0; i < cgm_params_count(p); i++) CU_ASSERT(!cgm_params_view(p, i)->frozen);
    /* All of it frozen: nothing to train, but no error. */
    CHECK_OK(cgm_params_freeze(p, "encoder"));
    CHECK_OK(cgm_params_freeze(p, "norm"));
    CHECK_OK(cgm_params_freeze(p, "head"));
    size_t begin, end = 0;
    CU_ASSERT(!cgm_params_trained(p, &begin, &end));
    cgm_params_destroy(p);
}

/* ---- Initial values ---- */

/* W W' or W' W, less gain^2 I: the largest element. */
static double off_orthogonal(cgm_shape shape, double gain)
{
    cgm_real w[600];
    size_t rows = (size_t)shape.dim[0], columns = (size_t)cgm_shape_size(shape) / rows;
    bool tall = rows > columns;
    size_t n = tall ? columns : rows, length = tall ? rows : columns;
    double worst = 0;
    REQUIRE_OK(cgm_init_fill(CGM_INIT_ORTHOGONAL, gain, shape, seed, w));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = i == j ? -gain * gain : 0;
            for (size_t k = 0; k < length; k++)
                sum += (double)w[tall ? k * columns + i : i * columns + k] *
                       (double)w[tall ? k * columns + j : j * columns + k];
            if (!(fabs(sum) <= worst)) worst = fabs(sum);
        }
    return worst;
}

static void orthogonal_matrices_are_orthogonal(void)
{
    const double tolerance = sizeof(cgm_real) == 4 ? 2e-6 : 1e-13;
    CHECK_NEAR(off_orthogonal(S(12, 40), 1), 0, tolerance);
    CHECK_NEAR(off_orthogonal(S(40, 12), 1.5), 0, tolerance);
    CHECK_NEAR(off_orthogonal(S(20, 20), 0.5), 0, tolerance);
    CHECK_NEAR(off_orthogonal(S(6, 5, 3, 3), 2), 0, tolerance);
    CHECK_NEAR(off_orthogonal(S(5), 1), 0, tolerance);
}

/* Of uniformly distributed rotations and reflections of the plane, each element has mean 0 and squares of mean 1/2,
 * the trace has squares of mean 1, and half are reflections. */
static void orthogonal_matrices_are_uniform(void)
{
    enum { N = 4000 };
    double mean[4] = {0}, square[4] = {0}, trace = 0;
    int reflections = 0;
    for (uint64_t i = 0; i < N; i++) {
        cgm_real w[4];
        REQUIRE_OK(cgm_init_fill(CGM_INIT_ORTHOGONAL, 1, S(2, 2), cgm_rng_split_index(&seed, i), w));
        for (int k = 0; k < 4; k++) mean[k] += w[k] / (double)N, square[k] += (double)w[k] * w[k] / N;
        trace += pow((double)w[0] + w[3], 2) / N;
        reflections += w[0] * w[3] - w[1] * w[2] < 0;
    }
    for (int k = 0; k < 4; k++) {
        CHECK_NEAR(mean[k], 0, 4 * sqrt(0.5 / N));
        CHECK_NEAR(square[k], 0.5, 4 * sqrt(0.125 / N));
    }
    CHECK_NEAR(trace, 1, 4 * sqrt(2.0 / N));
    CHECK_NEAR(reflections / (double)N, 0.5, 4 * 0.5 / sqrt(N));
}

static void equalised_weights_begin_as_standard_normal(void)
{
    cgm_real a[50], b[50];
    REQUIRE_OK(cgm_init_fill(CGM_INIT_EQUALISED, 0.1, S(5, 10), seed, a));
    REQUIRE_OK(cgm_init_fill(CGM_INIT_NORMAL, 1, S(5, 10), seed, b));
    CU_ASSERT(memcmp(a, b, sizeof a) == 0);
    CHECK_NEAR(cgm_init_scale(CGM_INIT_EQUALISED, 0.1, S(5, 10)), 0.1 * sqrt(0.2), 1e-15);
    CHECK_NEAR(cgm_init_scale(CGM_INIT_NORMAL, 0.1, S(5, 10)), 1, 0);
    CHECK_FAILS(cgm_init_fill((cgm_init)99, 1, S(5, 10), seed, a), CGM_E_ARG, "99");
}

/* ---- What is refused ---- */

typedef struct refusal {
    build_fn *build;
    cgm_shape x, extra;
    cgm_status status;
    const char *says;
} refusal;

#define TRAIN(...) cgm_normalize(p, g, "norm", x, NORM(__VA_ARGS__), CGM_MODE_TRAIN)
BUILD(norm_vector, TRAIN(.kind = CGM_NORM_BATCH))
BUILD(norm_kind, TRAIN(.kind = (cgm_norm_kind)17))
BUILD(norm_groups, TRAIN(.kind = CGM_NORM_GROUP, .groups = 4))
BUILD(norm_no_groups, TRAIN(.kind = CGM_NORM_GROUP))
BUILD(norm_epsilon, TRAIN(.kind = CGM_NORM_LAYER, .epsilon = -1))
BUILD(norm_momentum, TRAIN(.kind = CGM_NORM_BATCH, .momentum = 1.5))
BUILD(norm_instance, TRAIN(.kind = CGM_NORM_INSTANCE))
BUILD(dropout_rate, cgm_dropout(g, x, extra, 1, CGM_MODE_TRAIN))
BUILD(dropout_shape, cgm_dropout(g, x, extra, 0.5, CGM_MODE_TRAIN))
BUILD(dropout_noise, cgm_dropout(g, x, (cgm_node){0}, 0.5, CGM_MODE_TRAIN))
BUILD(adain_scale, cgm_adain(g, x, extra, extra, 0))
BUILD(output_pad, cgm_transposed_conv_layer(p, g, "conv", x, 3, 3, half, 2, &plain))
BUILD(conv_planes, cgm_transposed_conv_layer(p, g, "conv", x, 3, 3, half, 0, &plain))
BUILD(stddev_uneven, cgm_minibatch_stddev(g, x, 3))
BUILD(empty_embedding, cgm_embedding(p, g, "table", x, 0, 4))
BUILD(spectral_axis, cgm_spectral_norm(p, g, x, 2, CGM_MODE_EVAL))
BUILD(activation, cgm_activate(g, x, (cgm_activation)77))
BUILD(flat_scalar, cgm_flatten(g, x))
BUILD(dense_rows, cgm_dense_block(p, g, "dense", x, 2, 2, 0, &batch_relu))
BUILD(state_twice, (cgm_param(p, g, "w", S(2), CGM_INIT_ZERO, 0), cgm_param_state(p, g, "w", S(2), CGM_INIT_ZERO, 0)))
BUILD(update_unknown, (cgm_param_update(p, g, "w", x), x))
BUILD(update_shape, (cgm_param_state(p, g, "w", S(3), CGM_INIT_ZERO, 0), cgm_param_update(p, g, "w", x), x))
BUILD(update_parameter, (cgm_param(p, g, "w", S(2, 6), CGM_INIT_ZERO, 0), cgm_param_update(p, g, "w", x), x))

#define ROWS                                                                                                           \
    {                                                                                                                  \
        2,                                                                                                             \
        {                                                                                                              \
            2, 6                                                                                                       \
        }                                                                                                              \
    }
#define PLANES                                                                                                         \
    {                                                                                                                  \
        4,                                                                                                             \
        {                                                                                                              \
            2, 6, 3, 3                                                                                                 \
        }                                                                                                              \
    }
static const refusal refusals[] = {
    {build_norm_vector, {1, {6}}, {0}, CGM_E_SHAPE, "norm"},
    {build_norm_vector, {2, {1, 6}}, {0}, CGM_E_SHAPE, "one number"},
    {build_norm_kind, ROWS, {0}, CGM_E_ARG, "17"},
    {build_norm_groups, ROWS, {0}, CGM_E_SHAPE, "4 groups"},
    {build_norm_no_groups, ROWS, {0}, CGM_E_SHAPE, "0 groups"},
    {build_norm_epsilon, ROWS, {0}, CGM_E_ARG, "epsilon -1"},
    {build_norm_momentum, ROWS, {0}, CGM_E_ARG, "momentum 1.5"},
    {build_norm_instance, ROWS, {0}, CGM_E_SHAPE, "one number"},
    {build_dropout_rate, ROWS, ROWS, CGM_E_ARG, "rate 1"},
    {build_dropout_shape, ROWS, {2, {2, 5}}, CGM_E_SHAPE, "[2, 5]"},
    {build_dropout_shape, ROWS, {3, {2, 2, 6}}, CGM_E_SHAPE, "[2, 2, 6]"},
    {build_dropout_noise, ROWS, {0}, CGM_E_ARG, "noise"},
    {build_adain_scale, PLANES, {2, {2, 5}}, CGM_E_SHAPE, "[2, 6]"},
    {build_output_pad, PLANES, {0}, CGM_E_SHAPE, "output padding of 2"},
    {build_conv_planes, ROWS, {0}, CGM_E_SHAPE, "conv"},
    {build_stddev_uneven, ROWS, {0}, CGM_E_SHAPE, "groups of 3"},
    {build_empty_embedding, ROWS, {0}, CGM_E_SHAPE, "table"},
    {build_spectral_axis, ROWS, {0}, CGM_E_ARG, "axis 2"},
    {build_activation, ROWS, {0}, CGM_E_ARG, "77"},
    {build_flat_scalar, {0}, {0}, CGM_E_SHAPE, "scalar"},
    {build_dense_rows, ROWS, {0}, CGM_E_SHAPE, "dense.0.conv1"},
    {build_state_twice, ROWS, {0}, CGM_E_ARG, "is a parameter, asked for as a state"},
    {build_update_unknown, ROWS, {0}, CGM_E_ARG, "\"w\""},
    {build_update_shape, ROWS, {0}, CGM_E_SHAPE, "[2, 6]"},
    {build_update_parameter, ROWS, {0}, CGM_E_ARG, "no state"},
};

static void what_does_not_fit_is_refused(void)
{
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        const refusal *r = &refusals[i];
        cgm_params *p = NULL;
        cgm_graph *g = NULL;
        REQUIRE_OK(cgm_params_create(&p));
        REQUIRE_OK(cgm_graph_create(&g));
        cgm_node extra = r->extra.rank ? cgm_input(g, "extra", r->extra) : (cgm_node){0};
        r->build(p, g, cgm_input(g, "x", r->x), extra);
        CHECK_FAILS(cgm_graph_status(g), r->status, r->says);
        cgm_graph_destroy(g);
        cgm_params_destroy(p);
    }
}

/* Evaluation drops nothing and needs no noise; a rate of 0 drops nothing either. */
static void dropout_is_for_training(void)
{
    cgm_graph *g = NULL;
    REQUIRE_OK(cgm_graph_create(&g));
    cgm_node x = cgm_input(g, "x", S(2, 3)), none = {0};
    CU_ASSERT(cgm_dropout(g, x, none, 0.5, CGM_MODE_EVAL).id == x.id);
    CU_ASSERT(cgm_dropout(g, x, none, 0, CGM_MODE_TRAIN).id == x.id);
    CHECK_OK(cgm_graph_status(g));
    cgm_graph_destroy(g);
}

static const test_case cases[] = {
    {"normalisations: values, gradients and state of PyTorch", normalisations_match_pytorch},
    {"layers: values, gradients and state of PyTorch", layers_match_pytorch},
    {"blocks: values and gradients of PyTorch", blocks_match_pytorch},
    {"embedding: values and gradients of PyTorch", embeddings_match_pytorch},
    {"spectral norm: gradient penalty of PyTorch", gradient_penalty_matches_pytorch},
    {"variances survive large means", variances_survive_large_means},
    {"constants become zero", constants_become_zero},
    {"power iterations find the spectral norm", power_iterations_find_the_norm},
    {"running statistics over steps, then evaluation", running_statistics_match_pytorch},
    {"shared layers move their state in turn", shared_layers_move_their_state_in_turn},
    {"state lies behind what is trained", state_lies_behind_what_is_trained},
    {"frozen parts stay", frozen_parts_stay},
    {"freezing needs a part", freezing_needs_a_part},
    {"orthogonal matrices are orthogonal", orthogonal_matrices_are_orthogonal},
    {"orthogonal matrices are uniformly distributed", orthogonal_matrices_are_uniform},
    {"equalised weights begin as standard normal", equalised_weights_begin_as_standard_normal},
    {"what does not fit is refused", what_does_not_fit_is_refused},
    {"dropout is for training", dropout_is_for_training},
};
TEST_MAIN("layers", cases)
