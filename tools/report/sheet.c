/* The data: rows, variables, histograms, and some of the images. */
#include <math.h>
#include <stdlib.h>

#include "tools/report/chart.h"
#include "tools/report/report.h"

enum { BINS = 24, MOST_BARS = 64, IMAGES = 12 };

static const tool_column columns[] = {{"name", "variable", NULL, false},       {"type", "type", NULL, false},
                                      {"shape", "values", NULL, true},         {"least", "least", "%.5g", false},
                                      {"greatest", "greatest", "%.5g", false}, {"mean", "mean", "%.5g", true},
                                      {"sd", "std. deviation", "%.4g", true}};

/* "10 levels", "1 x 32 x 32 pixels", "in (0.5, 8)". */
static json_t *shape_of(const cgm_variable *v)
{
    if (v->type == CGM_IMAGE) return json_sprintf("%d x %d x %d pixels", v->channels, v->height, v->width);
    if (v->type == CGM_VECTOR) return json_sprintf("%d numbers", v->width);
    if (cgm_variable_has_levels(v)) return json_sprintf("%d levels", v->levels);
    return v->bounded ? json_sprintf("in (%g, %g)", v->low, v->high) : json_null();
}

static cgm_status write_summary(report *r, cgm_split split, const char *caption)
{
    cgm_data_summary summary;
    size_t begin, n;
    char text[160];
    cgm_dataset_split(cgm_run_data(r->run), split, &begin, &n);
    if (n == 0) return CGM_OK;
    CGM_TRY(cgm_data_summary_fill(cgm_run_data(r->run), split, &summary));
    json_t *rows = json_array();
    for (size_t k = 0; k < summary.n; k++) {
        const cgm_variable_summary *s = &summary.variable[k];
        bool levels = cgm_variable_has_levels(s->variable);
        json_array_append_new(rows, json_pack("{s:s, s:s, s:o, s:f, s:f, s:o, s:o}", "name", s->variable->name, "type",
                                              cgm_variable_type_name(s->variable), "shape", shape_of(s->variable),
                                              "least", s->least, "greatest", s->greatest, "mean",
                                              levels ? json_null() : tool_json_number(s->mean), "sd",
                                              levels ? json_null() : tool_json_number(s->sd)));
    }
    snprintf(text, sizeof text, "%s: %zu rows; of an image the pixels, without padding", caption, n);
    cgm_status status = html_table(r->f, text, sizeof columns / sizeof *columns, columns, rows);
    json_decref(rows);
    cgm_data_summary_clear(&summary);
    return status;
}

/* ---- Histograms ---- */

typedef struct histogram {
    size_t n;
    double low, high;
    double share[MOST_BARS], other[MOST_BARS]; /* of training rows, of test rows */
} histogram;

static void count(const report *r, const double *column, cgm_split split, const histogram *h, double *share)
{
    size_t begin, n;
    cgm_dataset_split(cgm_run_data(r->run), split, &begin, &n);
    for (size_t i = begin; i < begin + n; i++) {
        double at = (column[i] - h->low) / (h->high - h->low) * (double)h->n;
        size_t k = at >= 0 ? (size_t)fmin(at, (double)h->n - 1) : 0;
        share[k] += 1 / (double)n;
    }
}

static void write_histogram(const report *r, const cgm_variable *v)
{
    const cgm_dataset *data = cgm_run_data(r->run);
    const double *column = cgm_dataset_column(data, v->name);
    char low[CGM_VALUE_TEXT], high[CGM_VALUE_TEXT];
    histogram h = {.n = BINS, .low = INFINITY, .high = -INFINITY};
    size_t begin, tests, n = cgm_dataset_rows(data);
    if (!column || n == 0) return;
    for (size_t i = 0; i < n; i++) {
        h.low = fmin(h.low, column[i]);
        h.high = fmax(h.high, column[i]);
    }
    double first = h.low, last = h.high;
    if (cgm_variable_has_levels(v) && v->levels <= MOST_BARS) {
        h.n = (size_t)v->levels;
        h.low = first = 0;
        h.high = v->levels;
        last = v->levels - 1;
    }
    if (!(h.high > h.low)) h.high = h.low + 1;
    count(r, column, CGM_TRAIN, &h, h.share);
    cgm_dataset_split(data, CGM_TEST, &begin, &tests);
    if (tests) count(r, column, CGM_TEST, &h, h.other);
    snprintf(low, sizeof low, "%.4g", first);
    snprintf(high, sizeof high, "%.4g", last);
    if (v->level_names) {
        cgm_variable_text(v, first, low);
        cgm_variable_text(v, last, high);
    }
    const chart_bars bars = {v->name, low, high, h.n, h.share, tests ? h.other : NULL};
    chart_bars_draw(r->f, &bars);
}

