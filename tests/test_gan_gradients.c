/* The gradient of a whole critic's loss with its penalty, which is one of second order, against central differences, in
 * double. Built with CGM_DOUBLE whatever the configuration, as tests/test_gradients.c is. */
#include <math.h>

#include "gan/networks/network.h"
#include "gan/penalty.h"
#include "graph/program.h"
#include "tests/harness.h"

#define TOLERANCE 1e-6 /* of the gradient's largest number */
#define N 3
#define STEP 1e-6
#define MOST 2000 /* numbers of a buffer */

static const cgm_variable image = {
    .name = "image", .type = CGM_IMAGE, .high = 255, .channels = 2, .height = 8, .width = 8};

typedef struct problem {
    gan_networks networks;
    gan_penalty_kind penalty;
    double weight; /* of the penalty */
    cgm_graph *g;
    cgm_program *program;
    cgm_workspace *ws;
    cgm_node x[2], pa, e, loss;
    cgm_real samples[2][N * 128], parents[N * 2], uniform[N];
} problem;

static cgm_node score(const void *context, cgm_graph *g, cgm_node x)
{
    const problem *p = context;
    return cgm_gan_score(&p->networks, g, x, (cgm_node){0}, p->pa, CGM_MODE_TRAIN);
}

/* The gain of a Wasserstein critic, and the penalty at points between. */
static void build(problem *p)
{
    cgm_graph *g = p->g;
    gan_critic critic = {score, p};
    p->x[0] = cgm_input(g, "real", CGM_SHAPE(N, 2, 8, 8));
    p->x[1] = cgm_input(g, "fake", CGM_SHAPE(N, 2, 8, 8));
    p->pa = cgm_input(g, "parents", CGM_SHAPE(N, 2));
    p->e = cgm_input(g, "e", CGM_SHAPE(N, 1));
    cgm_node gain = cgm_sub(g, cgm_sum_all(g, score(p, g, p->x[1])), cgm_sum_all(g, score(p, g, p->x[0])));
    cgm_node penalty = cgm_gan_penalty(p->penalty, g, &critic, p->x[0], p->x[1], p->e);
    p->loss = cgm_add(g, cgm_affine(g, gain, 1.0 / N, 0), cgm_affine(g, penalty, p->weight, 0));
}

static void begin(problem *p)
{
    cgm_node outputs[64];
    cgm_rng rng = cgm_rng_create(7);
    REQUIRE_OK(cgm_params_create(&p->networks.critic));
    REQUIRE_OK(cgm_graph_create(&p->g));
    build(p);
    size_t n = cgm_params_count(p->networks.critic);
    REQUIRE_OK(cgm_graph_status(p->g));
    CU_ASSERT_FATAL(n < 64);
    REQUIRE_OK(cgm_params_init(p->networks.critic, &rng));
    CU_ASSERT_FATAL(cgm_params_flat_size(p->networks.critic) <= MOST);
    outputs[0] = p->loss;
    REQUIRE_OK(cgm_params_gradients(p->networks.critic, p->g, p->loss, outputs + 1));
    REQUIRE_OK(cgm_program_compile(p->g, 1 + n, outputs, NULL, &p->program));
    REQUIRE_OK(cgm_workspace_create(p->program, &p->ws));
    cgm_params_bind(p->networks.critic, p->g, p->ws, cgm_params_values(p->networks.critic));
    cgm_params_bind_gradients(p->networks.critic, p->ws, 1);
    for (int k = 0; k < 2; k++) {
        cgm_rng_fill_normal(&rng, N * 128, p->samples[k]);
        cgm_workspace_bind(p->ws, p->x[k], p->samples[k]);
    }
    cgm_rng_fill_normal(&rng, N * 2, p->parents);
    cgm_rng_fill_uniform(&rng, N, p->uniform);
    cgm_workspace_bind(p->ws, p->pa, p->parents);
    cgm_workspace_bind(p->ws, p->e, p->uniform);
    /* Weights of the size that they have in use, not the small ones of the start; the gradient's norm is then near 1.
     */
    cgm_real *w = cgm_params_values(p->networks.critic);
    cgm_rng_fill_normal(&rng, cgm_params_flat_size(p->networks.critic), w);
    for (size_t i = 0; i < cgm_params_flat_size(p->networks.critic); i++) w[i] *= (cgm_real)0.2;
}

static double loss_of(problem *p)
{
    REQUIRE_OK(cgm_program_run(p->program, p->ws));
    return (double)*cgm_workspace_get(p->ws, p->loss);
}

