/* Monotone rational splines with tails that are the identity, and their inverses; in double. Internal to scm/.
 *
 * Rational quadratic: Durkan, Bekasov, Murray, Papamakarios 2019, "Neural spline flows", section 3.1, equations 4 to 8.
 * Linear rational: Dolatabadi, Erfani, Leckie 2020, "Invertible generative modeling using linear rational splines",
 * section 4, algorithm 1: each bin is cut in two at a place that is a parameter, and each part is a quotient of linear
 * functions, so that the inverse is one, too. */
#ifndef CGM_SCM_MECHANISMS_SPLINE_H
#define CGM_SCM_MECHANISMS_SPLINE_H

#include <stddef.h>

enum { SCM_SPLINE_MAX_BINS = 64, SCM_SPLINE_MAX_PARAMETERS = 4 * SCM_SPLINE_MAX_BINS - 1 };

typedef enum scm_spline_kind { SCM_SPLINE_RQ, SCM_SPLINE_LR } scm_spline_kind;

/* No bin is narrower or lower than this part of the box, no slope at a knot smaller; a bin is cut between 2.5 and 97.5
 * per cent of its width. */
#define SCM_SPLINE_MIN_BIN 1e-3
#define SCM_SPLINE_MIN_SLOPE 1e-3
#define SCM_SPLINE_MIN_CUT 0.025
/* log(e^(1 - MIN_SLOPE) - 1): the softplus of a parameter of 0, shifted by it, gives a slope of 1. */
#define SCM_SPLINE_SLOPE_SHIFT 0.539742417236952079

/* Unrestricted parameters in this order: widths [bins], heights [bins], slopes at the inner knots [bins - 1], and of a
 * linear rational spline cuts [bins]. All zero is the identity. */
size_t cgm_scm_spline_parameters(scm_spline_kind kind, size_t bins);

typedef struct scm_spline {
    scm_spline_kind kind;
    size_t bins;
    double bound; /* beyond [-bound, bound] it is the identity */
    double x[SCM_SPLINE_MAX_BINS + 1], y[SCM_SPLINE_MAX_BINS + 1], slope[SCM_SPLINE_MAX_BINS + 1]; /* at the knots */
    double cut[SCM_SPLINE_MAX_BINS]; /* linear rational: part of the bin's width */
} scm_spline;

void cgm_scm_spline_init(scm_spline *s, scm_spline_kind kind, size_t bins, double bound, const double *parameters);
/* The value at x; log of the slope there goes to *log_slope. */
double cgm_scm_spline_forward(const scm_spline *s, double x, double *log_slope);
double cgm_scm_spline_inverse(const scm_spline *s, double y);

#endif
