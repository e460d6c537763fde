/* Unrolled gradient descent as graph: with a denoiser that does nothing it is gradient descent, and its gradient is the
 * central differences'. Built with double tensors whatever the configuration, as tests/test_gradients.c is. */
#include "dip/learned/unrolled.h"
#include "graph/program.h"
#include "tests/harness.h"

#define STEP 1e-6
#define TOLERANCE 1e-6 /* of the gradient's largest number */
enum { CHANNELS = 2, SIDE = 5, PIXELS = CHANNELS * SIDE * SIDE, MEASURED = 21, STEPS = 3, PROBLEMS = 2 };

/* ---- A matrix as operator ---- */

typedef struct matrix {
    double a[MEASURED][PIXELS];
} matrix;

static void apply(const void *context, const double *in, double *out, void *scratch, int threads)
{
    const matrix *m = context;
    (void)scratch, (void)threads;
    for (int i = 0; i < MEASURED; i++) {
        out[i] = 0;
        for (int j = 0; j < PIXELS; j++) out[i] += m->a[i][j] * in[j];
    }
}

static void adjoint(const void *context, const double *in, double *out, void *scratch, int threads)
{
    const matrix *m = context;
    (void)scratch, (void)threads;
    for (int j = 0; j < PIXELS; j++) {
        out[j] = 0;
        for (int i = 0; i < MEASURED; i++) out[j] += m->a[i][j] * in[i];
    }
}

/* ---- Two problems as one program: the image's sum, each number times another, and its gradients ---- */

typedef struct model {
    matrix matrix[PROBLEMS];
    cgm_linear_map map[PROBLEMS];
    dip_unrolled_problem problem[PROBLEMS];
    cgm_params *params;
    cgm_graph *g;
    cgm_program *program;
    cgm_workspace *ws;
    cgm_node image, loss;
    cgm_real y[PROBLEMS][MEASURED], weight[PROBLEMS][MEASURED], factor[PROBLEMS * PIXELS];
} model;

static void draw(model *m)
{
    cgm_rng rng = cgm_rng_create(4);
    for (int k = 0; k < PROBLEMS; k++) {
        for (int i = 0; i < MEASURED; i++) {
            for (int j = 0; j < PIXELS; j++) m->matrix[k].a[i][j] = cgm_rng_normal(&rng);
            m->y[k][i] = cgm_rng_normal(&rng);
            m->weight[k][i] = i % 4 != 1;
        }
        m->map[k] =
            (cgm_linear_map){CGM_SHAPE(1, CHANNELS, SIDE, SIDE), CGM_SHAPE(MEASURED), apply, adjoint, 0, &m->matrix[k]};
    }
    for (int i = 0; i < PROBLEMS * PIXELS; i++) m->factor[i] = cgm_rng_normal(&rng);
}

static void open_model(model *m, int64_t channels)
{
    cgm_rng rng = cgm_rng_create(9);
    cgm_node outputs[16], factor;
    dip_denoiser_opts denoiser = {channels, 3, 3, false};
    draw(m);
    REQUIRE_OK(cgm_params_create(&m->params));
    REQUIRE_OK(cgm_graph_create(&m->g));
    for (int k = 0; k < PROBLEMS; k++)
        m->problem[k] = (dip_unrolled_problem){&m->map[k], 12. + k, cgm_input(m->g, "y", CGM_SHAPE(MEASURED)),
                                               cgm_input(m->g, "weight", CGM_SHAPE(MEASURED))};
    m->image = cgm_dip_unroll(&denoiser, STEPS, m->params, m->g, PROBLEMS, m->problem);
    factor = cgm_input(m->g, "factor", CGM_SHAPE(PROBLEMS, CHANNELS, SIDE, SIDE));
    m->loss = cgm_sum_all(m->g, cgm_mul(m->g, m->image, factor));
    REQUIRE_OK(cgm_params_init(m->params, &rng));
    size_t n = cgm_params_count(m->params);
    CU_ASSERT_FATAL(n + 2 <= 16);
    outputs[0] = m->loss;
    outputs[1] = m->image;
    REQUIRE_OK(cgm_params_gradients(m->params, m->g, m->loss, outputs + 2));
    REQUIRE_OK(cgm_program_compile(m->g, n + 2, outputs, &(cgm_compile_opts){.threads = 2}, &m->program));
    REQUIRE_OK(cgm_workspace_create(m->program, &m->ws));
    cgm_params_bind(m->params, m->g, m->ws, cgm_params_values(m->params));
    cgm_params_bind_gradients(m->params, m->ws, 2);
    cgm_workspace_bind(m->ws, factor, m->factor);
    for (int k = 0; k < PROBLEMS; k++) {
        cgm_workspace_bind(m->ws, m->problem[k].y, m->y[k]);
        cgm_workspace_bind(m->ws, m->problem[k].weight, m->weight[k]);
    }
}

