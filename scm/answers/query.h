/* Queries: what a config's `queries` list or a command line asks of a trained run, and their answers: files, pictures,
 * figures. */
#ifndef CGM_SCM_QUERY_H
#define CGM_SCM_QUERY_H

#include "base/arena.h"
#include "scm/runs/run.h"

typedef enum cgm_query_kind { CGM_COUNTERFACTUAL, CGM_SAMPLE } cgm_query_kind;

/* Interventions that act together, as cgm_scm_parse_do reads them. */
typedef struct cgm_do {
    size_t n;
    const char *const *texts;
} cgm_do;

/* One of its texts, "x=3", "x +=2", "x->y: x+=2", from a target and what a config says of it: "3", "+=2", "x+=2"; NULL
 * when memory is out. */
CGM_API const char *cgm_do_text(cgm_arena *arena, const char *target, const char *value);

/* Values that a scalar variable is set to, whatever it would be: one a row of the answer. */
typedef struct cgm_setting {
    size_t column; /* whose world it is set in: the number of the do; 0 of a sample */
    const char *variable;
    const double *values;
} cgm_setting;

typedef struct cgm_answer cgm_answer;
/* Told of each batch of rows of an answer as it is made: see cgm_answer_world. Another status than CGM_OK ends it. */
typedef cgm_status cgm_answer_visit_fn(void *context, const cgm_answer *answer);

/* Fill with cgm_query_init first. Texts are borrowed until the answer is made. */
typedef struct cgm_query {
    cgm_query_kind kind;
    size_t n_dos; /* answers a row, each under its own interventions; a sample has one at most */
    const cgm_do *dos;
    size_t n_settings; /* what is set besides, by a program rather than a person; 0 */
    const cgm_setting *settings;
    size_t n;           /* rows: the first of the split, or as many samples; 0: 64, or all that there are if fewer */
    size_t n_rows;      /* counterfactuals: when not 0, these rows of the split instead, counted from 0 */
    const size_t *rows; /* [n_rows] */
    cgm_split split;    /* CGM_TEST */
    uint64_t seed;      /* of abduction, sampling and permutations; 1 */
    const char *out;    /* file to write, or NULL */
    const char *png;    /* picture to draw, or NULL */
    double temperature; /* of latents: factor on the standard deviation of their posterior, in a sample of their prior;
                           1 */
    double pixel_temperature; /* factor on the noise of image pixels; 1 */
    size_t n_measures;
    const char *const *measures; /* compare these measures of the image with the variables of the same name */
    size_t n_judges;
    const char *const *judges; /* counterfactuals: predictors of the run that read the images */
    bool truth;                /* use the data's true counterfactuals where they are known; true */
    size_t particles;          /* counterfactuals of images: abductions a row, for a mean and a standard deviation; 1 */
    size_t cycles;             /* counterfactuals of images: null interventions in a row, for composition; 0 */
    double denoise; /* counterfactuals of images: what is made of images with normal noise of this standard deviation,
                       pixels in [0, 1], beside the reconstruction; 0 */
    const char *modes; /* samples: which modes of a vector are found, the modes being the levels of this variable of the
                          data, which need not be in the graph; or NULL */
    bool latents;      /* write the variables that mechanisms publish, too; false */
    size_t batch;      /* rows at a time, on which the answer does not depend; 0: as many as take some 64 MB */
    size_t spare;      /* worlds of a batch's rows that a visit makes itself, for the plan of memory; 0 */
    cgm_answer_visit_fn *visit; /* or NULL */
    void *context;              /* of visit */
} cgm_query;

CGM_API void cgm_query_init(cgm_query *query, cgm_query_kind kind);
/* Reads one item of a `queries` list: {counterfactual: {...}} or {sample: {...}}. Lists live in the arena, texts in the
 * config. */
CGM_API cgm_status cgm_query_read(const cgm_yaml *item, cgm_arena *arena, cgm_query *out) CGM_CHECKED;
/* The schema of a query's map, for help texts. */
CGM_API const cgm_key *cgm_query_keys(size_t *n);

