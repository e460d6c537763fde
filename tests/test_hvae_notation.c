/* The notation of hierarchical VAEs: what it means, what is wrong with a line, and how much memory a network takes. */
#include <string.h>

#include "data/dataset.h"
#include "scm/mechanism_table.h"
#include "tests/harness.h"
#include "vae/hvae/hvae.h"

static const cgm_variable digit = {.name = "digit", .type = CGM_CATEGORICAL, .levels = 10};
static const cgm_variable thickness = {.name = "thickness", .type = CGM_CONTINUOUS};
static const cgm_variable intensity = {.name = "intensity", .type = CGM_CONTINUOUS};
static const cgm_variable *const parents[] = {&thickness, &intensity, &digit};

static cgm_variable square(int channels, int size)
{
    return (cgm_variable){
        .name = "image", .type = CGM_IMAGE, .low = 0, .high = 255, .channels = channels, .height = size, .width = size};
}

static cgm_status create(const cgm_variable *image, const char *yaml, hvae **out)
{
    cgm_config *config = NULL;
    cgm_mechanism *m = NULL;
    CGM_TRY(cgm_config_parse(yaml, "m.yaml", &config));
    cgm_mechanism_spec spec = {
        .variable = image, .n_parents = 3, .parents = parents, .options = cgm_config_root(config)};
    cgm_status status = cgm_mechanism_hvae.create(&spec, &m);
    cgm_config_destroy(config);
    *out = (hvae *)m;
    return status;
}

static void destroy(hvae *m)
{
    if (m) m->base.methods->destroy(&m->base);
}

/* ---- What it means ---- */

/* The published network has 2,041,122 parameters with an exogenous prior and 2,047,074 with a conditional one; 528 of
 * these, the last stage's projection for a prior after it, have no effect and are not made. With posterior correction
 * there are no such projections: 1,705,810 and 1,711,762. */
static void published_network(void)
{
    static const struct {
        const char *options;
        size_t parameters;
    } all[] = {
        {"kind: hvae", 2041122 - 528},
        {"{prior: conditional}", 2047074 - 528},
        {"{posterior_correction: true}", 1705810},
        {"{prior: conditional, posterior_correction: true}", 1711762},
    };
    cgm_variable image = square(1, 32);
    cgm_rng rng = cgm_rng_create(1);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        hvae *m = NULL;
        REQUIRE_OK(create(&image, all[i].options, &m));
        REQUIRE_OK(cgm_params_init(m->params, &rng));
        CU_ASSERT_EQUAL(cgm_params_elements(m->params), all[i].parameters);
        CU_ASSERT_EQUAL(m->n_latents, 16 * 4 * (1 + 16 + 64 + 256 + 1024));
        destroy(m);
    }
}

static void stages(void)
{
    cgm_variable image = square(3, 12);
    hvae *m = NULL;
    REQUIRE_OK(create(&image,
                      "{encoder: '12b2d2, 6b0d3, 2b1', decoder: '2b1, 6b2, 12b3', widths: '4, 6, 10', bottleneck: 2, "
                      "latent: 3, max_stochastic_resolution: 6, bias_max_resolution: 2}",
                      &m));
    const hvae_architecture *a = &m->architecture;
    CU_ASSERT_EQUAL(a->encoder_blocks, 2 + 1 + 1 + 1);
    CU_ASSERT_EQUAL(a->n_stages, 6);
    CU_ASSERT(a->stage[0].width == 10 && a->stage[0].next_width == 6);
    CU_ASSERT(a->stage[2].width == 6 && a->stage[2].next_width == 4);
    CU_ASSERT(a->stage[5].width == 4 && a->stage[5].next_width == 4);
    CU_ASSERT(a->level[2].has_bias && !a->level[1].has_bias);
    CU_ASSERT_EQUAL(m->n_latents, 3 * (4 + 2 * 36));
    destroy(m);
}

/* ---- Bad lines ---- */

