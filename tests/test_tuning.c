/* Counterfactual fine-tuning: its counterfactuals as graph against the engine's, its objective and multiplier against
 * their formulas, what it changes and what it leaves alone, stops and threads, what is refused. */
#include "scm/tuning/tuning.h"

#include "graph/ops.h"
#include "scm/object.h"
#include "scm/runs/run_priv.h"
#include "tests/train_toys.h"
#include "vae/hvae/hvae.h"

/* ---- Counterfactuals as graph ---- */

enum { ROWS = 4, SIDE = 8, MOST_CHANNELS = 3, MOST_PIXELS = MOST_CHANNELS * SIDE * SIDE, MOST_Z = 4096 };

#define HVAE_SMALL                                                                                                     \
    "kind: hvae, encoder: '8b1d2,4b1d4,1b2', decoder: '1b2,4b2,8b2', widths: '4,8,12', bottleneck: 2, latent: 2"

typedef struct kind {
    int channels;
    double weight; /* amplitude of the weights, so that parents make a difference */
    const char *mechanism;
} kind;

static const kind kinds[] = {
    {1, 0.5, "kind: cvae, latent: 3, width: 2, hidden: 5"},
    {3, 0.5, "kind: cvae, latent: 3, width: 2, hidden: 5, likelihood: {kind: gaussian, autoregressive: true}"},
    {1, 0.5, "kind: cvae, latent: 3, width: 2, hidden: 5, likelihood: {scale: shared}"},
    {1, 0.15, HVAE_SMALL},
    {1, 0.15, HVAE_SMALL ", prior: conditional"},
    {1, 0.15, HVAE_SMALL ", prior: conditional, posterior_correction: true"},
    {1, 0.15, HVAE_SMALL ", posterior_correction: true"},
    {1, 0.15, HVAE_SMALL ", prior: conditional, counterfactual: reference"},
};

typedef struct toy {
    cgm_config *config;
    cgm_scm *scm;
    cgm_mechanism *m;
    image_tunable model;
} toy;

static toy toy_create(const kind *k)
{
    toy t = {0};
    char text[2048];
    snprintf(text, sizeof text,
             "graph:\n  digit: {type: categorical, levels: 3}\n  size: {type: continuous}\n"
             "  image: {type: image, channels: %d, height: 8, width: 8, parents: [digit, size], mechanism: {%s}}\n",
             k->channels, k->mechanism);
    REQUIRE_OK(cgm_config_parse(text, "test.yaml", &t.config));
    REQUIRE_OK(cgm_scm_from_config(cgm_yaml_get(cgm_config_root(t.config), "graph"), NULL, &t.scm));
    t.m = cgm_scm_mechanism(t.scm, (size_t)cgm_scm_find(t.scm, "image"));
    REQUIRE_OK(t.m->methods->tunable(t.m, &t.model));
    cgm_params *p = t.model.params;
    cgm_rng rng = cgm_rng_create(3);
    REQUIRE_OK(cgm_params_init(p, &rng));
    for (size_t i = 0; i < cgm_params_flat_size(p); i++)
        cgm_params_values(p)[i] = cgm_params_ema(p)[i] = (cgm_real)(k->weight * sin(1.7 * (double)i));
    return t;
}

static void toy_destroy(toy *t)
{
    cgm_scm_destroy(t->scm);
    cgm_config_destroy(t->config);
}

/* Pixels, and the parents as they are and as they would be; some pixels are black or white. */
typedef struct rows {
    double pixels[ROWS * MOST_PIXELS], digit[2][ROWS], size[2][ROWS];
} rows;

static void fill_rows(size_t width, rows *r)
{
    for (size_t i = 0; i < ROWS * width; i++)
        r->pixels[i] = fmin(fmax(rint(127 + 170 * sin(0.37 * (double)i)), 0), 255);
    for (size_t i = 0; i < ROWS; i++) {
        r->digit[0][i] = (double)(i % 3);
        r->digit[1][i] = (double)((i + 1) % 3);
        r->size[0][i] = 0.4 * (double)i - 0.5;
        r->size[1][i] = 1 - 0.3 * (double)i;
    }
}

