#include "scm/discrete/names.h"

#include <stdlib.h>
#include <string.h>

#include "scm/discrete/network.h"

static int compare(const void *a, const void *b)
{
    const cgm_name *x = a, *y = b;
    int order = strcmp(x->text, y->text);
    return order ? order : (x->position > y->position) - (x->position < y->position);
}

cgm_status cgm_name_index_fill(cgm_arena *arena, size_t n, const char *const *names, cgm_name_index *out)
{
    cgm_name *sorted = cgm_arena_array(arena, n, sizeof *sorted);
    if (!sorted) return CGM_E_MEMORY;
    for (size_t i = 0; i < n; i++) sorted[i] = (cgm_name){names[i], i};
    qsort(sorted, n, sizeof *sorted, compare);
    *out = (cgm_name_index){n, sorted};
    return CGM_OK;
}

int cgm_name_index_find(const cgm_name_index *index, const char *name)
{
    size_t low = 0, high = index->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(name, index->sorted[middle].text);
        if (order == 0) return (int)index->sorted[middle].position;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -1;
}

const char *cgm_name_index_twin(const cgm_name_index *index, size_t *first, size_t *second)
{
    for (size_t i = 1; i < index->n; i++) {
        const cgm_name *a = &index->sorted[i - 1], *b = &index->sorted[i];
        if (strcmp(a->text, b->text) != 0) continue;
        *first = a->position;
        *second = b->position;
        return a->text;
    }
    return NULL;
}

/* The bytes of the UTF-8 character at text, 0 when it is none: not too long, no surrogate, at most U+10FFFF. */
static size_t character_bytes(const unsigned char *text)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = text[0] < 0x80 ? 1 : text[0] >= 0xF0 ? 4 : text[0] >= 0xE0 ? 3 : text[0] >= 0xC0 ? 2 : 0;
    if (n < 2) return n;
    uint32_t code = text[0] & (0x7Fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((text[i] & 0xC0) != 0x80) return 0;
        code = code << 6 | (text[i] & 0x3F);
    }
    bool bad = code < least[n] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF);
    return bad || text[0] > 0xF4 ? 0 : n;
}

bool cgm_name_is_text(const char *name)
{
    const unsigned char *text = (const unsigned char *)name;
    size_t at = 0;
    for (size_t n; text[at]; at += n) {
        n = character_bytes(text + at);
        if (n == 0 || text[at] < ' ' || text[at] == 0x7F || at + n > CGM_NETWORK_MAX_NAME) return false;
    }
    return at > 0;
}

const char **cgm_names_copy(cgm_arena *arena, size_t n, const char *const *names)
{
    size_t bytes = 0;
    for (size_t i = 0; i < n; i++) bytes += strlen(names[i]) + 1;
    const char **list = cgm_arena_array(arena, n, sizeof *list);
    char *text = cgm_arena_alloc(arena, bytes);
    if (!list || !text) return NULL;
    for (size_t i = 0; i < n; i++) {
        size_t length = strlen(names[i]) + 1;
        list[i] = memcpy(text, names[i], length);
        text += length;
    }
    return list;
}
