/* Restoring by networks that learnt from other images: projection onto a generator, plug-and-play, unrolled descent as
 * restorations use it, and their files. */
#include <string.h>

#include "dip/baselines/baseline.h"
#include "dip/learned/learned.h"
#include "dip/learned/plug_and_play.h"
#include "dip/learned/projection.h"
#include "dip/options.h"
#include "io/file.h"
#include "nn/layers.h"
#include "tests/harness.h"

#ifdef CGM_DOUBLE
#define NEAR 1e-9
#else
#define NEAR 2e-4
#endif

enum { SIDE = 12, PIXELS = SIDE * SIDE, LATENT = 4 };

/* ---- A generator with weights as they are drawn: two layers of a digit, a number and z ---- */

static const cgm_variable digit = {.name = "digit", .type = CGM_CATEGORICAL, .levels = 3};
static const cgm_variable width = {.name = "width", .type = CGM_CONTINUOUS};
static const cgm_variable *const parents[] = {&digit, &width};
static const cgm_variable image = {
    .name = "image", .type = CGM_IMAGE, .high = 255, .channels = 1, .height = SIDE, .width = SIDE};

static cgm_node paint(const void *context, cgm_graph *g, cgm_node z, cgm_node features)
{
    cgm_params *p = (cgm_params *)context;
    if (features.id) z = cgm_concat(g, 2, (cgm_node[]){z, features}, 1);
    cgm_node h = cgm_leaky_relu(g, cgm_linear(p, g, "hidden", z, 24, CGM_INIT_HE, 1), .2);
    h = cgm_sigmoid(g, cgm_linear(p, g, "pixels", h, PIXELS, CGM_INIT_XAVIER, 2));
    return cgm_affine(g, cgm_reshape(g, h, CGM_SHAPE(cgm_node_shape(g, z).dim[0], 1, SIDE, SIDE)), 255, 0);
}

static void to_features(const void *context, const double *value, cgm_real *out)
{
    (void)context;
    for (int k = 0; k < 3; k++) out[k] = value[0] == k;
    out[3] = (cgm_real)((value[1] - 5) / 2);
}

static double to_value(const void *context, size_t i, double feature)
{
    (void)context, (void)i;
    return 5 + 2 * feature;
}

static cgm_status parse(const void *context, const char *text, size_t *i, double *value)
{
    (void)context;
    *i = text[0] == 'w';
    *value = atof(strchr(text, '=') + 1);
    return text[0] == 'w' || text[0] == 'd' ? CGM_OK : CGM_FAIL(CGM_E_ARG, "no such parent");
}

static cgm_image_generator create_generator(size_t n_parents)
{
    cgm_image_generator generator = {&image, LATENT,      n_parents, parents, NULL, paint,
                                     NULL,   to_features, to_value,  parse,   NULL};
    cgm_graph *g = NULL;
    cgm_rng rng = cgm_rng_create(12);
    REQUIRE_OK(cgm_params_create(&generator.params));
    generator.context = generator.params;
    REQUIRE_OK(cgm_graph_create(&g));
    cgm_node features = {0};
    if (n_parents) features = cgm_input(g, "features", CGM_SHAPE(1, 4));
    paint(generator.context, g, cgm_input(g, "z", CGM_SHAPE(1, LATENT)), features);
    REQUIRE_OK(cgm_params_init(generator.params, &rng));
    cgm_graph_destroy(g);
    return generator;
}

/* An image that it makes, in 0..1. */
static void make(const cgm_image_generator *generator, const cgm_real *z, const double *values, double *out)
{
    cgm_graph *g = NULL;
    cgm_program *program = NULL;
    cgm_workspace *ws = NULL;
    cgm_real features[4];
    REQUIRE_OK(cgm_graph_create(&g));
    cgm_node in = cgm_input(g, "z", CGM_SHAPE(1, LATENT)), seen = {0};
    if (generator->n_parents) seen = cgm_input(g, "features", CGM_SHAPE(1, 4));
    cgm_node x = generator->build(generator->context, g, in, seen);
    REQUIRE_OK(cgm_program_compile(g, 1, &x, NULL, &program));
    REQUIRE_OK(cgm_workspace_create(program, &ws));
    cgm_params_bind(generator->params, g, ws, cgm_params_ema(generator->params));
    cgm_workspace_bind(ws, in, z);
    to_features(NULL, values, features);
    if (seen.id) cgm_workspace_bind(ws, seen, features);
    REQUIRE_OK(cgm_program_run(program, ws));
    for (int i = 0; i < PIXELS; i++) out[i] = (double)cgm_workspace_get(ws, x)[i] / 255;
    cgm_workspace_destroy(ws);
    cgm_program_destroy(program);
    cgm_graph_destroy(g);
}

