/* The architecture of a hierarchical VAE in the literature's notation: one line for the encoder, one for the decoder,
 * one for the widths. De Sousa Ribeiro et al. 2023, after Child 2021. Internal to vae/. */
#ifndef CGM_VAE_HVAE_ARCHITECTURE_H
#define CGM_VAE_HVAE_ARCHITECTURE_H

#include "config/config.h"

#define HVAE_MAX_LEVELS 12 /* resolutions */
#define HVAE_MAX_STAGES 256

/* What the config says; texts are borrowed. */
typedef struct hvae_notation {
    const char *encoder;               /* "32b3d2,16b3d2,8b3d2,4b3d4,1b4": RESOLUTIONbBLOCKS[dFACTOR], finest first */
    const char *decoder;               /* "1b4,4b4,8b4,16b4,32b4": RESOLUTIONbSTAGES, coarsest first */
    const char *widths;                /* "16,32,64,128,256": channels of each resolution, finest first */
    int64_t bottleneck;                /* a block's inner width is the outer one over this */
    int64_t max_stochastic_resolution; /* stages above have no latent variables */
    int64_t bias_max_resolution;       /* resolutions above have no learnt bias map */
} hvae_notation;

/* A resolution: its encoder's residual blocks, then one more that pools by `factor`; its decoder's stages. */
typedef struct hvae_level {
    int64_t resolution, width;
    int64_t blocks, factor; /* factor 0 at the coarsest */
    int64_t stages;
    bool has_bias, stochastic; /* whether its stages have latent variables */
} hvae_level;

/* A stage of the decoder. */
typedef struct hvae_stage {
    size_t level;
    int64_t index; /* among those of its level */
    int64_t width, next_width;
} hvae_stage;

typedef struct hvae_architecture {
    size_t n_levels;
    hvae_level level[HVAE_MAX_LEVELS]; /* finest first */
    int64_t encoder_blocks;            /* in all, those that pool included */
    size_t n_stages;
    hvae_stage stage[HVAE_MAX_STAGES]; /* coarsest first */
    int64_t bottleneck;
} hvae_architecture;

/* Reads the notation for images of `size` x `size`. Errors are of the kind CGM_E_CONFIG, at the line of the key in the
 * map `where` (which may be NULL), and name the stage and the character at which it begins. */
cgm_status cgm_hvae_architecture_read(const hvae_notation *notation, int64_t size, const cgm_yaml *where,
                                      hvae_architecture *out) CGM_CHECKED;

#endif
