/* The causal engine, on hand-built mechanisms whose answers are known. */
#include "tests/scm_toys.h"

/* ---- known counterfactuals ---- */

static double f_joe_h(const double *pa, double u)
{
    return .5 * pa[0] + u;
}
static double b_joe_h(const double *pa, double x)
{
    return x - .5 * pa[0];
}
static double f_joe_y(const double *pa, double u)
{
    return .7 * pa[0] + .4 * pa[1] + u;
}
static double b_joe_y(const double *pa, double x)
{
    return x - .7 * pa[0] - .4 * pa[1];
}
static const toy joe_toys[] = {{"Y", TOY_PARENTS("X", "H"), f_joe_y, b_joe_y, NULL},
                               {"H", TOY_PARENTS("X"), f_joe_h, b_joe_h, NULL},
                               {"X", 0, NULL, toy_root, toy_root, NULL}};

/* Pearl, Glymour, Jewell 2016, "Causal inference in statistics: a primer", section 4.2. */
static void joe(void)
{
    cgm_scm *scm = toy_scm(3, joe_toys);
    cgm_world *factual = toy_world(scm, 1), *other = toy_world(scm, 1);
    cgm_rng rng = cgm_rng_create(1);
    *toy_values(scm, factual, "X") = .5;
    *toy_values(scm, factual, "H") = 1;
    *toy_values(scm, factual, "Y") = 1.5;
    cgm_intervention h;
    REQUIRE_OK(cgm_scm_parse_intervention(scm, "H=2", &h));
    CHECK_FAILS(cgm_scm_predict(scm, factual, 1, &h, NULL, other), CGM_E_ARG, "abduct it first");
    REQUIRE_OK(cgm_scm_abduct(scm, &rng, NULL, factual));
    CHECK_NEAR(*toy_noise(scm, factual, "H"), .75, 1e-15);
    CHECK_NEAR(*toy_noise(scm, factual, "Y"), .75, 1e-15);
    toy_predict_under(scm, factual, DO("H=2"), other);
    CHECK_NEAR(*toy_values(scm, other, "Y"), 1.90, 1e-15);
    CU_ASSERT(*toy_values(scm, other, "X") == .5 && *toy_values(scm, other, "H") == 2);
    CHECK_FAILS(cgm_scm_predict(scm, factual, 1, &h, NULL, factual), CGM_E_ARG, "another world");

    /* Rung two: E[Y | do(H = 2)] = 0.8. */
    enum { N = 20000 };
    cgm_world *many = toy_world(scm, N);
    REQUIRE_OK(cgm_scm_sample(scm, &rng, 1, &h, NULL, many));
    CHECK_NEAR(toy_mean(N, toy_values(scm, many, "Y")), .8, 4 * sqrt(1.49 / N));
    cgm_world_destroy(many);
    cgm_world_destroy(other);
    cgm_world_destroy(factual);
    cgm_scm_destroy(scm);
}

static double f_whatif_1(const double *pa, double u)
{
    return 2 * pa[0] + u;
}
static double b_whatif_1(const double *pa, double x)
{
    return x - 2 * pa[0];
}
static const toy whatif_toys[] = {{"X0", 0, NULL, toy_root, toy_root, NULL},
                                  {"X1", TOY_PARENTS("X0"), f_whatif_1, b_whatif_1, NULL},
                                  {"X2", TOY_PARENTS("X0"), f_joe_h, b_joe_h, NULL},
                                  {"X3", TOY_PARENTS("X2"), f_joe_h, b_joe_h, NULL}};

