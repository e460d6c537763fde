/* What is shown of which rows, and whether that can be. */
#include <string.h>

#include "scm/embedding/embed_priv.h"

#define USUAL_ROWS 1000

/* ---- Of what ---- */

static cgm_status use_features(embedding *e, const char *name)
{
    CGM_TRY(cgm_run_lookup_predictor(e->run, "of", name, &e->predictor));
    e->width = cgm_predictor_width(e->predictor);
    e->of = cgm_arena_printf(&e->arena, "features of the predictor %s", name);
    return e->of ? CGM_OK : CGM_E_MEMORY;
}

static bool is_latent(const cgm_scm *scm, size_t node)
{
    return cgm_scm_find(scm, cgm_scm_node_name(scm, node)) < 0;
}

/* Whether "image", or "z", may mean the node. */
static bool is_meant(const cgm_scm *scm, size_t node, bool latent)
{
    const char *name = cgm_scm_node_name(scm, node);
    size_t n = strlen(name);
    if (latent) return is_latent(scm, node) && n > 2 && strcmp(name + n - 2, ".z") == 0;
    int v = cgm_scm_find(scm, name);
    return v >= 0 && cgm_scm_variable(scm, (size_t)v)->type == CGM_IMAGE;
}

/* The only node that the word may mean. */
static cgm_status find_meant(embedding *e, const char *word, int *out)
{
    const cgm_scm *scm = e->run->scm;
    bool latent = strcmp(word, "z") == 0;
    int found = -1;
    for (size_t node = 0; node < cgm_scm_nodes(scm); node++) {
        if (!is_meant(scm, node, latent)) continue;
        if (found >= 0)
            return CGM_FAIL(CGM_E_ARG, "of: the model has several; expected one's name, such as %s",
                            cgm_scm_node_name(scm, (size_t)found));
        found = (int)node;
    }
    if (found < 0)
        return CGM_FAIL(CGM_E_ARG, latent ? "of: no mechanism of the model publishes a z; expected an image, or "
                                            "features:PREDICTOR"
                                          : "of: the model has no image");
    *out = found;
    return CGM_OK;
}

static cgm_status fail_unknown(const embedding *e, const char *name)
{
    const cgm_scm *scm = e->run->scm;
    const char *names[CGM_MAX_PARENTS + 2] = {"image", "z"};
    size_t n = 2;
    for (size_t node = 0; node < cgm_scm_nodes(scm) && n < CGM_MAX_PARENTS + 2; node++)
        names[n++] = cgm_scm_node_name(scm, node);
    const char *near = cgm_nearest_word(name, n, names);
    if (near) return CGM_FAIL(CGM_E_ARG, "of: the model has no \"%s\"; did you mean \"%s\"?", name, near);
    return CGM_FAIL(CGM_E_ARG,
                    "of: the model has no \"%s\"; expected image, z, the name of a variable or latent, or "
                    "features:PREDICTOR",
                    name);
}

static cgm_status use_node(embedding *e, const char *name)
{
    const cgm_scm *scm = e->run->scm;
    int node = cgm_scm_find_node(scm, name);
    bool word = strcmp(name, "image") == 0 || strcmp(name, "z") == 0;
    if (node < 0 && !word) return fail_unknown(e, name);
    if (node < 0) CGM_TRY(find_meant(e, name, &node));
    e->node = (size_t)node;
    e->latent = is_latent(scm, e->node);
    e->of = cgm_scm_node_name(scm, e->node);
    e->width = (size_t)cgm_shape_size(cgm_scm_node(scm, e->node)->shape);
    if (e->width >= 2) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "of: %s is one number; expected an image, a vector or a latent of several", e->of);
}

/* ---- How ---- */

static cgm_status check_method(const embedding *e)
{
    const cgm_embed_opts *o = e->opts;
    if (o->method == CGM_EMBED_TSNE) return CGM_OK;
    if (o->perplexity > 0) return CGM_FAIL(CGM_E_ARG, "perplexity: pca has none; expected the method tsne");
    if (o->iterations > 0) return CGM_FAIL(CGM_E_ARG, "iterations: pca has none; expected the method tsne");
    return CGM_OK;
}

static cgm_status find_colour(embedding *e)
{
    const char *name = e->opts->colour, *names[CGM_MAX_PARENTS];
    const cgm_dataset *data = e->run->data;
    size_t n = 0;
    if (!name) return CGM_OK;
    e->colour = cgm_dataset_find(data, name);
    if (e->colour && cgm_variable_is_scalar(e->colour)) return CGM_OK;
    if (e->colour)
        return CGM_FAIL(CGM_E_ARG, "colour: '%s' is %s; expected a scalar variable", name,
                        cgm_variable_noun(e->colour));
    for (size_t v = 0; v < cgm_dataset_variables(data) && n < CGM_MAX_PARENTS; v++)
        names[n++] = cgm_dataset_variable(data, v)->name;
    const char *near = cgm_nearest_word(name, n, names);
    return CGM_FAIL(CGM_E_ARG, "colour: the data have no variable \"%s\"; %s \"%s\"", name,
                    near ? "did you mean" : "expected one of their own, such as", near ? near : names[0]);
}

static cgm_status check_memory(const embedding *e)
{
    double numbers = (double)e->width + (e->opts->method == CGM_EMBED_TSNE ? (double)e->n : (double)e->width);
    double bytes = (double)e->n * numbers * sizeof(double), available = (double)cgm_machine_memory();
    if (bytes <= available) return CGM_OK;
    return CGM_FAIL(CGM_E_MEMORY, "%zu rows of %zu numbers need %.1f GB of memory, but only %.1f GB are available",
                    e->n, e->width, bytes / 1e9, available / 1e9);
}

cgm_status cgm_embed_plan(embedding *e)
{
    const cgm_embed_opts *o = e->opts;
    if (!o->of) return CGM_FAIL(CGM_E_ARG, "of: expected image, z or features:PREDICTOR");
    CGM_TRY(strncmp(o->of, "features:", 9) == 0 ? use_features(e, o->of + 9) : use_node(e, o->of));
    CGM_TRY(check_method(e));
    if (o->out && cgm_csv_is_named(o->out))
        return CGM_FAIL(CGM_E_ARG, "out: %s: points are written as HDF5; expected a name that ends in .h5", o->out);
    CGM_TRY(cgm_run_load_data(e->run));
    CGM_TRY(find_colour(e));
    CGM_TRY(cgm_dataset_choose(e->run->data, &o->rows, USUAL_ROWS, &e->arena, &e->n, &e->row));
    return check_memory(e);
}
