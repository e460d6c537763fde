/* The inside of an answer. Internal. */
#ifndef CGM_SCM_ANSWER_PRIV_H
#define CGM_SCM_ANSWER_PRIV_H

#include "scm/answers/query.h"
#include "scm/predictors/predictor.h"

/* What is predicted under one set of interventions. Arrays have room for a batch and hold the one under way. */
typedef struct cgm_answer_column {
    const char *heading; /* "do(thickness = 3.5, digit = 7)" */
    size_t n_do;
    cgm_intervention *interventions; /* of all rows */
    cgm_intervention *here;          /* the same, of the batch's rows */
    cgm_world *world;
    bool has_truth;
    double **truth;            /* [variables]: [batch, width] when has_truth */
    double **mean, **variance; /* [variables]: [batch, width], over the particles; NULL where a variable has none */
} cgm_answer_column;

/* An answer is made batch by batch: its worlds hold rows [begin, begin + count). */
struct cgm_answer {
    cgm_run *run;
    cgm_query query;         /* its texts are used while answering only */
    const char *text;        /* the query as text */
    const char *assumptions; /* see cgm_answer_assumptions */
    cgm_query_opts opts;     /* its draws are also those of a sample */
    cgm_arena arena;         /* columns, their arrays and texts */
    size_t n;                /* rows in all */
    size_t *rows;            /* of the data set, [n]; NULL for samples */
    size_t batch;            /* rows at a time */
    size_t begin, count;
    cgm_world *factual;        /* NULL for samples */
    cgm_world *again, *beside; /* of one more particle, and under one of the dos */
    size_t n_columns;
    cgm_answer_column *column;
    size_t n_figures, figure_capacity;
    cgm_figure *figure;
    double started; /* on the clock of cgm_seconds */
};

/* Something that takes an answer as it is made: begin may leave *out NULL if the query does not ask for it; take is
 * called after each batch, end after the last; drop, always called, frees it, and what has not ended leaves nothing. */
typedef struct cgm_answer_sink {
    cgm_status (*begin)(cgm_answer *answer, void **out);
    cgm_status (*take)(void *sink, cgm_answer *answer);
    cgm_status (*end)(void *sink, cgm_answer *answer);
    void (*drop)(void *sink);
} cgm_answer_sink;
extern const cgm_answer_sink cgm_answer_figures_sink, cgm_answer_file_sink, cgm_answer_table_sink,
    cgm_answer_picture_sink, cgm_answer_scatter_sink, cgm_answer_modes_sink, cgm_answer_judges_sink;

/* Reads the texts of a do into the column. */
cgm_status cgm_answer_read_do(cgm_answer *answer, const cgm_do *what, cgm_answer_column *column) CGM_CHECKED;
/* Whether the true counterfactual values under what the column's interventions set can be known: the data know them,
 * the interventions are on variables, and what they set does not depend on the model. */
cgm_status cgm_answer_find_truth(cgm_answer *answer, cgm_answer_column *column) CGM_CHECKED;
/* Those of the batch. */
cgm_status cgm_answer_read_truth(cgm_answer *answer, cgm_answer_column *column) CGM_CHECKED;
/* That the samples have modes to be looked for. */
cgm_status cgm_answer_check_modes(const cgm_answer *answer) CGM_CHECKED;
/* Adds a figure; its texts are borrowed for the answer's life. */
cgm_status cgm_answer_add_figure(cgm_answer *answer, const char *of, const char *name, double value) CGM_CHECKED;
/* That the query's measures exist and have something to measure. */
cgm_status cgm_answer_check_measures(const cgm_answer *answer) CGM_CHECKED;
/* That the query's judges are there. */
cgm_status cgm_answer_check_judges(const cgm_answer *answer) CGM_CHECKED;
/* A world's images against its own values of the predictor's attribute; read: NULL, or room for what was read, [n]. */
cgm_status cgm_answer_judge(const cgm_answer *answer, cgm_predictor *p, const cgm_world *world, double *read,
                            cgm_judgement *sum) CGM_CHECKED;
/* The world's values of a variable by name. */
const double *cgm_answer_value(const cgm_answer *answer, const cgm_world *world, const char *name);
#define CGM_ANSWER_FACTUAL "factual images" /* whose figures what judges make of the factual images are */
/* That the query's null interventions have something to act on. */
cgm_status cgm_answer_check_cycles(const cgm_answer *answer) CGM_CHECKED;
/* That the image has parents that can be set. */
cgm_status cgm_answer_check_parents(const cgm_scm *scm, size_t image) CGM_CHECKED;
/* Told of the batch's world after each cycle, counted from 1. */
typedef cgm_status cgm_answer_cycle_fn(void *context, const cgm_answer *answer, size_t cycle, const cgm_world *world);
/* So many times in a row, each on the image that the last one gave: the interventions of the column (NULL: none), then
 * one that sets the image's parents back to what they are. */
