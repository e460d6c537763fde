/* The hierarchical VAE: its network, bound, gradients, abduction, counterfactuals and ten training steps against
 * PyTorch; its laws as a mechanism and in the engine; its notation. */
#include <string.h>

#include "scm/mechanism_table.h"
#include "tests/fixtures/hvae.h"
#include "tests/harness.h"
#include "vae/hvae/hvae.h"

/* Of a tensor's norm. */
#define TOLERANCE (sizeof(cgm_real) == 4 ? 1e-4 : 1e-9)
#define N 3
#define MOST 200000 /* numbers of a case's arrays */

static const cgm_variable digit = {.name = "digit", .type = CGM_CATEGORICAL, .levels = 3};
static const cgm_variable thickness = {.name = "thickness", .type = CGM_CONTINUOUS};
static const cgm_variable *const parents[] = {&digit, &thickness};

/* ---- The small models of make_hvae.py ---- */

typedef struct model {
    const char *name, *options;
    int channels, size;
    const double *nll, *kl, *blocks, *gradient, *abducted, *exact, *reference;
    bool drops; /* the training's mask hides the digit */
} model;

#define SMALL "encoder: '8b1d2,4b1d4,1b2', decoder: '1b2,4b2,8b2', widths: '4,8,12', bottleneck: 2, latent: 2"
#define ARRAYS(name) name##_nll, name##_kl, name##_blocks, name##_gradient, name##_abducted, name##_exact

static const model models[] = {
    {"conditional", "{" SMALL ", prior: conditional, prior_drops: digit}", 1, 8, ARRAYS(conditional),
     conditional_reference, true},
    {"exogenous", "{" SMALL "}", 3, 8, ARRAYS(exogenous), NULL, false},
    {"corrected", "{" SMALL ", prior: conditional, posterior_correction: true}", 1, 8, ARRAYS(corrected),
     corrected_reference, false},
    {"light",
     "{encoder: '12b0d2,6b1d3,2b1', decoder: '2b2,6b1,12b2', widths: '4,6,8', bottleneck: 2, latent: 2, block: light, "
     "prior: conditional, max_stochastic_resolution: 6, bias_max_resolution: 6}",
     1, 12, ARRAYS(light), light_reference, false},
};
enum { MODELS = sizeof models / sizeof *models };

/* scale sin(a i + b), as in make_hvae.py. */
static void wave(size_t n, double scale, double a, double b, cgm_real *out)
{
    for (size_t i = 0; i < n; i++) out[i] = (cgm_real)(scale * sin(a * (double)i + b));
}

static void wave_rows(size_t n, double scale, double a, double b, double *out)
{
    for (size_t i = 0; i < n; i++) out[i] = scale * sin(a * (double)i + b);
}

static void set_waves(hvae *m, double weight, double bias_scale)
{
    for (size_t i = 0; i < cgm_params_count(m->params); i++) {
        const cgm_param_view *view = cgm_params_view(m->params, i);
        size_t length = strlen(view->name), size = (size_t)cgm_shape_size(view->shape), phase = 0;
        bool bias = strcmp(view->name + length - 4, "bias") == 0;
        for (size_t k = 0; k < length; k++) phase += (k + 1) * (size_t)view->name[k];
        double scale = bias ? bias_scale : weight / sqrt((double)(size / (size_t)view->shape.dim[0]));
        wave(size, scale, 1.7, (double)(phase % 997), cgm_params_values(m->params) + view->offset);
        wave(size, scale, 1.7, (double)(phase % 997), cgm_params_ema(m->params) + view->offset);
    }
}

static cgm_status create_with(size_t n_parents, const cgm_variable *const *of, const cgm_variable *variable,
                              const char *yaml, hvae **out)
{
    cgm_config *config = NULL;
    cgm_mechanism *m = NULL;
    CGM_TRY(cgm_config_parse(yaml, "test.yaml", &config));
    cgm_mechanism_spec spec = {
        .variable = variable, .n_parents = n_parents, .parents = of, .options = cgm_config_root(config)};
    cgm_status status = cgm_mechanism_hvae.create(&spec, &m);
    cgm_config_destroy(config);
    *out = (hvae *)m;
    return status;
}

