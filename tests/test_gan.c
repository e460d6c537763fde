/* Generative adversarial networks: ten steps of each loss against PyTorch, training as a mechanism, sampling, what is
 * refused. The gradients of whole critics are in tests/test_gan_gradients.c. */
#include <string.h>

#include "tests/fixtures/gan.h"
#include "tests/game_toys.h"
#include "tests/gan_toys.h"

#define N 3
#define SIDE 8
#define STEPS 10

/* ---- Ten steps against PyTorch ---- */

typedef struct game {
    const char *name, *options;
    int channels;
    bool conditional;
    double clip;
    const double *losses;
    const tensor *trained;
    size_t n_trained;
} game;

#define SMALL "latent: 3, widths: [6, 4]"
#define LEVELS "latent: 3, width: 4, max_width: 6"
#define ALPHA 0.3 /* of networks that grow */
#define TRAINED(name) name##_losses, name##_trained, sizeof name##_trained / sizeof *name##_trained

static const game games[] = {
    {"non_saturating", "{" SMALL ", label_smoothing: 0.1}", 1, true, 0, TRAINED(non_saturating)},
    {"minimax", "{" SMALL ", loss: minimax, critic_norm: none}", 3, false, 0, TRAINED(minimax)},
    {"least_squares", "{" SMALL ", loss: least_squares, critic_norm: instance, generator_condition: batch_norm}", 1,
     true, 0, TRAINED(least_squares)},
    {"hinge", "{" SMALL ", loss: hinge, critic_norm: spectral, critic_condition: projection}", 2, true, 0,
     TRAINED(hinge)},
    {"clipped", "{" SMALL ", loss: wasserstein, clip_weights: 0.1, critic_condition: projection}", 1, true, 0.1,
     TRAINED(clipped)},
    {"two_sided", "{" SMALL ", loss: wasserstein}", 1, true, 0, TRAINED(two_sided)},
    {"one_sided", "{" SMALL ", loss: wasserstein, penalty: one_sided, critic_norm: layer}", 2, true, 0,
     TRAINED(one_sided)},
    {"linear", "{" SMALL ", loss: wasserstein, network: mlp, critic_condition: projection}", 1, true, 0,
     TRAINED(linear)},
    {"pairs", "{" SMALL ", loss: wasserstein, encoder: adversarial, cycle_weight: 0.5}", 1, true, 0, TRAINED(pairs)},
    {"progressive", "{" LEVELS ", network: progressive}", 1, true, 0, TRAINED(progressive)},
    {"style", "{" LEVELS ", network: style, mapping: 2, growing: yes}", 2, true, 0, TRAINED(style)},
    {"style_pairs",
     "{" LEVELS ", network: style, mapping: 2, smooth: no, loss: wasserstein, critic_condition: projection, encoder: "
     "adversarial, cycle_weight: 0.5}",
     1, true, 0, TRAINED(style_pairs)},
};

/* scale sin(a i + b), as in make_gan.py. */
static void wave(size_t n, double scale, double a, double b, double shift, cgm_real *out)
{
    for (size_t i = 0; i < n; i++) out[i] = (cgm_real)(shift + scale * sin(a * (double)i + b));
}

static bool ends(const char *text, const char *with)
{
    size_t n = strlen(text), k = strlen(with);
    return n >= k && strcmp(text + n - k, with) == 0;
}

/* The size of a weight's numbers; equalised ones are scaled where they are used. */
static double wave_of_weight(const cgm_param_view *view, bool equalised)
{
    if (equalised) return strstr(view->name, "mapping") ? 120 : 1.2;
    return 1.2 / sqrt((double)(cgm_shape_size(view->shape) / view->shape.dim[0]));
}

static void set_waves(cgm_params *params, bool equalised)
{
    cgm_rng rng = cgm_rng_create(1);
    REQUIRE_OK(cgm_params_init(params, &rng));
    for (size_t i = 0; i < cgm_params_count(params); i++) {
        const cgm_param_view *view = cgm_params_view(params, i);
        size_t size = (size_t)cgm_shape_size(view->shape), phase = 0;
        cgm_real *w = cgm_params_values(params) + view->offset;
        for (size_t k = 0; view->name[k]; k++) phase += (k + 1) * (size_t)view->name[k];
        double b = (double)(phase % 997);
        bool norm = strstr(view->name, "norm") && ends(view->name, "weight") && !strstr(view->name, "parents");
        if (norm)
            wave(size, 0.3, 1.7, b, 1, w);
        else if (view->state && ends(view->name, ".u"))
            wave(size, 1, 1.7, b, 0, w);
        else if (!view->state)
            wave(size, ends(view->name, "bias") ? 0.2 : wave_of_weight(view, equalised), 1.7, b, 0, w);
    }
}

