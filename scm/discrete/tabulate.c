/* Tables of mechanisms: every combination of the free parents' levels, a chunk of rows at a time. */
#include "scm/discrete/tabulate.h"

#include <math.h>
#include <string.h>

#include "scm/discrete/network.h"

enum { CHUNK = 256 };
/* Numbers that a chunk of counterfactual rows may hold: at least one row. */
enum { MOST_NUMBERS = 1 << 20 };

static void add_axis(scm_table *t, const scm_place *place)
{
    if (place->kind != SCM_FREE) return;
    for (size_t k = 0; k < t->n_axes; k++)
        if (t->axis[k] == place->node) return;
    t->axis[t->n_axes] = place->node;
    t->levels[t->n_axes++] = place->levels;
}

/* Counts the rows of the axes so far; `width` numbers in each. */
static cgm_status make_rows(const scm_variable *x, size_t width, cgm_arena *arena, scm_table *t)
{
    t->rows = 1;
    bool fits = true;
    for (size_t k = 0; fits && k < t->n_axes; k++) fits = !__builtin_mul_overflow(t->rows, t->levels[k], &t->rows);
    if (!fits || __builtin_mul_overflow(t->rows, width, &t->n) || t->n > CGM_NETWORK_MAX_CELLS)
        return CGM_FAIL(CGM_E_UNSUPPORTED, "the table of '%s' given %zu variables has more than %zu numbers",
                        x->variable.name, t->n_axes, CGM_NETWORK_MAX_CELLS);
    t->p = cgm_arena_array(arena, t->n, sizeof *t->p);
    return t->p ? CGM_OK : CGM_E_MEMORY;
}

/* The values of a place in rows begin.. of the table. */
static void fill_column(const scm_table *t, const scm_place *place, size_t begin, const cgm_values *out)
{
    size_t period = 1, k = t->n_axes;
    while (place->kind == SCM_FREE && t->axis[--k] != place->node) period *= t->levels[k];
    for (size_t i = 0; i < out->n; i++)
        out->data[i] = place->kind == SCM_HELD ? place->value : (double)((begin + i) / period % place->levels);
}

/* Columns of places in a chunk of rows. */
typedef struct columns {
    double *data; /* [n, CHUNK] */
    cgm_values at[CGM_MAX_PARENTS];
} columns;

static cgm_status columns_init(const scm_variable *x, cgm_arena *arena, columns *c)
{
    c->data = cgm_arena_array(arena, x->n_parents + 1, CHUNK * sizeof *c->data);
    return c->data ? CGM_OK : CGM_E_MEMORY;
}

static void columns_fill(const scm_variable *x, const scm_table *t, const scm_place *places, size_t begin, size_t n,
                         columns *c)
{
    for (size_t k = 0; k < x->n_parents; k++) {
        c->at[k] = (cgm_values){.n = n, .width = 1, .data = c->data + k * CHUNK};
        fill_column(t, &places[k], begin, &c->at[k]);
    }
}

static size_t chunk(size_t rows, size_t begin, size_t most)
{
    return rows - begin < most ? rows - begin : most;
}

/* log p(x = value | parents) of all rows into column `column` of the table. */
static cgm_status log_probs(const scm_variable *x, const scm_place *parents, double value, size_t column,
                            cgm_arena *arena, scm_table *t)
{
    columns c;
    double seen[CHUNK], log_p[CHUNK];
    size_t width = t->n / t->rows;
    cgm_rng unused = cgm_rng_create(0);
    CGM_TRY(columns_init(x, arena, &c));
    for (size_t i = 0; i < CHUNK; i++) seen[i] = value;
    for (size_t begin = 0; begin < t->rows; begin += CHUNK) {
        size_t n = chunk(t->rows, begin, CHUNK);
        cgm_values values = {.n = n, .width = 1, .data = seen};
        columns_fill(x, t, parents, begin, n, &c);
        CGM_TRY(x->methods->log_prob(x->mechanism, c.at, &values, &unused, log_p));
        for (size_t i = 0; i < n; i++) t->p[(begin + i) * width + column] = isnan(log_p[i]) ? -INFINITY : log_p[i];
    }
    return CGM_OK;
}

