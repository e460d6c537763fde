/* Interventions: what each kind makes of values, what their texts may be, and what the refusals say. */
#include "scm/interventions/intervention.h"
#include "scm/queries/unit.h"
#include "tests/known.h"
#include "tests/scm_toys.h"

/* w comes last in the order of variables, and nothing but conditions may look at it. */
static const char jobs[] =
    "graph:\n"
    "  age: {type: continuous, mechanism: {formula: 50 + 10*u}}\n"
    "  job: {type: categorical, levels: [clerk, cook, 'none, yet'], mechanism: {formula: u, noise: categorical(0.5, "
    "0.3, "
    "0.2)}}\n"
    "  x: {type: continuous, parents: [age], mechanism: {formula: 0.1*age + u}}\n"
    "  y: {type: continuous, parents: [x, age], mechanism: {formula: 2*x - 0.05*age + u}}\n"
    "  z: {type: continuous, parents: [y], range: [-1000, 1000], mechanism: {formula: y/2 + u}}\n"
    "  w: {type: continuous, mechanism: {formula: u}}\n";

static cgm_world *sampled(const cgm_scm *scm, size_t n, uint64_t seed)
{
    cgm_world *world = toy_world(scm, n);
    cgm_rng rng = cgm_rng_create(seed);
    REQUIRE_OK(cgm_scm_sample(scm, &rng, 0, NULL, NULL, world));
    return world;
}

static cgm_status sample_under(const cgm_scm *scm, const char *text, uint64_t seed, cgm_world *out)
{
    cgm_arena arena = {0};
    cgm_intervention *list;
    cgm_rng rng = cgm_rng_create(seed);
    size_t n;
    cgm_status status = cgm_scm_parse_do(scm, text, &arena, &n, &list);
    if (status == CGM_OK) status = cgm_scm_sample(scm, &rng, n, list, NULL, out);
    cgm_arena_clear(&arena);
    return status;
}

static cgm_status predict_under(const cgm_scm *scm, const cgm_world *factual, const char *text, cgm_world *out)
{
    cgm_arena arena = {0};
    cgm_intervention *list;
    size_t n;
    cgm_status status = cgm_scm_parse_do(scm, text, &arena, &n, &list);
    if (status == CGM_OK) status = cgm_scm_predict(scm, factual, n, list, NULL, out);
    cgm_arena_clear(&arena);
    return status;
}

static const double *of(const cgm_scm *scm, const cgm_world *world, const char *node)
{
    return toy_values(scm, world, node);
}

static bool same_bits(const cgm_scm *scm, const cgm_world *a, const cgm_world *b, const char *node, size_t row)
{
    return memcmp(of(scm, a, node) + row, of(scm, b, node) + row, sizeof(double)) == 0;
}

/* ---- DoWhy's what-if cases ---- */

static const char whatif_model[] = "graph:\n"
                                   "  X0: {type: continuous, mechanism: {formula: 0.1*u}}\n"
                                   "  X1: {type: continuous, parents: [X0], mechanism: {formula: 2*X0 + 0.1*u}}\n"
                                   "  X2: {type: continuous, parents: [X0], mechanism: {formula: 0.5*X0 + 0.1*u}}\n"
                                   "  X3: {type: continuous, parents: [X2], mechanism: {formula: 0.5*X2 + 0.1*u}}\n";

static void check_means(const char *text, const double *mean, const double *sd)
{
    enum { N = 4000 };
    cgm_scm *scm = known(whatif_model);
    cgm_world *world = toy_world(scm, N);
    REQUIRE_OK(sample_under(scm, text, 5, world));
    for (size_t v = 0; v < 4; v++) CHECK_NEAR(toy_mean(N, world->value[v].data), mean[v], 4 * sd[v] / sqrt(N) + 1e-13);
    cgm_world_destroy(world);
    cgm_scm_destroy(scm);
}

/* tests/gcm/test_whatif.py of py-why/dowhy: samples under a hard one, a shift, and both. The standard deviations follow
 * from 0.1 for every noise. */
