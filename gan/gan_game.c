/* The players' moves, and the mechanism's methods of fitting. */
#include "gan/gan_tuning.h"

/* What the critic scores: samples, with an encoder each with its code, else z is no node. */
typedef struct gan_pair {
    cgm_node x, z;
} gan_pair;

static cgm_node score(const gan *m, cgm_graph *g, gan_pair pair, cgm_node pa)
{
    return cgm_gan_score(&m->networks, g, pair.x, pair.z, pa, CGM_MODE_TRAIN);
}

/* ---- The penalty, of a critic that knows the parents ---- */

typedef struct knowing {
    const gan *m;
    cgm_node pa;
    cgm_shape shape; /* of samples */
} knowing;

/* All numbers of a pair side by side: [N, numbers of x + latent]. */
static cgm_node side_by_side(cgm_graph *g, gan_pair pair)
{
    cgm_node x = cgm_flatten(g, pair.x);
    return pair.z.id ? cgm_concat(g, 2, (cgm_node[]){x, pair.z}, 1) : x;
}

static cgm_node score_side_by_side(const void *context, cgm_graph *g, cgm_node both)
{
    const knowing *k = context;
    int64_t numbers = cgm_shape_size(k->shape) / k->shape.dim[0];
    gan_pair pair = {.x = both};
    if (k->m->networks.encodes) {
        pair.x = cgm_slice(g, both, 1, 0, numbers);
        pair.z = cgm_slice(g, both, 1, numbers, k->m->options.latent);
    }
    pair.x = cgm_reshape(g, pair.x, k->shape);
    return score(k->m, g, pair, k->pa);
}

static cgm_node penalty_of(const gan *m, cgm_graph *g, gan_move *move, gan_pair real, gan_pair fake, cgm_node pa)
{
    knowing k = {m, pa, cgm_node_shape(g, real.x)};
    gan_critic critic = {score_side_by_side, &k};
    gan_penalty_kind kind = (gan_penalty_kind)m->options.penalty;
    cgm_node e = {0};
    if (kind != GAN_PENALTY_R1) e = cgm_gan_input(move, g, GAN_UNIFORM, "e", CGM_SHAPE(move->n, 1));
    return cgm_gan_penalty(kind, g, &critic, side_by_side(g, real), side_by_side(g, fake), e);
}

/* ---- The moves ---- */

static cgm_node parents_of(const gan *m, cgm_graph *g, gan_move *move)
{
    int64_t features = m->networks.features;
    return features ? cgm_gan_input(move, g, GAN_PARENTS, "parents", CGM_SHAPE(move->n, features)) : (cgm_node){0};
}

static gan_pair fake_of(const gan *m, cgm_graph *g, cgm_node pa, gan_move *move)
{
    const gan_networks *n = &m->networks;
    cgm_shape codes = CGM_SHAPE(move->n, m->options.latent);
    gan_causes causes = {.z = cgm_gan_input(move, g, GAN_NORMAL, "z", codes), .pa = pa};
    if (n->kind->maps)
        causes.maps = cgm_gan_input(move, g, GAN_NORMAL, "maps", CGM_SHAPE(move->n, n->kind->maps(n->level)));
    if (n->kind->maps && n->shape.mixing > 0) {
        causes.second = cgm_gan_input(move, g, GAN_NORMAL, "second", codes);
        causes.mixing = cgm_gan_input(move, g, GAN_UNIFORM, "mixing", CGM_SHAPE(move->n, 2));
    }
    cgm_node x = cgm_gan_generate(n, g, &causes, CGM_MODE_TRAIN);
    return (gan_pair){x, n->encodes ? causes.z : (cgm_node){0}};
}

static gan_pair real_of(const gan *m, cgm_graph *g, cgm_node pa, gan_move *move)
{
    const cgm_variable *v = m->variable;
    cgm_shape shape = m->scale.n ? CGM_SHAPE(move->n, v->width) : CGM_SHAPE(move->n, v->channels, v->height, v->width);
    gan_pair real = {.x = cgm_gan_to_network(m, g, cgm_gan_input(move, g, GAN_DATA, "x", shape))};
    real.x = cgm_gan_shrink(&m->networks, g, real.x);
    if (m->networks.encodes) real.z = cgm_gan_encode(&m->networks, g, real.x, pa, CGM_MODE_TRAIN);
    return real;
}

static gan_pair constant(cgm_graph *g, gan_pair pair)
{
    return (gan_pair){cgm_stop_gradient(g, pair.x), pair.z.id ? cgm_stop_gradient(g, pair.z) : pair.z};
}

/* Real and fake samples are scored apart: with batch normalisation each have statistics of their own. */
static void critic_move(const gan *m, cgm_graph *g, gan_move *move)
{
    const gan_options *o = &m->options;
    const gan_loss *loss = cgm_gan_loss((gan_loss_kind)o->loss);
    cgm_node pa = parents_of(m, g, move);
    gan_pair real = constant(g, real_of(m, g, pa, move)), fake = constant(g, fake_of(m, g, pa, move));
    cgm_node of_real = score(m, g, real, pa), of_fake = score(m, g, fake, pa);
    cgm_node real_mean = cgm_gan_mean(g, of_real), fake_mean = cgm_gan_mean(g, of_fake);
    move->loss = cgm_add(g, cgm_gan_mean(g, loss->real(g, of_real, o->label_smoothing)),
                         cgm_gan_mean(g, loss->fake(g, of_fake)));
    cgm_gan_metric(move, "real", real_mean);
    cgm_gan_metric(move, "fake", fake_mean);
    if (loss->estimates) cgm_gan_metric(move, "distance", cgm_sub(g, real_mean, fake_mean));
    if (o->drift > 0)
        move->loss = cgm_add(g, move->loss, cgm_affine(g, cgm_gan_mean(g, cgm_square(g, of_real)), o->drift, 0));
    if (o->penalty == GAN_PENALTY_NONE) return;
    cgm_node penalty = penalty_of(m, g, move, real, fake, pa);
    move->loss = cgm_add(g, move->loss, cgm_affine(g, penalty, o->penalty_weight, 0));
    cgm_gan_metric(move, "penalty", penalty);
}

