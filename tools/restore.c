/* cgm restore: an image restored by the deep image prior. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/tool.h"

/* "['digit=7', 'thickness=3']", a YAML list; NULL where nothing is given or memory is out. */
static cgm_status join_givens(const tool_options *o, cgm_arena *arena, char **out)
{
    *out = NULL;
    for (size_t i = 0; i < o->givens.n; i++) {
        char *one = cgm_yaml_quote(arena, o->givens.text[i]);
        *out = one ? cgm_arena_printf(arena, "%s%s%s%s", i ? *out : "[", i ? ", " : "", one,
                                      i + 1 < o->givens.n ? "" : "]")
                   : NULL;
        if (!*out) return CGM_E_MEMORY;
    }
    return CGM_OK;
}

static cgm_status read_config(const tool_options *o, cgm_config **out)
{
    cgm_arena arena = {0};
    char *givens;
    cgm_status status = join_givens(o, &arena, &givens);
    const tool_setting settings[] = {{"task", o->task, false},
                                     {"sigma", o->sigma, false},
                                     {"mask", o->mask, true},
                                     {"factor", o->factor, false},
                                     {"fit.iterations", o->iterations, false},
                                     {"generator", o->generator, true},
                                     {"projection.given", givens, false},
                                     {"denoiser", o->denoiser, true},
                                     {"unrolled", o->unrolled, true}};
    if (status == CGM_OK) status = tool_config(o, sizeof settings / sizeof *settings, settings, out);
    cgm_arena_clear(&arena);
    return status;
}

/* RUN or RUN:IMAGE. */
static cgm_status open_generator(const tool_options *o, const char *text, cgm_run **run, cgm_image_generator *out)
{
    cgm_arena arena = {0};
    char *path = cgm_arena_strdup(&arena, text), *colon = path ? strrchr(path, ':') : NULL;
    if (colon && !strchr(colon, '/') && access(text, F_OK) != 0)
        *colon++ = 0;
    else
        colon = NULL;
    cgm_status status = path ? tool_open(path, o, run) : CGM_E_MEMORY;
    if (status == CGM_OK) status = cgm_run_image_generator(*run, colon, out);
    if (status != CGM_OK && path) status = cgm_fail_context(status, "generator");
    cgm_arena_clear(&arena);
    return status;
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

static cgm_status restore(const tool_options *o, cgm_config *config, const cgm_image_generator *generator)
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
                             .generator = generator,
                             .seed = o->seed >= 0 ? (uint64_t)o->seed : 1,
                             .threads = o->threads > 0 ? (int)o->threads : cgm_threads_available(),
                             .stop = &tool_stop};
    tool_catch_signals();
    cgm_status status = cgm_restore(&opts, &sink, &report);
    tool_end_line();
    if (status != CGM_OK) return status;
    if (!isnan(report.score[report.n - 1].psnr)) print_report(&report);
    printf("wrote %s (%lld x %lld, ", o->out, (long long)report.height, (long long)report.width);
    if (report.iterations > 0)
        printf("image %lld of %lld iterations, %.1f s)\n", (long long)report.best, (long long)report.iterations,
               report.seconds);
    else
        printf("%s)\n", report.score[report.n - 1].name);
    if (o->png) printf("wrote %s\n", o->png);
    if (o->history) printf("wrote %s\n", o->history);
    return CGM_OK;
}

static cgm_status run_restore(const tool_options *o)
{
    cgm_config *config = NULL;
    cgm_run *run = NULL;
    cgm_image_generator generator;
    if (!o->out) return CGM_FAIL(CGM_E_ARG, "restore: expected -o FILE.png, where the image goes");
    CGM_TRY(read_config(o, &config));
    const cgm_yaml *root = cgm_config_root(config);
    const cgm_yaml *named = cgm_yaml_get_kind(root) == CGM_YAML_MAP ? cgm_yaml_get(root, "generator") : NULL;
    cgm_status status = CGM_OK;
    if (named && cgm_yaml_get_kind(named) == CGM_YAML_SCALAR)
        status = open_generator(o, cgm_yaml_text(named), &run, &generator);
    if (status == CGM_OK) status = restore(o, config, run ? &generator : NULL);
    cgm_run_destroy(run);
    cgm_config_destroy(config);
    return status;
}

static void print_more(void)
{
    static const struct {
        const char *map, *title;
    } maps[] = {{NULL, "Keys of the config and of --set KEY=VALUE:"},
                {"network", "  network:"},
                {"fit", "  fit:"},
                {"projection", "  projection (--generator):"},
                {"plug_and_play", "  plug_and_play (--denoiser):"}};
    tool_print_rows("Phantoms, pictures made by formulas:", cgm_restore_phantom_at);
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        size_t n;
        const cgm_key *keys = cgm_restore_keys(maps[i].map, &n);
        tool_print_keys(maps[i].title, n, keys);
    }
}

static const tool_option takes[] = {
    {OPT_OUT, "PNG file to write, of the image's depth"},
    {OPT_TASK, NULL},
    {OPT_SIGMA, NULL},
    {OPT_MASK, NULL},
    {OPT_FACTOR, NULL},
    {OPT_ITERATIONS, NULL},
    {OPT_GENERATOR, NULL},
    {OPT_GIVEN, "generator: a parent of its image, NAME=VALUE; those not given are found"},
    {OPT_DENOISER, NULL},
    {OPT_UNROLLED, NULL},
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
    .doc = "IMAGE is a PNG file, grey or in colours, of 8 or 16 bits; phantom:NAME, which is degraded first; or an "
           "HDF5 file with a sinogram [views, places] and its angles [views] (ct), or with kspace [2, height, width] "
           "and a mask [height, width] (mri). An untrained network is fitted to what was "
           "measured alone. A signal ends the fit, and what there is is written. Next to it stand methods without a "
           "network, and those that learnt from other images where they are asked for; --set method=plug_and_play, "
           "projection or unrolled writes the image of one of these, and fits nothing.",
    .options = takes,
    .run = run_restore,
    .print_more = print_more,
};