static void whatif(void)
{
    check_means("X2 = 10", (double[]){0, 0, 10, 5}, (double[]){.1, hypot(.2, .1), 0, .1});
    check_means("X2 += 10", (double[]){0, 0, 10, 5}, (double[]){.1, hypot(.2, .1), hypot(.05, .1), .1146});
    check_means("X2 := X2 + 10", (double[]){0, 0, 10, 5}, (double[]){.1, hypot(.2, .1), hypot(.05, .1), .1146});
    check_means("X0 = 10, X2 := X2 + 5", (double[]){10, 20, 10, 5}, (double[]){0, .1, .1, hypot(.05, .1)});

    cgm_scm *scm = known(whatif_model);
    cgm_world *factual = toy_world(scm, 1), *other = toy_world(scm, 1);
    cgm_rng rng = cgm_rng_create(1);
    for (size_t v = 0; v < 4; v++) *factual->value[v].data = (double[]){1, 3, 3, 4}[v];
    REQUIRE_OK(cgm_scm_abduct(scm, &rng, NULL, factual));
    REQUIRE_OK(predict_under(scm, factual, "X2 = 2", other));
    for (size_t v = 0; v < 4; v++) CHECK_NEAR(*other->value[v].data, ((double[]){1, 3, 2, 3.5})[v], 1e-12);
    REQUIRE_OK(predict_under(scm, factual, "X2 -= 1", other)); /* the same, as X2 was 3 */
    for (size_t v = 0; v < 4; v++) CHECK_NEAR(*other->value[v].data, ((double[]){1, 3, 2, 3.5})[v], 1e-12);
    cgm_world_destroy(other);
    cgm_world_destroy(factual);
    cgm_scm_destroy(scm);
}

/* ---- Kinds ---- */

/* Every kind in a counterfactual, against what is written here in C. The natural value of x is the factual one, to the
 * bit; with age moved it is computed anew. */
static void kinds(void)
{
    enum { N = 700 };
    cgm_scm *scm = known(jobs);
    cgm_world *factual = sampled(scm, N, 3), *other = toy_world(scm, N);
    static const struct {
        const char *text;
        int which;
    } cases[] = {{"x = 3", 0},        {"x += 2", 1},           {"x-=2", 2},
                 {"x *= 1.5", 3},     {"x /= 2", 4},           {"x := max(x, 5) + 0.1*age", 5},
                 {"x += 0.1*age", 6}, {"x := -x if x > 5", 7}, {"age += 10, x *= 2", 8}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        REQUIRE_OK(predict_under(scm, factual, cases[c].text, other));
        for (size_t i = 0; i < N; i++) {
            double x = of(scm, factual, "x")[i], age = of(scm, factual, "age")[i], u = toy_noise(scm, factual, "x")[i];
            double want[] = {3,
                             x + 2,
                             x - 2,
                             x * 1.5,
                             x / 2,
                             fmax(x, 5) + .1 * age,
                             x + .1 * age,
                             x > 5 ? -x : x,
                             (.1 * (age + 10) + u) * 2};
            double got = of(scm, other, "x")[i], exact = cases[c].which == 8 ? 1e-12 : 0;
            CHECK_NEAR(got, want[cases[c].which], exact);
            double y = 2 * got - .05 * (cases[c].which == 8 ? age + 10 : age) + toy_noise(scm, factual, "y")[i];
            CHECK_NEAR(of(scm, other, "y")[i], y, 1e-12);
            CU_ASSERT(same_bits(scm, factual, other, "w", i) && same_bits(scm, factual, other, "job", i));
        }
    }
    cgm_world_destroy(other);
    cgm_world_destroy(factual);
    cgm_scm_destroy(scm);
}

/* Draws: their distribution, that parameters are functions, and that they are the same whatever n and the threads. */
static void draws(void)
{
    enum { N = 5000 };
    cgm_scm *scm = known(jobs);
    cgm_world *factual = sampled(scm, N, 3), *other = toy_world(scm, N), *few = toy_world(scm, 300);
    REQUIRE_OK(predict_under(scm, factual, "x ~ normal(2*age, 0.5)", other));
    double sum = 0, square = 0, cross = 0;
    for (size_t i = 0; i < N; i++) {
        double e = (of(scm, other, "x")[i] - 2 * of(scm, factual, "age")[i]) / .5;
        sum += e, square += e * e, cross += e * toy_noise(scm, factual, "x")[i];
    }
    CHECK_NEAR(sum / N, 0, 4 / sqrt(N));
    CHECK_NEAR(square / N, 1, 4 * sqrt(2. / N));
    CHECK_NEAR(cross / N, 0, 4 / sqrt(N)); /* fresh noise, not the factual one */

    REQUIRE_OK(
        sample_under(scm, "x ~ uniform(0, 1), job ~ categorical(0.1, 0.2, 0.7), age->y ~ normal(age, 1)", 9, other));
    double levels[3] = {0};
    for (size_t i = 0; i < N; i++) {
        CU_ASSERT(of(scm, other, "x")[i] > 0 && of(scm, other, "x")[i] < 1);
        levels[(int)of(scm, other, "job")[i]]++;
    }
    CHECK_NEAR(toy_mean(N, of(scm, other, "x")), .5, 4 / sqrt(12. * N));
    CHECK_NEAR(levels[2] / N, .7, 4 * sqrt(.21 / N));
    REQUIRE_OK(
        sample_under(scm, "x ~ uniform(0, 1), job ~ categorical(0.1, 0.2, 0.7), age->y ~ normal(age, 1)", 9, few));
    for (size_t v = 0; v < few->n_nodes; v++)
        CU_ASSERT(memcmp(few->value[v].data, other->value[v].data, 300 * sizeof(double)) == 0);

    cgm_arena arena = {0};
    cgm_intervention *list;
    cgm_query_opts opts;
    cgm_world *again = toy_world(scm, N);
    size_t n;
    cgm_query_defaults(&opts);
    opts.threads = 3;
    REQUIRE_OK(cgm_scm_parse_do(scm, "x ~ normal(2*age, 0.5)", &arena, &n, &list));
    REQUIRE_OK(cgm_scm_predict(scm, factual, n, list, &opts, again));
    REQUIRE_OK(predict_under(scm, factual, "x ~ normal(2*age, 0.5)", other));
    CU_ASSERT(memcmp(of(scm, again, "z"), of(scm, other, "z"), N * sizeof(double)) == 0);
    opts.draws = cgm_rng_create(2); /* another seed, other draws */
    REQUIRE_OK(cgm_scm_predict(scm, factual, n, list, &opts, again));
    CU_ASSERT(of(scm, again, "x")[0] != of(scm, other, "x")[0]);
    CHECK_FAILS(predict_under(scm, factual, "x ~ normal(0, 50 - age)", other), CGM_E_ARG, "normal(mean, sd): ");
    cgm_arena_clear(&arena);
    cgm_world_destroy(again);
    cgm_world_destroy(few);
    cgm_world_destroy(other);
    cgm_world_destroy(factual);
    cgm_scm_destroy(scm);
}