static void bad_lines(void)
{
    static const struct {
        const char *yaml, *message;
    } bad[] = {
        {"\nencoder: '32b3d2,16b3d2,8c3,4b3d4,1b4'",
         "m.yaml:2: encoder: stage 3 \"8c3\" (character 15): expected RESOLUTIONbBLOCKS[dFACTOR]"},
        {"encoder: '32b3d2,,8b3'", "encoder: stage 2 \"\" (character 8): expected RESOLUTIONbBLOCKS[dFACTOR]"},
        {"encoder: ''", "encoder: stage 1 \"\" (character 1): expected RESOLUTIONbBLOCKS[dFACTOR]"},
        {"encoder: '32b3d2x'", "encoder: stage 1 \"32b3d2x\" (character 1): expected"},
        {"encoder: '32b3d'", "encoder: stage 1 \"32b3d\" (character 1): expected"},
        {"encoder: '32b99999999999999999999d2'", "(character 1): expected"},
        {"encoder: '28b3d2,14b1'", "encoder: stage 1 \"28b3d2\" (character 1): the image is 32 x 32, so the first "
                                   "stage's resolution is 32"},
        {"encoder: '32b3d2,8b3'",
         "encoder: stage 2 \"8b3\" (character 8): the stage before it pools 32 to 16, so its resolution is 16"},
        {"encoder: '32b3,16b3'", "encoder: stage 1 \"32b3\" (character 1): it must pool"},
        {"encoder: '32b3d2,16b3d2'", "encoder: stage 2 \"16b3d2\" (character 8): the last stage cannot pool"},
        {"encoder: '32b3d3,10b1'", "encoder: stage 1 \"32b3d3\" (character 1): 32 is not a multiple of 3"},
        {"encoder: '32b3d2,16b0'", "encoder: stage 2 \"16b0\" (character 8): it has no block"},
        {"widths: '16,32,64,128'", "widths: 4 numbers, but the encoder has 5 resolutions"},
        {"widths: '16,32,64,128,256,512'", "widths: number 6 \"512\" (character 18): the encoder has only 5"},
        {"widths: '16,x,64,128,256'", "widths: number 2 \"x\" (character 4): expected a number of channels"},
        {"widths: '16,2,64,128,256'", "widths: number 2 \"2\" (character 4): it is less than the bottleneck's 4"},
        {"decoder: '1b4,4b4,8b4,16b4'", "decoder: it ends at 16 x 16; expected the encoder's other resolutions too"},
        {"decoder: '1b4,4b4,8b4,16b4,32b4,64b4'",
         "decoder: stage 6 \"64b4\" (character 23): the one before it is at the image's resolution already"},
        {"decoder: '1b4,8b4,4b4,16b4,32b4'", "decoder: stage 2 \"8b4\" (character 5): expected 4: the decoder takes "
                                             "the encoder's resolutions, coarsest first"},
        {"decoder: '1b4,4b0,8b4,16b4,32b4'", "decoder: stage 2 \"4b0\" (character 5): it has no stage"},
        {"decoder: '1b4,4b4d2,8b4,16b4,32b4'", "decoder: stage 2 \"4b4d2\" (character 5): expected RESOLUTIONbSTAGES"},
        {"decoder: '1b4,4b300,8b4,16b4,32b4'", "decoder: stage 2 \"4b300\" (character 5): more than 256 stages"},
        {"{decoder: '4b1,8b1,32b1', encoder: '32b1d4,8b1d2,4b1', widths: '8,8,8', max_stochastic_resolution: 2}",
         "max_stochastic_resolution: 2 leaves no stage with latent variables: the coarsest is at 4 x 4"},
        {"prior_drops: digit", "m.yaml:1: prior_drops: the prior sees no parents; this needs prior: conditional"},
        {"{prior: conditional, prior_drops: [digit, slant]}", "prior_drops: image has no parent 'slant'"},
        {"counterfactual: reference", "counterfactual: z is the same under any parents; reference needs prior"},
        {"alpha: 0.5", "m.yaml:1: alpha: only a mixture has weights; this needs counterfactual: reference"},
        {"prior_dropout: 0.5", "prior_dropout: nothing is dropped; this needs prior_drops"},
        {"prior: free", "m.yaml:1: hvae.prior: "},
    };
    cgm_variable image = square(1, 32);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        hvae *m = NULL;
        CHECK_FAILS(create(&image, bad[i].yaml, &m), CGM_E_CONFIG, bad[i].message);
        CU_ASSERT(m == NULL);
    }
    hvae *m = NULL;
    image.width = 24;
    CHECK_FAILS(create(&image, "kind: hvae", &m), CGM_E_CONFIG, "image: the image is 32 x 24; an hvae needs a square");
}

/* ---- Memory ---- */

/* The published configuration for 192 x 192, trained with an effective batch of 32. */
#define BATCH 32
#define LARGE                                                                                                          \
    "{encoder: '192b1d2,96b3d2,48b7d2,24b11d2,12b7d2,6b3d6,1b2', decoder: '1b2,6b4,12b8,24b12,48b8,96b4,192b2', "      \
    "widths: '32,64,96,128,160,192,512', block: light, prior: conditional, max_stochastic_resolution: 96}"

static void large_images(void)
{
    cgm_variable image = square(1, 192);
    hvae *m = NULL;
    cgm_rng rng = cgm_rng_create(1);
    cgm_program *program = NULL;
    cgm_graph *g = NULL;
    cgm_arena arena = {0};
    image_bound bound = {.arena = &arena};
    REQUIRE_OK(create(&image, LARGE, &m));
    REQUIRE_OK(cgm_params_init(m->params, &rng));
    REQUIRE_OK(cgm_graph_create(&g));
    size_t n = cgm_params_count(m->params);
    cgm_node *gradients = calloc(n, sizeof *gradients);
    CU_ASSERT_FATAL(gradients != NULL);
    cgm_node x = cgm_batch_input(g, "pixels", CGM_SHAPE(BATCH, 1, 192, 192));
    cgm_hvae_bound(m, g, x, cgm_batch_input(g, "parents", CGM_SHAPE(BATCH, 12)), &bound);
    cgm_node loss = cgm_sum_all(g, bound.nll);
    for (size_t k = 0; k < bound.n_groups; k++) loss = cgm_add(g, loss, cgm_sum_all(g, bound.kl[k]));
    REQUIRE_OK(cgm_params_gradients(m->params, g, loss, gradients));
    cgm_compile_opts opts = {.threads = 2, .bound_outputs = true};
    REQUIRE_OK(cgm_program_compile(g, n, gradients, &opts, &program));
    size_t bytes = cgm_program_workspace_bytes(program) + cgm_params_bytes(m->params);
    CU_ASSERT((double)bytes < 20.0 * (1 << 30));
    cgm_program_destroy(program);
    cgm_graph_destroy(g);
    cgm_arena_clear(&arena);
    free(gradients);
    destroy(m);
}

static const test_case cases[] = {
    {"the published network", published_network},
    {"stages", stages},
    {"bad lines", bad_lines},
    {"large images", large_images},
};
TEST_MAIN("hierarchical VAE, notation", cases)
