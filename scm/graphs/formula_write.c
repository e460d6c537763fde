/* Formulas as text and as LaTeX. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "scm/graphs/formula_priv.h"

enum { LONG_TEXT = 2000 };

typedef struct writer {
    const cgm_dag *dag;
    cgm_formula_style style;
    cgm_arena *arena;
    char *text;
    size_t n, capacity;
    bool failed;
    uint16_t *depth; /* of each variable: how many sums over it, or what holds it, are around */
    size_t *length;  /* of each expression's text, roughly; 0: not known yet */
    size_t *uses;    /* of each expression by others */
    size_t *number;  /* of each expression with a name, from 1 */
    const cgm_expression **named;
    size_t n_named;
} writer;

static void put(writer *w, const char *text)
{
    size_t bytes = strlen(text);
    if (w->n + bytes >= w->capacity) {
        size_t capacity = 2 * (w->n + bytes) + 256;
        char *grown = cgm_arena_alloc(w->arena, capacity);
        if (!grown) w->failed = true;
        if (w->failed) return;
        if (w->n) memcpy(grown, w->text, w->n);
        w->text = grown;
        w->capacity = capacity;
    }
    memcpy(w->text + w->n, text, bytes + 1);
    w->n += bytes;
}

static bool is_latex(const writer *w)
{
    return w->style == CGM_FORMULA_LATEX;
}

/* Letters that mean something to TeX are escaped, and a name of several letters is set as one word. */
static void put_name(writer *w, const char *name)
{
    bool word = is_latex(w) && name[1];
    if (!is_latex(w)) {
        put(w, name);
        return;
    }
    if (word) put(w, "\\mathit{");
    for (const char *c = name; *c; c++) {
        char one[2] = {*c, 0};
        if (*c == '\\')
            put(w, "\\backslash ");
        else if (*c == '^' || *c == '~')
            put(w, *c == '^' ? "\\hat{}" : "\\sim ");
        else {
            if (strchr("_%$&#{}", *c)) put(w, "\\");
            put(w, one);
        }
    }
    if (word) put(w, "}");
}

static void put_variable(writer *w, size_t i)
{
    put_name(w, w->dag->name[i]);
    for (uint16_t k = 1; k < w->depth[i]; k++) put(w, "'");
}

static void put_set(writer *w, const uint64_t *set)
{
    size_t node[CGM_DAG_MAX_NODES], n = cgm_dag_sort_set(w->dag, set, node);
    for (size_t k = 0; k < n; k++) {
        if (k) put(w, ", ");
        put_variable(w, node[k]);
    }
}

static void put_expression(writer *w, const cgm_expression *e, bool last);

static void put_probability(writer *w, const cgm_expression *e)
{
    put(w, "P(");
    put_set(w, e->of);
    if (!cgm_set_is_empty(w->dag->words, e->given)) {
        put(w, is_latex(w) ? " \\mid " : " | ");
        put_set(w, e->given);
    }
    put(w, ")");
}

static void put_sum(writer *w, const cgm_expression *e)
{
    bool many = cgm_set_count(w->dag->words, e->of) > 1 || is_latex(w);
    CGM_SET_EACH(i, w->dag->words, e->of) w->depth[i]++;
    put(w, is_latex(w) ? "\\sum_" : "sum_");
    if (many) put(w, "{");
    put_set(w, e->of);
    put(w, many ? "} " : " ");
    put_expression(w, e->child[0], true);
    CGM_SET_EACH(i, w->dag->words, e->of) w->depth[i]--;
}

static void put_side(writer *w, const cgm_expression *e)
{
    bool plain = is_latex(w) || e->kind == CGM_EXPRESSION_PROBABILITY || w->number[e->id];
    if (!plain) put(w, "(");
    put_expression(w, e, true);
    if (!plain) put(w, ")");
}

static void put_quotient(writer *w, const cgm_expression *e, bool last)
{
    if (is_latex(w)) {
        put(w, "\\frac{");
        put_side(w, e->child[0]);
        put(w, "}{");
        put_side(w, e->child[1]);
        put(w, "}");
        return;
    }
    if (!last) put(w, "[");
    put_side(w, e->child[0]);
    put(w, " / ");
    put_side(w, e->child[1]);
    if (!last) put(w, "]");
}

static void put_product(writer *w, const cgm_expression *e)
{
    for (size_t i = 0; i < e->n; i++) {
        if (i) put(w, is_latex(w) ? " \\, " : " ");
        /* A quotient among others gets brackets, a sum unless it is the last. */
        put_expression(w, e->child[i], i + 1 == e->n && e->child[i]->kind == CGM_EXPRESSION_SUM);
    }
}

static void put_call(writer *w, const cgm_expression *e)
{
    char name[32];
    snprintf(name, sizeof name, is_latex(w) ? "Q_{%zu}" : "Q%zu", w->number[e->id]);
    put(w, name);
    put(w, "(");
    put_set(w, e->free);
    put(w, ")");
}

