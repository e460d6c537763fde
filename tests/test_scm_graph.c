/* Graphs, configs and interventions: what is accepted, and what the refusals say. */
#include "tests/scm_toys.h"

#include "scm/mechanism_table.h"

/* ---- the graph ---- */

static void order(void)
{
    cgm_scm *scm;
    REQUIRE_OK(cgm_scm_create(&scm));
    REQUIRE_OK(toy_add(scm, "d", 2, (const char *[]){"b", "c"}));
    REQUIRE_OK(toy_add(scm, "e", 0, NULL));
    REQUIRE_OK(toy_add(scm, "c", 1, (const char *[]){"a"}));
    REQUIRE_OK(toy_add(scm, "b", 1, (const char *[]){"a"}));
    REQUIRE_OK(toy_add(scm, "a", 0, NULL));
    REQUIRE_OK(cgm_scm_finish(scm));
    const char *expected[] = {"e", "a", "c", "b", "d"};
    for (size_t i = 0; i < 5; i++) CU_ASSERT_STRING_EQUAL(cgm_scm_variable(scm, i)->name, expected[i]);
    const size_t *parents;
    CU_ASSERT_EQUAL_FATAL(cgm_scm_parents(scm, 4, &parents), 2);
    CU_ASSERT_EQUAL(parents[0], 3);
    CU_ASSERT_EQUAL(parents[1], 2);
    CU_ASSERT_EQUAL(cgm_scm_find(scm, "c"), 2);
    CU_ASSERT_EQUAL(cgm_scm_find(scm, "x"), -1);
    CHECK_FAILS(toy_add(scm, "f", 0, NULL), CGM_E_ARG, "finished");
    cgm_scm_destroy(scm);
}

static void check_graph_error(size_t n, const toy *toys, const char *message)
{
    cgm_scm *scm;
    REQUIRE_OK(cgm_scm_create(&scm));
    for (size_t i = 0; i < n; i++) REQUIRE_OK(toy_add(scm, toys[i].name, toys[i].n_parents, toys[i].parents));
    CHECK_FAILS(cgm_scm_finish(scm), CGM_E_ARG, message);
    cgm_scm_destroy(scm);
}

#define NODE(label, ...)                                                                                               \
    {                                                                                                                  \
        .name = label, TOY_PARENTS(__VA_ARGS__)                                                                        \
    }
static void graph_errors(void)
{
    const toy cycle[] = {NODE("r"), NODE("a", "c", "r"), NODE("b", "a"), NODE("c", "b"), NODE("d", "c")};
    check_graph_error(5, cycle, "the graph has a cycle: a -> b -> c -> a");
    const toy below[] = {NODE("d", "b"), NODE("a", "b"), NODE("b", "a")};
    check_graph_error(3, below, "the graph has a cycle: a -> b -> a");
    const toy self[] = {NODE("a", "a")};
    check_graph_error(1, self, "the graph has a cycle: a -> a");
    const toy unknown[] = {NODE("thickness"), NODE("image", "thicknes")};
    check_graph_error(2, unknown, "image: parent 'thicknes' is not a variable of the graph; did you mean 'thickness'?");
    const toy twice[] = {NODE("a"), NODE("b", "a", "a")};
    check_graph_error(2, twice, "b: parent 'a' is listed twice");
    check_graph_error(0, NULL, "no variables");

    cgm_scm *scm;
    REQUIRE_OK(cgm_scm_create(&scm));
    REQUIRE_OK(toy_add(scm, "a", 0, NULL));
    CHECK_FAILS(toy_add(scm, "a", 0, NULL), CGM_E_ARG, "variable 'a' is there twice");
    CHECK_FAILS(toy_add(scm, "a.b", 0, NULL), CGM_E_ARG, "'a.b' is not a variable's name");
    CHECK_FAILS(toy_add(scm, "", 0, NULL), CGM_E_ARG, "is not a variable's name");
    cgm_variable bad = {.name = "x", .type = CGM_CONTINUOUS, .bounded = true, .low = 2, .high = 2};
    CHECK_FAILS(cgm_scm_add(scm, &bad, 0, NULL, &toy_class, NULL, NULL), CGM_E_ARG, "range [2, 2]");
    bad = (cgm_variable){.name = "x", .type = CGM_CATEGORICAL, .levels = 1};
    CHECK_FAILS(cgm_scm_add(scm, &bad, 0, NULL, &toy_class, NULL, NULL), CGM_E_ARG, "1 levels");
    cgm_scm_destroy(scm);
}

/* ---- interventions ---- */

