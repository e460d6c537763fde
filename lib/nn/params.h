/* A model's parameters: one flat aligned buffer with named views, and beside it the gradient, both optimiser moments
 * and the EMA copy, so that clipping, the optimiser and checkpoints are single passes over flat arrays. */
#ifndef CGM_NN_PARAMS_H
#define CGM_NN_PARAMS_H

#include "base/real.h"
#include "base/rng.h"
#include "graph/program.h"
#include "nn/init.h"

typedef struct cgm_params cgm_params;

/* What a graph is built for. Layers that differ between the two are told when they are built: training and evaluation
 * are two programs of one model. */
typedef enum cgm_mode { CGM_MODE_TRAIN = 0, CGM_MODE_EVAL } cgm_mode;

typedef struct cgm_param_view {
    const char *name; /* "decoder.conv2.weight" */
    cgm_shape shape;
    size_t offset; /* in elements, into the flat buffers */
    bool state;    /* moved by the graph, not by the optimiser: cgm_param_state */
    bool frozen;
} cgm_param_view;

/* Parameters are declared by building the model's graph once; the same model may then be built again (another batch
 * size, evaluation), which finds them by name. */
CGM_API cgm_status cgm_params_create(cgm_params **out) CGM_CHECKED;
CGM_API void cgm_params_destroy(cgm_params *p);

/* The node of the parameter PATH.name (graph path), declared at its first use; a later use with another shape is the
 * graph's sticky error. */
CGM_API cgm_node cgm_param(cgm_params *p, cgm_graph *g, const char *name, cgm_shape shape, cgm_init init, double gain);

/* State, such as running means: declared and found like a parameter, and kept in the same buffers, so that it is stored
 * with them, but no gradient is asked and the optimiser leaves it alone. The node is its value at the start of a run,
 * or what cgm_param_update has made of it in g. */
CGM_API cgm_node cgm_param_state(cgm_params *p, cgm_graph *g, const char *name, cgm_shape shape, cgm_init init,
                                 double gain);
/* From here on in g, and after a run, the state PATH.name is `next`, a node of its shape. */
CGM_API void cgm_param_update(cgm_params *p, cgm_graph *g, const char *name, cgm_node next);

/* Freezes the parameters and state called `part`, or whose name begins with "PART.": they get no gradient, and keep
 * their values, whatever trains the others. CGM_E_ARG if there are none. Before cgm_params_gradients. */
CGM_API cgm_status cgm_params_freeze(cgm_params *p, const char *part) CGM_CHECKED;

/* Ends declaration: lays out the flat buffers and draws initial values, each parameter's stream split by its name. */
CGM_API cgm_status cgm_params_init(cgm_params *p, const cgm_rng *rng) CGM_CHECKED;

CGM_API size_t cgm_params_count(const cgm_params *p);    /* named parameters and state */
CGM_API size_t cgm_params_elements(const cgm_params *p); /* without alignment gaps and state */
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

/* The next part of the flat buffers, from *end on, that is trained, neither state nor frozen; false if there is none.
 * Start with *end = 0. */
CGM_API bool cgm_params_trained(const cgm_params *p, size_t *begin, size_t *end);

/* gradients[i] = gradient of the scalar loss with respect to parameter i, cgm_params_count nodes; zeros for a parameter
 * that g lacks or that is frozen. For a state its next value, or NaN where g does not update it. */
CGM_API cgm_status cgm_params_gradients(cgm_params *p, cgm_graph *g, cgm_node loss, cgm_node *gradients) CGM_CHECKED;
/* Binds each parameter of g to `flat` (values or EMA) in ws. The graph must still be there. */
CGM_API void cgm_params_bind(const cgm_params *p, const cgm_graph *g, cgm_workspace *ws, const cgm_real *flat);
/* Binds outputs first, first + 1, ... of the program, which are the gradients in order, to the flat gradient. */
CGM_API void cgm_params_bind_gradients(cgm_params *p, cgm_workspace *ws, size_t first);
/* After a run of such a program: each state, also its EMA copy, takes its next value from the flat gradient. One whose
 * next value is not finite stays what it is, and so does one that is frozen. */
CGM_API void cgm_params_update_state(cgm_params *p);

#endif
