/* lib/base: the random streams against published answers and GSL's distributions, the arena, messages, threads. */
#include "tests/harness.h"
#include "tests/statistics.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort_double.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/philox.h"
#include "base/rng_gsl.h"
#include "base/threads.h"

/* From Random123's kat_vectors (Salmon et al.): counter, key, answer. */
static void philox_known_answers(void)
{
    static const struct {
        uint32_t counter[4], key[2], answer[4];
    } kat[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t k = 0; k < sizeof kat / sizeof kat[0]; k++) {
        uint32_t x[4];
        memcpy(x, kat[k].counter, sizeof x);
        cgm_philox((uint64_t)kat[k].key[1] << 32 | kat[k].key[0], x);
        for (int w = 0; w < 4; w++) CU_ASSERT_EQUAL(x[w], kat[k].answer[w]);
    }
    /* The stream of seed 0 begins with the first answer. */
    cgm_rng rng = cgm_rng_create(0);
    for (int w = 0; w < 4; w++) CU_ASSERT_EQUAL(cgm_rng_u32(&rng), kat[0].answer[w]);
    CU_ASSERT_EQUAL(rng.counter, 1);
}

static void stream_is_saved_and_restored(void)
{
    cgm_rng rng = cgm_rng_create(7);
    for (int skip = 0; skip < 9; skip++) {
        cgm_rng saved = {.key = rng.key, .counter = rng.counter, .used = rng.used};
        uint32_t first[6];
        for (int i = 0; i < 6; i++) first[i] = cgm_rng_u32(&saved);
        cgm_rng again = rng;
        for (int i = 0; i < 6; i++) CU_ASSERT_EQUAL(cgm_rng_u32(&again), first[i]);
        CU_ASSERT(saved.counter == again.counter && saved.used == again.used);
        (void)cgm_rng_u32(&rng);
    }
}

static void splits_differ_and_ignore_the_counter(void)
{
    cgm_rng parent = cgm_rng_create(1), later = parent;
    for (int i = 0; i < 5; i++) (void)cgm_rng_u32(&later);
    static const char *const names[] = {"",         "a",       "b",         "ab",        "ba",      "image",  "images",
                                        "12345678", "1234567", "123456789", "123456780", "image/u", "u/image"};
    enum { N = sizeof names / sizeof names[0], BY_INDEX = 100 };
    uint64_t keys[N + BY_INDEX + 1];
    for (size_t i = 0; i < N; i++) {
        keys[i] = cgm_rng_split(&parent, names[i]).key;
        CU_ASSERT_EQUAL(cgm_rng_split(&later, names[i]).key, keys[i]);
        CU_ASSERT_EQUAL(cgm_rng_split(&parent, names[i]).counter, 0);
    }
    for (size_t i = 0; i < BY_INDEX; i++) {
        keys[N + i] = cgm_rng_split_index(&parent, i).key;
        CU_ASSERT_EQUAL(cgm_rng_split_index(&later, i).key, keys[N + i]);
    }
    keys[N + BY_INDEX] = parent.key;
    for (size_t i = 0; i < N + BY_INDEX; i++)
        for (size_t j = i + 1; j <= N + BY_INDEX; j++) CU_ASSERT_NOT_EQUAL(keys[i], keys[j]);
    /* Order and parent count. */
    cgm_rng a = cgm_rng_split(&parent, "a"), other = cgm_rng_create(2);
    CU_ASSERT_NOT_EQUAL(cgm_rng_split(&a, "b").key, cgm_rng_split(&parent, "ab").key);
    CU_ASSERT_NOT_EQUAL(cgm_rng_split(&other, "a").key, a.key);
}

/* Kolmogorov's distance of a sample to a distribution, whose values at it are left in its place. */
static double distance(size_t n, double *x, double (*cdf)(double))
{
    for (size_t i = 0; i < n; i++) x[i] = cdf(x[i]);
    return kolmogorov(n, x);
}

static double uniform_cdf(double x)
{
    return gsl_cdf_flat_P(x, 0, 1);
}
static double gumbel_cdf(double x)
{
    return gsl_cdf_gumbel1_P(x, 1, 1);
}

enum { SAMPLE = 200000 };

