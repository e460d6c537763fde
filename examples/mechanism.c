/* A mechanism of one's own: Weibull regression of a lifetime, x = scale exp(slope load) u^(1 / shape) with u standard
 * exponential. It is put into a model beside mechanisms of the library, sampled, intervened on, and abducted: how long
 * would this machine have lived under half the load? */
#include <cgm.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct weibull {
    cgm_mechanism base; /* first, as in every mechanism */
    cgm_mechanism_node node;
    struct {
        double scale, slope, shape;
    } options;
} weibull;

static const cgm_mechanism_class weibull_class;

static cgm_status weibull_create(const cgm_mechanism_spec *spec, cgm_mechanism **out)
{
    if (spec->n_parents != 1) return CGM_FAIL(CGM_E_ARG, "expected one parent, the load");
    weibull *m = calloc(1, sizeof *m);
    if (!m) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a mechanism");
    m->base.methods = &weibull_class;
    m->node = (cgm_mechanism_node){.width = 1, .noise_width = 1};
    cgm_status status = cgm_mechanism_read_options(&weibull_class, spec, sizeof m->options, &m->options);
    if (status == CGM_OK)
        *out = &m->base;
    else
        free(m);
    return status;
}

static void weibull_destroy(cgm_mechanism *base)
{
    free(base);
}

static size_t weibull_nodes(const cgm_mechanism *base, const cgm_mechanism_node **out)
{
    *out = &((const weibull *)base)->node;
    return 1;
}

static double scale_at(const weibull *m, const cgm_values *parents, size_t i)
{
    return m->options.scale * exp(m->options.slope * parents[0].data[i]);
}

static cgm_status weibull_sample_noise(cgm_mechanism *base, size_t node, cgm_rng *rng, cgm_values *noise)
{
    (void)base, (void)node;
    for (size_t i = 0; i < noise->n; i++) noise->data[i] = -log(cgm_rng_uniform(rng));
    return CGM_OK;
}

static cgm_status weibull_predict(cgm_mechanism *base, size_t node, const cgm_values *parents, const cgm_values *before,
                                  const cgm_values *noise, int threads, cgm_values *out)
{
    const weibull *m = (const weibull *)base;
    (void)node, (void)before, (void)threads;
    for (size_t i = 0; i < out->n; i++)
        out->data[i] = scale_at(m, parents, i) * pow(noise->data[i], 1 / m->options.shape);
    return CGM_OK;
}

static cgm_status weibull_abduct(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, cgm_rng *rng,
                                 const cgm_abduct_opts *opts, cgm_values *internals, cgm_values *noise)
{
    const weibull *m = (const weibull *)base;
    (void)rng, (void)opts, (void)internals;
    for (size_t i = 0; i < value->n; i++)
        noise[0].data[i] = pow(value->data[i] / scale_at(m, parents, i), m->options.shape);
    return CGM_OK;
}

static cgm_status weibull_log_prob(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value,
                                   cgm_rng *rng, double *out)
{
    const weibull *m = (const weibull *)base;
    (void)rng;
    for (size_t i = 0; i < value->n; i++) {
        double x = value->data[i], u = pow(x / scale_at(m, parents, i), m->options.shape);
        out[i] = -u + log(u) + log(m->options.shape) - log(x); /* log p(u) + log du/dx */
    }
    return CGM_OK;
}

#define NUMBER(option)                                                                                                 \
    {                                                                                                                  \
        .name = #option, .type = CGM_KEY_REAL,                                                                         \
        .offset = offsetof(weibull, options.option) - offsetof(weibull, options), .required = true                     \
    }
static const cgm_key weibull_keys[] = {NUMBER(scale), NUMBER(slope), NUMBER(shape)};

static const cgm_mechanism_class weibull_class = {
    .kind = "weibull",
    .doc = "Weibull regression with known coefficients",
    .variable_types = 1u << CGM_CONTINUOUS,
    .parent_types = 1u << CGM_CONTINUOUS,
    .capabilities = CGM_CAN_SAMPLE | CGM_CAN_ABDUCT | CGM_CAN_LOG_PROB | CGM_ABDUCTS_EXACTLY,
    .n_keys = sizeof weibull_keys / sizeof *weibull_keys,
    .keys = weibull_keys,
    .create = weibull_create,
    .destroy = weibull_destroy,
    .nodes = weibull_nodes,
    .log_prob = weibull_log_prob,
    .sample_noise = weibull_sample_noise,
    .predict = weibull_predict,
    .abduct = weibull_abduct,
};

