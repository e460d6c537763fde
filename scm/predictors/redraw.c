/* Copies of a predictor with parameters drawn anew, layer by layer: what an explanation of it must not survive. */
#include <stdlib.h>
#include <string.h>

#include "scm/predictors/predictor_priv.h"

/* What the copy has of its own: parameters, and programs that read them. */
static cgm_predictor *copy_of(const cgm_predictor *p)
{
    cgm_predictor *copy = malloc(sizeof *copy);
    if (!copy) return NULL;
    *copy = *p;
    copy->arena = (cgm_arena){0};
    copy->params = NULL;
    for (int part = 0; part < PREDICTOR_PARTS; part++) copy->part[part] = (network_part){0};
    copy->training = NULL;
    copy->standing = (network_standing){0};
    return copy;
}

cgm_status cgm_predictor_copy_redrawn(const cgm_predictor *p, const cgm_rng *rng, predictor_trace *trace,
                                      cgm_predictor **out)
{
    cgm_status status = CGM_OK;
    cgm_predictor *copy = copy_of(p);
    if (!copy) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a copy of \"%s\"", p->name);
    CGM_TRY_GOTO(cgm_params_create(&copy->params), done);
    CGM_TRY_GOTO(cgm_predictor_declare(copy, trace), done);
    CGM_TRY_GOTO(cgm_params_init(copy->params, rng), done);
    memcpy(cgm_params_ema(copy->params), cgm_params_ema(p->params), cgm_params_flat_size(p->params) * sizeof(cgm_real));
    *out = copy;
done:
    if (status != CGM_OK) cgm_predictor_destroy(copy);
    return status;
}

void cgm_predictor_use_drawn(cgm_predictor *copy, size_t first, size_t end)
{
    const cgm_real *drawn = cgm_params_values(copy->params);
    cgm_real *used = cgm_params_ema(copy->params);
    for (size_t i = first; i < end; i++) {
        const cgm_param_view *view = cgm_params_view(copy->params, i);
        size_t n = (size_t)cgm_shape_size(view->shape);
        memcpy(used + view->offset, drawn + view->offset, n * sizeof *used);
    }
}
