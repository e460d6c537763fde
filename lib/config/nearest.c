/* "Did you mean": the candidate that the fewest slips of the finger make into the word. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "config/config.h"

#define LONGEST 48

/* The optimal string alignment distance (Damerau 1964): insertions, deletions, substitutions and swaps of neighbours,
 * case ignored. Both words have at most LONGEST letters. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t row[3][LONGEST + 1], n = strlen(b);
    size_t *before = row[0], *above = row[1], *current = row[2];
    for (size_t j = 0; j <= n; j++) above[j] = before[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        current[0] = i;
        for (size_t j = 1; j <= n; j++) {
            int x = tolower((unsigned char)a[i - 1]), y = tolower((unsigned char)b[j - 1]);
            size_t best = above[j - 1] + (x != y);
            if (above[j] + 1 < best) best = above[j] + 1;
            if (current[j - 1] + 1 < best) best = current[j - 1] + 1;
            if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) && y == tolower((unsigned char)a[i - 2]) &&
                before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            current[j] = best;
        }
        size_t *spare = before;
        before = above;
        above = current;
        current = spare;
    }
    return above[n];
}

const char *cgm_nearest_word(const char *word, size_t n, const char *const *candidates)
{
    size_t letters = strlen(word);
    if (letters == 0 || letters > LONGEST) return NULL;
    const char *nearest = NULL;
    size_t least = 2 + letters / 4; /* one slip, and one more for every four letters */
    for (size_t i = 0; i < n; i++) {
        const char *candidate = candidates[i];
        if (strlen(candidate) > LONGEST) continue;
        size_t distance = edit_distance(word, candidate);
        /* An abbreviation is as near as one slip. */
        if (letters >= 3 && distance > 1 && strncmp(word, candidate, letters) == 0) distance = 1;
        if (distance < least && distance < strlen(candidate)) {
            least = distance;
            nearest = candidate;
        }
    }
    return nearest;
}

const char *cgm_hint(const char *word, size_t n, const char *const *candidates, char text[CGM_HINT_TEXT])
{
    const char *near = cgm_nearest_word(word, n, candidates);
    text[0] = 0;
    if (near) snprintf(text, CGM_HINT_TEXT, "; did you mean '%.100s'?", near);
    return text;
}

const char *cgm_list(size_t n, const char *const *words, char text[CGM_LIST_TEXT])
{
    size_t used = 0;
    text[0] = 0;
    for (size_t i = 0; i < n && used < CGM_LIST_TEXT; i++)
        used += (size_t)snprintf(text + used, CGM_LIST_TEXT - used, "%s%s", i ? ", " : "", words[i]);
    return text;
}
