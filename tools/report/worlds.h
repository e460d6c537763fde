/* Counterfactuals of a few images under many values of one attribute, as pictures. Internal to the report. */
#ifndef CGM_TOOLS_REPORT_WORLDS_H
#define CGM_TOOLS_REPORT_WORLDS_H

#include "tools/report/report.h"

/* A PNG file in memory. */
typedef struct picture {
    size_t n;
    uint8_t *bytes;
} picture;

/* What a row of pictures is. */
typedef enum world_kind { WORLD_COUNTERFACTUAL, WORLD_CHANGE, WORLD_TRUTH, WORLD_KINDS } world_kind;

typedef struct worlds {
    cgm_arena arena;
    const cgm_scm *scm;
    size_t attribute, image;     /* variables */
    size_t n, steps;             /* images and values of the attribute */
    double *value;               /* [steps] */
    const size_t *row;           /* [n], of the data set */
    picture *factual;            /* [n] */
    picture *shown[WORLD_KINDS]; /* [steps, n]; truth: NULL where it is not known */
    picture mean_change;         /* of the images, from the first to the last value */
    double change_limit;         /* grey levels that full colour of a change stands for */
    double mean_limit;
    size_t n_moved; /* the scalar variables that the attribute moves, and their values [steps, n] */
    size_t *moved;
    double **moved_value, **moved_factual;
} worlds;

/* The values that an attribute is set to: its levels, or even steps over the middle 98 % of the training rows. */
cgm_status worlds_choose_values(const report *r, worlds *w) CGM_CHECKED;
/* Asks the model; w has attribute, image and values. CGM_E_UNSUPPORTED where it has no counterfactuals. */
cgm_status worlds_make(report *r, worlds *w) CGM_CHECKED;
void worlds_clear(worlds *w);

/* Whether the variable moves the other, by the graph. */
bool worlds_reaches(const cgm_scm *scm, size_t from, size_t to);

#endif
