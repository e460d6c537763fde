/* Values of hard interventions: numbers, names of levels, `permuted`. */
#include <string.h>

#include "scm/interventions/intervention_parse.h"

char cgm_scm_do_look(scm_do_reader *r)
{
    r->at += strspn(r->text + r->at, " \t\r\n");
    return r->text[r->at];
}

/* Whether a value may end here: the text does, or a ',' or an `if` follows. */
static bool ends(const scm_do_reader *r, size_t at)
{
    at += strspn(r->text + at, " \t\r\n");
    const char *rest = r->text + at;
    return !*rest || *rest == ',' || (cgm_formula_name_length(rest) == 2 && strncmp(rest, "if", 2) == 0);
}

/* The longest level whose name stands here: it may hold anything, commas too. */
static cgm_status read_level(scm_do_reader *r, const cgm_variable *x)
{
    size_t best = 0, end = r->at;
    for (int level = 0; level < x->levels; level++) {
        size_t n = strlen(x->level_names[level]);
        if (n <= best || strncmp(r->text + r->at, x->level_names[level], n) != 0 || !ends(r, r->at + n)) continue;
        best = n;
        r->now->value = level;
    }
    if (best > 0) {
        r->at += best;
        return CGM_OK;
    }
    while (!ends(r, end)) end++;
    const char *word = cgm_arena_printf(r->arena, "%.*s", (int)(end - r->at), r->text + r->at);
    if (!word) return CGM_E_MEMORY;
    TRY_AT(r, r->at, cgm_variable_parse(x, word, &r->now->value));
    r->at = end;
    return CGM_OK;
}

static cgm_status read_number(scm_do_reader *r)
{
    cgm_expression *e;
    size_t begin = r->at;
    CGM_TRY(cgm_formula_parse_part(r->text, NULL, &r->at, r->arena, &e));
    if (e->n_names > 0)
        return cgm_expression_fail(e, 0, "expected a number: a function is written %s := ...", r->now->target);
    cgm_expression_evaluate(e, 1, NULL, &r->now->value);
    TRY_AT(r, begin, cgm_scm_check_node_value(r->scm, r->now->node, r->now->value));
    return CGM_OK;
}

/* Of a graph alone: any word. */
static cgm_status skip_value(scm_do_reader *r)
{
    if (ends(r, r->at)) return FAIL_AT(r, r->at, "expected a value");
    while (!ends(r, r->at)) r->at++;
    return CGM_OK;
}

cgm_status cgm_scm_do_read_value(scm_do_reader *r)
{
    static const char permuted[] = "permuted";
    size_t n = sizeof permuted - 1;
    cgm_scm_do_look(r);
    if (!r->scm) return skip_value(r);
    const cgm_variable *x = cgm_scm_variable_of(r->scm, r->now->node);
    bool is_permuted = strncmp(r->text + r->at, permuted, n) == 0 && ends(r, r->at + n);
    if (is_permuted && cgm_scm_find_level(x, permuted) < 0) {
        r->at += n;
        r->now->kind = CGM_DO_PERMUTED;
        return CGM_OK;
    }
    return x && cgm_variable_has_levels(x) && x->level_names ? read_level(r, x) : read_number(r);
}
