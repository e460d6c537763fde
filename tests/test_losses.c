/* Losses against PyTorch, scikit-image and the formulas of papers (fixtures/losses.h, which says how its numbers are
 * made), their gradients of both orders, and what they refuse. */
#include <math.h>
#include <string.h>

#include "graph/program.h"
#include "nn/classification_losses.h"
#include "nn/embedding_losses.h"
#include "nn/image_losses.h"
#include "nn/losses.h"
#include "nn/penalties.h"
#include "nn/regression_losses.h"
#include "tests/gradcheck.h"
#include "tests/harness.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define IS_DOUBLE (sizeof(cgm_real) == sizeof(double))
#define NO_WEIGHT ((cgm_node){0})

/* ---- What is built ---- */

#define BUILD(name, expression)                                                                                        \
    static cgm_node build_##name(cgm_graph *g, const cgm_node *x)                                                      \
    {                                                                                                                  \
        return expression;                                                                                             \
    }
BUILD(squared, cgm_squared_error(g, x[0], x[1]))
BUILD(absolute, cgm_absolute_error(g, x[0], x[1]))
BUILD(huber, cgm_huber_loss(g, x[0], x[1], 0.7))
BUILD(quantile, cgm_quantile_loss(g, x[0], x[1], 0.3))
BUILD(poisson, cgm_poisson_nll(g, x[0], x[1]))
BUILD(normalised, cgm_normalised_squared_error(g, x[0], x[1]))
BUILD(binary, cgm_binary_cross_entropy(g, x[0], x[1]))
BUILD(focal, cgm_focal_loss(g, x[0], x[1], 0.25, 2))
BUILD(focal_plain, cgm_focal_loss(g, x[0], x[1], -1, 1.5))
BUILD(focal_zero_gamma, cgm_focal_loss(g, x[0], x[1], -1, 0))
BUILD(hinge, cgm_hinge_loss(g, x[0], cgm_affine(g, x[1], 2, -1)))
BUILD(cross_entropy, cgm_cross_entropy(g, x[0], x[1], NO_WEIGHT))
BUILD(weighted_cross_entropy, cgm_cross_entropy(g, x[0], x[1], x[2]))
BUILD(mean_cross_entropy, cgm_div(g, cgm_sum_all(g, cgm_cross_entropy(g, x[0], x[1], x[2])),
                                  cgm_sum_all(g, cgm_class_weights(g, x[2], x[1]))))
BUILD(soft_cross_entropy, cgm_soft_cross_entropy(g, x[0], x[1], NO_WEIGHT, 1))
BUILD(weighted_soft_cross_entropy, cgm_soft_cross_entropy(g, x[0], x[1], x[2], 1))
BUILD(kl, cgm_kl_categorical(g, x[0], x[1], 1))
BUILD(js, cgm_js_categorical(g, x[0], x[1], 1))
BUILD(dice, cgm_dice_loss(g, x[0], x[1], 0.5))
BUILD(iou, cgm_iou_loss(g, x[0], x[1], 0.5))
BUILD(variation, cgm_total_variation(g, x[0]))
BUILD(isotropic, cgm_isotropic_total_variation(g, x[0]))
BUILD(ssim, cgm_ssim(g, x[0], x[1], 2))
BUILD(ssim_bytes, cgm_ssim(g, x[0], x[1], 255))
BUILD(ms_ssim_two, cgm_ms_ssim(g, x[0], x[1], 2, 2, NULL))
BUILD(ms_ssim_halves, cgm_ms_ssim(g, x[0], x[1], 2, 2, (double[]){0.5, 0.5}))
BUILD(ms_ssim_five, cgm_ms_ssim(g, x[0], x[1], 2, 5, NULL))
BUILD(perceptual, cgm_perceptual_loss(g, 2, x, x + 2, (double[]){1, 0.3}))
BUILD(cosine, cgm_cosine_similarity(g, x[0], x[1]))
BUILD(triplet, cgm_triplet_loss(g, x[0], x[1], x[2], 0.5))

