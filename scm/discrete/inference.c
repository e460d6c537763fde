/* Answers to queries, from the joint factor that elimination leaves. */
#include "scm/discrete/inference.h"

#include <math.h>
#include <stdio.h>

#include "scm/discrete/eliminate.h"

/* More than any number's exponent: 2^MOST_EXPONENT is infinite. */
#define MOST_EXPONENT 5000

static size_t describe(const cgm_network *network, size_t n, const cgm_network_value *values, size_t bytes, char *out)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < n && used < bytes; i++) {
        const network_variable *v = &network->variable[values[i].variable];
        used +=
            (size_t)snprintf(out + used, bytes - used, "%s%s=%s", i ? ", " : "", v->name, v->levels[values[i].level]);
    }
    return used;
}

static cgm_status contradiction(const cgm_network *network, const cgm_network_query *q)
{
    char seen[300], done[300];
    const char *seen_end = describe(network, q->n_evidence, q->evidence, sizeof seen, seen) < sizeof seen ? "" : "...";
    const char *done_end = describe(network, q->n_do, q->interventions, sizeof done, done) < sizeof done ? "" : "...";
    return CGM_FAIL(CGM_E_ARG, "contradictory evidence: P(%s%s%s%s%s%s) is 0", seen, seen_end, q->n_do ? "; do(" : "",
                    done, done_end, q->n_do ? ")" : "");
}

cgm_status cgm_network_answer_cells(const cgm_network *network, const cgm_network_query *query, size_t *cells)
{
    size_t n = 1, most = cgm_elimination_most_bytes(query) / sizeof(double);
    if (query->n_targets == 0) return CGM_FAIL(CGM_E_ARG, "no target; expected at least one");
    for (size_t i = 0; i < query->n_targets; i++) {
        if (query->targets[i] >= network->n)
            return CGM_FAIL(CGM_E_ARG, "variable %zu; the network has %zu", query->targets[i], network->n);
        if (__builtin_mul_overflow(n, network->variable[query->targets[i]].n_levels, &n) || n > most)
            return CGM_FAIL(CGM_E_UNSUPPORTED, "the joint distribution of %zu targets takes more than %zu MiB",
                            query->n_targets, cgm_elimination_most_bytes(query) >> 20);
    }
    *cells = n;
    return CGM_OK;
}

/* Which number of the joint factor has the targets at these levels; -1: a fixed target is not at its level. */
static int64_t find_cell(const cgm_elimination *e, const cgm_factor *joint, const size_t *level)
{
    size_t cell = 0;
    for (size_t i = 0; i < e->n_targets; i++) {
        int fixed = e->fixed[e->query->targets[i]];
        if (fixed >= 0 && (size_t)fixed != level[i]) return -1;
    }
    for (size_t k = 0; k < joint->n; k++)
        for (size_t i = 0; i < e->n_targets; i++)
            if (e->query->targets[i] == joint->variable[k]) cell = cell * joint->levels[k] + level[i];
    return (int64_t)cell;
}

/* The joint factor, normalised, in the order of the targets. level is scratch, zeroed. */
static void spread(const cgm_elimination *e, const cgm_factor *joint, double total, size_t *level, size_t n, double *p)
{
    for (size_t at = 0; at < n; at++) {
        int64_t cell = find_cell(e, joint, level);
        if (cell < 0)
            p[at] = 0;
        else
            p[at] = e->room.logarithms ? exp(joint->value[cell] - total) : joint->value[cell] / total;
        for (size_t i = e->n_targets; i-- > 0;) {
            if (++level[i] < e->network->variable[e->query->targets[i]].n_levels) break;
            level[i] = 0;
        }
    }
}

cgm_status cgm_network_posterior(const cgm_network *network, const cgm_network_query *query, size_t n, double *p)
{
    cgm_elimination e;
    cgm_factor *joint = NULL;
    size_t cells;
    CGM_TRY(cgm_network_answer_cells(network, query, &cells));
    if (n != cells) return CGM_FAIL(CGM_E_ARG, "room for %zu numbers; the answer has %zu", n, cells);
    cgm_status status = cgm_elimination_begin(&e, network, query, true);
    if (status == CGM_OK) status = cgm_elimination_run(&e, &joint);
    if (status == CGM_OK) {
        double total = cgm_factor_total(&e.room, joint);
        size_t *level = cgm_arena_array(&e.arena, query->n_targets, sizeof *level);
        if (total == (e.room.logarithms ? -INFINITY : 0))
            status = contradiction(network, query);
        else if (!level)
            status = CGM_E_MEMORY;
        else
            spread(&e, joint, total, level, n, p);
    }
    cgm_factor_free(&e.room, joint);
    cgm_elimination_clear(&e);
    return status;
}

cgm_status cgm_network_evidence(const cgm_network *network, const cgm_network_query *query, double *p, double *log_p)
{
    cgm_elimination e;
    cgm_factor *joint = NULL;
    cgm_status status = cgm_elimination_begin(&e, network, query, false);
    if (status == CGM_OK) status = cgm_elimination_run(&e, &joint);
    if (status == CGM_OK) {
        double total = cgm_factor_total(&e.room, joint);
        double log_total =
            (e.room.logarithms ? total : log(total)) + e.room.log_scale + (double)e.room.exponent * M_LN2;
        int exponent = (int)fmax(-MOST_EXPONENT, fmin(MOST_EXPONENT, (double)e.room.exponent));
        if (p) *p = e.room.logarithms ? exp(log_total) : ldexp(total, exponent);
        if (log_p) *log_p = log_total;
    }
    cgm_factor_free(&e.room, joint);
    cgm_elimination_clear(&e);
    return status;
}