static void check_moments(size_t n, const double *x, double mean, double variance, double kurtosis)
{
    double m1 = 0, m2 = 0, m4 = 0;
    for (size_t i = 0; i < n; i++) m1 += x[i] / (double)n;
    for (size_t i = 0; i < n; i++) {
        double d = (x[i] - m1) * (x[i] - m1);
        m2 += d / (double)n, m4 += d * d / (double)n;
    }
    CHECK_NEAR(m1, mean, 4 * sqrt(variance / (double)n));
    CHECK_NEAR(m2, variance, 4 * variance * sqrt((kurtosis - 1) / (double)n));
    CHECK_NEAR(m4 / (variance * variance), kurtosis, 0.1 * kurtosis);
}

static void single_draws_follow_their_distributions(void)
{
    double *x = malloc(SAMPLE * sizeof *x);
    CU_ASSERT_FATAL(x != NULL);
    cgm_rng rng = cgm_rng_create(42);
    for (size_t i = 0; i < SAMPLE; i++) {
        x[i] = cgm_rng_uniform(&rng);
        if (!(x[i] > 0 && x[i] < 1)) CU_FAIL("a uniform outside of (0, 1)");
    }
    check_moments(SAMPLE, x, 0.5, 1.0 / 12, 1.8);
    CU_ASSERT(distance(SAMPLE, x, uniform_cdf) < 1.95);
    for (size_t i = 0; i < SAMPLE; i++) x[i] = cgm_rng_normal(&rng);
    check_moments(SAMPLE, x, 0, 1, 3);
    CU_ASSERT(distance(SAMPLE, x, gsl_cdf_ugaussian_P) < 1.95);
    for (size_t i = 0; i < SAMPLE; i++) x[i] = cgm_rng_gumbel(&rng);
    check_moments(SAMPLE, x, 0.57721566490153286, M_PI * M_PI / 6, 5.4);
    CU_ASSERT(distance(SAMPLE, x, gumbel_cdf) < 1.95);
    free(x);
}

static void fills_follow_their_distributions(void)
{
    cgm_real *x = malloc(SAMPLE * sizeof *x);
    double *d = malloc(SAMPLE * sizeof *d);
    CU_ASSERT_FATAL(x && d);
    cgm_rng rng = cgm_rng_create(43);
    cgm_rng_fill_normal(&rng, SAMPLE, x);
    CU_ASSERT_EQUAL(rng.counter, SAMPLE / 4);
    double product = 0, square_product = 0;
    for (size_t i = 0; i < SAMPLE; i++) d[i] = (double)x[i];
    for (size_t i = 0; i < SAMPLE; i += 2) {
        product += d[i] * d[i + 1] * 2 / SAMPLE;
        square_product += d[i] * d[i] * d[i + 1] * d[i + 1] * 2 / SAMPLE;
    }
    /* The two halves of a pair are independent. */
    CHECK_NEAR(product, 0, 4 / sqrt(SAMPLE / 2));
    CHECK_NEAR(square_product, 1, 4 * sqrt(8.0 / (SAMPLE / 2)));
    check_moments(SAMPLE, d, 0, 1, 3);
    CU_ASSERT(distance(SAMPLE, d, gsl_cdf_ugaussian_P) < 1.95);
    cgm_rng_fill_uniform(&rng, SAMPLE, x);
    for (size_t i = 0; i < SAMPLE; i++) d[i] = (double)x[i];
    check_moments(SAMPLE, d, 0.5, 1.0 / 12, 1.8);
    CU_ASSERT(distance(SAMPLE, d, uniform_cdf) < 1.95);
    CU_ASSERT(d[0] > 0 && d[SAMPLE - 1] < 1); /* sorted */
    free(x);
    free(d);
}

/* The fast polynomials against libm, from the same words. */
/* To the bit, from any row on and for any number of rows. */
static void normal_rows_are_streams(void)
{
    enum { N = 101 };
    double out[N + 1];
    cgm_rng rng = cgm_rng_create(5);
    for (uint64_t first = 0; first < 100; first += 33)
        for (size_t n = 0; n <= N; n += 1 + n / 4) {
            out[n] = -7;
            cgm_rng_normal_rows(&rng, first, n, out);
            for (size_t i = 0; i < n; i++) {
                cgm_rng stream = cgm_rng_split_index(&rng, first + i);
                CU_ASSERT_EQUAL(out[i], cgm_rng_normal(&stream));
            }
            CU_ASSERT_EQUAL(out[n], -7);
        }
}

