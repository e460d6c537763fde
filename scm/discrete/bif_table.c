/* probability ( CHILD | PARENTS ) { table ...; (LEVELS) ...; default ...; property ...; } */
#include "scm/discrete/bif_table.h"

#include <stdlib.h>
#include <string.h>

#include "config/number.h"

/* A block being read. */
typedef struct block {
    bif_lexer *l;
    cgm_network *network;
    network_variable *v;
    size_t rows, n_seen;
    bool *seen;       /* [rows]: read already */
    double *fallback; /* the default row, or NULL */
    bool table;       /* `table` was there */
} block;

static cgm_status find_child(block *b)
{
    if (b->l->kind != BIF_WORD) return cgm_bif_unexpected(b->l, "a variable's name");
    int child = cgm_network_find(b->network, b->l->word);
    if (child < 0) {
        const char *near = cgm_network_near(b->network, b->l->word);
        return cgm_bif_fail(b->l, "'%.60s' is not declared%s%s%s", b->l->word, near ? "; did you mean '" : "",
                            near ? near : "", near ? "'?" : "");
    }
    b->v = &b->network->variable[child];
    if (b->v->cpt) return cgm_bif_fail(b->l, "%s has two probability blocks, the first at %s", b->v->name, b->v->where);
    b->v->where = cgm_arena_printf(&b->network->arena, "%s:%zu", b->l->name, b->l->token_line);
    return b->v->where ? cgm_bif_next(b->l) : CGM_E_MEMORY;
}

/* The parents' names, up to the closing parenthesis, kept in a list that grows. */
static cgm_status read_parents(block *b)
{
    size_t n = 0, capacity = 0;
    const char **names = NULL;
    for (; b->l->kind == BIF_WORD; n++) {
        if (n == capacity) {
            capacity = capacity ? 2 * capacity : 8;
            const char **grown = cgm_arena_array(&b->network->arena, capacity, sizeof *grown);
            if (!grown) return CGM_E_MEMORY;
            if (n) memcpy(grown, names, n * sizeof *grown);
            names = grown;
        }
        int parent = cgm_network_find(b->network, b->l->word);
        names[n] = parent >= 0 ? b->network->variable[parent].name : cgm_arena_strdup(&b->network->arena, b->l->word);
        if (!names[n]) return CGM_E_MEMORY;
        CGM_TRY(cgm_bif_next(b->l));
        CGM_TRY(cgm_bif_optional(b->l, ','));
    }
    b->v->n_parents = n;
    b->v->parent_names = names;
    return CGM_OK;
}

/* ( CHILD | PARENTS ), then room for the table. The bar and the commas are blanks to the format. */
static cgm_status read_head(block *b)
{
    CGM_TRY(cgm_bif_expect(b->l, '('));
    CGM_TRY(find_child(b));
    if (cgm_bif_is_mark(b->l, '|'))
        CGM_TRY(cgm_bif_next(b->l));
    else
        CGM_TRY(cgm_bif_optional(b->l, ','));
    CGM_TRY(read_parents(b));
    if (cgm_bif_is_mark(b->l, '|')) return cgm_bif_fail(b->l, "expected one variable before '|'");
    CGM_TRY(cgm_bif_expect(b->l, ')'));
    CGM_TRY(cgm_network_resolve(b->network, b->v, &b->v->n_cpt));
    b->rows = b->v->n_cpt / b->v->n_levels;
    b->v->cpt = cgm_arena_array(&b->network->arena, b->v->n_cpt, sizeof *b->v->cpt);
    b->seen = calloc(b->rows, sizeof *b->seen);
    if (b->v->cpt && !b->seen) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a table of %zu rows", b->rows);
    return b->v->cpt ? CGM_OK : CGM_E_MEMORY;
}

/* The numbers up to the semicolon; number i goes to out[i], or to where `place` says. */
static cgm_status read_numbers(block *b, size_t n, size_t (*place)(const block *, size_t), double *out)
{
    size_t count = 0;
    for (; b->l->kind == BIF_WORD; count++) {
        double p;
        if (b->l->quoted || !cgm_number_parse(b->l->word, &p)) return cgm_bif_unexpected(b->l, "a probability");
        if (count < n) out[place ? place(b, count) : count] = p;
        CGM_TRY(cgm_bif_next(b->l));
        CGM_TRY(cgm_bif_optional(b->l, ','));
    }
    if (!cgm_bif_is_mark(b->l, ';')) return cgm_bif_unexpected(b->l, "a probability or ';'");
    if (count != n) return cgm_bif_fail(b->l, "%s: %zu probabilities; expected %zu", b->v->name, count, n);
    return CGM_OK;
}

/* Checks a row with the current line as its place. */
static cgm_status check_row(block *b, size_t row)
{
    cgm_status status = cgm_network_check_row(b->network, b->v, row);
    if (status != CGM_E_FORMAT) return status;
    network_variable here = *b->v;
    cgm_arena arena = {0};
    here.where = cgm_arena_printf(&arena, "%s:%zu", b->l->name, b->l->token_line);
    status = here.where ? cgm_network_check_row(b->network, &here, row) : CGM_E_MEMORY;
    cgm_arena_clear(&arena);
    return status;
}

