/* What methods share. */
#include "scm/attacks/attack.h"
#include "scm/attacks/method.h"

#include <math.h>
#include <string.h>

#include "config/config.h"
#include "scm/attacks/attack.h"

#define ROW(name) &cgm_attack_##name,
static const attack_method *const methods[] = {ATTACK_METHOD_TABLE(ROW)};
#undef ROW
enum { METHODS = sizeof methods / sizeof *methods };

size_t cgm_attack_methods(void)
{
    return METHODS;
}

const char *cgm_attack_method_at(size_t i, const char **doc)
{
    *doc = methods[i]->doc;
    return methods[i]->name;
}

cgm_status cgm_attack_find_method(const char *name, const attack_method **out)
{
    const char *names[METHODS];
    for (size_t i = 0; i < METHODS; i++) {
        names[i] = methods[i]->name;
        if (strcmp(name, names[i]) != 0) continue;
        *out = methods[i];
        return CGM_OK;
    }
    const char *near = cgm_nearest_word(name, METHODS, names);
    if (near) return CGM_FAIL(CGM_E_ARG, "method: no attack is called \"%s\"; did you mean \"%s\"?", name, near);
    return CGM_FAIL(CGM_E_ARG,
                    "method: no attack is called \"%s\"; expected fgsm, iterative_fgsm, carlini_wagner, boundary or "
                    "surrogate",
                    name);
}

size_t cgm_attack_read(size_t levels, const double *score)
{
    size_t largest = 0;
    for (size_t k = 1; k < levels; k++)
        if (score[k] > score[largest]) largest = k;
    return largest;
}

bool cgm_attack_holds(const attack_victim *victim, const attack_question *q, double truth, const double *score)
{
    size_t level = cgm_attack_read(victim->levels, score);
    return q->target < 0 ? (double)level != truth : level == (size_t)q->target;
}

double cgm_attack_distance(size_t width, const double *a, const double *b)
{
    double sum = 0;
    for (size_t j = 0; j < width; j++) sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sqrt(sum);
}

/* ---- A step ---- */

/* Slopes along which what is read goes away from the truth: of its distance to it. */
static cgm_status error_slopes(const attack_victim *victim, const attack_batch *batch, const double *at, double *slope,
                               double *score)
{
    CGM_TRY(victim->scores(victim->context, batch->n, at, score));
    for (size_t i = 0; i < batch->n; i++) score[i] = score[i] < batch->truth[i] ? -1 : 1;
    return victim->slopes(victim->context, batch->n, at, score, slope);
}

static cgm_status loss_slopes(const attack_victim *victim, const attack_question *q, const attack_batch *batch,
                              const double *at, double *slope)
{
    double value[ATTACK_ROWS];
    for (size_t i = 0; i < batch->n; i++) value[i] = q->target < 0 ? batch->truth[i] : q->target;
    return victim->losses(victim->context, batch->n, at, value, slope);
}

cgm_status cgm_attack_step(const attack_victim *victim, const attack_question *q, const attack_batch *batch,
                           double step, double *at, double *slope, double *score)
{
    if (victim->levels)
        CGM_TRY(loss_slopes(victim, q, batch, at, slope));
    else
        CGM_TRY(error_slopes(victim, batch, at, slope, score));
    if (q->target >= 0) step = -step;
    for (size_t i = 0; i < batch->n * victim->width; i++) {
        double x = batch->image[i], low = fmax(x - q->epsilon, 0), high = fmin(x + q->epsilon, 255);
        at[i] = fmin(fmax(at[i] + step * (double)((slope[i] > 0) - (slope[i] < 0)), low), high);
    }
    return CGM_OK;
}