static void fill_normal_is_box_and_muller(void)
{
    enum { N = 40000 };
    cgm_real *x = malloc(N * sizeof *x);
    CU_ASSERT_FATAL(x != NULL);
    cgm_rng rng = cgm_rng_create(44), words = rng;
    cgm_rng_fill_normal(&rng, N, x);
    double worst = 0;
    for (size_t i = 0; i < N; i += 2) {
        double u = ((double)cgm_rng_u32(&words) + 0.5) * 0x1p-32;
        double angle = 2 * M_PI * 0x1p-32 * (double)cgm_rng_u32(&words);
        double radius = sqrt(-2 * log(u));
        /* A float u near 1 has 24 bits, and the radius is steep there. */
        double scale = sizeof(cgm_real) == 4 ? 4e-7 * radius + 6e-8 / radius : 1e-14;
        worst = fmax(worst, fabs((double)x[i] - radius * cos(angle)) / scale);
        worst = fmax(worst, fabs((double)x[i + 1] - radius * sin(angle)) / scale);
    }
    CHECK_NEAR(worst, 0, 1);
    free(x);
}

static void fill_elements_depend_on_their_index_alone(void)
{
    enum { N = 1000 };
    cgm_real all[N], part[N];
    void (*const fills[])(cgm_rng *, size_t, cgm_real *) = {cgm_rng_fill_normal, cgm_rng_fill_uniform};
    for (size_t f = 0; f < 2; f++) {
        cgm_rng whole = cgm_rng_create(45);
        fills[f](&whole, N, all);
        for (size_t n = 0; n <= 300; n++) {
            cgm_rng rng = cgm_rng_create(45);
            memset(part, 0, sizeof part);
            fills[f](&rng, n, part);
            CU_ASSERT(memcmp(part, all, n * sizeof *all) == 0);
            CU_ASSERT_EQUAL(rng.counter, (n + 3) / 4);
            CU_ASSERT(part[n] == 0);
        }
        /* In pieces of whole blocks, the same; after a single draw, from the next block. */
        cgm_rng rng = cgm_rng_create(45);
        for (size_t done = 0; done < N; done += 100) fills[f](&rng, 100, part + done);
        CU_ASSERT(memcmp(part, all, sizeof all) == 0);
        cgm_rng behind = cgm_rng_create(45);
        (void)cgm_rng_u32(&behind);
        fills[f](&behind, 96, part);
        CU_ASSERT(memcmp(part, all + 4, 96 * sizeof *all) == 0);
    }
}

static void fill_by_several_threads_is_the_same(void)
{
    enum { N = 100003 };
    cgm_real *one = calloc(N, sizeof *one), *many = calloc(N, sizeof *many);
    for (int threads = 1; threads <= 3; threads++)
        for (size_t n = 0; n <= N; n = 3 * n + 1) {
            cgm_rng a = cgm_rng_create(45), b = a;
            if (n % 2) CU_ASSERT(cgm_rng_u32(&a) == cgm_rng_u32(&b));
            cgm_rng_fill_normal(&a, n, one);
            cgm_rng_fill_normal_by(&b, threads, n, many);
            CU_ASSERT(memcmp(one, many, n * sizeof *one) == 0 && a.counter == b.counter && a.used == b.used);
        }
    free(one);
    free(many);
}

static void below_is_uniform_and_permutation_permutes(void)
{
    cgm_rng rng = cgm_rng_create(46);
    enum { LEVELS = 7, DRAWS = 70000 };
    size_t count[LEVELS] = {0};
    for (int i = 0; i < DRAWS; i++) {
        uint64_t k = cgm_rng_below(&rng, LEVELS);
        CU_ASSERT_FATAL(k < LEVELS);
        count[k]++;
    }
    double chi2 = 0, expected = (double)DRAWS / LEVELS;
    for (int k = 0; k < LEVELS; k++) chi2 += ((double)count[k] - expected) * ((double)count[k] - expected) / expected;
    CU_ASSERT(gsl_cdf_chisq_Q(chi2, LEVELS - 1) > 1e-3);
    /* Where taking a remainder would favour the lower half by half as much again. */
    uint64_t large = (uint64_t)3 << 62;
    size_t low = 0;
    for (int i = 0; i < 10000; i++) low += cgm_rng_below(&rng, large) < large / 2;
    CHECK_NEAR((double)low, 5000, 200);
    CU_ASSERT_EQUAL(cgm_rng_below(&rng, 1), 0);

    /* Each element reaches each place equally often. */
    enum { N = 6, TIMES = 12000 };
    size_t place[N][N] = {{0}};
    for (int t = 0; t < TIMES; t++) {
        size_t p[N], seen = 0;
        cgm_rng_permutation(&rng, N, p);
        for (size_t i = 0; i < N; i++) place[i][p[i] % N]++, seen |= (size_t)1 << p[i];
        CU_ASSERT_FATAL(seen == (1 << N) - 1);
    }
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) CHECK_NEAR((double)place[i][j], TIMES / N, 4.5 * sqrt(TIMES / N));
    cgm_rng_permutation(&rng, 0, NULL);
}

