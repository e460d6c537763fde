/* Worlds: the values and noises of every node over some rows. */
#include "scm/object.h"

#include <stdlib.h>

/* Gives every node its window of one block; a NULL block only counts. */
static bool place(const cgm_scm *scm, cgm_world *world, double *block, size_t *total)
{
    *total = 0;
    for (size_t i = 0; i < scm->n_nodes; i++) {
        const cgm_mechanism_node *info = scm->node[i].info;
        size_t values, noises;
        if (__builtin_mul_overflow(world->n, info->width, &values)) return false;
        if (__builtin_mul_overflow(world->n, info->noise_width, &noises)) return false;
        world->value[i] = (cgm_values){world->n, info->width, block ? block + *total : NULL};
        if (__builtin_add_overflow(*total, values, total)) return false;
        world->noise[i] = (cgm_values){world->n, info->noise_width, block ? block + *total : NULL};
        if (__builtin_add_overflow(*total, noises, total)) return false;
    }
    return *total <= SIZE_MAX / sizeof(double);
}

cgm_status cgm_world_create(const cgm_scm *scm, size_t n, cgm_world **out)
{
    if (!scm->finished) return CGM_FAIL(CGM_E_ARG, "the model is not finished");
    cgm_world *world = calloc(1, sizeof *world);
    cgm_values *windows = calloc(2 * scm->n_nodes, sizeof *windows);
    size_t total = 0;
    double *block = NULL;
    if (world && windows) {
        *world = (cgm_world){.n = n, .n_nodes = scm->n_nodes, .value = windows, .noise = windows + scm->n_nodes};
        if (place(scm, world, NULL, &total)) block = calloc(total ? total : 1, sizeof *block);
    }
    if (!block) {
        free(windows);
        free(world);
        return CGM_FAIL(CGM_E_MEMORY, "out of memory for the values of %zu nodes over %zu rows", scm->n_nodes, n);
    }
    place(scm, world, block, &total);
    *out = world;
    return CGM_OK;
}

void cgm_world_destroy(cgm_world *world)
{
    if (!world) return;
    if (world->n_nodes) free(world->value[0].data); /* the block's start */
    free(world->value);
    free(world);
}

cgm_status cgm_scm_check_column(const cgm_variable *variable, const cgm_dataset *data)
{
    size_t begin, n;
    const double *column = cgm_dataset_column(data, variable->name);
    cgm_dataset_split(data, CGM_TRAIN, &begin, &n);
    for (size_t i = begin; i < begin + n; i++) {
        cgm_status status = cgm_scm_check_value(variable, column[i]);
        if (status != CGM_OK) return cgm_fail_context(status, "variable '%s', row %zu of the data", variable->name, i);
    }
    return CGM_OK;
}

cgm_status cgm_world_read(const cgm_scm *scm, const cgm_dataset *data, const size_t *rows, cgm_world *world)
{
    for (size_t v = 0; v < scm->n; v++) {
        const char *name = scm->variable[v].variable.name;
        CGM_TRY(cgm_dataset_read(data, name, world->n, rows, world->value[cgm_scm_node_of(scm, v)].data));
    }
    world->has_noise = false;
    return CGM_OK;
}
