/* Layers: each node's, and the bends of edges in the layers between. */
#include "scm/diagram/layout.h"

enum { PASSES = 16 };

/* Neighbours by directed edges: those of node i are node[begin[i]..begin[i + 1]). */
typedef struct neighbours {
    size_t *begin, *node;
} neighbours;

static cgm_status list_neighbours(const cgm_layout *l, bool children, cgm_arena *arena, neighbours *out)
{
    out->begin = cgm_arena_array(arena, l->n + 2, sizeof *out->begin);
    out->node = cgm_arena_array(arena, l->n_edges + 1, sizeof *out->node);
    if (!out->begin || !out->node) return CGM_E_MEMORY;
    for (size_t e = 0; e < l->n_edges; e++)
        if (l->edge[e].directed) out->begin[(children ? l->edge[e].from : l->edge[e].to) + 2]++;
    for (size_t i = 1; i <= l->n; i++) out->begin[i + 1] += out->begin[i];
    for (size_t e = 0; e < l->n_edges; e++) {
        const cgm_layout_edge *edge = &l->edge[e];
        if (!edge->directed) continue;
        out->node[out->begin[(children ? edge->from : edge->to) + 1]++] = children ? edge->to : edge->from;
    }
    return CGM_OK;
}

/* Moves node i within what its neighbours leave it, towards the side where it has more of them, which makes the edges
 * shorter in all. */
static bool shorten(const neighbours *parents, const neighbours *children, size_t i, size_t *layer)
{
    size_t low = 0, high = SIZE_MAX, above = parents->begin[i + 1] - parents->begin[i];
    size_t below = children->begin[i + 1] - children->begin[i], before = layer[i];
    for (size_t k = parents->begin[i]; k < parents->begin[i + 1]; k++)
        if (low < layer[parents->node[k]] + 1) low = layer[parents->node[k]] + 1;
    for (size_t k = children->begin[i]; k < children->begin[i + 1]; k++)
        if (high > layer[children->node[k]] - 1) high = layer[children->node[k]] - 1;
    if (below > above) layer[i] = high;
    if (below < above) layer[i] = low;
    return layer[i] != before;
}

static cgm_status choose_layers(const cgm_layout *l, cgm_arena *arena, size_t *layer)
{
    neighbours parents, children;
    CGM_TRY(list_neighbours(l, false, arena, &parents));
    CGM_TRY(list_neighbours(l, true, arena, &children));
    for (size_t k = 0; k < l->n; k++) {
        size_t i = l->order[k];
        for (size_t c = children.begin[i]; c < children.begin[i + 1]; c++)
            if (layer[children.node[c]] < layer[i] + 1) layer[children.node[c]] = layer[i] + 1;
    }
    bool moved = true;
    for (int pass = 0; moved && pass < PASSES; pass++) {
        moved = false;
        for (size_t k = l->n; k-- > 0;) moved |= shorten(&parents, &children, l->order[k], layer);
    }
    return CGM_OK;
}

/* How many bends an edge has. One between nodes of the same layer goes through the layer above. */
static size_t count_bends(const cgm_layout_edge *e, const size_t *layer)
{
    size_t a = layer[e->from], b = layer[e->to];
    return a == b ? 1 : (a < b ? b - a : a - b) - 1;
}

/* The points of an edge in order; new ones are numbered from *next on. */
static cgm_status bend_edge(cgm_layout *l, cgm_arena *arena, cgm_layout_edge *e, const size_t *layer, size_t *next)
{
    size_t n = count_bends(e, layer), *point = cgm_arena_array(arena, n + 2, sizeof *point);
    if (!point) return CGM_E_MEMORY;
    point[0] = e->from;
    point[n + 1] = e->to;
    for (size_t k = 1; k <= n; k++) {
        cgm_layout_point *bend = &l->point[*next];
        point[k] = (*next)++;
        bend->layer = layer[e->from] < layer[e->to] ? layer[e->from] + k : layer[e->from] - k;
    }
    if (n) { /* what is written on it stands at the bend nearest to its end */
        cgm_layout_point *last = &l->point[point[n]];
        last->left = last->right = e->label_width / 2;
        last->height = e->label_height;
    }
    e->n_points = n + 2;
    e->point = point;
    return CGM_OK;
}

