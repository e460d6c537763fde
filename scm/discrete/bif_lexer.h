/* The words of a BIF file. Internal. */
#ifndef CGM_SCM_DISCRETE_BIF_LEXER_H
#define CGM_SCM_DISCRETE_BIF_LEXER_H

#include "scm/discrete/network.h"

typedef enum bif_kind { BIF_END, BIF_WORD, BIF_MARK } bif_kind;

typedef struct bif_lexer {
    const char *name; /* of the file */
    const char *at, *end;
    size_t line; /* of `at` */
    /* The current token. */
    bif_kind kind;
    size_t token_line;
    char mark;   /* one of { } ( ) [ ] ; , | */
    bool quoted; /* a word in quotes is a name, never a keyword */
    char word[CGM_NETWORK_MAX_NAME + 1];
} bif_lexer;

/* Goes on to the next token. */
cgm_status cgm_bif_next(bif_lexer *l) CGM_CHECKED;
/* From the word `property` to its semicolon, whatever is between, and to the token after that. */
cgm_status cgm_bif_skip_property(bif_lexer *l) CGM_CHECKED;
bool cgm_bif_is_mark(const bif_lexer *l, char mark);
bool cgm_bif_is_keyword(const bif_lexer *l, const char *word);
/* The current token must be this mark; goes on to the next. */
cgm_status cgm_bif_expect(bif_lexer *l, char mark) CGM_CHECKED;
/* Steps over the mark if it is there. */
cgm_status cgm_bif_optional(bif_lexer *l, char mark) CGM_CHECKED;
/* "FILE:LINE: expected WHAT, got TOKEN". */
cgm_status cgm_bif_unexpected(const bif_lexer *l, const char *what);
/* "FILE:LINE: message" at the current token, CGM_E_FORMAT. */
cgm_status cgm_bif_fail(const bif_lexer *l, const char *format, ...) CGM_PRINTF(2, 3);

#endif
