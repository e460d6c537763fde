#include "scm/predictors/response.h"

#include "graph/ops.h"

void cgm_response_clear(predictor_response *r)
{
    for (int part = 0; part < RESPONSE_PARTS; part++) cgm_network_part_clear(&r->part[part]);
}

/* ---- As graph ---- */

/* The scores, or the loss of each row, [rows, 1]. */
static cgm_node forward(const cgm_predictor *p, cgm_graph *g, bool loss, const cgm_node *in)
{
    if (loss) return cgm_predictor_graph_loss(p, g, in[RESPONSE_PIXELS], in[RESPONSE_BESIDE], CGM_MODE_EVAL);
    cgm_node features = cgm_predictor_graph_features(p, g, in[RESPONSE_PIXELS], in[RESPONSE_BESIDE], CGM_MODE_EVAL);
    return cgm_predictor_graph_scores(p, g, features);
}

static void build(const void *model, int part, cgm_graph *g, network_part_nodes *nodes)
{
    const cgm_predictor *p = model;
    const cgm_variable *v = p->image;
    bool loss = part == RESPONSE_LOSS;
    int64_t beside = loss ? (int64_t)p->seen.features : cgm_predictor_given_features(p);
    nodes->in[RESPONSE_PIXELS] =
        cgm_batch_input(g, "pixels", CGM_SHAPE(NETWORK_ROWS, v->channels, v->height, v->width));
    if (beside) nodes->in[RESPONSE_BESIDE] = cgm_batch_input(g, "beside", CGM_SHAPE(NETWORK_ROWS, beside));
    cgm_node y = nodes->out[0] = forward(p, g, loss, nodes->in);
    if (!loss) {
        nodes->in[RESPONSE_THIRD] =
            cgm_batch_input(g, "weights", CGM_SHAPE(NETWORK_ROWS, (int64_t)cgm_predictor_n_scores(p)));
        y = cgm_mul(g, y, nodes->in[RESPONSE_THIRD]);
    }
    cgm_backward rule = loss ? CGM_BACKWARD_GRADIENT : (cgm_backward)part;
    cgm_status status = cgm_graph_pass_back(g, rule, cgm_sum_all(g, y), 1, &nodes->in[RESPONSE_PIXELS], &nodes->out[1]);
    if (status != CGM_OK) nodes->out[1] = (cgm_node){0}; /* compiling says so */
}

/* ---- Asking ---- */

static void read_out(const cgm_real *from, size_t n, double *to)
{
    for (size_t i = 0; i < n; i++) to[i] = (double)from[i];
}

cgm_status cgm_response_ask(network_part *part, cgm_predictor *p, int threads, network_part_build *build_part,
                            const void *model, int which, const response_ask *a)
{
    size_t width = cgm_variable_width(p->image);
    const network_parents given = cgm_predictor_given_scaling(p), *seen = a->value ? &p->seen : &given;
    const cgm_values pixels = {a->n, width, (double *)a->images}, third = {a->n, a->in_width, (double *)a->in};
    cgm_values beside[CGM_MAX_PARENTS];
    for (size_t i = 0; i < p->n_given; i++) beside[i] = (cgm_values){a->n, 1, (double *)a->given[i]};
    if (a->value) beside[p->n_given] = (cgm_values){a->n, 1, (double *)a->value};
    CGM_TRY(cgm_network_part_get(part, threads, p->params, build_part, model, which));
    for (size_t at = 0; at < a->n; at += NETWORK_ROWS) {
        size_t rows = cgm_network_part_rows(a->n, at);
        cgm_network_part_fill(&pixels, at, part->in[RESPONSE_PIXELS]);
        cgm_network_part_fill_parents(seen, beside, at, a->n, part->in[RESPONSE_BESIDE]);
        if (a->in) cgm_network_part_fill(&third, at, part->in[RESPONSE_THIRD]);
        CGM_TRY(cgm_network_part_run(part));
        if (a->out) read_out(part->out[0], rows * a->out_width, a->out + at * a->out_width);
        if (a->back) read_out(part->out[1], rows * width, a->back + at * width);
    }
    return CGM_OK;
}

static cgm_status ask(predictor_response *r, int which, const response_ask *a)
{
    return cgm_response_ask(&r->part[which], r->predictor, r->threads, build, r->predictor, which, a);
}

cgm_status cgm_response_scores(predictor_response *r, cgm_backward rule, size_t n, const double *images,
                               const double *const *given, const double *weight, double *scores, double *back)
{
    size_t numbers = cgm_predictor_n_scores(r->predictor);
    const response_ask a = {n, images, given, NULL, numbers, weight, numbers, scores, back};
    return ask(r, (int)rule, &a);
}

cgm_status cgm_response_loss(predictor_response *r, size_t n, const double *images, const double *const *given,
                             const double *value, double *loss, double *gradient)
{
    const response_ask a = {n, images, given, value, 0, NULL, 1, loss, gradient};
    return ask(r, RESPONSE_LOSS, &a);
}
