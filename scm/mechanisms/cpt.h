/* The conditional probability table: a variable with levels whose parents all have levels, with a distribution for each
 * combination of these. Noise as in the categorical mechanism: x = argmax over the levels of log p(level | parents) +
 * u_level, u_level standard Gumbels. Internal to scm/. */
#ifndef CGM_SCM_MECHANISMS_CPT_H
#define CGM_SCM_MECHANISMS_CPT_H

#include "scm/mechanism_table.h"
#include "scm/mechanisms/features.h"

typedef struct scm_cpt {
    cgm_mechanism base;
    cgm_arena arena;
    const cgm_variable *variable;
    cgm_mechanism_node node;
    scm_features parents; /* who they are; a table has no features */
    size_t levels, rows;
    double *p; /* [rows, levels]; row r is that of the parents' levels in mixed radix, the last parent's fastest */
    bool given;
    double pseudo_count; /* added to the count of each level, of each row */
} scm_cpt;

/* The row for these levels of the parents, [n_parents]. */
size_t cgm_scm_cpt_row(const scm_cpt *m, const double *levels);
/* The distribution in row i of these values, [levels]. */
const double *cgm_scm_cpt_at(const scm_cpt *m, const cgm_values *parents, size_t i);
/* Sets a row to p, [levels], divided by its sum. CGM_E_ARG, with the row's name, when a number is not within [0, 1], or
 * the sum further from 1 than 1e-6. */
cgm_status cgm_scm_cpt_set(scm_cpt *m, size_t row, const double *p) CGM_CHECKED;
/* "y given smoke=yes, age=old", for messages; text holds size bytes. */
const char *cgm_scm_cpt_name(const scm_cpt *m, size_t row, size_t size, char *text);

/* Reads a config's `table`: a list of numbers without parents; else a list of maps {PARENT: LEVEL, ..., p: [...]}, one
 * for each combination, in any order. CGM_E_CONFIG at the line of what is wrong. */
cgm_status cgm_scm_cpt_read(scm_cpt *m, const cgm_yaml *table) CGM_CHECKED;

/* Maximum likelihood from plain windows, value [n, 1], parents [n, 1] each: the frequencies, with the pseudo-count
 * added. A combination that no row has gets the uniform distribution; *unseen says how many there are. */
cgm_status cgm_scm_cpt_fit(scm_cpt *m, const cgm_values *value, const cgm_values *parents, size_t *unseen) CGM_CHECKED;

#endif