static void add_axes(const scm_variable *x, const scm_place *places, scm_table *t)
{
    for (size_t k = 0; k < x->n_parents; k++) add_axis(t, &places[k]);
}

/* A formula may have no level for some parents. */
static cgm_status check_rows(const scm_variable *x, const scm_table *t)
{
    size_t width = t->n / t->rows;
    for (size_t r = 0; r < t->rows; r++) {
        double sum = 0;
        for (size_t l = 0; l < width; l++) sum += t->p[r * width + l];
        if (!(fabs(sum - 1) <= CGM_NETWORK_ROW_TOLERANCE))
            return CGM_FAIL(CGM_E_UNSUPPORTED, "the probabilities of '%s' add to %g for some values of its parents",
                            x->variable.name, sum);
    }
    return CGM_OK;
}

cgm_status cgm_scm_tabulate(const scm_variable *x, const scm_place *parents, cgm_arena *arena, scm_table *out)
{
    size_t levels = (size_t)x->variable.levels;
    *out = (scm_table){.n_axes = 0};
    add_axes(x, parents, out);
    CGM_TRY(make_rows(x, levels, arena, out));
    for (size_t l = 0; l < levels; l++) CGM_TRY(log_probs(x, parents, (double)l, l, arena, out));
    for (size_t i = 0; i < out->n; i++) out->p[i] = exp(out->p[i]);
    return check_rows(x, out);
}

cgm_status cgm_scm_tabulate_seen(const scm_variable *x, const scm_place *parents, double value, cgm_arena *arena,
                                 scm_table *out)
{
    double top = -INFINITY;
    *out = (scm_table){.n_axes = 0};
    add_axes(x, parents, out);
    CGM_TRY(make_rows(x, 2, arena, out));
    CGM_TRY(log_probs(x, parents, value, 1, arena, out));
    for (size_t r = 0; r < out->rows; r++) top = fmax(top, out->p[2 * r + 1]);
    out->log_scale = top > -INFINITY ? top : 0;
    for (size_t r = 0; r < out->rows; r++) {
        double ratio = top > -INFINITY ? exp(out->p[2 * r + 1] - top) : 0;
        out->p[2 * r] = 1 - ratio;
        out->p[2 * r + 1] = ratio;
    }
    return CGM_OK;
}

cgm_status cgm_scm_tabulate_counterfactual(const scm_variable *x, const scm_place *parents,
                                           const scm_place *counter_parents, const scm_place *place, cgm_arena *arena,
                                           scm_table *out)
{
    columns before, after;
    size_t levels = (size_t)x->variable.levels, cells = levels * levels;
    size_t width = place->kind == SCM_FREE ? cells : levels;
    size_t first = place->kind == SCM_FREE ? 0 : levels * (size_t)place->value;
    size_t step = cells < MOST_NUMBERS / CHUNK ? CHUNK : cells < MOST_NUMBERS ? MOST_NUMBERS / cells : 1;
    double *p = cgm_arena_array(arena, cells, step * sizeof *p);
    *out = (scm_table){.n_axes = 0};
    add_axes(x, parents, out);
    add_axes(x, counter_parents, out);
    if (!p) return CGM_E_MEMORY;
    CGM_TRY(make_rows(x, width, arena, out));
    CGM_TRY(columns_init(x, arena, &before));
    CGM_TRY(columns_init(x, arena, &after));
    for (size_t begin = 0; begin < out->rows; begin += step) {
        size_t n = chunk(out->rows, begin, step);
        columns_fill(x, out, parents, begin, n, &before);
        columns_fill(x, out, counter_parents, begin, n, &after);
        CGM_TRY(x->methods->counterfactual(x->mechanism, before.at, after.at, n, p));
        for (size_t i = 0; i < n; i++) memcpy(out->p + (begin + i) * width, p + i * cells + first, width * sizeof *p);
    }
    if (place->kind == SCM_FREE) {
        add_axis(out, place);
        out->rows *= levels;
    }
    return CGM_OK;
}
