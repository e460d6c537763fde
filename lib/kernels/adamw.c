/* AdamW and the EMA in one pass over memory. */
#include "base/denormals.h"
#include "base/threads.h"
#include "kernels/kernels.h"
#include "kernels/vector_math.h"

#define TASK_ELEMENTS 16384

typedef struct adamw {
    const cgm_adamw_step *s;
    size_t n;
    const cgm_real *gradient;
    cgm_real *parameter, *m, *v, *ema;
} adamw;

/* The constants are rounded to cgm_real once, products of them in double before that. */
static CGM_VECTOR_CLONES void adamw_run(const cgm_adamw_step *s, size_t n, const cgm_real *restrict gradient,
                                        cgm_real *restrict parameter, cgm_real *restrict m, cgm_real *restrict v,
                                        cgm_real *restrict ema)
{
    const cgm_real scale = (cgm_real)s->gradient_scale;
    const cgm_real beta1 = (cgm_real)s->beta1, rest1 = (cgm_real)(1 - s->beta1);
    const cgm_real beta2 = (cgm_real)s->beta2, rest2 = (cgm_real)(1 - s->beta2);
    const cgm_real keep = (cgm_real)(1 - s->rate * s->weight_decay), rate = (cgm_real)(s->rate / s->bias1);
    const cgm_real root = (cgm_real)(1 / sqrt(s->bias2)), epsilon = (cgm_real)s->epsilon;
    const cgm_real decay = (cgm_real)s->ema;
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        cgm_real g = gradient[i] * scale;
        cgm_real first = beta1 * m[i] + rest1 * g, second = beta2 * v[i] + rest2 * (g * g);
        cgm_real p = keep * parameter[i] - rate * (first / (cgm_vec_sqrt(second) * root + epsilon));
        m[i] = first;
        v[i] = second;
        parameter[i] = p;
        ema[i] = p + decay * (ema[i] - p);
    }
}

static void adamw_task(void *context, size_t index, int worker)
{
    (void)worker;
    const adamw *a = context;
    size_t at = index * TASK_ELEMENTS, left = a->n - at;
    adamw_run(a->s, left < TASK_ELEMENTS ? left : TASK_ELEMENTS, a->gradient + at, a->parameter + at, a->m + at,
              a->v + at, a->ema + at);
}

void cgm_adamw(const cgm_adamw_step *s, size_t n, const cgm_real *gradient, cgm_real *parameter, cgm_real *m,
               cgm_real *v, cgm_real *ema, int threads)
{
    adamw a = {s, n, gradient, parameter, m, v, ema};
    cgm_fp_mode mode = cgm_fp_flush_denormals(); /* second moments of what no longer changes */
    cgm_parallel(threads, (n + TASK_ELEMENTS - 1) / TASK_ELEMENTS, adamw_task, &a);
    cgm_fp_set(mode);
}
