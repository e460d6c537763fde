#include "scm/attacks/attack.h"

#include <string.h>

#include "scm/attacks/attack_priv.h"

#define POOL 64 /* images with which boundary may begin */

void cgm_attack_init(cgm_attack_opts *opts)
{
    *opts = (cgm_attack_opts){.rows = {.split = CGM_TEST}, .seed = 1};
}

/* ---- The images ---- */

static cgm_status make_room(attacking *a)
{
    const cgm_predictor *p = a->judge.response.predictor;
    cgm_arena *arena = &a->out->arena;
    size_t width = cgm_variable_width(p->image);
    double **each[] = {&a->truth, &a->read, &a->read_after, &a->sure, &a->sure_after, &a->l2, &a->linf};
    bool **flags[] = {&a->counts, &a->fooled};
    a->image = cgm_arena_array(arena, a->n, width * sizeof *a->image);
    a->attacked = cgm_arena_array(arena, a->n, width * sizeof *a->attacked);
    if (!a->image || !a->attacked) return CGM_E_MEMORY;
    for (size_t k = 0; k < sizeof each / sizeof *each; k++)
        if (!(*each[k] = cgm_arena_array(arena, a->n, sizeof(double)))) return CGM_E_MEMORY;
    for (size_t k = 0; k < sizeof flags / sizeof *flags; k++)
        if (!(*flags[k] = cgm_arena_array(arena, a->n, sizeof(bool)))) return CGM_E_MEMORY;
    CGM_TRY(cgm_dataset_read(a->run->data, p->image->name, a->n, a->row, a->image));
    return cgm_dataset_read(a->run->data, p->attribute->name, a->n, a->row, a->truth);
}

/* The first images of the split, whichever are attacked. */
static cgm_status read_pool(attacking *a)
{
    const cgm_variable *image = a->judge.response.predictor->image;
    const cgm_row_choice first = {.split = a->opts->rows.split};
    size_t *row;
    CGM_TRY(cgm_dataset_choose(a->run->data, &first, POOL, &a->arena, &a->question.n_pool, &row));
    double *pool = cgm_arena_array(&a->arena, a->question.n_pool, cgm_variable_width(image) * sizeof *pool);
    if (!pool) return CGM_E_MEMORY;
    a->question.pool = pool;
    return cgm_dataset_read(a->run->data, image->name, a->question.n_pool, row, pool);
}

/* ---- The attack ---- */

static cgm_status report_progress(const attacking *a, size_t done, double began)
{
    const cgm_run_opts *opts = &a->run->opts;
    if (done < a->n) {
        const cgm_progress p = {
            .what = a->method->name, .done = done, .total = a->n, .unit = "images", .seconds = cgm_seconds() - began};
        cgm_sink_progress(&opts->sink, &p);
    }
    if (!opts->stop || !*opts->stop) return CGM_OK;
    return CGM_FAIL(CGM_E_INTERRUPTED, "stopped within %zu of %zu images: nothing is written", done, a->n);
}

static cgm_status attack_all(attacking *a)
{
    attack_reader *reader = a->method->transfers ? &a->surrogate : &a->judge;
    const attack_victim victim = cgm_attack_victim(reader);
    cgm_rng root = cgm_rng_create(a->opts->seed);
    double began = cgm_seconds();
    for (size_t at = 0; at < a->n; at += ATTACK_ROWS) {
        cgm_arena scratch = {0};
        const attack_batch batch = {.n = a->n - at < ATTACK_ROWS ? a->n - at : ATTACK_ROWS,
                                    .image = a->image + at * victim.width,
                                    .truth = a->truth + at,
                                    .rng = cgm_rng_split(&root, "attack"),
                                    .first = at,
                                    .attacked = a->attacked + at * victim.width};
        reader->at = at;
        cgm_status status = a->method->run(&victim, &a->question, &batch, &scratch);
        cgm_arena_clear(&scratch);
        CGM_TRY(status);
        CGM_TRY(report_progress(a, at + batch.n, began));
    }
    reader->at = 0;
    return CGM_OK;
}

static cgm_status prepare(attacking *a)
{
    CGM_TRY(cgm_attack_plan(a));
    CGM_TRY(make_room(a));
    CGM_TRY(cgm_attack_reader_create(a->run, a->judge.response.predictor, a->n, a->row, &a->arena, &a->judge));
    if (a->method->by_decisions) CGM_TRY(read_pool(a));
    if (!a->method->transfers) return CGM_OK;
    if (!a->opts->surrogate) CGM_TRY(cgm_attack_distil(a));
    cgm_predictor *p = a->student ? a->student : a->surrogate.response.predictor;
    return cgm_attack_reader_create(a->run, p, a->n, a->row, &a->arena, &a->surrogate);
}

static cgm_status answer(attacking *a)
{
    CGM_TRY(prepare(a));
    CGM_TRY(attack_all(a));
    CGM_TRY(cgm_attack_measure(a));
    if (a->opts->png) CGM_TRY(cgm_attack_draw(a, a->opts->png));
    return a->opts->out ? cgm_attack_write(a, a->opts->out) : CGM_OK;
}

static void clear(attacking *a)
{
    cgm_response_clear(&a->judge.response);
    cgm_response_clear(&a->surrogate.response);
    cgm_predictor_destroy(a->student);
    cgm_arena_clear(&a->arena);
}

cgm_status cgm_run_check_attack(cgm_run *run, const cgm_attack_opts *opts)
{
    attacking a = {.run = run, .opts = opts};
    cgm_status status = cgm_attack_plan(&a);
    clear(&a);
    return status;
}

cgm_status cgm_run_attack(cgm_run *run, const cgm_attack_opts *opts, cgm_attack_report *out)
{
    cgm_attack_report made = {0};
    attacking a = {.run = run, .opts = opts, .out = &made};
    CGM_TRY(cgm_run_check_finished(run));
    cgm_status status = answer(&a);
    clear(&a);
    if (status == CGM_OK)
        *out = made;
    else
        cgm_attack_clear(&made);
    return status;
}

void cgm_attack_clear(cgm_attack_report *report)
{
    cgm_arena_clear(&report->arena);
    *report = (cgm_attack_report){0};
}
