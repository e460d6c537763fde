/* The parts of the model that queries run, compiled when first asked for. */
#include "vae/hvae/hvae.h"

#include <string.h>

/* A part under construction: its graph, and which of its nodes go where. */
typedef struct builder {
    const hvae *m;
    cgm_graph *g;
    cgm_node pixels, pa, smear;                  /* none where it takes none */
    cgm_node active_pa, kept[HVAE_MAX_LEVELS];   /* what the posterior sees beside the state */
    cgm_node in[HVAE_NOISES][HVAE_MAX_STAGES];   /* latents that it takes */
    cgm_node out[HVAE_OUTPUTS][HVAE_MAX_STAGES]; /* latents that it gives */
    cgm_node shift[HVAE_MAX_STAGES];             /* what z adds to the states, given or taken */
    cgm_node last[2];
} builder;

/* ---- What a part chooses as z ---- */

static cgm_node latents(builder *b, hvae_noise which, size_t stage)
{
    static const char *const name[] = {"u", "walk", "mean", "log_scale"};
    return b->in[which][stage] = cgm_batch_input(b->g, name[which], cgm_hvae_latent_shape(b->m, stage, HVAE_ROWS));
}

static cgm_node abducted(void *context, size_t stage, cgm_node state, hvae_gaussian p)
{
    builder *b = context;
    cgm_graph *g = b->g;
    cgm_node kept = b->kept[b->m->architecture.stage[stage].level];
    hvae_gaussian q = cgm_hvae_posterior(b->m, g, stage, state, kept, b->active_pa);
    cgm_node z = cgm_hvae_draw(g, q, latents(b, HVAE_U, stage));
    b->out[0][stage] = z;
    if (cgm_hvae_mixes(b->m)) {
        b->out[1][stage] = q.mean;
        b->out[2][stage] = q.log_scale;
    } else {
        b->out[1][stage] = cgm_mul(g, cgm_sub(g, z, p.mean), cgm_exp(g, cgm_neg(g, p.log_scale)));
    }
    return z;
}

static cgm_node given(void *context, size_t stage, cgm_node state, hvae_gaussian p)
{
    (void)state, (void)p;
    return latents(context, HVAE_U, stage);
}

static cgm_node sampled(void *context, size_t stage, cgm_node state, hvae_gaussian p)
{
    builder *b = context;
    (void)state;
    return b->out[0][stage] = cgm_hvae_draw(b->g, p, latents(b, HVAE_U, stage));
}

/* The walk samples the prior; beside it are the mixtures with q. */
static cgm_node mixed(void *context, size_t stage, cgm_node state, hvae_gaussian p)
{
    builder *b = context;
    cgm_graph *g = b->g;
    (void)state;
    cgm_node u = latents(b, HVAE_U, stage);
    hvae_gaussian q = {latents(b, HVAE_MEAN, stage), latents(b, HVAE_LOG_SCALE, stage)};
    b->out[0][stage] = cgm_hvae_mix(b->m, g, q, p, u);
    return b->out[1][stage] = cgm_hvae_draw(g, p, latents(b, HVAE_WALK, stage));
}

static void keep_shift(void *context, size_t stage, cgm_node shift)
{
    ((builder *)context)->shift[stage] = shift;
}

static cgm_node kept_shift(void *context, size_t stage)
{
    builder *b = context;
    return b->shift[stage] = cgm_batch_input(b->g, "shift", cgm_hvae_state_shape(b->m, stage, HVAE_ROWS));
}

/* ---- Building ---- */

static cgm_node walk(builder *b, cgm_node (*latent)(void *, size_t, cgm_node, hvae_gaussian))
{
    hvae_walk w = {.n = HVAE_ROWS, .pa = b->pa, .prior_pa = b->pa, .latent = latent, .context = b};
    if (latent == abducted && cgm_hvae_remembers(b->m)) w.keep = keep_shift;
    if (!latent) w.kept = kept_shift;
    return cgm_hvae_walk(b->m, b->g, &w);
}

static cgm_shape pixels_shape(const builder *b)
{
    const cgm_variable *v = b->m->variable;
    return CGM_SHAPE(HVAE_ROWS, v->channels, v->height, v->width);
}

static void give_pixels(builder *b, cgm_node state)
{
    image_likelihood_theta theta = cgm_hvae_pixels(b->m, b->g, state);
    b->last[0] = cgm_image_likelihood_join(b->g, &theta, pixels_shape(b));
}

