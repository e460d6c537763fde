/* Networks of levels: how they grow, what fading and truncation do, styles and noise maps, and what is refused. Their
 * arithmetic is compared with PyTorch's in tests/test_gan.c, their gradients in tests/test_gan_gradients.c. */
#include "gan/networks/pyramid.h"
#include "tests/gan_toys.h"

#define SIDE 16
#define PIXELS (SIDE * SIDE)
#define LATENT 4
#define MAPS (2 * (16 + 64 + 256))

/* ---- The schedule ---- */

static void phases(void)
{
    static const struct {
        double images;
        int level;
        double alpha;
    } at[] = {{0, 0, 1},  {19, 0, 1}, {20, 1, 0},   {25, 1, 0.5}, {30, 1, 1},
              {49, 1, 1}, {50, 2, 0}, {52, 2, 0.2}, {60, 2, 1},   {1e9, 2, 1}};
    gan_growth growth, whole;
    cgm_gan_growth_init(&growth, 3, 10, 20);
    cgm_gan_growth_plan(&growth, 1000);
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        gan_phase phase = cgm_gan_growth_at(&growth, at[i].images);
        CU_ASSERT_EQUAL(phase.level, at[i].level);
        CHECK_NEAR(phase.alpha, at[i].alpha, 1e-12);
    }
    cgm_gan_growth_init(&whole, 1, 10, 20);
    cgm_gan_growth_plan(&whole, 1000);
    CU_ASSERT_EQUAL(cgm_gan_growth_at(&whole, 500).level, 0);
    CHECK_NEAR(cgm_gan_growth_at(&whole, 500).alpha, 1, 0);
}

static void lengths_of_phases(void)
{
    gan_growth growth;
    cgm_gan_growth_init(&growth, 3, 0.1, 7);
    cgm_gan_growth_plan(&growth, 1000);
    CHECK_NEAR(growth.fade, 100, 1e-9);
    CHECK_NEAR(growth.stable, 7, 0);
    cgm_gan_growth_init(&growth, 3, GAN_GROWTH_UNSAID, GAN_GROWTH_UNSAID);
    cgm_gan_growth_plan(&growth, 400); /* four phases before the last one, which has half */
    CHECK_NEAR(growth.fade, 50, 1e-9);
    CHECK_NEAR(growth.stable, 50, 1e-9);
    CU_ASSERT_EQUAL(cgm_gan_growth_at(&growth, 199).level, 2);
    CU_ASSERT(cgm_gan_growth_at(&growth, 199).alpha < 1);
    CHECK_NEAR(cgm_gan_growth_at(&growth, 200).alpha, 1, 0);
    cgm_gan_growth_plan(&growth, 1e9);
    CHECK_NEAR(growth.fade, GAN_GROWTH_USUAL, 0);
    /* Without fading a level is whole at once. */
    cgm_gan_growth_init(&growth, 3, 0, 20);
    cgm_gan_growth_plan(&growth, 1000);
    CU_ASSERT_EQUAL(cgm_gan_growth_at(&growth, 20).level, 1);
    CHECK_NEAR(cgm_gan_growth_at(&growth, 20).alpha, 1, 0);
    growth.level = 3;
    CHECK_FAILS(cgm_gan_growth_check(&growth), CGM_E_FORMAT, "level 3 of 3");
    growth.level = 2;
    growth.alpha = NAN;
    CHECK_FAILS(cgm_gan_growth_check(&growth), CGM_E_FORMAT, "expected a level below and a share of 1");
}

/* ---- A pair with values ---- */

/* All parameters random, those of noise too, which begin as zeros. */
static gan *pair_of(const cgm_variable *image, size_t n_parents, const char *options)
{
    gan *m = NULL;
    cgm_rng rng = cgm_rng_create(3);
    REQUIRE_OK(try_create(image, n_parents, options, &m));
    REQUIRE_OK(cgm_params_init(m->networks.critic, &rng));
    REQUIRE_OK(cgm_params_init(m->networks.generator, &rng));
    cgm_params *p = m->networks.generator;
    for (size_t i = 0; i < cgm_params_count(p); i++) {
        const cgm_param_view *view = cgm_params_view(p, i);
        if (strstr(view->name, ".noise") || strstr(view->name, ".constant"))
            cgm_rng_fill_normal(&rng, (size_t)cgm_shape_size(view->shape), cgm_params_ema(p) + view->offset);
    }
    return m;
}

