/* Answers as HDF5: each batch is appended to the data sets. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/level_names.h"
#include "scm/answers/answer_priv.h"
#include "scm/interventions/intervention.h"
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

static const char *const image_axes[] = {"row", "channel", "y", "x"};
static const char *const vector_axes[] = {"row", "component"};
static const char *const plain_axes[] = {"row", NULL, NULL, NULL, NULL};

static cgm_answer_part part_of(const cgm_answer *answer)
{
    return (cgm_answer_part){answer->n, answer->count};
}

/* Appends rows of the given shape, converted from double. */
static cgm_status append(cgm_file *file, const char *path, cgm_dtype dtype, cgm_answer_part rows, cgm_shape one,
                         const char *const *axes, const double *data)
{
    cgm_shape shape = {.rank = one.rank + 1, .dim = {(int64_t)rows.all}};
    for (int k = 0; k < one.rank; k++) shape.dim[k + 1] = one.dim[k];
    if (dtype == CGM_F64) return cgm_file_append(file, path, dtype, shape, axes, (int64_t)rows.n, data);
    size_t count = rows.n * (size_t)cgm_shape_size(one);
    void *converted = malloc((count ? count : 1) * cgm_dtype_size(dtype));
    if (!converted) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %s", path);
    convert(dtype, count, data, converted);
    cgm_status status = cgm_file_append(file, path, dtype, shape, axes, (int64_t)rows.n, converted);
    free(converted);
    return status;
}

cgm_shape cgm_answer_shape(const cgm_variable *v)
{
    if (cgm_variable_is_scalar(v)) return CGM_SCALAR;
    return v->type == CGM_VECTOR ? CGM_SHAPE(v->width) : CGM_SHAPE(v->channels, v->height, v->width);
}

cgm_status cgm_answer_append_values(cgm_file *file, const char *path, const cgm_variable *v, cgm_answer_part rows,
                                    const double *data)
{
    bool whole = cgm_variable_has_levels(v) || v->type == CGM_COUNT;
    cgm_dtype dtype = v->type == CGM_IMAGE ? CGM_F32 : whole ? CGM_I64 : CGM_F64;
    return append(file, path, dtype, rows, cgm_answer_shape(v), v->type == CGM_VECTOR ? vector_axes : image_axes, data);
}

static cgm_status append_variable(cgm_file *file, const char *group, const cgm_variable *v, cgm_answer_part rows,
                                  bool first, const double *data)
{
    char path[MAX_PATH];
    snprintf(path, sizeof path, "%s/%s", group, v->name);
    CGM_TRY(cgm_answer_append_values(file, path, v, rows, data));
    return first ? cgm_level_names_save(file, path, v) : CGM_OK;
}

/* What a mechanism publishes is written as the numbers that it computes with. */
static cgm_status append_latents(const cgm_answer *answer, cgm_file *file, const char *group, const cgm_world *world)
{
    const cgm_scm *scm = cgm_run_scm(answer->run);
    for (size_t node = 0; answer->query.latents && node < cgm_scm_nodes(scm); node++) {
        char path[MAX_PATH];
        if (cgm_answer_is_variable(scm, node)) continue;
        snprintf(path, sizeof path, "%s/%s", group, cgm_scm_node_name(scm, node));
        CGM_TRY(append(file, path, CGM_F32, part_of(answer), cgm_scm_node(scm, node)->shape, plain_axes,
                       world->value[node].data));
    }
    return CGM_OK;
}

static cgm_status append_world(const cgm_answer *answer, cgm_file *file, const char *group, const cgm_world *world)
{
    const cgm_scm *scm = cgm_run_scm(answer->run);
    for (size_t v = 0; v < cgm_scm_count(scm); v++)
        CGM_TRY(append_variable(file, group, cgm_scm_variable(scm, v), part_of(answer), answer->begin == 0,
                                world->value[cgm_scm_node_of(scm, v)].data));
    return append_latents(answer, file, group, world);
}

