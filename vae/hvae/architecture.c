#include "vae/hvae/architecture.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAX_NUMBER 65536
#define MAX_ITEM 64 /* characters of an item that a message repeats */

/* ---- A list of items ---- */

/* The line under way, and the item in it. */
typedef struct line {
    const cgm_yaml *where; /* the mechanism's map */
    const char *key;       /* "encoder" */
    const char *item;      /* what its items are called in messages: "stage" */
    const char *text, *at; /* at: where the next item begins, or NULL after the last */
    const char *begin;     /* the item */
    int length, number;    /* its characters; 1, 2, ... */
} line;

static line line_begin(const cgm_yaml *where, const char *key, const char *item, const char *text)
{
    return (line){.where = where, .key = key, .item = item, .text = text, .at = text};
}

/* Moves on to the next item; false after the last. */
static bool line_next(line *l)
{
    if (!l->at) return false;
    while (*l->at == ' ') l->at++;
    l->begin = l->at;
    l->length = (int)strcspn(l->begin, ",");
    l->at = l->begin[l->length] == ',' ? l->begin + l->length + 1 : NULL;
    while (l->length > 0 && l->begin[l->length - 1] == ' ') l->length--;
    l->number++;
    return true;
}

static const cgm_yaml *place(const line *l)
{
    const cgm_yaml *value = l->where ? cgm_yaml_get(l->where, l->key) : NULL;
    return value ? value : l->where;
}

/* "encoder: stage 3 "8c3" (character 15): ..." */
static cgm_status item_fail(const line *l, const char *format, ...) CGM_PRINTF(2, 3);
static cgm_status item_fail(const line *l, const char *format, ...)
{
    char why[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, sizeof why, format, arguments);
    va_end(arguments);
    return cgm_yaml_fail(place(l), "%s: %s %d \"%.*s%s\" (character %d): %s", l->key, l->item, l->number,
                         l->length < MAX_ITEM ? l->length : MAX_ITEM, l->begin, l->length < MAX_ITEM ? "" : "...",
                         (int)(l->begin - l->text) + 1, why);
}

/* A number from 0 to MAX_NUMBER at *at, which moves past it. */
static bool read_number(const char **at, int64_t *out)
{
    int64_t value = 0;
    const char *begin = *at;
    for (; **at >= '0' && **at <= '9'; ++*at) {
        value = 10 * value + (**at - '0');
        if (value > MAX_NUMBER) return false;
    }
    *out = value;
    return *at > begin;
}

/* RESOLUTIONbCOUNT and, where `factor` is asked for, dFACTOR or nothing (0). */
static bool read_stage(const line *l, int64_t *resolution, int64_t *count, int64_t *factor)
{
    const char *at = l->begin;
    if (factor) *factor = 0;
    if (!read_number(&at, resolution) || *at++ != 'b' || !read_number(&at, count)) return false;
    if (factor && *at == 'd') {
        at++;
        if (!read_number(&at, factor) || *factor < 1) return false;
    }
    return at == l->begin + l->length && *resolution > 0;
}

/* ---- The encoder ---- */

/* The resolution that stage `number` must have, which the stages before it or the image give. */
static cgm_status check_resolution(const line *l, const hvae_architecture *a, int64_t size, int64_t resolution)
{
    const hvae_level *before = a->n_levels ? &a->level[a->n_levels - 1] : NULL;
    if (!before && resolution != size)
        return item_fail(l, "the image is %lld x %lld, so the first stage's resolution is %lld", (long long)size,
                         (long long)size, (long long)size);
    if (before && resolution != before->resolution / before->factor)
        return item_fail(l, "the stage before it pools %lld to %lld, so its resolution is %lld",
                         (long long)before->resolution, (long long)(before->resolution / before->factor),
                         (long long)(before->resolution / before->factor));
    return CGM_OK;
}

static cgm_status read_encoder(const hvae_notation *notation, int64_t size, const cgm_yaml *where, hvae_architecture *a)
{
    line l = line_begin(where, "encoder", "stage", notation->encoder);
    while (line_next(&l)) {
        hvae_level level = {0};
        if (!read_stage(&l, &level.resolution, &level.blocks, &level.factor))
            return item_fail(&l, "expected RESOLUTIONbBLOCKS[dFACTOR], such as 8b3d2: three blocks at 8 x 8, then one "
                                 "that pools by 2");
        if (a->n_levels == HVAE_MAX_LEVELS) return item_fail(&l, "at most %d stages are possible", HVAE_MAX_LEVELS);
        CGM_TRY(check_resolution(&l, a, size, level.resolution));
        if (l.at && level.factor < 2) return item_fail(&l, "it must pool, by d2 or more, as another stage follows it");
        if (!l.at && level.factor) return item_fail(&l, "the last stage cannot pool: no stage is at its resolution");
        if (level.factor && level.resolution % level.factor)
            return item_fail(&l, "%lld is not a multiple of %lld", (long long)level.resolution,
                             (long long)level.factor);
        if (level.blocks + (level.factor > 0) < 1) return item_fail(&l, "it has no block");
        a->encoder_blocks += level.blocks + (level.factor > 0);
        a->level[a->n_levels++] = level;
    }
    return CGM_OK;
}

