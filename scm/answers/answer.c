/* Answering a query: what is asked of which rows, and who takes the answer as it is made. */
#include <stdlib.h>
#include <string.h>

#include "scm/answers/answer_priv.h"
#include "scm/hidden.h"
#include "scm/interventions/intervention.h"
#include "scm/runs/run_priv.h"

#define DEFAULT_ROWS 64

int cgm_answer_image(const cgm_answer *answer)
{
    const cgm_scm *scm = answer->run->scm;
    for (size_t i = 0; i < cgm_scm_count(scm); i++)
        if (cgm_scm_variable(scm, i)->type == CGM_IMAGE) return (int)i;
    return -1;
}

int cgm_answer_vector(const cgm_answer *answer)
{
    const cgm_scm *scm = answer->run->scm;
    int found = -1;
    for (size_t i = 0; i < cgm_scm_count(scm); i++) {
        const cgm_variable *x = cgm_scm_variable(scm, i);
        if (x->type == CGM_VECTOR && x->width == 2) return (int)i;
        if (x->type == CGM_VECTOR && found < 0) found = (int)i;
    }
    return found;
}

static cgm_status choose_rows(cgm_answer *answer)
{
    const cgm_query *q = &answer->query;
    const cgm_row_choice choice = {.split = q->split, .n = q->n, .n_rows = q->n_rows, .rows = q->rows};
    CGM_TRY(cgm_run_load_data(answer->run));
    return cgm_dataset_choose(answer->run->data, &choice, DEFAULT_ROWS, &answer->arena, &answer->n, &answer->rows);
}

/* The variable's training values in a random order, over again when there are more rows. */
static cgm_status permuted_values(cgm_answer *answer, const char *variable, double **out)
{
    size_t begin, n;
    CGM_TRY(cgm_run_load_data(answer->run));
    const cgm_dataset *data = answer->run->data;
    const double *column = cgm_dataset_column(data, variable);
    if (!column) return CGM_FAIL(CGM_E_ARG, "%s=permuted: expected a scalar variable of the data", variable);
    cgm_dataset_split(data, CGM_TRAIN, &begin, &n);
    if (n == 0) return CGM_FAIL(CGM_E_ARG, "%s=permuted: the data have no training rows", variable);
    size_t *order = cgm_arena_array(&answer->arena, n, sizeof *order);
    double *values = cgm_arena_array(&answer->arena, answer->n, sizeof *values);
    if (!order || !values) return CGM_E_MEMORY;
    cgm_rng root = cgm_rng_create(answer->query.seed), permutations = cgm_rng_split(&root, "permuted"),
            rng = cgm_rng_split(&permutations, variable);
    cgm_rng_permutation(&rng, n, order);
    for (size_t i = 0; i < answer->n; i++) values[i] = column[begin + order[i % n]];
    *out = values;
    return CGM_OK;
}

/* "do(thickness = 3.5, digit = permuted)" */
static const char *heading(cgm_arena *arena, size_t n, const cgm_intervention *interventions)
{
    const char *text = "do(";
    for (size_t k = 0; text && k < n; k++)
        text = cgm_arena_printf(arena, "%s%s%s", text, k ? ", " : "", interventions[k].text);
    return text ? cgm_arena_printf(arena, "%s)", text) : NULL;
}

cgm_status cgm_answer_read_do(cgm_answer *answer, const cgm_do *what, cgm_answer_column *column)
{
    const cgm_scm *scm = answer->run->scm;
    CGM_TRY(cgm_scm_parse_dos(scm, what->n, what->texts, &answer->arena, &column->n_do, &column->interventions));
    for (size_t k = 0; k < column->n_do; k++) {
        cgm_intervention *x = &column->interventions[k];
        double *values = NULL;
        if (x->kind != CGM_DO_PERMUTED) continue;
        CGM_TRY(permuted_values(answer, cgm_scm_node_name(scm, x->node), &values));
        x->values = values;
    }
    CGM_TRY(cgm_scm_check_interventions(scm, column->n_do, column->interventions, answer->n));
    column->heading = heading(&answer->arena, column->n_do, column->interventions);
    column->here = cgm_arena_array(&answer->arena, column->n_do + 1, sizeof *column->here);
    return column->heading && column->here ? CGM_OK : CGM_E_MEMORY;
}

