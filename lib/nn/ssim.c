/* Structural similarity, on one scale and on several. */
#include <math.h>

#include "nn/image_losses.h"
#include "nn/losses_priv.h"

#define WINDOW 11
#define SIGMA 1.5
#define SCALES 5

/* The window's weights along one axis, as a filter of that shape for each channel. */
static cgm_node window(cgm_graph *g, int64_t channels, int axis)
{
    cgm_node tap[WINDOW];
    const int middle = WINDOW / 2;
    double weight[WINDOW], sum = 0;
    for (int i = 0; i < WINDOW; i++) {
        double d = (i - middle) / SIGMA;
        weight[i] = exp(-d * d / 2);
        sum += weight[i];
    }
    for (int i = 0; i < WINDOW; i++) tap[i] = cgm_constant(g, weight[i] / sum, CGM_SHAPE(channels, 1, 1, 1));
    return cgm_concat(g, WINDOW, tap, axis);
}

/* The weighted means of all windows within the image, one axis after the other, each channel by itself. */
static cgm_node blur(cgm_graph *g, cgm_node x)
{
    int64_t channels = cgm_node_shape(g, x).dim[1];
    cgm_conv_opts apart = {.groups = channels};
    return cgm_conv2d(g, cgm_conv2d(g, x, window(g, channels, 3), apart), window(g, channels, 2), apart);
}

/* Of each channel, [N, C, 1, 1] the mean of contrast times structure, and of the whole similarity. Variances do not see
 * what is subtracted: without the plane's mean, squares and means of them are small, and constant planes exact. */
typedef struct similarity {
    cgm_node structure, whole;
} similarity;

/* (2 both + c) / (squares + c). */
static cgm_node ratio(cgm_graph *g, cgm_node both, cgm_node squares, double c)
{
    return cgm_div(g, cgm_affine(g, both, 2, c), cgm_affine(g, squares, 1, c));
}

static similarity compare(cgm_graph *g, cgm_node x, cgm_node y, double range)
{
    const unsigned plane = 1u << 2 | 1u << 3;
    cgm_node centre_x = cgm_mean(g, x, plane), centre_y = cgm_mean(g, y, plane);
    cgm_node dx = cgm_sub(g, x, centre_x), dy = cgm_sub(g, y, centre_y), mx = blur(g, dx), my = blur(g, dy);
    cgm_node squares = blur(g, cgm_add(g, cgm_square(g, dx), cgm_square(g, dy)));
    cgm_node variances = cgm_sub(g, squares, cgm_add(g, cgm_square(g, mx), cgm_square(g, my)));
    cgm_node covariance = cgm_sub(g, blur(g, cgm_mul(g, dx, dy)), cgm_mul(g, mx, my));
    cgm_node structure = ratio(g, covariance, variances, 9e-4 * range * range);
    mx = cgm_add(g, mx, centre_x);
    my = cgm_add(g, my, centre_y);
    cgm_node means = cgm_add(g, cgm_square(g, mx), cgm_square(g, my));
    cgm_node luminance = ratio(g, cgm_mul(g, mx, my), means, 1e-4 * range * range);
    return (similarity){cgm_mean(g, structure, plane), cgm_mean(g, cgm_mul(g, luminance, structure), plane)};
}

/* Whether both are images of which the last of n scales has room for a window. */
static bool arguments(cgm_graph *g, cgm_node x, cgm_node y, double range, size_t n)
{
    cgm_shape s = cgm_node_shape(g, x);
    char text[CGM_SHAPE_TEXT];
    if (!(range > 0 && isfinite(range))) {
        cgm_graph_fail(g, CGM_E_ARG, "SSIM: the pixels' range is %g", range);
        return false;
    }
    if (!cgm_loss_shapes_agree(g, "SSIM", x, y)) return false;
    int64_t least = n < 32 ? (int64_t)WINDOW << (n - 1) : INT64_MAX;
    if (s.rank == 4 && s.dim[2] >= least && s.dim[3] >= least) return true;
    cgm_graph_fail(g, CGM_E_SHAPE, "SSIM on %zu scales takes [N, C, H, W] with H and W at least %lld, got %s", n,
                   (long long)least, cgm_shape_text(s, text));
    return false;
}

cgm_node cgm_ssim(cgm_graph *g, cgm_node x, cgm_node y, double range)
{
    if (!arguments(g, x, y, range, 1)) return (cgm_node){0};
    cgm_node whole = compare(g, x, y, range).whole;
    return cgm_reshape(g, cgm_mean(g, whole, 1u << 1), CGM_SHAPE(cgm_node_shape(g, x).dim[0], 1));
}

size_t cgm_ms_ssim_scales(int64_t height, int64_t width)
{
    size_t scales = 0;
    for (int64_t side = height < width ? height : width; scales < SCALES && side >= WINDOW; side /= 2) scales++;
    return scales;
}

static cgm_node halve(cgm_graph *g, cgm_node x)
{
    for (int axis = 2; axis < 4; axis++) {
        int64_t extent = cgm_node_shape(g, x).dim[axis];
        if (extent % 2) x = cgm_slice(g, x, axis, 0, extent - 1);
    }
    return cgm_affine(g, cgm_sum_pool(g, x, 2), 0.25, 0);
}

/* x^weight for x > 0, 0 elsewhere. */
static cgm_node power(cgm_graph *g, cgm_node x, double weight)
{
    cgm_node zero = cgm_constant(g, 0, CGM_SCALAR), positive = cgm_less(g, zero, x);
    cgm_node base = cgm_select(g, positive, x, cgm_constant(g, 1, CGM_SCALAR));
    return cgm_select(g, positive, cgm_pow(g, base, weight), zero);
}

cgm_node cgm_ms_ssim(cgm_graph *g, cgm_node x, cgm_node y, double range, size_t n, const double *weight)
{
    static const double paper[SCALES] = {0.0448, 0.2856, 0.3001, 0.2363, 0.1333};
    double sum = n < SCALES ? 0 : 1;
    if (!n || (n > SCALES && !weight))
        return cgm_graph_fail(g, CGM_E_ARG, "MS-SSIM on %zu scales: the paper has weights of 1 to %d", n, SCALES);
    if (!arguments(g, x, y, range, n)) return (cgm_node){0};
    for (size_t i = 0; i < n && n < SCALES; i++) sum += paper[i];
    cgm_node product = {0};
    for (size_t i = 0; i < n; i++) {
        if (i) x = halve(g, x), y = halve(g, y);
        similarity scale = compare(g, x, y, range);
        cgm_node factor = power(g, i + 1 == n ? scale.whole : scale.structure, weight ? weight[i] : paper[i] / sum);
        product = i ? cgm_mul(g, product, factor) : factor;
    }
    return cgm_reshape(g, cgm_mean(g, product, 1u << 1), CGM_SHAPE(cgm_node_shape(g, x).dim[0], 1));
}