/* The figures of DoWhy's what-if tests: X1 = 2 X0, X2 = X0 / 2, X3 = X2 / 2. */
static void whatif(void)
{
    cgm_scm *scm = toy_scm(4, whatif_toys);
    cgm_world *factual = toy_world(scm, 1), *other = toy_world(scm, 1);
    cgm_rng rng = cgm_rng_create(1);
    const double observed[] = {1, 3, 3, 4}, expected[] = {1, 3, 2, 3.5}, noise[] = {1, 2, 3, 4},
                 from_noise[] = {1, 4, 2, 5};
    for (size_t i = 0; i < 4; i++) *factual->value[i].data = observed[i];
    REQUIRE_OK(cgm_scm_abduct(scm, &rng, NULL, factual));
    toy_predict_under(scm, factual, DO("X2=2"), other);
    for (size_t i = 0; i < 4; i++) CHECK_NEAR(*other->value[i].data, expected[i], 1e-15);
    for (size_t i = 0; i < 4; i++) *factual->noise[i].data = noise[i];
    toy_predict_under(scm, factual, DO("X0=1", "X2=2"), other); /* X0 reaches X1, which is computed from its noise */
    for (size_t i = 0; i < 4; i++) CHECK_NEAR(*other->value[i].data, from_noise[i], 1e-15);
    cgm_world_destroy(other);
    cgm_world_destroy(factual);
    cgm_scm_destroy(scm);
}

static double f_interaction_m(const double *pa, double u)
{
    return 1 + .5 * pa[0] + u;
}
static double f_interaction_y(const double *pa, double u)
{
    return 1 + .8 * pa[0] + 1.2 * pa[1] + .4 * pa[0] * pa[1] + u;
}
static const toy interaction_toys[] = {{"T", 0, NULL, toy_root, toy_root, NULL},
                                       {"M", TOY_PARENTS("T"), f_interaction_m, NULL, NULL},
                                       {"Y", TOY_PARENTS("T", "M"), f_interaction_y, NULL, NULL}};

/* Natural direct and indirect effects of a linear model with interaction, by edge interventions: the noises cancel in
 * each row. */
static void natural_effects(void)
{
    cgm_scm *scm = toy_scm(3, interaction_toys);
    cgm_world *drawn = toy_world(scm, 1), *base = toy_world(scm, 1), *other = toy_world(scm, 1);
    cgm_rng rng = cgm_rng_create(3);
    REQUIRE_OK(cgm_scm_sample(scm, &rng, 0, NULL, NULL, drawn));
    *toy_noise(scm, drawn, "M") = 0;
    toy_predict_under(scm, drawn, DO("T=0"), base);
    toy_predict_under(scm, base, DO("T=0"), other);
    double y00 = *toy_values(scm, other, "Y");
    toy_predict_under(scm, base, DO("T=1"), other);
    double y11 = *toy_values(scm, other, "Y");
    toy_predict_under(scm, base, DO("T->Y=1"), other);
    double y10 = *toy_values(scm, other, "Y");
    CU_ASSERT(*toy_values(scm, other, "T") == 0);
    CHECK_NEAR(*toy_values(scm, other, "M"), 1, 0);
    toy_predict_under(scm, base, DO("T->M=1"), other);
    double y01 = *toy_values(scm, other, "Y");
    CHECK_NEAR(*toy_values(scm, other, "M"), 1.5, 1e-15);
    toy_predict_under(scm, base, DO("T=1", "T->M=0"), other);
    CHECK_NEAR(*toy_values(scm, other, "Y"), y10, 1e-15);
    CHECK_NEAR(y10 - y00, 1.2, 1e-14); /* NDE(0) */
    CHECK_NEAR(y11 - y01, 1.4, 1e-14); /* NDE(1) */
    CHECK_NEAR(y01 - y00, .6, 1e-14);  /* NIE(0) */
    CHECK_NEAR(y11 - y10, .8, 1e-14);  /* NIE(1) */
    CHECK_NEAR(y11 - y00, 2.0, 1e-14); /* TE */
    toy_predict_under(scm, base, DO("T=1", "M=2"), other);
    double y1m2 = *toy_values(scm, other, "Y");
    toy_predict_under(scm, base, DO("T=0", "M=2"), other);
    CHECK_NEAR(y1m2 - *toy_values(scm, other, "Y"), 1.6, 1e-14); /* CDE(M = 2) */
    cgm_world_destroy(other);
    cgm_world_destroy(base);
    cgm_world_destroy(drawn);
    cgm_scm_destroy(scm);
}

static double f_binary_m(const double *pa, double u)
{
    return u < (pa[0] > 0 ? .75 : .40);
}
static double f_binary_y(const double *pa, double u)
{
    return u < (pa[0] > 0 ? (pa[1] > 0 ? .80 : .40) : (pa[1] > 0 ? .30 : .20));
}
static const toy binary_toys[] = {{"T", 0, NULL, toy_root, toy_root, NULL},
                                  {"M", TOY_PARENTS("T"), f_binary_m, NULL, NULL},
                                  {"Y", TOY_PARENTS("T", "M"), f_binary_y, NULL, NULL}};

