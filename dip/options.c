#include "dip/options.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "dip/restore.h"

const char *const cgm_dip_task_names[] = {"denoise", "inpaint", "sr", "deblur", "ct", "mri", NULL};
static const char *const filters[] = {"lanczos", "bicubic", "box", NULL}, *const blurs[] = {"gaussian", "box", NULL};
static const char *const beams[] = {"parallel", "fan", NULL}, *const stops[] = {"fixed", "variance", "held_out",
                                                                                "noise", NULL};
static const char *const pads[] = {"reflection", "zero", NULL}, *const inputs[] = {"noise", "mesh", NULL};
static const char *const upsamplings[] = {"bilinear", "nearest", NULL};

/* A whole config. */
typedef struct reading {
    dip_options o;
    cgm_texts down, up, skip;
    const cgm_yaml *network, *fit, *ignored; /* ignored: cgm_dip_learned_options_read finds it */
} reading;

#define TOP(field) offsetof(reading, o.field)
#define NET(field) offsetof(reading, o.fit.network.field)
#define FIT(field) offsetof(reading, o.fit.field)

static const cgm_key keys[] = {
    {"task", CGM_KEY_CHOICE, TOP(task), .required = true, .choices = cgm_dip_task_names, .doc = "what is undone"},
    {"sigma", CGM_KEY_REAL, TOP(sigma), .low = 0, .high = 255,
     .doc =
         "the noise's standard deviation, in grey levels of 255 (estimated when denoising, else 0; simulated: 25, else "
         "0)"},
    {"missing", CGM_KEY_REAL, TOP(missing), .low = 0, .high = 0.999, .doc = "inpaint: share of pixels to lose (0.5)"},
    {"factor", CGM_KEY_INT, TOP(op.factor), .low = 2, .high = 16, .doc = "sr: by which both sides grow (4)"},
    {"filter", CGM_KEY_CHOICE, TOP(op.filter), .choices = filters, .doc = "sr: what made pixels fewer (lanczos)"},
    {"blur", CGM_KEY_CHOICE, TOP(op.blur), .choices = blurs, .doc = "deblur: its kernel (gaussian)"},
    {"blur_width", CGM_KEY_REAL, TOP(op.blur_width), .low = 0.1, .high = 100,
     .doc = "deblur: the Gaussian's deviation, or the box's side, in pixels (1.6)"},
    {"beam", CGM_KEY_CHOICE, TOP(op.beam), .choices = beams, .doc = "ct: rays (parallel)"},
    {"views", CGM_KEY_INT, TOP(op.views), .low = 1, .high = 65536, .doc = "ct: angles of a simulation (30)"},
    {"detectors", CGM_KEY_INT, TOP(op.detectors), .low = 2, .high = 65536,
     .doc = "ct: places in a view of a simulation (as many as see the image)"},
    {"distance", CGM_KEY_REAL, TOP(op.distance), .low = 0.5, .high = 1000,
     .doc = "ct, fan: of the source from the image's middle, in its sides (2)"},
    {"acceleration", CGM_KEY_INT, TOP(acceleration), .low = 2, .high = 64,
     .doc = "mri: one of so many lines is measured in a simulation (4)"},
    {"max_pixels", CGM_KEY_INT, TOP(max_pixels), .low = 1, .high = 1e9, .doc = "larger images are refused (16777216)"},
    /* PROBLEM_KEYS so far. */
    {"mask", CGM_KEY_TEXT, TOP(mask),
     .doc = "inpaint, mri: PNG file of the size of the image, 0 where nothing is known; of frequencies, zero first"},
    {"side", CGM_KEY_INT, TOP(side), .low = 3, .high = 8192,
     .doc = "pixels of a side of a phantom (128), or of a sinogram's image (what its places see)"},
    {"setting", CGM_KEY_TEXT, TOP(setting),
     .doc = "the authors' numbers for network and fit: denoise, dejpeg, vase, kate, library, restore, sr, sr_x8"},
    {"preview", CGM_KEY_INT, TOP(preview), .low = 0, .high = 1e9,
     .doc = "write the image every so many iterations (0: at the end alone)"},
    {"baselines", CGM_KEY_BOOL, TOP(baselines), .doc = "other methods too, for the picture and the table (true)"},
    {"method", CGM_KEY_CHOICE, TOP(method), .choices = cgm_dip_method_names,
     .doc = "whose image is written; the prior's network is fitted for deep_image_prior alone"},
    {"generator", CGM_KEY_TEXT, TOP(generator),
     .doc = "RUN.h5 or RUN.h5:IMAGE, a trained gan, cvae or hvae onto whose images to project"},
    {"denoiser", CGM_KEY_TEXT, TOP(denoiser), .doc = "file of cgm denoiser, for plug-and-play proximal gradient"},
    {"unrolled", CGM_KEY_TEXT, TOP(unrolled), .doc = "file of cgm denoiser --task, unrolled gradient descent"},
    {"network", CGM_KEY_NODE, offsetof(reading, network), .doc = "see below"},
    {"fit", CGM_KEY_NODE, offsetof(reading, fit), .doc = "see below"},
    {"projection", CGM_KEY_NODE, offsetof(reading, ignored), .doc = "see below"},
    {"plug_and_play", CGM_KEY_NODE, offsetof(reading, ignored), .doc = "see below"},
};
enum { PROBLEM_KEYS = 13 };

