/* The kinds of likelihood that the key `likelihood` of image mechanisms chooses from, for help and messages. */
#ifndef CGM_VAE_LIKELIHOODS_KINDS_H
#define CGM_VAE_LIKELIHOODS_KINDS_H

#include "config/config.h"

typedef struct cgm_image_likelihood_kind {
    const char *kind, *doc;
    size_t n_keys; /* its options, beside `kind` */
    const cgm_key *keys;
} cgm_image_likelihood_kind;

/* The i-th; false behind the last. */
CGM_API bool cgm_image_likelihood_kind_at(size_t i, cgm_image_likelihood_kind *out);

#endif
