/* The loop: who moves when, and what each move tells. */
#include "gan/training.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gan/training_priv.h"
#include "io/params_state.h"
#include "kernels/kernels.h"

static void training_destroy(gan_training *t)
{
    if (!t) return;
    for (int k = 0; k < GAN_PLAYERS; k++) cgm_free_aligned(t->seat[k].sum);
    cgm_gan_moves_clear(t);
    cgm_gan_domains_end(t);
    free(t);
}

/* ---- Beginning ---- */

/* What asks for a bound on rows held out cannot be had: a game has none. */
static cgm_status check_opts(const gan_training *t, const cgm_train_opts *train)
{
    const char *name = t->model.variable->name, *key;
    if (train->patience > 0 || train->schedule.kind == CGM_SCHEDULE_PLATEAU)
        return CGM_FAIL(CGM_E_ARG,
                        "%s: %s has nothing to judge by: the losses of an adversarial game do not tell how good it is",
                        name, train->patience > 0 ? "train.patience" : "a plateau schedule");
    if (t->model.scale) return CGM_OK;
    return cgm_augmentation_check(&t->augmentation, t->model.variable, t->model.parents->n, t->model.parents->variable,
                                  &key);
}

static void read_opts(gan_training *t, const cgm_train_opts *train, size_t rows)
{
    t->batch = cgm_train_batch(train, &t->model.defaults, rows);
    size_t most = t->batch ? rows / t->batch : 1, wanted = train->accumulate > 1 ? (size_t)train->accumulate : 1;
    t->accumulate = wanted < most ? wanted : most;
    t->augmentation = train->augment;
    for (int k = 0; k < GAN_PLAYERS; k++) {
        t->seat[k].opts = cgm_train_optimizer(train, &t->model.defaults);
        t->seat[k].opts.rate *= t->model.rate_factor[k];
        t->seat[k].opts.schedule.min_rate *= t->model.rate_factor[k];
    }
}

static cgm_status prepare_seat(gan_training *t, gan_player player, const cgm_rng *rng)
{
    static const char *const stream[] = {[GAN_CRITIC] = "critic", [GAN_GENERATOR] = "generator"};
    gan_seat *seat = &t->seat[player];
    cgm_params *params = t->model.params[player];
    cgm_rng own = cgm_rng_split(rng, stream[player]), start = cgm_rng_split(&own, "parameters");
    seat->noise = cgm_rng_split(&own, "noise");
    if (!cgm_params_values(params)) CGM_TRY(cgm_params_init(params, &start));
    seat->layout = cgm_params_layout(params);
    if (t->accumulate == 1) return CGM_OK;
    seat->sum = cgm_alloc_aligned((cgm_params_flat_size(params) + 1) * sizeof *seat->sum);
    return seat->sum ? CGM_OK : CGM_E_MEMORY;
}

static void count_steps(gan_training *t, const cgm_train_opts *train)
{
    uint64_t batches = cgm_gan_domains_epoch(t), moves = t->model.critic_steps;
    t->per_epoch = batches > moves ? batches / moves : 1;
    t->total = (uint64_t)train->epochs * batches / moves;
    if (t->total < 1) t->total = 1;
    t->seat[GAN_GENERATOR].opts.total = t->total;
    t->seat[GAN_CRITIC].opts.total = t->total * moves;
    if (t->model.growth) cgm_gan_growth_plan(t->model.growth, (double)(t->total * cgm_gan_samples(t)));
}

void cgm_gan_training_report(const gan_training *t, cgm_fit_report *report)
{
    uint64_t samples = cgm_gan_samples(t);
    report->done = t->step * samples;
    report->total = t->total * samples;
    report->unit = t->model.scale ? "rows" : "images";
    report->finished = t->step >= t->total;
    report->epoch_ended = t->step % t->per_epoch == 0;
}

