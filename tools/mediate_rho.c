/* cgm mediate --rho. */
#include <stdio.h>

#include "tools/mediate.h"

enum { POINTS = 19 }; /* -0.9, -0.8, ..., 0.9 */

static const tool_column columns[] = {{"rho", "rho", "%.1f", false},
                                      {"name", "", NULL, false},
                                      {"estimate", "estimate", "%.6g", false},
                                      {"standard_error", "std. error", "%.4g", true},
                                      {"low", "low", "%.4g", true},
                                      {"high", "high", "%.4g", true}};

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
    for (int k = 0; k < 2 && used < size; k++)
        used +=
            (size_t)snprintf(text + used, size - used,
                             "NIE(%d) is 0 at rho %.4g: a hidden cause of both would have to explain shares of what "
                             "is left of them whose product is %.4g (%.4g of their variances).%s",
                             k, s->rho[k], s->residual_product[k], s->variance_product[k], k ? "" : "\n");
}

cgm_status tool_mediate_rho(cgm_run *run, const cgm_mediation_opts *opts, const tool_options *options)
{
    double rho[POINTS];
    cgm_sensitivity_point point[POINTS];
    cgm_sensitivity s;
    char title[512], notes[1024];
    for (int i = 0; i < POINTS; i++) rho[i] = (i - POINTS / 2) / 10.0;
    if (options->png) return CGM_FAIL(CGM_E_ARG, "--png: expected no --rho beside it");
    CGM_TRY(cgm_run_sensitivity(run, opts, POINTS, rho, point, &s));
    json_t *rows = json_array();
    for (int i = 0; i < POINTS; i++) {
        for (int k = 0; k < 2; k++) add_row(rows, rho[i], &point[i].nie[k]);
        for (int k = 0; k < 2; k++) add_row(rows, rho[i], &point[i].nde[k]);
    }
    tool_mediate_title(opts, sizeof title, title);
    write_notes(opts, &s, sizeof notes, notes);
    tool_result r = {.what = "sensitivity",
                     .facts = tool_result_facts("mediate", tool_mediate_query(opts), opts->seed),
                     .rows = rows,
                     .columns = columns,
                     .n_columns = sizeof columns / sizeof *columns,
                     .title = title,
                     .notes = notes};
    json_object_set_new(r.facts, "rho_at_zero", pair(s.rho));
    json_object_set_new(r.facts, "residual_product_at_zero", pair(s.residual_product));
    json_object_set_new(r.facts, "variance_product_at_zero", pair(s.variance_product));
    return tool_result_give(&r, options);
}
