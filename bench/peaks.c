#include "bench/peaks.h"

#include <math.h>
#include <stdint.h>

#include "base/threads.h"
#include "bench/bench.h"
#include "kernels/double_math.h"

typedef struct multiply_adds {
    double (*run)(size_t n); /* n rounds */
    double each;             /* multiply-adds of a round */
} multiply_adds;

#define EACH_ISA "bench/peak_isa.h"
#include "kernels/each_isa.h"

enum { CACHED = 1024, ROUNDS = 200, COPIED = 1 << 23 }; /* doubles; rounds of a task; doubles of a task's copy */

typedef struct task {
    const multiply_adds *fma;
    cgm_double_fn *function; /* or NULL */
    double *from, *to;       /* or NULL: [threads][COPIED] */
    double sink[64];
    int threads;
} task;

static void work(void *context, size_t index, int worker)
{
    task *t = context;
    double x[CACHED], y[CACHED];
    (void)worker;
    if (t->from) {
        memcpy(t->to + index * COPIED, t->from + index * COPIED, COPIED * sizeof *t->to);
        return;
    }
    if (!t->function) {
        t->sink[index % 64] += t->fma->run(ROUNDS * CACHED);
        return;
    }
    for (size_t i = 0; i < CACHED; i++) x[i] = -3 * (double)(i + 1) / CACHED;
    for (int k = 0; k < ROUNDS; k++) t->function(CACHED, x, y);
    t->sink[index % 64] += y[index % CACHED];
}

static void run(void *context)
{
    task *t = context;
    cgm_parallel(t->threads, (size_t)t->threads, work, t);
}

/* `amount` is what one task does; the best of the rounds, as a peak is. */
static double rate(task *t, double amount)
{
    return amount * t->threads / (bench_measure(run, t, 0.2).best * 1e6);
}

bench_peaks bench_measure_peaks(int threads)
{
    const multiply_adds *copies[] = ISA_LIST(peak);
    const cgm_double_math *math = cgm_double_math_get();
    task t = {.threads = threads};
    bench_peaks peaks;
    for (size_t i = 0; !t.fma; i++) t.fma = copies[i];
    peaks.fma = rate(&t, ROUNDS * CACHED * t.fma->each);
    t.function = math->exp_negative;
    peaks.exp = rate(&t, ROUNDS * CACHED);
    t.function = math->tanh;
    peaks.tanh = rate(&t, ROUNDS * CACHED);
    t.from = calloc((size_t)threads * COPIED, sizeof *t.from);
    t.to = calloc((size_t)threads * COPIED, sizeof *t.to);
    if (!t.from || !t.to) {
        fprintf(stderr, "bench: out of memory\n");
        exit(1);
    }
    for (size_t i = 0; i < (size_t)threads * COPIED; i++) t.from[i] = 1; /* pages of its own, not the one of zeros */
    peaks.bytes = rate(&t, 2.0 * COPIED * sizeof(double));
    free(t.from);
    free(t.to);
    return peaks;
}
