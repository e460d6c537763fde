/* cgm predictors: how well a run's predictors read attributes off held-out images. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/result.h"

#define MOST_LEVELS 20 /* of a confusion matrix that is printed */

static const tool_column columns[] = {{"predictor", "predictor", NULL, false},
                                      {"accuracy", "accuracy", "%.4f", true},
                                      {"macro_f1", "macro F1", "%.4f", true},
                                      {"auc", "ROC-AUC", "%.4f", true},
                                      {"mae", "MAE", "%.4g", true},
                                      {"r_squared", "R^2", "%.4f", true},
                                      {"calibration_error", "calibration error", "%.4f", false}};
const tool_columns tool_predictors_columns = {sizeof columns / sizeof *columns, columns};

/* ---- JSON ---- */

static json_t *bins_json(const cgm_predictor_score *s)
{
    json_t *list = json_array();
    for (size_t k = 0; k < CGM_SCORE_BINS; k++)
        json_array_append_new(list, json_pack("{s:I, s:o, s:o}", "n", (json_int_t)s->bin[k].n, "expected",
                                              tool_json_number(s->bin[k].expected), "observed",
                                              tool_json_number(s->bin[k].observed)));
    return list;
}

static json_t *confusion_json(const cgm_predictor *p, const cgm_predictor_score *s)
{
    size_t levels = (size_t)cgm_predictor_attribute(p)->levels;
    if (!s->confusion) return json_null();
    json_t *list = json_array();
    for (size_t t = 0; t < levels; t++) {
        json_t *row = json_array();
        for (size_t r = 0; r < levels; r++)
            json_array_append_new(row, json_integer((json_int_t)s->confusion[t * levels + r]));
        json_array_append_new(list, row);
    }
    return list;
}

static json_t *given_json(const cgm_predictor *p)
{
    const cgm_variable *const *given;
    size_t n = cgm_predictor_given(p, &given);
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) json_array_append_new(list, json_string(given[i]->name));
    return list;
}

/* What a file holds of it; first, fitted and validated: training rows that it saw. */
static json_t *figures_json(const cgm_predictor *p, const cgm_predictor_score *s)
{
    const cgm_rows_seen seen = cgm_predictor_rows(p);
    return json_pack(
        "{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "predictor", cgm_predictor_name(p),
        "attribute", cgm_predictor_attribute(p)->name, "image", cgm_predictor_image(p)->name, "first",
        (json_int_t)seen.first, "fitted", (json_int_t)seen.fitted, "validated", (json_int_t)seen.validated, "seed",
        (json_int_t)cgm_predictor_seed(p), "rows", (json_int_t)s->n, "accuracy", tool_json_number(s->accuracy),
        "macro_f1", tool_json_number(s->macro_f1), "auc", tool_json_number(s->auc), "mae", tool_json_number(s->mae),
        "r_squared", tool_json_number(s->r_squared), "calibration_error", tool_json_number(s->calibration_error));
}

static json_t *score_json(const cgm_predictor *p, const cgm_predictor_score *s)
{
    json_t *object = figures_json(p, s), *rest = json_pack("{s:o, s:o, s:o}", "given", given_json(p), "confusion",
                                                           confusion_json(p, s), "reliability", bins_json(s));
    if (object && json_object_update(object, rest)) {
        json_decref(object);
        object = NULL;
    }
    json_decref(rest);
    return object;
}

/* ---- Notes: the confusion matrices ---- */

static void write_confusion(FILE *f, const cgm_predictor *p, const cgm_predictor_score *s)
{
    const cgm_variable *v = cgm_predictor_attribute(p);
    char text[CGM_VALUE_TEXT];
    int width = 5;
    for (int k = 0; k < v->levels; k++) {
        int length = (int)strlen(cgm_variable_text(v, k, text));
        width = length > width ? length : width;
    }
    fprintf(f, "%s: rows are the true level, columns what was read\n%*s", cgm_predictor_name(p), width, "");
    for (int k = 0; k < v->levels; k++) fprintf(f, " %*s", width, cgm_variable_text(v, k, text));
    for (int t = 0; t < v->levels; t++) {
        fprintf(f, "\n%*s", width, cgm_variable_text(v, t, text));
        for (int r = 0; r < v->levels; r++) fprintf(f, " %*zu", width, s->confusion[t * v->levels + r]);
    }
    fputs("\n", f);
}

static void write_rows_seen(FILE *f, const cgm_predictor *p)
{
    const cgm_rows_seen seen = cgm_predictor_rows(p);
    char text[CGM_ROWS_SEEN_TEXT];
    fprintf(f, "%s saw %s; seed %" PRIu64 "\n", cgm_predictor_name(p), cgm_rows_seen_text(&seen, text),
            cgm_predictor_seed(p));
}

/* ---- The command ---- */

typedef struct scores {
    size_t n;
    cgm_predictor **predictor; /* [n] */
    cgm_predictor_score *score;
} scores;

static void scores_clear(scores *s)
{
    for (size_t i = 0; s->score && i < s->n; i++) cgm_predictor_score_clear(&s->score[i]);
    free(s->predictor);
    free(s->score);
}

