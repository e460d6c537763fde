/* The discrete network of a model, or of the part that a question is about. */
#include "scm/discrete/convert.h"
#include "scm/discrete/tabulate.h"
#include "scm/hidden.h"
#include "scm/interventions/intervention.h"

typedef struct conversion {
    const cgm_scm *scm;
    bool *acted, *needed; /* [variables] */
    scm_place *place;
    size_t n;
    cgm_network *network;
    cgm_arena arena;
} conversion;

static cgm_status begin(conversion *c, size_t n_intervened, const size_t *intervened, size_t n_wanted,
                        const size_t *wanted)
{
    size_t n = c->scm->n;
    c->acted = cgm_arena_array(&c->arena, n, sizeof *c->acted);
    c->needed = cgm_arena_array(&c->arena, n, sizeof *c->needed);
    c->place = cgm_arena_array(&c->arena, n, sizeof *c->place);
    if (!c->acted || !c->needed || !c->place) return CGM_E_MEMORY;
    for (size_t k = 0; k < n_intervened; k++) {
        CGM_TRY(cgm_scm_check_settable(c->scm, cgm_scm_node_of(c->scm, intervened[k])));
        c->acted[intervened[k]] = c->needed[intervened[k]] = true;
    }
    for (size_t k = 0; k < n_wanted; k++) c->needed[wanted[k]] = true;
    for (size_t v = n; v-- > 0;)
        for (size_t k = 0; c->needed[v] && !c->acted[v] && k < c->scm->variable[v].n_parents; k++)
            c->needed[c->scm->variable[v].parents[k]] = true;
    bool *drawn = cgm_arena_array(&c->arena, n, sizeof *drawn);
    if (!drawn) return CGM_E_MEMORY;
    for (size_t v = 0; v < n; v++) drawn[v] = c->needed[v] && !c->acted[v];
    CGM_TRY(cgm_hidden_check_part(c->scm, "query", c->acted, drawn));
    return cgm_network_create(&c->network);
}

static cgm_status check(const scm_variable *x)
{
    if (!cgm_variable_has_levels(&x->variable))
        return CGM_FAIL(CGM_E_UNSUPPORTED,
                        "'%s', which the answer depends on, is %s: exact probabilities need variables with levels",
                        x->variable.name, cgm_variable_type_name(&x->variable));
    if (!(x->methods->capabilities & CGM_CAN_LOG_PROB) || x->n_nodes != 1)
        return CGM_FAIL(CGM_E_UNSUPPORTED, "variable '%s': its mechanism, %s, does not say how probable a level is",
                        x->variable.name, x->methods->kind);
    return CGM_OK;
}

static cgm_status uniform(size_t levels, cgm_arena *arena, scm_table *out)
{
    *out = (scm_table){.rows = 1, .n = levels, .p = cgm_arena_array(arena, levels, sizeof *out->p)};
    if (!out->p) return CGM_E_MEMORY;
    for (size_t l = 0; l < levels; l++) out->p[l] = 1 / (double)levels;
    return CGM_OK;
}

static cgm_status add(conversion *c, size_t v)
{
    const scm_variable *x = &c->scm->variable[v];
    size_t levels = (size_t)x->variable.levels;
    scm_place parents[CGM_MAX_PARENTS];
    scm_table table;
    CGM_TRY(check(x));
    for (size_t k = 0; k < x->n_parents; k++) parents[k] = c->place[x->parents[k]];
    CGM_TRY(c->acted[v] ? uniform(levels, &c->arena, &table) : cgm_scm_tabulate(x, parents, &c->arena, &table));
    const char **names = cgm_arena_array(&c->arena, levels, sizeof *names), *parent_names[CGM_MAX_PARENTS];
    if (!names) return CGM_E_MEMORY;
    for (size_t l = 0; l < levels; l++) {
        char text[CGM_VALUE_TEXT];
        names[l] = x->variable.level_names
                       ? x->variable.level_names[l]
                       : cgm_arena_strdup(&c->arena, cgm_variable_text(&x->variable, (double)l, text));
        if (!names[l]) return CGM_E_MEMORY;
    }
    size_t n_parents = c->acted[v] ? 0 : x->n_parents; /* distinct, and all free: the table's axes are they */
    for (size_t k = 0; k < n_parents; k++) parent_names[k] = c->scm->variable[x->parents[k]].variable.name;
    CGM_TRY(cgm_network_add(c->network, x->variable.name, levels, names, n_parents, parent_names, table.n, table.p));
    c->place[v] = (scm_place){.kind = SCM_FREE, .node = c->n++, .levels = levels};
    return CGM_OK;
}

cgm_status cgm_network_from_scm(const cgm_scm *scm, size_t n_intervened, const size_t *intervened, size_t n_wanted,
                                const size_t *wanted, cgm_network **out)
{
    conversion c = {.scm = scm};
    cgm_status status = CGM_OK;
    if (!scm->finished) return CGM_FAIL(CGM_E_ARG, "the model is not finished");
    CGM_TRY_GOTO(begin(&c, n_intervened, intervened, n_wanted, wanted), done);
    for (size_t v = 0; v < scm->n; v++)
        if (c.needed[v]) CGM_TRY_GOTO(add(&c, v), done);
    CGM_TRY_GOTO(cgm_network_finish(c.network), done);
    *out = c.network;
    c.network = NULL;
done:
    cgm_network_destroy(c.network);
    cgm_arena_clear(&c.arena);
    return status;
}
