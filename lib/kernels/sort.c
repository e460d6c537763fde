/* Where the elements of a row lie in order. */
#include <math.h>

#include "base/threads.h"
#include "kernels/kernels.h"

#define TASK_ELEMENTS 8192 /* a task sorts so many elements, about */
#define RUN 16             /* elements that insertion sorts */
#define FEW 32             /* so many first ones are kept in order while the row is read once */

typedef struct sorting {
    int64_t rows, per_task, len, k;
    bool descending;
    const cgm_real *x;
    cgm_real *index;
    int64_t *room; /* 2 len of each worker */
} sorting;

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static bool before(cgm_real a, cgm_real b, bool descending)
{
    if (isnan(b)) return !isnan(a);
    return descending ? a > b : a < b; /* false of a NaN */
}

/* Puts element i into order[0..n), which is in order, behind its equals; the last falls out where n is `most`. */
static void insert(const cgm_real *x, bool descending, int64_t i, int64_t n, int64_t most, int64_t *order)
{
    int64_t at = n;
    while (at > 0 && before(x[i], x[order[at - 1]], descending)) {
        if (at < most) order[at] = order[at - 1];
        at--;
    }
    if (at < most) order[at] = i;
}

static void merge(const cgm_real *x, bool descending, int64_t n_left, int64_t n, const int64_t *from, int64_t *to)
{
    int64_t left = 0, right = n_left;
    for (int64_t k = 0; k < n; k++) {
        bool take_right = left == n_left || (right < n && before(x[from[right]], x[from[left]], descending));
        to[k] = from[take_right ? right++ : left++];
    }
}

/* Merges ever longer runs, to and fro between the two halves of the room; returns the half that is in order. */
static const int64_t *sort(const sorting *p, const cgm_real *x, int64_t *room)
{
    int64_t *from = room, *to = room + p->len;
    for (int64_t begin = 0; begin < p->len; begin += RUN)
        for (int64_t i = begin; i < smaller(begin + RUN, p->len); i++)
            insert(x, p->descending, i, i - begin, RUN, from + begin);
    for (int64_t run = RUN; run < p->len; run *= 2) {
        for (int64_t begin = 0; begin < p->len; begin += 2 * run) {
            int64_t n = smaller(2 * run, p->len - begin);
            merge(x, p->descending, smaller(run, n), n, from + begin, to + begin);
        }
        int64_t *sorted = to;
        to = from;
        from = sorted;
    }
    return from;
}

static void sort_task(void *context, size_t index, int worker)
{
    const sorting *p = context;
    int64_t *room = p->room + 2 * p->len * worker;
    int64_t row = (int64_t)index * p->per_task, end = smaller(row + p->per_task, p->rows);
    for (; row < end; row++) {
        const cgm_real *x = p->x + row * p->len;
        const int64_t *order = room;
        if (p->k <= FEW)
            for (int64_t i = 0; i < p->len; i++) insert(x, p->descending, i, smaller(i, p->k), p->k, room);
        else
            order = sort(p, x, room);
        for (int64_t j = 0; j < p->k; j++) p->index[row * p->k + j] = (cgm_real)order[j];
    }
}

size_t cgm_kernel_argsort_scratch(int64_t len, int threads)
{
    return (size_t)(2 * len * threads) * sizeof(int64_t);
}

void cgm_kernel_argsort(int64_t rows, int64_t len, int64_t k, bool descending, const cgm_real *x, cgm_real *index,
                        void *scratch, int threads)
{
    int64_t per_task = len < TASK_ELEMENTS ? TASK_ELEMENTS / len : 1;
    sorting p = {rows, per_task, len, k, descending, x, index, scratch};
    cgm_parallel(threads, (size_t)((rows + per_task - 1) / per_task), sort_task, &p);
}
