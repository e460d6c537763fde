/* What an attack came to. */
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>

#include "scm/attacks/attack_priv.h"

/* ---- What is read ---- */

/* What the judge reads off images [n, width], and how probable it says that is; of a continuous attribute NaN. */
static cgm_status read_images(attacking *a, const double *image, double *read, double *sure)
{
    cgm_predictor *p = a->judge.response.predictor;
    size_t outputs = cgm_predictor_outputs(p);
    double *law = cgm_arena_array(&a->arena, a->n, outputs * sizeof *law);
    if (!law) return CGM_E_MEMORY;
    CGM_TRY(cgm_predictor_predict(p, a->run->opts.threads, a->n, image, (const double *const *)a->judge.given, law));
    for (size_t i = 0; i < a->n; i++) {
        read[i] = cgm_predictor_value(p, law + i * outputs);
        sure[i] = cgm_variable_has_levels(p->attribute) ? law[i * outputs + (size_t)read[i]] : NAN;
    }
    return CGM_OK;
}

/* ---- Each image ---- */

static void judge_each(attacking *a)
{
    const cgm_predictor *p = a->judge.response.predictor;
    bool levels = cgm_variable_has_levels(p->attribute);
    size_t width = cgm_variable_width(p->image);
    int target = a->question.target;
    for (size_t i = 0; i < a->n; i++) {
        const double *x = a->image + i * width, *y = a->attacked + i * width;
        a->l2[i] = cgm_attack_distance(width, x, y);
        for (size_t j = 0; j < width; j++) a->linf[i] = fmax(a->linf[i], fabs(x[j] - y[j]));
        a->counts[i] = levels && (target < 0 ? a->read[i] == a->truth[i] : a->read[i] != target);
        a->fooled[i] = a->counts[i] && (target < 0 ? a->read_after[i] != a->truth[i] : a->read_after[i] == target);
    }
}

/* ---- All of them ---- */

static double mean_mark(const attacking *a, const double *read)
{
    double sum = 0;
    for (size_t i = 0; i < a->n; i++) sum += cgm_predictor_mark(a->judge.response.predictor, read[i], a->truth[i]);
    return sum / (double)a->n;
}

/* Mean and median of the norms that are told of; list: room [n]. */
static void summarise(const attacking *a, const double *norm, double *list, double *mean, double *median)
{
    bool levels = cgm_variable_has_levels(a->judge.response.predictor->attribute);
    size_t n = 0;
    for (size_t i = 0; i < a->n; i++)
        if (!levels || a->fooled[i]) list[n++] = norm[i];
    *mean = *median = NAN;
    if (n == 0) return;
    gsl_sort(list, 1, n);
    *mean = gsl_stats_mean(list, 1, n);
    *median = gsl_stats_median_from_sorted_data(list, 1, n);
}

static void fill_question(const attacking *a, cgm_attack_report *r)
{
    const cgm_predictor *p = a->judge.response.predictor;
    r->measure = cgm_predictor_judgement_name(p);
    r->epsilon = a->question.epsilon;
    r->iterations = a->question.iterations;
    r->n = a->n;
}

/* Texts outlive the run. */
static cgm_status copy_names(const attacking *a, cgm_attack_report *r)
{
    const cgm_predictor *p = a->judge.response.predictor;
    r->predictor = cgm_arena_strdup(&r->arena, p->name);
    r->image = cgm_arena_strdup(&r->arena, p->image->name);
    r->attribute = cgm_arena_strdup(&r->arena, p->attribute->name);
    r->method = a->method->name;
    r->surrogate = cgm_arena_strdup(&r->arena, a->opts->surrogate ? a->opts->surrogate : "");
    return r->predictor && r->image && r->attribute && r->surrogate ? CGM_OK : CGM_E_MEMORY;
}

static cgm_status copy_rows(const attacking *a, cgm_attack_report *r)
{
    size_t *row = cgm_arena_array(&r->arena, a->n, sizeof *row);
    if (!row) return CGM_E_MEMORY;
    for (size_t i = 0; i < a->n; i++) row[i] = a->row[i];
    r->row = row;
    r->factual = a->image;
    r->attacked = a->attacked;
    r->truth = a->truth;
    r->read = a->read;
    r->read_after = a->read_after;
    r->sure = a->sure;
    r->sure_after = a->sure_after;
    r->l2 = a->l2;
    r->linf = a->linf;
    r->counts = a->counts;
    r->fooled = a->fooled;
    return CGM_OK;
}

cgm_status cgm_attack_measure(attacking *a)
{
    cgm_attack_report *r = a->out;
    double *list = cgm_arena_array(&a->arena, a->n, sizeof *list);
    if (!list) return CGM_E_MEMORY;
    r->shown = (double)(a->judge.shown + a->taught) / (double)a->n;
    CGM_TRY(read_images(a, a->image, a->read, a->sure));
    CGM_TRY(read_images(a, a->attacked, a->read_after, a->sure_after));
    judge_each(a);
    fill_question(a, r);
    r->before = mean_mark(a, a->read);
    r->after = mean_mark(a, a->read_after);
    for (size_t i = 0; i < a->n; i++) {
        r->tried += a->counts[i];
        r->succeeded += a->fooled[i];
    }
    r->success = r->tried ? (double)r->succeeded / (double)r->tried : NAN;
    summarise(a, a->l2, list, &r->l2_mean, &r->l2_median);
    summarise(a, a->linf, list, &r->linf_mean, &r->linf_median);
    CGM_TRY(copy_names(a, r));
    return copy_rows(a, r);
}