cgm_status cgm_gan_training_begin(const gan_model *model, const cgm_fit *fit, cgm_fit_report *report,
                                  gan_training **out)
{
    cgm_status status = CGM_OK;
    size_t begin, rows;
    cgm_dataset_split(fit->data, CGM_TRAIN, &begin, &rows);
    gan_training *t = calloc(1, sizeof *t);
    if (!t) return CGM_FAIL(CGM_E_MEMORY, "out of memory for training");
    t->model = *model;
    t->exchanges = cgm_rng_split(&fit->rng, "exchanges");
    CGM_TRY_GOTO(cgm_gan_domains_count(t, fit), done);
    read_opts(t, fit->train, cgm_gan_domains_smallest(t));
    CGM_TRY_GOTO(check_opts(t, fit->train), done);
    CGM_TRY_GOTO(cgm_network_parents_learn(model->parents, fit->data, 0, rows), done);
    if (model->scale) CGM_TRY_GOTO(cgm_network_scale_learn(model->scale, fit->data, rows), done);
    CGM_TRY_GOTO(cgm_gan_domains_begin(t, fit), done);
    for (int k = 0; k < GAN_PLAYERS; k++) CGM_TRY_GOTO(prepare_seat(t, (gan_player)k, &fit->rng), done);
    count_steps(t, fit->train);
    cgm_gan_watch_begin(model->variable, fit->data, model->advice, &t->watch);
    *report = (cgm_fit_report){0};
    CGM_TRY_GOTO(cgm_gan_levels_compile(t, rows, fit->threads, &report->memory_bytes), done);
    cgm_gan_training_report(t, report);
    *out = t;
done:
    if (status != CGM_OK) training_destroy(t);
    return status;
}

bool cgm_gan_training_has_begun(const gan_training *t)
{
    return t->step > 0;
}

void cgm_gan_training_end(gan_training *t)
{
    training_destroy(t);
}

static cgm_status training_state(gan_training *t, cgm_state *state)
{
    static const char *const group[] = {[GAN_CRITIC] = "training/critic", [GAN_GENERATOR] = "training/generator"};
    CGM_TRY(cgm_state_add(state, CGM_U64, CGM_SCALAR, &t->step, "training/step"));
    for (int k = 0; k < GAN_PLAYERS; k++) {
        gan_seat *seat = &t->seat[k];
        CGM_TRY(cgm_state_add(state, CGM_U64, CGM_SCALAR, &seat->layout, "%s/layout", group[k]));
        CGM_TRY(cgm_state_add_optimizer(state, group[k], &seat->opts, &seat->optimizer));
        if (t->model.growth)
            CGM_TRY(cgm_state_add(state, CGM_U64, CGM_SCALAR, &seat->optimizer.restarted, "%s/restarted", group[k]));
    }
    for (int d = 0; d < GAN_DOMAINS; d++) {
        char buffer[40];
        snprintf(buffer, sizeof buffer, "training/buffer/%d", d);
        CGM_TRY(cgm_gan_image_buffer_state(&t->made[d].buffer, state, buffer));
    }
    return CGM_OK;
}

cgm_status cgm_gan_state(cgm_params *generator, cgm_params *critic, gan_training *training, cgm_state *state)
{
    cgm_params *const params[] = {generator, critic};
    cgm_rng any = cgm_rng_create(0);
    for (int k = 0; k < GAN_PLAYERS; k++) {
        if (!cgm_params_values(params[k])) CGM_TRY(cgm_params_init(params[k], &any));
        CGM_TRY(cgm_state_add_params(state, params[k], training != NULL));
    }
    return training ? training_state(training, state) : CGM_OK;
}

/* ---- A step ---- */

/* The gradient of a move is the sum over its batches, in their order; each is already divided by their number. */
static cgm_status run_batches(gan_training *t, gan_player player, uint64_t move, uint64_t batch, const cgm_fit *fit)
{
    gan_seat *seat = &t->seat[player];
    cgm_real *gradient = cgm_params_gradient(t->model.params[player]);
    size_t n = cgm_params_flat_size(t->model.params[player]);
    for (size_t part = 0; part < t->accumulate; part++) {
        CGM_TRY(cgm_gan_move_run(t, player, move, batch, part, fit));
        for (size_t i = 0; i < seat->program.n_values; i++)
            seat->seen[i] += (double)seat->program.value[i] / (double)t->accumulate;
        if (t->accumulate == 1) continue;
        if (part == 0)
            memcpy(seat->sum, gradient, n * sizeof *gradient);
        else
            cgm_accumulate(n, gradient, seat->sum, fit->threads);
    }
    if (t->accumulate > 1) memcpy(gradient, seat->sum, n * sizeof *gradient);
    return CGM_OK;
}

