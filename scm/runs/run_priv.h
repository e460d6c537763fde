/* The inside of a run, shared by the files that implement it. Internal. */
#ifndef CGM_SCM_RUN_PRIV_H
#define CGM_SCM_RUN_PRIV_H

#include "scm/predictors/predictor_priv.h"
#include "scm/runs/film.h"
#include "scm/runs/glance.h"
#include "scm/runs/run.h"
#include "scm/tuning/tuning.h"

/* A metric's value at each step: value[0..n). */
typedef struct cgm_series {
    char name[sizeof((cgm_metric *)0)->name];
    size_t n, capacity;
    double *value;
    double last; /* the last value that a step gave */
} cgm_series;

/* How far a part of the run is: a variable, a predictor, or fine-tuning. */
typedef struct cgm_part {
    bool finished, fitting; /* fitting: between fit_begin and fit_end */
    uint64_t steps, done, total;
    uint64_t limit;  /* stop after this many steps; 0: when the mechanism says so */
    double seconds;  /* spent on it */
    uint64_t memory; /* bytes that training it holds besides the data; 0: not known */
    size_t n_series;
    cgm_series series[CGM_PROGRESS_METRICS];
    cgm_film film;
} cgm_part;

struct cgm_run {
    cgm_config *config, *own; /* own: the config when the run has to destroy it, else NULL */
    cgm_run_opts opts;        /* threads resolved */
    cgm_train_opts train;
    const cgm_yaml *queries;
    cgm_arena arena; /* texts of the facts */
    cgm_dataset *data;
    cgm_scm *scm;
    size_t n_predictors;
    cgm_predictor **predictor;
    cgm_tuner *tuner; /* NULL without a section `finetune` */
    size_t n_parts;
    cgm_part *part; /* one a variable, in the model's order, then one a predictor, then that of fine-tuning */
    cgm_run_facts facts;
    double seconds_before;   /* of training in earlier sessions */
    const char *resume_path; /* the file that holds the state of a fit under way, or NULL */
    bool asks_anew;          /* that file's config has other queries */
};

/* What the top of a config holds. */
typedef struct cgm_run_sections {
    const cgm_yaml *data, *graph, *hidden, *train, *predictors, *finetune, *queries;
} cgm_run_sections;
cgm_status cgm_run_read_sections(const cgm_config *config, cgm_run_sections *out) CGM_CHECKED;
/* Writes defaults and absolute paths into the config. */
cgm_status cgm_run_resolve_config(cgm_config *config, const char *base) CGM_CHECKED;
/* Those of its section `data`, which is `data`, by realpath. */
cgm_status cgm_run_resolve_paths(cgm_config *config, const cgm_data_opts *data, const char *base) CGM_CHECKED;
/* Writes what the data said about the variables into the config: levels and sizes of images. */
cgm_status cgm_run_resolve_graph(cgm_config *config, const cgm_scm *scm) CGM_CHECKED;
/* CGM_E_CONFIG naming the first value in which `data`, `graph` or `train` differ, or a predictor of a's in b; b may
 * have others too. Each name says whose config it is. */
cgm_status cgm_run_same_config(const cgm_config *a, const char *a_name, const cgm_config *b,
                               const char *b_name) CGM_CHECKED;
/* Whether they ask the same. */
bool cgm_run_same_queries(const cgm_config *a, const cgm_config *b);

/* Adds the step's metrics; a metric that a step lacks is NaN there. */
cgm_status cgm_part_record(cgm_part *part, const cgm_fit_report *report) CGM_CHECKED;
/* The last value of each metric, its number in return: some are given by few steps, as at an epoch's end. */
size_t cgm_part_latest(const cgm_part *part, cgm_metric metrics[CGM_PROGRESS_METRICS]);
/* Where a run file holds a part. */
typedef struct cgm_part_place {
    char state[128], progress[128], metrics[128];
    const cgm_variable *film; /* whose film there may be, or NULL */
} cgm_part_place;
cgm_part_place cgm_part_place_of(cgm_part_kind kind, const char *name);
cgm_status cgm_part_save(const cgm_part *part, cgm_file *file, const cgm_part_place *place) CGM_CHECKED;
cgm_status cgm_part_load(cgm_part *part, cgm_file *file, const cgm_part_place *place) CGM_CHECKED;
void cgm_part_clear(cgm_part *part);

