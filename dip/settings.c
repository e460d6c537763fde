/* The settings of the deep image prior's authors, as their notebooks have them
 * (github.com/DmitryUlyanov/deep-image-prior, 042e0d4), by the name of the notebook or, where one has several, of the
 * picture. */
#include <string.h>

#include "dip/options.h"

typedef struct setting {
    const char *name;
    int64_t depth, down[DIP_MAX_DEPTH], skip[DIP_MAX_DEPTH]; /* one number: of all scales; up as down */
    int input;
    int64_t input_depth, iterations;
    double rate, input_noise, weight_noise, ema, rollback;
} setting;

static const setting settings[] = {
    {"denoise", 5, {128}, {4}, DIP_INPUT_NOISE, 32, 3000, .01, 1 / 30., 0, .99, 5},
    {"dejpeg", 5, {8, 16, 32, 64, 128}, {0, 0, 0, 4, 4}, DIP_INPUT_NOISE, 3, 2400, .01, 1 / 30., 0, .99, 5},
    {"vase", 5, {128}, {0}, DIP_INPUT_MESH, 2, 5001, .01, .03, 0, 0, 0},
    {"kate", 5, {128}, {128}, DIP_INPUT_NOISE, 32, 6001, .01, .03, 0, 0, 0},
    {"library", 5, {128}, {0}, DIP_INPUT_NOISE, 32, 3001, .01, 0, .02, 0, 0},
    {"restore", 5, {128}, {4}, DIP_INPUT_NOISE, 32, 11000, .001, .03, 0, 0, 0},
    {"sr", 5, {128}, {4}, DIP_INPUT_NOISE, 32, 2000, .01, .03, 0, 0, 0},
    {"sr_x8", 5, {128}, {4}, DIP_INPUT_NOISE, 32, 4000, .01, .05, 0, 0, 0},
};
#define N (sizeof settings / sizeof *settings)

const char *cgm_dip_setting_of(dip_task task)
{
    if (task == DIP_DENOISE) return "denoise";
    return task == DIP_INPAINT ? "restore" : "sr";
}

static void fill(const setting *s, dip_fit_opts *out)
{
    dip_network_opts net = {.depth = s->depth, .input = s->input, .input_depth = s->input_depth};
    for (int i = 0; i < DIP_MAX_DEPTH; i++) {
        bool each = s->down[1] != 0;
        int k = i < s->depth ? i : (int)s->depth - 1;
        net.down[i] = net.up[i] = s->down[each ? k : 0];
        net.skip[i] = s->skip[each ? k : 0];
    }
    *out = (dip_fit_opts){.network = net,
                          .iterations = s->iterations,
                          .rate = s->rate,
                          .input_noise = s->input_noise,
                          .weight_noise = s->weight_noise,
                          .ema = s->ema,
                          .rollback = s->rollback,
                          .stop = {DIP_STOP_FIXED, 100, 500}};
}

cgm_status cgm_dip_setting_apply(const cgm_yaml *where, const char *name, dip_fit_opts *out)
{
    const char *names[N];
    char hint[CGM_HINT_TEXT];
    for (size_t i = 0; i < N; i++) {
        names[i] = settings[i].name;
        if (strcmp(names[i], name) != 0) continue;
        fill(&settings[i], out);
        return CGM_OK;
    }
    return cgm_yaml_fail(where, "setting: there is no '%s'%s", name, cgm_hint(name, N, names, hint));
}
