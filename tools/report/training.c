/* Training: what each part took, and the curves of its metrics. */
#include <math.h>
#include <string.h>

#include "tools/report/chart.h"
#include "tools/report/report.h"

static const tool_column columns[] = {
    {"name", "part", NULL, false},       {"state", "state", NULL, false},
    {"steps", "steps", NULL, false},     {"seconds", "seconds", "%.1f", false},
    {"step", "ms a step", "%.3g", true}, {"memory", "planned memory, MB", "%.1f", true}};

static json_t *row_of(const report *r, size_t i)
{
    cgm_run_progress p;
    cgm_run_get_progress(r->run, i, &p);
    double ms = p.steps > 1 ? 1000 * p.seconds / (double)p.steps : (double)NAN;
    return json_pack("{s:s, s:s, s:I, s:o, s:o, s:o}", "name", cgm_run_part_name(r->run, i), "state",
                     p.finished ? "finished"
                     : p.steps  ? "under way"
                                : "not begun",
                     "steps", (json_int_t)p.steps, "seconds", tool_json_number(p.seconds), "step", tool_json_number(ms),
                     "memory", p.memory_bytes ? json_real((double)p.memory_bytes / 1e6) : json_null());
}

static cgm_status write_parts(report *r)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < cgm_run_parts(r->run); i++) json_array_append_new(rows, row_of(r, i));
    cgm_status status = html_table(
        r->f, "What each part of the run took; memory is the peak that was planned for training it, besides the data",
        sizeof columns / sizeof *columns, columns, rows);
    json_decref(rows);
    return status;
}

/* A part of one step has no curves. */
static cgm_status write_curves(report *r, size_t i)
{
    cgm_run_progress p;
    cgm_run_get_progress(r->run, i, &p);
    if (p.steps < 2 || p.n_metrics == 0) return CGM_OK;
    html_element(r->f, "h3", cgm_run_part_name(r->run, i));
    fputs("<div class=\"charts\">\n", r->f);
    for (size_t k = 0; k < p.n_metrics; k++) {
        size_t steps;
        const double *value = cgm_run_metric(r->run, i, p.metrics[k].name, &steps);
        if (value) CGM_TRY(chart_curve(r->f, cgm_run_part_name(r->run, i), p.metrics[k].name, steps, value));
    }
    fputs("</div>\n", r->f);
    return CGM_OK;
}

cgm_status report_training(report *r)
{
    cgm_run_facts facts;
    cgm_run_get_facts(r->run, &facts);
    html_printf(r->f, "p", "%.1f seconds of training in all, begun %s, %s%s.", facts.seconds, facts.created,
                cgm_run_is_finished(r->run) ? "finished " : "not finished", facts.finished);
    CGM_TRY(write_parts(r));
    html_element(
        r->f, "p",
        "The curves are means over runs of steps, with the range of the single steps behind them. An axis spans "
        "what a curve does after its first twentieth, so that the fall at the beginning may leave the frame.");
    for (size_t i = 0; i < cgm_run_parts(r->run); i++) CGM_TRY(write_curves(r, i));
    return CGM_OK;
}
