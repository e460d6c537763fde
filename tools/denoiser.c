/* cgm denoiser: what cgm restore restores by, trained. */
#include <stdio.h>

#include "tools/tool.h"

/* All arguments. */
static cgm_status gather(const tool_options *o, cgm_arena *arena, size_t *n, const char ***out)
{
    *n = o->n_arguments + o->rest.n;
    *out = cgm_arena_array(arena, *n + 1, sizeof **out);
    if (!*out) return CGM_E_MEMORY;
    for (size_t i = 0; i < o->n_arguments; i++) (*out)[i] = o->argument[i];
    for (size_t i = 0; i < o->rest.n; i++) (*out)[o->n_arguments + i] = o->rest.text[i];
    return CGM_OK;
}

static cgm_status train(const tool_options *o, cgm_config *config, size_t n, const char *const *images)
{
    cgm_sink sink = tool_sink(o);
    cgm_denoiser_report report;
    cgm_denoiser_opts opts = {.n = n,
                              .images = images,
                              .out = o->out,
                              .config = config,
                              .seed = o->seed >= 0 ? (uint64_t)o->seed : 1,
                              .threads = o->threads > 0 ? (int)o->threads : cgm_threads_available(),
                              .stop = &tool_stop};
    tool_catch_signals();
    cgm_status status = cgm_denoiser_train(&opts, &sink, &report);
    tool_end_line();
    if (status != CGM_OK) return status;
    printf("wrote %s (", o->out);
    if (report.steps > 0)
        printf("unrolled, %lld steps", (long long)report.steps);
    else
        printf("denoiser");
    printf(", %zu images, %zu numbers, %lld iterations, loss %.3g, %.1f s)\n", report.images, report.parameters,
           (long long)report.iterations, report.loss, report.seconds);
    return CGM_OK;
}

static cgm_status run_denoiser(const tool_options *o)
{
    cgm_arena arena = {0};
    cgm_config *config = NULL;
    const char **images;
    size_t n;
    const tool_setting settings[] = {{"task", o->task, false},
                                     {"sigma", o->sigma, false},
                                     {"factor", o->factor, false},
                                     {"iterations", o->iterations, false}};
    if (!o->out) return CGM_FAIL(CGM_E_ARG, "denoiser: expected -o FILE.h5, where the network goes");
    CGM_TRY(tool_config(o, sizeof settings / sizeof *settings, settings, &config));
    cgm_status status = gather(o, &arena, &n, &images);
    if (status == CGM_OK) status = train(o, config, n, images);
    cgm_arena_clear(&arena);
    cgm_config_destroy(config);
    return status;
}

static void print_more(void)
{
    size_t n;
    const cgm_key *keys = cgm_denoiser_keys(NULL, &n);
    tool_print_rows("Phantoms, pictures made by formulas:", cgm_restore_phantom_at);
    tool_print_keys("Keys of the config and of --set KEY=VALUE:", n, keys);
    keys = cgm_denoiser_keys("task", &n);
    tool_print_keys("  with a task, of what degrades the patches:", n, keys);
}

static const tool_option takes[] = {{OPT_OUT, "HDF5 file to write"},
                                    {OPT_TASK, "train unrolled gradient descent for this task instead"},
                                    {OPT_SIGMA, "task: noise's deviation in what is measured, in grey levels of 255"},
                                    {OPT_FACTOR, "task sr: by which both sides grow (4)"},
                                    {OPT_ITERATIONS, "of training (2000)"},
                                    {OPT_CONFIG, NULL},
                                    {OPT_SET, "any of the keys below; may be given again"},
                                    {OPT_SEED, NULL},
                                    {OPT_NONE, NULL}};

const tool tool_denoiser_row = {
    .name = "denoiser",
    .arguments = "IMAGE...",
    .n_arguments = 1,
    .many = true,
    .brief = "train a denoiser, or unrolled gradient descent, for cgm restore",
    .doc = "An IMAGE is a PNG file, a folder of PNG files, a data set with one image variable, of which the "
           "training rows are taken, or phantom:NAME. A denoiser learns to take noise off patches of them, of any "
           "level in a range, and is what cgm restore --denoiser takes. "
           "With --task the network is so many steps of gradient descent with a denoiser after each, trained end to "
           "end for that task: cgm restore --unrolled takes it. A signal ends training, and what was learnt is "
           "written.",
    .options = takes,
    .run = run_denoiser,
    .print_more = print_more,
};
