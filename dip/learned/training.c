#include "dip/learned/training.h"

#include <stdlib.h>

#include "dip/measure.h"

/* ---- Making one ---- */

static dip_learned_facts facts_of(const dip_training_opts *o)
{
    dip_learned_facts f = {.channels = o->channels, .width = o->width, .layers = o->layers, .steps = o->steps};
    if (o->steps) {
        cgm_dip_learned_describe(o->problem.task, &o->problem.op, &f);
    } else {
        f.low = o->levels[0] / 255;
        f.high = o->levels[1] / 255;
    }
    return f;
}

static cgm_real *room(dip_training *t, int64_t n)
{
    return cgm_arena_array(&t->arena, (size_t)n, sizeof(cgm_real));
}

static cgm_status prepare_denoiser(dip_training *t)
{
    int64_t all = t->opts.batch * t->numbers;
    t->seen = room(t, all);
    t->level = room(t, t->opts.batch);
    if (t->opts.noise2noise) t->other = room(t, all);
    return t->seen && t->level && (t->other || !t->opts.noise2noise) ? CGM_OK : CGM_E_MEMORY;
}

/* The problem of one patch of a batch, and its operator's norm. */
static cgm_status prepare_problem(dip_training *t, const cgm_rng *rng, int64_t b)
{
    dip_operator_opts op = t->opts.problem.op;
    dip_problem *p = &t->problem[b];
    cgm_rng own = cgm_rng_split_index(rng, (uint64_t)b);
    op.channels = t->opts.channels;
    op.height = op.width = t->opts.patch;
    cgm_status status = cgm_dip_measure_prepare(&t->opts.problem, &own, true, &t->arena, &op, p);
    if (status != CGM_OK) return cgm_fail_context(status, "patch");
    int64_t measured = cgm_shape_size(p->op.map.range);
    if (!t->scratch) t->scratch = cgm_arena_alloc(&t->arena, cgm_dip_operator_norm_bytes(&p->op));
    t->y[b] = room(t, measured);
    t->weight[b] = room(t, measured);
    if (!t->scratch || !t->y[b] || !t->weight[b]) return CGM_E_MEMORY;
    double norm = cgm_dip_operator_norm(&p->op, t->scratch, t->threads);
    t->norm[b] = norm > 0 ? norm : 1;
    for (int64_t i = 0; i < measured; i++) t->weight[b][i] = (cgm_real)p->weight[i];
    return CGM_OK;
}

static cgm_status prepare_unrolled(dip_training *t, const cgm_rng *rng)
{
    size_t batch = (size_t)t->opts.batch;
    cgm_rng operators = cgm_rng_split(rng, "operators");
    t->problem = cgm_arena_array(&t->arena, batch, sizeof *t->problem);
    t->norm = cgm_arena_array(&t->arena, batch, sizeof *t->norm);
    t->y = cgm_arena_array(&t->arena, batch, sizeof *t->y);
    t->weight = cgm_arena_array(&t->arena, batch, sizeof *t->weight);
    t->image = cgm_arena_array(&t->arena, (size_t)t->numbers, sizeof *t->image);
    if (!t->problem || !t->norm || !t->y || !t->weight || !t->image) return CGM_E_MEMORY;
    for (size_t b = 0; b < batch; b++) CGM_TRY(prepare_problem(t, &operators, (int64_t)b));
    return CGM_OK;
}

static cgm_status prepare(dip_training *t, const cgm_rng *rng)
{
    dip_learned_facts f = facts_of(&t->opts);
    cgm_rng weights = cgm_rng_split(rng, "weights");
    t->clean = room(t, t->opts.batch * t->numbers);
    if (!t->clean) return CGM_E_MEMORY;
    CGM_TRY(t->opts.steps ? prepare_unrolled(t, rng) : prepare_denoiser(t));
    CGM_TRY(cgm_dip_learned_create(&f, &weights, &t->learned));
    cgm_optimizer_defaults(&t->optimizer_opts);
    t->optimizer_opts.rule = cgm_optimizer_usual(CGM_OPTIMIZER_ADAM);
    t->optimizer_opts.weight_decay = 0;
    t->optimizer_opts.rate = t->opts.rate;
    t->optimizer_opts.schedule = cgm_schedule_usual(CGM_SCHEDULE_COSINE);
    t->optimizer_opts.total = (uint64_t)t->opts.iterations;
    return cgm_dip_training_compile(t);
}

