/* Exact counterfactuals where levels are all that is unknown, by the twin network (Balke and Pearl 1994, "Probabilistic
 * evaluation of counterfactual queries"): every variable has a node for what it was, P(v | parents), and, where the
 * action reaches it, one for what it would be, P(v' | v, parents, parents'), which sums its noise out; noises of
 * different variables are independent, so this is the joint distribution of both worlds. Nodes that the action does not
 * reach are shared. Then variables are eliminated.
 *
 * What was seen is held at its value, so that it may be continuous; a node of two levels carries its likelihood. */
#include <math.h>

#include "scm/discrete/inference.h"
#include "scm/discrete/tabulate.h"
#include "scm/hidden.h"
#include "scm/interventions/intervention.h"
#include "scm/queries/unit_priv.h"

typedef struct twin {
    const unit_question *q;
    cgm_arena arena;
    cgm_network *network;
    size_t n_nodes, cells;
    const char **name;      /* [2 n_variables]: of nodes */
    scm_place *was, *would; /* [variables]: in either world */
    cgm_network_value *seen;
    size_t n_seen;
    double log_scale; /* the evidence's probability is that of the network's times its exponential */
    const char *why;  /* a table is too large, or NULL */
} twin;

/* ---- What the twins see ---- */

static const cgm_intervention *find_do(const unit_question *q, size_t node, int to)
{
    for (size_t k = 0; k < q->n_do; k++)
        if (q->interventions[k].node == node && q->interventions[k].to == to) return &q->interventions[k];
    return NULL;
}

static scm_place held(double value)
{
    return (scm_place){.kind = SCM_HELD, .value = value};
}

/* Other interventions than hard ones have no table: what they act on, and what hangs on it, stays unknown. */
static scm_place set_by(const cgm_intervention *x)
{
    if (!cgm_scm_do_is_hard(x)) return (scm_place){.kind = SCM_UNKNOWN};
    return held(x->values ? x->values[0] : x->value);
}

static bool same(const scm_place *a, const scm_place *b)
{
    return a->kind == b->kind && (a->kind == SCM_FREE ? a->node == b->node : a->value == b->value);
}

/* The places of v's parents in both worlds. Returns whether the action reaches v through them. */
static bool look(const twin *t, size_t v, scm_place *was, scm_place *would)
{
    const cgm_scm *scm = t->q->scm;
    const scm_variable *x = &scm->variable[v];
    bool reached = false;
    for (size_t k = 0; k < x->n_parents; k++) {
        size_t parent = x->parents[k];
        const cgm_intervention *edge = find_do(t->q, cgm_scm_node_of(scm, parent), (int)cgm_scm_node_of(scm, v));
        was[k] = t->was[parent];
        would[k] = edge ? set_by(edge) : t->would[parent];
        reached = reached || edge || !same(&was[k], &would[k]);
    }
    return reached;
}

static bool all_known(size_t n, const scm_place *places)
{
    for (size_t k = 0; k < n; k++)
        if (places[k].kind == SCM_UNKNOWN) return false;
    return true;
}

/* ---- Building the network ---- */

/* Adds a node with this table, its levels called by their numbers. CGM_E_UNSUPPORTED when the tables are too many. */
static cgm_status add_node(twin *t, const char *name, size_t levels, const scm_table *table, scm_place *out)
{
    const char **parents = cgm_arena_array(&t->arena, table->n_axes + 1, sizeof *parents);
    const char **numbers = cgm_arena_array(&t->arena, levels, sizeof *numbers);
    if (!name || !parents || !numbers) return CGM_E_MEMORY;
    if (table->n > CGM_NETWORK_MAX_CELLS - t->cells)
        return CGM_FAIL(CGM_E_UNSUPPORTED, "the twin network's tables have more than %zu numbers in all",
                        CGM_NETWORK_MAX_CELLS);
    for (size_t k = 0; k < table->n_axes; k++) parents[k] = t->name[table->axis[k]];
    for (size_t l = 0; l < levels; l++)
        if (!(numbers[l] = cgm_arena_printf(&t->arena, "%zu", l))) return CGM_E_MEMORY;
    CGM_TRY(cgm_network_add(t->network, name, levels, numbers, table->n_axes, parents, table->n, table->p));
    t->name[t->n_nodes] = name;
    t->cells += table->n;
    *out = (scm_place){.kind = SCM_FREE, .node = t->n_nodes++, .levels = levels};
    return CGM_OK;
}

