/* What predictors go by: each method against PyTorch, central differences, or a model of which the answer is known. */
#include "scm/explain/explain.h"

#include "graph/ops.h"
#include "metrics/regression.h"
#include "scm/explain/make.h"
#include "scm/explain/parts.h"
#include "tests/fixtures/explain.h"
#include "tests/predictor_toys.h"

#define SINGLE (sizeof(cgm_real) == sizeof(float))
#define MAP_TOLERANCE (SINGLE ? 1e-3 : 1e-9)

/* ---- Rectifiers ---- */

static double rectified(double x, double slope)
{
    return x > 0 ? x : slope * x;
}

static double passed_back(cgm_backward rule, double x, double slope, double dy)
{
    double derivative = x > 0 ? 1 : slope;
    if (rule == CGM_BACKWARD_DECONVOLUTION) return rectified(dy, slope);
    return derivative * (rule == CGM_BACKWARD_GUIDED ? fmax(dy, 0) : dy);
}

/* y = sum(2 f(f(x) w)), so that what one rectifier passes back is another's dy. */
static void rules_of_rectifiers(void)
{
    enum { N = 8, RULES = 3 };
    static const cgm_real x[N] = {-2, -1, -0.5, -0.25, 0.25, 0.5, 1, 2}, w[N] = {1, -1, 2, -3, 4, -5, 1, -2};
    for (int leaky = 0; leaky < 2; leaky++) {
        double slope = leaky ? 0.25 : 0;
        cgm_graph *g = NULL;
        cgm_program *program = NULL;
        cgm_workspace *ws = NULL;
        cgm_node back[RULES];
        REQUIRE_OK(cgm_graph_create(&g));
        cgm_node in = cgm_input(g, "x", CGM_SHAPE(N)), weight = cgm_input(g, "w", CGM_SHAPE(N));
        cgm_node h = leaky ? cgm_leaky_relu(g, in, slope) : cgm_relu(g, in);
        h = cgm_mul(g, h, weight);
        h = leaky ? cgm_leaky_relu(g, h, slope) : cgm_relu(g, h);
        cgm_node y = cgm_affine(g, cgm_sum_all(g, h), 2, 0);
        for (int rule = 0; rule < RULES; rule++)
            REQUIRE_OK(cgm_graph_pass_back(g, (cgm_backward)rule, y, 1, &in, &back[rule]));
        REQUIRE_OK(cgm_program_compile(g, RULES, back, &(cgm_compile_opts){.threads = 1}, &program));
        REQUIRE_OK(cgm_workspace_create(program, &ws));
        cgm_workspace_bind(ws, in, x);
        cgm_workspace_bind(ws, weight, w);
        REQUIRE_OK(cgm_program_run(program, ws));
        for (int rule = 0; rule < RULES; rule++)
            for (int i = 0; i < N; i++) {
                double xi = (double)x[i], wi = (double)w[i], inner = rectified(xi, slope) * wi;
                double dy = passed_back((cgm_backward)rule, inner, slope, 2) * wi;
                double want = passed_back((cgm_backward)rule, xi, slope, dy);
                CHECK_NEAR((double)cgm_workspace_get(ws, back[rule])[i], want, 1e-6);
            }
        cgm_workspace_destroy(ws);
        cgm_program_destroy(program);
        cgm_graph_destroy(g);
    }
}

/* ---- Predictors ---- */

#define CATEGORICAL "{from: image, of: categorical, given: [group, size], width: 2}"
#define RESIDUAL "{from: image, of: categorical, given: [group, size], width: 2, network: residual}"

/* A toy, and what a task on all its images is. Of categorical attributes image i has level 3 i mod 4 explained. */
typedef struct subject {
    toy t;
    inputs in;
    const double *given[2];
    double weight[PR_N * PR_LEVELS], scores[PR_N * PR_LEVELS];
    predictor_response response;
    layer_response layer;
    explain_task task;
    int64_t part[PR_N * PIXELS];
    double figure[PR_N];
} subject;

