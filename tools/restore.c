/* cgm restore: an image restored by the deep image prior. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tools/tool.h"

/* Sets a key to a text, as the user has it. */
static cgm_status set(cgm_config *config, cgm_arena *arena, const char *key, const char *text)
{
    if (!text) return CGM_OK;
    char *quoted = cgm_yaml_quote(arena, text);
    char *assignment = quoted ? cgm_arena_printf(arena, "%s=%s", key, quoted) : NULL;
    return assignment ? cgm_config_set(config, assignment) : CGM_E_MEMORY;
}

/* Numbers and words, as --set has them. */
static cgm_status set_value(cgm_config *config, cgm_arena *arena, const char *key, const char *text)
{
    if (!text) return CGM_OK;
    char *assignment = cgm_arena_printf(arena, "%s=%s", key, text);
    return assignment ? cgm_config_set(config, assignment) : CGM_E_MEMORY;
}

/* Options of their own, then those of --set. */
static cgm_status fill_config(const tool_options *o, cgm_config *config, cgm_arena *arena)
{
    CGM_TRY(set_value(config, arena, "task", o->task));
    CGM_TRY(set_value(config, arena, "sigma", o->sigma));
    CGM_TRY(set(config, arena, "mask", o->mask));
    CGM_TRY(set_value(config, arena, "factor", o->factor));
    CGM_TRY(set_value(config, arena, "fit.iterations", o->iterations));
    for (size_t i = 0; i < o->sets.n; i++) CGM_TRY(cgm_config_set(config, o->sets.text[i]));
    return CGM_OK;
}

static void print_report(const cgm_restore_report *r)
{
    printf("%-24s %8s %8s\n", "", "PSNR dB", "SSIM");
    for (size_t i = 0; i < r->n; i++) {
        printf("%-24s %8.2f", r->score[i].name, r->score[i].psnr);
        if (isnan(r->score[i].ssim))
            printf(" %8s\n", "-");
        else
            printf(" %8.4f\n", r->score[i].ssim);
    }
}

static cgm_status restore(const tool_options *o, cgm_config *config)
{
    cgm_sink sink = tool_sink(o);
    cgm_restore_report report;
    cgm_restore_opts opts = {.image = o->argument[0],
                             .simulate = o->simulate,
                             .truth = o->truth,
                             .out = o->out,
                             .strip = o->png,
                             .history = o->history,
                             .config = config,
                             .seed = o->seed >= 0 ? (uint64_t)o->seed : 1,
                             .threads = o->threads > 0 ? (int)o->threads : cgm_threads_available(),
                             .stop = &tool_stop};
    tool_catch_signals();
    cgm_status status = cgm_restore(&opts, &sink, &report);
    tool_end_line();
    if (status != CGM_OK) return status;
    if (!isnan(report.score[report.n - 1].psnr)) print_report(&report);
    printf("wrote %s (%lld x %lld, image %lld of %lld iterations, %.1f s)\n", o->out, (long long)report.height,
           (long long)report.width, (long long)report.best, (long long)report.iterations, report.seconds);
    if (o->png) printf("wrote %s\n", o->png);
    if (o->history) printf("wrote %s\n", o->history);
    return CGM_OK;
}

static cgm_status run_restore(const tool_options *o)
{
    cgm_arena arena = {0};
    cgm_config *config = NULL;
    if (!o->out) return CGM_FAIL(CGM_E_ARG, "restore: expected -o FILE.png, where the image goes");
    if (o->config)
        CGM_TRY(cgm_config_load(o->config, &config));
    else
        CGM_TRY(cgm_config_parse("{}", "--set", &config));
    cgm_status status = fill_config(o, config, &arena);
    if (status == CGM_OK) status = restore(o, config);
    cgm_arena_clear(&arena);
    cgm_config_destroy(config);
    return status;
}

static void print_more(void)
{
    static const struct {
        const char *map, *title;
    } maps[] = {{NULL, "Keys of the config and of --set KEY=VALUE:"}, {"network", "  network:"}, {"fit", "  fit:"}};
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        size_t n;
        const cgm_key *keys = cgm_restore_keys(maps[i].map, &n);
        tool_print_keys(maps[i].title, n, keys);
    }
}

static const tool_option takes[] = {{OPT_OUT, "PNG file to write, of the image's depth"},
                                    {OPT_TASK, NULL},
                                    {OPT_SIGMA, NULL},
                                    {OPT_MASK, NULL},
                                    {OPT_FACTOR, NULL},
                                    {OPT_ITERATIONS, NULL},
                                    {OPT_SIMULATE, NULL},
                                    {OPT_TRUTH_PNG, "PNG file to compare with; it is never used to stop or to choose"},
                                    {OPT_PNG, "picture: what was measured, other methods, the result, the truth"},
                                    {OPT_HISTORY, NULL},
                                    {OPT_CONFIG, NULL},
                                    {OPT_SET, "any of the keys below; may be given again"},
                                    {OPT_SEED, NULL},
                                    {OPT_NONE, NULL}};

const tool tool_restore_row = {
    .name = "restore",
    .arguments = "IMAGE",
    .n_arguments = 1,
    .brief = "restore an image without training data, by a deep image prior",
    .doc =
        "IMAGE is a PNG file, grey or in colours, of 8 or 16 bits; phantom:NAME, one of shepp_logan, brain, texture "
        "and "
        "text, which is degraded first; or an HDF5 file with a sinogram [views, places] and its angles [views] (ct), "
        "or "
        "with kspace [2, height, width] and a mask [height, width] (mri). An untrained network is fitted to what was "
        "measured alone. A signal ends the fit, and what there is is written.",
    .options = takes,
    .run = run_restore,
    .print_more = print_more,
};