/* Noise has the shape of the value where it has as many numbers; that of images and latents is of their type. */
static cgm_status append_noise(const cgm_answer *answer, cgm_file *file, const cgm_world *world)
{
    const cgm_scm *scm = cgm_run_scm(answer->run);
    for (size_t node = 0; node < cgm_scm_nodes(scm); node++) {
        const cgm_mechanism_node *what = cgm_scm_node(scm, node);
        char path[MAX_PATH];
        bool latent = !cgm_answer_is_variable(scm, node);
        if (what->noise_width == 0 || (latent && !answer->query.latents)) continue;
        snprintf(path, sizeof path, "/noise/%s", cgm_scm_node_name(scm, node));
        bool same = (size_t)cgm_shape_size(what->shape) == what->noise_width;
        bool image = same && what->shape.rank == 3 && !latent;
        cgm_shape one = same ? what->shape : CGM_SHAPE((int64_t)what->noise_width);
        CGM_TRY(append(file, path, image || latent ? CGM_F32 : CGM_F64, part_of(answer), one,
                       image ? image_axes : plain_axes, world->noise[node].data));
    }
    return CGM_OK;
}

/* The particles' mean and standard deviation. */
static cgm_status append_particles(const cgm_answer *answer, cgm_file *file, const char *top,
                                   const cgm_answer_column *column)
{
    const cgm_scm *scm = cgm_run_scm(answer->run);
    for (size_t v = 0; column->mean && v < cgm_scm_count(scm); v++) {
        cgm_variable x = *cgm_scm_variable(scm, v);
        size_t n = answer->count * cgm_variable_width(&x);
        char group[64];
        if (!column->mean[v]) continue;
        if (cgm_variable_is_scalar(&x)) x.type = CGM_CONTINUOUS; /* a mean of counts is no count */
        snprintf(group, sizeof group, "%s/counterfactual_mean", top);
        CGM_TRY(append_variable(file, group, &x, part_of(answer), false, column->mean[v]));
        double *deviation = malloc((n ? n : 1) * sizeof *deviation);
        if (!deviation) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu standard deviations", n);
        for (size_t i = 0; i < n; i++) deviation[i] = sqrt(column->variance[v][i]);
        snprintf(group, sizeof group, "%s/counterfactual_sd", top);
        cgm_status status = append_variable(file, group, &x, part_of(answer), false, deviation);
        free(deviation);
        CGM_TRY(status);
    }
    return CGM_OK;
}

/* What was set, natural values in rows that were left alone, and as attributes the interventions' texts. */
static cgm_status append_interventions(const cgm_answer *answer, cgm_file *file, const char *group,
                                       const cgm_answer_column *column)
{
    static const char *const axes[] = {"row"};
    double *values = malloc((answer->count ? answer->count : 1) * sizeof *values);
    cgm_status status = values ? CGM_OK : CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu rows", answer->count);
    for (size_t k = 0; status == CGM_OK && k < column->n_do; k++) {
        const cgm_intervention *x = &column->here[k];
        char path[MAX_PATH];
        snprintf(path, sizeof path, "%s/intervention/%s", group, x->target);
        status =
            cgm_scm_do_values(cgm_run_scm(answer->run), x, answer->factual, column->world, &answer->opts.draws, values);
        if (status == CGM_OK) status = append(file, path, CGM_F64, part_of(answer), CGM_SCALAR, axes, values);
        if (status == CGM_OK && answer->begin == 0) status = cgm_file_set_text(file, path, "do", x->text);
    }
    free(values);
    return status;
}

/* Whether figures are of a column. */
static bool is_do(const char *of)
{
    return strncmp(of, "do(", 3) == 0;
}

static cgm_status write_figures(const cgm_answer *answer, cgm_file *file, const char *object, const char *of)
{
    for (size_t k = 0; k < answer->n_figures; k++) {
        const cgm_figure *figure = &answer->figure[k];
        char name[160];
        if (strcmp(figure->of, of) != 0) continue;
        snprintf(name, sizeof name, "%s%s%s", is_do(of) ? "" : of, is_do(of) ? "" : " ", figure->name);
        CGM_TRY(cgm_file_set_number(file, object, name, figure->value));
    }
    return CGM_OK;
}

/* The group of column c: "" for the only one. */
static void column_group(const cgm_answer *answer, size_t c, char top[32])
{
    top[0] = 0;
    if (answer->n_columns > 1) snprintf(top, 32, "/%zu", c + 1);
}

