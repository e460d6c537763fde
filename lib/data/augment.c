/* What configs say of augmentation. */
#include "data/augment_table.h"

#include <string.h>

#define AUGMENT_KEY(name, type, low, high, changes, doc)                                                               \
    {#name, type, offsetof(cgm_augmentation, name), false, low, high, NULL, doc},
static const cgm_key keys[] = {AUGMENTATION_TABLE(AUGMENT_KEY)};

#define AUGMENT_CHANGES(name, type, low, high, changes, doc) changes,
static const unsigned changes_traits[] = {AUGMENTATION_TABLE(AUGMENT_CHANGES)};

const cgm_key *cgm_augmentation_keys(size_t *n)
{
    *n = N_AUGMENTATIONS;
    return keys;
}

cgm_status cgm_augmentation_read(const cgm_yaml *map, const char *what, cgm_augmentation *augmentation)
{
    cgm_augmentation read = *augmentation;
    CGM_TRY(cgm_yaml_read(map, what, N_AUGMENTATIONS, keys, &read));
    *augmentation = read;
    return CGM_OK;
}

bool cgm_augmentation_has(const cgm_augmentation *augmentation, int number)
{
    const char *field = (const char *)augmentation + keys[number].offset;
    switch (keys[number].type) {
    case CGM_KEY_INT:
        return *(const int64_t *)field > 0;
    case CGM_KEY_BOOL:
        return *(const bool *)field;
    case CGM_KEY_RANGE:
        return ((const double *)field)[1] > 0;
    default:
        return *(const double *)field > 0;
    }
}

/* The first thing among the traits, in words. */
static const char *trait_name(unsigned traits)
{
    const char *name = "", *doc;
    for (size_t i = 0; cgm_variable_trait_at(i, &name, &doc) && !(traits & 1u << i); i++) continue;
    return name;
}

cgm_status cgm_augmentation_check(const cgm_augmentation *augmentation, const cgm_variable *image, size_t n_parents,
                                  const cgm_variable *const *parents, const char **key)
{
    for (int i = 0; i < N_AUGMENTATIONS; i++)
        for (size_t k = 0; k < n_parents; k++) {
            unsigned changed = changes_traits[i] & parents[k]->describes;
            if (!changed || !cgm_augmentation_has(augmentation, i)) continue;
            *key = keys[i].name;
            return CGM_FAIL(CGM_E_CONFIG, "%s changes the %s of images, which '%s' describes, a parent of '%s'",
                            keys[i].name, trait_name(changed), parents[k]->name, image->name);
        }
    return CGM_OK;
}