static void draw(size_t n, uint64_t seed, double *out)
{
    cgm_rng rng = cgm_rng_create(seed);
    for (size_t i = 0; i < n; i++) out[i] = cgm_rng_normal(&rng);
}

/* One image of a code, noise maps and a digit. */
static void image_from(gan *m, double *z, double *maps, double level, double *out)
{
    double thick = 2.5;
    cgm_values parent[] = {{1, 1, &level}, {1, 1, &thick}};
    cgm_values before[] = {{1, LATENT, z}, {1, MAPS, maps}}, none = {1, 0, NULL}, value = {1, PIXELS, out};
    REQUIRE_OK(cgm_gan_predict(&m->base, m->n_nodes - 1, parent, before, &none, 1, &value));
}

static double distance(const double *a, const double *b)
{
    double most = 0;
    for (size_t i = 0; i < PIXELS; i++) most = fmax(most, fabs(a[i] - b[i]));
    return most;
}

#define NETWORK(rest) "{latent: 4, width: 4, max_width: 8, " rest "}"

/* ---- Fading ---- */

/* Numbers of a graph: the generator's samples of z, or the critic's scores of x [2, 1, side, side], which at a level
 * below are those of its 2x2 means. */
static void run(const gan *m, bool critic, int level, double alpha, size_t n, cgm_real *in, cgm_real *out)
{
    cgm_graph *g = NULL;
    cgm_program *program = NULL;
    cgm_workspace *ws = NULL;
    cgm_real features[2 * 4] = {1, 0, 0, 0.3, 0, 1, 0, -0.2}, share = (cgm_real)alpha;
    gan_networks networks = m->networks;
    REQUIRE_OK(cgm_graph_create(&g));
    networks.level = level;
    cgm_node a = cgm_input(g, "alpha", CGM_SCALAR), pa = cgm_input(g, "parents", CGM_SHAPE(2, 4));
    cgm_node x = cgm_input(g, "in", critic ? CGM_SHAPE(2, 1, 8, 8) : CGM_SHAPE(2, LATENT)), y, z = x;
    if (!isnan(alpha)) networks.alpha = a;
    if (critic && level == 0) x = cgm_affine(g, cgm_sum_pool(g, x, 2), 0.25, 0);
    if (critic)
        y = cgm_gan_score(&networks, g, x, (cgm_node){0}, pa, CGM_MODE_EVAL);
    else
        y = cgm_gan_generate(&networks, g, &(gan_causes){.z = z, .pa = pa}, CGM_MODE_EVAL);
    if (!critic) y = cgm_gan_enlarge(&networks, g, y);
    CU_ASSERT_EQUAL_FATAL((size_t)cgm_shape_size(cgm_node_shape(g, y)), n);
    REQUIRE_OK(cgm_program_compile(g, 1, &y, NULL, &program));
    REQUIRE_OK(cgm_workspace_create(program, &ws));
    cgm_params *const params[] = {m->networks.critic, m->networks.generator};
    for (int k = 0; k < 2; k++) cgm_params_bind(params[k], g, ws, cgm_params_ema(params[k]));
    cgm_workspace_bind(ws, z, in);
    cgm_workspace_bind(ws, a, &share);
    cgm_workspace_bind(ws, pa, features);
    REQUIRE_OK(cgm_program_run(program, ws));
    memcpy(out, cgm_workspace_get(ws, y), n * sizeof *out);
    cgm_workspace_destroy(ws);
    cgm_program_destroy(program);
    cgm_graph_destroy(g);
}

