/* Shuffled batches: an epoch's order and an image's augmentation are computed from the seed, the epoch and the
 * position, so that nothing needs to be saved to resume. */
#include "data/batches.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/threads.h"
#include "data/augment_table.h"
#include "data/store.h"

#define IMAGES_A_TASK 16

struct cgm_batches {
    const cgm_dataset *data;
    size_t batch, per_epoch;
    cgm_rng order, augment[N_AUGMENTATIONS]; /* streams by name */
    uint64_t epoch;                          /* of the permutation, UINT64_MAX before the first */
    size_t n;
    size_t *permutation; /* [n] rows, in the epoch's order */
    size_t *row;         /* [n] that it is a permutation of; NULL: first, first + 1, ... */
    size_t first;
    double *gains; /* [batch] */
};

cgm_status cgm_batches_create(const cgm_dataset *data, size_t batch, const cgm_rng *rng, cgm_batches **out)
{
    size_t begin, train;
    cgm_dataset_split(data, CGM_TRAIN, &begin, &train);
    return cgm_batches_create_of(data, begin, train, batch, rng, out);
}

/* row NULL, so that they are the n rows from `first` on, or taken over. */
static cgm_status create(const cgm_dataset *data, size_t first, size_t n, size_t *row, size_t batch, const cgm_rng *rng,
                         cgm_batches **out)
{
    cgm_batches *b = calloc(1, sizeof *b);
    size_t *permutation = malloc(n * sizeof *permutation);
    double *gains = malloc(batch * sizeof *gains);
    if (!b || !permutation || !gains) {
        free(b);
        free(permutation);
        free(gains);
        free(row);
        return CGM_FAIL(CGM_E_MEMORY, "out of memory for the order of %zu rows", n);
    }
    *b = (cgm_batches){.data = data,
                       .batch = batch,
                       .per_epoch = n / batch,
                       .order = cgm_rng_split(rng, "order"),
                       .epoch = UINT64_MAX,
                       .n = n,
                       .permutation = permutation,
                       .row = row,
                       .first = first,
                       .gains = gains};
    cgm_augmentation_streams(rng, b->augment);
    *out = b;
    return CGM_OK;
}

static cgm_status check_size(size_t batch, size_t n)
{
    if (batch >= 1 && batch <= n) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "a batch of %zu; expected 1 to %zu, the number of training rows", batch, n);
}

cgm_status cgm_batches_create_of(const cgm_dataset *data, size_t first, size_t n, size_t batch, const cgm_rng *rng,
                                 cgm_batches **out)
{
    CGM_TRY(check_size(batch, n));
    return create(data, first, n, NULL, batch, rng, out);
}

cgm_status cgm_batches_create_among(const cgm_dataset *data, size_t n, const size_t *rows, size_t batch,
                                    const cgm_rng *rng, cgm_batches **out)
{
    CGM_TRY(check_size(batch, n));
    size_t *copy = malloc(n * sizeof *copy);
    if (!copy) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a list of %zu rows", n);
    memcpy(copy, rows, n * sizeof *copy);
    return create(data, 0, n, copy, batch, rng, out);
}

void cgm_batches_destroy(cgm_batches *batches)
{
    if (!batches) return;
    free(batches->permutation);
    free(batches->row);
    free(batches->gains);
    free(batches);
}

size_t cgm_batches_per_epoch(const cgm_batches *batches)
{
    return batches->per_epoch;
}

const size_t *cgm_batches_rows(cgm_batches *batches, uint64_t step)
{
    uint64_t epoch = step / batches->per_epoch;
    if (epoch != batches->epoch) {
        cgm_rng rng = cgm_rng_split_index(&batches->order, epoch);
        cgm_rng_permutation(&rng, batches->n, batches->permutation);
        for (size_t i = 0; i < batches->n; i++) {
            size_t k = batches->permutation[i];
            batches->permutation[i] = batches->row ? batches->row[k] : batches->first + k;
        }
        batches->epoch = epoch;
    }
    return batches->permutation + step % batches->per_epoch * batches->batch;
}

typedef struct job {
    const cgm_column *column;
    image_window window;
    size_t n;
    const size_t *rows;
    const cgm_augmentation *augmentation; /* NULL: none */
    const double *gains;                  /* [n]; NULL: as they are drawn */
    cgm_rng stream[N_AUGMENTATIONS];
    uint64_t first; /* the first image's number in the streams */
    cgm_real *out;
} job;

static job job_create(const cgm_dataset *data, size_t n, const size_t *rows, const char *variable, cgm_real *out)
{
    size_t v = 0;
    while (v < data->n_variables && strcmp(data->variable[v].name, variable)) v++;
    CGM_CHECK(v < data->n_variables && data->column[v].pixels);
    const cgm_column *column = &data->column[v];
    return (job){.column = column,
                 .window = {data->variable[v].channels, column->height, column->width, data->pad},
                 .n = n,
                 .rows = rows,
                 .out = out};
}

