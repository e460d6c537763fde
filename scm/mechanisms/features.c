/* Linear features of the parents. */
#include "scm/mechanisms/features.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scm/object.h"

/* Features of a parent. */
static size_t width_of(const scm_features *f, size_t p)
{
    return cgm_variable_has_levels(f->parents[p]) ? (size_t)f->parents[p]->levels - 1 : 1;
}

cgm_status cgm_scm_features_init(const cgm_mechanism_spec *spec, cgm_arena *arena, scm_features *out)
{
    size_t n = spec->n_parents;
    scm_features f = {.n = 1, .n_parents = n, .parents = spec->parents};
    f.first = cgm_arena_array(arena, n + 1, sizeof *f.first);
    f.mean = cgm_arena_array(arena, n + 1, sizeof *f.mean);
    f.scale = cgm_arena_array(arena, n + 1, sizeof *f.scale);
    f.levels = cgm_arena_array(arena, n + 1, sizeof *f.levels);
    if (!f.first || !f.mean || !f.scale || !f.levels) return CGM_E_MEMORY;
    for (size_t p = 0; p < n; p++) {
        f.first[p] = f.n;
        f.scale[p] = 1;
        f.levels[p] = cgm_variable_has_levels(spec->parents[p]) ? spec->parents[p]->levels : 0;
        f.n += width_of(&f, p);
    }
    *out = f;
    return CGM_OK;
}

void cgm_scm_features_fit(scm_features *f, const cgm_values *parents)
{
    for (size_t p = 0; p < f->n_parents; p++) {
        const double *x = parents[p].data;
        size_t n = parents[p].n;
        double sum = 0, squares = 0;
        if (cgm_variable_has_levels(f->parents[p]) || n == 0) continue;
        for (size_t i = 0; i < n; i++) sum += x[i];
        double mean = sum / (double)n;
        for (size_t i = 0; i < n; i++) squares += (x[i] - mean) * (x[i] - mean);
        double sd = sqrt(squares / (double)n);
        f->mean[p] = mean;
        f->scale[p] = sd > 1e-12 * fabs(mean) && sd > 0 ? sd : 1;
    }
}

/* As cgm_scm_features_term; inlined where every row of a fit goes through it. */
static inline bool term(const scm_features *f, size_t p, double x, size_t *at, double *value)
{
    int levels = f->levels[p];
    bool level = x >= 1 && x < levels;
    *at = level ? (size_t)x - 1 : 0;
    *value = levels ? 1 : (x - f->mean[p]) / f->scale[p];
    return !levels || level;
}

bool cgm_scm_features_term(const scm_features *f, size_t p, double x, size_t *at, double *value)
{
    return term(f, p, x, at, value);
}

size_t cgm_scm_features_row(const scm_features *f, const cgm_values *parents, size_t i, size_t *at, double *value)
{
    size_t n = 1, k, l;
    double x, y;
    at[0] = 0;
    value[0] = 1;
    for (size_t p = 0; p < f->n_parents; p++) {
        if (!term(f, p, parents[p].data[i], &k, &x)) continue;
        at[n] = f->first[p] + k;
        value[n++] = x;
    }
    for (size_t q = 0; q < f->n_products; q++) {
        const scm_product *both = &f->product[q];
        if (!term(f, both->a, parents[both->a].data[i], &k, &x)) continue;
        if (!term(f, both->b, parents[both->b].data[i], &l, &y)) continue;
        at[n] = both->first + k * width_of(f, both->b) + l;
        value[n++] = x * y;
    }
    return n;
}

double cgm_scm_features_dot(const scm_features *f, const double *w, const cgm_values *parents, size_t i)
{
    size_t at[SCM_MAX_ROW];
    double value[SCM_MAX_ROW], sum = 0;
    size_t n = cgm_scm_features_row(f, parents, i, at, value);
    for (size_t k = 0; k < n; k++) sum += w[at[k]] * value[k];
    return sum;
}

static cgm_status find_parent(const scm_features *f, const cgm_yaml *item, size_t i, size_t *out)
{
    const cgm_yaml *word = cgm_yaml_at(item, i);
    const char *name = cgm_yaml_get_kind(word) == CGM_YAML_SCALAR ? cgm_yaml_text(word) : "", *names[CGM_MAX_PARENTS];
    for (size_t p = 0; p < f->n_parents; p++) {
        names[p] = f->parents[p]->name;
        if (strcmp(names[p], name) == 0) return *out = p, CGM_OK;
    }
    const char *near = cgm_nearest_word(name, f->n_parents, names);
    return cgm_yaml_fail(item, "interactions: there is no parent '%s'%s%s%s", name, near ? "; did you mean '" : "",
                         near ? near : "", near ? "'?" : "");
}

cgm_status cgm_scm_features_interact(const cgm_yaml *list, cgm_arena *arena, scm_features *f)
{
    size_t n = cgm_yaml_get_kind(list) == CGM_YAML_LIST ? cgm_yaml_count(list) : 0;
    if (n < 1 || n > SCM_MAX_PRODUCTS)
        return cgm_yaml_fail(list, "interactions: expected a list of 1 to %d pairs of parents, [[a, b], ...]",
                             SCM_MAX_PRODUCTS);
    f->product = cgm_arena_array(arena, n, sizeof *f->product);
    if (!f->product) return CGM_E_MEMORY;
    for (size_t i = 0; i < n; i++) {
        const cgm_yaml *item = cgm_yaml_at(list, i);
        scm_product both = {.first = f->n};
        if (cgm_yaml_get_kind(item) != CGM_YAML_LIST || cgm_yaml_count(item) != 2)
            return cgm_yaml_fail(item, "interactions: expected a pair of parents, [a, b]");
        CGM_TRY(find_parent(f, item, 0, &both.a));
        CGM_TRY(find_parent(f, item, 1, &both.b));
        if (both.a == both.b)
            return cgm_yaml_fail(item, "interactions: '%s' with itself; expected two parents",
                                 f->parents[both.a]->name);
        for (size_t k = 0; k < i; k++)
            if ((f->product[k].a == both.a && f->product[k].b == both.b) ||
                (f->product[k].a == both.b && f->product[k].b == both.a))
                return cgm_yaml_fail(item, "interactions: a pair is there twice");
        f->product[f->n_products++] = both;
        f->n += width_of(f, both.a) * width_of(f, both.b);
    }
    return CGM_OK;
}

