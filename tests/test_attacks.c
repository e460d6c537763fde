/* Attacks: methods on a linear model, whose nearest images are known, and on predictors of a small run. */
#include "scm/attacks/attack.h"

#include <string.h>

#include "data/arrays.h"
#include "data/store.h"
#include "graph/ops.h"
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

/* ---- Predictors of a small run ----
 *
 * Images of 8 x 8 pixels of three levels and of a size: a patch of four pixels, which stands out by much, and all other
 * pixels, each of which says a little. What relies on these is led astray by small changes. */

enum { ROWS = 420, TEST = 60, SIDE = 8, PIXELS = SIDE * SIDE, LEVELS = 3 };

static bool in_patch(size_t pixel, size_t level)
{
    size_t x = pixel % SIDE, y = pixel / SIDE;
    return y >= 3 && y < 5 && x >= 2 * level + 1 && x < 2 * level + 3;
}

static void fill_image(cgm_rng *rng, double level, double size, double *image)
{
    for (size_t j = 0; j < PIXELS; j++) {
        double hint = (j * 7 + 3 * (size_t)level) % LEVELS == 0 ? 10 : -5;
        image[j] = rint(100 + hint + 40 * size + (in_patch(j, (size_t)level) ? 60 : 0) + 12 * cgm_rng_normal(rng));
    }
}

static void write_data(const char *path)
{
    static double level[ROWS], size[ROWS], image[ROWS * PIXELS];
    const cgm_variable variable[] = {{.name = "level", .type = CGM_CATEGORICAL, .levels = LEVELS},
                                     {.name = "size", .type = CGM_CONTINUOUS, .bounded = true, .high = 1},
                                     {.name = "image",
                                      .type = CGM_IMAGE,
                                      .bounded = true,
                                      .high = 255,
                                      .channels = 1,
                                      .height = SIDE,
                                      .width = SIDE}};
    const cgm_variable *const variables[] = {&variable[0], &variable[1], &variable[2]};
    const double *const values[] = {level, size, image};
    cgm_rng rng = cgm_rng_create(3);
    cgm_dataset *data = NULL;
    for (size_t i = 0; i < ROWS; i++) {
        level[i] = (double)cgm_rng_below(&rng, LEVELS);
        size[i] = cgm_rng_uniform(&rng);
        fill_image(&rng, level[i], size[i], image + i * PIXELS);
    }
    REQUIRE_OK(cgm_dataset_of(3, variables, ROWS, values, &data));
    data->train = ROWS - TEST;
    REQUIRE_OK(cgm_dataset_save(data, path));
    cgm_dataset_destroy(data);
}

#define CONFIG                                                                                                         \
    "data: {path: '%s'}\n"                                                                                             \
    "graph:\n"                                                                                                         \
    "  level: {type: categorical, levels: 3}\n"                                                                        \
    "  size: {type: continuous, range: [0, 1]}\n"                                                                      \
    "  image: {type: image, parents: [level, size], mechanism: {kind: autoencoder, network: dense, latent: 2, "        \
    "widths: [4]}}\n"                                                                                                  \
    "train: {epochs: 1, batch: 60}\n"                                                                                  \
    "predictors:\n"                                                                                                    \
    "  level: {from: image, width: 4, epochs: 12, batch: 40, rate: 0.01}\n"                                            \
    "  robust: {from: image, of: level, width: 4, epochs: 12, batch: 40, rate: 0.01, adversarial: {epsilon: 12}}\n"    \
    "  size: {from: image, given: [level], width: 2, epochs: 8, batch: 40, rate: 0.01}\n"

static cgm_config *config;
static cgm_run *run;

static void make_run(void)
{
    char text[2048];
    if (run) return;
    write_data(test_path("toy.h5"));
    snprintf(text, sizeof text, CONFIG, test_path("toy.h5"));
    REQUIRE_OK(cgm_config_parse(text, "toy.yaml", &config));
    REQUIRE_OK(cgm_run_create(config, &(cgm_run_opts){.threads = 1}, &run));
    REQUIRE_OK(cgm_run_train(run, test_path("run.h5")));
}

