/* The keys of learned methods. */
#include <stddef.h>
#include <string.h>

#include "dip/options.h"

const char *const cgm_dip_method_names[] = {"deep_image_prior", "projection", "plug_and_play", "unrolled", NULL};

#define AT(field) offsetof(dip_options, field)

static const cgm_key projection_keys[] = {
    {"given", CGM_KEY_TEXTS, AT(projection.given),
     .doc = "the image's parents that are known, NAME=VALUE; others are found along with it"},
    {"restarts", CGM_KEY_INT, AT(projection.restarts), .low = 1, .high = 256, .doc = "random beginnings (4)"},
    {"iterations", CGM_KEY_INT, AT(projection.iterations), .low = 1, .high = 1e7,
     .doc = "of Adam, of all together (400)"},
    {"rate", CGM_KEY_REAL, AT(projection.rate), .low = 1e-6, .high = 10, .doc = "of Adam, falling to 0 (0.1)"},
    {"prior", CGM_KEY_REAL, AT(projection.prior), .low = 0, .high = 1e6,
     .doc = "weight of the squared norm of z beside the sum of squared errors (the noise's variance)"},
};

static const cgm_key plug_keys[] = {
    {"steps", CGM_KEY_INT, AT(plug.steps), .low = 1, .high = 1e6, .doc = "of gradient descent, each denoised (30)"},
    {"step", CGM_KEY_REAL, AT(plug.step), .low = 1e-6, .high = 2,
     .doc = "their length, in what the operator allows (1)"},
    {"first", CGM_KEY_REAL, AT(plug.first), .low = 0.001, .high = 255,
     .doc = "the denoiser's level in the first step, in grey levels of 255 (10)"},
    {"last", CGM_KEY_REAL, AT(plug.last), .low = 0.001, .high = 255,
     .doc = "in the last one (the noise's, by the operator's norm, or the denoiser's lowest)"},
};
#define COUNT(keys) (sizeof keys / sizeof *keys)

const cgm_key *cgm_dip_learned_keys(const char *map, size_t *n)
{
    bool projection = strcmp(map, "projection") == 0, plug = strcmp(map, "plug_and_play") == 0;
    if (projection) *n = COUNT(projection_keys);
    if (plug) *n = COUNT(plug_keys);
    return projection ? projection_keys : plug ? plug_keys : NULL;
}

/* What learned methods read, and what is asked of one that has no file. */
static cgm_status read_maps(const cgm_yaml *root, dip_options *o)
{
    const struct {
        const char *key, *file;
        bool there;
    } rules[] = {{"projection", "generator", o->generator}, {"plug_and_play", "denoiser", o->denoiser}};
    const char *const file[DIP_METHODS] = {
        [DIP_PROJECTION] = o->generator, [DIP_PLUG_AND_PLAY] = o->denoiser, [DIP_UNROLLED] = o->unrolled};
    static const char *const key[DIP_METHODS] = {
        [DIP_PROJECTION] = "generator", [DIP_PLUG_AND_PLAY] = "denoiser", [DIP_UNROLLED] = "unrolled"};
    for (size_t i = 0; i < COUNT(rules); i++) {
        const cgm_yaml *node = cgm_yaml_get(root, rules[i].key);
        if (node && !rules[i].there)
            return cgm_yaml_fail(node, "%s: there is no %s, which alone reads it", rules[i].key, rules[i].file);
    }
    if (o->method != DIP_PRIOR && !file[o->method])
        return cgm_yaml_fail(cgm_yaml_get(root, "method"), "method: %s: expected the key %s too",
                             cgm_dip_method_names[o->method], key[o->method]);
    CGM_TRY(cgm_yaml_read(cgm_yaml_get(root, "projection"), "projection", COUNT(projection_keys), projection_keys, o));
    return cgm_yaml_read(cgm_yaml_get(root, "plug_and_play"), "plug_and_play", COUNT(plug_keys), plug_keys, o);
}

/* A key of the prior's own fit where there will be none. */
static cgm_status check_method(const cgm_yaml *root, int method)
{
    static const char *const of_prior[] = {"setting", "preview", "network", "fit"};
    for (size_t i = 0; method != DIP_PRIOR && i < COUNT(of_prior); i++) {
        const cgm_yaml *node = cgm_yaml_get(root, of_prior[i]);
        if (node) return cgm_yaml_fail(node, "%s: only method deep_image_prior reads it", of_prior[i]);
    }
    return CGM_OK;
}

cgm_status cgm_dip_learned_options_read(const cgm_yaml *root, dip_options *o)
{
    CGM_TRY(check_method(root, o->method));
    return read_maps(root, o);
}
