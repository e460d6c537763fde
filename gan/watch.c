#include "gan/watch.h"

#include <math.h>
#include <string.h>

#include "metrics/saturation.h"

#define WON 0.99       /* accuracy of an epoch */
#define BETWEEN 0.1    /* of the data's share of pixels between the ends */
#define MOST_ROWS 2000 /* of the data, that are looked at */

/* ---- As graph ---- */

cgm_node cgm_gan_accuracy(cgm_graph *g, const gan_loss *loss, cgm_node of_real, cgm_node of_fake)
{
    cgm_node middle = cgm_constant(g, loss->middle, CGM_SCALAR);
    cgm_node real = cgm_gan_mean(g, cgm_less(g, middle, of_real)), fake = cgm_gan_mean(g, cgm_less(g, of_fake, middle));
    return cgm_affine(g, cgm_add(g, real, fake), 0.5, 0);
}

cgm_node cgm_gan_saturated(cgm_graph *g, cgm_node pixels)
{
    cgm_node end = cgm_constant(g, 1 - 2 * CGM_SATURATION_REACH, CGM_SCALAR);
    return cgm_gan_mean(g, cgm_less(g, end, cgm_abs(g, pixels)));
}

/* ---- Over an epoch ---- */

/* Of the training images as training sees them, with their padding of black pixels. */
static double saturated_data(const cgm_variable *v, const cgm_dataset *data)
{
    size_t begin, rows, at_ends = 0;
    cgm_dataset_split(data, CGM_TRAIN, &begin, &rows);
    if (rows > MOST_ROWS) rows = MOST_ROWS;
    int pad = cgm_dataset_pad(data);
    size_t width = cgm_variable_width(v);
    size_t stored = (size_t)v->channels * (size_t)(v->height - 2 * pad) * (size_t)(v->width - 2 * pad);
    for (size_t i = 0; i < rows; i++) {
        const uint8_t *pixels = cgm_dataset_pixels(data, v->name, begin + i);
        for (size_t j = 0; pixels && j < stored; j++) at_ends += pixels[j] <= 1 || pixels[j] >= 254;
        at_ends += width - stored;
    }
    return (double)at_ends / (double)(rows * width);
}

static void reset(gan_watch *w)
{
    w->steps = 0;
    w->accuracy = w->saturated = 0;
}

void cgm_gan_watch_begin(const cgm_variable *variable, const cgm_dataset *data, gan_advice advice, gan_watch *watch)
{
    *watch = (gan_watch){.advice = advice, .saturated_data = 1};
    if (variable->type == CGM_IMAGE) watch->saturated_data = saturated_data(variable, data);
    reset(watch);
}

/* NaN where there is none. */
static double metric(const cgm_fit_report *report, const char *name)
{
    for (size_t i = 0; i < report->n_metrics; i++)
        if (strcmp(report->metrics[i].name, name) == 0) return report->metrics[i].value;
    return NAN;
}

static void judge(gan_watch *w, const cgm_variable *variable, const cgm_sink *sink)
{
    double accuracy = w->accuracy / (double)w->steps, saturated = w->saturated / (double)w->steps;
    if (!w->told_accuracy && w->advice.critic_won && accuracy >= WON) {
        cgm_sink_log(sink, CGM_LOG_WARNING,
                     "%s: the critic told %.1f %% of an epoch's samples right, so the generator learns little from it; "
                     "what may help: %s",
                     variable->name, 100 * accuracy, w->advice.critic_won);
        w->told_accuracy = true;
    }
    if (!w->told_saturated && w->advice.saturated && 1 - saturated < BETWEEN * (1 - w->saturated_data)) {
        cgm_sink_log(sink, CGM_LOG_WARNING,
                     "%s: %.1f %% of the generator's pixels are black or white, of the data's %.1f %%: they saturate; "
                     "what may help: %s",
                     variable->name, 100 * saturated, 100 * w->saturated_data, w->advice.saturated);
        w->told_saturated = true;
    }
}

void cgm_gan_watch_step(gan_watch *watch, const cgm_variable *variable, const cgm_fit_report *report,
                        const cgm_sink *sink)
{
    watch->steps++;
    watch->accuracy += metric(report, "accuracy");
    watch->saturated += metric(report, "saturated");
    if (!report->epoch_ended) return;
    judge(watch, variable, sink);
    reset(watch);
}
