/* What can be asked of an expression, and messages about one. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scm/formula/expression_priv.h"

/* Some bytes of text for a message, whatever they are; size - 4 at most. */
static void quote(const char *text, size_t n, size_t size, char *out)
{
    size_t i = 0;
    for (; i < n && i < size - 4; i++) {
        unsigned char c = (unsigned char)text[i];
        out[i] = (char)(c >= 0x20 && c < 0x7F ? c : c < 0x80 ? ' ' : '?');
    }
    strcpy(out + i, i < n ? "..." : "");
}

cgm_status cgm_formula_at(cgm_status status, const char *what, const char *text, size_t at)
{
    char whole[84];
    size_t line = 1, column = 1;
    for (size_t i = 0; i < at; i++) {
        column += ((unsigned char)text[i] & 0xC0) != 0x80; /* characters, not bytes */
        if (what && text[i] == '\n') line++, column = 1;
    }
    if (what) return cgm_fail_context(status, "%s:%zu:%zu", what, line, column);
    quote(text, strlen(text), sizeof whole, whole);
    return cgm_fail_context(status, "do(%s): column %zu", whole, column);
}

cgm_status cgm_formula_fail(const char *what, const char *text, size_t at, const char *format, ...)
{
    char message[300], near[28];
    size_t n = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (!what) return cgm_formula_at(CGM_FAIL(CGM_E_ARG, "%s", message), NULL, text, at);
    bool end = at >= n;
    size_t from = end ? (n > 16 ? n - 16 : 0) : at;
    quote(text + from, n - from, sizeof near, near);
    return cgm_formula_at(CGM_FAIL(CGM_E_ARG, "%s, %s '%s'", message, end ? "at the end, after" : "at", near), what,
                          text, at);
}

void cgm_expression_destroy(cgm_expression *e)
{
    if (!e) return;
    cgm_arena arena = e->arena;
    cgm_arena_clear(&arena);
}

const char *cgm_expression_text(const cgm_expression *e)
{
    return e->text;
}

size_t cgm_expression_names(const cgm_expression *e, const char *const **names)
{
    *names = e->name;
    return e->n_names;
}

int cgm_expression_find(const cgm_expression *e, const char *name)
{
    for (size_t i = 0; i < e->n_names; i++)
        if (strcmp(e->name[i], name) == 0) return (int)i;
    return -1;
}

size_t cgm_expression_count(const cgm_expression *e, size_t name)
{
    return e->count[name];
}

cgm_status cgm_expression_fail(const cgm_expression *e, size_t name, const char *format, ...)
{
    char message[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return cgm_formula_fail(e->what, e->text, e->where[name], "%s", message);
}

/* ---- Words that stand for numbers ---- */

static cgm_status replace(cgm_expression *e, size_t node, const char *beside, cgm_formula_word *number_of,
                          void *context)
{
    formula_node *x = &e->node[node];
    bool found = false;
    double number;
    if (x->op != FORMULA_name) return CGM_OK;
    CGM_TRY(number_of(context, e, x->name, beside, &found, &number));
    if (!found) return CGM_OK;
    e->count[x->name]--;
    *x = (formula_node){.op = FORMULA_number, .number = number};
    return CGM_OK;
}

cgm_status cgm_formula_replace_words(cgm_expression *e, cgm_formula_word *number_of, void *context)
{
    for (size_t k = 0; k < e->n_nodes; k++) {
        const formula_node *x = &e->node[k];
        if (x->op < FORMULA_less || x->op > FORMULA_not_equal) continue;
        size_t a = x->child[0], b = x->child[1];
        if (e->node[a].op != FORMULA_name || e->node[b].op != FORMULA_name) continue;
        const char *left = e->name[e->node[a].name], *right = e->name[e->node[b].name];
        CGM_TRY(replace(e, b, left, number_of, context));
        if (e->node[b].op == FORMULA_name) CGM_TRY(replace(e, a, right, number_of, context));
    }
    for (size_t k = 0; k < e->n_nodes; k++) CGM_TRY(replace(e, k, NULL, number_of, context));
    return CGM_OK;
}

/* ---- Form ---- */

/* 0: a number, 1: affine, 2: neither. The operands' degrees are where the postfix order leaves them. */
static int degree(const formula_node *x, const unsigned char *of)
{
    int a = x->n_children > 0 ? of[x->child[0]] : 0, b = x->n_children > 1 ? of[x->child[1]] : 0;
    int c = x->n_children > 2 ? of[x->child[2]] : 0;
    switch (x->op) {
    case FORMULA_name:
        return 1;
    case FORMULA_negative:
        return a;
    case FORMULA_add:
    case FORMULA_subtract:
        return a > b ? a : b;
    case FORMULA_multiply:
        return a + b > 2 ? 2 : a + b;
    case FORMULA_divide:
        return b == 0 ? a : 2;
    default:
        return a || b || c ? 2 : 0;
    }
}

bool cgm_formula_is_affine(const cgm_expression *e)
{
    unsigned char of[CGM_EXPRESSION_MAX_BYTES + 1]; /* no more nodes than bytes */
    for (size_t k = 0; k < e->n_nodes; k++) of[k] = (unsigned char)degree(&e->node[k], of);
    return of[e->n_nodes - 1] < 2;
}
