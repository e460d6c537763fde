/* What cgm evaluate answers as rows, and what was expected of them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/evaluate.h"

static const tool_column columns[] = {{"metric", "", NULL, false},
                                      {"do", "do", NULL, true},
                                      {"attribute", "of", NULL, true},
                                      {"by", "by", NULL, true},
                                      {"noise", "noise", "%.3g", false},
                                      {"after", "after", NULL, true},
                                      {"n", "images", NULL, false},
                                      {"value", "mean", "%.4g", false},
                                      {"deviation", "dev. of seeds", "%.2g", true},
                                      {"error", "std. error", "%.2g", true},
                                      {"low", "low", "%.4g", true},
                                      {"high", "high", "%.4g", true},
                                      {"real", "real", "%.4g", true}};
const tool_columns tool_evaluate_columns = {sizeof columns / sizeof *columns, columns};

/* Of figures of which something is expected. */
static const tool_column expected_columns[] = {
    {"metric", "", NULL, false},          {"do", "do", NULL, true},
    {"attribute", "of", NULL, true},      {"by", "by", NULL, true},
    {"noise", "noise", "%.3g", false},    {"after", "after", NULL, true},
    {"value", "achieved", "%.4g", false}, {"wanted", "wanted", NULL, true},
    {"target", "target", "%.4g", true},   {"tolerance", "tolerance", "%+.4g", true},
    {"verdict", "verdict", NULL, true},   {"published", "published", "%.4g", true}};

static json_t *figure_of(const cgm_evaluation_row *r)
{
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "metric", r->metric, "do",
                     tool_json_text(r->treatment), "attribute", tool_json_text(r->attribute), "by",
                     tool_json_text(r->by), "noise", tool_json_number(r->noise), "after",
                     r->after ? json_integer((json_int_t)r->after) : json_null(), "n", (json_int_t)r->n, "value",
                     tool_json_number(r->value), "deviation", tool_json_number(r->deviation), "error",
                     tool_json_number(r->error), "low", tool_json_number(r->low), "high", tool_json_number(r->high),
                     "real", tool_json_number(r->real));
}

/* Whether something is expected of the figure, or known of it elsewhere; of any. */
static bool is_expected(const cgm_evaluation_row *r)
{
    return r->verdict || isfinite(r->published);
}

static bool expects(const cgm_evaluation *e)
{
    bool any = false;
    for (size_t k = 0; k < e->n_rows; k++) any = any || is_expected(&e->row[k]);
    return any;
}

/* Where something is expected, with what that is. */
static json_t *row_of(const cgm_evaluation_row *r, bool expected)
{
    json_t *row = figure_of(r);
    if (!row || !expected) return row;
    json_t *more = json_pack("{s:o, s:o, s:o, s:o, s:o}", "wanted", tool_json_text(r->wanted), "target",
                             tool_json_number(r->target), "tolerance", tool_json_number(r->tolerance), "verdict",
                             tool_json_text(r->verdict), "published", tool_json_number(r->published));
    if (more) json_object_update(row, more);
    json_decref(more);
    return row;
}

/* The printed table has of the cycles the first and the last. */
json_t *tool_evaluation_rows(const cgm_evaluation *e, bool all)
{
    bool expected = all && expects(e);
    json_t *rows = json_array();
    for (size_t k = 0; k < e->n_rows; k++) {
        const cgm_evaluation_row *r = &e->row[k];
        if (all || r->after <= 1 || r->after == e->cycles) json_array_append_new(rows, row_of(r, expected));
    }
    return rows;
}

/* ---- What was expected ---- */

static cgm_status write_notes(const cgm_evaluation *e, char **notes)
{
    size_t bytes;
    FILE *f = open_memstream(notes, &bytes);
    if (!f) return CGM_FAIL(CGM_E_MEMORY, "out of memory for notes");
    fputs("target: where there is a tolerance, what the judge makes of the factual images, or training images make of "
          "FID and KID",
          f);
    for (size_t k = 0; k < e->n_absent; k++) fprintf(f, "\nmissed, as this model has no such figure: %s", e->absent[k]);
    return fclose(f) == 0 ? CGM_OK : CGM_FAIL(CGM_E_MEMORY, "out of memory for notes");
}

/* A table of its own below the other: what was expected, and what came out. */
cgm_status tool_evaluation_print_expected(const cgm_evaluation *e)
{
    char title[128];
    char *notes = NULL;
    const tool_options plain = {.json = false};
    CGM_TRY(write_notes(e, &notes));
    json_t *rows = json_array();
    for (size_t k = 0; k < e->n_rows; k++)
        if (is_expected(&e->row[k])) json_array_append_new(rows, row_of(&e->row[k], true));
    if (e->n_expected)
        snprintf(title, sizeof title, "\nwhat was expected: %zu of %zu met", e->n_met, e->n_expected);
    else
        snprintf(title, sizeof title, "\nbeside what was published:");
    tool_result result = {.what = "expectations",
                          .facts = json_object(),
                          .rows = rows,
                          .columns = expected_columns,
                          .n_columns = sizeof expected_columns / sizeof *expected_columns,
                          .title = title,
                          .notes = notes};
    cgm_status status = tool_result_give(&result, &plain);
    free(notes);
    return status;
}
