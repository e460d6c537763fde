/* Reading the Interchange Format for Bayesian networks (BIF), version 0.15. Blocks may be in any order, so the text is
 * read twice: first the variables and their levels, then the tables, which need the levels of parents. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/number.h"
#include "scm/discrete/bif_table.h"

#define MAX_BYTES ((size_t)64 << 20)
#define FIRST_BYTES ((size_t)64 << 10)

typedef struct reader {
    bif_lexer l;
    cgm_network *network;
    bool tables; /* the second reading */
    size_t networks;
    const char **levels; /* [capacity] of the variable being read */
    size_t n_levels, capacity;
    cgm_arena arena; /* of the levels' names */
} reader;

/* From a block's keyword past its closing brace. */
static cgm_status skip_block(bif_lexer *l)
{
    size_t depth = 0;
    for (;;) {
        if (l->kind == BIF_END) return cgm_bif_unexpected(l, depth ? "'}'" : "'{'");
        if (depth && cgm_bif_is_keyword(l, "property")) {
            CGM_TRY(cgm_bif_skip_property(l));
            continue;
        }
        bool closes = cgm_bif_is_mark(l, '}');
        if (closes && depth == 0) return cgm_bif_unexpected(l, "'{'");
        depth += cgm_bif_is_mark(l, '{');
        depth -= closes;
        CGM_TRY(cgm_bif_next(l));
        if (closes && depth == 0) return CGM_OK;
    }
}

/* network NAME { property ...; } */
static cgm_status read_network(reader *r)
{
    if (r->networks++) return cgm_bif_fail(&r->l, "a second network block; expected one in a file");
    CGM_TRY(cgm_bif_next(&r->l));
    if (r->l.kind != BIF_WORD) return cgm_bif_unexpected(&r->l, "the network's name");
    CGM_TRY(cgm_bif_next(&r->l));
    CGM_TRY(cgm_bif_expect(&r->l, '{'));
    while (cgm_bif_is_keyword(&r->l, "property")) CGM_TRY(cgm_bif_skip_property(&r->l));
    return cgm_bif_expect(&r->l, '}');
}

static cgm_status push_level(reader *r)
{
    if (r->n_levels == r->capacity) {
        size_t capacity = r->capacity ? 2 * r->capacity : 16;
        const char **grown = realloc(r->levels, capacity * sizeof *grown);
        if (!grown) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu levels", capacity);
        r->levels = grown;
        r->capacity = capacity;
    }
    r->levels[r->n_levels] = cgm_arena_strdup(&r->arena, r->l.word);
    return r->levels[r->n_levels++] ? CGM_OK : CGM_E_MEMORY;
}

/* type discrete [ 2 ] { yes, no }; */
static cgm_status read_type(reader *r)
{
    bif_lexer *l = &r->l;
    int64_t count;
    CGM_TRY(cgm_bif_next(l));
    if (!cgm_bif_is_keyword(l, "discrete")) return cgm_bif_unexpected(l, "discrete");
    CGM_TRY(cgm_bif_next(l));
    CGM_TRY(cgm_bif_expect(l, '['));
    if (l->kind != BIF_WORD || !cgm_integer_parse(l->word, &count) || count < 1 || count > CGM_NETWORK_MAX_LEVELS) {
        char what[64];
        snprintf(what, sizeof what, "a number of levels from 1 to %d", CGM_NETWORK_MAX_LEVELS);
        return cgm_bif_unexpected(l, what);
    }
    CGM_TRY(cgm_bif_next(l));
    CGM_TRY(cgm_bif_expect(l, ']'));
    CGM_TRY(cgm_bif_expect(l, '{'));
    while (l->kind == BIF_WORD) {
        if (r->n_levels == (size_t)count)
            return cgm_bif_fail(l, "more than %zu levels, as many as [ ] says", r->n_levels);
        CGM_TRY(push_level(r));
        CGM_TRY(cgm_bif_next(l));
        CGM_TRY(cgm_bif_optional(l, ','));
    }
    if (!cgm_bif_is_mark(l, '}')) return cgm_bif_unexpected(l, "a level or '}'");
    if (r->n_levels != (size_t)count)
        return cgm_bif_fail(l, "%zu levels; expected %lld, as [ ] says", r->n_levels, (long long)count);
    CGM_TRY(cgm_bif_next(l));
    return cgm_bif_expect(l, ';');
}

