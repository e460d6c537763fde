/* Rows of a split by their numbers. */
#include "data/dataset.h"

cgm_status cgm_dataset_choose(const cgm_dataset *data, const cgm_row_choice *choice, size_t usual, cgm_arena *arena,
                              size_t *n, size_t **rows)
{
    static const char *const names[] = {[CGM_TRAIN] = "training", [CGM_TEST] = "test"};
    const char *name = names[choice->split];
    size_t begin, available;
    cgm_dataset_split(data, choice->split, &begin, &available);
    if (available == 0)
        return CGM_FAIL(
            CGM_E_ARG,
            "the data have no %s rows; data.test or data.train in the config makes some, split asks for others", name);
    if (!choice->n_rows && choice->n > available)
        return CGM_FAIL(CGM_E_ARG, "n: %zu rows wanted, but the data have %zu %s rows", choice->n, available, name);
    size_t count = choice->n_rows ? choice->n_rows : choice->n ? choice->n : available < usual ? available : usual;
    size_t *chosen = cgm_arena_array(arena, count, sizeof *chosen);
    if (!chosen) return CGM_E_MEMORY;
    for (size_t i = 0; i < count; i++) {
        size_t row = choice->n_rows ? choice->rows[i] : i;
        if (row >= available)
            return CGM_FAIL(CGM_E_ARG, "row %zu: the data have %zu %s rows, numbered from 0", row, available, name);
        chosen[i] = begin + row;
    }
    *n = count;
    *rows = chosen;
    return CGM_OK;
}
