/* Structural causal models: a directed acyclic graph of variables, each with a mechanism; ancestral sampling,
 * interventions, and counterfactuals by abduction, action and prediction (Pearl 2009, section 7.1). Written once
 * against scm/mechanism.h: nothing here knows what an image is. */
#ifndef CGM_SCM_SCM_H
#define CGM_SCM_SCM_H

#include "base/arena.h"
#include "scm/mechanism.h"

typedef struct cgm_scm cgm_scm;

/* Building from C: add variables in any order, then finish, which checks names, cycles (naming the cycle) and types,
 * orders the graph, and creates the mechanisms. */
CGM_API cgm_status cgm_scm_create(cgm_scm **out) CGM_CHECKED;
CGM_API void cgm_scm_destroy(cgm_scm *scm);
/* Copies variable and names. methods NULL: the default for the type (continuous affine_flow, categorical and
 * binary categorical, ordinal ordinal, count poisson, image cvae; a vector has none). options and where (for messages)
 * may be NULL and must live until finish. A name is made of letters, digits, '_' and '-'. */
CGM_API cgm_status cgm_scm_add(cgm_scm *scm, const cgm_variable *variable, size_t n_parents, const char *const *parents,
                               const cgm_mechanism_class *methods, const cgm_yaml *options,
                               const cgm_yaml *where) CGM_CHECKED;
/* Declares that a variable cannot be manipulated, as an age cannot: interventions on it, and along its edges, are
 * refused. CGM_E_ARG for an unknown one. */
CGM_API cgm_status cgm_scm_refuse_do(cgm_scm *scm, const char *variable) CGM_CHECKED;
/* The variables a and b have hidden common causes: their noises depend on one another. correlation: of the noises,
 * which must be standard normal ones, jointly normal with those of the other pairs (a Gaussian copula); NAN: not known,
 * so that queries which need the joint distribution are refused. where, for messages, may be NULL and must live until
 * finish, which reports what is wrong with a pair. */
CGM_API cgm_status cgm_scm_confound(cgm_scm *scm, const char *a, const char *b, double correlation,
                                    const cgm_yaml *where) CGM_CHECKED;
CGM_API cgm_status cgm_scm_finish(cgm_scm *scm) CGM_CHECKED;
/* From the config's `graph` map; data fills in what the config leaves out (levels, image size). A variable that data
 * lack, or whose type, levels or image size disagree with theirs, is a CGM_E_CONFIG error at the variable's line. data
 * may be NULL when the config says it all. */
CGM_API cgm_status cgm_scm_from_config(const cgm_yaml *graph, const cgm_dataset *data, cgm_scm **out) CGM_CHECKED;
/* The same with the config's `hidden`, a list of pairs with hidden common causes, which may be NULL. */
CGM_API cgm_status cgm_scm_from_sections(const cgm_yaml *graph, const cgm_yaml *hidden, const cgm_dataset *data,
                                         cgm_scm **out) CGM_CHECKED;

/* A model that needs no data: the config's `graph`, in which every mechanism is known (a formula, given coefficients),
 * and `hidden`. CGM_E_CONFIG, naming the first mechanism that has to be fitted. */
CGM_API cgm_status cgm_scm_from_known(const cgm_config *config, cgm_scm **out) CGM_CHECKED;
/* That every mechanism of the model of this `graph` is known; CGM_E_CONFIG as above. */
CGM_API cgm_status cgm_scm_check_known(const cgm_scm *scm, const cgm_yaml *graph) CGM_CHECKED;

/* Variables in a topological order. */
CGM_API size_t cgm_scm_count(const cgm_scm *scm);
CGM_API const cgm_variable *cgm_scm_variable(const cgm_scm *scm, size_t i);
CGM_API cgm_mechanism *cgm_scm_mechanism(const cgm_scm *scm, size_t i);
CGM_API size_t cgm_scm_parents(const cgm_scm *scm, size_t i, const size_t **parents);
/* Index of a variable, or -1. */
CGM_API int cgm_scm_find(const cgm_scm *scm, const char *name);
/* The same; CGM_E_ARG, with the nearest name, when there is none. */
CGM_API cgm_status cgm_scm_lookup(const cgm_scm *scm, const char *name, size_t *variable) CGM_CHECKED;