/* Fills noises of nodes with the midpoints of a grid of 20 x 20 (x 20) cells, on which probabilities in twentieths are
 * exact. */
static void fill_grid(cgm_world *world, size_t n_nodes, const size_t *nodes)
{
    for (size_t i = 0, divisor; i < world->n; i++) {
        divisor = 1;
        for (size_t k = 0; k < n_nodes; k++, divisor *= 20)
            world->noise[nodes[k]].data[i] = ((double)(i / divisor % 20) + .5) / 20;
    }
}

static double mean_under(const cgm_scm *scm, const cgm_world *base, const char *const *texts, const char *node,
                         cgm_world *out)
{
    toy_predict_under(scm, base, texts, out);
    return toy_mean(out->n, toy_values(scm, out, node));
}

/* The binary example of the mediation formula (Pearl 2012, "The mediation formula"). */
static void mediation_formula(void)
{
    cgm_scm *scm = toy_scm(3, binary_toys);
    cgm_world *base = toy_world(scm, 400), *other = toy_world(scm, 400);
    fill_grid(base, 2, (size_t[]){1, 2});
    base->has_noise = true;
    double y00 = mean_under(scm, base, DO("T=0"), "Y", other), y11 = mean_under(scm, base, DO("T=1"), "Y", other);
    double y10 = mean_under(scm, base, DO("T=0", "T->Y=1"), "Y", other),
           y01 = mean_under(scm, base, DO("T=0", "T->M=1"), "Y", other);
    CHECK_NEAR(y11 - y00, .46, 1e-12);
    CHECK_NEAR(y10 - y00, .32, 1e-12);
    CHECK_NEAR(y01 - y00, .035, 1e-12);
    CHECK_NEAR(y11 - y10, .14, 1e-12);
    cgm_world_destroy(other);
    cgm_world_destroy(base);
    cgm_scm_destroy(scm);
}

static double f_simpson_s(const double *pa, double u)
{
    (void)pa;
    return u < .5;
}
static double f_simpson_t(const double *pa, double u)
{
    return u < (pa[0] > 0 ? .75 : .25);
}
static double f_simpson_c(const double *pa, double u)
{
    return u < (pa[0] > 0 ? (pa[1] > 0 ? .6 : .7) : (pa[1] > 0 ? .2 : .3));
}
static const toy simpson_toys[] = {{"S", 0, NULL, f_simpson_s, NULL, NULL},
                                   {"T", TOY_PARENTS("S"), f_simpson_t, NULL, NULL},
                                   {"C", TOY_PARENTS("S", "T"), f_simpson_c, NULL, NULL}};

static double mean_where(const cgm_scm *scm, const cgm_world *world, const char *of, const char *where, double is)
{
    double sum = 0, count = 0;
    for (size_t i = 0; i < world->n; i++) {
        if (toy_values(scm, world, where)[i] != is) continue;
        sum += toy_values(scm, world, of)[i];
        count += 1;
    }
    return sum / count;
}

/* Simpson's paradox: within either sex the treated (T = 1) recover (C = 1) less often, and overall more often; do(T)
 * tells. */
static void simpson(void)
{
    enum { N = 8000 };
    cgm_scm *scm = toy_scm(3, simpson_toys);
    cgm_world *drawn = toy_world(scm, N), *base = toy_world(scm, N), *other = toy_world(scm, N);
    double s[N];
    fill_grid(drawn, 3, (size_t[]){0, 1, 2});
    drawn->has_noise = true;
    for (size_t i = 0; i < N; i++) s[i] = f_simpson_s(NULL, drawn->noise[0].data[i]);
    cgm_intervention natural = {.node = 0, .to = -1, .values = s};
    REQUIRE_OK(cgm_scm_predict(scm, drawn, 1, &natural, NULL, base));
    CHECK_NEAR(mean_where(scm, base, "C", "T", 1), .5, 1e-12);
    CHECK_NEAR(mean_where(scm, base, "C", "T", 0), .4, 1e-12);
    CHECK_NEAR(mean_under(scm, base, DO("T=1"), "C", other), .4, 1e-12);
    CHECK_NEAR(mean_under(scm, base, DO("T=0"), "C", other), .5, 1e-12);
    cgm_world_destroy(other);
    cgm_world_destroy(base);
    cgm_world_destroy(drawn);
    cgm_scm_destroy(scm);
}

