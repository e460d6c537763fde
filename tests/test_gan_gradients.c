/* The gradient of a whole critic's loss with its penalty, which is one of second order, and of a generator of levels,
 * against central differences, in double. Built with CGM_DOUBLE whatever the configuration, as tests/test_gradients.c
 * is. */
#include <math.h>

#include "gan/networks/network.h"
#include "gan/penalty.h"
#include "graph/program.h"
#include "tests/harness.h"

#define TOLERANCE 1e-6 /* of the gradient's largest number */
#define N 3
#define STEP 1e-6
#define MOST 2000 /* numbers of a buffer */
#define LATENT 2
#define ALPHA 0.3 /* of networks of levels */

static const cgm_variable image = {
    .name = "image", .type = CGM_IMAGE, .high = 255, .channels = 2, .height = 8, .width = 8};

typedef struct problem {
    gan_networks networks;
    bool generator; /* a sum of its numbers, each times another, instead of the critic's loss */
    cgm_params *params;
    gan_penalty_kind penalty;
    double weight; /* of the penalty */
    cgm_graph *g;
    cgm_program *program;
    cgm_workspace *ws;
    cgm_node x[2], pa, e, z[2], maps, mixing, loss;
    cgm_real samples[2][N * 128], parents[N * 2], uniform[N], codes[2][N * LATENT], noise[N * 160], shares[N * 2];
} problem;

static cgm_node score(const void *context, cgm_graph *g, cgm_node x)
{
    const problem *p = context;
    return cgm_gan_score(&p->networks, g, x, (cgm_node){0}, p->pa, CGM_MODE_TRAIN);
}

static void build_generator(problem *p)
{
    cgm_graph *g = p->g;
    for (int k = 0; k < 2; k++) p->z[k] = cgm_input(g, k ? "second" : "z", CGM_SHAPE(N, LATENT));
    p->maps = cgm_input(g, "maps", CGM_SHAPE(N, 160));
    p->mixing = cgm_input(g, "mixing", CGM_SHAPE(N, 2));
    gan_causes causes = {p->z[0], p->pa, p->maps, p->z[1], p->mixing};
    cgm_node x = cgm_gan_generate(&p->networks, g, &causes, CGM_MODE_TRAIN);
    p->loss = cgm_affine(g, cgm_sum_all(g, cgm_mul(g, x, p->x[0])), 1.0 / N, 0);
}

/* The gain of a Wasserstein critic, and the penalty at points between. */
static void build(problem *p)
{
    cgm_graph *g = p->g;
    gan_critic critic = {score, p};
    if (p->networks.kind->pyramid) p->networks.alpha = cgm_constant(g, ALPHA, CGM_SCALAR);
    p->x[0] = cgm_input(g, "real", CGM_SHAPE(N, 2, 8, 8));
    p->x[1] = cgm_input(g, "fake", CGM_SHAPE(N, 2, 8, 8));
    p->pa = cgm_input(g, "parents", CGM_SHAPE(N, 2));
    p->e = cgm_input(g, "e", CGM_SHAPE(N, 1));
    if (p->generator) {
        build_generator(p);
        return;
    }
    cgm_node gain = cgm_sub(g, cgm_sum_all(g, score(p, g, p->x[1])), cgm_sum_all(g, score(p, g, p->x[0])));
    cgm_node penalty = cgm_gan_penalty(p->penalty, g, &critic, p->x[0], p->x[1], p->e);
    p->loss = cgm_add(g, cgm_affine(g, gain, 1.0 / N, 0), cgm_affine(g, penalty, p->weight, 0));
}

static void bind(problem *p, cgm_rng *rng)
{
    const struct {
        cgm_node node;
        cgm_real *data;
        size_t n;
        bool uniform;
    } in[] = {
        {p->x[0], p->samples[0], N * 128, false},  {p->x[1], p->samples[1], N * 128, false},
        {p->pa, p->parents, N * 2, false},         {p->e, p->uniform, N, true},
        {p->z[0], p->codes[0], N * LATENT, false}, {p->z[1], p->codes[1], N * LATENT, false},
        {p->maps, p->noise, N * 160, false},       {p->mixing, p->shares, N * 2, true},
    };
    for (size_t i = 0; i < sizeof in / sizeof *in; i++) {
        if (!in[i].node.id) continue;
        if (in[i].uniform)
            cgm_rng_fill_uniform(rng, in[i].n, in[i].data);
        else
            cgm_rng_fill_normal(rng, in[i].n, in[i].data);
        cgm_workspace_bind(p->ws, in[i].node, in[i].data);
    }
}

