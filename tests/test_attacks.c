/* Attacks: methods on a linear model, whose nearest images are known, and on predictors of a small run. */
#include "scm/attacks/attack.h"

#include <string.h>

#include "scm/attacks/method.h"
#include "scm/predictors/response.h"
#include "tests/harness.h"

/* ---- A linear model: scores 0 and w x + b, logits of two levels ---- */

enum { WIDTH = 16, IMAGES = 5 };

typedef struct linear {
    double w[WIDTH], b;
    size_t asked;
} linear;

static double logit(const linear *m, const double *x)
{
    double sum = m->b;
    for (size_t j = 0; j < WIDTH; j++) sum += m->w[j] * x[j];
    return sum;
}

static cgm_status linear_scores(void *context, size_t n, const double *image, double *score)
{
    linear *m = context;
    m->asked += n;
    for (size_t i = 0; i < n; i++) {
        score[2 * i] = 0;
        score[2 * i + 1] = logit(m, image + i * WIDTH);
    }
    return CGM_OK;
}

static cgm_status linear_slopes(void *context, size_t n, const double *image, const double *weight, double *slope)
{
    const linear *m = context;
    (void)image;
    for (size_t i = 0; i < n * WIDTH; i++) slope[i] = weight[2 * (i / WIDTH) + 1] * m->w[i % WIDTH];
    return CGM_OK;
}

static cgm_status linear_losses(void *context, size_t n, const double *image, const double *value, double *slope)
{
    const linear *m = context;
    for (size_t i = 0; i < n * WIDTH; i++) {
        double p = 1 / (1 + exp(-logit(m, image + i / WIDTH * WIDTH)));
        slope[i] = (p - value[i / WIDTH]) * m->w[i % WIDTH];
    }
    return CGM_OK;
}

static attack_victim victim_of(linear *m)
{
    return (attack_victim){WIDTH, 2, linear_scores, linear_slopes, linear_losses, m};
}

/* Images well inside their range, of either level. */
static linear make_linear(double image[IMAGES * WIDTH], double truth[IMAGES])
{
    linear m = {.b = 0};
    for (size_t j = 0; j < WIDTH; j++) m.w[j] = 0.03 * sin(1.3 * (double)j + 0.4);
    for (size_t j = 0; j < WIDTH; j++) m.b -= m.w[j] * 127;
    for (size_t i = 0; i < IMAGES * WIDTH; i++) image[i] = 127 + 60 * sin(0.7 * (double)i + 1);
    for (size_t i = 0; i < IMAGES; i++) truth[i] = logit(&m, image + i * WIDTH) > 0;
    return m;
}

/* What is attacked, and what comes out. */
typedef struct toy {
    linear model;
    attack_victim victim;
    attack_question question;
    attack_batch batch;
    cgm_arena arena;
    double image[IMAGES * WIDTH], truth[IMAGES], attacked[IMAGES * WIDTH];
} toy;

static void attack(toy *t, const attack_method *method, double epsilon, size_t iterations)
{
    t->model = make_linear(t->image, t->truth);
    t->victim = victim_of(&t->model);
    t->question = (attack_question){epsilon, iterations, -1, IMAGES, t->image};
    t->batch = (attack_batch){IMAGES, t->image, t->truth, cgm_rng_create(7), 0, t->attacked};
    REQUIRE_OK(method->run(&t->victim, &t->question, &t->batch, &t->arena));
    cgm_arena_clear(&t->arena);
}

static double norm_of_w(const linear *m)
{
    double sum = 0;
    for (size_t j = 0; j < WIDTH; j++) sum += m->w[j] * m->w[j];
    return sqrt(sum);
}

/* Goodfellow et al. 2015: of a linear model x + epsilon sign(w) where level 0 is true, else x - epsilon sign(w). */
static void fgsm_is_exact_on_a_linear_model(void)
{
    static toy t;
    attack(&t, &cgm_attack_fgsm, 8, 0);
    for (size_t i = 0; i < IMAGES * WIDTH; i++) {
        double sign = (t.model.w[i % WIDTH] > 0 ? 1 : -1) * (t.truth[i / WIDTH] > 0 ? -1 : 1);
        CHECK_NEAR(t.attacked[i], t.image[i] + 8 * sign, 1e-12);
    }
    /* With a target the other way, where it is what is read already. */
    t.question.target = 1;
    REQUIRE_OK(cgm_attack_fgsm.run(&t.victim, &t.question, &t.batch, &t.arena));
    for (size_t i = 0; i < IMAGES * WIDTH; i++)
        CHECK_NEAR(t.attacked[i], t.image[i] + (t.model.w[i % WIDTH] > 0 ? 8 : -8), 1e-12);
    cgm_arena_clear(&t.arena);
}

