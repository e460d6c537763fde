/* Unit effects as HDF5, batch by batch. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/level_names.h"
#include "scm/answers/answer_priv.h"
#include "scm/mediation/mediation_units_priv.h"

enum { MAX_PATH = 640 };
static const char note[] = "total = direct + indirect_treated = direct_treated + indirect, in general not direct + "
                           "indirect; images are decoder means, and intervals those of the rows' mean, by the "
                           "percentile bootstrap over rows, number by number";
/* Differences: of the outcome's shape, but of any size and sign. */
static cgm_variable difference_of(const cgm_unit_effects *u)
{
    if (!cgm_variable_is_scalar(u->outcome)) return *u->outcome;
    return (cgm_variable){.name = u->outcome->name, .type = CGM_CONTINUOUS};
}

static const char *path_of(const char *group, const char *name, char path[MAX_PATH])
{
    snprintf(path, MAX_PATH, "%s/%s", group, name);
    return path;
}

/* The outcome's name with treatment t and the mediators as under s; false where it is not asked for. */
static bool name_outcome(const cgm_unit_effects *u, int t, int s, char path[MAX_PATH])
{
    snprintf(path, MAX_PATH, "/outcome/t%d_m%d", t, s);
    return t == s || u->opts.n_mediators;
}

static cgm_status write_question(const cgm_unit_effects *u, cgm_file *file)
{
    const cgm_mediation_opts *o = &u->opts;
    char list[1024] = "";
    CGM_TRY(cgm_answer_write_facts(file, u->run, u->text, NULL, o->seed));
    CGM_TRY(cgm_file_set_text(file, "/", "note", note));
    CGM_TRY(cgm_file_set_text(file, "/", "treatment", o->treatment));
    if (u->own) CGM_TRY(cgm_file_set_text(file, "/", "from", "factual"));
    if (!u->own) CGM_TRY(cgm_file_set_number(file, "/", "from", o->control));
    CGM_TRY(cgm_file_set_number(file, "/", "to", o->treated));
    for (size_t k = 0, used = 0; k < o->n_mediators && used < sizeof list; k++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", k ? "," : "", o->mediators[k]);
    CGM_TRY(cgm_file_set_text(file, "/", "mediators", list));
    CGM_TRY(cgm_file_set_number(file, "/", "temperature", o->temperature));
    CGM_TRY(cgm_file_set_integer(file, "/", "resamples", o->intervals.models));
    return o->intervals.models ? cgm_file_set_number(file, "/", "level", o->intervals.level) : CGM_OK;
}

cgm_status cgm_unit_file_begin(const cgm_unit_effects *u, const char *path, cgm_file **out)
{
    cgm_file *file;
    CGM_TRY(cgm_file_create(path, &file));
    cgm_status status = write_question(u, file);
    if (status == CGM_OK) status = cgm_answer_write_index(file, u->n, u->rows);
    if (status == CGM_OK)
        *out = file;
    else
        cgm_file_close(file);
    return status;
}

cgm_status cgm_unit_file_add(const cgm_unit_effects *u, cgm_file *file)
{
    const cgm_scm *part = u->plan.part;
    const cgm_answer_part rows = {u->n, u->worlds.base->n};
    const cgm_variable difference = difference_of(u);
    char path[MAX_PATH];
    for (size_t v = 0; v < part->n; v++) {
        const cgm_variable *x = &part->variable[v].variable;
        const double *value = u->worlds.base->value[cgm_scm_node_of(part, v)].data;
        CGM_TRY(cgm_answer_append_values(file, path_of("/factual", x->name, path), x, rows, value));
    }
    for (int t = 0; t < 2; t++)
        for (int s = 0; s < 2; s++) {
            if (!name_outcome(u, t, s, path)) continue;
            const cgm_world *world = u->worlds.world[t == s ? t : 2 + t];
            CGM_TRY(cgm_answer_append_values(file, path, u->outcome, rows, world->value[u->plan.outcome].data));
        }
    for (size_t k = 0; k < u->plan.n_effects; k++) {
        path_of("/effect", cgm_unit_effect_name(u, k)->file, path);
        CGM_TRY(cgm_answer_append_values(file, path, &difference, rows, u->effect[k]));
    }
    return CGM_OK;
}

/* One value of the outcome's kind, without an axis of rows. */
static cgm_status write_mean(const cgm_unit_effects *u, cgm_file *file, const char *group, const char *name,
                             const double *data)
{
    static const char *const axes[] = {"channel", "y", "x"}, *const vector_axes[] = {"component"};
    const cgm_variable *y = u->outcome;
    char path[MAX_PATH];
    if (!data) return CGM_OK;
    path_of(group, name, path);
    if (y->type != CGM_IMAGE) return cgm_file_write(file, path, CGM_F64, cgm_answer_shape(y), vector_axes, data);
    float *pixels = malloc((u->width + 1) * sizeof *pixels);
    if (!pixels) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %s", path);
    for (size_t i = 0; i < u->width; i++) pixels[i] = (float)data[i];
    cgm_status status = cgm_file_write(file, path, CGM_F32, cgm_answer_shape(y), axes, pixels);
    free(pixels);
    return status;
}

/* What the data sets of rows are. */
static cgm_status describe(const cgm_unit_effects *u, cgm_file *file)
{
    char path[MAX_PATH];
    for (size_t v = 0; v < u->plan.part->n; v++) {
        const cgm_variable *x = &u->plan.part->variable[v].variable;
        CGM_TRY(cgm_level_names_save(file, path_of("/factual", x->name, path), x));
    }
    for (size_t k = 0; k < u->plan.n_effects; k++) {
        const unit_effect_name *name = cgm_unit_effect_name(u, k);
        path_of("/effect", name->file, path);
        CGM_TRY(cgm_file_set_text(file, path, "name", name->name));
        CGM_TRY(cgm_file_set_text(file, path, "is", name->formula));
        if (u->outcome->type == CGM_IMAGE) CGM_TRY(cgm_file_set_text(file, path, "units", "grey levels"));
    }
    return CGM_OK;
}

cgm_status cgm_unit_file_end(const cgm_unit_effects *u, cgm_file *file)
{
    CGM_TRY(describe(u, file));
    for (size_t k = 0; k < u->plan.n_effects; k++) {
        const char *name = cgm_unit_effect_name(u, k)->file;
        CGM_TRY(write_mean(u, file, "/mean", name, u->mean[k].mean));
        CGM_TRY(write_mean(u, file, "/interval/low", name, u->mean[k].low));
        CGM_TRY(write_mean(u, file, "/interval/high", name, u->mean[k].high));
    }
    return CGM_OK;
}
