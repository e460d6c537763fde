#include "tests/gradcheck.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "graph/program.h"

#define MOST_CHECKED 400 /* elements of an input */

/* A compiled pair: the scalar, and its gradients with respect to the inputs. */
typedef struct probe {
    cgm_graph *g;
    cgm_program *program;
    cgm_workspace *ws;
    cgm_node x[GRADCHECK_MAX_INPUTS], gradient[GRADCHECK_MAX_INPUTS], scalar;
    cgm_real *value[GRADCHECK_MAX_INPUTS];
    cgm_real *weight[1 + GRADCHECK_MAX_INPUTS];
} probe;

/* A place for each element, by turns of a random permutation. */
static void draw_apart(const gradcheck_input *in, size_t n, cgm_rng *rng, cgm_real *x)
{
    for (size_t i = 0; i < n; i++) {
        double place = ((double)i + 0.25 + 0.5 * cgm_rng_uniform(rng)) / (double)n;
        size_t j = (size_t)cgm_rng_below(rng, i + 1);
        x[i] = x[j];
        x[j] = (cgm_real)(in->low + (in->high - in->low) * place);
    }
}

void gradcheck_draw(const gradcheck_input *in, cgm_rng *rng, cgm_real *x)
{
    size_t n = (size_t)cgm_shape_size(in->shape);
    if (in->apart) {
        draw_apart(in, n, rng, x);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        double u;
        do u = in->low + (in->high - in->low) * cgm_rng_uniform(rng);
        while (fabs(u - in->kink) < in->margin);
        x[i] = (cgm_real)(in->index ? floor(u) : u);
    }
}

static cgm_real *draw(const gradcheck_input *in, cgm_rng *rng)
{
    cgm_real *x = calloc((size_t)cgm_shape_size(in->shape), sizeof *x);
    if (x) gradcheck_draw(in, rng, x);
    return x;
}

/* <w, y> with high-entropy weights w, a new input each. */
static cgm_node weigh(probe *p, size_t slot, cgm_node y, cgm_rng *rng)
{
    gradcheck_input in = {.shape = cgm_node_shape(p->g, y), .low = -1.3, .high = 1.7};
    char name[16];
    snprintf(name, sizeof name, "w%zu", slot);
    p->weight[slot] = draw(&in, rng);
    cgm_node w = cgm_input(p->g, name, in.shape);
    return cgm_sum_all(p->g, cgm_mul(p->g, w, y));
}

static void bind_weight(probe *p, size_t slot, uint32_t id)
{
    if (p->weight[slot]) cgm_workspace_bind(p->ws, (cgm_node){id}, p->weight[slot]);
}

static cgm_status build(probe *p, const gradcheck_case *c, int order)
{
    cgm_rng rng = cgm_rng_create(11);
    uint32_t weight_id[1 + GRADCHECK_MAX_INPUTS] = {0};
    CGM_TRY(cgm_graph_create(&p->g));
    for (size_t i = 0; i < c->n; i++) {
        char name[24];
        snprintf(name, sizeof name, "x%zu", i);
        p->x[i] = cgm_input(p->g, name, c->in[i].shape);
        p->value[i] = draw(&c->in[i], &rng);
    }
    cgm_node y = c->build(p->g, p->x);
    if (c->bend) y = cgm_add(p->g, y, cgm_affine(p->g, cgm_square(p->g, y), 0.5, 0));
    weight_id[0] = (uint32_t)cgm_graph_size(p->g) + 1;
    p->scalar = weigh(p, 0, y, &rng);
    CGM_TRY(cgm_graph_gradients(p->g, p->scalar, c->n, p->x, p->gradient));
    if (order == 2) {
        cgm_node sum = cgm_constant(p->g, 0, CGM_SCALAR);
        for (size_t i = 0; i < c->n; i++) {
            weight_id[1 + i] = (uint32_t)cgm_graph_size(p->g) + 1;
            sum = cgm_add(p->g, sum, weigh(p, 1 + i, p->gradient[i], &rng));
        }
        p->scalar = sum;
        CGM_TRY(cgm_graph_gradients(p->g, p->scalar, c->n, p->x, p->gradient));
    }
    cgm_node outputs[1 + GRADCHECK_MAX_INPUTS] = {p->scalar};
    for (size_t i = 0; i < c->n; i++) outputs[1 + i] = p->gradient[i];
    CGM_TRY(cgm_program_compile(p->g, 1 + c->n, outputs, NULL, &p->program));
    CGM_TRY(cgm_workspace_create(p->program, &p->ws));
    for (size_t i = 0; i < c->n; i++) cgm_workspace_bind(p->ws, p->x[i], p->value[i]);
    for (size_t i = 0; i <= c->n; i++)
        if (weight_id[i]) bind_weight(p, i, weight_id[i]);
    return cgm_program_run(p->program, p->ws);
}

