/* Answers as HDF5. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/level_names.h"
#include "scm/interventions/intervention.h"
#include "scm/runs/answer_priv.h"
#include "scm/runs/run_priv.h"

#define MAX_PATH 640

static void convert(cgm_dtype dtype, size_t n, const double *from, void *to)
{
    float *f32 = to;
    int64_t *i64 = to;
    for (size_t i = 0; i < n; i++) {
        if (dtype == CGM_F32)
            f32[i] = (float)from[i];
        else
            i64[i] = (int64_t)from[i];
    }
}

/* Writes n rows of the given shape, converted from double. */
static cgm_status write_rows(cgm_file *file, const char *path, cgm_dtype dtype, size_t n, cgm_shape one,
                             const char *const *axes, const double *data)
{
    cgm_shape shape = {.rank = one.rank + 1, .dim = {(int64_t)n}};
    for (int k = 0; k < one.rank; k++) shape.dim[k + 1] = one.dim[k];
    if (dtype == CGM_F64) return cgm_file_write(file, path, dtype, shape, axes, data);
    size_t count = (size_t)cgm_shape_size(shape);
    void *converted = malloc((count ? count : 1) * cgm_dtype_size(dtype));
    if (!converted) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %s", path);
    convert(dtype, count, data, converted);
    cgm_status status = cgm_file_write(file, path, dtype, shape, axes, converted);
    free(converted);
    return status;
}

cgm_status cgm_answer_write_values(cgm_file *file, const char *path, const cgm_variable *v, size_t n,
                                   const double *data)
{
    static const char *const axes[] = {"row", "channel", "y", "x"};
    cgm_shape one = v->type == CGM_IMAGE ? CGM_SHAPE(v->channels, v->height, v->width) : CGM_SCALAR;
    bool whole = cgm_variable_has_levels(v) || v->type == CGM_COUNT;
    cgm_dtype dtype = v->type == CGM_IMAGE ? CGM_F32 : whole ? CGM_I64 : CGM_F64;
    return write_rows(file, path, dtype, n, one, axes, data);
}

static cgm_status write_variable(cgm_file *file, const char *group, const cgm_variable *v, size_t n, const double *data)
{
    char path[MAX_PATH];
    snprintf(path, sizeof path, "%s/%s", group, v->name);
    CGM_TRY(cgm_answer_write_values(file, path, v, n, data));
    return cgm_level_names_save(file, path, v);
}

cgm_status cgm_answer_write_world(cgm_file *file, const char *group, const cgm_scm *scm, const cgm_world *world)
{
    for (size_t v = 0; v < cgm_scm_count(scm); v++)
        CGM_TRY(write_variable(file, group, cgm_scm_variable(scm, v), world->n,
                               world->value[cgm_scm_node_of(scm, v)].data));
    return CGM_OK;
}

/* Noise has the shape of the value where it has as many numbers; images' noise is of their type. */
static cgm_status write_noise(const cgm_answer *answer, cgm_file *file, const cgm_world *world)
{
    static const char *const image_axes[] = {"row", "channel", "y", "x"}, *const plain_axes[] = {"row", NULL, NULL,
                                                                                                 NULL, NULL};
    const cgm_scm *scm = cgm_run_scm(answer->run);
    for (size_t node = 0; node < cgm_scm_nodes(scm); node++) {
        const cgm_mechanism_node *what = cgm_scm_node(scm, node);
        char path[MAX_PATH];
        if (what->noise_width == 0) continue;
        snprintf(path, sizeof path, "/noise/%s", cgm_scm_node_name(scm, node));
        bool same = (size_t)cgm_shape_size(what->shape) == what->noise_width;
        bool image = same && what->shape.rank == 3;
        cgm_shape one = same ? what->shape : CGM_SHAPE((int64_t)what->noise_width);
        CGM_TRY(write_rows(file, path, image ? CGM_F32 : CGM_F64, world->n, one, image ? image_axes : plain_axes,
                           world->noise[node].data));
    }
    return CGM_OK;
}

/* What was set, natural values in rows that were left alone, and as attributes the interventions' texts. */
static cgm_status write_interventions(const cgm_answer *answer, cgm_file *file, const char *group,
                                      const cgm_answer_column *column)
{
    static const char *const axes[] = {"row"};
    double *values = malloc((answer->n ? answer->n : 1) * sizeof *values);
    cgm_status status = values ? CGM_OK : CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu rows", answer->n);
    for (size_t k = 0; status == CGM_OK && k < column->n_do; k++) {
        const cgm_intervention *x = &column->interventions[k];
        char path[MAX_PATH];
        snprintf(path, sizeof path, "%s/intervention/%s", group, x->target);
        status =
            cgm_scm_do_values(cgm_run_scm(answer->run), x, answer->factual, column->world, &answer->opts.draws, values);
        if (status == CGM_OK) status = write_rows(file, path, CGM_F64, answer->n, CGM_SCALAR, axes, values);
        if (status == CGM_OK) status = cgm_file_set_text(file, path, "do", x->text);
    }
    free(values);
    return status;
}

