/* Names, sorted, so that one of thousands is found at once. Internal. */
#ifndef CGM_SCM_DISCRETE_NAMES_H
#define CGM_SCM_DISCRETE_NAMES_H

#include "base/arena.h"

typedef struct cgm_name {
    const char *text;
    size_t position; /* in the list that was sorted */
} cgm_name;

typedef struct cgm_name_index {
    size_t n;
    cgm_name *sorted;
} cgm_name_index;

/* The names are borrowed. */
cgm_status cgm_name_index_fill(cgm_arena *arena, size_t n, const char *const *names, cgm_name_index *out) CGM_CHECKED;
/* The position of a name, or -1. */
int cgm_name_index_find(const cgm_name_index *index, const char *name);
/* A name that is there twice, or NULL; its positions, the smaller first. */
const char *cgm_name_index_twin(const cgm_name_index *index, size_t *first, size_t *second);
/* UTF-8 (RFC 3629) without control characters, not empty, at most CGM_NETWORK_MAX_NAME bytes. */
bool cgm_name_is_text(const char *name);
/* A copy of the list, the texts in one block. NULL when memory is out. */
const char **cgm_names_copy(cgm_arena *arena, size_t n, const char *const *names);

#endif