/* Engine nodes: for each variable its mechanism's internal nodes, then itself, in topological order. "image.z",
 * "image". */
CGM_API size_t cgm_scm_nodes(const cgm_scm *scm);
CGM_API const char *cgm_scm_node_name(const cgm_scm *scm, size_t node);
CGM_API const cgm_mechanism_node *cgm_scm_node(const cgm_scm *scm, size_t node);
CGM_API int cgm_scm_find_node(const cgm_scm *scm, const char *name);
CGM_API size_t cgm_scm_node_of(const cgm_scm *scm, size_t variable);

/* What an intervention makes of a node's natural value, which is what the mechanism gives in that world (in a
 * counterfactual with the factual noise) before the intervention; along an edge, of the value of the edge's source. */
typedef enum cgm_do_kind {
    CGM_DO_SET,      /* x = 3 */
    CGM_DO_PERMUTED, /* x = permuted: training values in a random order; whoever answers the query fills in `values` */
    CGM_DO_FUNCTION, /* x += 2, x := max(x, 2) + 0.1*age */
    CGM_DO_DRAW      /* x ~ normal(0, 1) */
} cgm_do_kind;

/* A parsed function or distribution, and a condition. */
typedef struct cgm_do_rule cgm_do_rule;

/* An intervention on a node, for every child, or along the edge to one child node alone. Scalars only; images and
 * vectors are not intervened on. Zero-initialised but for node and to it is a hard one, do(node = value). */
typedef struct cgm_intervention {
    size_t node;
    int to; /* -1: every child (the node itself takes the value); else a node: only that child sees the value */
    double value;
    const double *values; /* NULL, or one a row; of a node of several numbers, an image too, all of them: [n, width] */
    cgm_do_kind kind;
    const cgm_do_rule *rule; /* of functions, draws and conditions: from cgm_scm_parse_do; else NULL */
    const char *target;      /* as parsed: "x", "x->y"; else NULL */
    const char *text;        /* as parsed, "x->y += 2"; else NULL */
} cgm_intervention;

/* Reads interventions that act together, separated by commas:
 *
 *     x = 3, job = clerk, x = permuted    a number, a level, training values in a random order
 *     x += 2    x -= 2    x *= 1.5    x /= 2
 *     x := max(x, 2) + 0.1*age            a function of x's natural value and of what x sees: its parents
 *     x ~ normal(0.5*age, 1)              a draw for each row; parameters are such functions
 *     x = 3 if age > 60 and job == clerk  in the rows in which it holds; the others are left alone
 *     x->y: x += 2, x->y = 0              along one edge; a function sees the source alone
 *
 * Expressions and distributions are those of scm/formula/. What a condition sees is the factual world in a
 * counterfactual, else variables of the same world that do not descend from the intervened one. A level's name stands
 * for its number where it is compared with its variable, and in functions for its own variable. The list, all that it
 * points to and its texts live in the arena; the model must outlive it. CGM_E_ARG, CGM_E_UNSUPPORTED (an image, a
 * vector): "do(TEXT): column N: what is wrong, what was expected". That no target is there twice is checked by queries.
 */
CGM_API cgm_status cgm_scm_parse_do(const cgm_scm *scm, const char *text, cgm_arena *arena, size_t *n,
                                    cgm_intervention **out) CGM_CHECKED;
/* The same from several texts, which act together. */
CGM_API cgm_status cgm_scm_parse_dos(const cgm_scm *scm, size_t n_texts, const char *const *texts, cgm_arena *arena,
                                     size_t *n, cgm_intervention **out) CGM_CHECKED;
/* Reads one hard intervention, "thickness=3.5", "digit=7", "thickness->image.z=2", which needs no arena. CGM_E_ARG for
 * any other. */
CGM_API cgm_status cgm_scm_parse_intervention(const cgm_scm *scm, const char *text, cgm_intervention *out) CGM_CHECKED;

/* Reads a value of a variable: a number, or the name of a level where levels have names. CGM_E_ARG, with the nearest
 * name. The range is not checked. */
CGM_API cgm_status cgm_variable_parse(const cgm_variable *variable, const char *text, double *out) CGM_CHECKED;

