/* The players' moves, and the mechanism's methods of fitting. */
#include "gan/gan.h"

static cgm_node score(const gan *m, cgm_graph *g, cgm_node x, cgm_node pa)
{
    return cgm_gan_score(&m->networks, g, x, pa, CGM_MODE_TRAIN);
}

/* A critic that knows the parents. */
typedef struct knowing {
    const gan *m;
    cgm_node pa;
} knowing;

static cgm_node score_knowing(const void *context, cgm_graph *g, cgm_node x)
{
    const knowing *k = context;
    return score(k->m, g, x, k->pa);
}

static cgm_node mean(cgm_graph *g, cgm_node x)
{
    double n = (double)cgm_shape_size(cgm_node_shape(g, x));
    return cgm_affine(g, cgm_sum_all(g, x), 1 / n, 0);
}

/* ---- The moves ---- */

static cgm_node parents_of(const gan *m, cgm_graph *g, gan_move *move)
{
    int64_t features = m->networks.features;
    return features ? cgm_gan_input(move, g, GAN_PARENTS, "parents", CGM_SHAPE(move->n, features)) : (cgm_node){0};
}

static cgm_node sample(const gan *m, cgm_graph *g, cgm_node pa, gan_move *move)
{
    cgm_node z = cgm_gan_input(move, g, GAN_NORMAL, "z", CGM_SHAPE(move->n, m->options.latent));
    return cgm_gan_generate(&m->networks, g, z, pa, CGM_MODE_TRAIN);
}

static cgm_node data_of(const gan *m, cgm_graph *g, gan_move *move)
{
    const cgm_variable *v = m->variable;
    if (m->scale.n) return cgm_gan_input(move, g, GAN_DATA, "x", CGM_SHAPE(move->n, v->width));
    cgm_node x = cgm_gan_input(move, g, GAN_DATA, "x", CGM_SHAPE(move->n, v->channels, v->height, v->width));
    return cgm_affine(g, x, 1 / 127.5, -1);
}

/* Real and fake samples are scored apart: with batch normalisation each have statistics of their own. */
static void critic_move(const gan *m, cgm_graph *g, gan_move *move)
{
    const gan_options *o = &m->options;
    const gan_loss *loss = cgm_gan_loss((gan_loss_kind)o->loss);
    cgm_node pa = parents_of(m, g, move), x = data_of(m, g, move), fake = cgm_stop_gradient(g, sample(m, g, pa, move));
    cgm_node of_real = score(m, g, x, pa), of_fake = score(m, g, fake, pa);
    cgm_node real_mean = mean(g, of_real), fake_mean = mean(g, of_fake);
    move->loss = cgm_add(g, mean(g, loss->real(g, of_real, o->label_smoothing)), mean(g, loss->fake(g, of_fake)));
    cgm_gan_metric(move, "real", real_mean);
    cgm_gan_metric(move, "fake", fake_mean);
    if (loss->estimates) cgm_gan_metric(move, "distance", cgm_sub(g, real_mean, fake_mean));
    if (o->penalty == GAN_PENALTY_NONE) return;
    knowing k = {m, pa};
    gan_critic critic = {score_knowing, &k};
    cgm_node e = cgm_gan_input(move, g, GAN_UNIFORM, "e", CGM_SHAPE(move->n, 1));
    cgm_node penalty = cgm_gan_penalty((gan_penalty_kind)o->penalty, g, &critic, x, fake, e);
    move->loss = cgm_add(g, move->loss, cgm_affine(g, penalty, o->penalty_weight, 0));
    cgm_gan_metric(move, "penalty", penalty);
}

static void generator_move(const gan *m, cgm_graph *g, gan_move *move)
{
    cgm_node pa = parents_of(m, g, move), fake = sample(m, g, pa, move);
    const gan_loss *loss = cgm_gan_loss((gan_loss_kind)m->options.loss);
    move->loss = mean(g, loss->generator(g, score(m, g, fake, pa)));
}

void cgm_gan_move(const void *context, gan_player player, cgm_graph *g, gan_move *out)
{
    if (player == GAN_CRITIC)
        critic_move(context, g, out);
    else
        generator_move(context, g, out);
}

/* ---- Fitting ---- */

cgm_status cgm_gan_fit_begin(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    gan *m = (gan *)base;
    gan_model model = {.variable = m->variable,
                       .parents = &m->parents,
                       .scale = m->scale.n ? &m->scale : NULL,
                       .params = {[GAN_CRITIC] = m->networks.critic, [GAN_GENERATOR] = m->networks.generator},
                       .move = cgm_gan_move,
                       .context = m,
                       .critic_steps = (uint64_t)m->options.critic_steps,
                       .rate_factor = {[GAN_CRITIC] = m->options.critic_rate, [GAN_GENERATOR] = 1},
                       .clip_weights = m->options.clip_weights,
                       .defaults = cgm_gan_usual_training(m)};
    CGM_TRY(cgm_gan_training_begin(&model, fit, report, &m->training));
    cgm_status status = cgm_gan_standing_begin(m, fit);
    report->memory_bytes += cgm_gan_standing_bytes(m);
    if (status != CGM_OK) cgm_gan_fit_end(base);
    return status;
}

cgm_status cgm_gan_fit_step(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    return cgm_gan_training_step(((gan *)base)->training, fit, report);
}

void cgm_gan_fit_end(cgm_mechanism *base)
{
    gan *m = (gan *)base;
    if (!m->training) return;
    bool trained = cgm_gan_training_has_begun(m->training);
    cgm_gan_training_end(m->training);
    m->training = NULL;
    if (trained) cgm_gan_standing_run(m);
    cgm_gan_standing_clear(m);
}
