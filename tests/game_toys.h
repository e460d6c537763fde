/* What tests of adversarial games share: the moves of both players compiled, and played against what PyTorch made of
 * them. Behind a fixture, which says what a tensor is. */
#ifndef CGM_TESTS_GAME_TOYS_H
#define CGM_TESTS_GAME_TOYS_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gan/training.h"
#include "graph/program.h"
#include "tests/harness.h"

#define GAME_TOLERANCE (sizeof(cgm_real) == 4 ? 1e-3 : 1e-9)

/* What is played, and by whom. */
typedef struct game_model {
    gan_move_build *build;
    const void *context;
    int64_t n; /* samples */
    cgm_params *params[GAN_PLAYERS];
    int level; /* of networks that grow */
} game_model;

/* A player's move; its inputs are the test's to fill. */
typedef struct game_move {
    cgm_graph *g;
    gan_move move;
    cgm_program *program;
    cgm_workspace *ws;
    cgm_real *in[GAN_MOVE_INPUTS];
    cgm_params *params;
    cgm_optimizer_state optimizer;
} game_move;

static inline size_t game_input_size(const game_move *c, size_t i)
{
    return (size_t)cgm_shape_size(cgm_node_shape(c->g, c->move.input[i].node));
}

static inline void game_compile(const game_model *m, gan_player player, game_move *c)
{
    static cgm_node outputs[64];
    size_t first = 1, n = cgm_params_count(m->params[player]);
    *c = (game_move){.move = {.n = m->n, .level = m->level}, .params = m->params[player]};
    REQUIRE_OK(cgm_graph_create(&c->g));
    m->build(m->context, player, c->g, &c->move);
    REQUIRE_OK(cgm_graph_status(c->g));
    CU_ASSERT_FATAL(n < 60);
    outputs[0] = c->move.loss;
    for (int d = 0; d < GAN_DOMAINS; d++)
        if (c->move.made[d].id) outputs[first++] = c->move.made[d];
    REQUIRE_OK(cgm_params_gradients(c->params, c->g, c->move.loss, outputs + first));
    REQUIRE_OK(cgm_program_compile(c->g, first + n, outputs, NULL, &c->program));
    REQUIRE_OK(cgm_workspace_create(c->program, &c->ws));
    for (int k = 0; k < GAN_PLAYERS; k++) cgm_params_bind(m->params[k], c->g, c->ws, cgm_params_values(m->params[k]));
    cgm_params_bind_gradients(c->params, c->ws, first);
    for (size_t i = 0; i < c->move.n_inputs; i++) {
        c->in[i] = calloc(game_input_size(c, i), sizeof(cgm_real));
        CU_ASSERT_PTR_NOT_NULL_FATAL(c->in[i]);
        cgm_workspace_bind(c->ws, c->move.input[i].node, c->in[i]);
    }
}

static inline void game_clear(game_move *c)
{
    for (size_t i = 0; i < c->move.n_inputs; i++) free(c->in[i]);
    cgm_workspace_destroy(c->ws);
    cgm_program_destroy(c->program);
    cgm_graph_destroy(c->g);
}

/* On the inputs as they are filled; the loss before it is `want`. */
static inline void game_play(game_move *c, const cgm_optimizer_opts *opts, double want)
{
    REQUIRE_OK(cgm_program_run(c->program, c->ws));
    cgm_params_update_state(c->params);
    CHECK_NEAR((double)*cgm_workspace_get(c->ws, c->move.loss), want, GAME_TOLERANCE * fmax(1, fabs(want)));
    REQUIRE_OK(cgm_optimizer_step(opts, &c->optimizer, c->params, 1));
}

/* Both players' parameters against digests of PyTorch's. Optimisers divide by the size of gradients, so that rounding
 * of the smallest in float has no bound: in double only. */
static inline void game_check_trained(const game_model *m, size_t n_trained, const tensor *trained)
{
    size_t found = 0;
    for (int k = 0; k < GAN_PLAYERS && sizeof(cgm_real) == 8; k++)
        for (size_t i = 0; i < cgm_params_count(m->params[k]); i++, found++) {
            const cgm_param_view *view = cgm_params_view(m->params[k], i);
            const cgm_real *w = cgm_params_values(m->params[k]) + view->offset;
            double sum = 0, squares = 0;
            size_t at = 0;
            while (at < n_trained && strcmp(trained[at].name, view->name)) at++;
            CU_ASSERT_FATAL(at < n_trained);
            for (int64_t j = 0; j < cgm_shape_size(view->shape); j++) {
                sum += (double)w[j] * sin(0.5 * (double)j + 1);
                squares += pow((double)w[j], 2);
            }
            const tensor *want = &trained[at];
            CU_ASSERT(test_near(__FILE__, __LINE__, view->name, sum, want->digest, GAME_TOLERANCE * want->norm));
            CU_ASSERT(
                test_near(__FILE__, __LINE__, view->name, sqrt(squares), want->norm, GAME_TOLERANCE * want->norm));
        }
    if (sizeof(cgm_real) == 8) CU_ASSERT_EQUAL(found, n_trained);
}

#endif
