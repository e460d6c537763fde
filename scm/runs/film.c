#include "scm/runs/film.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/picture.h"
#include "io/scatter.h"

enum { IMAGES = 8, POINTS = 512 /* of a frame */, SIDE = 150 /* of a panel of points, in pixels */ };

static bool is_point(const cgm_variable *x)
{
    return x->type == CGM_VECTOR && x->width == 2;
}

bool cgm_film_suits(const cgm_scm *scm, size_t v)
{
    const cgm_variable *x = cgm_scm_variable(scm, v);
    return (x->type == CGM_IMAGE || is_point(x)) && cgm_scm_mechanism(scm, v)->methods->capabilities & CGM_CAN_SAMPLE;
}

size_t cgm_film_samples(const cgm_variable *x)
{
    return x->type == CGM_IMAGE ? IMAGES : POINTS;
}

void cgm_film_clear(cgm_film *film)
{
    free(film->values);
    *film = (cgm_film){0};
}

static size_t frame_size(const cgm_variable *x)
{
    return cgm_film_samples(x) * cgm_variable_width(x);
}

static cgm_status allocate(cgm_film *film, const cgm_variable *x)
{
    if (!film->values) film->values = calloc(CGM_FILM_FRAMES * frame_size(x), sizeof *film->values);
    return film->values ? CGM_OK : CGM_FAIL(CGM_E_MEMORY, "out of memory for the film of \"%s\"", x->name);
}

/* ---- A frame ---- */

/* The values of the mechanism's nodes and of its parents. */
typedef struct scene {
    cgm_arena arena;
    size_t n; /* samples */
    cgm_values parent[CGM_MAX_PARENTS], value[CGM_MAX_NODES], noise[CGM_MAX_NODES];
} scene;

static cgm_status make_room(scene *s, size_t width, cgm_values *out)
{
    *out = (cgm_values){.n = s->n, .width = width};
    out->data = cgm_arena_array(&s->arena, s->n * width + 1, sizeof *out->data);
    return out->data ? CGM_OK : CGM_E_MEMORY;
}

/* The parents of the first training rows, again and again where there are fewer. */
static cgm_status read_parents(scene *s, const cgm_scm *scm, size_t v, const cgm_dataset *data)
{
    const size_t *parents, n = cgm_scm_parents(scm, v, &parents);
    size_t begin, rows, *row = cgm_arena_array(&s->arena, s->n, sizeof *row);
    if (!row) return CGM_E_MEMORY;
    cgm_dataset_split(data, CGM_TRAIN, &begin, &rows);
    for (size_t k = 0; k < s->n; k++) row[k] = begin + k % rows;
    for (size_t i = 0; i < n; i++) {
        const cgm_variable *parent = cgm_scm_variable(scm, parents[i]);
        CGM_TRY(make_room(s, cgm_variable_width(parent), &s->parent[i]));
        CGM_TRY(cgm_dataset_read(data, parent->name, s->n, row, s->parent[i].data));
    }
    return CGM_OK;
}

static cgm_status sample(scene *s, cgm_mechanism *m, const cgm_rng *rng, int threads, const double **out)
{
    const cgm_mechanism_node *node;
    size_t n = m->methods->nodes(m, &node);
    for (size_t k = 0; k < n; k++) {
        cgm_rng own = cgm_rng_split_index(rng, k);
        CGM_TRY(make_room(s, node[k].width, &s->value[k]));
        CGM_TRY(make_room(s, node[k].noise_width, &s->noise[k]));
        if (node[k].noise_width) CGM_TRY(m->methods->sample_noise(m, k, &own, &s->noise[k]));
        CGM_TRY(m->methods->predict(m, k, s->parent, s->value, &s->noise[k], threads, &s->value[k]));
    }
    *out = s->value[n - 1].data;
    return CGM_OK;
}

/* Every second frame goes, the first one stays. */
static void thin_out(cgm_film *film, size_t size)
{
    for (size_t k = 1; 2 * k < film->frames; k++) {
        film->step[k] = film->step[2 * k];
        memcpy(film->values + k * size, film->values + 2 * k * size, size * sizeof *film->values);
    }
    film->frames = (film->frames + 1) / 2;
    film->every *= 2;
}

cgm_status cgm_film_take(cgm_film *film, const cgm_scm *scm, size_t v, const cgm_dataset *data, int64_t seed,
                         int threads, uint64_t step)
{
    const cgm_variable *x = cgm_scm_variable(scm, v);
    const size_t size = frame_size(x);
    if (!film->every || (step - 1) % film->every) return CGM_OK;
    scene s = {.n = cgm_film_samples(x)};
    cgm_status status = CGM_OK;
    cgm_rng root = cgm_rng_create((uint64_t)seed), rng = cgm_rng_split(&root, "film");
    const double *values;
    CGM_TRY_GOTO(allocate(film, x), done);
    CGM_TRY_GOTO(read_parents(&s, scm, v, data), done);
    CGM_TRY_GOTO(sample(&s, cgm_scm_mechanism(scm, v), &rng, threads, &values), done);
    float *frame = film->values + film->frames * size;
    for (size_t i = 0; i < size; i++) frame[i] = (float)values[i];
    film->step[film->frames++] = step;
    if (film->frames == CGM_FILM_FRAMES) thin_out(film, size);
done:
    cgm_arena_clear(&s.arena);
    return status;
}

/* ---- In a run file ---- */

