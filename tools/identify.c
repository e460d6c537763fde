/* cgm identify: can an effect be computed from what is observed, how, and by adjusting for what. */
#include <stdio.h>

#include "tools/graph_file.h"
#include "tools/json.h"

/* All that is asked of the graph. */
typedef struct answer {
    const cgm_dag *dag;
    cgm_arena *arena;
    uint64_t *x, *y, *z;
    cgm_identification identification;
    cgm_roles roles;
    cgm_set_list adjustment, front_door;
    uint64_t *fewest, *optimal, *front_door_minimal;
    cgm_instruments instruments;
    bool single; /* one treatment and one outcome, so that instruments make sense */
} answer;

static cgm_status ask(answer *a, size_t max)
{
    const cgm_dag *dag = a->dag;
    size_t words = cgm_dag_words(dag);
    CGM_TRY(cgm_identify(dag, a->x, a->y, a->z, a->arena, &a->identification));
    CGM_TRY(cgm_roles_find(dag, a->x, a->y, a->arena, &a->roles));
    CGM_TRY(cgm_adjustment_list_minimal(dag, a->x, a->y, max, a->arena, &a->adjustment));
    CGM_TRY(cgm_adjustment_find_minimum(dag, a->x, a->y, a->arena, &a->fewest));
    if (cgm_dag_hidden_count(dag) == 0) CGM_TRY(cgm_adjustment_find_optimal(dag, a->x, a->y, a->arena, &a->optimal));
    CGM_TRY(cgm_front_door_list(dag, a->x, a->y, max, a->arena, &a->front_door));
    CGM_TRY(cgm_front_door_find_minimal(dag, a->x, a->y, a->arena, &a->front_door_minimal));
    a->single = cgm_set_count(words, a->x) == 1 && cgm_set_count(words, a->y) == 1;
    if (a->single) CGM_TRY(cgm_instruments_find(dag, a->x, a->y, a->arena, &a->instruments));
    return CGM_OK;
}

/* "a, b", or "none" for the empty set. */
static cgm_status names_of(const answer *a, const uint64_t *set, const char **out)
{
    CGM_TRY(cgm_dag_write_set(a->dag, set, a->arena, out));
    if (!**out) *out = "none";
    return CGM_OK;
}

/* A set in braces, or `otherwise` when there is none. */
static cgm_status print_set(const answer *a, const char *label, const uint64_t *set, const char *otherwise)
{
    const char *names = otherwise;
    if (set) CGM_TRY(cgm_dag_write_set(a->dag, set, a->arena, &names));
    printf(set ? "  %-12s {%s}\n" : "  %-12s %s\n", label, names);
    return CGM_OK;
}

static cgm_status print_list(const answer *a, const cgm_set_list *list)
{
    for (size_t i = 0; i < list->n; i++) CGM_TRY(print_set(a, i ? "" : "all", list->set[i], NULL));
    if (list->more) printf("  %-12s and more; --max N lists up to N\n", "");
    return CGM_OK;
}

static cgm_status print_formula(const answer *a, cgm_formula_style style)
{
    const cgm_formula *formula = &a->identification.formula;
    const char *query, *text, *any;
    CGM_TRY(cgm_formula_write_query(formula, style, a->arena, &query));
    if (!a->identification.identifiable) {
        printf("%s is not identifiable\n", query);
        return CGM_OK;
    }
    CGM_TRY(cgm_formula_write(formula, style, a->arena, &text));
    CGM_TRY(cgm_dag_write_set(a->dag, formula->any, a->arena, &any));
    printf("%s is identifiable:\n  %s = %s\n", query, query, text);
    if (*any) printf("  for any value of %s\n", any);
    return CGM_OK;
}

static cgm_status print_hedge(const answer *a)
{
    const cgm_hedge *h = &a->identification.hedge;
    const char *large, *small, *roots, *x, *y;
    if (a->identification.identifiable) return CGM_OK;
    CGM_TRY(names_of(a, h->large, &large));
    CGM_TRY(names_of(a, h->small, &small));
    CGM_TRY(names_of(a, h->roots, &roots));
    CGM_TRY(names_of(a, h->treatments, &x));
    CGM_TRY(names_of(a, h->outcomes, &y));
    printf("  a hedge forbids P(%s | do(%s)): F = {%s}, F' = {%s}, roots {%s}\n", y, x, large, small, roots);
    return CGM_OK;
}

