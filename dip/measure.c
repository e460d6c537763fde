#include "dip/measure.h"

#include <math.h>
#include <string.h>

#include "dip/phantoms/phantom.h"

#define PHANTOM "phantom:"
#define PHANTOM_PIXELS_A_SIDE 128
#define CENTRE 0.08 /* share of the lines around the zero frequency that are always measured */

static const dip_operator_class *const operators[] = {
    [DIP_DENOISE] = &cgm_dip_operator_identity, [DIP_INPAINT] = &cgm_dip_operator_mask,
    [DIP_SR] = &cgm_dip_operator_downsample,    [DIP_DEBLUR] = &cgm_dip_operator_blur,
    [DIP_CT] = &cgm_dip_operator_radon,         [DIP_MRI] = &cgm_dip_operator_fourier};

static cgm_status read_mask(const dip_options *o, cgm_arena *arena, dip_operator_opts *op)
{
    dip_image mask;
    CGM_TRY(cgm_dip_image_read(o->mask, (uint64_t)o->max_pixels, arena, &mask));
    if (mask.height != op->height || mask.width != op->width)
        return CGM_FAIL(CGM_E_SHAPE, "%s: a mask of %lld x %lld pixels; expected %lld x %lld, as the image has",
                        o->mask, (long long)mask.height, (long long)mask.width, (long long)op->height,
                        (long long)op->width);
    op->mask = mask.pixels; /* of colours the first */
    return CGM_OK;
}

/* Pixels each kept with probability 1 - missing; lines of frequencies: those in the middle, and of the others as many
 * as make one of `acceleration`, drawn. */
static cgm_status draw_mask(const dip_options *o, const cgm_rng *root, cgm_arena *arena, dip_operator_opts *op)
{
    int64_t h = op->height, w = op->width;
    cgm_rng rng = cgm_rng_split(root, "mask");
    double *mask = cgm_arena_array(arena, (size_t)(h * w), sizeof *mask);
    if (!mask) return CGM_E_MEMORY;
    op->mask = mask;
    if (o->task == DIP_INPAINT) {
        for (int64_t i = 0; i < h * w; i++) mask[i] = cgm_rng_uniform(&rng) >= o->missing;
        return CGM_OK;
    }
    int64_t lines = (h + o->acceleration - 1) / o->acceleration, middle = (int64_t)ceil(CENTRE * (double)h / 2);
    if (2 * middle - 1 > lines) middle = (lines + 1) / 2;
    size_t *order = cgm_arena_array(arena, (size_t)h, sizeof *order);
    if (!order) return CGM_E_MEMORY;
    cgm_rng_permutation(&rng, (size_t)h, order);
    for (int64_t y = 0; y < h; y++) {
        bool is_middle = y < middle || y > h - middle;
        for (int64_t x = 0; x < w; x++) mask[y * w + x] = is_middle;
        lines -= is_middle;
    }
    for (int64_t i = 0; i < h && lines > 0; i++) {
        double *line = mask + (int64_t)order[i] * w;
        if (line[0] != 0) continue;
        for (int64_t x = 0; x < w; x++) line[x] = 1;
        lines--;
    }
    return CGM_OK;
}

static cgm_status find_mask(const dip_options *o, const cgm_rng *rng, bool simulate, cgm_arena *arena,
                            dip_operator_opts *op)
{
    if ((o->task != DIP_INPAINT && o->task != DIP_MRI) || op->mask) return CGM_OK;
    if (o->mask) return read_mask(o, arena, op);
    if (simulate) return draw_mask(o, rng, arena, op);
    return CGM_FAIL(CGM_E_ARG, "task inpaint: expected a mask, the PNG file that says which pixels are known");
}

cgm_status cgm_dip_measure_prepare(const dip_options *o, const cgm_rng *rng, bool simulate, cgm_arena *arena,
                                   dip_operator_opts *op, dip_problem *out)
{
    CGM_TRY(find_mask(o, rng, simulate, arena, op));
    return cgm_dip_problem_create(operators[o->task], op, arena, out);
}

/* Whatever the problem, the image that is measured as it is: what `op` and y follow from. */
static cgm_status read_image(const cgm_restore_opts *opts, const dip_options *o, dip_measurement *m,
                             dip_operator_opts *op, const double **y)
{
    dip_image image;
    CGM_TRY(cgm_dip_image_read(opts->image, (uint64_t)o->max_pixels, &m->arena, &image));
    int64_t factor = o->task == DIP_SR ? o->op.factor : 1;
    op->channels = image.channels;
    op->height = image.height * factor;
    op->width = image.width * factor;
    m->bits = image.bits;
    *y = image.pixels;
    return CGM_OK;
}

/* What is made may be larger than what was read. */
static cgm_status check_size(const dip_options *o, int64_t height, int64_t width)
{
    if (height <= o->max_pixels && width <= o->max_pixels / height) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "an image of %lld x %lld pixels; expected at most max_pixels, %lld", (long long)height,
                    (long long)width, (long long)o->max_pixels);
}

static bool is_phantom(const char *image)
{
    return strncmp(image, PHANTOM, strlen(PHANTOM)) == 0;
}

static cgm_status read_truth(const cgm_restore_opts *opts, const dip_options *o, dip_measurement *m)
{
    const char *path = opts->simulate ? opts->image : opts->truth;
    if (is_phantom(opts->image)) {
        int64_t side = o->side ? o->side : PHANTOM_PIXELS_A_SIDE;
        CGM_TRY(check_size(o, side, side));
        return cgm_dip_phantom_draw(opts->image + strlen(PHANTOM), side, &m->arena, &m->truth);
    }
    return path ? cgm_dip_image_read(path, (uint64_t)o->max_pixels, &m->arena, &m->truth) : CGM_OK;
}