static cgm_status create(const cgm_variable *variable, const char *yaml, hvae **out)
{
    return create_with(2, parents, variable, yaml, out);
}

static cgm_variable image_of(int channels, int size)
{
    return (cgm_variable){
        .name = "image", .type = CGM_IMAGE, .low = 0, .high = 255, .channels = channels, .height = size, .width = size};
}

static hvae *create_with_waves(const model *from, const cgm_variable *image)
{
    hvae *m = NULL;
    cgm_rng rng = cgm_rng_create(1);
    REQUIRE_OK(create(image, from->options, &m));
    REQUIRE_OK(cgm_params_init(m->params, &rng));
    set_waves(m, 0.8, 0.2);
    return m;
}

static void destroy(hvae *m)
{
    m->base.methods->destroy(&m->base);
}

/* ---- Digests ---- */

/* Whether x's sum of x_i sin(0.5 i + 1) is want[0], and its norm want[1], within the tolerance times the norm. */
static bool digests(const char *what, size_t n, const cgm_real *x, const double want[2])
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) sum += (double)x[i] * sin(0.5 * (double)i + 1), squares += pow((double)x[i], 2);
    double tolerance = TOLERANCE * fmax(want[1], 1e-6);
    return test_near(__FILE__, __LINE__, what, sum, want[0], tolerance) &&
           test_near(__FILE__, __LINE__, what, sqrt(squares), want[1], tolerance);
}

static bool digests_rows(const char *what, const cgm_values *x, const double want[2])
{
    static cgm_real some[MOST];
    CU_ASSERT_FATAL(x->n * x->width <= MOST);
    for (size_t i = 0; i < x->n * x->width; i++) some[i] = (cgm_real)x->data[i];
    return digests(what, x->n * x->width, some, want);
}

/* Parameters in the order of their names. */
static size_t rank_of(const cgm_params *p, size_t i)
{
    size_t rank = 0;
    for (size_t k = 0; k < cgm_params_count(p); k++)
        rank += strcmp(cgm_params_view(p, k)->name, cgm_params_view(p, i)->name) < 0;
    return rank;
}

static void check_params(const model *from, const cgm_params *p, const cgm_real *flat, const double *want)
{
    for (size_t i = 0; i < cgm_params_count(p); i++) {
        const cgm_param_view *view = cgm_params_view(p, i);
        char what[160];
        snprintf(what, sizeof what, "%s: %s", from->name, view->name);
        CU_ASSERT(digests(what, (size_t)cgm_shape_size(view->shape), flat + view->offset, want + 2 * rank_of(p, i)));
    }
}

/* ---- The bound and its gradients ---- */

/* The bound's graph with everything that is looked at. */
typedef struct built {
    hvae *m;
    cgm_graph *g;
    cgm_arena arena;
    cgm_node pixels, pa, loss;
    image_bound bound;
    cgm_program *program;
    cgm_workspace *ws;
    cgm_real x[2 * 1024], features[N * 12], mask[4], eps[MOST];
} built;

static void fill_inputs(built *b)
{
    size_t pixels = N * cgm_variable_width(b->m->variable);
    wave(pixels, 150, 0.9, 0.3, b->x);
    for (size_t i = 0; i < pixels; i++) b->x[i] = (cgm_real)fmin(fmax(rint(128 + (double)b->x[i]), 0), 255);
    memset(b->features, 0, sizeof b->features);
    for (int i = 0; i < N; i++) {
        b->features[4 * i + i % 3] = 1;
        b->features[4 * i + 3] = (cgm_real)sin(1.3 * i);
    }
    b->mask[0] = b->mask[1] = b->mask[2] = 0;
    b->mask[3] = 1;
}

