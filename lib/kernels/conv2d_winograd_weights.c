/* The weights of the convolution and its input gradient, which are transformed filters: who makes them, and where they
 * lie; see conv2d_winograd.c. */
#include "kernels/conv2d_winograd_map.h"
#include "kernels/sizes.h"

#include "base/threads.h"

#include <string.h>

/* Inputs of a task that turns or transforms filters. */
#define SOME_INPUTS 32

int64_t cgm_winograd_panel_columns(const cgm_winograd_map *t, int64_t first)
{
    int64_t end = min64(t->out.groups, (first / t->block + 1) * t->block);
    return cgm_panel_columns(t->tiles.isa, (end - first) * t->tiles.isa->vector);
}

int64_t cgm_winograd_all_weights(const cgm_winograd_map *t)
{
    return cgm_phases(&t->out) * t->out.groups * t->tiles.isa->vector * cgm_winograd_points(t) * t->rows;
}

/* Of all weights those of a panel. */
static cgm_real *panel_of_all(const cgm_winograd_map *t, cgm_real *all, int64_t phase, int64_t first)
{
    return all + (phase * t->out.groups + first) * t->tiles.isa->vector * cgm_winograd_points(t) * t->rows;
}

static cgm_real *turned_filters(const cgm_winograd_map *t, int64_t group, int64_t c)
{
    return t->turned + (group * t->in.channels + c) * t->side * t->side * t->tiles.isa->vector;
}

/* Some inputs' filters of a vector of outputs. */
static void turn_task(void *context, size_t index, int worker)
{
    (void)worker;
    const cgm_winograd_map *t = context;
    int64_t pieces = ceil_div(t->in.channels, SOME_INPUTS), group = (int64_t)index / pieces,
            vector = t->tiles.isa->vector;
    int64_t c = (int64_t)index % pieces * SOME_INPUTS, n = min64(SOME_INPUTS, t->in.channels - c),
            taps = t->side * t->side;
    int64_t k = group * vector, valid = min64(vector, t->out.channels - k);
    /* The filter is [output][input] or [input][output]. */
    int64_t output_step = t->inputs_first ? taps : t->in.channels * taps;
    int64_t input_step = t->inputs_first ? t->out.channels * taps : taps, run = t->inputs_first ? 1 : n;
    cgm_real *out = turned_filters(t, group, c);
    if (valid < vector) memset(out, 0, (size_t)(n * taps * vector) * sizeof *out);
    for (int64_t j = 0; j < n; j += run, out += run * taps * vector)
        t->tiles.isa->turn(valid, run * taps, t->filter + k * output_step + (c + j) * input_step, output_step, out,
                           vector);
}

/* Where a filter [tap][output] has a form's taps of one phase; -1 where the phase has none. */
static void find_taps(const cgm_winograd_map *t, const cgm_phase_taps *row, const cgm_phase_taps *column, int64_t *tap)
{
    int64_t taps = t->tiles.form->taps;
    for (int64_t i = 0; i < taps; i++)
        for (int64_t j = 0; j < taps; j++, tap++) {
            int64_t a = i - row->lead, b = j - column->lead;
            bool there = a >= 0 && a < row->count && b >= 0 && b < column->count;
            *tap = -1;
            if (there)
                *tap = ((row->tap + i * row->next) * t->side + column->tap + j * column->next) * t->tiles.isa->vector;
        }
}

/* The weights of n inputs for a vector of outputs and a phase of the result, from their turned filters; `width` and
 * `step` as in the panel, and `part` from a phase of the operand to the next. */
static void transform_filters(const cgm_winograd_map *t, int64_t phase, int64_t n, const cgm_real *turned,
                              cgm_real *weights, int64_t width, int64_t step, int64_t part)
{
    int64_t tap[4 * 4];
    for (int64_t p = 0; p < cgm_phases(&t->in); p++) {
        int64_t met = t->inputs_first ? phase : p;
        find_taps(t, &t->row[met / t->f], &t->column[met % t->f], tap);
        t->tiles.form->filters(n, turned, t->side * t->side * t->tiles.isa->vector, tap, weights + p * part, width,
                               step);
    }
}

