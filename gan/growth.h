/* How networks of levels grow while they are trained (Karras et al. 2018, section 2 and appendix A.1): at the lowest
 * level for so many images, then level after level, each faded in over so many images and trained for so many more; the
 * last one to the end. Images are those that the critic is shown. Internal to gan/. */
#ifndef CGM_GAN_GROWTH_H
#define CGM_GAN_GROWTH_H

#include "io/state.h"

#define GAN_GROWTH_USUAL 20000 /* images, where training is long enough for twice what growing takes */
#define GAN_GROWTH_UNSAID (-1.0)

typedef struct gan_growth {
    int levels;
    double wanted_fade, wanted_stable; /* images; below 1 a share of all that training shows; GAN_GROWTH_UNSAID */
    double fade, stable;               /* images: cgm_gan_growth_plan */
    /* Where training was at its last step, which is what the networks are fit for: the level, and how far it has faded
     * in. */
    uint64_t level;
    double alpha;
} gan_growth;

typedef struct gan_phase {
    int level;
    double alpha;
} gan_phase;

/* Nothing trained yet. */
void cgm_gan_growth_init(gan_growth *growth, int levels, double fade, double stable);
/* Sets the images of a phase, of a training that shows so many in all. */
void cgm_gan_growth_plan(gan_growth *growth, double images);
/* After so many images. */
gan_phase cgm_gan_growth_at(const gan_growth *growth, double images);
/* Whether the last level is in. */
bool cgm_gan_growth_is_whole(const gan_growth *growth);
/* Adds growth/level and growth/alpha: where training was. */
cgm_status cgm_gan_growth_state(gan_growth *growth, cgm_state *state) CGM_CHECKED;
/* CGM_E_FORMAT for a phase, read from a file, that there is not. */
cgm_status cgm_gan_growth_check(const gan_growth *growth) CGM_CHECKED;

#endif