static cgm_status read_widths(const hvae_notation *notation, const cgm_yaml *where, hvae_architecture *a)
{
    line l = line_begin(where, "widths", "number", notation->widths);
    size_t n = 0;
    while (line_next(&l)) {
        const char *at = l.begin;
        int64_t width;
        if (!read_number(&at, &width) || at != l.begin + l.length || width < 1)
            return item_fail(&l, "expected a number of channels from 1 to %d", MAX_NUMBER);
        if (n == a->n_levels)
            return item_fail(&l, "the encoder has only %zu resolutions, each of which has one width", a->n_levels);
        if (width < a->bottleneck)
            return item_fail(&l, "it is less than the bottleneck's %lld, so that blocks would have no channel inside",
                             (long long)a->bottleneck);
        a->level[n++].width = width;
    }
    if (n == a->n_levels) return CGM_OK;
    return cgm_yaml_fail(place(&l), "widths: %zu numbers, but the encoder has %zu resolutions, each of which has one",
                         n, a->n_levels);
}

/* ---- The decoder ---- */

static cgm_status read_decoder(const hvae_notation *notation, const cgm_yaml *where, hvae_architecture *a)
{
    line l = line_begin(where, "decoder", "stage", notation->decoder);
    size_t left = a->n_levels;
    int64_t total = 0;
    while (line_next(&l)) {
        int64_t resolution, count;
        if (!read_stage(&l, &resolution, &count, NULL))
            return item_fail(&l, "expected RESOLUTIONbSTAGES, such as 8b4: four stages at 8 x 8");
        if (left == 0) return item_fail(&l, "the one before it is at the image's resolution already");
        hvae_level *level = &a->level[--left];
        if (resolution != level->resolution)
            return item_fail(&l, "expected %lld: the decoder takes the encoder's resolutions, coarsest first",
                             (long long)level->resolution);
        if (count < 1) return item_fail(&l, "it has no stage");
        total += count;
        if (total > HVAE_MAX_STAGES) return item_fail(&l, "more than %d stages in all", HVAE_MAX_STAGES);
        level->stages = count;
    }
    if (left == 0) return CGM_OK;
    return cgm_yaml_fail(place(&l),
                         "decoder: it ends at %lld x %lld; expected the encoder's other resolutions too, up "
                         "to the image's %lld",
                         (long long)a->level[left].resolution, (long long)a->level[left].resolution,
                         (long long)a->level[0].resolution);
}

static void list_stages(const hvae_notation *notation, hvae_architecture *a)
{
    for (size_t k = a->n_levels; k-- > 0;) {
        hvae_level *level = &a->level[k];
        level->has_bias = level->resolution <= notation->bias_max_resolution || k + 1 == a->n_levels;
        level->stochastic = level->resolution <= notation->max_stochastic_resolution;
        for (int64_t i = 0; i < level->stages; i++)
            a->stage[a->n_stages++] =
                (hvae_stage){.level = k,
                             .index = i,
                             .width = level->width,
                             .next_width = i + 1 < level->stages || k == 0 ? level->width : a->level[k - 1].width};
    }
}

cgm_status cgm_hvae_architecture_read(const hvae_notation *notation, int64_t size, const cgm_yaml *where,
                                      hvae_architecture *out)
{
    hvae_architecture a = {.bottleneck = notation->bottleneck};
    CGM_TRY(read_encoder(notation, size, where, &a));
    CGM_TRY(read_widths(notation, where, &a));
    CGM_TRY(read_decoder(notation, where, &a));
    if (notation->max_stochastic_resolution < a.level[a.n_levels - 1].resolution)
        return cgm_yaml_fail(where,
                             "max_stochastic_resolution: %lld leaves no stage with latent variables: the "
                             "coarsest is at %lld x %lld",
                             (long long)notation->max_stochastic_resolution,
                             (long long)a.level[a.n_levels - 1].resolution,
                             (long long)a.level[a.n_levels - 1].resolution);
    list_stages(notation, &a);
    *out = a;
    return CGM_OK;
}
