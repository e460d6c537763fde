#include "scm/soundness/realism.h"

#include <string.h>

#include "scm/soundness/realism_priv.h"

#define USUAL_SAMPLES 1000

void cgm_realism_init(cgm_realism_opts *opts)
{
    *opts = (cgm_realism_opts){.n = USUAL_SAMPLES, .seed = 1, .temperature = 1, .pixel_temperature = 1};
}

/* ---- The question ---- */

/* What the predictor speaks of, in the model. */
static cgm_status find_variables(realism *r)
{
    const cgm_scm *scm = r->run->scm;
    const char *name = cgm_predictor_name(r->predictor);
    r->image_variable = cgm_predictor_image(r->predictor);
    r->attribute = cgm_predictor_attribute(r->predictor);
    r->n_given = cgm_predictor_given(r->predictor, &r->given);
    if (r->opts->image && strcmp(r->opts->image, r->image_variable->name) != 0)
        return CGM_FAIL(CGM_E_ARG, "variable: the predictor \"%s\" reads %s, not %s", name, r->image_variable->name,
                        r->opts->image);
    CGM_TRY(cgm_scm_lookup(scm, r->image_variable->name, &r->image));
    for (size_t k = 0; k <= r->n_given; k++) {
        const cgm_variable *x = k ? r->given[k - 1] : r->attribute;
        if (cgm_scm_find(scm, x->name) < 0)
            return CGM_FAIL(CGM_E_ARG, "predictor: \"%s\" needs %s, which samples of the model do not have", name,
                            x->name);
    }
    return CGM_OK;
}

static cgm_status check_memory(const realism *r)
{
    double numbers = (double)cgm_variable_width(r->image_variable) + (double)cgm_predictor_width(r->predictor);
    double images = (double)(r->opts->n + r->n_test + r->n_train), bytes = numbers * images * sizeof(double);
    double available = (double)cgm_machine_memory();
    if (bytes <= available) return CGM_OK;
    return CGM_FAIL(CGM_E_MEMORY,
                    "%.0f images and their features need %.1f GB of memory, but only %.1f GB are available", images,
                    bytes / 1e9, available / 1e9);
}

static cgm_status prepare(realism *r)
{
    cgm_rng root = cgm_rng_create(r->opts->seed);
    r->rng = cgm_rng_split(&root, "realism");
    CGM_TRY(cgm_run_choose_predictor(r->run, r->opts->predictor, &r->predictor));
    CGM_TRY(find_variables(r));
    CGM_TRY(cgm_run_load_data(r->run));
    CGM_TRY(cgm_realism_count(r));
    CGM_TRY(check_memory(r));
    CGM_TRY(cgm_realism_plan(r));
    return cgm_run_check_query(r->run, &r->query);
}

cgm_status cgm_run_check_realism(cgm_run *run, const cgm_realism_opts *opts)
{
    realism r = {.run = run, .opts = opts};
    cgm_status status = prepare(&r);
    cgm_arena_clear(&r.arena);
    return status;
}

/* ---- The answer ---- */

static cgm_status answer(realism *r)
{
    CGM_TRY(prepare(r));
    CGM_TRY(cgm_realism_draw(r));
    CGM_TRY(cgm_realism_read(r));
    CGM_TRY(cgm_realism_measure(r));
    return r->opts->png ? cgm_realism_draw_sheet(r, r->opts->png) : CGM_OK;
}

cgm_status cgm_run_realism(cgm_run *run, const cgm_realism_opts *opts, cgm_realism *out)
{
    cgm_realism made = {0};
    realism r = {.run = run, .opts = opts, .out = &made};
    CGM_TRY(cgm_run_check_finished(run));
    cgm_status status = answer(&r);
    cgm_arena_clear(&r.arena);
    if (status == CGM_OK)
        *out = made;
    else
        cgm_realism_clear(&made);
    return status;
}

void cgm_realism_clear(cgm_realism *r)
{
    cgm_arena_clear(&r->arena);
    *r = (cgm_realism){0};
}