/* ---- Against the fixtures ---- */

#define MOST_INPUTS 4

/* scale sin(12.9898 (i + 1) + phase) + shift, rounded down if whole; or the value. */
typedef struct loss_input {
    cgm_shape shape;
    double phase, scale, shift;
    bool whole;
    const double *value;
} loss_input;

typedef struct loss_case {
    const char *name;
    gradcheck_build *build;
    size_t n;
    loss_input in[MOST_INPUTS];
    size_t n_out;
    const double *out;
    const double *gradient[MOST_INPUTS]; /* of <out, wave>, every stride-th; NULL: not looked at */
    size_t stride;
} loss_case;

#include "tests/fixtures/losses.h"

static cgm_real *fill(const loss_input *in)
{
    size_t n = (size_t)cgm_shape_size(in->shape);
    cgm_real *x = malloc(n * sizeof *x);
    CU_ASSERT_PTR_NOT_NULL_FATAL(x);
    for (size_t i = 0; i < n; i++) {
        /* Volatile, since GCC 12 loses the rounding when it vectorises double -> float -> double. */
        volatile float wave = (float)(in->scale * sin(12.9898 * (double)(i + 1) + in->phase) + in->shift);
        x[i] = in->value ? (cgm_real)in->value[i] : in->whole ? (cgm_real)floorf(wave) : (cgm_real)wave;
    }
    return x;
}

/* Within the tolerance of the value; of a small one, of the largest in the array, or of 1 if that is less. */
static bool all_near(const char *name, size_t n, size_t stride, const cgm_real *got, const double *want)
{
    const double tolerance = IS_DOUBLE ? 1e-10 : 1e-5;
    double largest = 0;
    for (size_t i = 0; i < n; i += stride) largest = fmax(largest, fabs(want[i / stride]));
    for (size_t i = 0; i < n; i += stride) {
        double expected = want[i / stride];
        if (fabs(got[i] - expected) <= tolerance * fmax(fmin(1, largest), fabs(expected))) continue;
        fprintf(stderr, "%s: element %zu is %.12g, expected %.12g\n", name, i, (double)got[i], expected);
        return false;
    }
    return true;
}

static void check_case(const loss_case *c)
{
    cgm_graph *g = NULL;
    cgm_program *program = NULL;
    cgm_workspace *ws = NULL;
    cgm_node x[MOST_INPUTS], cotangent, out[1 + MOST_INPUTS];
    cgm_real *value[1 + MOST_INPUTS] = {NULL};
    REQUIRE_OK(cgm_graph_create(&g));
    for (size_t i = 0; i < c->n; i++) {
        x[i] = cgm_input(g, (const char *[]){"a", "b", "c", "d"}[i], c->in[i].shape);
        value[i] = fill(&c->in[i]);
    }
    out[0] = c->build(g, x);
    loss_input wave = {.shape = cgm_node_shape(g, out[0]), .phase = 0.77, .scale = 1};
    cotangent = cgm_input(g, "cotangent", wave.shape);
    value[c->n] = fill(&wave);
    REQUIRE_OK(cgm_graph_gradients(g, cgm_sum_all(g, cgm_mul(g, out[0], cotangent)), c->n, x, out + 1));
    CU_ASSERT_FATAL((size_t)cgm_shape_size(wave.shape) == c->n_out);
    REQUIRE_OK(cgm_program_compile(g, 1 + c->n, out, NULL, &program));
    REQUIRE_OK(cgm_workspace_create(program, &ws));
    for (size_t i = 0; i < c->n; i++) cgm_workspace_bind(ws, x[i], value[i]);
    cgm_workspace_bind(ws, cotangent, value[c->n]);
    REQUIRE_OK(cgm_program_run(program, ws));
    CU_ASSERT(all_near(c->name, c->n_out, 1, cgm_workspace_get(ws, out[0]), c->out));
    for (size_t i = 0; i < c->n; i++) {
        if (!c->gradient[i]) continue;
        size_t n = (size_t)cgm_shape_size(c->in[i].shape);
        CU_ASSERT(all_near(c->name, n, c->stride, cgm_workspace_get(ws, out[1 + i]), c->gradient[i]));
    }
    cgm_workspace_destroy(ws);
    cgm_program_destroy(program);
    cgm_graph_destroy(g);
    for (size_t i = 0; i <= c->n; i++) free(value[i]);
}

