#include <string.h>

#include "graph/op.h"

/* Held in the attributes: the map's address, and whether it is turned round. */
static const cgm_linear_map *map_of(const cgm_attr *attr)
{
    const cgm_linear_map *map;
    memcpy(&map, &attr->i[0], sizeof map);
    return map;
}

static bool shape_rule(size_t n_in, const cgm_shape *in, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY])
{
    char a[CGM_SHAPE_TEXT], b[CGM_SHAPE_TEXT];
    const cgm_linear_map *map = map_of(attr);
    cgm_shape takes = attr->i[1] ? map->range : map->domain;
    (void)n_in;
    *out = attr->i[1] ? map->domain : map->range;
    if (cgm_shape_equal(in[0], takes)) return true;
    return cgm_shape_refuse(why, "the map takes %s, not %s", cgm_shape_text(takes, b), cgm_shape_text(in[0], a));
}

static size_t scratch(const cgm_shape *in, cgm_shape shape, const cgm_attr *attr, int threads)
{
    (void)threads;
    return (size_t)(cgm_shape_size(in[0]) + cgm_shape_size(shape)) * sizeof(double) + map_of(attr)->scratch_bytes;
}

static void run(const cgm_op_run *r)
{
    const cgm_linear_map *map = map_of(r->attr);
    int64_t n = cgm_shape_size(r->in_shape[0]), m = cgm_shape_size(r->shape);
    double *in = r->scratch, *out = in + n;
    for (int64_t i = 0; i < n; i++) in[i] = (double)r->in[0][i];
    (r->attr->i[1] ? map->adjoint : map->apply)(map->context, in, out, out + m, r->threads);
    for (int64_t i = 0; i < m; i++) r->out[i] = (cgm_real)out[i];
}

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    dx[0] = cgm_apply_linear(g, dy, map_of(&use->attr), !use->attr.i[1]);
}

const cgm_op cgm_op_apply_linear = {
    .name = "apply_linear", .shape = shape_rule, .scratch = scratch, .run = run, .gradient = gradient};

/* A x of a map that the caller keeps as long as the graph's programs: x [domain] -> [range]; with `adjoint` A' x, x
 * [range] -> [domain]. Either is the other's gradient. */
cgm_node cgm_apply_linear(cgm_graph *g, cgm_node x, const cgm_linear_map *map, bool adjoint)
{
    cgm_attr attr = {.i = {0, adjoint}};
    memcpy(&attr.i[0], &map, sizeof map);
    return cgm_node_add(g, CGM_OP_apply_linear, 1, &x, &attr);
}