static subject *subject_create(const char *map, size_t n, const char *const *names)
{
    subject *s = calloc(1, sizeof *s);
    CU_ASSERT_FATAL(s != NULL);
    s->t = toy_create(map);
    set_parameters(s->t.p, n, names);
    fill_inputs(s->t.p, &s->in);
    s->given[0] = s->in.group;
    s->given[1] = s->in.size;
    s->response = (predictor_response){.predictor = s->t.p, .threads = 1};
    s->layer = (layer_response){.predictor = s->t.p, .threads = 2};
    size_t scores = cgm_predictor_n_scores(s->t.p);
    for (size_t i = 0; i < PR_N; i++) s->weight[i * scores + (scores > 1 ? 3 * i % scores : 0)] = 1;
    s->task = (explain_task){.image = s->t.p->image,
                             .n = PR_N,
                             .width = PIXELS,
                             .images = s->in.images,
                             .response = &s->response,
                             .layer = &s->layer,
                             .given = s->given,
                             .n_scores = scores,
                             .weight = s->weight,
                             .part = s->part,
                             .figure = s->figure,
                             .iterations = 1,
                             .rng = cgm_rng_create(4)};
    return s;
}

static void subject_destroy(subject *s)
{
    cgm_response_clear(&s->response);
    cgm_layer_clear(&s->layer);
    toy_destroy(&s->t);
    free(s);
}

#define SUBJECT(map, label) subject_create(map, sizeof label##_names / sizeof *label##_names, label##_names)

static void check_maps(subject *s, const double *gradient, const double *guided, const double *deconvolution,
                       const double *scores, const double *cam)
{
    static double map[PR_N * PIXELS];
    REQUIRE_OK(cgm_explain_method_saliency.explain(&s->task, map));
    CHECK_NEAR(difference(PR_N * PIXELS, map, gradient), 0, MAP_TOLERANCE);
    REQUIRE_OK(cgm_explain_method_guided_backpropagation.explain(&s->task, map));
    CHECK_NEAR(difference(PR_N * PIXELS, map, guided), 0, MAP_TOLERANCE);
    REQUIRE_OK(cgm_explain_method_deconvnet.explain(&s->task, map));
    CHECK_NEAR(difference(PR_N * PIXELS, map, deconvolution), 0, MAP_TOLERANCE);
    REQUIRE_OK(cgm_layer_find(&s->layer, NULL, true));
    REQUIRE_OK(cgm_explain_method_grad_cam.explain(&s->task, map));
    CHECK_NEAR(difference(PR_N * PIXELS, map, cam), 0, MAP_TOLERANCE);
    REQUIRE_OK(cgm_explain_method_guided_grad_cam.explain(&s->task, map));
    static double product[PR_N * PIXELS];
    for (size_t i = 0; i < PR_N * PIXELS; i++) product[i] = cam[i] * guided[i];
    CHECK_NEAR(difference(PR_N * PIXELS, map, product), 0, 2 * MAP_TOLERANCE);
    REQUIRE_OK(cgm_predictor_scores(s->t.p, 2, PR_N, s->in.images, s->given, s->scores));
    CHECK_NEAR(difference(PR_N * PR_LEVELS, s->scores, scores), 0, TOLERANCE);
}

static void agrees_with_pytorch(void)
{
    subject *s = SUBJECT(CATEGORICAL, pr_c_categorical);
    check_maps(s, ex_c_gradient, ex_c_guided, ex_c_deconvolution, ex_c_scores, ex_c_cam);
    CU_ASSERT_STRING_EQUAL(s->layer.name, "conv6");
    subject_destroy(s);
    s = SUBJECT(RESIDUAL, pr_r_categorical);
    check_maps(s, ex_r_gradient, ex_r_guided, ex_r_deconvolution, ex_r_scores, ex_r_cam);
    CU_ASSERT_STRING_EQUAL(s->layer.name, "block3_2");
    subject_destroy(s);
}

