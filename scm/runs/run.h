/* A run: a config, its data, the structural causal model that it describes, and how far training is. Everything that
 * the command does to one is here: train, stop, resume, store, open again, make once more and compare. Queries are in
 * scm/answers/query.h. */
#ifndef CGM_SCM_RUN_H
#define CGM_SCM_RUN_H

#include "scm/scm.h"

typedef struct cgm_run cgm_run;

/* Zero-initialise. The texts are used while the run is made, the rest is borrowed for its life. */
typedef struct cgm_run_opts {
    const char *base;         /* directory that the config's paths are relative to, or NULL */
    const char *data_path;    /* reads the data here instead of at data.path, or NULL */
    int threads;              /* 0: all that the process may use */
    cgm_sink sink;            /* log lines and progress */
    const volatile int *stop; /* training ends after the step during which this becomes nonzero, or NULL */
} cgm_run_opts;

/* Reads the config's sections `data`, `graph`, `train`, `predictors` and `queries`, opens the data and builds the
 * model. The config is borrowed and completed: defaults of `data` and `train` are written into it and paths made
 * absolute, so that its text says everything. */
CGM_API cgm_status cgm_run_create(cgm_config *config, const cgm_run_opts *opts, cgm_run **out) CGM_CHECKED;
/* Opens a run file, finished or not, for queries, for more training or to look at it. CGM_E_FORMAT when the file is not
 * a run. Data are read only when something needs them. */
CGM_API cgm_status cgm_run_open(const char *path, const cgm_run_opts *opts, cgm_run **out) CGM_CHECKED;
/* Reads the data unless that is done. CGM_E_FORMAT when they are not those that the run was trained on (their SHA-256
 * differs). */
CGM_API cgm_status cgm_run_load_data(cgm_run *run) CGM_CHECKED;
CGM_API void cgm_run_destroy(cgm_run *run);

/* Takes over what the run file at `path` has trained; cgm_run_train then goes on to the same bits as a run that was
 * never stopped. CGM_E_CONFIG, naming the first difference, unless both configs agree in `data`, `graph`, `train` and
 * the predictors that the file has; the config may have others, which are then trained beside them. */
CGM_API cgm_status cgm_run_resume(cgm_run *run, const char *path) CGM_CHECKED;
/* The most memory in bytes that training any part of the run still untrained will hold besides the data; its number in
 * *part (-1: nothing is left to train). CGM_E_MEMORY at once when the machine does not have so much. */
CGM_API cgm_status cgm_run_plan(cgm_run *run, size_t *bytes, int *part) CGM_CHECKED;
/* Trains every mechanism that is not trained yet, in topological order, then the predictors, and writes checkpoints and
 * at the end the finished run to `path`, each time replacing the file as a whole. CGM_E_INTERRUPTED, after a
 * checkpoint, when the stop flag is set. On other errors the last checkpoint stays as it is. With train.minutes the
 * length depends on the clock; the steps made are recorded. */
CGM_API cgm_status cgm_run_train(cgm_run *run, const char *path) CGM_CHECKED;
/* Writes the run as it is, atomically. */
CGM_API cgm_status cgm_run_save(cgm_run *run, const char *path) CGM_CHECKED;

/* Makes the run stored at `path` once more from that file alone into `scratch` (a new file, left in place), and
 * compares every data set of both. `visit` is told each path and whether it is identical. With train.minutes the
 * recorded number of steps is made. */
CGM_API cgm_status cgm_run_again(const char *path, const char *scratch, const cgm_run_opts *opts,
                                 cgm_file_compare_fn *visit, void *context) CGM_CHECKED;

CGM_API bool cgm_run_is_finished(const cgm_run *run);
/* An error, CGM_E_ARG, where it is not: what every question begins with. */
CGM_API cgm_status cgm_run_check_finished(const cgm_run *run) CGM_CHECKED;
CGM_API const cgm_scm *cgm_run_scm(const cgm_run *run);
CGM_API const cgm_dataset *cgm_run_data(const cgm_run *run); /* NULL until they are read */
CGM_API const cgm_train_opts *cgm_run_train_opts(const cgm_run *run);
/* The resolved config as YAML; borrowed until the run's config changes. NULL, with the message set, when memory is out.
 */
CGM_API const char *cgm_run_config_text(const cgm_run *run);
/* The config's `queries` list, or NULL. */
CGM_API const cgm_yaml *cgm_run_queries(const cgm_run *run);
/* Facts about how the run was made; each text may be "". */
typedef struct cgm_run_facts {
    const char *cgm_version, *versions, *cpu, *data, *data_sha256, *created, *finished;
    double seconds; /* spent training */
} cgm_run_facts;
CGM_API void cgm_run_get_facts(const cgm_run *run, cgm_run_facts *out);

/* The parts of a run are the variables of its model, 0 to cgm_scm_count - 1, then the predictors of the config's
 * section `predictors` (scm/predictors/predictor.h). How many they are, and the name of one. */
CGM_API size_t cgm_run_parts(const cgm_run *run);
CGM_API const char *cgm_run_part_name(const cgm_run *run, size_t i);
/* How far part i is. */
typedef struct cgm_run_progress {
    bool finished;
    uint64_t steps;        /* made */
    uint64_t done, total;  /* in the mechanism's own units */
    double seconds;        /* spent on it */
    uint64_t memory_bytes; /* planned for training it, besides the data; 0: not recorded */
    size_t n_metrics;
    cgm_metric metrics[CGM_PROGRESS_METRICS]; /* the last value of each */
} cgm_run_progress;
CGM_API void cgm_run_get_progress(const cgm_run *run, size_t i, cgm_run_progress *out);
/* The values of a metric over all steps, borrowed until more steps are made; NULL when there is none of that name. */
CGM_API const double *cgm_run_metric(const cgm_run *run, size_t i, const char *name, size_t *steps);
/* Numbers that part i has learnt, counted from its state; and one line on what was fitted, "" where there is none. */
CGM_API cgm_status cgm_run_count_parameters(const cgm_run *run, size_t i, uint64_t *count) CGM_CHECKED;
CGM_API void cgm_run_describe_part(const cgm_run *run, size_t i, size_t size, char *text);

/* The version of the library, "0.1.0". */
CGM_API const char *cgm_version(void);
/* Reads a config's `train` map; what it leaves out gets its default. */
CGM_API cgm_status cgm_train_opts_read(const cgm_yaml *map, cgm_train_opts *out) CGM_CHECKED;
/* The schema of the `train` map, for help texts. */
CGM_API const cgm_key *cgm_train_keys(size_t *n);

#endif
