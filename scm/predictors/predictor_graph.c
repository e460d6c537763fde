/* A predictor as graph. */
#include <stdio.h>

#include "nn/blocks.h"
#include "scm/predictors/law.h"
#include "scm/predictors/network.h"

const predictor_network *cgm_predictor_network(predictor_network_kind kind)
{
#define ROW(upper, lower) [PREDICTOR_NETWORK_##upper] = &cgm_predictor_network_##lower,
    static const predictor_network *const rows[PREDICTOR_NETWORK_KINDS] = {PREDICTOR_NETWORK_TABLE(ROW)};
#undef ROW
    return rows[kind];
}

int64_t cgm_predictor_first_stride(const cgm_predictor *p)
{
    return p->image->height > 64 || p->image->width > 64 ? 2 : 1;
}

cgm_node cgm_predictor_layer(const cgm_predictor *p, predictor_trace *trace, const char *name, cgm_node x)
{
    if (!trace || trace->n == PREDICTOR_MOST_LAYERS) return x;
    snprintf(trace->layer[trace->n].name, sizeof trace->layer->name, "%s", name);
    trace->layer[trace->n].out = x;
    trace->layer[trace->n++].parameters = cgm_params_count(p->params);
    return x;
}

cgm_node cgm_predictor_join(const cgm_predictor *p, cgm_graph *g, cgm_node h, cgm_node given, int64_t width,
                            cgm_mode mode, predictor_trace *trace)
{
    const cgm_weight_opts weight = {.init = CGM_INIT_HE, .gain = 1, .no_bias = true};
    const cgm_norm_opts norm = {.kind = CGM_NORM_BATCH};
    h = cgm_flatten(g, cgm_mean(g, h, 1u << 2 | 1u << 3));
    if (given.id) h = cgm_concat(g, 2, (cgm_node[]){h, given}, 1);
    h = cgm_linear_of(p->params, g, "join", h, width, &weight);
    h = cgm_leaky_relu(g, cgm_normalize(p->params, g, "norm", h, &norm, mode), PREDICTOR_SLOPE);
    return cgm_predictor_layer(p, trace, "join", h);
}

cgm_node cgm_predictor_graph_layers(const cgm_predictor *p, cgm_graph *g, cgm_node pixels, cgm_node given,
                                    cgm_mode mode, predictor_trace *trace)
{
    cgm_graph_push(g, "network");
    cgm_node h = p->network->features(p, g, cgm_affine(g, pixels, 2 / 255.0, -1), given, mode, trace);
    cgm_graph_pop(g);
    return h;
}

cgm_node cgm_predictor_graph_features(const cgm_predictor *p, cgm_graph *g, cgm_node pixels, cgm_node given,
                                      cgm_mode mode)
{
    return cgm_predictor_graph_layers(p, g, pixels, given, mode, NULL);
}

cgm_node cgm_predictor_graph_head(const cgm_predictor *p, cgm_graph *g, cgm_node features)
{
    return cgm_linear(p->params, g, "head", features, p->law->numbers(p->attribute), CGM_INIT_XAVIER, 1);
}

cgm_node cgm_predictor_graph_scores(const cgm_predictor *p, cgm_graph *g, cgm_node features)
{
    cgm_node scores = p->law->scores(p, g, cgm_predictor_graph_head(p, g, features));
    if (cgm_variable_has_levels(p->attribute)) return scores;
    return cgm_affine(g, scores, p->seen.scale[p->n_given], p->seen.shift[p->n_given]);
}

int64_t cgm_predictor_given_features(const cgm_predictor *p)
{
    size_t first;
    cgm_network_parents_place(&p->seen, p->n_given, &first);
    return (int64_t)first;
}

cgm_node cgm_predictor_graph_loss(const cgm_predictor *p, cgm_graph *g, cgm_node pixels, cgm_node seen, cgm_mode mode)
{
    return cgm_predictor_graph_loss_layers(p, g, pixels, seen, mode, NULL);
}

cgm_node cgm_predictor_graph_loss_layers(const cgm_predictor *p, cgm_graph *g, cgm_node pixels, cgm_node seen,
                                         cgm_mode mode, predictor_trace *trace)
{
    int64_t n = cgm_predictor_given_features(p);
    cgm_node given = n ? cgm_slice(g, seen, 1, 0, n) : (cgm_node){0};
    cgm_node target = cgm_slice(g, seen, 1, n, (int64_t)p->seen.features - n);
    cgm_node features = cgm_predictor_graph_layers(p, g, pixels, given, mode, trace);
    return p->law->loss(p, g, cgm_predictor_graph_head(p, g, features), target);
}
