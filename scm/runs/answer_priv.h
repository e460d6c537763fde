/* The inside of an answer. Internal. */
#ifndef CGM_SCM_ANSWER_PRIV_H
#define CGM_SCM_ANSWER_PRIV_H

#include "scm/runs/query.h"

/* What was predicted under one set of interventions. */
typedef struct cgm_answer_column {
    const char *heading; /* "do(thickness = 3.5, digit = 7)" */
    size_t n_do;
    cgm_intervention *interventions;
    cgm_world *world;
    bool has_truth;
    double **truth; /* [variables]: [n, width] when has_truth */
} cgm_answer_column;

struct cgm_answer {
    cgm_run *run;
    cgm_query query;         /* its texts are used while answering only */
    const char *text;        /* the query as text */
    const char *assumptions; /* see cgm_answer_assumptions */
    cgm_query_opts opts;     /* its draws are also those of a sample */
    cgm_arena arena;         /* columns, their arrays and texts */
    size_t n;
    size_t *rows;       /* of the data set; NULL for samples */
    cgm_world *factual; /* NULL for samples */
    size_t n_columns;
    cgm_answer_column *column;
    size_t n_figures, figure_capacity;
    cgm_figure *figure;
};

/* Reads the texts of a do into the column. */
cgm_status cgm_answer_read_do(cgm_answer *answer, const cgm_do *what, cgm_answer_column *column) CGM_CHECKED;
/* The true counterfactual values under what the column's interventions set, if the data know them, the interventions
 * are on variables, and what they set does not depend on the model. */
cgm_status cgm_answer_read_truth(cgm_answer *answer, cgm_answer_column *column) CGM_CHECKED;
/* That the query's measures exist and have something to measure. */
cgm_status cgm_answer_check_measures(const cgm_answer *answer) CGM_CHECKED;
/* Fills the figures. */
cgm_status cgm_answer_measure(cgm_answer *answer) CGM_CHECKED;
/* Index of the model's first image variable, or -1. */
int cgm_answer_image(const cgm_answer *answer);

/* That the answer fits in a table (.csv), and writing it: a line a row, the factual values
 * and then those under each of the interventions, and the true ones where they are known; the values of a sample alone.
 */
cgm_status cgm_answer_check_table(const cgm_answer *answer, const char *path) CGM_CHECKED;
cgm_status cgm_answer_save_table(const cgm_answer *answer, const char *path) CGM_CHECKED;
/* Parts of the files that answers are written to. Values of a variable [n, width], in the type and with the axes that
 * it has; those of all variables of a world; the numbers of the rows; the attributes of /. */
cgm_status cgm_answer_write_values(cgm_file *file, const char *path, const cgm_variable *v, size_t n,
                                   const double *data) CGM_CHECKED;
cgm_status cgm_answer_write_world(cgm_file *file, const char *group, const cgm_scm *scm,
                                  const cgm_world *world) CGM_CHECKED;
cgm_status cgm_answer_write_index(cgm_file *file, size_t n, const size_t *rows) CGM_CHECKED;
cgm_status cgm_answer_write_facts(cgm_file *file, const cgm_run *run, const char *query, const char *assumptions,
                                  uint64_t seed) CGM_CHECKED;

#endif
