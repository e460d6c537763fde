/* Counterfactuals with a slider for each attribute, and what an attribute does to images on average. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/report/worlds.h"

static const char *const kind_names[] = {
    [WORLD_COUNTERFACTUAL] = "counterfactual", [WORLD_CHANGE] = "change", [WORLD_TRUTH] = "true counterfactual"};

/* "7", "female", "3.5" */
static const char *text_of(const cgm_variable *v, double value, char text[CGM_VALUE_TEXT])
{
    if (cgm_variable_has_levels(v)) return cgm_variable_text(v, value, text);
    snprintf(text, CGM_VALUE_TEXT, "%.4g", value);
    return text;
}

/* ---- What the slider shows, as JSON ---- */

static void write_frames(FILE *f, const worlds *w, world_kind kind)
{
    fprintf(f, "%s\"%s\":[", kind ? "," : "", kind_names[kind]);
    for (size_t k = 0; k < w->steps; k++) {
        fputs(k ? ",[" : "[", f);
        for (size_t i = 0; i < w->n; i++) {
            const picture *p = &w->shown[kind][k * w->n + i];
            fputs(i ? ",\"" : "\"", f);
            html_base64(f, p->n, p->bytes);
            fputc('"', f);
        }
        fputc(']', f);
    }
    fputs("]\n", f);
}

static cgm_status write_texts(FILE *f, const worlds *w)
{
    json_t *values = json_array(), *moved = json_array();
    char text[CGM_VALUE_TEXT];
    for (size_t k = 0; k < w->steps; k++)
        json_array_append_new(values, json_string(text_of(cgm_scm_variable(w->scm, w->attribute), w->value[k], text)));
    for (size_t m = 0; m < w->n_moved; m++) {
        json_t *steps = json_array();
        for (size_t k = 0; k < w->steps; k++) {
            json_t *row = json_array();
            for (size_t i = 0; i < w->n; i++)
                json_array_append_new(row, json_string(text_of(cgm_scm_variable(w->scm, w->moved[m]),
                                                               w->moved_value[m][k * w->n + i], text)));
            json_array_append_new(steps, row);
        }
        json_array_append_new(moved, steps);
    }
    json_t *object = json_pack("{s:o, s:o}", "values", values, "moved", moved);
    /* "</" would end the script. */
    char *dump = object ? json_dumps(object, JSON_COMPACT | JSON_ESCAPE_SLASH | JSON_ENSURE_ASCII) : NULL;
    json_decref(object);
    if (!dump) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a page");
    fputs(dump, f);
    free(dump);
    return CGM_OK;
}

static cgm_status write_data(FILE *f, const worlds *w, const char *id)
{
    fprintf(f, "<script type=\"application/json\" id=\"%s-frames\">{\"pictures\":{", id);
    for (int kind = 0; kind < WORLD_KINDS; kind++)
        if (w->shown[kind]) write_frames(f, w, kind);
    fputs("},\"texts\":", f);
    CGM_TRY(write_texts(f, w));
    fputs("}</script>\n", f);
    return CGM_OK;
}

/* ---- The table of images ---- */

static void write_image(FILE *f, const picture *p, const char *what, size_t i)
{
    fputs("<img class=\"pixels\" src=\"", f);
    html_data(f, "image/png", p->n, p->bytes);
    fprintf(f, "\" alt=\"image %zu, %s\"", i + 1, what);
}

static void write_heads(FILE *f, const worlds *w)
{
    fputs("<thead><tr><td></td>", f);
    for (size_t i = 0; i < w->n; i++) fprintf(f, "<th scope=\"col\">image %zu<br>row %zu</th>", i + 1, w->row[i]);
    fputs("</tr></thead>\n", f);
}

static void write_rows(FILE *f, const worlds *w, size_t step)
{
    char text[CGM_VALUE_TEXT];
    fputs("<tbody><tr><th scope=\"row\">as it is</th>", f);
    for (size_t i = 0; i < w->n; i++) {
        fputs("<td>", f);
        write_image(f, &w->factual[i], "as it is", i);
        fputs("></td>", f);
    }
    fputs("</tr>\n", f);
    for (int kind = 0; kind < WORLD_KINDS; kind++) {
        if (!w->shown[kind]) continue;
        fprintf(f, "<tr><th scope=\"row\">%s</th>", kind_names[kind]);
        for (size_t i = 0; i < w->n; i++) {
            fputs("<td>", f);
            write_image(f, &w->shown[kind][step * w->n + i], kind_names[kind], i);
            fprintf(f, " data-kind=\"%s\" data-image=\"%zu\"></td>", kind_names[kind], i);
        }
        fputs("</tr>\n", f);
    }
    for (size_t m = 0; m < w->n_moved; m++) {
        const cgm_variable *v = cgm_scm_variable(w->scm, w->moved[m]);
        fputs("<tr><th scope=\"row\">", f);
        html_text(f, v->name);
        fputs(", which follows</th>", f);
        for (size_t i = 0; i < w->n; i++) {
            fputs("<td>", f);
            html_text(f, text_of(v, w->moved_factual[m][i], text));
            fprintf(f, " \u2192 <span data-moved=\"%zu\" data-image=\"%zu\">", m, i);
            html_text(f, text_of(v, w->moved_value[m][step * w->n + i], text));
            fputs("</span></td>", f);
        }
        fputs("</tr>\n", f);
    }
    fputs("</tbody>", f);
}