/* A measured number, over all rows of the answer. Errors of images are means of absolute differences in grey levels:
 *   do(...)         "error"      counterfactual image to the true one
 *                   "unedited"   factual image to the true counterfactual: the error of doing nothing
 *                   "ratio"      of these two
 *                   "error of the mean"  that of the particles' mean to the true one
 *                   "NAME measured" mean |measure of the counterfactual image - predicted value of NAME|
 *                   "NAME distance"  Kolmogorov and Smirnov's, of that measure to that of the true images, in the rows
 *                   in which the intervention changes a scalar variable
 *                   "NAME judged accuracy"  how often the predictor NAME reads off the counterfactual image the level
 *                                that was predicted of its attribute
 *                   "NAME judged error"     mean |what it reads - the predicted value|, of a continuous one
 *   factual images  both likewise, of the factual images and values: the predictor's own error
 *   reconstruction  "error"      image predicted from the abducted internal variables, without pixel noise, to the
 * factual one
 *   denoising       "noisy"      factual image with normal noise, which query->denoise is the size of, to that without
 *                   "error"      image predicted from the internal variables abducted from the one with noise, without
 * pixel noise, to the factual one
 *   modes           "all"        levels of query->modes
 *                   "covered"    those near which are at least a tenth of the samples that are their share of the data
 *                   "near"       share of the samples within 3 standard deviations of one
 *   composition     "after M"    image after M null interventions in a row, to the factual one: after 1, and
 * query->cycles
 */
typedef struct cgm_figure {
    const char *of; /* "do(thickness = 3.5)", "factual images", "reconstruction", "denoising", "modes", "composition" */
    const char *name;
    double value;
} cgm_figure;

/* Checks all that can be checked of a query before training: interventions, rows, measures, whether there is an image
 * to draw. */
CGM_API cgm_status cgm_run_check_query(cgm_run *run, const cgm_query *query) CGM_CHECKED;

/* Answers a query, batch by batch, and writes the file and the picture that it names, atomically. The run must be
 * finished and outlive the answer. CGM_E_UNSUPPORTED, naming the mechanism, when one cannot do what is asked;
 * CGM_E_INTERRUPTED when the run's stop flag is set between two batches. Memory does not grow with the rows, but for 8
 * bytes each, as many for each `permuted`, and 16 for each measure beside the truth.
 *
 * Files are HDF5. A counterfactual: /index [n] (rows of the data set), /factual/VARIABLE, /noise/VARIABLE,
 * /intervention/NAME (only the intervened), /counterfactual/VARIABLE, and /truth/VARIABLE where it is known; with
 * several particles /counterfactual_mean and /counterfactual_sd (of n - 1), of variables without levels, the
 * counterfactual and the noise being the first particle's. With several dos all groups of what would have been are in
 * /1, /2, ... instead, in their order. A sample: /sample/VARIABLE, /noise/VARIABLE, /intervention/NAME. With latents
 * what mechanisms publish ("image.z") is among values and noises. Figures are attributes of / or of /1, /2, ...;
 * assumptions, where there are any, one of /. A path that ends in .csv: a table of the index, the factual values "x",
 * those predicted "x.counterfactual" (with several dos "x.counterfactual1", ...) and the true ones "x.truth"; of a
 * sample, its values. CGM_E_ARG for that if a variable of the model is no scalar.
 *
 * The picture is a PNG grid of the first rows: the factual image, then each counterfactual and, where known, the true
 * one beside it, and with several particles the mean and the standard deviation; a sample as a sheet. Of a model
 * without images but with a vector of two numbers it shows points: samples beside the training rows, which then have to
 * be read; the factual points, the counterfactual ones, the true ones; at most 10,000 in each panel. */
CGM_API cgm_status cgm_run_answer(cgm_run *run, const cgm_query *query, cgm_answer **out) CGM_CHECKED;
CGM_API void cgm_answer_destroy(cgm_answer *answer);
/* The figures, borrowed; returns how many. */
CGM_API size_t cgm_answer_figures(const cgm_answer *answer, const cgm_figure **out);
/* During a visit, of the batch under way, whose worlds' `first` is the number of its first row: the world of a column,
 * what was predicted under the query's dos[column] (samples: column 0), and the factual world (NULL for samples); and
 * the value of a variable in the true counterfactual world, [n, width], or NULL. Borrowed. */
CGM_API const cgm_world *cgm_answer_world(const cgm_answer *answer, size_t column);
CGM_API const cgm_world *cgm_answer_factual(const cgm_answer *answer);
CGM_API const double *cgm_answer_truth(const cgm_answer *answer, size_t column, size_t variable);
/* What the counterfactuals rest on beyond the variables' conditional distributions, under any of the dos: "digit:
 * Gumbel-max noise; y: Gumbel-max noise" (see cgm_scm_assumptions), or NULL for samples and where there is nothing. */
CGM_API const char *cgm_answer_assumptions(const cgm_answer *answer);
/* Rows of the data set, [n], or NULL for samples. */
CGM_API const size_t *cgm_answer_rows(const cgm_answer *answer, size_t *n);

#endif
