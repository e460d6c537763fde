/* The domains of a game: which training rows each has, and their batches. */
#include <stdlib.h>

#include "gan/training_priv.h"

/* The level of each row, or NULL where all rows are one domain. */
static const double *column_of(const gan_training *t, const cgm_fit *fit)
{
    return t->model.domain ? cgm_dataset_column(fit->data, t->model.domain->name) : NULL;
}

static cgm_status check_rows(const gan_training *t, size_t rows)
{
    const cgm_variable *v = t->model.domain;
    char text[CGM_VALUE_TEXT];
    for (int d = 0; v && d < t->domains; d++)
        if (!t->rows[d])
            return CGM_FAIL(CGM_E_ARG, "%s: none of the %zu training rows has %s %s; expected images of both domains",
                            t->model.variable->name, rows, v->name, cgm_variable_text(v, d, text));
    return CGM_OK;
}

cgm_status cgm_gan_domains_count(gan_training *t, const cgm_fit *fit)
{
    const double *level = column_of(t, fit);
    size_t begin, n;
    cgm_dataset_split(fit->data, CGM_TRAIN, &begin, &n);
    t->domains = t->model.domain ? GAN_DOMAINS : 1;
    if (t->model.domain && !level) return CGM_FAIL(CGM_E_ARG, "the data have no column \"%s\"", t->model.domain->name);
    for (size_t i = 0; i < n; i++) t->rows[level ? (int)level[begin + i] : 0]++;
    return check_rows(t, n);
}

size_t cgm_gan_domains_smallest(const gan_training *t)
{
    size_t n = t->rows[0];
    for (int d = 1; d < t->domains; d++) n = t->rows[d] < n ? t->rows[d] : n;
    return n;
}

/* The training rows of a domain. */
static void list_rows(const gan_training *t, const cgm_fit *fit, int domain, size_t *out)
{
    const double *level = column_of(t, fit);
    size_t begin, n, found = 0;
    cgm_dataset_split(fit->data, CGM_TRAIN, &begin, &n);
    for (size_t row = begin; row < begin + n; row++)
        if ((int)level[row] == domain) out[found++] = row;
}

cgm_status cgm_gan_domains_begin(gan_training *t, const cgm_fit *fit)
{
    cgm_status status = CGM_OK;
    cgm_rng order = cgm_rng_split(&fit->rng, "batches");
    size_t size = t->batch * t->accumulate, *rows = NULL;
    if (!t->model.domain) return cgm_batches_create(fit->data, size, &order, &t->batches[0]);
    for (int d = 0; d < t->domains; d++) {
        cgm_rng own = cgm_rng_split_index(&order, (uint64_t)d);
        free(rows);
        rows = malloc(t->rows[d] * sizeof *rows);
        if (!rows) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a list of %zu rows", t->rows[d]);
        list_rows(t, fit, d, rows);
        CGM_TRY_GOTO(cgm_batches_create_among(fit->data, t->rows[d], rows, size, &own, &t->batches[d]), done);
    }
done:
    free(rows);
    return status;
}

uint64_t cgm_gan_domains_epoch(const gan_training *t)
{
    uint64_t most = 0;
    for (int d = 0; d < t->domains; d++) {
        uint64_t n = cgm_batches_per_epoch(t->batches[d]);
        most = n > most ? n : most;
    }
    return most;
}

void cgm_gan_domains_end(gan_training *t)
{
    for (int d = 0; d < GAN_DOMAINS; d++) cgm_batches_destroy(t->batches[d]);
}
