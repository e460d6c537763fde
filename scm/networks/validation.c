/* Validation and early stopping. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scm/networks/training_priv.h"

#define USUAL_SHARE 0.1 /* where something hangs on the bound, and no share is given */

size_t cgm_image_validation_rows(const cgm_train_opts *train, double otherwise, size_t rows)
{
    bool judged = train->patience > 0 || train->schedule.kind == CGM_SCHEDULE_PLATEAU;
    if (judged && !(otherwise > 0)) otherwise = USUAL_SHARE;
    double share = cgm_train_choose(train->validation, otherwise);
    if (!(share > 0) || rows < 2) return 0;
    size_t held = (size_t)(share * (double)rows);
    return held < 1 ? 1 : held < rows ? held : rows - 1;
}

cgm_status cgm_image_validation_begin(image_training *t, const cgm_fit *fit)
{
    image_validation *v = &t->validation;
    v->best = v->last = -INFINITY;
    if (!v->rows && t->opts.schedule.kind == CGM_SCHEDULE_PLATEAU)
        return CGM_FAIL(CGM_E_ARG, "%s: a plateau schedule has nothing to judge by where no row is held out",
                        t->model.variable->name);
    if (!v->rows) return CGM_OK;
    v->noise = cgm_rng_split(&fit->rng, "validation");
    v->patience = (uint64_t)fit->train->patience;
    v->row = calloc(t->batch, sizeof *v->row);
    if (!v->row) return CGM_FAIL(CGM_E_MEMORY, "out of memory for validation");
    v->bound = cgm_alloc_aligned(t->batch * sizeof *v->bound);
    if (v->patience) v->best_ema = cgm_alloc_aligned((cgm_params_flat_size(t->model.params) + 1) * sizeof *v->best_ema);
    return v->bound && (v->best_ema || !v->patience) ? CGM_OK : CGM_E_MEMORY;
}

size_t cgm_image_validation_bytes(const image_training *t)
{
    const image_validation *v = &t->validation;
    if (!v->rows) return 0;
    size_t best = v->best_ema ? cgm_params_flat_size(t->model.params) * sizeof *v->best_ema : 0;
    return cgm_program_workspace_bytes(v->program.program) + best + t->batch * (sizeof *v->row + sizeof *v->bound);
}

/* The sum of the bounds of n held out rows, from number `at` on; the last row fills the batch up. */
static cgm_status bound_of(image_training *t, const cgm_fit *fit, size_t at, size_t n, double *sum)
{
    image_validation *v = &t->validation;
    size_t first = t->model.first_row + t->rows + at;
    for (size_t k = 0; k < t->batch; k++) v->row[k] = first + (k < n ? k : n - 1);
    cgm_dataset_images(fit->data, t->batch, v->row, t->model.variable->name, fit->threads, t->in.pixels);
    cgm_network_parents_fill_rows(t->model.parents, fit->data, t->batch, v->row, NULL, t->in.pa);
    cgm_rng noise = cgm_rng_split_index(&v->noise, at);
    cgm_rng_fill_normal_by(&noise, fit->threads, v->program.n_noise, t->in.noise);
    CGM_TRY(cgm_program_run(v->program.program, v->program.ws));
    for (size_t k = 0; k < n; k++) *sum += (double)v->bound[k];
    return CGM_OK;
}

/* Epochs count once the weight of the KL terms has arrived: before, what is trained is not the bound. */
static void judge(image_training *t)
{
    image_validation *v = &t->validation;
    if (t->step < t->warmup) return;
    if (t->opts.schedule.kind == CGM_SCHEDULE_PLATEAU)
        cgm_plateau_judge(&t->opts.schedule, &t->optimizer.plateau, -v->last);
    if (!v->patience) return;
    v->waited++;
    if (!(v->last > v->best)) return;
    v->best = v->last;
    v->waited = 0;
    memcpy(v->best_ema, cgm_params_ema(t->model.params), cgm_params_flat_size(t->model.params) * sizeof *v->best_ema);
}

cgm_status cgm_image_validation_run(image_training *t, const cgm_fit *fit)
{
    image_validation *v = &t->validation;
    double sum = 0;
    if (!v->rows) return CGM_OK;
    for (size_t at = 0; at < v->rows; at += t->batch)
        CGM_TRY(bound_of(t, fit, at, v->rows - at < t->batch ? v->rows - at : t->batch, &sum));
    v->last = sum / (double)v->rows;
    judge(t);
    return CGM_OK;
}

bool cgm_image_validation_stops(const image_training *t)
{
    return t->validation.patience > 0 && t->validation.waited >= t->validation.patience;
}

void cgm_image_validation_end(image_training *t)
{
    image_validation *v = &t->validation;
    if (v->best_ema && v->best > -INFINITY)
        memcpy(cgm_params_ema(t->model.params), v->best_ema,
               cgm_params_flat_size(t->model.params) * sizeof *v->best_ema);
    free(v->row);
    cgm_free_aligned(v->bound);
    cgm_free_aligned(v->best_ema);
}

cgm_status cgm_image_validation_state(image_training *t, cgm_state *state)
{
    image_validation *v = &t->validation;
    if (!v->patience) return CGM_OK;
    CGM_TRY(cgm_state_add(state, CGM_U64, CGM_SCALAR, &v->waited, "training/waited"));
    CGM_TRY(cgm_state_add(state, CGM_F64, CGM_SCALAR, &v->best, "training/best_bound"));
    return cgm_state_add_flat(state, t->model.params, "training/best", v->best_ema);
}