/* ---- a published mediator ---- */

static const toy mediated_toys[] = {{"t", 0, NULL, toy_root, toy_root, NULL},
                                    {"x", TOY_PARENTS("t"), NULL, NULL, &toy_mediated_class},
                                    {"y", TOY_PARENTS("x"), f_joe_h, b_joe_h, NULL}};

/* x := 2 t + 3 z + u, z := 1 + t / 2 + u_z inside the mechanism: from t = 0 to 1 the direct effect is 2, the indirect
 * one 1.5. */
static void published_mediator(void)
{
    cgm_scm *scm = toy_scm(3, mediated_toys);
    cgm_world *factual = toy_world(scm, 5), *other = toy_world(scm, 5);
    cgm_rng rng = cgm_rng_create(5);
    for (size_t i = 0; i < 5; i++) {
        toy_values(scm, factual, "x")[i] = (double)i;
        toy_values(scm, factual, "y")[i] = -(double)i;
    }
    REQUIRE_OK(cgm_scm_abduct(scm, &rng, NULL, factual));
    CU_ASSERT(toy_noise(scm, factual, "x.z")[0] != toy_noise(scm, factual, "x.z")[1]);
    static const struct {
        const char *text;
        double x, z;
    } effects[] = {{"t->x=1", 2, 0}, {"t->x.z=1", 1.5, .5}, {"t=1", 3.5, .5}, {"t=0", 0, 0}};
    for (size_t k = 0; k < 4; k++) {
        toy_predict_under(scm, factual, DO(effects[k].text), other);
        for (size_t i = 0; i < 5; i++) {
            CHECK_NEAR(toy_values(scm, other, "x")[i], (double)i + effects[k].x, 1e-14);
            CHECK_NEAR(toy_values(scm, other, "x.z")[i] - toy_values(scm, factual, "x.z")[i], effects[k].z, 1e-14);
            CHECK_NEAR(toy_values(scm, other, "y")[i], -(double)i + effects[k].x / 2, 1e-14);
            CU_ASSERT(toy_values(scm, other, "t")[i] == (k == 2 ? 1 : 0));
        }
    }
    toy_predict_under(scm, factual, DO("t->x=1", "t->x.z=1"), other);
    CHECK_NEAR(*toy_values(scm, other, "x"), 3.5, 1e-14);
    toy_predict_under(scm, factual, DO("x.z=7"), other);
    CHECK_NEAR(*toy_values(scm, other, "x"), 3 * (7 - *toy_values(scm, factual, "x.z")), 1e-13);

    cgm_query_opts opts;
    cgm_query_defaults(&opts);
    opts.abduct_temperature = 0;
    REQUIRE_OK(cgm_scm_abduct(scm, &rng, &opts, factual));
    for (size_t i = 0; i < 5; i++) CU_ASSERT(toy_noise(scm, factual, "x.z")[i] == 0);

    REQUIRE_OK(cgm_scm_sample(scm, &rng, 0, NULL, NULL, factual));
    opts.sample_temperature = 0.25;
    REQUIRE_OK(cgm_scm_sample(scm, &rng, 0, NULL, &opts, other));
    for (size_t i = 0; i < 5; i++) {
        double t = toy_values(scm, other, "t")[i], z = 1 + t / 2 + 0.25 * toy_noise(scm, factual, "x.z")[i];
        CHECK_NEAR(toy_values(scm, other, "x.z")[i], z, 1e-14);
        CHECK_NEAR(toy_values(scm, other, "x")[i], 2 * t + 3 * z + toy_noise(scm, factual, "x")[i], 1e-13);
        CHECK_NEAR(t, toy_values(scm, factual, "t")[i], 0);
    }
    cgm_world_destroy(other);
    cgm_world_destroy(factual);
    cgm_scm_destroy(scm);
}

