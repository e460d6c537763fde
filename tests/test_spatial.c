/* The conventions of convolutions, padding, pooling and resizing: PyTorch's values and gradients (fixtures/spatial.h);
 * what is refused. */
#include <math.h>
#include <string.h>

#include "graph/ops.h"
#include "graph/program.h"
#include "tests/fixtures/spatial.h"
#include "tests/harness.h"

#ifdef CGM_DOUBLE
#define TOLERANCE 1e-10
#else
#define TOLERANCE 1e-5
#endif

#define S CGM_SHAPE
#define IMAGE S(1, 2, 7, 5)
enum { MOST = 1024 }; /* elements of a tensor */

/* ---- PyTorch's values ---- */

typedef cgm_node build_fn(cgm_graph *g, const cgm_node *x);

typedef struct torch_case {
    const char *name;
    build_fn *build;
    size_t n;
    cgm_shape in[2];
    const double *y, *d[2];
    size_t size; /* of y */
} torch_case;

static const cgm_conv_opts strided = {2, 2, 2, 2, 2, .dilation = 2, .groups = 2};
static const cgm_conv_opts thirds = {3, 1, 1, 1, 1, .dilation = 2, .groups = 2};
static const cgm_conv_opts wide = {.pad_top = 1, .pad_bottom = 1, .pad_left = 1, .pad_right = 1, .dilation = 3};
static const cgm_pool_opts windows = {3, 2, 2, 1, 1, 1, 1, 1};
static const cgm_pool_opts inside = {
    2, 3, .pad_top = 1, .pad_bottom = 1, .pad_left = 1, .pad_right = 1, .exclude_pads = true};

static cgm_node build_unpool(cgm_graph *g, const cgm_node *x)
{
    cgm_node index = cgm_max_pool_index(g, x[0], (cgm_pool_opts){2, 2});
    return cgm_max_unpool(g, cgm_pool_by_index(g, x[0], index), index, 4, 6);
}

/* clang-format off */
#define BUILD(name, expression)                                                                                        \
    static cgm_node build_##name(cgm_graph *g, const cgm_node *x) { return expression; }
BUILD(conv, cgm_conv2d(g, x[0], x[1], strided))
BUILD(transpose, cgm_conv2d_transpose(g, x[0], x[1], thirds, 2))
BUILD(transpose_dilated, cgm_conv2d_transpose(g, x[0], x[1], wide, 2))
BUILD(reflect, cgm_pad2d(g, x[0], CGM_PAD_REFLECT, 6, 0, 1, 4))
BUILD(replicate, cgm_pad2d(g, x[0], CGM_PAD_REPLICATE, 0, 3, 1, 6))
BUILD(circular, cgm_pad2d(g, x[0], CGM_PAD_CIRCULAR, 2, 3, 5, 1))
BUILD(average, cgm_average_pool(g, x[0], windows))
BUILD(inside, cgm_average_pool(g, x[0], inside))
BUILD(adaptive, cgm_adaptive_average_pool(g, x[0], 3, 4))
BUILD(adaptive_up, cgm_adaptive_average_pool(g, x[0], 9, 2))
BUILD(max, cgm_max_pool(g, x[0], windows))
BUILD(adaptive_max, cgm_adaptive_max_pool(g, x[0], 3, 4))
BUILD(nearest, cgm_resize2d(g, x[0], CGM_RESIZE_NEAREST, 9, 3))
BUILD(bilinear, cgm_resize2d(g, x[0], CGM_RESIZE_BILINEAR, 11, 3))
BUILD(bilinear_aligned, cgm_resize2d(g, x[0], CGM_RESIZE_BILINEAR_ALIGNED, 4, 9))
BUILD(bilinear_to_one, cgm_resize2d(g, x[0], CGM_RESIZE_BILINEAR_ALIGNED, 1, 6))