/* A table that is too large leaves its node unknown. */
static cgm_status excuse(twin *t, cgm_status status)
{
    if (status != CGM_E_UNSUPPORTED) return status;
    if (!t->why) t->why = cgm_arena_strdup(&t->arena, cgm_error_message());
    return t->why ? CGM_OK : CGM_E_MEMORY;
}

/* Noise that goes with another variable's has no node of its own. */
static bool correlated(const cgm_scm *scm, size_t v)
{
    return scm->hidden && scm->hidden->row[v] >= 0;
}

static cgm_status add_was(twin *t, size_t v, const scm_place *parents)
{
    const scm_variable *x = &t->q->scm->variable[v];
    const char *name = x->variable.name;
    scm_table table;
    scm_place node;
    bool levels = cgm_variable_has_levels(&x->variable), seen = t->q->seen[v];
    if (!all_known(x->n_parents, parents) || x->n_nodes != 1 || !(x->methods->capabilities & CGM_CAN_LOG_PROB) ||
        !(levels || seen) || correlated(t->q->scm, v))
        return CGM_OK;
    cgm_status status = seen ? cgm_scm_tabulate_seen(x, parents, t->q->value[v], &t->arena, &table)
                             : cgm_scm_tabulate(x, parents, &t->arena, &table);
    if (status == CGM_OK) status = add_node(t, name, seen ? 2 : (size_t)x->variable.levels, &table, &node);
    if (status != CGM_OK) return excuse(t, status);
    if (seen) t->seen[t->n_seen++] = (cgm_network_value){.variable = node.node, .level = 1};
    if (seen) t->log_scale += table.log_scale;
    t->was[v] = seen ? held(t->q->value[v]) : node;
    return CGM_OK;
}

static cgm_status add_would(twin *t, size_t v, const scm_place *parents, const scm_place *counter_parents)
{
    const scm_variable *x = &t->q->scm->variable[v];
    scm_table table;
    if (t->was[v].kind == SCM_UNKNOWN || !x->methods->counterfactual || !all_known(x->n_parents, counter_parents))
        return CGM_OK;
    cgm_status status = cgm_scm_tabulate_counterfactual(x, parents, counter_parents, &t->was[v], &t->arena, &table);
    if (status == CGM_OK)
        status = add_node(t, cgm_arena_printf(&t->arena, "%s'", x->variable.name), (size_t)x->variable.levels, &table,
                          &t->would[v]);
    return status == CGM_OK ? CGM_OK : excuse(t, status);
}

static cgm_status add_variable(twin *t, size_t v)
{
    scm_place was[CGM_MAX_PARENTS], would[CGM_MAX_PARENTS];
    const cgm_intervention *set = find_do(t->q, cgm_scm_node_of(t->q->scm, v), -1);
    bool reached = look(t, v, was, would);
    CGM_TRY(add_was(t, v, was));
    if (set)
        t->would[v] = set_by(set);
    else if (reached)
        return add_would(t, v, was, would);
    else
        t->would[v] = t->was[v];
    return CGM_OK;
}

static cgm_status build(twin *t)
{
    size_t n = t->q->scm->n;
    CGM_TRY(cgm_network_create(&t->network));
    t->was = cgm_arena_array(&t->arena, n, sizeof *t->was);
    t->would = cgm_arena_array(&t->arena, n, sizeof *t->would);
    t->name = cgm_arena_array(&t->arena, 2 * n, sizeof *t->name);
    t->seen = cgm_arena_array(&t->arena, n, sizeof *t->seen);
    if (!t->was || !t->would || !t->name || !t->seen) return CGM_E_MEMORY;
    for (size_t v = 0; v < n; v++) CGM_TRY(add_variable(t, v));
    return t->n_nodes ? cgm_network_finish(t->network) : CGM_OK;
}

