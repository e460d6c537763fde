/* A bump allocator: objects that live and die together. Pointers stay valid until the arena is cleared. */
#ifndef CGM_BASE_ARENA_H
#define CGM_BASE_ARENA_H

#include "base/status.h"

typedef struct cgm_arena_block cgm_arena_block;

/* Zero-initialise: `cgm_arena arena = {0}`. */
typedef struct cgm_arena {
    cgm_arena_block *head;
} cgm_arena;

/* n bytes, zeroed, aligned to 64; NULL when memory is out (the message is then set: return CGM_E_MEMORY). */
CGM_API void *cgm_arena_alloc(cgm_arena *arena, size_t bytes);
/* count * size bytes, likewise; NULL too when the product overflows. */
CGM_API void *cgm_arena_array(cgm_arena *arena, size_t count, size_t size);
CGM_API char *cgm_arena_strdup(cgm_arena *arena, const char *text);
CGM_API char *cgm_arena_printf(cgm_arena *arena, const char *format, ...) CGM_PRINTF(2, 3);
/* Frees everything; the arena can be used again. */
CGM_API void cgm_arena_clear(cgm_arena *arena);

/* One zeroed block aligned to 64 bytes outside any arena, freed with cgm_free_aligned; NULL with the message set. */
CGM_API void *cgm_alloc_aligned(size_t bytes);
CGM_API void cgm_free_aligned(void *block);

#endif