static void destroy(probe *p)
{
    cgm_workspace_destroy(p->ws);
    cgm_program_destroy(p->program);
    cgm_graph_destroy(p->g);
    for (size_t i = 0; i < GRADCHECK_MAX_INPUTS; i++) free(p->value[i]);
    for (size_t i = 0; i < 1 + GRADCHECK_MAX_INPUTS; i++) free(p->weight[i]);
}

static double scalar_at(probe *p, size_t input, size_t element, double shift)
{
    cgm_real *x = &p->value[input][element], kept = *x;
    *x = (cgm_real)(kept + shift);
    double y = cgm_program_run(p->program, p->ws) == CGM_OK ? (double)cgm_workspace_get(p->ws, p->scalar)[0] : NAN;
    *x = kept;
    return y;
}

/* The four-point central difference, of fourth order in the step. */
static double numeric(probe *p, size_t input, size_t element)
{
    double h = 1e-3;
    return (8 * (scalar_at(p, input, element, h) - scalar_at(p, input, element, -h)) -
            (scalar_at(p, input, element, 2 * h) - scalar_at(p, input, element, -2 * h))) /
           (12 * h);
}

static double faulty(double analytic, size_t input, size_t element, gradcheck_fault fault)
{
    if (fault == FAULT_SIGN) return -analytic;
    if (fault == FAULT_FACTOR) return 1.01 * analytic;
    if (input || element) return analytic; /* the other faults spoil one element alone */
    if (fault == FAULT_MISSING) return 0;
    if (fault == FAULT_NAN) return NAN;
    return analytic;
}

double gradcheck_error(const gradcheck_case *c, int order, gradcheck_fault fault)
{
    double *analytic[GRADCHECK_MAX_INPUTS] = {NULL}, worst = 0;
    probe p = {0};
    if (build(&p, c, order) != CGM_OK) {
        fprintf(stderr, "gradcheck of %s: %s\n", c->name, cgm_error_message());
        destroy(&p);
        return -1;
    }
    for (size_t i = 0; i < c->n; i++) { /* copied, as the differences run the program again */
        const cgm_real *gradient = cgm_workspace_get(p.ws, p.gradient[i]);
        size_t size = (size_t)cgm_shape_size(c->in[i].shape);
        analytic[i] = malloc(size * sizeof *analytic[i]);
        for (size_t k = 0; k < size; k++) analytic[i][k] = (double)gradient[k];
    }
    for (size_t i = 0; i < c->n; i++) {
        size_t size = (size_t)cgm_shape_size(c->in[i].shape), step = 1 + size / MOST_CHECKED;
        for (size_t k = 0; !c->in[i].index && k < size; k += step) {
            double a = faulty(analytic[i][k], i, k, fault), n = numeric(&p, i, k);
            double error = fabs(a - n) / fmax(1, fmax(fabs(a), fabs(n)));
            if (isnan(error) || error > worst) worst = error;
            if (isnan(worst)) goto done;
        }
    }
done:
    for (size_t i = 0; i < GRADCHECK_MAX_INPUTS; i++) free(analytic[i]);
    destroy(&p);
    return worst;
}

double gradcheck_adjoint_error(const gradcheck_case *c, unsigned inputs)
{
    probe p = {0};
    double worst = -1;
    if (build(&p, c, 1) == CGM_OK) {
        double y = (double)cgm_workspace_get(p.ws, p.scalar)[0], sum = 0;
        for (size_t i = 0; i < c->n; i++) {
            const cgm_real *dx = cgm_workspace_get(p.ws, p.gradient[i]);
            for (int64_t k = 0; inputs >> i & 1 && k < cgm_shape_size(c->in[i].shape); k++)
                sum += (double)p.value[i][k] * (double)dx[k];
        }
        worst = fabs(y - sum) / fmax(1, fabs(y));
    } else {
        fprintf(stderr, "adjoint of %s: %s\n", c->name, cgm_error_message());
    }
    destroy(&p);
    return worst;
}

bool gradcheck_passes(const gradcheck_case *c, int order, gradcheck_fault fault, double tolerance)
{
    double error = gradcheck_error(c, order, fault);
    return error >= 0 && error <= tolerance;
}
