/* cgm translate: PNG files as they would be in the other domain of a model that translates images. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/tool.h"

#define IMAGES 64 /* at a time */

typedef struct translation {
    const cgm_variable *image, *domain;
    cgm_mechanism *mechanism;
    double to; /* a level */
    int pad, threads;
    const char *folder; /* being filled */
    size_t width;       /* numbers in an image; what is abducted has one more */
    double *pixels, *origin, *noise, *level;
} translation;

/* The one image that is translated, and its domain. */
static cgm_status find(const cgm_scm *scm, translation *t)
{
    const size_t *parents;
    for (size_t i = 0; i < cgm_scm_count(scm); i++) {
        cgm_mechanism *m = cgm_scm_mechanism(scm, i);
        if (strcmp(m->methods->kind, "cyclegan") != 0) continue;
        if (t->image)
            return CGM_FAIL(CGM_E_UNSUPPORTED, "translate: both %s and %s could be meant; cgm counterfactual tells",
                            t->image->name, cgm_scm_variable(scm, i)->name);
        cgm_scm_parents(scm, i, &parents);
        t->mechanism = m;
        t->image = cgm_scm_variable(scm, i);
        t->domain = cgm_scm_variable(scm, parents[0]);
    }
    if (t->image) return CGM_OK;
    return CGM_FAIL(CGM_E_UNSUPPORTED, "translate: no variable of the model is translated; expected an image whose "
                                       "mechanism is a cyclegan");
}