/* Settings act as interventions do, but are not the question: headings and texts do not name them. */
static cgm_status add_settings(cgm_answer *answer, size_t c)
{
    const cgm_query *q = &answer->query;
    const cgm_scm *scm = answer->run->scm;
    cgm_answer_column *column = &answer->column[c];
    size_t n = column->n_do;
    for (size_t k = 0; k < q->n_settings; k++) n += q->settings[k].column == c;
    if (n == column->n_do) return CGM_OK;
    cgm_intervention *all = cgm_arena_array(&answer->arena, n, sizeof *all);
    column->here = cgm_arena_array(&answer->arena, n, sizeof *column->here);
    if (!all || !column->here) return CGM_E_MEMORY;
    for (size_t k = 0; k < column->n_do; k++) all[k] = column->interventions[k];
    for (size_t k = 0, at = column->n_do, v; k < q->n_settings; k++) {
        if (q->settings[k].column != c) continue;
        CGM_TRY(cgm_scm_lookup(scm, q->settings[k].variable, &v));
        cgm_intervention *x = &all[at++];
        *x = (cgm_intervention){.node = cgm_scm_node_of(scm, v), .to = -1, .values = q->settings[k].values};
        x->target = cgm_scm_variable(scm, v)->name;
        x->text = cgm_arena_printf(&answer->arena, "%s, row by row", x->target);
        if (!x->text) return CGM_E_MEMORY;
    }
    column->n_do = n;
    column->interventions = all;
    return cgm_scm_check_interventions(scm, n, all, answer->n);
}

/* What is asked of an image alone, or of what mechanisms publish. */
static cgm_status check_options(const cgm_answer *answer)
{
    const cgm_query *q = &answer->query;
    const cgm_scm *scm = answer->run->scm;
    bool image = cgm_answer_image(answer) >= 0;
    if (q->png && !image) CGM_TRY(cgm_answer_check_scatter(answer));
    CGM_TRY(cgm_answer_check_cycles(answer));
    CGM_TRY(cgm_answer_check_denoise(answer));
    CGM_TRY(cgm_answer_check_modes(answer));
    CGM_TRY(cgm_answer_check_judges(answer));
    if (q->particles > 1 && q->kind == CGM_SAMPLE)
        return CGM_FAIL(CGM_E_ARG, "particles: a sample abducts nothing; expected a counterfactual");
    if (q->particles > 1 && !image)
        return CGM_FAIL(CGM_E_ARG, "particles: expected a graph with an image, whose latent is drawn again and again");
    if (q->latents && cgm_scm_nodes(scm) == cgm_scm_count(scm))
        return CGM_FAIL(CGM_E_ARG, "latents: no mechanism of the graph publishes any");
    if (q->out && cgm_csv_is_named(q->out)) CGM_TRY(cgm_answer_check_table(answer, q->out));
    return cgm_answer_check_measures(answer);
}

/* Reads all that may be wrong with the query itself, before any work. */
static cgm_status prepare(cgm_answer *answer)
{
    const cgm_query *q = &answer->query;
    if (q->kind == CGM_COUNTERFACTUAL && q->n_dos == 0)
        return CGM_FAIL(CGM_E_ARG, "a counterfactual needs at least one intervention");
    if (q->kind == CGM_SAMPLE && q->n_dos > 1)
        return CGM_FAIL(CGM_E_ARG, "a sample is drawn under one set of interventions, not %zu", q->n_dos);
    answer->n_columns = q->kind == CGM_SAMPLE ? 1 : q->n_dos;
    answer->column = cgm_arena_array(&answer->arena, answer->n_columns, sizeof *answer->column);
    if (!answer->column) return CGM_E_MEMORY;
    if (q->kind == CGM_COUNTERFACTUAL)
        CGM_TRY(choose_rows(answer));
    else
        answer->n = q->n ? q->n : DEFAULT_ROWS;
    CGM_TRY(cgm_answer_plan(answer));
    for (size_t c = 0; c < q->n_dos; c++) CGM_TRY(cgm_answer_read_do(answer, &q->dos[c], &answer->column[c]));
    for (size_t c = 0; c < answer->n_columns; c++) CGM_TRY(add_settings(answer, c));
    if (q->kind == CGM_COUNTERFACTUAL)
        CGM_TRY(cgm_hidden_check(answer->run->scm, "counterfactual"));
    else
        CGM_TRY(cgm_hidden_check_sample(answer->run->scm, answer->column[0].n_do, answer->column[0].interventions));
    return check_options(answer);
}

