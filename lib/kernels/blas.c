/* Which BLAS this is. */
#include <cblas.h>
#include <stdio.h>
#include <string.h>

#include "kernels/kernels.h"

void cgm_kernels_describe_blas(char text[CGM_BLAS_TEXT])
{
    /* "OpenBLAS 0.3.21 NO_LAPACKE ...": the first two words. */
    const char *config = openblas_get_config();
    size_t length = strcspn(config, " ");
    if (config[length]) length += 1 + strcspn(config + length + 1, " ");
    snprintf(text, CGM_BLAS_TEXT, "%.*s (%s)", (int)length, config, openblas_get_corename());
}