static cgm_status write_figures(const cgm_answer *answer, cgm_file *file, const char *object, const char *of)
{
    for (size_t k = 0; k < answer->n_figures; k++) {
        const cgm_figure *figure = &answer->figure[k];
        char name[160];
        if (strcmp(figure->of, of) != 0) continue;
        snprintf(name, sizeof name, "%s%s", strcmp(of, "reconstruction") == 0 ? "reconstruction " : "", figure->name);
        CGM_TRY(cgm_file_set_number(file, object, name, figure->value));
    }
    return CGM_OK;
}

static cgm_status write_column(const cgm_answer *answer, cgm_file *file, size_t c)
{
    const cgm_scm *scm = cgm_run_scm(answer->run);
    const cgm_answer_column *column = &answer->column[c];
    char top[32] = "", group[64];
    if (answer->n_columns > 1) snprintf(top, sizeof top, "/%zu", c + 1);
    CGM_TRY(write_interventions(answer, file, top, column));
    snprintf(group, sizeof group, "%s/%s", top, answer->factual ? "counterfactual" : "sample");
    CGM_TRY(cgm_answer_write_world(file, group, scm, column->world));
    snprintf(group, sizeof group, "%s/truth", top);
    for (size_t v = 0; column->has_truth && v < cgm_scm_count(scm); v++)
        CGM_TRY(write_variable(file, group, cgm_scm_variable(scm, v), answer->n, column->truth[v]));
    if (top[0]) CGM_TRY(cgm_file_set_text(file, top, "do", column->heading));
    return column->heading ? write_figures(answer, file, top[0] ? top : "/", column->heading) : CGM_OK;
}

cgm_status cgm_answer_write_index(cgm_file *file, size_t n, const size_t *rows)
{
    static const char *const axes[] = {"row"};
    int64_t *index = malloc((n ? n : 1) * sizeof *index);
    if (!index) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu rows", n);
    for (size_t i = 0; i < n; i++) index[i] = (int64_t)rows[i];
    cgm_status status = cgm_file_write(file, "/index", CGM_I64, CGM_SHAPE((int64_t)n), axes, index);
    free(index);
    return status;
}

cgm_status cgm_answer_write_facts(cgm_file *file, const cgm_run *run, const char *query, const char *assumptions,
                                  uint64_t seed)
{
    char now[CGM_TIME_TEXT];
    cgm_machine_time(now);
    CGM_TRY(cgm_file_set_text(file, "/", "cgm_version", cgm_version()));
    CGM_TRY(cgm_file_set_text(file, "/", "config", cgm_run_config_text(run)));
    CGM_TRY(cgm_file_set_text(file, "/", "query", query));
    if (assumptions) CGM_TRY(cgm_file_set_text(file, "/", "assumptions", assumptions));
    CGM_TRY(cgm_file_set_text(file, "/", "data", run->facts.data));
    CGM_TRY(cgm_file_set_text(file, "/", "data_sha256", run->facts.data_sha256));
    CGM_TRY(cgm_file_set_integer(file, "/", "seed", seed));
    return cgm_file_set_text(file, "/", "created", now);
}

cgm_status cgm_answer_save(const cgm_answer *answer, const char *path)
{
    cgm_status status;
    cgm_file *file;
    if (cgm_csv_is_named(path)) return cgm_answer_save_table(answer, path);
    CGM_TRY(cgm_file_create(path, &file));
    CGM_TRY_GOTO(cgm_answer_write_facts(file, answer->run, answer->text, answer->assumptions, answer->query.seed),
                 failed);
    if (answer->factual) {
        CGM_TRY_GOTO(cgm_answer_write_index(file, answer->n, answer->rows), failed);
        CGM_TRY_GOTO(cgm_answer_write_world(file, "/factual", answer->run->scm, answer->factual), failed);
        CGM_TRY_GOTO(write_figures(answer, file, "/", "reconstruction"), failed);
    }
    CGM_TRY_GOTO(write_noise(answer, file, answer->factual ? answer->factual : answer->column[0].world), failed);
    for (size_t c = 0; c < answer->n_columns; c++) CGM_TRY_GOTO(write_column(answer, file, c), failed);
    return cgm_file_commit(file);
failed:
    cgm_file_close(file);
    return status;
}