/* ---- A problem ---- */

typedef struct toy {
    cgm_arena arena;
    dip_problem p;
    double mask[PIXELS];
} toy;

static void prepare(toy *t, const dip_operator_class *kind, const dip_operator_opts *opts, const double *x,
                    double sigma)
{
    cgm_rng rng = cgm_rng_create(8);
    dip_operator_opts op = *opts;
    *t = (toy){0};
    for (int i = 0; i < PIXELS; i++) t->mask[i] = i % 5 < 2;
    op.mask = t->mask;
    REQUIRE_OK(cgm_dip_problem_create(kind, &op, &t->arena, &t->p));
    REQUIRE_OK(cgm_dip_problem_simulate(&t->p, x, sigma, &rng, 1));
}

static void clear(toy *t)
{
    cgm_dip_problem_clear(&t->p);
    cgm_arena_clear(&t->arena);
}

static double error_of(const double *x, const double *y)
{
    double sum = 0;
    for (int i = 0; i < PIXELS; i++) sum += (x[i] - y[i]) * (x[i] - y[i]);
    return sqrt(sum / PIXELS);
}

/* ---- Projection ---- */

static const cgm_real z_true[LATENT] = {(cgm_real).7, (cgm_real)-1.1, (cgm_real).3, (cgm_real)1.4};
static const double values_true[] = {2, 6.5};

/* From two fifths of the pixels of an image that it made: with parents given, to be found, and without any. */
static void projection_finds_what_the_generator_made(void)
{
    static const char *const all[] = {"digit=2", "width=6.5"};
    const struct {
        size_t n_parents;
        cgm_texts given;
    } of[] = {{0, {0}}, {2, {2, all}}, {2, {1, all}}, {2, {0}}};
    for (size_t k = 0; k < sizeof of / sizeof *of; k++) {
        toy t;
        double truth[PIXELS], x[2][PIXELS];
        dip_projection_report report;
        dip_projection_opts o = {of[k].given, 4, 200, .1, -1};
        cgm_image_generator generator = create_generator(of[k].n_parents);
        cgm_rng rng = cgm_rng_create(3);
        make(&generator, z_true, values_true, truth);
        prepare(&t, &cgm_dip_operator_mask, &(dip_operator_opts){1, SIDE, SIDE}, truth, 0);
        REQUIRE_OK(cgm_dip_projection_check(&generator, &o, 1, SIDE, SIDE));
        for (int threads = 1; threads <= (k == 3 ? 2 : 1); threads++)
            REQUIRE_OK(cgm_dip_project(&t.p, &generator, &o, &rng, threads, NULL, NULL, x[threads - 1], &report));
        CHECK_NEAR(error_of(x[0], truth), 0, .01);
        CU_ASSERT(k != 3 || memcmp(x[0], x[1], sizeof x[0]) == 0);
        CU_ASSERT(report.bytes > 4 * PIXELS * sizeof(cgm_real) && report.misfit < 1e-4);
        CU_ASSERT((strstr(report.parents, "digit=2") != NULL) == (k == 3));
        CU_ASSERT((strstr(report.parents, "width=") != NULL) == (k >= 2));
        clear(&t);
        cgm_params_destroy(generator.params);
    }
}

/* A prior without bounds leaves z = 0 alone; with the wrong digit the image is not found; a stop is heard. */
static void projection_follows_its_options(void)
{
    static const char *const wrong[] = {"digit=0", "width=1"};
    toy t;
    double truth[PIXELS], zero[PIXELS], x[PIXELS];
    dip_projection_report report;
    cgm_rng rng = cgm_rng_create(3);
    cgm_image_generator generator = create_generator(2), alone = create_generator(0);
    dip_projection_opts o = {{2, wrong}, 2, 200, .1, -1};
    const volatile int stop = 1;
    make(&generator, z_true, values_true, truth);
    prepare(&t, &cgm_dip_operator_identity, &(dip_operator_opts){1, SIDE, SIDE}, truth, 0);
    REQUIRE_OK(cgm_dip_project(&t.p, &generator, &o, &rng, 1, NULL, NULL, x, &report));
    CU_ASSERT(error_of(x, truth) > .02);
    CU_ASSERT_STRING_EQUAL(report.parents, "");
    o = (dip_projection_opts){{0}, 1, 200, .1, 1e5};
    make(&alone, (cgm_real[LATENT]){0}, values_true, zero);
    REQUIRE_OK(cgm_dip_project(&t.p, &alone, &o, &rng, 1, NULL, NULL, x, &report));
    CHECK_NEAR(error_of(x, zero), 0, .01);
    REQUIRE_OK(cgm_dip_project(&t.p, &alone, &o, &rng, 1, NULL, &stop, x, &report));
    CU_ASSERT_EQUAL(report.iteration, 1);
    clear(&t);
    cgm_params_destroy(generator.params);
    cgm_params_destroy(alone.params);
}