/* ---- axioms and bits ---- */

static bool same_bits(const cgm_values *a, const cgm_values *b, size_t n)
{
    return memcmp(a->data, b->data, n * a->width * sizeof(double)) == 0;
}

static void axioms(void)
{
    enum { N = 600 };
    cgm_scm *scm = toy_scm(3, joe_toys); /* order X, H, Y */
    cgm_world *factual = toy_world(scm, N), *other = toy_world(scm, N), *third = toy_world(scm, N);
    cgm_rng rng = cgm_rng_create(11);
    REQUIRE_OK(cgm_scm_sample(scm, &rng, 0, NULL, NULL, factual));
    REQUIRE_OK(cgm_scm_abduct(scm, &rng, NULL, factual));
    REQUIRE_OK(cgm_scm_predict(scm, factual, 0, NULL, NULL, other));
    for (size_t i = 0; i < 3; i++) CU_ASSERT(same_bits(&factual->value[i], &other->value[i], N));
    /* Composition: setting X to what it was gives back what was, all computed again. */
    cgm_intervention null = {.node = 0, .to = -1, .values = factual->value[0].data};
    REQUIRE_OK(cgm_scm_predict(scm, factual, 1, &null, NULL, other));
    for (size_t i = 0; i < 3; i++)
        for (size_t r = 0; r < N; r++) CHECK_NEAR(other->value[i].data[r], factual->value[i].data[r], 1e-14);
    /* Effectiveness; what H does not cause keeps its bits, and so does all noise. X is not computed again: its noise
     * would say something else. */
    factual->noise[0].data[0] += 1;
    toy_predict_under(scm, factual, DO("H=2"), other);
    CU_ASSERT(same_bits(&factual->value[0], &other->value[0], N));
    for (size_t r = 0; r < N; r++) CU_ASSERT(other->value[1].data[r] == 2);
    for (size_t i = 0; i < 3; i++) CU_ASSERT(same_bits(&factual->noise[i], &other->noise[i], N));
    /* Reversibility: Y_{H=h}=y and H_{Y=y}=h, so acting back returns. */
    cgm_intervention back = {.node = 1, .to = -1, .values = factual->value[1].data};
    REQUIRE_OK(cgm_scm_predict(scm, other, 1, &back, NULL, third));
    for (size_t r = 0; r < N; r++) CHECK_NEAR(third->value[2].data[r], factual->value[2].data[r], 1e-14);
    cgm_world_destroy(third);
    cgm_world_destroy(other);
    cgm_world_destroy(factual);
    cgm_scm_destroy(scm);
}

/* The first rows of a larger world are those of a smaller one; threads and further variables change nothing. */
static void streams(void)
{
    cgm_scm *scm = toy_scm(3, mediated_toys), *fewer = toy_scm(2, mediated_toys);
    cgm_world *small = toy_world(scm, 300), *large = toy_world(scm, 700), *part = toy_world(fewer, 300);
    cgm_rng rng = cgm_rng_create(17);
    cgm_query_opts opts;
    cgm_query_defaults(&opts);
    REQUIRE_OK(cgm_scm_sample(scm, &rng, 0, NULL, &opts, small));
    opts.threads = 2;
    REQUIRE_OK(cgm_scm_sample(scm, &rng, 0, NULL, &opts, large));
    REQUIRE_OK(cgm_scm_sample(fewer, &rng, 0, NULL, NULL, part));
    for (int abducted = 0; abducted < 2; abducted++) {
        for (size_t i = 0; i < 4; i++) {
            CU_ASSERT(same_bits(&small->value[i], &large->value[i], 300) &&
                      same_bits(&small->noise[i], &large->noise[i], 300));
            CU_ASSERT(i == 3 || (same_bits(&small->value[i], &part->value[i], 300) &&
                                 same_bits(&small->noise[i], &part->noise[i], 300)));
            CU_ASSERT(i == 2 ||
                      small->noise[i].data[0] != small->noise[i].data[256]); /* two chunks do not share a stream */
        }
        REQUIRE_OK(cgm_scm_abduct(scm, &rng, NULL, small));
        REQUIRE_OK(cgm_scm_abduct(scm, &rng, &opts, large));
        REQUIRE_OK(cgm_scm_abduct(fewer, &rng, NULL, part));
    }
    CHECK_FAILS(cgm_scm_predict(scm, part, 0, NULL, NULL, small), CGM_E_SHAPE, "another model");
    CHECK_FAILS(cgm_scm_predict(scm, large, 0, NULL, NULL, small), CGM_E_ARG, "700 rows");
    cgm_world_destroy(part);
    cgm_world_destroy(large);
    cgm_world_destroy(small);
    cgm_scm_destroy(fewer);
    cgm_scm_destroy(scm);
}

