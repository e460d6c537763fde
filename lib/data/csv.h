/* Tables as text: a header line of names, then a line a row, cells separated by commas and, if they like, in double
 * quotes as in RFC 4180 (a quote inside is doubled; a cell ends on its line). Internal. */
#ifndef CGM_DATA_CSV_H
#define CGM_DATA_CSV_H

#include "base/arena.h"

#define CGM_CSV_MAX_COLUMNS 256
#define CGM_CSV_MAX_LINE 65536
#define CGM_CSV_MAX_LEVELS 4096
#define CGM_CSV_MAX_KEPT 2

/* A column to read. */
typedef struct cgm_csv_want {
    const char *name;
    size_t n_levels;          /* 0: numbers, or whatever texts there are */
    const char *const *level; /* what its cells may be, in the order of their codes */
    bool numbers;             /* texts are refused */
} cgm_csv_want;

/* Zero-initialise: every column, and each cell a finite number. */
typedef struct cgm_csv_opts {
    size_t n_want;            /* 0: every column, but those kept */
    const cgm_csv_want *want; /* those that the file lacks are passed over */
    bool only_wanted;         /* no other column, even where n_want is 0 */
    bool texts;               /* a column may hold texts: its values are then codes of its levels */
    bool drop_missing;        /* rows that lack a value (an empty cell, NA, NaN) are left out; else they are refused */
    const char *keep[CGM_CSV_MAX_KEPT]; /* columns whose cells are kept as they are, also where nobody wants them; NULL:
                                           none. A file that lacks one is refused. */
} cgm_csv_opts;

typedef struct cgm_csv {
    cgm_arena arena;
    size_t n_columns, rows, dropped;
    const char *name[CGM_CSV_MAX_COLUMNS];
    size_t n_levels[CGM_CSV_MAX_COLUMNS];          /* 0: a column of numbers */
    const char *const *level[CGM_CSV_MAX_COLUMNS]; /* as wanted (borrowed), else in alphabetical order */
    double *values;                                /* [rows, n_columns] */
    size_t *line;                                  /* [rows] of the file */
    const char **kept[CGM_CSV_MAX_KEPT];           /* [rows] the cells of the column opts.keep[k] */
} cgm_csv;

/* Cleared with cgm_csv_clear, on an error too. CGM_E_FORMAT at FILE:LINE: COLUMN. */
cgm_status cgm_csv_load(const char *path, const cgm_csv_opts *opts, cgm_csv *out) CGM_CHECKED;
void cgm_csv_clear(cgm_csv *csv);

#endif
