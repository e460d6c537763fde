/* Attacks on a run's predictors: changes of images, small or as small as can be, after which a predictor reads
 * something else. A stress test of a judge: what a change of a few grey levels can fake, a model's counterfactuals may
 * fake too. */
#ifndef CGM_SCM_ATTACK_H
#define CGM_SCM_ATTACK_H

#include "base/arena.h"
#include "scm/runs/run.h"

/* Fill with cgm_attack_init first. Texts are borrowed. */
typedef struct cgm_attack_opts {
    const char *predictor; /* that is attacked; NULL: the run's only one */
    const char *method;    /* a name of cgm_attack_method_at; NULL: "fgsm" */
    const char *surrogate; /* of method surrogate: the predictor of the run that the changes are made for; NULL: one
                              that is fitted to what the attacked one answers */
    const char *target;    /* level that is to be read; NULL: any but the true one */
    double epsilon;        /* most that a pixel is changed by, in grey levels; 0: 8, where the method has a bound */
    size_t iterations;     /* steps of the method; 0: its own number */
    cgm_row_choice rows;   /* the first 100 test rows */
    uint64_t seed;         /* of what is drawn; 1 */
    const char *out;       /* HDF5 file to write, or NULL */
    const char *png;       /* picture to draw, or NULL */
} cgm_attack_opts;
CGM_API void cgm_attack_init(cgm_attack_opts *opts);

/* The methods there are: their number; the name of one, and what it is in a line, with its source. */
CGM_API size_t cgm_attack_methods(void);
CGM_API const char *cgm_attack_method_at(size_t i, const char **doc);

/* Norms are of the change in grey levels, the root of its sum of squares and the largest of a pixel, over the images
 * with which the attack succeeded; of a continuous attribute over all. NaN where there are none. */
typedef struct cgm_attack_report {
    cgm_arena arena;
    const char *predictor, *image, *attribute, *method, *surrogate; /* surrogate: "" where there is none of that name */
    const char *measure;  /* "accuracy", or of a continuous attribute "error", the mean absolute one in its units */
    double epsilon;       /* 0: the method has no bound */
    size_t iterations;    /* 0: the method has no steps */
    size_t n;             /* images */
    double before, after; /* the measure of the images as they are, and changed */
    /* Images that count, as they were read right, or with a target as another level; those of them that are read
     * wrong, or as the target, when changed; and their share. Continuous attributes have none: 0, 0, NaN. */
    size_t tried, succeeded;
    double success;
    double l2_mean, l2_median, linf_mean, linf_median;
    double shown; /* images that the predictor was shown by the method, a mean an image that is attacked */
    /* Of each image: its row in the data set, the true value, what was read before and after, the probability of what
     * was read (NaN: continuous), the norms, and whether it counts and the attack succeeded. */
    const size_t *row;
    const double *truth, *read, *read_after, *sure, *sure_after, *l2, *linf;
    const bool *counts, *fooled;
    const double *factual, *attacked; /* [n, C H W], in grey levels, within 0 and 255 */
} cgm_attack_report;

/* That the question can be answered of this run, trained or not. CGM_E_ARG where a method cannot do what is asked, or
 * an option would do nothing. */
CGM_API cgm_status cgm_run_check_attack(cgm_run *run, const cgm_attack_opts *opts) CGM_CHECKED;
/* Attacks the images, and writes the file and the picture, atomically. The run must be finished. The same bits for any
 * number of threads. Holds all images, as they are and changed: 16 bytes a number of each. CGM_E_INTERRUPTED when the
 * run's stop flag is set between two batches. For cgm_attack_clear.
 *
 * The file holds /index [n] (rows of the data set), /image and /attacked [n, C, H, W], /truth, /read, /read_attacked,
 * /probability, /probability_attacked, /l2, /linf, /counts and /fooled [n], and the figures as attributes of /. The
 * picture shows the first images that count: each as it is, the change in colour, and changed, with what is read. */
CGM_API cgm_status cgm_run_attack(cgm_run *run, const cgm_attack_opts *opts, cgm_attack_report *out) CGM_CHECKED;
CGM_API void cgm_attack_clear(cgm_attack_report *report);

#endif
