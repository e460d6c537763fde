#include "scm/discrete/bif_lexer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "scm/discrete/names.h"

static const char marks[] = "{}()[];,|";

cgm_status cgm_bif_fail(const bif_lexer *l, const char *format, ...)
{
    char text[768];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return CGM_FAIL(CGM_E_FORMAT, "%s:%zu: %s", l->name, l->token_line, text);
}

cgm_status cgm_bif_unexpected(const bif_lexer *l, const char *what)
{
    if (l->kind == BIF_END) return cgm_bif_fail(l, "expected %s, but the file ends here", what);
    if (l->kind == BIF_MARK) return cgm_bif_fail(l, "expected %s, got '%c'", what, l->mark);
    return cgm_bif_fail(l, "expected %s, got \"%.60s\"", what, l->word);
}

/* Two characters that begin a comment. */
static bool begins_comment(const bif_lexer *l, const char *at)
{
    return at[0] == '/' && l->end - at > 1 && (at[1] == '/' || at[1] == '*');
}

static cgm_status skip_comment(bif_lexer *l)
{
    bool block = l->at[1] == '*';
    l->token_line = l->line;
    for (l->at += 2; l->at < l->end; l->at++) {
        if (!block && *l->at == '\n') return CGM_OK;
        if (block && *l->at == '*' && l->end - l->at > 1 && l->at[1] == '/') {
            l->at += 2;
            return CGM_OK;
        }
        l->line += *l->at == '\n';
    }
    return block ? cgm_bif_fail(l, "a comment that begins here does not end; expected */") : CGM_OK;
}

static cgm_status skip_blanks(bif_lexer *l)
{
    while (l->at < l->end) {
        if (*l->at == ' ' || (*l->at >= '\t' && *l->at <= '\r')) {
            l->line += *l->at == '\n';
            l->at++;
        } else if (begins_comment(l, l->at)) {
            CGM_TRY(skip_comment(l));
        } else {
            break;
        }
    }
    return CGM_OK;
}

static cgm_status take_word(bif_lexer *l, const char *from, size_t n)
{
    if (n > CGM_NETWORK_MAX_NAME)
        return cgm_bif_fail(l, "a word of %zu bytes, \"%.20s...\"; expected at most %d", n, from, CGM_NETWORK_MAX_NAME);
    if (memchr(from, '\0', n)) return cgm_bif_fail(l, "a zero byte; expected text");
    memcpy(l->word, from, n);
    l->word[n] = '\0';
    if (n == 0) return cgm_bif_fail(l, "an empty name");
    if (!cgm_name_is_text(l->word)) return cgm_bif_fail(l, "a word that is not UTF-8, or holds control characters");
    l->kind = BIF_WORD;
    return CGM_OK;
}

static cgm_status read_quoted(bif_lexer *l)
{
    const char *from = l->at + 1, *to = from;
    while (to < l->end && *to != '"' && *to != '\n') to++;
    if (to == l->end || *to != '"') return cgm_bif_fail(l, "a name in quotes does not end on its line; expected \"");
    l->at = to + 1;
    l->quoted = true;
    return take_word(l, from, (size_t)(to - from));
}

cgm_status cgm_bif_next(bif_lexer *l)
{
    CGM_TRY(skip_blanks(l));
    l->token_line = l->line;
    l->quoted = false;
    l->word[0] = '\0';
    if (l->at == l->end) {
        l->kind = BIF_END;
        return CGM_OK;
    }
    if (*l->at == '"') return read_quoted(l);
    if (*l->at && strchr(marks, *l->at)) {
        l->kind = BIF_MARK;
        l->mark = *l->at++;
        return CGM_OK;
    }
    const char *from = l->at;
    /* Everything else is a word, so that levels may be called <100, 1.5 or a-b without quotes. */
    for (; l->at < l->end && *l->at != '"' && !begins_comment(l, l->at); l->at++)
        if (*l->at == ' ' || (*l->at >= '\t' && *l->at <= '\r') || (*l->at && strchr(marks, *l->at))) break;
    return take_word(l, from, (size_t)(l->at - from));
}

cgm_status cgm_bif_skip_property(bif_lexer *l)
{
    bool quoted = false;
    for (; l->at < l->end; l->at++) {
        if (*l->at == '"') quoted = !quoted;
        if (*l->at == ';' && !quoted) {
            l->at++;
            return cgm_bif_next(l);
        }
        /* A forgotten semicolon would swallow what follows. */
        if ((*l->at == '{' || *l->at == '}') && !quoted)
            return cgm_bif_fail(l, "a property without its end: expected ; before '%c'", *l->at);
        if (*l->at == '\n' && quoted) return cgm_bif_fail(l, "a property whose quotes do not end on their line");
        l->line += *l->at == '\n';
    }
    return cgm_bif_fail(l, "a property without its end: expected ;");
}

bool cgm_bif_is_mark(const bif_lexer *l, char mark)
{
    return l->kind == BIF_MARK && l->mark == mark;
}

bool cgm_bif_is_keyword(const bif_lexer *l, const char *word)
{
    return l->kind == BIF_WORD && !l->quoted && strcmp(l->word, word) == 0;
}

cgm_status cgm_bif_expect(bif_lexer *l, char mark)
{
    const char what[] = {'\'', mark, '\'', '\0'};
    if (!cgm_bif_is_mark(l, mark)) return cgm_bif_unexpected(l, what);
    return cgm_bif_next(l);
}

cgm_status cgm_bif_optional(bif_lexer *l, char mark)
{
    return cgm_bif_is_mark(l, mark) ? cgm_bif_next(l) : CGM_OK;
}
