#include "metrics/classification.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Counts ---- */

void cgm_confusion(size_t n, int levels, const double *truth, const double *read, size_t *counts)
{
    size_t width = (size_t)levels;
    memset(counts, 0, width * width * sizeof *counts);
    for (size_t i = 0; i < n; i++) counts[(size_t)truth[i] * width + (size_t)read[i]]++;
}

double cgm_accuracy(int levels, const size_t *counts)
{
    size_t width = (size_t)levels, right = 0, all = 0;
    for (size_t t = 0; t < width; t++) {
        right += counts[t * width + t];
        for (size_t r = 0; r < width; r++) all += counts[t * width + r];
    }
    return all ? (double)right / (double)all : NAN;
}

double cgm_macro_f1(int levels, const size_t *counts)
{
    size_t width = (size_t)levels, present = 0;
    double sum = 0;
    for (size_t t = 0; t < width; t++) {
        size_t of = 0, as = 0; /* rows of the level, rows read as it */
        for (size_t r = 0; r < width; r++) {
            of += counts[t * width + r];
            as += counts[r * width + t];
        }
        if (of + as == 0) continue;
        sum += 2 * (double)counts[t * width + t] / (double)(of + as);
        present++;
    }
    return present ? sum / (double)present : NAN;
}

/* ---- Ranks ---- */

typedef struct scored {
    double score;
    bool positive;
} scored;

static int by_score(const void *a, const void *b)
{
    double x = ((const scored *)a)->score, y = ((const scored *)b)->score;
    return (x > y) - (x < y);
}

/* The sum of the positive rows' ranks from 1, equal scores sharing the mean of theirs. */
static double rank_sum(size_t n, const scored *rows)
{
    double sum = 0;
    for (size_t i = 0, end; i < n; i = end) {
        size_t positive = 0;
        for (end = i; end < n && rows[end].score == rows[i].score; end++) positive += rows[end].positive;
        if (end == i) end++; /* no number: it equals nothing */
        sum += (double)positive * ((double)(i + 1) + (double)end) / 2;
    }
    return sum;
}

cgm_status cgm_roc_auc(size_t n, size_t stride, const double *score, const double *truth, int level, double *out)
{
    double positive = 0;
    scored *rows = malloc((n ? n : 1) * sizeof *rows);
    if (!rows) return CGM_FAIL(CGM_E_MEMORY, "out of memory for the ranks of %zu rows", n);
    for (size_t i = 0; i < n; i++) {
        rows[i] = (scored){score[i * stride], truth[i] == (double)level};
        positive += rows[i].positive;
    }
    qsort(rows, n, sizeof *rows, by_score);
    double negative = (double)n - positive, u = rank_sum(n, rows) - positive * (positive + 1) / 2;
    free(rows);
    *out = positive > 0 && negative > 0 ? u / (positive * negative) : NAN;
    return CGM_OK;
}

cgm_status cgm_macro_roc_auc(size_t n, int levels, const double *probability, const double *truth, double *out)
{
    double sum = 0, area;
    size_t width = (size_t)levels, defined = 0;
    if (levels == 2) return cgm_roc_auc(n, width, probability + 1, truth, 1, out);
    for (int level = 0; level < levels; level++) {
        CGM_TRY(cgm_roc_auc(n, width, probability + level, truth, level, &area));
        if (isnan(area)) continue;
        sum += area;
        defined++;
    }
    *out = defined ? sum / (double)defined : NAN;
    return CGM_OK;
}
