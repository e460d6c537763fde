/* Likelihood weighting: particles in topological order, seen variables abducted and weighed, the others drawn. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scm/hidden.h"
#include "scm/queries/unit_priv.h"

static void parents_of(const cgm_scm *scm, const cgm_world *world, const scm_variable *x, cgm_values *parents)
{
    for (size_t k = 0; k < x->n_parents; k++) parents[k] = world->value[cgm_scm_node_of(scm, x->parents[k])];
}

static void copy_row(const cgm_values *values, size_t from, size_t to)
{
    memcpy(values->data + to * values->width, values->data + from * values->width, values->width * sizeof(double));
}

/* A particle that cannot give the evidence has no noise that could be abducted: it becomes a copy of one that can, and
 * keeps its weight of nothing. Nodes before `end` are there. */
static cgm_status bury(cgm_world *world, size_t end, const double *log_weight, const char *name)
{
    size_t live = 0;
    while (live < world->n && !(log_weight[live] > -INFINITY)) live++;
    if (live == world->n)
        return CGM_FAIL(CGM_E_ARG, "the evidence contradicts the model: none of %zu draws can give that of '%s'",
                        world->n, name);
    for (size_t i = 0; i < world->n; i++)
        for (size_t node = 0; node < end && !(log_weight[i] > -INFINITY); node++) {
            copy_row(&world->value[node], live, i);
            copy_row(&world->noise[node], live, i);
        }
    return CGM_OK;
}

/* Sets a seen variable in every particle, abducts its noise and adds log p(value | parents) to the weights. */
static cgm_status observe(const unit_question *q, size_t v, cgm_world *world, double *log_p, double *log_weight)
{
    const scm_variable *x = &q->scm->variable[v];
    const cgm_mechanism_class *methods = x->mechanism->methods;
    size_t last = cgm_scm_node_of(q->scm, v);
    cgm_values parents[CGM_MAX_PARENTS], *value = &world->value[last];
    cgm_abduct_opts opts = {.temperature = 1, .threads = q->threads};
    cgm_rng stream = cgm_rng_split(&q->rng, x->variable.name), bound = cgm_rng_split(&stream, "bound");
    parents_of(q->scm, world, x, parents);
    for (size_t i = 0; i < world->n; i++) value->data[i] = q->value[v];
    if (methods->capabilities & (CGM_CAN_LOG_PROB | CGM_CAN_LOG_PROB_BOUND)) {
        CGM_TRY(methods->log_prob(x->mechanism, parents, value, &bound, log_p));
        for (size_t i = 0; i < world->n; i++) log_weight[i] += isnan(log_p[i]) ? -INFINITY : log_p[i];
        CGM_TRY(bury(world, x->first_node, log_weight, x->variable.name));
    }
    CGM_TRY(methods->abduct(x->mechanism, parents, value, &stream, &opts, &world->value[x->first_node],
                            &world->noise[x->first_node]));
    for (size_t i = 0; i < world->n; i++) {
        double mean, sd;
        if (cgm_hidden_given(q->scm, v, world, i, &mean, &sd))
            log_weight[i] += cgm_hidden_log_ratio(world->noise[last].data[i], mean, sd);
    }
    return CGM_OK;
}

/* Noise given that of the correlated variables before. */
static cgm_status draw_noise(const unit_question *q, size_t v, size_t node, cgm_world *world)
{
    double mean, sd;
    CGM_TRY(cgm_scm_sample_own_noise(q->scm, &q->rng, node, &world->noise[node]));
    for (size_t i = 0; i < world->n; i++)
        if (cgm_hidden_given(q->scm, v, world, i, &mean, &sd))
            world->noise[node].data[i] = mean + sd * world->noise[node].data[i];
    return CGM_OK;
}

static cgm_status draw(const unit_question *q, size_t v, cgm_world *world)
{
    const scm_variable *x = &q->scm->variable[v];
    cgm_values parents[CGM_MAX_PARENTS];
    parents_of(q->scm, world, x, parents);
    for (size_t j = 0; j < x->n_nodes; j++) {
        size_t node = x->first_node + j;
        CGM_TRY(draw_noise(q, v, node, world));
        CGM_TRY(x->mechanism->methods->predict(x->mechanism, j, parents, &world->value[x->first_node],
                                               &world->noise[node], q->threads, &world->value[node]));
    }
    return CGM_OK;
}

/* Log-weights become weights that add to one; the logarithm of their mean, which estimates the evidence's probability,
 * is returned. */
static double normalise(size_t n, double *weight)
{
    double top = -INFINITY, sum = 0;
    for (size_t i = 0; i < n; i++) top = fmax(top, weight[i]);
    for (size_t i = 0; i < n; i++) sum += weight[i] = exp(weight[i] - top);
    for (size_t i = 0; i < n; i++) weight[i] /= sum;
    return top + log(sum / (double)n);
}

cgm_status cgm_unit_particles(const unit_question *q, cgm_world *world, double *weight, double *log_mean)
{
    double *log_p = calloc(world->n, sizeof *log_p);
    cgm_status status = log_p ? CGM_OK : CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu particles", world->n);
    memset(weight, 0, world->n * sizeof *weight);
    for (size_t v = 0; v < q->scm->n && status == CGM_OK; v++)
        status = q->seen[v] ? observe(q, v, world, log_p, weight) : draw(q, v, world);
    free(log_p);
    CGM_TRY(status);
    world->has_noise = true;
    *log_mean = normalise(world->n, weight);
    return CGM_OK;
}