/* ---- Conditions ---- */

/* Rows of which the condition fails keep every bit, also downstream. What it sees is factual: z is x's descendant. */
static void conditions(void)
{
    enum { N = 700 };
    cgm_scm *scm = known(jobs);
    cgm_world *factual = sampled(scm, N, 4), *other = toy_world(scm, N);
    static const char *const all[] = {"age", "job", "x", "y", "z", "w"};
    REQUIRE_OK(predict_under(scm, factual, "x = 3 if z > 2 and not (job == cook or job == 'none, yet')", other));
    size_t acted = 0;
    for (size_t i = 0; i < N; i++) {
        bool acts = of(scm, factual, "z")[i] > 2 && of(scm, factual, "job")[i] == 0;
        acted += acts;
        if (acts) {
            CHECK_NEAR(of(scm, other, "x")[i], 3, 0);
            CU_ASSERT(!same_bits(scm, factual, other, "z", i));
        }
        for (int v = 0; !acts && v < 6; v++) CU_ASSERT(same_bits(scm, factual, other, all[v], i));
    }
    CU_ASSERT(acted > 50 && acted < N - 50);

    /* In a sample: w, which comes after x, and x's own natural value; the noises are those of the plain sample. */
    REQUIRE_OK(sample_under(scm, "x += 100 if w > 0 and x > 4, age->y = 0 if w < -1", 4, other));
    for (size_t i = 0; i < N; i++) {
        double x = of(scm, factual, "x")[i], w = of(scm, factual, "w")[i], age = of(scm, factual, "age")[i];
        if (w > 0 && x > 4) x += 100;
        CHECK_NEAR(of(scm, other, "x")[i], x, 0);
        CHECK_NEAR(of(scm, other, "y")[i], 2 * x - .05 * (w < -1 ? 0 : age) + toy_noise(scm, factual, "y")[i], 1e-12);
    }
    CHECK_FAILS(sample_under(scm, "x = 3 if z > 2", 4, other), CGM_E_ARG,
                "do(x = 3 if z > 2): its condition sees 'z', which the intervention moves");
    CHECK_FAILS(sample_under(scm, "x->y = 3 if y > 2", 4, other), CGM_E_ARG, "sees 'y'");
    CHECK_FAILS(sample_under(scm, "w = 3 if x > 2, x = 1 if w > 0", 4, other), CGM_E_ARG, "wait for each other");
    CU_ASSERT(!other->has_noise);
    REQUIRE_OK(sample_under(scm, "x->y = 3 if x > 2", 4, other));
    CHECK_FAILS(predict_under(scm, factual, "x = 3 if log(w) > 0 or 0/0", other), CGM_E_ARG,
                "row 0: its condition is not defined");
    cgm_world_destroy(other);
    cgm_world_destroy(factual);
    cgm_scm_destroy(scm);
}

/* ---- Edges ---- */

