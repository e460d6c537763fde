#include "dip/learned/projection.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "dip/learned/projection_priv.h"

/* ---- What the user says ---- */

static int64_t features_of(const cgm_image_generator *generator)
{
    int64_t first = 0, n = 0;
    if (generator->n_parents) n = cgm_image_generator_place(generator, generator->n_parents - 1, &first);
    return first + n;
}

cgm_status cgm_dip_projection_read_given(const cgm_image_generator *generator, const cgm_texts *texts, cgm_arena *arena,
                                         bool **is_given, cgm_real **given)
{
    double value[DIP_MOST_PARENTS] = {0};
    *is_given = cgm_arena_array(arena, generator->n_parents + 1, sizeof **is_given);
    *given = cgm_arena_array(arena, (size_t)features_of(generator) + 1, sizeof **given);
    if (!*is_given || !*given) return CGM_E_MEMORY;
    if (generator->n_parents > DIP_MOST_PARENTS)
        return CGM_FAIL(CGM_E_ARG, "projection: an image with %zu parents; expected at most %d", generator->n_parents,
                        DIP_MOST_PARENTS);
    for (size_t k = 0; k < texts->n; k++) {
        size_t i;
        double x;
        cgm_status status = generator->parse(generator->parents, texts->text[k], &i, &x);
        if (status != CGM_OK) return cgm_fail_context(status, "projection.given");
        if ((*is_given)[i])
            return CGM_FAIL(CGM_E_ARG, "projection.given: '%s' is there twice", generator->parent[i]->name);
        (*is_given)[i] = true;
        value[i] = x;
    }
    if (generator->n_parents) generator->features(generator->parents, value, *given);
    return CGM_OK;
}

cgm_status cgm_dip_projection_check(const cgm_image_generator *generator, const dip_projection_opts *opts,
                                    int64_t channels, int64_t height, int64_t width)
{
    const cgm_variable *x = generator->image;
    cgm_arena arena = {0};
    bool *is_given;
    cgm_real *given;
    if (x->channels != channels || x->height != height || x->width != width)
        return CGM_FAIL(
            CGM_E_SHAPE,
            "the generator of '%s' makes images of %d x %d pixels in %d channels; expected %lld x %lld in %lld, as the "
            "image has",
            x->name, x->height, x->width, x->channels, (long long)height, (long long)width, (long long)channels);
    cgm_status status = cgm_dip_projection_read_given(generator, &opts->given, &arena, &is_given, &given);
    cgm_arena_clear(&arena);
    return status;
}

/* ---- The search ---- */

static void clear(dip_projection *p)
{
    cgm_workspace_destroy(p->ws);
    cgm_program_destroy(p->program);
    cgm_params_destroy(p->own);
    cgm_arena_clear(&p->arena);
}

static size_t bytes(const dip_projection *p)
{
    size_t rows = (size_t)p->rows, measured = (size_t)cgm_shape_size(p->problem->op.map.range);
    return cgm_program_workspace_bytes(p->program) + cgm_params_bytes(p->own) +
           (2 * measured + rows * (size_t)(p->pixels + p->features + 2)) * sizeof(cgm_real);
}

static cgm_status begin(dip_projection *p, const cgm_rng *rng)
{
    CGM_TRY(cgm_dip_projection_read_given(p->generator, &p->opts.given, &p->arena, &p->is_given, &p->given));
    cgm_optimizer_defaults(&p->optimizer_opts);
    p->optimizer_opts.rule = cgm_optimizer_usual(CGM_OPTIMIZER_ADAM);
    p->optimizer_opts.weight_decay = 0;
    p->optimizer_opts.rate = p->opts.rate;
    p->optimizer_opts.schedule = cgm_schedule_usual(CGM_SCHEDULE_COSINE);
    p->optimizer_opts.total = (uint64_t)p->opts.iterations;
    return cgm_dip_projection_compile(p, rng);
}

/* The parents that were found in a row, as text. */
static void describe(const dip_projection *p, int64_t row, char text[DIP_PARENTS_TEXT])
{
    const cgm_image_generator *generator = p->generator;
    size_t used = 0;
    text[0] = 0;
    for (size_t i = 0; i < generator->n_parents && used < DIP_PARENTS_TEXT; i++) {
        char value[CGM_VALUE_TEXT], share[16] = "";
        int64_t first, n = cgm_image_generator_place(generator, i, &first), best = 0;
        const cgm_variable *x = generator->parent[i];
        const cgm_real *of = p->parents + row * p->features + first;
        if (p->is_given[i]) continue;
        for (int64_t k = 1; k < n; k++)
            if (of[k] > of[best]) best = k;
        if (cgm_variable_has_levels(x)) {
            cgm_variable_text(x, (double)best, value);
            snprintf(share, sizeof share, " (%.2f)", (double)of[best]);
        } else {
            snprintf(value, sizeof value, "%.4g", generator->value(generator->parents, i, (double)of[0]));
        }
        used += (size_t)snprintf(text + used, DIP_PARENTS_TEXT - used, "%s%s=%s%s", used ? ", " : "", x->name, value,
                                 share);
    }
}

/* Keeps what is better than all before. */
static void look(dip_projection *p, int64_t iteration, double *x, dip_projection_report *report)
{
    for (int64_t row = 0; row < p->rows; row++) {
        if (!((double)p->value[row] < p->best)) continue;
        p->best = (double)p->value[row];
        report->restart = row;
        report->iteration = iteration;
        report->misfit = (double)p->misfit[row];
        for (int64_t i = 0; i < p->pixels; i++) x[i] = (double)p->images[row * p->pixels + i];
        describe(p, row, report->parents);
    }
}

static void tell(const dip_projection *p, const cgm_sink *sink, int64_t iteration, double misfit, double seconds)
{
    cgm_progress progress = {.what = "projecting",
                             .done = (uint64_t)iteration,
                             .total = (uint64_t)p->opts.iterations,
                             .unit = "iterations",
                             .seconds = seconds,
                             .n_metrics = 1,
                             .metrics = {{"misfit", misfit}}};
    cgm_sink_progress(sink, &progress);
}

static cgm_status search(dip_projection *p, const cgm_sink *sink, const volatile int *stop, double *x,
                         dip_projection_report *report)
{
    double began = cgm_seconds();
    for (int64_t i = 1; i <= p->opts.iterations; i++) {
        CGM_TRY(cgm_program_run(p->program, p->ws));
        look(p, i, x, report);
        tell(p, sink, i, report->misfit, cgm_seconds() - began);
        if (stop && *stop) break;
        CGM_TRY(cgm_optimizer_step(&p->optimizer_opts, &p->optimizer, p->own, p->threads));
    }
    if (isfinite(p->best)) return CGM_OK;
    return CGM_FAIL(CGM_E_NUMERIC, "the generator of '%s' makes no finite image of any beginning",
                    p->generator->image->name);
}

cgm_status cgm_dip_project(const dip_problem *problem, const cgm_image_generator *generator,
                           const dip_projection_opts *opts, const cgm_rng *rng, int threads, const cgm_sink *sink,
                           const volatile int *stop, double *x, dip_projection_report *report)
{
    dip_projection p = {.problem = problem,
                        .generator = generator,
                        .opts = *opts,
                        .threads = threads,
                        .rows = opts->restarts,
                        .features = features_of(generator),
                        .pixels = dip_problem_pixels(problem),
                        .best = INFINITY};
    *report = (dip_projection_report){0};
    cgm_status status = begin(&p, rng);
    if (status == CGM_OK) {
        report->bytes = bytes(&p);
        status = search(&p, sink, stop, x, report);
    }
    clear(&p);
    return status;
}
