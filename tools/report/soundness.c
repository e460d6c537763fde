/* Whether counterfactuals are sound: what cgm evaluate, cgm realism and cgm predictors say, and any other answer. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/report/chart.h"
#include "tools/report/report.h"

/* Metrics that one table has, and what it says of them. */
static const struct {
    const char *metrics[4], *caption;
} groups[] = {
    {{"composition"},
     "Composition: how far an image is from itself after null interventions in a row, in grey levels (SSIM: 1 is the "
     "same). At noise 1 it is 0 by construction where abduction is exact"},
    {{"reversibility"},
     "Reversibility: how far an image is from itself after the intervention and its undoing, in grey levels"},
    {{"effectiveness"},
     "Effectiveness: what judges read off the counterfactual images beside what these were to show; real: the judge's "
     "own "
     "error on real images, below which nothing is expected"},
    {{"truth"}, "Truth: the distance to the true counterfactual images; unedited: what doing nothing would give"},
    {{"FID", "KID", "CLD", "ELBO"},
     "Realism and minimality: FID and KID of counterfactual to factual images (real: of as many training images), CLD, "
     "lower is better; ELBO of the factual images, in nats"},
};

static bool is_in(const json_t *row, const char *const metrics[4])
{
    const char *metric = report_text_at(row, "metric");
    for (size_t k = 0; k < 4 && metrics[k]; k++)
        if (strncmp(metric, metrics[k], strlen(metrics[k])) == 0) return true;
    return false;
}

/* The largest number of cycles of a metric's rows. */
static double most_cycles(const json_t *rows, const char *metric)
{
    size_t i;
    const json_t *row;
    double most = 0;
    json_array_foreach((json_t *)rows, i, row)
    {
        double after = json_number_value(json_object_get(row, "after"));
        if (strcmp(report_text_at(row, "metric"), metric) == 0 && after > most) most = after;
    }
    return most;
}

/* Of the cycles the first and the last. */
static json_t *rows_of_group(const json_t *rows, const char *const metrics[4])
{
    size_t i;
    json_t *row, *out = json_array();
    json_array_foreach((json_t *)rows, i, row)
    {
        double after = json_number_value(json_object_get(row, "after"));
        bool shown = after <= 1 || after == most_cycles(rows, report_text_at(row, "metric"));
        if (shown && is_in(row, metrics)) json_array_append(out, row);
    }
    return out;
}

