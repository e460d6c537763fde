/* A model's parameters: one flat aligned buffer with named views, and beside it the gradient, both optimiser moments
 * and the EMA copy, so that clipping, the optimiser and checkpoints are single passes over flat arrays. */
#ifndef CGM_NN_PARAMS_H
#define CGM_NN_PARAMS_H

#include "base/real.h"
#include "base/rng.h"
#include "graph/program.h"

typedef struct cgm_params cgm_params;

typedef enum cgm_init {
    CGM_INIT_ZERO = 0,
    CGM_INIT_HE,      /* N(0, gain^2 * 2 / fan_in): He et al. 2015, eq. 10 */
    CGM_INIT_XAVIER,  /* U(-a, a), a = gain * sqrt(6 / (fan_in + fan_out)): Glorot and Bengio 2010, eq. 16 */
    CGM_INIT_UNIFORM, /* U(-gain, gain) */
    CGM_INIT_ONE
} cgm_init;

typedef struct cgm_param_view {
    const char *name; /* "decoder.conv2.weight" */
    cgm_shape shape;
    size_t offset; /* in elements, into the flat buffers */
} cgm_param_view;

/* Parameters are declared by building the model's graph once; the same model may then be built again (another batch
 * size, evaluation), which finds them by name. */
CGM_API cgm_status cgm_params_create(cgm_params **out) CGM_CHECKED;
CGM_API void cgm_params_destroy(cgm_params *p);

/* The node of the parameter PATH.name (graph path), declared at its first use; a later use with another shape is the
 * graph's sticky error. fan_in and fan_out are taken from the shape: [out, in] or [out, in, r, s]. */
CGM_API cgm_node cgm_param(cgm_params *p, cgm_graph *g, const char *name, cgm_shape shape, cgm_init init, double gain);

/* Ends declaration: lays out the flat buffers and draws initial values, each parameter's stream split by its name. */
CGM_API cgm_status cgm_params_init(cgm_params *p, const cgm_rng *rng) CGM_CHECKED;

CGM_API size_t cgm_params_count(const cgm_params *p);    /* named parameters */
CGM_API size_t cgm_params_elements(const cgm_params *p); /* without alignment gaps */
CGM_API const cgm_param_view *cgm_params_view(const cgm_params *p, size_t i);
/* The input of g that holds parameter i; the null node if g has none. */
CGM_API cgm_node cgm_params_node(const cgm_params *p, const cgm_graph *g, size_t i);
/* Flat buffers of cgm_params_flat_size elements each (gaps are zero). */
CGM_API size_t cgm_params_flat_size(const cgm_params *p);
CGM_API cgm_real *cgm_params_values(cgm_params *p);
CGM_API cgm_real *cgm_params_ema(cgm_params *p);
CGM_API cgm_real *cgm_params_gradient(cgm_params *p);
CGM_API cgm_real *cgm_params_moment(cgm_params *p, int which); /* 0: first, 1: second */
CGM_API size_t cgm_params_bytes(const cgm_params *p);
/* A number that two models share only if their flat buffers hold the same parameters in the same places. */
CGM_API uint64_t cgm_params_layout(const cgm_params *p);

/* gradients[i] = gradient of the scalar loss with respect to parameter i, cgm_params_count nodes; zeros for a parameter
 * that g lacks. */
CGM_API cgm_status cgm_params_gradients(cgm_params *p, cgm_graph *g, cgm_node loss, cgm_node *gradients) CGM_CHECKED;
/* Binds each parameter of g to `flat` (values or EMA) in ws. The graph must still be there. */
CGM_API void cgm_params_bind(const cgm_params *p, const cgm_graph *g, cgm_workspace *ws, const cgm_real *flat);
/* Binds outputs first, first + 1, ... of the program, which are the gradients in order, to the flat gradient. */
CGM_API void cgm_params_bind_gradients(cgm_params *p, cgm_workspace *ws, size_t first);

#endif
