/* Finding a likelihood, reading its options, and what all of them share. */
#include "vae/likelihoods/likelihood.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/threads.h"
#include "vae/likelihoods/kinds.h"

#define CLASS_ENTRY(name) &cgm_image_likelihood_##name,
static const image_likelihood_class *const classes[] = {IMAGE_LIKELIHOOD_TABLE(CLASS_ENTRY)};
enum { N_CLASSES = sizeof classes / sizeof *classes, MAX_KEYS = 16 };

bool cgm_image_likelihood_kind_at(size_t i, cgm_image_likelihood_kind *out)
{
    if (i >= N_CLASSES) return false;
    *out = (cgm_image_likelihood_kind){classes[i]->kind, classes[i]->doc, classes[i]->n_keys, classes[i]->keys};
    return true;
}

static cgm_status find(const cgm_yaml *kind, const image_likelihood_class **out)
{
    const char *kinds[N_CLASSES];
    char hint[CGM_HINT_TEXT], all[CGM_LIST_TEXT];
    if (cgm_yaml_get_kind(kind) != CGM_YAML_SCALAR)
        return cgm_yaml_fail(kind, "likelihood: expected the name of a likelihood, or a map with `kind`");
    for (size_t i = 0; i < N_CLASSES; i++) {
        kinds[i] = classes[i]->kind;
        if (strcmp(kinds[i], cgm_yaml_text(kind)) == 0) {
            *out = classes[i];
            return CGM_OK;
        }
    }
    return cgm_yaml_fail(kind, "likelihood: there is no '%s'%s (there are %s)", cgm_yaml_text(kind),
                         cgm_hint(cgm_yaml_text(kind), N_CLASSES, kinds, hint), cgm_list(N_CLASSES, kinds, all));
}

/* Where the key `kind`, which chose the class, goes: a place behind the likelihood's own struct. */
static size_t kind_offset(const image_likelihood_class *methods)
{
    return (methods->bytes + sizeof(char *) - 1) / sizeof(char *) * sizeof(char *);
}

static cgm_status read_options(const cgm_yaml *options, image_likelihood *l)
{
    const image_likelihood_class *methods = l->methods;
    cgm_key keys[MAX_KEYS];
    CGM_CHECK(methods->n_keys < MAX_KEYS);
    if (methods->n_keys) memcpy(keys, methods->keys, methods->n_keys * sizeof *keys);
    keys[methods->n_keys] = (cgm_key){.name = "kind", .type = CGM_KEY_TEXT, .offset = kind_offset(methods)};
    CGM_TRY(cgm_yaml_read(options, "likelihood", methods->n_keys + 1, keys, l));
    return methods->check ? methods->check(l, options) : CGM_OK;
}

cgm_status cgm_image_likelihood_create(const cgm_yaml *options, size_t channels, double min_log_scale,
                                       image_likelihood **out)
{
    const image_likelihood_class *methods = &cgm_image_likelihood_discretised_gaussian;
    const cgm_yaml *map = options && cgm_yaml_get_kind(options) == CGM_YAML_MAP ? options : NULL;
    const cgm_yaml *kind = map ? cgm_yaml_get(map, "kind") : options;
    if (kind) CGM_TRY(find(kind, &methods));
    image_likelihood *l = calloc(1, kind_offset(methods) + sizeof(char *));
    if (!l) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a likelihood");
    l->methods = methods;
    l->channels = channels;
    if (methods->defaults) methods->defaults(l, min_log_scale);
    cgm_status status = read_options(map, l);
    if (status == CGM_OK)
        *out = l;
    else
        free(l);
    return status;
}

void cgm_image_likelihood_destroy(image_likelihood *l)
{
    free(l);
}

/* ---- In the graph ---- */

size_t cgm_image_likelihood_planes(const image_likelihood *l)
{
    return l->methods->planes(l);
}

image_likelihood_theta cgm_image_likelihood_parameters(const image_likelihood *l, cgm_params *p, cgm_graph *g,
                                                       cgm_node raw)
{
    return l->methods->parameters(l, p, g, raw);
}

cgm_node cgm_image_likelihood_join(cgm_graph *g, const image_likelihood_theta *theta, cgm_shape shape)
{
    cgm_node whole[IMAGE_LIKELIHOOD_NODES];
    for (size_t i = 0; i < theta->n; i++) {
        cgm_shape of_node = shape;
        of_node.dim[1] = cgm_node_shape(g, theta->node[i]).dim[1];
        whole[i] = cgm_broadcast(g, theta->node[i], of_node);
    }
    return cgm_concat(g, theta->n, whole, 1);
}

cgm_node cgm_image_likelihood_log_prob(const image_likelihood *l, cgm_graph *g, const image_likelihood_theta *theta,
                                       cgm_node x)
{
    return l->methods->log_prob(l, g, theta, x);
}

/* The normal distribution function of the noise is uniform. */
cgm_node cgm_image_likelihood_dequantise(cgm_graph *g, cgm_node x, cgm_node noise)
{
    if (!noise.id) return x;
    return cgm_add(g, x, cgm_affine(g, cgm_erf(g, cgm_affine(g, noise, M_SQRT1_2, 0)), 0.5, 0));
}

/* ---- Images ---- */

typedef struct image_task {
    const image_likelihood *l;
    const image_likelihood_images *images;
    const cgm_rng *rng; /* NULL: predict */
    const double *in;
    double *out;
} image_task;

static void do_image(void *context, size_t k, int worker)
{
    const image_task *t = context;
    const image_likelihood *l = t->l;
    size_t pixels = t->images->pixels, image = k * l->channels * pixels;
    image_likelihood_row row = {pixels, t->images->theta + k * l->methods->width(l) * pixels};
    (void)worker;
    if (t->rng) {
        cgm_rng rng = cgm_rng_split_index(t->rng, t->images->first + k);
        l->methods->abduct(l, &row, t->in + image, &rng, t->out + image);
    } else {
        l->methods->predict(l, &row, t->in + image, t->out + image);
    }
}

void cgm_image_likelihood_abduct(const image_likelihood *l, const image_likelihood_images *images, const double *x,
                                 const cgm_rng *rng, double *u)
{
    cgm_parallel(images->threads, images->n, do_image, &(image_task){l, images, rng, x, u});
}

void cgm_image_likelihood_predict(const image_likelihood *l, const image_likelihood_images *images, const double *u,
                                  double *x)
{
    cgm_parallel(images->threads, images->n, do_image, &(image_task){l, images, NULL, u, x});
}

cgm_node cgm_image_likelihood_mean(const image_likelihood *l, cgm_graph *g, const image_likelihood_theta *theta)
{
    return cgm_affine(g, l->methods->mean(l, g, theta), 127.5, 127.5);
}

cgm_node cgm_image_likelihood_transfer(const image_likelihood *l, cgm_graph *g, const image_likelihood_theta *theta,
                                       const image_likelihood_theta *other, cgm_node x)
{
    return l->methods->transfer(l, g, theta, other, x);
}

cgm_status cgm_image_likelihood_check_transfer(const image_likelihood *l, const char *image)
{
    if (l->methods->transfer) return CGM_OK;
    return CGM_FAIL(CGM_E_CONFIG,
                    "%s has the likelihood %s, whose counterfactual pixels have no gradient; expected "
                    "discretised_gaussian or gaussian",
                    image, l->methods->kind);
}