static void edges(void)
{
    enum { N = 300 };
    cgm_scm *scm = known(jobs);
    cgm_world *factual = sampled(scm, N, 5), *other = toy_world(scm, N), *same = toy_world(scm, N);
    static const char *const pairs[][2] = {{"x->y: x=0", "x->y=0"},
                                           {" x -> y : x += 2", "x->y+=2"},
                                           {"x->y: x := x^2 if age > 50", "x->y := x*x if age > 50"},
                                           {"age->x: age ~ normal(0, 1)", "age->x ~ normal(0, 1)"}};
    for (size_t k = 0; k < 4; k++) {
        REQUIRE_OK(predict_under(scm, factual, pairs[k][0], other));
        REQUIRE_OK(predict_under(scm, factual, pairs[k][1], same));
        for (size_t i = 0; i < N; i++) {
            double x = of(scm, factual, "x")[i], age = of(scm, factual, "age")[i];
            double sees[] = {0, x + 2, age > 50 ? x * x : x};
            CU_ASSERT(same_bits(scm, other, same, "y", i) && same_bits(scm, factual, other, "age", i));
            if (k == 3) continue;
            CU_ASSERT(same_bits(scm, factual, other, "x", i));
            CHECK_NEAR(of(scm, other, "y")[i], 2 * sees[k] - .05 * age + toy_noise(scm, factual, "y")[i], 1e-12);
        }
    }
    /* The node and its edge: the edge sees what the node becomes. */
    REQUIRE_OK(predict_under(scm, factual, "x = 1, x->y *= 5", other));
    for (size_t i = 0; i < N; i++) {
        CHECK_NEAR(of(scm, other, "x")[i], 1, 0);
        CHECK_NEAR(of(scm, other, "y")[i], 10 - .05 * of(scm, factual, "age")[i] + toy_noise(scm, factual, "y")[i],
                   1e-12);
    }
    /* A function on y sees what y's mechanism sees of x. */
    REQUIRE_OK(predict_under(scm, factual, "x->y = 7, y := y + x", other));
    for (size_t i = 0; i < N; i++)
        CHECK_NEAR(of(scm, other, "y")[i], 21 - .05 * of(scm, factual, "age")[i] + toy_noise(scm, factual, "y")[i],
                   1e-12);

    cgm_arena arena = {0};
    cgm_intervention *list;
    double values[N];
    size_t n;
    cgm_rng rng = cgm_rng_create(1);
    REQUIRE_OK(cgm_scm_parse_do(scm, "x->y += 2 if age > 50, x *= 3", &arena, &n, &list));
    CU_ASSERT_EQUAL_FATAL(n, 2);
    REQUIRE_OK(cgm_scm_predict(scm, factual, n, list, NULL, other));
    REQUIRE_OK(cgm_scm_do_values(scm, &list[0], factual, other, &rng, values));
    for (size_t i = 0; i < N; i++)
        CHECK_NEAR(values[i], 3 * of(scm, factual, "x")[i] + (of(scm, factual, "age")[i] > 50 ? 2 : 0), 1e-12);
    cgm_arena_clear(&arena);
    cgm_world_destroy(same);
    cgm_world_destroy(other);
    cgm_world_destroy(factual);
    cgm_scm_destroy(scm);
}

/* The latent that a mechanism publishes: x := 2 t + 3 z + u, z := 1 + t/2 + u_z. */
static void internal_nodes(void)
{
    const toy toys[] = {{"t", 0, NULL, toy_root, toy_root, NULL},
                        {"x", TOY_PARENTS("t"), toy_root, toy_root, &toy_mediated_class}};
    cgm_scm *scm = toy_scm(2, toys);
    cgm_world *factual = sampled(scm, 50, 2), *other = toy_world(scm, 50);
    REQUIRE_OK(predict_under(scm, factual, "t->x.z: t += 4", other));
    for (size_t i = 0; i < 50; i++) {
        CHECK_NEAR(of(scm, other, "x.z")[i], of(scm, factual, "x.z")[i] + 2, 1e-12);
        CHECK_NEAR(of(scm, other, "x")[i], of(scm, factual, "x")[i] + 6, 1e-12);
    }
    REQUIRE_OK(predict_under(scm, factual, "x.z := x.z + t if \"x.z\" > 0", other));
    for (size_t i = 0; i < 50; i++) {
        double z = of(scm, factual, "x.z")[i], t = of(scm, factual, "t")[i];
        CHECK_NEAR(of(scm, other, "x.z")[i], z > 0 ? z + t : z, 1e-12);
    }
    cgm_world_destroy(other);
    cgm_world_destroy(factual);
    cgm_scm_destroy(scm);
}

/* ---- Words ---- */

