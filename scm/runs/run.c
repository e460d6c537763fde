/* The run object: made from a config or from a run file. */
#include <stdlib.h>
#include <string.h>

#include "base/threads.h"
#include "scm/object.h"
#include "scm/runs/run_priv.h"

static cgm_status open_data(cgm_run *run, const char *base, const char *instead)
{
    cgm_run_sections sections = {0};
    cgm_data_opts data;
    CGM_TRY(cgm_run_read_sections(run->config, &sections));
    CGM_TRY(cgm_data_opts_read(sections.data, &data));
    data.base = base;
    if (instead && data.path) data.path = instead;
    if (instead && data.n_folders)
        return CGM_FAIL(CGM_E_ARG, "%s: the run's data are folders, for which no other path can stand", instead);
    cgm_arena arena = {0};
    cgm_variable *expect = NULL;
    cgm_status status = cgm_scm_read_variables(sections.graph, &arena, &data.n_expect, &expect);
    data.expect = expect;
    if (status == CGM_OK) status = cgm_dataset_open(&data, run->opts.threads, &run->opts.sink, &run->data);
    cgm_arena_clear(&arena);
    return status;
}

/* The untrained model of the config, and its predictors; the config says all that it needs, or the data do. */
static cgm_status build_model(cgm_run *run)
{
    cgm_run_sections sections = {0};
    CGM_TRY(cgm_run_read_sections(run->config, &sections));
    CGM_TRY(cgm_scm_from_sections(sections.graph, sections.hidden, run->data, &run->scm));
    CGM_TRY(cgm_run_build_predictors(run, sections.predictors));
    CGM_TRY(cgm_run_build_tuner(run, sections.finetune));
    size_t n = cgm_scm_count(run->scm) + run->n_predictors + (run->tuner != NULL);
    run->part = calloc(n ? n : 1, sizeof *run->part);
    if (!run->part) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a run of %zu parts", n);
    run->n_parts = n;
    return CGM_OK;
}

static void drop_model(cgm_run *run)
{
    for (size_t i = 0; i < run->n_parts; i++) cgm_part_clear(&run->part[i]);
    free(run->part);
    cgm_run_drop_predictors(run);
    cgm_scm_destroy(run->scm);
    run->part = NULL;
    run->n_parts = 0;
    run->scm = NULL;
}

/* Reads what the run keeps of its config. */
static cgm_status read_config(cgm_run *run)
{
    cgm_run_sections sections = {0};
    CGM_TRY(cgm_run_read_sections(run->config, &sections));
    CGM_TRY(cgm_train_opts_read(sections.train, &run->train));
    run->queries = sections.queries;
    return CGM_OK;
}

static cgm_status run_alloc(const cgm_run_opts *opts, cgm_run **out)
{
    cgm_run *run = calloc(1, sizeof *run);
    if (!run) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a run");
    if (opts) run->opts = *opts;
    if (run->opts.threads <= 0) run->opts.threads = cgm_threads_available();
    run->facts = (cgm_run_facts){"", "", "", "", "", "", "", 0};
    *out = run;
    return CGM_OK;
}

/* The facts of a run that begins here and now. */
static cgm_status state_facts(cgm_run *run)
{
    char now[CGM_TIME_TEXT];
    cgm_run_facts *f = &run->facts;
    cgm_machine_time(now);
    CGM_TRY(cgm_machine_describe(&run->arena, &f->cpu, &f->versions));
    f->cgm_version = cgm_version();
    f->data = cgm_dataset_description(run->data);
    f->data_sha256 = cgm_dataset_sha256(run->data);
    f->created = cgm_arena_strdup(&run->arena, now);
    return f->created ? CGM_OK : CGM_E_MEMORY;
}

/* Before anything is trained or written. */
static cgm_status check_values(const cgm_run *run)
{
    for (size_t v = 0; v < cgm_scm_count(run->scm); v++) {
        const cgm_variable *x = cgm_scm_variable(run->scm, v);
        if (cgm_variable_is_scalar(x)) CGM_TRY(cgm_scm_check_column(x, run->data));
    }
    return CGM_OK;
}

/* That augmentation leaves alone what the parents of images describe; else an error where the config asks for it. */
static cgm_status check_augmentation(const cgm_run *run)
{
    cgm_run_sections sections = {0};
    CGM_TRY(cgm_run_read_sections(run->config, &sections));
    for (size_t v = 0; v < run->scm->n; v++) {
        const scm_variable *x = &run->scm->variable[v];
        const char *key;
        if (x->variable.type != CGM_IMAGE) continue;
        cgm_status status =
            cgm_augmentation_check(&run->train.augment, &x->variable, x->n_parents, x->parent_variables, &key);
        if (status == CGM_OK) continue;
        const cgm_yaml *map = cgm_yaml_get(sections.train, "augment"), *node = map ? cgm_yaml_get(map, key) : NULL;
        if (node) return cgm_fail_context(status, "%s: train.augment.%s", cgm_yaml_where(node), key);
        return cgm_fail_context(status, "%s: train.%s", cgm_yaml_where(cgm_yaml_get(sections.train, key)), key);
    }
    return CGM_OK;
}

