#include "scm/discrete/factor.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* One power of two that brings the smallest number to 1 would overflow; the next rescaling goes on. */
#define MOST_EXPONENT 1000

static cgm_status fail_size(const cgm_factor_room *room, size_t n, const size_t *variable)
{
    char names[300];
    size_t used = 0;
    names[0] = '\0';
    for (size_t i = 0; i < n && used < sizeof names; i++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "",
                                 room->network->variable[variable[i]].name);
    return CGM_FAIL(CGM_E_UNSUPPORTED,
                    "exact inference needs a table over %zu variables at once (%s%s), more than %zu MiB", n, names,
                    used < sizeof names ? "" : "...", room->max_bytes >> 20);
}

/* A factor over variables given in ascending order, its values not set. */
static cgm_status create(cgm_factor_room *room, size_t n, const size_t *variable, cgm_factor **out)
{
    size_t size = 1, bytes;
    bool large = n > CGM_FACTOR_MAX_VARIABLES;
    for (size_t i = 0; i < n && !large; i++)
        large = __builtin_mul_overflow(size, room->network->variable[variable[i]].n_levels, &size);
    large = large || __builtin_mul_overflow(size, sizeof(double), &bytes) || bytes > SIZE_MAX - sizeof(cgm_factor);
    if (large || bytes > room->max_bytes || room->bytes > room->max_bytes - bytes) return fail_size(room, n, variable);
    cgm_factor *f = malloc(sizeof *f + bytes);
    if (!f) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a table of %zu numbers", size);
    f->next = NULL;
    f->n = n;
    f->size = size;
    for (size_t i = 0; i < n; i++) {
        f->variable[i] = variable[i];
        f->levels[i] = room->network->variable[variable[i]].n_levels;
    }
    room->bytes += bytes;
    *out = f;
    return CGM_OK;
}

void cgm_factor_free(cgm_factor_room *room, cgm_factor *a)
{
    if (!a) return;
    room->bytes -= a->size * sizeof(double);
    free(a);
}

cgm_status cgm_factor_one(cgm_factor_room *room, cgm_factor **out)
{
    CGM_TRY(create(room, 0, NULL, out));
    (*out)->value[0] = room->logarithms ? 0 : 1;
    return CGM_OK;
}

/* A walk over a table and, beside it, over one or two others that it is made from. */
typedef struct walk {
    size_t n, levels[CGM_FACTOR_MAX_VARIABLES], index[CGM_FACTOR_MAX_VARIABLES];
    size_t stride[2][CGM_FACTOR_MAX_VARIABLES]; /* in the others; 0 where an axis is none of theirs */
    size_t offset[2];
} walk;

/* Goes on along all axes but the last `skip`; false when all is walked. */
static bool step(walk *w, size_t skip)
{
    for (size_t i = w->n - skip; i-- > 0;) {
        bool more = ++w->index[i] < w->levels[i];
        for (size_t k = 0; k < 2; k++) w->offset[k] += more ? w->stride[k][i] : -(w->levels[i] - 1) * w->stride[k][i];
        if (more) return true;
        w->index[i] = 0;
    }
    return false;
}

/* Adds an axis inside those that are there; joins it to the last one when all tables go through both in one stride. */
static void add_axis(walk *w, size_t levels, size_t stride_a, size_t stride_b)
{
    size_t last = w->n - 1;
    if (w->n && w->stride[0][last] == levels * stride_a && w->stride[1][last] == levels * stride_b)
        w->levels[last] *= levels;
    else
        w->levels[++last] = levels, w->n++;
    w->stride[0][last] = stride_a;
    w->stride[1][last] = stride_b;
}

static size_t position(const cgm_factor *f, size_t variable)
{
    size_t i = 0;
    while (i < f->n && f->variable[i] != variable) i++;
    return i;
}

