/* Networks of mechanisms as graphs that make images: what they make is what the mechanism predicts of the same noise.
 */
#include "data/image_generator.h"
#include "graph/ops.h"
#include "graph/program.h"
#include "scm/mechanism_table.h"
#include "tests/fit_toys.h"
#include "tests/harness.h"

enum { ROWS = 2, SIDE = 16, MOST = ROWS * 2 * SIDE * SIDE };

static const char *const digits[] = {"one", "two", "three"};
static const cgm_variable digit = {.name = "digit", .type = CGM_CATEGORICAL, .levels = 3, .level_names = digits};
static const cgm_variable thickness = {
    .name = "thickness", .type = CGM_CONTINUOUS, .bounded = true, .low = 0, .high = 9};
static const cgm_variable *const parents[] = {&digit, &thickness};
static const cgm_variable image = {
    .name = "image", .type = CGM_IMAGE, .high = 255, .channels = 2, .height = SIDE, .width = SIDE};

/* With parameters as they are drawn. */
static cgm_mechanism *create(const char *kind, const char *yaml, size_t n_parents)
{
    cgm_config *config = NULL;
    cgm_mechanism *m = NULL;
    cgm_state state = {0};
    REQUIRE_OK(cgm_config_parse(yaml, "test.yaml", &config));
    cgm_mechanism_spec spec = {
        .variable = &image, .n_parents = n_parents, .parents = parents, .options = cgm_config_root(config)};
    REQUIRE_OK(cgm_mechanism_find(kind)->create(&spec, &m));
    cgm_config_destroy(config);
    REQUIRE_OK(m->methods->state(m, &state));
    cgm_state_clear(&state);
    return m;
}

/* What the graph makes of z and of the parents' values, [ROWS, C H W]. */
static void make(const cgm_image_generator *generator, const cgm_real *z, const double *values, cgm_real *out)
{
    cgm_graph *g = NULL;
    cgm_program *program = NULL;
    cgm_workspace *ws = NULL;
    cgm_real features[ROWS * 4];
    cgm_node in_z, in_features = {0};
    REQUIRE_OK(cgm_graph_create(&g));
    in_z = cgm_input(g, "z", CGM_SHAPE(ROWS, generator->latent));
    if (generator->n_parents) in_features = cgm_input(g, "features", CGM_SHAPE(ROWS, 4));
    cgm_node x = generator->build(generator->context, g, in_z, in_features);
    REQUIRE_OK(cgm_program_compile(g, 1, &x, NULL, &program));
    REQUIRE_OK(cgm_workspace_create(program, &ws));
    cgm_params_bind(generator->params, g, ws, cgm_params_ema(generator->params));
    cgm_workspace_bind(ws, in_z, z);
    for (size_t k = 0; generator->n_parents && k < ROWS; k++)
        generator->features(generator->parents, values + 2 * k, features + 4 * k);
    if (generator->n_parents) cgm_workspace_bind(ws, in_features, features);
    REQUIRE_OK(cgm_program_run(program, ws));
    CU_ASSERT_FATAL(cgm_shape_size(cgm_node_shape(g, x)) == MOST);
    memcpy(out, cgm_workspace_get(ws, x), MOST * sizeof *out);
    cgm_workspace_destroy(ws);
    cgm_program_destroy(program);
    cgm_graph_destroy(g);
}

/* What the mechanism predicts with z's noise, and no other. */
static void predict(cgm_mechanism *m, const cgm_real *z, const double *values, double *out)
{
    const cgm_mechanism_node *node;
    double column[2][ROWS], *memory[3][2] = {{0}};
    cgm_values parent[2], before[3], noise[3];
    size_t n = m->methods->nodes(m, &node);
    CU_ASSERT_FATAL(n <= 3);
    for (int i = 0; i < 2; i++) {
        for (int k = 0; k < ROWS; k++) column[i][k] = values[2 * k + i];
        parent[i] = (cgm_values){ROWS, 1, column[i]};
    }
    for (size_t i = 0; i < n; i++) {
        memory[i][0] = calloc(ROWS * node[i].noise_width + 1, sizeof(double));
        memory[i][1] = calloc(ROWS * node[i].width, sizeof(double));
        noise[i] = (cgm_values){ROWS, node[i].noise_width, memory[i][0]};
        before[i] = (cgm_values){ROWS, node[i].width, memory[i][1]};
        for (size_t k = 0; i == 0 && k < ROWS * node[0].noise_width; k++) noise[0].data[k] = (double)z[k];
        REQUIRE_OK(m->methods->predict(m, i, parent, before, &noise[i], 1, &before[i]));
    }
    memcpy(out, before[n - 1].data, MOST * sizeof *out);
    for (size_t i = 0; i < n; i++) free(memory[i][0]), free(memory[i][1]);
}

