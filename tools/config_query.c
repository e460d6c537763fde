/* Items of a config's `queries` that are subcommands on the run: {effect: {treatment: t, outcome: y, bootstrap: 1000}}
 * is `cgm effect DIRECTORY/run.h5 --treatment=t --outcome=y --bootstrap=1000`, so that their keys are its options and
 * nothing is said twice. */
#include <string.h>

#include "tools/tool.h"

static const tool *const askable[] = {&tool_effect_row,   &tool_mediate_row,    &tool_logprob_row, &tool_query_row,
                                      &tool_check_row,    &tool_predictors_row, &tool_explain_row, &tool_realism_row,
                                      &tool_evaluate_row, &tool_attack_row,     &tool_embed_row,   &tool_report_row};
enum { N_ASKABLE = sizeof askable / sizeof *askable };

static const tool *find(const char *name)
{
    for (size_t k = 0; k < N_ASKABLE; k++)
        if (strcmp(askable[k]->name, name) == 0) return askable[k];
    return NULL;
}

/* --do=NAME=VALUE for each item of {NAME: VALUE, ...}. */
static cgm_status add_do(cgm_arena *arena, const cgm_yaml *map, size_t *n, char **words)
{
    for (size_t i = 0; i < cgm_yaml_count(map); i++) {
        const cgm_yaml *value = cgm_yaml_at(map, i);
        if (cgm_yaml_get_kind(value) != CGM_YAML_SCALAR)
            return cgm_yaml_fail(value, "do.%s: expected a value such as 3.5, +=2 or permuted", cgm_yaml_key(map, i));
        const char *text = cgm_do_text(arena, cgm_yaml_key(map, i), cgm_yaml_text(value));
        words[*n] = text ? cgm_arena_printf(arena, "--do=%s", text) : NULL;
        if (!words[(*n)++]) return CGM_E_MEMORY;
    }
    return CGM_OK;
}

/* --key=text; --key for true, nothing for false. */
static cgm_status add_word(cgm_arena *arena, const char *key, const cgm_yaml *value, size_t *n, char **words)
{
    if (cgm_yaml_get_kind(value) != CGM_YAML_SCALAR)
        return cgm_yaml_fail(value, "%s: expected a value, or a list of values", key);
    const char *text = cgm_yaml_text(value);
    if (strcmp(text, "false") == 0) return CGM_OK;
    bool flag = strcmp(text, "true") == 0;
    words[*n] = cgm_arena_printf(arena, "--%s%s%s", key, flag ? "" : "=", flag ? "" : text);
    return words[(*n)++] ? CGM_OK : CGM_E_MEMORY;
}

static cgm_status make_words(const tool *t, const cgm_yaml *map, const char *path, cgm_arena *arena, int *argc,
                             char ***argv)
{
    size_t room = 3, n = 0;
    for (size_t i = 0; i < cgm_yaml_count(map); i++) {
        const cgm_yaml *value = cgm_yaml_at(map, i);
        room += cgm_yaml_get_kind(value) == CGM_YAML_SCALAR ? 1 : cgm_yaml_count(value);
    }
    char **words = cgm_arena_array(arena, room, sizeof *words);
    if (!words) return CGM_E_MEMORY;
    words[n++] = cgm_arena_strdup(arena, t->name);
    words[n++] = cgm_arena_strdup(arena, path);
    if (!words[0] || !words[1]) return CGM_E_MEMORY;
    for (size_t i = 0; i < cgm_yaml_count(map); i++) {
        const cgm_yaml *value = cgm_yaml_at(map, i);
        const char *key = cgm_yaml_key(map, i);
        bool list = cgm_yaml_get_kind(value) == CGM_YAML_LIST, map_of = cgm_yaml_get_kind(value) == CGM_YAML_MAP;
        if (map_of && strcmp(key, "do") == 0) {
            CGM_TRY(add_do(arena, value, &n, words));
            continue;
        }
        for (size_t k = 0; k < (list ? cgm_yaml_count(value) : 1); k++)
            CGM_TRY(add_word(arena, key, list ? cgm_yaml_at(value, k) : value, &n, words));
    }
    *argc = (int)n;
    *argv = words;
    return CGM_OK;
}

