/* Path-specific effects, and when effects along some paths but not others are not identified: when there is a recanting
 * witness (Avin, Shpitser and Pearl 2005, "Identifiability of path-specific effects"), a variable that the treatment
 * moves along one path, and that passes its change on both along a path of the effect and along one that is not. What
 * it is for the one, it would have to take back for the other. Without one, the effect along some paths is that of
 * their first edges. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scm/mediation/mediation_priv.h"

#define MAX_LENGTH 256 /* nodes of a path */

typedef struct path {
    size_t n, node[MAX_LENGTH];
} path;

static void add_node(path *p, size_t node)
{
    if (p->n < MAX_LENGTH) p->node[p->n++] = node;
}

/* Goes on to the outcome by nodes that are allowed. */
static void add_way(const mediation_plan *plan, const bool *allowed, path *p)
{
    while (p->n < MAX_LENGTH && p->node[p->n - 1] != plan->outcome) {
        size_t next = p->node[p->n - 1] + 1;
        while (!allowed[next] || !cgm_scm_sees(plan->part, next, p->node[p->n - 1])) next++;
        add_node(p, next);
    }
}

static void write_path(const mediation_plan *plan, const path *p, size_t size, char *text)
{
    size_t used = 0;
    for (size_t i = 0; i < p->n && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", i ? "->" : "", plan->part->node[p->node[i]].name);
}

/* One path of the effect and one that is not, which part at the witness. */
static cgm_status fail_witness(const mediation_plan *plan, size_t witness, const path *in, const path *out,
                               const char *advice)
{
    char text[2][200];
    write_path(plan, in, sizeof text[0], text[0]);
    write_path(plan, out, sizeof text[1], text[1]);
    return CGM_FAIL(CGM_E_UNSUPPORTED,
                    "this effect is not identified: '%s' is a recanting witness, as %s belongs to it and %s does not%s",
                    plan->part->node[witness].name, text[0], text[1], advice);
}

/* ---- Paths that the user names ---- */

static cgm_status find_node(const mediation_plan *plan, const char *name, size_t *out)
{
    const cgm_scm *part = plan->part;
    int node = cgm_scm_find_node(part, name);
    if (node >= 0) return *out = (size_t)node, CGM_OK;
    const char **names = calloc(part->n_nodes, sizeof *names);
    if (!names) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu names", part->n_nodes);
    for (size_t i = 0; i < part->n_nodes; i++) names[i] = part->node[i].name;
    const char *near = cgm_nearest_word(name, part->n_nodes, names);
    free(names);
    return CGM_FAIL(CGM_E_ARG, "'%s' is no variable that '%s' depends on%s%s%s", name, part->node[plan->outcome].name,
                    near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* "a->b -> c"; the text is taken apart. */
static cgm_status read_path(const mediation_plan *plan, char *text, path *out)
{
    const cgm_scm *part = plan->part;
    for (char *name = text, *next; name; name = next) {
        size_t node = 0;
        if ((next = strstr(name, "->"))) *next = 0, next += 2;
        while (*name == ' ') name++;
        for (char *end = name + strlen(name); end > name && end[-1] == ' ';) *--end = 0;
        CGM_TRY(find_node(plan, name, &node));
        if (out->n > 0 && !cgm_scm_sees(part, node, out->node[out->n - 1]))
            return CGM_FAIL(CGM_E_ARG, "there is no edge from '%s' to '%s'", part->node[out->node[out->n - 1]].name,
                            name);
        if (out->n == MAX_LENGTH) return CGM_FAIL(CGM_E_ARG, "it has more than %d variables", MAX_LENGTH);
        add_node(out, node);
    }
    if (out->n >= 2 && out->node[0] == plan->treatment && out->node[out->n - 1] == plan->outcome) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "expected a path from '%s' to '%s', such as '%s->%s'", part->node[plan->treatment].name,
                    part->node[plan->outcome].name, part->node[plan->treatment].name, part->node[plan->outcome].name);
}

/* Whether some path begins with the first d nodes of p, and then `next`. */
static bool goes_on(size_t n, const path *paths, const path *p, size_t d, size_t next)
{
    for (size_t i = 0; i < n; i++)
        if (paths[i].n > d && memcmp(paths[i].node, p->node, d * sizeof *p->node) == 0 && paths[i].node[d] == next)
            return true;
    return false;
}

/* Looks for a way out of each prefix, longer than the treatment alone, of path p. */
static cgm_status check_path(const mediation_plan *plan, size_t n, const path *paths, const path *p)
{
    for (size_t d = 2; d < p->n; d++) {
        size_t witness = p->node[d - 1];
        for (size_t next = witness + 1; next <= plan->outcome; next++) {
            if (!plan->leads[next] || !cgm_scm_sees(plan->part, next, witness)) continue;
            if (goes_on(n, paths, p, d, next)) continue;
            path out = *p;
            out.n = d;
            add_node(&out, next);
            add_way(plan, plan->leads, &out);
            return fail_witness(plan, witness, p, &out, "");
        }
    }
    return CGM_OK;
}

cgm_status cgm_mediation_read_paths(mediation_plan *plan)
{
    size_t n = plan->opts->n_paths;
    path *paths = cgm_arena_array(&plan->arena, n + 1, sizeof *paths);
    if (!paths) return CGM_E_MEMORY;
    for (size_t i = 0; i < n; i++) {
        char *text = cgm_arena_strdup(&plan->arena, plan->opts->paths[i]);
        if (!text) return CGM_E_MEMORY;
        cgm_status status = read_path(plan, text, &paths[i]);
        if (status != CGM_OK) return cgm_fail_context(status, "path '%s'", plan->opts->paths[i]);
        plan->carries[paths[i].node[1]] = true;
    }
    for (size_t i = 0; i < n; i++) CGM_TRY(check_path(plan, n, paths, &paths[i]));
    return CGM_OK;
}

/* ---- Mediators ---- */

/* What the mediators' witness is found by, [nodes] each: reached from the treatment without passing a mediator; with a
 * way to the outcome through a mediator, or past all of them. */
typedef struct ways {
    bool *mediator, *reached, *through, *past;
} ways;

static cgm_status find_ways(const mediation_plan *plan, cgm_arena *arena, ways *w)
{
    const cgm_scm *part = plan->part;
    size_t n = part->n_nodes;
    bool *all = cgm_arena_array(arena, 4 * n, sizeof *all);
    if (!all) return CGM_E_MEMORY;
    *w = (ways){all, all + n, all + 2 * n, all + 3 * n};
    for (size_t k = 0; k < plan->opts->n_mediators; k++) w->mediator[plan->mediator[k]] = true;
    w->reached[plan->treatment] = w->past[plan->outcome] = true;
    for (size_t to = 0; to < n; to++)
        for (size_t from = 0; from < to && !w->mediator[to]; from++)
            if (w->reached[from] && cgm_scm_sees(part, to, from)) w->reached[to] = true;
    for (size_t to = n; to-- > 0;)
        for (size_t from = 0; from < to; from++) {
            if (!plan->leads[to] || !cgm_scm_sees(part, to, from)) continue;
            w->through[from] |= w->mediator[to] || w->through[to];
            w->past[from] |= w->past[to] && !w->mediator[from];
        }
    return CGM_OK;
}

/* A way from the treatment to the node that passes no mediator, backwards and then turned round. */
static void reach(const mediation_plan *plan, const ways *w, size_t node, path *p)
{
    add_node(p, node);
    while (p->n < MAX_LENGTH && p->node[p->n - 1] != plan->treatment) {
        size_t from = p->node[p->n - 1] - 1;
        while (!w->reached[from] || !cgm_scm_sees(plan->part, p->node[p->n - 1], from)) from--;
        add_node(p, from);
    }
    for (size_t i = 0; i < p->n / 2; i++) {
        size_t other = p->node[p->n - 1 - i];
        p->node[p->n - 1 - i] = p->node[i];
        p->node[i] = other;
    }
}

/* Goes on until a mediator is passed. */
static void add_mediated(const mediation_plan *plan, const ways *w, path *p)
{
    while (p->n < MAX_LENGTH && !w->mediator[p->node[p->n - 1]]) {
        size_t at = p->node[p->n - 1], next = at + 1;
        while (!(plan->leads[next] && (w->mediator[next] || w->through[next]) && cgm_scm_sees(plan->part, next, at)))
            next++;
        add_node(p, next);
    }
}

cgm_status cgm_mediation_check_witness(const mediation_plan *plan)
{
    ways w;
    cgm_arena arena = {0};
    cgm_status status = find_ways(plan, &arena, &w);
    for (size_t node = plan->treatment + 1; status == CGM_OK && node < plan->outcome; node++) {
        if (!(w.reached[node] && w.through[node] && w.past[node])) continue;
        path in = {0}, out = {0};
        reach(plan, &w, node, &in);
        out = in;
        add_mediated(plan, &w, &in);
        add_way(plan, plan->leads, &in);
        add_way(plan, w.past, &out);
        status = fail_witness(plan, node, &in, &out, "; name it as a mediator too");
    }
    cgm_arena_clear(&arena);
    return status;
}
