/* What a trained predictor says of images, NETWORK_ROWS rows at a time. */
#include <stdlib.h>

#include "graph/ops.h"
#include "scm/predictors/law.h"

static void build(const void *model, int part, cgm_graph *g, network_part_nodes *nodes)
{
    const cgm_predictor *p = model;
    const cgm_variable *v = p->image;
    int64_t given = cgm_predictor_given_features(p);
    nodes->in[0] = cgm_batch_input(g, "pixels", CGM_SHAPE(NETWORK_ROWS, v->channels, v->height, v->width));
    if (given) nodes->in[1] = cgm_batch_input(g, "given", CGM_SHAPE(NETWORK_ROWS, given));
    cgm_node features = cgm_predictor_graph_features(p, g, nodes->in[0], nodes->in[1], CGM_MODE_EVAL);
    nodes->out[0] = part == PREDICTOR_FEATURES ? features
                    : part == PREDICTOR_SCORES ? cgm_predictor_graph_scores(p, g, features)
                                               : p->law->outputs(p, g, cgm_predictor_graph_head(p, g, features));
}

network_parents cgm_predictor_given_scaling(const cgm_predictor *p)
{
    network_parents given = p->seen;
    given.n = p->n_given;
    given.features = (size_t)cgm_predictor_given_features(p);
    return given;
}

static cgm_status run(cgm_predictor *p, predictor_part which, int threads, size_t n, const double *images,
                      const double *const *given, size_t width, double *out)
{
    network_part *part = &p->part[which];
    const network_parents seen = cgm_predictor_given_scaling(p);
    const cgm_values pixels = {n, cgm_variable_width(p->image), (double *)images};
    cgm_values beside[CGM_MAX_PARENTS];
    for (size_t i = 0; i < p->n_given; i++) beside[i] = (cgm_values){n, 1, (double *)given[i]};
    CGM_TRY(cgm_network_part_get(part, threads, p->params, build, p, (int)which));
    for (size_t at = 0; at < n; at += NETWORK_ROWS) {
        size_t rows = cgm_network_part_rows(n, at);
        cgm_network_part_fill(&pixels, at, part->in[0]);
        cgm_network_part_fill_parents(&seen, beside, at, n, part->in[1]);
        CGM_TRY(cgm_network_part_run(part));
        for (size_t i = 0; i < rows * width; i++) out[at * width + i] = (double)part->out[0][i];
    }
    return CGM_OK;
}

size_t cgm_predictor_width(const cgm_predictor *p)
{
    return (size_t)p->features;
}

cgm_status cgm_predictor_features(cgm_predictor *p, int threads, size_t n, const double *images,
                                  const double *const *given, double *features)
{
    return run(p, PREDICTOR_FEATURES, threads, n, images, given, cgm_predictor_width(p), features);
}

size_t cgm_predictor_outputs(const cgm_predictor *p)
{
    return cgm_variable_has_levels(p->attribute) ? (size_t)p->attribute->levels : 2;
}

cgm_status cgm_predictor_predict(cgm_predictor *p, int threads, size_t n, const double *images,
                                 const double *const *given, double *law)
{
    CGM_TRY(run(p, PREDICTOR_LAW, threads, n, images, given, cgm_predictor_outputs(p), law));
    if (cgm_variable_has_levels(p->attribute)) return CGM_OK;
    double shift = p->seen.shift[p->n_given], scale = p->seen.scale[p->n_given];
    for (size_t i = 0; i < n; i++) {
        law[2 * i] = shift + scale * law[2 * i];
        law[2 * i + 1] *= scale;
    }
    return CGM_OK;
}

size_t cgm_predictor_n_scores(const cgm_predictor *p)
{
    return cgm_variable_has_levels(p->attribute) ? (size_t)p->attribute->levels : 1;
}

cgm_status cgm_predictor_scores(cgm_predictor *p, int threads, size_t n, const double *images,
                                const double *const *given, double *scores)
{
    return run(p, PREDICTOR_SCORES, threads, n, images, given, cgm_predictor_n_scores(p), scores);
}

double cgm_predictor_value(const cgm_predictor *p, const double *law)
{
    if (!cgm_variable_has_levels(p->attribute)) return law[0];
    int likeliest = 0;
    for (int level = 1; level < p->attribute->levels; level++)
        if (law[level] > law[likeliest]) likeliest = level;
    return likeliest;
}

cgm_status cgm_predictor_read(cgm_predictor *p, int threads, size_t n, const double *images, const double *const *given,
                              double *value)
{
    size_t outputs = cgm_predictor_outputs(p), width = cgm_variable_width(p->image);
    const double *here[CGM_MAX_PARENTS];
    double *law = malloc(NETWORK_ROWS * outputs * sizeof *law);
    if (!law) return CGM_FAIL(CGM_E_MEMORY, "out of memory for what \"%s\" reads", p->name);
    cgm_status status = CGM_OK;
    for (size_t at = 0; status == CGM_OK && at < n; at += NETWORK_ROWS) {
        size_t rows = cgm_network_part_rows(n, at);
        for (size_t i = 0; i < p->n_given; i++) here[i] = given[i] + at;
        status = cgm_predictor_predict(p, threads, rows, images + at * width, here, law);
        for (size_t i = 0; status == CGM_OK && i < rows; i++) value[at + i] = cgm_predictor_value(p, law + i * outputs);
    }
    free(law);
    return status;
}