/* At alpha = 0 a level adds nothing to the one below, at 1 it is there alone; in between it is neither. */
static void fading(void)
{
    static const char *const options[] = {NETWORK("network: progressive"), NETWORK("network: style, growing: yes")};
    cgm_variable image = image_of(1, SIDE);
    for (size_t i = 0; i < 2; i++) {
        static cgm_real below[2 * PIXELS], none[2 * PIXELS], half[2 * PIXELS], all[2 * PIXELS], alone[2 * PIXELS];
        static cgm_real z[2 * LATENT], x[2 * 64];
        cgm_rng rng = cgm_rng_create(9);
        gan *m = pair_of(&image, 2, options[i]);
        cgm_rng_fill_normal(&rng, 2 * LATENT, z);
        cgm_rng_fill_normal(&rng, 2 * 64, x);
        for (int critic = 0; critic < 2; critic++) {
            size_t n = critic ? 2 : 2 * PIXELS;
            cgm_real *in = critic ? x : z;
            run(m, critic, 0, NAN, n, in, below);
            run(m, critic, 1, 0, n, in, none);
            run(m, critic, 1, 0.5, n, in, half);
            run(m, critic, 1, 1, n, in, all);
            run(m, critic, 1, NAN, n, in, alone);
            CU_ASSERT(memcmp(below, none, n * sizeof *none) == 0);
            CU_ASSERT(memcmp(alone, all, n * sizeof *all) == 0);
            CU_ASSERT(memcmp(half, all, n * sizeof *all) != 0 && memcmp(half, none, n * sizeof *none) != 0);
            CU_ASSERT(memcmp(none, all, n * sizeof *all) != 0);
        }
        destroy(m);
    }
}

/* ---- Styles ---- */

static void truncation(void)
{
    static const char *const options[] = {NETWORK("network: style"), NETWORK("network: style, truncation: 1"),
                                          NETWORK("network: style, truncation: 0.999"),
                                          NETWORK("network: style, truncation: 0")};
    static double z[2][LATENT], maps[2][MAPS], x[4][PIXELS], of_other[PIXELS], other[PIXELS];
    cgm_variable image = image_of(1, SIDE);
    for (int k = 0; k < 2; k++) {
        draw(LATENT, 1 + (uint64_t)k, z[k]);
        draw(MAPS, 3 + (uint64_t)k, maps[k]);
    }
    for (int i = 0; i < 4; i++) {
        gan *m = pair_of(&image, 2, options[i]);
        image_from(m, z[0], maps[0], 2, x[i]);
        image_from(m, z[1], maps[0], 2, of_other);
        /* At 0 there is one image for all codes, at 1 there is not. */
        CU_ASSERT(i == 3 ? distance(x[i], of_other) == 0 : distance(x[i], of_other) > 5);
        /* The noise and the parents count all the same. */
        image_from(m, z[0], maps[1], 2, other);
        CU_ASSERT(distance(x[i], other) > 5);
        image_from(m, z[0], maps[0], 1, other);
        CU_ASSERT(distance(x[i], other) > 5);
        destroy(m);
    }
    CHECK_NEAR(distance(x[0], x[1]), 0, 0);
    CU_ASSERT(distance(x[0], x[2]) > 0 && distance(x[0], x[2]) < 5);
    CU_ASSERT(distance(x[0], x[3]) > 5);
    gan *m = pair_of(&image, 0, options[3]);
    image_from(m, z[0], maps[0], 0, x[0]);
    image_from(m, z[1], maps[0], 0, x[1]);
    image_from(m, z[0], maps[1], 0, x[2]);
    CU_ASSERT(distance(x[0], x[1]) == 0 && distance(x[0], x[2]) > 5);
    destroy(m);
}

/* Samples of z, with another z mixed in as two numbers say, given for both samples. */
static void mixed(const gan *m, const cgm_real *codes, cgm_real whether, cgm_real from, cgm_real *out)
{
    cgm_graph *g = NULL;
    cgm_program *program = NULL;
    cgm_workspace *ws = NULL;
    cgm_real pa[2 * 4] = {1, 0, 0, 0.3, 0, 1, 0, -0.2}, mixing[] = {whether, from, whether, from};
    REQUIRE_OK(cgm_graph_create(&g));
    gan_causes causes = {.z = cgm_input(g, "z", CGM_SHAPE(2, LATENT)),
                         .pa = cgm_input(g, "parents", CGM_SHAPE(2, 4)),
                         .second = cgm_input(g, "second", CGM_SHAPE(2, LATENT)),
                         .mixing = cgm_input(g, "mixing", CGM_SHAPE(2, 2))};
    cgm_node y = cgm_gan_generate(&m->networks, g, &causes, CGM_MODE_TRAIN);
    REQUIRE_OK(cgm_program_compile(g, 1, &y, NULL, &program));
    REQUIRE_OK(cgm_workspace_create(program, &ws));
    cgm_params_bind(m->networks.generator, g, ws, cgm_params_ema(m->networks.generator));
    cgm_workspace_bind(ws, causes.z, codes);
    cgm_workspace_bind(ws, causes.second, codes + 2 * LATENT);
    cgm_workspace_bind(ws, causes.pa, pa);
    cgm_workspace_bind(ws, causes.mixing, mixing);
    REQUIRE_OK(cgm_program_run(program, ws));
    memcpy(out, cgm_workspace_get(ws, y), 2 * PIXELS * sizeof *out);
    cgm_workspace_destroy(ws);
    cgm_program_destroy(program);
    cgm_graph_destroy(g);
}

