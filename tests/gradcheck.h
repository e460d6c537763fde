/* Gradient checks of first and second order against central differences. A check passes only if every error is at most
 * the tolerance, so that a NaN fails; injected faults let the checker itself be checked. Meant for double builds. */
#ifndef CGM_TESTS_GRADCHECK_H
#define CGM_TESTS_GRADCHECK_H

#include "base/rng.h"
#include "graph/ops.h"

/* Builds y from inputs x[0..n). */
typedef cgm_node gradcheck_build(cgm_graph *g, const cgm_node *x);

/* One input: its shape, the range of its values, and a distance kept from `kink` when margin > 0. With `apart` no two
 * of its n elements are nearer than (high - low) / 2n, for what sorts and compares. Whole numbers 0..high-1 when index
 * is set: no gradient is checked then. */
typedef struct gradcheck_input {
    cgm_shape shape;
    double low, high;
    double kink, margin;
    bool index, apart;
} gradcheck_input;

void gradcheck_draw(const gradcheck_input *in, cgm_rng *rng, cgm_real *x);

/* What is done to the analytic gradient before it is compared. */
typedef enum gradcheck_fault { FAULT_NONE, FAULT_SIGN, FAULT_FACTOR, FAULT_MISSING, FAULT_NAN } gradcheck_fault;

#define GRADCHECK_MAX_INPUTS 4

typedef struct gradcheck_case {
    const char *name;
    gradcheck_build *build;
    size_t n;
    gradcheck_input in[GRADCHECK_MAX_INPUTS];
    bool bend; /* y + y^2 / 2 is checked in place of y, so that what is linear has a second derivative */
} gradcheck_case;

/* The largest |analytic - numeric| / max(1, |analytic|, |numeric|) over all elements of all inputs, of large ones some
 * hundreds; NaN if any is. order is 1 or 2: the gradient of <w, y>, or that of <v, gradient>. -1 when building or
 * running failed (the message is set). */
double gradcheck_error(const gradcheck_case *c, int order, gradcheck_fault fault);
/* |<w, y> - sum_i <x_i, dx_i>| / max(1, |<w, y>|), dx_i the gradients of <w, y> in the inputs of the set: zero of what
 * is linear in them, the identity <w, A x> = <A'w, x>. NaN if any is, -1 as above. */
double gradcheck_adjoint_error(const gradcheck_case *c, unsigned inputs);
bool gradcheck_passes(const gradcheck_case *c, int order, gradcheck_fault fault, double tolerance);

#endif
