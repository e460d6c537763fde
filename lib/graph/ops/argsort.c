#include "graph/op.h"

static bool shape_rule(size_t n_in, const cgm_shape *in, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY])
{
    char text[CGM_SHAPE_TEXT];
    int last = in[0].rank - 1;
    int64_t k = attr->i[0];
    (void)n_in;
    *out = in[0];
    if (last < 0 || k < 1 || k > in[0].dim[last])
        return cgm_shape_refuse(why, "the last axis of %s has no first %lld elements", cgm_shape_text(in[0], text),
                                (long long)k);
    out->dim[last] = k;
    return cgm_shape_can_index(in[0].dim[last], why);
}

static size_t scratch(const cgm_shape *in, cgm_shape shape, const cgm_attr *attr, int threads)
{
    (void)shape, (void)attr;
    return cgm_kernel_argsort_scratch(in[0].dim[in[0].rank - 1], threads);
}

static void run(const cgm_op_run *r)
{
    int64_t len = r->in_shape[0].dim[r->shape.rank - 1], k = r->attr->i[0];
    cgm_kernel_argsort(cgm_shape_size(r->shape) / k, len, k, r->attr->i[1], r->in[0], r->out, r->scratch, r->threads);
}

static cgm_rows rows(size_t n_in, const cgm_shape *in, cgm_shape shape, const cgm_attr *attr)
{
    return shape.rank > 1 ? cgm_rows_of_first(n_in, in, shape, attr) : (cgm_rows){0};
}

const cgm_op cgm_op_argsort = {.name = "argsort", .shape = shape_rule, .rows = rows, .run = run, .scratch = scratch};

/* x [..., L] -> [..., k]: the indices of the first k elements in rising or falling order, as whole numbers. Equal
 * elements stay in their order, NaN come last. The indices have no gradient; gather reads by them. */
cgm_node cgm_argsort(cgm_graph *g, cgm_node x, int64_t k, bool descending)
{
    return cgm_node_add(g, CGM_OP_argsort, 1, &x, &(cgm_attr){.i = {k, descending}});
}