static void build_abduct(builder *b)
{
    cgm_hvae_encode(b->m, b->g, b->pixels, b->kept);
    b->active_pa = cgm_hvae_activate(b->m, b->g, b->pa);
    give_pixels(b, walk(b, abducted));
}

/* Its noise inputs are those of the stochastic stages, in order, then smear if there is any. */
static void build_bound(builder *b)
{
    cgm_arena arena = {0};
    image_bound bound = {.mode = CGM_MODE_EVAL, .arena = &arena};
    size_t k = 0;
    cgm_hvae_bound(b->m, b->g, b->pixels, b->pa, &bound);
    b->last[0] = bound.nll;
    b->last[1] = bound.kl[0];
    for (size_t j = 1; j < bound.n_groups; j++) b->last[1] = cgm_add(b->g, b->last[1], bound.kl[j]);
    for (size_t i = 0; i < b->m->architecture.n_stages && k < bound.n_noise; i++)
        if (cgm_hvae_is_stochastic(b->m, i)) b->in[HVAE_U][i] = bound.noise[k++];
    if (k < bound.n_noise) b->smear = bound.noise[k];
    cgm_arena_clear(&arena);
}

static void build(builder *b, hvae_part part)
{
    int64_t features = (int64_t)b->m->parents.features;
    if (features) b->pa = cgm_batch_input(b->g, "parents", CGM_SHAPE(HVAE_ROWS, features));
    if (part == HVAE_ABDUCT || part == HVAE_BOUND) b->pixels = cgm_batch_input(b->g, "pixels", pixels_shape(b));
    if (part == HVAE_ABDUCT) build_abduct(b);
    if (part == HVAE_BOUND) build_bound(b);
    if (part == HVAE_DECODE) give_pixels(b, walk(b, given));
    if (part == HVAE_FOLLOW) give_pixels(b, walk(b, NULL));
    if (part == HVAE_PRIOR) walk(b, cgm_hvae_mixes(b->m) ? mixed : sampled);
}

/* ---- Compiling and binding ---- */

static cgm_status compile(const builder *b, hvae_part part, int threads, hvae_program *p)
{
    cgm_node output[(HVAE_OUTPUTS + 1) * HVAE_MAX_STAGES + 2];
    size_t n = 0;
    for (int k = 0; k < HVAE_OUTPUTS; k++)
        for (size_t i = 0; i < HVAE_MAX_STAGES; i++)
            if (b->out[k][i].id) output[n++] = b->out[k][i];
    p->first_shift = n;
    for (size_t i = 0; part == HVAE_ABDUCT && i < b->m->architecture.n_stages; i++)
        if (b->shift[i].id) output[n++] = b->shift[i];
    for (int k = 0; k < 2; k++)
        if (b->last[k].id) output[n++] = b->last[k];
    CGM_TRY(cgm_graph_status(b->g));
    return cgm_program_compile(b->g, n, output, &(cgm_compile_opts){.threads = threads, .bound_outputs = true},
                               &p->program);
}

static cgm_status bind_input(const builder *b, hvae_program *p, cgm_node x, cgm_real **data)
{
    if (!x.id) return CGM_OK;
    *data = cgm_alloc_aligned((size_t)cgm_shape_size(cgm_node_shape(b->g, x)) * sizeof **data);
    if (!*data) return CGM_E_MEMORY;
    cgm_workspace_bind(p->ws, x, *data);
    return CGM_OK;
}

/* Room for all latents of HVAE_ROWS rows, in which those of one stage begin at `first`. */
static cgm_status make_latents(const hvae *m, const cgm_node *stage, cgm_real **data)
{
    bool any = false;
    for (size_t i = 0; i < m->architecture.n_stages; i++) any = any || stage[i].id;
    if (!any) return CGM_OK;
    *data = cgm_alloc_aligned(HVAE_ROWS * m->n_latents * sizeof **data);
    return *data ? CGM_OK : CGM_E_MEMORY;
}

/* FOLLOW's come from the memo; ABDUCT's go there, or where there is no room in it to an array of its own. */
static cgm_status bind_shifts(const builder *b, hvae_part part, hvae_program *p, size_t *output)
{
    const hvae *m = b->m;
    if (part == HVAE_FOLLOW) memcpy(p->shifts, b->shift, sizeof p->shifts);
    if (part != HVAE_ABDUCT || !b->shift[0].id) return CGM_OK;
    p->shift = cgm_alloc_aligned(HVAE_ROWS * m->n_shifts * sizeof *p->shift);
    if (!p->shift) return CGM_E_MEMORY;
    *output += m->architecture.n_stages;
    cgm_hvae_give_to(m, p, &(hvae_memo_block){.z = p->out[0], .shift = p->shift});
    return CGM_OK;
}