static cgm_attack_report ask(cgm_run *of, const char *predictor, const char *method, double epsilon, const char *target)
{
    cgm_attack_report r = {.n = 0};
    cgm_attack_opts opts;
    cgm_attack_init(&opts);
    opts.predictor = predictor;
    opts.method = method;
    opts.epsilon = epsilon;
    opts.target = target;
    if (method && strcmp(method, "boundary") == 0) opts.iterations = 60;
    if (method && strcmp(method, "carlini_wagner") == 0) opts.iterations = target ? 60 : 30;
    REQUIRE_OK(cgm_run_attack(of, &opts, &r));
    return r;
}

/* What reports say of themselves: norms, range, and what counts. */
static void check_report(const cgm_attack_report *r, int target)
{
    size_t tried = 0, succeeded = 0;
    double right = 0, sum = 0;
    for (size_t i = 0; i < r->n; i++) {
        double l2 = 0, linf = 0;
        for (size_t j = i * PIXELS; j < (i + 1) * PIXELS; j++) {
            CU_ASSERT(r->attacked[j] >= 0 && r->attacked[j] <= 255);
            l2 += pow(r->attacked[j] - r->factual[j], 2);
            linf = fmax(linf, fabs(r->attacked[j] - r->factual[j]));
        }
        CHECK_NEAR(r->l2[i], sqrt(l2), 1e-9);
        CHECK_NEAR(r->linf[i], linf, 1e-9);
        if (r->epsilon > 0) CU_ASSERT(linf <= r->epsilon + 1e-9);
        bool counts = target < 0 ? r->read[i] == r->truth[i] : r->read[i] != target;
        bool fooled = counts && (target < 0 ? r->read_after[i] != r->truth[i] : r->read_after[i] == target);
        CU_ASSERT_EQUAL(r->counts[i], counts);
        CU_ASSERT_EQUAL(r->fooled[i], fooled);
        tried += counts;
        succeeded += fooled;
        right += r->read_after[i] == r->truth[i];
        if (fooled) sum += r->l2[i];
        CU_ASSERT(r->sure_after[i] > 1.0 / LEVELS - 1e-6 && r->sure_after[i] <= 1);
    }
    CU_ASSERT_EQUAL(r->tried, tried);
    CU_ASSERT_EQUAL(r->succeeded, succeeded);
    CHECK_NEAR(r->after, right / (double)r->n, 1e-12);
    CHECK_NEAR(r->success, (double)succeeded / (double)tried, 1e-12);
    if (succeeded) CHECK_NEAR(r->l2_mean, sum / (double)succeeded, 1e-9);
}

static void methods_attack_a_predictor(void)
{
    make_run();
    cgm_attack_report fast = ask(run, "level", "fgsm", 12, NULL), slow = ask(run, "level", "iterative_fgsm", 12, NULL);
    cgm_attack_report none = ask(run, "level", "fgsm", 0.01, NULL);
    check_report(&fast, -1);
    check_report(&slow, -1);
    CU_ASSERT_EQUAL(fast.n, TEST);
    CU_ASSERT(fast.before > 0.9);
    CU_ASSERT(slow.success > 0.5 && slow.success >= fast.success);
    CU_ASSERT(none.succeeded == 0 && isnan(none.l2_mean) && none.after == none.before);
    CU_ASSERT_EQUAL(slow.iterations, 15);
    cgm_attack_report nearest = ask(run, "level", "carlini_wagner", 0, NULL);
    cgm_attack_report border = ask(run, "level", "boundary", 0, NULL);
    check_report(&nearest, -1);
    check_report(&border, -1);
    CU_ASSERT(nearest.success == 1 && border.success == 1);
    /* The nearest are nearer than what decisions alone find, which are nearer than where that begins; and no change
     * within a bound does it with less, but for how near the searches come. */
    CU_ASSERT(nearest.l2_mean < border.l2_mean && nearest.l2_median < border.l2_median);
    for (size_t i = 0; i < TEST; i++)
        if (slow.fooled[i]) CU_ASSERT(nearest.l2[i] < 1.2 * slow.l2[i]);
    cgm_attack_clear(&fast);
    cgm_attack_clear(&slow);
    cgm_attack_clear(&none);
    cgm_attack_clear(&nearest);
    cgm_attack_clear(&border);
}