static void levels(void)
{
    enum { N = 300 };
    cgm_scm *scm = known(jobs);
    cgm_world *factual = sampled(scm, N, 6), *other = toy_world(scm, N), *same = toy_world(scm, N);
    static const char *const pairs[][2] = {{"job = none, yet", "job := 2"},
                                           {"job=none, yet if age > 50, x=3", "job := 2 if age > 50, x=3"},
                                           {"x = 1 if job == cook", "x = 1 if job == 1"},
                                           {"x = 1 if clerk != job", "x = 1 if job != 0"},
                                           {"x = 1 if job == 'none, yet'", "x = 1 if job >= 2"},
                                           {"job := if(job == clerk, cook, clerk)", "job := if(job == 0, 1, 0)"}};
    for (size_t k = 0; k < sizeof pairs / sizeof *pairs; k++) {
        REQUIRE_OK(predict_under(scm, factual, pairs[k][0], other));
        REQUIRE_OK(predict_under(scm, factual, pairs[k][1], same));
        for (size_t v = 0; v < other->n_nodes; v++)
            CU_ASSERT(memcmp(other->value[v].data, same->value[v].data, N * sizeof(double)) == 0);
        CU_ASSERT(memcmp(of(scm, other, k == 2 || k == 3 || k == 4 ? "x" : "job"),
                         of(scm, factual, k == 2 || k == 3 || k == 4 ? "x" : "job"), N * sizeof(double)) != 0);
    }
    REQUIRE_OK(predict_under(scm, factual, "job = none, yet", other));
    for (size_t i = 0; i < N; i++) CHECK_NEAR(of(scm, other, "job")[i], 2, 0);
    CHECK_FAILS(predict_under(scm, factual, "job += 1", other), CGM_E_ARG, "3 is not a level: expected a whole number");
    CHECK_FAILS(predict_under(scm, factual, "z *= 1e6", other), CGM_E_ARG, "is outside its range [-1000, 1000]");
    CU_ASSERT_PTR_NOT_NULL(strstr(cgm_error_message(), "do(z *= 1e6): row 0: "));
    cgm_world_destroy(same);
    cgm_world_destroy(other);
    cgm_world_destroy(factual);
    cgm_scm_destroy(scm);
}

/* What a value must be is its variable's to say. */
static void types(void)
{
    static const char *const texts[][2] = {
        {"n += 2, grade := if(grade < top, grade + 1, grade), p /= 2, b := 1 - b", NULL},
        {"n = 3 if grade >= middle and b == 1, n->p += 1", NULL},
        {"n ~ poisson(n + 1), b ~ bernoulli(0.3), p ~ lognormal(0, 1), grade ~ categorical(0.2, 0.3, 0.5)", NULL},
        {"n += 0.5", "do(n += 0.5): row 0: "},
        {"n -= 100", "do(n -= 100): row 0: "},
        {"p *= -1", "do(p *= -1): row 0: "},
        {"grade += 1", "3 is not a level"},
        {"b ~ normal(0, 1)", "is not a level"},
        {"p ~ normal(0, 1)", "do(p ~ normal(0, 1)): row"},
        {"grade = 2", "'2' is not a level of 'grade': expected one of low, middle, top"},
        {"n = 1.5", "column 5: 1.5"},
    };
    enum { N = 200 };
    cgm_scm *scm = known("graph:\n  n: {type: count, mechanism: {formula: u, noise: poisson(3)}}\n"
                         "  grade: {type: ordinal, levels: [low, middle, top], mechanism: {formula: u, noise: "
                         "categorical(0.3, 0.3, 0.4)}}\n"
                         "  b: {type: binary, mechanism: {formula: u, noise: bernoulli(0.5)}}\n"
                         "  p: {type: positive, parents: [n], mechanism: {formula: 'exp(0.1*n + u)'}}\n");
    cgm_world *factual = sampled(scm, N, 2), *other = toy_world(scm, N);
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        cgm_status status = predict_under(scm, factual, texts[k][0], other);
        if (!texts[k][1]) CHECK_OK(status);
        if (texts[k][1]) CHECK_FAILS(status, CGM_E_ARG, texts[k][1]);
    }
    REQUIRE_OK(predict_under(scm, factual, texts[0][0], other));
    for (size_t i = 0; i < N; i++) {
        CHECK_NEAR(of(scm, other, "n")[i], of(scm, factual, "n")[i] + 2, 0);
        CHECK_NEAR(of(scm, other, "grade")[i], fmin(of(scm, factual, "grade")[i] + 1, 2), 0);
        CHECK_NEAR(of(scm, other, "b")[i], 1 - of(scm, factual, "b")[i], 0);
        CHECK_NEAR(of(scm, other, "p")[i], of(scm, factual, "p")[i] * exp(.2) / 2, 1e-12 * of(scm, other, "p")[i]);
    }
    cgm_world_destroy(other);
    cgm_world_destroy(factual);
    cgm_scm_destroy(scm);
}

