/* The players' moves, and the mechanism's methods of fitting. Each player is two networks that move together. */
#include "gan/cyclegan.h"
#include "gan/losses.h"
#include "gan/watch.h"

/* ---- What both players need ---- */

static cgm_node mean_distance(cgm_graph *g, cgm_node x, cgm_node y)
{
    return cgm_gan_mean(g, cgm_abs(g, cgm_sub(g, x, y)));
}

static cgm_node images_of(const cyclegan *m, cgm_graph *g, int domain, gan_move *move)
{
    const cgm_variable *v = m->variable;
    cgm_shape shape = CGM_SHAPE(move->n, v->channels, v->height, v->width);
    cgm_node x = cgm_gan_input_of(move, g, GAN_DATA, domain, domain ? "b" : "a", shape);
    return cgm_affine(g, x, 1 / 127.5, -1);
}

/* Two batches through a network as one: instance normalisation does not let samples see one another. */
typedef struct pair {
    cgm_node first, second;
} pair;

static cgm_node join(cgm_graph *g, cgm_node first, cgm_node second)
{
    return cgm_concat(g, 2, (cgm_node[]){first, second}, 0);
}

static pair split(cgm_graph *g, cgm_node both, int64_t n)
{
    return (pair){cgm_slice(g, both, 0, 0, n), cgm_slice(g, both, 0, n, n)};
}

/* ---- The moves ---- */

static void critic_move(const cyclegan *m, cgm_graph *g, gan_move *move)
{
    const gan_loss *loss = cgm_gan_loss(GAN_LOSS_LEAST_SQUARES);
    const cgm_variable *v = m->variable;
    cgm_node sum[4]; /* loss, mean scores of real and of fake images, accuracy */
    for (int d = 0; d < GAN_DOMAINS; d++) {
        cgm_shape shape = CGM_SHAPE(move->n, v->channels, v->height, v->width);
        cgm_node x = images_of(m, g, d, move);
        cgm_node made = cgm_gan_input_of(move, g, GAN_MADE, d, d ? "made_b" : "made_a", shape);
        pair score = split(g, cgm_gan_patches(&m->networks, g, d, join(g, x, made)), move->n);
        cgm_node part[] = {
            cgm_add(g, cgm_gan_mean(g, loss->real(g, score.first, 0)), cgm_gan_mean(g, loss->fake(g, score.second))),
            cgm_gan_mean(g, score.first), cgm_gan_mean(g, score.second),
            cgm_gan_accuracy(g, loss, score.first, score.second)};
        for (int i = 0; i < 4; i++) sum[i] = d ? cgm_add(g, sum[i], part[i]) : part[i];
    }
    move->loss = sum[0];
    cgm_gan_metric(move, "real", cgm_affine(g, sum[1], 0.5, 0));
    cgm_gan_metric(move, "fake", cgm_affine(g, sum[2], 0.5, 0));
    cgm_gan_metric(move, "accuracy", cgm_affine(g, sum[3], 0.5, 0));
}

/* What the generator to a domain makes of the other's images, and of the domain's own where that is asked for. */
static pair made_of(const cyclegan *m, cgm_graph *g, int to, const cgm_node *x, int64_t n)
{
    const gan_translators *networks = &m->networks;
    if (!(m->options.identity > 0)) return (pair){.first = cgm_gan_translate(networks, g, to, x[!to])};
    return split(g, cgm_gan_translate(networks, g, to, join(g, x[!to], x[to])), n);
}

/* Section 3.3, eq. 3, and 5.2 (identity). Each term is of both directions; metrics are mean grey levels. */
static void generator_move(const cyclegan *m, cgm_graph *g, gan_move *move)
{
    const gan_loss *loss = cgm_gan_loss(GAN_LOSS_LEAST_SQUARES);
    const cyclegan_options *o = &m->options;
    cgm_node x[GAN_DOMAINS], fooled[GAN_DOMAINS], cycle[GAN_DOMAINS], same[GAN_DOMAINS];
    pair made[GAN_DOMAINS];
    for (int d = 0; d < GAN_DOMAINS; d++) x[d] = images_of(m, g, d, move);
    for (int d = 0; d < GAN_DOMAINS; d++) made[d] = made_of(m, g, d, x, move->n);
    for (int d = 0; d < GAN_DOMAINS; d++) {
        move->made[d] = made[d].first;
        fooled[d] = cgm_gan_mean(g, loss->generator(g, cgm_gan_patches(&m->networks, g, d, made[d].first)));
        cycle[d] = mean_distance(g, cgm_gan_translate(&m->networks, g, d, made[!d].first), x[d]);
        if (o->identity > 0) same[d] = mean_distance(g, made[d].second, x[d]);
    }
    cgm_node adversarial = cgm_add(g, fooled[0], fooled[1]), there_and_back = cgm_add(g, cycle[0], cycle[1]);
    move->loss = cgm_add(g, adversarial, cgm_affine(g, there_and_back, o->cycle, 0));
    cgm_gan_metric(move, "adversarial", adversarial);
    cgm_gan_metric(move, "cycle", cgm_affine(g, there_and_back, 127.5 / 2, 0));
    cgm_node saturated[] = {cgm_gan_saturated(g, made[0].first), cgm_gan_saturated(g, made[1].first)};
    cgm_gan_metric(move, "saturated", cgm_affine(g, cgm_add(g, saturated[0], saturated[1]), 0.5, 0));
    if (!(o->identity > 0)) return;
    cgm_node unchanged = cgm_add(g, same[0], same[1]);
    move->loss = cgm_add(g, move->loss, cgm_affine(g, unchanged, o->identity, 0));
    cgm_gan_metric(move, "identity", cgm_affine(g, unchanged, 127.5 / 2, 0));
}

void cgm_cyclegan_move(const void *context, gan_player player, cgm_graph *g, gan_move *out)
{
    if (player == GAN_CRITIC)
        critic_move(context, g, out);
    else
        generator_move(context, g, out);
}

/* ---- Fitting ---- */

/* Zhu et al. 2017, section 4, "Training details". */
static cgm_train_defaults usual_training(void)
{
    cgm_train_defaults usual = {.rate = 2e-4, .batch = 1, .rule = cgm_optimizer_usual(CGM_OPTIMIZER_ADAM)};
    usual.rule.beta1 = 0.5;
    usual.schedule = cgm_schedule_usual(CGM_SCHEDULE_POLYNOMIAL);
    usual.schedule.hold = 0.5;
    return usual;
}

cgm_status cgm_cyclegan_fit_begin(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    cyclegan *m = (cyclegan *)base;
    gan_model model = {.variable = m->variable,
                       .parents = &m->parents,
                       .params = {[GAN_CRITIC] = m->networks.critics, [GAN_GENERATOR] = m->networks.generators},
                       .move = cgm_cyclegan_move,
                       .context = m,
                       .domain = m->domain,
                       .buffer = (size_t)m->options.buffer,
                       .critic_steps = 1,
                       .rate_factor = {1, 1},
                       .advice = {.critic_won = "a lower train.rate, a smaller critic_width, or a larger buffer",
                                  .saturated = "a lower train.rate, or a larger cycle weight"},
                       .defaults = usual_training()};
    return cgm_gan_training_begin(&model, fit, report, &m->training);
}

cgm_status cgm_cyclegan_fit_step(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    return cgm_gan_training_step(((cyclegan *)base)->training, fit, report);
}

void cgm_cyclegan_fit_end(cgm_mechanism *base)
{
    cyclegan *m = (cyclegan *)base;
    cgm_gan_training_end(m->training);
    m->training = NULL;
}
