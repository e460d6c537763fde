/* Interventions as text, for command lines, configs and C alike.
 *
 *     do         := one {, one}                       value := expression | level | permuted
 *     one        := target action [if expression]     edge  := node -> node
 *     target     := node | edge | edge : node         action := = value | += -= *= /= := expression | ~ distribution */
#include <string.h>

#include "scm/intervention_parse.h"

static const struct action {
    const char *text;
    cgm_do_kind kind;
    scm_do_how how;
} actions[] = {
    {"+=", CGM_DO_FUNCTION, SCM_PLUS}, {"-=", CGM_DO_FUNCTION, SCM_MINUS},   {"*=", CGM_DO_FUNCTION, SCM_TIMES},
    {"/=", CGM_DO_FUNCTION, SCM_OVER}, {":=", CGM_DO_FUNCTION, SCM_BECOMES}, {"~", CGM_DO_DRAW, SCM_BECOMES},
    {"=", CGM_DO_SET, SCM_BECOMES},
};
enum { N_ACTIONS = sizeof actions / sizeof *actions };

#define FAIL(r, at, ...) cgm_formula_fail(NULL, (r)->text, at, __VA_ARGS__)
static char look(scm_do_reader *r)
{
    r->at += strspn(r->text + r->at, " \t\r\n");
    return r->text[r->at];
}

/* ---- Targets ---- */

/* A node's name ends before "->" and "-=", although it may hold a '-'. */
static size_t name_length(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";
    size_t n = 0;
    for (;; n++) {
        bool dash = text[n] == '-' && text[n + 1] != '>' && text[n + 1] != '=';
        bool letter = text[n] && strchr(letters, text[n]);
        if (!dash && !letter && (unsigned char)text[n] < 0x80) return n;
    }
}

static cgm_status read_node(scm_do_reader *r, size_t *out)
{
    look(r);
    size_t n = name_length(r->text + r->at);
    if (n == 0) return FAIL(r, r->at, "expected the name of a variable");
    char *name = cgm_arena_printf(r->arena, "%.*s", (int)n, r->text + r->at);
    if (!name) return CGM_E_MEMORY;
    TRY_AT(r, r->at, cgm_scm_lookup_node(r->scm, name, out));
    r->at += n;
    return CGM_OK;
}

static bool take(scm_do_reader *r, const char *token)
{
    look(r);
    size_t n = strlen(token);
    if (strncmp(r->text + r->at, token, n) != 0) return false;
    r->at += n;
    return true;
}

/* "x", "x->y", or "x->y: x" with the source again. */
static cgm_status read_target(scm_do_reader *r)
{
    cgm_intervention *x = r->now;
    size_t begin = (look(r), r->at), to, again;
    CGM_TRY(read_node(r, &x->node));
    x->to = -1;
    if (take(r, "->")) {
        CGM_TRY(read_node(r, &to));
        TRY_AT(r, begin, cgm_scm_check_edge(r->scm, x->node, to));
        x->to = (int)to;
        if (look(r) == ':' && r->text[r->at + 1] != '=') {
            r->at++;
            size_t at = (look(r), r->at);
            CGM_TRY(read_node(r, &again));
            if (again != x->node)
                return FAIL(r, at, "expected '%s': along an edge its source is set", r->scm->node[x->node].name);
        }
    }
    TRY_AT(r, begin, cgm_scm_check_settable(r->scm, x->node));
    x->target = x->to < 0 ? r->scm->node[x->node].name
                          : cgm_arena_printf(r->arena, "%s->%s", r->scm->node[x->node].name, r->scm->node[x->to].name);
    return x->target ? CGM_OK : CGM_E_MEMORY;
}

static cgm_status read_action(scm_do_reader *r, const struct action **out)
{
    for (size_t k = 0; k < N_ACTIONS; k++) {
        if (!take(r, actions[k].text)) continue;
        *out = &actions[k];
        return CGM_OK;
    }
    bool half = look(r) && strchr("+-*/:", r->text[r->at]);
    if (half) return FAIL(r, r->at + 1, "expected '=' after '%c'", r->text[r->at]);
    return FAIL(r, r->at, "expected one of = += -= *= /= := ~%s", r->now->to < 0 ? " ->" : " :");
}

/* ---- Words ---- */

/* Whether a value may end here: the text does, or a ',' or an `if` follows. */
static bool ends(const scm_do_reader *r, size_t at)
{
    at += strspn(r->text + at, " \t\r\n");
    const char *rest = r->text + at;
    return !*rest || *rest == ',' || (cgm_formula_name_length(rest) == 2 && strncmp(rest, "if", 2) == 0);
}

/* ---- Expressions ---- */

static cgm_status need_rule(scm_do_reader *r)
{
    if (r->rule) return CGM_OK;
    r->now->rule = r->rule = cgm_arena_alloc(r->arena, sizeof *r->rule);
    return r->rule ? CGM_OK : CGM_E_MEMORY;
}

static cgm_status read_function(scm_do_reader *r, scm_do_how how)
{
    CGM_TRY(need_rule(r));
    r->rule->how = how;
    r->rule->n_terms = 1;
    r->rule->term = cgm_arena_alloc(r->arena, sizeof *r->rule->term);
    if (!r->rule->term) return CGM_E_MEMORY;
    CGM_TRY(cgm_formula_parse_part(r->text, NULL, &r->at, r->arena, &r->rule->term->e));
    return cgm_scm_do_bind(r, r->rule->term);
}

