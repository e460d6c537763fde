/* The diagram in DOT. */
#include <stdio.h>
#include <stdlib.h>

#include "scm/diagram/look.h"
#include "scm/graphs/dag_priv.h"

static const char *const shapes[] = {[CGM_SHAPE_ELLIPSE] = "shape=ellipse",
                                     [CGM_SHAPE_STADIUM] = "shape=box, style=\"filled,rounded\"",
                                     [CGM_SHAPE_BOX] = "shape=box",
                                     [CGM_SHAPE_HEXAGON] = "shape=hexagon",
                                     [CGM_SHAPE_STACK] = "shape=folder"};

/* Quotes and backslashes escaped, without which a name could end the text or begin an escape. */
static void write_escaped(FILE *f, const char *text)
{
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') fputc('\\', f);
        fputc(*text, f);
    }
}

static void write_quoted(FILE *f, const char *text)
{
    fputc('"', f);
    write_escaped(f, text);
    fputc('"', f);
}

static void write_node(const cgm_diagram_state *s, FILE *f, size_t i)
{
    const cgm_diagram_do *on = s->on[i];
    const cgm_diagram_look *look = &cgm_diagram_looks[cgm_diagram_kind_of(s->diagram, i)];
    const char *name = cgm_dag_name(s->diagram->dag, i);
    fputs("  ", f);
    write_quoted(f, name);
    fputs(" [label=\"", f);
    write_escaped(f, name);
    if (on) {
        fputs("\\n", f);
        write_escaped(f, on->text);
    }
    fprintf(f, "\", %s, fillcolor=\"#%06x\"", shapes[look->shape], look->fill);
    if (on) fprintf(f, ", color=\"#%06x\", penwidth=2.5", CGM_INK_DO);
    fputs("];\n", f);
}

static void write_arrow(FILE *f, const char *from, const char *to)
{
    fputs("  ", f);
    write_quoted(f, from);
    fputs(" -> ", f);
    write_quoted(f, to);
}

/* The noise of a node, under a name that no node has. */
static cgm_status write_noise(const cgm_diagram_state *s, FILE *f, size_t i, cgm_arena *arena)
{
    const cgm_dag *dag = s->diagram->dag;
    char *name = cgm_arena_printf(arena, "u(%s)", cgm_dag_name(dag, i));
    while (name && cgm_dag_find(dag, name) >= 0) name = cgm_arena_printf(arena, "%s'", name);
    if (!name) return CGM_E_MEMORY;
    bool cut = cgm_diagram_noise_is_cut(s, i);
    unsigned ink = cut ? CGM_INK_CUT : CGM_INK_NOISE;
    fputs("  ", f);
    write_quoted(f, name);
    fprintf(f, " [label=\"u\", shape=circle, style=solid, width=0.2, margin=0, fontsize=9, color=\"#%06x\"];\n", ink);
    write_arrow(f, name, cgm_dag_name(dag, i));
    fprintf(f, " [color=\"#%06x\", arrowsize=0.6%s];\n", ink, cut ? ", style=dashed" : "");
    return CGM_OK;
}

static void write_edge(const cgm_diagram_state *s, FILE *f, size_t cause, size_t effect)
{
    const cgm_diagram_do *along = cgm_diagram_along(s, cause, effect);
    write_arrow(f, cgm_dag_name(s->diagram->dag, cause), cgm_dag_name(s->diagram->dag, effect));
    if (cgm_diagram_is_cut(s, cause, effect)) {
        fprintf(f, " [style=dashed, color=\"#%06x\"]", CGM_INK_CUT);
    } else if (along) {
        fprintf(f, " [color=\"#%06x\", fontcolor=\"#%06x\", penwidth=2, label=\"", CGM_INK_DO, CGM_INK_DO);
        write_escaped(f, along->text);
        fputs("\"]", f);
    }
    fputs(";\n", f);
}

static void write_hidden(const cgm_diagram_state *s, FILE *f, size_t a, size_t b)
{
    bool cut = cgm_diagram_noise_is_cut(s, a) || cgm_diagram_noise_is_cut(s, b);
    write_arrow(f, cgm_dag_name(s->diagram->dag, a), cgm_dag_name(s->diagram->dag, b));
    fprintf(f, " [dir=both, style=dashed, constraint=false, color=\"#%06x\"];\n", cut ? CGM_INK_CUT : CGM_INK_HIDDEN);
}

static cgm_status write_graph(const cgm_diagram_state *s, FILE *f, cgm_arena *arena)
{
    const cgm_dag *dag = s->diagram->dag;
    fputs("digraph {\n", f);
    if (s->diagram->title) {
        fputs("  label=", f);
        write_quoted(f, s->diagram->title);
        fputs("; labelloc=t;\n", f);
    }
    fputs("  node [style=filled, fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\"];\n", f);
    for (size_t i = 0; i < dag->n; i++) write_node(s, f, i);
    for (size_t e = 0; e < dag->directed.n; e++) write_edge(s, f, dag->directed.pair[e][0], dag->directed.pair[e][1]);
    for (size_t e = 0; e < dag->bidirected.n; e++)
        write_hidden(s, f, dag->bidirected.pair[e][0], dag->bidirected.pair[e][1]);
    for (size_t i = 0; i < dag->n; i++) CGM_TRY(write_noise(s, f, i, arena));
    fputs("}\n", f);
    return CGM_OK;
}

cgm_status cgm_diagram_write_dot(const cgm_diagram *diagram, cgm_arena *arena, const char **out)
{
    cgm_diagram_state s;
    char *text = NULL;
    size_t bytes;
    CGM_TRY(cgm_diagram_prepare(diagram, arena, &s));
    FILE *f = open_memstream(&text, &bytes);
    if (!f) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a graph in DOT");
    cgm_status status = write_graph(&s, f, arena);
    if (fclose(f) != 0 && status == CGM_OK) status = CGM_FAIL(CGM_E_MEMORY, "out of memory for a graph in DOT");
    if (status == CGM_OK) {
        *out = cgm_arena_strdup(arena, text);
        if (!*out) status = CGM_E_MEMORY;
    }
    free(text);
    return status;
}
