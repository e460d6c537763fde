/* Reading what figures are expected to be: texts that name figures in the words of the answer's table, a bound, and
 * what was published. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scm/soundness/evaluation_priv.h"

/* What figures of a metric are told apart by, and whether they have one beside them that is `real`. */
enum { DO = 1, OF = 2, BY = 4, NOISE = 8, AFTER = 16, REAL = 32 };
static const struct {
    const char *name;
    unsigned has;
} metrics[] = {
    {"composition L1", NOISE | AFTER},
    {"composition L2", NOISE | AFTER},
    {"composition SSIM", NOISE | AFTER},
    {"composition PSNR", NOISE | AFTER},
    {"reversibility L1", DO | NOISE | AFTER},
    {"reversibility L2", DO | NOISE | AFTER},
    {"effectiveness error", DO | OF | BY | NOISE | REAL},
    {"effectiveness accuracy", DO | OF | BY | NOISE | REAL},
    {"truth L1", DO | NOISE},
    {"truth L2", DO | NOISE},
    {"truth SSIM", DO | NOISE},
    {"truth PSNR", DO | NOISE},
    {"truth unedited L1", DO | NOISE},
    {"truth error", DO | OF | NOISE},
    {"FID", DO | NOISE | REAL},
    {"KID", DO | NOISE | REAL},
    {"CLD", DO | NOISE},
    {"CLD as released", DO | NOISE},
    {"ELBO", 0},
};

/* A text that is being read. */
typedef struct reading {
    const char *text;
    char *rest;       /* for strtok_r */
    const char *word; /* NULL behind the last one */
    evaluation_expectation *out;
    unsigned has, said; /* of DO, OF, ...: what the metric has, what the text has said */
} reading;

static cgm_status refuse(const reading *r, const char *what)
{
    return CGM_FAIL(
        CGM_E_ARG,
        "expect: \"%s\": %s; expected METRIC [do(NAME)] [of NAME] [by measure | by predictor NAME] [noise X] "
        "[after N] [<= or >= X, real + X or real - X] [published X]",
        r->text, what);
}

static void go_on(reading *r)
{
    r->word = strtok_r(NULL, " ", &r->rest);
}

static bool is_word(const reading *r, const char *word)
{
    return r->word && strcmp(r->word, word) == 0;
}

/* The word behind this one, which must not have been said before. */
static cgm_status take_after(reading *r, unsigned what, const char **out)
{
    if (r->said & what) return refuse(r, "the same is said twice");
    r->said |= what;
    go_on(r);
    if (!r->word) return refuse(r, "it ends too early");
    *out = r->word;
    return CGM_OK;
}

static cgm_status take_number(reading *r, double *out)
{
    char *end = NULL;
    double x = r->word ? strtod(r->word, &end) : (double)NAN;
    if (!r->word || *end || !isfinite(x)) return refuse(r, "a number is missing");
    *out = x;
    go_on(r);
    return CGM_OK;
}

static bool begins_something(const reading *r)
{
    static const char *const words[] = {"of", "by", "noise", "after", "<=", ">=", "published"};
    for (size_t k = 0; k < sizeof words / sizeof *words; k++)
        if (is_word(r, words[k])) return true;
    return strncmp(r->word, "do(", 3) == 0;
}

static cgm_status refuse_metric(const reading *r, const char *name)
{
    enum { N = sizeof metrics / sizeof *metrics };
    const char *names[N], *near;
    char what[128];
    for (size_t k = 0; k < N; k++) names[k] = metrics[k].name;
    near = name ? cgm_nearest_word(name, N, names) : NULL;
    if (!near) return refuse(r, "there is no such metric");
    snprintf(what, sizeof what, "there is no such metric, did you mean %s", near);
    return refuse(r, what);
}

static cgm_status read_metric(reading *r, cgm_arena *arena)
{
    const char *name = r->word;
    for (go_on(r); name && r->word && !begins_something(r); go_on(r))
        if (!(name = cgm_arena_printf(arena, "%s %s", name, r->word))) return CGM_E_MEMORY;
    for (size_t k = 0; name && k < sizeof metrics / sizeof *metrics; k++) {
        if (strcmp(metrics[k].name, name) != 0) continue;
        r->out->metric = metrics[k].name;
        r->has = metrics[k].has;
        return CGM_OK;
    }
    return refuse_metric(r, name);
}

