#include "scm/networks/part.h"

void cgm_network_part_clear(network_part *p)
{
    cgm_workspace_destroy(p->ws);
    cgm_program_destroy(p->program);
    for (size_t i = 0; i < NETWORK_PART_INPUTS; i++) cgm_free_aligned(p->in[i]);
    *p = (network_part){0};
}

static cgm_status bind(network_part *p, const cgm_graph *g, const network_part_nodes *nodes)
{
    for (size_t i = 0; i < NETWORK_PART_INPUTS; i++) {
        if (!nodes->in[i].id) continue;
        p->in[i] = cgm_alloc_aligned((size_t)cgm_shape_size(cgm_node_shape(g, nodes->in[i])) * sizeof(cgm_real));
        if (!p->in[i]) return CGM_E_MEMORY;
        cgm_workspace_bind(p->ws, nodes->in[i], p->in[i]);
    }
    return CGM_OK;
}

static cgm_status create(network_part *p, cgm_params *params, network_part_build *build, const void *model, int part)
{
    cgm_status status = CGM_OK;
    cgm_graph *g = NULL;
    network_part_nodes nodes = {0};
    size_t n = 0;
    CGM_TRY(cgm_graph_create(&g));
    build(model, part, g, &nodes);
    while (n < NETWORK_PART_OUTPUTS && nodes.out[n].id) n++;
    cgm_compile_opts opts = {.threads = p->threads};
    CGM_TRY_GOTO(cgm_program_compile(g, n, nodes.out, &opts, &p->program), done);
    CGM_TRY_GOTO(cgm_workspace_create(p->program, &p->ws), done);
    cgm_params_bind(params, g, p->ws, cgm_params_ema(params));
    CGM_TRY_GOTO(bind(p, g, &nodes), done);
    for (size_t i = 0; i < n; i++) p->out[i] = cgm_workspace_get(p->ws, nodes.out[i]);
done:
    cgm_graph_destroy(g);
    return status;
}

cgm_status cgm_network_part_get(network_part *p, int threads, cgm_params *params, network_part_build *build,
                                const void *model, int part)
{
    if (p->program && p->threads == threads) return CGM_OK;
    cgm_network_part_clear(p);
    p->threads = threads;
    cgm_status status = create(p, params, build, model, part);
    if (status != CGM_OK) cgm_network_part_clear(p);
    return status;
}

cgm_status cgm_network_part_run(network_part *p)
{
    return cgm_program_run(p->program, p->ws);
}

static size_t source_row(size_t at, size_t n, size_t k)
{
    return at + k < n ? at + k : n - 1;
}

void cgm_network_part_fill(const cgm_values *values, size_t at, cgm_real *out)
{
    for (size_t k = 0; k < NETWORK_ROWS; k++) {
        const double *row = values->data + source_row(at, values->n, k) * values->width;
        for (size_t j = 0; j < values->width; j++) out[k * values->width + j] = (cgm_real)row[j];
    }
}

void cgm_network_part_fill_parents(const network_parents *pa, const cgm_values *parents, size_t at, size_t n,
                                   cgm_real *out)
{
    double row[CGM_MAX_PARENTS];
    for (size_t k = 0; k < NETWORK_ROWS && pa->n; k++) {
        for (size_t i = 0; i < pa->n; i++) row[i] = parents[i].data[source_row(at, n, k)];
        cgm_network_parents_fill(pa, row, out + k * pa->features);
    }
}

size_t cgm_network_part_rows(size_t n, size_t at)
{
    return n - at < NETWORK_ROWS ? n - at : NETWORK_ROWS;
}
