/* A film of training: what a variable's mechanism makes of the same noise, again and again as it is trained. Internal.
 *
 * A frame is taken after the first step and every so many; when CGM_FILM_FRAMES are there, every second one goes and
 * the others come half as often, so that a film of any training is a short one that begins at its beginning. */
#ifndef CGM_SCM_RUNS_FILM_H
#define CGM_SCM_RUNS_FILM_H

#include "io/file.h"
#include "scm/scm.h"

#define CGM_FILM_FRAMES 16

/* Zero-initialise. */
typedef struct cgm_film {
    uint64_t every; /* steps between frames now; 0: no film */
    size_t frames;
    uint64_t step[CGM_FILM_FRAMES]; /* after which each was taken */
    float *values;                  /* [CGM_FILM_FRAMES, samples, width]; NULL before the first */
} cgm_film;

/* Whether a film of this variable can be taken: an image, or a vector of two numbers, with a mechanism that samples. */
bool cgm_film_suits(const cgm_scm *scm, size_t v);
/* Samples in a frame: 8 images, 512 points. */
size_t cgm_film_samples(const cgm_variable *x);
/* Takes a frame after step 1, 2, ... if one is due, as after the first one it is: samples of variable v given the
 * parents of the first training rows, from noise that depends on the seed alone. */
cgm_status cgm_film_take(cgm_film *film, const cgm_scm *scm, size_t v, const cgm_dataset *data, int64_t seed,
                         int threads, uint64_t step) CGM_CHECKED;
/* /film/VARIABLE/samples and /film/VARIABLE/step of a run file. */
cgm_status cgm_film_save(const cgm_film *film, const cgm_variable *x, cgm_file *file) CGM_CHECKED;
cgm_status cgm_film_load(cgm_film *film, const cgm_variable *x, cgm_file *file) CGM_CHECKED;
/* Images: a line a frame. Points: a panel a frame, the first training rows before them, in one strip. */
cgm_status cgm_film_write_png(const cgm_film *film, const cgm_variable *x, const cgm_dataset *data,
                              const char *path) CGM_CHECKED;
void cgm_film_clear(cgm_film *film);

#endif