static cgm_status make_points(cgm_layout *l, cgm_arena *arena, const size_t *layer)
{
    l->n_points = l->n;
    for (size_t e = 0; e < l->n_edges; e++) l->n_points += count_bends(&l->edge[e], layer);
    l->point = cgm_arena_array(arena, l->n_points + 1, sizeof *l->point);
    if (!l->point) return CGM_E_MEMORY;
    for (size_t i = 0; i < l->n; i++) {
        l->point[i] = l->node[i];
        l->point[i].layer = layer[i];
    }
    size_t next = l->n;
    for (size_t e = 0; e < l->n_edges; e++) CGM_TRY(bend_edge(l, arena, &l->edge[e], layer, &next));
    return CGM_OK;
}

/* Adds the neighbours of the points, or counts them into begin[i + 2] where there is no array yet. */
static void each_link(const cgm_layout *l, size_t *up_begin, size_t *up, size_t *down_begin, size_t *down)
{
    for (size_t e = 0; e < l->n_edges; e++) {
        const cgm_layout_edge *edge = &l->edge[e];
        for (size_t k = 0; k + 1 < edge->n_points; k++) {
            size_t a = edge->point[k], b = edge->point[k + 1];
            if (l->point[a].layer > l->point[b].layer) {
                size_t swap = a;
                a = b;
                b = swap;
            }
            if (!up) {
                down_begin[a + 2]++;
                up_begin[b + 2]++;
            } else {
                down[down_begin[a + 1]++] = b;
                up[up_begin[b + 1]++] = a;
            }
        }
    }
}

static cgm_status link_points(cgm_layout *l, cgm_arena *arena)
{
    l->up_begin = cgm_arena_array(arena, l->n_points + 2, sizeof *l->up_begin);
    l->down_begin = cgm_arena_array(arena, l->n_points + 2, sizeof *l->down_begin);
    if (!l->up_begin || !l->down_begin) return CGM_E_MEMORY;
    each_link(l, l->up_begin, NULL, l->down_begin, NULL);
    size_t links = 0;
    for (size_t i = 0; i < l->n_points; i++) links += l->down_begin[i + 2];
    for (size_t i = 1; i <= l->n_points; i++) {
        l->up_begin[i + 1] += l->up_begin[i];
        l->down_begin[i + 1] += l->down_begin[i];
    }
    l->up = cgm_arena_array(arena, links + 1, sizeof *l->up);
    l->down = cgm_arena_array(arena, links + 1, sizeof *l->down);
    if (!l->up || !l->down) return CGM_E_MEMORY;
    each_link(l, l->up_begin, l->up, l->down_begin, l->down);
    return CGM_OK;
}

static cgm_status make_layers(cgm_layout *l, cgm_arena *arena)
{
    for (size_t i = 0; i < l->n_points; i++)
        if (l->point[i].layer >= l->n_layers) l->n_layers = l->point[i].layer + 1;
    l->layer = cgm_arena_array(arena, l->n_layers + 1, sizeof *l->layer);
    if (!l->layer) return CGM_E_MEMORY;
    for (size_t i = 0; i < l->n_points; i++) l->layer[l->point[i].layer].n++;
    for (size_t k = 0; k < l->n_layers; k++) {
        l->layer[k].point = cgm_arena_array(arena, l->layer[k].n + 1, sizeof *l->layer[k].point);
        if (!l->layer[k].point) return CGM_E_MEMORY;
    }
    return CGM_OK;
}

cgm_status cgm_layout_rank(cgm_layout *l, cgm_arena *arena)
{
    size_t *layer = cgm_arena_array(arena, l->n + 1, sizeof *layer);
    if (!layer) return CGM_E_MEMORY;
    CGM_TRY(choose_layers(l, arena, layer));
    for (size_t e = 0; e < l->n_edges; e++) l->fine |= !l->edge[e].directed || l->edge[e].label_width > 0;
    for (size_t i = 0; l->fine && i < l->n; i++) layer[i] = 2 * layer[i] + 1;
    CGM_TRY(make_points(l, arena, layer));
    CGM_TRY(link_points(l, arena));
    return make_layers(l, arena);
}

cgm_status cgm_layout_find(cgm_layout *l, cgm_arena *arena)
{
    CGM_TRY(cgm_layout_rank(l, arena));
    CGM_TRY(cgm_layout_sort(l, arena));
    return cgm_layout_place(l, arena);
}
