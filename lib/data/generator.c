/* The table of generators. */
#include "data/generator.h"

#include <string.h>

#include "data/dataset.h"

static const cgm_generator *const generators[] = {
    &cgm_generator_strokes,      &cgm_generator_stroke_pair,         &cgm_generator_slant_pair,
    &cgm_generator_phantom_pair, &cgm_generator_phantom_pair_rician, &cgm_generator_ring,
    &cgm_generator_grid,         &cgm_generator_swiss_roll,          &cgm_generator_morphomnist};

const cgm_generator *cgm_generator_at(size_t i)
{
    return i < sizeof generators / sizeof generators[0] ? generators[i] : NULL;
}

const cgm_generator *cgm_generator_find(const char *name)
{
    const cgm_generator *g;
    for (size_t i = 0; (g = cgm_generator_at(i)); i++)
        if (strcmp(g->name, name) == 0) break;
    return g;
}

bool cgm_data_generator_at(size_t i, const char **name, const char **doc)
{
    const cgm_generator *g = cgm_generator_at(i);
    if (!g) return false;
    *name = g->name, *doc = g->doc;
    return true;
}
