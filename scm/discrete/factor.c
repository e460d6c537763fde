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

/* Steps the indices of all variables but the last `skip`, and the offsets that go with them; false when all were seen.
 */
static bool step(const cgm_factor *f, size_t skip, size_t *index, size_t n_offsets,
                 size_t (*stride)[CGM_FACTOR_MAX_VARIABLES], size_t *offset)
{
    for (size_t i = f->n - skip; i-- > 0;) {
        bool more = ++index[i] < f->levels[i];
        for (size_t k = 0; k < n_offsets; k++) offset[k] += more ? stride[k][i] : -(f->levels[i] - 1) * stride[k][i];
        if (more) return true;
        index[i] = 0;
    }
    return false;
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
    size_t scope[CGM_FACTOR_MAX_VARIABLES], n = 0, offset[1] = {0}, index[CGM_FACTOR_MAX_VARIABLES] = {0};
    size_t stride[1][CGM_FACTOR_MAX_VARIABLES], below = child->n_levels;
    cgm_factor *f;
    if (fixed[v] < 0) scope[n++] = v;
    for (size_t k = 0; k < child->n_parents; k++)
        if (fixed[child->parents[k]] < 0) scope[n++] = child->parents[k];
    qsort(scope, n, sizeof *scope, ascending);
    CGM_TRY(create(room, n, scope, &f));
    if (fixed[v] < 0)
        stride[0][position(f, v)] = 1;
    else
        offset[0] = (size_t)fixed[v];
    for (size_t k = child->n_parents; k-- > 0; below *= room->network->variable[child->parents[k]].n_levels) {
        size_t parent = child->parents[k];
        if (fixed[parent] < 0)
            stride[0][position(f, parent)] = below;
        else
            offset[0] += (size_t)fixed[parent] * below;
    }
    size_t i = 0;
    do {
        double p = child->cpt[offset[0]];
        f->value[i++] = room->logarithms ? log(p) : p;
    } while (step(f, 0, index, 1, stride, offset));
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
    size_t scope[2 * CGM_FACTOR_MAX_VARIABLES], index[CGM_FACTOR_MAX_VARIABLES] = {0}, offset[2] = {0, 0};
    size_t stride[2][CGM_FACTOR_MAX_VARIABLES];
    cgm_factor *f;
    CGM_TRY(create(room, merge(a, b, scope), scope, &f));
    fill_strides(f, a, stride[0]);
    fill_strides(f, b, stride[1]);
    /* The last variable is a run of its own. */
    size_t last = f->n ? f->n - 1 : 0, run = f->n ? f->levels[last] : 1;
    size_t sa = f->n ? stride[0][last] : 0, sb = f->n ? stride[1][last] : 0;
    double *to = f->value;
    do {
        if (room->logarithms)
            add_run(run, a->value + offset[0], sa, b->value + offset[1], sb, to);
        else
            room->underflow |= multiply_run(run, a->value + offset[0], sa, b->value + offset[1], sb, to);
        to += run;
    } while (f->n && step(f, 1, index, 2, stride, offset));
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

static double sum(const double *a, size_t n, size_t stride)
{
    double total = 0;
    for (size_t i = 0; i < n; i++) total += a[i * stride];
    return total;
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
    size_t levels = a->levels[at];
    for (size_t high = 0; high < f->size / below; high++)
        for (size_t low = 0; low < below; low++) {
            const double *from = a->value + high * levels * below + low;
            f->value[high * below + low] = room->logarithms ? log_sum(from, levels, below) : sum(from, levels, below);
        }
    *out = f;
    return CGM_OK;
}

double cgm_factor_total(const cgm_factor_room *room, const cgm_factor *a)
{
    return room->logarithms ? log_sum(a->value, a->size, 1) : sum(a->value, a->size, 1);
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
