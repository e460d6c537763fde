/* cgm run: trains what is not trained, answers the queries, draws the pictures. */
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/tool.h"

/* Makes a directory and what it lies in. */
static cgm_status make_directory(cgm_arena *arena, const char *path)
{
    char *copy = cgm_arena_strdup(arena, path);
    if (!copy) return CGM_E_MEMORY;
    for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, 0777) != 0 && errno != EEXIST)
            return CGM_FAIL(CGM_E_ARG, "%s: cannot make the directory: %s", copy, strerror(errno));
        *slash = '/';
    }
    struct stat what;
    if (mkdir(copy, 0777) != 0 && (errno != EEXIST || stat(copy, &what) != 0 || !S_ISDIR(what.st_mode)))
        return CGM_FAIL(CGM_E_ARG, "%s: cannot make the directory: %s", copy, strerror(errno));
    return CGM_OK;
}

/* The name of the config without its ending: where "cgm run thick.yaml" writes. */
static const char *default_directory(cgm_arena *arena, const char *config_path)
{
    char *copy = cgm_arena_strdup(arena, config_path);
    if (!copy) return NULL;
    char *name = basename(copy), *dot = strrchr(name, '.');
    if (dot && dot != name) *dot = '\0';
    return name;
}

/* An item of `queries`: one of the library's, or a subcommand. */
typedef struct item {
    bool is_command;
    cgm_query query;
    tool_command_query command;
} item;

typedef struct items {
    size_t n;
    item *item;
} items;

static void items_clear(items *list)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->item[i].is_command) tool_options_clear(&list->item[i].command.options);
}

static cgm_status read_item(cgm_run *run, const cgm_yaml *node, const char *directory, cgm_arena *arena, item *out)
{
    if (tool_is_command_query(node)) {
        CGM_TRY(tool_command_query_read(node, directory, arena, &out->command));
        out->is_command = true;
        cgm_status status = tool_command_query_check(&out->command, run);
        if (status != CGM_OK) tool_options_clear(&out->command.options);
        return status;
    }
    CGM_TRY(tool_check_query_word(node));
    CGM_TRY(cgm_query_read(node, arena, &out->query));
    cgm_status status = cgm_run_check_query(run, &out->query);
    return status == CGM_OK ? CGM_OK : cgm_fail_context(status, "%s", cgm_yaml_where(node));
}

static cgm_status read_items(cgm_run *run, const char *directory, cgm_arena *arena, items *list)
{
    const cgm_yaml *nodes = cgm_run_queries(run);
    size_t n = nodes ? cgm_yaml_count(nodes) : 0;
    list->item = cgm_arena_array(arena, n + 1, sizeof *list->item);
    if (!list->item) return CGM_E_MEMORY;
    for (; list->n < n; list->n++)
        CGM_TRY(read_item(run, cgm_yaml_at(nodes, list->n), directory, arena, &list->item[list->n]));
    return CGM_OK;
}

static cgm_status run_all(cgm_run *run, const tool_options *options, cgm_arena *arena, items *list)
{
    const char *directory = options->out ? options->out : default_directory(arena, options->argument[0]);
    const char *path = directory ? cgm_arena_printf(arena, "%s/run.h5", directory) : NULL;
    if (!path) return CGM_E_MEMORY;
    CGM_TRY(read_items(run, directory, arena, list));
    CGM_TRY(make_directory(arena, directory));
    CGM_TRY(tool_check_target(path, true, options));
    CGM_TRY(tool_train(run, path, options));
    printf("wrote %s (model)\n", path);
    for (size_t i = 0; i < list->n; i++) {
        const item *x = &list->item[i];
        CGM_TRY(x->is_command ? tool_command_query_run(&x->command, options) : tool_answer(run, &x->query, directory));
    }
    return CGM_OK;
}

static cgm_status run_run(const tool_options *options)
{
    cgm_config *config = NULL;
    cgm_run *run = NULL;
    cgm_arena arena = {0};
    items list = {0};
    CGM_TRY(tool_load(options->argument[0], options, &config, &run));
    cgm_status status = run_all(run, options, &arena, &list);
    items_clear(&list);
    cgm_run_destroy(run);
    cgm_config_destroy(config);
    cgm_arena_clear(&arena);
    return status;
}

static const tool_option takes[] = {{OPT_OUT, "directory to write into (the config's name)"},
                                    {OPT_FORCE, "train anew though a run is there"},
                                    {OPT_PATH, NULL},
                                    {OPT_SET, NULL},
                                    {OPT_SEED, "as --set train.seed=N"},
                                    {OPT_NONE, NULL}};

const tool tool_run_row = {
    .name = "run",
    .arguments = "CONFIG",
    .n_arguments = 1,
    .brief = "train, answer the queries, draw the pictures: all that a config says",
    .doc = "Writes run.h5 and what the queries name into the directory. A run that is there is gone on with, or, when "
           "it is "
           "finished, used as it is.",
    .options = takes,
    .run = run_run,
    .print_more = tool_print_config_keys,
};
