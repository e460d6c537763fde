/* Effects in single rows, of an image and of a number: the same code, the same identities. */
#include "scm/mediation/mediation_units.h"

#include <string.h>

#include "io/file.h"
#include "tests/mediation_toys.h"

static const char images[] = "data: {make: strokes, n: 96, seed: 3, test: 16, pad: 2}\n"
                             "graph:\n"
                             "  digit:     {type: categorical, levels: 10}\n"
                             "  thickness: {type: continuous, range: [0.5, 8]}\n"
                             "  intensity: {type: continuous, range: [64, 255], parents: [thickness]}\n"
                             "  image:     {type: image, parents: [thickness, intensity, digit],\n"
                             "              mechanism: {kind: cvae, latent: 4, width: 4, hidden: 16}}\n"
                             "train: {epochs: 2, batch: 16, rate: 3e-3}\n";

static model train_images(int threads)
{
    model m = {0};
    REQUIRE_OK(cgm_config_parse(images, "images.yaml", &m.config));
    REQUIRE_OK(cgm_run_create(m.config, &(cgm_run_opts){.threads = threads}, &m.run));
    REQUIRE_OK(cgm_run_train(m.run, test_path("images.h5")));
    return m;
}

static cgm_mediation_opts question(const char *const *mediator)
{
    cgm_mediation_opts opts;
    cgm_mediation_init(&opts);
    opts.treatment = "thickness";
    opts.outcome = "image";
    opts.control = 1.5;
    opts.treated = 4;
    opts.n_mediators = 1;
    opts.mediators = mediator;
    return opts;
}

static const cgm_unit_query test_rows = {.choice = {.split = CGM_TEST, .n = 5}};

/* An effect's values by its name. */
static const double *effect(const cgm_unit_effects *u, const char *name, size_t *width)
{
    for (size_t k = 0; k < cgm_unit_effects_count(u); k++) {
        const char *found;
        const double *value = cgm_unit_effects_get(u, k, &found, width);
        if (strcmp(found, name) == 0) return value;
    }
    CU_ASSERT_FATAL(false);
    return NULL;
}

static double largest(const double *value, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++) most = fmax(most, fabs(value[i]));
    return most;
}

static void identities(const cgm_unit_effects *u, size_t n)
{
    size_t w;
    const double *te = effect(u, "TE", &w), *nde[2] = {effect(u, "NDE(0)", &w), effect(u, "NDE(1)", &w)},
                 *nie[2] = {effect(u, "NIE(0)", &w), effect(u, "NIE(1)", &w)},
                 *y[2] = {cgm_unit_effects_outcome(u, 0, 0, &w), cgm_unit_effects_outcome(u, 1, 1, &w)};
    for (size_t i = 0; i < n * w; i++) {
        CHECK_NEAR(nde[0][i] + nie[1][i], te[i], 1e-11);
        CHECK_NEAR(nde[1][i] + nie[0][i], te[i], 1e-11);
        CHECK_NEAR(y[1][i] - y[0][i], te[i], 0);
    }
}

/* Through intensity, which thickness moves. */
static void scalar_mediator(void)
{
    static const char *const mediator[] = {"intensity"};
    model m = train_images(1);
    cgm_mediation_opts opts = question(mediator);
    cgm_unit_effects *u;
    size_t n, kept, w;
    REQUIRE_OK(cgm_run_mediate_units(m.run, &opts, &test_rows, &u));
    const size_t *rows = cgm_unit_effects_rows(u, &n, &kept);
    CU_ASSERT(n == 5 && rows[0] == 80 && rows[4] == 84);
    identities(u, n);
    const double *nde = effect(u, "NDE(0)", &w), *nie = effect(u, "NIE(0)", &w);
    CU_ASSERT_EQUAL(w, 32 * 32);
    CU_ASSERT(largest(nde, n * w) > 0.5 && largest(nie, n * w) > 0.5);
    cgm_unit_effects_destroy(u);
    destroy(&m);
}

/* From each row's own thickness: Y(t1) is as before, Y(t0) another. */
static void own_control(void)
{
    static const char *const mediator[] = {"intensity"};
    model m = train_images(2);
    cgm_mediation_opts opts = question(mediator);
    cgm_unit_effects *u, *own;
    size_t n = 5, w;
    REQUIRE_OK(cgm_run_mediate_units(m.run, &opts, &test_rows, &u));
    opts.control = NAN;
    REQUIRE_OK(cgm_run_mediate_units(m.run, &opts, &test_rows, &own));
    identities(own, n);
    const double *y[2] = {cgm_unit_effects_outcome(u, 1, 1, &w), cgm_unit_effects_outcome(own, 1, 1, &w)};
    for (size_t i = 0; i < n * w; i++) CHECK_NEAR(y[1][i], y[0][i], 0);
    CU_ASSERT(cgm_unit_effects_outcome(own, 0, 0, &w)[500] != cgm_unit_effects_outcome(u, 0, 0, &w)[500]);
    cgm_unit_effects_destroy(own);
    cgm_unit_effects_destroy(u);
    destroy(&m);
}