static const cgm_key network_keys[] = {
    {"kind", CGM_KEY_CHOICE, NET(kind), .choices = cgm_dip_network_names, .doc = "an hourglass (skip), or a U-Net"},
    {"depth", CGM_KEY_INT, NET(depth), .low = 1, .high = DIP_MAX_DEPTH, .doc = "how often the image is halved"},
    {"down", CGM_KEY_TEXTS, offsetof(reading, down), .doc = "channels on the way in: one number, or one a scale"},
    {"up", CGM_KEY_TEXTS, offsetof(reading, up), .doc = "skip: on the way back"},
    {"skip", CGM_KEY_TEXTS, offsetof(reading, skip), .doc = "skip: beside; 0: nothing goes beside"},
    {"pad", CGM_KEY_CHOICE, NET(pad), .choices = pads, .doc = "of convolutions"},
    {"upsampling", CGM_KEY_CHOICE, NET(upsampling), .choices = upsamplings, .doc = "how sizes are doubled"},
    {"input", CGM_KEY_CHOICE, NET(input), .choices = inputs, .doc = "what the network is fed with"},
    {"input_depth", CGM_KEY_INT, NET(input_depth), .low = 1, .high = 4096, .doc = "planes of that"},
};

static const cgm_key fit_keys[] = {
    {"iterations", CGM_KEY_INT, FIT(iterations), .low = 1, .high = 1e7, .doc = "at most"},
    {"rate", CGM_KEY_REAL, FIT(rate), .low = 1e-8, .high = 10, .doc = "of Adam"},
    {"input_noise", CGM_KEY_REAL, FIT(input_noise), .low = 0, .high = 10,
     .doc = "deviation of noise on the input, anew in each iteration"},
    {"weight_noise", CGM_KEY_REAL, FIT(weight_noise), .low = 0, .high = 1,
     .doc = "the same on filters, in their deviations"},
    {"ema", CGM_KEY_REAL, FIT(ema), .low = 0, .high = 0.99999, .doc = "decay of the running mean of images; 0: none"},
    {"tv", CGM_KEY_REAL, FIT(tv), .low = 0, .high = 1e6, .doc = "weight of the image's total variation (0)"},
    {"tikhonov", CGM_KEY_REAL, FIT(tikhonov), .low = 0, .high = 1e6,
     .doc = "weight of its squared differences of neighbours (0)"},
    {"wavelet", CGM_KEY_REAL, FIT(wavelet), .low = 0, .high = 1e6, .doc = "weight of its absolute Haar details (0)"},
    {"stop", CGM_KEY_CHOICE, FIT(stop.rule), .choices = stops,
     .doc = "after all iterations (fixed), where images vary least, where what was held out is met best, or where the "
            "misfit is the noise's variance"},
    {"window", CGM_KEY_INT, FIT(stop.window), .low = 2, .high = 100000,
     .doc = "variance, held_out, noise: iterations that are looked at together (100)"},
    {"patience", CGM_KEY_INT, FIT(stop.patience), .low = 1, .high = 1e7,
     .doc = "variance, held_out: iterations without a better image before the end (500)"},
    {"held_out", CGM_KEY_REAL, FIT(held_out), .low = 1e-6, .high = 0.5,
     .doc = "held_out: share of what was measured (0.05)"},
    {"rollback", CGM_KEY_REAL, FIT(rollback), .low = 0, .high = 100,
     .doc = "dB by which the fit may fall in 100 iterations before weights go back; 0: they never do"},
};
#define COUNT(keys) (sizeof keys / sizeof *keys)

const cgm_key *cgm_restore_keys(const char *map, size_t *n)
{
    bool network = map && strcmp(map, "network") == 0, fit = map && strcmp(map, "fit") == 0;
    const cgm_key *learned = map ? cgm_dip_learned_keys(map, n) : NULL;
    if (learned) return learned;
    *n = network ? COUNT(network_keys) : fit ? COUNT(fit_keys) : COUNT(keys);
    return network ? network_keys : fit ? fit_keys : keys;
}

const cgm_key *cgm_dip_problem_keys(size_t *n)
{
    *n = PROBLEM_KEYS;
    return keys;
}

/* Keys that a task does not read would do nothing. */
cgm_status cgm_dip_check_task(const cgm_yaml *root, int task)
{
    enum {
        INPAINT = 1 << DIP_INPAINT,
        SR = 1 << DIP_SR,
        DEBLUR = 1 << DIP_DEBLUR,
        CT = 1 << DIP_CT,
        MRI = 1 << DIP_MRI
    };
    static const struct {
        const char *key;
        int tasks;
    } reads[] = {{"mask", INPAINT | MRI}, {"missing", INPAINT},   {"factor", SR},       {"filter", SR},
                 {"blur", DEBLUR},        {"blur_width", DEBLUR}, {"beam", CT},         {"views", CT},
                 {"detectors", CT},       {"distance", CT},       {"acceleration", MRI}};
    for (size_t i = 0; i < sizeof reads / sizeof *reads; i++) {
        const cgm_yaml *node = cgm_yaml_get(root, reads[i].key);
        if (node && !(reads[i].tasks >> task & 1))
            return cgm_yaml_fail(node, "%s: task %s does not read it", reads[i].key, cgm_dip_task_names[task]);
    }
    return CGM_OK;
}

