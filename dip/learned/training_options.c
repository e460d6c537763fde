/* What cgm denoiser's config says. */
#include <string.h>

#include "dip/denoiser.h"
#include "dip/learned/training.h"

#define AT(field) offsetof(dip_training_opts, field)
static const cgm_key keys[] = {
    {"steps", CGM_KEY_INT, AT(steps), .low = 1, .high = 64,
     .doc = "task: of gradient descent, each followed by the network (5)"},
    {"channels", CGM_KEY_INT, AT(channels), .low = 1, .high = 3,
     .doc = "1, which does colours one by one, or 3: of images that it restores (1)"},
    {"width", CGM_KEY_INT, AT(width), .low = 1, .high = 256, .doc = "channels between its convolutions (32)"},
    {"layers", CGM_KEY_INT, AT(layers), .low = 2, .high = 32, .doc = "convolutions (6; task: 4)"},
    {"patch", CGM_KEY_INT, AT(patch), .low = 8, .high = 1024, .doc = "pixels of a side of what it learns from (40)"},
    {"batch", CGM_KEY_INT, AT(batch), .low = 1, .high = DIP_MOST_UNROLLED, .doc = "patches of an iteration (8)"},
    {"iterations", CGM_KEY_INT, AT(iterations), .low = 1, .high = 1e9, .doc = "of training (2000)"},
    {"rate", CGM_KEY_REAL, AT(rate), .low = 1e-8, .high = 1, .doc = "of Adam, falling to 0 by a cosine (1e-3)"},
    {"limit", CGM_KEY_INT, AT(limit), .low = 1, .high = 1e9, .doc = "images of a data set that are used (2000)"},
    {"levels", CGM_KEY_RANGE, AT(levels), .low = 0.1, .high = 255,
     .doc = "denoiser: standard deviations of its noise, in grey levels of 255, each as likely ([1, 50])"},
    {"noise2noise", CGM_KEY_BOOL, AT(noise2noise),
     .doc = "denoiser: targets are noisy too, as if there were no clean images (false)"},
};
#define OWN (sizeof keys / sizeof *keys)
enum { MOST_KEYS = 64 };

const cgm_key *cgm_denoiser_keys(const char *which, size_t *n)
{
    if (which && strcmp(which, "task") == 0) return cgm_dip_problem_keys(n);
    *n = OWN;
    return keys;
}

/* Own keys, then those of the problem, whose task is needed by nobody here. */
static cgm_status read_keys(const cgm_yaml *root, dip_training_opts *o)
{
    cgm_key all[MOST_KEYS];
    size_t n;
    const cgm_key *problem = cgm_dip_problem_keys(&n);
    CGM_CHECK(OWN + n <= MOST_KEYS);
    memcpy(all, keys, sizeof keys);
    memcpy(all + OWN, problem, n * sizeof *problem);
    for (size_t i = OWN; i < OWN + n; i++) all[i].required = false;
    return cgm_yaml_read(root, "denoiser", OWN + n, all, o);
}

/* Keys that would do nothing. */
static cgm_status check_keys(const cgm_yaml *root, const dip_training_opts *o)
{
    static const char *const of_denoiser[] = {"levels", "noise2noise"};
    size_t n;
    const cgm_key *problem = cgm_dip_problem_keys(&n);
    if (o->problem.task >= 0) {
        for (size_t i = 0; i < 2; i++) {
            const cgm_yaml *node = cgm_yaml_get(root, of_denoiser[i]);
            if (node) return cgm_yaml_fail(node, "%s: with a task nothing reads it", of_denoiser[i]);
        }
        return cgm_dip_check_task(root, o->problem.task);
    }
    for (size_t i = 0; i <= n; i++) {
        const char *key = i < n ? problem[i].name : "steps";
        const cgm_yaml *node = cgm_yaml_get(root, key);
        if (node && strcmp(key, "max_pixels") != 0)
            return cgm_yaml_fail(node, "%s: only with a task is it read%s", key,
                                 strcmp(key, "sigma") == 0 ? "; a denoiser's noise is levels" : "");
    }
    return CGM_OK;
}

cgm_status cgm_dip_training_options_read(const cgm_config *config, dip_training_opts *out)
{
    const cgm_yaml *root = cgm_config_root(config);
    dip_training_opts o = {.problem = cgm_dip_options_usual(),
                           .channels = 1,
                           .width = 32,
                           .patch = 40,
                           .batch = 8,
                           .iterations = 2000,
                           .limit = 2000,
                           .rate = 1e-3,
                           .levels = {1, 50}};
    o.problem.task = -1;
    CGM_TRY(read_keys(root, &o));
    CGM_TRY(check_keys(root, &o));
    bool unrolled = o.problem.task >= 0;
    if (o.channels == 2) return cgm_yaml_fail(cgm_yaml_get(root, "channels"), "channels: 2; expected 1 or 3");
    if (unrolled && !o.steps) o.steps = 5;
    if (!o.layers) o.layers = unrolled ? 4 : 6;
    if (o.problem.sigma < 0) o.problem.sigma = o.problem.task == DIP_DENOISE ? 25 : 0;
    *out = o;
    return CGM_OK;
}