static cgm_status check_truth(const cgm_restore_opts *opts, const dip_measurement *m, const dip_operator_opts *op)
{
    const dip_image *t = &m->truth;
    if (!t->pixels || (t->channels == op->channels && t->height == op->height && t->width == op->width)) return CGM_OK;
    return CGM_FAIL(CGM_E_SHAPE, "%s: a truth of %lld x %lld pixels in %lld channels; expected %lld x %lld in %lld",
                    opts->truth, (long long)t->height, (long long)t->width, (long long)t->channels,
                    (long long)op->height, (long long)op->width, (long long)op->channels);
}

/* What was measured where it can be looked at beside images: of fewer pixels, each as a square. */
static cgm_status show(dip_measurement *m)
{
    const dip_problem *p = &m->problem;
    int64_t f = p->kind == &cgm_dip_operator_downsample ? p->opts.factor : 1, w = p->width / f;
    if (p->kind == &cgm_dip_operator_radon || p->kind == &cgm_dip_operator_fourier) return CGM_OK;
    CGM_TRY(cgm_dip_image_create(&m->arena, p->channels, p->height, p->width, &m->shown));
    for (int64_t i = 0; i < dip_problem_pixels(p); i++)
        m->shown.pixels[i] = p->y[i / p->width / f * w + i % p->width / f];
    return CGM_OK;
}

/* Refuses keys that this image leaves nothing to do for. */
static cgm_status check_keys(const cgm_restore_opts *opts, const dip_options *o, bool simulate)
{
    const cgm_yaml *root = cgm_config_root(opts->config), *mask = cgm_yaml_get(root, "mask");
    bool has_side = is_phantom(opts->image) || (o->task == DIP_CT && !simulate);
    const struct {
        const char *key, *why;
        bool refused;
    } rules[] = {
        {"missing", "only a simulation without a mask reads it", !simulate || mask},
        {"acceleration", "only a simulation without a mask reads it", !simulate || mask},
        {"views", "only a simulation reads it", !simulate},
        {"detectors", "only a simulation reads it", !simulate},
        {"distance", "only beam: fan reads it", o->op.beam != DIP_BEAM_FAN},
        {"side", "only phantoms and sinograms have it; other images have a size", !has_side},
        {"mask", "k-space has its own, the dataset mask", o->task == DIP_MRI && !simulate},
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        const cgm_yaml *node = cgm_yaml_get(root, rules[i].key);
        if (node && rules[i].refused) return cgm_yaml_fail(node, "%s: %s", rules[i].key, rules[i].why);
    }
    if (simulate && opts->truth)
        return CGM_FAIL(CGM_E_ARG,
                        "a truth, but also a simulation, in which the image is the truth; expected one of them");
    return CGM_OK;
}

static cgm_status find_noise(dip_options *o, dip_problem *p)
{
    if (o->sigma >= 0 || o->task != DIP_DENOISE) {
        p->sigma = fmax(o->sigma, 0) / 255;
        return CGM_OK;
    }
    return cgm_dip_noise_estimate(p, &p->sigma);
}

static cgm_status measure(const cgm_restore_opts *opts, dip_options *o, dip_measurement *m)
{
    const double *y = NULL;
    dip_operator_opts op = o->op;
    cgm_rng root = cgm_rng_create(opts->seed);
    bool simulate = opts->simulate || is_phantom(opts->image);
    CGM_TRY(check_keys(opts, o, simulate));
    CGM_TRY(read_truth(opts, o, m));
    if (simulate) {
        op.channels = m->truth.channels;
        op.height = m->truth.height;
        op.width = m->truth.width;
        m->bits = m->truth.bits;
        if (o->sigma < 0) o->sigma = o->task == DIP_DENOISE ? 25 : 0;
    } else if (o->task == DIP_CT || o->task == DIP_MRI) {
        CGM_TRY(cgm_dip_measured_read(opts->image, o, &m->arena, &op, &y));
    } else {
        CGM_TRY(read_image(opts, o, m, &op, &y));
    }
    CGM_TRY(check_truth(opts, m, &op));
    CGM_TRY(check_size(o, op.height, op.width));
    if (o->method == DIP_PRIOR) CGM_TRY(cgm_dip_network_check(&o->fit.network, op.height, op.width));
    CGM_TRY(cgm_dip_measure_prepare(o, &root, simulate, &m->arena, &op, &m->problem));
    if (simulate) {
        CGM_TRY(cgm_dip_problem_simulate(&m->problem, m->truth.pixels, o->sigma / 255, &root, opts->threads));
    } else {
        int64_t n = cgm_shape_size(m->problem.op.map.range);
        for (int64_t i = 0; i < n; i++) m->problem.y[i] = m->problem.weight[i] * y[i];
        CGM_TRY(find_noise(o, &m->problem));
    }
    if (o->fit.stop.rule == DIP_STOP_NOISE && !(m->problem.sigma > 0))
        return CGM_FAIL(CGM_E_ARG, "fit.stop: noise: there is no noise to stop at; expected sigma");
    return show(m);
}

cgm_status cgm_dip_measure(const cgm_restore_opts *opts, dip_options *options, dip_measurement *out)
{
    *out = (dip_measurement){.bits = 8};
    cgm_status status = measure(opts, options, out);
    if (status != CGM_OK) cgm_dip_measurement_clear(out);
    return status;
}

void cgm_dip_measurement_clear(dip_measurement *m)
{
    if (m->problem.kind) cgm_dip_problem_clear(&m->problem);
    cgm_arena_clear(&m->arena);
    *m = (dip_measurement){0};
}
