/* The images that are compared: samples of the model, test images and training images. */
#include <string.h>

#include "scm/soundness/realism_priv.h"

static cgm_status set_create(realism *r, size_t n, realism_set *out)
{
    size_t width = cgm_variable_width(r->image_variable), features = cgm_predictor_width(r->predictor);
    *out = (realism_set){.n = n};
    out->images = cgm_arena_array(&r->arena, n, width * sizeof *out->images);
    out->asked = cgm_arena_array(&r->arena, n, sizeof *out->asked);
    out->given = cgm_arena_array(&r->arena, r->n_given + 1, sizeof *out->given);
    out->features = cgm_arena_array(&r->arena, n, features * sizeof *out->features);
    out->shown = cgm_arena_array(&r->arena, n, sizeof *out->shown);
    out->unit = cgm_arena_array(&r->arena, n, sizeof *out->unit);
    if (!out->unit || !out->images || !out->asked || !out->given || !out->features || !out->shown) return CGM_E_MEMORY;
    for (size_t k = 0; k < r->n_given; k++) {
        out->given[k] = cgm_arena_array(&r->arena, n, sizeof *out->given[k]);
        if (!out->given[k]) return CGM_E_MEMORY;
    }
    return CGM_OK;
}

/* A batch of the samples. */
static cgm_status take(void *context, const cgm_answer *answer)
{
    realism *r = context;
    const cgm_world *world = cgm_answer_world(answer, 0);
    const cgm_scm *scm = r->run->scm;
    size_t at = world->first, width = cgm_variable_width(r->image_variable), bytes = world->n * sizeof(double);
    memcpy(r->samples.images + at * width, world->value[cgm_scm_node_of(scm, r->image)].data, bytes * width);
    for (size_t k = 0; k <= r->n_given; k++) {
        const cgm_variable *x = k ? r->given[k - 1] : r->attribute;
        size_t node = cgm_scm_node_of(scm, (size_t)cgm_scm_find(scm, x->name));
        memcpy((k ? r->samples.given[k - 1] : r->samples.asked) + at, world->value[node].data, bytes);
    }
    return CGM_OK;
}

static cgm_status read_rows(realism *r, size_t n, const size_t *rows, realism_set *out)
{
    const cgm_dataset *data = r->run->data;
    CGM_TRY(set_create(r, n, out));
    memcpy(out->unit, rows, n * sizeof *rows);
    CGM_TRY(cgm_dataset_read(data, r->image_variable->name, n, rows, out->images));
    CGM_TRY(cgm_dataset_read(data, r->attribute->name, n, rows, out->asked));
    for (size_t k = 0; k < r->n_given; k++) CGM_TRY(cgm_dataset_read(data, r->given[k]->name, n, rows, out->given[k]));
    return CGM_OK;
}

cgm_status cgm_realism_draw(realism *r)
{
    size_t *train_row;
    cgm_answer *answer = NULL;
    CGM_TRY(cgm_realism_choose(r, CGM_TRAIN, r->n_train, &train_row));
    CGM_TRY(set_create(r, r->opts->n, &r->samples));
    bool own = r->opts->parents == CGM_PARENTS_MODEL;
    for (size_t i = 0; i < r->opts->n; i++)
        r->samples.unit[i] = own ? cgm_dataset_rows(r->run->data) + i : r->test_row[i % r->n_test];
    r->query.visit = take;
    r->query.context = r;
    CGM_TRY(cgm_run_answer(r->run, &r->query, &answer));
    cgm_answer_destroy(answer);
    CGM_TRY(read_rows(r, r->n_test, r->test_row, &r->test));
    return read_rows(r, r->n_train, train_row, &r->train);
}

static cgm_status read_set(realism *r, realism_set *set)
{
    const double *const *given = (const double *const *)set->given;
    CGM_TRY(cgm_predictor_features(r->predictor, r->run->opts.threads, set->n, set->images, given, set->features));
    return cgm_predictor_read(r->predictor, r->run->opts.threads, set->n, set->images, given, set->shown);
}

cgm_status cgm_realism_read(realism *r)
{
    CGM_TRY(read_set(r, &r->samples));
    CGM_TRY(read_set(r, &r->test));
    /* Where nothing was asked, samples are sorted by what they show. */
    if (!r->asks) memcpy(r->samples.asked, r->samples.shown, r->samples.n * sizeof *r->samples.asked);
    return read_set(r, &r->train);
}
