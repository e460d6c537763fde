/* What is asked of a predictor: checked, and completed. */
#include <math.h>
#include <string.h>

#include "scm/explain/explain_priv.h"

#define USUAL_ROWS 8
#define USUAL_ITERATIONS 200
#define USUAL_PARTS 8 /* of an image's height */

/* ---- Options that a method has no use for ---- */

static cgm_status refuse_option(const explaining *e, const char *option)
{
    return CGM_FAIL(CGM_E_ARG, "%s: %s has no use for it", option, e->method->name);
}

static cgm_status check_uses(const explaining *e)
{
    const cgm_explain_opts *o = e->opts;
    const struct {
        unsigned use;
        bool said;
        const char *option;
    } option[] = {{USES_IMAGES, o->rows.n > 0, "n"},
                  {USES_LEVEL, o->level, "class"},
                  {USES_LAYER, o->layer, "layer"},
                  {USES_PATCH, o->patch > 0, "patch"},
                  {USES_SAMPLES, o->samples > 0, "samples"},
                  {USES_ITERATIONS, o->iterations > 0, "iterations"},
                  {USES_BASELINE, o->baseline >= 0, "baseline"},
                  {USES_SMOOTHNESS, o->smoothness >= 0, "smoothness"},
                  {USES_PARTS, o->parts != CGM_PARTS_SLIC, "parts"}};
    for (size_t k = 0; k < sizeof option / sizeof *option; k++)
        if (option[k].said && !(e->method->uses & option[k].use)) return refuse_option(e, option[k].option);
    if (o->randomise && e->method->kind == EXPLAIN_IMAGES) return refuse_option(e, "randomise");
    return CGM_OK;
}

/* ---- Values ---- */

static cgm_status find_level(explaining *e)
{
    e->level = NAN;
    if (!e->opts->level) return CGM_OK;
    if (!cgm_variable_has_levels(e->attribute))
        return CGM_FAIL(CGM_E_ARG, "class: %s is %s and has no levels; its mean is explained", e->attribute->name,
                        cgm_variable_type_name(e->attribute));
    cgm_status status = cgm_variable_parse(e->attribute, e->opts->level, &e->level);
    if (status == CGM_OK) status = cgm_variable_check(e->attribute, e->level);
    return cgm_fail_context(status, "class");
}

static cgm_status find_sizes(explaining *e)
{
    const cgm_explain_opts *o = e->opts;
    explain_task *t = &e->task;
    size_t height = (size_t)e->image->height, width = (size_t)e->image->width;
    t->patch = o->patch ? o->patch : height / USUAL_PARTS ? height / USUAL_PARTS : 1;
    if (t->patch > height || t->patch > width)
        return CGM_FAIL(CGM_E_ARG, "patch: %zu pixels, but %s has %zu x %zu", t->patch, e->image->name, width, height);
    t->samples = o->samples ? o->samples : e->method->usual_samples;
    t->iterations = o->iterations ? o->iterations : USUAL_ITERATIONS;
    t->baseline = o->baseline >= 0 ? o->baseline : 0;
    if (t->baseline > 255) return CGM_FAIL(CGM_E_ARG, "baseline: %g; expected a grey level from 0 to 255", t->baseline);
    t->smoothness = o->smoothness >= 0 ? o->smoothness : e->method->usual_smoothness;
    t->parts = o->parts;
    return CGM_OK;
}

/* ---- Rows ---- */

/* Images that are made from nothing see attributes of one row, if any. */
static cgm_status choose_one(explaining *e)
{
    cgm_row_choice choice = e->opts->rows;
    bool levels = cgm_variable_has_levels(e->attribute);
    e->n = !levels ? 2 : isnan(e->level) ? (size_t)e->attribute->levels : 1;
    if (e->predictor->n_given == 0 && choice.n_rows > 0) return refuse_option(e, "index");
    if (e->predictor->n_given == 0) return CGM_OK;
    if (choice.n_rows > 1)
        return CGM_FAIL(CGM_E_ARG, "index: %zu rows; %s sees the given attributes of one", choice.n_rows,
                        e->method->name);
    choice.n = 1;
    size_t n, *row, *rows = cgm_arena_array(&e->arena, e->n, sizeof *rows);
    if (!rows) return CGM_E_MEMORY;
    CGM_TRY(cgm_dataset_choose(e->run->data, &choice, 1, &e->arena, &n, &row));
    for (size_t i = 0; i < e->n; i++) rows[i] = row[0];
    e->rows = rows;
    return CGM_OK;
}

