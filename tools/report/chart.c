#include "tools/report/chart.h"

#include <math.h>

#include "tools/curve.h"
#include "tools/report/html.h"

enum { POINTS = 240, WIDTH = 270, HEIGHT = 120, LEFT = 60, BOTTOM = 16, TOP = 6, SIDE = 130 };

/* The figure up to the drawing: the caption is what a reader sees, the label what a screen reader says. */
static void begin(FILE *f, const char *caption, const char *label, int width, int height)
{
    fputs("<figure class=\"chart\"><figcaption>", f);
    html_text(f, caption);
    fputs("</figcaption><svg role=\"img\" aria-label=\"", f);
    html_text(f, label);
    fprintf(f, "\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\">", width, height, width, height);
}

static void end(FILE *f)
{
    fputs("</svg></figure>\n", f);
}

static void put(FILE *f, double x, double y, const char *anchor, const char *text)
{
    fprintf(f, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
    html_text(f, text);
    fputs("</text>", f);
}

/* ---- Curves ---- */

static double across(size_t k, size_t n)
{
    return LEFT + (WIDTH - LEFT - 4) * ((double)k + 0.5) / (double)n;
}

/* Within the frame, which it leaves by a little where the curve is beyond it. */
static double upwards(double value, double low, double high)
{
    double share = (value - low) / (high - low);
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - fmin(1.02, fmax(-0.02, share)));
}

static void draw_band(FILE *f, size_t n, const double *least, const double *greatest, double low, double high)
{
    fputs("<path class=\"band\" d=\"", f);
    for (size_t k = 0; k < n; k++)
        if (isfinite(least[k]))
            fprintf(f, "M%.1f %.1fV%.1f", across(k, n), upwards(least[k], low, high), upwards(greatest[k], low, high));
    fputs("\"/>", f);
}

/* A metric that few steps have, as of the rows held out at an epoch's end, is a line through these. */
static void draw_line(FILE *f, size_t n, const double *mean, double low, double high)
{
    bool first = true;
    fputs("<path class=\"line\" d=\"", f);
    for (size_t k = 0; k < n; k++) {
        if (!isfinite(mean[k])) continue;
        fprintf(f, "%c%.1f %.1f", first ? 'M' : 'L', across(k, n), upwards(mean[k], low, high));
        first = false;
    }
    fputs("\"/>", f);
}

static double last_of(size_t n, const double *mean)
{
    while (n > 0 && !isfinite(mean[n - 1])) n--;
    return n ? mean[n - 1] : (double)NAN;
}

cgm_status chart_curve(FILE *f, const char *part, const char *metric, size_t steps, const double *value)
{
    double mean[POINTS], least[POINTS], greatest[POINTS], low, high;
    char label[256], text[40];
    size_t n = steps < POINTS ? steps : POINTS;
    if (n < 2) return CGM_OK;
    tool_curve_bin(steps, value, n, mean, least, greatest);
    tool_curve_range(n, mean, &low, &high);
    if (!(high > low)) return CGM_OK;
    snprintf(label, sizeof label, "%s of %s over %zu steps: from %.4g at the beginning to %.4g at the end", metric,
             part, steps, mean[0], last_of(n, mean));
    begin(f, metric, label, WIDTH, HEIGHT);
    fprintf(f, "<path class=\"frame\" d=\"M%d %dV%dH%d\"/>", LEFT, TOP, HEIGHT - BOTTOM, WIDTH - 4);
    draw_band(f, n, least, greatest, low, high);
    draw_line(f, n, mean, low, high);
    snprintf(text, sizeof text, "%.4g", high);
    put(f, LEFT - 3, TOP + 8, "end", text);
    snprintf(text, sizeof text, "%.4g", low);
    put(f, LEFT - 3, HEIGHT - BOTTOM, "end", text);
    put(f, LEFT, HEIGHT - 3, "start", "1");
    snprintf(text, sizeof text, "%zu steps", steps);
    put(f, WIDTH - 4, HEIGHT - 3, "end", text);
    end(f);
    return CGM_OK;
}

/* ---- Bars ---- */

void chart_bars_draw(FILE *f, const chart_bars *b)
{
    char label[256];
    double most = 1e-12, width = (WIDTH - 8.0) / (double)b->n, room = HEIGHT - TOP - BOTTOM;
    for (size_t k = 0; k < b->n; k++) most = fmax(most, fmax(b->share[k], b->other ? b->other[k] : 0));
    snprintf(label, sizeof label, "histogram of %s from %s to %s", b->name, b->low, b->high);
    begin(f, b->name, label, WIDTH, HEIGHT);
    for (size_t k = 0; k < b->n; k++) {
        double height = room * b->share[k] / most;
        fprintf(f, "<rect class=\"bar\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>",
                4 + width * (double)k + 0.5, TOP + room - height, fmax(1, width - 1), height);
    }
    if (b->other) fputs("<path class=\"line\" d=\"", f);
    for (size_t k = 0; b->other && k < b->n; k++)
        fprintf(f, "%c%.1f %.1fh%.1f", k ? 'L' : 'M', 4 + width * (double)k, TOP + room * (1 - b->other[k] / most),
                width);
    if (b->other) fputs("\"/>", f);
    put(f, 4, HEIGHT - 3, "start", b->low);
    put(f, WIDTH - 4, HEIGHT - 3, "end", b->high);
    end(f);
}

/* ---- Reliability ---- */

void chart_reliability(FILE *f, const char *name, size_t n, const double *expected, const double *observed)
{
    char label[256];
    double room = SIDE - 2 * TOP;
    snprintf(label, sizeof label,
             "reliability of %s: points on the diagonal mean that what is said to be so probable is so frequent", name);
    begin(f, name, label, SIDE + 60, SIDE + BOTTOM);
    fprintf(f, "<path class=\"frame\" d=\"M%d %dV%dH%d M%d %dL%d %d\"/>", TOP, TOP, SIDE - TOP, SIDE - TOP, TOP,
            SIDE - TOP, SIDE - TOP, TOP);
    for (size_t k = 0; k < n; k++)
        if (isfinite(expected[k]) && isfinite(observed[k]))
            fprintf(f, "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/>", TOP + room * expected[k],
                    SIDE - TOP - room * observed[k]);
    put(f, TOP, SIDE + 8, "start", "said");
    put(f, SIDE, TOP + 8, "start", "observed");
    end(f);
}
