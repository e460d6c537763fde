/* Adjustment sets, as separators in the proper back-door graph. */
#include "scm/graphs/adjustment.h"

#include "scm/graphs/moral.h"

/* What the criterion needs. */
typedef struct setting {
    const cgm_dag *dag;
    const uint64_t *x, *y;
    uint64_t causal[CGM_SET_WORDS];  /* on proper causal paths, without x */
    uint64_t allowed[CGM_SET_WORDS]; /* to adjust for */
    cgm_view back_door;              /* without the first edges of proper causal paths */
} setting;

static cgm_status set_up(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, const uint64_t *z, setting *s)
{
    uint64_t forbidden[CGM_SET_WORDS];
    CGM_TRY(cgm_dag_check_query(dag, x, y, z));
    s->dag = dag;
    s->x = x;
    s->y = y;
    cgm_view_causal_nodes(dag, x, y, s->causal);
    const cgm_view whole = {.dag = dag};
    cgm_view_descendants(&whole, s->causal, forbidden);
    cgm_set_unite(dag->words, forbidden, x);
    cgm_set_unite(dag->words, forbidden, y);
    cgm_set_clear(dag->words, s->allowed);
    for (size_t i = 0; i < dag->n; i++)
        if (!cgm_set_has(forbidden, i)) cgm_set_add(s->allowed, i);
    s->back_door = (cgm_view){.dag = dag, .cut_from = x, .cut_to = s->causal};
    return CGM_OK;
}

static bool is_valid(const setting *s, const uint64_t *z)
{
    return cgm_set_is_within(s->dag->words, z, s->allowed) && cgm_view_separates(&s->back_door, s->x, s->y, z);
}

cgm_status cgm_adjustment_is_valid(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, const uint64_t *z,
                                   bool *out)
{
    setting s;
    CGM_TRY(set_up(dag, x, y, z, &s));
    *out = is_valid(&s, z);
    return CGM_OK;
}

/* The augmented graph of the ancestors of x and y, where all minimal sets lie. */
static cgm_status make_moral(const setting *s, cgm_arena *arena, cgm_moral *out)
{
    uint64_t both[CGM_SET_WORDS];
    cgm_set_copy(s->dag->words, both, s->x);
    cgm_set_unite(s->dag->words, both, s->y);
    return cgm_moral_create(&s->back_door, both, arena, out);
}

static cgm_status give(const cgm_dag *dag, bool found, const uint64_t *set, cgm_arena *arena, uint64_t **out)
{
    *out = found ? cgm_dag_new_set(dag, arena, set) : NULL;
    return found && !*out ? CGM_E_MEMORY : CGM_OK;
}

cgm_status cgm_adjustment_find_minimal(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, cgm_arena *arena,
                                       uint64_t **out)
{
    setting s;
    cgm_moral moral;
    cgm_arena scratch = {0};
    uint64_t set[CGM_SET_WORDS];
    CGM_TRY(set_up(dag, x, y, NULL, &s));
    cgm_status status = make_moral(&s, &scratch, &moral);
    if (status == CGM_OK) {
        bool found = cgm_moral_nearest(&moral, x, y, s.allowed, set, NULL);
        status = give(dag, found, set, arena, out);
    }
    cgm_arena_clear(&scratch);
    return status;
}

cgm_status cgm_adjustment_find_minimum(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, cgm_arena *arena,
                                       uint64_t **out)
{
    setting s;
    cgm_moral moral;
    cgm_arena scratch = {0};
    uint64_t set[CGM_SET_WORDS];
    bool found = false;
    CGM_TRY(set_up(dag, x, y, NULL, &s));
    cgm_status status = make_moral(&s, &scratch, &moral);
    if (status == CGM_OK) status = cgm_moral_minimum(dag, &moral, x, y, s.allowed, &scratch, set, &found);
    if (status == CGM_OK) status = give(dag, found, set, arena, out);
    cgm_arena_clear(&scratch);
    return status;
}

cgm_status cgm_adjustment_list_minimal(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, size_t max,
                                       cgm_arena *arena, cgm_set_list *out)
{
    setting s;
    cgm_moral moral;
    cgm_arena scratch = {0};
    CGM_TRY(set_up(dag, x, y, NULL, &s));
    cgm_status status = make_moral(&s, &scratch, &moral);
    if (status == CGM_OK) status = cgm_moral_list(&moral, x, y, s.allowed, max, arena, out);
    cgm_arena_clear(&scratch);
    return status;
}

cgm_status cgm_adjustment_find_optimal(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, cgm_arena *arena,
                                       uint64_t **out)
{
    setting s;
    uint64_t set[CGM_SET_WORDS], below[CGM_SET_WORDS];
    CGM_TRY(set_up(dag, x, y, NULL, &s));
    if (cgm_dag_hidden_count(dag))
        return CGM_FAIL(CGM_E_UNSUPPORTED, "the optimal adjustment set is defined only without hidden common causes");
    const cgm_view whole = {.dag = dag};
    cgm_view_descendants(&whole, x, below);
    cgm_view_parents(&whole, s.causal, set);
    cgm_set_intersect(dag->words, set, s.allowed);
    bool found = cgm_set_is_within(dag->words, y, below) && is_valid(&s, set);
    return give(dag, found, set, arena, out);
}