/* A tenth of the samples have one style; of the others the second code reaches more layers the smaller the number. */
static void mixing(void)
{
    static cgm_real codes[4 * LATENT], others[4 * LATENT], a[2 * PIXELS], b[2 * PIXELS];
    cgm_variable image = image_of(1, SIDE);
    cgm_rng rng = cgm_rng_create(4);
    gan *m = pair_of(&image, 2, NETWORK("network: style"));
    cgm_rng_fill_normal(&rng, 4 * LATENT, codes);
    memcpy(others, codes, sizeof codes);
    cgm_rng_fill_normal(&rng, 2 * LATENT, others + 2 * LATENT); /* another second code */
    mixed(m, codes, (cgm_real)0.91, (cgm_real)0.01, a);
    mixed(m, others, (cgm_real)0.91, (cgm_real)0.01, b);
    CU_ASSERT(memcmp(a, b, sizeof a) == 0);
    /* Six layers: the number lies between 4/5 and 1 for the last one alone, below 1/5 for all but the first. */
    static const double from[] = {0.9, 0.7, 0.5, 0.3, 0.1};
    for (size_t i = 0; i < 5; i++) {
        mixed(m, codes, (cgm_real)0.89, (cgm_real)from[i], a);
        mixed(m, others, (cgm_real)0.89, (cgm_real)from[i], b);
        CU_ASSERT(memcmp(a, b, sizeof a) != 0);
        mixed(m, codes, (cgm_real)0.89, (cgm_real)(from[i] + 0.05), b);
        CU_ASSERT(memcmp(a, b, sizeof a) == 0);
        if (i == 0) continue;
        mixed(m, codes, (cgm_real)0.89, (cgm_real)from[i - 1], b);
        CU_ASSERT(memcmp(a, b, sizeof a) != 0);
    }
    destroy(m);
}

/* The images of an encoder's codes, with maps of zeros and a residual, are the ones that were seen. */
static void abduction(void)
{
    static double x[2 * PIXELS], again[2 * PIXELS], z[2 * LATENT], code[2 * LATENT], maps[2 * MAPS], map[2 * MAPS],
        u[2 * PIXELS];
    double digits[] = {0, 2}, thick[] = {2, 3};
    cgm_variable image = image_of(1, SIDE);
    gan *m = pair_of(&image, 2, NETWORK("network: style, encoder: adversarial"));
    const cgm_mechanism_node *node;
    CU_ASSERT_EQUAL_FATAL(m->base.methods->nodes(&m->base, &node), 3);
    CU_ASSERT_STRING_EQUAL(node[1].name, "maps");
    CU_ASSERT_EQUAL(node[1].noise_width, MAPS);
    CU_ASSERT(node[0].ignores_parents && node[1].ignores_parents);
    draw(2 * PIXELS, 5, x);
    for (size_t i = 0; i < 2 * PIXELS; i++) x[i] = fmin(fmax(127 + 50 * x[i], 0), 255);
    cgm_values parent[] = {{2, 1, digits}, {2, 1, thick}}, value = {2, PIXELS, x};
    cgm_values noise[] = {{2, LATENT, z}, {2, MAPS, maps}, {2, PIXELS, u}};
    cgm_values internal[] = {{2, LATENT, code}, {2, MAPS, map}}, out = {2, PIXELS, again};
    cgm_rng rng = cgm_rng_create(1);
    cgm_abduct_opts opts = {.temperature = 1, .threads = 1};
    draw(2 * MAPS, 6, maps);
    REQUIRE_OK(m->base.methods->abduct(&m->base, parent, &value, &rng, &opts, internal, noise));
    for (size_t i = 0; i < 2 * MAPS; i++) CU_ASSERT_FATAL(maps[i] == 0 && map[i] == 0);
    REQUIRE_OK(m->base.methods->predict(&m->base, 2, parent, internal, &noise[2], 1, &out));
    for (size_t i = 0; i < 2 * PIXELS; i++) CHECK_NEAR(again[i], x[i], 1e-9);
    destroy(m);
}

