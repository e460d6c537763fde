/* Making a run once more. */
#include <stdlib.h>

#include "scm/runs/run_priv.h"

/* The steps that a run stopped by the clock made, so that the next one makes as many. */
static cgm_status forget_but_steps(cgm_run *run)
{
    uint64_t *steps = calloc(run->n_parts ? run->n_parts : 1, sizeof *steps);
    if (!steps) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu parts", run->n_parts);
    for (size_t i = 0; i < run->n_parts; i++) steps[i] = run->part[i].steps;
    cgm_status status = cgm_run_forget(run);
    for (size_t i = 0; status == CGM_OK && i < run->n_parts; i++) {
        if (cgm_run_part_train(run, i)->minutes > 0) run->part[i].limit = steps[i];
    }
    free(steps);
    return status;
}

cgm_status cgm_run_again(const char *path, const char *scratch, const cgm_run_opts *opts, cgm_file_compare_fn *visit,
                         void *context)
{
    cgm_status status;
    cgm_run *run = NULL;
    cgm_file *a = NULL, *b = NULL;
    CGM_TRY_GOTO(cgm_run_open(path, opts, &run), done);
    if (!cgm_run_is_finished(run)) {
        status = CGM_FAIL(CGM_E_ARG, "%s: training is not finished: cgm train --resume first", path);
        goto done;
    }
    CGM_TRY_GOTO(forget_but_steps(run), done);
    CGM_TRY_GOTO(cgm_run_train(run, scratch), done);
    CGM_TRY_GOTO(cgm_file_open(path, &a), done);
    CGM_TRY_GOTO(cgm_file_open(scratch, &b), done);
    CGM_TRY_GOTO(cgm_file_compare(a, b, visit, context), done);
done:
    cgm_file_close(a);
    cgm_file_close(b);
    cgm_run_destroy(run);
    return status;
}