static cgm_status choose(explaining *e)
{
    if (!(e->method->uses & USES_IMAGES)) return choose_one(e);
    return cgm_dataset_choose(e->run->data, &e->opts->rows, USUAL_ROWS, &e->arena, &e->n, &e->rows);
}

static cgm_status check_memory(const explaining *e)
{
    double maps = e->opts->randomise ? 2 + PREDICTOR_MOST_LAYERS : 1;
    double bytes = (double)e->n * (double)cgm_variable_width(e->image) * (2 + maps) * sizeof(double);
    double available = (double)cgm_machine_memory();
    if (bytes <= available) return CGM_OK;
    return CGM_FAIL(CGM_E_MEMORY, "%zu images and their maps need %.1f GB of memory, but only %.1f GB are available",
                    e->n, bytes / 1e9, available / 1e9);
}

static cgm_status check_out(const char *path)
{
    const char *end = path ? strrchr(path, '.') : NULL;
    if (!path || (end && (strcmp(end, ".h5") == 0 || strcmp(end, ".hdf5") == 0))) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "%s: expected a name that ends in .h5 or .hdf5", path);
}

cgm_status cgm_explain_plan(explaining *e)
{
    const cgm_explain_opts *o = e->opts;
    cgm_rng root = cgm_rng_create(o->seed);
    if (!o->method) return CGM_FAIL(CGM_E_ARG, "method: expected one, such as saliency");
    CGM_TRY(cgm_explain_find_method(o->method, &e->method));
    CGM_TRY(cgm_run_choose_predictor(e->run, o->predictor, &e->predictor));
    e->image = e->predictor->image;
    e->attribute = e->predictor->attribute;
    e->layer = (layer_response){.predictor = e->predictor, .threads = e->run->opts.threads};
    CGM_TRY(check_uses(e));
    CGM_TRY(find_level(e));
    CGM_TRY(find_sizes(e));
    if (e->method->uses & USES_LAYER) CGM_TRY(cgm_layer_find(&e->layer, o->layer, e->method->kind != EXPLAIN_IMAGES));
    CGM_TRY(check_out(o->out));
    CGM_TRY(cgm_run_load_data(e->run));
    CGM_TRY(choose(e));
    e->task.rng = cgm_rng_split(&root, "explain");
    return check_memory(e);
}

/* ---- As text ---- */

static const char *add(cgm_arena *arena, const char *text, bool used, const char *more)
{
    return text && used && more ? cgm_arena_printf(arena, "%s, %s", text, more) : text && more ? text : NULL;
}

const char *cgm_explain_text(const explaining *e, cgm_arena *arena)
{
    const explain_task *t = &e->task;
    unsigned uses = e->method->uses;
    static const char *const parts[] = {"slic", "grid"};
    const char *text = cgm_arena_printf(arena, "explain %s by %s", e->predictor->name, e->method->name);
    if (e->opts->level) text = add(arena, text, true, cgm_arena_printf(arena, "class %s", e->opts->level));
    text = add(arena, text, uses & USES_LAYER, cgm_arena_printf(arena, "layer %s", e->layer.name));
    text = add(arena, text, uses & USES_PATCH, cgm_arena_printf(arena, "patch %zu", t->patch));
    text = add(arena, text, uses & USES_PARTS, cgm_arena_printf(arena, "parts %s", parts[t->parts]));
    text = add(arena, text, uses & USES_SAMPLES, cgm_arena_printf(arena, "samples %zu", t->samples));
    text = add(arena, text, uses & USES_ITERATIONS, cgm_arena_printf(arena, "iterations %zu", t->iterations));
    text = add(arena, text, uses & USES_BASELINE, cgm_arena_printf(arena, "baseline %g", t->baseline));
    return add(arena, text, uses & USES_SMOOTHNESS, cgm_arena_printf(arena, "smoothness %g", t->smoothness));
}
