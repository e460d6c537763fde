/* What a predictor goes by when it reads an image: maps of its pixels, and images that it would read so. A predictor
 * that goes by something else than its attribute shows would let counterfactuals seem effective that are not. */
#ifndef CGM_SCM_EXPLAIN_H
#define CGM_SCM_EXPLAIN_H

#include "scm/predictors/predictor.h"

/* How an image is cut into the parts that lime and shap take away together. */
typedef enum cgm_explain_parts {
    CGM_PARTS_SLIC, /* superpixels (Achanta et al. 2012) */
    CGM_PARTS_GRID  /* squares */
} cgm_explain_parts;
#define CGM_PARTS_NAMES "slic|grid"

/* Fill with cgm_explain_init first. Texts and arrays are borrowed. What a method has no use for must be left as it was.
 */
typedef struct cgm_explain_opts {
    const char *predictor; /* NULL: the run's only one */
    const char *method;    /* one of cgm_explain_method's names */
    cgm_row_choice rows;   /* the images; n 0: 8, of the test split */
    const char *level;     /* which is explained, a name or number; NULL: in each image the one that is read, or of a
                              continuous attribute its mean. activation_maximisation: NULL: each in turn */
    const char *layer;     /* of grad_cam, guided_grad_cam, inversion; NULL: the last that has planes */
    size_t patch;          /* occlusion's window, and about how wide a part is, in pixels; 0: an eighth of the height */
    size_t samples;        /* lime: of images with parts taken away; shap: pairs of orders; 0: 1000; 32 */
    size_t iterations;     /* of activation_maximisation and inversion; 0: 200 */
    double baseline;       /* grey level in place of what is taken away, and that images are made from; negative: 0 */
    double smoothness;     /* weight of total variation where images are made; negative: the method's */
    cgm_explain_parts parts;
    bool randomise;        /* the maps again with parameters drawn anew, layer after layer from the top */
    uint64_t seed;         /* of all that is drawn; 1 */
    const char *out, *png; /* files to write, or NULL */
} cgm_explain_opts;
CGM_API void cgm_explain_init(cgm_explain_opts *opts);

/* Name of method i and what it is, or NULL from their number on. */
CGM_API const char *cgm_explain_method(size_t i);
CGM_API const char *cgm_explain_method_doc(size_t i);

/* The maps with the parameters of a layer, and of all above it, drawn anew. Rank correlations (Spearman's) with the
 * trained predictor's maps, of their numbers and of their absolute values, are means over the n images of which neither
 * map is of one value alone; NaN where there is none. */
typedef struct cgm_explain_stage {
    const char *layer; /* "trained": none; "head": the last linear layer; ... */
    double correlation, absolute;
    size_t n;
    double *map; /* [n, map_channels H W] */
} cgm_explain_stage;

typedef struct cgm_explanation {
    cgm_arena arena;
    const char *predictor, *method, *layer; /* layer: or NULL */
    const cgm_variable *attribute, *image;  /* borrowed from the run */
    const char *score;                      /* what is explained: "logit", "log odds", "log probability", "mean" */
    size_t n;                               /* images */
    size_t *row;                            /* [n], of the data set; NULL where images are made from nothing */
    double *images;                         /* [n, C H W], in grey levels; NULL likewise */
    double *truth, *read;                   /* [n], of the attribute; likewise */
    double *level;                          /* [n]: which is explained; of a continuous attribute NaN, but where images
                                               are made 1 for more of it and -1 for less */
    double *value;                          /* [n]: its score, of the image or of the one made */
    bool makes_images;                      /* the maps are images, in grey levels */
    int map_channels;                       /* the image's, or 1 */
    double *map;                            /* [n, map_channels H W] */
    int64_t *part;                          /* [n, H W]: the part that each pixel lies in, from 0; or NULL */
    const char *figure_name;                /* what figure is, or NULL */
    double *figure;                         /* [n] */
    size_t n_stages;
    cgm_explain_stage *stage; /* with randomise: the first without anything drawn anew */
} cgm_explanation;

/* That the question can be answered of this run, trained or not. */
CGM_API cgm_status cgm_run_check_explain(cgm_run *run, const cgm_explain_opts *opts) CGM_CHECKED;
/* Answers it, and writes the files that the options name. The run must be finished, and outlive the answer, which is
 * for cgm_explanation_clear and does not depend on the threads. CGM_E_ARG for a method, a layer, a level or a row that
 * there is not, and for an option that the method has no use for; CGM_E_INTERRUPTED when the run's stop flag is set.
 *
 * The file is HDF5: /index, /image, /truth, /read, /level, /score, /map (with axes), /part and /figure where there are
 * such, /randomised/K/map of stage K; what was asked as attributes of /. The picture: a row for each of the first
 * images, beside it its map, each in its own scale, and with randomise the maps of all stages; or the images made. */
CGM_API cgm_status cgm_run_explain(cgm_run *run, const cgm_explain_opts *opts, cgm_explanation *out) CGM_CHECKED;
CGM_API void cgm_explanation_clear(cgm_explanation *e);

#endif