/* Queries' way, with the posterior's mean. z_noise: [ROWS, its width]. */
static void by_engine(const toy *t, rows *r, double *z_noise, double *out)
{
    static double z[ROWS * MOST_Z], pixel_noise[ROWS * MOST_PIXELS], new_z[ROWS * MOST_Z];
    const cgm_mechanism_node *node;
    const cgm_mechanism_class *c = t->m->methods;
    CU_ASSERT_EQUAL_FATAL(c->nodes(t->m, &node), 2);
    CU_ASSERT_FATAL(node[0].noise_width <= MOST_Z);
    cgm_values pa[] = {{ROWS, 1, r->digit[0]}, {ROWS, 1, r->size[0]}},
               other[] = {{ROWS, 1, r->digit[1]}, {ROWS, 1, r->size[1]}};
    cgm_values value = {ROWS, node[1].width, r->pixels}, internal = {ROWS, node[0].width, z};
    cgm_values noise[] = {{ROWS, node[0].noise_width, z_noise}, {ROWS, node[1].noise_width, pixel_noise}};
    cgm_values new_internal = {ROWS, node[0].width, new_z}, result = {ROWS, node[1].width, out};
    cgm_rng rng = cgm_rng_create(5);
    cgm_abduct_opts opts = {.temperature = 0, .threads = 1};
    REQUIRE_OK(c->abduct(t->m, pa, &value, &rng, &opts, &internal, noise));
    REQUIRE_OK(c->predict(t->m, 0, other, NULL, &noise[0], 1, &new_internal));
    REQUIRE_OK(c->predict(t->m, 1, other, &new_internal, &noise[1], 1, &result));
}

/* The noise of the walk that samples the prior, of a mixture of the kind `reference`; else all is 0. */
static void fill_noise(const toy *t, const cgm_graph *g, const image_bound *bound, const double *z_noise,
                       cgm_real **memory)
{
    const hvae *m = (const hvae *)t->m;
    bool mixes = strcmp(t->m->methods->kind, "hvae") == 0 && cgm_hvae_mixes(m);
    size_t stage = 0;
    for (size_t k = 0; k < bound->n_noise; k++) {
        size_t n = (size_t)cgm_shape_size(cgm_node_shape(g, bound->noise[k])) / ROWS;
        memory[k] = cgm_alloc_aligned(ROWS * n * sizeof(cgm_real));
        CU_ASSERT_FATAL(memory[k] != NULL);
        if (!mixes || 2 * k < bound->n_noise) continue;
        while (!cgm_hvae_is_stochastic(m, stage)) stage++;
        for (size_t i = 0; i < ROWS * n; i++) {
            const double *row = z_noise + i / n * HVAE_NOISES * m->n_latents;
            memory[k][i] = (cgm_real)row[HVAE_WALK * m->n_latents + m->first[stage] + i % n];
        }
        stage++;
    }
}

