/* Attributes in the worlds of interventions on one of them, by the causal engine, an epoch at a time: so that no step
 * of the training allocates, and any step's are found again from its number. */
#include <stdlib.h>
#include <string.h>

#include "scm/object.h"
#include "scm/tuning/tuning.h"

/* What the image's network and the predictors see, and what is intervened on. */
static cgm_status find_part(const cgm_tuner *t, cgm_scm **out)
{
    size_t n = 0, *wanted = calloc(t->scm->n * (t->n_predictors + 2), sizeof *wanted);
    if (!wanted) return CGM_FAIL(CGM_E_MEMORY, "out of memory for fine-tuning");
    for (size_t i = 0; i < t->model.parents->n; i++)
        wanted[n++] = (size_t)cgm_scm_find(t->scm, t->model.parents->variable[i]->name);
    for (size_t k = 0; k < t->n_predictors; k++)
        for (size_t i = 0; i < t->predictor[k]->seen.n; i++)
            wanted[n++] = (size_t)cgm_scm_find(t->scm, t->predictor[k]->seen.variable[i]->name);
    for (size_t i = 0; i < t->n_actions; i++) wanted[n++] = t->action[i];
    cgm_status status = cgm_scm_ancestral(t->scm, n, wanted, out);
    free(wanted);
    return status;
}

cgm_status cgm_tuning_parents_begin(const cgm_tuner *t, size_t batch, size_t per_epoch, const cgm_rng *rng,
                                    tuning_parents *out)
{
    *out = (tuning_parents){.batch = batch, .per_epoch = per_epoch, .rng = *rng};
    CGM_TRY(find_part(t, &out->part));
    CGM_TRY(cgm_world_create(out->part, batch, &out->factual));
    CGM_TRY(cgm_world_create(out->part, batch, &out->other));
    out->values = calloc(per_epoch * batch, out->part->n * sizeof *out->values);
    out->set = calloc(batch, sizeof *out->set);
    out->order = calloc(batch, sizeof *out->order);
    if (!out->values || !out->set || !out->order) return CGM_FAIL(CGM_E_MEMORY, "out of memory for fine-tuning");
    return CGM_OK;
}

void cgm_tuning_parents_clear(tuning_parents *p)
{
    cgm_world_destroy(p->factual);
    cgm_world_destroy(p->other);
    cgm_scm_destroy(p->part);
    free(p->values);
    free(p->set);
    free(p->order);
    *p = (tuning_parents){0};
}

size_t cgm_tuning_parents_bytes(const tuning_parents *p)
{
    return p->per_epoch * p->batch * p->part->n * sizeof *p->values;
}

/* What augmentation's gains make of the factual values. */
static void multiply(const cgm_tuner *t, tuning_parents *p, const double *gains)
{
    const network_parents *parents = t->model.parents;
    for (size_t k = 0; gains && k < parents->n; k++) {
        if (!(parents->variable[k]->describes & CGM_AMPLITUDE)) continue;
        size_t v = (size_t)cgm_scm_find(p->part, parents->variable[k]->name);
        double *value = p->factual->value[cgm_scm_node_of(p->part, v)].data;
        for (size_t i = 0; i < p->batch; i++) value[i] *= gains[i];
    }
}

/* One batch: an attribute at random takes the batch's values in a random order. */
static cgm_status predict(const cgm_tuner *t, tuning_parents *p, const size_t *rows, const double *gains,
                          const cgm_dataset *data, uint64_t step, int threads)
{
    cgm_query_opts opts;
    cgm_rng rng = cgm_rng_split_index(&p->rng, step), noise = cgm_rng_split(&rng, "noise");
    size_t chosen = t->action[cgm_rng_below(&rng, t->n_actions)];
    size_t v = (size_t)cgm_scm_find(p->part, cgm_scm_variable(t->scm, chosen)->name),
           node = cgm_scm_node_of(p->part, v);
    cgm_query_defaults(&opts);
    opts.threads = threads;
    CGM_TRY(cgm_world_read(p->part, data, rows, p->factual));
    multiply(t, p, gains);
    CGM_TRY(cgm_scm_abduct(p->part, &noise, &opts, p->factual));
    cgm_rng_permutation(&rng, p->batch, p->order);
    for (size_t i = 0; i < p->batch; i++) p->set[i] = p->factual->value[node].data[p->order[i]];
    cgm_intervention set = {.node = node, .to = -1, .values = p->set};
    return cgm_scm_predict(p->part, p->factual, 1, &set, &opts, p->other);
}

const double *cgm_tuning_gains(const cgm_tuner *t, cgm_batches *batches, uint64_t step)
{
    return cgm_network_parents_gains(t->model.parents, batches, step, &t->train.augment);
}

cgm_status cgm_tuning_parents_get(const cgm_tuner *t, tuning_parents *p, cgm_batches *batches, const cgm_dataset *data,
                                  uint64_t step, int threads)
{
    uint64_t epoch = step / p->per_epoch;
    size_t n = p->part->n;
    if (p->epoch == epoch + 1) return CGM_OK;
    for (size_t b = 0; b < p->per_epoch; b++) {
        uint64_t at = epoch * p->per_epoch + b;
        const double *gains = cgm_tuning_gains(t, batches, at);
        CGM_TRY(predict(t, p, cgm_batches_rows(batches, at), gains, data, at, threads));
        for (size_t v = 0; v < n; v++) {
            const double *value = p->other->value[cgm_scm_node_of(p->part, v)].data;
            for (size_t i = 0; i < p->batch; i++) p->values[(b * p->batch + i) * n + v] = value[i];
        }
    }
    p->epoch = epoch + 1;
    return CGM_OK;
}

void cgm_tuning_parents_fill(const tuning_parents *p, const network_parents *seen, uint64_t step, cgm_real *out)
{
    double value[CGM_MAX_PARENTS];
    size_t place[CGM_MAX_PARENTS], n = p->part->n;
    const double *from = p->values + step % p->per_epoch * p->batch * n;
    for (size_t k = 0; k < seen->n; k++) place[k] = (size_t)cgm_scm_find(p->part, seen->variable[k]->name);
    for (size_t i = 0; i < p->batch; i++) {
        for (size_t k = 0; k < seen->n; k++) value[k] = from[i * n + place[k]];
        cgm_network_parents_fill(seen, value, out + i * seen->features);
    }
}
