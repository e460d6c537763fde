/* The hierarchical VAE in the causal engine: a small one is trained, and obeys the laws of its priors. */
#include <string.h>

#include "scm/mediation/mediation_units.h"
#include "tests/run_toys.h"

#define ROWS 5

/* Without a test split, so that the training rows can be asked about. */
static void write_config(const char *mechanism, int epochs, size_t size, char *text)
{
    snprintf(
        text, size,
        "data: {make: strokes, n: 96, seed: 3, test: 16, pad: 2}\n"
        "graph:\n"
        "  digit:     {type: categorical, levels: 10}\n"
        "  thickness: {type: continuous, range: [0.5, 8]}\n"
        "  intensity: {type: continuous, range: [64, 255], parents: [thickness]}\n"
        "  image:     {type: image, parents: [thickness, intensity, digit],\n"
        "              mechanism: {kind: hvae, encoder: '32b1d2,16b1d4,4b1d4,1b1', decoder: '1b1,4b2,16b1,32b1',\n"
        "                          widths: '4,8,8,12', bottleneck: 2, latent: 2, max_stochastic_resolution: 16%s}}\n"
        "train: {epochs: %d, batch: 16, rate: 1e-2, warmup: 2, validation: 0}\n",
        mechanism, epochs);
}

static model train_images(const char *mechanism, int epochs)
{
    model m = {0};
    char text[2048];
    write_config(mechanism, epochs, sizeof text, text);
    REQUIRE_OK(cgm_config_parse(text, "images.yaml", &m.config));
    REQUIRE_OK(cgm_run_create(m.config, &(cgm_run_opts){.threads = 1}, &m.run));
    REQUIRE_OK(cgm_run_train(m.run, test_path("images.h5")));
    return m;
}

/* Some test rows, abducted, and what an intervention makes of them. */
typedef struct query {
    const cgm_scm *scm;
    cgm_world *factual, *changed;
    size_t image, z; /* nodes */
} query;

static void predict(query *q, const char *intervention, const cgm_query_opts *opts)
{
    cgm_arena arena = {0};
    cgm_intervention *interventions;
    size_t n;
    REQUIRE_OK(cgm_scm_parse_do(q->scm, intervention, &arena, &n, &interventions));
    REQUIRE_OK(cgm_scm_predict(q->scm, q->factual, n, interventions, opts, q->changed));
    cgm_arena_clear(&arena);
}

static query ask(const model *m, size_t n, const char *intervention, int threads)
{
    query q = {.scm = cgm_run_scm(m->run)};
    size_t rows[96];
    cgm_rng rng = cgm_rng_create(5);
    cgm_query_opts opts;
    cgm_query_defaults(&opts);
    opts.threads = threads;
    for (size_t i = 0; i < n; i++) rows[i] = (80 + i) % 96;
    REQUIRE_OK(cgm_world_create(q.scm, n, &q.factual));
    REQUIRE_OK(cgm_world_create(q.scm, n, &q.changed));
    REQUIRE_OK(cgm_world_read(q.scm, cgm_run_data(m->run), rows, q.factual));
    REQUIRE_OK(cgm_scm_abduct(q.scm, &rng, &opts, q.factual));
    predict(&q, intervention, &opts);
    for (size_t k = 0; k < cgm_scm_nodes(q.scm); k++) {
        if (strcmp(cgm_scm_node_name(q.scm, k), "image.z") == 0) q.z = k;
        if (strcmp(cgm_scm_node_name(q.scm, k), "image") == 0) q.image = k;
    }
    return q;
}

static void query_destroy(query *q)
{
    cgm_world_destroy(q->factual);
    cgm_world_destroy(q->changed);
}

/* The mean distance of a node's values in the two worlds. */
static double moved(const query *q, size_t node)
{
    const cgm_values *a = &q->factual->value[node], *b = &q->changed->value[node];
    double sum = 0;
    for (size_t i = 0; i < a->n * a->width; i++) sum += fabs(a->data[i] - b->data[i]);
    return sum / (double)(a->n * a->width);
}

static bool same_bits(const cgm_values *a, const cgm_values *b)
{
    return memcmp(a->data, b->data, a->n * a->width * sizeof *a->data) == 0;
}

/* ---- Priors ---- */