static void by_graph(const toy *t, const rows *r, const double *z_noise, cgm_real *out)
{
    enum { FEATURES = 4, MOST_NOISE = 64 };
    cgm_graph *g = NULL;
    cgm_program *program = NULL;
    cgm_workspace *ws = NULL;
    cgm_arena arena = {0};
    cgm_real *noise[MOST_NOISE], pa[2][ROWS * FEATURES], pixels[ROWS * MOST_PIXELS];
    const cgm_variable *v = t->model.variable;
    size_t width = cgm_variable_width(v);
    for (size_t i = 0; i < ROWS * width; i++) pixels[i] = (cgm_real)r->pixels[i];
    for (int k = 0; k < 2; k++)
        for (size_t i = 0; i < ROWS; i++)
            cgm_network_parents_fill(t->model.parents, (const double[]){r->digit[k][i], r->size[k][i]},
                                     pa[k] + i * FEATURES);
    REQUIRE_OK(cgm_graph_create(&g));
    image_bound bound = {.mode = CGM_MODE_EVAL, .arena = &arena};
    cgm_node x = cgm_batch_input(g, "pixels", CGM_SHAPE(ROWS, v->channels, SIDE, SIDE));
    cgm_node in = cgm_batch_input(g, "pa", CGM_SHAPE(ROWS, FEATURES)),
             other = cgm_batch_input(g, "other", CGM_SHAPE(ROWS, FEATURES));
    cgm_node result = t->model.counterfactual(t->model.context, g, x, in, other, &bound);
    REQUIRE_OK(cgm_graph_status(g));
    REQUIRE_OK(cgm_program_compile(g, 1, &result, &(cgm_compile_opts){.threads = 1, .bound_outputs = true}, &program));
    REQUIRE_OK(cgm_workspace_create(program, &ws));
    cgm_params_bind(t->model.params, g, ws, cgm_params_ema(t->model.params));
    CU_ASSERT_FATAL(bound.n_noise <= MOST_NOISE);
    fill_noise(t, g, &bound, z_noise, noise);
    for (size_t k = 0; k < bound.n_noise; k++) cgm_workspace_bind(ws, bound.noise[k], noise[k]);
    cgm_workspace_bind(ws, x, pixels);
    cgm_workspace_bind(ws, in, pa[0]);
    cgm_workspace_bind(ws, other, pa[1]);
    cgm_workspace_bind_output(ws, 0, out);
    REQUIRE_OK(cgm_program_run(program, ws));
    for (size_t k = 0; k < bound.n_noise; k++) cgm_free_aligned(noise[k]);
    cgm_workspace_destroy(ws);
    cgm_program_destroy(program);
    cgm_graph_destroy(g);
    cgm_arena_clear(&arena);
}

static void counterfactuals_are_the_engines(void)
{
    static rows r;
    static double z_noise[ROWS * MOST_Z], want[ROWS * MOST_PIXELS];
    static cgm_real got[ROWS * MOST_PIXELS];
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        toy t = toy_create(&kinds[k]);
        size_t width = cgm_variable_width(t.model.variable), moved = 0;
        fill_rows(width, &r);
        by_engine(&t, &r, z_noise, want);
        by_graph(&t, &r, z_noise, got);
        for (size_t i = 0; i < ROWS * width; i++) {
            CHECK_NEAR((double)got[i], want[i], sizeof(cgm_real) == 4 ? 0.05 : 1e-8);
            moved += fabs(want[i] - r.pixels[i]) > 0.2;
        }
        CU_ASSERT(moved > ROWS * width / 20); /* or else the same image would do */
        toy_destroy(&t);
    }
}

/* ---- Runs ---- */

#define DATA "data: {make: strokes, n: 120, seed: 3, test: 20, pad: 2}\n"
#define GRAPH(mechanism)                                                                                               \
    "graph:\n  digit: {type: categorical, levels: 10}\n  thickness: {type: continuous, range: [0.5, 8]}\n"             \
    "  intensity: {type: continuous, range: [64, 255], parents: [thickness], describes: amplitude}\n"                  \
    "  slant: {type: continuous}\n"                                                                                    \
    "  image: {type: image, parents: [digit, thickness, intensity], mechanism: {" mechanism "}}\n"                     \
    "train: {epochs: 10, batch: 20, warmup: 0, rate: 0.003, beta: 0.5, augment: {gain: [0.8, 1.25]}}\n"
#define PREDICTORS                                                                                                     \
    "predictors:\n"                                                                                                    \
    "  t: {from: image, of: thickness, width: 2, epochs: 8, validation: 0, batch: 20, given: [intensity], augment: "   \
    "{gain: [0.8, 1.25]}}\n"                                                                                           \
    "  i: {from: image, of: intensity, width: 2, epochs: 8, validation: 0, batch: 20, augment: {gain: [0.8, 1.25]}}\n"