/* Of the size that they have in use, not the small ones of the start; the gradient's norm is then near 1. Equalised
 * ones are made smaller where they are used. */
static void set_weights(problem *p, cgm_rng *rng)
{
    cgm_real *w = cgm_params_values(p->params);
    cgm_rng_fill_normal(rng, cgm_params_flat_size(p->params), w);
    for (size_t i = 0; i < cgm_params_count(p->params); i++) {
        const cgm_param_view *view = cgm_params_view(p->params, i);
        double size = !p->networks.kind->pyramid ? 0.2 : strstr(view->name, "mapping") ? 100 : 1;
        for (int64_t k = 0; k < cgm_shape_size(view->shape); k++) w[view->offset + (size_t)k] *= (cgm_real)size;
    }
}

static void begin(problem *p)
{
    cgm_node outputs[64];
    cgm_rng rng = cgm_rng_create(7);
    REQUIRE_OK(cgm_params_create(&p->params));
    p->networks.generator = p->networks.critic = p->params;
    REQUIRE_OK(cgm_graph_create(&p->g));
    build(p);
    size_t n = cgm_params_count(p->params);
    REQUIRE_OK(cgm_graph_status(p->g));
    CU_ASSERT_FATAL(n < 64);
    REQUIRE_OK(cgm_params_init(p->params, &rng));
    CU_ASSERT_FATAL(cgm_params_flat_size(p->params) <= MOST);
    outputs[0] = p->loss;
    REQUIRE_OK(cgm_params_gradients(p->params, p->g, p->loss, outputs + 1));
    REQUIRE_OK(cgm_program_compile(p->g, 1 + n, outputs, NULL, &p->program));
    REQUIRE_OK(cgm_workspace_create(p->program, &p->ws));
    cgm_params_bind(p->params, p->g, p->ws, cgm_params_values(p->params));
    cgm_params_bind_gradients(p->params, p->ws, 1);
    bind(p, &rng);
    set_weights(p, &rng);
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
    cgm_params_destroy(p->params);
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
    for (size_t i = 0; i < cgm_params_flat_size(p->params); i++) analytic[i] = cgm_params_gradient(p->params)[i];
    end(p);
    p->weight = wanted;
    begin(p);
    cgm_real *w = cgm_params_values(p->params);
    for (size_t first, last = 0; cgm_params_trained(p->params, &first, &last);)
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
                                .shape = {.critic_norm = (int)norm,
                                          .critic_condition = (int)condition,
                                          .width = 2,
                                          .max_width = 3,
                                          .mapping = 2,
                                          .mixing = 0.9,
                                          .truncation = 1,
                                          .smooth = kind == GAN_NETWORK_STYLE},
                                .latent = LATENT,
                                .features = 2,
                                .levels = 2,
                                .level = 1,
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
                for (int penalty = GAN_PENALTY_TWO_SIDED; penalty <= GAN_PENALTY_R1; penalty++) {
                    if (kind == GAN_NETWORK_MLP && norms[k] == GAN_CRITIC_INSTANCE) continue;
                    if (kind == GAN_NETWORK_STYLE && norms[k] != GAN_CRITIC_PLAIN) continue; /* as progressive */
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
    size_t n = cgm_params_flat_size(p.params);
    for (size_t i = 0; i < n; i++) cgm_params_values(p.params)[i] = 0;
    CHECK_NEAR(loss_of(&p), p.weight, 1e-9);
    for (size_t i = 0; i < n; i++) CHECK_NEAR((double)cgm_params_gradient(p.params)[i], 0, 0);
    end(&p);
}

/* Of those that are made of levels, with the upper one being faded in, noise maps and mixed styles. */
static void whole_generators(void)
{
    for (int kind = 0; kind < GAN_NETWORK_KINDS; kind++) {
        static problem p;
        p = of((gan_network_kind)kind, GAN_CRITIC_PLAIN, GAN_CRITIC_CONCAT, GAN_PENALTY_NONE);
        if (!p.networks.kind->pyramid) continue;
        p.generator = true;
        double error = error_of(&p, 0);
        if (!(error <= TOLERANCE)) fprintf(stderr, "%s: error %g\n", p.networks.kind->name, error);
        CU_ASSERT(error <= TOLERANCE);
    }
}

static const test_case cases[] = {
    {"whole critics", whole_critics},
    {"whole generators", whole_generators},
    {"a missing penalty is found", a_missing_penalty_is_found},
    {"a constant critic", a_constant_critic},
};
TEST_MAIN("gan gradients", cases)
