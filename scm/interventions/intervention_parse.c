/* Interventions as text, for command lines, configs and C alike.
 *
 *     do         := one {, one}                       value := expression | level | permuted
 *     one        := target action [if expression]     edge  := node -> node
 *     target     := node | edge | edge : node         action := = value | += -= *= /= := expression | ~ distribution */
#include <string.h>

#include "scm/interventions/intervention_parse.h"

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

/* ---- Targets ---- */

static bool is_action(const char *text)
{
    text += strspn(text, " \t\r\n");
    for (size_t k = 0; k < N_ACTIONS; k++)
        if (strncmp(text, actions[k].text, strlen(actions[k].text)) == 0) return true;
    return false;
}

/* Whether an arrow or an action begins here, which a name may be in front of. */
static bool ends_name(const char *text)
{
    if (is_action(text)) return true;
    text += strspn(text, " \t\r\n");
    return *text == ':' || strncmp(text, "->", 2) == 0;
}

/* The longest node that the text names here; SIZE_MAX when there is none. */
static size_t longest_node(const scm_do_reader *r, size_t *length)
{
    size_t found = SIZE_MAX;
    *length = 0;
    for (size_t i = 0; i < cgm_scm_do_count(r); i++) {
        const char *name = cgm_scm_do_name(r, i);
        size_t n = strlen(name);
        if (n <= *length || strncmp(r->text + r->at, name, n) != 0 || !ends_name(r->text + r->at + n)) continue;
        *length = n;
        found = i;
    }
    return found;
}

/* The bytes here that look like a name. */
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
    size_t n;
    cgm_scm_do_look(r);
    *out = longest_node(r, &n);
    if (*out == SIZE_MAX) {
        n = name_length(r->text + r->at);
        if (n == 0) return FAIL_AT(r, r->at, "expected the name of a variable");
        const char *name = cgm_arena_printf(r->arena, "%.*s", (int)n, r->text + r->at);
        if (!name) return CGM_E_MEMORY;
        CGM_TRY(cgm_scm_do_lookup(r, name, r->at, out));
    }
    r->at += n;
    return CGM_OK;
}

static bool take(scm_do_reader *r, const char *token)
{
    cgm_scm_do_look(r);
    size_t n = strlen(token);
    if (strncmp(r->text + r->at, token, n) != 0) return false;
    r->at += n;
    return true;
}

/* "x", "x->y", or "x->y: x" with the source again. */
static cgm_status read_target(scm_do_reader *r)
{
    cgm_intervention *x = r->now;
    size_t begin = (cgm_scm_do_look(r), r->at), to, again;
    CGM_TRY(read_node(r, &x->node));
    x->to = -1;
    if (take(r, "->")) {
        CGM_TRY(read_node(r, &to));
        if (!cgm_scm_do_sees(r, to, x->node))
            return FAIL_AT(r, begin, "there is no edge from '%s' to '%s'", cgm_scm_do_name(r, x->node),
                           cgm_scm_do_name(r, to));
        x->to = (int)to;
        if (cgm_scm_do_look(r) == ':' && r->text[r->at + 1] != '=') {
            r->at++;
            size_t at = (cgm_scm_do_look(r), r->at);
            CGM_TRY(read_node(r, &again));
            if (again != x->node)
                return FAIL_AT(r, at, "expected '%s': along an edge its source is set", cgm_scm_do_name(r, x->node));
        }
    }
    if (r->scm) TRY_AT(r, begin, cgm_scm_check_settable(r->scm, x->node));
    x->target = x->to < 0 ? cgm_scm_do_name(r, x->node)
                          : cgm_arena_printf(r->arena, "%s->%s", cgm_scm_do_name(r, x->node),
                                             cgm_scm_do_name(r, (size_t)x->to));
    return x->target ? CGM_OK : CGM_E_MEMORY;
}