#define TUNED "finetune: {predictors: [t, i], epochs: 8, batch: 20, rate: 0.002, damping: 400, multiplier_rate: 2}\n"
#define CVAE "kind: cvae, latent: 2, width: 2, hidden: 8"
#define PLAIN DATA GRAPH(CVAE) PREDICTORS
#define WHOLE PLAIN TUNED
enum { PER_EPOCH = 5, EPOCHS = 8, STEPS = EPOCHS * PER_EPOCH };

static const char *whole(void)
{
    static trained_once run;
    return train_once(&run, "whole.h5", WHOLE)->path;
}

static const double *metric(const cgm_run *run, const char *name)
{
    size_t n;
    const double *value = cgm_run_metric(run, cgm_run_parts(run) - 1, name, &n);
    CU_ASSERT_FATAL(value != NULL && n == STEPS);
    return value;
}

/* Over two epochs, as each batch has an intervention of its own. */
static double mean_from(const double *value, int epoch)
{
    double sum = 0;
    for (int i = 0; i < 2 * PER_EPOCH; i++) sum += value[epoch * PER_EPOCH + i] / (2 * PER_EPOCH);
    return sum;
}

/* Predictors find what was asked for, and what the image was trained for is as good as it was. */
static void images_convince_predictors_within_the_constraint(void)
{
    cgm_run *run = NULL;
    cgm_file *file = NULL;
    double c;
    REQUIRE_OK(cgm_run_open(whole(), NULL, &run));
    CU_ASSERT(cgm_run_is_finished(run));
    CU_ASSERT_STRING_EQUAL(cgm_run_part_name(run, cgm_run_parts(run) - 1), "finetune");
    REQUIRE_OK(cgm_file_open(whole(), &file));
    REQUIRE_OK(cgm_file_read(file, "/finetune/constraint", CGM_F64, CGM_SCALAR, &c));
    const double *read = metric(run, "predictors"), *objective = metric(run, "objective");
    CU_ASSERT(mean_from(read, EPOCHS - 2) < mean_from(read, 0) - 0.1);
    CU_ASSERT(mean_from(objective, EPOCHS - 2) < c + 0.02);
    CU_ASSERT(cgm_run_tunes_with(run, cgm_run_predictor(run, "t")));
    cgm_file_close(file);
    cgm_run_destroy(run);
}

static void objective_and_multiplier_follow_their_formulas(void)
{
    cgm_run *run = NULL;
    cgm_file *file = NULL;
    double c, m1 = 0, m2 = 0, lambda = 0, most = 0;
    REQUIRE_OK(cgm_run_open(whole(), NULL, &run));
    REQUIRE_OK(cgm_file_open(whole(), &file));
    REQUIRE_OK(cgm_file_read(file, "/finetune/constraint", CGM_F64, CGM_SCALAR, &c));
    const double *read = metric(run, "predictors"), *objective = metric(run, "objective");
    const double *loss = metric(run, "loss"), *multiplier = metric(run, "multiplier");
    for (int i = 0; i < STEPS; i++) {
        double slack = c - objective[i];
        CHECK_NEAR(loss[i], read[i] - (lambda - 400 * slack) * slack, 1e-4 * (1 + fabs(loss[i])));
        m1 = 0.9 * m1 - 0.1 * slack;
        m2 = 0.999 * m2 + 0.001 * slack * slack;
        double step = 2 * m1 / (1 - pow(0.9, i + 1)) / (sqrt(m2 / (1 - pow(0.999, i + 1))) + 1e-8);
        lambda = fmax(lambda + step, 0);
        CHECK_NEAR(multiplier[i], lambda, 1e-6 * (1 + lambda));
        most = fmax(most, lambda);
    }
    CU_ASSERT(most > 0);
    cgm_file_close(file);
    cgm_run_destroy(run);
}

