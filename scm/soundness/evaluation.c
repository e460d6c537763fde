#include "scm/soundness/evaluation.h"

#include <math.h>

#include "scm/object.h"
#include "scm/queries/likelihood.h"
#include "scm/soundness/evaluation_priv.h"

void cgm_evaluation_init(cgm_evaluation_opts *opts)
{
    static const double noises[] = {0, 0.1, 1};
    *opts = (cgm_evaluation_opts){.split = CGM_TEST,
                                  .bins = 10,
                                  .n_noises = sizeof noises / sizeof *noises,
                                  .noises = noises,
                                  .cycles = 10,
                                  .seeds = 3,
                                  .seed = 1,
                                  .temperature = 1,
                                  .resamples = 1000,
                                  .level = 0.95};
}

/* ---- Checking ---- */

/* A number of each image, seed and figure, and the features and embeddings of the sets. */
static cgm_status check_memory(const evaluation *e)
{
    const cgm_evaluation_opts *o = e->opts;
    double treatments = (double)(e->n_treatments + (e->random != NULL)), cycles = (double)o->cycles;
    double a_noise =
        cycles * (4 + 2 * treatments) + treatments * (double)(e->n_judges + cgm_scm_count(e->run->scm) + 7);
    double numbers = a_noise * (double)(o->n_noises * o->seeds);
    if (e->features) numbers += (treatments + 2) * (double)cgm_predictor_width(e->features);
    double bytes = numbers * (double)e->n * sizeof(double), available = (double)cgm_machine_memory();
    if (bytes <= available) return CGM_OK;
    return CGM_FAIL(CGM_E_MEMORY, "the figures of %zu images need %.1f GB of memory, but only %.1f GB are available",
                    e->n, bytes / 1e9, available / 1e9);
}

static cgm_status check(evaluation *e)
{
    cgm_query query;
    cgm_arena arena = {0};
    CGM_TRY(cgm_evaluation_plan(e));
    CGM_TRY(check_memory(e));
    cgm_status status = cgm_evaluation_query(e, &arena, &query);
    if (status == CGM_OK) status = cgm_run_check_query(e->run, &query);
    cgm_arena_clear(&arena);
    return status;
}

cgm_status cgm_run_check_evaluation(cgm_run *run, const cgm_evaluation_opts *opts)
{
    cgm_evaluation out = {.n_rows = 0};
    evaluation e = {.run = run, .opts = opts, .out = &out};
    cgm_status status = check(&e);
    cgm_arena_clear(&e.arena);
    cgm_evaluation_clear(&out);
    return status;
}

/* ---- The answer ---- */

static cgm_status describe(cgm_evaluation *out, const cgm_predictor *p, cgm_evaluation_judge *judge)
{
    *judge =
        (cgm_evaluation_judge){cgm_arena_strdup(&out->arena, p->name), cgm_predictor_rows(p), cgm_predictor_seed(p)};
    return judge->name ? CGM_OK : CGM_E_MEMORY;
}

/* Which rows the model, each judge and those that tuned saw. */
static cgm_status name_judges(evaluation *e)
{
    size_t begin, predictors = cgm_run_predictors(e->run);
    cgm_evaluation *out = e->out;
    cgm_dataset_split(e->run->data, CGM_TRAIN, &begin, &out->trained);
    out->judge = cgm_arena_array(&out->arena, e->n_judges + 1, sizeof *out->judge);
    out->tuner = cgm_arena_array(&out->arena, predictors + 1, sizeof *out->tuner);
    if (!out->judge || !out->tuner) return CGM_E_MEMORY;
    for (size_t k = 0; k < e->n_judges; k++)
        if (e->judge[k].predictor) CGM_TRY(describe(out, e->judge[k].predictor, &out->judge[out->n_judges++]));
    for (size_t k = 0; k < predictors; k++) {
        const cgm_predictor *p = cgm_run_predictor_at(e->run, k);
        if (cgm_run_tunes_with(e->run, p)) CGM_TRY(describe(out, p, &out->tuner[out->n_tuners++]));
    }
    return CGM_OK;
}