static const char *const load_text = "{formula: u, noise: 'gamma(4, 2)'}", *const life_text =
                                                                               "{scale: 5000, slope: -0.5, shape: 1.5}";

static cgm_status build(cgm_scm **out)
{
    const cgm_variable load = {.name = "load", .type = CGM_CONTINUOUS}, life = {.name = "life", .type = CGM_CONTINUOUS};
    const char *const parents[] = {"load"};
    cgm_config *load_options = NULL, *life_options = NULL;
    cgm_scm *scm = NULL;
    cgm_status status = CGM_OK;
    CGM_TRY_GOTO(cgm_config_parse(load_text, "load", &load_options), done);
    CGM_TRY_GOTO(cgm_config_parse(life_text, "life", &life_options), done);
    CGM_TRY_GOTO(cgm_scm_create(&scm), done);
    CGM_TRY_GOTO(cgm_scm_add(scm, &load, 0, NULL, cgm_mechanism_find("formula"), cgm_config_root(load_options), NULL),
                 done);
    CGM_TRY_GOTO(cgm_scm_add(scm, &life, 1, parents, &weibull_class, cgm_config_root(life_options), NULL), done);
    CGM_TRY_GOTO(cgm_scm_finish(scm), done);
    *out = scm;
    scm = NULL;
done:
    cgm_scm_destroy(scm);
    cgm_config_destroy(life_options);
    cgm_config_destroy(load_options);
    return status;
}

enum { MACHINES = 20000 };

/* The part of sampled machines that live longer than `hours` under do(load = 3). */
static cgm_status survive(const cgm_scm *scm, double hours, double *out)
{
    cgm_rng rng = cgm_rng_create(1);
    cgm_world *world = NULL;
    cgm_intervention action;
    cgm_status status = CGM_OK;
    CGM_TRY_GOTO(cgm_world_create(scm, MACHINES, &world), done);
    CGM_TRY_GOTO(cgm_scm_parse_intervention(scm, "load=3", &action), done);
    CGM_TRY_GOTO(cgm_scm_sample(scm, &rng, 1, &action, NULL, world), done);
    const double *life = world->value[cgm_scm_find_node(scm, "life")].data;
    *out = 0;
    for (size_t i = 0; i < MACHINES; i++) *out += life[i] > hours ? 1.0 / MACHINES : 0;
done:
    cgm_world_destroy(world);
    return status;
}

/* A machine lived for 1000 hours under load 2: and under load 1? */
static cgm_status half_the_load(const cgm_scm *scm, double *out)
{
    cgm_rng rng = cgm_rng_create(1);
    cgm_world *factual = NULL, *counterfactual = NULL;
    cgm_intervention action;
    cgm_status status = CGM_OK;
    CGM_TRY_GOTO(cgm_world_create(scm, 1, &factual), done);
    CGM_TRY_GOTO(cgm_world_create(scm, 1, &counterfactual), done);
    factual->value[cgm_scm_find_node(scm, "load")].data[0] = 2;
    factual->value[cgm_scm_find_node(scm, "life")].data[0] = 1000;
    CGM_TRY_GOTO(cgm_scm_abduct(scm, &rng, NULL, factual), done);
    CGM_TRY_GOTO(cgm_scm_parse_intervention(scm, "load=1", &action), done);
    CGM_TRY_GOTO(cgm_scm_predict(scm, factual, 1, &action, NULL, counterfactual), done);
    *out = counterfactual->value[cgm_scm_find_node(scm, "life")].data[0];
done:
    cgm_world_destroy(counterfactual);
    cgm_world_destroy(factual);
    return status;
}

int main(void)
{
    cgm_scm *scm = NULL;
    double survivors = NAN, longer = NAN, truth = exp(-pow(1000 / (5000 * exp(-0.5 * 3)), 1.5));
    cgm_status status = build(&scm);
    if (status == CGM_OK) status = survive(scm, 1000, &survivors);
    if (status == CGM_OK) status = half_the_load(scm, &longer);
    cgm_scm_destroy(scm);
    if (status != CGM_OK) {
        fprintf(stderr, "mechanism: %s\n", cgm_error_message());
        return 1;
    }
    printf("P(life > 1000 | do(load = 3)): %.3f, exactly %.3f\n", survivors, truth);
    printf("1000 hours under load 2 would have been %.1f under load 1\n", longer);
    return fabs(survivors - truth) < 0.02 && fabs(longer - 1000 * exp(0.5)) < 1e-6 ? 0 : 1;
}
