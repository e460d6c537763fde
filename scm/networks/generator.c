#include "scm/networks/generator.h"

#include <stdio.h>
#include <string.h>

#include "scm/object.h"

static void features(const void *parents, const double *value, cgm_real *out)
{
    cgm_network_parents_fill(parents, value, out);
}

/* Of a level's code the level is not told by one number. */
static double value(const void *parents, size_t i, double feature)
{
    const network_parents *p = parents;
    return p->shift[i] + p->scale[i] * feature;
}

static cgm_status find(const network_parents *p, const char *name, size_t *i)
{
    char hint[CGM_HINT_TEXT];
    const char *names[CGM_MAX_PARENTS];
    for (*i = 0; *i < p->n; ++*i) {
        names[*i] = p->variable[*i]->name;
        if (strcmp(names[*i], name) == 0) return CGM_OK;
    }
    return CGM_FAIL(CGM_E_ARG, "the image has no parent '%.64s'%s", name, cgm_hint(name, p->n, names, hint));
}

static cgm_status parse(const void *parents, const char *text, size_t *i, double *out)
{
    const network_parents *p = parents;
    char name[CGM_VALUE_TEXT];
    const char *equals = strchr(text, '=');
    if (!equals || equals == text || (size_t)(equals - text) >= sizeof name)
        return CGM_FAIL(CGM_E_ARG, "expected NAME=VALUE, a parent of the image, got '%.64s'", text);
    snprintf(name, sizeof name, "%.*s", (int)(equals - text), text);
    CGM_TRY(find(p, name, i));
    cgm_status status = cgm_variable_parse(p->variable[*i], equals + 1, out);
    if (status == CGM_OK) status = cgm_scm_check_value(p->variable[*i], *out);
    return status == CGM_OK ? status : cgm_fail_context(status, "%s", name);
}

void cgm_network_generator(const cgm_variable *image, const network_parents *parents, cgm_params *params,
                           int64_t latent,
                           cgm_node (*build)(const void *context, cgm_graph *g, cgm_node z, cgm_node features),
                           const void *context, cgm_image_generator *out)
{
    *out = (cgm_image_generator){.image = image,
                                 .latent = latent,
                                 .n_parents = parents->n,
                                 .parent = parents->variable,
                                 .params = params,
                                 .build = build,
                                 .context = context,
                                 .features = features,
                                 .value = value,
                                 .parse = parse,
                                 .parents = parents};
}