static void interventions(void)
{
    const toy toys[] = {{"thickness", 0, NULL, toy_root, toy_root, NULL},
                        {"digit", 0, NULL, toy_root, toy_root, NULL},
                        {"x", TOY_PARENTS("thickness"), toy_root, toy_root, &toy_mediated_class}};
    cgm_scm *scm;
    toy_model = toys, toy_count = 3;
    REQUIRE_OK(cgm_scm_create(&scm));
    cgm_variable t = {.name = "thickness", .type = CGM_CONTINUOUS, .bounded = true, .low = 0.5, .high = 8};
    cgm_variable d = {.name = "digit", .type = CGM_CATEGORICAL, .levels = 10},
                 x = {.name = "x", .type = CGM_CONTINUOUS};
    cgm_variable picture = {.name = "picture", .type = CGM_IMAGE, .channels = 1, .height = 1, .width = 1};
    REQUIRE_OK(cgm_scm_add(scm, &t, 0, NULL, &toy_class, NULL, NULL));
    REQUIRE_OK(cgm_scm_add(scm, &d, 0, NULL, &toy_class, NULL, NULL));
    REQUIRE_OK(cgm_scm_add(scm, &x, 1, (const char *[]){"thickness"}, &toy_mediated_class, NULL, NULL));
    REQUIRE_OK(cgm_scm_add(scm, &picture, 1, (const char *[]){"x"}, &toy_class, NULL, NULL));
    REQUIRE_OK(cgm_scm_finish(scm));
    CU_ASSERT_EQUAL(cgm_scm_nodes(scm), 5);
    CU_ASSERT_STRING_EQUAL(cgm_scm_node_name(scm, 2), "x.z");
    CU_ASSERT_EQUAL(cgm_scm_node_of(scm, 2), 3);

    cgm_intervention got = {.node = 99};
    REQUIRE_OK(cgm_scm_parse_intervention(scm, "thickness=3.5", &got));
    CU_ASSERT(got.node == 0 && got.to == -1 && got.value == 3.5 && !got.values);
    REQUIRE_OK(cgm_scm_parse_intervention(scm, " thickness -> x.z = 2e0 ", &got));
    CU_ASSERT(got.node == 0 && got.to == 2 && got.value == 2);
    REQUIRE_OK(cgm_scm_parse_intervention(scm, "thickness->x=1", &got));
    CU_ASSERT(got.node == 0 && got.to == 3);
    REQUIRE_OK(cgm_scm_parse_intervention(scm, "x.z->x=-100", &got));
    CU_ASSERT(got.node == 2 && got.to == 3 && got.value == -100);
    REQUIRE_OK(cgm_scm_parse_intervention(scm, "digit=7", &got));

    static const char *const wrong[][2] = {
        {"thicknes=3", "do(thicknes=3): column 1: there is no variable 'thicknes'; did you mean 'thickness'?"},
        {"thickness", "column 10: expected one of = += -= *= /= := ~ ->"},
        {"thickness=", "column 11: expected a number"},
        {"thickness=3x", "column 12: expected an operator, ',', 'if' or the end"},
        {"thickness=nan", "column 11: expected a number: a function is written thickness := ..."},
        {"thickness=1/0", "column 11: inf is not a finite number"},
        {"thickness=9", "9 is outside its range [0.5, 8]"},
        {"thickness->x=0", "0 is outside its range [0.5, 8]"},
        {"digit=10", "10 is not a level: expected a whole number from 0 to 9"},
        {"digit=-1", "not a level"},
        {"digit=1.5", "not a level"},
        {"digit->x=1", "there is no edge from 'digit' to 'x'"},
        {"x->x.z=1", "there is no edge from 'x' to 'x.z'"},
        {"thickness->picture=1", "there is no edge"},
        {"thickness->nothing=1", "there is no variable 'nothing'"},
        {"=3", "column 1: expected the name of a variable"},
        {"thickness+=1", "expected one hard intervention"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK_FAILS(cgm_scm_parse_intervention(scm, wrong[i][0], &got), CGM_E_ARG, wrong[i][1]);
    CHECK_FAILS(cgm_scm_parse_intervention(scm, "picture=1", &got), CGM_E_UNSUPPORTED, "an image cannot be set");
    CU_ASSERT(got.node == 1 && got.value == 7); /* unchanged by the failures */

    cgm_world *world = toy_world(scm, 3);
    cgm_rng rng = cgm_rng_create(1);
    cgm_intervention twice[] = {{.node = 0, .to = -1, .value = 1}, {.node = 0, .to = -1, .value = 2}};
    CHECK_FAILS(cgm_scm_sample(scm, &rng, 2, twice, NULL, world), CGM_E_ARG, "two interventions on 'thickness'");
    cgm_intervention rows = {.node = 1, .to = -1, .values = (double[]){1, 2, 33}};
    CHECK_FAILS(cgm_scm_sample(scm, &rng, 1, &rows, NULL, world), CGM_E_ARG, "do(digit): row 2: 33 is not a level");
    cgm_intervention nowhere = {.node = 5, .to = -1};
    CHECK_FAILS(cgm_scm_sample(scm, &rng, 1, &nowhere, NULL, world), CGM_E_ARG, "node 5");
    cgm_world_destroy(world);
    cgm_scm_destroy(scm);
}

/* ---- configs ---- */

static cgm_status from_text(const char *text, cgm_scm **out)
{
    cgm_config *config;
    REQUIRE_OK(cgm_config_parse(text, "run.yaml", &config));
    cgm_status status = cgm_scm_from_config(cgm_config_root(config), NULL, out);
    cgm_config_destroy(config);
    return status;
}

static void config(void)
{
    cgm_scm *scm = NULL;
    REQUIRE_OK(from_text("intensity: {type: continuous, range: [64, 255], parents: [thickness], mechanism: {kind: "
                         "affine_flow, scale: constant}}\n"
                         "digit: {type: categorical, levels: 10, mechanism: categorical}\n"
                         "thickness: {type: continuous, range: [0.5, 8]}\n"
                         "other: {type: categorical, levels: 2, parents: digit, mechanism: {}}\n",
                         &scm));
    CU_ASSERT_EQUAL_FATAL(cgm_scm_count(scm), 4);
    const cgm_variable *x = cgm_scm_variable(scm, 2);
    CU_ASSERT_STRING_EQUAL(x->name, "intensity");
    CU_ASSERT(x->bounded && x->low == 64 && x->high == 255);
    CU_ASSERT_EQUAL(cgm_scm_variable(scm, 0)->levels, 10);
    CU_ASSERT_PTR_EQUAL(cgm_scm_mechanism(scm, 2)->methods, &cgm_mechanism_affine_flow);
    CU_ASSERT_PTR_EQUAL(cgm_scm_mechanism(scm, 3)->methods, &cgm_mechanism_categorical);
    CU_ASSERT_EQUAL(cgm_scm_node(scm, 0)->noise_width, 10);
    cgm_scm_destroy(scm);
}

static void config_errors(void)
{
    static const char *const wrong[][2] = {
        {"a: {type: continuos}", "run.yaml:1"},
        {"a: {}", "run.yaml:1"},
        {"a: 3", "run.yaml:1: a: expected a map"},
        {"[a]", "expected a map of variables"},
        {"{}", "expected a map of variables"},
        {"a: {type: continuous, parent: [b]}", "parents"},
        {"\na: {type: continuous, levels: 3}", "run.yaml:2: a: a continuous variable has no levels"},
        {"a: {type: categorical, levels: 3, range: [0, 1]}", "a categorical variable has no range"},
        {"a: {type: continuous, width: 3}", "a continuous variable has no width"},
        {"a: {type: categorical}", "run.yaml:1: a: 0 levels"},
        {"a: {type: categorical, levels: 1}", "run.yaml:1"},
        {"a: {type: continuous, range: [3, 1]}", "run.yaml:1"},
        {"a: {type: continuous, mechanism: affine_flo}",
         "run.yaml:1: there is no mechanism 'affine_flo'; did you mean 'affine_flow'?"},
        {"a: {type: continuous, mechanism: qqqqqqqqqqqq}", "expected one of additive_noise, "},
        {"a: {type: continuous, mechanism: [b]}", "expected a kind"},
        {"a: {type: continuous, mechanism: categorical}",
         "run.yaml:1: a: mechanism categorical cannot produce a continuous variable"},
        {"b: {type: continuous}\na: {type: continuous,\n mechanism: {kind: affine_flow,\n  scales: linear}}",
         "run.yaml:4"},
        {"a: {type: continuous, parents: [b]}\nb: {type: continuous, parents: [a]}",
         "run.yaml:1: the graph has a cycle: a -> b -> a"},
        {"a: {type: continuous, parents: [b]}", "run.yaml:1: a: parent 'b' is not a variable of the graph"},
        {"a/b: {type: continuous}", "'a/b' is not a variable's name"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cgm_scm *scm = NULL;
        CHECK_FAILS(from_text(wrong[i][0], &scm), CGM_E_CONFIG, wrong[i][1]);
        CU_ASSERT_PTR_NULL(scm);
    }
    cgm_scm *scm = NULL;
    CHECK_FAILS(cgm_scm_from_config(NULL, NULL, &scm), CGM_E_CONFIG, "no `graph`");
}

/* An image cannot be a parent of a scalar mechanism. */
static void network_parents(void)
{
    cgm_scm *scm;
    toy_count = 0;
    cgm_variable image = {.name = "image", .type = CGM_IMAGE, .channels = 1, .height = 2, .width = 2};
    cgm_variable t = {.name = "t", .type = CGM_CONTINUOUS};
    REQUIRE_OK(cgm_scm_create(&scm));
    REQUIRE_OK(cgm_scm_add(scm, &t, 1, (const char *[]){"image"}, NULL, NULL, NULL));
    REQUIRE_OK(cgm_scm_add(scm, &image, 0, NULL, &toy_class, NULL, NULL));
    CHECK_FAILS(cgm_scm_finish(scm), CGM_E_ARG, "t: mechanism affine_flow takes no image parent, and 'image' is one");
    cgm_scm_destroy(scm);
}

static const test_case cases[] = {
    {"order", order},   {"graph errors", graph_errors},   {"interventions", interventions},
    {"config", config}, {"config errors", config_errors}, {"image parents", network_parents},
};
TEST_MAIN("scm graph", cases)
