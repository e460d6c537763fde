/* The bump allocator: a list of blocks, each twice as large as the one before it, up to a limit. */
#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 64
#define FIRST_BLOCK ((size_t)4 << 10)
#define LARGEST_BLOCK ((size_t)1 << 20)

struct cgm_arena_block {
    cgm_arena_block *next;
    size_t used, size; /* of what follows the header */
    _Alignas(ALIGNMENT) unsigned char data[];
};

static void *out_of_memory(size_t bytes)
{
    (void)CGM_FAIL(CGM_E_MEMORY, "out of memory: could not get %zu bytes", bytes);
    return NULL;
}

static bool round_up(size_t bytes, size_t *out)
{
    if (bytes == 0) bytes = 1;
    if (__builtin_add_overflow(bytes, (size_t)ALIGNMENT - 1, out)) return false;
    *out &= ~(size_t)(ALIGNMENT - 1);
    return *out <= PTRDIFF_MAX - sizeof(cgm_arena_block);
}

void *cgm_alloc_aligned(size_t bytes)
{
    size_t size;
    if (!round_up(bytes, &size)) return out_of_memory(bytes);
    void *block = aligned_alloc(ALIGNMENT, size);
    if (!block) return out_of_memory(bytes);
    return memset(block, 0, size);
}

void cgm_free_aligned(void *block)
{
    free(block);
}

static cgm_arena_block *add_block(cgm_arena *arena, size_t wanted)
{
    size_t size = arena->head ? 2 * arena->head->size : FIRST_BLOCK;
    if (size > LARGEST_BLOCK) size = LARGEST_BLOCK;
    if (size < wanted) size = wanted;
    cgm_arena_block *block = cgm_alloc_aligned(sizeof(cgm_arena_block) + size);
    if (!block) return NULL;
    block->size = size;
    block->next = arena->head;
    arena->head = block;
    return block;
}

void *cgm_arena_alloc(cgm_arena *arena, size_t bytes)
{
    size_t size;
    if (!round_up(bytes, &size)) return out_of_memory(bytes);
    cgm_arena_block *block = arena->head;
    if (!block || block->size - block->used < size) block = add_block(arena, size);
    if (!block) return NULL;
    void *out = block->data + block->used;
    block->used += size;
    return out;
}

void *cgm_arena_array(cgm_arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        (void)CGM_FAIL(CGM_E_MEMORY, "out of memory: %zu elements of %zu bytes are more than this machine can address",
                       count, size);
        return NULL;
    }
    return cgm_arena_alloc(arena, bytes);
}

char *cgm_arena_strdup(cgm_arena *arena, const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *out = cgm_arena_alloc(arena, bytes);
    return out ? memcpy(out, text, bytes) : NULL;
}

char *cgm_arena_printf(cgm_arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    char *out = n < 0 ? out_of_memory(0) : cgm_arena_alloc(arena, (size_t)n + 1);
    if (out) vsnprintf(out, (size_t)n + 1, format, again);
    va_end(again);
    va_end(args);
    return out;
}

void cgm_arena_clear(cgm_arena *arena)
{
    for (cgm_arena_block *block = arena->head; block;) {
        cgm_arena_block *next = block->next;
        cgm_free_aligned(block);
        block = next;
    }
    arena->head = NULL;
}