#define ONE(name, x) {#name, build_##name, 1, {x}, name##_y, {name##_d0}, sizeof name##_y / sizeof(double)}
#define TWO(name, x, f)                                                                                                \
    {#name, build_##name, 2, {x, f}, name##_y, {name##_d0, name##_d1}, sizeof name##_y / sizeof(double)}
static const torch_case torch_cases[] = {
    TWO(conv, S(1, 4, 7, 5), S(6, 2, 3, 2)),
    TWO(transpose, S(1, 4, 3, 2), S(4, 1, 3, 2)),
    TWO(transpose_dilated, S(1, 2, 3, 2), S(2, 2, 3, 2)),
    ONE(reflect, IMAGE), ONE(replicate, IMAGE), ONE(circular, IMAGE),
    ONE(average, IMAGE), ONE(inside, IMAGE), ONE(adaptive, IMAGE), ONE(adaptive_up, IMAGE),
    ONE(max, IMAGE), ONE(adaptive_max, IMAGE), ONE(unpool, S(1, 2, 4, 6)),
    ONE(nearest, IMAGE), ONE(bilinear, IMAGE), ONE(bilinear_aligned, IMAGE), ONE(bilinear_to_one, IMAGE),
};
/* clang-format on */

/* The waves of make_spatial.py, rounded to float there and here. */
static const cgm_real *wave(size_t n, double phase, cgm_real out[MOST])
{
    CU_ASSERT_FATAL(n <= MOST);
    for (size_t i = 0; i < n; i++) {
        /* Volatile, since GCC 12 loses the rounding when it vectorises double -> float -> double. */
        volatile float value = (float)sin(12.9898 * (double)(i + 1) + phase);
        out[i] = value;
    }
    return out;
}

static void check_values(const char *name, const char *what, size_t n, const cgm_real *got, const double *want)
{
    bool near = true;
    for (size_t i = 0; i < n && near; i++) {
        near = fabs((double)got[i] - want[i]) <= TOLERANCE * fmax(1, fabs(want[i]));
        if (!near) fprintf(stderr, "%s %s[%zu] is %.9g, expected %.9g\n", name, what, i, (double)got[i], want[i]);
    }
    CU_ASSERT(near);
}

static void check_case(const torch_case *c)
{
    static cgm_real value[3][MOST];
    static const char *const name[] = {"x", "filter"};
    cgm_graph *g = NULL;
    cgm_program *p = NULL;
    cgm_workspace *ws = NULL;
    cgm_node x[2], out[3];
    REQUIRE_OK(cgm_graph_create(&g));
    for (size_t i = 0; i < c->n; i++) x[i] = cgm_input(g, name[i], c->in[i]);
    out[0] = c->build(g, x);
    REQUIRE_OK(cgm_graph_status(g));
    cgm_node w = cgm_input(g, "w", cgm_node_shape(g, out[0]));
    REQUIRE_OK(cgm_graph_gradients(g, cgm_sum_all(g, cgm_mul(g, out[0], w)), c->n, x, out + 1));
    CU_ASSERT_EQUAL_FATAL((size_t)cgm_shape_size(cgm_node_shape(g, out[0])), c->size);
    REQUIRE_OK(cgm_program_compile(g, 1 + c->n, out, NULL, &p));
    REQUIRE_OK(cgm_workspace_create(p, &ws));
    for (size_t i = 0; i < c->n; i++)
        cgm_workspace_bind(ws, x[i], wave((size_t)cgm_shape_size(c->in[i]), 0.1 * (double)(i + 1), value[i]));
    cgm_workspace_bind(ws, w, wave(c->size, 0.7, value[2]));
    REQUIRE_OK(cgm_program_run(p, ws));
    check_values(c->name, "y", c->size, cgm_workspace_get(ws, out[0]), c->y);
    for (size_t i = 0; i < c->n; i++)
        check_values(c->name, name[i], (size_t)cgm_shape_size(c->in[i]), cgm_workspace_get(ws, out[1 + i]), c->d[i]);
    cgm_workspace_destroy(ws);
    cgm_program_destroy(p);
    cgm_graph_destroy(g);
}

static void values_are_pytorchs(void)
{
    for (size_t i = 0; i < sizeof torch_cases / sizeof *torch_cases; i++) check_case(&torch_cases[i]);
}

/* Of x [2, 2, 7, 5]: what the index operation finds. */
static void find_largest(cgm_resampling_opts opts, const cgm_real *x, size_t n, cgm_real *index)
{
    cgm_graph *g = NULL;
    cgm_program *p = NULL;
    cgm_workspace *ws = NULL;
    REQUIRE_OK(cgm_graph_create(&g));
    cgm_node in = cgm_input(g, "x", S(2, 2, 7, 5)), out = cgm_max_index(g, in, opts);
    REQUIRE_OK(cgm_program_compile(g, 1, &out, NULL, &p));
    CU_ASSERT_EQUAL_FATAL((size_t)cgm_shape_size(cgm_node_shape(g, out)), n);
    REQUIRE_OK(cgm_workspace_create(p, &ws));
    cgm_workspace_bind(ws, in, x);
    REQUIRE_OK(cgm_program_run(p, ws));
    memcpy(index, cgm_workspace_get(ws, out), n * sizeof *index);
    cgm_workspace_destroy(ws);
    cgm_program_destroy(p);
    cgm_graph_destroy(g);
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void indices_are_pytorchs(void)
{
    static cgm_real x[MOST], index[MOST];
    wave(140, 0.1, x);
    find_largest((cgm_resampling_opts){CGM_POOL_MAX, 3, 2, 2, 1, 1, 1, 1, 1}, x, COUNT(max_index), index);
    check_values("max", "index", COUNT(max_index), index, max_index);
    find_largest((cgm_resampling_opts){CGM_POOL_ADAPTIVE_MAX, 3, 4}, x, COUNT(adaptive_max_index), index);
    check_values("adaptive_max", "index", COUNT(adaptive_max_index), index, adaptive_max_index);
}

/* Of equal elements the first is found, of a NaN and numbers the NaN, and less than everything else is found too. */
static void ties_and_nans(void)
{
    cgm_real x[140], index[4];
    for (int i = 0; i < 140; i++) x[i] = (cgm_real)(i < 35 ? 2 : i < 70 ? -INFINITY : 35 * (i / 35) - i);
    x[71] = x[73] = NAN;
    find_largest((cgm_resampling_opts){CGM_POOL_ADAPTIVE_MAX, 1, 1}, x, 4, index);
    CU_ASSERT_EQUAL(index[0], 0);
    CU_ASSERT_EQUAL(index[1], 0);
    CU_ASSERT_EQUAL(index[2], 1);
    CU_ASSERT_EQUAL(index[3], 0);
}

/* ---- Errors ---- */

#define REFUSED(expression, code, text)                                                                                \
    do {                                                                                                               \
        cgm_graph *g;                                                                                                  \
        REQUIRE_OK(cgm_graph_create(&g));                                                                              \
        cgm_node x = cgm_input(g, "x", S(2, 4, 5, 6)), flat = cgm_input(g, "y", S(3, 2));                              \
        cgm_node f = cgm_input(g, "f", S(4, 2, 3, 3));                                                                 \
        (void)x, (void)flat, (void)f;                                                                                  \
        CU_ASSERT_EQUAL((expression).id, 0);                                                                           \
        CHECK_FAILS(cgm_graph_status(g), code, text);                                                                  \
        cgm_graph_destroy(g);                                                                                          \
    } while (0)
#define LONG S(1, 2, (int64_t)1 << 30, 3)
#define SHAPE_REFUSED(expression, text) REFUSED(expression, CGM_E_SHAPE, text)

static void impossible_convolutions_are_refused(void)
{
    SHAPE_REFUSED(cgm_conv2d(g, x, f, (cgm_conv_opts){.groups = 3}), "3 groups do not divide 4 input and 4 output");
    SHAPE_REFUSED(cgm_conv2d(g, x, f, (cgm_conv_opts){0}), "has 4 channels, filter [4, 2, 3, 3] wants 2");
    SHAPE_REFUSED(cgm_conv2d(g, x, f, (cgm_conv_opts){.groups = 4}), "has 4 channels, filter [4, 2, 3, 3] wants 8");
    SHAPE_REFUSED(cgm_conv2d(g, x, f, (cgm_conv_opts){.groups = 2, .dilation = 3}), "larger than the padded input");
    SHAPE_REFUSED(cgm_conv2d(g, x, f, (cgm_conv_opts){.groups = 2, .dilation = -1}), "dilation -1");
    SHAPE_REFUSED(cgm_conv2d(g, x, f, (cgm_conv_opts){.groups = 2, .dilation = INT64_MAX}), "must be below");
    SHAPE_REFUSED(cgm_conv2d(g, x, f, (cgm_conv_opts){.groups = 2, .pad_left = INT64_MAX}), "must be below");
    SHAPE_REFUSED(cgm_conv2d(g, cgm_input(g, "long", LONG), f, (cgm_conv_opts){0}), "extents of [1, 2, 1073741824, 3]");
    SHAPE_REFUSED(cgm_conv2d_transpose(g, cgm_input(g, "long", LONG), cgm_input(g, "w", S(2, 2, 3, 3)),
                                       (cgm_conv_opts){.stride = 1 << 29}, 0),
                  "between 0 and 2^30");
    SHAPE_REFUSED(cgm_conv2d_input_grad(g, x, f, (cgm_conv_opts){.groups = 3}, 7, 8), "3 groups do not divide");
    SHAPE_REFUSED(cgm_conv2d_filter_grad(g, x, x, (cgm_conv_opts){.groups = 3}, 1, 1), "3 groups do not divide");
    SHAPE_REFUSED(cgm_conv2d_filter_grad(g, x, x, (cgm_conv_opts){0}, INT64_MAX, 1), "is not the output");
    SHAPE_REFUSED(cgm_conv2d_transpose(g, flat, f, (cgm_conv_opts){0}, 0), "does not take the channels of [3, 2]");
    SHAPE_REFUSED(cgm_conv2d_transpose(g, x, f, (cgm_conv_opts){.stride = 2}, 2), "must be below 2");
    SHAPE_REFUSED(cgm_conv2d_transpose(g, x, f, (cgm_conv_opts){0}, -1), "must be below 1");
    SHAPE_REFUSED(cgm_conv2d_transpose(g, x, f, (cgm_conv_opts){.pad_top = 4, .pad_bottom = 3}, 0), "leave 0 x 8");
    SHAPE_REFUSED(cgm_conv2d_transpose(g, x, f, (cgm_conv_opts){.stride = INT64_MIN}, 0), "between 0 and 2^30");
    SHAPE_REFUSED(cgm_conv2d_transpose(g, x, f, (cgm_conv_opts){.stride = INT64_MAX}, 0), "between 0 and 2^30");
}

static cgm_node pool(cgm_graph *g, cgm_node x, cgm_pool_opts opts)
{
    return cgm_average_pool(g, x, opts);
}

static void impossible_resampling_is_refused(void)
{
    SHAPE_REFUSED(cgm_pad2d(g, x, CGM_PAD_REFLECT, 5, 0, 0, 0), "reflection goes as far as the other side");
    SHAPE_REFUSED(cgm_pad2d(g, x, CGM_PAD_CIRCULAR, 0, 0, 7, 0), "one turn is the most");
    SHAPE_REFUSED(cgm_pad2d(g, x, CGM_PAD_REPLICATE, 0, -1, 0, 0), "pads of 0 and -1 on an extent of 5");
    SHAPE_REFUSED(cgm_pad2d(g, x, CGM_PAD_REPLICATE, INT64_MAX, 0, 0, 0), "between 0 and 2^28");
    SHAPE_REFUSED(cgm_pad2d(g, flat, CGM_PAD_REFLECT, 0, 0, 0, 0), "[3, 2] has no planes");
    REFUSED(cgm_pad2d(g, x, CGM_POOL_MAX, 0, 0, 0, 0), CGM_E_ARG, "no way to pad");
    REFUSED(cgm_resize2d(g, x, CGM_PAD_REFLECT, 3, 3), CGM_E_ARG, "no way to resize");
    SHAPE_REFUSED(cgm_resize2d(g, x, CGM_RESIZE_BILINEAR, 0, 3), "a size of 0");
    SHAPE_REFUSED(cgm_resize2d(g, x, CGM_RESIZE_NEAREST, 3, INT64_MAX), "a size of");
    SHAPE_REFUSED(pool(g, x, (cgm_pool_opts){0}), "windows of 0");
    SHAPE_REFUSED(pool(g, x, (cgm_pool_opts){6, 2}), "a window of 6 is larger than the padded extent of 5");
    SHAPE_REFUSED(pool(g, x, (cgm_pool_opts){2, 2, .pad_right = 2}), "could see nothing else");
    SHAPE_REFUSED(pool(g, x, (cgm_pool_opts){2, 2, .stride_h = -1}), "stride of -1");
    SHAPE_REFUSED(cgm_resample2d(g, x, (cgm_resampling_opts){CGM_POOL_MAX, 2, 2}), "see cgm_max_pool");
    SHAPE_REFUSED(cgm_max_index(g, x, (cgm_resampling_opts){CGM_POOL_AVERAGE, 2, 2}), "windows are those of");
    SHAPE_REFUSED(cgm_resample2d_adjoint(g, x, (cgm_resampling_opts){CGM_POOL_AVERAGE, 2, 2}, 12, 13),
                  "is not what [2, 4, 12, 13] is taken to");
    SHAPE_REFUSED(cgm_resample2d_adjoint(g, x, (cgm_resampling_opts){CGM_POOL_AVERAGE, 2, 2}, -1, 13), "planes of -1");
    SHAPE_REFUSED(cgm_max_unpool(g, x, x, INT64_MAX, 2), "planes of");
    SHAPE_REFUSED(cgm_max_unpool(g, flat, flat, 2, 2), "a tensor of 2 axes");
    SHAPE_REFUSED(cgm_bed_of_nails(g, cgm_input(g, "long", LONG), 1 << 29), "cannot enlarge");
    SHAPE_REFUSED(cgm_bed_of_nails(g, x, 0), "by 0");
    SHAPE_REFUSED(cgm_bed_of_nails(g, flat, 2), "cannot enlarge [3, 2]");
}

static const test_case cases[] = {
    {"values and gradients are PyTorch's", values_are_pytorchs},
    {"indices are PyTorch's", indices_are_pytorchs},
    {"ties and NaNs", ties_and_nans},
    {"impossible convolutions are refused", impossible_convolutions_are_refused},
    {"impossible resampling is refused", impossible_resampling_is_refused},
};
TEST_MAIN("spatial operations", cases)