static void end(problem *p)
{
    cgm_workspace_destroy(p->ws);
    cgm_program_destroy(p->program);
    cgm_graph_destroy(p->g);
    cgm_params_destroy(p->networks.critic);
}

/* The largest difference over all parameters between the gradient and central differences, as a share of the largest
 * number of the gradient; NaN if any is. with: the weight of the penalty in the gradient. */
static double error_of(problem *p, double with)
{
    static cgm_real analytic[MOST];
    double worst = 0, largest = 0, wanted = p->weight;
    p->weight = with;
    begin(p);
    loss_of(p);
    for (size_t i = 0; i < cgm_params_flat_size(p->networks.critic); i++)
        analytic[i] = cgm_params_gradient(p->networks.critic)[i];
    end(p);
    p->weight = wanted;
    begin(p);
    cgm_real *w = cgm_params_values(p->networks.critic);
    for (size_t first, last = 0; cgm_params_trained(p->networks.critic, &first, &last);)
        for (size_t i = first; i < last; i++) {
            const cgm_real kept = w[i];
            w[i] = kept + (cgm_real)STEP;
            double up = loss_of(p);
            w[i] = kept - (cgm_real)STEP;
            double down = loss_of(p);
            w[i] = kept;
            double error = fabs((double)analytic[i] - (up - down) / (2 * STEP));
            if (!(error <= worst)) worst = error;
            largest = fmax(largest, fabs((double)analytic[i]));
        }
    end(p);
    return worst / largest;
}

static problem of(gan_network_kind kind, gan_critic_norm norm, gan_critic_condition condition, gan_penalty_kind penalty)
{
    problem p = {.penalty = penalty, .weight = 10};
    p.networks = (gan_networks){.kind = cgm_gan_network(kind),
                                .variable = &image,
                                .shape = {.critic_norm = (int)norm, .critic_condition = (int)condition},
                                .features = 2,
                                .n_widths = 2,
                                .width = {5, 3}};
    return p;
}

static void whole_critics(void)
{
    static const gan_critic_norm norms[] = {GAN_CRITIC_PLAIN, GAN_CRITIC_INSTANCE, GAN_CRITIC_LAYER};
    for (int kind = 0; kind < GAN_NETWORK_KINDS; kind++)
        for (size_t k = 0; k < sizeof norms / sizeof *norms; k++)
            for (int condition = GAN_CRITIC_CONCAT; condition <= GAN_CRITIC_PROJECTION; condition++)
                for (int penalty = GAN_PENALTY_TWO_SIDED; penalty <= GAN_PENALTY_ONE_SIDED; penalty++) {
                    if (kind == GAN_NETWORK_MLP && norms[k] == GAN_CRITIC_INSTANCE) continue;
                    static problem p;
                    p = of((gan_network_kind)kind, norms[k], (gan_critic_condition)condition,
                           (gan_penalty_kind)penalty);
                    double error = error_of(&p, p.weight);
                    if (!(error <= TOLERANCE))
                        fprintf(stderr, "%s, norm %d, condition %d, penalty %d: error %g\n", p.networks.kind->name,
                                (int)norms[k], condition, penalty, error);
                    CU_ASSERT(error <= TOLERANCE);
                }
}

/* A gradient that lacks the penalty's is found out. */
static void a_missing_penalty_is_found(void)
{
    static problem p;
    p = of(GAN_NETWORK_DCGAN, GAN_CRITIC_PLAIN, GAN_CRITIC_CONCAT, GAN_PENALTY_TWO_SIDED);
    CU_ASSERT(error_of(&p, 0) > 0.01);
    CU_ASSERT(error_of(&p, 9.99) > 1e-4);
}

/* Where a critic is constant its gradient is 0, whose norm has no slope: the penalty is 1, and its gradient 0. */
static void a_constant_critic(void)
{
    static problem p;
    p = of(GAN_NETWORK_DCGAN, GAN_CRITIC_PLAIN, GAN_CRITIC_CONCAT, GAN_PENALTY_TWO_SIDED);
    begin(&p);
    size_t n = cgm_params_flat_size(p.networks.critic);
    for (size_t i = 0; i < n; i++) cgm_params_values(p.networks.critic)[i] = 0;
    CHECK_NEAR(loss_of(&p), p.weight, 1e-9);
    for (size_t i = 0; i < n; i++) CHECK_NEAR((double)cgm_params_gradient(p.networks.critic)[i], 0, 0);
    end(&p);
}

static const test_case cases[] = {
    {"whole critics", whole_critics},
    {"a missing penalty is found", a_missing_penalty_is_found},
    {"a constant critic", a_constant_critic},
};
TEST_MAIN("gan gradients", cases)
