/* What several subcommands do with runs and queries. */
#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/result.h"
#include "tools/tool.h"

static cgm_run_opts run_opts(const tool_options *options, const char *base)
{
    return (cgm_run_opts){.base = base,
                          .data_path = options->path,
                          .threads = (int)options->threads,
                          .sink = tool_sink(options),
                          .stop = &tool_stop};
}

cgm_status tool_set_data(cgm_config *config, const char *path)
{
    cgm_arena arena = {0};
    char *full = realpath(path, NULL);
    if (!full) return CGM_FAIL(CGM_E_ARG, "--data: no data at %s: %s", path, strerror(errno));
    const char *text = cgm_yaml_quote(&arena, full);
    if (text) text = cgm_arena_printf(&arena, "data.path=%s", text);
    cgm_status status = text ? cgm_config_set(config, text) : CGM_E_MEMORY;
    free(full);
    cgm_arena_clear(&arena);
    return status;
}

static cgm_status override(cgm_config *config, const tool_options *options)
{
    char seed[64];
    if (options->path) CGM_TRY(tool_set_data(config, options->path));
    for (size_t i = 0; i < options->sets.n; i++) CGM_TRY(cgm_config_set(config, options->sets.text[i]));
    if (options->seed < 0) return CGM_OK;
    snprintf(seed, sizeof seed, "train.seed=%" PRId64, options->seed);
    return cgm_config_set(config, seed);
}

cgm_status tool_load(const char *config_path, const tool_options *options, cgm_config **config, cgm_run **run)
{
    cgm_status status;
    cgm_config *loaded = NULL;
    char *copy = strdup(config_path);
    if (!copy) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a path");
    CGM_TRY_GOTO(cgm_config_load(config_path, &loaded), done);
    CGM_TRY_GOTO(override(loaded, options), done);
    /* The run copies nothing, but uses the directory during its creation only: paths are absolute from then on. */
    cgm_run_opts opts = run_opts(options, dirname(copy));
    opts.data_path = NULL; /* the config says it now */
    CGM_TRY_GOTO(cgm_run_create(loaded, &opts, run), done);
    *config = loaded;
    loaded = NULL;
done:
    cgm_config_destroy(loaded);
    free(copy);
    return status;
}

cgm_status tool_open(const char *path, const tool_options *options, cgm_run **run)
{
    cgm_run_opts opts = run_opts(options, NULL);
    return cgm_run_open(path, &opts, run);
}

cgm_status tool_ask(const tool_options *options, cgm_status (*ask)(cgm_run *run, const tool_options *options))
{
    cgm_run *run = NULL;
    CGM_TRY(tool_result_check(options->out));
    CGM_TRY(tool_open(options->argument[0], options, &run));
    cgm_status status = ask(run, options);
    cgm_run_destroy(run);
    return status;
}

static cgm_status print_plan(cgm_run *run, const tool_options *options)
{
    size_t bytes;
    int part;
    cgm_sink sink = tool_sink(options);
    CGM_TRY(cgm_run_plan(run, &bytes, &part));
    if (part < 0 || bytes < 1000000) return CGM_OK; /* a peak that nobody plans for */
    cgm_sink_log(&sink, CGM_LOG_INFO, "training needs at most %.1f MB of memory besides the data (%s)",
                 (double)bytes / 1e6, cgm_run_part_name(run, (size_t)part));
    return CGM_OK;
}

/* Whether a file can be made at `path`: better now than after the training. */
static cgm_status check_writable(const char *path)
{
    char *copy = strdup(path);
    if (!copy) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a path");
    const char *directory = dirname(copy);
    cgm_status status = CGM_OK;
    if (access(directory, W_OK | X_OK) != 0)
        status = CGM_FAIL(CGM_E_ARG, "%s: cannot write into %s: %s", path, directory, strerror(errno));
    free(copy);
    return status;
}

cgm_status tool_check_target(const char *path, bool resume, const tool_options *options)
{
    struct stat what;
    CGM_TRY(check_writable(path));
    if (stat(path, &what) == 0 && !S_ISREG(what.st_mode))
        return CGM_FAIL(CGM_E_ARG, "%s is not a file: expected the name of a run file", path);
    if (access(path, F_OK) != 0 || options->force || resume) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "%s is there already: --resume goes on with it, --force replaces it", path);
}