static double f_pixel(const double *pa, double u)
{
    return 10 * pa[0] + u;
}
static double b_pixel(const double *pa, double x)
{
    return x - 10 * pa[0];
}

static void pixel_temperature(void)
{
    const toy toys[] = {{"t", 0, NULL, toy_root, toy_root, NULL}, {"image", TOY_PARENTS("t"), f_pixel, b_pixel, NULL}};
    cgm_scm *scm;
    toy_model = toys, toy_count = 2;
    REQUIRE_OK(cgm_scm_create(&scm));
    cgm_variable image = {.name = "image", .type = CGM_IMAGE, .channels = 1, .height = 1, .width = 1};
    REQUIRE_OK(toy_add(scm, "t", 0, NULL));
    REQUIRE_OK(cgm_scm_add(scm, &image, 1, (const char *[]){"t"}, &toy_class, NULL, NULL));
    REQUIRE_OK(cgm_scm_finish(scm));
    cgm_world *factual = toy_world(scm, 1), *other = toy_world(scm, 1);
    cgm_rng rng = cgm_rng_create(1);
    *factual->value[0].data = 1;
    *factual->value[1].data = 14;
    cgm_query_opts opts;
    cgm_query_defaults(&opts);
    opts.pixel_temperature = .5;
    REQUIRE_OK(cgm_scm_abduct(scm, &rng, &opts, factual));
    cgm_intervention t = {.node = 0, .to = -1, .value = 2};
    REQUIRE_OK(cgm_scm_predict(scm, factual, 1, &t, &opts, other));
    CHECK_NEAR(*other->value[1].data, 22, 0);
    CHECK_NEAR(*other->noise[1].data, 4, 0);
    *factual->value[1].data = NAN;
    CHECK_FAILS(cgm_scm_abduct(scm, &rng, NULL, factual), CGM_E_ARG,
                "variable 'image', row 0: nan is not a finite number");
    cgm_world_destroy(other);
    cgm_world_destroy(factual);
    cgm_scm_destroy(scm);
}

static void capabilities(void)
{
    const toy toys[] = {{"t", 0, NULL, toy_root, toy_root, NULL},
                        {"shy", TOY_PARENTS("t"), f_joe_h, NULL, &toy_blind_class}};
    cgm_scm *scm = toy_scm(2, toys);
    cgm_world *world = toy_world(scm, 2);
    cgm_rng rng = cgm_rng_create(1);
    double t[2], shy[2], *out[] = {t, shy};
    CHECK_OK(cgm_scm_sample(scm, &rng, 0, NULL, NULL, world));
    CHECK_FAILS(cgm_scm_abduct(scm, &rng, NULL, world), CGM_E_UNSUPPORTED,
                "variable 'shy': its mechanism, blind, cannot abduct");
    CHECK_FAILS(cgm_scm_log_prob(scm, &rng, world, out), CGM_E_UNSUPPORTED,
                "variable 't': its mechanism, toy, cannot give a likelihood");
    cgm_world *huge = NULL;
    CHECK_FAILS(cgm_world_create(scm, SIZE_MAX / 2, &huge), CGM_E_MEMORY, "out of memory");
    cgm_world_destroy(world);
    cgm_scm_destroy(scm);
}

static const test_case cases[] = {
    {"Joe", joe},
    {"what if", whatif},
    {"natural effects with interaction", natural_effects},
    {"mediation formula", mediation_formula},
    {"Simpson", simpson},
    {"a published mediator", published_mediator},
    {"axioms", axioms},
    {"streams", streams},
    {"pixel temperature", pixel_temperature},
    {"capabilities", capabilities},
};
TEST_MAIN("scm", cases)