static void bind_inputs(built *b)
{
    size_t at = 0;
    cgm_workspace_bind(b->ws, b->pixels, b->x);
    cgm_workspace_bind(b->ws, b->pa, b->features);
    if (b->bound.mask.id) cgm_workspace_bind(b->ws, b->bound.mask, b->mask);
    for (size_t k = 0; k < b->bound.n_noise; k++) {
        size_t n = (size_t)cgm_shape_size(cgm_node_shape(b->g, b->bound.noise[k]));
        wave(n, 1.2, 2.1, 0.4 + (double)k, b->eps + at);
        cgm_workspace_bind(b->ws, b->bound.noise[k], b->eps + at);
        at += n;
    }
    CU_ASSERT_FATAL(at <= MOST);
}

/* loss = (nll + beta KL) / numbers, of all rows; outputs first[0 .. n) then the gradients, bound to the parameters'. */
static void compile(built *b, double beta, size_t n, cgm_node *out)
{
    cgm_node sum = cgm_sum_all(b->g, b->bound.nll);
    for (size_t k = 0; k < b->bound.n_groups; k++)
        sum = cgm_add(b->g, sum, cgm_affine(b->g, cgm_sum_all(b->g, b->bound.kl[k]), beta, 0));
    b->loss = cgm_affine(
        b->g, sum, 1.0 / (double)((size_t)cgm_node_shape(b->g, b->pixels).dim[0] * cgm_variable_width(b->m->variable)),
        0);
    REQUIRE_OK(cgm_params_gradients(b->m->params, b->g, b->loss, out + n));
    size_t n_params = cgm_params_count(b->m->params);
    out[n + n_params] = b->loss;
    REQUIRE_OK(cgm_program_compile(b->g, n + n_params + 1, out, NULL, &b->program));
    REQUIRE_OK(cgm_workspace_create(b->program, &b->ws));
    cgm_params_bind(b->m->params, b->g, b->ws, cgm_params_values(b->m->params));
    cgm_params_bind_gradients(b->m->params, b->ws, n);
    bind_inputs(b);
}

static void begin(built *b, hvae *m, int64_t rows)
{
    int64_t features = (int64_t)m->parents.features;
    REQUIRE_OK(cgm_graph_create(&b->g));
    b->bound.arena = &b->arena;
    b->pixels =
        cgm_input(b->g, "pixels", CGM_SHAPE(rows, m->variable->channels, m->variable->height, m->variable->width));
    b->pa = cgm_input(b->g, "parents", CGM_SHAPE(rows, features));
    cgm_hvae_bound(m, b->g, b->pixels, b->pa, &b->bound);
}

static void end(built *b)
{
    cgm_workspace_destroy(b->ws);
    cgm_program_destroy(b->program);
    cgm_graph_destroy(b->g);
    cgm_arena_clear(&b->arena);
}

static void bound_and_gradients(void)
{
    static built b;
    static cgm_node out[1024];
    for (const model *from = models; from < models + MODELS; from++) {
        cgm_variable image = image_of(from->channels, from->size);
        hvae *m = create_with_waves(from, &image);
        b = (built){.m = m};
        fill_inputs(&b);
        begin(&b, m, N);
        out[0] = b.bound.nll;
        for (size_t k = 0; k < b.bound.n_groups; k++) out[1 + k] = b.bound.kl[k];
        compile(&b, 0.7, 1 + b.bound.n_groups, out);
        REQUIRE_OK(cgm_program_run(b.program, b.ws));
        for (size_t k = 0; k <= b.bound.n_groups; k++)
            for (size_t i = 0; i < N; i++) {
                double want = k == 0 ? from->nll[i] : from->kl[(k - 1) * N + i];
                CHECK_NEAR((double)cgm_workspace_get(b.ws, out[k])[i], want, TOLERANCE * fabs(want));
            }
        check_params(from, m->params, cgm_params_gradient(m->params), from->gradient);
        end(&b);
        destroy(m);
    }
}

/* ---- The published network in full, where PyTorch is there ---- */

static const cgm_variable intensity = {.name = "intensity", .type = CGM_CONTINUOUS};
static const cgm_variable ten_digits = {.name = "digit", .type = CGM_CATEGORICAL, .levels = 10};