static void a_target_is_reached(void)
{
    make_run();
    cgm_attack_report near = ask(run, "level", "carlini_wagner", 0, "2"),
                      far = ask(run, "level", "iterative_fgsm", 100, "2");
    check_report(&near, 2);
    check_report(&far, 2);
    CU_ASSERT(near.tried > 20 && near.tried < TEST);
    CU_ASSERT(near.success > 0.9);
    CU_ASSERT(far.success > 0.6);
    cgm_attack_clear(&near);
    cgm_attack_clear(&far);
}

/* Trained on attacked images it is led astray less often, at the epsilon that it was trained with. */
static void adversarial_training_makes_robust(void)
{
    char text[512];
    make_run();
    cgm_attack_report plain = ask(run, "level", "fgsm", 12, NULL), robust = ask(run, "robust", "fgsm", 12, NULL);
    CU_ASSERT(robust.before > 0.9);
    CU_ASSERT(robust.after > plain.after + 0.15);
    cgm_attack_clear(&plain);
    cgm_attack_clear(&robust);
    cgm_run_describe_part(run, 4, sizeof text, text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "attacked by 12 grey levels (0.5 of the images)"));
}

/* Of a continuous attribute what is read goes away from the truth. */
static void the_error_of_a_number_grows(void)
{
    make_run();
    cgm_attack_report r = ask(run, "size", "fgsm", 8, NULL);
    CU_ASSERT_STRING_EQUAL(r.measure, "error");
    CU_ASSERT(r.after > 1.5 * r.before);
    CU_ASSERT(r.tried == 0 && isnan(r.success) && isfinite(r.l2_mean));
    for (size_t i = 0; i < TEST; i++)
        CU_ASSERT(fabs(r.read_after[i] - r.truth[i]) > fabs(r.read[i] - r.truth[i]) - 0.02);
    cgm_attack_clear(&r);
}

/* Each pixel epsilon up or down, by chance. */
static double noisy(cgm_rng *rng, double pixel, double epsilon)
{
    return fmin(fmax(pixel + (cgm_rng_uniform(rng) < 0.5 ? -epsilon : epsilon), 0), 255);
}

/* The report's measure, of predictor "size" or "level", on its images changed by noise as large as its attack may be:
 * the mean of ten draws. */
static double measure_with_noise(const cgm_attack_report *r)
{
    enum { DRAWS = 10 };
    static double image[TEST * PIXELS], level[TEST], read[TEST];
    const double *const given[] = {level};
    bool is_error = strcmp(r->measure, "error") == 0;
    cgm_rng rng = cgm_rng_create(11);
    double sum = 0;
    REQUIRE_OK(cgm_dataset_read(cgm_run_data(run), "level", r->n, r->row, level));
    for (int draw = 0; draw < DRAWS; draw++) {
        for (size_t j = 0; j < r->n * PIXELS; j++) image[j] = noisy(&rng, r->factual[j], r->epsilon);
        REQUIRE_OK(cgm_predictor_read(cgm_run_predictor(run, r->predictor), 1, r->n, image, given, read));
        for (size_t i = 0; i < r->n; i++) sum += is_error ? fabs(read[i] - r->truth[i]) : read[i] == r->truth[i];
    }
    return sum / (double)(DRAWS * r->n);
}

/* Changes made for another network mislead the attacked one, more often than noise of the same size would; it is asked
 * of nothing where the other is given. */
static void changes_transfer(void)
{
    make_run();
    cgm_attack_report r = {.n = 0};
    cgm_attack_opts opts;
    cgm_attack_init(&opts);
    opts.predictor = "level";
    opts.method = "surrogate";
    opts.epsilon = 40;
    REQUIRE_OK(cgm_run_attack(run, &opts, &r));
    check_report(&r, -1);
    CU_ASSERT(r.success > 0.3);
    CU_ASSERT(r.after < measure_with_noise(&r) - 0.1);
    CU_ASSERT(r.shown > 1);
    cgm_attack_clear(&r);
    opts.surrogate = "robust";
    REQUIRE_OK(cgm_run_attack(run, &opts, &r));
    check_report(&r, -1);
    CU_ASSERT_EQUAL(r.shown, 0);
    CU_ASSERT_STRING_EQUAL(r.surrogate, "robust");
    CU_ASSERT(r.success > 0.1);
    CU_ASSERT(r.after < measure_with_noise(&r) - 0.1);
    cgm_attack_clear(&r);
    /* Answers may lie outside the attribute's range. */
    r = ask(run, "size", "surrogate", 12, NULL);
    CU_ASSERT(r.after > 1.2 * measure_with_noise(&r));
    cgm_attack_clear(&r);
}

