/* The modes that the samples of a vector find. */
#include <stdlib.h>

#include "metrics/modes.h"
#include "scm/answers/answer_priv.h"
#include "scm/runs/run_priv.h"

cgm_status cgm_answer_check_modes(const cgm_answer *answer)
{
    const char *label = answer->query.modes;
    if (!label) return CGM_OK;
    if (answer->query.kind != CGM_SAMPLE) return CGM_FAIL(CGM_E_ARG, "modes: expected a sample, not a counterfactual");
    if (cgm_answer_vector(answer) < 0) return CGM_FAIL(CGM_E_ARG, "modes: the graph has no vector");
    CGM_TRY(cgm_run_load_data(answer->run));
    const cgm_variable *x = cgm_dataset_find(answer->run->data, label);
    if (x && cgm_variable_has_levels(x)) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "modes: %s: expected a variable of the data that has levels", label);
}

/* ---- The sink ---- */

typedef struct finding {
    size_t vector;
    cgm_modes *modes;
} finding;

/* From the training rows. */
static cgm_status learn(finding *f, const cgm_answer *answer)
{
    cgm_status status = CGM_OK;
    cgm_arena arena = {0};
    const cgm_dataset *data = answer->run->data;
    const cgm_variable *x = cgm_scm_variable(answer->run->scm, f->vector);
    const cgm_variable *label = cgm_dataset_find(data, answer->query.modes);
    size_t begin, n, width = cgm_variable_width(x);
    cgm_dataset_split(data, CGM_TRAIN, &begin, &n);
    size_t *row = cgm_arena_array(&arena, n + 1, sizeof *row);
    double *values = cgm_arena_array(&arena, n + 1, width * sizeof *values);
    if (!row || !values) {
        status = CGM_E_MEMORY;
        goto done;
    }
    for (size_t i = 0; i < n; i++) row[i] = begin + i;
    CGM_TRY_GOTO(cgm_dataset_read(data, x->name, n, row, values), done);
    CGM_TRY_GOTO(
        cgm_modes_create(n, width, values, cgm_dataset_column(data, label->name) + begin, label->levels, &f->modes),
        done);
done:
    cgm_arena_clear(&arena);
    return status;
}

static cgm_status modes_begin(cgm_answer *answer, void **out)
{
    if (!answer->query.modes) return CGM_OK;
    finding *f = calloc(1, sizeof *f);
    if (!f) return CGM_FAIL(CGM_E_MEMORY, "out of memory for modes");
    *out = f;
    f->vector = (size_t)cgm_answer_vector(answer);
    return learn(f, answer);
}

static cgm_status modes_take(void *sink, cgm_answer *answer)
{
    finding *f = sink;
    size_t node = cgm_scm_node_of(answer->run->scm, f->vector);
    cgm_modes_count(f->modes, answer->count, answer->column[0].world->value[node].data);
    return CGM_OK;
}

static cgm_status modes_end(void *sink, cgm_answer *answer)
{
    const finding *f = sink;
    cgm_mode_coverage c = cgm_modes_coverage(f->modes);
    CGM_TRY(cgm_answer_add_figure(answer, "modes", "all", (double)c.modes));
    CGM_TRY(cgm_answer_add_figure(answer, "modes", "covered", (double)c.covered));
    return cgm_answer_add_figure(answer, "modes", "near", c.near);
}

static void modes_drop(void *sink)
{
    finding *f = sink;
    if (f) cgm_modes_destroy(f->modes);
    free(f);
}

const cgm_answer_sink cgm_answer_modes_sink = {modes_begin, modes_take, modes_end, modes_drop};