static void texts(void)
{
    cgm_scm *scm = known(jobs);
    cgm_arena arena = {0};
    cgm_intervention *list;
    size_t n = 0;
    REQUIRE_OK(
        cgm_scm_parse_do(scm, " x=3 ,age -> x:age*=2 if  w>0, y~normal( 0, x ),job=permuted", &arena, &n, &list));
    CU_ASSERT_EQUAL_FATAL(n, 4);
    CU_ASSERT_STRING_EQUAL(list[0].text, "x = 3");
    CU_ASSERT_STRING_EQUAL(list[1].text, "age->x *= 2 if  w>0");
    CU_ASSERT_STRING_EQUAL(list[2].text, "y ~ normal( 0, x )");
    CU_ASSERT_STRING_EQUAL(list[3].text, "job = permuted");
    CU_ASSERT_STRING_EQUAL(list[1].target, "age->x");
    CU_ASSERT(list[0].kind == CGM_DO_SET && list[0].value == 3 && !list[0].rule && list[1].kind == CGM_DO_FUNCTION &&
              list[2].kind == CGM_DO_DRAW && list[3].kind == CGM_DO_PERMUTED);
    cgm_world *world = toy_world(scm, 2);
    cgm_rng rng = cgm_rng_create(1);
    CHECK_FAILS(cgm_scm_sample(scm, &rng, 4, list, NULL, world), CGM_E_ARG, "there are no training values here");
    list[3].values = (double[]){2, 0};
    REQUIRE_OK(cgm_scm_sample(scm, &rng, 4, list, NULL, world));
    CHECK_NEAR(of(scm, world, "job")[0], 2, 0);
    CHECK_FAILS(sample_under(scm, "x = 1, x += 1", 1, world), CGM_E_ARG, "there are two interventions on 'x'");
    CHECK_FAILS(sample_under(scm, "x->y = 1, x = 2, x->y: x = 3", 1, world), CGM_E_ARG, "two interventions on 'x->y'");
    cgm_world_destroy(world);
    cgm_arena_clear(&arena);
    cgm_scm_destroy(scm);
}

/* Every refusal says where, and what was expected there. */
static void errors(void)
{
    static const char *const wrong[][2] = {
        {"x+*2", "do(x+*2): column 3: expected '=' after '+'"},
        {"", "do(): column 1: expected the name of a variable"},
        {"x", "column 2: expected one of = += -= *= /= := ~ ->"},
        {"x=", "column 3: expected a number"},
        {"x=3,", "column 5: expected the name of a variable"},
        {"x=3,,y=2", "column 5: expected the name of a variable"},
        {"x=3 y=2", "column 5: expected an operator, ',', 'if' or the end"},
        {"x=y+1", "column 3: expected a number: a function is written x := ..."},
        {"x:=y+1", "column 4: 'y' is not a parent of 'x': a function sees itself and its parents"},
        {"x->y:=age", "column 7: 'age' is not the source: along an edge a function sees 'x' alone"},
        {"x->y: age=1", "column 7: expected 'x': along an edge its source is set"},
        {"x->y", "column 5: expected one of = += -= *= /= := ~ :"},
        {"x->z=1", "column 1: there is no edge from 'x' to 'z'"},
        {"age=1, x := agee", "column 13: there is no variable 'agee'; did you mean 'age'?"},
        {"x~norml(0,1)", "column 3: there is no distribution 'norml'; did you mean 'normal'?"},
        {"x~normal(0)", "column 11: expected 2 parameters in normal(mean, sd), got 1"},
        {"x~normal(0,1-2)", "column 12: normal(mean, sd): -1; expected a number above 0"},
        {"x~normal(0,1", "column 13: expected ',' or ')'"},
        {"x~3", "column 3: expected a distribution such as normal(0, 1)"},
        {"x += max(1)", "column 11: expected ',' as max takes 2 arguments"},
        {"x = 3 if", "column 9: expected a number, a name or '('"},
        {"x = 3 if job == cok", "column 17: 'cok' is neither a variable nor a level of 'job'; did you mean 'cook'?"},
        {"x = 3 if a < b < c", "column 16: expected one comparison"},
        {"x = 3 if x > 1 if x > 2", "column 16: expected an operator, ',', 'if' or the end"},
        {"job = cok", "column 7: 'cok' is not a level of 'job'; did you mean 'cook'?"},
        {"job = 1", "column 7: '1' is not a level of 'job'"},
        {"z = 2000", "column 5: 2000 is outside its range [-1000, 1000]"},
        {"x = 'y", "column 5: expected a name of 1 to 127 bytes between quotes"},
        {"x == 3", "column 4: expected a number"},
        {"x < 3", "column 3: expected one of ="},
        {"x = (1", "column 7: expected ')'"},
        {"x := not", "column 9: expected a number"},
        {"x := and", "column 6: expected a number"},
        {"\xC3\xA4\xC3\xB6=3, x", "column 1: there is no variable"},
    };
    cgm_scm *scm = known(jobs);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cgm_arena arena = {0};
        cgm_intervention *list = NULL;
        size_t n = 77;
        CHECK_FAILS(cgm_scm_parse_do(scm, wrong[i][0], &arena, &n, &list), CGM_E_ARG, wrong[i][1]);
        CU_ASSERT(n == 77 && !list && !strchr(cgm_error_message(), '\n'));
        cgm_arena_clear(&arena);
    }
    char *deep = malloc(5002);
    memset(deep, '(', 5001);
    memcpy(deep, "x:=", 3);
    deep[5001] = 0;
    cgm_arena arena = {0};
    cgm_intervention *list;
    size_t n;
    CHECK_FAILS(cgm_scm_parse_do(scm, deep, &arena, &n, &list), CGM_E_ARG, "do: 5001 bytes; expected at most 4096");
    deep[4000] = 0;
    CHECK_FAILS(cgm_scm_parse_do(scm, deep, &arena, &n, &list), CGM_E_ARG, "at most 64 levels of nesting");
    cgm_arena_clear(&arena);
    free(deep);
    cgm_scm_destroy(scm);
}

