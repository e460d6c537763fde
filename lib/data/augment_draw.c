/* The draws of one image. A map goes from the window back to the stored image, so what acts later is undone first. */
#include <math.h>

#include "data/augment_table.h"

void cgm_augmentation_streams(const cgm_rng *rng, cgm_rng stream[N_AUGMENTATIONS])
{
#define AUGMENT_STREAM(name, ...) stream[AUGMENT_##name] = cgm_rng_split(rng, #name);
    AUGMENTATION_TABLE(AUGMENT_STREAM)
#undef AUGMENT_STREAM
}

/* What undoes one more change, (x, y) -> (a x + b y + c, d x + e y + f). */
static void compose(image_change *change, const double undo[2][3])
{
    for (int i = 0; i < 2; i++) {
        double *m = change->map[i];
        const double x = m[0], y = m[1];
        m[0] = x * undo[0][0] + y * undo[1][0];
        m[1] = x * undo[0][1] + y * undo[1][1];
        m[2] += x * undo[0][2] + y * undo[1][2];
    }
}

static void move(image_change *change, double right, double down)
{
    compose(change, (const double[2][3]){{1, 0, -right}, {0, 1, -down}});
}

/* A linear change about the window's centre, from what undoes it. */
static void turn(image_change *change, const image_window *window, double xx, double xy, double yx, double yy)
{
    double x = 0.5 * (window->width + 2 * window->pad - 1), y = 0.5 * (window->height + 2 * window->pad - 1);
    compose(change, (const double[2][3]){{xx, xy, x - xx * x - xy * y}, {yx, yy, y - yx * x - yy * y}});
}

static double either_way(cgm_rng *rng, double most)
{
    return most * (2 * cgm_rng_uniform(rng) - 1);
}

/* As often enlarged by a factor as made smaller by it, where the range allows both. */
static double factor(cgm_rng *rng, const double range[2])
{
    double low = log(range[0]), high = log(range[1]);
    return exp(low + (high - low) * cgm_rng_uniform(rng));
}

static void draw_crop(const cgm_augmentation *a, const image_window *window, cgm_rng *rng, image_change *change)
{
    int64_t slack = a->crop - window->pad;
    if (slack <= 0) return;
    uint64_t places = 2 * (uint64_t)slack + 1;
    double down = (double)((int64_t)cgm_rng_below(rng, places) - slack);
    move(change, (double)((int64_t)cgm_rng_below(rng, places) - slack), down);
}

static void draw_flip(const cgm_augmentation *a, const image_window *window, cgm_rng *rng, image_change *change)
{
    (void)a;
    if (cgm_rng_u32(rng) & 1) turn(change, window, -1, 0, 0, 1);
}

static void draw_shear(const cgm_augmentation *a, const image_window *window, cgm_rng *rng, image_change *change)
{
    turn(change, window, 1, -tan(either_way(rng, a->shear) * M_PI / 180), 0, 1);
}

static void draw_scale(const cgm_augmentation *a, const image_window *window, cgm_rng *rng, image_change *change)
{
    double back = 1 / factor(rng, a->scale);
    turn(change, window, back, 0, 0, back);
}

static void draw_rotation(const cgm_augmentation *a, const image_window *window, cgm_rng *rng, image_change *change)
{
    double angle = either_way(rng, a->rotation) * M_PI / 180, c = cos(angle), s = sin(angle);
    turn(change, window, c, s, -s, c);
}

static void draw_shift(const cgm_augmentation *a, const image_window *window, cgm_rng *rng, image_change *change)
{
    (void)window;
    double right = either_way(rng, a->shift);
    move(change, right, either_way(rng, a->shift));
}

static void draw_gain(const cgm_augmentation *a, const image_window *window, cgm_rng *rng, image_change *change)
{
    (void)window;
    change->gain = factor(rng, a->gain);
}

static void draw_contrast(const cgm_augmentation *a, const image_window *window, cgm_rng *rng, image_change *change)
{
    (void)window;
    change->contrast = factor(rng, a->contrast);
}

static void draw_brightness(const cgm_augmentation *a, const image_window *window, cgm_rng *rng, image_change *change)
{
    (void)window;
    change->brightness = either_way(rng, a->brightness);
}

static void draw_gamma(const cgm_augmentation *a, const image_window *window, cgm_rng *rng, image_change *change)
{
    (void)window;
    change->gamma = factor(rng, a->gamma);
}

static void draw_noise(const cgm_augmentation *a, const image_window *window, cgm_rng *rng, image_change *change)
{
    (void)window;
    change->noise = a->noise;
    change->grain = *rng;
}

typedef void draw_fn(const cgm_augmentation *a, const image_window *window, cgm_rng *rng, image_change *change);
#define AUGMENT_DRAW(name, ...) draw_##name,
static draw_fn *const draw[] = {AUGMENTATION_TABLE(AUGMENT_DRAW)};

image_change cgm_augmentation_draw(const cgm_augmentation *augmentation, const image_window *window,
                                   const cgm_rng stream[N_AUGMENTATIONS], uint64_t i)
{
    image_change change = {.map = {{1, 0, 0}, {0, 1, 0}}, .gain = 1, .contrast = 1, .gamma = 1};
    move(&change, window->pad, window->pad);
    for (int k = 0; augmentation && k < N_AUGMENTATIONS; k++) {
        if (!cgm_augmentation_has(augmentation, k)) continue;
        cgm_rng rng = cgm_rng_split_index(&stream[k], i);
        draw[k](augmentation, window, &rng, &change);
    }
    return change;
}

double cgm_augmentation_draw_gain(const cgm_augmentation *augmentation, const cgm_rng *stream, uint64_t i,
                                  const double within[2])
{
    cgm_rng rng = cgm_rng_split_index(stream, i);
    double range[2] = {fmax(augmentation->gain[0], within[0]), fmin(augmentation->gain[1], within[1])};
    return range[0] <= range[1] ? factor(&rng, range) : 1;
}