static void values_and_gradients_are_the_references(void)
{
    for (size_t i = 0; i < COUNT(cases); i++) check_case(&cases[i]);
}

/* ---- Gradients of both orders ---- */

#define S CGM_SHAPE
#define IN(shape, low, high)                                                                                           \
    {                                                                                                                  \
        shape, low, high, 0, 0, false                                                                                  \
    }
#define INDEX(shape, levels)                                                                                           \
    {                                                                                                                  \
        shape, 0, levels, 0, 0, true                                                                                   \
    }
#define CHECK(name, n, ...)                                                                                            \
    {                                                                                                                  \
#name, build_##name, n,                                                                                        \
        {                                                                                                              \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }

/* Ranges keep away from kinks. */
static void gradients_are_those_of_the_values(void)
{
    if (!IS_DOUBLE) return;
    static const gradcheck_case checks[] = {
        CHECK(squared, 2, IN(S(2, 3), -1, 1), IN(S(2, 3), -1, 1)),
        CHECK(absolute, 2, IN(S(2, 3), -1, -0.1), IN(S(2, 3), 0.1, 1)),
        CHECK(huber, 2, IN(S(2, 3), -0.2, 0.2), IN(S(2, 3), -0.2, 0.2)),
        CHECK(huber, 2, IN(S(2, 3), 1, 2), IN(S(2, 3), -1, 0.2)),
        CHECK(quantile, 2, IN(S(2, 3), -1, -0.1), IN(S(2, 3), 0.1, 1)),
        CHECK(quantile, 2, IN(S(2, 3), 0.1, 1), IN(S(2, 3), -1, -0.1)),
        CHECK(poisson, 2, IN(S(2, 3), -1, 1), IN(S(2, 3), 0, 3)),
        CHECK(normalised, 2, IN(S(2, 3, 2), -1, 1), IN(S(2, 3, 2), 0.2, 1)),
        CHECK(binary, 2, IN(S(2, 3), -3, 3), IN(S(2, 3), 0, 1)),
        CHECK(focal, 2, IN(S(2, 3), -3, 3), IN(S(2, 3), 0, 1)),
        CHECK(hinge, 2, IN(S(2, 3), -0.9, 0.9), IN(S(2, 3), 0.1, 0.9)),
        CHECK(weighted_cross_entropy, 3, IN(S(3, 4), -2, 2), INDEX(S(3, 1), 4), IN(S(4), 0.5, 2)),
        CHECK(mean_cross_entropy, 3, IN(S(3, 4), -2, 2), INDEX(S(3, 1), 4), IN(S(4), 0.5, 2)),
        CHECK(weighted_soft_cross_entropy, 3, IN(S(2, 3, 2), -2, 2), IN(S(2, 3, 2), 0, 1), IN(S(3), 0.5, 2)),
        CHECK(kl, 2, IN(S(2, 3, 2), -2, 2), IN(S(2, 3, 2), -2, 2)),
        CHECK(js, 2, IN(S(2, 3, 2), -2, 2), IN(S(2, 3, 2), -2, 2)),
        CHECK(dice, 2, IN(S(2, 3), 0, 1), IN(S(2, 3), 0, 1)),
        CHECK(iou, 2, IN(S(2, 3), 0, 1), IN(S(2, 3), 0, 1)),
        CHECK(isotropic, 1, IN(S(2, 2, 3, 4), -1, 1)),
        CHECK(ssim, 2, IN(S(2, 2, 12, 11), -1, 1), IN(S(2, 2, 12, 11), -1, 1)),
        CHECK(perceptual, 4, IN(S(2, 3), -1, 1), IN(S(2, 2, 2), -1, 1), IN(S(2, 3), -1, 1), IN(S(2, 2, 2), -1, 1)),
        CHECK(cosine, 2, IN(S(2, 3), 0.2, 1), IN(S(2, 3), -1, 1)),
        CHECK(triplet, 3, IN(S(2, 3), -1, 1), IN(S(2, 3), 1.5, 3), IN(S(2, 3), -1, 1)),
    };
    for (size_t i = 0; i < COUNT(checks); i++)
        for (int order = 1; order <= 2; order++) {
            double error = gradcheck_error(&checks[i], order, FAULT_NONE);
            CU_ASSERT(test_near(__FILE__, __LINE__, checks[i].name, error, 0, 2e-7));
        }
}

/* ---- Penalties ---- */

static void penalties_are_sums_over_parameters(void)
{
    cgm_params *p = NULL;
    cgm_graph *g = NULL;
    cgm_program *program = NULL;
    cgm_workspace *ws = NULL;
    cgm_rng rng = {.key = 5};
    REQUIRE_OK(cgm_params_create(&p));
    REQUIRE_OK(cgm_graph_create(&g));
    cgm_param(p, g, "a.weight", CGM_SHAPE(2, 2), CGM_INIT_HE, 1);
    cgm_param(p, g, "a.bias", CGM_SHAPE(2), CGM_INIT_ZERO, 1);
    cgm_param(p, g, "b.weight", CGM_SHAPE(3), CGM_INIT_ONE, 1);
    cgm_node out[3 + 3] = {cgm_l1_penalty(p, g, "weight"), cgm_l2_penalty(p, g, "a.weight"), cgm_l2_penalty(p, g, "")};
    REQUIRE_OK(cgm_params_init(p, &rng));
    REQUIRE_OK(cgm_params_gradients(p, g, cgm_add(g, out[0], out[2]), out + 3));
    REQUIRE_OK(cgm_program_compile(g, 6, out, NULL, &program));
    REQUIRE_OK(cgm_workspace_create(program, &ws));
    const cgm_real weight[4] = {-1, 0.5, 0, 2}, bias[2] = {3, -4}, other[3] = {1, -1, 0};
    const cgm_real *given[3] = {weight, bias, other};
    for (size_t i = 0; i < 3; i++) {
        const cgm_param_view *view = cgm_params_view(p, i);
        memcpy(cgm_params_values(p) + view->offset, given[i], (size_t)cgm_shape_size(view->shape) * sizeof(cgm_real));
    }
    cgm_params_bind(p, g, ws, cgm_params_values(p));
    REQUIRE_OK(cgm_program_run(program, ws));
    CHECK_NEAR(*cgm_workspace_get(ws, out[0]), 5.5, 1e-6);
    CHECK_NEAR(*cgm_workspace_get(ws, out[1]), 5.25, 1e-6);
    CHECK_NEAR(*cgm_workspace_get(ws, out[2]), 32.25, 1e-5);
    const double slopes[4] = {-3, 2, 0, 5}, bias_slopes[2] = {6, -8};
    for (size_t i = 0; i < 4; i++) CHECK_NEAR(cgm_workspace_get(ws, out[3])[i], slopes[i], 1e-6);
    for (size_t i = 0; i < 2; i++) CHECK_NEAR(cgm_workspace_get(ws, out[4])[i], bias_slopes[i], 1e-6);
    CU_ASSERT(cgm_l1_penalty(p, g, "scale").id == 0);
    CHECK_FAILS(cgm_graph_status(g), CGM_E_ARG, "no parameter whose name ends in \"scale\"");
    cgm_workspace_destroy(ws);
    cgm_program_destroy(program);
    cgm_graph_destroy(g);
    cgm_params_destroy(p);
}

/* ---- Refusals ---- */

BUILD(huber_zero, cgm_huber_loss(g, x[0], x[0], 0))
BUILD(quantile_one, cgm_quantile_loss(g, x[0], x[0], 1))
BUILD(focal_alpha, cgm_focal_loss(g, x[0], x[0], 1.5, 2))
BUILD(focal_gamma, cgm_focal_loss(g, x[0], x[0], 0.5, NAN))
BUILD(dice_smooth, cgm_dice_loss(g, x[0], x[0], 0))
BUILD(iou_smooth, cgm_iou_loss(g, x[0], x[0], NAN))
BUILD(triplet_margin, cgm_triplet_loss(g, x[0], x[0], x[0], -1))
BUILD(triplet_shape, cgm_triplet_loss(g, x[0], x[0], x[1], 1))
BUILD(weights, cgm_cross_entropy(g, x[0], x[0], x[1]))
BUILD(soft_weights, cgm_soft_cross_entropy(g, x[0], x[0], x[1], 1))
BUILD(soft_axis, cgm_soft_cross_entropy(g, x[0], x[0], NO_WEIGHT, 2))
BUILD(kl_axis, cgm_kl_categorical(g, x[0], x[0], 7))
BUILD(class_weights, cgm_class_weights(g, x[0], x[1]))
BUILD(ssim_range, cgm_ssim(g, x[2], x[2], 0))
BUILD(ssim_small, cgm_ssim(g, x[3], x[3], 1))
BUILD(ssim_rank, cgm_ssim(g, x[0], x[0], 1))
BUILD(ms_ssim_small, cgm_ms_ssim(g, x[2], x[2], 1, 2, NULL))
BUILD(ms_ssim_none, cgm_ms_ssim(g, x[2], x[2], 1, 0, NULL))
BUILD(ms_ssim_six, cgm_ms_ssim(g, x[2], x[2], 1, 6, NULL))
BUILD(ms_ssim_many, cgm_ms_ssim(g, x[2], x[2], 1, 64, (double[64]){0}))
BUILD(no_features, cgm_perceptual_loss(g, 0, x, x, NULL))
BUILD(features, cgm_perceptual_loss(g, 1, x, x + 1, NULL))
BUILD(scalar, cgm_cosine_similarity(g, cgm_sum_all(g, x[0]), cgm_sum_all(g, x[0])))

static void what_makes_no_sense_is_refused(void)
{
    static const struct {
        gradcheck_build *build;
        cgm_status status;
        const char *message;
    } refused[] = {
        {build_squared, CGM_E_SHAPE, "squared error: [3, 1] and its target [3] differ"},
        {build_absolute, CGM_E_SHAPE, "absolute error: [3, 1]"},
        {build_huber, CGM_E_SHAPE, "Huber loss: [3, 1]"},
        {build_quantile, CGM_E_SHAPE, "quantile loss: [3, 1]"},
        {build_poisson, CGM_E_SHAPE, "Poisson loss: [3, 1]"},
        {build_normalised, CGM_E_SHAPE, "squared error: [3, 1]"},
        {build_binary, CGM_E_SHAPE, "binary cross-entropy: [3, 1]"},
        {build_focal, CGM_E_SHAPE, "focal loss: [3, 1]"},
        {build_soft_cross_entropy, CGM_E_SHAPE, "cross-entropy: [3, 1]"},
        {build_kl, CGM_E_SHAPE, "categorical KL: [3, 1]"},
        {build_js, CGM_E_SHAPE, "Jensen-Shannon divergence: [3, 1]"},
        {build_dice, CGM_E_SHAPE, "Dice loss: [3, 1]"},
        {build_iou, CGM_E_SHAPE, "IoU loss: [3, 1]"},
        {build_variation, CGM_E_SHAPE, "total variation takes [N, C, H, W], got [3, 1]"},
        {build_isotropic, CGM_E_SHAPE, "total variation takes [N, C, H, W], got [3, 1]"},
        {build_cosine, CGM_E_SHAPE, "cosine similarity: [3, 1]"},
        {build_cross_entropy, CGM_E_SHAPE, "indices [3] do not select"},
        {build_huber_zero, CGM_E_ARG, "delta is 0"},
        {build_quantile_one, CGM_E_ARG, "level 1 is not between 0 and 1"},
        {build_focal_alpha, CGM_E_ARG, "alpha is 1.5, above 1"},
        {build_focal_gamma, CGM_E_ARG, "gamma is nan"},
        {build_dice_smooth, CGM_E_ARG, "smooth is 0"},
        {build_iou_smooth, CGM_E_ARG, "smooth is nan"},
        {build_triplet_margin, CGM_E_ARG, "margin -1 is not at least 0"},
        {build_triplet_shape, CGM_E_SHAPE, "triplet loss: [3, 1]"},
        {build_weights, CGM_E_SHAPE, "weights [3] are not one for each of the 1 classes"},
        {build_soft_weights, CGM_E_SHAPE, "weights [3] are not one for each of the 1 classes"},
        {build_soft_axis, CGM_E_SHAPE, "axis 2 of logits [3, 1] does not exist"},
        {build_kl_axis, CGM_E_SHAPE, "axis 7 of [3, 1] does not exist"},
        {build_class_weights, CGM_E_SHAPE, "weights [3, 1] and indices [3]"},
        {build_ssim_range, CGM_E_ARG, "range is 0"},
        {build_ssim_small, CGM_E_SHAPE, "H and W at least 11, got [1, 1, 10, 30]"},
        {build_ssim_rank, CGM_E_SHAPE, "takes [N, C, H, W]"},
        {build_ms_ssim_small, CGM_E_SHAPE, "on 2 scales takes [N, C, H, W] with H and W at least 22"},
        {build_ms_ssim_none, CGM_E_ARG, "on 0 scales"},
        {build_ms_ssim_six, CGM_E_ARG, "on 6 scales"},
        {build_ms_ssim_many, CGM_E_SHAPE, "on 64 scales"},
        {build_no_features, CGM_E_ARG, "no features"},
        {build_features, CGM_E_SHAPE, "[3, 1] and its target [3]"},
        {build_scalar, CGM_E_SHAPE, "got a scalar"},
    };
    for (size_t i = 0; i < COUNT(refused); i++) {
        cgm_graph *g = NULL;
        REQUIRE_OK(cgm_graph_create(&g));
        cgm_node x[4] = {cgm_input(g, "a", CGM_SHAPE(3, 1)), cgm_input(g, "b", CGM_SHAPE(3)),
                         cgm_input(g, "c", CGM_SHAPE(1, 1, 21, 22)), cgm_input(g, "d", CGM_SHAPE(1, 1, 10, 30))};
        CU_ASSERT(refused[i].build(g, x).id == 0);
        CHECK_FAILS(cgm_graph_status(g), refused[i].status, refused[i].message);
        /* A builder that is given the null node of a graph with an error does nothing. */
        const cgm_node null[4] = {{0}, {0}, {0}, {0}};
        CU_ASSERT(refused[i].build(g, null).id == 0);
        CHECK_FAILS(cgm_graph_status(g), refused[i].status, refused[i].message);
        cgm_graph_destroy(g);
    }
}

static const test_case tests[] = {
    {"values and gradients are the references", values_and_gradients_are_the_references},
    {"gradients of both orders are those of the values", gradients_are_those_of_the_values},
    {"penalties are sums over parameters", penalties_are_sums_over_parameters},
    {"what makes no sense is refused", what_makes_no_sense_is_refused},
};

TEST_MAIN("losses", tests)
