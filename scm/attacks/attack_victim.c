/* A predictor as methods see it. */
#include "scm/attacks/attack_priv.h"

cgm_status cgm_attack_reader_create(const cgm_run *run, cgm_predictor *p, size_t n, const size_t *rows,
                                    cgm_arena *arena, attack_reader *out)
{
    attack_reader r = {.response = {.predictor = p, .threads = run->opts.threads}};
    for (size_t k = 0; k < p->n_given; k++) {
        if (!(r.given[k] = cgm_arena_array(arena, n, sizeof *r.given[k]))) return CGM_E_MEMORY;
        CGM_TRY(cgm_dataset_read(run->data, p->seen.variable[k]->name, n, rows, r.given[k]));
    }
    *out = r;
    return CGM_OK;
}

/* What it is given of the images of the batch. */
static const double *const *given_here(const attack_reader *r, const double *out[CGM_MAX_PARENTS])
{
    for (size_t k = 0; k < r->response.predictor->n_given; k++) out[k] = r->given[k] + r->at;
    return out;
}

static cgm_status scores(void *context, size_t n, const double *image, double *score)
{
    attack_reader *r = context;
    const double *given[CGM_MAX_PARENTS];
    r->shown += n;
    return cgm_predictor_scores(r->response.predictor, r->response.threads, n, image, given_here(r, given), score);
}

static cgm_status slopes(void *context, size_t n, const double *image, const double *weight, double *slope)
{
    attack_reader *r = context;
    const double *given[CGM_MAX_PARENTS];
    r->shown += n;
    return cgm_response_scores(&r->response, CGM_BACKWARD_GRADIENT, n, image, given_here(r, given), weight, NULL,
                               slope);
}

static cgm_status losses(void *context, size_t n, const double *image, const double *value, double *slope)
{
    attack_reader *r = context;
    const double *given[CGM_MAX_PARENTS];
    r->shown += n;
    return cgm_response_loss(&r->response, n, image, given_here(r, given), value, NULL, slope);
}

attack_victim cgm_attack_victim(attack_reader *r)
{
    const cgm_predictor *p = r->response.predictor;
    bool levels = cgm_variable_has_levels(p->attribute);
    return (attack_victim){.width = cgm_variable_width(p->image),
                           .levels = levels ? (size_t)p->attribute->levels : 0,
                           .scores = scores,
                           .slopes = slopes,
                           .losses = losses,
                           .context = r};
}
