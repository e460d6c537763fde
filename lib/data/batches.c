/* Shuffled batches: an epoch's order and a row's crop are computed from the seed, the epoch and the position, so that
 * nothing needs to be saved to resume. */
#include "data/batches.h"

#include <stdlib.h>
#include <string.h>

#include "base/threads.h"
#include "data/store.h"

#define IMAGES_A_TASK 16

struct cgm_batches {
    const cgm_dataset *data;
    size_t batch, per_epoch;
    cgm_rng order, crop, flip; /* streams by name */
    uint64_t epoch;            /* of the permutation, UINT64_MAX before the first */
    size_t train;
    size_t *permutation; /* [train] */
};

cgm_status cgm_batches_create(const cgm_dataset *data, size_t batch, const cgm_rng *rng, cgm_batches **out)
{
    size_t begin, train;
    cgm_dataset_split(data, CGM_TRAIN, &begin, &train);
    return cgm_batches_create_of(data, train, batch, rng, out);
}

cgm_status cgm_batches_create_of(const cgm_dataset *data, size_t train, size_t batch, const cgm_rng *rng,
                                 cgm_batches **out)
{
    if (batch < 1 || batch > train)
        return CGM_FAIL(CGM_E_ARG, "a batch of %zu; expected 1 to %zu, the number of training rows", batch, train);
    cgm_batches *b = calloc(1, sizeof *b);
    size_t *permutation = malloc(train * sizeof *permutation);
    if (!b || !permutation) {
        free(b);
        free(permutation);
        return CGM_FAIL(CGM_E_MEMORY, "out of memory for the order of %zu rows", train);
    }
    *b = (cgm_batches){.data = data,
                       .batch = batch,
                       .per_epoch = train / batch,
                       .order = cgm_rng_split(rng, "order"),
                       .crop = cgm_rng_split(rng, "crop"),
                       .flip = cgm_rng_split(rng, "flip"),
                       .epoch = UINT64_MAX,
                       .train = train,
                       .permutation = permutation};
    *out = b;
    return CGM_OK;
}

void cgm_batches_destroy(cgm_batches *batches)
{
    if (!batches) return;
    free(batches->permutation);
    free(batches);
}

size_t cgm_batches_per_epoch(const cgm_batches *batches)
{
    return batches->per_epoch;
}

/* Training rows are the first, so a permutation of 0..train-1 is one of them. */
const size_t *cgm_batches_rows(cgm_batches *batches, uint64_t step)
{
    uint64_t epoch = step / batches->per_epoch;
    if (epoch != batches->epoch) {
        cgm_rng rng = cgm_rng_split_index(&batches->order, epoch);
        cgm_rng_permutation(&rng, batches->train, batches->permutation);
        batches->epoch = epoch;
    }
    return batches->permutation + step % batches->per_epoch * batches->batch;
}

typedef struct job {
    const cgm_dataset *data;
    const cgm_column *column;
    size_t n;
    const size_t *rows;
    cgm_rng crop, flip; /* of the epoch */
    uint64_t first;     /* position of the first image in the epoch */
    int channels, slack;
    bool flips;
    cgm_real *out;
} job;

static job job_create(const cgm_dataset *data, size_t n, const size_t *rows, const char *variable, cgm_real *out)
{
    size_t v = 0;
    while (v < data->n_variables && strcmp(data->variable[v].name, variable)) v++;
    CGM_CHECK(v < data->n_variables && data->column[v].pixels);
    return (job){.data = data,
                 .column = &data->column[v],
                 .n = n,
                 .rows = rows,
                 .channels = data->variable[v].channels,
                 .out = out};
}

/* The stored image with its top left corner at (top, left) of a window of zeros; what leaves the window is cut off. */
static void place_image(const job *j, const uint8_t *pixels, int64_t top, int64_t left, cgm_real *out)
{
    int64_t h = j->column->height, w = j->column->width, rows = h + 2 * j->data->pad, columns = w + 2 * j->data->pad;
    memset(out, 0, (size_t)(j->channels * rows * columns) * sizeof *out);
    int64_t first = left < 0 ? -left : 0, last = left + w > columns ? columns - left : w;
    for (int c = 0; c < j->channels; c++, pixels += h * w, out += rows * columns)
        for (int64_t y = 0; y < h; y++) {
            if (top + y < 0 || top + y >= rows) continue;
            for (int64_t x = first; x < last; x++) out[(top + y) * columns + left + x] = pixels[y * w + x];
        }
}

static void mirror(size_t rows, size_t columns, cgm_real *out)
{
    for (; rows > 0; rows--, out += columns)
        for (size_t i = 0, k = columns - 1; i < k; i++, k--) {
            cgm_real left = out[i];
            out[i] = out[k];
            out[k] = left;
        }
}

static void place_images(void *context, size_t task, int worker)
{
    (void)worker;
    const job *j = context;
    int pad = j->data->pad;
    size_t rows = (size_t)j->channels * (size_t)(j->column->height + 2 * pad);
    size_t columns = (size_t)(j->column->width + 2 * pad), end = (task + 1) * IMAGES_A_TASK;
    for (size_t i = task * IMAGES_A_TASK; i < end && i < j->n; i++) {
        cgm_real *out = j->out + i * rows * columns;
        int64_t top = pad, left = pad;
        if (j->slack > 0) {
            cgm_rng rng = cgm_rng_split_index(&j->crop, j->first + i);
            uint64_t places = 2 * (uint64_t)j->slack + 1;
            top += (int64_t)cgm_rng_below(&rng, places) - j->slack;
            left += (int64_t)cgm_rng_below(&rng, places) - j->slack;
        }
        place_image(j, j->column->pixels + j->rows[i] * j->column->size, top, left, out);
        if (!j->flips) continue;
        cgm_rng rng = cgm_rng_split_index(&j->flip, j->first + i);
        if (cgm_rng_u32(&rng) & 1) mirror(rows, columns, out);
    }
}

static void run_job(job *j, int threads)
{
    cgm_parallel(threads, (j->n + IMAGES_A_TASK - 1) / IMAGES_A_TASK, place_images, j);
}

void cgm_batches_images(cgm_batches *batches, uint64_t step, size_t first, size_t n, const char *variable,
                        const cgm_augmentation *augmentation, int threads, cgm_real *out)
{
    uint64_t epoch = step / batches->per_epoch;
    job j = job_create(batches->data, n, cgm_batches_rows(batches, step) + first, variable, out);
    j.crop = cgm_rng_split_index(&batches->crop, epoch);
    j.flip = cgm_rng_split_index(&batches->flip, epoch);
    j.first = step % batches->per_epoch * batches->batch + first;
    j.slack = augmentation->crop - batches->data->pad;
    j.flips = augmentation->flip;
    run_job(&j, threads);
}

void cgm_dataset_images(const cgm_dataset *data, size_t n, const size_t *rows, const char *variable, int threads,
                        cgm_real *out)
{
    job j = job_create(data, n, rows, variable, out);
    run_job(&j, threads);
}