static void close_model(model *m)
{
    cgm_workspace_destroy(m->ws);
    cgm_program_destroy(m->program);
    cgm_graph_destroy(m->g);
    cgm_params_destroy(m->params);
}

static double loss(model *m)
{
    REQUIRE_OK(cgm_program_run(m->program, m->ws));
    return *cgm_workspace_get(m->ws, m->loss);
}

/* ---- Cases ---- */

static void gradient_descent(const model *m, int k, const double *eta, double *x)
{
    double norm = m->problem[k].norm, apart[MEASURED], slope[PIXELS];
    for (int i = 0; i < MEASURED; i++) apart[i] = m->weight[k][i] * m->y[k][i];
    adjoint(&m->matrix[k], apart, x, NULL, 1);
    for (int j = 0; j < PIXELS; j++) x[j] /= norm * norm;
    for (int t = 0; t < STEPS; t++) {
        apply(&m->matrix[k], x, apart, NULL, 1);
        for (int i = 0; i < MEASURED; i++) apart[i] = m->weight[k][i] * (apart[i] - m->y[k][i]);
        adjoint(&m->matrix[k], apart, slope, NULL, 1);
        for (int j = 0; j < PIXELS; j++) x[j] -= eta[t] * slope[j] / (norm * norm);
    }
}

static void without_a_denoiser_it_is_gradient_descent(void)
{
    const double eta[STEPS] = {1, .5, 1.5};
    static model m;
    for (int64_t channels = 1; channels <= CHANNELS; channels++) {
        open_model(&m, channels);
        for (size_t i = 0; i < cgm_params_count(m.params); i++) {
            const cgm_param_view *view = cgm_params_view(m.params, i);
            cgm_real *value = cgm_params_values(m.params) + view->offset;
            bool is_eta = strcmp(view->name, "eta") == 0;
            for (int64_t k = 0; k < cgm_shape_size(view->shape); k++) {
                CU_ASSERT(!is_eta || value[k] == 1); /* at first */
                value[k] = is_eta ? eta[k] : 0;
            }
        }
        loss(&m);
        for (int k = 0; k < PROBLEMS; k++) {
            double x[PIXELS];
            gradient_descent(&m, k, eta, x);
            for (int i = 0; i < PIXELS; i++) CHECK_NEAR(cgm_workspace_get(m.ws, m.image)[k * PIXELS + i], x[i], 1e-12);
        }
        close_model(&m);
    }
}

/* The largest error of a gradient, in its largest number; `spoil` adds a hundredth of that to one. */
static double gradient_error(model *m, bool spoil)
{
    double worst = 0, largest = 0;
    size_t n = cgm_params_flat_size(m->params);
    cgm_real *value = cgm_params_values(m->params), *gradient = malloc(n * sizeof *gradient);
    CU_ASSERT_FATAL(gradient != NULL);
    loss(m);
    memcpy(gradient, cgm_params_gradient(m->params), n * sizeof *gradient);
    for (size_t i = 0; i < n; i++) largest = fmax(largest, fabs(gradient[i]));
    if (spoil) gradient[0] += largest / 100;
    for (size_t begin = 0, end = 0; cgm_params_trained(m->params, &begin, &end);)
        for (size_t i = begin; i < end; i++) {
            double before = value[i], up, down;
            value[i] = before + STEP;
            up = loss(m);
            value[i] = before - STEP;
            down = loss(m);
            value[i] = before;
            double error = fabs((up - down) / (2 * STEP) - gradient[i]) / largest;
            if (!(error <= worst)) worst = error;
        }
    free(gradient);
    return worst;
}

/* Of the lengths of the steps and of the network, through all of them. */
static void the_gradient_is_that_of_differences(void)
{
    static model m;
    for (int64_t channels = 1; channels <= CHANNELS; channels++) {
        open_model(&m, channels);
        double error = gradient_error(&m, false);
        if (!(error <= TOLERANCE)) fprintf(stderr, "%lld channels: error %g\n", (long long)channels, error);
        CU_ASSERT(error <= TOLERANCE);
        CU_ASSERT(gradient_error(&m, true) > TOLERANCE);
        close_model(&m);
    }
}

static const test_case cases[] = {
    {"without a denoiser it is gradient descent", without_a_denoiser_it_is_gradient_descent},
    {"the gradient is that of differences", the_gradient_is_that_of_differences},
};
TEST_MAIN("unrolled", cases)
