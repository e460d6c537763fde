/* What every bench program shares: timing, and one JSON line a case on standard output.
 *
 * A bench program is bench/bench_NAME.c and takes one argument, the number of threads. Its peer, where there is one, is
 * bench/peers/NAME.py, which takes the same argument and prints lines with the same bench, case and threads. bench/run
 * runs the two, a case of the one and a case of the other in turn (alternate.py), and joins their lines. */
#ifndef CGM_BENCH_BENCH_H
#define CGM_BENCH_BENCH_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/log.h"
#include "base/real.h"

typedef void bench_fn(void *context);

static inline int bench_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Seconds; BENCH_CLOCK=cpu counts this process's processor time instead, for one thread on a busy machine. */
static inline double bench_seconds(void)
{
    struct timespec t;
    const char *clock = getenv("BENCH_CLOCK");
    if (!clock || strcmp(clock, "cpu") || clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t)) return cgm_seconds();
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct bench_time {
    double median, best; /* ms a call */
} bench_time;

/* At least five calls after a warm-up, and calls for about `seconds`. */
static inline bench_time bench_measure(bench_fn *run, void *context, double seconds)
{
    enum { MOST = 2000 };
    static double ms[MOST];
    int n = 0;
    run(context);
    for (double begin = bench_seconds(); n < 5 || (n < MOST && bench_seconds() - begin < seconds); n++) {
        double t = bench_seconds();
        run(context);
        ms[n] = (bench_seconds() - t) * 1e3;
    }
    qsort(ms, (size_t)n, sizeof *ms, bench_compare);
    return (bench_time){n % 2 ? ms[n / 2] : (ms[n / 2 - 1] + ms[n / 2]) / 2, ms[0]};
}

static inline double bench_peak_rss_mb(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) ? NAN : (double)usage.ru_maxrss / 1024;
}

static inline void bench_number(const char *name, double value)
{
    if (isfinite(value))
        printf(", \"%s\": %.6g", name, value);
    else
        printf(", \"%s\": null", name);
}

/* One line: begin, any more fields, end. Batch is in images (or rows). */
static inline void bench_begin(const char *bench, const char *what, int threads, int64_t batch, bench_time time)
{
    printf("{\"bench\": \"%s\", \"case\": \"%s\", \"threads\": %d, \"batch\": %lld", bench, what, threads,
           (long long)batch);
    bench_number("ms_per_step_median", time.median);
    bench_number("ms_per_step_best", time.best);
    bench_number("images_per_s", (double)batch / time.median * 1e3);
    bench_number("peak_rss_mb", bench_peak_rss_mb());
}

/* Where the peer has turns, it is its turn then. */
static inline void bench_end(void)
{
    printf("}\n");
    fflush(stdout);
    if (getenv("BENCH_TURNS"))
        for (int c; (c = getchar()) != '\n' && c != EOF;) continue;
}

static inline int bench_threads(int argc, char **argv)
{
    int threads = argc > 1 ? atoi(argv[1]) : 1;
    if (threads >= 1 && threads <= 1024) return threads;
    fprintf(stderr, "%s: the argument is a number of threads, from 1 to 1024\n", argv[0]);
    exit(2);
}

/* n values that are neither zero nor denormal. */
static inline void bench_fill(size_t n, cgm_real *x)
{
    uint32_t state = 12345;
    for (size_t i = 0; i < n; i++) {
        state = state * 1664525u + 1013904223u;
        x[i] = (cgm_real)(state >> 8) / (cgm_real)(1 << 23) - 1;
    }
}

static inline cgm_real *bench_array(size_t n)
{
    void *p;
    if (posix_memalign(&p, 64, (n + 16) * sizeof(cgm_real))) {
        fprintf(stderr, "bench: out of memory\n");
        exit(1);
    }
    bench_fill(n, p);
    return p;
}

#endif
