#include "vae/mechanism.h"

void cgm_image_nodes(const cgm_variable *image, size_t latent, cgm_mechanism_node out[2])
{
    size_t pixels = cgm_variable_width(image);
    out[0] = (cgm_mechanism_node){
        .name = "z",
        .width = latent,
        .noise_width = latent,
        .shape = CGM_SHAPE((int64_t)latent),
        .ignores_parents = true,
    };
    out[1] = (cgm_mechanism_node){
        .width = pixels,
        .noise_width = pixels,
        .shape = CGM_SHAPE(image->channels, image->height, image->width),
    };
}