/* The encoder is to make real pairs seem fake, and to lead back to the data, with the noise maps that abduction takes:
 * zeros. */
static void add_encoder(const gan *m, cgm_graph *g, gan_move *move, cgm_node pa, const gan_loss *loss)
{
    gan_pair real = real_of(m, g, pa, move);
    cgm_node again = cgm_gan_generate(&m->networks, g, &(gan_causes){.z = real.z, .pa = pa}, CGM_MODE_TRAIN);
    cgm_node cycle = cgm_gan_mean(g, cgm_abs(g, cgm_sub(g, again, real.x)));
    move->loss = cgm_add(g, move->loss, cgm_gan_mean(g, loss->fake(g, score(m, g, real, pa))));
    move->loss = cgm_add(g, move->loss, cgm_affine(g, cycle, m->options.cycle_weight, 0));
    cgm_gan_metric(move, "cycle", cycle);
}

static void generator_move(const gan *m, cgm_graph *g, gan_move *move)
{
    cgm_node pa = parents_of(m, g, move);
    const gan_loss *loss = cgm_gan_loss((gan_loss_kind)m->options.loss);
    move->loss = cgm_gan_mean(g, loss->generator(g, score(m, g, fake_of(m, g, pa, move), pa)));
    if (m->networks.encodes) add_encoder(m, g, move, pa, loss);
}

void cgm_gan_move(const void *context, gan_player player, cgm_graph *g, gan_move *out)
{
    gan at = *(const gan *)context; /* the level */
    if (at.networks.shape.growing) at.networks.level = out->level;
    if (at.networks.shape.growing && out->level > 0)
        at.networks.alpha = cgm_gan_input(out, g, GAN_ALPHA, "alpha", CGM_SCALAR);
    if (player == GAN_CRITIC)
        critic_move(&at, g, out);
    else
        generator_move(&at, g, out);
}

/* ---- Fitting ---- */

cgm_status cgm_gan_fit_begin(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    gan *m = (gan *)base;
    gan_model model = {.variable = m->variable,
                       .parents = &m->parents,
                       .scale = m->scale.n ? &m->scale : NULL,
                       .params = {[GAN_CRITIC] = m->networks.critic, [GAN_GENERATOR] = m->networks.generator},
                       .growth = m->networks.shape.growing ? &m->growth : NULL,
                       .move = cgm_gan_move,
                       .context = m,
                       .critic_steps = (uint64_t)m->options.critic_steps,
                       .rate_factor = {[GAN_CRITIC] = m->options.critic_rate, [GAN_GENERATOR] = 1},
                       .clip_weights = m->options.clip_weights,
                       .defaults = cgm_gan_usual_training(m)};
    CGM_TRY(cgm_gan_training_begin(&model, fit, report, &m->training));
    m->sink = fit->sink;
    cgm_status status = cgm_gan_standing_begin(m, fit);
    if (status == CGM_OK) status = cgm_gan_tuning_begin(m, fit);
    if (status != CGM_OK) {
        cgm_gan_fit_end(base);
        return status;
    }
    report->memory_bytes += cgm_gan_standing_bytes(m) + cgm_gan_tuning_bytes(m);
    cgm_gan_tuning_report(m, report);
    return CGM_OK;
}

/* The game, then the encoder alone. */
cgm_status cgm_gan_fit_step(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    gan *m = (gan *)base;
    if (cgm_gan_tuning_has_started(m)) {
        CGM_TRY(cgm_gan_tuning_step(m, fit, report));
        cgm_gan_training_report(m->training, report);
    } else {
        CGM_TRY(cgm_gan_training_step(m->training, fit, report));
        if (report->finished && m->tuning) cgm_gan_tuning_start(m);
    }
    cgm_gan_tuning_report(m, report);
    return CGM_OK;
}

/* What is left is the encoder alone. */
cgm_status cgm_gan_fit_cut(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    gan *m = (gan *)base;
    (void)fit;
    report->finished = !m->tuning;
    if (!m->tuning || cgm_gan_tuning_has_started(m)) return CGM_OK;
    cgm_gan_tuning_start(m);
    cgm_gan_training_report(m->training, report);
    cgm_gan_tuning_report(m, report);
    return CGM_OK;
}

void cgm_gan_fit_end(cgm_mechanism *base)
{
    gan *m = (gan *)base;
    if (!m->training) return;
    bool trained = cgm_gan_training_has_begun(m->training);
    cgm_gan_training_end(m->training);
    m->training = NULL;
    if (trained) cgm_gan_standing_run(m);
    if (trained) cgm_gan_say_level(m);
    cgm_gan_standing_clear(m);
    cgm_gan_tuning_end(m);
}