static cgm_status print_roles(const answer *a)
{
    const struct {
        const char *label;
        const uint64_t *set;
    } rows[] = {
        {"confounders", a->roles.confounders}, {"mediators", a->roles.mediators}, {"colliders", a->roles.colliders}};
    printf("roles\n");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *names;
        CGM_TRY(names_of(a, rows[i].set, &names));
        printf("  %-12s %s%s\n", rows[i].label, names, i == 0 && a->roles.hidden ? ", and hidden ones" : "");
    }
    return CGM_OK;
}

static cgm_status print_instruments(const answer *a)
{
    if (!a->single) return CGM_OK;
    printf("instruments%s\n", a->instruments.n ? "" : ": none");
    for (size_t i = 0; i < a->instruments.n; i++) {
        const char *given;
        CGM_TRY(cgm_dag_write_set(a->dag, a->instruments.instrument[i].given, a->arena, &given));
        printf("  %s%s%s\n", cgm_dag_name(a->dag, a->instruments.instrument[i].node), *given ? " given " : "", given);
    }
    return CGM_OK;
}

static cgm_status print_text(const answer *a, bool latex)
{
    CGM_TRY(print_formula(a, latex ? CGM_FORMULA_LATEX : CGM_FORMULA_TEXT));
    CGM_TRY(print_hedge(a));
    CGM_TRY(print_roles(a));
    printf("adjustment sets%s\n", a->adjustment.n ? ", of which nothing can be left out" : ": none");
    CGM_TRY(print_list(a, &a->adjustment));
    if (a->adjustment.n) {
        CGM_TRY(print_set(a, "fewest", a->fewest, NULL));
        CGM_TRY(print_set(a, "optimal", a->optimal,
                          cgm_dag_hidden_count(a->dag) ? "defined only without hidden common causes" : "none exists"));
    }
    printf("front-door sets%s\n", a->front_door.n ? "" : ": none");
    if (a->front_door.n) CGM_TRY(print_set(a, "minimal", a->front_door_minimal, NULL));
    CGM_TRY(print_list(a, &a->front_door));
    return print_instruments(a);
}

/* ---- JSON; a NULL on the way is found by tool_json_print. */

static json_t *json_set(const answer *a, const uint64_t *set)
{
    if (!set) return json_null();
    json_t *array = json_array();
    size_t *node = cgm_arena_array(a->arena, cgm_dag_count(a->dag), sizeof *node);
    if (!node) return json_decref(array), NULL;
    size_t n = cgm_dag_sort_set(a->dag, set, node);
    for (size_t i = 0; i < n; i++) json_array_append_new(array, json_string(cgm_dag_name(a->dag, node[i])));
    return array;
}

static json_t *json_list(const answer *a, const cgm_set_list *list)
{
    json_t *array = json_array();
    for (size_t i = 0; i < list->n; i++) json_array_append_new(array, json_set(a, list->set[i]));
    return array;
}

static json_t *json_edges(const answer *a, size_t n, const size_t (*edge)[2])
{
    json_t *array = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(array,
                              json_pack("[s, s]", cgm_dag_name(a->dag, edge[i][0]), cgm_dag_name(a->dag, edge[i][1])));
    return array;
}

static cgm_status json_identification(const answer *a, json_t *object)
{
    const cgm_identification *found = &a->identification;
    const cgm_hedge *h = &found->hedge;
    const char *text, *latex;
    json_object_set_new(object, "identifiable", json_boolean(found->identifiable));
    if (!found->identifiable) {
        json_object_set_new(object, "hedge",
                            json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "treatments", json_set(a, h->treatments),
                                      "outcomes", json_set(a, h->outcomes), "F", json_set(a, h->large), "F'",
                                      json_set(a, h->small), "roots", json_set(a, h->roots), "edges",
                                      json_edges(a, h->n_directed, h->directed), "hidden",
                                      json_edges(a, h->n_hidden, h->hidden)));
        return CGM_OK;
    }
    CGM_TRY(cgm_formula_write(&found->formula, CGM_FORMULA_TEXT, a->arena, &text));
    CGM_TRY(cgm_formula_write(&found->formula, CGM_FORMULA_LATEX, a->arena, &latex));
    json_object_set_new(object, "formula", json_string(text));
    json_object_set_new(object, "latex", json_string(latex));
    json_object_set_new(object, "any_value_of", json_set(a, found->formula.any));
    return CGM_OK;
}

