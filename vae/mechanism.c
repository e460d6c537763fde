#include "vae/mechanism.h"

#include "io/params_state.h"

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

cgm_status cgm_image_state(network_parents *parents, cgm_params *params, image_training *training, cgm_state *state)
{
    cgm_rng any = cgm_rng_create(0);
    if (!cgm_params_values(params)) CGM_TRY(cgm_params_init(params, &any));
    CGM_TRY(cgm_network_parents_state(parents, state));
    CGM_TRY(cgm_state_add_params(state, params, training != NULL));
    return training ? cgm_image_training_state(training, state) : CGM_OK;
}
