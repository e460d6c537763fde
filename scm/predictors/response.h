/* What a predictor goes by, as numbers of an image that can be followed back to its pixels: for what explains a
 * predictor and what attacks it. Internal to scm/.
 *
 * Scores are a number a level (logits; log odds of the two levels of a binary attribute; log probabilities of an
 * ordinal one's), the largest that of the level that is read; or of a continuous attribute one number, the mean in the
 * data's units. Images are [n, C H W] in grey levels 0 to 255, not held to that range here, and given[k] is [n]:
 * scm/predictors/predictor.h. A row's answer depends on the row alone, to the same bits for any number of threads. */
#ifndef CGM_SCM_PREDICTORS_RESPONSE_H
#define CGM_SCM_PREDICTORS_RESPONSE_H

#include "scm/predictors/predictor_priv.h"

size_t cgm_predictor_n_scores(const cgm_predictor *p);
/* [n, scores]. */
cgm_status cgm_predictor_scores(cgm_predictor *p, int threads, size_t n, const double *images,
                                const double *const *given, double *scores) CGM_CHECKED;

/* What is followed back: weighted scores, by each rule of cgm_backward, and the loss. */
enum { RESPONSE_LOSS = CGM_BACKWARD_DECONVOLUTION + 1, RESPONSE_PARTS };

/* Set predictor and threads, the rest zero. Programs are compiled as they are first asked for, of NETWORK_ROWS rows,
 * and kept; asking then allocates nothing. */
typedef struct predictor_response {
    cgm_predictor *predictor; /* borrowed */
    int threads;
    network_part part[RESPONSE_PARTS];
} predictor_response;

void cgm_response_clear(predictor_response *r);
/* back [n, C H W]: what the rule passes back of sum_s weight[i, s] score[i, s] to image i, with CGM_BACKWARD_GRADIENT
 * its gradient, in units of the score a grey level. weight, scores: [n, scores]; scores: what they are, or NULL. */
cgm_status cgm_response_scores(predictor_response *r, cgm_backward rule, size_t n, const double *images,
                               const double *const *given, const double *weight, double *scores,
                               double *back) CGM_CHECKED;
/* loss [n], or NULL: -log of the probability of value[i], in the data's units, given image i, in nats (of a continuous
 * attribute the density of the standardised value); gradient [n, C H W]: of each loss by its image, in nats a grey
 * level. */
cgm_status cgm_response_loss(predictor_response *r, size_t n, const double *images, const double *const *given,
                             const double *value, double *loss, double *gradient) CGM_CHECKED;

/* What any program is asked whose inputs are pixels, the given attributes (and the attribute after them, where `value`
 * says it) and a third, [n, in_width]; and whose outputs are [n, out_width] and [n, C H W]. in, out, back: NULL where
 * there is no such, or nobody wants it. */
enum { RESPONSE_PIXELS, RESPONSE_BESIDE, RESPONSE_THIRD };
typedef struct response_ask {
    size_t n;
    const double *images;
    const double *const *given;
    const double *value;
    size_t in_width;
    const double *in;
    size_t out_width;
    double *out, *back;
} response_ask;
cgm_status cgm_response_ask(network_part *part, cgm_predictor *p, int threads, network_part_build *build,
                            const void *model, int which, const response_ask *ask) CGM_CHECKED;

#endif
