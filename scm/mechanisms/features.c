/* Linear features of the parents. */
#include "scm/mechanisms/features.h"

#include <math.h>
#include <stdio.h>

#include "scm/object.h"

cgm_status cgm_scm_features_init(const cgm_mechanism_spec *spec, cgm_arena *arena, scm_features *out)
{
    size_t n = spec->n_parents;
    scm_features f = {.n = 1, .n_parents = n, .parents = spec->parents};
    f.first = cgm_arena_array(arena, n + 1, sizeof *f.first);
    f.mean = cgm_arena_array(arena, n + 1, sizeof *f.mean);
    f.scale = cgm_arena_array(arena, n + 1, sizeof *f.scale);
    if (!f.first || !f.mean || !f.scale) return CGM_E_MEMORY;
    for (size_t p = 0; p < n; p++) {
        f.first[p] = f.n;
        f.scale[p] = 1;
        f.n += cgm_variable_has_levels(spec->parents[p]) ? (size_t)spec->parents[p]->levels - 1 : 1;
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
        if (f->parents[p]->type != CGM_CONTINUOUS || n == 0) continue;
        for (size_t i = 0; i < n; i++) sum += x[i];
        double mean = sum / (double)n;
        for (size_t i = 0; i < n; i++) squares += (x[i] - mean) * (x[i] - mean);
        double sd = sqrt(squares / (double)n);
        f->mean[p] = mean;
        f->scale[p] = sd > 1e-12 * fabs(mean) && sd > 0 ? sd : 1;
    }
}

/* The position of a level's indicator, or 0 where there is none (the first level). */
static size_t indicator(const scm_features *f, size_t p, double level)
{
    return level >= 1 && level < f->parents[p]->levels ? f->first[p] + (size_t)level - 1 : 0;
}

double cgm_scm_features_dot(const scm_features *f, const double *w, const cgm_values *parents, size_t i)
{
    double sum = w[0];
    for (size_t p = 0; p < f->n_parents; p++) {
        double x = parents[p].data[i];
        if (cgm_variable_has_levels(f->parents[p])) {
            size_t k = indicator(f, p, x);
            if (k) sum += w[k];
        } else {
            sum += w[f->first[p]] * ((x - f->mean[p]) / f->scale[p]);
        }
    }
    return sum;
}

size_t cgm_scm_features_row(const scm_features *f, const cgm_values *parents, size_t i, size_t *at, double *value)
{
    size_t n = 1;
    at[0] = 0;
    value[0] = 1;
    for (size_t p = 0; p < f->n_parents; p++) {
        double x = parents[p].data[i];
        bool categorical = cgm_variable_has_levels(f->parents[p]);
        size_t k = categorical ? indicator(f, p, x) : f->first[p];
        if (k == 0) continue;
        at[n] = k;
        value[n++] = categorical ? 1 : (x - f->mean[p]) / f->scale[p];
    }
    return n;
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
    for (size_t i = 0; i < n; i++) {
        cgm_status status = cgm_scm_check_value(x, column[begin + i]);
        if (status != CGM_OK) return cgm_fail_context(status, "variable '%s', row %zu of the data", x->name, begin + i);
    }
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

void cgm_scm_features_describe(const scm_features *f, const double *w, scm_text *to)
{
    double intercept = w[0];
    for (size_t p = 0; p < f->n_parents; p++)
        if (f->parents[p]->type == CGM_CONTINUOUS) intercept -= w[f->first[p]] * f->mean[p] / f->scale[p];
    cgm_scm_text_add(to, "%.4g", intercept);
    for (size_t p = 0; p < f->n_parents; p++) {
        const cgm_variable *x = f->parents[p];
        if (x->type == CGM_CONTINUOUS) {
            add_term(to, w[f->first[p]] / f->scale[p]);
            cgm_scm_text_add(to, "%s", x->name);
            continue;
        }
        char text[CGM_VALUE_TEXT];
        for (int level = 1; level < x->levels; level++) {
            add_term(to, w[f->first[p] + (size_t)level - 1]);
            cgm_scm_text_add(to, "[%s=%s]", x->name, cgm_variable_text(x, level, text));
        }
    }
}
