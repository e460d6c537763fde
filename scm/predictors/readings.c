#include "scm/predictors/readings.h"

#define CHUNK 256 /* rows whose images are held at a time */

/* What a chunk is read from. */
typedef struct chunk {
    double *images; /* [CHUNK, width] */
    double *given[CGM_MAX_PARENTS];
} chunk;

static cgm_status make_room(predictor_readings *r, const cgm_predictor *p, chunk *c)
{
    r->law = cgm_arena_array(&r->arena, r->n, cgm_predictor_outputs(p) * sizeof *r->law);
    r->value = cgm_arena_array(&r->arena, r->n, sizeof *r->value);
    r->truth = cgm_arena_array(&r->arena, r->n, sizeof *r->truth);
    c->images = cgm_arena_array(&r->arena, CHUNK, cgm_variable_width(p->image) * sizeof *c->images);
    if (!r->law || !r->value || !r->truth || !c->images) return CGM_E_MEMORY;
    for (size_t i = 0; i < p->n_given; i++) {
        c->given[i] = cgm_arena_array(&r->arena, CHUNK, sizeof **c->given);
        if (!c->given[i]) return CGM_E_MEMORY;
    }
    return CGM_OK;
}

/* n rows, whose readings are those from number `at` on. */
static cgm_status read_chunk(cgm_predictor *p, const cgm_dataset *data, int threads, size_t at, size_t n,
                             const size_t *rows, const chunk *c, predictor_readings *r)
{
    size_t outputs = cgm_predictor_outputs(p);
    double *law = r->law + at * outputs;
    CGM_TRY(cgm_dataset_read(data, p->image->name, n, rows, c->images));
    CGM_TRY(cgm_dataset_read(data, p->attribute->name, n, rows, r->truth + at));
    for (size_t i = 0; i < p->n_given; i++)
        CGM_TRY(cgm_dataset_read(data, p->seen.variable[i]->name, n, rows, c->given[i]));
    CGM_TRY(cgm_predictor_predict(p, threads, n, c->images, (const double *const *)c->given, law));
    for (size_t i = 0; i < n; i++) r->value[at + i] = cgm_predictor_value(p, law + i * outputs);
    return CGM_OK;
}

cgm_status cgm_predictor_read_rows(cgm_predictor *p, const cgm_dataset *data, int threads, size_t n, const size_t *rows,
                                   predictor_readings *out)
{
    chunk c = {0};
    out->n = n;
    CGM_TRY(make_room(out, p, &c));
    for (size_t at = 0; at < n; at += CHUNK)
        CGM_TRY(read_chunk(p, data, threads, at, n - at < CHUNK ? n - at : CHUNK, rows + at, &c, out));
    return CGM_OK;
}