static cgm_status read_draw(scm_do_reader *r)
{
    CGM_TRY(need_rule(r));
    cgm_draw *draw = &r->rule->draw;
    CGM_TRY(cgm_draw_parse(r->text, NULL, &r->at, r->arena, draw));
    r->rule->n_terms = draw->n;
    r->rule->term = cgm_arena_array(r->arena, draw->n, sizeof *r->rule->term);
    if (!r->rule->term) return CGM_E_MEMORY;
    for (size_t k = 0; k < draw->n; k++) {
        r->rule->term[k].e = draw->parameter[k];
        CGM_TRY(cgm_scm_do_bind(r, &r->rule->term[k]));
    }
    return cgm_draw_fix(draw, r->arena);
}

/* ---- Values ---- */

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

static cgm_status read_value(scm_do_reader *r)
{
    static const char permuted[] = "permuted";
    const cgm_variable *x = cgm_scm_variable_of(r->scm, r->now->node);
    size_t n = sizeof permuted - 1;
    look(r);
    bool is_permuted = strncmp(r->text + r->at, permuted, n) == 0 && ends(r, r->at + n);
    if (is_permuted && cgm_scm_find_level(x, permuted) < 0) {
        r->at += n;
        r->now->kind = CGM_DO_PERMUTED;
        return CGM_OK;
    }
    return x && cgm_variable_has_levels(x) && x->level_names ? read_level(r, x) : read_number(r);
}

/* ---- Interventions ---- */

static cgm_status read_condition(scm_do_reader *r)
{
    look(r);
    if (cgm_formula_name_length(r->text + r->at) != 2 || !take(r, "if")) return CGM_OK;
    CGM_TRY(need_rule(r));
    CGM_TRY(cgm_formula_parse_part(r->text, NULL, &r->at, r->arena, &r->rule->condition.e));
    return cgm_scm_do_bind(r, &r->rule->condition);
}

static cgm_status read_one(scm_do_reader *r, cgm_intervention *out)
{
    const struct action *action = NULL;
    *out = (cgm_intervention){.to = -1};
    r->now = out;
    r->rule = NULL;
    CGM_TRY(read_target(r));
    CGM_TRY(read_action(r, &action));
    out->kind = action->kind;
    size_t begin = (look(r), r->at), end;
    if (action->kind == CGM_DO_SET)
        CGM_TRY(read_value(r));
    else if (action->kind == CGM_DO_DRAW)
        CGM_TRY(read_draw(r));
    else
        CGM_TRY(read_function(r, action->how));
    CGM_TRY(read_condition(r));
    if (look(r) && r->text[r->at] != ',') return FAIL(r, r->at, "expected an operator, ',', 'if' or the end");
    for (end = r->at; end > begin && strchr(" \t\r\n", r->text[end - 1]);) end--;
    out->text =
        cgm_arena_printf(r->arena, "%s %s %.*s", out->target, action->text, (int)(end - begin), r->text + begin);
    return out->text ? CGM_OK : CGM_E_MEMORY;
}

/* How many there may be. */
static size_t most(const char *text)
{
    size_t n = 1;
    for (; *text; text++) n += *text == ',';
    return n;
}

static cgm_status read_all(const cgm_scm *scm, const char *text, cgm_arena *arena, size_t *n, cgm_intervention *out)
{
    scm_do_reader r = {.scm = scm, .arena = arena, .text = cgm_arena_strdup(arena, text)};
    if (!r.text) return CGM_E_MEMORY;
    if (strlen(text) > CGM_EXPRESSION_MAX_BYTES)
        return CGM_FAIL(CGM_E_ARG, "do: %zu bytes; expected at most %d", strlen(text), CGM_EXPRESSION_MAX_BYTES);
    do CGM_TRY(read_one(&r, &out[(*n)++]));
    while (take(&r, ","));
    return CGM_OK;
}

cgm_status cgm_scm_parse_dos(const cgm_scm *scm, size_t n_texts, const char *const *texts, cgm_arena *arena, size_t *n,
                             cgm_intervention **out)
{
    size_t room = 0, count = 0;
    for (size_t k = 0; k < n_texts; k++) room += most(texts[k]);
    cgm_intervention *list = cgm_arena_array(arena, room + 1, sizeof *list);
    if (!list) return CGM_E_MEMORY;
    for (size_t k = 0; k < n_texts; k++) CGM_TRY(read_all(scm, texts[k], arena, &count, list));
    *n = count;
    *out = list;
    return CGM_OK;
}

cgm_status cgm_scm_parse_do(const cgm_scm *scm, const char *text, cgm_arena *arena, size_t *n, cgm_intervention **out)
{
    return cgm_scm_parse_dos(scm, 1, &text, arena, n, out);
}

const char *cgm_scm_do_text(cgm_arena *arena, const char *target, const char *value)
{
    const char *begin = value + strspn(value, " \t");
    bool action = false;
    for (size_t k = 0; k < N_ACTIONS; k++) action |= strncmp(begin, actions[k].text, strlen(actions[k].text)) == 0;
    return cgm_arena_printf(arena, "%s%s%s", target, action ? " " : "=", begin);
}

cgm_status cgm_scm_parse_intervention(const cgm_scm *scm, const char *text, cgm_intervention *out)
{
    cgm_arena arena = {0};
    cgm_intervention *list;
    size_t n;
    cgm_status status = cgm_scm_parse_do(scm, text, &arena, &n, &list);
    if (status == CGM_OK && (n != 1 || list->kind != CGM_DO_SET || list->rule))
        status = CGM_FAIL(CGM_E_ARG, "do(%.80s): expected one hard intervention, VARIABLE=VALUE", text);
    if (status == CGM_OK) *out = (cgm_intervention){.node = list->node, .to = list->to, .value = list->value};
    cgm_arena_clear(&arena);
    return status;
}
