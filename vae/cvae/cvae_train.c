/* Training: maximises the evidence lower bound by AdamW on shuffled batches. */
#include "data/batches.h"
#include "vae/cvae/cvae.h"

#include <stdio.h>
#include <stdlib.h>

struct cvae_training {
    cgm_batches *batches;
    cgm_program *program;
    cgm_workspace *ws;
    size_t batch;
    cgm_real *x, *pa, *eps, beta;
    cgm_real nll, kl; /* sums over the batch, nats */
    cgm_rng noise;
    cgm_optimizer_opts opts;
    cgm_optimizer_state optimizer;
    uint64_t step, per_epoch, total; /* steps */
};

static void training_destroy(cvae_training *t)
{
    if (!t) return;
    cgm_batches_destroy(t->batches);
    cgm_workspace_destroy(t->ws);
    cgm_program_destroy(t->program);
    cgm_free_aligned(t->x);
    cgm_free_aligned(t->pa);
    cgm_free_aligned(t->eps);
    free(t);
}

/* Outputs 0 and 1 are the sums of nll and KL over the batch; the gradients of (nll + beta KL) / batch follow. */
static cgm_status build(cvae *m, cvae_training *t, cgm_graph *g, int threads)
{
    const cgm_variable *v = m->variable;
    int64_t n = (int64_t)t->batch;
    size_t n_params = cgm_params_count(m->params);
    cgm_node x = cgm_input(g, "pixels", CGM_SHAPE(n, v->channels, v->height, v->width));
    cgm_node pa = m->features ? cgm_input(g, "parents", CGM_SHAPE(n, (int64_t)m->features)) : (cgm_node){0};
    cgm_node eps = cgm_input(g, "eps", CGM_SHAPE(n, m->options.latent)), beta = cgm_input(g, "beta", CGM_SCALAR);
    cvae_bound bound = cgm_cvae_elbo(m, g, x, pa, eps);
    cgm_node nll = cgm_sum_all(g, bound.nll), kl = cgm_sum_all(g, bound.kl);
    cgm_node loss = cgm_affine(g, cgm_add(g, nll, cgm_mul(g, beta, kl)), 1 / (double)n, 0);
    cgm_node *outputs = calloc(2 + n_params, sizeof *outputs);
    cgm_status status = CGM_OK;
    if (!outputs) return CGM_FAIL(CGM_E_MEMORY, "out of memory for training");
    outputs[0] = nll;
    outputs[1] = kl;
    CGM_TRY_GOTO(cgm_params_gradients(m->params, g, loss, outputs + 2), done);
    cgm_compile_opts opts = {.threads = threads, .bound_outputs = true};
    CGM_TRY_GOTO(cgm_program_compile(g, 2 + n_params, outputs, &opts, &t->program), done);
    CGM_TRY_GOTO(cgm_workspace_create(t->program, &t->ws), done);
    cgm_params_bind(m->params, g, t->ws, cgm_params_values(m->params));
    cgm_params_bind_gradients(m->params, t->ws, 2);
    cgm_workspace_bind(t->ws, x, t->x);
    if (pa.id) cgm_workspace_bind(t->ws, pa, t->pa);
    cgm_workspace_bind(t->ws, eps, t->eps);
    cgm_workspace_bind(t->ws, beta, &t->beta);
    cgm_workspace_bind_output(t->ws, 0, &t->nll);
    cgm_workspace_bind_output(t->ws, 1, &t->kl);
done:
    free(outputs);
    return status;
}

static cgm_status allocate(const cvae *m, cvae_training *t)
{
    size_t pixels = cgm_variable_width(m->variable);
    t->x = cgm_alloc_aligned(t->batch * pixels * sizeof(cgm_real));
    t->pa = cgm_alloc_aligned((t->batch * m->features + 1) * sizeof(cgm_real));
    t->eps = cgm_alloc_aligned(t->batch * (size_t)m->options.latent * sizeof(cgm_real));
    return t->x && t->pa && t->eps ? CGM_OK : CGM_E_MEMORY;
}

static void read_opts(cvae_training *t, const cgm_train_opts *train)
{
    cgm_optimizer_defaults(&t->opts);
    t->opts.rate = train->rate;
    t->opts.weight_decay = train->weight_decay;
    t->opts.warmup = (uint64_t)train->warmup;
    t->opts.clip = train->clip;
    t->opts.ema = train->ema;
}

static size_t memory_bytes(const cvae *m, const cvae_training *t, size_t rows)
{
    size_t inputs =
        t->batch * (cgm_variable_width(m->variable) + m->features + (size_t)m->options.latent) * sizeof(cgm_real);
    return cgm_program_workspace_bytes(t->program) + cgm_params_bytes(m->params) + inputs + rows * sizeof(size_t);
}

static void fill_report(const cvae_training *t, cgm_fit_report *report)
{
    report->done = t->step * t->batch;
    report->total = t->total * t->batch;
    report->unit = "images";
    report->finished = t->step >= t->total;
    report->epoch_ended = t->step % t->per_epoch == 0;
}