static void fill_full_inputs(built *b)
{
    wave(2 * 1024, 150, 0.9, 0.3, b->x);
    for (size_t i = 0; i < 2 * 1024; i++) b->x[i] = (cgm_real)fmin(fmax(rint(128 + (double)b->x[i]), 0), 255);
    for (int i = 0; i < 2; i++) {
        b->features[12 * i] = (cgm_real)sin(1.3 * i);
        b->features[12 * i + 1] = (cgm_real)cos(1.3 * i);
        b->features[12 * i + 2 + 3 * i] = 1;
    }
}

/* The loss, then the digest of each gradient by name; false where PyTorch is not there. */
static bool ask_peer(int conditional, size_t n, double *want)
{
    const char *source = getenv("srcdir");
    char command[512];
    snprintf(command, sizeof command,
             "/usr/bin/env python3 -c 'import torch' 2>/dev/null && P=python3 || P=/usr/bin/python3; $P "
             "%s/tests/fixtures/full_hvae.py %d 2>/dev/null",
             source ? source : ".", conditional);
    FILE *f = popen(command, "r");
    size_t got = 0;
    while (f && got < n && fscanf(f, "%lf", &want[got]) == 1) got++;
    return f && pclose(f) == 0 && got == n;
}

static void full_network(void)
{
    static const cgm_variable *const of[] = {&thickness, &intensity, &ten_digits};
    static built b;
    static cgm_node out[2048];
    static double want[4096];
    cgm_variable image = image_of(1, 32);
    cgm_rng rng = cgm_rng_create(1);
    for (int conditional = 0; conditional < 2; conditional++) {
        model from = {.name = conditional ? "full, conditional" : "full, exogenous"};
        hvae *m = NULL;
        REQUIRE_OK(create_with(3, of, &image, conditional ? "prior: conditional" : "prior: exogenous", &m));
        REQUIRE_OK(cgm_params_init(m->params, &rng));
        set_waves(m, 0.5, 0.05);
        b = (built){.m = m};
        fill_full_inputs(&b);
        begin(&b, m, 2);
        compile(&b, 1, 0, out);
        REQUIRE_OK(cgm_program_run(b.program, b.ws));
        if (ask_peer(conditional, 1 + 2 * cgm_params_count(m->params), want)) {
            CHECK_NEAR((double)*cgm_workspace_get(b.ws, b.loss), want[0], TOLERANCE * want[0]);
            check_params(&from, m->params, cgm_params_gradient(m->params), want + 1);
        } else {
            printf("  the full network is not compared: python3 has no PyTorch here\n");
        }
        end(&b);
        destroy(m);
    }
}

/* ---- Each block: what the encoder keeps, each stage's prior, posterior and z, the last state and the pixels ---- */

typedef struct taps {
    const hvae *m;
    cgm_graph *g;
    cgm_node kept[HVAE_MAX_LEVELS], pa, eps[HVAE_MAX_STAGES], seen[512];
    size_t n, stages;
} taps;

static cgm_node tap(void *context, size_t stage, cgm_node state, hvae_gaussian p)
{
    taps *t = context;
    hvae_gaussian q =
        cgm_hvae_posterior(t->m, t->g, stage, state, t->kept[t->m->architecture.stage[stage].level], t->pa);
    cgm_node eps = t->eps[t->stages++] = cgm_input(t->g, "eps", cgm_hvae_latent_shape(t->m, stage, N));
    cgm_node z = cgm_hvae_draw(t->g, q, eps), all[] = {p.mean, p.log_scale, q.mean, q.log_scale, z};
    memcpy(t->seen + t->n, all, sizeof all);
    t->n += sizeof all / sizeof *all;
    return z;
}