static void gsl_draws_the_same_words(void)
{
    cgm_rng a = cgm_rng_create(47), b = a;
    cgm_rng_gsl wrapper;
    gsl_rng *gsl = cgm_rng_gsl_wrap(&a, &wrapper);
    for (int i = 0; i < 10; i++) CU_ASSERT_EQUAL(gsl_rng_get(gsl), cgm_rng_u32(&b));
    CU_ASSERT_EQUAL(gsl_rng_uniform(gsl), cgm_rng_uniform(&b));
    CU_ASSERT(a.counter == b.counter && a.used == b.used);
    double mean = 0;
    for (int i = 0; i < 20000; i++) mean += gsl_ran_gamma(gsl, 10, 0.2) / 20000;
    CHECK_NEAR(mean, 2, 4 * sqrt(0.4 / 20000));
    gsl_rng_set(gsl, 5);
    CU_ASSERT_EQUAL(a.key, 5);
    CU_ASSERT_EQUAL(gsl_rng_max(gsl), 0xFFFFFFFFu);
}

static void arena_blocks_are_aligned_zeroed_and_apart(void)
{
    cgm_arena arena = {0};
    unsigned char *block[200];
    size_t size[200];
    for (size_t i = 0; i < 200; i++) {
        size[i] = i % 50 == 49 ? 3000000 : i * 7;
        block[i] = cgm_arena_alloc(&arena, size[i]);
        CU_ASSERT_FATAL(block[i] != NULL);
        CU_ASSERT_EQUAL((uintptr_t)block[i] % 64, 0);
        for (size_t j = 0; j < size[i]; j++)
            if (block[i][j]) CU_FAIL_FATAL("not zeroed");
        memset(block[i], (int)i + 1, size[i]);
    }
    for (size_t i = 0; i < 200; i++)
        for (size_t j = 0; j < size[i]; j++)
            if (block[i][j] != (unsigned char)(i + 1)) CU_FAIL_FATAL("overwritten");
    CU_ASSERT_STRING_EQUAL(cgm_arena_strdup(&arena, "decoder"), "decoder");
    CU_ASSERT_STRING_EQUAL(cgm_arena_printf(&arena, "%s.%d", "conv", 3), "conv.3");
    cgm_arena_clear(&arena);
    CU_ASSERT_PTR_NULL(arena.head);
    CU_ASSERT_PTR_NOT_NULL(cgm_arena_alloc(&arena, 0));
    cgm_arena_clear(&arena);
    cgm_arena_clear(&arena);
}

/* Opaque to the compiler, which would warn of the sizes otherwise. */
static volatile size_t huge = SIZE_MAX;

static void arena_refuses_what_cannot_be(void)
{
    cgm_arena arena = {0};
    CU_ASSERT_PTR_NULL(cgm_arena_alloc(&arena, huge));
    CU_ASSERT(strstr(cgm_error_message(), "out of memory") != NULL);
    CU_ASSERT_PTR_NULL(cgm_arena_alloc(&arena, huge - 100));
    CU_ASSERT_PTR_NULL(cgm_arena_alloc(&arena, huge / 2));
    CU_ASSERT_PTR_NULL(cgm_arena_array(&arena, huge / 4, 5));
    CU_ASSERT(strstr(cgm_error_message(), "5 bytes") != NULL);
    CU_ASSERT_PTR_NULL(cgm_alloc_aligned(huge - 10));
    CU_ASSERT_PTR_NOT_NULL(cgm_arena_array(&arena, 10, 5));
    cgm_arena_clear(&arena);
    void *block = cgm_alloc_aligned(100);
    CU_ASSERT(block && (uintptr_t)block % 64 == 0);
    cgm_free_aligned(block);
}

