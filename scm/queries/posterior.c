#include "scm/queries/posterior.h"

#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <string.h>

#include "base/gsl_quiet.h"
#include "scm/object.h"

/* The root of the pseudo-inverse: what the data say nothing of stays at its estimate. */
static cgm_status invert_root(size_t n, const double *information, double *root)
{
    cgm_gsl_quiet_begin();
    gsl_matrix *a = gsl_matrix_alloc(n, n), *vectors = gsl_matrix_alloc(n, n);
    gsl_vector *values = gsl_vector_alloc(n);
    gsl_eigen_symmv_workspace *work = gsl_eigen_symmv_alloc(n);
    cgm_status status = CGM_OK;
    if (!a || !vectors || !values || !work) {
        status = CGM_FAIL(CGM_E_MEMORY, "out of memory for the covariance of %zu coefficients", n);
        goto done;
    }
    for (size_t i = 0; i < n * n; i++) a->data[i / n * a->tda + i % n] = information[i];
    int failed = gsl_eigen_symmv(a, values, vectors, work);
    if (failed) {
        status = CGM_FAIL(CGM_E_NUMERIC, "the covariance of %zu coefficients: %s", n, gsl_strerror(failed));
        goto done;
    }
    double largest = gsl_vector_max(values);
    for (size_t j = 0; j < n; j++) {
        double value = gsl_vector_get(values, j);
        for (size_t i = 0; i < n; i++)
            root[i * n + j] = value > 1e-13 * largest ? gsl_matrix_get(vectors, i, j) / sqrt(value) : 0;
    }
done:
    gsl_eigen_symmv_free(work);
    gsl_vector_free(values);
    gsl_matrix_free(vectors);
    gsl_matrix_free(a);
    cgm_gsl_quiet_end();
    return status;
}

static cgm_status add_block(scm_posterior *p, size_t v, size_t index, const cgm_coefficients *c)
{
    scm_posterior_block *b = &p->block[p->n];
    *b = (scm_posterior_block){.variable = v, .index = index, .n = c->n, .value = c->value};
    if (!(b->root = cgm_arena_array(&p->arena, c->n, c->n * sizeof *b->root))) return CGM_E_MEMORY;
    CGM_TRY(invert_root(c->n, c->information, b->root));
    p->n++;
    return CGM_OK;
}

static cgm_status add_variable(scm_posterior *p, size_t v)
{
    cgm_coefficients blocks[CGM_MAX_COEFFICIENTS];
    cgm_mechanism *m = p->scm->variable[v].mechanism;
    if (cgm_mechanism_is_known(m)) return CGM_OK;
    if (!m->methods->coefficients)
        return CGM_FAIL(CGM_E_UNSUPPORTED,
                        "variable '%s': its mechanism, %s, does not know the covariance of what it learnt, which "
                        "quasi-Bayesian draws need; a bootstrap does without",
                        p->scm->variable[v].variable.name, m->methods->kind);
    size_t n = m->methods->coefficients(m, blocks);
    for (size_t i = 0; i < n; i++) {
        cgm_status status = add_block(p, v, i, &blocks[i]);
        if (status != CGM_OK) return cgm_fail_context(status, "variable '%s'", p->scm->variable[v].variable.name);
    }
    return CGM_OK;
}

cgm_status cgm_scm_posterior_init(const cgm_scm *scm, const bool *refit, scm_posterior *out)
{
    scm_posterior p = {.scm = scm};
    p.block = cgm_arena_array(&p.arena, scm->n * CGM_MAX_COEFFICIENTS, sizeof *p.block);
    cgm_status status = p.block ? CGM_OK : CGM_E_MEMORY;
    for (size_t v = 0; status == CGM_OK && v < scm->n; v++)
        if (!refit || refit[v]) status = add_variable(&p, v);
    if (status == CGM_OK)
        *out = p;
    else
        cgm_scm_posterior_clear(&p);
    return status;
}

void cgm_scm_posterior_clear(scm_posterior *p)
{
    cgm_arena_clear(&p->arena);
}

static cgm_status copy_state(const cgm_state *from, const cgm_state *to, const char *name)
{
    bool same = from->n == to->n;
    for (size_t i = 0; same && i < from->n; i++) {
        const cgm_state_entry *a = &from->entry[i], *b = &to->entry[i];
        same = a->dtype == b->dtype && cgm_shape_equal(a->shape, b->shape);
        if (same) memcpy(b->data, a->data, (size_t)cgm_shape_size(a->shape) * cgm_dtype_size(a->dtype));
    }
    return same ? CGM_OK : CGM_FAIL(CGM_E_SHAPE, "variable '%s': the models are not of one config", name);
}

cgm_status cgm_scm_posterior_copy(const scm_posterior *p, cgm_scm *into)
{
    cgm_status status = CGM_OK;
    for (size_t v = 0; status == CGM_OK && v < into->n; v++) {
        cgm_state from = {0}, to = {0};
        cgm_mechanism *a = p->scm->variable[v].mechanism, *b = into->variable[v].mechanism;
        if (!cgm_variable_is_scalar(&into->variable[v].variable)) continue;
        status = a->methods->state(a, &from);
        if (status == CGM_OK) status = b->methods->state(b, &to);
        if (status == CGM_OK) status = copy_state(&from, &to, into->variable[v].variable.name);
        cgm_state_clear(&from);
        cgm_state_clear(&to);
    }
    return status;
}

cgm_status cgm_scm_posterior_draw(const scm_posterior *p, const cgm_rng *rng, cgm_scm *into)
{
    for (size_t k = 0; k < p->n; k++) {
        const scm_posterior_block *b = &p->block[k];
        cgm_mechanism *m = into->variable[b->variable].mechanism;
        cgm_coefficients blocks[CGM_MAX_COEFFICIENTS];
        cgm_rng variable = cgm_rng_split(rng, into->variable[b->variable].variable.name),
                stream = cgm_rng_split_index(&variable, b->index);
        if (b->index >= m->methods->coefficients(m, blocks) || blocks[b->index].n != b->n)
            return CGM_FAIL(CGM_E_SHAPE, "variable '%s': the models are not of one config",
                            into->variable[b->variable].variable.name);
        double *out = blocks[b->index].value;
        memcpy(out, b->value, b->n * sizeof *out);
        for (size_t j = 0; j < b->n; j++) {
            double z = cgm_rng_normal(&stream);
            for (size_t i = 0; i < b->n; i++) out[i] += b->root[i * b->n + j] * z;
        }
    }
    return CGM_OK;
}
