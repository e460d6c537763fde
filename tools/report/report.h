/* The page of cgm report: its sections, a file each, and what they share. */
#ifndef CGM_TOOLS_REPORT_REPORT_H
#define CGM_TOOLS_REPORT_REPORT_H

#include "tools/report/html.h"

typedef struct report {
    cgm_run *run;
    const char *path, *directory; /* of the run file */
    const tool_options *options;
    cgm_arena arena;
    FILE *f;
    const char *no_data; /* why the run's data were not read, or NULL */
    json_t *results;     /* answers of other subcommands: an array of what --json prints, each with its "file" */
    json_t *checks;      /* rows of the verdict */
    size_t held, failed; /* of them */
} report;

/* ---- Answers (answers.c) ---- */

/* What the run's queries wrote beside it, what --with names, and the predictors' scores, made now. */
cgm_status report_collect(report *r) CGM_CHECKED;
/* Reads one: JSON, HDF5 or CSV as tool_result_give writes it. CGM_E_FORMAT for anything else. */
cgm_status report_read_answer(const char *path, json_t **out) CGM_CHECKED;
cgm_status report_read_csv(const char *path, json_t **out) CGM_CHECKED; /* csv.c */
/* A number of a file, which may be a count. */
json_t *report_number(double x);
/* The n-th answer of a subcommand, or NULL. */
const json_t *report_answer(const report *r, const char *command, size_t n);
/* The text at a key, "" where there is none. */
const char *report_text_at(const json_t *object, const char *key);

/* The noise of an evaluation that its figures are compared at: 0.1, else the least. */
double report_noise(const json_t *rows);
/* Whether a row of an evaluation is that figure; NULL and 0 match anything. NaN noise: any. */
bool report_is(const json_t *row, const char *metric, const char *treatment, const char *attribute, double noise,
               size_t after);

/* Whether the data are Morpho-MNIST's or like them: images with a thickness, an intensity and a digit. */
bool report_is_morphomnist(const report *r);

/* ---- Sections ---- */

cgm_status report_verdict(report *r) CGM_CHECKED;         /* verdict.c */
cgm_status report_question(report *r) CGM_CHECKED;        /* question.c: graph, mechanisms, queries */
cgm_status report_pictures(report *r) CGM_CHECKED;        /* question.c: those that the queries drew */
cgm_status report_counterfactuals(report *r) CGM_CHECKED; /* worlds.c */
cgm_status report_soundness(report *r) CGM_CHECKED;       /* soundness.c */
cgm_status report_published(report *r) CGM_CHECKED;       /* published.c, within soundness */
cgm_status report_training(report *r) CGM_CHECKED;        /* training.c: curves, times, memory */
cgm_status report_data(report *r) CGM_CHECKED;            /* sheet.c */
cgm_status report_making(report *r) CGM_CHECKED;          /* making.c: config, versions, command */

#endif