/* Scores are those of the law, and the loss is its logarithm. */
static void check_scores(subject *s)
{
    cgm_predictor *p = s->t.p;
    size_t outputs = cgm_predictor_outputs(p), scores = cgm_predictor_n_scores(p);
    double law[PR_N * PR_LEVELS], loss[PR_N], value[PR_N], *gradient = calloc(PR_N * PIXELS, sizeof *gradient);
    for (size_t i = 0; i < PR_N; i++) value[i] = (double)(i % outputs);
    REQUIRE_OK(cgm_predictor_predict(p, 1, PR_N, s->in.images, s->given, law));
    REQUIRE_OK(cgm_predictor_scores(p, 1, PR_N, s->in.images, s->given, s->scores));
    REQUIRE_OK(cgm_response_loss(&s->response, PR_N, s->in.images, s->given, value, loss, gradient));
    for (size_t i = 0; i < PR_N; i++) {
        const double *score = s->scores + i * scores, *row = law + i * outputs;
        if (scores == 1) {
            double z = (value[i] - row[0]) / row[1];
            CHECK_NEAR(score[0], row[0], TOLERANCE);
            CHECK_NEAR(loss[i], z * z / 2 + log(row[1]) + 0.5 * log(2 * M_PI) - log(p->seen.scale[p->n_given]),
                       TOLERANCE * (1 + fabs(loss[i])));
            continue;
        }
        CHECK_NEAR(loss[i], -log(row[i % outputs]), TOLERANCE * (1 + fabs(loss[i])));
        for (size_t k = 1; k < scores; k++) CU_ASSERT((score[k] > score[0]) == (row[k] > row[0]));
    }
    free(gradient);
}

/* Of the score of image 0, or its loss, by pixel i. */
static double slope_of(subject *s, bool loss, size_t i)
{
    const double step = 1e-3;
    double side[2], value[PR_N] = {0}, losses[PR_N], *room = calloc(2 * PR_N * PIXELS, sizeof *room);
    double *images = room + PR_N * PIXELS;
    memcpy(images, s->in.images, sizeof s->in.images);
    for (int k = 0; k < 2; k++) {
        images[i] = s->in.images[i] + (k ? step : -step);
        REQUIRE_OK(cgm_predictor_scores(s->t.p, 1, PR_N, images, s->given, s->scores));
        REQUIRE_OK(cgm_response_loss(&s->response, PR_N, images, s->given, value, losses, room));
        side[k] = loss ? losses[0] : s->scores[0];
    }
    free(room);
    return (side[1] - side[0]) / (2 * step);
}

static void check_slopes(subject *s)
{
    double value[PR_N] = {0}, *map = calloc(2 * PR_N * PIXELS, sizeof *map), *losses = map + PR_N * PIXELS;
    REQUIRE_OK(
        cgm_response_scores(&s->response, CGM_BACKWARD_GRADIENT, PR_N, s->in.images, s->given, s->weight, NULL, map));
    REQUIRE_OK(cgm_response_loss(&s->response, PR_N, s->in.images, s->given, value, NULL, losses));
    for (size_t i = 0; i < PIXELS; i += 7) {
        double got = map[i], want = slope_of(s, false, i);
        CHECK_NEAR(got, want, 1e-6);
        got = losses[i], want = slope_of(s, true, i);
        CHECK_NEAR(got, want, 1e-6);
    }
    free(map);
}

/* The differences need double: in float a score has 7 digits. */
static void slopes_are_those_of_scores(void)
{
    subject *all[] = {
        SUBJECT("{from: image, of: continuous, given: [group, size], width: 2}", pr_c_continuous),
        SUBJECT("{from: image, of: binary, given: [group, size], width: 2}", pr_c_binary),
        SUBJECT(CATEGORICAL, pr_c_categorical),
        SUBJECT("{from: image, of: ordinal, given: [group, size], width: 2}", pr_c_ordinal),
    };
    all[0]->t.p->seen.shift[2] = 5; /* as if the attribute had been standardised */
    all[0]->t.p->seen.scale[2] = 3;
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        check_scores(all[k]);
        if (!SINGLE) check_slopes(all[k]);
        subject_destroy(all[k]);
    }
}