static void fill(game_move *c, gan_player player, int step)
{
    int normal = 0;
    for (size_t i = 0; i < c->move.n_inputs; i++) {
        size_t size = game_input_size(c, i);
        switch (c->move.input[i].source) {
        case GAN_DATA:
            wave(size, 120, 0.9, 0.3, 127.5, c->in[i]);
            break;
        case GAN_PARENTS:
            wave(size, 1, 1.3, 0.2, 0, c->in[i]);
            break;
        case GAN_NORMAL:
            wave(size, 1.5, 1.9, 0.3 * step + 0.7 * (player == GAN_GENERATOR) + 0.4 * normal++, 0, c->in[i]);
            break;
        case GAN_UNIFORM:
            wave(size, 0.45, 1.1, 0.2 * step, 0.5, c->in[i]);
            break;
        case GAN_MADE:
            break;
        case GAN_ALPHA:
            c->in[i][0] = (cgm_real)ALPHA;
            break;
        }
    }
}

static void clip(cgm_params *params, double bound)
{
    cgm_real *w = cgm_params_values(params);
    for (size_t begin, end = 0; bound > 0 && cgm_params_trained(params, &begin, &end);)
        for (size_t i = begin; i < end; i++) w[i] = (cgm_real)fmin(fmax((double)w[i], -bound), bound);
}

static void ten_steps_of_each_loss(void)
{
    static game_move players[GAN_PLAYERS];
    for (const game *of = games; of < games + sizeof games / sizeof *games; of++) {
        cgm_variable image = image_of(of->channels, SIDE);
        gan *m = NULL;
        REQUIRE_OK(try_create(&image, of->conditional ? 2 : 0, of->options, &m));
        CHECK_NEAR(m->options.clip_weights, of->clip, 0);
        const game_model model = {
            cgm_gan_move, m, N, {m->networks.critic, m->networks.generator}, .level = m->networks.levels - 1};
        cgm_optimizer_rule rule = cgm_gan_usual_training(m).rule;
        cgm_optimizer_opts opts = {.rule = rule, .rate = rule.kind == CGM_OPTIMIZER_RMSPROP ? 1e-3 : 1e-2};
        set_waves(m->networks.critic, m->networks.kind->pyramid);
        set_waves(m->networks.generator, m->networks.kind->pyramid);
        for (int k = 0; k < GAN_PLAYERS; k++) game_compile(&model, (gan_player)k, &players[k]);
        for (int move = 0; move < 2 * STEPS; move++) {
            gan_player player = move % 2 ? GAN_GENERATOR : GAN_CRITIC;
            fill(&players[player], player, move / 2);
            game_play(&players[player], &opts, of->losses[move]);
            if (player == GAN_CRITIC) clip(m->networks.critic, of->clip);
        }
        game_check_trained(&model, of->n_trained, of->trained);
        for (int k = 0; k < GAN_PLAYERS; k++) game_clear(&players[k]);
        destroy(m);
    }
}

/* ---- Training as a mechanism ---- */

#define TINY "latent: 4, widths: [8, 8, 4]"
#define LINEAR "network: mlp, latent: 4, widths: [8, 8], encoder: adversarial"

static void training_counts_and_reports(void)
{
    trainee t;
    trainee_begin("{" TINY ", loss: wasserstein, critic_steps: 3}", 1, &t);
    train(&t);
    CU_ASSERT_EQUAL(t.report.total, 2 * 96); /* 12 batches in two epochs, three to a step, 16 images each */
    CU_ASSERT_EQUAL(t.report.done, t.report.total);
    static const char *const names[] = {"critic", "real",        "fake",           "distance", "penalty",  "generator",
                                        "rate",   "critic_norm", "generator_norm", "skipped",  "saturated"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) CU_ASSERT(isfinite(metric(&t.report, names[i])));
    CHECK_NEAR(metric(&t.report, "rate"), 1e-4, 0);
    CHECK_NEAR(metric(&t.report, "distance"), metric(&t.report, "real") - metric(&t.report, "fake"), 1e-5);
    CHECK_NEAR(metric(&t.report, "skipped"), 0, 0);
    CU_ASSERT(isnan(metric(&t.report, "accuracy")));
    trainee_end(&t);
    trainee_begin("{" TINY ", loss: hinge}", 1, &t);
    train(&t);
    CU_ASSERT(metric(&t.report, "accuracy") >= 0 && metric(&t.report, "accuracy") <= 1);
    CU_ASSERT(metric(&t.report, "saturated") >= 0 && metric(&t.report, "saturated") <= 1);
    CU_ASSERT(isnan(metric(&t.report, "distance")));
    trainee_end(&t);
}