static void *fail_elsewhere(void *unused)
{
    (void)unused;
    if (cgm_error_message()[0] != '\0') return "not empty at first";
    return CGM_FAIL(CGM_E_IO, "elsewhere") == CGM_E_IO ? NULL : "wrong status";
}

static void messages_say_what_and_where(void)
{
    CHECK_FAILS(CGM_FAIL(CGM_E_SHAPE, "input has %d channels,\nweight wants %d\n", 44, 40), CGM_E_SHAPE,
                "input has 44 channels, weight wants 40");
    CU_ASSERT(strchr(cgm_error_message(), '\n') == NULL);
    CU_ASSERT(strncmp(cgm_error_source(), "test_base.c:", 12) == 0);
    pthread_t thread;
    void *complaint = "not run";
    CU_ASSERT_FATAL(pthread_create(&thread, NULL, fail_elsewhere, NULL) == 0);
    CU_ASSERT_FATAL(pthread_join(thread, &complaint) == 0);
    CU_ASSERT_PTR_NULL(complaint);
    CU_ASSERT_STRING_EQUAL(cgm_error_message(), "input has 44 channels, weight wants 40");
    CU_ASSERT_EQUAL(cgm_fail_context(CGM_E_SHAPE, "decoder.%d", 3), CGM_E_SHAPE);
    CU_ASSERT_STRING_EQUAL(cgm_error_message(), "decoder.3: input has 44 channels, weight wants 40");
    /* The message may be its own argument. */
    (void)CGM_FAIL(CGM_E_IO, "again: %s", cgm_error_message());
    CU_ASSERT_STRING_EQUAL(cgm_error_message(), "again: decoder.3: input has 44 channels, weight wants 40");
    CU_ASSERT(cgm_status_is_user(CGM_E_CONFIG) && cgm_status_is_user(CGM_E_ARG));
    CU_ASSERT(!cgm_status_is_user(CGM_OK) && !cgm_status_is_user(CGM_E_MEMORY));
}

static void messages_are_cut_safely(void)
{
    char text[5001];
    for (size_t shift = 0; shift < 4; shift++) {
        /* The two bytes of a-umlaut, begun at every offset. */
        memset(text, 'x', sizeof text);
        for (size_t i = shift; i + 2 < sizeof text; i += 2) memcpy(text + i, "\xc3\xa4", 2);
        text[sizeof text - 1] = '\0';
        (void)CGM_FAIL(CGM_E_IO, "%s", text);
        for (int round = 0; round < 2; round++) {
            const char *message = cgm_error_message();
            size_t n = strlen(message), leads = 0, follows = 0;
            for (size_t i = 0; i < n; i++) leads += message[i] == '\xc3', follows += message[i] == '\xa4';
            CU_ASSERT(n > 1000 && n < 1024);
            CU_ASSERT_EQUAL(leads, follows);
            (void)cgm_fail_context(CGM_E_IO, "file %zu", shift);
        }
        CU_ASSERT(strstr(cgm_error_message(), ": ") != NULL);
    }
}

static cgm_status try_twice(int *reached)
{
    CGM_TRY(CGM_OK);
    *reached = 1;
    CGM_TRY(CGM_FAIL(CGM_E_ARG, "no"));
    *reached = 2;
    return CGM_OK;
}

static void try_returns_at_the_first_failure(void)
{
    int reached = 0;
    CHECK_FAILS(try_twice(&reached), CGM_E_ARG, "no");
    CU_ASSERT_EQUAL(reached, 1);
}

enum { TASKS = 1000, WORKERS = 200 };
typedef struct tally {
    int count[TASKS], worst_worker, threads;
    bool parallel;
    int nested[WORKERS]; /* calls seen by each worker's nested regions, which run serially */
} tally;

static void count_nested(void *context, size_t index, int worker)
{
    (void)index;
    int *calls = context;
    *calls += worker == 0 ? 1 : 1000;
}

static void count_task(void *context, size_t index, int worker)
{
    tally *t = context;
    t->count[index]++;
    if (worker < 0 || worker >= t->threads) {
        t->worst_worker = worker;
        return;
    }
    if (t->parallel) cgm_parallel(4, 3, count_nested, &t->nested[worker]);
}

