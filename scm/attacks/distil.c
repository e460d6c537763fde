/* A surrogate that is fitted to what a predictor answers: Papernot, McDaniel, Goodfellow, Jha, Celik, Swami 2017,
 * "Practical black-box attacks against machine learning". It begins with a few training images, of which it is told
 * what the predictor reads, and is fitted anew each time that its images have been doubled: each is moved by lambda
 * along the sign of the surrogate's slope of what was read there, and the predictor is asked of the new ones. */
#include <string.h>

#include "data/arrays.h"
#include "scm/attacks/attack_priv.h"

enum { FIRST = 200, ROUNDS = 2 /* of doubling */ };
#define LAMBDA 25.5 /* grey levels: 0.1 of the range */
/* Ten epochs a round, as theirs; at the usual rate of 1e-3 so few images, of which these are few steps, fit little. */
#define OPTIONS "network: convolutional, width: 8, epochs: 10, batch: 64, rate: 0.01, validation: 0"

typedef struct teaching {
    attacking *a;
    size_t n, width;
    const cgm_variable *variable[CGM_MAX_PARENTS + 1]; /* the image, the given attributes, the attribute */
    double *value[CGM_MAX_PARENTS + 1];                /* of each, with room for all rounds */
    size_t n_variables;
    cgm_variable answer; /* the attribute, without a range: what is read may lie outside it */
    cgm_arena arena;
} teaching;

static const double *const *given_from(const teaching *t, size_t at, const double *out[CGM_MAX_PARENTS])
{
    for (size_t k = 0; k + 2 < t->n_variables; k++) out[k] = t->value[k + 1] + at;
    return out;
}

static double *labels(const teaching *t)
{
    return t->value[t->n_variables - 1];
}

/* The first training images. */
static cgm_status begin(teaching *t)
{
    const cgm_predictor *judge = t->a->judge.response.predictor;
    const cgm_dataset *data = t->a->run->data;
    const cgm_row_choice choice = {.split = CGM_TRAIN};
    size_t *row;
    t->width = cgm_variable_width(judge->image);
    t->variable[t->n_variables++] = judge->image;
    for (size_t k = 0; k <= judge->n_given; k++) t->variable[t->n_variables++] = judge->seen.variable[k];
    t->answer = *judge->attribute;
    if (!cgm_variable_has_levels(&t->answer)) t->answer.bounded = false;
    t->variable[judge->n_given + 1] = &t->answer;
    CGM_TRY(cgm_dataset_choose(data, &choice, FIRST, &t->arena, &t->n, &row));
    for (size_t v = 0; v < t->n_variables; v++) {
        size_t width = cgm_variable_width(t->variable[v]);
        t->value[v] = cgm_arena_array(&t->arena, t->n << ROUNDS, width * sizeof *t->value[v]);
        if (!t->value[v]) return CGM_E_MEMORY;
        if (v + 1 < t->n_variables) CGM_TRY(cgm_dataset_read(data, t->variable[v]->name, t->n, row, t->value[v]));
    }
    return CGM_OK;
}

/* What the predictor reads off images `from` and on. */
static cgm_status ask(teaching *t, size_t from)
{
    const double *given[CGM_MAX_PARENTS];
    size_t n = t->n - from;
    t->a->taught += n;
    return cgm_predictor_read(t->a->judge.response.predictor, t->a->run->opts.threads, n, t->value[0] + from * t->width,
                              given_from(t, from, given), labels(t) + from);
}

/* ---- Fitting ---- */

/* "{from: 'image', of: 'digit', given: [...], ...}" */
static const char *describe(teaching *t)
{
    const char *of = cgm_yaml_quote(&t->arena, t->variable[t->n_variables - 1]->name);
    const char *from = cgm_yaml_quote(&t->arena, t->variable[0]->name), *given = "";
    for (size_t k = 1; given && k + 1 < t->n_variables; k++) {
        const char *name = cgm_yaml_quote(&t->arena, t->variable[k]->name);
        given = name ? cgm_arena_printf(&t->arena, "%s%s%s", given, k > 1 ? ", " : "", name) : NULL;
    }
    if (!of || !from || !given) return NULL;
    return cgm_arena_printf(&t->arena, "{from: %s, of: %s, given: [%s], " OPTIONS "}", from, of, given);
}