static cgm_status read_action(scm_do_reader *r, const struct action **out)
{
    for (size_t k = 0; k < N_ACTIONS; k++) {
        if (!take(r, actions[k].text)) continue;
        *out = &actions[k];
        return CGM_OK;
    }
    bool half = cgm_scm_do_look(r) && strchr("+-*/:", r->text[r->at]);
    if (half) return FAIL_AT(r, r->at + 1, "expected '=' after '%c'", r->text[r->at]);
    return FAIL_AT(r, r->at, "expected one of = += -= *= /= := ~%s", r->now->to < 0 ? " ->" : " :");
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
    return r->scm ? cgm_draw_fix(draw, r->arena) : CGM_OK; /* a graph alone does not know all names */
}

/* ---- Interventions ---- */

static cgm_status read_condition(scm_do_reader *r)
{
    cgm_scm_do_look(r);
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
    size_t begin = (cgm_scm_do_look(r), r->at), end;
    if (action->kind == CGM_DO_SET)
        CGM_TRY(cgm_scm_do_read_value(r));
    else if (action->kind == CGM_DO_DRAW)
        CGM_TRY(read_draw(r));
    else
        CGM_TRY(read_function(r, action->how));
    CGM_TRY(read_condition(r));
    if (cgm_scm_do_look(r) && r->text[r->at] != ',')
        return FAIL_AT(r, r->at, "expected an operator, ',', 'if' or the end");
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

static cgm_status read_text(const scm_do_reader *whose, const char *text, size_t *n, cgm_intervention *out)
{
    scm_do_reader r = *whose;
    if (!(r.text = cgm_arena_strdup(r.arena, text))) return CGM_E_MEMORY;
    if (strlen(text) > CGM_EXPRESSION_MAX_BYTES)
        return CGM_FAIL(CGM_E_ARG, "do: %zu bytes; expected at most %d", strlen(text), CGM_EXPRESSION_MAX_BYTES);
    do CGM_TRY(read_one(&r, &out[(*n)++]));
    while (take(&r, ","));
    return CGM_OK;
}

static cgm_status read_texts(const scm_do_reader *whose, size_t n_texts, const char *const *texts, size_t *n,
                             cgm_intervention **out)
{
    size_t room = 0, count = 0;
    for (size_t k = 0; k < n_texts; k++) room += most(texts[k]);
    cgm_intervention *list = cgm_arena_array(whose->arena, room + 1, sizeof *list);
    if (!list) return CGM_E_MEMORY;
    for (size_t k = 0; k < n_texts; k++) CGM_TRY(read_text(whose, texts[k], &count, list));
    *n = count;
    *out = list;
    return CGM_OK;
}

cgm_status cgm_scm_parse_dos(const cgm_scm *scm, size_t n_texts, const char *const *texts, cgm_arena *arena, size_t *n,
                             cgm_intervention **out)
{
    return read_texts(&(scm_do_reader){.scm = scm, .arena = arena}, n_texts, texts, n, out);
}

cgm_status cgm_dag_parse_dos(const cgm_dag *dag, size_t n_texts, const char *const *texts, cgm_arena *arena, size_t *n,
                             cgm_intervention **out)
{
    return read_texts(&(scm_do_reader){.dag = dag, .arena = arena}, n_texts, texts, n, out);
}

cgm_status cgm_scm_parse_do(const cgm_scm *scm, const char *text, cgm_arena *arena, size_t *n, cgm_intervention **out)
{
    return cgm_scm_parse_dos(scm, 1, &text, arena, n, out);
}

const char *cgm_scm_do_text(cgm_arena *arena, const char *target, const char *value)
{
    const char *arrow = strstr(target, "->");
    size_t n = arrow ? (size_t)(arrow - target) : 0;
    value += strspn(value, " \t");
    while (n > 0 && strchr(" \t", target[n - 1])) n--;
    bool again = n > 0 && strncmp(value, target, n) == 0 && is_action(value + n);
    return cgm_arena_printf(arena, "%s%s%s", target, again ? ": " : is_action(value) ? " " : "=", value);
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
