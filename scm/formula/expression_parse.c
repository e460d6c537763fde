/* Parsing expressions, by recursive descent.
 *
 *     expression  := conjunction {or conjunction}
 *     conjunction := negation {and negation}                    sum     := product {(+ | -) product}
 *     negation    := not negation | comparison                  product := unary {(* | /) unary}
 *     comparison  := sum [(< | <= | > | >= | == | !=) sum]      unary   := (- | +) unary | primary [^ unary]
 *     primary     := number | name | "any name" | ( expression ) | function ( expression {, expression} )           */
#include "scm/formula/expression_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "config/number.h"

typedef struct parser {
    const char *text;
    size_t at, depth;
    cgm_arena *arena;
    cgm_expression *e;
} parser;

typedef struct function {
    const char *name;
    formula_op op;
    uint32_t n;
} function;

#define FUNCTION_1(name, value, slope) {#name, FORMULA_##name, 1},
#define FUNCTION_2(name, value, slope_x, slope_y) {#name, FORMULA_##name, 2},
static const function functions[] = {{"if", FORMULA_if, 3},
                                     CGM_FORMULA_FUNCTIONS_1(FUNCTION_1) CGM_FORMULA_FUNCTIONS_2(FUNCTION_2)};
enum { N_FUNCTIONS = sizeof functions / sizeof *functions };

/* Longest first, so that <= is not taken for <. */
static const struct comparison {
    const char *text;
    formula_op op;
} comparisons[] = {{"<=", FORMULA_less_equal}, {">=", FORMULA_greater_equal}, {"==", FORMULA_equal},
                   {"!=", FORMULA_not_equal},  {"<", FORMULA_less},           {">", FORMULA_greater}};
enum { MAX_NAME = 127 };
enum { N_COMPARISONS = sizeof comparisons / sizeof *comparisons };

static cgm_status fail(const parser *p, const char *expected)
{
    return cgm_formula_fail(p->e->what, p->text, p->at, "expected %s", expected);
}

static char look(parser *p)
{
    p->at += strspn(p->text + p->at, " \t\r\n");
    return p->text[p->at];
}

static bool take(parser *p, char c)
{
    if (look(p) != c) return false;
    p->at++;
    return true;
}

/* Every token adds at most one node, so the array, as long as the text, holds them all. */
static uint32_t add(parser *p, formula_op op, uint32_t n, const uint32_t *children)
{
    formula_node *node = &p->e->node[p->e->n_nodes];
    node->op = op;
    node->n_children = n;
    for (uint32_t k = 0; k < n; k++) node->child[k] = children[k];
    return (uint32_t)p->e->n_nodes++;
}

static cgm_status expression(parser *p, uint32_t *out);

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

size_t cgm_formula_name_length(const char *text)
{
    size_t n = 0;
    while (is_letter(text[n]) || (n > 0 && (is_digit(text[n]) || (text[n] == '.' && is_letter(text[n + 1]))))) n++;
    return n;
}

static cgm_status number(parser *p, uint32_t *out)
{
    const char *s = p->text + p->at;
    char digits[64];
    double value;
    size_t n = strspn(s, "0123456789");
    if (s[n] == '.') n += 1 + strspn(s + n + 1, "0123456789");
    if (s[n] == 'e' || s[n] == 'E') {
        size_t sign = s[n + 1] == '+' || s[n + 1] == '-';
        if (is_digit(s[n + 1 + sign])) n += 1 + sign + strspn(s + n + 1 + sign, "0123456789");
    }
    snprintf(digits, sizeof digits, "%.*s", (int)(n < sizeof digits ? n : 0), s);
    if (!cgm_number_parse(digits, &value)) return fail(p, "a number of at most 63 digits and at most 1.79e308");
    p->at += n;
    *out = add(p, FORMULA_number, 0, NULL);
    p->e->node[*out].number = value;
    return CGM_OK;
}

static cgm_status unknown_function(const parser *p, const char *word)
{
    const char *names[N_FUNCTIONS];
    char hint[CGM_HINT_TEXT];
    for (size_t i = 0; i < N_FUNCTIONS; i++) names[i] = functions[i].name;
    return cgm_formula_fail(p->e->what, p->text, p->at, "there is no function '%.40s'%s", word,
                            cgm_hint(word, N_FUNCTIONS, names, hint));
}

/* The arguments and the closing parenthesis. */
static cgm_status call(parser *p, const function *f, uint32_t *out)
{
    uint32_t arguments[3];
    p->at += strlen(f->name);
    take(p, '(');
    for (uint32_t k = 0; k < f->n; k++) {
        char expected[80];
        CGM_TRY(expression(p, &arguments[k]));
        snprintf(expected, sizeof expected, "%s as %s takes %u argument%s", k + 1 < f->n ? "','" : "')'", f->name, f->n,
                 f->n > 1 ? "s" : "");
        if (!take(p, k + 1 < f->n ? ',' : ')')) return fail(p, expected);
    }
    *out = add(p, f->op, f->n, arguments);
    return CGM_OK;
}

