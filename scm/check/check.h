/* Do data contradict a causal graph? The independences that it implies (scm/graphs/implied.h), each tested, with a
 * correction for their number. That nothing is contradicted does not prove a graph: others imply the same
 * independences, and a test of few rows sees little. */
#ifndef CGM_SCM_CHECK_CHECK_H
#define CGM_SCM_CHECK_CHECK_H

#include "data/dataset.h"
#include "scm/graphs/implied.h"

typedef enum cgm_check_test {
    CGM_TEST_PARTIAL,    /* partial correlation, Fisher's z */
    CGM_TEST_NESTED,     /* nested linear regressions, F */
    CGM_TEST_LOGISTIC,   /* nested multinomial logistic regressions, chi-squared */
    CGM_TEST_G,          /* G in a contingency table, chi-squared */
    CGM_TEST_G_PERMUTED, /* G, by permutations */
    CGM_TEST_GCM         /* generalised covariance measure, F */
} cgm_check_test;
/* "partial correlation". */
CGM_API const char *cgm_check_test_name(cgm_check_test test);

/* Which tests. Where all variables of an independence have levels it is G in any case. */
typedef enum cgm_check_family {
    CGM_FAMILY_AUTO,   /* the generalised covariance measure where it has rows enough (100, and 10 a coefficient), else
                          the linear ones */
    CGM_FAMILY_LINEAR, /* partial correlation, nested linear and logistic regressions */
    CGM_FAMILY_GCM     /* the generalised covariance measure */
} cgm_check_family;

typedef enum cgm_correction {
    CGM_HOLM,               /* of the chance of any false contradiction (Holm 1979) */
    CGM_BENJAMINI_HOCHBERG, /* of the expected share of false ones among the contradictions (1995) */
} cgm_correction;

typedef struct cgm_check_opts {
    double alpha; /* 0.05; of the adjusted p values */
    cgm_correction correction;
    cgm_check_family family;
    cgm_split split;     /* the rows tested: CGM_TRAIN */
    uint64_t seed;       /* of permutations; 1 */
    size_t permutations; /* 4999 */
    int threads;         /* 1; the results do not depend on it */
} cgm_check_opts;
CGM_API void cgm_check_init(cgm_check_opts *opts);

/* One independence. */
typedef struct cgm_check_row {
    size_t a, b;           /* nodes */
    const uint64_t *given; /* NULL: nothing observed separates them */
    cgm_check_test test;
    double statistic, df, df2; /* degrees of freedom, 0 where there are none; df2 those of F's denominator */
    double p, adjusted;        /* NaN where it was not tested */
    bool contradicted;         /* adjusted <= alpha */
    const char *why_not;       /* why it was not tested, or NULL */
} cgm_check_row;

typedef struct cgm_check {
    size_t n, n_tested, n_contradicted;
    cgm_check_row *row;   /* the tested ones first, by p */
    size_t rows;          /* of the data */
    uint64_t *not_scalar; /* nodes left out because they are images or vectors */
    uint64_t *constant;   /* and because they have one value in all rows */
} cgm_check;

/* Tests what dag implies on data. Answers live in the arena. CGM_E_ARG for a variable that the data lack, naming the
 * nearest, for fewer than 10 rows, for an alpha outside (0, 1). */
CGM_API cgm_status cgm_check_graph(const cgm_dag *dag, const cgm_dataset *data, const cgm_check_opts *opts,
                                   cgm_arena *arena, cgm_check *out) CGM_CHECKED;

/* Adjusts p values, [n], which are sorted in ascending order. */
CGM_API void cgm_adjust_p(cgm_correction correction, size_t n, const double *p, double *out);

/* Opens the data of a config (`data`, relative to base) for its variables, as their types say; where no variable has a
 * type, numbers are continuous and texts categorical. */
CGM_API cgm_status cgm_check_open_data(const cgm_config *config, const char *base, int threads, const cgm_sink *sink,
                                       cgm_dataset **out) CGM_CHECKED;

#endif
