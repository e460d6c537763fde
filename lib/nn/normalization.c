#include "nn/normalization.h"

#include "nn/layers.h"

/* Means over the axes of x, and of its squared deviations from them. */
typedef struct statistics {
    cgm_node mean, variance;
} statistics;

static statistics statistics_of(cgm_graph *g, cgm_node x, unsigned axes)
{
    cgm_node mean = cgm_mean(g, x, axes);
    return (statistics){mean, cgm_mean(g, cgm_square(g, cgm_sub(g, x, mean)), axes)};
}

/* d / sqrt(square + epsilon); the few roots are inverted, not the many numbers divided. */
static cgm_node over_root(cgm_graph *g, cgm_node d, cgm_node square, double epsilon)
{
    cgm_node root = cgm_sqrt(g, cgm_affine(g, square, 1, epsilon));
    return cgm_mul(g, d, cgm_div(g, cgm_constant(g, 1, CGM_SCALAR), root));
}

static cgm_node standardise(cgm_graph *g, cgm_node x, statistics s, double epsilon)
{
    return over_root(g, cgm_sub(g, x, s.mean), s.variance, epsilon);
}

/* Axes from `first` on. */
static unsigned axes_from(int first)
{
    return ((1u << CGM_MAX_RANK) - 1) & ~((1u << first) - 1);
}

/* [1, C, 1, ...], that x [N, C, ...] is multiplied by. */
static cgm_shape channel_shape(cgm_shape x)
{
    for (int i = 0; i < x.rank; i++)
        if (i != 1) x.dim[i] = 1;
    return x;
}

/* y times weight plus bias of the given shape, each seen as `as`. */
static cgm_node scale_and_shift(cgm_params *p, cgm_graph *g, cgm_node y, cgm_shape shape, cgm_shape as)
{
    cgm_node weight = cgm_param(p, g, "weight", shape, CGM_INIT_ONE, 0);
    cgm_node bias = cgm_param(p, g, "bias", shape, CGM_INIT_ZERO, 0);
    return cgm_add(g, cgm_mul(g, y, cgm_reshape(g, weight, as)), cgm_reshape(g, bias, as));
}

/* ---- Batch ---- */

static void move(cgm_params *p, cgm_graph *g, const char *name, cgm_node running, cgm_node seen, double momentum,
                 double factor)
{
    cgm_node flat = cgm_reshape(g, seen, cgm_node_shape(g, running));
    cgm_node next = cgm_add(g, cgm_affine(g, running, 1 - momentum, 0), cgm_affine(g, flat, momentum * factor, 0));
    cgm_param_update(p, g, name, next);
}

static cgm_node batch(cgm_params *p, cgm_graph *g, cgm_node x, const cgm_norm_opts *opts, cgm_mode mode)
{
    cgm_shape shape = cgm_node_shape(g, x), channels = CGM_SHAPE(shape.dim[1]), as = channel_shape(shape);
    cgm_node mean = cgm_param_state(p, g, "running_mean", channels, CGM_INIT_ZERO, 0);
    cgm_node variance = cgm_param_state(p, g, "running_var", channels, CGM_INIT_ONE, 0);
    if (mode == CGM_MODE_EVAL) {
        statistics running = {cgm_reshape(g, mean, as), cgm_reshape(g, variance, as)};
        return standardise(g, x, running, opts->epsilon);
    }
    const double n = (double)cgm_shape_size(shape) / (double)shape.dim[1];
    statistics of_batch = statistics_of(g, x, axes_from(0) & ~(1u << 1));
    move(p, g, "running_mean", mean, of_batch.mean, opts->momentum, 1);
    move(p, g, "running_var", variance, of_batch.variance, opts->momentum, n / (n - 1));
    return standardise(g, x, of_batch, opts->epsilon);
}

/* ---- Others ---- */

static cgm_node group(cgm_graph *g, cgm_node x, const cgm_norm_opts *opts)
{
    cgm_shape shape = cgm_node_shape(g, x);
    int64_t n = shape.dim[0], size = cgm_shape_size(shape) / n;
    cgm_node rows = cgm_reshape(g, x, CGM_SHAPE(n, opts->groups, size / opts->groups));
    return cgm_reshape(g, standardise(g, rows, statistics_of(g, rows, 1u << 2), opts->epsilon), shape);
}

static cgm_node pixel(cgm_graph *g, cgm_node x, double epsilon)
{
    return over_root(g, x, cgm_mean(g, cgm_square(g, x), 1u << 1), epsilon);
}

/* ---- All ---- */

/* Numbers that a mean is taken of. */
static int64_t numbers(cgm_shape shape, const cgm_norm_opts *opts)
{
    int64_t size = cgm_shape_size(shape), n = shape.dim[0], channels = shape.dim[1];
    switch (opts->kind) {
    case CGM_NORM_BATCH:
        return size / channels;
    case CGM_NORM_INSTANCE:
        return size / (n * channels);
    case CGM_NORM_GROUP:
        return size / (n * opts->groups);
    default:
        return size / n;
    }
}

