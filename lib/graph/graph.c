#include "graph/graph_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More elements than any tensor that could be allocated; keeps every later product inside int64_t. */
#define MAX_ELEMENTS ((int64_t)1 << 40)

cgm_status cgm_graph_create(cgm_graph **out)
{
    cgm_graph *g = calloc(1, sizeof *g);
    if (!g) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a graph");
    g->n = 1;
    *out = g;
    return CGM_OK;
}

void cgm_graph_destroy(cgm_graph *g)
{
    if (!g) return;
    cgm_arena_clear(&g->arena);
    free(g->node);
    free(g);
}

cgm_status cgm_graph_status(const cgm_graph *g)
{
    return g->status == CGM_OK ? CGM_OK : CGM_FAIL(g->status, "%s", g->message);
}

cgm_node cgm_graph_fail(cgm_graph *g, cgm_status status, const char *format, ...)
{
    if (g->status != CGM_OK) return (cgm_node){0};
    g->status = status;
    int at = g->path[0] ? snprintf(g->message, sizeof g->message, "%s: ", g->path) : 0;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(g->message + at, sizeof g->message - (size_t)at, format, arguments);
    va_end(arguments);
    return (cgm_node){0};
}

void cgm_graph_push(cgm_graph *g, const char *name)
{
    size_t at = strlen(g->path);
    if (at + strlen(name) + 2 > CGM_MAX_PATH) {
        cgm_graph_fail(g, CGM_E_ARG, "the path of layer \"%s\" is longer than %d characters", name, CGM_MAX_PATH - 1);
        return;
    }
    snprintf(g->path + at, CGM_MAX_PATH - at, at ? ".%s" : "%s", name);
}

void cgm_graph_pop(cgm_graph *g)
{
    char *dot = strrchr(g->path, '.');
    *(dot ? dot : g->path) = '\0';
}

const char *cgm_graph_path(cgm_graph *g, const char *name)
{
    if (!name) return cgm_arena_strdup(&g->arena, g->path);
    return cgm_arena_printf(&g->arena, "%s%s%s", g->path, g->path[0] ? "." : "", name);
}

cgm_shape cgm_node_shape(const cgm_graph *g, cgm_node x)
{
    cgm_shape none = CGM_SCALAR;
    for (int i = 0; i < CGM_MAX_RANK; i++) none.dim[i] = 1;
    return x.id && x.id < g->n ? g->node[x.id].shape : none;
}

const char *cgm_input_name(const cgm_graph *g, cgm_node x)
{
    return x.id && x.id < g->n ? g->node[x.id].name : NULL;
}

size_t cgm_graph_size(const cgm_graph *g)
{
    return g->n - 1;
}

static bool grow(cgm_graph *g)
{
    if (g->node && g->n < g->capacity) return true;
    uint32_t capacity = g->capacity ? 2 * g->capacity : 256;
    cgm_node_record *node = realloc(g->node, capacity * sizeof *node);
    if (!node) return false;
    if (!g->node) memset(node, 0, sizeof *node);
    g->node = node;
    g->capacity = capacity;
    return true;
}

/* The shape of a new node, checked; false when the graph now has an error. */
static bool infer(cgm_graph *g, cgm_node_record *node)
{
    const cgm_op *op = cgm_op_table[node->op];
    cgm_shape *in = cgm_arena_array(&g->arena, node->n_in + 1, sizeof *in);
    char why[CGM_WHY] = "";
    if (!in) return cgm_graph_fail(g, CGM_E_MEMORY, "out of memory for the graph").id;
    for (size_t i = 0; i < node->n_in; i++) in[i] = g->node[node->in[i].id].shape;
    if (!op->shape(node->n_in, in, &node->attr, &node->shape, why))
        return cgm_graph_fail(g, CGM_E_SHAPE, "%s: %s", op->name, why).id;
    int64_t size = 1;
    for (int i = 0; i < node->shape.rank; i++) {
        char text[CGM_SHAPE_TEXT];
        if (node->shape.dim[i] < 1 || node->shape.dim[i] > MAX_ELEMENTS / size)
            return cgm_graph_fail(g, CGM_E_SHAPE, "%s: gives the impossible shape %s", op->name,
                                  cgm_shape_text(node->shape, text))
                .id;
        size *= node->shape.dim[i];
    }
    return true;
}

