/* The figures that a verdict rests on, and what they should be: what the run's question expects of them, else the rules
 * below.
 *
 * Rules for MorphoMNIST are what this project holds its own models to: De Sousa Ribeiro et al.'s protocol, errors
 * beside the judge's own. Other data have rules of thumb, said to be such: nobody has published bars for them. */
#include <math.h>
#include <string.h>

#include "tools/report/verdict.h"

#define COMPOSITION 0.70   /* grey levels, after one null intervention */
#define REVERSIBILITY 3.0  /* grey levels, after one cycle */
#define ACCURACY_LOSS 0.04 /* of the judge's own accuracy */
#define SHARE_OF_SD 0.05   /* of a continuous attribute's standard deviation, added to the judge's own error */
#define TRUTH_RATIO 0.5    /* of the distance of doing nothing */
#define JUDGE_ACCURACY 0.9
#define JUDGE_R_SQUARED 0.9
#define JUDGE_CALIBRATION 0.05

/* What is added to the judge's own error, on MorphoMNIST: pixels, grey levels. */
static const struct {
    const char *attribute;
    double own, kept; /* under its own intervention; under another one */
} tolerances[] = {{"thickness", 0.02, 0.08}, {"intensity", 1.5, 1.5}};

static double number_at(const json_t *row, const char *key)
{
    const json_t *value = json_object_get(row, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

const json_t *verdict_find(const json_t *rows, const char *metric, const char *treatment, const char *attribute,
                           const char *by)
{
    size_t i;
    const json_t *row;
    double noise = report_noise(rows);
    json_array_foreach((json_t *)rows, i, row)
    {
        double after = number_at(row, "after");
        if (by && strncmp(report_text_at(row, "by"), by, strlen(by)) != 0) continue;
        if (report_is(row, metric, treatment, attribute, noise, 0) && !(after > 1)) return row;
    }
    return NULL;
}

/* ---- Judges ---- */

static cgm_status check_judge(report *r, const json_t *row)
{
    const char *name = report_text_at(row, "predictor");
    bool levels = json_is_number(json_object_get(row, "accuracy"));
    const char *title = cgm_arena_printf(&r->arena, "judge %s: %s", name, levels ? "accuracy" : "R^2");
    const char *second = cgm_arena_printf(&r->arena, "judge %s: calibration error", name);
    if (!title || !second) return CGM_E_MEMORY;
    const verdict_check good = {title,
                                "whether the judge can read real images at all",
                                levels ? number_at(row, "accuracy") : number_at(row, "r_squared"),
                                1,
                                levels ? JUDGE_ACCURACY : JUDGE_R_SQUARED,
                                true};
    CGM_TRY(verdict_add(r, &good));
    const verdict_check calibrated = {
        second, "whether it is as sure as it should be", number_at(row, "calibration_error"), 0, JUDGE_CALIBRATION,
        false};
    return verdict_add(r, &calibrated);
}

static cgm_status check_judges(report *r)
{
    size_t i;
    const json_t *row, *judges = report_answer(r, "predictors", 0);
    json_array_foreach(json_object_get(judges, "answer"), i, row) CGM_TRY(check_judge(r, row));
    return CGM_OK;
}

/* ---- What the question expects ---- */

/* What `expect` says of a figure goes before the rules of this file. */
static cgm_status check_figure(report *r, const json_t *row, const verdict_check *c)
{
    verdict_check asked = *c;
    const char *wanted = report_text_at(row, "wanted");
    double tolerance = number_at(row, "tolerance");
    if (wanted[0]) {
        asked.target = number_at(row, "target") + (isfinite(tolerance) ? tolerance : 0);
        asked.at_least = strcmp(wanted, "at least") == 0;
        asked.asked = true;
    }
    return verdict_add(r, &asked);
}

/* ---- Effectiveness ---- */

/* NaN without data. */
static double deviation_of(const report *r, const char *attribute)
{
    size_t begin, n;
    const cgm_dataset *data = r->no_data ? NULL : cgm_run_data(r->run);
    const double *column = data ? cgm_dataset_column(data, attribute) : NULL;
    double mean = 0, sum = 0;
    if (!column) return (double)NAN;
    cgm_dataset_split(data, CGM_TRAIN, &begin, &n);
    for (size_t i = begin; i < begin + n; i++) mean += column[i] / (double)n;
    for (size_t i = begin; i < begin + n; i++) sum += (column[i] - mean) * (column[i] - mean);
    return n ? sqrt(sum / (double)n) : (double)NAN;
}

/* How much worse than the judge's own error a continuous attribute may be read. */
static double tolerance_of(const report *r, const char *attribute, bool own)
{
    for (size_t k = 0; report_is_morphomnist(r) && k < sizeof tolerances / sizeof *tolerances; k++)
        if (strcmp(tolerances[k].attribute, attribute) == 0) return own ? tolerances[k].own : tolerances[k].kept;
    return SHARE_OF_SD * deviation_of(r, attribute);
}

/* Whether the judge reads real images well enough for its readings of others to mean something: "predictor NAME" by its
 * scores where they are known; a measure always does. */
static bool can_judge(const report *r, const json_t *row)
{
    static const char prefix[] = "predictor ";
    const char *by = report_text_at(row, "by");
    size_t i;
    const json_t *score, *judges = json_object_get(report_answer(r, "predictors", 0), "answer");
    if (strncmp(by, prefix, sizeof prefix - 1) != 0) return true;
    json_array_foreach((json_t *)judges, i, score)
    {
        double accuracy = number_at(score, "accuracy");
        if (strcmp(report_text_at(score, "predictor"), by + sizeof prefix - 1) != 0) continue;
        return isfinite(accuracy) ? accuracy >= JUDGE_ACCURACY : number_at(score, "r_squared") >= JUDGE_R_SQUARED;
    }
    return true;
}

static cgm_status check_effect(report *r, const json_t *row)
{
    const char *what = report_text_at(row, "do"), *of = report_text_at(row, "attribute");
    bool own = strcmp(what, of) == 0, levels = strcmp(report_text_at(row, "metric"), "effectiveness accuracy") == 0;
    double real = number_at(row, "real");
    double target = levels ? real - ACCURACY_LOSS : real + tolerance_of(r, of, own);
    const char *title = cgm_arena_printf(&r->arena, "do(%s): %s %s by %s", what, of, levels ? "accuracy" : "error",
                                         report_text_at(row, "by"));
    if (!title) return CGM_E_MEMORY;
    verdict_check c = {title,
                       own ? "whether images show what was set" : "whether what was not set is as the model says",
                       number_at(row, "value"),
                       real,
                       target,
                       levels};
    if (!can_judge(r, row)) {
        c.target = (double)NAN;
        c.meaning = "nothing, as the judge does not read real images well enough";
        return verdict_add(r, &c);
    }
    return check_figure(r, row, &c);
}

/* ---- Images ---- */

static cgm_status check_distance(report *r, const json_t *row, const char *what, double target, const char *meaning)
{
    const char *treatment = report_text_at(row, "do");
    const char *title =
        treatment[0] ? cgm_arena_printf(&r->arena, "do(%s): %s", treatment, what) : cgm_arena_strdup(&r->arena, what);
    if (!title) return CGM_E_MEMORY;
    const verdict_check c = {title, meaning, number_at(row, "value"), 0, target, false};
    return check_figure(r, row, &c);
}

/* At most half as far as the unedited image is. */
static cgm_status check_truth(report *r, const json_t *rows, const json_t *row)
{
    const json_t *nothing = verdict_find(rows, "truth unedited L1", report_text_at(row, "do"), NULL, NULL);
    return check_distance(r, row, "L1 to the true counterfactual, grey levels",
                          TRUTH_RATIO * (nothing ? number_at(nothing, "value") : (double)NAN),
                          "whether images come nearer to the truth than by doing nothing: at most half as far");
}

/* A figure that only the question says something of, at the place that the table of figures has it. */
static cgm_status check_asked(report *r, const json_t *row)
{
    const char *what = report_text_at(row, "do"), *of = report_text_at(row, "attribute");
    const char *by = report_text_at(row, "by");
    double noise = number_at(row, "noise"), after = number_at(row, "after");
    const char *title =
        cgm_arena_printf(&r->arena, "%s%s%s%s%s%s%s%s", what[0] ? "do(" : "", what, what[0] ? "): " : "",
                         report_text_at(row, "metric"), of[0] ? " of " : "", of, by[0] ? " by " : "", by);
    if (title && isfinite(noise)) title = cgm_arena_printf(&r->arena, "%s, noise %.3g", title, noise);
    if (title && isfinite(after)) title = cgm_arena_printf(&r->arena, "%s, after %.0f", title, after);
    if (!title) return CGM_E_MEMORY;
    const verdict_check c = {
        title, "what the run's own question expects", number_at(row, "value"), number_at(row, "real"), (double)NAN,
        false};
    return check_figure(r, row, &c);
}

static cgm_status check_row(report *r, const json_t *rows, const json_t *row, double noise)
{
    if (report_is(row, "composition L1", NULL, NULL, noise, 1))
        return check_distance(r, row, "composition, L1 after one null intervention, grey levels", COMPOSITION,
                              "whether an image stays as it is when nothing is changed");
    if (report_is(row, "reversibility L1", NULL, NULL, noise, 1))
        return check_distance(r, row, "reversibility, L1 after one cycle, grey levels", REVERSIBILITY,
                              "whether an intervention can be undone");
    if (report_is(row, "truth L1", NULL, NULL, noise, 0)) return check_truth(r, rows, row);
    if (report_is(row, "effectiveness error", NULL, NULL, noise, 0) ||
        report_is(row, "effectiveness accuracy", NULL, NULL, noise, 0))
        return check_effect(r, row);
    return report_text_at(row, "wanted")[0] ? check_asked(r, row) : CGM_OK;
}

cgm_status verdict_check_all(report *r)
{
    size_t i;
    const json_t *row, *rows = json_object_get(report_answer(r, "evaluate", 0), "answer");
    double noise = report_noise(rows);
    CGM_TRY(check_judges(r));
    json_array_foreach((json_t *)rows, i, row) CGM_TRY(check_row(r, rows, row, noise));
    return CGM_OK;
}