/* Numbers of the image's mechanism that differ, and those of neither it nor the fine-tuning. */
typedef struct moved {
    int image, others;
} moved;

static cgm_status count_moved(void *context, const char *path, bool identical)
{
    moved *m = context;
    if (identical) return CGM_OK;
    if (strncmp(path, "/mechanism/image/parameters", 27) == 0)
        m->image++;
    else if (strncmp(path, "/finetune", 9) && strchr(path + 1, '/'))
        m->others++;
    return CGM_OK;
}

/* Without fine-tuning. */
static const char *plain(void)
{
    static trained_once run;
    return train_once(&run, "plain.h5", PLAIN)->path;
}

static char *copy_of_plain(const char *name)
{
    char *path = test_path(name);
    copy_file(plain(), path, -1);
    return path;
}

/* Also where it comes later, to a run that was finished. */
static void nothing_but_the_image_changes(void)
{
    moved m = {0};
    compare_by(plain(), whole(), count_moved, &m);
    CU_ASSERT(m.image > 5);
    CU_ASSERT_EQUAL(m.others, 0);
    char *path = copy_of_plain("later.h5");
    REQUIRE_OK(train(WHOLE, NULL, 1, path));
    CU_ASSERT_EQUAL(compare(path, whole()).different, 0);
}

