/* Walks over a view of a graph. */
#include "scm/graphs/view.h"

bool cgm_view_has_node(const cgm_view *g, size_t i)
{
    return !g->within || cgm_set_has(g->within, i);
}

bool cgm_view_has_edge(const cgm_view *g, size_t cause, size_t effect)
{
    if (!cgm_view_has_node(g, cause) || !cgm_view_has_node(g, effect)) return false;
    if (g->no_in && cgm_set_has(g->no_in, effect)) return false;
    if (g->no_out && cgm_set_has(g->no_out, cause)) return false;
    return !(g->cut_from && cgm_set_has(g->cut_from, cause) && cgm_set_has(g->cut_to, effect));
}

bool cgm_view_has_hidden(const cgm_view *g, size_t a, size_t b)
{
    if (!cgm_view_has_node(g, a) || !cgm_view_has_node(g, b)) return false;
    return !(g->no_in && (cgm_set_has(g->no_in, a) || cgm_set_has(g->no_in, b)));
}

static void restrict_to_view(const cgm_view *g, const uint64_t *of, uint64_t *out)
{
    cgm_set_copy(g->dag->words, out, of);
    if (g->within) cgm_set_intersect(g->dag->words, out, g->within);
}

void cgm_view_ancestors(const cgm_view *g, const uint64_t *of, uint64_t *out)
{
    const cgm_dag_lists *parents = &g->dag->parents;
    restrict_to_view(g, of, out);
    for (size_t k = g->dag->n; k-- > 0;) {
        size_t i = g->dag->order[k];
        if (!cgm_set_has(out, i)) continue;
        for (size_t e = parents->begin[i]; e < parents->begin[i + 1]; e++)
            if (cgm_view_has_edge(g, parents->node[e], i)) cgm_set_add(out, parents->node[e]);
    }
}

void cgm_view_descendants(const cgm_view *g, const uint64_t *of, uint64_t *out)
{
    const cgm_dag_lists *children = &g->dag->children;
    restrict_to_view(g, of, out);
    for (size_t k = 0; k < g->dag->n; k++) {
        size_t i = g->dag->order[k];
        if (!cgm_set_has(out, i)) continue;
        for (size_t e = children->begin[i]; e < children->begin[i + 1]; e++)
            if (cgm_view_has_edge(g, i, children->node[e])) cgm_set_add(out, children->node[e]);
    }
}

void cgm_view_parents(const cgm_view *g, const uint64_t *of, uint64_t *out)
{
    const cgm_dag_lists *parents = &g->dag->parents;
    cgm_set_clear(g->dag->words, out);
    CGM_SET_EACH(i, g->dag->words, of)
    for (size_t e = parents->begin[i]; e < parents->begin[i + 1]; e++)
        if (cgm_view_has_edge(g, parents->node[e], i)) cgm_set_add(out, parents->node[e]);
    cgm_set_subtract(g->dag->words, out, of);
}

/* Takes the first node out of a set; false when it is empty. */
static bool pop(size_t words, uint64_t *set, size_t *node)
{
    *node = cgm_set_next(words, set, 0);
    if (*node >= 64 * words) return false;
    cgm_set_remove(set, *node);
    return true;
}

void cgm_view_district(const cgm_view *g, size_t node, uint64_t *out)
{
    const cgm_dag_lists *siblings = &g->dag->siblings;
    uint64_t pending[CGM_SET_WORDS];
    size_t words = g->dag->words, i;
    cgm_set_clear(words, pending);
    cgm_set_clear(words, out);
    cgm_set_add(pending, node);
    cgm_set_add(out, node);
    while (pop(words, pending, &i)) {
        for (size_t e = siblings->begin[i]; e < siblings->begin[i + 1]; e++) {
            size_t j = siblings->node[e];
            if (cgm_set_has(out, j) || !cgm_view_has_hidden(g, i, j)) continue;
            cgm_set_add(out, j);
            cgm_set_add(pending, j);
        }
    }
}

/* Nodes reached, and nodes reached but not yet left, by the mark that the walk's last edge has there. */
typedef struct ball {
    const cgm_view *g;
    size_t words;
    uint64_t at_head[CGM_SET_WORDS], at_tail[CGM_SET_WORDS], new_head[CGM_SET_WORDS], new_tail[CGM_SET_WORDS];
} ball;

static void reach(uint64_t *reached, uint64_t *pending, size_t node)
{
    if (cgm_set_has(reached, node)) return;
    cgm_set_add(reached, node);
    cgm_set_add(pending, node);
}

/* On along the edges that have an arrowhead at i. */
static void leave_by_head(ball *b, size_t i)
{
    const cgm_dag *dag = b->g->dag;
    for (size_t e = dag->parents.begin[i]; e < dag->parents.begin[i + 1]; e++)
        if (cgm_view_has_edge(b->g, dag->parents.node[e], i)) reach(b->at_tail, b->new_tail, dag->parents.node[e]);
    for (size_t e = dag->siblings.begin[i]; e < dag->siblings.begin[i + 1]; e++)
        if (cgm_view_has_hidden(b->g, i, dag->siblings.node[e])) reach(b->at_head, b->new_head, dag->siblings.node[e]);
}

static void leave_by_tail(ball *b, size_t i)
{
    const cgm_dag *dag = b->g->dag;
    for (size_t e = dag->children.begin[i]; e < dag->children.begin[i + 1]; e++)
        if (cgm_view_has_edge(b->g, i, dag->children.node[e])) reach(b->at_head, b->new_head, dag->children.node[e]);
}

void cgm_view_connected(const cgm_view *g, const uint64_t *x, const uint64_t *z, uint64_t *out)
{
    ball b = {.g = g, .words = g->dag->words};
    uint64_t above[CGM_SET_WORDS] = {0};
    size_t i;
    if (z) cgm_view_ancestors(g, z, above);
    restrict_to_view(g, x, b.at_tail);
    cgm_set_copy(b.words, b.new_tail, b.at_tail);
    for (;;) {
        if (pop(b.words, b.new_tail, &i)) {
            if (z && cgm_set_has(z, i)) continue;
            leave_by_head(&b, i);
            leave_by_tail(&b, i);
        } else if (pop(b.words, b.new_head, &i)) {
            if (cgm_set_has(above, i)) leave_by_head(&b, i); /* a collider */
            if (!z || !cgm_set_has(z, i)) leave_by_tail(&b, i);
        } else {
            break;
        }
    }
    cgm_set_copy(b.words, out, b.at_head);
    cgm_set_unite(b.words, out, b.at_tail);
}

bool cgm_view_separates(const cgm_view *g, const uint64_t *x, const uint64_t *y, const uint64_t *z)
{
    uint64_t connected[CGM_SET_WORDS];
    cgm_view_connected(g, x, z, connected);
    return !cgm_set_meets(g->dag->words, connected, y);
}

void cgm_view_causal_nodes(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, uint64_t *out)
{
    uint64_t below[CGM_SET_WORDS];
    const cgm_view without_in = {.dag = dag, .no_in = x}, without_out = {.dag = dag, .no_out = x};
    cgm_view_descendants(&without_in, x, below);
    cgm_view_ancestors(&without_out, y, out);
    cgm_set_intersect(dag->words, out, below);
    cgm_set_subtract(dag->words, out, x);
}
