#include "dip/learned/learned.h"

#include <math.h>
#include <string.h>

#include "dip/learned/unrolled.h"
#include "dip/options.h"
#include "io/params_state.h"

#define LAYOUT 1 /* of the file */
#define GROUP "network"

/* ---- The facts, as attributes ---- */

typedef struct fact {
    const char *name;
    size_t place;
    bool is_real, of_unrolled;
    double low, high;
} fact;

#define FACT(field) #field, offsetof(dip_learned_facts, field)
static const fact facts[] = {
    {FACT(channels), false, false, 1, 3},
    {FACT(width), false, false, 1, 256},
    {FACT(layers), false, false, 2, 32},
    {FACT(steps), false, false, 0, 64},
    {FACT(low), true, false, 0, 1},
    {FACT(high), true, false, 0, 1},
    {FACT(task), false, true, 0, DIP_TASKS - 1},
    {FACT(factor), false, true, 0, 16},
    {FACT(filter), false, true, 0, 2},
    {FACT(blur), false, true, 0, 1},
    {FACT(beam), false, true, 0, 1},
    {FACT(views), false, true, 0, 65536},
    {FACT(blur_width), true, true, 0, 100},
    {FACT(distance), true, true, 0, 1000},
};
#define FACTS (sizeof facts / sizeof *facts)

static double value_of(const dip_learned_facts *f, const fact *k)
{
    const char *at = (const char *)f + k->place;
    return k->is_real ? *(const double *)at : (double)*(const int64_t *)at;
}

static cgm_status write_facts(const dip_learned_facts *f, cgm_file *file)
{
    for (size_t i = 0; i < FACTS; i++) CGM_TRY(cgm_file_set_number(file, "/", facts[i].name, value_of(f, &facts[i])));
    return CGM_OK;
}

static cgm_status read_facts(cgm_file *file, dip_learned_facts *f)
{
    for (size_t i = 0; i < FACTS; i++) {
        const fact *k = &facts[i];
        char *at = (char *)f + k->place;
        double value;
        CGM_TRY(cgm_file_get_number(file, "/", k->name, &value));
        if (!(value >= k->low && value <= k->high) || (!k->is_real && value != floor(value)))
            return CGM_FAIL(CGM_E_FORMAT, "%s: the attribute %s is %g; expected a %snumber from %g to %g",
                            cgm_file_path(file), k->name, value, k->is_real ? "" : "whole ", k->low, k->high);
        if (k->is_real)
            memcpy(at, &value, sizeof value);
        else
            memcpy(at, &(int64_t){(int64_t)value}, sizeof(int64_t));
    }
    if (f->channels == 2) return CGM_FAIL(CGM_E_FORMAT, "%s: 2 channels; expected 1 or 3", cgm_file_path(file));
    return CGM_OK;
}

/* ---- The network ---- */

dip_denoiser_opts cgm_dip_learned_denoiser(const dip_learned_facts *f)
{
    return (dip_denoiser_opts){f->channels, f->width, f->layers, f->steps == 0};
}

/* Builds it once on the smallest image, which declares its parameters. */
static cgm_status declare(dip_learned *l)
{
    cgm_graph *g = NULL;
    cgm_shape image = CGM_SHAPE(1, l->facts.channels, 4, 4);
    dip_denoiser_opts denoiser = cgm_dip_learned_denoiser(&l->facts);
    cgm_linear_map map = {.domain = image, .range = image}; /* is not run */
    CGM_TRY(cgm_graph_create(&g));
    if (l->facts.steps > 0) {
        dip_unrolled_problem p = {&map, 1, cgm_input(g, "y", image), cgm_input(g, "weight", image)};
        cgm_dip_unroll(&denoiser, l->facts.steps, l->params, g, 1, &p);
    } else {
        cgm_dip_denoise(&denoiser, l->params, g, cgm_input(g, "x", image), cgm_input(g, "level", CGM_SHAPE(1, 1)));
    }
    cgm_status status = cgm_graph_status(g);
    cgm_graph_destroy(g);
    return status;
}

cgm_status cgm_dip_learned_create(const dip_learned_facts *f, const cgm_rng *rng, dip_learned *out)
{
    cgm_status status = CGM_OK;
    dip_learned made = {.facts = *f};
    CGM_TRY_GOTO(cgm_params_create(&made.params), done);
    CGM_TRY_GOTO(declare(&made), done);
    CGM_TRY_GOTO(cgm_params_init(made.params, rng), done);
    *out = made;
done:
    if (status != CGM_OK) cgm_dip_learned_clear(&made);
    return status;
}

void cgm_dip_learned_clear(dip_learned *l)
{
    cgm_params_destroy(l->params);
    *l = (dip_learned){0};
}

/* ---- What it is for ---- */

void cgm_dip_learned_describe(int task, const dip_operator_opts *op, dip_learned_facts *f)
{
    f->task = task;
    if (task == DIP_SR) {
        f->factor = op->factor;
        f->filter = op->filter;
    } else if (task == DIP_DEBLUR) {
        f->blur = op->blur;
        f->blur_width = op->blur_width;
    } else if (task == DIP_CT) {
        f->beam = op->beam;
        f->views = op->views;
        f->distance = op->beam == DIP_BEAM_FAN ? op->distance : 0;
    }
}