static void layers_are_found(void)
{
    subject *s = SUBJECT(CATEGORICAL, pr_c_categorical);
    REQUIRE_OK(cgm_layer_find(&s->layer, "conv3", true));
    CU_ASSERT_EQUAL(s->layer.size, 4 * 5 * 5);
    REQUIRE_OK(cgm_layer_find(&s->layer, "join", false));
    CU_ASSERT_EQUAL(s->layer.size, 16);
    CHECK_FAILS(cgm_layer_find(&s->layer, "join", true), CGM_E_ARG, "layer: \"join\" has no planes");
    CHECK_FAILS(cgm_layer_find(&s->layer, "cnv3", true), CGM_E_ARG, "did you mean \"conv3\"");
    CU_ASSERT_STRING_EQUAL(s->layer.name, "join"); /* as it was */
    subject_destroy(s);
}

/* ---- Images that are made ---- */

static void images_are_made(void)
{
    static double map[PR_N * PIXELS];
    subject *s = SUBJECT(CATEGORICAL, pr_c_categorical);
    explain_task *t = &s->task;
    double before[PR_N];
    t->baseline = 100;
    for (size_t k = 0; k < 2; k++) {
        t->iterations = k ? 60 : 1;
        REQUIRE_OK(cgm_explain_method_activation_maximisation.explain(t, map));
        REQUIRE_OK(cgm_predictor_scores(s->t.p, 1, PR_N, map, s->given, s->scores));
        for (size_t i = 0; i < PR_N; i++) {
            double score = s->scores[i * PR_LEVELS + 3 * i % PR_LEVELS];
            if (k) CU_ASSERT(score > before[i] + 0.1 * fabs(before[i]));
            before[i] = score;
        }
    }
    for (size_t i = 0; i < PR_N * PIXELS; i++) CU_ASSERT(map[i] >= 0 && map[i] <= 255);
    REQUIRE_OK(cgm_layer_find(&s->layer, "conv2", false));
    for (size_t k = 0; k < 2; k++) {
        t->iterations = k ? 150 : 1;
        REQUIRE_OK(cgm_explain_method_inversion.explain(t, map));
        for (size_t i = 0; i < PR_N; i++) {
            if (k) CU_ASSERT(s->figure[i] < 0.1 * before[i]);
            before[i] = s->figure[i];
        }
    }
    subject_destroy(s);
}

static void variation_has_its_gradient(void)
{
    const cgm_variable v = {.type = CGM_IMAGE, .channels = 2, .height = 3, .width = 4};
    double x[24], gradient[24] = {0}, none[24] = {0};
    for (size_t i = 0; i < 24; i++) x[i] = 100 + wave(90, 1.3, 0.2, i);
    cgm_explain_variation(&v, x, 1, gradient);
    for (size_t i = 0; i < 24; i++) {
        double at = x[i], step = 0.5;
        x[i] = at + step;
        double up = cgm_explain_variation(&v, x, 0, none);
        x[i] = at - step;
        double down = cgm_explain_variation(&v, x, 0, none);
        x[i] = at;
        CHECK_NEAR(gradient[i], (up - down) / (2 * step), 1e-12);
    }
    /* One edge between two halves of 3 x 2 pixels in one channel: 3 differences of 255 over 24 numbers. */
    for (size_t i = 0; i < 24; i++) x[i] = i < 12 && i % 4 >= 2 ? 255 : 0;
    CHECK_NEAR(cgm_explain_variation(&v, x, 0, none), 3.0 / 24, 1e-15);
}

/* ---- Models of which the answer is known ---- */

enum { SIDE_Y = 8, SIDE_X = 13, PLANE = SIDE_Y * SIDE_X, ROWS = 2 };

/* sum_i w_i x_i + 3 over all numbers of two channels. */
typedef struct known {
    cgm_variable image;
    double images[ROWS * 2 * PLANE], figure[ROWS];
    int64_t part[ROWS * PLANE];
    size_t asked;
    explain_task task;
} known;

