/* cgm: the command. Finds the subcommand and runs it; every failure is one line on stderr and exit status 2 for the
 * user's mistakes, else 1. */
#include <stdio.h>
#include <string.h>

#include "tools/tool.h"

#define TOOL_ROW(name) &tool_##name##_row,
static const tool *const tools[] = {TOOL_TABLE(TOOL_ROW)};
#undef TOOL_ROW
#define N_TOOLS (sizeof tools / sizeof *tools)

static void print_overview(void)
{
    printf("Usage: cgm SUBCOMMAND [OPTION...] ARGUMENT...\n"
           "Causal generative modelling: from a config to trained mechanisms and counterfactual images.\n\n");
    for (size_t i = 0; i < N_TOOLS; i++) {
        char usage[64];
        snprintf(usage, sizeof usage, "%s %s", tools[i]->name, tools[i]->arguments);
        printf("  cgm %-26s %s\n", usage, tools[i]->brief);
    }
    printf("\n  -?, --help                     this help; after a subcommand: its own\n"
           "  -V, --version                  the version\n"
           "      --completion [SUBCOMMAND]  the words that can follow, for shells\n\n"
           "Exit status: 0 when all went well, 2 for a mistake in the command, config or files given, 1 for anything "
           "else.\n");
}

static int report(cgm_status status)
{
    if (status == CGM_OK) return 0;
    fprintf(stderr, "cgm: %s\n", cgm_error_message());
    return cgm_status_is_user(status) ? 2 : 1;
}

/* "data" or "make" of "data make"; the whole name when it is one word. */
static size_t first_word(const char *name)
{
    return strcspn(name, " ");
}

static const tool *find_tool(int argc, char **argv, int *words)
{
    for (size_t i = 0; i < N_TOOLS; i++) {
        const char *name = tools[i]->name;
        size_t length = first_word(name);
        if (argc < 2 || strlen(argv[1]) != length || strncmp(argv[1], name, length) != 0) continue;
        *words = name[length] ? 2 : 1;
        if (!name[length] || (argc > 2 && strcmp(argv[2], name + length + 1) == 0)) return tools[i];
    }
    return NULL;
}

/* No tool of that name: says which is near. A group's own name ("data") lists its members. */
static int unknown_tool(int argc, char **argv)
{
    const char *candidates[N_TOOLS];
    const char *word = argv[1];
    size_t n = 0;
    for (size_t i = 0; i < N_TOOLS; i++) {
        const char *name = tools[i]->name;
        size_t length = first_word(name);
        bool group = name[length] && strlen(word) == length && strncmp(word, name, length) == 0;
        if (group) candidates[n++] = name + length + 1;
    }
    if (n > 0 && argc > 2 && (strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-?") == 0)) {
        for (size_t i = 0; i < N_TOOLS; i++)
            if (strncmp(tools[i]->name, word, strlen(word)) == 0) tool_print_help(tools[i]);
        return 0;
    }
    if (n > 0 && argc > 2) {
        const char *near = cgm_nearest_word(argv[2], n, candidates);
        return report(CGM_FAIL(CGM_E_ARG, "unknown subcommand \"%s %s\"; did you mean \"%s %s\"?", word, argv[2], word,
                               near ? near : candidates[0]));
    }
    if (n > 0)
        return report(CGM_FAIL(CGM_E_ARG, "%s: expected a subcommand, as in \"cgm %s %s\"", word, word, candidates[0]));
    for (size_t i = 0; i < N_TOOLS; i++) candidates[n++] = tools[i]->name;
    const char *near = cgm_nearest_word(word, n, candidates);
    if (near) return report(CGM_FAIL(CGM_E_ARG, "unknown subcommand \"%s\"; did you mean \"%s\"?", word, near));
    return report(CGM_FAIL(CGM_E_ARG, "unknown subcommand \"%s\"; cgm --help lists them", word));
}

/* The words that can follow "cgm" or "cgm SUBCOMMAND", one a line. */
static int print_completion(int argc, char **argv)
{
    int words = 0;
    const tool *t = find_tool(argc - 1, argv + 1, &words);
    if (t) tool_print_words(t);
    for (size_t i = 0; !t && i < N_TOOLS; i++) {
        const char *name = tools[i]->name;
        size_t length = first_word(name);
        bool seen = i > 0 && strncmp(tools[i - 1]->name, name, length + 1) == 0;
        if (argc == 2 && !seen) printf("%.*s\n", (int)length, name);
        if (argc > 2 && name[length] && strncmp(argv[2], name, length + 1) == 0) printf("%s\n", name + length + 1);
        if (argc > 2 && name[length] && strlen(argv[2]) == length && strncmp(argv[2], name, length) == 0)
            printf("%s\n", name + length + 1);
    }
    return 0;
}

static int run_tool(const tool *t, int argc, char **argv)
{
    tool_options options;
    tool_options_read(t, argc, argv, &options);
    cgm_status status = options.status;
    if (status == CGM_OK && options.help)
        tool_print_help(t);
    else if (status == CGM_OK && options.version)
        printf("cgm %s\n", cgm_version());
    else if (status == CGM_OK)
        status = t->run(&options);
    tool_end_line();
    int result = report(status);
    tool_options_clear(&options);
    return result;
}

static int dispatch(int argc, char **argv)
{
    int words = 0;
    if (argc < 2) return report(CGM_FAIL(CGM_E_ARG, "expected a subcommand; cgm --help lists them"));
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-?") == 0) return print_overview(), 0;
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) return printf("cgm %s\n", cgm_version()), 0;
    if (strcmp(argv[1], "--completion") == 0) return print_completion(argc, argv);
    const tool *t = find_tool(argc, argv, &words);
    return t ? run_tool(t, argc - words, argv + words) : unknown_tool(argc, argv);
}

int main(int argc, char **argv)
{
    int result = dispatch(argc, argv);
    /* What was printed may not have reached its place: a full disk is an error too. */
    if (fflush(stdout) != 0 && result == 0) {
        fprintf(stderr, "cgm: cannot write to standard output\n");
        return 1;
    }
    return result;
}
