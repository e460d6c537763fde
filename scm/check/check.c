/* From a graph and data to a table of tests. */
#include "scm/check/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/gsl_quiet.h"
#include "base/threads.h"
#include "scm/check/independence.h"

enum { FEWEST_ROWS = 10 };

void cgm_check_init(cgm_check_opts *opts)
{
    *opts = (cgm_check_opts){.alpha = 0.05, .split = CGM_TRAIN, .seed = 1, .permutations = 4999, .threads = 1};
}

const char *cgm_check_test_name(cgm_check_test test)
{
    static const char *const names[] = {
        [CGM_TEST_PARTIAL] = "partial correlation",  [CGM_TEST_NESTED] = "linear regression",
        [CGM_TEST_LOGISTIC] = "logistic regression", [CGM_TEST_G] = "G",
        [CGM_TEST_G_PERMUTED] = "G, permutations",   [CGM_TEST_GCM] = "GCM"};
    return names[test];
}

/* What the tests share. */
typedef struct checking {
    const cgm_dag *dag;
    const cgm_check_opts *opts;
    size_t begin, n;    /* rows */
    cgm_column *column; /* [nodes]; without values where it is no scalar's */
    cgm_check *out;
    cgm_status *status; /* [rows of the table] */
    char (*message)[256];
} checking;

static cgm_status lacks(const cgm_dataset *data, const char *name)
{
    const char *names[256];
    size_t n = 0;
    for (; n < cgm_dataset_variables(data) && n < 256; n++) names[n] = cgm_dataset_variable(data, n)->name;
    const char *near = cgm_nearest_word(name, n, names);
    if (near)
        return CGM_FAIL(CGM_E_ARG, "%s: the data (%s) have no such variable; did you mean '%s'?", name,
                        cgm_dataset_description(data), near);
    return CGM_FAIL(CGM_E_ARG, "%s: the data (%s) have no such variable", name, cgm_dataset_description(data));
}

static bool is_constant(const double *value, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (value[i] != value[0]) return false;
    return true;
}

/* The columns of the graph's variables; those that are no scalars, and constants, are noted. */
static cgm_status find_columns(checking *c, const cgm_dataset *data, cgm_arena *arena)
{
    size_t n = cgm_dag_count(c->dag), words = cgm_dag_words(c->dag);
    c->column = cgm_arena_array(arena, n, sizeof *c->column);
    c->out->not_scalar = cgm_arena_array(arena, words, sizeof *c->out->not_scalar);
    c->out->constant = cgm_arena_array(arena, words, sizeof *c->out->constant);
    if (!c->column || !c->out->not_scalar || !c->out->constant) return CGM_E_MEMORY;
    for (size_t i = 0; i < n; i++) {
        const cgm_variable *v = cgm_dataset_find(data, cgm_dag_name(c->dag, i));
        if (!v) return lacks(data, cgm_dag_name(c->dag, i));
        const double *value = cgm_dataset_column(data, v->name);
        if (!value) {
            cgm_set_add(c->out->not_scalar, i);
            continue;
        }
        c->column[i] = (cgm_column){value + c->begin, cgm_variable_has_levels(v) ? v->levels : 0};
        if (is_constant(value + c->begin, c->n)) cgm_set_add(c->out->constant, i);
    }
    return CGM_OK;
}

/* The test for these types of variables. Where the generalised covariance measure has too few rows the linear tests
 * stand in, if the family has both. */
static cgm_status test(const cgm_question *q, cgm_check_family family, cgm_verdict *out)
{
    bool numbers = false;
    for (size_t k = 0; k < q->n_given; k++) numbers |= !q->given[k].levels;
    if (q->x.levels && q->y.levels && !numbers) return cgm_test_g(q, out);
    if (family != CGM_FAMILY_LINEAR) {
        CGM_TRY(cgm_test_gcm(q, out));
        if (!out->why_not || family == CGM_FAMILY_GCM) return CGM_OK;
    }
    if (q->x.levels && q->y.levels) return cgm_test_logistic(q, out);
    return q->x.levels || q->y.levels ? cgm_test_nested(q, out) : cgm_test_partial(q, out);
}

static cgm_status test_row(const checking *c, cgm_check_row *row)
{
    size_t words = cgm_dag_words(c->dag), n = 0;
    cgm_verdict verdict;
    cgm_column *given = malloc((cgm_set_count(words, row->given) + 1) * sizeof *given);
    if (!given) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a test");
    CGM_SET_EACH(i, words, row->given)
    if (!cgm_set_has(c->out->constant, i)) given[n++] = c->column[i];
    cgm_rng rng = cgm_rng_create(c->opts->seed);
    rng = cgm_rng_split(&rng, cgm_dag_name(c->dag, row->a));
    rng = cgm_rng_split(&rng, cgm_dag_name(c->dag, row->b));
    const cgm_question q = {.n = c->n,
                            .x = c->column[row->a],
                            .y = c->column[row->b],
                            .n_given = n,
                            .given = given,
                            .rng = rng,
                            .permutations = c->opts->permutations};
    cgm_status status = test(&q, c->opts->family, &verdict);
    free(given);
    CGM_TRY(status);
    row->test = verdict.test;
    row->statistic = verdict.statistic;
    row->df = verdict.df;
    row->df2 = verdict.df2;
    row->p = verdict.p;
    row->why_not = verdict.why_not;
    return CGM_OK;
}

