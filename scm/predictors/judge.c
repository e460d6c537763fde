/* What a predictor reads off images against what they should show. */
#include <math.h>
#include <stdlib.h>

#include "scm/predictors/predictor_priv.h"

double cgm_predictor_mark(const cgm_predictor *p, double read, double should)
{
    return cgm_variable_has_levels(p->attribute) ? read == should : fabs(read - should);
}

static void add(const cgm_predictor *p, size_t n, const double *read, const double *should, cgm_judgement *judgement)
{
    for (size_t i = 0; i < n; i++) judgement->sum += cgm_predictor_mark(p, read[i], should[i]);
    judgement->n += n;
}

cgm_status cgm_predictor_judge(cgm_predictor *p, int threads, size_t n, const double *images,
                               const double *const *given, const double *should, double *read, cgm_judgement *judgement)
{
    double *own = read ? NULL : malloc((n ? n : 1) * sizeof *own);
    if (!read && !own) return CGM_FAIL(CGM_E_MEMORY, "out of memory for what \"%s\" reads", p->name);
    if (own) read = own;
    cgm_status status = cgm_predictor_read(p, threads, n, images, given, read);
    if (status == CGM_OK) add(p, n, read, should, judgement);
    free(own);
    return status;
}

double cgm_judgement_value(const cgm_judgement *judgement)
{
    return judgement->n ? judgement->sum / (double)judgement->n : NAN;
}

const char *cgm_predictor_judgement_name(const cgm_predictor *p)
{
    return cgm_variable_has_levels(p->attribute) ? "accuracy" : "error";
}
