/* Effects along named paths, and the recanting witnesses for which they are refused. */
#include "scm/object.h"
#include "tests/mediation_toys.h"

enum { TE, PSE0, PSE1, PSE };

/* Values do not matter where all coefficients are given. */
static const char *any_table(const char *names, int columns)
{
    char *path = test_path("any.csv");
    FILE *f = new_table(path, names);
    for (int i = 0; i < 8; i++)
        for (int k = 0; k < columns; k++)
            fprintf(f, "%g%c", k ? (double)((i * 7 + k * 3) % 5) : i & 1, k + 1 < columns ? ',' : '\n');
    fclose(f);
    return path;
}

#define LINEAR(parents, ...)                                                                                           \
    "{type: continuous, parents: " parents ", mechanism: {kind: linear_gaussian, coefficients: {intercept: 1, sigma: " \
    "1, " __VA_ARGS__ "}}}\n"
/* t -> a (0.5), t -> b (3), a -> b (-2), a -> y (2), b -> y (0.7), t -> y (1.1). */
static const char graph[] = "graph:\n  t: {type: binary}\n"
                            "  a: " LINEAR("[t]", "t: 0.5") "  b: " LINEAR("[t, a]", "t: 3, a: -2") "  y: " LINEAR(
                                "[t, a, b]", "t: 1.1, a: 2, b: 0.7");

static void ask(cgm_run *run, size_t n, const char *const *paths, cgm_mediation *got)
{
    cgm_mediation_opts opts;
    cgm_mediation_init(&opts);
    opts.treatment = "t";
    opts.outcome = "y";
    opts.n_paths = n;
    opts.paths = paths;
    REQUIRE_OK(cgm_run_mediate(run, &opts, got));
}

/* In a linear model the effect along paths is the sum of the products of their coefficients (Wright 1934). */
static void products_along_paths(void)
{
    static const struct {
        size_t n;
        const char *path[3];
        double effect;
    } cases[] = {
        {1, {"t->y"}, 1.1},
        {1, {"t->b->y"}, 3 * 0.7},
        {2, {"t->a->y", "t -> a -> b -> y"}, 0.5 * 2 + 0.5 * -2 * 0.7},
        {2, {"t->y", "t->b->y"}, 1.1 + 3 * 0.7},
        {2, {"t->b->y", "t->b->y"}, 3 * 0.7},
    };
    model m = train_on(graph, any_table("t,a,b,y", 4), 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cgm_mediation got;
        ask(m.run, cases[i].n, cases[i].path, &got);
        CU_ASSERT(got.exact && got.n == PSE + 1);
        CU_ASSERT_STRING_EQUAL(got.effect[PSE0].name, "PSE(0)");
        CHECK_NEAR(got.effect[TE].value, 1.1 + 0.5 * 2 + 3 * 0.7 + 0.5 * -2 * 0.7, 1e-12);
        for (int k = PSE0; k <= PSE; k++) CHECK_NEAR(got.effect[k].value, cases[i].effect, 1e-12);
    }
    destroy(&m);
}

/* y = t m + u_y, m = 1 + 2 t + u_m, by draws: along t->m->y m moves and the t that y sees does not, so PSE(0) = 0 and
 * PSE(1) = 2, as the natural indirect effects are; along t->y 1 and 3. */
static void reference_levels(void)
{
    model m = train_on("graph:\n  t: {type: binary}\n"
                       "  m: {type: continuous, parents: [t], mechanism: {formula: '1 + 2*t + u'}}\n"
                       "  y: {type: continuous, parents: [t, m], mechanism: {formula: 't*m + u'}}\n",
                       any_table("t,m,y", 3), 1);
    static const char *const mediator[] = {"m"}, *const mediated[] = {"t->m->y"}, *const direct[] = {"t->y"};
    cgm_mediation_opts opts;
    cgm_mediation got;
    cgm_mediation_init(&opts);
    opts.treatment = "t";
    opts.outcome = "y";
    opts.n_mediators = opts.n_paths = 1;
    opts.mediators = mediator;
    for (int k = 0; k < 2; k++) {
        opts.paths = k ? direct : mediated;
        REQUIRE_OK(cgm_run_mediate(m.run, &opts, &got));
        CU_ASSERT_EQUAL_FATAL(got.n, 11);
        const cgm_estimate *natural = &got.effect[k ? 3 : 0], *path = &got.effect[8];
        CU_ASSERT(!got.exact && strcmp(natural->name, k ? "NDE(0)" : "NIE(0)") == 0);
        for (int s = 0; s < 2; s++) {
            CHECK_NEAR(path[s].value, natural[s].value, 1e-12);
            CHECK_NEAR(path[s].mc_error, natural[s].mc_error, 1e-12);
            CHECK_NEAR(path[s].value, (k ? 1 : 0) + 2 * s, 4 * path[s].mc_error + 1e-12);
        }
    }
    destroy(&m);
}

static void check_refused(cgm_run *run, const char *path, cgm_status status, const char *message)
{
    cgm_mediation_opts opts;
    cgm_mediation got;
    cgm_mediation_init(&opts);
    opts.treatment = "t";
    opts.outcome = "y";
    opts.n_paths = 1;
    opts.paths = &path;
    CHECK_FAILS(cgm_run_mediate(run, &opts, &got), status, message);
}

