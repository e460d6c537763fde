/* Training a predictor, by the loop of all models of images. */
#include "data/batches.h"
#include "graph/ops.h"
#include "scm/predictors/predictor_priv.h"

#define RUNS 16 /* of NETWORK_ROWS rows, for the running statistics of the averaged parameters */

static void bound(const void *context, cgm_graph *g, cgm_node pixels, cgm_node seen, image_bound *out)
{
    cgm_node shown = cgm_predictor_graph_attacked(context, g, pixels, seen, out);
    out->nll = cgm_predictor_graph_loss(context, g, shown, seen, out->mode);
}

/* ---- Running statistics ---- */

static void build(const void *model, int part, cgm_graph *g, network_part_nodes *nodes)
{
    const cgm_predictor *p = model;
    const cgm_variable *v = p->image;
    (void)part;
    nodes->in[0] = cgm_batch_input(g, "pixels", CGM_SHAPE(NETWORK_ROWS, v->channels, v->height, v->width));
    nodes->in[1] = cgm_batch_input(g, "seen", CGM_SHAPE(NETWORK_ROWS, (int64_t)p->seen.features));
    cgm_predictor_graph_loss(p, g, nodes->in[0], nodes->in[1], CGM_MODE_TRAIN);
}

static cgm_status fill(void *context, uint64_t run, cgm_real *const in[NETWORK_PART_INPUTS])
{
    const cgm_predictor *p = context;
    size_t rows[NETWORK_ROWS];
    const network_rows from = {p->data, p->begin, p->fitted, p->image->name, &p->seen, &p->train.augment, p->threads};
    cgm_rng rng = cgm_rng_split_index(&p->standing_rng, run);
    cgm_network_standing_draw(&from, &rng, rows, in[0], in[1]);
    return CGM_OK;
}

/* The same rows each time, so that what validation has chosen keeps its statistics. */
static cgm_status settle(const void *context)
{
    cgm_predictor *p = (cgm_predictor *)context;
    return cgm_network_standing_run(&p->standing, RUNS, fill, p);
}

/* ---- Fitting ---- */

cgm_status cgm_predictor_fit_begin(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    cgm_predictor *p = (cgm_predictor *)base;
    size_t held, begin, n;
    cgm_predictor_share(p, fit->data, &begin, &n);
    if (n == 0) return CGM_FAIL(CGM_E_ARG, "no training rows: half of one is none");
    const image_model model = {.variable = p->image,
                               .parents = &p->seen,
                               .params = p->params,
                               .bound = bound,
                               .context = p,
                               .numbers = 1,
                               .first_row = begin,
                               .n_rows = n,
                               .settle = settle};
    CGM_TRY(cgm_image_training_begin(&model, fit, report, &p->training));
    cgm_image_training_rows(p->training, &p->fitted, &held);
    p->begin = begin;
    p->first = begin;
    p->rows[0] = p->fitted;
    p->rows[1] = held;
    p->standing_rng = cgm_rng_split(&fit->rng, "standing");
    p->data = fit->data;
    p->threads = fit->threads;
    p->sink = fit->sink;
    cgm_predictor_uncalibrate(p);
    cgm_status status = cgm_network_standing_begin(&p->standing, fit->threads, p->params, build, p, 0);
    report->memory_bytes += cgm_network_standing_bytes(&p->standing);
    if (status != CGM_OK) cgm_predictor_fit_end(base);
    return status;
}

cgm_status cgm_predictor_fit_step(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    return cgm_image_training_step(((cgm_predictor *)base)->training, fit, report);
}

/* What goes with the parameters that answer queries. */
static cgm_status complete(cgm_predictor *p)
{
    CGM_TRY(settle(p));
    return cgm_predictor_calibrate(p, p->data, p->threads);
}

/* Where that fails, the statistics are those of the runs before. */
void cgm_predictor_fit_end(cgm_mechanism *base)
{
    cgm_predictor *p = (cgm_predictor *)base;
    if (!p->training) return;
    bool trained = cgm_image_training_has_begun(p->training);
    cgm_image_training_end(p->training);
    p->training = NULL;
    if (trained && complete(p) != CGM_OK)
        cgm_sink_log(p->sink, CGM_LOG_WARNING, "%s: %s", p->name, cgm_error_message());
    cgm_network_standing_clear(&p->standing);
    p->data = NULL;
}