/* The query in words, for files: "counterfactual do(thickness = 3.5); do(digit = 7), n 64, seed 1, ...". */
static cgm_status describe_query(cgm_answer *answer)
{
    const cgm_query *q = &answer->query;
    const char *text = q->kind == CGM_SAMPLE ? "sample" : "counterfactual";
    for (size_t c = 0; text && c < q->n_dos; c++)
        text = cgm_arena_printf(&answer->arena, "%s%s %s", text, c ? ";" : "", answer->column[c].heading);
    if (text)
        text = cgm_arena_printf(&answer->arena, "%s, n %zu, %sseed %llu, temperature %g, pixel_temperature %g", text,
                                answer->n,
                                q->kind == CGM_SAMPLE   ? ""
                                : q->split == CGM_TRAIN ? "split train, "
                                                        : "split test, ",
                                (unsigned long long)q->seed, q->temperature, q->pixel_temperature);
    if (text && q->cycles > 0) text = cgm_arena_printf(&answer->arena, "%s, cycles %zu", text, q->cycles);
    if (text && q->denoise > 0) text = cgm_arena_printf(&answer->arena, "%s, denoise %g", text, q->denoise);
    if (text && q->particles > 1) text = cgm_arena_printf(&answer->arena, "%s, particles %zu", text, q->particles);
    answer->text = text;
    return text ? CGM_OK : CGM_E_MEMORY;
}

/* Each variable is named once, whichever of the dos makes it anew. */
static cgm_status describe_assumptions(cgm_answer *answer)
{
    const cgm_scm *scm = answer->run->scm;
    size_t n = cgm_scm_count(scm);
    const char **of = cgm_arena_array(&answer->arena, n, sizeof *of), *text = NULL;
    const char **any = cgm_arena_array(&answer->arena, n, sizeof *any);
    if (!of || !any) return CGM_E_MEMORY;
    for (size_t c = 0; c < answer->n_columns; c++) {
        CGM_TRY(cgm_scm_assumptions(scm, answer->column[c].n_do, answer->column[c].interventions, of));
        for (size_t v = 0; v < n; v++) any[v] = of[v] ? of[v] : any[v];
    }
    for (size_t v = 0; v < n; v++) {
        if (!any[v]) continue;
        text = cgm_arena_printf(&answer->arena, "%s%s%s: %s", text ? text : "", text ? "; " : "",
                                cgm_scm_variable(scm, v)->name, any[v]);
        if (!text) return CGM_E_MEMORY;
    }
    answer->assumptions = text;
    return CGM_OK;
}

static cgm_status answer_create(cgm_run *run, const cgm_query *query, cgm_answer **out)
{
    cgm_answer *answer = calloc(1, sizeof *answer);
    if (!answer) return CGM_FAIL(CGM_E_MEMORY, "out of memory for an answer");
    answer->run = run;
    answer->query = *query;
    cgm_query_defaults(&answer->opts);
    answer->opts.abduct_temperature = answer->opts.sample_temperature = query->temperature;
    answer->opts.pixel_temperature = query->pixel_temperature;
    answer->opts.threads = run->opts.threads;
    answer->opts.draws = cgm_rng_create(query->seed);
    if (query->kind == CGM_SAMPLE) {
        cgm_rng root = cgm_rng_create(query->seed);
        answer->opts.draws = cgm_rng_split(&root, "sample");
    }
    cgm_status status = prepare(answer);
    if (status != CGM_OK) {
        cgm_answer_destroy(answer);
        return status;
    }
    *out = answer;
    return CGM_OK;
}