/* Arjovsky et al. 2017, algorithm 1, line 7. */
static void clip_weights(cgm_params *params, double bound)
{
    cgm_real *w = cgm_params_values(params), high = (cgm_real)bound;
    for (size_t begin, end = 0; cgm_params_trained(params, &begin, &end);)
        for (size_t i = begin; i < end; i++) w[i] = w[i] > high ? high : w[i] < -high ? -high : w[i];
}

static cgm_status move(gan_training *t, gan_player player, uint64_t number, uint64_t batch, const cgm_fit *fit)
{
    gan_seat *seat = &t->seat[player];
    cgm_params *params = t->model.params[player];
    CGM_TRY(run_batches(t, player, number, batch, fit));
    cgm_status status = cgm_optimizer_step(&seat->opts, &seat->optimizer, params, fit->threads);
    if (status == CGM_E_NUMERIC)
        return CGM_FAIL(CGM_E_NUMERIC, "%s: after %llu steps of the generator: %s", t->model.variable->name,
                        (unsigned long long)t->step, cgm_error_message());
    if (player == GAN_CRITIC && t->model.clip_weights > 0) clip_weights(params, t->model.clip_weights);
    return status;
}

/* Means over the player's moves of the step: the loss and its gradient's norm, then the rest. */
static void report_seat(const gan_seat *seat, double moves, cgm_fit_report *report)
{
    char norm[sizeof report->metrics[0].name];
    snprintf(norm, sizeof norm, "%s_norm", seat->program.name[0]);
    for (size_t i = 0; i < seat->program.n_values; i++) {
        cgm_fit_report_add(report, seat->program.name[i], seat->seen[i] / moves);
        if (i == 0) cgm_fit_report_add(report, norm, seat->optimizer.last_norm);
    }
}

static void report_values(const gan_training *t, cgm_fit_report *report)
{
    const gan_seat *critic = &t->seat[GAN_CRITIC], *generator = &t->seat[GAN_GENERATOR];
    report->n_metrics = 0;
    report_seat(critic, (double)t->model.critic_steps, report);
    report_seat(generator, 1, report);
    cgm_fit_report_add(report, "skipped", (double)(critic->optimizer.skipped + generator->optimizer.skipped));
    cgm_fit_report_add(report, "rate", generator->optimizer.last_rate);
    cgm_gan_levels_report(t, report);
}

static cgm_status check_layout(const gan_training *t)
{
    for (int k = 0; k < GAN_PLAYERS; k++)
        if (t->seat[k].layout != cgm_params_layout(t->model.params[k]))
            return CGM_FAIL(CGM_E_FORMAT, "the training was begun by another version of cgm, whose parameters are in "
                                          "another order: it cannot be gone on with");
    return CGM_OK;
}

static cgm_status generator_moves(gan_training *t, uint64_t batch, const cgm_fit *fit)
{
    CGM_TRY(move(t, GAN_GENERATOR, t->step, batch, fit));
    cgm_gan_made_exchange(t, t->step);
    return CGM_OK;
}

/* A generator that moves last sees the parents of the rows that the critic saw last. */
cgm_status cgm_gan_training_step(gan_training *t, const cgm_fit *fit, cgm_fit_report *report)
{
    uint64_t moves = t->model.critic_steps, first = t->step * moves;
    bool makes = cgm_gan_makes(t);
    CGM_TRY(check_layout(t));
    CGM_TRY(cgm_gan_levels_enter(t, fit->threads));
    for (int k = 0; k < GAN_PLAYERS; k++) memset(t->seat[k].seen, 0, sizeof t->seat[k].seen);
    if (makes) CGM_TRY(generator_moves(t, first, fit));
    for (uint64_t k = 0; k < moves; k++) CGM_TRY(move(t, GAN_CRITIC, first + k, first + k, fit));
    if (!makes) CGM_TRY(generator_moves(t, first + moves - 1, fit));
    t->step++;
    report_values(t, report);
    cgm_gan_training_report(t, report);
    cgm_gan_watch_step(&t->watch, t->model.variable, report, fit->sink);
    return CGM_OK;
}
