#include "scm/predictors/evaluate.h"

#include <math.h>
#include <stdlib.h>

#include "io/reliability.h"
#include "metrics/classification.h"
#include "metrics/metrics.h"
#include "metrics/regression.h"
#include "scm/predictors/readings.h"
#include "scm/runs/run_priv.h"

static cgm_status score_levels(const predictor_readings *r, const cgm_predictor *p, cgm_predictor_score *s)
{
    int levels = p->attribute->levels;
    s->confusion = calloc((size_t)levels * (size_t)levels, sizeof *s->confusion);
    if (!s->confusion) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %d levels", levels);
    cgm_confusion(r->n, levels, r->truth, r->value, s->confusion);
    s->accuracy = cgm_accuracy(levels, s->confusion);
    s->macro_f1 = cgm_macro_f1(levels, s->confusion);
    if (p->attribute->type == CGM_ORDINAL) s->mae = cgm_mean_absolute_error(r->n, r->truth, r->value);
    s->calibration_error = cgm_calibration_of_levels(r->n, levels, r->law, r->truth, CGM_SCORE_BINS, s->bin);
    return cgm_macro_roc_auc(r->n, levels, r->law, r->truth, &s->auc);
}

static void score_numbers(const predictor_readings *r, cgm_predictor_score *s)
{
    s->mae = cgm_mean_absolute_error(r->n, r->truth, r->value);
    s->r_squared = cgm_r_squared(r->n, r->truth, r->value);
    s->calibration_error = cgm_calibration_of_normals(r->n, r->law, r->truth, CGM_SCORE_BINS, s->bin);
}

cgm_status cgm_predictor_evaluate(cgm_run *run, cgm_predictor *p, const cgm_row_choice *choice,
                                  cgm_predictor_score *out)
{
    cgm_status status;
    cgm_arena arena = {0};
    size_t n, *rows;
    predictor_readings r = {.n = 0};
    cgm_predictor_score s = {
        .accuracy = NAN, .macro_f1 = NAN, .auc = NAN, .mae = NAN, .r_squared = NAN, .calibration_error = NAN};
    CGM_TRY(cgm_run_check_finished(run));
    CGM_TRY_GOTO(cgm_run_load_data(run), done);
    CGM_TRY_GOTO(cgm_dataset_choose(run->data, choice, SIZE_MAX, &arena, &n, &rows), done);
    CGM_TRY_GOTO(cgm_predictor_read_rows(p, run->data, run->opts.threads, n, rows, &r), done);
    s.n = r.n;
    if (cgm_variable_has_levels(p->attribute))
        CGM_TRY_GOTO(score_levels(&r, p, &s), done);
    else
        score_numbers(&r, &s);
    *out = s;
done:
    if (status != CGM_OK) cgm_predictor_score_clear(&s);
    cgm_arena_clear(&r.arena);
    cgm_arena_clear(&arena);
    return status;
}

void cgm_predictor_score_clear(cgm_predictor_score *score)
{
    free(score->confusion);
    score->confusion = NULL;
}

/* ---- The picture ---- */

static cgm_status make_panel(cgm_arena *arena, const cgm_predictor *p, const cgm_predictor_score *s,
                             cgm_reliability_panel *out)
{
    bool levels = cgm_variable_has_levels(p->attribute);
    double *share = cgm_arena_array(arena, 3 * CGM_SCORE_BINS, sizeof *share);
    const char *caption =
        cgm_arena_printf(arena, "%s\ncalibration error %.3f, %zu rows", p->name, s->calibration_error, s->n);
    if (!share || !caption) return CGM_E_MEMORY;
    for (size_t k = 0; k < CGM_SCORE_BINS; k++) {
        share[k] = levels ? (double)s->bin[k].n / (double)s->n : 0;
        share[CGM_SCORE_BINS + k] = s->bin[k].expected;
        share[2 * CGM_SCORE_BINS + k] = s->bin[k].observed;
    }
    *out =
        (cgm_reliability_panel){.caption = caption,
                                .across = levels ? "probability of the likeliest level" : "probability of lying below",
                                .upwards = levels ? "how often it is the level" : "how many lie below",
                                .n = CGM_SCORE_BINS,
                                .share = share,
                                .expected = share + CGM_SCORE_BINS,
                                .observed = share + 2 * CGM_SCORE_BINS};
    return CGM_OK;
}

cgm_status cgm_predictor_draw_reliability(const char *path, size_t n, cgm_predictor *const *p,
                                          const cgm_predictor_score *score)
{
    cgm_arena arena = {0};
    cgm_reliability_panel *panels = cgm_arena_array(&arena, n, sizeof *panels);
    cgm_status status = panels ? CGM_OK : CGM_E_MEMORY;
    for (size_t i = 0; status == CGM_OK && i < n; i++) status = make_panel(&arena, p[i], &score[i], &panels[i]);
    if (status == CGM_OK) status = cgm_reliability_write(path, n, panels);
    cgm_arena_clear(&arena);
    return status;
}
