#include "scm/predictors/response.h"

#include "graph/ops.h"

/* The program's inputs. BESIDE: the given attributes, and for the loss the attribute after them. */
enum { PIXELS, BESIDE, WEIGHTS };

void cgm_response_clear(predictor_response *r)
{
    for (int part = 0; part < RESPONSE_PARTS; part++) cgm_network_part_clear(&r->part[part]);
}

/* ---- As graph ---- */

/* The scores, or the loss of each row, [rows, 1]. */
static cgm_node forward(const cgm_predictor *p, cgm_graph *g, bool loss, const cgm_node *in)
{
    if (loss) return cgm_predictor_graph_loss(p, g, in[PIXELS], in[BESIDE], CGM_MODE_EVAL);
    cgm_node features = cgm_predictor_graph_features(p, g, in[PIXELS], in[BESIDE], CGM_MODE_EVAL);
    return cgm_predictor_graph_scores(p, g, features);
}

static void build(const void *model, int part, cgm_graph *g, network_part_nodes *nodes)
{
    const cgm_predictor *p = model;
    const cgm_variable *v = p->image;
    bool loss = part == RESPONSE_LOSS;
    int64_t beside = loss ? (int64_t)p->seen.features : cgm_predictor_given_features(p);
    nodes->in[PIXELS] = cgm_batch_input(g, "pixels", CGM_SHAPE(NETWORK_ROWS, v->channels, v->height, v->width));
    if (beside) nodes->in[BESIDE] = cgm_batch_input(g, "beside", CGM_SHAPE(NETWORK_ROWS, beside));
    cgm_node y = nodes->out[0] = forward(p, g, loss, nodes->in);
    if (!loss) {
        nodes->in[WEIGHTS] = cgm_batch_input(g, "weights", CGM_SHAPE(NETWORK_ROWS, (int64_t)cgm_predictor_n_scores(p)));
        y = cgm_mul(g, y, nodes->in[WEIGHTS]);
    }
    cgm_backward rule = loss ? CGM_BACKWARD_GRADIENT : (cgm_backward)part;
    cgm_status status = cgm_graph_pass_back(g, rule, cgm_sum_all(g, y), 1, &nodes->in[PIXELS], &nodes->out[1]);
    if (status != CGM_OK) nodes->out[1] = (cgm_node){0}; /* compiling says so */
}

/* ---- Asking ---- */

static void read_out(const cgm_real *from, size_t rows, size_t width, double *to)
{
    for (size_t i = 0; to && i < rows * width; i++) to[i] = (double)from[i];
}

/* What goes in beside the pixels: `beside`, scaled as `seen` says, and weights [n, outputs] or NULL; what comes out,
 * [n, outputs] and [n, C H W]. */
typedef struct response_ask {
    size_t n, outputs;
    const double *images;
    const network_parents *seen;
    const cgm_values *beside;
    const double *weight;
    double *out, *back;
} response_ask;

static cgm_status ask(predictor_response *r, int which, const response_ask *a)
{
    network_part *part = &r->part[which];
    cgm_predictor *p = r->predictor;
    size_t width = cgm_variable_width(p->image);
    const cgm_values pixels = {a->n, width, (double *)a->images}, weights = {a->n, a->outputs, (double *)a->weight};
    CGM_TRY(cgm_network_part_get(part, r->threads, p->params, build, p, which));
    for (size_t at = 0; at < a->n; at += NETWORK_ROWS) {
        size_t rows = cgm_network_part_rows(a->n, at);
        cgm_network_part_fill(&pixels, at, part->in[PIXELS]);
        cgm_network_part_fill_parents(a->seen, a->beside, at, a->n, part->in[BESIDE]);
        if (a->weight) cgm_network_part_fill(&weights, at, part->in[WEIGHTS]);
        CGM_TRY(cgm_network_part_run(part));
        read_out(part->out[0], rows, a->outputs, a->out ? a->out + at * a->outputs : NULL);
        read_out(part->out[1], rows, width, a->back + at * width);
    }
    return CGM_OK;
}

static void list_given(const cgm_predictor *p, size_t n, const double *const *given, cgm_values *out)
{
    for (size_t i = 0; i < p->n_given; i++) out[i] = (cgm_values){n, 1, (double *)given[i]};
}

cgm_status cgm_response_scores(predictor_response *r, cgm_backward rule, size_t n, const double *images,
                               const double *const *given, const double *weight, double *scores, double *back)
{
    cgm_values beside[CGM_MAX_PARENTS];
    const network_parents seen = cgm_predictor_given_scaling(r->predictor);
    list_given(r->predictor, n, given, beside);
    const response_ask a = {n, cgm_predictor_n_scores(r->predictor), images, &seen, beside, weight, scores, back};
    return ask(r, (int)rule, &a);
}

cgm_status cgm_response_loss(predictor_response *r, size_t n, const double *images, const double *const *given,
                             const double *value, double *loss, double *gradient)
{
    const cgm_predictor *p = r->predictor;
    cgm_values beside[CGM_MAX_PARENTS];
    list_given(p, n, given, beside);
    beside[p->n_given] = (cgm_values){n, 1, (double *)value};
    const response_ask a = {n, 1, images, &p->seen, beside, NULL, loss, gradient};
    return ask(r, RESPONSE_LOSS, &a);
}
