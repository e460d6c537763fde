/* Whether to trust the run, in plain words: each figure beside its floor, what nothing can better, and its target. */
#include "tools/report/verdict.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const tool_column columns[] = {
    {"check", "what was checked", NULL, false}, {"value", "this run", "%.4g", false},
    {"floor", "best possible", "%.4g", true},   {"target", "target", NULL, false},
    {"verdict", "verdict", NULL, false},        {"meaning", "what it means", NULL, false}};

cgm_status verdict_add(report *r, const verdict_check *c)
{
    double target = c->target;
    bool known = isfinite(c->value) && isfinite(target);
    bool holds = known && (c->at_least ? c->value >= target : c->value <= target);
    json_t *bound = isfinite(target) ? json_sprintf("%s %.4g%s", c->at_least ? "at least" : "at most", target,
                                                    c->asked ? ", as asked" : "")
                                     : json_string("not known");
    json_t *row = json_pack("{s:s, s:o, s:o, s:o, s:s, s:s}", "check", c->check, "value", tool_json_number(c->value),
                            "floor", tool_json_number(c->floor), "target", bound, "verdict",
                            !known  ? "not known"
                            : holds ? "ok"
                                    : "not ok",
                            "meaning", c->meaning);
    if (!row || json_array_append_new(r->checks, row) != 0) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a check");
    if (known) *(holds ? &r->held : &r->failed) += 1;
    return CGM_OK;
}

/* ---- In words ---- */

static void write_asked(report *r)
{
    const cgm_scm *scm = cgm_run_scm(r->run);
    FILE *f = r->f;
    size_t images = 0;
    fputs("<p><strong>What was asked.</strong> A causal model of ", f);
    for (size_t v = 0; v < cgm_scm_count(scm); v++) {
        const cgm_variable *x = cgm_scm_variable(scm, v);
        fputs(v ? ", " : "", f);
        html_text(f, x->name);
        images += x->type == CGM_IMAGE;
    }
    fputs(" was trained on data (", f);
    cgm_run_facts facts;
    cgm_run_get_facts(r->run, &facts);
    html_text(f, facts.data);
    fputs(images ? "), to say what an image would have been, had one of its causes been another.</p>\n" : ").</p>\n",
          f);
}

/* The mean of a figure, NaN where there is none. */
static double value_of(const json_t *rows, const char *metric, const char *treatment, const char *attribute)
{
    const json_t *row = verdict_find(rows, metric, treatment, attribute, NULL);
    return row ? json_number_value(json_object_get(row, "value")) : (double)NAN;
}

static void write_came_out(report *r)
{
    const json_t *rows = json_object_get(report_answer(r, "evaluate", 0), "answer");
    double composition = value_of(rows, "composition L1", NULL, NULL), unedited, truth;
    FILE *f = r->f;
    fputs("<p><strong>What came out.</strong> ", f);
    if (!cgm_run_is_finished(r->run)) {
        fputs("The training is not finished.</p>\n", f);
        return;
    }
    if (!rows) {
        fputs("The training is finished; its counterfactuals are below, but were not evaluated.</p>\n", f);
        return;
    }
    if (isfinite(composition))
        fprintf(f, "Asked to change nothing, the model changes an image by %.3g grey levels of 255 on average. ",
                composition);
    for (size_t v = 0; v < cgm_scm_count(cgm_run_scm(r->run)); v++) {
        const char *name = cgm_scm_variable(cgm_run_scm(r->run), v)->name;
        double share = value_of(rows, "effectiveness accuracy", name, name);
        double error = value_of(rows, "effectiveness error", name, name);
        if (!isfinite(share) && !isfinite(error)) continue;
        fputs("Where ", f);
        html_text(f, name);
        if (isfinite(share))
            fprintf(f, " was set, a judge sees it in %.1f %% of the images. ", 100 * share);
        else
            fprintf(f, " was set, what is read off the images is %.3g off on average. ", error);
    }
    unedited = value_of(rows, "truth unedited L1", NULL, NULL);
    truth = value_of(rows, "truth L1", NULL, NULL);
    if (isfinite(unedited) && isfinite(truth))
        fprintf(f,
                "The true counterfactuals are known: the first intervention's images are %.3g grey levels from them, "
                "the unchanged images %.3g.",
                truth, unedited);
    fputs("</p>\n", f);
}

static void write_trust(report *r)
{
    FILE *f = r->f;
    const char *mood = "unknown";
    if (r->failed > 0 || !cgm_run_is_finished(r->run)) mood = "bad";
    if (r->failed == 0 && r->held > 0 && report_answer(r, "evaluate", 0) && cgm_run_is_finished(r->run)) mood = "good";
    fprintf(f, "<p class=\"mood %s\"><strong>Whether to trust it.</strong> ", mood);
    if (!cgm_run_is_finished(r->run))
        fputs("Not yet: the training is not finished, and this page shows how far it is.", f);
    else if (!report_answer(r, "evaluate", 0))
        fputs("Not known: nobody has evaluated the counterfactuals of this run. A picture that looks right is no "
              "evidence that it is.",
              f);
    else if (r->failed == 0)
        fprintf(f, "Yes, as far as the checks reach: all %zu of them hold.", r->held);
    else
        fprintf(f, "Not where a check fails: %zu of %zu do not hold, marked \u201cnot ok\u201d below.", r->failed,
                r->held + r->failed);
    fputs("</p>\n", f);
}

cgm_status report_verdict(report *r)
{
    CGM_TRY(verdict_check_all(r));
    write_asked(r);
    write_came_out(r);
    write_trust(r);
    CGM_TRY(html_table(r->f,
                       "The checks. \u201cBest possible\u201d is what a perfect model would be given by the same judge",
                       sizeof columns / sizeof *columns, columns, r->checks));
    return CGM_OK;
}