void cgm_hvae_give_to(const hvae *m, hvae_program *p, const hvae_memo_block *block)
{
    for (size_t i = 0, z = 0; i < m->architecture.n_stages; i++) {
        if (cgm_hvae_is_stochastic(m, i)) cgm_workspace_bind_output(p->ws, z++, block->z + HVAE_ROWS * m->first[i]);
        cgm_workspace_bind_output(p->ws, p->first_shift + i, block->shift + HVAE_ROWS * m->first_shift[i]);
    }
}

void cgm_hvae_take_from(const hvae *m, hvae_program *p, const hvae_memo_block *block)
{
    for (size_t i = 0; i < m->architecture.n_stages; i++)
        cgm_workspace_bind(p->ws, p->shifts[i], block->shift + HVAE_ROWS * m->first_shift[i]);
}

static cgm_status bind(const builder *b, hvae_part part, hvae_program *p)
{
    const hvae *m = b->m;
    size_t output = 0;
    CGM_TRY(bind_input(b, p, b->pixels, &p->pixels));
    CGM_TRY(bind_input(b, p, b->pa, &p->parents));
    CGM_TRY(bind_input(b, p, b->smear, &p->smear));
    for (int k = 0; k < HVAE_NOISES; k++) {
        CGM_TRY(make_latents(m, b->in[k], &p->in[k]));
        for (size_t i = 0; i < m->architecture.n_stages; i++)
            if (b->in[k][i].id) cgm_workspace_bind(p->ws, b->in[k][i], p->in[k] + HVAE_ROWS * m->first[i]);
    }
    for (int k = 0; k < HVAE_OUTPUTS; k++) {
        CGM_TRY(make_latents(m, b->out[k], &p->out[k]));
        for (size_t i = 0; i < m->architecture.n_stages; i++)
            if (b->out[k][i].id) cgm_workspace_bind_output(p->ws, output++, p->out[k] + HVAE_ROWS * m->first[i]);
    }
    CGM_TRY(bind_shifts(b, part, p, &output));
    for (int k = 0; k < 2; k++) {
        if (!b->last[k].id) continue;
        p->last[k] = cgm_alloc_aligned((size_t)cgm_shape_size(cgm_node_shape(b->g, b->last[k])) * sizeof *p->last[k]);
        if (!p->last[k]) return CGM_E_MEMORY;
        cgm_workspace_bind_output(p->ws, output++, p->last[k]);
    }
    return CGM_OK;
}

static void program_clear(hvae_program *p)
{
    cgm_workspace_destroy(p->ws);
    cgm_program_destroy(p->program);
    cgm_free_aligned(p->pixels);
    cgm_free_aligned(p->parents);
    cgm_free_aligned(p->smear);
    cgm_free_aligned(p->shift);
    for (int k = 0; k < HVAE_NOISES; k++) cgm_free_aligned(p->in[k]);
    for (int k = 0; k < HVAE_OUTPUTS; k++) cgm_free_aligned(p->out[k]);
    for (int k = 0; k < 2; k++) cgm_free_aligned(p->last[k]);
    *p = (hvae_program){0};
}

void cgm_hvae_programs_clear(hvae *m)
{
    for (int part = 0; part < HVAE_PARTS; part++) program_clear(&m->part[part]);
    cgm_hvae_memo_clear(m);
}

static cgm_status program_create(const hvae *m, hvae_part part, int threads, hvae_program *p)
{
    cgm_status status = CGM_OK;
    builder b = {.m = m};
    p->threads = threads;
    CGM_TRY(cgm_graph_create(&b.g));
    build(&b, part);
    CGM_TRY_GOTO(compile(&b, part, threads, p), done);
    CGM_TRY_GOTO(cgm_workspace_create(p->program, &p->ws), done);
    cgm_params_bind(m->params, b.g, p->ws, cgm_params_ema(m->params));
    CGM_TRY_GOTO(bind(&b, part, p), done);
done:
    cgm_graph_destroy(b.g);
    if (status != CGM_OK) program_clear(p);
    return status;
}

cgm_status cgm_hvae_program_get(hvae *m, hvae_part part, int threads, hvae_program **out)
{
    hvae_program *p = &m->part[part];
    if (p->program && p->threads != threads) program_clear(p);
    if (!p->program) CGM_TRY(program_create(m, part, threads, p));
    *out = p;
    return CGM_OK;
}
