/* Whether a regression on the features has one answer. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "scm/mechanisms/features.h"

enum { NAME = 256 };

/* "parent 'x'", "level 'b' of parent 'x'", "the product of parents 'x' and 'y'" */
static const char *name_of(const scm_features *f, size_t j, char text[NAME])
{
    char level[CGM_VALUE_TEXT];
    for (size_t q = 0; q < f->n_products; q++) {
        const scm_product *both = &f->product[q];
        bool last = q + 1 == f->n_products;
        if (j < both->first || (!last && j >= f->product[q + 1].first)) continue;
        snprintf(text, NAME, "the product of parents '%s' and '%s'", f->parents[both->a]->name,
                 f->parents[both->b]->name);
        return text;
    }
    size_t p = 0;
    while (p + 1 < f->n_parents && f->first[p + 1] <= j) p++;
    const cgm_variable *parent = f->parents[p];
    if (cgm_variable_has_levels(parent))
        snprintf(text, NAME, "level '%s' of parent '%s'",
                 cgm_variable_text(parent, 1 + (double)(j - f->first[p]), level), parent->name);
    else
        snprintf(text, NAME, "parent '%s'", parent->name);
    return text;
}

/* The features' second moments, [n, n], from the rows. */
static void add_rows(const scm_features *f, const cgm_values *parents, size_t rows, double *moments)
{
    size_t at[SCM_MAX_ROW];
    double value[SCM_MAX_ROW];
    for (size_t i = 0; i < rows; i++) {
        size_t n = cgm_scm_features_row(f, parents, i, at, value);
        for (size_t k = 0; k < n; k++)
            for (size_t l = 0; l < n; l++) moments[at[k] * f->n + at[l]] += value[k] * value[l];
    }
}

/* Cholesky in place, row by row, as far as the features are independent: the first that is not, or n. */
static size_t first_dependent(size_t n, double *a)
{
    for (size_t j = 0; j < n; j++) {
        double spread = a[j * n + j];
        for (size_t k = 0; k < j; k++) {
            double sum = a[j * n + k];
            for (size_t l = 0; l < k; l++) sum -= a[j * n + l] * a[k * n + l];
            a[j * n + k] = sum / a[k * n + k];
            a[j * n + j] -= a[j * n + k] * a[j * n + k];
        }
        if (!(a[j * n + j] > 1e-12 * spread)) return j;
        a[j * n + j] = sqrt(a[j * n + j]);
    }
    return n;
}

cgm_status cgm_scm_features_check(const scm_features *f, const char *variable, const cgm_values *parents, size_t rows)
{
    char name[NAME];
    cgm_status status = CGM_OK;
    double *moments = calloc(f->n, f->n * sizeof *moments);
    if (!moments) return CGM_FAIL(CGM_E_MEMORY, "variable '%s': out of memory for its parents", variable);
    add_rows(f, parents, rows, moments);
    for (size_t j = 1; status == CGM_OK && j < f->n; j++)
        if (!(moments[j * f->n + j] > 0))
            status = CGM_FAIL(CGM_E_ARG, "variable '%s': %s does not vary, or never occurs, in the %zu training rows",
                              variable, name_of(f, j, name), rows);
    size_t j = status == CGM_OK ? first_dependent(f->n, moments) : f->n;
    if (j < f->n)
        status = CGM_FAIL(CGM_E_ARG,
                          "variable '%s': the regression is singular: %s is a linear function of the intercept and the "
                          "parents before it in all %zu training rows",
                          variable, name_of(f, j, name), rows);
    free(moments);
    return status;
}
