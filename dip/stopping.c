#include "dip/stopping.h"

#include <math.h>
#include <string.h>

cgm_status cgm_dip_stopping_create(const dip_stop_opts *opts, int64_t pixels, cgm_arena *arena, dip_stopping *out)
{
    *out = (dip_stopping){.opts = *opts, .pixels = pixels, .value = NAN, .least = NAN};
    if (opts->rule != DIP_STOP_VARIANCE) return CGM_OK;
    out->ring = cgm_arena_array(arena, (size_t)opts->window, (size_t)pixels * sizeof *out->ring);
    out->average = cgm_arena_array(arena, (size_t)pixels, sizeof *out->average);
    return out->ring && out->average ? CGM_OK : CGM_E_MEMORY;
}

/* The mean squared distance of the window's images from their average, a pixel. */
static double variance_of_window(dip_stopping *s)
{
    int64_t n = s->opts.window;
    double sum = 0;
    memset(s->average, 0, (size_t)s->pixels * sizeof *s->average);
    for (int64_t k = 0; k < n; k++)
        for (int64_t i = 0; i < s->pixels; i++) s->average[i] += s->ring[k * s->pixels + i];
    for (int64_t i = 0; i < s->pixels; i++) s->average[i] /= (double)n;
    for (int64_t k = 0; k < n; k++)
        for (int64_t i = 0; i < s->pixels; i++) {
            double apart = s->ring[k * s->pixels + i] - s->average[i];
            sum += apart * apart;
        }
    return sum / (double)(n * s->pixels);
}

static void add_to_mean(dip_stopping *s, double value)
{
    int64_t window = s->opts.window;
    s->mean += (value - s->mean) / (double)(s->seen < window ? s->seen : window);
    if (s->seen >= window) s->value = s->mean;
}

bool cgm_dip_stopping_look(dip_stopping *s, const double *image, double misfit, double held_out)
{
    int64_t window = s->opts.window, place = s->seen++ % (window > 0 ? window : 1);
    switch (s->opts.rule) {
    case DIP_STOP_VARIANCE:
        memcpy(s->ring + place * s->pixels, image, (size_t)s->pixels * sizeof *image);
        if (s->seen >= window) s->value = variance_of_window(s);
        break;
    case DIP_STOP_HELD_OUT:
        add_to_mean(s, held_out);
        break;
    case DIP_STOP_NOISE:
        add_to_mean(s, misfit);
        if (!s->met && s->value <= s->opts.variance) s->met = s->seen;
        s->best = s->seen;
        return true;
    default:
        s->best = s->seen;
        return true;
    }
    if (isnan(s->value) || s->value >= s->least) return false;
    s->least = s->value;
    s->best = s->seen;
    return true;
}

bool cgm_dip_stopping_says_so(const dip_stopping *s)
{
    if (s->opts.rule == DIP_STOP_NOISE) return s->met > 0 && s->seen - s->met >= s->opts.after;
    return s->opts.rule != DIP_STOP_FIXED && s->best > 0 && s->seen - s->best >= s->opts.patience;
}