/* Random bytes, and good texts with some bytes changed: an error in one line, or interventions that can be applied. */
static void fuzz(void)
{
    static const char *const good[] = {"x=3, y+=1 if age > 60",
                                       "x:=max(x, 2) + 0.1*age",
                                       "job=none, yet if job == cook",
                                       "x->y: x ~ normal(0.5*x, 1)",
                                       "job ~ categorical(0.2, 0.3, 0.5), w*=1.5",
                                       "z := if(z > 1 and not (y < 2 or z == 3), z, y) if w > 0"};
    static const char bytes[] = "xyzwagejob=+-*/:~<>!()., 0123456789\"'if and or not \n\t\\\x80\xFF";
    enum { N = 6000 };
    cgm_scm *scm = known(jobs);
    cgm_world *factual = sampled(scm, 3, 7), *other = toy_world(scm, 3);
    cgm_rng rng = cgm_rng_create(11);
    size_t accepted = 0;
    for (size_t k = 0; k < N; k++) {
        char text[96] = "";
        size_t length;
        if (k % 2) {
            strcpy(text, good[cgm_rng_below(&rng, sizeof good / sizeof *good)]);
            length = strlen(text);
            for (size_t change = cgm_rng_below(&rng, 4); change-- > 0;)
                text[cgm_rng_below(&rng, length)] = bytes[cgm_rng_below(&rng, sizeof bytes - 1)];
        } else {
            length = cgm_rng_below(&rng, 60);
            for (size_t i = 0; i < length; i++) text[i] = bytes[cgm_rng_below(&rng, sizeof bytes - 1)];
        }
        cgm_status status = predict_under(scm, factual, text, other);
        accepted += status == CGM_OK;
        if (status == CGM_OK) continue;
        CU_ASSERT(status == CGM_E_ARG || status == CGM_E_UNSUPPORTED);
        CU_ASSERT(cgm_error_message()[0] && !strchr(cgm_error_message(), '\n'));
    }
    CU_ASSERT(accepted > N / 10 && accepted < N / 2);
    cgm_world_destroy(other);
    cgm_world_destroy(factual);
    cgm_scm_destroy(scm);
}

/* ---- Variables that cannot be manipulated ---- */

static void not_manipulable(void)
{
    cgm_scm *scm = known("graph:\n  age: {type: continuous, manipulable: false, mechanism: {formula: u}}\n"
                         "  x: {type: continuous, manipulable: true, parents: [age], mechanism: {formula: age + u}}\n");
    cgm_world *world = toy_world(scm, 3);
    CHECK_FAILS(sample_under(scm, "x = 1, age += 2", 1, world), CGM_E_UNSUPPORTED,
                "do(x = 1, age += 2): column 8: 'age' is not manipulable: the model says so");
    CHECK_FAILS(sample_under(scm, "age->x = 2", 1, world), CGM_E_UNSUPPORTED, "'age' is not manipulable");
    CHECK_OK(sample_under(scm, "x := age if age > 0", 1, world));
    cgm_intervention x = {.node = 0, .to = -1, .value = 1};
    cgm_rng rng = cgm_rng_create(1);
    CHECK_FAILS(cgm_scm_sample(scm, &rng, 1, &x, NULL, world), CGM_E_UNSUPPORTED, "'age' is not manipulable");
    CHECK_FAILS(cgm_scm_refuse_do(scm, "ages"), CGM_E_ARG, "did you mean 'age'?");
    REQUIRE_OK(cgm_scm_refuse_do(scm, "x"));
    CHECK_FAILS(sample_under(scm, "x = 1", 1, world), CGM_E_UNSUPPORTED, "'x' is not manipulable");
    cgm_world_destroy(world);
    cgm_scm_destroy(scm);
}

/* ---- One unit ---- */

static cgm_status ask(const cgm_scm *scm, const char *seen, const char *what, cgm_unit_answer *out)
{
    cgm_arena arena = {0};
    cgm_observation *evidence;
    cgm_intervention *list;
    cgm_rng rng = cgm_rng_create(7);
    size_t n, n_do;
    cgm_status status = cgm_scm_parse_evidence(scm, seen, &arena, &n, &evidence);
    if (status == CGM_OK) status = cgm_scm_parse_do(scm, what, &arena, &n_do, &list);
    if (status == CGM_OK)
        status = cgm_scm_unit(scm, &rng, n, evidence, n_do, list, &(cgm_unit_opts){.particles = 40000}, out);
    cgm_arena_clear(&arena);
    return status;
}