static cgm_status begin(evaluation *e)
{
    cgm_evaluation *out = e->out;
    const cgm_variable *x = e->image_variable;
    out->image = e->name[e->image];
    out->n = e->n;
    out->seeds = e->opts->seeds;
    out->cycles = e->opts->cycles;
    out->similar = cgm_similarity_fits(x->height, x->width);
    CGM_TRY(name_judges(e));
    for (int k = 0; k < 2; k++) {
        size_t n = e->n > e->opts->seeds ? e->n : e->opts->seeds;
        if (!(e->scratch[k] = cgm_arena_array(&e->arena, n, sizeof(double)))) return CGM_E_MEMORY;
    }
    if (e->features) {
        out->features = cgm_predictor_width(e->features);
        out->fitted = cgm_predictor_rows(e->features).fitted;
        out->predictor = cgm_arena_strdup(&out->arena, e->features->name);
        e->features_name = cgm_arena_printf(&out->arena, "predictor %s", e->features->name);
        if (!out->predictor || !e->features_name) return CGM_E_MEMORY;
    }
    if (out->similar)
        CGM_TRY(cgm_similarity_create(x->channels, x->height, x->width, false, e->run->opts.threads, &e->similarity));
    return cgm_evaluation_begin_sets(e);
}

static cgm_status make_pass(evaluation *e)
{
    cgm_query query;
    cgm_answer *answer = NULL;
    cgm_arena arena = {0};
    cgm_status status = cgm_evaluation_query(e, &arena, &query);
    if (status == CGM_OK) status = cgm_run_answer(e->run, &query, &answer);
    cgm_answer_destroy(answer);
    cgm_arena_clear(&arena);
    return status == CGM_OK ? cgm_evaluation_end_sets(e) : status;
}

/* Whether every variable has a density or a bound, which are computed together, given its parents alone. */
static bool has_likelihood(const cgm_scm *scm)
{
    if (scm->hidden) return false;
    for (size_t v = 0; v < cgm_scm_count(scm); v++)
        if (!(cgm_scm_mechanism(scm, v)->methods->capabilities & (CGM_CAN_LOG_PROB | CGM_CAN_LOG_PROB_BOUND)))
            return false;
    return true;
}

static cgm_status add_elbo(evaluation *e)
{
    cgm_likelihood likelihood;
    const evaluation_key key = {.metric = "ELBO"};
    if (!has_likelihood(e->run->scm)) return CGM_OK;
    e->noise_now = NAN;
    for (e->seed = 0; e->seed < e->opts->seeds; e->seed++) {
        const cgm_likelihood_opts opts = {.split = e->opts->split, .n = e->n, .seed = e->opts->seed + e->seed};
        CGM_TRY(cgm_scm_likelihood(e->run->scm, e->run->data, &opts, &likelihood));
        cgm_status status = cgm_evaluation_put(e, &key, NULL, 0, e->n, likelihood.log_prob[e->image]);
        cgm_likelihood_clear(&likelihood);
        CGM_TRY(status);
    }
    return CGM_OK;
}

static cgm_status evaluate(evaluation *e)
{
    CGM_TRY(check(e));
    CGM_TRY(begin(e));
    e->first = true;
    for (size_t k = 0; k < e->opts->n_noises; k++)
        for (e->seed = 0; e->seed < e->opts->seeds; e->seed++) {
            e->noise_now = e->opts->noises[k];
            CGM_TRY(make_pass(e));
            e->first = false;
        }
    CGM_TRY(add_elbo(e));
    CGM_TRY(cgm_evaluation_sum_up(e));
    return cgm_evaluation_judge_rows(e);
}

cgm_status cgm_run_evaluate(cgm_run *run, const cgm_evaluation_opts *opts, cgm_evaluation *out)
{
    cgm_evaluation made = {.n_rows = 0};
    evaluation e = {.run = run, .opts = opts, .out = &made};
    CGM_TRY(cgm_run_check_finished(run));
    cgm_status status = evaluate(&e);
    cgm_similarity_destroy(e.similarity);
    cgm_arena_clear(&e.arena);
    if (status == CGM_OK)
        *out = made;
    else
        cgm_evaluation_clear(&made);
    return status;
}

void cgm_evaluation_clear(cgm_evaluation *e)
{
    cgm_arena_clear(&e->arena);
    *e = (cgm_evaluation){.n_rows = 0};
}
