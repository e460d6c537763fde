/* Whether a model's counterfactual images are sound: the axioms of composition, effectiveness and reversibility, the
 * error to the truth where the data know it, realism and minimality, over interventions on each attribute. */
#ifndef CGM_SCM_EVALUATION_H
#define CGM_SCM_EVALUATION_H

#include "scm/answers/query.h"
#include "scm/predictors/predictor.h"

/* Which value an attribute is set to in a row. Figures under one protocol do not compare with those under the other. */
typedef enum cgm_evaluation_protocol {
    CGM_PROTOCOL_PERMUTED, /* a training value, as `x=permuted` of a counterfactual (De Sousa Ribeiro et al. 2023) */
    CGM_PROTOCOL_BINS /* one of the asked rows' own values that lies in another bin than the row's, each different value
                         as often as any other (Melistas et al. 2024); bins are levels, or of one width over these rows'
                         range */
} cgm_evaluation_protocol;
#define CGM_PROTOCOL_NAMES "permuted|bins"
#define CGM_JUDGE_NONE "none"
#define CGM_TREATMENT_RANDOM "random" /* beside the others: on one of them, drawn for each image and seed */

/* Fill with cgm_evaluation_init first. Texts and arrays are borrowed. */
typedef struct cgm_evaluation_opts {
    size_t n;        /* the first rows of the split; 0: all */
    cgm_split split; /* CGM_TEST */
    cgm_evaluation_protocol protocol;
    size_t bins;         /* of a continuous attribute or a count, 2 to 1000; 10 */
    size_t n_treatments; /* attributes that are intervened on, one at a time; none but CGM_TREATMENT_RANDOM, or 0: all
                            that can be and reach the image */
    const char *const *treatments;
    size_t n_judges; /* predictors that read the images; 0: all of the run's that read this image and do not tune it;
                        CGM_JUDGE_NONE alone: none */
    const char *const *judges;
    size_t n_measures; /* of images, beside the variables of their names; 0: all of which there is a variable */
    const char *const *measures;
    const char *predictor; /* whose features FID and KID are of; NULL: the first judge, of levels where there is one */
    cgm_run *embedding;    /* a run whose image mechanism has a normal posterior, in which CLD is taken, its own image's
                              parents being among this run's variables; NULL: CLD is of the predictor's features */
    /* What figures should be, or were elsewhere: "METRIC [do(NAME)] [of NAME] [by measure | by predictor NAME] [noise
     * X] [after N] [<= or >= X, real + X or real - X] [published X]", as in "effectiveness error do(size) of size <=
     * real + 0.02". What is left out is any: several figures may be meant. */
    size_t n_expectations;
    const char *const *expectations;
    size_t n_noises;
    const double *noises; /* [n_noises], at least one: factors on the noise of pixels; 0, 0.1, 1 */
    size_t cycles;        /* of composition and reversibility; 10 */
    size_t seeds;         /* 3 */
    uint64_t seed;        /* the first of them; 1 */
    double temperature;   /* of latents: factor on the standard deviation of their posterior; 1 */
    size_t resamples;     /* of the intervals; 0: none; 1000 */
    double level;         /* of the intervals; 0.95 */
} cgm_evaluation_opts;
CGM_API void cgm_evaluation_init(cgm_evaluation_opts *opts);