static void refused_paths(void)
{
    model m = train_on(graph, any_table("t,a,b,y", 4), 1);
    check_refused(m.run, "t->a->y", CGM_E_UNSUPPORTED,
                  "'a' is a recanting witness, as t->a->y belongs to it and t->a->b->y does not");
    check_refused(m.run, "t->a->b->y", CGM_E_UNSUPPORTED, "'a' is a recanting witness");
    check_refused(m.run, "t->b->a->y", CGM_E_ARG, "there is no edge from 'b' to 'a'");
    check_refused(m.run, "t->a", CGM_E_ARG, "path 't->a': expected a path from 't' to 'y'");
    check_refused(m.run, "t", CGM_E_ARG, "expected a path from 't' to 'y', such as 't->y'");
    check_refused(m.run, "a->y", CGM_E_ARG, "expected a path from 't' to 'y'");
    check_refused(m.run, "", CGM_E_ARG, "'' is no variable that 'y' depends on");
    check_refused(m.run, "t->", CGM_E_ARG, "'' is no variable");
    check_refused(m.run, "t->aa->y", CGM_E_ARG, "'aa' is no variable that 'y' depends on");
    destroy(&m);
}

/* The kite: t -> w -> y and t -> w -> z -> y. The effect through z is not identified: w would have to be two things at
 * once. Naming both is fine, and so is w alone, through which everything runs. */
static void witness_of_mediators(void)
{
    static const char kite[] = "graph:\n  t: {type: binary}\n"
                               "  w: {type: continuous, parents: [t], mechanism: {formula: 't + u'}}\n"
                               "  z: {type: continuous, parents: [w], mechanism: {formula: 'w + u'}}\n"
                               "  y: {type: continuous, parents: [t, w, z], mechanism: {formula: 'w*z + t + u'}}\n";
    static const char *const z[] = {"z"}, *const both[] = {"z", "w"};
    model m = train_on(kite, any_table("t,w,z,y", 4), 1);
    cgm_mediation_opts opts;
    cgm_mediation got;
    cgm_mediation_init(&opts);
    opts.treatment = "t";
    opts.outcome = "y";
    opts.n_mediators = 1;
    opts.mediators = z;
    CHECK_FAILS(
        cgm_run_mediate(m.run, &opts, &got), CGM_E_UNSUPPORTED,
        "'w' is a recanting witness, as t->w->z->y belongs to it and t->w->y does not; name it as a mediator too");
    opts.mediators = both + 1;
    REQUIRE_OK(cgm_run_mediate(m.run, &opts, &got));
    opts.n_mediators = 2;
    opts.mediators = both;
    REQUIRE_OK(cgm_run_mediate(m.run, &opts, &got));
    destroy(&m);
    /* Where means pass through it does not matter what the witness is in which world. */
    m = train_on(graph, any_table("t,a,b,y", 4), 1);
    static const char *const b[] = {"b"};
    opts.n_mediators = 1;
    opts.mediators = b;
    REQUIRE_OK(cgm_run_mediate(m.run, &opts, &got));
    CHECK_NEAR(got.effect[0].value, (3 + 0.5 * -2) * 0.7, 1e-12);
    CHECK_NEAR(got.effect[3].value, 1.1 + 0.5 * 2, 1e-12);
    destroy(&m);
}

/* A part of a model has the ancestors, in order, and draws the noise of the whole. */
static void ancestral_part(void)
{
    model m = train_on(graph, any_table("t,a,b,y", 4), 1);
    const cgm_scm *scm = cgm_run_scm(m.run);
    cgm_scm *part;
    cgm_world *world[2];
    size_t b = (size_t)cgm_scm_find(scm, "b");
    cgm_rng rng = cgm_rng_create(5);
    REQUIRE_OK(cgm_scm_ancestral(scm, 1, &b, &part));
    CU_ASSERT_EQUAL_FATAL(cgm_scm_count(part), 3);
    CU_ASSERT(cgm_scm_find(part, "y") == -1 && cgm_scm_find(part, "t") == 0 && cgm_scm_find(part, "b") == 2);
    REQUIRE_OK(cgm_world_create(scm, 300, &world[0]));
    REQUIRE_OK(cgm_world_create(part, 300, &world[1]));
    cgm_intervention set = {.node = 0, .to = -1, .value = 1};
    REQUIRE_OK(cgm_scm_sample(scm, &rng, 1, &set, NULL, world[0]));
    REQUIRE_OK(cgm_scm_sample(part, &rng, 1, &set, NULL, world[1]));
    for (size_t i = 0; i < 300; i++) CHECK_NEAR(world[1]->value[2].data[i], world[0]->value[b].data[i], 0);
    cgm_world_destroy(world[0]);
    cgm_world_destroy(world[1]);
    cgm_scm_destroy(part);
    destroy(&m);
}

static const test_case cases[] = {
    {"products along paths", products_along_paths},
    {"reference levels", reference_levels},
    {"refused paths", refused_paths},
    {"witness of mediators", witness_of_mediators},
    {"ancestral part", ancestral_part},
};
TEST_MAIN("mediation along paths", cases)
