#include "scm/answers/critic_field.h"

#include <string.h>

bool cgm_critic_field_suits(const cgm_scm *scm, size_t v)
{
    return cgm_scm_mechanism(scm, v)->methods->score != NULL;
}

/* The values of n points, all with the parents of one row. */
typedef struct scene {
    cgm_arena arena;
    cgm_values parent[CGM_MAX_PARENTS], points;
    double *score;
} scene;

static cgm_status make_room(const cgm_critic_field *f, size_t n, const double *points, scene *s)
{
    s->points = (cgm_values){n, 2, cgm_arena_array(&s->arena, n, 2 * sizeof(double))};
    s->score = cgm_arena_array(&s->arena, n, sizeof *s->score);
    if (!s->points.data || !s->score) return CGM_E_MEMORY;
    memcpy(s->points.data, points, 2 * n * sizeof *points);
    for (size_t i = 0; i < f->n_parents; i++) {
        size_t width = f->parent[i].width;
        s->parent[i] = (cgm_values){n, width, cgm_arena_array(&s->arena, n, width * sizeof(double))};
        if (!s->parent[i].data) return CGM_E_MEMORY;
    }
    return CGM_OK;
}

static void set_parents(const cgm_critic_field *f, size_t row, scene *s)
{
    for (size_t i = 0; i < f->n_parents; i++) {
        size_t width = f->parent[i].width;
        for (size_t k = 0; k < s->parent[i].n; k++)
            memcpy(s->parent[i].data + k * width, f->parent[i].data + row * width, width * sizeof(double));
    }
}

static cgm_status height(void *context, size_t n, const double *points, double *out)
{
    const cgm_critic_field *f = context;
    scene s = {0};
    cgm_status status = CGM_OK;
    CGM_TRY_GOTO(make_room(f, n, points, &s), done);
    memset(out, 0, n * sizeof *out);
    for (size_t row = 0; row < f->rows; row++) {
        set_parents(f, row, &s);
        CGM_TRY_GOTO(f->mechanism->methods->score(f->mechanism, s.parent, &s.points, f->threads, s.score), done);
        for (size_t i = 0; i < n; i++) out[i] += s.score[i] / (double)f->rows;
    }
done:
    cgm_arena_clear(&s.arena);
    return status;
}

cgm_status cgm_critic_field_init(const cgm_scm *scm, size_t v, const cgm_world *world, size_t n, int threads,
                                 cgm_arena *arena, cgm_critic_field *out)
{
    const size_t *parents;
    *out = (cgm_critic_field){.mechanism = cgm_scm_mechanism(scm, v), .rows = 1, .threads = threads};
    out->field = (cgm_scatter_field){"the critic's score", height, out};
    out->n_parents = cgm_scm_parents(scm, v, &parents);
    if (out->n_parents) out->rows = n < CGM_CRITIC_ROWS ? n : CGM_CRITIC_ROWS;
    for (size_t i = 0; i < out->n_parents; i++) {
        const cgm_values *from = &world->value[cgm_scm_node_of(scm, parents[i])];
        size_t numbers = out->rows * from->width;
        out->parent[i] = (cgm_values){out->rows, from->width, cgm_arena_array(arena, numbers, sizeof(double))};
        if (!out->parent[i].data) return CGM_E_MEMORY;
        memcpy(out->parent[i].data, from->data, numbers * sizeof(double));
    }
    return CGM_OK;
}