cgm_status cgm_cvae_fit_begin(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    cvae *m = (cvae *)base;
    cgm_graph *g = NULL;
    cgm_status status = CGM_OK;
    size_t begin, rows;
    cgm_dataset_split(fit->data, CGM_TRAIN, &begin, &rows);
    cvae_training *t = calloc(1, sizeof *t);
    if (!t) return CGM_FAIL(CGM_E_MEMORY, "out of memory for training");
    t->batch = (size_t)fit->train->batch < rows ? (size_t)fit->train->batch : rows;
    cgm_rng start = cgm_rng_split(&fit->rng, "parameters"), order = cgm_rng_split(&fit->rng, "batches");
    t->noise = cgm_rng_split(&fit->rng, "eps");
    read_opts(t, fit->train);
    CGM_TRY_GOTO(cgm_cvae_learn_parents(m, fit->data), done);
    CGM_TRY_GOTO(cgm_cvae_initialise(m, &start), done);
    CGM_TRY_GOTO(cgm_batches_create(fit->data, t->batch, &order, &t->batches), done);
    CGM_TRY_GOTO(allocate(m, t), done);
    CGM_TRY_GOTO(cgm_graph_create(&g), done);
    CGM_TRY_GOTO(build(m, t, g, fit->threads), done);
    t->per_epoch = cgm_batches_per_epoch(t->batches);
    t->total = (uint64_t)fit->train->epochs * t->per_epoch;
    *report = (cgm_fit_report){.memory_bytes = memory_bytes(m, t, rows)};
    fill_report(t, report);
    m->training = t;
done:
    cgm_graph_destroy(g);
    if (status != CGM_OK) training_destroy(t);
    return status;
}

/* From beta_start to beta over the first beta_warmup epochs. */
static double kl_weight(const cvae_training *t, const cgm_train_opts *train)
{
    uint64_t warmup = (uint64_t)train->beta_warmup * t->per_epoch;
    if (t->step >= warmup) return train->beta;
    return train->beta_start + (train->beta - train->beta_start) * (double)(t->step + 1) / (double)warmup;
}

static void load_batch(const cvae *m, cvae_training *t, const cgm_fit *fit)
{
    const size_t *rows = cgm_batches_rows(t->batches, t->step);
    double row[CGM_MAX_PARENTS];
    cgm_batches_images(t->batches, t->step, rows, m->variable->name, (int)fit->train->crop, fit->threads, t->x);
    for (size_t k = 0; k < t->batch; k++) {
        for (size_t i = 0; i < m->n_parents; i++) row[i] = cgm_dataset_column(fit->data, m->parent[i]->name)[rows[k]];
        cgm_cvae_fill_features(m, row, t->pa + k * m->features);
    }
    cgm_rng noise = cgm_rng_split_index(&t->noise, t->step);
    cgm_rng_fill_normal(&noise, t->batch * (size_t)m->options.latent, t->eps);
    cgm_rng pixels = cgm_rng_split(&noise, "pixels");
    cgm_likelihood_dequantise(m->likelihood, &pixels, t->batch * cgm_variable_width(m->variable), t->x);
    t->beta = (cgm_real)kl_weight(t, fit->train);
}

cgm_status cgm_cvae_fit_step(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    cvae *m = (cvae *)base;
    cvae_training *t = m->training;
    load_batch(m, t, fit);
    CGM_TRY(cgm_program_run(t->program, t->ws));
    double n = (double)t->batch, nll = (double)t->nll / n, kl = (double)t->kl / n;
    CGM_TRY(cgm_optimizer_step(&t->opts, &t->optimizer, m->params, fit->threads));
    t->step++;
    fill_report(t, report);
    report->n_metrics = 5;
    report->metrics[0] = (cgm_metric){"elbo", -(nll + kl)};
    report->metrics[1] = (cgm_metric){"nll", nll};
    report->metrics[2] = (cgm_metric){"kl", kl};
    report->metrics[3] = (cgm_metric){"norm", t->optimizer.last_norm};
    report->metrics[4] = (cgm_metric){"skipped", (double)t->optimizer.skipped};
    return CGM_OK;
}

void cgm_cvae_fit_end(cgm_mechanism *base)
{
    cvae *m = (cvae *)base;
    training_destroy(m->training);
    m->training = NULL;
}

cgm_status cgm_cvae_training_state(cvae *m, cgm_state *s)
{
    cvae_training *t = m->training;
    CGM_TRY(cgm_state_add(s, CGM_U64, CGM_SCALAR, &t->step, "training/step"));
    CGM_TRY(cgm_state_add(s, CGM_U64, CGM_SCALAR, &t->optimizer.step, "training/updates"));
    CGM_TRY(cgm_state_add(s, CGM_U64, CGM_SCALAR, &t->optimizer.skipped, "training/skipped"));
    return cgm_state_add(s, CGM_U64, CGM_SCALAR, &t->optimizer.consecutive_skips, "training/consecutive_skips");
}