/* y = t m + u_y, m = 1 + 2 t + u_m with noise read off the rows: the effects of each row in closed form. */
static void numbers(void)
{
    static const char *const mediator[] = {"m"}, *const path[] = {"t->y"};
    static const double m_of[] = {1, 2.5, 4, 3.25};
    char *table = test_path("rows.csv");
    FILE *f = new_table(table, "t,m,y");
    for (int i = 0; i < 4; i++) fprintf(f, "%d,%g,%g\n", i & 1, m_of[i], 2.0 * i);
    fclose(f);
    model m = train_on("graph:\n  t: {type: binary}\n"
                       "  m: {type: continuous, parents: [t], mechanism: {formula: '1 + 2*t + u'}}\n"
                       "  y: {type: continuous, parents: [t, m], mechanism: {formula: 't*m + u'}}\n",
                       table, 1);
    cgm_mediation_opts opts = question(mediator);
    cgm_unit_effects *u;
    size_t n, kept, w;
    opts.treatment = "t";
    opts.outcome = "y";
    opts.control = 0;
    opts.treated = 1;
    opts.n_paths = 1;
    opts.paths = path;
    REQUIRE_OK(cgm_run_mediate_units(m.run, &opts, &(cgm_unit_query){.choice = {.split = CGM_TRAIN}}, &u));
    cgm_unit_effects_rows(u, &n, &kept);
    CU_ASSERT_EQUAL_FATAL(n, 4);
    identities(u, n);
    for (size_t i = 0; i < n; i++) {
        double m0 = m_of[i] - 2.0 * (double)(i & 1), m1 = m0 + 2;
        CHECK_NEAR(effect(u, "NDE(0)", &w)[i], m0, 1e-12);
        CHECK_NEAR(effect(u, "NDE(1)", &w)[i], m1, 1e-12);
        CHECK_NEAR(effect(u, "NIE(0)", &w)[i], 0, 1e-12);
        CHECK_NEAR(effect(u, "NIE(1)", &w)[i], 2, 1e-12);
        CHECK_NEAR(effect(u, "PSE(0)", &w)[i], m0, 1e-12);
    }
    CHECK_FAILS(cgm_unit_effects_draw(u, test_path("no.png")), CGM_E_ARG, "'y', is no image to draw");
    cgm_unit_effects_destroy(u);
    destroy(&m);
}

static void files(void)
{
    static const char *const mediator[] = {"intensity"};
    model m = train_images(1);
    cgm_mediation_opts opts = question(mediator);
    cgm_unit_effects *u;
    cgm_file *file;
    size_t w;
    char *path = test_path("effects.h5"), *png = test_path("effects.png");
    static float got[5 * 32 * 32];
    cgm_unit_query query = test_rows;
    query.out = path;
    REQUIRE_OK(cgm_run_mediate_units(m.run, &opts, &query, &u));
    REQUIRE_OK(cgm_unit_effects_draw(u, png));
    REQUIRE_OK(cgm_file_open(path, &file));
    REQUIRE_OK(cgm_file_read(file, "/effect/indirect_treated", CGM_F32, CGM_SHAPE(5, 1, 32, 32), got));
    const double *nie = effect(u, "NIE(1)", &w);
    for (size_t i = 0; i < 5 * w; i++) CHECK_NEAR(got[i], nie[i], 1e-4);
    REQUIRE_OK(cgm_file_read(file, "/mean/total", CGM_F32, CGM_SHAPE(1, 32, 32), got));
    REQUIRE_OK(cgm_file_read(file, "/outcome/t0_m1", CGM_F32, CGM_SHAPE(5, 1, 32, 32), got));
    REQUIRE_OK(cgm_file_read(file, "/factual/image", CGM_F32, CGM_SHAPE(5, 1, 32, 32), got));
    cgm_file_close(file);
    cgm_unit_effects_destroy(u);
    destroy(&m);
}

static void refused(void)
{
    static const char *const wrong[] = {"image.zz"}, *const digit[] = {"digit"};
    model m = train_images(1);
    cgm_mediation_opts opts = question(wrong);
    cgm_unit_effects *u;
    cgm_mediation average;
    CHECK_FAILS(cgm_run_mediate_units(m.run, &opts, &test_rows, &u), CGM_E_ARG,
                "mediator: there is no variable 'image.zz'");
    opts.mediators = (const char *const[]){"image.z"}; /* independent of its parents */
    CHECK_FAILS(cgm_run_mediate_units(m.run, &opts, &test_rows, &u), CGM_E_ARG,
                "nothing of 'thickness' runs through it");
    opts.mediators = digit;
    CHECK_FAILS(cgm_run_mediate_units(m.run, &opts, &test_rows, &u), CGM_E_ARG, "'digit' lies on no directed path");
    opts.n_mediators = 0;
    opts.outcome = "intensity";
    CHECK_FAILS(cgm_run_mediate_units(m.run, &opts, &test_rows, &u), CGM_E_ARG, "at least one mediator or one path");
    opts.outcome = "image";
    opts.treated = 9;
    opts.mediators = (const char *const[]){"intensity"};
    opts.n_mediators = 1;
    CHECK_FAILS(cgm_run_mediate_units(m.run, &opts, &test_rows, &u), CGM_E_ARG, "treatment 'thickness': 9");
    CHECK_FAILS(cgm_run_mediate(m.run, &opts, &average), CGM_E_UNSUPPORTED, "'image' is an image");
    CHECK_FAILS(cgm_run_mediate_units(m.run, &opts, &(cgm_unit_query){.choice = {.split = CGM_TEST, .n = 17}}, &u),
                CGM_E_ARG, "17 rows wanted, but the data have 16 test rows");
    opts.treated = 4;
    opts.treatment = "image";
    CHECK_FAILS(cgm_run_mediate_units(m.run, &opts, &test_rows, &u), CGM_E_UNSUPPORTED, "'image' is an image");
    destroy(&m);
}

static const test_case cases[] = {
    {"scalar mediator", scalar_mediator},
    {"own control", own_control},
    {"numbers", numbers},
    {"files", files},
    {"refused", refused},
};
TEST_MAIN("mediation in single rows", cases)