cgm_status tool_train(cgm_run *run, const char *path, const tool_options *options)
{
    if (access(path, F_OK) == 0 && !options->force) {
        cgm_status status = cgm_run_resume(run, path);
        if (status == CGM_E_CONFIG)
            return cgm_fail_context(status, "%s was made from another config (--force replaces it)", path);
        CGM_TRY(status);
    }
    CGM_TRY(print_plan(run, options));
    tool_catch_signals();
    CGM_TRY(cgm_run_train(run, path));
    tool_end_line();
    tool_release_signals();
    return CGM_OK;
}

cgm_status tool_query(const tool_options *options, cgm_query_kind kind, cgm_arena *arena, cgm_query *out)
{
    cgm_query query;
    cgm_query_init(&query, kind);
    if (options->dos.n > 0) {
        cgm_do *what = cgm_arena_alloc(arena, sizeof *what);
        if (!what) return CGM_E_MEMORY;
        *what = (cgm_do){options->dos.n, options->dos.text};
        query.dos = what;
        query.n_dos = 1;
    }
    if (options->n >= 0) query.n = (size_t)options->n;
    if (options->seed >= 0) query.seed = (uint64_t)options->seed;
    query.n_rows = options->n_rows;
    query.rows = options->rows;
    query.split = (cgm_split)options->split;
    query.temperature = options->temperature;
    query.pixel_temperature = options->pixel_temperature;
    query.n_measures = options->measures.n;
    query.measures = options->measures.text;
    query.n_judges = options->judges.n;
    query.judges = options->judges.text;
    query.out = options->out;
    query.png = options->png;
    if (options->cycles >= 1) query.cycles = (size_t)options->cycles;
    query.denoise = options->denoise;
    if (options->particles >= 1) query.particles = (size_t)options->particles;
    query.modes = options->modes;
    query.latents = options->latents;
    *out = query;
    return CGM_OK;
}

static void print_figures(const cgm_query *query, const cgm_answer *answer)
{
    const cgm_figure *figure;
    size_t rows, n = cgm_answer_figures(answer, &figure);
    cgm_answer_rows(answer, &rows);
    if (n == 0) return;
    if (query->modes) {
        printf("modes: %.0f of %.0f found, %.1f %% of the samples near one\n", figure[1].value, figure[0].value,
               100 * figure[2].value);
        return;
    }
    printf("mean absolute error over %zu rows", rows);
    if (query->temperature != 1) printf(", temperature %g", query->temperature);
    if (query->pixel_temperature != 1) printf(", pixel temperature %g", query->pixel_temperature);
    printf(":");
    for (size_t i = 0; i < n; i++) {
        bool same = i > 0 && strcmp(figure[i].of, figure[i - 1].of) == 0;
        if (!same) printf("%s %s", i ? ";" : "", figure[i].of);
        printf("%s %s %.3f", same ? "," : "", figure[i].name, figure[i].value);
    }
    printf("\n");
}

/* PATH, or DIRECTORY/PATH when PATH is relative. */
static const char *place(cgm_arena *arena, const char *directory, const char *path)
{
    return directory && path[0] != '/' ? cgm_arena_printf(arena, "%s/%s", directory, path) : path;
}

static void print_written(const cgm_query *query)
{
    if (query->out) printf("wrote %s (%s)\n", query->out, query->kind == CGM_SAMPLE ? "samples" : "counterfactuals");
    if (query->png) printf("wrote %s (picture)\n", query->png);
}

static cgm_status answer_placed(cgm_run *run, const cgm_query *query)
{
    cgm_answer *answer = NULL;
    tool_catch_signals();
    CGM_TRY(cgm_run_answer(run, query, &answer));
    tool_end_line();
    tool_release_signals();
    print_written(query);
    print_figures(query, answer);
    if (cgm_answer_assumptions(answer)) printf("counterfactuals rest on %s\n", cgm_answer_assumptions(answer));
    cgm_answer_destroy(answer);
    return CGM_OK;
}

cgm_status tool_answer(cgm_run *run, const cgm_query *query, const char *directory)
{
    cgm_query placed = *query;
    cgm_arena arena = {0};
    if (query->out) placed.out = place(&arena, directory, query->out);
    if (query->png) placed.png = place(&arena, directory, query->png);
    bool ok = !placed.out == !query->out && !placed.png == !query->png;
    cgm_status status = ok ? answer_placed(run, &placed) : CGM_E_MEMORY;
    cgm_arena_clear(&arena);
    return status;
}