/* Relative files are the directory's. */
static cgm_status place(cgm_arena *arena, const char *directory, const char **path)
{
    if (!*path || **path == '/') return CGM_OK;
    *path = cgm_arena_printf(arena, "%s/%s", directory, *path);
    return *path ? CGM_OK : CGM_E_MEMORY;
}

static cgm_status read_options(const tool *t, int argc, char **argv, const char *directory, cgm_arena *arena,
                               tool_options *out)
{
    tool_options_read(t, argc, argv, out);
    CGM_TRY(out->status);
    if (out->help || out->version)
        return CGM_FAIL(CGM_E_ARG, "--help and --version are for the command line, not for queries");
    CGM_TRY(place(arena, directory, &out->out));
    CGM_TRY(place(arena, directory, &out->mean_png));
    for (size_t k = 0; k < out->withs.n; k++) CGM_TRY(place(arena, directory, &out->withs.text[k]));
    return place(arena, directory, &out->png);
}

bool tool_is_command_query(const cgm_yaml *item)
{
    bool one = cgm_yaml_get_kind(item) == CGM_YAML_MAP && cgm_yaml_count(item) == 1;
    return one && find(cgm_yaml_key(item, 0));
}

cgm_status tool_check_query_word(const cgm_yaml *item)
{
    const char *words[N_ASKABLE + 2] = {"counterfactual", "sample"};
    if (cgm_yaml_get_kind(item) != CGM_YAML_MAP || cgm_yaml_count(item) != 1)
        return CGM_OK; /* cgm_query_read says so */
    const char *key = cgm_yaml_key(item, 0);
    for (size_t k = 0; k < N_ASKABLE; k++) words[k + 2] = askable[k]->name;
    for (size_t k = 0; k < N_ASKABLE + 2; k++)
        if (strcmp(words[k], key) == 0) return CGM_OK;
    const char *near = cgm_nearest_word(key, N_ASKABLE + 2, words);
    if (near) return cgm_yaml_fail(item, "%s: unknown query; did you mean \"%s\"?", key, near);
    return cgm_yaml_fail(
        item,
        "%s: unknown query; expected counterfactual, sample, effect, mediate, logprob, query, check, predictors, "
        "explain, realism, evaluate, attack, embed or report",
        key);
}

/* Where it is in the config, before what a subcommand says. */
static cgm_status in_context(const tool_command_query *query, cgm_status status)
{
    return cgm_fail_context(status, "%s: %s", cgm_yaml_where(query->where), query->tool->name);
}

cgm_status tool_command_query_read(const cgm_yaml *item, const char *directory, cgm_arena *arena,
                                   tool_command_query *out)
{
    const cgm_yaml *map = cgm_yaml_at(item, 0);
    const tool *t = find(cgm_yaml_key(item, 0));
    const char *path = cgm_arena_printf(arena, "%s/run.h5", directory);
    int argc;
    char **argv;
    if (!path) return CGM_E_MEMORY;
    if (cgm_yaml_get_kind(map) != CGM_YAML_MAP)
        return cgm_yaml_fail(map, "%s: expected a map of the options of cgm %s", t->name, t->name);
    CGM_TRY(make_words(t, map, path, arena, &argc, &argv));
    *out = (tool_command_query){.tool = t, .where = map};
    cgm_status status = read_options(t, argc, argv, directory, arena, &out->options);
    if (status == CGM_OK) return CGM_OK;
    tool_options_clear(&out->options);
    return in_context(out, status);
}

cgm_status tool_command_query_check(const tool_command_query *query, cgm_run *run)
{
    if (!query->tool->check) return CGM_OK;
    cgm_status status = query->tool->check(run, &query->options);
    return status == CGM_OK ? CGM_OK : in_context(query, status);
}

cgm_status tool_command_query_run(const tool_command_query *query, const tool_options *options)
{
    tool_options asked = query->options;
    if (asked.threads == 0) asked.threads = options->threads;
    asked.quiet = asked.quiet || options->quiet;
    cgm_status status = query->tool->run(&asked);
    return status == CGM_OK ? CGM_OK : in_context(query, status);
}