cgm_status cgm_run_create(cgm_config *config, const cgm_run_opts *opts, cgm_run **out)
{
    cgm_status status;
    cgm_run *run = NULL;
    CGM_TRY(run_alloc(opts, &run));
    run->config = config;
    CGM_TRY_GOTO(cgm_run_resolve_config(config, run->opts.base), failed);
    CGM_TRY_GOTO(read_config(run), failed);
    CGM_TRY_GOTO(open_data(run, run->opts.base, run->opts.data_path), failed);
    run->opts.base = run->opts.data_path = NULL;
    CGM_TRY_GOTO(build_model(run), failed);
    CGM_TRY_GOTO(check_values(run), failed);
    CGM_TRY_GOTO(check_augmentation(run), failed);
    CGM_TRY_GOTO(cgm_run_resolve_graph(config, run->scm), failed);
    CGM_TRY_GOTO(read_config(run), failed);
    CGM_TRY_GOTO(state_facts(run), failed);
    *out = run;
    return CGM_OK;
failed:
    cgm_run_destroy(run);
    return status;
}

static cgm_status load_text(cgm_run *run, cgm_file *file, const char *name, const char **out)
{
    const char *text = "";
    if (cgm_file_has_attribute(file, "/", name)) CGM_TRY(cgm_file_get_text(file, "/", name, &text));
    const char *copy = cgm_arena_strdup(&run->arena, text);
    if (!copy) return CGM_E_MEMORY;
    *out = copy;
    return CGM_OK;
}

static cgm_status load_facts(cgm_run *run, cgm_file *file)
{
    cgm_run_facts *f = &run->facts;
    CGM_TRY(load_text(run, file, "cgm_version", &f->cgm_version));
    CGM_TRY(load_text(run, file, "versions", &f->versions));
    CGM_TRY(load_text(run, file, "cpu", &f->cpu));
    CGM_TRY(load_text(run, file, "data", &f->data));
    CGM_TRY(load_text(run, file, "data_sha256", &f->data_sha256));
    CGM_TRY(load_text(run, file, "created", &f->created));
    CGM_TRY(load_text(run, file, "finished", &f->finished));
    if (cgm_file_has_attribute(file, "/", "seconds")) CGM_TRY(cgm_file_get_number(file, "/", "seconds", &f->seconds));
    run->seconds_before = f->seconds;
    return CGM_OK;
}

/* The state at `path` becomes the run's. */
static cgm_status take_over(cgm_run *run, cgm_file *file, const char *path)
{
    CGM_TRY(cgm_run_load(run, file));
    run->resume_path = cgm_arena_strdup(&run->arena, path);
    return run->resume_path ? CGM_OK : CGM_E_MEMORY;
}

/* That the run's data are those with which the file at `path` was trained. */
static cgm_status check_data(const cgm_run *run, const char *path, const char *wanted)
{
    const char *now = cgm_dataset_sha256(run->data);
    if (strcmp(wanted, now) == 0) return CGM_OK;
    return CGM_FAIL(CGM_E_FORMAT, "%s: trained on data with SHA-256 %s, but %s has %s", path, wanted,
                    cgm_dataset_description(run->data), now);
}

cgm_status cgm_run_open(const char *path, const cgm_run_opts *opts, cgm_run **out)
{
    cgm_status status;
    cgm_run *run = NULL;
    cgm_file *file;
    CGM_TRY(cgm_run_file_open(path, &file));
    CGM_TRY_GOTO(run_alloc(opts, &run), done);
    CGM_TRY_GOTO(cgm_run_file_config(file, &run->own), done);
    run->config = run->own;
    CGM_TRY_GOTO(read_config(run), done);
    CGM_TRY_GOTO(build_model(run), done);
    CGM_TRY_GOTO(load_facts(run, file), done);
    CGM_TRY_GOTO(take_over(run, file, path), done);
    if (run->opts.data_path) {
        run->opts.data_path = cgm_arena_strdup(&run->arena, run->opts.data_path);
        if (!run->opts.data_path) status = CGM_E_MEMORY;
        if (!run->opts.data_path) goto done;
    }
    *out = run;
    run = NULL;
done:
    cgm_run_destroy(run);
    cgm_file_close(file);
    return status;
}

cgm_status cgm_run_load_data(cgm_run *run)
{
    if (run->data) return CGM_OK;
    CGM_TRY(open_data(run, NULL, run->opts.data_path));
    cgm_status status = check_data(run, run->resume_path, run->facts.data_sha256);
    if (status == CGM_OK) return CGM_OK;
    cgm_dataset_destroy(run->data);
    run->data = NULL;
    return status;
}