/* Within epsilon and the range, and with steps that reach the edge of the ball where a single one does. */
static void iterations_stay_in_the_ball(void)
{
    static toy t;
    attack(&t, &cgm_attack_iterative_fgsm, 90, 10);
    for (size_t i = 0; i < IMAGES * WIDTH; i++) {
        double sign = (t.model.w[i % WIDTH] > 0 ? 1 : -1) * (t.truth[i / WIDTH] > 0 ? -1 : 1);
        CHECK_NEAR(t.attacked[i], fmin(fmax(t.image[i] + 90 * sign, 0), 255), 1e-9);
    }
    CU_ASSERT_EQUAL(cgm_attack_iterative_fgsm.steps(8), 10);
    CU_ASSERT_EQUAL(cgm_attack_iterative_fgsm.steps(0.5), 4);
    CU_ASSERT_EQUAL(cgm_attack_iterative_fgsm.steps(100), 104);
}

/* The nearest image of a linear model is the foot of the perpendicular on its border, |w x + b| / |w| away. */
static void carlini_wagner_finds_the_nearest(void)
{
    static toy t;
    attack(&t, &cgm_attack_carlini_wagner, 0, 200);
    for (size_t i = 0; i < IMAGES; i++) {
        const double *x = t.image + i * WIDTH, *y = t.attacked + i * WIDTH;
        double nearest = fabs(logit(&t.model, x)) / norm_of_w(&t.model);
        CHECK_NEAR(cgm_attack_distance(WIDTH, x, y) / nearest, 1, 1e-2);
        CU_ASSERT((logit(&t.model, y) > 0) != (t.truth[i] > 0));
        for (size_t j = 0; j < WIDTH; j++) {
            double foot = x[j] - logit(&t.model, x) * t.model.w[j] / pow(norm_of_w(&t.model), 2);
            CHECK_NEAR(y[j], foot, 0.05 * nearest);
        }
    }
    /* What is read so without a change stays as it is. */
    t.question.target = 1;
    REQUIRE_OK(cgm_attack_carlini_wagner.run(&t.victim, &t.question, &t.batch, &t.arena));
    for (size_t i = 0; i < IMAGES; i++) {
        double distance = cgm_attack_distance(WIDTH, t.image + i * WIDTH, t.attacked + i * WIDTH);
        if (t.truth[i] > 0) CU_ASSERT_EQUAL(distance, 0);
        CU_ASSERT(logit(&t.model, t.attacked + i * WIDTH) > 0);
    }
    cgm_arena_clear(&t.arena);
}

/* From decisions alone: nearer with more steps, never nearer than can be, and always read otherwise. */
static void boundary_comes_nearer(void)
{
    static toy t;
    double distance[3][IMAGES];
    static const size_t steps[] = {0, 100, 1500};
    for (int k = 0; k < 3; k++) {
        attack(&t, &cgm_attack_boundary, 0, steps[k]);
        for (size_t i = 0; i < IMAGES; i++) {
            const double *x = t.image + i * WIDTH, *y = t.attacked + i * WIDTH;
            double nearest = fabs(logit(&t.model, x)) / norm_of_w(&t.model);
            distance[k][i] = cgm_attack_distance(WIDTH, x, y);
            CU_ASSERT((logit(&t.model, y) > 0) != (t.truth[i] > 0));
            CU_ASSERT(distance[k][i] >= nearest * (1 - 1e-9));
            if (k > 0) CU_ASSERT(distance[k][i] < distance[k - 1][i]);
            if (k == 2) CHECK_NEAR(distance[k][i] / nearest, 1, 0.05);
        }
    }
    CU_ASSERT_EQUAL(t.model.asked, IMAGES * (1 + 12 + 2 * 1500 + (t.model.asked / IMAGES - 1 - 12 - 2 * 1500)));
    /* A batch of two has the images that they have in a batch of five. */
    double first[2 * WIDTH];
    memcpy(first, t.attacked, sizeof first);
    t.batch.n = 2;
    REQUIRE_OK(cgm_attack_boundary.run(&t.victim, &t.question, &t.batch, &t.arena));
    CU_ASSERT_EQUAL(memcmp(first, t.attacked, sizeof first), 0);
    /* Where nothing is read as the target, nothing is found. */
    t.model.b = -1e6;
    t.question.target = 1;
    REQUIRE_OK(cgm_attack_boundary.run(&t.victim, &t.question, &t.batch, &t.arena));
    CU_ASSERT_EQUAL(memcmp(t.image, t.attacked, sizeof first), 0);
    cgm_arena_clear(&t.arena);
}

static void names_are_suggested(void)
{
    const attack_method *m = NULL;
    REQUIRE_OK(cgm_attack_find_method("boundary", &m));
    CU_ASSERT_PTR_EQUAL(m, &cgm_attack_boundary);
    CHECK_FAILS(cgm_attack_find_method("carlini", &m), CGM_E_ARG, "method: no attack is called \"carlini\"");
    CHECK_FAILS(cgm_attack_find_method("fgms", &m), CGM_E_ARG, "did you mean \"fgsm\"?");
}
