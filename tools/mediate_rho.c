/* cgm mediate --rho. */
#include <math.h>
#include <stdio.h>

#include "tools/mediate.h"

enum { POINTS = 19, MIDDLE = POINTS / 2 }; /* -0.9, -0.8, ..., 0.9 */

/* The printed table has a row for each rho, with both reference levels where they differ; files and JSON have a row for
 * each effect at each rho. */
static const tool_column columns[] = {
    {"rho", "rho", "%.1f", false},     {"nie0", "NIE(0)", "%.6g", false}, {"nie1", "NIE(1)", "%.6g", false},
    {"nde0", "NDE(0)", "%.6g", false}, {"nde1", "NDE(1)", "%.6g", false},
};
static const tool_column alike[] = {
    {"rho", "rho", "%.1f", false}, {"nie0", "NIE", "%.6g", false}, {"nde0", "NDE", "%.6g", false}};

/* The estimate, and behind it its interval where there is one. */
static json_t *cell(const cgm_estimate *e)
{
    char text[96];
    if (isnan(e->low)) return tool_json_number(e->value);
    snprintf(text, sizeof text, "%.6g [%.4g, %.4g]", e->value, e->low, e->high);
    return json_string(text);
}

static void add_table_row(json_t *rows, const cgm_sensitivity_point *p)
{
    json_array_append_new(rows, json_pack("{s:f, s:o, s:o, s:o, s:o}", "rho", p->rho, "nie0", cell(&p->nie[0]), "nie1",
                                          cell(&p->nie[1]), "nde0", cell(&p->nde[0]), "nde1", cell(&p->nde[1])));
}

static void add_row(json_t *rows, double rho, const cgm_estimate *e)
{
    json_t *row = tool_estimate(e);
    json_object_set_new(row, "rho", json_real(rho));
    json_object_del(row, "monte_carlo_error"); /* a closed form has none */
    json_array_append_new(rows, row);
}

static json_t *pair(const double value[2])
{
    return json_pack("[o, o]", tool_json_number(value[0]), tool_json_number(value[1]));
}

/* What the analysis comes to, in words. */
static void write_notes(const cgm_mediation_opts *opts, const cgm_sensitivity *s, size_t size, char *text)
{
    size_t used = tool_write_intervals(&opts->intervals, opts->seed, size, text);
    if (used) text[used++] = '\n';
    for (int k = 0; k < (s->interacts ? 2 : 1) && used < size; k++)
        used +=
            (size_t)snprintf(text + used, size - used,
                             "%sNIE%s is 0 at rho %.4g: a hidden cause of both would have to explain shares of what "
                             "is left of them whose product is %.4g (%.4g of their variances).",
                             k ? "\n" : "",
                             !s->interacts ? ""
                             : k           ? "(1)"
                                           : "(0)",
                             s->rho[k], s->residual_product[k], s->variance_product[k]);
}

cgm_status tool_mediate_rho(cgm_run *run, const cgm_mediation_opts *opts, const tool_options *options)
{
    double rho[POINTS];
    cgm_sensitivity_point point[POINTS];
    cgm_sensitivity s;
    char title[512], notes[1024];
    for (int i = 0; i < POINTS; i++) rho[i] = (i - MIDDLE) / 10.0;
    if (options->png) return CGM_FAIL(CGM_E_ARG, "--png: expected no --rho beside it");
    CGM_TRY(cgm_run_sensitivity(run, opts, POINTS, rho, point, &s));
    json_t *rows = json_array(), *table = json_array();
    for (int i = 0; i < POINTS; i++) {
        add_table_row(table, &point[i]);
        for (int k = 0; k < 2; k++) add_row(rows, rho[i], &point[i].nie[k]);
        for (int k = 0; k < 2; k++) add_row(rows, rho[i], &point[i].nde[k]);
    }
    tool_mediate_title(opts, sizeof title, title);
    write_notes(opts, &s, sizeof notes, notes);
    tool_result r = {.what = "sensitivity",
                     .facts = tool_result_facts("mediate", tool_mediate_query(opts), opts->seed),
                     .rows = rows,
                     .table_rows = table,
                     .columns = s.interacts ? columns : alike,
                     .n_columns = s.interacts ? sizeof columns / sizeof *columns : sizeof alike / sizeof *alike,
                     .title = title,
                     .notes = notes};
    json_object_set_new(r.facts, "rho_at_zero", pair(s.rho));
    json_object_set_new(r.facts, "residual_product_at_zero", pair(s.residual_product));
    json_object_set_new(r.facts, "variance_product_at_zero", pair(s.variance_product));
    return tool_result_give(&r, options);
}
