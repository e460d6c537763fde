#include "scm/explain/layer.h"

#include <stdio.h>
#include <string.h>

#include "config/config.h"
#include "nn/layers.h"
#include "scm/predictors/response.h"

#define LEAST_NORM 1e-12 /* squared, of a target that is divided by */

void cgm_layer_clear(layer_response *r)
{
    for (int part = 0; part < LAYER_PARTS; part++) cgm_network_part_clear(&r->part[part]);
}

/* ---- As graph ---- */

/* Adds the network on NETWORK_ROWS images; the last node, the features. */
static cgm_node add_network(const cgm_predictor *p, cgm_graph *g, cgm_node in[NETWORK_PART_INPUTS],
                            predictor_trace *trace)
{
    const cgm_variable *v = p->image;
    int64_t given = cgm_predictor_given_features(p);
    *trace = (predictor_trace){0};
    in[RESPONSE_PIXELS] = cgm_batch_input(g, "pixels", CGM_SHAPE(NETWORK_ROWS, v->channels, v->height, v->width));
    if (given) in[RESPONSE_BESIDE] = cgm_batch_input(g, "given", CGM_SHAPE(NETWORK_ROWS, given));
    return cgm_predictor_graph_layers(p, g, in[RESPONSE_PIXELS], in[RESPONSE_BESIDE], CGM_MODE_EVAL, trace);
}

static void build_cam(const cgm_predictor *p, cgm_graph *g, cgm_node features, cgm_node a, network_part_nodes *nodes)
{
    cgm_node back = {0};
    nodes->in[RESPONSE_THIRD] =
        cgm_batch_input(g, "weights", CGM_SHAPE(NETWORK_ROWS, (int64_t)cgm_predictor_n_scores(p)));
    cgm_node score = cgm_sum_all(g, cgm_mul(g, cgm_predictor_graph_scores(p, g, features), nodes->in[RESPONSE_THIRD]));
    if (cgm_graph_gradients(g, score, 1, &a, &back) != CGM_OK) return; /* compiling says so */
    cgm_node cam = cgm_sum(g, cgm_mul(g, cgm_mean(g, back, 1u << 2 | 1u << 3), a), 1u << 1);
    nodes->out[0] = cgm_resize2d(g, cgm_relu(g, cam), CGM_RESIZE_BILINEAR, p->image->height, p->image->width);
}

static void build_match(cgm_graph *g, cgm_node a, network_part_nodes *nodes)
{
    a = cgm_flatten(g, a);
    nodes->in[RESPONSE_THIRD] = cgm_batch_input(g, "target", cgm_node_shape(g, a));
    cgm_node far = cgm_sum(g, cgm_square(g, cgm_sub(g, a, nodes->in[RESPONSE_THIRD])), 1u << 1);
    cgm_node size = cgm_sum(g, cgm_square(g, nodes->in[RESPONSE_THIRD]), 1u << 1);
    nodes->out[0] = cgm_div(g, far, cgm_affine(g, size, 1, LEAST_NORM));
    if (cgm_graph_gradients(g, cgm_sum_all(g, nodes->out[0]), 1, &nodes->in[RESPONSE_PIXELS], &nodes->out[1]) != CGM_OK)
        nodes->out[1] = (cgm_node){0};
}

static void build(const void *model, int part, cgm_graph *g, network_part_nodes *nodes)
{
    const layer_response *r = model;
    predictor_trace trace;
    cgm_node features = add_network(r->predictor, g, nodes->in, &trace), a = trace.layer[r->layer].out;
    if (part == LAYER_CAM)
        build_cam(r->predictor, g, features, a, nodes);
    else if (part == LAYER_MATCH)
        build_match(g, a, nodes);
    else
        nodes->out[0] = cgm_flatten(g, a);
}

/* ---- Its name ---- */

/* What a layer gives of one image. */
typedef struct layer_shape {
    int rank;
    size_t size;
} layer_shape;

static cgm_status find_layers(const cgm_predictor *p, predictor_trace *trace, layer_shape shape[PREDICTOR_MOST_LAYERS])
{
    cgm_graph *g = NULL;
    cgm_node in[NETWORK_PART_INPUTS] = {{0}};
    CGM_TRY(cgm_graph_create(&g));
    add_network(p, g, in, trace);
    cgm_status status = cgm_graph_status(g);
    for (size_t i = 0; i < trace->n; i++) {
        cgm_shape all = cgm_node_shape(g, trace->layer[i].out);
        shape[i] = (layer_shape){all.rank, (size_t)(cgm_shape_size(all) / NETWORK_ROWS)};
    }
    cgm_graph_destroy(g);
    return status;
}

static cgm_status refuse(const cgm_predictor *p, const predictor_trace *trace, const char *name)
{
    const char *names[PREDICTOR_MOST_LAYERS];
    for (size_t i = 0; i < trace->n; i++) names[i] = trace->layer[i].name;
    const char *near = cgm_nearest_word(name, trace->n, names);
    return CGM_FAIL(CGM_E_ARG, "layer: the network of \"%s\" has no \"%s\"; %s \"%s\"", p->name, name,
                    near ? "did you mean" : "expected one such as", near ? near : names[trace->n - 2]);
}

cgm_status cgm_layer_find(layer_response *r, const char *name, bool planes)
{
    predictor_trace trace;
    layer_shape shape[PREDICTOR_MOST_LAYERS];
    CGM_TRY(find_layers(r->predictor, &trace, shape));
    size_t i = trace.n - 1;
    while (i > 0 && (name ? strcmp(trace.layer[i].name, name) != 0 : shape[i].rank != 4)) i--;
    if (name && strcmp(trace.layer[i].name, name) != 0) return refuse(r->predictor, &trace, name);
    if (planes && shape[i].rank != 4)
        return CGM_FAIL(CGM_E_ARG, "layer: \"%s\" has no planes to make a map of; expected one such as \"%s\"", name,
                        trace.layer[trace.n - 2].name);
    r->layer = i;
    r->size = shape[i].size;
    snprintf(r->name, sizeof r->name, "%s", trace.layer[i].name);
    return CGM_OK;
}

/* ---- Asking ---- */

static cgm_status ask(layer_response *r, int which, const response_ask *a)
{
    return cgm_response_ask(&r->part[which], r->predictor, r->threads, build, r, which, a);
}

cgm_status cgm_layer_cam(layer_response *r, size_t n, const double *images, const double *const *given,
                         const double *weight, double *map)
{
    size_t plane = (size_t)r->predictor->image->height * (size_t)r->predictor->image->width;
    const response_ask a = {n, images, given, NULL, cgm_predictor_n_scores(r->predictor), weight, plane, map, NULL};
    return ask(r, LAYER_CAM, &a);
}

cgm_status cgm_layer_activation(layer_response *r, size_t n, const double *images, const double *const *given,
                                double *out)
{
    const response_ask a = {n, images, given, NULL, 0, NULL, r->size, out, NULL};
    return ask(r, LAYER_ACTIVATION, &a);
}

cgm_status cgm_layer_match(layer_response *r, size_t n, const double *images, const double *const *given,
                           const double *target, double *error, double *gradient)
{
    const response_ask a = {n, images, given, NULL, r->size, target, 1, error, gradient};
    return ask(r, LAYER_MATCH, &a);
}