/* Values or noises of every node over n rows, which may be a part of those that are asked about: row i is then number
 * first + i of all, draws what that row draws, and messages call it so. */
typedef struct cgm_world {
    size_t n, n_nodes;
    size_t first;      /* 0 when made */
    cgm_values *value; /* [n_nodes]: [n, width] */
    cgm_values *noise; /* [n_nodes]: [n, noise_width] */
    bool has_noise;    /* sampled, abducted or predicted: noise and internal values are there */
} cgm_world;
CGM_API cgm_status cgm_world_create(const cgm_scm *scm, size_t n, cgm_world **out) CGM_CHECKED;
CGM_API void cgm_world_destroy(cgm_world *world);
/* Fills the variables' values at the data set's rows. */
CGM_API cgm_status cgm_world_read(const cgm_scm *scm, const cgm_dataset *data, const size_t *rows,
                                  cgm_world *world) CGM_CHECKED;

/* Filled by cgm_query_defaults; a NULL pointer means the defaults. */
typedef struct cgm_query_opts {
    double abduct_temperature; /* scales the posterior's standard deviation; 1. 0: its mean */
    double pixel_temperature;  /* factor on the noise of the last node of image variables where it is computed; 1 */
    double
        sample_temperature; /* cgm_scm_sample: factor on the noise of the nodes that mechanisms publish (latents); 1 */
    int threads;            /* 1 */
    cgm_rng draws;          /* cgm_scm_predict: of interventions that draw, split by target and row; seed 1 */
} cgm_query_opts;
CGM_API void cgm_query_defaults(cgm_query_opts *opts);

/* Row i of every answer depends on the rng, row i and its number alone: not on n, the threads or the other variables of
 * the model. */

/* Fresh noise, then every node in order, under the interventions. Errors: CGM_E_ARG for an intervention that does not
 * fit (see cgm_scm_parse_do), whose condition sees a descendant, or that gives a value outside the variable's range,
 * naming the row; CGM_E_UNSUPPORTED naming the variable whose mechanism cannot sample. */
CGM_API cgm_status cgm_scm_sample(const cgm_scm *scm, const cgm_rng *rng, size_t n_do,
                                  const cgm_intervention *interventions, const cgm_query_opts *opts,
                                  cgm_world *out) CGM_CHECKED;
/* Abduction: the noise (and internal values) of every node from the variables' values in world. Errors: CGM_E_ARG for a
 * value outside its variable's range, naming the row; CGM_E_UNSUPPORTED naming the variable whose mechanism cannot
 * abduct. */
CGM_API cgm_status cgm_scm_abduct(const cgm_scm *scm, const cgm_rng *rng, const cgm_query_opts *opts,
                                  cgm_world *world) CGM_CHECKED;
/* Action and prediction: the counterfactual world of an abducted one (or of a sampled one). In rows in which no
 * intervention reaches a node it keeps its factual value to the bit; what an intervention reaches is computed again,
 * even if the intervened value is the factual one. The noise is the factual noise. out is another world of the same
 * size. Errors: as of cgm_scm_sample. */
CGM_API cgm_status cgm_scm_predict(const cgm_scm *scm, const cgm_world *factual, size_t n_do,
                                   const cgm_intervention *interventions, const cgm_query_opts *opts,
                                   cgm_world *out) CGM_CHECKED;
/* What counterfactuals under these interventions rest on beyond the variables' conditional distributions: out[v],
 * [variables], is the assumption that the mechanism of v states (scm/mechanism.h), or NULL where it states none or no
 * intervention makes v anew. */
CGM_API cgm_status cgm_scm_assumptions(const cgm_scm *scm, size_t n_do, const cgm_intervention *interventions,
                                       const char **out) CGM_CHECKED;
/* log p(value | parents) in nats of each variable: out[v] is [n], v in the order of cgm_scm_variable. A mechanism that
 * has only a bound gives its bound. CGM_E_ARG for a world that is not the first part. */
CGM_API cgm_status cgm_scm_log_prob(const cgm_scm *scm, const cgm_rng *rng, const cgm_world *world,
                                    double *const *out) CGM_CHECKED;

#endif