void cgm_run_warn_elsewhere(const cgm_run *run, const cgm_run_facts *then, const cgm_run_facts *now)
{
    bool same = strcmp(then->cpu, now->cpu) == 0 && strcmp(then->versions, now->versions) == 0 &&
                strcmp(then->cgm_version, now->cgm_version) == 0;
    if (!same)
        cgm_sink_log(&run->opts.sink, CGM_LOG_WARNING, "the run began with cgm %s, %s, on %s: bits may differ here",
                     then->cgm_version, then->versions, then->cpu);
}

cgm_status cgm_run_resume(cgm_run *run, const char *path)
{
    cgm_status status;
    cgm_config *stored = NULL;
    const char *sha256;
    cgm_file *file;
    CGM_TRY(cgm_run_file_open(path, &file));
    CGM_TRY_GOTO(cgm_run_file_config(file, &stored), done);
    CGM_TRY_GOTO(cgm_run_resolve_config(stored, NULL), done); /* an earlier cgm knew fewer keys */
    CGM_TRY_GOTO(cgm_run_same_config(stored, path, run->config, "the config"), done);
    run->asks_anew = !cgm_run_same_queries(stored, run->config);
    CGM_TRY_GOTO(cgm_file_get_text(file, "/", "data_sha256", &sha256), done);
    CGM_TRY_GOTO(check_data(run, path, sha256), done);
    cgm_run_facts here = run->facts;
    CGM_TRY_GOTO(load_facts(run, file), done);
    cgm_run_warn_elsewhere(run, &run->facts, &here);
    CGM_TRY_GOTO(take_over(run, file, path), done);
done:
    cgm_config_destroy(stored);
    cgm_file_close(file);
    return status;
}

void cgm_run_destroy(cgm_run *run)
{
    if (!run) return;
    drop_model(run);
    cgm_dataset_destroy(run->data);
    cgm_config_destroy(run->own);
    cgm_arena_clear(&run->arena);
    free(run);
}

cgm_status cgm_run_forget(cgm_run *run)
{
    CGM_TRY(cgm_run_load_data(run));
    cgm_run_facts then = run->facts;
    drop_model(run);
    run->resume_path = NULL;
    run->seconds_before = 0;
    run->facts.seconds = 0;
    run->facts.finished = "";
    CGM_TRY(build_model(run));
    CGM_TRY(state_facts(run));
    cgm_run_warn_elsewhere(run, &then, &run->facts);
    return CGM_OK;
}

bool cgm_run_is_finished(const cgm_run *run)
{
    for (size_t i = 0; i < run->n_parts; i++)
        if (!run->part[i].finished) return false;
    return true;
}

cgm_status cgm_run_check_finished(const cgm_run *run)
{
    if (cgm_run_is_finished(run)) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "the run is not trained to its end yet: cgm train --resume goes on with it");
}

const cgm_scm *cgm_run_scm(const cgm_run *run)
{
    return run->scm;
}

const cgm_dataset *cgm_run_data(const cgm_run *run)
{
    return run->data;
}

const cgm_train_opts *cgm_run_train_opts(const cgm_run *run)
{
    return &run->train;
}

const char *cgm_run_config_text(const cgm_run *run)
{
    const char *text;
    return cgm_config_text(run->config, &text) == CGM_OK ? text : NULL;
}

const cgm_yaml *cgm_run_queries(const cgm_run *run)
{
    return run->queries;
}

void cgm_run_get_facts(const cgm_run *run, cgm_run_facts *out)
{
    *out = run->facts;
}

void cgm_run_get_progress(const cgm_run *run, size_t i, cgm_run_progress *out)
{
    const cgm_part *part = &run->part[i];
    *out = (cgm_run_progress){.finished = part->finished,
                              .steps = part->steps,
                              .done = part->done,
                              .total = part->total,
                              .seconds = part->seconds,
                              .memory_bytes = part->memory};
    out->n_metrics = cgm_part_latest(part, out->metrics);
}

const double *cgm_run_metric(const cgm_run *run, size_t i, const char *name, size_t *steps)
{
    const cgm_part *part = &run->part[i];
    for (size_t k = 0; k < part->n_series; k++) {
        if (strcmp(part->series[k].name, name) != 0) continue;
        *steps = part->series[k].n;
        return part->series[k].value;
    }
    *steps = 0;
    return NULL;
}

cgm_status cgm_run_count_parameters(const cgm_run *run, size_t i, uint64_t *count)
{
    cgm_state state = {0};
    cgm_mechanism *m = cgm_run_part_mechanism(run, i);
    uint64_t learnt = 0;
    cgm_status status = m->methods->state(m, &state);
    for (size_t k = 0; status == CGM_OK && k < state.n; k++)
        if (strncmp(state.entry[k].name, "parameters/", 11) == 0)
            learnt += (uint64_t)cgm_shape_size(state.entry[k].shape);
    cgm_state_clear(&state);
    if (status == CGM_OK) *count = learnt;
    return status;
}