static void any_number_of_threads(void)
{
    static const char *const options[] = {"{" TINY "}", "{" TINY ", loss: wasserstein}",
                                          "{" TINY ", loss: hinge, critic_norm: spectral}",
                                          "{" LINEAR ", finetune: {epochs: 2}}"};
    for (size_t i = 0; i < 4; i++) {
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

/* Two batches of 8 are as one of 16 where samples do not see one another, up to rounding. */
static void accumulation(void)
{
    trainee whole, parts;
    trainee_begin("{" TINY ", network: mlp, loss: hinge}", 1, &whole);
    trainee_begin("{" TINY ", network: mlp, loss: hinge}", 1, &parts);
    parts.opts.batch = 8;
    parts.opts.accumulate = 2;
    for (int k = 0; k < 2; k++) {
        trainee *t = k ? &parts : &whole;
        REQUIRE_OK(cgm_gan_fit_begin(&t->m->base, &t->fit, &t->report));
        CU_ASSERT_EQUAL(t->report.total, 2 * 96);
        REQUIRE_OK(cgm_gan_fit_step(&t->m->base, &t->fit, &t->report));
        CU_ASSERT_EQUAL(t->report.done, 16);
    }
    /* The real samples are the same; the noise is not. */
    CHECK_NEAR(metric(&parts.report, "real"), metric(&whole.report, "real"), 1e-5);
    trainee_end(&whole);
    trainee_end(&parts);
}

static void clipped_weights(void)
{
    trainee t;
    trainee_begin("{" TINY ", loss: wasserstein, penalty: none, critic_steps: 1}", 1, &t);
    CHECK_NEAR(t.m->options.clip_weights, 0.01, 0);
    REQUIRE_OK(cgm_gan_fit_begin(&t.m->base, &t.fit, &t.report));
    REQUIRE_OK(cgm_gan_fit_step(&t.m->base, &t.fit, &t.report));
    CHECK_NEAR(metric(&t.report, "rate"), 5e-5, 0);
    const cgm_params *critic = t.m->networks.critic;
    double largest = 0;
    for (size_t i = 0; i < cgm_params_flat_size(critic); i++)
        largest = fmax(largest, fabs((double)cgm_params_values(t.m->networks.critic)[i]));
    CHECK_NEAR(largest, 0.01, 1e-9);
    trainee_end(&t);
}

static void steps(trainee *t, size_t n)
{
    for (size_t i = 0; i < n && !t->report.finished; i++)
        REQUIRE_OK(cgm_gan_fit_step(&t->m->base, &t->fit, &t->report));
}

/* Stopped and gone on with in a new object, the same bits as at once: in the game, and when the encoder is trained
 * alone.
 */
static void resuming(void)
{
    static const char *const options[] = {"{" TINY "}", "{" LINEAR ", finetune: {epochs: 2}}"};
    static const size_t at[] = {2, 17};
    const char *path = test_path("gan.h5");
    for (size_t k = 0; k < 3; k++) {
        trainee at_once, first, second;
        const char *of = options[k > 0];
        trainee_begin(of, 1, &at_once);
        train(&at_once);
        trainee_begin(of, 1, &first);
        REQUIRE_OK(cgm_gan_fit_begin(&first.m->base, &first.fit, &first.report));
        steps(&first, at[k > 0 ? k - 1 : 0]);
        store_state(&first.m->base, path);
        trainee_end(&first);
        trainee_begin(of, 1, &second);
        REQUIRE_OK(cgm_gan_fit_begin(&second.m->base, &second.fit, &second.report));
        load_state(&second.m->base, path);
        CU_ASSERT(!second.report.finished);
        steps(&second, SIZE_MAX);
        CU_ASSERT(second.report.finished);
        CU_ASSERT_EQUAL(second.report.done, at_once.report.done);
        cgm_gan_fit_end(&second.m->base);
        CU_ASSERT(same_generators(at_once.m, second.m));
        trainee_end(&at_once);
        trainee_end(&second);
    }
}

/* A critic gone bad is named, and the generator is what it was. */
static void nan_in_the_critic(void)
{
    trainee t;
    trainee_begin("{" TINY ", loss: wasserstein, critic_steps: 1}", 1, &t);
    t.opts.max_skips = 3;
    t.opts.epochs = 100;
    REQUIRE_OK(cgm_gan_fit_begin(&t.m->base, &t.fit, &t.report));
    REQUIRE_OK(cgm_gan_fit_step(&t.m->base, &t.fit, &t.report));
    cgm_params_values(t.m->networks.critic)[0] = (cgm_real)NAN;
    static cgm_real before[100000];
    size_t n = cgm_params_flat_size(t.m->networks.generator);
    CU_ASSERT_FATAL(n <= 100000);
    memcpy(before, cgm_params_values(t.m->networks.generator), n * sizeof *before);
    cgm_status status = CGM_OK;
    for (int i = 0; i < 4 && status == CGM_OK; i++) status = cgm_gan_fit_step(&t.m->base, &t.fit, &t.report);
    CHECK_FAILS(status, CGM_E_NUMERIC, "critic.conv0.weight");
    for (size_t first, last = 0; cgm_params_trained(t.m->networks.generator, &first, &last);)
        CU_ASSERT(memcmp(before + first, cgm_params_values(t.m->networks.generator) + first,
                         (last - first) * sizeof *before) == 0);
    trainee_end(&t);
}

/* ---- Running statistics, samples ---- */

static double *sample(trainee *t, size_t n, double level, double *z)
{
    size_t width = cgm_variable_width(t->image), latent = (size_t)t->m->options.latent;
    double *out = calloc(n * width, sizeof *out);
    double *digits = calloc(n, sizeof *digits), *thick = calloc(n, sizeof *thick);
    for (size_t i = 0; i < n; i++) digits[i] = level, thick[i] = 2.5;
    cgm_values parent[] = {{n, 1, digits}, {n, 1, thick}}, code = {n, latent, z}, none = {n, 0, NULL};
    cgm_values value = {n, width, out};
    REQUIRE_OK(cgm_gan_predict(&t->m->base, 1, parent, &code, &none, 1, &value));
    free(digits);
    free(thick);
    return out;
}

/* After training the running statistics are those of the averaged generator, which answers: a sample in evaluation is
 * close to one that training's own statistics of a large batch would give. They move when the generator's first layer
 * is made twice as large, as those of training would not have. */
static void statistics_of_the_average(void)
{
    trainee t;
    trainee_begin("{" TINY "}", 1, &t);
    REQUIRE_OK(cgm_gan_fit_begin(&t.m->base, &t.fit, &t.report));
    REQUIRE_OK(cgm_gan_fit_step(&t.m->base, &t.fit, &t.report));
    cgm_params *p = t.m->networks.generator;
    size_t start = 0, var = 0;
    for (size_t i = 0; i < cgm_params_count(p); i++) {
        if (strcmp(cgm_params_view(p, i)->name, "generator.start.weight") == 0) start = i;
        if (strcmp(cgm_params_view(p, i)->name, "generator.norm0.running_var") == 0) var = i;
    }
    const cgm_param_view *weight = cgm_params_view(p, start);
    for (int64_t k = 0; k < cgm_shape_size(weight->shape); k++) cgm_params_ema(p)[weight->offset + (size_t)k] *= 100;
    double before = (double)cgm_params_ema(p)[cgm_params_view(p, var)->offset];
    cgm_gan_fit_end(&t.m->base);
    double after = (double)cgm_params_ema(p)[cgm_params_view(p, var)->offset];
    CU_ASSERT(after > 0.5 &&
              before < 1.5); /* var of the first: near 1 from its start; of the other near 0.02^2 1e4 5 */
    CU_ASSERT(fabs(after - before) > 0.3);
    trainee_end(&t);
}

static void samples(void)
{
    trainee t;
    double z[2 * 4] = {0.3, -1, 0.2, 0.9, 0.3, -1, 0.2, 0.9};
    trainee_begin("{" TINY "}", 1, &t);
    train(&t);
    double *three = sample(&t, 2, 3, z), *five = sample(&t, 2, 5, z);
    size_t width = cgm_variable_width(t.image);
    bool inside = true, differ = false;
    for (size_t i = 0; i < width; i++) {
        inside = inside && three[i] >= 0 && three[i] <= 255;
        differ = differ || three[i] != five[i];
    }
    CU_ASSERT(inside);
    CU_ASSERT(differ); /* the parents reach the generator */
    CU_ASSERT(memcmp(three, three + width, width * sizeof *three) == 0);
    free(three);
    free(five);
    trainee_end(&t);
}

/* ---- The encoder ---- */

/* Abduction gives the images back, and a counterfactual under other parents is another image with the same code. */
static void abduction(void)
{
    trainee t;
    enum { ROWS = 70 }; /* more than run at a time */
    trainee_begin("{" TINY ", encoder: adversarial}", 1, &t);
    const cgm_mechanism_class *methods = t.m->base.methods;
    CU_ASSERT_EQUAL(methods->capabilities, CGM_CAN_SAMPLE | CGM_CAN_ABDUCT | CGM_ABDUCTS_EXACTLY);
    CU_ASSERT_FALSE(cgm_mechanism_gan.capabilities & CGM_CAN_ABDUCT);
    train(&t);
    CU_ASSERT(isfinite(metric(&t.report, "cycle")));
    size_t width = cgm_variable_width(t.image), row[ROWS];
    static double x[ROWS * 1024], again[ROWS * 1024], other[ROWS * 1024], u[ROWS * 1024], z[ROWS * 4], code[ROWS * 4];
    double digits[ROWS], thick[ROWS];
    for (size_t i = 0; i < ROWS; i++) row[i] = i;
    REQUIRE_OK(cgm_dataset_read(t.data, "image", ROWS, row, x));
    REQUIRE_OK(cgm_dataset_read(t.data, "digit", ROWS, row, digits));
    REQUIRE_OK(cgm_dataset_read(t.data, "thickness", ROWS, row, thick));
    cgm_values parent[] = {{ROWS, 1, digits}, {ROWS, 1, thick}}, value = {ROWS, width, x};
    cgm_values noise[] = {{ROWS, 4, z}, {ROWS, width, u}}, internal = {ROWS, 4, code}, out = {ROWS, width, again};
    cgm_rng rng = cgm_rng_create(1);
    cgm_abduct_opts opts = {.temperature = 1, .threads = 1};
    REQUIRE_OK(methods->abduct(&t.m->base, parent, &value, &rng, &opts, &internal, noise));
    CU_ASSERT(memcmp(z, code, sizeof z) == 0);
    REQUIRE_OK(methods->predict(&t.m->base, 1, parent, &internal, &noise[1], 1, &out));
    for (size_t i = 0; i < ROWS * width; i++) CHECK_NEAR(again[i], x[i], 1e-9);
    for (size_t i = 0; i < ROWS; i++) digits[i] = fmod(digits[i] + 1, 10);
    out.data = other;
    REQUIRE_OK(methods->predict(&t.m->base, 1, parent, &internal, &noise[1], 1, &out));
    size_t differ = 0;
    for (size_t i = 0; i < ROWS * width; i++) differ += fabs(other[i] - x[i]) > 1e-6;
    CU_ASSERT(differ > 0);
    trainee_end(&t);
}

/* ---- The encoder alone ---- */

/* Points of a ring, and their mean absolute distance to what is made of their codes: what a counterfactual under a null
 * intervention would be off without its residual. */
static gan *fit_ring(const char *yaml, double *distance)
{
    enum { ROWS = 512 };
    static double x[2 * ROWS], z[2 * ROWS], code[2 * ROWS], u[2 * ROWS];
    size_t row[ROWS];
    cgm_dataset *data = NULL;
    cgm_config *config = NULL;
    cgm_mechanism *m = NULL;
    REQUIRE_OK(cgm_dataset_open(&(cgm_data_opts){.make = "ring", .n = ROWS, .seed = 1}, 1, NULL, &data));
    REQUIRE_OK(cgm_config_parse(yaml, "test.yaml", &config));
    static cgm_variable point;
    point = *cgm_dataset_find(data, "point");
    point.name = "point";
    cgm_mechanism_spec spec = {.variable = &point, .options = cgm_config_root(config)};
    REQUIRE_OK(cgm_mechanism_gan.create(&spec, &m));
    cgm_config_destroy(config);
    cgm_train_opts opts = {.epochs = 60, .batch = 64, USUAL_TRAINING, .ema = 0.9};
    opts.rate = 1e-3;
    cgm_fit fit = {.data = data, .train = &opts, .rng = cgm_rng_create(5), .threads = 1};
    cgm_fit_report report;
    REQUIRE_OK(m->methods->fit_begin(m, &fit, &report));
    while (!report.finished) REQUIRE_OK(m->methods->fit_step(m, &fit, &report));
    m->methods->fit_end(m);
    for (size_t i = 0; i < ROWS; i++) row[i] = i;
    REQUIRE_OK(cgm_dataset_read(data, "point", ROWS, row, x));
    cgm_values value = {ROWS, 2, x}, noise[] = {{ROWS, 2, z}, {ROWS, 2, u}}, internal = {ROWS, 2, code};
    cgm_rng rng = cgm_rng_create(1);
    REQUIRE_OK(m->methods->abduct(m, NULL, &value, &rng, &(cgm_abduct_opts){.temperature = 1}, &internal, noise));
    *distance = 0;
    for (size_t i = 0; i < 2 * ROWS; i++) *distance += fabs(u[i]) / (2 * ROWS);
    cgm_dataset_destroy(data);
    return (gan *)m;
}

static bool same_parameters(cgm_params *a, cgm_params *b, const char *part)
{
    bool same = true;
    for (size_t i = 0; i < cgm_params_count(a); i++) {
        const cgm_param_view *view = cgm_params_view(a, i);
        if (strncmp(view->name, part, strlen(part)) != 0) continue;
        same = same && memcmp(cgm_params_ema(a) + view->offset, cgm_params_ema(b) + view->offset,
                              (size_t)cgm_shape_size(view->shape) * sizeof(cgm_real)) == 0;
    }
    return same;
}

#define RING "latent: 2, widths: [32, 32], encoder: adversarial, cycle_weight: 0"

/* The game's encoder, which no cycle held, is far off; alone it comes closer, and the generator keeps its bits. */
static void finetuning(void)
{
    double before, after;
    gan *played = fit_ring("{" RING "}", &before), *tuned = fit_ring("{" RING ", finetune: {epochs: 60}}", &after);
    CU_ASSERT(same_parameters(played->networks.generator, tuned->networks.generator, "generator."));
    CU_ASSERT_FALSE(same_parameters(played->networks.generator, tuned->networks.generator, "encoder."));
    if (!(after < 0.5 * before)) fprintf(stderr, "distance %g before, %g after\n", before, after);
    CU_ASSERT(after < 0.5 * before);
    destroy(played);
    destroy(tuned);
}

/* Running statistics, too; the report counts both stages. */
static void finetuning_images(void)
{
    static const char *const options[] = {"{" TINY ", encoder: adversarial}",
                                          "{" TINY ", encoder: adversarial, finetune: {epochs: 3, rate: 5e-4}}"};
    trainee played, one;
    trainee_begin(options[0], 1, &played);
    trainee_begin(options[1], 1, &one);
    train(&played);
    train(&one);
    CU_ASSERT(same_parameters(played.m->networks.generator, one.m->networks.generator, "generator."));
    CU_ASSERT_EQUAL(one.report.total, (2 + 3) * 96);
    CU_ASSERT_EQUAL(one.report.done, one.report.total);
    CU_ASSERT_EQUAL(one.report.last_steps, 3 * 6);
    CHECK_NEAR(metric(&one.report, "finetune_rate"), 5e-4, 1e-12);
    CHECK_NEAR(metric(&one.report, "finetune"),
               metric(&one.report, "image_cycle") + metric(&one.report, "latent_cycle"), 1e-5);
    CU_ASSERT(isnan(metric(&one.report, "critic")) && isfinite(metric(&one.report, "finetune_norm")));
    trainee_end(&played);
    trainee_end(&one);
}

/* The clock ends the game, not what comes after it; without that it ends all. */
static void cut_short(void)
{
    trainee t;
    trainee_begin("{" TINY ", encoder: adversarial, finetune: {epochs: 1, latent: 0}}", 1, &t);
    const cgm_mechanism_class *methods = t.m->base.methods;
    REQUIRE_OK(cgm_gan_fit_begin(&t.m->base, &t.fit, &t.report));
    steps(&t, 3);
    CU_ASSERT(!t.report.last_stage && t.report.total == 3 * 96);
    for (int again = 0; again < 2; again++) {
        REQUIRE_OK(methods->fit_cut(&t.m->base, &t.fit, &t.report));
        CU_ASSERT(t.report.last_stage && !t.report.finished && t.report.total == 3 * 16 + 96);
        steps(&t, 2);
    }
    steps(&t, 1);
    CU_ASSERT_FALSE(t.report.finished);
    steps(&t, 1);
    CU_ASSERT(t.report.finished);
    trainee_end(&t);
    trainee_begin("{" TINY ", encoder: adversarial}", 1, &t);
    REQUIRE_OK(cgm_gan_fit_begin(&t.m->base, &t.fit, &t.report));
    steps(&t, 1);
    REQUIRE_OK(methods->fit_cut(&t.m->base, &t.fit, &t.report));
    CU_ASSERT(t.report.finished);
    trainee_end(&t);
}

/* ---- The critic ---- */

/* Scores of pairs of the data, by a program of their own. */
static void score_alone(trainee *t, size_t n, const double *x, const double *digits, const double *thick, double *out)
{
    gan *m = t->m;
    cgm_graph *g = NULL;
    cgm_program *program = NULL;
    cgm_workspace *ws = NULL;
    size_t width = cgm_variable_width(t->image), features = m->parents.features;
    cgm_real *pixels = calloc(n * width, sizeof *pixels), *pa = calloc(n * features, sizeof *pa);
    for (size_t i = 0; i < n * width; i++) pixels[i] = (cgm_real)x[i];
    for (size_t i = 0; i < n; i++)
        cgm_network_parents_fill(&m->parents, (const double[]){digits[i], thick[i]}, pa + i * features);
    REQUIRE_OK(cgm_graph_create(&g));
    cgm_node in = cgm_input(g, "x", CGM_SHAPE((int64_t)n, 1, t->image->height, t->image->width)),
             known = cgm_input(g, "pa", CGM_SHAPE((int64_t)n, (int64_t)features)),
             scaled = cgm_affine(g, in, 1 / 127.5, -1);
    cgm_node z = {0};
    if (m->networks.encodes) z = cgm_gan_encode(&m->networks, g, scaled, known, CGM_MODE_EVAL);
    cgm_node score = cgm_gan_score(&m->networks, g, scaled, z, known, CGM_MODE_EVAL);
    REQUIRE_OK(cgm_program_compile(g, 1, &score, NULL, &program));
    REQUIRE_OK(cgm_workspace_create(program, &ws));
    cgm_params_bind(m->networks.generator, g, ws, cgm_params_ema(m->networks.generator));
    cgm_params_bind(m->networks.critic, g, ws, cgm_params_ema(m->networks.critic));
    cgm_workspace_bind(ws, in, pixels);
    cgm_workspace_bind(ws, known, pa);
    REQUIRE_OK(cgm_program_run(program, ws));
    for (size_t i = 0; i < n; i++) out[i] = (double)cgm_workspace_get(ws, score)[i];
    cgm_workspace_destroy(ws);
    cgm_program_destroy(program);
    cgm_graph_destroy(g);
    free(pixels);
    free(pa);
}

static void scores(void)
{
    static const char *const options[] = {"{" TINY ", loss: wasserstein}", "{" TINY ", encoder: adversarial}"};
    enum { ROWS = 70 }; /* more than run at a time */
    static double x[ROWS * 1024];
    double digits[ROWS], thick[ROWS], score[ROWS], alone[ROWS], again[ROWS], spread = 0;
    size_t row[ROWS];
    for (size_t i = 0; i < ROWS; i++) row[i] = i;
    for (int k = 0; k < 2; k++) {
        trainee t;
        trainee_begin(options[k], 1, &t);
        train(&t);
        cgm_mechanism *m = &t.m->base;
        size_t width = cgm_variable_width(t.image);
        REQUIRE_OK(cgm_dataset_read(t.data, "image", ROWS, row, x));
        REQUIRE_OK(cgm_dataset_read(t.data, "digit", ROWS, row, digits));
        REQUIRE_OK(cgm_dataset_read(t.data, "thickness", ROWS, row, thick));
        cgm_values parent[] = {{ROWS, 1, digits}, {ROWS, 1, thick}}, value = {ROWS, width, x};
        REQUIRE_OK(m->methods->score(m, parent, &value, 1, score));
        REQUIRE_OK(m->methods->score(m, parent, &value, 2, again));
        CU_ASSERT(memcmp(score, again, sizeof score) == 0);
        score_alone(&t, ROWS, x, digits, thick, alone);
        for (size_t i = 0; i < ROWS; i++) {
            CHECK_NEAR(score[i], alone[i], GAME_TOLERANCE * fmax(1, fabs(alone[i])));
            spread = fmax(spread, fabs(score[i] - score[0]));
        }
        CU_ASSERT(spread > 0);
        trainee_end(&t);
    }
}

/* ---- What is refused ---- */

static void refusals(void)
{
    static const struct {
        const char *options, *message;
        size_t n_parents;
        int side;
    } bad[] = {
        {"{loss: wasserstein, critic_norm: batch}", "depend on the others of its batch", 2, 32},
        {"{penalty: two_sided, clip_weights: 0.1}", "clip_weights: the critic's gradient is penalised already", 2, 32},
        {"{finetune: {epochs: 3}}", "finetune: there is no encoder", 2, 32},
        {"{encoder: adversarial, finetune: 3}", "finetune: expected a map", 2, 32},
        {"{encoder: adversarial, finetune: {image: 0, latent: 0}}", "image and latent are both 0", 2, 32},
        {"{encoder: adversarial, finetune: {epoch: 3}}", "did you mean", 2, 32},
        {"{cycle_weight: 3}", "cycle_weight: there is no encoder", 2, 32},
        {"{penalty_weight: 3}", "penalty_weight: there is no penalty", 2, 32},
        {"{loss: hinge, label_smoothing: 0.1}", "loss hinge has no targets", 2, 32},
        {"{critic_condition: projection}", "critic_condition: the variable has no parents", 0, 32},
        {"{generator_condition: concat}", "generator_condition: the variable has no parents", 0, 32},
        {"{network: mlp, generator_condition: batch_norm}", "wants layers that are normalised", 2, 32},
        {"{network: mlp, critic_norm: instance}", "of which the layers of network mlp have none", 2, 32},
        {"{}", "the image is 28 x 28; 3 widths that each halve it need sides that are multiples of 8", 2, 28},
        {"{widths: []}", "widths: 0 layers", 2, 32},
        {"{widths: [8, 0]}", "'0' is not a whole number", 2, 32},
        {"{loss: wasserstien}", "did you mean \"wasserstein\"", 2, 32},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cgm_variable image = image_of(1, bad[i].side);
        gan *m = NULL;
        CHECK_FAILS(try_create(&image, bad[i].n_parents, bad[i].options, &m), CGM_E_CONFIG, bad[i].message);
        destroy(m);
    }
    trainee t;
    trainee_begin("{" TINY "}", 1, &t);
    t.opts.patience = 3;
    CHECK_FAILS(cgm_gan_fit_begin(&t.m->base, &t.fit, &t.report), CGM_E_ARG, "train.patience has nothing to judge by");
    t.opts.patience = 0;
    t.opts.schedule = cgm_schedule_usual(CGM_SCHEDULE_PLATEAU);
    CHECK_FAILS(cgm_gan_fit_begin(&t.m->base, &t.fit, &t.report), CGM_E_ARG, "a plateau schedule has nothing to judge");
    trainee_end(&t);
}

static const test_case cases[] = {
    {"ten steps of each loss", ten_steps_of_each_loss},
    {"training counts and reports", training_counts_and_reports},
    {"any number of threads", any_number_of_threads},
    {"accumulation", accumulation},
    {"clipped weights", clipped_weights},
    {"resuming", resuming},
    {"NaN in the critic", nan_in_the_critic},
    {"statistics of the average", statistics_of_the_average},
    {"samples", samples},
    {"abduction", abduction},
    {"finetuning", finetuning},
    {"finetuning images", finetuning_images},
    {"cut short", cut_short},
    {"scores", scores},
    {"refusals", refusals},
};
TEST_MAIN("gan", cases)