static void write_slider(FILE *f, const worlds *w, const char *id, size_t step)
{
    const cgm_variable *v = cgm_scm_variable(w->scm, w->attribute);
    char text[CGM_VALUE_TEXT];
    fprintf(f, "<p class=\"slider\"><label for=\"%s\">", id);
    html_text(f, v->name);
    fprintf(f,
            "</label> <input type=\"range\" id=\"%s\" min=\"0\" max=\"%zu\" step=\"1\" value=\"%zu\" aria-valuetext=\"",
            id, w->steps - 1, step);
    html_text(f, text_of(v, w->value[step], text));
    fprintf(f, "\"> <output for=\"%s\">", id);
    html_text(f, text);
    fputs("</output></p>\n", f);
}

static void write_mean(FILE *f, const worlds *w)
{
    char first[CGM_VALUE_TEXT], last[CGM_VALUE_TEXT];
    const cgm_variable *v = cgm_scm_variable(w->scm, w->attribute);
    fputs("<figure class=\"effect\"><img class=\"pixels large\" src=\"", f);
    html_data(f, "image/png", w->mean_change.n, w->mean_change.bytes);
    fputs("\" alt=\"mean change of the images\"><figcaption>What ", f);
    html_text(f, v->name);
    fputs(" does to these images on average: from ", f);
    html_text(f, text_of(v, w->value[0], first));
    fputs(" to ", f);
    html_text(f, text_of(v, w->value[w->steps - 1], last));
    fprintf(f,
            ", the mean over %zu images. Red: brighter, blue: darker, full colour at %.0f grey "
            "levels.</figcaption></figure>\n",
            w->n, w->mean_limit);
}

static cgm_status write_figure(report *r, const worlds *w)
{
    char id[64];
    size_t step = w->steps / 2;
    FILE *f = r->f;
    const char *name = cgm_scm_variable(w->scm, w->attribute)->name;
    snprintf(id, sizeof id, "scrub-%zu-%zu", w->image, w->attribute);
    html_printf(f, "h3", "What if %s were set?", name);
    fprintf(f, "<div class=\"scrub\" data-frames=\"%s-frames\">\n", id);
    write_slider(f, w, id, step);
    fputs("<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"images\"><table class=\"images\"><caption>",
          f);
    fprintf(f, "%zu test images as they are, and as they would be were ", w->n);
    html_text(f, name);
    fprintf(
        f, " set by the slider. Change: red is brighter, blue darker, full colour at %.0f grey levels.%s</caption>\n",
        w->change_limit, w->shown[WORLD_TRUTH] ? " The data know what would have been: the true counterfactual." : "");
    write_heads(f, w);
    write_rows(f, w, step);
    fputs("</table></div>\n", f);
    CGM_TRY(write_data(f, w, id));
    fputs("</div>\n", f);
    write_mean(f, w);
    return CGM_OK;
}

/* ---- All attributes ---- */

/* A value that the variable may have. */
static double some_value(const cgm_variable *v)
{
    if (cgm_variable_has_levels(v) || v->type == CGM_COUNT || !v->bounded) return 0;
    if (isfinite(v->low) && isfinite(v->high)) return (v->low + v->high) / 2;
    return isfinite(v->low) ? v->low + 1 : v->high - 1;
}

/* An attribute that may be set: one whose graph says that it cannot be manipulated is left out. */
static bool can_be_set(const cgm_scm *scm, size_t v)
{
    char text[256], value[CGM_VALUE_TEXT];
    cgm_intervention parsed;
    const cgm_variable *x = cgm_scm_variable(scm, v);
    if (!cgm_variable_is_scalar(x)) return false;
    snprintf(text, sizeof text, "%s=%s", x->name, text_of(x, some_value(x), value));
    return cgm_scm_parse_intervention(scm, text, &parsed) == CGM_OK;
}

static cgm_status write_attribute(report *r, size_t image, size_t attribute)
{
    worlds w = {.scm = cgm_run_scm(r->run), .image = image, .attribute = attribute};
    cgm_status status = worlds_choose_values(r, &w);
    if (status == CGM_OK) status = worlds_make(r, &w);
    if (status == CGM_OK) status = write_figure(r, &w);
    worlds_clear(&w);
    return status;
}

static cgm_status write_image_variable(report *r, size_t image, size_t *n)
{
    const cgm_scm *scm = cgm_run_scm(r->run);
    for (size_t v = 0; v < cgm_scm_count(scm); v++) {
        if (!worlds_reaches(scm, v, image) || !can_be_set(scm, v)) continue;
        cgm_status status = write_attribute(r, image, v);
        if (status == CGM_E_UNSUPPORTED) {
            html_printf(r->f, "p", "There are no counterfactuals: %s.", cgm_error_message());
            ++*n;
            return CGM_OK;
        }
        CGM_TRY(status);
        ++*n;
    }
    return CGM_OK;
}

cgm_status report_counterfactuals(report *r)
{
    const cgm_scm *scm = cgm_run_scm(r->run);
    size_t n = 0;
    if (!cgm_run_is_finished(r->run)) {
        html_element(r->f, "p", "The training is not finished, so the model cannot be asked yet.");
        return CGM_OK;
    }
    if (r->no_data) {
        html_element(r->f, "p", "Counterfactuals start from test images, and the data were not read.");
        return CGM_OK;
    }
    html_element(
        r->f, "p",
        "Each slider sets one attribute of the same test images: what is seen of an image is first explained by "
        "noise of its own (abduction), then the attribute is set and all that it causes is computed again "
        "with that noise. The arrow keys move a slider.");
    for (size_t v = 0; v < cgm_scm_count(scm); v++) {
        const cgm_variable *x = cgm_scm_variable(scm, v);
        if (x->type == CGM_IMAGE && (x->channels == 1 || x->channels == 3)) CGM_TRY(write_image_variable(r, v, &n));
    }
    if (n == 0) html_element(r->f, "p", "No image of the model has a cause that could be set.");
    return CGM_OK;
}
