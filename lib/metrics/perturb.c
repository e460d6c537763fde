/* The table of changes, and what stands before and behind each: the way from an image to a figure and back. */
#include "metrics/perturb.h"

#include <math.h>
#include <string.h>

#include "base/threads.h"
#include "metrics/measure.h"
#include "metrics/perturb_priv.h"

static const cgm_perturbation *const changes[] = {&cgm_perturbation_set_thickness, &cgm_perturbation_set_slant,
                                                  &cgm_perturbation_set_width,     &cgm_perturbation_thinning,
                                                  &cgm_perturbation_thickening,    &cgm_perturbation_swelling,
                                                  &cgm_perturbation_fracture};

const cgm_perturbation *cgm_perturbation_at(size_t i)
{
    return i < sizeof changes / sizeof *changes ? changes[i] : NULL;
}

const cgm_perturbation *cgm_perturbation_find(const char *name)
{
    const cgm_perturbation *p;
    for (size_t i = 0; (p = cgm_perturbation_at(i)); i++)
        if (strcmp(p->name, name) == 0) break;
    return p;
}

/* ---- An image and its figure ---- */

cgm_status cgm_sculptor_create(cgm_arena *arena, size_t height, size_t width, cgm_sculptor *out)
{
    CGM_TRY(cgm_morphology_create(arena, height, width, CGM_MORPHOLOGY_FINE, &out->figure));
    CGM_TRY(cgm_reduction_create(arena, &out->figure, &out->reduction));
    out->bright = cgm_arena_array(arena, height * width, sizeof *out->bright);
    return out->bright ? CGM_OK : CGM_E_MEMORY;
}

static double intensity(cgm_sculptor *s, const double *pixels)
{
    return cgm_measure_find("intensity")->measure(s->bright, s->figure.height, s->figure.width, pixels);
}

/* Ink there always is: what is brightest. */
static bool has_background(const cgm_morphology *m)
{
    for (size_t y = 1; y <= m->tall; y++)
        if (memchr(m->ink + y * (m->wide + 2) + 1, 0, m->wide)) return true;
    return false;
}

bool cgm_sculptor_read(cgm_sculptor *s, const double *pixels)
{
    if (isnan(intensity(s, pixels))) return false;
    cgm_morphology_magnify(&s->figure, pixels);
    cgm_morphology_cut(&s->figure);
    return has_background(&s->figure);
}

void cgm_sculptor_write(cgm_sculptor *s, double level, double *pixels)
{
    size_t n = s->figure.height * s->figure.width;
    cgm_morphology_reduce(&s->figure, &s->reduction, pixels);
    double covered = intensity(s, pixels);
    if (isnan(covered)) covered = 1; /* all of it */
    for (size_t i = 0; i < n; i++) pixels[i] = fmin(pixels[i] * level / covered, 255);
}

double cgm_figure_thickness(cgm_morphology *m)
{
    return 2 * cgm_morphology_mean_distance(m) / (double)m->scale;
}

/* ---- Many images ---- */

typedef struct job {
    const cgm_perturbation *change;
    double amount;
    size_t size;
    const double *pixels;
    const cgm_rng *rng;
    cgm_sculptor *scratch; /* of each worker */
    double *out;
} job;

static void change_one(void *context, size_t i, int worker)
{
    const job *j = context;
    cgm_sculptor *s = &j->scratch[worker];
    const double *from = j->pixels + i * j->size;
    double *to = j->out + i * j->size, level = intensity(s, from);
    cgm_rng rng = cgm_rng_split_index(j->rng, i);
    if (!cgm_sculptor_read(s, from)) {
        memmove(to, from, j->size * sizeof *to);
        return;
    }
    j->change->apply(&s->figure, j->amount, &rng);
    cgm_sculptor_write(s, level, to);
}

cgm_status cgm_perturb_images(const cgm_perturbation *change, double amount, size_t n, size_t height, size_t width,
                              const double *pixels, const cgm_rng *rng, int threads, double *out)
{
    if (!(amount >= change->low && amount <= change->high))
        return CGM_FAIL(CGM_E_ARG, "%s: %g; expected a number from %g to %g", change->name, amount, change->low,
                        change->high);
    cgm_arena arena = {0};
    size_t workers = threads > 1 ? (size_t)threads : 1;
    if (workers > n) workers = n;
    job j = {change, amount, height * width, pixels, rng, NULL, out};
    cgm_status status = CGM_OK;
    j.scratch = cgm_arena_array(&arena, workers, sizeof *j.scratch);
    if (!j.scratch) status = CGM_E_MEMORY;
    for (size_t w = 0; status == CGM_OK && w < workers; w++)
        status = cgm_sculptor_create(&arena, height, width, &j.scratch[w]);
    if (status == CGM_OK) cgm_parallel((int)workers, n, change_one, &j);
    cgm_arena_clear(&arena);
    return status;
}