/* ---- Predictors (run_predictors.c) ---- */

/* The untrained predictors of the config; the model is there. */
cgm_status cgm_run_build_predictors(cgm_run *run, const cgm_yaml *predictors) CGM_CHECKED;
/* The fine-tuning of the config, if there is any; the predictors are there. */
cgm_status cgm_run_build_tuner(cgm_run *run, const cgm_yaml *finetune) CGM_CHECKED;
void cgm_run_drop_predictors(cgm_run *run);
/* The part's predictor, or NULL where it is something else. */
cgm_predictor *cgm_run_part_predictor(const cgm_run *run, size_t i);
/* The predictor of that name; CGM_E_ARG, after the option that names it, with the nearest name. */
cgm_status cgm_run_lookup_predictor(const cgm_run *run, const char *option, const char *name,
                                    cgm_predictor **out) CGM_CHECKED;
/* The same, or without a name (NULL) the run's only one. */
cgm_status cgm_run_choose_predictor(const cgm_run *run, const char *name, cgm_predictor **out) CGM_CHECKED;
/* Whether the part is a variable. */
bool cgm_run_part_is_variable(const cgm_run *run, size_t i);
/* How the part is trained: the run's way, or its own. */
const cgm_train_opts *cgm_run_part_train(const cgm_run *run, size_t i);
/* What is fitted and filed: the variable's mechanism, the predictor, or the fine-tuning. */
cgm_mechanism *cgm_run_part_mechanism(const cgm_run *run, size_t i);

/* What fitting a variable starts from, the same in a run and when a model is fitted again. */
cgm_fit cgm_run_fit_of(const char *variable, const cgm_dataset *data, const cgm_train_opts *train, int threads);
/* Fits variable v to the training rows of data in one go, by one thread. */
cgm_status cgm_scm_fit(cgm_scm *scm, size_t v, const cgm_dataset *data, const cgm_train_opts *train) CGM_CHECKED;

/* Back to before any training; config and data stay. */
cgm_status cgm_run_forget(cgm_run *run) CGM_CHECKED;

/* Logs a warning when a run goes on where bits may come out otherwise than where it began. */
void cgm_run_warn_elsewhere(const cgm_run *run, const cgm_run_facts *then, const cgm_run_facts *now);

/* The arrays of a part from where they are. */
cgm_status cgm_run_load_state(cgm_run *run, size_t i, cgm_file *file) CGM_CHECKED;
/* Opens a run file and checks that it is one. */
cgm_status cgm_run_file_open(const char *path, cgm_file **out) CGM_CHECKED;
/* The config stored in a run file, under the name FILE:config. */
cgm_status cgm_run_file_config(cgm_file *file, cgm_config **out) CGM_CHECKED;
/* Progress, metrics and finished mechanisms; the state of a fit under way is left for cgm_run_train, which finds it in
 * the file. */
cgm_status cgm_run_load(cgm_run *run, cgm_file *file) CGM_CHECKED;

/* What the machine is: the CPU's model name, and the versions of the libraries. */
cgm_status cgm_machine_describe(cgm_arena *arena, const char **cpu, const char **versions) CGM_CHECKED;
/* Bytes that the process can still use, as far as the system says; SIZE_MAX when it does not. */
size_t cgm_machine_memory(void);
/* The time now, "2026-11-22T06:30:00Z". */
#define CGM_TIME_TEXT 24
void cgm_machine_time(char text[CGM_TIME_TEXT]);

#endif