static void what_does_not_fit_a_generator_is_refused(void)
{
    static const char *const twice[] = {"digit=2", "digit=1"}, *const none[] = {"x=1"};
    cgm_image_generator generator = create_generator(2);
    dip_projection_opts o = {{2, twice}, 1, 1, .1, -1};
    CHECK_FAILS(cgm_dip_projection_check(&generator, &o, 1, SIDE, SIDE), CGM_E_ARG, "'digit' is there twice");
    o.given = (cgm_texts){1, none};
    CHECK_FAILS(cgm_dip_projection_check(&generator, &o, 1, SIDE, SIDE), CGM_E_ARG, "no such parent");
    CHECK_FAILS(cgm_dip_projection_check(&generator, &o, 1, SIDE, 13), CGM_E_SHAPE, "12 x 12 pixels in 1 channels");
    CHECK_FAILS(cgm_dip_projection_check(&generator, &o, 3, SIDE, SIDE), CGM_E_SHAPE, "expected 12 x 12 in 3");
    cgm_params_destroy(generator.params);
}

/* ---- Gradient descent ---- */

static void descend(const dip_problem *p, int64_t steps, double step, double *x)
{
    dip_solver s;
    double moved[3 * PIXELS];
    REQUIRE_OK(cgm_dip_solver_create(p, 1, &s));
    for (int64_t k = 0; k < steps; k++) {
        cgm_dip_apply(&p->op, x, s.measured, s.scratch, 1);
        for (int64_t i = 0; i < s.m; i++) s.measured[i] = p->weight[i] * (s.measured[i] - p->y[i]);
        cgm_dip_adjoint(&p->op, s.measured, moved, s.scratch, 1);
        for (int64_t i = 0; i < s.n; i++) x[i] -= step / (s.norm * s.norm) * moved[i];
    }
    cgm_dip_solver_clear(&s);
}

typedef struct calls {
    int n;
    double level[8];
} calls;

static cgm_status do_nothing(void *context, double level, const double *x, double *out)
{
    calls *c = context;
    c->level[c->n++ % 8] = level;
    memcpy(out, x, PIXELS * sizeof *out);
    return CGM_OK;
}

static void truth_of(double *x, int n)
{
    for (int i = 0; i < n; i++) x[i] = .5 + .4 * sin(.7 * i) * cos(.05 * i);
}

static void plug_and_play_with_the_identity_is_gradient_descent(void)
{
    toy t;
    double x[PIXELS], want[PIXELS], truth[PIXELS];
    calls c = {0};
    dip_plug_opts o = {.steps = 5, .step = .8, .first = .4, .last = .025};
    truth_of(truth, PIXELS);
    prepare(&t, &cgm_dip_operator_radon, &(dip_operator_opts){1, SIDE, SIDE, .views = 7}, truth, .01);
    for (int i = 0; i < PIXELS; i++) x[i] = want[i] = .3;
    REQUIRE_OK(cgm_dip_plug_and_play(&t.p, &o, do_nothing, &c, 1, x));
    descend(&t.p, 5, .8, want);
    for (int i = 0; i < PIXELS; i++) CHECK_NEAR(x[i], want[i], 1e-12);
    CU_ASSERT_EQUAL(c.n, 5);
    for (int k = 0; k < 5; k++) CHECK_NEAR(c.level[k], .4 / pow(2, k), 1e-12);
    /* Left to itself the last level is the noise's, by the norm, but not below `least`. */
    dip_solver s;
    REQUIRE_OK(cgm_dip_solver_create(&t.p, 1, &s));
    c.n = 0;
    o.last = -1;
    REQUIRE_OK(cgm_dip_plug_and_play(&t.p, &o, do_nothing, &c, 1, x));
    CHECK_NEAR(c.level[4], .01 / s.norm, 1e-12);
    c.n = 0;
    o.least = 1;
    REQUIRE_OK(cgm_dip_plug_and_play(&t.p, &o, do_nothing, &c, 1, x));
    CHECK_NEAR(c.level[4], 1, 1e-12);
    cgm_dip_solver_clear(&s);
    clear(&t);
}