/* Pixels that the run's data add on each side. */
static cgm_status read_pad(const cgm_run *run, int *pad)
{
    cgm_config *config = NULL;
    cgm_data_opts opts;
    const char *text = cgm_run_config_text(run);
    if (!text) return CGM_E_MEMORY;
    CGM_TRY(cgm_config_parse(text, "config", &config));
    cgm_status status = cgm_data_opts_read(cgm_yaml_get(cgm_config_root(config), "data"), &opts);
    if (status == CGM_OK) *pad = (int)opts.pad;
    cgm_config_destroy(config);
    return status;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Files of one name would be written to one place. */
static cgm_status check_names(const tool_texts *files)
{
    for (size_t i = 0; i < files->n; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(base_name(files->text[i]), base_name(files->text[k])) == 0)
                return CGM_FAIL(CGM_E_ARG, "translate: %s and %s have one name; expected another for each",
                                files->text[k], files->text[i]);
    return CGM_OK;
}

static cgm_status write_images(const translation *t, size_t n, const char *const *files)
{
    for (size_t i = 0; i < n; i++) {
        char path[4096];
        if ((size_t)snprintf(path, sizeof path, "%s/%s", t->folder, base_name(files[i])) >= sizeof path)
            return CGM_FAIL(CGM_E_ARG, "%s: too long a name", files[i]);
        CGM_TRY(cgm_image_write(path, t->image, t->pad, t->pixels + i * t->width));
    }
    return CGM_OK;
}

/* Abduction of images that are of the other domain, and prediction. */
static cgm_status translate_some(const translation *t, size_t n, const char *const *files)
{
    const cgm_mechanism_class *methods = t->mechanism->methods;
    cgm_values parent = {n, 1, t->level}, value = {n, t->width, t->pixels};
    cgm_values origin = {n, t->width + 1, t->origin}, noise[] = {{n, t->width + 1, t->noise}, {n, 0, NULL}};
    cgm_abduct_opts opts = {.temperature = 1, .threads = t->threads};
    cgm_rng rng = cgm_rng_create(1);
    for (size_t i = 0; i < n; i++) CGM_TRY(cgm_image_read(files[i], t->image, t->pad, t->pixels + i * t->width));
    for (size_t i = 0; i < n; i++) t->level[i] = 1 - t->to;
    CGM_TRY(methods->abduct(t->mechanism, &parent, &value, &rng, &opts, &origin, noise));
    for (size_t i = 0; i < n; i++) t->level[i] = t->to;
    CGM_TRY(methods->predict(t->mechanism, 1, &parent, &origin, &noise[1], t->threads, &value));
    return write_images(t, n, files);
}

static cgm_status translate(translation *t, const tool_texts *files)
{
    cgm_status status = CGM_OK;
    t->width = cgm_variable_width(t->image);
    t->pixels = calloc(IMAGES * t->width, sizeof *t->pixels);
    t->origin = calloc(IMAGES * (t->width + 1), sizeof *t->origin);
    t->noise = calloc(IMAGES * (t->width + 1), sizeof *t->noise);
    t->level = calloc(IMAGES, sizeof *t->level);
    if (!t->pixels || !t->origin || !t->noise || !t->level) status = CGM_FAIL(CGM_E_MEMORY, "out of memory for images");
    for (size_t at = 0; status == CGM_OK && at < files->n; at += IMAGES)
        status = translate_some(t, files->n - at < IMAGES ? files->n - at : IMAGES, files->text + at);
    free(t->pixels);
    free(t->origin);
    free(t->noise);
    free(t->level);
    return status;
}

/* A later image may be bad: none goes to its place before all are translated. */
static cgm_status fill_folder(translation *t, const tool_options *options)
{
    cgm_filling *filling;
    CGM_TRY(cgm_filling_begin(options->out, &filling, &t->folder));
    cgm_status status = translate(t, &options->rest), ended = cgm_filling_end(filling, status == CGM_OK);
    return status == CGM_OK ? ended : status;
}

static cgm_status run_translate(const tool_options *options)
{
    cgm_run *run = NULL;
    char text[CGM_VALUE_TEXT];
    translation t = {0};
    if (!options->out) return CGM_FAIL(CGM_E_ARG, "translate: expected -o FOLDER, where the images go");
    if (!options->to) return CGM_FAIL(CGM_E_ARG, "translate: expected --to LEVEL, the domain that is translated to");
    if (!options->rest.n) return CGM_FAIL(CGM_E_ARG, "translate: expected PNG files behind RUN");
    CGM_TRY(check_names(&options->rest));
    CGM_TRY(tool_open(options->argument[0], options, &run));
    t.threads = options->threads > 0 ? (int)options->threads : cgm_threads_available();
    cgm_status status = find(cgm_run_scm(run), &t);
    if (status == CGM_OK) status = cgm_variable_parse(t.domain, options->to, &t.to);
    if (status == CGM_OK) status = cgm_variable_check(t.domain, t.to);
    if (status == CGM_OK && !cgm_run_is_finished(run))
        status = CGM_FAIL(CGM_E_ARG, "%s is not trained to its end", options->argument[0]);
    if (status == CGM_OK) status = read_pad(run, &t.pad);
    if (status == CGM_OK) status = fill_folder(&t, options);
    if (status == CGM_OK)
        printf("wrote %s (%zu images as %s %s)\n", options->out, options->rest.n, t.domain->name,
               cgm_variable_text(t.domain, t.to, text));
    cgm_run_destroy(run);
    return status;
}

static const tool_option takes[] = {{OPT_TO, "level of the domain that is translated to; the images are of the other"},
                                    {OPT_OUT, "folder to write to, under the files' own names"},
                                    {OPT_NONE, NULL}};

const tool tool_translate_row = {
    .name = "translate",
    .arguments = "RUN IMAGE...",
    .n_arguments = 1,
    .many = true,
    .brief = "translate PNG files to the other domain of a cyclegan",
    .doc = "The counterfactual of each image, had its domain been the other one. The files have the size and the "
           "channels of the images that RUN was trained on, before padding. Rows of RUN's data are translated by "
           "cgm counterfactual RUN --do DOMAIN=LEVEL, which also says how far from the truth they are where that is "
           "known.",
    .options = takes,
    .run = run_translate,
};
