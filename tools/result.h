/* What a subcommand answers: facts and a table, held as JSON values. One object, which is printed as a table or as JSON
 * and written as CSV or HDF5, so that all four say the same. */
#ifndef CGM_TOOLS_RESULT_H
#define CGM_TOOLS_RESULT_H

#include "tools/json.h"
#include "tools/tool.h"

/* A column of the printed table. */
typedef struct tool_column {
    const char *key;     /* of the rows' objects, "standard_error"; "levels/lung": within the object "levels" */
    const char *heading; /* "std. error" */
    const char *format;  /* of numbers: "%.6g", "%-.6g" at the left; texts are printed as they are, objects as their
                            names and numbers */
    bool optional;       /* left out where every row has nothing or 0 */
} tool_column;

/* Of a row, as the table prints it, in the arena; NULL when memory is out. */
const char *tool_column_text(const tool_column *column, const json_t *row, cgm_arena *arena);
/* Whether the table has the column, and whether its cells stand at the left. */
bool tool_column_is_shown(const tool_column *column, const json_t *rows);
bool tool_column_is_left(const tool_column *column, const json_t *rows);

/* The columns of subcommands whose answers a report shows. */
typedef struct tool_columns {
    size_t n;
    const tool_column *column;
} tool_columns;
extern const tool_columns tool_evaluate_columns, tool_realism_columns, tool_predictors_columns;

typedef struct tool_result {
    const char *what;           /* of the file, "effects" */
    json_t *facts;              /* command, version, query, seed and more, in the order of --json */
    json_t *rows;               /* the answer: an array of objects */
    json_t *file_rows;          /* what files hold instead, or NULL */
    json_t *table_rows;         /* what the printed table shows instead, or NULL */
    const tool_column *columns; /* [n_columns]; none: the table is the title and the notes */
    size_t n_columns;
    const char *title, *notes; /* lines above and below the printed table, or NULL */
} tool_result;

/* That a result can be written to `path`: NULL, or a name that ends in .csv, .h5 or .hdf5. Better asked before the
 * work than after. */
cgm_status tool_result_check(const char *path) CGM_CHECKED;
/* Writes the answer's rows, with the facts as attributes in HDF5, replacing the file as a whole. */
cgm_status tool_result_save(const tool_result *result, const char *path) CGM_CHECKED;
/* Prints the result, as JSON if the options say so, and writes it to their -o. The values are freed. CGM_E_MEMORY when
 * facts or rows are NULL, so that a caller's constructors are checked here, once. */
cgm_status tool_result_give(tool_result *result, const tool_options *options) CGM_CHECKED;

/* The answer of cgm predictors on these rows, with confusion matrices and reliability; the caller's. */
cgm_status tool_predictors_answer(cgm_run *run, const cgm_row_choice *choice, json_t **rows) CGM_CHECKED;

/* A number, or null where it is not finite, which JSON cannot say. */
json_t *tool_json_number(double x);
/* A text, or null where it is NULL. */
json_t *tool_json_text(const char *text);
/* {"query": query, "seed": seed} beside the command and the version; takes over query. */
json_t *tool_result_facts(const char *command, json_t *query, uint64_t seed);

/* --bootstrap, --bca, --quasi-bayesian and --level; what they mean as a line of text (returns its length, 0 without
 * intervals) and as members of the query. */
cgm_status tool_read_intervals(const tool_options *options, cgm_interval_opts *out) CGM_CHECKED;
size_t tool_write_intervals(const cgm_interval_opts *intervals, uint64_t seed, size_t size, char *text);
void tool_add_intervals(json_t *query, const cgm_interval_opts *intervals);
/* An estimate as a row of the answer. */
json_t *tool_estimate(const cgm_estimate *e);
json_t *tool_texts_json(size_t n, const char *const *text);

#endif