/* `table` has the variable's own level slowest. */
static size_t place_in_table(const block *b, size_t i)
{
    return i % b->rows * b->v->n_levels + i / b->rows;
}

static cgm_status read_table(block *b)
{
    if (b->table || b->n_seen || b->fallback)
        return cgm_bif_fail(b->l, "%s: `table` beside another `table`, rows or `default`", b->v->name);
    CGM_TRY(cgm_bif_next(b->l));
    CGM_TRY(read_numbers(b, b->v->n_cpt, place_in_table, b->v->cpt));
    for (size_t row = 0; row < b->rows; row++) CGM_TRY(check_row(b, row));
    b->table = true;
    b->n_seen = b->rows;
    return cgm_bif_next(b->l);
}

static cgm_status read_default(block *b)
{
    if (b->table || b->fallback) return cgm_bif_fail(b->l, "%s: `default` beside `table` or another", b->v->name);
    CGM_TRY(cgm_bif_next(b->l));
    b->fallback = calloc(b->v->n_levels, sizeof *b->fallback);
    if (!b->fallback) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a row of %zu numbers", b->v->n_levels);
    CGM_TRY(read_numbers(b, b->v->n_levels, NULL, b->fallback));
    /* Checked as the row that it may become. */
    network_variable row = *b->v;
    row.n_parents = 0;
    row.cpt = b->fallback;
    block alone = *b;
    alone.v = &row;
    CGM_TRY(check_row(&alone, 0));
    return cgm_bif_next(b->l);
}

/* (LEVELS): which row it is. */
static cgm_status read_levels(block *b, size_t *row)
{
    CGM_TRY(cgm_bif_expect(b->l, '('));
    *row = 0;
    for (size_t k = 0; k < b->v->n_parents; k++) {
        const network_variable *parent = &b->network->variable[b->v->parents[k]];
        if (b->l->kind != BIF_WORD) return cgm_bif_unexpected(b->l, "a level of each parent");
        int level = cgm_name_index_find(&parent->level_index, b->l->word);
        if (level < 0)
            return cgm_bif_fail(b->l, "%s: '%.60s' is not a level of its parent %s", b->v->name, b->l->word,
                                parent->name);
        *row = *row * parent->n_levels + (size_t)level;
        CGM_TRY(cgm_bif_next(b->l));
        CGM_TRY(cgm_bif_optional(b->l, ','));
    }
    return cgm_bif_expect(b->l, ')');
}

static cgm_status read_row(block *b)
{
    size_t row;
    char given[200];
    if (b->table) return cgm_bif_fail(b->l, "%s: a row beside `table`", b->v->name);
    CGM_TRY(read_levels(b, &row));
    if (b->seen[row]) {
        cgm_network_describe_row(b->network, b->v, row, sizeof given, given);
        return cgm_bif_fail(b->l, "the row of %s%s is there twice", b->v->name, given);
    }
    b->seen[row] = true;
    b->n_seen++;
    CGM_TRY(read_numbers(b, b->v->n_levels, NULL, b->v->cpt + row * b->v->n_levels));
    CGM_TRY(check_row(b, row));
    return cgm_bif_next(b->l);
}

/* At the closing brace: the default for what is missing, or the first row that is. */
static cgm_status complete(block *b)
{
    char given[200];
    for (size_t row = 0; row < b->rows && b->n_seen < b->rows; row++) {
        if (b->seen[row]) continue;
        if (!b->fallback) {
            cgm_network_describe_row(b->network, b->v, row, sizeof given, given);
            return cgm_bif_fail(b->l, "the row of %s%s is missing", b->v->name, given);
        }
        memcpy(b->v->cpt + row * b->v->n_levels, b->fallback, b->v->n_levels * sizeof *b->fallback);
    }
    return CGM_OK;
}

static cgm_status read_body(block *b)
{
    CGM_TRY(cgm_bif_expect(b->l, '{'));
    while (!cgm_bif_is_mark(b->l, '}')) {
        if (cgm_bif_is_keyword(b->l, "property"))
            CGM_TRY(cgm_bif_skip_property(b->l));
        else if (cgm_bif_is_keyword(b->l, "table"))
            CGM_TRY(read_table(b));
        else if (cgm_bif_is_keyword(b->l, "default"))
            CGM_TRY(read_default(b));
        else if (cgm_bif_is_mark(b->l, '('))
            CGM_TRY(read_row(b));
        else
            return cgm_bif_unexpected(b->l, "table, default, property, a row's '(' or '}'");
    }
    CGM_TRY(complete(b));
    return cgm_bif_next(b->l);
}

cgm_status cgm_bif_table_read(bif_lexer *l, cgm_network *network)
{
    block b = {.l = l, .network = network};
    cgm_status status = cgm_bif_next(l);
    if (status == CGM_OK) status = read_head(&b);
    if (status == CGM_OK) status = read_body(&b);
    free(b.fallback);
    free(b.seen);
    return status;
}