cgm_status cgm_dip_learned_check_operator(const dip_learned *l, const char *path, int task, const dip_operator_opts *op)
{
    dip_learned_facts own = {0};
    if (l->facts.task != task)
        return CGM_FAIL(CGM_E_ARG, "%s: trained for task %s; expected %s", path, cgm_dip_task_names[l->facts.task],
                        cgm_dip_task_names[task]);
    cgm_dip_learned_describe(task, op, &own);
    for (size_t i = 0; i < FACTS; i++) {
        double theirs = value_of(&l->facts, &facts[i]), ours = value_of(&own, &facts[i]);
        if (facts[i].of_unrolled && theirs != ours)
            return CGM_FAIL(CGM_E_ARG, "%s: trained for a %s of %g; expected %g, as the image has", path, facts[i].name,
                            theirs, ours);
    }
    return CGM_OK;
}

cgm_status cgm_dip_learned_check_channels(const dip_learned *l, const char *path, int64_t channels)
{
    if (channels % l->facts.channels == 0) return CGM_OK;
    return CGM_FAIL(CGM_E_SHAPE, "%s: a network of images in %lld channels; the image has %lld", path,
                    (long long)l->facts.channels, (long long)channels);
}

/* ---- The file ---- */

static cgm_status write(const dip_learned *l, cgm_file *file, const char *config)
{
    cgm_state state = {0};
    CGM_TRY(cgm_file_set_integer(file, "/", "denoiser_layout", LAYOUT));
    CGM_TRY(cgm_file_set_text(file, "/", "config", config));
    CGM_TRY(write_facts(&l->facts, file));
    cgm_status status = cgm_state_add_params(&state, l->params, false);
    if (status == CGM_OK) status = cgm_state_save(&state, file, GROUP);
    cgm_state_clear(&state);
    return status;
}

cgm_status cgm_dip_learned_write(const dip_learned *l, const char *path, const char *config)
{
    cgm_file *file = NULL;
    CGM_TRY(cgm_file_create(path, &file));
    cgm_status status = write(l, file, config);
    if (status == CGM_OK) return cgm_file_commit(file);
    cgm_file_close(file);
    return status;
}

static cgm_status check_kind(cgm_file *file, bool unrolled, const dip_learned_facts *f)
{
    if ((f->steps > 0) == unrolled) return CGM_OK;
    return CGM_FAIL(CGM_E_FORMAT, "%s: %s; expected %s", cgm_file_path(file),
                    unrolled ? "a denoiser" : "an unrolled network, trained for one task",
                    unrolled ? "an unrolled network (cgm denoiser --task)"
                             : "a denoiser (cgm denoiser without --task)");
}

static cgm_status check_finite(cgm_file *file, cgm_params *params)
{
    const cgm_real *values = cgm_params_ema(params);
    for (size_t i = 0; i < cgm_params_flat_size(params); i++)
        if (!isfinite((double)values[i]))
            return CGM_FAIL(CGM_E_FORMAT, "%s: a parameter of the network is not finite", cgm_file_path(file));
    return CGM_OK;
}

static cgm_status load(cgm_file *file, dip_learned *l)
{
    cgm_state state = {0};
    cgm_status status = cgm_state_add_params(&state, l->params, false);
    if (status == CGM_OK) status = cgm_state_load(&state, file, GROUP);
    cgm_state_clear(&state);
    return status == CGM_OK ? check_finite(file, l->params) : status;
}

static cgm_status read(cgm_file *file, bool unrolled, dip_learned *out)
{
    dip_learned_facts f = {0};
    cgm_rng rng = cgm_rng_create(1);
    uint64_t layout;
    if (!cgm_file_has_attribute(file, "/", "denoiser_layout"))
        return CGM_FAIL(CGM_E_FORMAT, "%s: expected a file that cgm denoiser writes", cgm_file_path(file));
    CGM_TRY(cgm_file_get_integer(file, "/", "denoiser_layout", &layout));
    if (layout != LAYOUT)
        return CGM_FAIL(CGM_E_FORMAT, "%s: denoiser layout %llu; expected %d", cgm_file_path(file),
                        (unsigned long long)layout, LAYOUT);
    CGM_TRY(read_facts(file, &f));
    CGM_TRY(check_kind(file, unrolled, &f));
    CGM_TRY(cgm_dip_learned_create(&f, &rng, out));
    cgm_status status = load(file, out);
    if (status != CGM_OK) cgm_dip_learned_clear(out);
    return status;
}

cgm_status cgm_dip_learned_read(const char *path, bool unrolled, dip_learned *out)
{
    cgm_file *file = NULL;
    CGM_TRY(cgm_file_open(path, &file));
    cgm_status status = read(file, unrolled, out);
    cgm_file_close(file);
    return status;
}
