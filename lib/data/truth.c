/* A generated data set as it would have been under interventions. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/store.h"

/* Rows whose true values are drawn at a time. */
#define CHUNK 256

/* The true values of one variable, all rows, as the readers would store them; one of *values and *pixels is set. */
static cgm_status true_column(const cgm_dataset *data, size_t n_do, const cgm_assignment *interventions,
                              const cgm_variable *v, double **values, uint8_t **pixels)
{
    cgm_status status;
    size_t width = cgm_variable_width(v), rows[CHUNK];
    double *chunk = NULL;
    void *all = NULL;
    bool image = v->type == CGM_IMAGE;
    CGM_TRY(cgm_store_alloc(data->rows * width, image ? 1 : sizeof(double), v->name, &all));
    CGM_TRY_GOTO(cgm_store_alloc(CHUNK * width, sizeof *chunk, v->name, (void **)&chunk), failed);
    for (size_t begin = 0; begin < data->rows; begin += CHUNK) {
        size_t n = data->rows - begin < CHUNK ? data->rows - begin : CHUNK;
        for (size_t i = 0; i < n; i++) rows[i] = begin + i;
        CGM_TRY_GOTO(cgm_dataset_truth(data, n_do, interventions, v->name, n, rows, chunk), failed);
        for (size_t i = 0; image && i < n * width; i++) ((uint8_t *)all)[begin * width + i] = (uint8_t)lrint(chunk[i]);
        if (!image) memcpy((double *)all + begin * width, chunk, n * width * sizeof *chunk);
    }
    free(chunk);
    *values = image ? NULL : all;
    *pixels = image ? all : NULL;
    return CGM_OK;
failed:
    free(chunk);
    free(all);
    return status;
}

cgm_status cgm_dataset_save_truth(const cgm_dataset *data, size_t n_do, const cgm_assignment *interventions,
                                  const char *path)
{
    cgm_status status = CGM_OK;
    cgm_dataset *truth;
    if (!cgm_dataset_has_truth(data))
        return CGM_FAIL(CGM_E_ARG, "%s: the true counterfactuals of these data are not known",
                        cgm_dataset_description(data));
    CGM_TRY(cgm_store_create(&truth));
    for (size_t i = 0; i < data->n_variables; i++) {
        double *values;
        uint8_t *pixels;
        const cgm_variable *v = &data->variable[i];
        CGM_TRY_GOTO(true_column(data, n_do, interventions, v, &values, &pixels), done);
        CGM_TRY_GOTO(cgm_store_add_take(truth, v, data->rows, values, pixels, v->name), done);
    }
    truth->train = data->train;
    CGM_TRY_GOTO(cgm_dataset_save(truth, path), done);
done:
    cgm_dataset_destroy(truth);
    return status;
}