static void each_block(void)
{
    static built b;
    for (const model *from = models; from < models + MODELS; from++) {
        cgm_variable image = image_of(from->channels, from->size);
        hvae *m = create_with_waves(from, &image);
        taps t = {.m = m};
        b = (built){.m = m};
        fill_inputs(&b);
        REQUIRE_OK(cgm_graph_create(&b.g));
        t.g = b.g;
        b.pixels = cgm_input(b.g, "pixels", CGM_SHAPE(N, image.channels, image.height, image.width));
        b.pa = cgm_input(b.g, "parents", CGM_SHAPE(N, 4));
        b.bound.mask = from->drops ? cgm_input(b.g, "mask", CGM_SHAPE(1, 4)) : (cgm_node){0};
        cgm_hvae_encode(m, b.g, b.pixels, t.kept);
        memcpy(t.seen, t.kept, m->architecture.n_levels * sizeof *t.kept);
        t.n = m->architecture.n_levels;
        t.pa = cgm_hvae_activate(m, b.g, b.pa);
        hvae_walk walk = {.n = N,
                          .pa = b.pa,
                          .prior_pa = from->drops ? cgm_mul(b.g, b.pa, b.bound.mask) : b.pa,
                          .latent = tap,
                          .context = &t};
        cgm_node state = cgm_hvae_walk(m, b.g, &walk);
        image_likelihood_theta x = cgm_hvae_pixels(m, b.g, state);
        t.seen[t.n++] = state;
        t.seen[t.n++] = x.node[0];
        t.seen[t.n++] = x.node[1];
        REQUIRE_OK(cgm_program_compile(b.g, t.n, t.seen, NULL, &b.program));
        REQUIRE_OK(cgm_workspace_create(b.program, &b.ws));
        cgm_params_bind(m->params, b.g, b.ws, cgm_params_values(m->params));
        b.bound.noise = t.eps;
        b.bound.n_noise = t.stages;
        bind_inputs(&b);
        REQUIRE_OK(cgm_program_run(b.program, b.ws));
        for (size_t k = 0; k < t.n; k++) {
            size_t n = (size_t)cgm_shape_size(cgm_node_shape(b.g, t.seen[k]));
            CU_ASSERT(digests(from->name, n, cgm_workspace_get(b.ws, t.seen[k]), from->blocks + 2 * k));
        }
        end(&b);
        destroy(m);
    }
}

/* ---- Ten steps of AdamW ---- */

static void ten_steps(void)
{
    static built b;
    static cgm_node out[1024];
    cgm_variable image = image_of(1, 8);
    hvae *m = create_with_waves(&models[0], &image);
    cgm_optimizer_opts opts;
    cgm_optimizer_state state = {0};
    cgm_optimizer_defaults(&opts);
    opts.rate = 1e-2;
    opts.rule.beta2 = 0.9;
    opts.clip = 0.5;
    opts.warmup = 0;
    b = (built){.m = m};
    fill_inputs(&b);
    begin(&b, m, N);
    for (int i = 0; i < 4; i++) b.mask[i] = 1;
    compile(&b, 1, 0, out);
    for (int step = 0; step < 10; step++) {
        REQUIRE_OK(cgm_program_run(b.program, b.ws));
        double loss = (double)*cgm_workspace_get(b.ws, b.loss);
        CHECK_NEAR(loss, conditional_losses[step], TOLERANCE * conditional_losses[step]);
        REQUIRE_OK(cgm_optimizer_step(&opts, &state, m->params, 1));
    }
    /* AdamW divides by the size of gradients, so that rounding of the smallest in float has no bound. */
    if (sizeof(cgm_real) == 8) check_params(&models[0], m->params, cgm_params_values(m->params), conditional_trained);
    end(&b);
    destroy(m);
}

/* ---- As a mechanism: abduction at temperature 0, and counterfactuals under the parents of the next row ---- */

typedef struct rows {
    double digit[N], thickness[N], image[N * 432], u[N * 432], again[N * 432], z[MOST], noise[HVAE_NOISES * MOST];
    cgm_values parent[2], value, internal, noises[2], z_again, out;
} rows;

static void set_parents(rows *r, int shift)
{
    for (int i = 0; i < N; i++) {
        r->digit[i] = (i + shift) % 3;
        r->thickness[i] = sin(1.3 * i + shift);
    }
}

