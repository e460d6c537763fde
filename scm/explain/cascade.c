/* A check that a map is of what the network has learnt (Adebayo et al. 2018, section 3): its parameters are drawn anew,
 * layer after layer from the top, and the maps compared with those before. */
#include <math.h>

#include "metrics/regression.h"
#include "scm/explain/explain_priv.h"

/* Mean over images of the rank correlation of the stage's maps and the trained predictor's. */
static cgm_status correlate(explaining *e, cgm_explain_stage *s)
{
    const cgm_explanation *out = e->out;
    size_t width = e->map_width;
    double *room = cgm_arena_array(&e->arena, 2 * width, sizeof *room), sum = 0, absolute = 0;
    if (!room) return CGM_E_MEMORY;
    s->n = 0;
    for (size_t i = 0; i < out->n; i++) {
        const double *a = out->map + i * width, *b = s->map + i * width;
        double plain, sizes;
        for (size_t j = 0; j < width; j++) {
            room[j] = fabs(a[j]);
            room[width + j] = fabs(b[j]);
        }
        CGM_TRY(cgm_rank_correlation(width, a, b, &plain));
        CGM_TRY(cgm_rank_correlation(width, room, room + width, &sizes));
        if (isnan(plain) || isnan(sizes)) continue;
        sum += plain;
        absolute += sizes;
        s->n++;
    }
    s->correlation = s->n ? sum / (double)s->n : NAN;
    s->absolute = s->n ? absolute / (double)s->n : NAN;
    return CGM_OK;
}

/* The same question of the copy, which is asked as the predictor was. */
typedef struct cascade {
    explaining *e;
    cgm_predictor *copy;
    predictor_trace trace;
    predictor_response response;
    layer_response layer;
    explain_asked asked;
    explain_task task;
} cascade;

static cgm_status begin(cascade *c)
{
    explaining *e = c->e;
    cgm_rng rng = cgm_rng_split(&e->task.rng, "randomise");
    CGM_TRY(cgm_predictor_copy_redrawn(e->predictor, &rng, &c->trace, &c->copy));
    c->response = (predictor_response){.predictor = c->copy, .threads = e->response.threads};
    c->layer = e->layer;
    c->layer.predictor = c->copy;
    for (int part = 0; part < LAYER_PARTS; part++) c->layer.part[part] = (network_part){0};
    c->asked = e->asked;
    c->asked.predictor = c->copy;
    c->task = e->task;
    c->task.response = &c->response;
    c->task.layer = &c->layer;
    c->task.context = &c->asked;
    c->task.figure = cgm_arena_array(&e->arena, e->n, sizeof *c->task.figure);
    return c->task.figure ? CGM_OK : CGM_E_MEMORY;
}

static void end(cascade *c)
{
    cgm_response_clear(&c->response);
    cgm_layer_clear(&c->layer);
    if (c->copy) cgm_predictor_destroy(c->copy);
}

/* Draws anew what stage k does beyond the one before: the head, then layer after layer down. Returns its name. */
static const char *draw(cascade *c, size_t k)
{
    const predictor_trace *trace = &c->trace;
    if (k == 0) return "trained";
    if (k == 1) {
        cgm_predictor_use_drawn(c->copy, trace->layer[trace->n - 1].parameters, cgm_params_count(c->copy->params));
        return "head";
    }
    size_t layer = trace->n + 1 - k;
    cgm_predictor_use_drawn(c->copy, layer ? trace->layer[layer - 1].parameters : 0, trace->layer[layer].parameters);
    return trace->layer[layer].name;
}

static cgm_status run_stage(cascade *c, size_t k, cgm_explain_stage *s)
{
    explaining *e = c->e;
    s->layer = cgm_arena_strdup(&e->out->arena, draw(c, k));
    s->map = cgm_arena_array(&e->out->arena, e->n, e->map_width * sizeof *s->map);
    if (!s->layer || !s->map) return CGM_E_MEMORY;
    CGM_TRY(cgm_explain_go_on(&e->task));
    CGM_TRY(e->method->explain(&c->task, s->map));
    return correlate(e, s);
}

cgm_status cgm_explain_cascade(explaining *e)
{
    cascade c = {.e = e};
    cgm_explanation *out = e->out;
    cgm_status status = begin(&c);
    size_t n = c.trace.n + 2;
    if (status == CGM_OK && !(out->stage = cgm_arena_array(&out->arena, n, sizeof *out->stage))) status = CGM_E_MEMORY;
    for (size_t k = 0; status == CGM_OK && k < n; k++) {
        status = run_stage(&c, k, &out->stage[k]);
        out->n_stages += status == CGM_OK;
    }
    end(&c);
    return status;
}