/* The weights of a panel and of inputs [c0, c1) of a slice, for one phase of the result; a vector's surplus of inputs,
 * which are zero, meets zeros. */
static void make_weights(const cgm_winograd_map *t, int64_t phase, int64_t slice, int64_t c0, int64_t c1, int64_t first,
                         cgm_real *weights)
{
    cgm_phased in = cgm_phased_block(&t->in, slice * t->slice, t->slice);
    int64_t vector = t->tiles.isa->vector, columns = cgm_winograd_panel_columns(t, first), width = columns * vector;
    int64_t step = t->rows * width, part = in.groups * vector * width;
    for (int64_t v = 0; v < columns; v++)
        transform_filters(t, phase, c1 - c0, turned_filters(t, first + v, in.first + c0),
                          weights + c0 * width + v * vector, width, step, part);
    for (int64_t i = 0; i < cgm_winograd_points(t) && c1 == in.channels; i++)
        for (int64_t p = 0; p + 1 < cgm_phases(&t->in); p++)
            memset(weights + i * step + p * part + in.channels * width, 0,
                   (size_t)((in.groups * vector - in.channels) * width) * sizeof *weights);
}

/* The stored weights of a panel of outputs, of some of the inputs. */
static void filter_task(void *context, size_t index, int worker)
{
    const cgm_winograd_map *t = context;
    (void)worker;
    int64_t pieces = ceil_div(t->in.channels, SOME_INPUTS), first = 0, columns;
    for (int64_t i = (int64_t)index / pieces; columns = cgm_winograd_panel_columns(t, first), i > 0; i--)
        first += columns;
    int64_t c0 = (int64_t)index % pieces * SOME_INPUTS, c1 = min64(c0 + SOME_INPUTS, t->in.channels);
    for (int64_t phase = 0; phase < cgm_phases(&t->out); phase++)
        make_weights(t, phase, 0, c0, c1, first, panel_of_all(t, t->weights, phase, first));
}

void cgm_winograd_prepare(cgm_winograd_map *t, int threads)
{
    int64_t panels = 0, pieces = ceil_div(t->in.channels, SOME_INPUTS);
    for (int64_t first = 0; first < t->out.groups; panels++) first += cgm_winograd_panel_columns(t, first);
    cgm_parallel(threads, (size_t)(t->out.groups * pieces), turn_task, t);
    if (t->weights_are == CGM_WEIGHTS_STORED) cgm_parallel(threads, (size_t)(panels * pieces), filter_task, t);
}

void cgm_winograd_keep(const cgm_winograd_map *t, int worker, cgm_real *own)
{
    if (t->weights_are != CGM_WEIGHTS_KEPT || t->made[worker]) return;
    t->made[worker] = true;
    for (int64_t phase = 0; phase < cgm_phases(&t->out); phase++)
        for (int64_t first = 0; first < t->out.groups; first += cgm_winograd_panel_columns(t, first))
            make_weights(t, phase, 0, 0, t->in.channels, first, panel_of_all(t, own, phase, first));
}

const cgm_real *cgm_winograd_weights(const cgm_winograd_map *t, int64_t phase, int64_t slice, int64_t first,
                                     cgm_real *own)
{
    if (t->weights_are == CGM_WEIGHTS_STORED) return panel_of_all(t, t->weights, phase, first);
    if (t->weights_are == CGM_WEIGHTS_KEPT) return panel_of_all(t, own, phase, first);
    make_weights(t, phase, slice, 0, cgm_phased_block(&t->in, slice * t->slice, t->slice).channels, first, own);
    return own;
}

/* Not at infinity without the last tap, nor at 0 without the first. */
static bool is_empty(const cgm_winograd_map *t, const cgm_phase_taps *along, int64_t point)
{
    const cgm_winograd *form = t->tiles.form;
    return along->count < form->taps && point == (along->lead ? 0 : form->points - 1);
}

void cgm_winograd_find_empty(cgm_winograd_map *t)
{
    int64_t n = t->tiles.form->points;
    for (int64_t phase = 0; phase < t->f * t->f; phase++)
        for (int64_t i = 0; i < n * n; i++)
            t->empty[phase][i] =
                is_empty(t, &t->row[phase / t->f], i / n) || is_empty(t, &t->column[phase % t->f], i % n);
}
