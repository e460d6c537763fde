/* The thickness-intensity version of Morpho-MNIST (Pawlowski, Castro, Glocker 2020) from any images in MNIST's layout:
 * thickness and intensity of a known SCM (thickness_intensity.h), the digit as it is labelled, and the given image with
 * strokes of that thickness and grey level:
 *
 *     digit, thickness -> intensity;  image = intensity * set_thickness(given image, thickness)
 *
 * The authors' code differs in rounding: it takes radii in whole pixels of the magnified image, and cuts grey levels
 * off twice. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/generator.h"
#include "data/store.h"
#include "data/thickness_intensity.h"
#include "metrics/perturb_priv.h"

enum { DIGIT, THICKNESS, INTENSITY, IMAGE, VARIABLES };
#define DIGITS 10

static const cgm_variable variables[] = {{.name = "digit", .type = CGM_CATEGORICAL, .levels = DIGITS},
                                         THICKNESS_INTENSITY_ROWS,
                                         {.name = "image", .type = CGM_IMAGE, .high = 255, .channels = 1}};
/* digit: the label; thickness: a Gamma draw; intensity: N(0, 1). */
static const cgm_generator_noise noise_parts[] = {{"digit", 1}, {"thickness", 1}, {"intensity", 1}};

/* The digit is there already. */
static void sample_noise(cgm_rng *rng, double *noise)
{
    cgm_thickness_intensity_noise(rng, &noise[THICKNESS], &noise[INTENSITY]);
}

typedef struct scratch {
    cgm_sculptor sculptor;
    double *pixels; /* [height, width] */
    size_t size;
} scratch;

static cgm_status prepare(cgm_arena *arena, size_t height, size_t width, void **out)
{
    scratch *s = cgm_arena_alloc(arena, sizeof *s);
    if (!s) return CGM_E_MEMORY;
    s->size = height * width;
    s->pixels = cgm_arena_array(arena, s->size, sizeof *s->pixels);
    *out = s;
    return s->pixels ? cgm_sculptor_create(arena, height, width, &s->sculptor) : CGM_E_MEMORY;
}

static void draw(scratch *s, const uint8_t *given, double thickness, double intensity, uint8_t *pixels)
{
    for (size_t i = 0; i < s->size; i++) s->pixels[i] = given[i];
    bool has_figure = cgm_sculptor_read(&s->sculptor, s->pixels);
    if (has_figure) {
        cgm_perturbation_set_thickness.apply(&s->sculptor.figure, thickness, NULL);
        cgm_sculptor_write(&s->sculptor, fmin(fmax(intensity, 0), 255), s->pixels);
    }
    for (size_t i = 0; i < s->size; i++) pixels[i] = has_figure ? (uint8_t)(s->pixels[i] + 0.5) : given[i];
}

static void predict(void *base, const uint8_t *given, const double *noise, const double *do_value, double *numbers,
                    uint8_t *pixels)
{
    numbers[DIGIT] = noise[DIGIT];
    cgm_thickness_intensity(noise[THICKNESS], noise[INTENSITY], do_value[THICKNESS], do_value[INTENSITY],
                            &numbers[THICKNESS], &numbers[INTENSITY]);
    if (pixels) draw(base, given, numbers[THICKNESS], numbers[INTENSITY], pixels);
}

const cgm_generator cgm_generator_morphomnist = {
    .name = "morphomnist",
    .doc = "given digits, or others' images in MNIST's layout, with strokes of a known SCM: thickness -> intensity",
    .n_variables = VARIABLES,
    .variables = variables,
    .n_noise = sizeof noise_parts / sizeof noise_parts[0],
    .noise = noise_parts,
    .sample_noise = sample_noise,
    .given = "writing",
    .fixed = {[DIGIT] = true},
    .prepare = prepare,
    .predict_given = predict,
};

/* ---- From a directory ---- */

cgm_status cgm_generator_for_images(const cgm_generator *generator, const cgm_variable *first,
                                    const cgm_variable *image, cgm_arena *arena, const cgm_generator **out)
{
    cgm_generator *own = cgm_arena_alloc(arena, sizeof *own);
    cgm_variable *list = cgm_arena_array(arena, generator->n_variables, sizeof *list);
    if (!own || !list) return CGM_E_MEMORY;
    *own = *generator;
    own->variables = list;
    memcpy(list, generator->variables, generator->n_variables * sizeof *list);
    cgm_variable *last = &list[generator->n_variables - 1];
    last->height = image->height;
    last->width = image->width;
    if (first->levels > list[0].levels) list[0].levels = first->levels;
    *out = own;
    return CGM_OK;
}

/* Takes the source's pixels over, and its labels as noise. */
static cgm_status take_source(const cgm_generator *generator, cgm_dataset *source, const char *path, cgm_dataset *data)
{
    size_t digit, image, width = cgm_generator_noise_width(generator);
    const cgm_variable *last = cgm_dataset_find(source, "image"), *label = cgm_dataset_find(source, "digit");
    if (!label) return CGM_FAIL(CGM_E_ARG, "%s: images without labels; expected train-labels-idx1-ubyte.gz", path);
    if (last->channels != 1)
        return CGM_FAIL(CGM_E_FORMAT, "%s: images of %d channels; expected grey ones", path, last->channels);
    CGM_TRY(cgm_store_find(source, "digit", &digit));
    CGM_TRY(cgm_store_find(source, "image", &image));
    CGM_TRY(cgm_generator_for_images(generator, label, last, &data->arena, &data->generator));
    CGM_TRY(cgm_store_alloc(source->rows, width * sizeof *data->noise, path, (void **)&data->noise));
    for (size_t i = 0; i < source->rows; i++) data->noise[i * width] = source->column[digit].values[i];
    data->given = source->column[image].pixels;
    source->column[image].pixels = NULL;
    return CGM_OK;
}

cgm_status cgm_generate_from(const cgm_generator *generator, const cgm_data_opts *opts, int threads,
                             const cgm_sink *sink, cgm_dataset *data)
{
    cgm_dataset *source = NULL;
    cgm_arena arena = {0};
    struct stat info;
    const char *path;
    cgm_status status = CGM_OK;
    CGM_TRY_GOTO(cgm_store_find_source(opts->base, opts->from, &arena, &path, &info), done);
    CGM_TRY_GOTO(cgm_store_create(&source), done);
    CGM_TRY_GOTO(cgm_store_open_morphomnist(path, "digit", source), done);
    CGM_TRY_GOTO(cgm_store_apply(source, &(cgm_data_opts){.limit = opts->limit}), done);
    CGM_TRY_GOTO(take_source(generator, source, path, data), done);
    CGM_TRY_GOTO(cgm_generate_dataset(data->generator, source->rows, opts->seed, threads, sink, data), done);
    data->train = source->train;
    data->has_split = source->has_split;
    const char *text =
        cgm_arena_printf(&data->arena, "%s of %s, seed %lld", generator->name, path, (long long)data->seed);
    if (text)
        data->description = text;
    else
        status = CGM_E_MEMORY;
done:
    cgm_dataset_destroy(source);
    cgm_arena_clear(&arena);
    return status;
}