static void make_images(void *context, size_t task, int worker)
{
    (void)worker;
    const job *j = context;
    const image_window *w = &j->window;
    size_t width = (size_t)w->channels * (size_t)(w->height + 2 * w->pad) * (size_t)(w->width + 2 * w->pad);
    for (size_t i = task * IMAGES_A_TASK; i < (task + 1) * IMAGES_A_TASK && i < j->n; i++) {
        image_change change = cgm_augmentation_draw(j->augmentation, w, j->stream, j->first + i);
        if (j->gains) change.gain = j->gains[i];
        cgm_image_change_apply(&change, w, j->column->pixels + j->rows[i] * j->column->size, j->out + i * width);
    }
}

static void run_job(job *j, int threads)
{
    cgm_parallel(threads, (j->n + IMAGES_A_TASK - 1) / IMAGES_A_TASK, make_images, j);
}

/* What a factor on an image may be for its values of these variables to stay in their ranges. */
static void find_reach(const cgm_dataset *data, size_t row, size_t n, const cgm_variable *const *variables,
                       double within[2])
{
    within[0] = 0, within[1] = INFINITY;
    for (size_t v = 0; v < n; v++) {
        if (!(variables[v]->describes & CGM_AMPLITUDE)) continue;
        double x = cgm_dataset_column(data, variables[v]->name)[row];
        if (!variables[v]->bounded || !(x > 0)) continue;
        within[0] = fmax(within[0], variables[v]->low / x);
        within[1] = fmin(within[1], variables[v]->high / x);
    }
}

/* Of images whose numbers in the stream begin with `first`. */
static void draw_gains(const cgm_dataset *data, size_t n, const size_t *rows, const cgm_augmentation *augmentation,
                       const cgm_rng *stream, uint64_t first, size_t n_variables, const cgm_variable *const *variables,
                       double *gains)
{
    for (size_t i = 0; i < n; i++) {
        double within[2];
        find_reach(data, rows[i], n_variables, variables, within);
        gains[i] = cgm_augmentation_draw_gain(augmentation, stream, first + i, within);
    }
}

const double *cgm_batches_gains(cgm_batches *batches, uint64_t step, const cgm_augmentation *augmentation,
                                size_t n_variables, const cgm_variable *const *variables)
{
    if (!cgm_augmentation_has(augmentation, AUGMENT_gain)) return NULL;
    cgm_rng stream = cgm_rng_split_index(&batches->augment[AUGMENT_gain], step / batches->per_epoch);
    draw_gains(batches->data, batches->batch, cgm_batches_rows(batches, step), augmentation, &stream,
               step % batches->per_epoch * batches->batch, n_variables, variables, batches->gains);
    return batches->gains;
}

const double *cgm_dataset_gains(const cgm_dataset *data, size_t n, const size_t *rows,
                                const cgm_augmentation *augmentation, const cgm_rng *rng, size_t n_variables,
                                const cgm_variable *const *variables, double *gains)
{
    cgm_rng stream[N_AUGMENTATIONS];
    if (!cgm_augmentation_has(augmentation, AUGMENT_gain)) return NULL;
    cgm_augmentation_streams(rng, stream);
    draw_gains(data, n, rows, augmentation, &stream[AUGMENT_gain], 0, n_variables, variables, gains);
    return gains;
}

void cgm_batches_images(cgm_batches *batches, uint64_t step, size_t first, size_t n, const char *variable,
                        const cgm_augmentation *augmentation, const double *gains, int threads, cgm_real *out)
{
    job j = job_create(batches->data, n, cgm_batches_rows(batches, step) + first, variable, out);
    for (int k = 0; k < N_AUGMENTATIONS; k++)
        j.stream[k] = cgm_rng_split_index(&batches->augment[k], step / batches->per_epoch);
    j.first = step % batches->per_epoch * batches->batch + first;
    j.augmentation = augmentation;
    j.gains = gains ? gains + first : NULL;
    run_job(&j, threads);
}

void cgm_dataset_images(const cgm_dataset *data, size_t n, const size_t *rows, const char *variable, int threads,
                        cgm_real *out)
{
    job j = job_create(data, n, rows, variable, out);
    run_job(&j, threads);
}

void cgm_dataset_augment(const cgm_dataset *data, size_t n, const size_t *rows, const char *variable,
                         const cgm_augmentation *augmentation, const double *gains, const cgm_rng *rng, int threads,
                         cgm_real *out)
{
    job j = job_create(data, n, rows, variable, out);
    cgm_augmentation_streams(rng, j.stream);
    j.augmentation = augmentation;
    j.gains = gains;
    run_job(&j, threads);
}
