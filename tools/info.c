/* cgm info: what a run file holds. */
#include <inttypes.h>
#include <stdio.h>

#include "tools/tool.h"

/* How far a part of the run is, what it learnt, and the metrics of its last step. */
static cgm_status print_part(const cgm_run *run, size_t i, const char *kind)
{
    uint64_t parameters;
    cgm_run_progress progress;
    char text[512] = "";
    CGM_TRY(cgm_run_count_parameters(run, i, &parameters));
    cgm_run_get_progress(run, i, &progress);
    printf("\n    %s, %" PRIu64 " parameters, ", kind, parameters);
    if (progress.finished)
        printf("trained in %" PRIu64 " step%s\n", progress.steps, progress.steps == 1 ? "" : "s");
    else if (progress.steps > 0)
        printf("%" PRIu64 " steps made, %.0f %%\n", progress.steps,
               progress.total ? 100.0 * (double)progress.done / (double)progress.total : 0.0);
    else
        printf("not trained\n");
    if (progress.finished) cgm_run_describe_part(run, i, sizeof text, text);
    if (text[0]) printf("    %s\n", text);
    for (size_t k = 0; k < progress.n_metrics; k++)
        printf("%s%s %.6g%s", k ? ", " : "    ", progress.metrics[k].name, progress.metrics[k].value,
               k + 1 == progress.n_metrics ? "\n" : "");
    return CGM_OK;
}

/* "image <- digit, thickness" with the mechanism. */
static cgm_status print_variable(const cgm_run *run, size_t i)
{
    const cgm_scm *scm = cgm_run_scm(run);
    const cgm_mechanism *m = cgm_scm_mechanism(scm, i);
    const size_t *parents;
    size_t n = cgm_scm_parents(scm, i, &parents);
    printf("  %s", cgm_scm_variable(scm, i)->name);
    for (size_t p = 0; p < n; p++) printf("%s%s", p ? ", " : " <- ", cgm_scm_variable(scm, parents[p])->name);
    CGM_TRY(print_part(run, i, m->methods->kind));
    if (m->methods->assumption) printf("    counterfactuals rest on %s\n", m->methods->assumption);
    return CGM_OK;
}

/* "judge: digit | image, thickness". */
static cgm_status print_predictor(const cgm_run *run, size_t i)
{
    const cgm_predictor *p = cgm_run_predictor_at(run, i);
    const cgm_variable *const *given;
    size_t n = cgm_predictor_given(p, &given);
    printf("  %s: %s | %s", cgm_predictor_name(p), cgm_predictor_attribute(p)->name, cgm_predictor_image(p)->name);
    for (size_t k = 0; k < n; k++) printf(", %s", given[k]->name);
    return print_part(run, cgm_scm_count(cgm_run_scm(run)) + i, "predictor");
}

/* The last part, where it is neither a variable nor a predictor. */
static cgm_status print_tuning(const cgm_run *run)
{
    size_t others = cgm_scm_count(cgm_run_scm(run)) + cgm_run_predictors(run);
    if (cgm_run_parts(run) == others) return CGM_OK;
    printf("%s:", cgm_run_part_name(run, others));
    return print_part(run, others, "counterfactual fine-tuning");
}

static cgm_status print_run(const cgm_run *run)
{
    const cgm_scm *scm = cgm_run_scm(run);
    cgm_run_facts f;
    cgm_run_get_facts(run, &f);
    printf("cgm %s\n%s\nCPU: %s\ncreated %s, %s%s, %.1f s of training\n", f.cgm_version, f.versions, f.cpu, f.created,
           f.finished[0] ? "finished " : "not finished", f.finished, f.seconds);
    printf("seed %" PRId64 "\ndata: %s (SHA-256 %s)\ngraph:\n", cgm_run_train_opts(run)->seed, f.data, f.data_sha256);
    for (size_t i = 0; i < cgm_scm_count(scm); i++) CGM_TRY(print_variable(run, i));
    if (cgm_run_predictors(run)) printf("predictors:\n");
    for (size_t i = 0; i < cgm_run_predictors(run); i++) CGM_TRY(print_predictor(run, i));
    CGM_TRY(print_tuning(run));
    const char *config = cgm_run_config_text(run);
    if (!config) return CGM_E_MEMORY;
    printf("config:\n%s", config);
    return CGM_OK;
}

static cgm_status run_info(const tool_options *options)
{
    cgm_run *run = NULL;
    CGM_TRY(tool_open(options->argument[0], options, &run));
    cgm_status status = print_run(run);
    cgm_run_destroy(run);
    return status;
}

static const tool_option takes[] = {{OPT_PATH, NULL}, {OPT_NONE, NULL}};

const tool tool_info_row = {
    .name = "info",
    .arguments = "RUN",
    .n_arguments = 1,
    .brief = "a run's graph, mechanisms, predictors, parameters, config, seed, versions",
    .options = takes,
    .run = run_info,
};