/* ---- Training ---- */

/* Of 12 steps of 16 images those with number 2, 6 and 10 are the first ones of a level; the last one is half faded in.
 */
#define GROWING NETWORK("network: progressive, fade: 32, stable: 32")
#define GROWING_STYLE                                                                                                  \
    NETWORK(                                                                                                           \
        "network: style, mapping: 2, growing: yes, fade: 32, stable: 32, encoder: adversarial, critic_norm: spectral")

static void any_number_of_threads(void)
{
    static const char *const options[] = {GROWING, GROWING_STYLE, NETWORK("network: style, encoder: adversarial")};
    for (size_t i = 0; i < 3; i++) {
        trainee one, two;
        trainee_begin(options[i], 1, &one);
        trainee_begin(options[i], 2, &two);
        train(&one);
        train(&two);
        CU_ASSERT(same_generators(one.m, two.m));
        trainee_end(&one);
        trainee_end(&two);
    }
}

/* Stopped within a fading, and right before a new level, and gone on with in a new object. */
static void resuming(void)
{
    static const char *const options[] = {GROWING, GROWING_STYLE};
    static const int stop[] = {3, 6};
    char *path = test_path("levels.h5");
    for (int i = 0; i < 4; i++) {
        trainee at_once, first, second;
        trainee_begin(options[i / 2], 1, &at_once);
        train(&at_once);
        trainee_begin(options[i / 2], 1, &first);
        REQUIRE_OK(cgm_gan_fit_begin(&first.m->base, &first.fit, &first.report));
        for (int k = 0; k < stop[i % 2]; k++) REQUIRE_OK(cgm_gan_fit_step(&first.m->base, &first.fit, &first.report));
        CHECK_NEAR(metric(&first.report, "side"), 8, 0);
        CHECK_NEAR(metric(&first.report, "alpha"), i % 2 ? 1 : 0, 0);
        store_state(&first.m->base, path);
        trainee_end(&first);
        trainee_begin(options[i / 2], 1, &second);
        REQUIRE_OK(cgm_gan_fit_begin(&second.m->base, &second.fit, &second.report));
        load_state(&second.m->base, path);
        while (!second.report.finished) REQUIRE_OK(cgm_gan_fit_step(&second.m->base, &second.fit, &second.report));
        cgm_gan_fit_end(&second.m->base);
        CU_ASSERT(same_generators(at_once.m, second.m));
        CHECK_NEAR(second.m->growth.alpha, 0.5, 0);
        trainee_end(&at_once);
        trainee_end(&second);
    }
}

/* The optimisers' first step at a level is as long as their first of all, the learning rate. */
static void a_level_begins_anew(void)
{
    trainee t;
    static cgm_real before[100000];
    trainee_begin(GROWING, 1, &t);
    REQUIRE_OK(cgm_gan_fit_begin(&t.m->base, &t.fit, &t.report));
    cgm_params *p = t.m->networks.critic;
    size_t n = cgm_params_flat_size(p);
    CU_ASSERT_FATAL(n <= 100000);
    for (int step = 0; step < 7; step++) {
        double longest = 0;
        memcpy(before, cgm_params_values(p), n * sizeof *before);
        REQUIRE_OK(cgm_gan_fit_step(&t.m->base, &t.fit, &t.report));
        for (size_t i = 0; i < n; i++)
            longest = fmax(longest, fabs((double)cgm_params_values(p)[i] - (double)before[i]));
        bool first = step == 0 || step == 2 || step == 6;
        CU_ASSERT(first ? fabs(longest - 1e-3) < 1e-5 : longest > 1.01e-3);
    }
    trainee_end(&t);
}

static void keep(void *context, cgm_log_level level, const char *message)
{
    snprintf(context, 256, "%d %s", (int)level, message);
}

