/* Implied independences, as minimum separators of pairs. */
#include "scm/graphs/implied.h"

#include "scm/graphs/moral.h"

static bool are_neighbours(const cgm_dag *dag, size_t a, size_t b)
{
    const size_t *list;
    for (size_t k = cgm_dag_parents(dag, a, &list); k-- > 0;)
        if (list[k] == b) return true;
    for (size_t k = cgm_dag_children(dag, a, &list); k-- > 0;)
        if (list[k] == b) return true;
    for (size_t k = cgm_dag_siblings(dag, a, &list); k-- > 0;)
        if (list[k] == b) return true;
    return false;
}

/* The separator of a pair goes to the arena; NULL when there is none. */
static cgm_status separate(const cgm_dag *dag, size_t a, size_t b, const uint64_t *observed, cgm_arena *arena,
                           const uint64_t **out)
{
    uint64_t x[CGM_SET_WORDS] = {0}, y[CGM_SET_WORDS] = {0}, both[CGM_SET_WORDS], allowed[CGM_SET_WORDS];
    uint64_t set[CGM_SET_WORDS];
    cgm_moral moral;
    cgm_arena scratch = {0};
    bool found = false;
    const cgm_view whole = {.dag = dag};
    cgm_set_add(x, a);
    cgm_set_add(y, b);
    cgm_set_copy(dag->words, both, x);
    cgm_set_unite(dag->words, both, y);
    cgm_set_copy(dag->words, allowed, observed);
    cgm_set_subtract(dag->words, allowed, both);
    cgm_status status = cgm_moral_create(&whole, both, &scratch, &moral);
    if (status == CGM_OK) status = cgm_moral_minimum(dag, &moral, x, y, allowed, &scratch, set, &found);
    cgm_arena_clear(&scratch);
    CGM_TRY(status);
    *out = found ? cgm_dag_new_set(dag, arena, set) : NULL;
    return found && !*out ? CGM_E_MEMORY : CGM_OK;
}

/* The pairs of observed nodes that are no neighbours; counted only where out is NULL. */
static size_t each_pair(const cgm_dag *dag, const uint64_t *observed, cgm_independence *out)
{
    size_t n = 0;
    CGM_SET_EACH(a, dag->words, observed)
    {
        CGM_SET_EACH(b, dag->words, observed)
        {
            if (b <= a || are_neighbours(dag, a, b)) continue;
            if (out) out[n] = (cgm_independence){.a = a, .b = b};
            n++;
        }
    }
    return n;
}

cgm_status cgm_dag_implied(const cgm_dag *dag, const uint64_t *observed, cgm_arena *arena, cgm_implied *out)
{
    uint64_t all[CGM_SET_WORDS] = {0};
    for (size_t i = 0; i < dag->n; i++) cgm_set_add(all, i);
    if (!observed) observed = all;
    cgm_implied result = {.n = each_pair(dag, observed, NULL)};
    result.independence = cgm_arena_array(arena, result.n + 1, sizeof *result.independence);
    if (!result.independence) return CGM_E_MEMORY;
    each_pair(dag, observed, result.independence);
    for (size_t k = 0; k < result.n; k++) {
        cgm_independence *one = &result.independence[k];
        CGM_TRY(separate(dag, one->a, one->b, observed, arena, &one->given));
        if (!one->given) result.n_inseparable++;
    }
    *out = result;
    return CGM_OK;
}