static double coefficient(size_t row, size_t i)
{
    return wave(0.1, 0.7, (double)row, i);
}

static cgm_status ask_linear(void *context, size_t row, size_t n, const double *variants, double *score)
{
    ((known *)context)->asked += n;
    for (size_t k = 0; k < n; k++) {
        score[k] = 3;
        for (size_t i = 0; i < 2 * PLANE; i++) score[k] += coefficient(row, i) * variants[k * 2 * PLANE + i];
    }
    return CGM_OK;
}

static known *known_create(explain_ask_fn *ask)
{
    known *k = calloc(1, sizeof *k);
    CU_ASSERT_FATAL(k != NULL);
    k->image = (cgm_variable){.name = "image", .type = CGM_IMAGE, .channels = 2, .height = SIDE_Y, .width = SIDE_X};
    for (size_t i = 0; i < ROWS * 2 * PLANE; i++) k->images[i] = 120 + wave(100, 0.37, 0.4, i);
    k->task = (explain_task){.image = &k->image,
                             .n = ROWS,
                             .width = 2 * PLANE,
                             .images = k->images,
                             .ask = ask,
                             .context = k,
                             .patch = 4,
                             .samples = 1,
                             .baseline = 30,
                             .parts = CGM_PARTS_GRID,
                             .rng = cgm_rng_create(7),
                             .part = k->part,
                             .figure = k->figure};
    return k;
}

/* What pixel i of both channels adds to the score. */
static double worth(const known *k, size_t row, size_t i)
{
    double sum = 0;
    for (size_t c = 0; c < 2; c++)
        sum += coefficient(row, c * PLANE + i) * (k->images[row * 2 * PLANE + c * PLANE + i] - k->task.baseline);
    return sum;
}

static void occlusion_of_a_linear_model(void)
{
    static double map[ROWS * PLANE];
    known *k = known_create(ask_linear);
    k->task.patch = 1;
    REQUIRE_OK(cgm_explain_method_occlusion.explain(&k->task, map));
    for (size_t i = 0; i < ROWS * PLANE; i++) CHECK_NEAR(map[i], worth(k, i / PLANE, i % PLANE), 1e-9);
    /* Squares of 4 at 0, 2, 4 down, and at 0, 2, 4, 6, 8, 9 across. */
    static const size_t top[] = {0, 2, 4}, left[] = {0, 2, 4, 6, 8, 9};
    double want[PLANE] = {0}, count[PLANE] = {0};
    for (size_t s = 0; s < 18; s++) {
        double sum = 0;
        for (size_t i = 0; i < 16; i++) sum += worth(k, 0, (top[s / 6] + i / 4) * SIDE_X + left[s % 6] + i % 4);
        for (size_t i = 0; i < 16; i++) {
            size_t at = (top[s / 6] + i / 4) * SIDE_X + left[s % 6] + i % 4;
            want[at] += sum;
            count[at]++;
        }
    }
    k->task.patch = 4;
    REQUIRE_OK(cgm_explain_method_occlusion.explain(&k->task, map));
    for (size_t i = 0; i < PLANE; i++) CHECK_NEAR(map[i], want[i] / count[i], 1e-9);
    /* A square larger than the image covers it. */
    k->task.patch = 40;
    REQUIRE_OK(cgm_explain_method_occlusion.explain(&k->task, map));
    double all = 0;
    for (size_t i = 0; i < PLANE; i++) all += worth(k, 0, i);
    for (size_t i = 0; i < PLANE; i++) CHECK_NEAR(map[i], all, 1e-9);
    const volatile int stop = 1;
    k->task.stop = &stop;
    CHECK_FAILS(cgm_explain_method_occlusion.explain(&k->task, map), CGM_E_INTERRUPTED, "stopped");
    free(k);
}

