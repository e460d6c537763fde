/* Unit effects as HDF5. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scm/mediation/mediation_units_priv.h"
#include "scm/runs/answer_priv.h"

enum { MAX_PATH = 96 };
static const char note[] = "TE = NDE0 + NIE1 = NDE1 + NIE0, in general not NDE0 + NIE0; images are decoder means";

/* "NIE(0)" as a name in a file, "NIE0". */
static void file_name(const char *group, const char *effect, char path[MAX_PATH])
{
    size_t used = (size_t)snprintf(path, MAX_PATH, "/%s/", group);
    for (const char *c = effect; *c && used + 1 < MAX_PATH; c++)
        if (*c != '(' && *c != ')') path[used++] = *c;
    path[used] = 0;
}

/* A variable whose values are differences: of the outcome's shape, but of any size and sign. */
static cgm_variable difference_of(const cgm_unit_effects *u)
{
    cgm_variable v = *u->outcome;
    if (v.type != CGM_IMAGE) v = (cgm_variable){.name = v.name, .type = CGM_CONTINUOUS};
    return v;
}

static cgm_status write_effect(const cgm_unit_effects *u, cgm_file *file, size_t k)
{
    char path[MAX_PATH];
    const char *name = cgm_mediation_names[u->plan.effect[k]];
    cgm_variable v = difference_of(u);
    double *mean = calloc(u->width, sizeof *mean);
    if (!mean) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a mean effect");
    for (size_t i = 0; i < u->n * u->width; i++) mean[i % u->width] += u->effect[k][i] / (double)u->n;
    file_name("effect", name, path);
    cgm_status status = cgm_answer_write_values(file, path, &v, u->n, u->effect[k]);
    file_name("mean", name, path);
    if (status == CGM_OK) status = cgm_answer_write_values(file, path, &v, 1, mean);
    free(mean);
    return status;
}

static cgm_status write_outcomes(const cgm_unit_effects *u, cgm_file *file)
{
    for (int t = 0; t < 2; t++)
        for (int s = 0; s < 2; s++) {
            char path[MAX_PATH];
            size_t width;
            const double *value = cgm_unit_effects_outcome(u, t, s, &width);
            if (!value) continue;
            snprintf(path, sizeof path, "/outcome/t%d_m%d", t, s);
            CGM_TRY(cgm_answer_write_values(file, path, u->outcome, u->n, value));
        }
    return CGM_OK;
}

cgm_status cgm_unit_effects_save(const cgm_unit_effects *u, const char *path)
{
    cgm_status status;
    cgm_file *file;
    CGM_TRY(cgm_file_create(path, &file));
    CGM_TRY_GOTO(cgm_answer_write_facts(file, u->run, u->text, NULL, u->opts.seed), failed);
    CGM_TRY_GOTO(cgm_file_set_text(file, "/", "note", note), failed);
    CGM_TRY_GOTO(cgm_answer_write_index(file, u->n, u->rows), failed);
    CGM_TRY_GOTO(cgm_answer_write_world(file, "/factual", u->plan.part, u->worlds.base), failed);
    CGM_TRY_GOTO(write_outcomes(u, file), failed);
    for (size_t k = 0; k < u->plan.n_effects; k++) CGM_TRY_GOTO(write_effect(u, file, k), failed);
    return cgm_file_commit(file);
failed:
    cgm_file_close(file);
    return status;
}
