/* cgm rerun: makes a run once more from its file alone and compares. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/tool.h"

typedef struct comparison {
    size_t n, different;
} comparison;

static cgm_status compare(void *context, const char *path, bool identical)
{
    comparison *c = context;
    c->n++;
    if (identical) return CGM_OK;
    c->different++;
    tool_end_line();
    printf("different: %s\n", path);
    return CGM_OK;
}

static cgm_status run_again(const tool_options *options, const char *scratch)
{
    comparison c = {0};
    cgm_run_opts opts = {
        .data_path = options->path, .threads = (int)options->threads, .sink = tool_sink(options), .stop = &tool_stop};
    tool_catch_signals();
    cgm_status status = cgm_run_again(options->argument[0], scratch, &opts, compare, &c);
    tool_end_line();
    if (status == CGM_E_INTERRUPTED) return CGM_FAIL(status, "stopped: nothing was compared, and nothing is kept");
    CGM_TRY(status);
    if (c.different > 0) return CGM_FAIL(CGM_E_NUMERIC, "different: %zu of %zu data sets", c.different, c.n);
    printf("identical: %zu data sets\n", c.n);
    return CGM_OK;
}

static cgm_status run_rerun(const tool_options *options)
{
    const char *place = getenv("TMPDIR");
    cgm_arena arena = {0};
    cgm_status status = CGM_E_MEMORY;
    char *directory = cgm_arena_printf(&arena, "%s/cgm-rerun-XXXXXX", place && *place ? place : "/tmp");
    if (!directory) goto done;
    if (!mkdtemp(directory)) {
        status = CGM_FAIL(CGM_E_IO, "%s: cannot make a directory: %s", directory, strerror(errno));
        goto done;
    }
    const char *scratch = cgm_arena_printf(&arena, "%s/run.h5", directory);
    if (scratch) status = run_again(options, scratch);
    if (scratch) unlink(scratch);
    rmdir(directory);
done:
    cgm_arena_clear(&arena);
    return status;
}

static const tool_option takes[] = {{OPT_PATH, NULL}, {OPT_NONE, NULL}};

const tool tool_rerun_row = {
    .name = "rerun",
    .arguments = "RUN",
    .n_arguments = 1,
    .brief = "make the same run again; says whether every data set is bit-identical",
    .doc = "Exit status 0 when all data sets are identical, 1 when one differs. The promise holds for the same build "
           "and CPU type.",
    .options = takes,
    .run = run_rerun,
};