/* The sum of what a part's pixels are worth, over its pixels. */
static void part_worth(const known *k, size_t row, double *out)
{
    double sum[PLANE] = {0}, count[PLANE] = {0};
    for (size_t i = 0; i < PLANE; i++) {
        sum[k->part[row * PLANE + i]] += worth(k, row, i);
        count[k->part[row * PLANE + i]]++;
    }
    for (size_t i = 0; i < PLANE; i++) out[i] = sum[k->part[row * PLANE + i]] / count[k->part[row * PLANE + i]];
}

static void shap_is_exact_for_a_linear_model(void)
{
    static double map[ROWS * PLANE];
    for (int parts = 0; parts < 2; parts++) {
        known *k = known_create(ask_linear);
        k->task.parts = (cgm_explain_parts)parts;
        REQUIRE_OK(cgm_explain_method_shap.explain(&k->task, map));
        for (size_t row = 0; row < ROWS; row++) {
            double want[PLANE], sum = 0, score[2], blank[2 * PLANE];
            part_worth(k, row, want);
            for (size_t i = 0; i < PLANE; i++) {
                CHECK_NEAR(map[row * PLANE + i], want[i], 1e-9);
                sum += map[row * PLANE + i];
            }
            for (size_t i = 0; i < 2 * PLANE; i++) blank[i] = k->task.baseline;
            REQUIRE_OK(ask_linear(k, row, 1, k->images + row * 2 * PLANE, &score[0]));
            REQUIRE_OK(ask_linear(k, row, 1, blank, &score[1]));
            CHECK_NEAR(sum, score[0] - score[1], 1e-9);
            CHECK_NEAR(k->figure[row], score[0] - score[1], 1e-9);
        }
        free(k);
    }
}

/* Parts of 4 x 4 pixels, here 2 x 4 of them: which are there, by their first pixel. */
enum { PARTS = 8 };

static void read_parts(const known *k, size_t row, const double *variant, double there[PARTS])
{
    for (size_t p = 0; p < PARTS; p++) {
        size_t at = p / 4 * 4 * SIDE_X + p % 4 * 4;
        there[p] = variant[at] == k->images[row * 2 * PLANE + at];
    }
}

/* Products of two parts, and of three: what orders and their reverses share exactly, and what not. */
static cgm_status ask_pairs(void *context, size_t row, size_t n, const double *variants, double *score)
{
    double there[PARTS];
    for (size_t k = 0; k < n; k++) {
        read_parts(context, row, variants + k * 2 * PLANE, there);
        score[k] = 5 * there[1];
        for (size_t p = 0; p < PARTS; p++)
            for (size_t q = 0; q < p; q++) score[k] += (double)(p * q) * there[p] * there[q];
    }
    return CGM_OK;
}

/* Parts 0, 1 and 2 together, symmetric in them. */
static cgm_status ask_triple(void *context, size_t row, size_t n, const double *variants, double *score)
{
    double there[PARTS];
    for (size_t k = 0; k < n; k++) {
        read_parts(context, row, variants + k * 2 * PLANE, there);
        score[k] = 6 * there[0] * there[1] * there[2];
    }
    return CGM_OK;
}

static double part_value(const known *k, const double *map, size_t part)
{
    double sum = 0;
    for (size_t i = 0; i < PLANE; i++)
        if (k->part[i] == (int64_t)part) sum += map[i];
    return sum;
}

static void shap_shares_what_parts_do_together(void)
{
    static double map[ROWS * PLANE];
    known *k = known_create(ask_pairs);
    REQUIRE_OK(cgm_explain_method_shap.explain(&k->task, map));
    for (size_t p = 0; p < PARTS; p++) { /* half of each product, from one order and its reverse alone */
        double want = p == 1 ? 5 : 0;
        for (size_t q = 0; q < PARTS; q++) want += q == p ? 0 : (double)(p * q) / 2;
        CHECK_NEAR(part_value(k, map, p), want, 1e-9);
    }
    k->task.ask = ask_triple;
    k->task.samples = 600;
    REQUIRE_OK(cgm_explain_method_shap.explain(&k->task, map));
    double sum = 0;
    for (size_t p = 0; p < PARTS; p++) {
        CHECK_NEAR(part_value(k, map, p), p < 3 ? 2 : 0,
                   p < 3 ? 0.2 : 1e-12); /* 3.5 standard errors; dummies exactly */
        sum += part_value(k, map, p);
    }
    CHECK_NEAR(sum, 6, 1e-9);
    free(k);
}