/* A figure. Distances of images are in grey levels, those of attributes in their units; NaN where there is nothing to
 * say. The metrics:
 *   "composition L1", "L2"     mean absolute difference and root mean square of the image after `after` null
 *                              interventions in a row to the factual one; "SSIM" and "PSNR" likewise, PSNR over the
 *                              images that changed. Where the noise is 1 a mechanism that abducts exactly gives the
 *                              image back, so that it is 0 by construction and says nothing of the model
 *   "reversibility L1", "L2"   the same after so many times the intervention and its undoing
 *   "effectiveness error"      mean |what is read off the counterfactual image - what was predicted of the attribute|,
 *                              or "effectiveness accuracy": how often the level was; by a predictor or by a measure
 *   "truth L1", "L2", "SSIM", "PSNR"   of the counterfactual image to the true one; "truth unedited L1": of the factual
 *                              image, the error of doing nothing; "truth error": of an attribute's predicted value, of
 *                              levels the share of wrong ones
 *   "FID", "KID"               of the features of the counterfactual images to those of the factual ones
 *   "CLD"                      metrics/minimality.h; "CLD as released": with the means for the logarithms of scales, as
 *                              the benchmark's released code has it
 *   "ELBO"                     of the factual images, in nats an image, where the mechanism has a bound or a density */
typedef struct cgm_evaluation_row {
    const char *metric;
    const char *treatment; /* what is intervened on, CGM_TREATMENT_RANDOM, or NULL */
    const char *attribute; /* what is read, or NULL */
    const char *by;        /* "predictor digit", "measure", "posterior of image.z", or NULL */
    double noise;          /* factor on the noise of pixels, or NaN */
    size_t after;          /* cycles, or 0 */
    size_t n;              /* images */
    double value;          /* mean over the seeds of the mean over images */
    double deviation;      /* of the seeds' values (of seeds - 1); NaN for one seed */
    double error;          /* standard error over images, of each image's mean over the seeds; of KID the jackknife's */
    double low, high;      /* bootstrap interval over images, of the same; NaN for FID and KID */
    double real; /* effectiveness: the judge's own on the factual images; FID, KID: of as many training images */
    /* Of what is expected of it: "at most" or "at least", or NULL; what, and by how much more it may be missed, NaN
     * where it is not `real`; and "met" or "missed". */
    const char *wanted, *verdict;
    double target, tolerance;
    double published; /* elsewhere, or NaN */
} cgm_evaluation_row;

/* A predictor that judged, or that the model was fine-tuned by, and what it saw. */
typedef struct cgm_evaluation_judge {
    const char *name;
    cgm_rows_seen rows;
    uint64_t seed;
} cgm_evaluation_judge;

typedef struct cgm_evaluation {
    cgm_arena arena;
    size_t n_rows;
    cgm_evaluation_row *row;
    size_t n_judges, n_tuners;
    cgm_evaluation_judge *judge, *tuner;
    size_t
        trained; /* rows that the model was trained on, or fine-tuned: the first ones of the data, all for training */
    const char *image;
    const char *predictor;   /* of FID and KID, or NULL */
    size_t features, fitted; /* of that: how many, and training rows that it was fitted to */
    bool few;                /* FID: of no more images than features */
    const char *embedding;   /* what CLD is of, or NULL */
    size_t n, seeds, cycles;
    bool similar;             /* images are large enough for SSIM */
    size_t n_expected, n_met; /* figures that have a bound, those that there are not included */
    size_t n_absent;
    const char **absent; /* expectations of figures that this model has not */
} cgm_evaluation;

/* That the question can be answered of this run, trained or not. CGM_E_ARG, naming the judge, when it sees a row that
 * is asked for, or the model is fine-tuned by it, or by a predictor that sees a row that it sees or has its seed; and
 * for an expectation that cannot be read, of figures that there will not be, or of one that another says something of.
 */
CGM_API cgm_status cgm_run_check_evaluation(cgm_run *run, const cgm_evaluation_opts *opts) CGM_CHECKED;
/* Answers it. The run must be finished. For cgm_evaluation_clear. Holds features, and a number for each image, seed and
 * figure; images are made in batches. Errors: those of cgm_run_answer. The answer does not depend on the threads. */
CGM_API cgm_status cgm_run_evaluate(cgm_run *run, const cgm_evaluation_opts *opts, cgm_evaluation *out) CGM_CHECKED;
CGM_API void cgm_evaluation_clear(cgm_evaluation *e);

#endif