static void graphs_make_what_mechanisms_predict(void)
{
    static const struct {
        const char *kind, *yaml;
        size_t n_parents;
    } of[] = {
        {"cvae", "{latent: 3, width: 2, hidden: 6}", 2},
        {"cvae", "{latent: 3, width: 2, hidden: 6, likelihood: {autoregressive: true}}", 0},
        {"gan", "{latent: 4, widths: [6, 4]}", 2},
        {"gan", "{network: style, latent: 4, width: 3, max_width: 6, mapping: 2, truncation: 0.6}", 2},
        {"gan", "{network: progressive, latent: 4, width: 3, max_width: 6, encoder: adversarial}", 0},
        {"hvae",
         "{encoder: '16b1d2,8b1d8,1b1', decoder: '1b1,8b1,16b1', widths: '4,4,6', latent: 2, prior: conditional}", 2},
        {"hvae", "{encoder: '16b1d2,8b1d8,1b1', decoder: '1b1,8b1,16b1', widths: '4,4,6', latent: 2}", 0},
    };
    static cgm_real z[ROWS * 4096], made[MOST];
    static double predicted[MOST];
    const double values[ROWS * 2] = {0, 2.5, 2, 7};
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        cgm_image_generator generator;
        double spread = 0;
        cgm_mechanism *m = create(of[i].kind, of[i].yaml, of[i].n_parents);
        cgm_rng rng = cgm_rng_create(5);
        REQUIRE_OK(m->methods->generator(m, &generator));
        CU_ASSERT(generator.image == &image && generator.n_parents == of[i].n_parents);
        CU_ASSERT_FATAL(generator.latent <= 4096);
        cgm_rng_fill_normal(&rng, ROWS * (size_t)generator.latent, z);
        make(&generator, z, values, made);
        predict(m, z, values, predicted);
        for (int k = 0; k < MOST; k++) {
            CHECK_NEAR(fmin(fmax((double)made[k], 0), 255), predicted[k], 0.01);
            spread = fmax(spread, fabs(predicted[k] - predicted[0]));
        }
        if (!(spread > 0.1)) fprintf(stderr, "%s %s: grey levels within %g\n", of[i].kind, of[i].yaml, spread);
        CU_ASSERT(spread > 0.1); /* else nothing was compared */
        m->methods->destroy(m);
    }
}

static void parents_are_read(void)
{
    cgm_mechanism *m = create("cvae", "{latent: 3, width: 2, hidden: 6}", 2);
    cgm_image_generator generator;
    size_t i;
    int64_t first;
    double value;
    REQUIRE_OK(m->methods->generator(m, &generator));
    REQUIRE_OK(generator.parse(generator.parents, "digit=two", &i, &value));
    CU_ASSERT(i == 0 && value == 1);
    REQUIRE_OK(generator.parse(generator.parents, "thickness= 4.5", &i, &value));
    CU_ASSERT(i == 1 && value == 4.5);
    CU_ASSERT(cgm_image_generator_place(&generator, 0, &first) == 3 && first == 0);
    CU_ASSERT(cgm_image_generator_place(&generator, 1, &first) == 1 && first == 3);
    CHECK_FAILS(generator.parse(generator.parents, "digit=tow", &i, &value), CGM_E_ARG, "did you mean 'two'");
    CHECK_FAILS(generator.parse(generator.parents, "digti=two", &i, &value), CGM_E_ARG, "did you mean 'digit'");
    CHECK_FAILS(generator.parse(generator.parents, "thickness=11", &i, &value), CGM_E_ARG, "thickness: ");
    CHECK_FAILS(generator.parse(generator.parents, "thickness", &i, &value), CGM_E_ARG, "expected NAME=VALUE");
    m->methods->destroy(m);
}

static const test_case cases[] = {
    {"graphs make what mechanisms predict", graphs_make_what_mechanisms_predict},
    {"parents are read", parents_are_read},
};
TEST_MAIN("image_generators", cases)