/* `last`: nothing follows that a sum could swallow. */
static void put_expression(writer *w, const cgm_expression *e, bool last)
{
    if (w->failed) return;
    if (w->number[e->id]) {
        put_call(w, e);
        return;
    }
    bool bracket = e->kind == CGM_EXPRESSION_SUM && !last;
    if (bracket) put(w, is_latex(w) ? "\\Bigl[" : "[");
    if (e->kind == CGM_EXPRESSION_ONE) put(w, "1");
    if (e->kind == CGM_EXPRESSION_PROBABILITY) put_probability(w, e);
    if (e->kind == CGM_EXPRESSION_PRODUCT) put_product(w, e);
    if (e->kind == CGM_EXPRESSION_SUM) put_sum(w, e);
    if (e->kind == CGM_EXPRESSION_QUOTIENT) put_quotient(w, e, last);
    if (bracket) put(w, is_latex(w) ? "\\Bigr]" : "]");
}

/* Counts lengths and uses; each expression once. */
static size_t measure(writer *w, const cgm_expression *e)
{
    w->uses[e->id]++;
    if (w->length[e->id]) return w->length[e->id];
    size_t length = 4;
    const uint64_t *sets[2] = {e->of, e->given};
    for (int k = 0; k < 2; k++)
        if (sets[k]) CGM_SET_EACH(i, w->dag->words, sets[k]) length += strlen(w->dag->name[i]) + 2;
    for (size_t i = 0; i < e->n; i++) {
        size_t below = measure(w, e->child[i]);
        length = length > SIZE_MAX / 2 - below ? SIZE_MAX / 2 : length + below;
    }
    return w->length[e->id] = length;
}

/* Gives a name to each sum or quotient that is used more than once. Those inside come first. */
static void name_parts(writer *w, const cgm_expression *e)
{
    if (w->uses[e->id] == 0 || w->number[e->id]) return;
    for (size_t i = 0; i < e->n; i++) name_parts(w, e->child[i]);
    bool shared = w->uses[e->id] > 1;
    w->uses[e->id] = 0; /* seen */
    if (!shared || (e->kind != CGM_EXPRESSION_SUM && e->kind != CGM_EXPRESSION_QUOTIENT)) return;
    w->named[w->n_named++] = e;
    w->number[e->id] = w->n_named;
}

/* Variables without a sum around them have depth 1, those of sums 0, until a sum binds them. */
static void begin_scope(writer *w, const uint64_t *free_variables)
{
    for (size_t i = 0; i < w->dag->n; i++) w->depth[i] = free_variables && cgm_set_has(free_variables, i);
}

static cgm_status writer_create(const cgm_formula *formula, cgm_formula_style style, cgm_arena *arena, writer *w)
{
    size_t n = formula->n_expressions + 1;
    *w = (writer){.dag = formula->dag, .style = style, .arena = arena};
    w->depth = cgm_arena_array(arena, w->dag->n, sizeof *w->depth);
    w->length = cgm_arena_array(arena, n, sizeof *w->length);
    w->uses = cgm_arena_array(arena, n, sizeof *w->uses);
    w->number = cgm_arena_array(arena, n, sizeof *w->number);
    w->named = cgm_arena_array(arena, n, sizeof *w->named);
    return w->depth && w->length && w->uses && w->number && w->named ? CGM_OK : CGM_E_MEMORY;
}

cgm_status cgm_formula_write(const cgm_formula *formula, cgm_formula_style style, cgm_arena *arena, const char **out)
{
    writer w;
    CGM_TRY(writer_create(formula, style, arena, &w));
    if (measure(&w, formula->root) > LONG_TEXT) name_parts(&w, formula->root);
    begin_scope(&w, formula->root->free);
    const uint64_t *query[3] = {formula->treatments, formula->outcomes, formula->given};
    for (int k = 0; k < 3; k++) CGM_SET_EACH(i, w.dag->words, query[k]) w.depth[i] = 1;
    put_expression(&w, formula->root, true);
    for (size_t k = w.n_named; k-- > 0;) {
        const cgm_expression *e = w.named[k];
        begin_scope(&w, e->free);
        put(&w, is_latex(&w) ? " \\\\\n\\text{where } " : "\n  where ");
        put_call(&w, e);
        put(&w, " = ");
        size_t number = w.number[e->id];
        w.number[e->id] = 0; /* written out once */
        put_expression(&w, e, true);
        w.number[e->id] = number;
    }
    if (w.failed) return CGM_E_MEMORY;
    *out = w.text;
    return CGM_OK;
}

cgm_status cgm_formula_write_query(const cgm_formula *formula, cgm_formula_style style, cgm_arena *arena,
                                   const char **out)
{
    writer w;
    CGM_TRY(writer_create(formula, style, arena, &w));
    begin_scope(&w, NULL);
    put(&w, "P(");
    put_set(&w, formula->outcomes);
    put(&w, is_latex(&w) ? " \\mid \\mathrm{do}(" : " | do(");
    put_set(&w, formula->treatments);
    put(&w, ")");
    if (!cgm_set_is_empty(w.dag->words, formula->given)) {
        put(&w, ", ");
        put_set(&w, formula->given);
    }
    put(&w, ")");
    if (w.failed) return CGM_E_MEMORY;
    *out = w.text;
    return CGM_OK;
}