static void lime_recovers_a_linear_model(void)
{
    static double map[ROWS * PLANE];
    known *k = known_create(ask_linear);
    k->task.samples = 4000;
    REQUIRE_OK(cgm_explain_method_lime.explain(&k->task, map));
    for (size_t row = 0; row < ROWS; row++) {
        double want[PLANE];
        part_worth(k, row, want);
        CHECK_NEAR(difference(PLANE, map + row * PLANE, want), 0, 0.02); /* the ridge's penalty */
        CU_ASSERT(k->figure[row] > 0.999 && k->figure[row] <= 1);
    }
    k->task.ask = ask_triple; /* a model that is not linear */
    REQUIRE_OK(cgm_explain_method_lime.explain(&k->task, map));
    CU_ASSERT(k->figure[0] < 0.8 && k->figure[0] > 0.1);
    CU_ASSERT(part_value(k, map, 0) > 10 * fabs(part_value(k, map, 5)));
    free(k);
}

/* ---- Superpixels ---- */

/* How many pixels are reached from `at` within its part. */
static size_t reach(const cgm_variable *v, const int64_t *part, size_t at, bool *seen)
{
    size_t stack[400], n = 1, found = 0, width = (size_t)v->width, height = (size_t)v->height;
    stack[0] = at;
    seen[at] = true;
    while (n > 0) {
        size_t i = stack[--n], y = i / width, x = i % width;
        const size_t beside[] = {y > 0 ? i - width : i, y + 1 < height ? i + width : i, x > 0 ? i - 1 : i,
                                 x + 1 < width ? i + 1 : i};
        found++;
        for (int k = 0; k < 4; k++)
            if (!seen[beside[k]] && part[beside[k]] == part[i]) {
                seen[beside[k]] = true;
                stack[n++] = beside[k];
            }
    }
    return found;
}

/* Three stripes of slanting borders: superpixels are connected, of one stripe each, and numbered without gaps. */
static void superpixels_follow_edges(void)
{
    enum { H = 20, W = 20 };
    static const double colour[3][3] = {{250, 20, 20}, {20, 20, 250}, {20, 200, 20}};
    for (int channels = 1; channels <= 3; channels += 2) {
        const cgm_variable v = {.type = CGM_IMAGE, .channels = channels, .height = H, .width = W};
        double pixels[3 * H * W];
        int64_t part[H * W];
        int stripe[H * W];
        size_t n = 0, size[H * W] = {0};
        int of[H * W];
        for (size_t i = 0; i < H * W; i++) {
            stripe[i] = (int)((i % W + i / W / 3) / 9);
            for (int c = 0; c < channels; c++)
                pixels[(size_t)c * H * W + i] = channels == 3 ? colour[stripe[i]][c] : 110.0 * stripe[i];
            of[i] = -1;
        }
        REQUIRE_OK(cgm_explain_slic(&v, pixels, 5, part, &n));
        CU_ASSERT(n >= 9 && n <= 25);
        for (size_t i = 0; i < H * W; i++) {
            CU_ASSERT_FATAL(part[i] >= 0 && (size_t)part[i] < n);
            size[part[i]]++;
            if (of[part[i]] < 0) of[part[i]] = stripe[i];
            CU_ASSERT_EQUAL(of[part[i]], stripe[i]);
        }
        bool seen[H * W] = {false};
        size_t pieces = 0;
        for (size_t i = 0; i < H * W; i++) {
            if (seen[i]) continue;
            CU_ASSERT_EQUAL(reach(&v, part, i, seen), size[part[i]]);
            pieces++;
        }
        CU_ASSERT_EQUAL(pieces, n);
    }
}

/* ---- Parameters drawn anew ---- */

