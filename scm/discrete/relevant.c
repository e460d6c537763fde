/* What a query leaves of a network: barren variables go, and what is d-separated from the targets goes. */
#include <string.h>

#include "scm/discrete/eliminate.h"

#define DEFAULT_BYTES ((size_t)1 << 30)

size_t cgm_elimination_most_bytes(const cgm_network_query *query)
{
    return query->max_bytes ? query->max_bytes : DEFAULT_BYTES;
}

static cgm_status check_value(const cgm_network *network, const cgm_network_value *value)
{
    if (value->variable >= network->n)
        return CGM_FAIL(CGM_E_ARG, "variable %zu; the network has %zu", value->variable, network->n);
    const network_variable *v = &network->variable[value->variable];
    if (value->level >= v->n_levels)
        return CGM_FAIL(CGM_E_ARG, "%s: level %zu; it has %zu", v->name, value->level, v->n_levels);
    return CGM_OK;
}

static cgm_status fix(cgm_elimination *e)
{
    const cgm_network_query *q = e->query;
    for (size_t i = 0; i < q->n_do; i++) {
        const cgm_network_value *value = &q->interventions[i];
        CGM_TRY(check_value(e->network, value));
        const char *name = e->network->variable[value->variable].name;
        if (e->acted[value->variable]) return CGM_FAIL(CGM_E_ARG, "%s is intervened on twice", name);
        e->acted[value->variable] = true;
        e->fixed[value->variable] = (int)value->level;
    }
    for (size_t i = 0; i < q->n_evidence; i++) {
        const cgm_network_value *value = &q->evidence[i];
        CGM_TRY(check_value(e->network, value));
        const char *name = e->network->variable[value->variable].name;
        if (e->acted[value->variable])
            return CGM_FAIL(CGM_E_ARG, "%s is both intervened on and observed; expected one of the two", name);
        if (e->fixed[value->variable] >= 0) return CGM_FAIL(CGM_E_ARG, "%s is observed twice", name);
        e->fixed[value->variable] = (int)value->level;
        e->relevant[value->variable] = true;
    }
    return CGM_OK;
}

static cgm_status ask(cgm_elimination *e)
{
    for (size_t i = 0; i < e->n_targets; i++) {
        size_t target = e->query->targets[i];
        CGM_TRY(check_value(e->network, &(cgm_network_value){target, 0}));
        if (e->asked[target]) return CGM_FAIL(CGM_E_ARG, "%s is a target twice", e->network->variable[target].name);
        e->asked[target] = true;
        if (!e->acted[target]) e->relevant[target] = true;
    }
    return CGM_OK;
}

/* From the children up; an intervention cuts a variable from its parents. */
static void mark_ancestors(cgm_elimination *e)
{
    for (size_t k = e->network->n; k-- > 0;) {
        size_t i = e->network->order[k];
        if (!e->relevant[i]) continue;
        const network_variable *v = &e->network->variable[i];
        for (size_t p = 0; p < v->n_parents; p++)
            if (!e->acted[v->parents[p]]) e->relevant[v->parents[p]] = true;
    }
}

cgm_status cgm_elimination_begin(cgm_elimination *e, const cgm_network *network, const cgm_network_query *query,
                                 bool with_targets)
{
    size_t n = network->n;
    *e = (cgm_elimination){.network = network, .query = query, .n_targets = with_targets ? query->n_targets : 0};
    CGM_CHECK(network->finished);
    e->room = (cgm_factor_room){.network = network, .max_bytes = cgm_elimination_most_bytes(query)};
    e->fixed = cgm_arena_array(&e->arena, n, sizeof *e->fixed);
    e->acted = cgm_arena_array(&e->arena, n, sizeof *e->acted);
    e->asked = cgm_arena_array(&e->arena, n, sizeof *e->asked);
    e->relevant = cgm_arena_array(&e->arena, n, sizeof *e->relevant);
    e->place = cgm_arena_array(&e->arena, n, sizeof *e->place);
    e->order = cgm_arena_array(&e->arena, n, sizeof *e->order);
    if (!e->fixed || !e->acted || !e->asked || !e->relevant || !e->place || !e->order) return CGM_E_MEMORY;
    for (size_t i = 0; i < n; i++) e->fixed[i] = -1;
    CGM_TRY(fix(e));
    CGM_TRY(ask(e));
    for (size_t i = 0; i < n; i++)
        if (network->variable[i].n_levels == 1) e->fixed[i] = 0;
    mark_ancestors(e);
    return CGM_OK;
}

static void free_list(cgm_elimination *e)
{
    while (e->factors) {
        cgm_factor *next = e->factors->next;
        cgm_factor_free(&e->room, e->factors);
        e->factors = next;
    }
}

void cgm_elimination_clear(cgm_elimination *e)
{
    free_list(e);
    cgm_arena_clear(&e->arena);
}

static size_t find_root(size_t *above, size_t i)
{
    while (above[i] != i) i = above[i] = above[above[i]];
    return i;
}

/* Without its fixed variables the graph falls apart, and what has no target is d-separated from the targets (Lauritzen
 * et al. 1990, proposition 3: separation in the moral graph of the ancestors). All that it says of the targets is
 * whether its evidence is possible; without a 0 in its tables it is. */
static cgm_status drop_apart(cgm_elimination *e)
{
    size_t n = e->network->n;
    size_t *above = cgm_arena_array(&e->arena, n, sizeof *above);
    bool *kept = cgm_arena_array(&e->arena, n, sizeof *kept); /* of a component's root */
    if (!above || !kept) return CGM_E_MEMORY;
    for (size_t i = 0; i < n; i++) above[i] = i;
    for (const cgm_factor *f = e->factors; f; f = f->next)
        for (size_t k = 1; k < f->n; k++) above[find_root(above, f->variable[k])] = find_root(above, f->variable[0]);
    for (size_t i = 0; i < n; i++)
        if (e->asked[i]) kept[find_root(above, i)] = true;
    for (const cgm_factor *f = e->factors; f; f = f->next)
        if (f->n && !cgm_factor_is_positive(&e->room, f)) kept[find_root(above, f->variable[0])] = true;
    for (cgm_factor **at = &e->factors; *at;) {
        cgm_factor *f = *at;
        if (f->n == 0 || kept[find_root(above, f->variable[0])]) {
            at = &f->next;
            continue;
        }
        *at = f->next;
        cgm_factor_free(&e->room, f);
    }
    return CGM_OK;
}

cgm_status cgm_elimination_collect(cgm_elimination *e)
{
    free_list(e);
    for (size_t i = e->network->n; i-- > 0;) {
        cgm_factor *f;
        /* A variable of one level has that level with probability 1. */
        if (!e->relevant[i] || e->network->variable[i].n_levels == 1) continue;
        CGM_TRY(cgm_factor_from_cpt(&e->room, i, e->fixed, &f));
        f->next = e->factors;
        e->factors = f;
    }
    return e->n_targets ? drop_apart(e) : CGM_OK;
}
