/* The table of generators. */
#include "data/generator.h"

#include <string.h>

static const cgm_generator *const generators[] = {&cgm_generator_strokes};

const cgm_generator *cgm_generator_find(const char *name)
{
    for (size_t i = 0; i < sizeof generators / sizeof generators[0]; i++)
        if (strcmp(generators[i]->name, name) == 0) return generators[i];
    return NULL;
}