/* False, and an error, where x cannot be normalised like that. */
static bool fits(cgm_graph *g, cgm_node x, const cgm_norm_opts *opts, cgm_mode mode)
{
    cgm_shape shape = cgm_node_shape(g, x);
    char text[CGM_SHAPE_TEXT];
    cgm_shape_text(shape, text);
    if (shape.rank < 2)
        cgm_graph_fail(g, CGM_E_SHAPE, "a normalisation takes [N, C] or [N, C, ...], got %s", text);
    else if ((unsigned)opts->kind > CGM_NORM_PIXEL)
        cgm_graph_fail(g, CGM_E_ARG, "there is no normalisation %d", (int)opts->kind);
    else if (!(opts->epsilon > 0) || !(opts->momentum > 0 && opts->momentum <= 1))
        cgm_graph_fail(g, CGM_E_ARG, "epsilon %g, momentum %g: expected more than 0, and a momentum of at most 1",
                       opts->epsilon, opts->momentum);
    else if (opts->kind == CGM_NORM_GROUP && (opts->groups < 1 || shape.dim[1] % opts->groups))
        cgm_graph_fail(g, CGM_E_SHAPE, "%lld groups do not divide the channels of %s", (long long)opts->groups, text);
    else if (opts->kind != CGM_NORM_PIXEL && numbers(shape, opts) == 1 &&
             !(opts->kind == CGM_NORM_BATCH && mode == CGM_MODE_EVAL))
        cgm_graph_fail(g, CGM_E_SHAPE, "a normalisation of %s would take the variance of one number", text);
    else
        return true;
    return false;
}

static cgm_node normalize(cgm_params *p, cgm_graph *g, cgm_node x, const cgm_norm_opts *opts, cgm_mode mode)
{
    if (!fits(g, x, opts, mode)) return (cgm_node){0};
    cgm_shape shape = cgm_node_shape(g, x), weights = CGM_SHAPE(shape.dim[1]), as = channel_shape(shape);
    cgm_node y = {0};
    switch (opts->kind) {
    case CGM_NORM_NONE:
        return x;
    case CGM_NORM_PIXEL:
        return pixel(g, x, opts->epsilon);
    case CGM_NORM_BATCH:
        y = batch(p, g, x, opts, mode);
        break;
    case CGM_NORM_INSTANCE:
        y = standardise(g, x, statistics_of(g, x, axes_from(2)), opts->epsilon);
        break;
    case CGM_NORM_GROUP:
        y = group(g, x, opts);
        break;
    case CGM_NORM_LAYER:
        y = standardise(g, x, statistics_of(g, x, axes_from(1)), opts->epsilon);
        weights = (cgm_shape){.rank = shape.rank - 1};
        for (int i = 1; i < shape.rank; i++) weights.dim[i - 1] = shape.dim[i];
        as = weights;
        break;
    }
    return opts->plain ? y : scale_and_shift(p, g, y, weights, as);
}

cgm_node cgm_normalize(cgm_params *p, cgm_graph *g, const char *name, cgm_node x, const cgm_norm_opts *opts,
                       cgm_mode mode)
{
    cgm_norm_opts o = *opts;
    if (!x.id || o.kind == CGM_NORM_NONE) return x;
    if (o.epsilon == 0) o.epsilon = o.kind == CGM_NORM_PIXEL ? 1e-8 : 1e-5;
    if (o.momentum == 0) o.momentum = 0.1;
    cgm_graph_push(g, name);
    cgm_node y = normalize(p, g, x, &o, mode);
    cgm_graph_pop(g);
    return y;
}

/* ---- Adaptive ---- */

cgm_node cgm_adain(cgm_graph *g, cgm_node x, cgm_node scale, cgm_node shift, double epsilon)
{
    cgm_norm_opts opts = {.kind = CGM_NORM_INSTANCE, .epsilon = epsilon != 0 ? epsilon : 1e-5, .momentum = 1};
    if (!x.id || !scale.id || !shift.id || !fits(g, x, &opts, CGM_MODE_TRAIN)) return (cgm_node){0};
    cgm_shape shape = cgm_node_shape(g, x), as = shape, wanted = CGM_SHAPE(shape.dim[0], shape.dim[1]);
    char a[CGM_SHAPE_TEXT], b[CGM_SHAPE_TEXT];
    for (int k = 0; k < 2; k++) {
        cgm_shape got = cgm_node_shape(g, k ? shift : scale);
        if (!cgm_shape_equal(got, wanted))
            return cgm_graph_fail(g, CGM_E_SHAPE, "the %s of an adaptive normalisation is %s, expected %s",
                                  k ? "shift" : "scale", cgm_shape_text(got, a), cgm_shape_text(wanted, b));
    }
    for (int i = 2; i < shape.rank; i++) as.dim[i] = 1;
    cgm_node y = standardise(g, x, statistics_of(g, x, axes_from(2)), opts.epsilon);
    return cgm_add(g, cgm_mul(g, y, cgm_reshape(g, scale, as)), cgm_reshape(g, shift, as));
}

cgm_node cgm_adain_layer(cgm_params *p, cgm_graph *g, const char *name, cgm_node x, cgm_node style, cgm_init init,
                         double gain)
{
    cgm_shape shape = cgm_node_shape(g, x);
    char text[CGM_SHAPE_TEXT];
    if (!x.id || !style.id) return (cgm_node){0};
    if (shape.rank < 2)
        return cgm_graph_fail(g, CGM_E_SHAPE, "a normalisation takes [N, C] or [N, C, ...], got %s",
                              cgm_shape_text(shape, text));
    int64_t channels = shape.dim[1];
    cgm_node both = cgm_linear(p, g, name, style, 2 * channels, init, gain);
    cgm_node scale = cgm_affine(g, cgm_slice(g, both, 1, 0, channels), 1, 1);
    return cgm_adain(g, x, scale, cgm_slice(g, both, 1, channels, channels), 0);
}
