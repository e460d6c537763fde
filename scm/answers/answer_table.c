/* Answers as CSV (RFC 4180): a line a row, of a model in which all variables are scalars. */
#include <stdio.h>
#include <stdlib.h>

#include "scm/answers/answer_priv.h"
#include "scm/runs/run_priv.h"

cgm_status cgm_answer_check_table(const cgm_answer *answer, const char *path)
{
    for (size_t v = 0; v < cgm_scm_count(answer->run->scm); v++) {
        const cgm_variable *x = cgm_scm_variable(answer->run->scm, v);
        if (cgm_variable_is_scalar(x)) continue;
        return CGM_FAIL(CGM_E_ARG, "%s: a table has no room for '%s', %s; expected a name that ends in .h5", path,
                        x->name, cgm_variable_noun(x));
    }
    return CGM_OK;
}

/* "x", "x.counterfactual", "x.counterfactual2" of several. */
static void put_names(const cgm_answer *answer, const char *of, size_t number, FILE *f)
{
    for (size_t v = 0; v < cgm_scm_count(answer->run->scm); v++) {
        char name[512], which[24] = "";
        if (number > 0) snprintf(which, sizeof which, "%zu", number);
        snprintf(name, sizeof name, "%s%s%s", cgm_scm_variable(answer->run->scm, v)->name, of, which);
        if (v > 0) fputc(',', f);
        cgm_csv_put(f, name);
    }
}

static void put_value(const cgm_variable *x, double value, FILE *f)
{
    char text[CGM_VALUE_TEXT];
    if (x->level_names)
        cgm_csv_put(f, cgm_variable_text(x, value, text));
    else
        fprintf(f, "%.17g", value);
}

/* Variable v's values in the batch. */
typedef const double *values_of(const cgm_answer *answer, size_t column, size_t v);

static const double *factual(const cgm_answer *answer, size_t column, size_t v)
{
    (void)column;
    return answer->factual->value[cgm_scm_node_of(answer->run->scm, v)].data;
}

static const double *predicted(const cgm_answer *answer, size_t column, size_t v)
{
    return answer->column[column].world->value[cgm_scm_node_of(answer->run->scm, v)].data;
}

static const double *truth(const cgm_answer *answer, size_t column, size_t v)
{
    return answer->column[column].truth[v];
}

static void put_row(const cgm_answer *answer, values_of *get, size_t column, size_t i, FILE *f)
{
    for (size_t v = 0; v < cgm_scm_count(answer->run->scm); v++) {
        if (v > 0) fputc(',', f);
        put_value(cgm_scm_variable(answer->run->scm, v), get(answer, column, v)[i], f);
    }
}

static void put_header(const cgm_answer *answer, FILE *f)
{
    if (answer->query.kind == CGM_SAMPLE) {
        put_names(answer, "", 0, f);
        return;
    }
    fputs("index,", f);
    put_names(answer, "", 0, f);
    for (size_t c = 0; c < answer->n_columns; c++) {
        size_t number = answer->n_columns > 1 ? c + 1 : 0;
        fputc(',', f);
        put_names(answer, ".counterfactual", number, f);
        if (!answer->column[c].has_truth) continue;
        fputc(',', f);
        put_names(answer, ".truth", number, f);
    }
}

static void put_line(const cgm_answer *answer, size_t i, FILE *f)
{
    if (!answer->factual) {
        put_row(answer, predicted, 0, i, f);
        return;
    }
    fprintf(f, "%zu,", answer->rows[answer->begin + i]);
    put_row(answer, factual, 0, i, f);
    for (size_t c = 0; c < answer->n_columns; c++) {
        fputc(',', f);
        put_row(answer, predicted, c, i, f);
        if (!answer->column[c].has_truth) continue;
        fputc(',', f);
        put_row(answer, truth, c, i, f);
    }
}

/* ---- The sink ---- */

typedef struct answer_table {
    cgm_atomic *atomic; /* NULL once it is closed */
    FILE *f;
} answer_table;

static cgm_status table_begin(cgm_answer *answer, void **out)
{
    const char *path = answer->query.out;
    if (!path || !cgm_csv_is_named(path)) return CGM_OK;
    answer_table *sink = calloc(1, sizeof *sink);
    if (!sink) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %s", path);
    *out = sink;
    CGM_TRY(cgm_atomic_open(path, &sink->atomic, &sink->f));
    put_header(answer, sink->f);
    fputs("\r\n", sink->f);
    return CGM_OK;
}

static cgm_status table_take(void *sink, cgm_answer *answer)
{
    FILE *f = ((answer_table *)sink)->f;
    for (size_t i = 0; i < answer->count; i++) {
        put_line(answer, i, f);
        fputs("\r\n", f);
    }
    return CGM_OK;
}

static cgm_status table_end(void *sink, cgm_answer *answer)
{
    answer_table *table = sink;
    cgm_atomic *atomic = table->atomic;
    (void)answer;
    table->atomic = NULL;
    return cgm_atomic_close(atomic, !ferror(table->f));
}

static void table_drop(void *sink)
{
    if (sink) (void)!cgm_atomic_close(((answer_table *)sink)->atomic, false);
    free(sink);
}

const cgm_answer_sink cgm_answer_table_sink = {table_begin, table_take, table_end, table_drop};