/* ---- Images ---- */

/* "digit 3, thickness 2.4" */
static void write_values(const report *r, size_t row)
{
    const cgm_dataset *data = cgm_run_data(r->run);
    for (size_t v = 0, n = 0; v < cgm_dataset_variables(data); v++) {
        char text[CGM_VALUE_TEXT];
        const cgm_variable *x = cgm_dataset_variable(data, v);
        const double *column = cgm_dataset_column(data, x->name);
        if (!column || n == 4) continue;
        cgm_variable_text(x, column[row], text);
        if (!cgm_variable_has_levels(x)) snprintf(text, sizeof text, "%.3g", column[row]);
        fputs(n++ ? ", " : "", r->f);
        html_text(r->f, x->name);
        fputc(' ', r->f);
        html_text(r->f, text);
    }
}

static cgm_status write_images(report *r, const cgm_variable *v)
{
    const cgm_dataset *data = cgm_run_data(r->run);
    size_t begin, all, n;
    cgm_dataset_split(data, CGM_TRAIN, &begin, &all);
    n = all < IMAGES ? all : IMAGES;
    double *pixels = malloc(cgm_variable_width(v) * sizeof *pixels);
    cgm_status status = pixels ? CGM_OK : CGM_FAIL(CGM_E_MEMORY, "out of memory for an image");
    html_printf(r->f, "h3", "%s: %zu of %zu training images", v->name, n, all);
    fputs("<div class=\"images\">\n", r->f);
    for (size_t k = 0; status == CGM_OK && k < n; k++) {
        uint8_t *bytes;
        size_t size, row = begin + all * k / n;
        CGM_TRY_GOTO(cgm_dataset_read(data, v->name, 1, &row, pixels), done);
        CGM_TRY_GOTO(cgm_image_encode(v, 0, pixels, &bytes, &size), done);
        fputs("<figure><img class=\"pixels\" src=\"", r->f);
        html_data(r->f, "image/png", size, bytes);
        fputs("\" alt=\"training image, ", r->f);
        write_values(r, row);
        fputs("\"><figcaption>", r->f);
        write_values(r, row);
        fputs("</figcaption></figure>\n", r->f);
        free(bytes);
    }
done:
    fputs("</div>\n", r->f);
    free(pixels);
    return status;
}

cgm_status report_data(report *r)
{
    if (r->no_data) {
        html_printf(r->f, "p", "The data were not read: %s", r->no_data);
        return CGM_OK;
    }
    const cgm_dataset *data = cgm_run_data(r->run);
    html_printf(r->f, "p", "%s. The true counterfactuals are %s.", cgm_dataset_description(data),
                cgm_dataset_has_truth(data) ? "known, as the data were generated" : "not known");
    CGM_TRY(write_summary(r, CGM_TRAIN, "Training split"));
    CGM_TRY(write_summary(r, CGM_TEST, "Test split"));
    html_element(r->f, "p", "Histograms: bars are training rows, the line is test rows.");
    fputs("<div class=\"charts\">\n", r->f);
    for (size_t v = 0; v < cgm_dataset_variables(data); v++) write_histogram(r, cgm_dataset_variable(data, v));
    fputs("</div>\n", r->f);
    for (size_t v = 0; v < cgm_dataset_variables(data); v++) {
        const cgm_variable *x = cgm_dataset_variable(data, v);
        if (x->type == CGM_IMAGE && (x->channels == 1 || x->channels == 3)) CGM_TRY(write_images(r, x));
    }
    return CGM_OK;
}