/* A training that ends at a lower level says so, and its images are those of that level, enlarged. */
static void ending_early(void)
{
    trainee t;
    char said_last[256] = "", text[512];
    double z[LATENT], x[1024], level = 3, thick = 2;
    cgm_sink sink = {.log = keep, .context = said_last};
    trainee_begin(GROWING, 1, &t);
    t.opts.epochs = 1;
    t.fit.sink = &sink;
    train(&t);
    CHECK_NEAR(metric(&t.report, "side"), 8, 0);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(said_last, "image: training ended before the networks were grown: its images have 8 x 8"));
    t.m->base.methods->describe(&t.m->base, sizeof text, text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "grown to level 2 of 4"));
    draw(LATENT, 8, z);
    cgm_values parent[] = {{1, 1, &level}, {1, 1, &thick}}, code = {1, LATENT, z}, none = {1, 0, NULL};
    cgm_values value = {1, 1024, x};
    REQUIRE_OK(cgm_gan_predict(&t.m->base, 1, parent, &code, &none, 1, &value));
    bool differ = false;
    for (size_t i = 0; i < 1024; i++) {
        CU_ASSERT_FATAL(x[i] == x[i / 128 * 128 + i % 32 / 4 * 4]);
        differ = differ || x[i] != x[0];
    }
    CU_ASSERT(differ);
    /* A phase that a file has no right to. */
    t.m->growth.level = 4;
    CHECK_FAILS(cgm_gan_predict(&t.m->base, 1, parent, &code, &none, 1, &value), CGM_E_FORMAT, "level 4 of 4");
    trainee_end(&t);
}

/* The clock ends the game at the second of four levels: the encoder alone is then trained as it is used there, on
 * images of 8x8 pixels, and everything else stays. Stopped and gone on with in a new object it has the same bits. */
static void an_encoder_before_the_end(void)
{
    static const char options[] =
        NETWORK("network: style, growing: yes, fade: 32, stable: 32, encoder: adversarial, finetune: {epochs: 1}");
    static cgm_real before[100000];
    char *path = test_path("encoder.h5");
    trainee t, second;
    trainee_begin(options, 1, &t);
    trainee_begin(options, 1, &second);
    REQUIRE_OK(cgm_gan_fit_begin(&t.m->base, &t.fit, &t.report));
    for (int k = 0; k < 4; k++) REQUIRE_OK(cgm_gan_fit_step(&t.m->base, &t.fit, &t.report));
    REQUIRE_OK(cgm_gan_fit_cut(&t.m->base, &t.fit, &t.report));
    cgm_params *p = t.m->networks.generator;
    size_t n = cgm_params_flat_size(p);
    CU_ASSERT_FATAL(n <= 100000);
    memcpy(before, cgm_params_ema(p), n * sizeof *before);
    for (int k = 0; !t.report.finished; k++) {
        if (k == 2) store_state(&t.m->base, path);
        REQUIRE_OK(cgm_gan_fit_step(&t.m->base, &t.fit, &t.report));
        CU_ASSERT(isfinite(metric(&t.report, "latent_cycle")));
    }
    for (size_t i = 0; i < cgm_params_count(p); i++) {
        const cgm_param_view *view = cgm_params_view(p, i);
        bool same = memcmp(before + view->offset, cgm_params_ema(p) + view->offset,
                           (size_t)cgm_shape_size(view->shape) * sizeof *before) == 0;
        if (view->state) continue;
        bool used = strstr(view->name, "encoder.8x8.conv") || strstr(view->name, "encoder.4x4.linear");
        bool held = strstr(view->name, "generator.") || strstr(view->name, "encoder.16x16");
        CU_ASSERT(!(used && same) && !(held && !same));
    }
    REQUIRE_OK(cgm_gan_fit_begin(&second.m->base, &second.fit, &second.report));
    load_state(&second.m->base, path);
    while (!second.report.finished) REQUIRE_OK(cgm_gan_fit_step(&second.m->base, &second.fit, &second.report));
    CU_ASSERT(same_generators(t.m, second.m));
    trainee_end(&t);
    trainee_end(&second);
}

/* Whoever trains to the end hears nothing, and the memory said is what the last level needs. */
static void trained_to_the_end(void)
{
    trainee growing, whole;
    char said_last[256] = "";
    cgm_sink sink = {.log = keep, .context = said_last};
    trainee_begin(NETWORK("network: progressive, fade: 16, stable: 16"), 1, &growing);
    trainee_begin(NETWORK("network: progressive, growing: no"), 1, &whole);
    growing.fit.sink = &sink;
    train(&growing);
    train(&whole);
    CU_ASSERT_STRING_EQUAL(said_last, "");
    CU_ASSERT(cgm_gan_growth_is_whole(&growing.m->growth));
    CU_ASSERT(growing.report.memory_bytes >= whole.report.memory_bytes);
    CU_ASSERT(growing.report.memory_bytes < 2 * whole.report.memory_bytes);
    trainee_end(&growing);
    trainee_end(&whole);
}

