/* Fitting a small network by gradient descent, on shuffled batches of the training rows of one variable, which the
 * network sees as features of its parents. Internal to scm/. */
#ifndef CGM_SCM_MECHANISMS_DESCENT_H
#define CGM_SCM_MECHANISMS_DESCENT_H

#include "nn/params.h"
#include "scm/mechanisms/features.h"

typedef struct scm_descent scm_descent;

/* How a mechanism's own options may differ from the config's `train`. */
typedef struct scm_descent_options {
    int64_t epochs, batch; /* 0: as in train */
    double rate;           /* 0: as in train */
} scm_descent_options;
/* Their keys, for options that hold them as `descent`. */
#define SCM_DESCENT_KEYS(options, when)                                                                                \
    {.name = "epochs",                                                                                                 \
     .type = CGM_KEY_INT,                                                                                              \
     .offset = offsetof(options, descent.epochs),                                                                      \
     .high = 1e9,                                                                                                      \
     .doc = when "epochs of its fit (0: as in train)"},                                                                \
        {.name = "batch",                                                                                              \
         .type = CGM_KEY_INT,                                                                                          \
         .offset = offsetof(options, descent.batch),                                                                   \
         .high = 1e9,                                                                                                  \
         .doc = when "rows of a step of its fit (0: as in train)"},                                                    \
    {                                                                                                                  \
        .name = "rate", .type = CGM_KEY_REAL, .offset = offsetof(options, descent.rate), .high = 10,                   \
        .doc = when "learning rate of its fit (0: as in train)"                                                        \
    }

/* What is fitted. Everything is borrowed until scm_descent_destroy; scaling and standard are set by begin. */
typedef struct scm_descent_spec {
    const cgm_variable *variable;
    scm_features *features;
    double *standard; /* [2]: mean and standard deviation of the variable, taken to the whole line if it has a range */
    cgm_params *params; /* initialised */
    scm_descent_options options;
    /* The loss of a batch as graph: y [n, 1] standardised, features [n, features->n - 1], or no node when there are
     * none. */
    cgm_node (*loss)(void *context, cgm_graph *g, cgm_node y, cgm_node features);
    /* NULL, or binds the loss's other inputs. */
    void (*bind)(void *context, cgm_workspace *ws);
    void *context;
    const char *metric; /* the loss's name */
    bool is_nll;        /* it is the negative log-likelihood of y: that of the variable is reported */
} scm_descent_spec;

/* CGM_E_ARG when the variable is constant. */
cgm_status cgm_scm_descent_begin(const scm_descent_spec *spec, const cgm_fit *fit, cgm_fit_report *report,
                                 scm_descent **out) CGM_CHECKED;
cgm_status cgm_scm_descent_step(scm_descent *d, const cgm_fit *fit, cgm_fit_report *report) CGM_CHECKED;
void cgm_scm_descent_destroy(scm_descent *d);
/* What resuming needs beside the parameters. */
cgm_status cgm_scm_descent_state(scm_descent *d, cgm_state *state) CGM_CHECKED;
/* The training rows, and the variable in them, standardised; borrowed. */
const scm_columns *cgm_scm_descent_columns(const scm_descent *d);
const double *cgm_scm_descent_target(const scm_descent *d);

#endif