static cgm_status create_student(teaching *t)
{
    attacking *a = t->a;
    cgm_config *config;
    const char *text = describe(t);
    if (!text) return CGM_E_MEMORY;
    cgm_predictor_destroy(a->student);
    a->student = NULL;
    CGM_TRY(cgm_config_parse(text, "surrogate", &config));
    cgm_status status =
        cgm_predictor_create("surrogate", cgm_config_root(config), a->run->scm, (int64_t)a->opts->seed, &a->student);
    cgm_config_destroy(config);
    return status;
}

static cgm_status fit_to(teaching *t, const cgm_dataset *data)
{
    const cgm_run_opts *opts = &t->a->run->opts;
    cgm_mechanism *m = &t->a->student->base;
    const cgm_fit fit = cgm_run_fit_of("surrogate", data, &t->a->student->train, opts->threads);
    cgm_fit_report report;
    CGM_TRY(cgm_predictor_fit_begin(m, &fit, &report));
    cgm_status status = CGM_OK;
    while (status == CGM_OK && !report.finished) {
        status = cgm_predictor_fit_step(m, &fit, &report);
        if (status == CGM_OK && opts->stop && *opts->stop)
            status = CGM_FAIL(CGM_E_INTERRUPTED, "stopped while fitting a surrogate: nothing is written");
    }
    cgm_predictor_fit_end(m);
    return status;
}

static cgm_status fit(teaching *t)
{
    cgm_dataset *data;
    CGM_TRY(create_student(t));
    CGM_TRY(cgm_dataset_of(t->n_variables, t->variable, t->n, (const double *const *)t->value, &data));
    cgm_status status = fit_to(t, data);
    cgm_dataset_destroy(data);
    return status;
}

/* ---- Doubling ---- */

/* Slopes of what was read of n images from `at` on: the score of that level, or the mean. */
static cgm_status find_slopes(teaching *t, predictor_response *r, size_t at, size_t n, double *weight, double *slope)
{
    const double *given[CGM_MAX_PARENTS];
    size_t scores = cgm_predictor_n_scores(r->predictor);
    bool levels = cgm_variable_has_levels(r->predictor->attribute);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < scores; k++) weight[i * scores + k] = !levels || (double)k == labels(t)[at + i];
    return cgm_response_scores(r, CGM_BACKWARD_GRADIENT, n, t->value[0] + at * t->width, given_from(t, at, given),
                               weight, NULL, slope);
}

static cgm_status add_images(teaching *t, predictor_response *r)
{
    double *weight = cgm_arena_array(&t->arena, ATTACK_ROWS, cgm_predictor_n_scores(r->predictor) * sizeof *weight);
    double *slope = cgm_arena_array(&t->arena, ATTACK_ROWS, t->width * sizeof *slope);
    if (!weight || !slope) return CGM_E_MEMORY;
    for (size_t at = 0; at < t->n; at += ATTACK_ROWS) {
        size_t n = t->n - at < ATTACK_ROWS ? t->n - at : ATTACK_ROWS;
        double *old = t->value[0] + at * t->width, *new = old + t->n * t->width;
        CGM_TRY(find_slopes(t, r, at, n, weight, slope));
        for (size_t j = 0; j < n * t->width; j++) {
            double moved = old[j] + LAMBDA * (double)((slope[j] > 0) - (slope[j] < 0));
            new[j] = moved < 0 ? 0 : moved > 255 ? 255 : moved;
        }
    }
    for (size_t v = 1; v + 1 < t->n_variables; v++) memcpy(t->value[v] + t->n, t->value[v], t->n * sizeof *t->value[v]);
    t->n *= 2;
    return CGM_OK;
}

static cgm_status double_images(teaching *t)
{
    predictor_response r = {.predictor = t->a->student, .threads = t->a->run->opts.threads};
    size_t before = t->n;
    cgm_status status = add_images(t, &r);
    cgm_response_clear(&r);
    return status == CGM_OK ? ask(t, before) : status;
}

static cgm_status teach(teaching *t)
{
    CGM_TRY(begin(t));
    CGM_TRY(ask(t, 0));
    CGM_TRY(fit(t));
    for (int round = 0; round < ROUNDS; round++) {
        CGM_TRY(double_images(t));
        CGM_TRY(fit(t));
    }
    return CGM_OK;
}

cgm_status cgm_attack_distil(attacking *a)
{
    teaching t = {.a = a};
    cgm_status status = teach(&t);
    cgm_arena_clear(&t.arena);
    return status;
}