cgm_node cgm_node_add(cgm_graph *g, cgm_op_id op, size_t n_in, const cgm_node *in, const cgm_attr *attr)
{
    if (g->status != CGM_OK) return (cgm_node){0};
    for (size_t i = 0; i < n_in; i++)
        if (!in[i].id || in[i].id >= g->n)
            return cgm_graph_fail(g, CGM_E_ARG, "%s: input %zu is not a node of this graph", cgm_op_table[op]->name, i);
    cgm_node *kept = cgm_arena_array(&g->arena, n_in + 1, sizeof *kept);
    if (!kept || !grow(g)) return cgm_graph_fail(g, CGM_E_MEMORY, "out of memory for the graph");
    if (n_in) memcpy(kept, in, n_in * sizeof *in);
    cgm_node_record node = {.op = op, .n_in = n_in, .in = kept};
    if (attr) node.attr = *attr;
    if (!infer(g, &node)) return (cgm_node){0};
    g->node[g->n] = node;
    return (cgm_node){g->n++};
}

/* Of what is repeated each element is computed once: gradients of sums are scalars repeated over all samples. */
cgm_node cgm_node_unary(cgm_graph *g, cgm_op_id op, cgm_node x, double f0, double f1)
{
    bool repeated = x.id && x.id < g->n && g->node[x.id].op == CGM_OP_broadcast;
    cgm_node of = repeated ? g->node[x.id].in[0] : x;
    cgm_node y = cgm_node_add(g, op, 1, &of, &(cgm_attr){.f = {f0, f1}});
    return repeated && y.id ? cgm_broadcast(g, y, g->node[x.id].shape) : y;
}

cgm_node cgm_node_binary(cgm_graph *g, cgm_op_id op, cgm_node a, cgm_node b)
{
    return cgm_node_add(g, op, 2, (cgm_node[]){a, b}, NULL);
}

cgm_node cgm_scalar(cgm_graph *g, double value)
{
    return cgm_constant(g, value, CGM_SCALAR);
}

bool cgm_shape_refuse(char why[CGM_WHY], const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, CGM_WHY, format, arguments);
    va_end(arguments);
    return false;
}

bool cgm_shape_elementwise(size_t n_in, const cgm_shape *in, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY])
{
    (void)attr;
    cgm_shape shape = CGM_SCALAR;
    for (size_t k = 0; k < n_in; k++)
        if (in[k].rank > shape.rank) shape.rank = in[k].rank;
    for (int i = 0; i < shape.rank; i++) shape.dim[i] = 1;
    for (size_t k = 0; k < n_in; k++)
        for (int i = 0; i < in[k].rank; i++) {
            int64_t *to = &shape.dim[shape.rank - in[k].rank + i], from = in[k].dim[i];
            char a[CGM_SHAPE_TEXT], b[CGM_SHAPE_TEXT];
            if (*to != from && *to != 1 && from != 1)
                return cgm_shape_refuse(why, "shapes %s and %s do not broadcast", cgm_shape_text(in[0], a),
                                        cgm_shape_text(in[k], b));
            if (*to == 1) *to = from;
        }
    *out = shape;
    return true;
}

cgm_attr cgm_attr_of_shape(double value, cgm_shape shape)
{
    cgm_attr attr = {.f = {value}, .i = {shape.rank}};
    for (int i = 0; i < shape.rank; i++) attr.i[1 + i] = shape.dim[i];
    return attr;
}

cgm_shape cgm_attr_shape(const cgm_attr *attr)
{
    cgm_shape shape = {.rank = (int)attr->i[0]};
    for (int i = 0; i < shape.rank; i++) shape.dim[i] = attr->i[1 + i];
    return shape;
}

bool cgm_shape_from_attr(size_t n_in, const cgm_shape *in, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY])
{
    (void)n_in, (void)in, (void)why;
    *out = cgm_attr_shape(attr);
    return true;
}