/* A variable of that name, whose token has `length` bytes. */
static cgm_status variable(parser *p, const char *word, size_t length, uint32_t *out)
{
    cgm_expression *e = p->e;
    int found = cgm_expression_find(e, word);
    if (found < 0) {
        if (e->n_names == CGM_EXPRESSION_MAX_NAMES) return fail(p, "at most 128 different names");
        found = (int)e->n_names++;
        e->where[found] = p->at;
        if (!(e->name[found] = cgm_arena_strdup(p->arena, word))) return CGM_E_MEMORY;
    }
    e->count[found]++;
    *out = add(p, FORMULA_name, 0, NULL);
    e->node[*out].name = (uint32_t)found;
    p->at += length;
    return CGM_OK;
}

/* "high school", for names that are not words of this language. */
static cgm_status quoted(parser *p, char quote, uint32_t *out)
{
    char name[MAX_NAME + 1];
    const char *begin = p->text + p->at + 1, *end = strchr(begin, quote);
    size_t n = end ? (size_t)(end - begin) : 0;
    if (n < 1 || n > MAX_NAME) return fail(p, "a name of 1 to 127 bytes between quotes");
    memcpy(name, begin, n);
    name[n] = 0;
    return variable(p, name, n + 2, out);
}

static bool is_keyword(const char *word)
{
    return strcmp(word, "and") == 0 || strcmp(word, "or") == 0 || strcmp(word, "not") == 0;
}

static cgm_status word(parser *p, uint32_t *out)
{
    char name[MAX_NAME + 1];
    size_t n = cgm_formula_name_length(p->text + p->at), after = n;
    if (n > MAX_NAME) return fail(p, "a name of at most 127 bytes");
    memcpy(name, p->text + p->at, n);
    name[n] = 0;
    after += strspn(p->text + p->at + n, " \t\r\n");
    bool calls = p->text[p->at + after] == '(';
    for (size_t i = 0; i < N_FUNCTIONS; i++) {
        if (strcmp(functions[i].name, name) != 0) continue;
        return calls ? call(p, &functions[i], out)
                     : cgm_formula_fail(p->e->what, p->text, p->at + n, "expected '(': %s is a function", name);
    }
    if (is_keyword(name)) return fail(p, "a number, a name or '('");
    if (calls) return unknown_function(p, name);
    bool pi = strcmp(name, "pi") == 0;
    if (!pi && strcmp(name, "e") != 0) return variable(p, name, n, out);
    p->at += n;
    *out = add(p, FORMULA_number, 0, NULL);
    p->e->node[*out].number = pi ? M_PI : M_E;
    return CGM_OK;
}

static cgm_status primary(parser *p, uint32_t *out)
{
    char c = look(p);
    if (is_digit(c) || (c == '.' && is_digit(p->text[p->at + 1]))) return number(p, out);
    if (is_letter(c)) return word(p, out);
    if (c == '"' || c == '\'') return quoted(p, c, out);
    if (!take(p, '(')) return fail(p, "a number, a name or '('");
    CGM_TRY(expression(p, out));
    return take(p, ')') ? CGM_OK : fail(p, "')'");
}

/* All nesting passes through here. */
static cgm_status unary(parser *p, uint32_t *out)
{
    uint32_t operands[2];
    if (++p->depth > FORMULA_MAX_DEPTH) return fail(p, "at most 64 levels of nesting");
    if (take(p, '-')) {
        CGM_TRY(unary(p, operands));
        *out = add(p, FORMULA_negative, 1, operands);
    } else if (take(p, '+')) {
        CGM_TRY(unary(p, out));
    } else {
        CGM_TRY(primary(p, out));
        if (take(p, '^')) {
            operands[0] = *out;
            CGM_TRY(unary(p, &operands[1]));
            *out = add(p, FORMULA_pow, 2, operands);
        }
    }
    p->depth--;
    return CGM_OK;
}

static cgm_status product(parser *p, uint32_t *out)
{
    CGM_TRY(unary(p, out));
    for (char c = look(p); c == '*' || c == '/'; c = look(p)) {
        uint32_t operands[2] = {*out};
        p->at++;
        CGM_TRY(unary(p, &operands[1]));
        *out = add(p, c == '*' ? FORMULA_multiply : FORMULA_divide, 2, operands);
    }
    return CGM_OK;
}

static cgm_status sum(parser *p, uint32_t *out)
{
    CGM_TRY(product(p, out));
    for (char c = look(p); c == '+' || c == '-'; c = look(p)) {
        uint32_t operands[2] = {*out};
        p->at++;
        CGM_TRY(product(p, &operands[1]));
        *out = add(p, c == '+' ? FORMULA_add : FORMULA_subtract, 2, operands);
    }
    return CGM_OK;
}

