/* What is restored and how, as configs say it. Internal. */
#ifndef CGM_DIP_OPTIONS_H
#define CGM_DIP_OPTIONS_H

#include "dip/fit.h"
#include "dip/learned/plug_and_play.h"
#include "dip/learned/projection.h"

typedef enum dip_task { DIP_DENOISE, DIP_INPAINT, DIP_SR, DIP_DEBLUR, DIP_CT, DIP_MRI, DIP_TASKS } dip_task;
extern const char *const cgm_dip_task_names[]; /* ended by NULL */

/* What an image may be the result of. */
typedef enum dip_method { DIP_PRIOR, DIP_PROJECTION, DIP_PLUG_AND_PLAY, DIP_UNROLLED, DIP_METHODS } dip_method;
extern const char *const cgm_dip_method_names[]; /* in configs; ended by NULL */

typedef struct dip_options {
    int task;
    double sigma;         /* of the noise, in grey levels of 255; negative: unknown */
    const char *mask;     /* a PNG file, or NULL */
    double missing;       /* inpaint: share of pixels that a simulation loses */
    int64_t acceleration; /* mri: one of so many lines is measured in a simulation */
    int64_t side;         /* of a phantom's image and of that of a sinogram; 0: chosen */
    int64_t max_pixels;   /* of a file */
    int64_t preview;      /* iterations from one preview to the next; 0: none */
    bool baselines;
    dip_operator_opts op; /* what of it configs say */
    const char *setting;  /* of the table of settings.c */
    dip_fit_opts fit;
    int method;                                  /* a dip_method: whose image is written */
    const char *generator, *denoiser, *unrolled; /* files of trained networks; NULL: that method is left out */
    dip_projection_opts projection;
    dip_plug_opts plug; /* levels in grey levels of 255; the last one negative: the noise's */
} dip_options;

/* Errors name the key and what was expected. Texts are borrowed from the config. */
cgm_status cgm_dip_options_read(const cgm_config *config, dip_options *out) CGM_CHECKED;
/* Of the top keys of configs the first ones, which say what is measured and of what, and are read into a dip_options;
 * and that the task reads those that are there. */
const cgm_key *cgm_dip_problem_keys(size_t *n);
cgm_status cgm_dip_check_task(const cgm_yaml *root, int task) CGM_CHECKED;
/* Learned methods (learned/options.c): the keys of their maps "projection" and "plug_and_play", NULL for another map;
 * and these maps of a config whose top keys are read. */
const cgm_key *cgm_dip_learned_keys(const char *map, size_t *n);
cgm_status cgm_dip_learned_options_read(const cgm_yaml *root, dip_options *o) CGM_CHECKED;
/* What of it configs need not say. */
dip_options cgm_dip_options_usual(void);
/* The reference settings of that name, of which the authors' notebooks have one a task; CGM_E_CONFIG at `where`, with
 * the nearest name, for another one. */
cgm_status cgm_dip_setting_apply(const cgm_yaml *where, const char *name, dip_fit_opts *out) CGM_CHECKED;
/* What the task has where the config names none. */
const char *cgm_dip_setting_of(dip_task task);

#endif