static void run_task(void *context, size_t k, int worker)
{
    checking *c = context;
    cgm_check_row *row = &c->out->row[k];
    (void)worker;
    if (row->why_not) return;
    c->status[k] = test_row(c, row);
    if (c->status[k] != CGM_OK) snprintf(c->message[k], sizeof *c->message, "%s", cgm_error_message());
}

static cgm_status list_rows(checking *c, cgm_arena *arena)
{
    uint64_t seen[CGM_SET_WORDS] = {0};
    cgm_implied implied;
    for (size_t i = 0; i < cgm_dag_count(c->dag); i++)
        if (!cgm_set_has(c->out->not_scalar, i)) cgm_set_add(seen, i);
    CGM_TRY(cgm_dag_implied(c->dag, seen, arena, &implied));
    c->out->n = implied.n;
    c->out->row = cgm_arena_array(arena, implied.n + 1, sizeof *c->out->row);
    c->status = cgm_arena_array(arena, implied.n + 1, sizeof *c->status);
    c->message = cgm_arena_array(arena, implied.n + 1, sizeof *c->message);
    if (!c->out->row || !c->status || !c->message) return CGM_E_MEMORY;
    for (size_t k = 0; k < implied.n; k++) {
        const cgm_independence *one = &implied.independence[k];
        cgm_check_row *row = &c->out->row[k];
        *row = (cgm_check_row){.a = one->a, .b = one->b, .given = one->given, .p = NAN, .adjusted = NAN};
        if (cgm_set_has(c->out->constant, one->a) || cgm_set_has(c->out->constant, one->b))
            row->why_not = "constant in the data";
        if (!one->given) row->why_not = "no observed set separates them";
    }
    return CGM_OK;
}

/* By p; those without one come last, as they were listed. */
static int compare_rows(const void *a, const void *b)
{
    const cgm_check_row *x = a, *y = b;
    if (!x->why_not != !y->why_not) return x->why_not ? 1 : -1;
    if (x->p < y->p || x->p > y->p) return x->p < y->p ? -1 : 1;
    if (x->a != y->a) return x->a < y->a ? -1 : 1;
    return x->b < y->b ? -1 : x->b > y->b;
}

static cgm_status judge(checking *c, cgm_arena *arena)
{
    cgm_check *out = c->out;
    qsort(out->row, out->n, sizeof *out->row, compare_rows);
    while (out->n_tested < out->n && !out->row[out->n_tested].why_not) out->n_tested++;
    double *p = cgm_arena_array(arena, 2 * out->n_tested + 1, sizeof *p);
    if (!p) return CGM_E_MEMORY;
    double *adjusted = p + out->n_tested;
    for (size_t k = 0; k < out->n_tested; k++) p[k] = out->row[k].p;
    cgm_adjust_p(c->opts->correction, out->n_tested, p, adjusted);
    for (size_t k = 0; k < out->n_tested; k++) {
        out->row[k].adjusted = adjusted[k];
        out->row[k].contradicted = adjusted[k] <= c->opts->alpha;
        out->n_contradicted += out->row[k].contradicted;
    }
    return CGM_OK;
}

static cgm_status run_tests(checking *c)
{
    cgm_gsl_quiet_begin();
    cgm_parallel(c->opts->threads, c->out->n, run_task, c);
    cgm_gsl_quiet_end();
    for (size_t k = 0; k < c->out->n; k++)
        if (c->status[k] != CGM_OK)
            return CGM_FAIL(c->status[k], "%s and %s: %s", cgm_dag_name(c->dag, c->out->row[k].a),
                            cgm_dag_name(c->dag, c->out->row[k].b), c->message[k]);
    return CGM_OK;
}

cgm_status cgm_check_graph(const cgm_dag *dag, const cgm_dataset *data, const cgm_check_opts *opts, cgm_arena *arena,
                           cgm_check *out)
{
    cgm_check_opts defaults;
    cgm_check result = {.n = 0};
    cgm_check_init(&defaults);
    checking c = {.dag = dag, .opts = opts ? opts : &defaults, .out = &result};
    if (!(c.opts->alpha > 0 && c.opts->alpha < 1))
        return CGM_FAIL(CGM_E_ARG, "alpha is %g; expected a number between 0 and 1", c.opts->alpha);
    cgm_dataset_split(data, c.opts->split, &c.begin, &c.n);
    if (c.n < FEWEST_ROWS)
        return CGM_FAIL(CGM_E_ARG, "%s: %zu rows; expected at least %d for tests", cgm_dataset_description(data), c.n,
                        FEWEST_ROWS);
    result.rows = c.n;
    CGM_TRY(find_columns(&c, data, arena));
    CGM_TRY(list_rows(&c, arena));
    CGM_TRY(run_tests(&c));
    CGM_TRY(judge(&c, arena));
    *out = result;
    return CGM_OK;
}
