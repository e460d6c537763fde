/* Adversarial training: Goodfellow, Shlens, Szegedy 2015, "Explaining and harnessing adversarial examples", with their
 * fast gradient sign method; attacked and other images share a batch, as in Kurakin, Goodfellow, Bengio 2017,
 * "Adversarial machine learning at scale", so that normalisation sees one law of both. */
#include <gsl/gsl_cdf.h>

#include "graph/ops.h"
#include "scm/object.h"
#include "scm/predictors/predictor_priv.h"

#define USUAL_EPSILON 8
#define USUAL_SHARE 0.5

#define AT(member) offsetof(predictor_adversarial, member)
static const cgm_key keys[] = {
    {"epsilon", CGM_KEY_REAL, AT(epsilon), false, 0, 255, NULL, "grey levels by which each pixel is changed (8)"},
    {"share", CGM_KEY_REAL, AT(share), false, 0, 1, NULL, "probability that an image is attacked (0.5)"},
};

cgm_status cgm_predictor_read_adversarial(const cgm_yaml *map, const char *what, predictor_adversarial *out)
{
    predictor_adversarial o = {USUAL_EPSILON, USUAL_SHARE};
    *out = (predictor_adversarial){0, 0};
    if (!map) return CGM_OK;
    CGM_TRY(cgm_yaml_read(map, what, sizeof keys / sizeof *keys, keys, &o));
    if (!(o.epsilon > 0) || !(o.share > 0))
        return cgm_yaml_fail(map, "%s: epsilon %g, share %g; expected more than 0 of both", what, o.epsilon, o.share);
    *out = o;
    return CGM_OK;
}

/* By the network as it answers, with its running statistics, which stay what they are. */
static cgm_node attack(const cgm_predictor *p, cgm_graph *g, cgm_node pixels, cgm_node seen)
{
    cgm_node slope = {0}, loss = cgm_sum_all(g, cgm_predictor_graph_loss(p, g, pixels, seen, CGM_MODE_EVAL));
    if (cgm_graph_gradients(g, loss, 1, &pixels, &slope) != CGM_OK)
        return cgm_graph_fail(g, CGM_E_MEMORY, "%s", cgm_error_message());
    cgm_node moved = cgm_add(g, pixels, cgm_affine(g, cgm_sign(g, slope), p->adversarial.epsilon, 0));
    return cgm_stop_gradient(g, cgm_clamp(g, moved, 0, 255));
}

cgm_node cgm_predictor_graph_attacked(const cgm_predictor *p, cgm_graph *g, cgm_node pixels, cgm_node seen,
                                      image_bound *bound)
{
    double share = p->adversarial.share;
    if (bound->mode != CGM_MODE_TRAIN || !(share > 0)) return pixels;
    cgm_node attacked = attack(p, g, pixels, seen);
    if (share == 1) return attacked;
    cgm_node draw = cgm_image_bound_noise(bound, g, "attacked", CGM_SHAPE(cgm_node_shape(g, pixels).dim[0], 1, 1, 1));
    cgm_node below = cgm_less(g, draw, cgm_constant(g, gsl_cdf_ugaussian_Pinv(share), CGM_SCALAR));
    return cgm_select(g, below, attacked, pixels);
}
