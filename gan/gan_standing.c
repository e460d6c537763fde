#include "data/batches.h"
#include "gan/gan.h"

#define RUNS 128 /* of NETWORK_ROWS samples */

/* Both networks, as in training. */
static void build(const void *model, int part, cgm_graph *g, network_part_nodes *nodes)
{
    const gan *m = model;
    const cgm_variable *v = m->variable;
    (void)part;
    nodes->in[0] = cgm_batch_input(g, "z", CGM_SHAPE(NETWORK_ROWS, m->options.latent));
    nodes->in[1] = cgm_gan_parents_input(m, g, NETWORK_ROWS);
    gan_causes causes = {.z = nodes->in[0], .pa = nodes->in[1]};
    cgm_gan_generate(&m->networks, g, &causes, CGM_MODE_TRAIN);
    if (!m->networks.encodes) return;
    cgm_shape shape =
        m->scale.n ? CGM_SHAPE(NETWORK_ROWS, v->width) : CGM_SHAPE(NETWORK_ROWS, v->channels, v->height, v->width);
    nodes->in[2] = cgm_batch_input(g, "x", shape);
    cgm_gan_encode(&m->networks, g, cgm_gan_to_network(m, g, nodes->in[2]), nodes->in[1], CGM_MODE_TRAIN);
}

cgm_status cgm_gan_standing_begin(gan *m, const cgm_fit *fit)
{
    m->standing.rng = cgm_rng_split(&fit->rng, "standing");
    m->standing.data = fit->data;
    m->standing.threads = fit->threads;
    m->standing.augmentation = fit->train->augment;
    return cgm_network_standing_begin(&m->standing.network, fit->threads, m->networks.generator, build, m, 0);
}

size_t cgm_gan_standing_bytes(const gan *m)
{
    return cgm_network_standing_bytes(&m->standing.network);
}

/* z from the prior, the rest from training rows at random. */
static cgm_status fill(void *context, uint64_t run, cgm_real *const in[NETWORK_PART_INPUTS])
{
    gan *m = context;
    const gan_standing *s = &m->standing;
    size_t rows[NETWORK_ROWS];
    network_rows from = {.data = s->data,
                         .image = m->variable->name,
                         .parents = &m->parents,
                         .augmentation = &s->augmentation,
                         .threads = s->threads};
    cgm_rng rng = cgm_rng_split_index(&s->rng, run), noise = cgm_rng_split(&rng, "z");
    cgm_dataset_split(s->data, CGM_TRAIN, &from.first, &from.n);
    cgm_rng_fill_normal(&noise, (size_t)(NETWORK_ROWS * m->options.latent), in[0]);
    cgm_network_standing_draw(&from, &rng, rows, m->scale.n ? NULL : in[2], in[1]);
    if (in[2] && m->scale.n) return cgm_network_scale_fill_rows(&m->scale, s->data, NETWORK_ROWS, rows, in[2]);
    return CGM_OK;
}

/* Where a run fails there is nobody to tell: the statistics are then those of the runs before it. */
void cgm_gan_standing_run(gan *m)
{
    if (cgm_network_standing_run(&m->standing.network, RUNS, fill, m) != CGM_OK) return;
}

void cgm_gan_standing_clear(gan *m)
{
    cgm_network_standing_clear(&m->standing.network);
    m->standing = (gan_standing){0};
}