static void threads_do_not_matter(void)
{
    static const char *const methods[] = {"iterative_fgsm", "boundary"};
    cgm_run *other = NULL;
    make_run();
    REQUIRE_OK(cgm_run_open(test_path("run.h5"), &(cgm_run_opts){.threads = 2}, &other));
    for (int k = 0; k < 2; k++) {
        cgm_attack_report one = ask(run, "level", methods[k], 0, NULL), two = ask(other, "level", methods[k], 0, NULL);
        CU_ASSERT_EQUAL(memcmp(one.attacked, two.attacked, TEST * PIXELS * sizeof(double)), 0);
        cgm_attack_clear(&one);
        cgm_attack_clear(&two);
    }
    cgm_run_destroy(other);
}

static void check_refused(cgm_attack_opts opts, const char *message)
{
    cgm_attack_report r;
    CHECK_FAILS(cgm_run_check_attack(run, &opts), CGM_E_ARG, message);
    CHECK_FAILS(cgm_run_attack(run, &opts, &r), CGM_E_ARG, message);
}

static void what_cannot_be_is_refused(void)
{
    make_run();
    check_refused((cgm_attack_opts){.predictor = "levels"}, "did you mean \"level\"");
    check_refused((cgm_attack_opts){.method = "fgsm"}, "predictor: the run has 3 of them");
    check_refused((cgm_attack_opts){.predictor = "level", .method = "fgms"}, "did you mean \"fgsm\"?");
    check_refused((cgm_attack_opts){.predictor = "size", .method = "boundary"},
                  "changes which level is read, and 'size'");
    check_refused((cgm_attack_opts){.predictor = "size", .target = "1"}, "target: 'size' is continuous");
    check_refused((cgm_attack_opts){.predictor = "level", .target = "3"}, "target: 3 is not a level");
    check_refused((cgm_attack_opts){.predictor = "level", .method = "boundary", .epsilon = 3},
                  "epsilon: boundary looks");
    check_refused((cgm_attack_opts){.predictor = "level", .epsilon = 256}, "epsilon: 256; expected");
    check_refused((cgm_attack_opts){.predictor = "level", .iterations = 3}, "iterations: fgsm makes one step");
    check_refused((cgm_attack_opts){.predictor = "level", .surrogate = "robust"}, "surrogate: fgsm asks the predictor");
    check_refused((cgm_attack_opts){.predictor = "level", .method = "surrogate", .surrogate = "level"},
                  "is what is attacked");
    check_refused((cgm_attack_opts){.predictor = "level", .method = "surrogate", .surrogate = "size"},
                  "\"size\" reads size off image; expected a predictor that reads level");
    check_refused((cgm_attack_opts){.predictor = "level", .out = "a.csv"}, "expected a name that ends in .h5");
    check_refused((cgm_attack_opts){.predictor = "level", .rows = {.split = CGM_TEST, .n = 1000}}, "1000 rows wanted");
}

/* ---- Adversarial training: what a step trains on ---- */

/* Some of the images as they are, the others moved by 12 grey levels along the sign of the loss's slope, each by
 * itself; as many of them as the share says. */