cgm_status cgm_dip_training_create(const dip_training_opts *opts, const dip_images *images, const cgm_rng *rng,
                                   int threads, dip_training **out)
{
    dip_training *t = calloc(1, sizeof *t);
    if (!t) return CGM_FAIL(CGM_E_MEMORY, "out of memory for the training");
    t->opts = *opts;
    t->images = images;
    t->threads = threads;
    t->numbers = opts->channels * opts->patch * opts->patch;
    t->draws = cgm_rng_split(rng, "draws");
    cgm_status status = prepare(t, rng);
    if (status == CGM_OK)
        *out = t;
    else
        cgm_dip_training_destroy(t);
    return status;
}

void cgm_dip_training_destroy(dip_training *t)
{
    if (!t) return;
    cgm_workspace_destroy(t->ws);
    cgm_program_destroy(t->program);
    cgm_dip_learned_clear(&t->learned);
    for (int64_t b = 0; t->problem && b < t->opts.batch; b++) cgm_dip_problem_clear(&t->problem[b]);
    cgm_arena_clear(&t->arena);
    free(t);
}

size_t cgm_dip_training_bytes(const dip_training *t)
{
    size_t patches = (size_t)(t->opts.batch * t->numbers), reals = patches * (t->seen ? 2 : 1), doubles = 0;
    if (t->other) reals += patches;
    for (int64_t b = 0; t->problem && b < t->opts.batch; b++) {
        size_t measured = (size_t)cgm_shape_size(t->problem[b].op.map.range);
        reals += 2 * measured;
        doubles += 2 * measured;
    }
    return cgm_program_workspace_bytes(t->program) + cgm_params_bytes(t->learned.params) + reals * sizeof(cgm_real) +
           doubles * sizeof(double);
}

/* ---- Training ---- */

static void add_noise(int64_t n, const cgm_real *from, double deviation, cgm_rng *rng, cgm_real *to)
{
    for (int64_t i = 0; i < n; i++) to[i] = (cgm_real)((double)from[i] + deviation * cgm_rng_normal(rng));
}

/* Patch b of the batch, and what is seen of it. */
static void draw(dip_training *t, int64_t b)
{
    cgm_rng rng = cgm_rng_split_index(&t->draws, (uint64_t)(t->iteration * t->opts.batch + b));
    cgm_real *clean = t->clean + b * t->numbers;
    cgm_dip_images_draw(t->images, t->opts.patch, &rng, clean);
    if (t->opts.steps) {
        dip_problem *p = &t->problem[b];
        for (int64_t i = 0; i < t->numbers; i++) t->image[i] = (double)clean[i];
        cgm_dip_problem_degrade(p, t->image, t->opts.problem.sigma / 255, &rng, t->scratch, t->threads);
        for (int64_t i = 0; i < cgm_shape_size(p->op.map.range); i++) t->y[b][i] = (cgm_real)p->y[i];
        return;
    }
    const dip_learned_facts *f = &t->learned.facts;
    double level = f->low + (f->high - f->low) * cgm_rng_uniform(&rng);
    t->level[b] = (cgm_real)level;
    add_noise(t->numbers, clean, level, &rng, t->seen + b * t->numbers);
    if (t->other) add_noise(t->numbers, clean, level, &rng, t->other + b * t->numbers);
}

cgm_status cgm_dip_training_step(dip_training *t)
{
    for (int64_t b = 0; b < t->opts.batch; b++) draw(t, b);
    CGM_TRY(cgm_program_run(t->program, t->ws));
    t->iteration++;
    return cgm_optimizer_step(&t->optimizer_opts, &t->optimizer, t->learned.params, t->threads);
}