/* ---- What is refused ---- */

static void refusals(void)
{
    static const struct {
        const char *options, *message;
        int side;
    } bad[] = {
        {"{network: progressive}", "the image is 28 x 28; network progressive doubles 4 x 4 pixels", 28},
        {"{network: style}", "expected a square image with a side of 4, 8, 16, 32", 24},
        {"{network: style, generator_condition: batch_norm}", "which those of network style are not", 32},
        {"{network: progressive, widths: [8]}", "widths: this network has width and max_width", 32},
        {"{network: progressive, width: 16, max_width: 8}", "max_width: 8 is less than the width, 16", 32},
        {"{network: progressive, critic_norm: batch}", "depend on the others of its batch", 32},
        {"{width: 8}", "width: this network has widths", 32},
        {"{growing: yes}", "growing: this network has one resolution", 32},
        {"{network: style, fade: 100}", "fade: the networks do not grow (growing: yes)", 32},
        {"{network: progressive, fade: 0, stable: 0}", "growing takes no time", 32},
        {"{network: progressive, truncation: 0.7}", "truncation: this network has no styles", 32},
        {"{network: progressive, smooth: yes}", "smooth: this network's up-sampling has no such choice", 32},
        {"{network: style, truncation: 1.5}", "truncation", 32},
        {"{network: style, mapping: 0}", "mapping", 32},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cgm_variable image = image_of(1, bad[i].side);
        gan *m = NULL;
        CHECK_FAILS(try_create(&image, 2, bad[i].options, &m), CGM_E_CONFIG, bad[i].message);
        destroy(m);
    }
    cgm_variable oblong = image_of(1, 32);
    gan *m = NULL;
    oblong.width = 16;
    CHECK_FAILS(try_create(&oblong, 2, "{network: style}", &m), CGM_E_CONFIG, "the image is 32 x 16");
}

/* What the papers use is what there is unless something else is asked for. */
static void usual_choices(void)
{
    cgm_variable image = image_of(3, 32);
    gan *m = NULL;
    REQUIRE_OK(try_create(&image, 2, "{network: progressive}", &m));
    CU_ASSERT_EQUAL(m->options.loss, GAN_LOSS_WASSERSTEIN);
    CU_ASSERT_EQUAL(m->options.penalty, GAN_PENALTY_TWO_SIDED);
    CU_ASSERT_EQUAL(m->options.critic_steps, 1);
    CHECK_NEAR(m->options.drift, 0.001, 0);
    CU_ASSERT(m->networks.shape.growing && !m->networks.shape.smooth);
    CU_ASSERT_EQUAL(m->networks.levels, 4);
    CU_ASSERT_EQUAL(cgm_gan_level_width(&m->networks, 3), 16);
    CU_ASSERT_EQUAL(cgm_gan_level_width(&m->networks, 0), 128);
    cgm_train_defaults usual = cgm_gan_usual_training(m);
    CHECK_NEAR(usual.rate, 1e-3, 0);
    CHECK_NEAR(usual.rule.beta1, 0, 0);
    CHECK_NEAR(usual.rule.beta2, 0.99, 0);
    destroy(m);
    REQUIRE_OK(try_create(&image, 2, "{network: style}", &m));
    CU_ASSERT_EQUAL(m->options.loss, GAN_LOSS_NON_SATURATING);
    CU_ASSERT_EQUAL(m->options.penalty, GAN_PENALTY_R1);
    CHECK_NEAR(m->options.drift, 0, 0);
    CU_ASSERT(!m->networks.shape.growing && m->networks.shape.smooth);
    destroy(m);
}

static const test_case cases[] = {
    {"phases", phases},
    {"lengths of phases", lengths_of_phases},
    {"fading", fading},
    {"truncation", truncation},
    {"mixing", mixing},
    {"abduction", abduction},
    {"any number of threads", any_number_of_threads},
    {"resuming", resuming},
    {"a level begins anew", a_level_begins_anew},
    {"ending early", ending_early},
    {"an encoder before the end", an_encoder_before_the_end},
    {"trained to the end", trained_to_the_end},
    {"refusals", refusals},
    {"usual choices", usual_choices},
};
TEST_MAIN("gan levels", cases)
