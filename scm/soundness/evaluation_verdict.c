/* What figures are expected to be, before and after: that there will be such figures, and whether they are so. */
#include <math.h>
#include <string.h>

#include "scm/object.h"
#include "scm/soundness/evaluation_priv.h"

/* ---- Before ---- */

static cgm_status lacks(const char *text, const char *what)
{
    return CGM_FAIL(CGM_E_ARG, "expect: \"%s\": there is no such figure: %s", text, what);
}

static bool is_treatment(const evaluation *e, const char *name)
{
    for (size_t k = 0; k < e->n_treatments; k++)
        if (strcmp(e->name[e->treatment[k]], name) == 0) return true;
    return e->random && strcmp(e->random, name) == 0;
}

/* "predictor" is any of them. */
static bool same_judge(const char *by, const char *asked)
{
    size_t n = strlen(asked);
    return by && (strcmp(by, asked) == 0 || (strcmp(asked, "predictor") == 0 && strncmp(by, asked, n) == 0));
}

static bool is_judged(const evaluation *e, const evaluation_expectation *x)
{
    for (size_t k = 0; k < e->n_judges; k++) {
        const evaluation_judge *judge = &e->judge[k];
        if (strcmp(judge->metric, x->metric) == 0 && (!x->by || same_judge(judge->by, x->by)) &&
            (!x->attribute || strcmp(e->name[judge->attribute], x->attribute) == 0))
            return true;
    }
    return false;
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static cgm_status check(const evaluation *e, const char *text, const evaluation_expectation *x)
{
    const cgm_evaluation_opts *o = e->opts;
    bool noise = isnan(x->noise), distance = begins(x->metric, "FID") || begins(x->metric, "KID");
    for (size_t k = 0; k < o->n_noises; k++) noise = noise || o->noises[k] == x->noise;
    if (!noise) return lacks(text, "the noise is none of those that are asked for");
    if (x->after > o->cycles) return lacks(text, "there are not so many cycles");
    if (x->treatment && !is_treatment(e, x->treatment)) return lacks(text, "nothing intervenes on that");
    if (begins(x->metric, "effectiveness") && !is_judged(e, x)) return lacks(text, "nothing judges that");
    if (begins(x->metric, "truth") && !cgm_dataset_has_truth(e->run->data))
        return lacks(text, "the data do not know the truth");
    if (distance && !e->features) return lacks(text, "there is no predictor");
    if (begins(x->metric, "CLD") && !e->features && !o->embedding) return lacks(text, "there is no predictor");
    if (strcmp(x->metric, "CLD as released") == 0 && !o->embedding) return lacks(text, "it needs an embedding");
    return CGM_OK;
}

static bool may_be_same(const char *a, const char *b)
{
    return !a || !b || strcmp(a, b) == 0;
}

/* Whether a figure may be meant by both. */
static bool overlap(const evaluation_expectation *a, const evaluation_expectation *b)
{
    return strcmp(a->metric, b->metric) == 0 && may_be_same(a->treatment, b->treatment) &&
           may_be_same(a->attribute, b->attribute) &&
           (!a->by || !b->by || same_judge(a->by, b->by) || same_judge(b->by, a->by)) &&
           (isnan(a->noise) || isnan(b->noise) || a->noise == b->noise) &&
           (!a->after || !b->after || a->after == b->after);
}

/* One figure, one bound. */
static cgm_status check_others(const evaluation *e, size_t k)
{
    const evaluation_expectation *x = e->expectation;
    for (size_t j = 0; j < k; j++) {
        bool both = (x[j].sense && x[k].sense) || (isfinite(x[j].published) && isfinite(x[k].published));
        if (both && overlap(&x[j], &x[k]))
            return CGM_FAIL(CGM_E_ARG, "expect: \"%s\" and \"%s\" say something of the same figure",
                            e->opts->expectations[j], e->opts->expectations[k]);
    }
    return CGM_OK;
}

cgm_status cgm_evaluation_find_expectations(evaluation *e)
{
    size_t n = e->opts->n_expectations;
    e->expectation = cgm_arena_array(&e->arena, n + 1, sizeof *e->expectation);
    if (!e->expectation) return CGM_E_MEMORY;
    for (size_t k = 0; k < n; k++) {
        const char *text = e->opts->expectations[k];
        CGM_TRY(cgm_evaluation_read_expectation(e, text, &e->expectation[k]));
        CGM_TRY(check(e, text, &e->expectation[k]));
        CGM_TRY(check_others(e, k));
    }
    return CGM_OK;
}

/* ---- After ---- */

static bool is_meant(const evaluation_expectation *x, const cgm_evaluation_row *row)
{
    return strcmp(x->metric, row->metric) == 0 &&
           (!x->treatment || (row->treatment && strcmp(x->treatment, row->treatment) == 0)) &&
           (!x->attribute || (row->attribute && strcmp(x->attribute, row->attribute) == 0)) &&
           (!x->by || same_judge(row->by, x->by)) && (isnan(x->noise) || x->noise == row->noise) &&
           (!x->after || x->after == row->after);
}

static void give_verdict(const evaluation_expectation *x, cgm_evaluation *out, cgm_evaluation_row *row)
{
    if (isfinite(x->published)) row->published = x->published;
    if (!x->sense) return;
    bool relative = isnan(x->target);
    row->target = relative ? row->real : x->target;
    if (relative) row->tolerance = x->tolerance;
    double bound = row->target + x->tolerance;
    bool met = x->sense < 0 ? row->value <= bound : row->value >= bound; /* not of NaN */
    row->wanted = x->sense < 0 ? "at most" : "at least";
    row->verdict = met ? "met" : "missed";
    out->n_expected++;
    out->n_met += met;
}

/* What a figure is expected to be that this model has none of is missed. */
cgm_status cgm_evaluation_judge_rows(evaluation *e)
{
    cgm_evaluation *out = e->out;
    out->absent = cgm_arena_array(&out->arena, e->opts->n_expectations + 1, sizeof *out->absent);
    if (!out->absent) return CGM_E_MEMORY;
    for (size_t k = 0; k < e->opts->n_expectations; k++) {
        const evaluation_expectation *x = &e->expectation[k];
        size_t found = 0;
        for (size_t i = 0; i < out->n_rows; i++) {
            if (!is_meant(x, &out->row[i])) continue;
            give_verdict(x, out, &out->row[i]);
            found++;
        }
        if (found > 0) continue;
        out->n_expected += x->sense != 0;
        out->absent[out->n_absent] = cgm_arena_strdup(&out->arena, e->opts->expectations[k]);
        if (!out->absent[out->n_absent++]) return CGM_E_MEMORY;
    }
    return CGM_OK;
}