static void exogenous_z_is_left_alone(void)
{
    model m = train_images("", 2);
    query q = ask(&m, ROWS, "thickness = 6, digit = 3", 1), null = ask(&m, ROWS, "thickness += 0, intensity += 0", 1);
    CU_ASSERT(cgm_scm_node(q.scm, q.z)->width == 2 * (1 + 2 * 16 + 256));
    CU_ASSERT(same_bits(&q.factual->value[q.z], &q.changed->value[q.z]));
    CU_ASSERT(moved(&q, q.image) > 0.01);
    CU_ASSERT(moved(&null, null.image) < 1e-3);
    query_destroy(&q);
    query_destroy(&null);
    destroy(&m);
}

/* The parents reach z, and the same parents leave it and the image as they are: L1 below 1e-3 grey levels. */
static void exact_counterfactuals(void)
{
    model m = train_images(", prior: conditional, prior_drops: digit", 2);
    query q = ask(&m, ROWS, "thickness = 6", 1), null = ask(&m, ROWS, "thickness += 0, intensity += 0", 1);
    CU_ASSERT(moved(&q, q.z) > 1e-4);
    CU_ASSERT(moved(&q, q.image) > 0.01);
    CU_ASSERT(moved(&null, null.z) < 1e-5);
    CU_ASSERT(moved(&null, null.image) < 1e-3);
    CU_ASSERT(cgm_scm_mechanism(q.scm, 3)->methods->capabilities & CGM_ABDUCTS_EXACTLY);
    query_destroy(&q);
    query_destroy(&null);
    destroy(&m);
}

/* The paper's mixture moves z even where the parents stay as they are, and says that it does not compose. */
static void reference_counterfactuals(void)
{
    model m = train_images(", prior: conditional, counterfactual: reference, alpha: 0.65", 2);
    query q = ask(&m, ROWS, "thickness += 0", 1);
    cgm_world *sample;
    cgm_rng rng = cgm_rng_create(2);
    CU_ASSERT(moved(&q, q.z) > 0.1);
    CU_ASSERT_FALSE(cgm_scm_mechanism(q.scm, 3)->methods->capabilities & CGM_ABDUCTS_EXACTLY);
    /* A sample's z is the prior's, and a counterfactual of it keeps the noise of its walk. */
    REQUIRE_OK(cgm_world_create(q.scm, ROWS, &sample));
    REQUIRE_OK(cgm_scm_sample(q.scm, &rng, 0, NULL, NULL, sample));
    cgm_arena arena = {0};
    cgm_intervention *null;
    size_t n;
    REQUIRE_OK(cgm_scm_parse_do(q.scm, "thickness += 0", &arena, &n, &null));
    REQUIRE_OK(cgm_scm_predict(q.scm, sample, n, null, NULL, q.changed));
    CU_ASSERT(same_bits(&sample->value[q.z], &q.changed->value[q.z]));
    CU_ASSERT(isfinite(sample->value[q.z].data[0]) && sample->value[q.z].data[0] != 0);
    cgm_arena_clear(&arena);
    cgm_world_destroy(sample);
    query_destroy(&q);
    destroy(&m);
}

/* ---- Rows ---- */

/* A row's answer depends neither on the rows beside it, of which there are more than a program takes, nor on threads.
 */
static void rows_are_apart(void)
{
    model m = train_images(", prior: conditional", 2);
    query few = ask(&m, 3, "thickness = 6", 1), many = ask(&m, 16, "thickness = 6", 2);
    for (size_t node = 0; node < cgm_scm_nodes(few.scm); node++) {
        cgm_values some = cgm_values_rows(&many.changed->value[node], 0, 3);
        CU_ASSERT(same_bits(&few.changed->value[node], &some));
        some = cgm_values_rows(&many.factual->noise[node], 0, 3);
        CU_ASSERT(same_bits(&few.factual->noise[node], &some));
    }
    query_destroy(&few);
    query_destroy(&many);
    destroy(&m);
}

/* What an abduction leaves for its counterfactuals makes them no different: they are the same bits right after it,
 * and when other rows were abducted meanwhile. */