/* ---- Asking it ---- */

/* Whether all evidence is in the network: what is not could change every answer. */
static bool has_evidence(const twin *t)
{
    for (size_t v = 0; v < t->q->scm->n; v++)
        if (t->q->seen[v] && t->was[v].kind == SCM_UNKNOWN) return false;
    return true;
}

static cgm_status log_evidence(const twin *t, double *out)
{
    cgm_network_query query = {.n_evidence = t->n_seen, .evidence = t->seen};
    CGM_TRY(cgm_network_evidence(t->network, &query, NULL, out));
    *out += t->log_scale;
    return *out > -INFINITY ? CGM_OK : CGM_FAIL(CGM_E_ARG, "the evidence contradicts the model: its probability is 0");
}

static cgm_status fill(twin *t, size_t v, cgm_arena *arena, cgm_unit_value *out)
{
    const cgm_variable *x = &t->q->scm->variable[v].variable;
    const scm_place *place = &t->would[v];
    size_t levels = cgm_variable_has_levels(x) ? (size_t)x->levels : 0;
    double *p = levels ? cgm_arena_array(arena, levels, sizeof *p) : NULL, mean = 0, square = 0;
    if (place->kind == SCM_UNKNOWN) return CGM_OK;
    if (levels && !p) return CGM_E_MEMORY;
    if (place->kind == SCM_HELD) {
        if (levels) p[(size_t)place->value] = 1;
        *out = (cgm_unit_value){.exact = true, .mean = place->value, .probability = p};
        return CGM_OK;
    }
    cgm_network_query query = {.n_evidence = t->n_seen, .evidence = t->seen, .n_targets = 1, .targets = &place->node};
    cgm_status status = cgm_network_posterior(t->network, &query, levels, p);
    if (status != CGM_OK) return excuse(t, status);
    for (size_t l = 0; l < levels; l++) mean += p[l] * (double)l;
    for (size_t l = 0; l < levels; l++) square += p[l] * ((double)l - mean) * ((double)l - mean);
    *out = (cgm_unit_value){.exact = true, .mean = mean, .sd = sqrt(square), .probability = p};
    return CGM_OK;
}

static cgm_status run(twin *t, cgm_unit_answer *out)
{
    double unused;
    CGM_TRY(build(t));
    if (t->n_nodes == 0 || !has_evidence(t)) return CGM_OK;
    cgm_status status = log_evidence(t, &unused);
    if (status != CGM_OK) return excuse(t, status);
    for (size_t v = 0; v < out->n; v++) CGM_TRY(fill(t, v, &out->arena, &out->value[v]));
    return CGM_OK;
}

cgm_status cgm_unit_discrete(const unit_question *q, cgm_unit_answer *out)
{
    twin t = {.q = q};
    for (size_t k = 0; k < q->n_do; k++)
        if (!cgm_scm_do_is_hard(&q->interventions[k])) t.why = "an intervention that does not set a value has no table";
    cgm_status status = run(&t, out);
    if (status == CGM_OK && t.why && !(out->why = cgm_arena_strdup(&out->arena, t.why))) status = CGM_E_MEMORY;
    cgm_network_destroy(t.network);
    cgm_arena_clear(&t.arena);
    return status;
}

cgm_status cgm_unit_discrete_log_prob(const unit_question *q, bool *exact, double *out)
{
    twin t = {.q = q};
    double log_p = 0;
    cgm_status status = build(&t);
    *exact = status == CGM_OK && t.n_nodes > 0 && has_evidence(&t);
    if (*exact) status = log_evidence(&t, &log_p);
    *exact = *exact && status == CGM_OK;
    if (*exact) *out = log_p;
    cgm_network_destroy(t.network);
    cgm_arena_clear(&t.arena);
    return status == CGM_E_UNSUPPORTED ? CGM_OK : status; /* too large: not exact */
}
