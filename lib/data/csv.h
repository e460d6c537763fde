/* Tables of numbers as text: a header line of names, then a line a row, separated by commas. Strict: every cell is a
 * finite number. Internal. */
#ifndef CGM_DATA_CSV_H
#define CGM_DATA_CSV_H

#include "base/arena.h"

#define CGM_CSV_MAX_COLUMNS 256
#define CGM_CSV_MAX_LINE 65536

typedef struct cgm_csv {
    cgm_arena arena;
    size_t n_columns, rows;
    const char *name[CGM_CSV_MAX_COLUMNS];
    double *values; /* [rows, n_columns]; row r is line r + 2 of the file */
} cgm_csv;

/* Cleared with cgm_csv_clear, on an error too. */
cgm_status cgm_csv_load(const char *path, cgm_csv *out) CGM_CHECKED;
void cgm_csv_clear(cgm_csv *csv);

#endif