/* Of colours by a network of one channel too. */
static void an_unrolled_network_of_zeros_is_gradient_descent(void)
{
    cgm_rng rng = cgm_rng_create(1);
    dip_learned_facts f = {.channels = 1, .width = 3, .layers = 2, .steps = 4, .task = DIP_CT};
    dip_learned l;
    REQUIRE_OK(cgm_dip_learned_create(&f, &rng, &l));
    for (size_t i = 0; i < cgm_params_count(l.params); i++) {
        const cgm_param_view *view = cgm_params_view(l.params, i);
        if (strcmp(view->name, "eta") != 0)
            memset(cgm_params_ema(l.params) + view->offset, 0, (size_t)cgm_shape_size(view->shape) * sizeof(cgm_real));
    }
    for (int64_t channels = 1; channels <= 3; channels += 2) {
        toy t;
        dip_solver s;
        double x[2][3 * PIXELS], want[3 * PIXELS], truth[3 * PIXELS];
        truth_of(truth, (int)channels * PIXELS);
        prepare(&t, &cgm_dip_operator_blur, &(dip_operator_opts){channels, SIDE, SIDE, .blur_width = 1}, truth, .02);
        REQUIRE_OK(cgm_dip_solver_create(&t.p, 1, &s));
        cgm_dip_adjoint(&t.p.op, t.p.y, want, s.scratch, 1);
        for (int i = 0; i < channels * PIXELS; i++) want[i] /= s.norm * s.norm;
        cgm_dip_solver_clear(&s);
        descend(&t.p, 4, 1, want);
        for (int k = 0; k < 2; k++) REQUIRE_OK(cgm_dip_learned_unroll(&l, &t.p, k + 1, x[k]));
        for (int i = 0; i < channels * PIXELS; i++) CHECK_NEAR(x[0][i], want[i], NEAR);
        CU_ASSERT(memcmp(x[0], x[1], (size_t)channels * PIXELS * sizeof(double)) == 0);
        clear(&t);
    }
    cgm_dip_learned_clear(&l);
}

/* ---- Denoisers and files ---- */

static void denoise(const dip_learned *l, int64_t channels, double level, const double *x, double *out)
{
    dip_learned_program p;
    REQUIRE_OK(cgm_dip_learned_compile_denoiser(l, channels, SIDE, SIDE, 2, &p));
    REQUIRE_OK(cgm_dip_learned_denoise(&p, level, x, out));
    cgm_dip_learned_program_clear(&p);
}

static void files_give_networks_back(void)
{
    cgm_rng rng = cgm_rng_create(6);
    double x[3 * PIXELS], a[3 * PIXELS], b[3 * PIXELS], c[3 * PIXELS];
    const char *path = test_path("d.h5");
    dip_learned l, back;
    dip_learned_facts f = {.channels = 1, .width = 5, .layers = 3, .low = .02, .high = .2};
    truth_of(x, 3 * PIXELS);
    REQUIRE_OK(cgm_dip_learned_create(&f, &rng, &l));
    REQUIRE_OK(cgm_dip_learned_write(&l, path, "{}"));
    REQUIRE_OK(cgm_dip_learned_read(path, false, &back));
    CU_ASSERT(memcmp(&back.facts, &f, sizeof f) == 0);
    denoise(&l, 1, .1, x, a);
    denoise(&back, 1, .1, x, b);
    CU_ASSERT(memcmp(a, b, PIXELS * sizeof *a) == 0);
    CU_ASSERT(error_of(a, x) > 1e-5);
    /* The level is seen, within those that it knows; colours are done one by one. */
    denoise(&l, 1, .2, x, b);
    CU_ASSERT(error_of(a, b) > 1e-5);
    denoise(&l, 1, .9, x, c);
    CU_ASSERT(memcmp(b, c, PIXELS * sizeof *b) == 0);
    denoise(&l, 3, .1, x, b);
    CU_ASSERT(memcmp(a, b, PIXELS * sizeof *a) == 0);
    denoise(&l, 1, .1, x + PIXELS, a);
    CU_ASSERT(memcmp(a, b + PIXELS, PIXELS * sizeof *a) == 0);
    CHECK_FAILS(cgm_dip_learned_read(path, true, &back), CGM_E_FORMAT, "a denoiser; expected an unrolled network");
    cgm_dip_learned_clear(&l);
    cgm_dip_learned_clear(&back);
}