static void a_step_sees_attacked_images(void)
{
    enum { N = 40 };
    static double image[N * PIXELS], slope[N * PIXELS], level[N];
    static cgm_real pixels[N * PIXELS], seen[N * LEVELS], noise[N], shown[N * PIXELS];
    size_t rows[N], attacked = 0;
    cgm_graph *g = NULL;
    cgm_program *program = NULL;
    cgm_workspace *ws = NULL;
    cgm_arena arena = {0};
    make_run();
    const cgm_predictor *p = cgm_run_predictor(run, "robust");
    predictor_response response = {.predictor = cgm_run_predictor(run, "robust"), .threads = 1};
    for (size_t i = 0; i < N; i++) rows[i] = i;
    REQUIRE_OK(cgm_dataset_read(cgm_run_data(run), "image", N, rows, image));
    REQUIRE_OK(cgm_dataset_read(cgm_run_data(run), "level", N, rows, level));
    REQUIRE_OK(cgm_response_loss(&response, N, image, NULL, level, NULL, slope));
    for (size_t i = 0; i < N * PIXELS; i++) pixels[i] = (cgm_real)image[i];
    for (size_t i = 0; i < N; i++) seen[i * LEVELS + (size_t)level[i]] = 1;
    for (size_t i = 0; i < N; i++) noise[i] = (cgm_real)(i % 4 == 0 ? -0.1 : 0.1); /* share 0.5: below 0 */
    REQUIRE_OK(cgm_graph_create(&g));
    cgm_node x = cgm_batch_input(g, "pixels", CGM_SHAPE(N, 1, SIDE, SIDE));
    cgm_node labels = cgm_batch_input(g, "seen", CGM_SHAPE(N, LEVELS));
    image_bound bound = {.mode = CGM_MODE_TRAIN, .arena = &arena};
    cgm_node out = cgm_predictor_graph_attacked(p, g, x, labels, &bound);
    CU_ASSERT_EQUAL_FATAL(bound.n_noise, 1);
    REQUIRE_OK(cgm_program_compile(g, 1, &out, &(cgm_compile_opts){.threads = 1, .bound_outputs = true}, &program));
    REQUIRE_OK(cgm_workspace_create(program, &ws));
    cgm_params_bind(p->params, g, ws, cgm_params_ema(p->params));
    cgm_workspace_bind(ws, x, pixels);
    cgm_workspace_bind(ws, labels, seen);
    cgm_workspace_bind(ws, bound.noise[0], noise);
    cgm_workspace_bind_output(ws, 0, shown);
    REQUIRE_OK(cgm_program_run(program, ws));
    for (size_t i = 0; i < N * PIXELS; i++) {
        double sign = (slope[i] > 0) - (slope[i] < 0), moved = fmin(fmax(image[i] + 12 * sign, 0), 255);
        bool is = i / PIXELS % 4 == 0;
        attacked += is && fabs(shown[i] - moved) < 1e-3;
        if (!is) CHECK_NEAR(shown[i], image[i], 0);
    }
    CU_ASSERT(attacked >= N / 4 * PIXELS * 99 / 100); /* in float slopes near 0 may have the other sign */
    /* In validation images are as they are. */
    bound.mode = CGM_MODE_EVAL;
    CU_ASSERT_EQUAL(cgm_predictor_graph_attacked(p, g, x, labels, &bound).id, x.id);
    cgm_response_clear(&response);
    cgm_workspace_destroy(ws);
    cgm_program_destroy(program);
    cgm_graph_destroy(g);
    cgm_arena_clear(&arena);
}

static void the_end(void)
{
    cgm_run_destroy(run);
    cgm_config_destroy(config);
}

static const test_case cases[] = {
    {"fgsm is exact on a linear model", fgsm_is_exact_on_a_linear_model},
    {"iterations stay in the ball", iterations_stay_in_the_ball},
    {"carlini_wagner finds the nearest image", carlini_wagner_finds_the_nearest},
    {"boundary comes nearer", boundary_comes_nearer},
    {"names are suggested", names_are_suggested},
    {"methods attack a predictor", methods_attack_a_predictor},
    {"a target is reached", a_target_is_reached},
    {"adversarial training makes robust", adversarial_training_makes_robust},
    {"the error of a number grows", the_error_of_a_number_grows},
    {"changes transfer", changes_transfer},
    {"threads do not matter", threads_do_not_matter},
    {"what cannot be is refused", what_cannot_be_is_refused},
    {"a step sees attacked images", a_step_sees_attacked_images},
    {"the end", the_end},
};

TEST_MAIN("attacks", cases)
