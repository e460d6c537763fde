/* The rows that become points. */
#include <string.h>

#include "scm/embedding/embed_priv.h"

#define CHUNK 256 /* rows whose images are held at a time */

static size_t chunk_rows(const embedding *e, size_t at)
{
    return e->n - at < CHUNK ? e->n - at : CHUNK;
}

/* ---- What a predictor makes of them ---- */

static cgm_status read_features(embedding *e)
{
    cgm_predictor *p = e->predictor;
    const cgm_dataset *data = e->run->data;
    double *image = cgm_arena_array(&e->arena, CHUNK, cgm_variable_width(p->image) * sizeof *image);
    double *given[CGM_MAX_PARENTS];
    for (size_t k = 0; k < p->n_given; k++)
        if (!(given[k] = cgm_arena_array(&e->arena, CHUNK, sizeof *given[k]))) return CGM_E_MEMORY;
    if (!image) return CGM_E_MEMORY;
    for (size_t at = 0; at < e->n; at += CHUNK) {
        size_t n = chunk_rows(e, at);
        CGM_TRY(cgm_dataset_read(data, p->image->name, n, e->row + at, image));
        for (size_t k = 0; k < p->n_given; k++)
            CGM_TRY(cgm_dataset_read(data, p->seen.variable[k]->name, n, e->row + at, given[k]));
        CGM_TRY(cgm_predictor_features(p, e->run->opts.threads, n, image, (const double *const *)given,
                                       e->x + at * e->width));
    }
    return CGM_OK;
}

/* ---- What the model abducts ---- */

/* With the posterior's mean, which draws nothing. */
static cgm_status abduct(embedding *e, size_t at, cgm_world *world)
{
    cgm_query_opts opts;
    cgm_rng rng = cgm_rng_create(e->opts->seed);
    cgm_query_defaults(&opts);
    opts.abduct_temperature = 0;
    opts.threads = e->run->opts.threads;
    world->first = at;
    CGM_TRY(cgm_world_read(e->run->scm, e->run->data, e->row + at, world));
    CGM_TRY(cgm_scm_abduct(e->run->scm, &rng, &opts, world));
    memcpy(e->x + at * e->width, world->value[e->node].data, world->n * e->width * sizeof *e->x);
    return CGM_OK;
}

static cgm_status read_latents(embedding *e)
{
    const volatile int *stop = e->run->opts.stop;
    for (size_t at = 0; at < e->n; at += CHUNK) {
        cgm_world *world;
        CGM_TRY(cgm_world_create(e->run->scm, chunk_rows(e, at), &world));
        cgm_status status = abduct(e, at, world);
        cgm_world_destroy(world);
        CGM_TRY(status);
        if (stop && *stop)
            return CGM_FAIL(CGM_E_INTERRUPTED, "stopped within %zu of %zu rows: nothing is written", at, e->n);
    }
    return CGM_OK;
}

cgm_status cgm_embed_read(embedding *e)
{
    e->x = cgm_arena_array(&e->arena, e->n, e->width * sizeof *e->x);
    if (!e->x) return CGM_E_MEMORY;
    if (e->predictor) return read_features(e);
    if (e->latent) return read_latents(e);
    return cgm_dataset_read(e->run->data, e->of, e->n, e->row, e->x);
}
