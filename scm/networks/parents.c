#include "scm/networks/parents.h"

#include <math.h>
#include <string.h>

static size_t features_of(const cgm_variable *parent)
{
    return cgm_variable_has_levels(parent) ? (size_t)parent->levels : 1;
}

void cgm_network_parents_init(size_t n, const cgm_variable *const *variables, network_parents *out)
{
    *out = (network_parents){.n = n};
    for (size_t i = 0; i < n; i++) {
        out->variable[i] = variables[i];
        out->features += features_of(variables[i]);
        out->scale[i] = 1;
    }
}

cgm_status cgm_network_parents_learn(network_parents *p, const cgm_dataset *data, size_t first, size_t n)
{
    for (size_t i = 0; i < p->n; i++) {
        const double *column = cgm_dataset_column(data, p->variable[i]->name);
        if (!column) return CGM_FAIL(CGM_E_ARG, "the data have no column \"%s\"", p->variable[i]->name);
        double sum = 0, squares = 0;
        column += first;
        for (size_t k = 0; k < n; k++) sum += column[k];
        p->shift[i] = sum / (double)n;
        for (size_t k = 0; k < n; k++) squares += pow(column[k] - p->shift[i], 2);
        p->scale[i] = sqrt(squares / (double)n);
        if (!(p->scale[i] > 0)) p->scale[i] = 1; /* a constant parent tells nothing */
    }
    return CGM_OK;
}

cgm_status cgm_network_parents_state(network_parents *p, cgm_state *state)
{
    if (!p->n) return CGM_OK;
    CGM_TRY(cgm_state_add(state, CGM_F64, CGM_SHAPE((int64_t)p->n), p->shift, "parents/shift"));
    return cgm_state_add(state, CGM_F64, CGM_SHAPE((int64_t)p->n), p->scale, "parents/scale");
}

size_t cgm_network_parents_place(const network_parents *p, size_t i, size_t *first)
{
    *first = 0;
    for (size_t k = 0; k < i; k++) *first += features_of(p->variable[k]);
    return features_of(p->variable[i]);
}

void cgm_network_parents_fill(const network_parents *p, const double *value, cgm_real *out)
{
    for (size_t i = 0; i < p->n; i++) {
        size_t n = features_of(p->variable[i]);
        if (cgm_variable_has_levels(p->variable[i]))
            for (size_t level = 0; level < n; level++) out[level] = value[i] == (double)level;
        else
            out[0] = (cgm_real)((value[i] - p->shift[i]) / p->scale[i]);
        out += n;
    }
}

const double *cgm_network_parents_gains(const network_parents *p, cgm_batches *batches, uint64_t step,
                                        const cgm_augmentation *augmentation)
{
    return cgm_batches_gains(batches, step, augmentation, p->n, p->variable);
}

void cgm_network_parents_fill_rows(const network_parents *p, const cgm_dataset *data, size_t n, const size_t *rows,
                                   const double *gains, cgm_real *out)
{
    double value[CGM_MAX_PARENTS];
    const double *column[CGM_MAX_PARENTS];
    for (size_t i = 0; i < p->n; i++) column[i] = cgm_dataset_column(data, p->variable[i]->name);
    for (size_t k = 0; k < n; k++) {
        for (size_t i = 0; i < p->n; i++) {
            bool scaled = gains && p->variable[i]->describes & CGM_AMPLITUDE;
            value[i] = column[i][rows[k]] * (scaled ? gains[k] : 1);
        }
        cgm_network_parents_fill(p, value, out + k * p->features);
    }
}