bool cgm_scm_features_affine_in(const scm_features *f, const bool *marked)
{
    for (size_t p = 0; p < f->n_parents; p++)
        if (marked[p] && cgm_variable_has_levels(f->parents[p])) return false;
    for (size_t q = 0; q < f->n_products; q++)
        if (marked[f->product[q].a] && marked[f->product[q].b]) return false;
    return true;
}

/* A product of (x - m) / s and (y - n) / t is (x y - n x - m y + m n) / (s t); indicators have m = 0 and s = 1. */
void cgm_scm_features_unscale(const scm_features *f, const double *w, double *out)
{
    memcpy(out, w, f->n * sizeof *out);
    for (size_t q = 0; q < f->n_products; q++) {
        const scm_product *both = &f->product[q];
        size_t a = both->a, b = both->b;
        for (size_t k = 0; k < width_of(f, a) * width_of(f, b); k++) {
            double *x = &out[f->first[a] + k / width_of(f, b)], *y = &out[f->first[b] + k % width_of(f, b)];
            double each = w[both->first + k] / (f->scale[a] * f->scale[b]);
            out[both->first + k] = each;
            /* Still to be divided by their own scales below. */
            *x -= each * f->mean[b] * f->scale[a];
            *y -= each * f->mean[a] * f->scale[b];
            out[0] -= each * f->mean[a] * f->mean[b];
        }
    }
    for (size_t p = 0; p < f->n_parents; p++) {
        if (cgm_variable_has_levels(f->parents[p])) continue;
        out[f->first[p]] /= f->scale[p];
        out[0] -= out[f->first[p]] * f->mean[p];
    }
}

cgm_status cgm_scm_features_state(const scm_features *f, cgm_state *state)
{
    if (f->n_parents == 0) return CGM_OK;
    CGM_TRY(cgm_state_add(state, CGM_F64, CGM_SHAPE((int64_t)f->n_parents), f->mean, "parent_mean"));
    return cgm_state_add(state, CGM_F64, CGM_SHAPE((int64_t)f->n_parents), f->scale, "parent_scale");
}

static cgm_status get_column(const cgm_dataset *data, const cgm_variable *x, cgm_values *out)
{
    size_t begin, n;
    const double *column = cgm_dataset_column(data, x->name);
    if (!column) return CGM_FAIL(CGM_E_ARG, "the data have no scalar variable '%s'", x->name);
    cgm_dataset_split(data, CGM_TRAIN, &begin, &n);
    CGM_TRY(cgm_scm_check_column(x, data));
    /* A window that is only read. */
    *out = (cgm_values){.n = n, .width = 1, .data = (double *)column + begin};
    return CGM_OK;
}

cgm_status cgm_scm_columns_get(const cgm_dataset *data, const cgm_variable *variable, const scm_features *f,
                               scm_columns *out)
{
    CGM_TRY(get_column(data, variable, &out->value));
    for (size_t p = 0; p < f->n_parents; p++) CGM_TRY(get_column(data, f->parents[p], &out->parents[p]));
    return CGM_OK;
}

void cgm_scm_text_add(scm_text *to, const char *format, ...)
{
    if (to->used >= to->size) return;
    va_list args;
    va_start(args, format);
    int written = vsnprintf(to->text + to->used, to->size - to->used, format, args);
    va_end(args);
    if (written > 0) to->used += (size_t)written;
}

static void add_term(scm_text *to, double w)
{
    cgm_scm_text_add(to, " %c %.4g ", w < 0 ? '-' : '+', fabs(w));
}

/* "[sex=female]" or "age" */
static void add_feature(const scm_features *f, size_t p, size_t k, scm_text *to)
{
    char text[CGM_VALUE_TEXT];
    const cgm_variable *x = f->parents[p];
    if (cgm_variable_has_levels(x))
        cgm_scm_text_add(to, "[%s=%s]", x->name, cgm_variable_text(x, (double)k + 1, text));
    else
        cgm_scm_text_add(to, "%s", x->name);
}

void cgm_scm_features_describe(const scm_features *f, const double *w, scm_text *to)
{
    double *own = malloc(f->n * sizeof *own);
    if (!own) return;
    cgm_scm_features_unscale(f, w, own);
    cgm_scm_text_add(to, "%.4g", own[0]);
    for (size_t p = 0; p < f->n_parents; p++)
        for (size_t k = 0; k < width_of(f, p); k++) {
            add_term(to, own[f->first[p] + k]);
            add_feature(f, p, k, to);
        }
    for (size_t q = 0; q < f->n_products; q++) {
        const scm_product *both = &f->product[q];
        size_t width = width_of(f, both->b);
        for (size_t k = 0; k < width_of(f, both->a) * width; k++) {
            add_term(to, own[both->first + k]);
            add_feature(f, both->a, k / width, to);
            cgm_scm_text_add(to, " ");
            add_feature(f, both->b, k % width, to);
        }
    }
    free(own);
}