/* do(NAME) */
static cgm_status read_do(reading *r, cgm_arena *arena)
{
    size_t n = strlen(r->word);
    if (r->said & DO) return refuse(r, "the same is said twice");
    if (n < 5 || r->word[n - 1] != ')') return refuse(r, "a do has no end");
    r->said |= DO;
    char *name = cgm_arena_strdup(arena, r->word + 3);
    if (!name) return CGM_E_MEMORY;
    name[n - 4] = '\0';
    r->out->treatment = name;
    go_on(r);
    return CGM_OK;
}

/* measure, predictor, predictor NAME */
static cgm_status read_by(reading *r, cgm_arena *arena)
{
    const char *who = "";
    CGM_TRY(take_after(r, BY, &who));
    if (strcmp(who, "measure") != 0 && strcmp(who, "predictor") != 0) return refuse(r, "nothing else judges");
    r->out->by = who;
    go_on(r);
    if (strcmp(who, "measure") == 0 || !r->word || begins_something(r)) return CGM_OK;
    r->out->by = cgm_arena_printf(arena, "%s %s", who, r->word);
    go_on(r);
    return r->out->by ? CGM_OK : CGM_E_MEMORY;
}

/* X, real, real + X, real - X */
static cgm_status read_bound(reading *r)
{
    evaluation_expectation *x = r->out;
    if (x->sense) return refuse(r, "two bounds");
    x->sense = is_word(r, "<=") ? -1 : 1;
    go_on(r);
    if (!is_word(r, "real")) return take_number(r, &x->target);
    r->said |= REAL;
    x->target = NAN;
    go_on(r);
    if (!is_word(r, "+") && !is_word(r, "-")) return CGM_OK;
    double sign = is_word(r, "+") ? 1 : -1;
    go_on(r);
    CGM_TRY(take_number(r, &x->tolerance));
    x->tolerance *= sign;
    return CGM_OK;
}

static cgm_status read_part(reading *r, cgm_arena *arena)
{
    const char *word = "";
    double after = 0;
    if (strncmp(r->word, "do(", 3) == 0) return read_do(r, arena);
    if (is_word(r, "by")) return read_by(r, arena);
    if (is_word(r, "<=") || is_word(r, ">=")) return read_bound(r);
    if (is_word(r, "of")) {
        CGM_TRY(take_after(r, OF, &r->out->attribute));
        go_on(r);
        return CGM_OK;
    }
    if (is_word(r, "noise")) {
        CGM_TRY(take_after(r, NOISE, &word));
        return take_number(r, &r->out->noise);
    }
    if (is_word(r, "after")) {
        CGM_TRY(take_after(r, AFTER, &word));
        CGM_TRY(take_number(r, &after));
        if (!(after >= 1 && after <= 1000 && after == floor(after))) return refuse(r, "cycles are counted from 1");
        r->out->after = (size_t)after;
        return CGM_OK;
    }
    if (!is_word(r, "published")) return refuse(r, "there is a word too many");
    if (isfinite(r->out->published)) return refuse(r, "the same is said twice");
    go_on(r);
    return take_number(r, &r->out->published);
}

cgm_status cgm_evaluation_read_expectation(evaluation *e, const char *text, evaluation_expectation *out)
{
    char *copy = cgm_arena_strdup(&e->arena, text);
    reading r = {.text = text, .out = out};
    if (!copy) return CGM_E_MEMORY;
    *out = (evaluation_expectation){.noise = NAN, .published = NAN};
    r.word = strtok_r(copy, " ", &r.rest);
    CGM_TRY(read_metric(&r, &e->arena));
    while (r.word) CGM_TRY(read_part(&r, &e->arena));
    if (r.said & ~r.has) return refuse(&r, "that metric has no such part");
    return out->sense || isfinite(out->published) ? CGM_OK : refuse(&r, "neither a bound nor what was published");
}