/* The run has predictors. */
static cgm_status evaluate(cgm_run *run, const cgm_row_choice *choice, scores *s)
{
    size_t n = cgm_run_predictors(run);
    s->predictor = calloc(n, sizeof(cgm_predictor *));
    s->score = calloc(n, sizeof *s->score);
    if (!s->predictor || !s->score) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu predictors", n);
    for (; s->n < n; s->n++) {
        s->predictor[s->n] = cgm_run_predictor_at(run, s->n);
        CGM_TRY(cgm_predictor_evaluate(run, s->predictor[s->n], choice, &s->score[s->n]));
    }
    return CGM_OK;
}

static cgm_status evaluate_asked(cgm_run *run, const tool_options *options, scores *s)
{
    const cgm_row_choice choice = {.split = (cgm_split)options->split,
                                   .n = options->n > 0 ? (size_t)options->n : 0,
                                   .n_rows = options->n_rows,
                                   .rows = options->rows};
    if (cgm_run_predictors(run) == 0)
        return CGM_FAIL(CGM_E_ARG, "%s: the run has no predictors: expected a section `predictors` in its config",
                        options->argument[0]);
    return evaluate(run, &choice, s);
}

static json_t *rows_of(const scores *s)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < s->n; i++) json_array_append_new(rows, score_json(s->predictor[i], &s->score[i]));
    return rows;
}

cgm_status tool_predictors_answer(cgm_run *run, const cgm_row_choice *choice, json_t **rows)
{
    scores s = {0};
    cgm_status status = evaluate(run, choice, &s);
    if (status == CGM_OK && !(*rows = rows_of(&s))) status = CGM_FAIL(CGM_E_MEMORY, "out of memory for scores");
    scores_clear(&s);
    return status;
}

static cgm_status write_notes(const scores *s, char **notes)
{
    size_t bytes;
    FILE *f = open_memstream(notes, &bytes);
    if (!f) return CGM_FAIL(CGM_E_MEMORY, "out of memory for notes");
    for (size_t i = 0; i < s->n; i++) {
        write_rows_seen(f, s->predictor[i]);
        bool few = cgm_predictor_attribute(s->predictor[i])->levels <= MOST_LEVELS;
        if (s->score[i].confusion && few) write_confusion(f, s->predictor[i], &s->score[i]);
    }
    long end = ftell(f);
    if (fclose(f) != 0) return CGM_FAIL(CGM_E_MEMORY, "out of memory for notes");
    if (end > 0) (*notes)[end - 1] = '\0'; /* the last line's end is the table's business */
    return CGM_OK;
}

static cgm_status give(const cgm_run *run, const scores *s, const tool_options *options)
{
    char title[160], *notes = NULL;
    const char *split = options->split == CGM_TRAIN ? "training" : "test";
    json_t *rows = rows_of(s), *file_rows = json_array();
    for (size_t i = 0; i < s->n; i++) json_array_append_new(file_rows, figures_json(s->predictor[i], &s->score[i]));
    snprintf(title, sizeof title, "what predictors read off %zu %s images", s->score[0].n, split);
    cgm_status status = write_notes(s, &notes);
    tool_result r = {.what = "scores of predictors",
                     .facts = tool_result_facts("predictors", json_pack("{s:s}", "split", split), 0),
                     .rows = rows,
                     .file_rows = file_rows,
                     .columns = columns,
                     .n_columns = sizeof columns / sizeof *columns,
                     .title = title,
                     .notes = notes};
    json_object_set_new(r.facts, "seed", json_null()); /* nothing is drawn */
    json_object_set_new(r.facts, "data", json_string(cgm_dataset_description(cgm_run_data(run))));
    if (status == CGM_OK) status = tool_result_give(&r, options);
    free(notes);
    return status;
}

static cgm_status run_predictors(const tool_options *options)
{
    cgm_run *run = NULL;
    scores s = {0};
    CGM_TRY(tool_result_check(options->out));
    CGM_TRY(tool_open(options->argument[0], options, &run));
    cgm_status status = evaluate_asked(run, options, &s);
    if (status == CGM_OK && options->png)
        status = cgm_predictor_draw_reliability(options->png, s.n, s.predictor, s.score);
    if (status == CGM_OK) status = give(run, &s, options);
    if (status == CGM_OK && options->png && !options->json) printf("wrote %s (reliability diagrams)\n", options->png);
    scores_clear(&s);
    cgm_run_destroy(run);
    return status;
}

static const tool_option takes[] = {{OPT_SPLIT, NULL},
                                    {OPT_N, "rows: the first N of the split (all)"},
                                    {OPT_INDEX, NULL},
                                    {OPT_PNG, "reliability diagrams to draw"},
                                    {OPT_OUT, "file to write, .csv or .h5"},
                                    {OPT_JSON, "print one JSON object, with confusion matrices and reliability"},
                                    {OPT_PATH, NULL},
                                    {OPT_NONE, NULL}};

const tool tool_predictors_row = {
    .name = "predictors",
    .arguments = "RUN",
    .n_arguments = 1,
    .brief = "how well a run's predictors read attributes off held-out images",
    .doc = "Of an attribute with levels: accuracy, macro F1, the area under the ROC (of several levels the mean over "
           "each against the others), the confusion matrix and the expected calibration error; of an ordinal one, too, "
           "the mean error in levels. Of a continuous one: mean absolute error, R^2, and how far the shares below its "
           "quantiles are from what they should be. A reliability diagram shows how often what is said to be so "
           "probable is so.",
    .options = takes,
    .run = run_predictors,
};
