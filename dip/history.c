/* /images/NAME of all that was made, /history/NAME of every iteration, /previews, /measured; the config and what was
 * counted are attributes. */
#include <string.h>

#include "dip/restore_priv.h"
#include "io/file.h"

static const char *const image_axes[] = {"channel", "y", "x"};

static cgm_status write_image(cgm_file *file, cgm_arena *arena, const char *name, const dip_image *image)
{
    char *path = cgm_arena_printf(arena, "images/%s", name);
    if (!path) return CGM_E_MEMORY;
    for (char *c = path; *c; c++)
        if (*c == ' ' || *c == '-') *c = '_';
    return cgm_file_write(file, path, CGM_F64, CGM_SHAPE(image->channels, image->height, image->width), image_axes,
                          image->pixels);
}

static cgm_status write_images(const dip_restoring *r, cgm_file *file, cgm_arena *arena)
{
    const dip_problem *p = &r->m.problem;
    static const char *const axes[] = {NULL, NULL, NULL, NULL}, *const preview_axes[] = {"preview", "channel", "y",
                                                                                         "x"};
    for (size_t i = 0; i < r->n; i++) CGM_TRY(write_image(file, arena, r->result[i].name, &r->result[i].image));
    if (r->m.truth.pixels) CGM_TRY(write_image(file, arena, "truth", &r->m.truth));
    if (r->previews > 0)
        CGM_TRY(cgm_file_write(file, "previews", CGM_F32, CGM_SHAPE(r->previews, p->channels, p->height, p->width),
                               preview_axes, r->preview));
    CGM_TRY(cgm_file_write(file, "measured/y", CGM_F64, p->op.map.range, axes, p->y));
    return cgm_file_write(file, "measured/weight", CGM_F64, p->op.map.range, axes, p->weight);
}

static cgm_status write_traces(const dip_restoring *r, cgm_file *file)
{
    static const char *const names[] = {[DIP_TRACE_LOSS] = "history/loss",
                                        [DIP_TRACE_HELD_OUT] = "history/held_out",
                                        [DIP_TRACE_STOP] = "history/stop_value",
                                        [DIP_TRACE_PSNR] = "history/psnr"},
                             *const axes[] = {"iteration"};
    for (int i = 0; i < DIP_TRACES; i++)
        if (r->trace[i]) CGM_TRY(cgm_file_write(file, names[i], CGM_F64, CGM_SHAPE(r->iterations), axes, r->trace[i]));
    return CGM_OK;
}

cgm_status cgm_dip_history_write(dip_restoring *r, cgm_file *file)
{
    const char *config;
    cgm_arena arena = {0};
    CGM_TRY(cgm_config_text(r->opts->config, &config));
    CGM_TRY(cgm_file_set_text(file, "/", "config", config));
    CGM_TRY(cgm_file_set_text(file, "/", "image", r->opts->image));
    CGM_TRY(cgm_file_set_integer(file, "/", "seed", r->opts->seed));
    CGM_TRY(cgm_file_set_integer(file, "/", "iterations", (uint64_t)r->iterations));
    CGM_TRY(cgm_file_set_integer(file, "/", "best", (uint64_t)r->best));
    CGM_TRY(cgm_file_set_number(file, "/", "sigma", 255 * r->m.problem.sigma));
    cgm_status status = write_images(r, file, &arena);
    cgm_arena_clear(&arena);
    return status == CGM_OK ? write_traces(r, file) : status;
}