/* Where an answer comes from. */
static void write_source(const report *r, const json_t *answer)
{
    const json_t *query = json_object_get(answer, "query");
    char *text = json_is_object(query) ? json_dumps(query, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
    if (!report_text_at(answer, "file")[0]) return;
    fputs("<p>From <code>", r->f);
    html_text(r->f, report_text_at(answer, "file"));
    fputs("</code>", r->f);
    if (text) fputs(", asked as <code>", r->f);
    if (text) html_text(r->f, text);
    if (text) fputs("</code>", r->f);
    fputs(json_is_true(json_object_get(answer, "older"))
              ? ". <strong>It is older than the run file, so it may be of another model.</strong></p>\n"
              : ".</p>\n",
          r->f);
    free(text);
}

static cgm_status write_evaluation(report *r, const json_t *answer)
{
    const json_t *rows = json_object_get(answer, "answer");
    write_source(r, answer);
    for (size_t k = 0; k < sizeof groups / sizeof *groups; k++) {
        json_t *some = rows_of_group(rows, groups[k].metrics);
        cgm_status status =
            html_table(r->f, groups[k].caption, tool_evaluate_columns.n, tool_evaluate_columns.column, some);
        json_decref(some);
        CGM_TRY(status);
    }
    return CGM_OK;
}

/* ---- Predictors ---- */

static void draw_reliability(report *r, const json_t *row)
{
    double expected[CGM_SCORE_BINS], observed[CGM_SCORE_BINS];
    size_t i, n = 0;
    const json_t *bin;
    json_array_foreach(json_object_get(row, "reliability"), i, bin)
    {
        const json_t *said = json_object_get(bin, "expected"), *seen = json_object_get(bin, "observed");
        if (n == CGM_SCORE_BINS) break;
        expected[n] = json_is_number(said) ? json_number_value(said) : (double)NAN;
        observed[n++] = json_is_number(seen) ? json_number_value(seen) : (double)NAN;
    }
    if (n > 0) chart_reliability(r->f, report_text_at(row, "predictor"), n, expected, observed);
}

/* The level that a row of a confusion matrix is of. */
static const char *level_of(const report *r, const json_t *row, size_t k, char text[CGM_VALUE_TEXT])
{
    int v = cgm_scm_find(cgm_run_scm(r->run), report_text_at(row, "attribute"));
    if (v < 0)
        snprintf(text, CGM_VALUE_TEXT, "%zu", k);
    else
        cgm_variable_text(cgm_scm_variable(cgm_run_scm(r->run), (size_t)v), (double)k, text);
    return text;
}

static cgm_status write_confusion(report *r, const json_t *row)
{
    enum { MOST = 20 };
    const json_t *matrix = json_object_get(row, "confusion");
    size_t n = json_array_size(matrix);
    char key[MOST][24], name[MOST][CGM_VALUE_TEXT], caption[256];
    tool_column columns[MOST + 1] = {{"level", "true level", NULL, false}};
    if (n == 0 || n > MOST) return CGM_OK;
    json_t *rows = json_array();
    for (size_t t = 0; t < n; t++) {
        snprintf(key[t], sizeof key[t], "%zu", t);
        columns[t + 1] = (tool_column){key[t], level_of(r, row, t, name[t]), NULL, false};
        json_t *line = json_pack("{s:s}", "level", name[t]);
        for (size_t k = 0; k < n; k++) {
            char at[24];
            snprintf(at, sizeof at, "%zu", k);
            json_object_set(line, at, json_array_get(json_array_get(matrix, t), k));
        }
        json_array_append_new(rows, line);
    }
    snprintf(caption, sizeof caption, "%s: how often each true level (row) was read as each level (column)",
             report_text_at(row, "predictor"));
    cgm_status status = html_table(r->f, caption, n + 1, columns, rows);
    json_decref(rows);
    return status;
}

static cgm_status write_predictors(report *r, const json_t *answer)
{
    size_t i;
    const json_t *row, *rows = json_object_get(answer, "answer");
    html_element(r->f, "h3", "The judges");
    write_source(r, answer);
    CGM_TRY(html_table(r->f, "What predictors read off test images that none of them saw", tool_predictors_columns.n,
                       tool_predictors_columns.column, rows));
    html_element(r->f, "p",
                 "Reliability: a point on the diagonal means that what is said to be so probable is so frequent.");
    fputs("<div class=\"charts\">\n", r->f);
    json_array_foreach((json_t *)rows, i, row) draw_reliability(r, row);
    fputs("</div>\n<details><summary>Confusion matrices</summary>\n", r->f);
    json_array_foreach((json_t *)rows, i, row) CGM_TRY(write_confusion(r, row));
    fputs("</details>\n", r->f);
    return CGM_OK;
}

/* ---- Other answers ---- */

/* Columns from what the first row has. */
static cgm_status write_other(report *r, const json_t *answer)
{
    enum { MOST = 24 };
    tool_column columns[MOST];
    size_t n = 0;
    const char *key;
    const json_t *value, *rows = json_object_get(answer, "answer");
    char caption[256];
    json_object_foreach(json_array_get(rows, 0), key, value)
    {
        if (n < MOST && !json_is_array(value)) columns[n++] = (tool_column){key, key, "%.5g", n > 0};
    }
    snprintf(caption, sizeof caption, "Answer of cgm %s", report_text_at(answer, "command"));
    html_printf(r->f, "h3", "%s", report_text_at(answer, "command"));
    write_source(r, answer);
    return html_table(r->f, caption, n, columns, rows);
}

static bool is_known(const json_t *answer)
{
    static const char *const known[] = {"evaluate", "realism", "predictors"};
    for (size_t k = 0; k < 3; k++)
        if (strcmp(report_text_at(answer, "command"), known[k]) == 0) return true;
    return false;
}

cgm_status report_soundness(report *r)
{
    size_t i;
    const json_t *answer, *judges = report_answer(r, "predictors", 0);
    if (!report_answer(r, "evaluate", 0))
        html_printf(
            r->f, "p",
            "The counterfactuals were not evaluated: \"cgm evaluate %s -o sound.h5\" does it, and \"cgm report %s "
            "--with sound.h5\" shows it here.",
            r->path, r->path);
    for (size_t n = 0; (answer = report_answer(r, "evaluate", n)); n++) CGM_TRY(write_evaluation(r, answer));
    CGM_TRY(report_published(r));
    if (judges) CGM_TRY(write_predictors(r, judges));
    for (size_t n = 0; (answer = report_answer(r, "realism", n)); n++) {
        html_element(r->f, "h3", "Samples");
        write_source(r, answer);
        CGM_TRY(html_table(r->f, "How like the data samples are, beside what real images reach", tool_realism_columns.n,
                           tool_realism_columns.column, json_object_get(answer, "answer")));
    }
    json_array_foreach(r->results, i, answer) if (!is_known(answer)) CGM_TRY(write_other(r, answer));
    return CGM_OK;
}