/* variable NAME { type ...; property ...; } */
static cgm_status read_variable(reader *r)
{
    bif_lexer *l = &r->l;
    CGM_TRY(cgm_bif_next(l));
    if (l->kind != BIF_WORD) return cgm_bif_unexpected(l, "a variable's name");
    const char *where = cgm_arena_printf(&r->network->arena, "%s:%zu", l->name, l->token_line);
    const char *name = cgm_arena_strdup(&r->arena, l->word);
    if (!where || !name) return CGM_E_MEMORY;
    r->n_levels = 0;
    CGM_TRY(cgm_bif_next(l));
    CGM_TRY(cgm_bif_expect(l, '{'));
    while (!cgm_bif_is_mark(l, '}')) {
        if (cgm_bif_is_keyword(l, "property"))
            CGM_TRY(cgm_bif_skip_property(l));
        else if (!cgm_bif_is_keyword(l, "type"))
            return cgm_bif_unexpected(l, "type, property or '}'");
        else if (r->n_levels)
            return cgm_bif_fail(l, "%s: a second type", name);
        else
            CGM_TRY(read_type(r));
    }
    if (r->n_levels == 0) return cgm_bif_fail(l, "%s: expected its type before '}'", name);
    CGM_TRY(cgm_network_declare(r->network, name, where, r->n_levels, r->levels));
    cgm_arena_clear(&r->arena);
    return cgm_bif_next(l);
}

static cgm_status read_block(reader *r)
{
    bool variable = cgm_bif_is_keyword(&r->l, "variable"), table = cgm_bif_is_keyword(&r->l, "probability");
    bool network = cgm_bif_is_keyword(&r->l, "network");
    if (!variable && !table && !network) return cgm_bif_unexpected(&r->l, "network, variable or probability");
    if (r->tables) return table ? cgm_bif_table_read(&r->l, r->network) : skip_block(&r->l);
    return network ? read_network(r) : variable ? read_variable(r) : skip_block(&r->l);
}

static cgm_status read_blocks(reader *r, const char *text, size_t bytes, const char *name, bool tables)
{
    r->l = (bif_lexer){.name = name, .at = text, .end = text + bytes, .line = 1};
    r->tables = tables;
    CGM_TRY(cgm_bif_next(&r->l));
    while (r->l.kind != BIF_END) CGM_TRY(read_block(r));
    return CGM_OK;
}

static cgm_status read_text(reader *r, const char *text, size_t bytes, const char *name)
{
    if (bytes > MAX_BYTES) return CGM_FAIL(CGM_E_FORMAT, "%s: more than 64 MiB", name);
    if (bytes >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) text += 3, bytes -= 3;
    CGM_TRY(read_blocks(r, text, bytes, name, false));
    if (!r->networks) return cgm_bif_fail(&r->l, "no network block; expected \"network NAME { }\"");
    if (!r->network->n) return cgm_bif_fail(&r->l, "no variable block; expected at least one variable");
    CGM_TRY(cgm_network_index(r->network));
    CGM_TRY(read_blocks(r, text, bytes, name, true));
    for (size_t i = 0; i < r->network->n; i++) {
        const network_variable *v = &r->network->variable[i];
        if (!v->cpt) return cgm_network_fail(v, "%s has no probability block", v->name);
    }
    return cgm_network_finish(r->network);
}

cgm_status cgm_network_parse(const char *text, size_t bytes, const char *name, cgm_network **out)
{
    reader r = {0};
    CGM_TRY(cgm_network_create(&r.network));
    cgm_status status = read_text(&r, text, bytes, name);
    free(r.levels);
    cgm_arena_clear(&r.arena);
    if (status == CGM_OK)
        *out = r.network;
    else
        cgm_network_destroy(r.network);
    return status;
}

/* The whole of a file that may be a pipe, up to one byte more than is allowed. */
static cgm_status read_file(FILE *f, const char *path, char **text, size_t *bytes)
{
    size_t capacity = FIRST_BYTES;
    for (*bytes = 0; !feof(f) && *bytes <= MAX_BYTES; capacity *= 2) {
        char *grown = realloc(*text, capacity);
        if (!grown) return CGM_FAIL(CGM_E_MEMORY, "%s: out of memory", path);
        *text = grown;
        *bytes += fread(grown + *bytes, 1, capacity - *bytes, f);
        if (ferror(f))
            return CGM_FAIL(errno == EISDIR ? CGM_E_ARG : CGM_E_IO, "cannot read %s: %s", path, strerror(errno));
    }
    return CGM_OK;
}

cgm_status cgm_network_load(const char *path, cgm_network **out)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *f = fopen(path, "rb");
    if (!f) return CGM_FAIL(CGM_E_ARG, "cannot open %s: %s", path, strerror(errno));
    cgm_status status = read_file(f, path, &text, &bytes);
    if (status == CGM_OK) status = cgm_network_parse(text, bytes, path, out);
    free(text);
    fclose(f);
    return status;
}