static void threads_and_stops_make_no_difference(void)
{
    const int stops[] = {1, PER_EPOCH, 2 * PER_EPOCH + 4, STEPS - 1};
    for (size_t k = 0; k < sizeof stops / sizeof *stops; k++) {
        char *stopped = copy_of_plain("stopped.h5");
        stopper s = {.at = stops[k]};
        CHECK_FAILS(train(WHOLE, &s, 1, stopped), CGM_E_INTERRUPTED, "stopped while training finetune (fine-tuning)");
        REQUIRE_OK(train(WHOLE, NULL, 2, stopped));
        tally t = compare(whole(), stopped);
        CU_ASSERT(t.n > 40 && t.different == 0);
    }
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The other worlds are those of the images as augmentation's gain has made them: values that are permuted are these,
 * and where an intervention changes nothing they are there again. */
static void worlds_are_of_augmented_images(void)
{
    enum { BATCH = 20 };
    cgm_run *run = NULL;
    cgm_batches *batches = NULL;
    tuning_parents p;
    int permuted = 0, unchanged = 0;
    cgm_rng rng = cgm_rng_create(8);
    REQUIRE_OK(cgm_run_open(whole(), NULL, &run));
    REQUIRE_OK(cgm_run_load_data(run));
    const cgm_dataset *data = cgm_run_data(run);
    const double *thickness = cgm_dataset_column(data, "thickness"), *intensity = cgm_dataset_column(data, "intensity");
    REQUIRE_OK(cgm_batches_create(data, BATCH, &rng, &batches));
    REQUIRE_OK(cgm_tuning_parents_begin(run->tuner, BATCH, PER_EPOCH, &rng, &p));
    size_t n = p.part->n, t = (size_t)cgm_scm_find(p.part, "thickness"), v = (size_t)cgm_scm_find(p.part, "intensity");
    for (uint64_t step = 0; step < 8 * PER_EPOCH; step++) {
        double want[BATCH], got[BATCH];
        REQUIRE_OK(cgm_tuning_parents_get(run->tuner, &p, batches, data, step, 1));
        const size_t *drawn = cgm_batches_rows(batches, step);
        const double *gains = cgm_tuning_gains(run->tuner, batches, step);
        const double *values = p.values + step % PER_EPOCH * BATCH * n;
        bool changes = false;
        for (size_t i = 0; i < BATCH; i++) {
            bool same = values[i * n + t] == thickness[drawn[i]];
            want[i] = gains[i] * intensity[drawn[i]], got[i] = values[i * n + v];
            changes |= !same;
            if (changes && same) CHECK_NEAR(got[i], want[i], 1e-9 * want[i]);
            unchanged += changes && same;
        }
        if (changes) continue;
        permuted++;
        qsort(want, BATCH, sizeof *want, ascending);
        qsort(got, BATCH, sizeof *got, ascending);
        for (size_t i = 0; i < BATCH; i++) CU_ASSERT_EQUAL(got[i], want[i]);
    }
    CU_ASSERT(permuted > 3 && unchanged > 3);
    cgm_tuning_parents_clear(&p);
    cgm_batches_destroy(batches);
    cgm_run_destroy(run);
}

/* A hierarchical model whose z follows the parents; its memory is told before. */
static void hierarchical_models_are_tuned(void)
{
    static const char text[] =
        DATA GRAPH("kind: hvae, encoder: '32b1d2,16b1d4,4b1d4,1b1', decoder: '1b1,4b1,16b1,32b1', widths: '4,8,8,8', "
                   "bottleneck: 2, latent: 2, prior: conditional") PREDICTORS
        "finetune: {predictors: [i], do: [thickness], epochs: 1, batch: 20}\n";
    model t;
    size_t bytes;
    int part;
    char *path = test_path("h.h5");
    REQUIRE_OK(try_make(text, NULL, 2, &t));
    REQUIRE_OK(cgm_run_plan(t.run, &bytes, &part));
    CU_ASSERT(bytes > 0 && part >= 0);
    REQUIRE_OK(cgm_run_train(t.run, path));
    size_t n;
    const double *bound = cgm_run_metric(t.run, cgm_run_parts(t.run) - 1, "nats_per_dim", &n);
    CU_ASSERT_FATAL(bound && n == PER_EPOCH);
    for (size_t i = 0; i < n; i++) CU_ASSERT(isfinite(bound[i]));
    destroy(&t);
}

static void refuses_bad_configs(void)
{
    static const struct {
        const char *text, *message;
    } bad[] = {
        {PLAIN "finetune: {predictors: [x]}\n", "finetune.predictors: no predictor is called 'x'"},
        {PLAIN "finetune: {predictors: []}\n", "expected 1 to 32 names"},
        {PLAIN "finetune: {predictors: [t, t]}\n", "'t' is there twice"},
        {PLAIN "finetune: {predictors: [t], do: [slant]}\n", "image does not depend on 'slant'"},
        {PLAIN "finetune: {predictors: [t], do: [image]}\n", "expected a scalar"},
        {PLAIN "finetune: {predictors: [t], do: [size]}\n", "finetune.do: "},
        {PLAIN "finetune: {predictors: [t], rates: 1}\n", "rates"},
        {DATA GRAPH("kind: autoencoder, network: dense, latent: 2, widths: [4]") PREDICTORS
         "finetune: {predictors: [t]}\n",
         "the mechanism of image is an autoencoder; expected a cvae or an hvae"},
        {DATA GRAPH(CVAE ", likelihood: bernoulli") PREDICTORS "finetune: {predictors: [t]}\n",
         "counterfactual pixels have no gradient"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        model t;
        CHECK_FAILS(try_make(bad[i].text, NULL, 1, &t), CGM_E_CONFIG, bad[i].message);
        destroy(&t);
    }
}

static const test_case cases[] = {
    {"counterfactuals are the engine's", counterfactuals_are_the_engines},
    {"images convince predictors within the constraint", images_convince_predictors_within_the_constraint},
    {"objective and multiplier follow their formulas", objective_and_multiplier_follow_their_formulas},
    {"nothing but the image changes", nothing_but_the_image_changes},
    {"threads and stops make no difference", threads_and_stops_make_no_difference},
    {"worlds are of augmented images", worlds_are_of_augmented_images},
    {"hierarchical models are tuned", hierarchical_models_are_tuned},
    {"refuses bad configs", refuses_bad_configs},
};
TEST_MAIN("tuning", cases)
