#include "data/summary.h"

#include <math.h>
#include <stdlib.h>

#include "data/store.h"

static void summarise_values(const double *values, size_t n, cgm_variable_summary *out)
{
    double sum = 0, squares = 0;
    out->least = out->greatest = values[0];
    for (size_t i = 0; i < n; i++) {
        sum += values[i];
        if (values[i] < out->least) out->least = values[i];
        if (values[i] > out->greatest) out->greatest = values[i];
        if (out->count) out->count[(size_t)values[i]]++;
    }
    out->mean = sum / (double)n;
    for (size_t i = 0; i < n; i++) squares += (values[i] - out->mean) * (values[i] - out->mean);
    out->sd = sqrt(squares / (double)n);
}

/* By a histogram of the 256 grey levels. */
static void summarise_pixels(const uint8_t *pixels, size_t n, cgm_variable_summary *out)
{
    uint64_t count[256] = {0};
    for (size_t i = 0; i < n; i++) count[pixels[i]]++;
    double sum = 0, squares = 0;
    int least = 0, greatest = 255;
    while (!count[least]) least++;
    while (!count[greatest]) greatest--;
    for (int g = least; g <= greatest; g++) sum += (double)count[g] * g;
    out->least = least;
    out->greatest = greatest;
    out->mean = sum / (double)n;
    for (int g = least; g <= greatest; g++) squares += (double)count[g] * (g - out->mean) * (g - out->mean);
    out->sd = sqrt(squares / (double)n);
}

cgm_status cgm_data_summary_fill(const cgm_dataset *data, cgm_split split, cgm_data_summary *out)
{
    size_t begin, n;
    cgm_dataset_split(data, split, &begin, &n);
    if (n == 0) return CGM_FAIL(CGM_E_ARG, "%s: no rows in the split", data->description);
    cgm_data_summary summary = {.n = data->n_variables};
    summary.variable = calloc(data->n_variables, sizeof *summary.variable);
    if (!summary.variable) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a summary");
    for (size_t v = 0; v < data->n_variables; v++) {
        cgm_variable_summary *s = &summary.variable[v];
        const cgm_column *column = &data->column[v];
        s->variable = &data->variable[v];
        if (cgm_variable_has_levels(s->variable)) {
            s->count = calloc((size_t)s->variable->levels, sizeof *s->count);
            if (!s->count) {
                cgm_data_summary_clear(&summary);
                return CGM_FAIL(CGM_E_MEMORY, "out of memory for a summary");
            }
        }
        if (column->values)
            summarise_values(column->values + begin * column->size, n * column->size, s);
        else
            summarise_pixels(column->pixels + begin * column->size, n * column->size, s);
    }
    *out = summary;
    return CGM_OK;
}

void cgm_data_summary_clear(cgm_data_summary *summary)
{
    for (size_t v = 0; summary->variable && v < summary->n; v++) free(summary->variable[v].count);
    free(summary->variable);
    *summary = (cgm_data_summary){0};
}
