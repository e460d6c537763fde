#include "scm/embedding/embed.h"

#include <math.h>

#include "metrics/pca.h"
#include "metrics/tsne.h"
#include "scm/embedding/embed_priv.h"

void cgm_embed_init(cgm_embed_opts *opts)
{
    *opts = (cgm_embed_opts){.rows = {.split = CGM_TEST}, .seed = 1};
}

/* ---- The points ---- */

typedef struct telling {
    const cgm_sink *sink;
    double began;
} telling;

static void tell(void *context, size_t done, size_t total, double divergence)
{
    const telling *t = context;
    const cgm_progress p = {.what = "t-SNE",
                            .done = done,
                            .total = total,
                            .unit = "iterations",
                            .seconds = cgm_seconds() - t->began,
                            .n_metrics = 1,
                            .metrics = {{"divergence", divergence}}};
    cgm_sink_progress(t->sink, &p);
}

static cgm_status by_tsne(embedding *e)
{
    cgm_rng rng = cgm_rng_create(e->opts->seed);
    telling t = {&e->run->opts.sink, cgm_seconds()};
    const cgm_tsne_opts opts = {.perplexity = e->opts->perplexity,
                                .iterations = e->opts->iterations,
                                .threads = e->run->opts.threads,
                                .stop = e->run->opts.stop,
                                .tell = t.sink->progress ? tell : NULL,
                                .context = &t};
    rng = cgm_rng_split(&rng, "embed");
    return cgm_tsne(e->n, e->width, e->x, &rng, &opts, e->point, &e->out->divergence, &e->out->perplexity);
}

static cgm_status make_points(embedding *e)
{
    cgm_embed_report *r = e->out;
    e->point = cgm_arena_array(&r->arena, e->n, 2 * sizeof *e->point);
    if (!e->point) return CGM_E_MEMORY;
    r->share[0] = r->share[1] = r->divergence = r->perplexity = NAN;
    if (e->opts->method == CGM_EMBED_TSNE) return by_tsne(e);
    return cgm_pca(e->n, e->width, e->x, 2, e->run->opts.threads, e->point, NULL, r->share);
}

static cgm_status read_colour(embedding *e)
{
    if (!e->colour) return CGM_OK;
    e->value = cgm_arena_array(&e->out->arena, e->n, sizeof *e->value);
    if (!e->value) return CGM_E_MEMORY;
    return cgm_dataset_read(e->run->data, e->colour->name, e->n, e->row, e->value);
}

/* ---- The answer ---- */

static cgm_status fill_report(embedding *e)
{
    cgm_embed_report *r = e->out;
    size_t *row = cgm_arena_array(&r->arena, e->n, sizeof *row);
    r->of = cgm_arena_strdup(&r->arena, e->of);
    if (!row || !r->of) return CGM_E_MEMORY;
    for (size_t i = 0; i < e->n; i++) row[i] = e->row[i];
    r->n = e->n;
    r->width = e->width;
    r->row = row;
    r->point = e->point;
    r->value = e->value;
    return CGM_OK;
}

static cgm_status answer(embedding *e)
{
    CGM_TRY(cgm_embed_plan(e));
    CGM_TRY(cgm_embed_read(e));
    CGM_TRY(make_points(e));
    CGM_TRY(read_colour(e));
    CGM_TRY(fill_report(e));
    if (e->opts->png) CGM_TRY(cgm_embed_draw(e, e->opts->png));
    return e->opts->out ? cgm_embed_write(e, e->opts->out) : CGM_OK;
}

cgm_status cgm_run_check_embed(cgm_run *run, const cgm_embed_opts *opts)
{
    embedding e = {.run = run, .opts = opts};
    cgm_status status = cgm_embed_plan(&e);
    cgm_arena_clear(&e.arena);
    return status;
}

cgm_status cgm_run_embed(cgm_run *run, const cgm_embed_opts *opts, cgm_embed_report *out)
{
    cgm_embed_report made = {0};
    embedding e = {.run = run, .opts = opts, .out = &made};
    CGM_TRY(cgm_run_check_finished(run));
    cgm_status status = answer(&e);
    cgm_arena_clear(&e.arena);
    if (status == CGM_OK)
        *out = made;
    else
        cgm_embed_clear(&made);
    return status;
}

void cgm_embed_clear(cgm_embed_report *report)
{
    cgm_arena_clear(&report->arena);
    *report = (cgm_embed_report){0};
}