static void copies_are_drawn_anew_by_layers(void)
{
    subject *s = SUBJECT(CATEGORICAL, pr_c_categorical);
    cgm_predictor *copy = NULL;
    predictor_trace trace = {0};
    cgm_rng rng = cgm_rng_create(5);
    double own[PR_N * PR_LEVELS], got[PR_N * PR_LEVELS], features[2][PR_N * 16];
    REQUIRE_OK(cgm_predictor_scores(s->t.p, 1, PR_N, s->in.images, s->given, own));
    REQUIRE_OK(cgm_predictor_copy_redrawn(s->t.p, &rng, &trace, &copy));
    CU_ASSERT_EQUAL_FATAL(trace.n, 7);
    REQUIRE_OK(cgm_predictor_scores(copy, 1, PR_N, s->in.images, s->given, got));
    CU_ASSERT(memcmp(own, got, sizeof own) == 0);
    /* The head alone: features are as they were. */
    size_t all = cgm_params_count(copy->params), head = trace.layer[6].parameters;
    CU_ASSERT_EQUAL(all - head, 2);
    CU_ASSERT_STRING_EQUAL(cgm_params_view(copy->params, head)->name, "head.weight");
    CU_ASSERT_EQUAL(trace.layer[0].parameters, 5); /* a filter, and a normalisation's four */
    cgm_predictor_use_drawn(copy, head, all);
    REQUIRE_OK(cgm_predictor_scores(copy, 1, PR_N, s->in.images, s->given, got));
    CU_ASSERT(difference(PR_N * PR_LEVELS, got, own) > 0.1);
    REQUIRE_OK(cgm_predictor_features(s->t.p, 1, PR_N, s->in.images, s->given, features[0]));
    REQUIRE_OK(cgm_predictor_features(copy, 1, PR_N, s->in.images, s->given, features[1]));
    CU_ASSERT(memcmp(features[0], features[1], sizeof *features) == 0);
    cgm_predictor_use_drawn(copy, 0, head);
    REQUIRE_OK(cgm_predictor_features(copy, 1, PR_N, s->in.images, s->given, features[1]));
    CU_ASSERT(difference(PR_N * 16, features[1], features[0]) > 0.1);
    REQUIRE_OK(cgm_predictor_scores(s->t.p, 1, PR_N, s->in.images, s->given, got));
    CU_ASSERT(memcmp(own, got, sizeof own) == 0);
    cgm_predictor_destroy(copy);
    subject_destroy(s);
}

static void rank_correlations(void)
{
    const double a[] = {1, 2, 3, 4, 5}, b[] = {5, 6, 7, 8, 7}, down[] = {9, 7, 2, 1, -4}, same[] = {2, 2, 2, 2, 2};
    double r;
    REQUIRE_OK(cgm_rank_correlation(5, a, b, &r));
    CHECK_NEAR(r, 0.82078268166812329, 1e-12); /* scipy.stats.spearmanr */
    REQUIRE_OK(cgm_rank_correlation(5, a, down, &r));
    CHECK_NEAR(r, -1, 1e-12);
    REQUIRE_OK(cgm_rank_correlation(5, a, same, &r));
    CU_ASSERT(isnan(r));
}

static const test_case cases[] = {
    {"rules of rectifiers", rules_of_rectifiers},
    {"agrees with PyTorch", agrees_with_pytorch},
    {"slopes are those of scores", slopes_are_those_of_scores},
    {"layers are found", layers_are_found},
    {"images are made", images_are_made},
    {"variation has its gradient", variation_has_its_gradient},
    {"occlusion of a linear model", occlusion_of_a_linear_model},
    {"SHAP is exact for a linear model", shap_is_exact_for_a_linear_model},
    {"SHAP shares what parts do together", shap_shares_what_parts_do_together},
    {"LIME recovers a linear model", lime_recovers_a_linear_model},
    {"superpixels follow edges", superpixels_follow_edges},
    {"copies are drawn anew by layers", copies_are_drawn_anew_by_layers},
    {"rank correlations", rank_correlations},
};
TEST_MAIN("explain", cases)