cgm_status cgm_answer_cycle(const cgm_answer *answer, size_t image, const cgm_answer_column *column, size_t cycles,
                            cgm_answer_cycle_fn *visit, void *context) CGM_CHECKED;
/* Adds, for each of the batch's images, its mean absolute difference to itself after one null intervention and after
 * all of the query's cycles. */
cgm_status cgm_answer_compose(const cgm_answer *answer, size_t image, double sums[2]) CGM_CHECKED;
/* That the model, which has no image, has points to draw. */
cgm_status cgm_answer_check_scatter(const cgm_answer *answer) CGM_CHECKED;
/* That the query's noisy images have something to be made of. */
cgm_status cgm_answer_check_denoise(const cgm_answer *answer) CGM_CHECKED;
/* A world of the batch's rows whose images have the query's noise, abducted. */
cgm_status cgm_answer_abduct_noisy(const cgm_answer *answer, size_t image, cgm_world **out) CGM_CHECKED;
/* A measure of a column's images and of the true ones, over the rows in which the intervention changes a scalar
 * variable.
 */
typedef struct cgm_answer_distance {
    size_t n[2];
    double *value[2];
} cgm_answer_distance;
/* With room for so many rows. */
cgm_status cgm_answer_distance_init(cgm_answer_distance *d, size_t rows, cgm_arena *arena) CGM_CHECKED;
/* What is measured in the batch, [count] each, NaN where the measure is not defined; `world` is the column's. */
void cgm_answer_distance_take(cgm_answer_distance *d, const cgm_answer *answer, const cgm_world *world,
                              const double *measured, const double *of_truth);
/* Kolmogorov and Smirnov's distance of the two. */
double cgm_answer_distance_end(cgm_answer_distance *d);
/* That the answer fits in a table (.csv). */
cgm_status cgm_answer_check_table(const cgm_answer *answer, const char *path) CGM_CHECKED;
/* Index of the model's first image variable, or -1. */
int cgm_answer_image(const cgm_answer *answer);
/* Of its first vector of two numbers, else of its first vector of any number, or -1. */
int cgm_answer_vector(const cgm_answer *answer);
/* Whether the node is a variable, and not one that a mechanism publishes. */
bool cgm_answer_is_variable(const cgm_scm *scm, size_t node);

/* ---- Batches (answer_batch.c) ---- */

/* Chooses how many rows a batch has. CGM_E_MEMORY when the machine has no room for one. */
cgm_status cgm_answer_plan(cgm_answer *answer) CGM_CHECKED;
/* Rows of so many bytes that are worked on at a time. */
size_t cgm_answer_usual_batch(double row_bytes);
/* A world of the batch's rows with the factual values of the variables. */
cgm_status cgm_answer_copy_factual(const cgm_answer *answer, cgm_world **out) CGM_CHECKED;
/* Computes the batch at answer->begin, answer->count rows. */
cgm_status cgm_answer_compute(cgm_answer *answer) CGM_CHECKED;
/* Numbers in a row of a world. */
size_t cgm_answer_world_numbers(const cgm_scm *scm);
/* Tells the run's sink how far it is, `particles` of the batch under way done. CGM_E_INTERRUPTED when it is to stop. */
cgm_status cgm_answer_progress(const cgm_answer *answer, size_t particles) CGM_CHECKED;

/* ---- Particles (answer_particles.c) ---- */

/* Numbers a row that the particles' means and variances of one column take. */
size_t cgm_answer_particle_numbers(const cgm_answer *answer);
/* The means and variances of each column over the particles, the batch's worlds being the first. */
cgm_status cgm_answer_compute_particles(cgm_answer *answer) CGM_CHECKED;

/* ---- Files ---- */

/* Parts of the files that answers are written to. Some rows of all of them: */
typedef struct cgm_answer_part {
    size_t all, n;
} cgm_answer_part;
/* Of one value: [], [width] or [C, H, W]. */
cgm_shape cgm_answer_shape(const cgm_variable *v);
/* Appends values of a variable, [n, width], in the type and with the axes that it has. */
cgm_status cgm_answer_append_values(cgm_file *file, const char *path, const cgm_variable *v, cgm_answer_part rows,
                                    const double *data) CGM_CHECKED;
/* The numbers of the rows; the attributes of /. */
cgm_status cgm_answer_write_index(cgm_file *file, size_t n, const size_t *rows) CGM_CHECKED;
cgm_status cgm_answer_write_facts(cgm_file *file, const cgm_run *run, const char *query, const char *assumptions,
                                  uint64_t seed) CGM_CHECKED;

#endif