static cgm_shape samples_shape(const cgm_film *film, const cgm_variable *x)
{
    int64_t frames = (int64_t)film->frames, samples = (int64_t)cgm_film_samples(x);
    if (x->type != CGM_IMAGE) return CGM_SHAPE(frames, samples, x->width);
    return CGM_SHAPE(frames, samples, x->channels, x->height, x->width);
}

cgm_status cgm_film_save(const cgm_film *film, const cgm_variable *x, cgm_file *file)
{
    static const char *const image_axes[] = {"frame", "sample", "channel", "row", "column"}, *const point_axes[] = {
                                                                                                 "frame", "sample",
                                                                                                 "component"};
    const char *const *axes = x->type == CGM_IMAGE ? image_axes : point_axes;
    char path[512];
    if (!film->frames) return CGM_OK;
    snprintf(path, sizeof path, "/film/%s/samples", x->name);
    CGM_TRY(cgm_file_write(file, path, CGM_F32, samples_shape(film, x), (const char **)axes, film->values));
    snprintf(path, sizeof path, "/film/%s/step", x->name);
    return cgm_file_write(file, path, CGM_U64, CGM_SHAPE((int64_t)film->frames), (const char **)axes, film->step);
}

cgm_status cgm_film_load(cgm_film *film, const cgm_variable *x, cgm_file *file)
{
    char path[512];
    cgm_dtype dtype;
    cgm_shape shape;
    snprintf(path, sizeof path, "/film/%s/step", x->name);
    if ((x->type != CGM_IMAGE && !is_point(x)) || !cgm_file_has(file, path)) return CGM_OK;
    CGM_TRY(cgm_file_info(file, path, &dtype, &shape));
    if (shape.rank != 1 || shape.dim[0] < 1 || shape.dim[0] >= CGM_FILM_FRAMES)
        return CGM_FAIL(CGM_E_FORMAT, "%s:%s: expected 1 to %d frames", cgm_file_path(file), path, CGM_FILM_FRAMES - 1);
    CGM_TRY(allocate(film, x));
    film->frames = (size_t)shape.dim[0];
    CGM_TRY(cgm_file_read(file, path, CGM_U64, shape, film->step));
    snprintf(path, sizeof path, "/film/%s/samples", x->name);
    CGM_TRY(cgm_file_read(file, path, CGM_F32, samples_shape(film, x), film->values));
    /* Frames are as far apart as the first ones are. */
    if (film->frames > 1 && film->step[1] > film->step[0]) film->every = film->step[1] - film->step[0];
    return CGM_OK;
}

/* ---- As a picture ---- */

static cgm_status write_images(const cgm_film *film, const cgm_variable *x, cgm_arena *arena, const char *path)
{
    size_t cells = film->frames * IMAGES, width = cgm_variable_width(x);
    cgm_picture_cell *cell = cgm_arena_array(arena, cells, sizeof *cell);
    if (!cell) return CGM_E_MEMORY;
    for (size_t i = 0; i < cells; i++) cell[i].pixels = film->values + i * width;
    for (size_t k = 0; k < film->frames; k++)
        cell[k * IMAGES].caption = cgm_arena_printf(arena, "step %llu", (unsigned long long)film->step[k]);
    const cgm_picture_grid grid = {.rows = film->frames,
                                   .columns = IMAGES,
                                   .channels = x->channels,
                                   .height = x->height,
                                   .width = x->width,
                                   .cells = cell};
    return cgm_picture_write_grid(path, &grid);
}

/* As many training rows as there are points in a frame. */
static cgm_status read_data(const cgm_variable *x, const cgm_dataset *data, cgm_arena *arena, cgm_scatter_panel *out)
{
    size_t begin, rows;
    cgm_dataset_split(data, CGM_TRAIN, &begin, &rows);
    size_t n = rows < POINTS ? rows : POINTS, *row = cgm_arena_array(arena, n, sizeof *row);
    double *points = cgm_arena_array(arena, n, 2 * sizeof *points);
    if (!row || !points) return CGM_E_MEMORY;
    for (size_t k = 0; k < n; k++) row[k] = begin + k;
    *out = (cgm_scatter_panel){"training rows", n, points};
    return cgm_dataset_read(data, x->name, n, row, points);
}

static cgm_status write_points(const cgm_film *film, const cgm_variable *x, const cgm_dataset *data, cgm_arena *arena,
                               const char *path)
{
    cgm_scatter_panel panel[1 + CGM_FILM_FRAMES];
    CGM_TRY(read_data(x, data, arena, &panel[0]));
    for (size_t k = 0; k < film->frames; k++) {
        const float *frame = film->values + k * frame_size(x);
        double *points = cgm_arena_array(arena, POINTS, 2 * sizeof *points);
        const char *caption = cgm_arena_printf(arena, "step %llu", (unsigned long long)film->step[k]);
        if (!points || !caption) return CGM_E_MEMORY;
        for (size_t i = 0; i < 2 * POINTS; i++) points[i] = (double)frame[i];
        panel[1 + k] = (cgm_scatter_panel){caption, POINTS, points};
    }
    const cgm_scatter scatter = {.title = x->name, .n_panels = 1 + film->frames, .panels = panel, .side = SIDE};
    return cgm_scatter_write(path, &scatter);
}

cgm_status cgm_film_write_png(const cgm_film *film, const cgm_variable *x, const cgm_dataset *data, const char *path)
{
    cgm_arena arena = {0};
    if (!film->frames) return CGM_OK;
    cgm_status status =
        x->type == CGM_IMAGE ? write_images(film, x, &arena, path) : write_points(film, x, data, &arena, path);
    cgm_arena_clear(&arena);
    return status;
}