static cgm_status append_column(const cgm_answer *answer, cgm_file *file, size_t c)
{
    const cgm_scm *scm = cgm_run_scm(answer->run);
    const cgm_answer_column *column = &answer->column[c];
    char top[32], group[64];
    column_group(answer, c, top);
    CGM_TRY(append_interventions(answer, file, top, column));
    snprintf(group, sizeof group, "%s/%s", top, answer->factual ? "counterfactual" : "sample");
    CGM_TRY(append_world(answer, file, group, column->world));
    snprintf(group, sizeof group, "%s/truth", top);
    for (size_t v = 0; column->has_truth && v < cgm_scm_count(scm); v++)
        CGM_TRY(append_variable(file, group, cgm_scm_variable(scm, v), part_of(answer), answer->begin == 0,
                                column->truth[v]));
    return append_particles(answer, file, top, column);
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
    const char *config = cgm_run_config_text(run);
    if (!config) return CGM_E_MEMORY;
    cgm_machine_time(now);
    CGM_TRY(cgm_file_set_text(file, "/", "cgm_version", cgm_version()));
    CGM_TRY(cgm_file_set_text(file, "/", "config", config));
    CGM_TRY(cgm_file_set_text(file, "/", "query", query));
    if (assumptions) CGM_TRY(cgm_file_set_text(file, "/", "assumptions", assumptions));
    CGM_TRY(cgm_file_set_text(file, "/", "data", run->facts.data));
    CGM_TRY(cgm_file_set_text(file, "/", "data_sha256", run->facts.data_sha256));
    CGM_TRY(cgm_file_set_integer(file, "/", "seed", seed));
    return cgm_file_set_text(file, "/", "created", now);
}

/* ---- The sink ---- */

typedef struct answer_file {
    cgm_file *file; /* NULL once it is committed */
} answer_file;

static cgm_status file_begin(cgm_answer *answer, void **out)
{
    const char *path = answer->query.out;
    if (!path || cgm_csv_is_named(path)) return CGM_OK;
    answer_file *sink = calloc(1, sizeof *sink);
    if (!sink) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %s", path);
    *out = sink;
    CGM_TRY(cgm_file_create(path, &sink->file));
    CGM_TRY(cgm_answer_write_facts(sink->file, answer->run, answer->text, answer->assumptions, answer->query.seed));
    return answer->rows ? cgm_answer_write_index(sink->file, answer->n, answer->rows) : CGM_OK;
}

static cgm_status file_take(void *sink, cgm_answer *answer)
{
    cgm_file *file = ((answer_file *)sink)->file;
    if (answer->factual) CGM_TRY(append_world(answer, file, "/factual", answer->factual));
    CGM_TRY(append_noise(answer, file, answer->factual ? answer->factual : answer->column[0].world));
    for (size_t c = 0; c < answer->n_columns; c++) CGM_TRY(append_column(answer, file, c));
    return CGM_OK;
}

static cgm_status file_end(void *sink, cgm_answer *answer)
{
    cgm_file *file = ((answer_file *)sink)->file;
    if (answer->factual) CGM_TRY(write_figures(answer, file, "/", "reconstruction"));
    if (answer->factual) CGM_TRY(write_figures(answer, file, "/", "denoising"));
    if (answer->factual) CGM_TRY(write_figures(answer, file, "/", "composition"));
    if (answer->factual) CGM_TRY(write_figures(answer, file, "/", CGM_ANSWER_FACTUAL));
    for (size_t c = 0; c < answer->n_columns; c++) {
        const char *heading = answer->column[c].heading;
        char top[32];
        column_group(answer, c, top);
        if (top[0]) CGM_TRY(cgm_file_set_text(file, top, "do", heading));
        if (heading) CGM_TRY(write_figures(answer, file, top[0] ? top : "/", heading));
    }
    ((answer_file *)sink)->file = NULL;
    return cgm_file_commit(file);
}

static void file_drop(void *sink)
{
    if (sink) cgm_file_close(((answer_file *)sink)->file);
    free(sink);
}

const cgm_answer_sink cgm_answer_file_sink = {file_begin, file_take, file_end, file_drop};
