/* What the networks see of the parents: a one-hot code of each categorical one, each continuous one standardised. */
#include "vae/cvae/cvae.h"

#include <math.h>

static size_t features_of(const cgm_variable *parent)
{
    return cgm_variable_has_levels(parent) ? (size_t)parent->levels : 1;
}

size_t cgm_cvae_count_features(size_t n, const cgm_variable *const *parents)
{
    size_t features = 0;
    for (size_t i = 0; i < n; i++) features += features_of(parents[i]);
    return features;
}

cgm_status cgm_cvae_learn_parents(cvae *m, const cgm_dataset *data)
{
    size_t begin, n;
    cgm_dataset_split(data, CGM_TRAIN, &begin, &n);
    for (size_t i = 0; i < m->n_parents; i++) {
        const double *column = cgm_dataset_column(data, m->parent[i]->name);
        if (!column) return CGM_FAIL(CGM_E_ARG, "the data have no column \"%s\"", m->parent[i]->name);
        double sum = 0, squares = 0;
        for (size_t k = 0; k < n; k++) sum += column[begin + k];
        m->shift[i] = sum / (double)n;
        for (size_t k = 0; k < n; k++) squares += pow(column[begin + k] - m->shift[i], 2);
        m->scale[i] = sqrt(squares / (double)n);
        if (!(m->scale[i] > 0)) m->scale[i] = 1; /* a constant parent tells nothing */
    }
    return CGM_OK;
}

void cgm_cvae_fill_features(const cvae *m, const double *value, cgm_real *out)
{
    for (size_t i = 0; i < m->n_parents; i++) {
        size_t n = features_of(m->parent[i]);
        if (cgm_variable_has_levels(m->parent[i]))
            for (size_t level = 0; level < n; level++) out[level] = value[i] == (double)level;
        else
            out[0] = (cgm_real)((value[i] - m->shift[i]) / m->scale[i]);
        out += n;
    }
}