#define LG(...) "mechanism: {kind: linear_gaussian, coefficients: {intercept: 0, " #__VA_ARGS__ ", sigma: 1}}}\n"
static const char joe[] =
    "graph:\n"
    "  x: {type: continuous, mechanism: {kind: linear_gaussian, coefficients: {intercept: 0, sigma: 1}}}\n"
    "  h: {type: continuous, parents: [x], " LG(x : 0.5) "  y: {type: continuous, parents: [x, h], " LG(x : 0.7,
                                                                                                        h : 0.4);

/* Y = 0.9 u_x + 0.4 u_h + u_y was seen to be 1.5, so u has mean (0.9, 0.4, 1) 1.5/1.97 and covariance I - a a'/1.97,
 * a = (0.9, 0.4, 1). An affine function of h moves Y by an affine function of u. */
static void gaussian_units(void)
{
    static const struct {
        const char *text;
        double c[4]; /* Y under it: c0 + c . u */
        bool exact;
    } cases[] = {{"h += 1", {.4, .9, .4, 1}, true},
                 {"h *= 3, x->y: x -= 2", {-1.4, 1.3, 1.2, 1}, true},
                 {"h := (2*h - x)/4 + 1", {.4, .7, .2, 1}, true},
                 {"h /= 2, x = 1", {.8, 0, .2, 1}, true},
                 {"h += 1 if 2 > 1", {.4, .9, .4, 1}, false},
                 {"h := max(h, h) + 1", {.4, .9, .4, 1}, false}};
    const double a[] = {.9, .4, 1};
    cgm_scm *scm = known(joe);
    size_t y = (size_t)cgm_scm_find(scm, "y");
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        cgm_unit_answer answer;
        const double *c = cases[k].c + 1;
        double mean = cases[k].c[0], variance = 0, along = 0;
        for (int i = 0; i < 3; i++) {
            mean += c[i] * a[i] * 1.5 / 1.97;
            variance += c[i] * c[i];
            along += c[i] * a[i];
        }
        variance -= along * along / 1.97;
        REQUIRE_OK(ask(scm, "y=1.5", cases[k].text, &answer));
        CU_ASSERT_EQUAL(answer.method, cases[k].exact ? CGM_UNIT_GAUSSIAN : CGM_UNIT_PARTICLES);
        const cgm_unit_value *got = &answer.value[y];
        CHECK_NEAR(got->mean, mean, cases[k].exact ? 1e-12 : 4 * got->mc_error + 1e-9);
        CHECK_NEAR(got->sd, sqrt(fmax(variance, 0)), cases[k].exact ? 1e-7 : 0.03);
        cgm_unit_answer_clear(&answer);
    }
    cgm_scm_destroy(scm);
}

/* All is seen: exact, also under conditions, until something draws. */
static void seen_units(void)
{
    cgm_scm *scm = known(joe);
    cgm_unit_answer a;
    size_t y = (size_t)cgm_scm_find(scm, "y");
    REQUIRE_OK(ask(scm, "x=0.5, h=1, y=1.5", "h += 1 if y > 1, x->y = 2 if x > 1", &a));
    CU_ASSERT(a.method == CGM_UNIT_ABDUCTION && a.value[y].mc_error == 0);
    CHECK_NEAR(a.value[y].mean, 1.9, 1e-12);
    cgm_unit_answer_clear(&a);
    REQUIRE_OK(ask(scm, "x=0.5, h=1, y=1.5", "h ~ normal(3*x, 2)", &a)); /* Y = 1.5 + 0.4 (h - 1) */
    CU_ASSERT(a.method == CGM_UNIT_PARTICLES);
    CHECK_NEAR(a.value[y].mean, 1.7, 4 * .8 / sqrt(40000));
    CHECK_NEAR(a.value[y].sd, .8, 4 * .8 / sqrt(80000));
    CHECK_NEAR(a.effective, 40000, 1e-3);
    cgm_unit_answer_clear(&a);
    CHECK_FAILS(ask(scm, "x=0.5", "h = permuted", &a), CGM_E_ARG, "one unit has no rows");
    cgm_scm_destroy(scm);
}

static const test_case cases[] = {
    {"what if", whatif},
    {"kinds", kinds},
    {"draws", draws},
    {"conditions", conditions},
    {"edges", edges},
    {"internal nodes", internal_nodes},
    {"levels", levels},
    {"types", types},
    {"texts", texts},
    {"errors", errors},
    {"fuzz", fuzz},
    {"not manipulable", not_manipulable},
    {"gaussian units", gaussian_units},
    {"seen units", seen_units},
};
TEST_MAIN("intervention", cases)
