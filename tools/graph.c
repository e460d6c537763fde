/* cgm graph: a picture of a causal graph. */
#include <stdio.h>
#include <string.h>

#include "tools/graph_file.h"

static cgm_status write_text(const char *path, const char *text)
{
    cgm_atomic *atomic;
    FILE *f;
    if (strcmp(path, "-") == 0) {
        if (fputs(text, stdout) == EOF || fflush(stdout) != 0)
            return CGM_FAIL(CGM_E_IO, "cannot write to standard output");
        return CGM_OK;
    }
    CGM_TRY(cgm_atomic_open(path, &atomic, &f));
    return cgm_atomic_close(atomic, fputs(text, f) != EOF);
}

/* The picture first: should it fail, nothing has been printed. Where DOT goes to standard output, it is alone there. */
static cgm_status write_diagram(const cgm_diagram *diagram, const tool_options *options, cgm_arena *arena)
{
    const char *text;
    bool say = !options->quiet && !(options->dot && strcmp(options->dot, "-") == 0);
    CGM_TRY(cgm_diagram_write_dot(diagram, arena, &text));
    if (options->png) CGM_TRY(cgm_diagram_write_png(diagram, options->png));
    if (options->dot) CGM_TRY(write_text(options->dot, text));
    if (say && options->png) printf("wrote %s\n", options->png);
    if (say && options->dot) printf("wrote %s\n", options->dot);
    return CGM_OK;
}

static cgm_status run_graph(const tool_options *options)
{
    tool_graph g;
    if (!options->png && !options->dot)
        return CGM_FAIL(CGM_E_ARG, "graph: expected --png FILE.png, --dot FILE or --dot - for standard output");
    CGM_TRY(tool_graph_open(options->argument[0], options, &g));
    const char *slash = strrchr(options->argument[0], '/');
    cgm_diagram diagram = {.dag = g.dag, .kind = g.kind, .title = slash ? slash + 1 : options->argument[0]};
    cgm_status status =
        cgm_diagram_read_dos(g.dag, options->dos.n, options->dos.text, &g.arena, &diagram.n_do, &diagram.interventions);
    if (status == CGM_OK) status = write_diagram(&diagram, options, &g.arena);
    tool_graph_close(&g);
    return status;
}

static const tool_option takes[] = {
    {OPT_PNG, NULL},
    {OPT_DOT, NULL},
    {OPT_DO, "show this intervention: NAME=VALUE, or PARENT->CHILD=VALUE along one arrow; may be given again"},
    {OPT_NONE, NULL}};

const tool tool_graph_row = {
    .name = "graph",
    .arguments = "GRAPH",
    .n_arguments = 1,
    .brief = "a picture of a causal graph, also under interventions",
    .doc =
        "GRAPH is a config, a run file or a discrete network (.bif). The picture has causes above effects, and "
        "a legend: shapes and colours tell kinds of variable, u is a variable's own exogenous noise, dashed arcs are "
        "hidden common causes, and an intervention cuts the arrows into what it sets.",
    .options = takes,
    .run = run_graph,
};