static int ascending(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

cgm_status cgm_factor_from_cpt(cgm_factor_room *room, size_t v, const int *fixed, cgm_factor **out)
{
    const network_variable *child = &room->network->variable[v];
    size_t scope[CGM_FACTOR_MAX_VARIABLES], stride[CGM_FACTOR_MAX_VARIABLES], n = 0, below = child->n_levels, i = 0;
    walk w = {.n = 0};
    cgm_factor *f;
    if (fixed[v] < 0) scope[n++] = v;
    for (size_t k = 0; k < child->n_parents; k++)
        if (fixed[child->parents[k]] < 0) scope[n++] = child->parents[k];
    qsort(scope, n, sizeof *scope, ascending);
    CGM_TRY(create(room, n, scope, &f));
    if (fixed[v] < 0)
        stride[position(f, v)] = 1;
    else
        w.offset[0] = (size_t)fixed[v];
    for (size_t k = child->n_parents; k-- > 0; below *= room->network->variable[child->parents[k]].n_levels) {
        size_t parent = child->parents[k];
        if (fixed[parent] < 0)
            stride[position(f, parent)] = below;
        else
            w.offset[0] += (size_t)fixed[parent] * below;
    }
    for (size_t k = 0; k < n; k++) add_axis(&w, f->levels[k], stride[k], 0);
    do {
        double p = child->cpt[w.offset[0]];
        f->value[i++] = room->logarithms ? log(p) : p;
    } while (step(&w, 0));
    *out = f;
    return CGM_OK;
}

/* The union of two ascending lists; returns its length, which may pass what a factor holds. */
static size_t merge(const cgm_factor *a, const cgm_factor *b, size_t out[2 * CGM_FACTOR_MAX_VARIABLES])
{
    size_t n = 0, i = 0, k = 0;
    while (i < a->n || k < b->n) {
        size_t x = i < a->n ? a->variable[i] : SIZE_MAX, y = k < b->n ? b->variable[k] : SIZE_MAX;
        out[n++] = x < y ? x : y;
        i += x <= y;
        k += y <= x;
    }
    return n;
}

/* The step of a's index, for each of f's variables; 0 where a has it not. */
static void fill_strides(const cgm_factor *f, const cgm_factor *a, size_t *stride)
{
    size_t below = 1, k = a->n;
    for (size_t i = f->n; i-- > 0;) {
        bool has = k > 0 && a->variable[k - 1] == f->variable[i];
        stride[i] = has ? below : 0;
        if (!has) continue;
        below *= f->levels[i];
        k--;
    }
}

/* out[i] = a[i sa] b[i sb]. True when a product of two numbers that are not 0 lost digits or became 0. */
static bool multiply_run(size_t n, const double *a, size_t sa, const double *b, size_t sb, double *out)
{
    bool underflow = false;
    for (size_t i = 0; i < n; i++) {
        double x = a[i * sa], y = b[i * sb];
        out[i] = x * y;
        underflow |= (out[i] < DBL_MIN) & (x > 0) & (y > 0);
    }
    return underflow;
}

static void add_run(size_t n, const double *a, size_t sa, const double *b, size_t sb, double *out)
{
    for (size_t i = 0; i < n; i++) out[i] = a[i * sa] + b[i * sb];
}

cgm_status cgm_factor_multiply(cgm_factor_room *room, const cgm_factor *a, const cgm_factor *b, cgm_factor **out)
{
    size_t scope[2 * CGM_FACTOR_MAX_VARIABLES], stride[2][CGM_FACTOR_MAX_VARIABLES];
    walk w = {.n = 0};
    cgm_factor *f;
    CGM_TRY(create(room, merge(a, b, scope), scope, &f));
    fill_strides(f, a, stride[0]);
    fill_strides(f, b, stride[1]);
    for (size_t i = 0; i < f->n; i++) add_axis(&w, f->levels[i], stride[0][i], stride[1][i]);
    if (f->n == 0) add_axis(&w, 1, 0, 0);
    /* The last axis is a run. */
    size_t run = w.levels[w.n - 1], sa = w.stride[0][w.n - 1], sb = w.stride[1][w.n - 1];
    double *to = f->value;
    do {
        if (room->logarithms)
            add_run(run, a->value + w.offset[0], sa, b->value + w.offset[1], sb, to);
        else
            room->underflow |= multiply_run(run, a->value + w.offset[0], sa, b->value + w.offset[1], sb, to);
        to += run;
    } while (step(&w, 1));
    *out = f;
    return CGM_OK;
}

/* log(e^a[0] + e^a[stride] + ...), n terms. */
static double log_sum(const double *a, size_t n, size_t stride)
{
    double most = -INFINITY, sum = 0;
    for (size_t i = 0; i < n; i++) most = fmax(most, a[i * stride]);
    if (most == -INFINITY) return most;
    for (size_t i = 0; i < n; i++) sum += exp(a[i * stride] - most);
    return most + log(sum);
}

static double sum(const double *a, size_t n)
{
    double total = 0;
    for (size_t i = 0; i < n; i++) total += a[i];
    return total;
}

/* The sum of n rows of `width` numbers each. */
static void add_rows(size_t n, size_t width, const double *rows, double *out)
{
    for (size_t low = 0; low < width; low++) out[low] = rows[low];
    for (size_t k = 1; k < n; k++)
        for (size_t low = 0; low < width; low++) out[low] += rows[k * width + low];
}

cgm_status cgm_factor_sum_out(cgm_factor_room *room, const cgm_factor *a, size_t variable, cgm_factor **out)
{
    size_t scope[CGM_FACTOR_MAX_VARIABLES], at = position(a, variable), below = 1, n = 0;
    cgm_factor *f;
    CGM_CHECK(at < a->n);
    for (size_t i = 0; i < a->n; i++)
        if (i != at) scope[n++] = a->variable[i];
    for (size_t i = at + 1; i < a->n; i++) below *= a->levels[i];
    CGM_TRY(create(room, n, scope, &f));
    for (size_t high = 0; high < f->size / below; high++) {
        const double *from = a->value + high * a->levels[at] * below;
        double *to = f->value + high * below;
        if (room->logarithms)
            for (size_t low = 0; low < below; low++) to[low] = log_sum(from + low, a->levels[at], below);
        else
            add_rows(a->levels[at], below, from, to);
    }
    *out = f;
    return CGM_OK;
}

double cgm_factor_total(const cgm_factor_room *room, const cgm_factor *a)
{
    return room->logarithms ? log_sum(a->value, a->size, 1) : sum(a->value, a->size);
}

bool cgm_factor_is_positive(const cgm_factor_room *room, const cgm_factor *a)
{
    double zero = room->logarithms ? -INFINITY : 0;
    for (size_t i = 0; i < a->size; i++)
        if (!(a->value[i] > zero)) return false;
    return true;
}

void cgm_factor_rescale(cgm_factor_room *room, cgm_factor *a)
{
    double most = a->value[0];
    for (size_t i = 1; i < a->size; i++) most = a->value[i] > most ? a->value[i] : most;
    if (room->logarithms) {
        if (most == -INFINITY) return;
        for (size_t i = 0; i < a->size; i++) a->value[i] -= most;
        room->log_scale += most;
        return;
    }
    int exponent = 0;
    frexp(most, &exponent);
    if (exponent < -MOST_EXPONENT) exponent = -MOST_EXPONENT;
    if (most == 0 || exponent == 0) return;
    /* A power of two: no digit changes. */
    double scale = ldexp(1, -exponent);
    for (size_t i = 0; i < a->size; i++) {
        double x = a->value[i] * scale;
        room->underflow |= (x < DBL_MIN) & (a->value[i] >= DBL_MIN);
        a->value[i] = x;
    }
    room->exponent += exponent;
}