static void parallel_runs_each_task_once(void)
{
    static const int threads[] = {-1, 0, 1, 2, 3, 8, WORKERS};
    static const size_t sizes[] = {0, 1, 2, 7, TASKS};
    for (size_t i = 0; i < sizeof threads / sizeof threads[0]; i++)
        for (size_t j = 0; j < sizeof sizes / sizeof sizes[0]; j++) {
            tally t = {.worst_worker = -1, .threads = threads[i] < 1 ? 1 : threads[i]};
            t.parallel = t.threads > 1 && sizes[j] > 1;
            cgm_parallel(threads[i], sizes[j], count_task, &t);
            int nested = 0;
            for (size_t k = 0; k < TASKS; k++) CU_ASSERT_EQUAL(t.count[k], k < sizes[j]);
            for (size_t k = 0; k < WORKERS; k++) nested += t.nested[k];
            CU_ASSERT_EQUAL(t.worst_worker, -1);
            CU_ASSERT_EQUAL(nested, t.parallel ? 3 * (int)sizes[j] : 0);
        }
    CU_ASSERT(cgm_threads_available() >= 1);
}

/* The first task waits for all the others, those of its own thread's share too. */
static void wait_for_others(void *context, size_t index, int worker)
{
    (void)worker;
    atomic_int *done = context;
    double begin = cgm_seconds();
    while (index == 0 && atomic_load(done) < TASKS - 1 && cgm_seconds() - begin < 20) sched_yield();
    if (index > 0 || atomic_load(done) == TASKS - 1) atomic_fetch_add(done, 1);
}

static void threads_take_what_others_have_left(void)
{
    for (int threads = 2; threads <= 3; threads++) {
        atomic_int done = 0;
        cgm_parallel(threads, TASKS, wait_for_others, &done);
        CU_ASSERT_EQUAL(done, TASKS);
    }
}

static void keep_message(void *context, cgm_log_level level, const char *message)
{
    snprintf(context, 100, "%d %s", (int)level, message);
}

static void keep_progress(void *context, const cgm_progress *progress)
{
    snprintf(context, 100, "%s %d/%d", progress->what, (int)progress->done, (int)progress->total);
}

static void sinks_get_what_is_said(void)
{
    char text[100] = "";
    cgm_sink sink = {keep_message, keep_progress, text}, silent = {0};
    cgm_sink_log(&sink, CGM_LOG_WARNING, "skipped %d steps", 3);
    CU_ASSERT_STRING_EQUAL(text, "1 skipped 3 steps");
    cgm_sink_progress(&sink, &(cgm_progress){.what = "image (cvae)", .done = 3, .total = 9});
    CU_ASSERT_STRING_EQUAL(text, "image (cvae) 3/9");
    cgm_sink_log(&silent, CGM_LOG_INFO, "unheard");
    cgm_sink_log(NULL, CGM_LOG_INFO, "unheard");
    cgm_sink_progress(NULL, NULL);
    double start = cgm_seconds();
    CU_ASSERT(cgm_seconds() >= start);
}

static const test_case cases[] = {
    {"Philox gives the published answers", philox_known_answers},
    {"a stream is saved and restored", stream_is_saved_and_restored},
    {"splits differ and ignore the counter", splits_differ_and_ignore_the_counter},
    {"single draws follow their distributions", single_draws_follow_their_distributions},
    {"fills follow their distributions", fills_follow_their_distributions},
    {"normal_rows are split streams' first draws", normal_rows_are_streams},
    {"fill by several threads is the same", fill_by_several_threads_is_the_same},
    {"fill_normal is Box and Muller's", fill_normal_is_box_and_muller},
    {"fill elements depend on their index alone", fill_elements_depend_on_their_index_alone},
    {"below is uniform, a permutation permutes", below_is_uniform_and_permutation_permutes},
    {"GSL draws the same words", gsl_draws_the_same_words},
    {"arena blocks are aligned, zeroed and apart", arena_blocks_are_aligned_zeroed_and_apart},
    {"the arena refuses what cannot be", arena_refuses_what_cannot_be},
    {"messages say what and where", messages_say_what_and_where},
    {"messages are cut safely", messages_are_cut_safely},
    {"CGM_TRY returns at the first failure", try_returns_at_the_first_failure},
    {"cgm_parallel runs each task once", parallel_runs_each_task_once},
    {"a thread that is done takes tasks of others", threads_take_what_others_have_left},
    {"sinks get what is said", sinks_get_what_is_said},
};
TEST_MAIN("base", cases)