static bool take_comparison(parser *p, formula_op *op)
{
    look(p);
    for (size_t i = 0; i < N_COMPARISONS; i++) {
        size_t n = strlen(comparisons[i].text);
        if (strncmp(p->text + p->at, comparisons[i].text, n) != 0) continue;
        p->at += n;
        *op = comparisons[i].op;
        return true;
    }
    return false;
}

static cgm_status comparison(parser *p, uint32_t *out)
{
    formula_op op;
    CGM_TRY(sum(p, out));
    if (!take_comparison(p, &op)) return CGM_OK;
    uint32_t operands[2] = {*out};
    CGM_TRY(sum(p, &operands[1]));
    *out = add(p, op, 2, operands);
    size_t at = p->at;
    if (!take_comparison(p, &op)) return CGM_OK;
    p->at = at;
    return fail(p, "one comparison: write a < b and b < c");
}

static bool take_keyword(parser *p, const char *keyword)
{
    look(p);
    size_t n = strlen(keyword);
    if (cgm_formula_name_length(p->text + p->at) != n || strncmp(p->text + p->at, keyword, n) != 0) return false;
    p->at += n;
    return true;
}

static cgm_status negation(parser *p, uint32_t *out)
{
    uint32_t operand;
    if (!take_keyword(p, "not")) return comparison(p, out);
    if (++p->depth > FORMULA_MAX_DEPTH) return fail(p, "at most 64 levels of nesting");
    CGM_TRY(negation(p, &operand));
    p->depth--;
    *out = add(p, FORMULA_not, 1, &operand);
    return CGM_OK;
}

static cgm_status conjunction(parser *p, uint32_t *out)
{
    CGM_TRY(negation(p, out));
    while (take_keyword(p, "and")) {
        uint32_t operands[2] = {*out};
        CGM_TRY(negation(p, &operands[1]));
        *out = add(p, FORMULA_and, 2, operands);
    }
    return CGM_OK;
}

static cgm_status expression(parser *p, uint32_t *out)
{
    CGM_TRY(conjunction(p, out));
    while (take_keyword(p, "or")) {
        uint32_t operands[2] = {*out};
        CGM_TRY(conjunction(p, &operands[1]));
        *out = add(p, FORMULA_or, 2, operands);
    }
    return CGM_OK;
}

/* Places of the stack that evaluating takes. */
static size_t stack_depth(const cgm_expression *e)
{
    size_t top = 0, most = 0;
    for (size_t k = 0; k < e->n_nodes; k++) {
        top = top + 1 - e->node[k].n_children;
        if (top > most) most = top;
    }
    return most;
}

cgm_status cgm_formula_parse_part(const char *text, const char *what, size_t *at, cgm_arena *arena,
                                  cgm_expression **out)
{
    uint32_t root;
    size_t length = strlen(text);
    cgm_status status = CGM_OK;
    if (length > CGM_EXPRESSION_MAX_BYTES)
        return CGM_FAIL(CGM_E_ARG, "%s: %zu bytes; expected at most %d", what ? what : "do", length,
                        CGM_EXPRESSION_MAX_BYTES);
    cgm_expression *e = cgm_arena_alloc(arena, sizeof *e);
    if (!e) return CGM_E_MEMORY;
    formula_node *scratch = calloc(length - *at + 1, sizeof *scratch);
    if (!scratch) return CGM_FAIL(CGM_E_MEMORY, "out of memory for an expression");
    e->what = what;
    e->text = text;
    e->node = scratch;
    parser p = {.text = text, .at = *at, .arena = arena, .e = e};
    CGM_TRY_GOTO(expression(&p, &root), done);
    if (stack_depth(e) > FORMULA_MAX_DEPTH) CGM_TRY_GOTO(fail(&p, "a formula that is less deeply nested"), done);
    if (!(e->node = cgm_arena_array(arena, e->n_nodes, sizeof *e->node))) CGM_TRY_GOTO(CGM_E_MEMORY, done);
    memcpy(e->node, scratch, e->n_nodes * sizeof *e->node);
    look(&p);
    *at = p.at;
    *out = e;
done:
    free(scratch);
    return status;
}

static cgm_status parse_whole(const char *text, const char *what, cgm_arena *arena, cgm_expression **out)
{
    size_t at = 0;
    text = cgm_arena_strdup(arena, text);
    what = cgm_arena_strdup(arena, what);
    if (!text || !what) return CGM_E_MEMORY;
    CGM_TRY(cgm_formula_parse_part(text, what, &at, arena, out));
    return text[at] ? cgm_formula_fail(what, text, at, "expected an operator or the end") : CGM_OK;
}

cgm_status cgm_expression_parse(const char *text, const char *what, cgm_expression **out)
{
    cgm_arena arena = {0};
    cgm_expression *e = NULL;
    cgm_status status = parse_whole(text, what, &arena, &e);
    if (status != CGM_OK) {
        cgm_arena_clear(&arena);
        return status;
    }
    e->arena = arena;
    *out = e;
    return CGM_OK;
}
