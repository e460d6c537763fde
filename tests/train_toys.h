/* Training as tests have it: stopped at any step, gone on with, and compared file by file. */
#ifndef CGM_TESTS_TRAIN_TOYS_H
#define CGM_TESTS_TRAIN_TOYS_H

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "tests/run_toys.h"

/* The first `keep` bytes of a file, or all of it (-1). */
static inline void copy_file(const char *from, const char *to, long keep)
{
    FILE *a = fopen(from, "rb"), *b = fopen(to, "wb");
    CU_ASSERT_FATAL(a && b);
    for (int c; keep-- != 0 && (c = fgetc(a)) != EOF;) fputc(c, b);
    fclose(a);
    fclose(b);
}

/* Stops, or dies, during the step number `at`, counted over all parts. */
typedef struct stopper {
    int at, steps;
    bool die;
    volatile int stop;
    void (*watch)(void *context, const cgm_progress *progress); /* told of each step, or NULL */
    void *context;
} stopper;

static inline void count_step(void *context, const cgm_progress *progress)
{
    stopper *s = context;
    if (s->watch) s->watch(s->context, progress);
    if (++s->steps != s->at) return;
    if (s->die) raise(SIGKILL);
    s->stop = 1;
}

/* What is made is for destroy, on errors, too. */
static inline cgm_status try_make(const char *text, stopper *s, int threads, model *out)
{
    cgm_run_opts opts = {.threads = threads};
    if (s) {
        opts.sink = (cgm_sink){.progress = count_step, .context = s};
        opts.stop = &s->stop;
    }
    *out = (model){0};
    CGM_TRY(cgm_config_parse(text, "test.yaml", &out->config));
    return cgm_run_create(out->config, &opts, &out->run);
}

/* Trains from the config to the file, going on with what is there. */
static inline cgm_status train(const char *text, stopper *s, int threads, const char *path)
{
    model m;
    cgm_status status = try_make(text, s, threads, &m);
    if (status == CGM_OK && access(path, F_OK) == 0) status = cgm_run_resume(m.run, path);
    if (status == CGM_OK) status = cgm_run_train(m.run, path);
    destroy(&m);
    return status;
}

/* A run that is trained when it is first asked for, in one go on one thread, and the steps that it took in all. Static.
 */
typedef struct trained_once {
    char path[256];
    int steps;
} trained_once;

static inline const trained_once *train_once(trained_once *t, const char *name, const char *text)
{
    if (!t->path[0]) {
        stopper s = {0};
        strcpy(t->path, test_path(name));
        REQUIRE_OK(train(text, &s, 1, t->path));
        t->steps = s.steps;
    }
    return t;
}

/* ---- Files beside files ---- */

/* Data sets of two files, and how many of them are different. */
typedef struct tally {
    int n, different;
} tally;

static inline cgm_status count_different(void *context, const char *path, bool identical)
{
    tally *t = context;
    t->n++;
    t->different += !identical;
    if (!identical) fprintf(stderr, "different: %s\n", path);
    return CGM_OK;
}

static inline void compare_by(const char *a_path, const char *b_path, cgm_file_compare_fn *visit, void *context)
{
    cgm_file *a = NULL, *b = NULL;
    REQUIRE_OK(cgm_file_open(a_path, &a));
    REQUIRE_OK(cgm_file_open(b_path, &b));
    CHECK_OK(cgm_file_compare(a, b, visit, context));
    cgm_file_close(a);
    cgm_file_close(b);
}

static inline tally compare(const char *a_path, const char *b_path)
{
    tally t = {0};
    compare_by(a_path, b_path, count_different, &t);
    return t;
}

#endif