/* Opens the file and changes one attribute of what is written anew. */
static void write_with(const dip_learned_facts *f, const char *path)
{
    cgm_rng rng = cgm_rng_create(6);
    dip_learned l;
    dip_learned_facts sound = {.channels = 1, .width = 2, .layers = 2, .low = .02, .high = .2};
    REQUIRE_OK(cgm_dip_learned_create(&sound, &rng, &l));
    l.facts = *f;
    REQUIRE_OK(cgm_dip_learned_write(&l, path, "{}"));
    cgm_dip_learned_clear(&l);
}

static void other_files_are_refused(void)
{
    cgm_file *file = NULL;
    dip_learned l;
    const char *path = test_path("bad.h5");
    dip_learned_facts f = {.channels = 1, .width = 2, .layers = 2, .low = .02, .high = .2};
    write_with(&f, path);
    REQUIRE_OK(cgm_dip_learned_read(path, false, &l));
    cgm_dip_learned_clear(&l);
    f.width = 3; /* the parameters are of another network */
    write_with(&f, path);
    CHECK_FAILS(cgm_dip_learned_read(path, false, &l), CGM_E_FORMAT, "denoiser.conv0");
    f.width = 100000;
    write_with(&f, path);
    CHECK_FAILS(cgm_dip_learned_read(path, false, &l), CGM_E_FORMAT, "the attribute width is 100000");
    f = (dip_learned_facts){.channels = 2, .width = 2, .layers = 2, .low = .02, .high = .2};
    write_with(&f, path);
    CHECK_FAILS(cgm_dip_learned_read(path, false, &l), CGM_E_FORMAT, "2 channels; expected 1 or 3");
    f = (dip_learned_facts){.channels = 1, .width = 2, .layers = 2, .low = NAN, .high = .2};
    write_with(&f, path);
    CHECK_FAILS(cgm_dip_learned_read(path, false, &l), CGM_E_FORMAT, "the attribute low is");
    REQUIRE_OK(cgm_file_create(path, &file));
    REQUIRE_OK(cgm_file_commit(file));
    CHECK_FAILS(cgm_dip_learned_read(path, false, &l), CGM_E_FORMAT, "expected a file that cgm denoiser writes");
}

static void networks_know_what_they_are_for(void)
{
    dip_operator_opts op = {.factor = 4, .views = 30, .blur_width = 1.6, .distance = 2};
    dip_learned l = {.facts = {.channels = 3}};
    cgm_dip_learned_describe(DIP_CT, &op, &l.facts);
    op.factor = 8; /* is of another task */
    REQUIRE_OK(cgm_dip_learned_check_operator(&l, "u.h5", DIP_CT, &op));
    CHECK_FAILS(cgm_dip_learned_check_operator(&l, "u.h5", DIP_SR, &op), CGM_E_ARG,
                "u.h5: trained for task ct; expected sr");
    op.views = 20;
    CHECK_FAILS(cgm_dip_learned_check_operator(&l, "u.h5", DIP_CT, &op), CGM_E_ARG, "views of 30; expected 20");
    CHECK_FAILS(cgm_dip_learned_check_channels(&l, "u.h5", 1), CGM_E_SHAPE, "in 3 channels; the image has 1");
}

static const test_case cases[] = {
    {"projection finds what the generator made", projection_finds_what_the_generator_made},
    {"projection follows its options", projection_follows_its_options},
    {"what does not fit a generator is refused", what_does_not_fit_a_generator_is_refused},
    {"plug and play with the identity is gradient descent", plug_and_play_with_the_identity_is_gradient_descent},
    {"an unrolled network of zeros is gradient descent", an_unrolled_network_of_zeros_is_gradient_descent},
    {"files give networks back", files_give_networks_back},
    {"other files are refused", other_files_are_refused},
    {"networks know what they are for", networks_know_what_they_are_for},
};
TEST_MAIN("dip_learned", cases)
