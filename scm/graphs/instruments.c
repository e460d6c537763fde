/* Conditional instruments. */
#include "scm/graphs/moral.h"
#include "scm/graphs/roles.h"

/* What every candidate is tried against. */
typedef struct setting {
    const cgm_dag *dag;
    const uint64_t *x, *y;
    uint64_t allowed[CGM_SET_WORDS]; /* to condition on */
    cgm_view cut;                    /* without x's edges on its way to y */
} setting;

static bool is_instrument(const setting *s, const uint64_t *z, const uint64_t *given)
{
    const cgm_view whole = {.dag = s->dag};
    return cgm_view_separates(&s->cut, z, s->y, given) && !cgm_view_separates(&whole, z, s->x, given);
}

/* Finds what to condition on; false when z is no instrument. */
static cgm_status try_node(const setting *s, const uint64_t *z, uint64_t *given, bool *found)
{
    const size_t words = s->dag->words;
    uint64_t both[CGM_SET_WORDS], allowed[CGM_SET_WORDS];
    cgm_arena scratch = {0};
    cgm_moral moral;
    cgm_set_clear(words, given);
    *found = is_instrument(s, z, given);
    if (*found) return CGM_OK;
    cgm_set_copy(words, both, z);
    cgm_set_unite(words, both, s->y);
    cgm_set_copy(words, allowed, s->allowed);
    cgm_set_subtract(words, allowed, z);
    cgm_status status = cgm_moral_create(&s->cut, both, &scratch, &moral);
    if (status == CGM_OK)
        *found = cgm_moral_nearest(&moral, s->y, z, allowed, given, NULL) && is_instrument(s, z, given);
    cgm_arena_clear(&scratch);
    return status;
}

static cgm_status find_all(const setting *s, cgm_arena *arena, cgm_instruments *out)
{
    uint64_t z[CGM_SET_WORDS], given[CGM_SET_WORDS];
    out->n = 0;
    out->instrument = cgm_arena_array(arena, s->dag->n, sizeof *out->instrument);
    if (!out->instrument) return CGM_E_MEMORY;
    cgm_set_clear(s->dag->words, z);
    CGM_SET_EACH(i, s->dag->words, s->allowed)
    {
        bool found;
        cgm_set_add(z, i);
        CGM_TRY(try_node(s, z, given, &found));
        cgm_set_remove(z, i);
        if (!found) continue;
        cgm_instrument *instrument = &out->instrument[out->n++];
        instrument->node = i;
        instrument->given = cgm_dag_new_set(s->dag, arena, given);
        if (!instrument->given) return CGM_E_MEMORY;
    }
    return CGM_OK;
}

cgm_status cgm_instruments_find(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, cgm_arena *arena,
                                cgm_instruments *out)
{
    uint64_t causal[CGM_SET_WORDS], forbidden[CGM_SET_WORDS];
    setting s = {.dag = dag, .x = x, .y = y};
    cgm_instruments found = {0};
    CGM_TRY(cgm_dag_check_query(dag, x, y, NULL));
    if (cgm_set_count(dag->words, x) > 1 || cgm_set_count(dag->words, y) > 1)
        return CGM_FAIL(CGM_E_ARG, "instruments are for one treatment and one outcome");
    cgm_view_causal_nodes(dag, x, y, causal);
    if (!cgm_set_is_empty(dag->words, causal)) {
        const cgm_view whole = {.dag = dag};
        cgm_view_descendants(&whole, causal, forbidden);
        for (size_t i = 0; i < dag->n; i++)
            if (!cgm_set_has(forbidden, i) && !cgm_set_has(x, i)) cgm_set_add(s.allowed, i);
        s.cut = (cgm_view){.dag = dag, .cut_from = x, .cut_to = causal};
        CGM_TRY(find_all(&s, arena, &found));
    }
    *out = found;
    return CGM_OK;
}