static json_t *json_instruments(const answer *a)
{
    json_t *array = json_array();
    for (size_t i = 0; i < a->instruments.n; i++) {
        const cgm_instrument *one = &a->instruments.instrument[i];
        json_array_append_new(array, json_pack("{s:s, s:o}", "instrument", cgm_dag_name(a->dag, one->node), "given",
                                               json_set(a, one->given)));
    }
    return array;
}

static cgm_status print_json(const answer *a)
{
    json_t *object = tool_json_new("identify");
    json_object_set_new(object, "query",
                        json_pack("{s:o, s:o, s:o}", "treatments", json_set(a, a->x), "outcomes", json_set(a, a->y),
                                  "given", json_set(a, a->z)));
    cgm_status status = json_identification(a, object);
    if (status != CGM_OK) {
        json_decref(object);
        return status;
    }
    json_object_set_new(object, "roles",
                        json_pack("{s:o, s:o, s:o, s:b}", "confounders", json_set(a, a->roles.confounders), "mediators",
                                  json_set(a, a->roles.mediators), "colliders", json_set(a, a->roles.colliders),
                                  "hidden_confounders", a->roles.hidden));
    json_object_set_new(object, "adjustment",
                        json_pack("{s:o, s:b, s:o, s:o}", "minimal", json_list(a, &a->adjustment), "complete",
                                  !a->adjustment.more, "fewest", json_set(a, a->fewest), "optimal",
                                  json_set(a, a->optimal)));
    json_object_set_new(object, "front_door",
                        json_pack("{s:o, s:o, s:b}", "minimal", json_set(a, a->front_door_minimal), "all",
                                  json_list(a, &a->front_door), "complete", !a->front_door.more));
    json_object_set_new(object, "instruments", json_instruments(a));
    return tool_json_print(object);
}

static cgm_status run_on_graph(const cgm_dag *dag, const tool_options *o, cgm_arena *arena)
{
    answer a = {.dag = dag, .arena = arena};
    CGM_TRY(cgm_dag_read_set(dag, "--treatment", o->treatments.n, o->treatments.text, arena, &a.x));
    CGM_TRY(cgm_dag_read_set(dag, "--outcome", o->outcomes.n, o->outcomes.text, arena, &a.y));
    CGM_TRY(cgm_dag_read_set(dag, "--given", o->givens.n, o->givens.text, arena, &a.z));
    CGM_TRY(ask(&a, o->max >= 0 ? (size_t)o->max : 100));
    return o->json ? print_json(&a) : print_text(&a, o->latex);
}

static cgm_status run_identify(const tool_options *options)
{
    tool_graph g;
    if (options->treatments.n == 0) return CGM_FAIL(CGM_E_ARG, "identify: expected --treatment NAME");
    if (options->outcomes.n == 0) return CGM_FAIL(CGM_E_ARG, "identify: expected --outcome NAME");
    CGM_TRY(tool_graph_open(options->argument[0], options, &g));
    cgm_status status = run_on_graph(g.dag, options, &g.arena);
    tool_graph_close(&g);
    return status;
}

static const tool_option takes[] = {{OPT_TREATMENT, NULL},
                                    {OPT_OUTCOME, NULL},
                                    {OPT_GIVEN, "variable that the effect is conditional on; may be given again"},
                                    {OPT_MAX, NULL},
                                    {OPT_LATEX, NULL},
                                    {OPT_JSON, NULL},
                                    {OPT_NONE, NULL}};

const tool tool_identify_row = {
    .name = "identify",
    .arguments = "GRAPH",
    .n_arguments = 1,
    .brief = "an effect's formula from what is observed, or why there is none; what to adjust for",
    .doc =
        "GRAPH is a YAML file with a map `graph` of variables and their parents, as in a config, and if some pairs "
        "have "
        "hidden common causes a list of them, `hidden: [[x, y]]`; or a run file or a discrete network (.bif). "
        "Prints whether P(outcome | do(treatment), given) is "
        "identifiable, with its formula or the hedge that forbids it, and for P(outcome | do(treatment)) the roles of "
        "the "
        "other variables, the adjustment sets, the front-door sets and the instruments. Either answer is exit status "
        "0.",
    .options = takes,
    .run = run_identify,
};