static void make_rows(const hvae *m, rows *r)
{
    size_t pixels = cgm_variable_width(m->variable), z = m->n_latents;
    static double again[MOST];
    set_parents(r, 0);
    wave_rows(N * pixels, 150, 0.9, 0.3, r->image);
    for (size_t i = 0; i < N * pixels; i++) r->image[i] = fmin(fmax(rint(128 + r->image[i]), 0), 255);
    r->parent[0] = (cgm_values){N, 1, r->digit};
    r->parent[1] = (cgm_values){N, 1, r->thickness};
    r->value = (cgm_values){N, pixels, r->image};
    r->internal = (cgm_values){N, z, r->z};
    r->noises[0] = (cgm_values){N, m->node[0].noise_width, r->noise};
    r->noises[1] = (cgm_values){N, pixels, r->u};
    r->z_again = (cgm_values){N, z, again};
    r->out = (cgm_values){N, pixels, r->again};
}

static void abducted_and_exact(void)
{
    static rows r;
    for (const model *from = models; from < models + MODELS; from++) {
        cgm_variable image = image_of(from->channels, from->size);
        hvae *m = create_with_waves(from, &image);
        const cgm_mechanism_class *methods = m->base.methods;
        cgm_rng rng = cgm_rng_create(1);
        cgm_abduct_opts opts = {.temperature = 0, .threads = 1};
        make_rows(m, &r);
        REQUIRE_OK(methods->abduct(&m->base, r.parent, &r.value, &rng, &opts, &r.internal, r.noises));
        CU_ASSERT(digests_rows("z", &r.internal, from->abducted));
        CU_ASSERT(digests_rows("u", &r.noises[0], from->abducted + 2));
        CU_ASSERT_EQUAL(m->node[0].ignores_parents, from->reference == NULL);
        set_parents(&r, 1);
        REQUIRE_OK(methods->predict(&m->base, 0, r.parent, NULL, &r.noises[0], 1, &r.z_again));
        CU_ASSERT(digests_rows("z*", &r.z_again, from->exact));
        wave_rows(N * r.out.width, 0.5, 1.1, 0.2, r.u);
        REQUIRE_OK(methods->predict(&m->base, 1, r.parent, &r.z_again, &r.noises[1], 1, &r.out));
        CU_ASSERT(digests_rows("x*", &r.out, from->exact + 2));
        destroy(m);
    }
}

/* The four parts of the noise, as make_hvae.py has them. */
static void reference_mixture(void)
{
    static rows r;
    static const double scale[] = {1, 1, 1, 0.5};
    for (const model *from = models; from < models + MODELS; from++) {
        char options[512];
        if (!from->reference) continue;
        model mixing = *from;
        snprintf(options, sizeof options, "%.*s, counterfactual: reference}", (int)strlen(from->options) - 1,
                 from->options);
        mixing.options = options;
        cgm_variable image = image_of(from->channels, from->size);
        hvae *m = create_with_waves(&mixing, &image);
        make_rows(m, &r);
        set_parents(&r, 1);
        for (int k = 0; k < HVAE_NOISES; k++)
            for (size_t i = 0; i < N; i++)
                for (size_t j = 0; j < m->n_latents; j++)
                    r.noise[(i * HVAE_NOISES + (size_t)k) * m->n_latents + j] =
                        scale[k] * sin(1.9 * (double)(i * m->n_latents + j) + 0.1 * (k + 1));
        REQUIRE_OK(m->base.methods->predict(&m->base, 0, r.parent, NULL, &r.noises[0], 1, &r.z_again));
        CU_ASSERT(digests_rows(from->name, &r.z_again, from->reference));
        destroy(m);
    }
}

static const test_case cases[] = {
    {"bound and gradients", bound_and_gradients},
    {"the full network", full_network},
    {"each block", each_block},
    {"ten steps", ten_steps},
    {"abduction and exact counterfactuals", abducted_and_exact},
    {"the reference's mixture", reference_mixture},
};
TEST_MAIN("hierarchical VAE", cases)