/* One number for all scales, or one for each. */
static cgm_status read_widths(const cgm_yaml *network, const char *key, const cgm_texts *texts, int64_t low,
                              int64_t depth, int64_t *out)
{
    if (!texts->n) return CGM_OK;
    const cgm_yaml *node = cgm_yaml_get(network, key);
    if (texts->n != 1 && texts->n != (size_t)depth)
        return cgm_yaml_fail(node, "network.%s: %zu numbers; expected 1, or one for each of %lld scales", key, texts->n,
                             (long long)depth);
    for (int64_t i = 0; i < DIP_MAX_DEPTH; i++) {
        char *end;
        const char *text = texts->text[texts->n == 1 || i >= depth ? texts->n - 1 : (size_t)i];
        long value = strtol(text, &end, 10);
        if (end == text || *end || value < low || value > 4096)
            return cgm_yaml_fail(node, "network.%s: expected whole numbers from %lld to 4096, got '%s'", key,
                                 (long long)low, text);
        out[i] = value;
    }
    return CGM_OK;
}

static cgm_status read_network(reading *r)
{
    dip_network_opts *n = &r->o.fit.network;
    CGM_TRY(cgm_yaml_read(r->network, "network", COUNT(network_keys), network_keys, r));
    bool hourglass = n->kind == 0;
    static const char *const of_skip[] = {"up", "skip"};
    for (int i = 0; i < 2 && !hourglass; i++)
        if (cgm_yaml_get(r->network, of_skip[i]))
            return cgm_yaml_fail(cgm_yaml_get(r->network, of_skip[i]), "network.%s: only kind skip reads it",
                                 of_skip[i]);
    CGM_TRY(read_widths(r->network, "down", &r->down, 1, n->depth, n->down));
    if (r->down.n && !r->up.n) memcpy(n->up, n->down, sizeof n->up);
    CGM_TRY(read_widths(r->network, "up", &r->up, 1, n->depth, n->up));
    return read_widths(r->network, "skip", &r->skip, 0, n->depth, n->skip);
}

static cgm_status read_fit(reading *r)
{
    CGM_TRY(cgm_yaml_read(r->fit, "fit", COUNT(fit_keys), fit_keys, r));
    enum { VARIANCE = 1 << DIP_STOP_VARIANCE, HELD_OUT = 1 << DIP_STOP_HELD_OUT, NOISE = 1 << DIP_STOP_NOISE };
    static const struct {
        const char *key;
        int rules;
    } reads[] = {{"window", VARIANCE | HELD_OUT | NOISE}, {"patience", VARIANCE | HELD_OUT}, {"held_out", HELD_OUT}};
    int rule = r->o.fit.stop.rule;
    for (size_t i = 0; i < sizeof reads / sizeof *reads && r->fit; i++) {
        const cgm_yaml *node = cgm_yaml_get(r->fit, reads[i].key);
        if (node && !(reads[i].rules >> rule & 1))
            return cgm_yaml_fail(node, "fit.%s: stop: %s does not read it", reads[i].key, stops[rule]);
    }
    if (rule == DIP_STOP_HELD_OUT && !(r->o.fit.held_out > 0)) r->o.fit.held_out = .05;
    return CGM_OK;
}

dip_options cgm_dip_options_usual(void)
{
    return (dip_options){.sigma = -1,
                         .missing = .5,
                         .acceleration = 4,
                         .max_pixels = 1 << 24,
                         .baselines = true,
                         .op = {.factor = 4, .blur_width = 1.6, .views = 30, .distance = 2},
                         .projection = {.restarts = 4, .iterations = 400, .rate = .1, .prior = -1},
                         .plug = {.steps = 30, .step = 1, .first = -1, .last = -1}};
}

cgm_status cgm_dip_options_read(const cgm_config *config, dip_options *out)
{
    const cgm_yaml *root = cgm_config_root(config);
    reading r = {.o = cgm_dip_options_usual()};
    CGM_TRY(cgm_yaml_read(root, "restore", COUNT(keys), keys, &r));
    CGM_TRY(cgm_dip_check_task(root, r.o.task));
    CGM_TRY(cgm_dip_learned_options_read(root, &r.o));
    const cgm_yaml *setting = cgm_yaml_get(root, "setting");
    if (!r.o.setting) r.o.setting = cgm_dip_setting_of((dip_task)r.o.task);
    CGM_TRY(cgm_dip_setting_apply(setting ? setting : root, r.o.setting, &r.o.fit));
    CGM_TRY(read_network(&r));
    CGM_TRY(read_fit(&r));
    *out = r.o;
    return CGM_OK;
}