static void remembered_or_not(void)
{
    model m = train_images("", 2);
    query first = ask(&m, 40, "thickness = 6", 2);
    const cgm_values *image = &first.changed->value[first.image];
    double *before = malloc(image->n * image->width * sizeof *before);
    CU_ASSERT_FATAL(before != NULL);
    memcpy(before, image->data, image->n * image->width * sizeof *before);
    query second = ask(&m, 7, "thickness = 6", 1);
    predict(&first, "thickness = 6", NULL);
    CU_ASSERT(memcmp(before, image->data, image->n * image->width * sizeof *before) == 0);
    for (size_t i = 0; i < 7 * image->width; i++) CHECK_NEAR(second.changed->value[second.image].data[i], before[i], 0);
    free(before);
    query_destroy(&first);
    query_destroy(&second);
    destroy(&m);
}

/* A run file holds all that queries need; the bound is finite. */
static void stored_and_read(void)
{
    model m = train_images(", prior: conditional, posterior_correction: true", 2), again = {0};
    REQUIRE_OK(cgm_run_open(test_path("images.h5"), &(cgm_run_opts){.threads = 1}, &again.run));
    cgm_world *a, *b;
    cgm_rng rng = cgm_rng_create(2);
    REQUIRE_OK(cgm_world_create(cgm_run_scm(m.run), 40, &a));
    REQUIRE_OK(cgm_world_create(cgm_run_scm(again.run), 40, &b));
    REQUIRE_OK(cgm_scm_sample(cgm_run_scm(m.run), &rng, 0, NULL, NULL, a));
    REQUIRE_OK(cgm_scm_sample(cgm_run_scm(again.run), &rng, 0, NULL, NULL, b));
    for (size_t node = 0; node < a->n_nodes; node++) CU_ASSERT(same_bits(&a->value[node], &b->value[node]));
    double bounds[4][40], *out[] = {bounds[0], bounds[1], bounds[2], bounds[3]};
    REQUIRE_OK(cgm_scm_log_prob(cgm_run_scm(m.run), &rng, a, out));
    for (size_t i = 0; i < 40; i++) CU_ASSERT(bounds[3][i] < 0 && bounds[3][i] > -20000);
    cgm_world_destroy(a);
    cgm_world_destroy(b);
    destroy(&m);
    destroy(&again);
}

/* ---- Effects through z ---- */

/* Long enough that the images are not all black, as effects are those of means. */
static void effects_through_z(void)
{
    static const char *const mediator[] = {"image.z"};
    static const cgm_unit_query rows = {.choice = {.split = CGM_TEST, .n = ROWS}};
    model m = train_images(", prior: conditional", 12);
    cgm_mediation_opts opts;
    cgm_unit_effects *u;
    cgm_mediation_init(&opts);
    opts.treatment = "thickness";
    opts.outcome = "image";
    opts.control = 1.5;
    opts.treated = 6;
    opts.n_mediators = 1;
    opts.mediators = mediator;
    REQUIRE_OK(cgm_run_mediate_units(m.run, &opts, &rows, &u));
    const double *te = NULL, *nde = NULL, *nie = NULL;
    size_t w = 0;
    double direct = 0, indirect = 0;
    for (size_t k = 0; k < cgm_unit_effects_count(u); k++) {
        const char *name;
        const double *value = cgm_unit_effects_get(u, k, &name, &w);
        if (strcmp(name, "TE") == 0) te = value;
        if (strcmp(name, "NDE(0)") == 0) nde = value;
        if (strcmp(name, "NIE(1)") == 0) nie = value;
    }
    CU_ASSERT_FATAL(te && nde && nie);
    for (size_t i = 0; i < ROWS * w; i++) {
        CHECK_NEAR(nde[i] + nie[i], te[i], 1e-11);
        direct += fabs(nde[i]);
        indirect += fabs(nie[i]);
    }
    CU_ASSERT(direct > 1 && indirect > 1);
    cgm_unit_effects_destroy(u);
    destroy(&m);
}

static const test_case cases[] = {
    {"an exogenous z is left alone", exogenous_z_is_left_alone},
    {"exact counterfactuals", exact_counterfactuals},
    {"the reference's counterfactuals", reference_counterfactuals},
    {"rows are apart", rows_are_apart},
    {"remembered or not", remembered_or_not},
    {"stored and read", stored_and_read},
    {"effects through z", effects_through_z},
};
TEST_MAIN("hierarchical VAE, queries", cases)
