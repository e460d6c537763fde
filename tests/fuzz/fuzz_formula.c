/* What users write in a line: an expression, a distribution, interventions, a condition and evidence, a line each, all
 * of them about a small model. */
#include <math.h>

#include "scm/formula/inverse.h"
#include "scm/interventions/condition.h"
#include "scm/queries/unit.h"
#include "tests/fuzz/fuzz.h"

enum { ROWS = 5, LINES = 5 };

static const char model[] =
    "graph:\n"
    "  age: {type: continuous, mechanism: {formula: 40 + 10*u, noise: 'normal(0, 1)'}}\n"
    "  job: {type: categorical, levels: [clerk, nurse], mechanism: {table: [0.5, 0.5]}}\n"
    "  dose: {type: count, parents: [age], mechanism: {formula: 'floor(age/20) + u', noise: poisson(2)}}\n"
    "  x: {type: continuous, range: [-1000, 1000], parents: [age, job, dose], mechanism: {formula: 0.1*age + job + "
    "dose + u,\n"
    "      noise: 'normal(0, 1)'}}\n"
    "  y: {type: continuous, parents: [x, age], mechanism: {kind: linear_gaussian,\n"
    "      coefficients: {intercept: 1, x: 2, age: 0.5, sigma: 1}}}\n";
static cgm_config *config;
static cgm_scm *scm;
static cgm_world *factual, *world;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    cgm_rng rng = cgm_rng_create(1);
    FUZZ_CHECK(cgm_config_parse(model, "model.yaml", &config) == CGM_OK);
    FUZZ_CHECK(cgm_scm_from_known(config, &scm) == CGM_OK);
    FUZZ_CHECK(cgm_world_create(scm, ROWS, &factual) == CGM_OK && cgm_world_create(scm, ROWS, &world) == CGM_OK);
    FUZZ_CHECK(cgm_scm_sample(scm, &rng, 0, NULL, NULL, factual) == CGM_OK);
    return 0;
}

/* Values, slopes, and the noise behind the values. */
static void expression(const char *text, const cgm_distribution *noise)
{
    static const double numbers[] = {0.5, -2, 0, 1e9, 40};
    cgm_expression *e = NULL;
    cgm_arena arena = {0};
    cgm_expression_input inputs[CGM_EXPRESSION_MAX_NAMES];
    double value[ROWS], again[ROWS], slope[ROWS], u[ROWS];
    scm_verdict verdict[ROWS];
    scm_inverse inverse;
    if (!fuzz_ok(cgm_expression_parse(text, "fuzz", &e))) return;
    const char *const *names;
    size_t n = cgm_expression_names(e, &names);
    FUZZ_CHECK(n <= CGM_EXPRESSION_MAX_NAMES);
    for (size_t i = 0; i < n; i++) inputs[i] = (cgm_expression_input){numbers, 1};
    cgm_expression_evaluate(e, ROWS, inputs, value);
    for (size_t i = 0; i < n; i++) {
        cgm_expression_differentiate(e, ROWS, inputs, i, again, slope);
        for (int row = 0; row < ROWS; row++)
            FUZZ_CHECK(again[row] == value[row] || (isnan(again[row]) && isnan(value[row])));
    }
    if (noise && n > 0 && fuzz_ok(cgm_formula_inverse_init(e, 0, noise, &arena, &inverse)))
        (void)fuzz_ok(cgm_formula_invert(&inverse, ROWS, inputs, value, u, verdict));
    cgm_arena_clear(&arena);
    cgm_expression_destroy(e);
}

static cgm_distribution *distribution(const char *text)
{
    cgm_distribution *d = NULL;
    cgm_rng rng = cgm_rng_create(1);
    if (!fuzz_ok(cgm_distribution_parse(text, "fuzz", &d))) return NULL;
    double low, high, x = cgm_distribution_sample(d, &rng);
    cgm_distribution_support(d, &low, &high);
    FUZZ_CHECK(x >= low && x <= high);
    double p = cgm_distribution_cdf(d, x);
    FUZZ_CHECK(p >= 0 && p <= 1);
    FUZZ_CHECK(!isnan(cgm_distribution_log_prob(d, x)));
    (void)cgm_distribution_quantile(d, 0.25);
    return d;
}

static void interventions(const char *text)
{
    cgm_arena arena = {0};
    size_t n = 0;
    cgm_intervention *list = NULL;
    cgm_rng rng = cgm_rng_create(2);
    if (fuzz_ok(cgm_scm_parse_do(scm, text, &arena, &n, &list))) {
        (void)fuzz_ok(cgm_scm_predict(scm, factual, n, list, NULL, world));
        (void)fuzz_ok(cgm_scm_sample(scm, &rng, n, list, NULL, world));
    }
    cgm_arena_clear(&arena);
}

static void condition(const char *text)
{
    cgm_arena arena = {0};
    scm_condition c = {0};
    const double *columns[8];
    bool keep[ROWS] = {true, true, true, true, true};
    for (size_t v = 0; v < cgm_scm_count(scm); v++) columns[v] = factual->value[cgm_scm_node_of(scm, v)].data;
    if (fuzz_ok(cgm_scm_condition_parse(scm, text, &arena, &c)))
        (void)fuzz_ok(cgm_scm_condition_apply(&c, columns, ROWS, keep));
    cgm_scm_condition_clear(&c);
    cgm_arena_clear(&arena);
}

static void evidence(const char *text)
{
    cgm_arena arena = {0};
    size_t n = 0;
    cgm_observation *seen = NULL;
    cgm_unit_answer answer = {0};
    cgm_rng rng = cgm_rng_create(3);
    if (fuzz_ok(cgm_scm_parse_evidence(scm, text, &arena, &n, &seen)) &&
        fuzz_ok(cgm_scm_unit(scm, &rng, n, seen, 0, NULL, &(cgm_unit_opts){.particles = 50}, &answer)))
        cgm_unit_answer_clear(&answer);
    cgm_arena_clear(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size), *line[LINES];
    char *rest = text;
    for (int i = 0; i < LINES; i++) line[i] = rest ? strsep(&rest, "\n") : text + strlen(text);
    cgm_distribution *noise = distribution(line[1]);
    expression(line[0], noise);
    cgm_distribution_destroy(noise);
    interventions(line[2]);
    condition(line[3]);
    evidence(line[4]);
    free(text);
    return 0;
}