cgm_status cgm_run_check_query(cgm_run *run, const cgm_query *query)
{
    cgm_answer *answer = NULL;
    CGM_TRY(answer_create(run, query, &answer));
    cgm_answer_destroy(answer);
    return CGM_OK;
}

static const cgm_answer_sink *const sinks[] = {
    &cgm_answer_figures_sink, &cgm_answer_judges_sink,  &cgm_answer_modes_sink,  &cgm_answer_file_sink,
    &cgm_answer_table_sink,   &cgm_answer_picture_sink, &cgm_answer_scatter_sink};
enum { N_SINKS = sizeof sinks / sizeof *sinks };

static cgm_status make_batch(cgm_answer *answer, void *const sink[N_SINKS])
{
    CGM_TRY(cgm_answer_compute(answer));
    for (size_t k = 0; k < N_SINKS; k++)
        if (sink[k]) CGM_TRY(sinks[k]->take(sink[k], answer));
    if (answer->query.visit) CGM_TRY(answer->query.visit(answer->query.context, answer));
    return cgm_answer_progress(answer, answer->query.particles);
}

static cgm_status make_batches(cgm_answer *answer, void *const sink[N_SINKS])
{
    answer->started = cgm_seconds();
    for (answer->begin = 0; answer->begin < answer->n; answer->begin += answer->count) {
        size_t left = answer->n - answer->begin;
        answer->count = left < answer->batch ? left : answer->batch;
        CGM_TRY(make_batch(answer, sink));
    }
    for (size_t k = 0; k < N_SINKS; k++)
        if (sink[k]) CGM_TRY(sinks[k]->end(sink[k], answer));
    return CGM_OK;
}

static cgm_status make(cgm_answer *answer)
{
    void *sink[N_SINKS] = {NULL};
    cgm_status status = describe_query(answer);
    if (answer->query.kind == CGM_COUNTERFACTUAL) {
        if (status == CGM_OK) status = describe_assumptions(answer);
        for (size_t c = 0; status == CGM_OK && c < answer->n_columns; c++)
            status = cgm_answer_find_truth(answer, &answer->column[c]);
    }
    for (size_t k = 0; status == CGM_OK && k < N_SINKS; k++) status = sinks[k]->begin(answer, &sink[k]);
    if (status == CGM_OK) status = make_batches(answer, sink);
    for (size_t k = 0; k < N_SINKS; k++) sinks[k]->drop(sink[k]);
    return status;
}

cgm_status cgm_run_answer(cgm_run *run, const cgm_query *query, cgm_answer **out)
{
    cgm_answer *answer = NULL;
    CGM_TRY(cgm_run_check_finished(run));
    CGM_TRY(answer_create(run, query, &answer));
    cgm_status status = make(answer);
    if (status == CGM_OK)
        *out = answer;
    else
        cgm_answer_destroy(answer);
    return status;
}

void cgm_answer_destroy(cgm_answer *answer)
{
    if (!answer) return;
    cgm_world_destroy(answer->factual);
    cgm_world_destroy(answer->again);
    cgm_world_destroy(answer->beside);
    for (size_t c = 0; answer->column && c < answer->n_columns; c++) cgm_world_destroy(answer->column[c].world);
    cgm_arena_clear(&answer->arena);
    free(answer);
}

size_t cgm_answer_figures(const cgm_answer *answer, const cgm_figure **out)
{
    *out = answer->figure;
    return answer->n_figures;
}

const cgm_world *cgm_answer_world(const cgm_answer *answer, size_t column)
{
    return column < answer->n_columns ? answer->column[column].world : NULL;
}

const cgm_world *cgm_answer_factual(const cgm_answer *answer)
{
    return answer->factual;
}

const double *cgm_answer_truth(const cgm_answer *answer, size_t column, size_t variable)
{
    if (column >= answer->n_columns || !answer->column[column].has_truth) return NULL;
    return variable < cgm_scm_count(answer->run->scm) ? answer->column[column].truth[variable] : NULL;
}

const char *cgm_answer_assumptions(const cgm_answer *answer)
{
    return answer->assumptions;
}

const size_t *cgm_answer_rows(const cgm_answer *answer, size_t *n)
{
    *n = answer->n;
    return answer->rows;
}
