#include "scm/predictors/law.h"

#include <math.h>

#include "graph/ops.h"
#include "nn/classification_losses.h"

#define LEAST_SD 1e-3  /* of a standardised value */
#define LEAST_GAP 1e-3 /* between two thresholds */

/* ---- Continuous: N(mean, sd^2), both of the image ---- */

static int64_t two_numbers(const cgm_variable *attribute)
{
    (void)attribute;
    return 2;
}

static cgm_node gaussian_mean(const cgm_predictor *p, cgm_graph *g, cgm_node raw)
{
    return cgm_affine(g, cgm_slice(g, raw, 1, 0, 1), 1, p->offset);
}

static cgm_node gaussian_sd(const cgm_predictor *p, cgm_graph *g, cgm_node raw)
{
    return cgm_affine(g, cgm_softplus(g, cgm_slice(g, raw, 1, 1, 1)), p->temperature, LEAST_SD * p->temperature);
}

static cgm_node gaussian_loss(const cgm_predictor *p, cgm_graph *g, cgm_node raw, cgm_node target)
{
    cgm_node sd = gaussian_sd(p, g, raw), z = cgm_div(g, cgm_sub(g, target, gaussian_mean(p, g, raw)), sd);
    return cgm_add(g, cgm_affine(g, cgm_square(g, z), 0.5, 0.5 * log(2 * M_PI)), cgm_log(g, sd));
}

static cgm_node gaussian_outputs(const cgm_predictor *p, cgm_graph *g, cgm_node raw)
{
    return cgm_concat(g, 2, (cgm_node[]){gaussian_mean(p, g, raw), gaussian_sd(p, g, raw)}, 1);
}

/* ---- Levels: logits at the law's temperature ---- */

static cgm_node tempered(const cgm_predictor *p, cgm_graph *g, cgm_node logits)
{
    return cgm_affine(g, logits, 1 / p->temperature, 0);
}

/* ---- Binary: the logit of level 1 ---- */

static int64_t one_number(const cgm_variable *attribute)
{
    (void)attribute;
    return 1;
}

static cgm_node binary_loss(const cgm_predictor *p, cgm_graph *g, cgm_node raw, cgm_node target)
{
    return cgm_binary_cross_entropy(g, tempered(p, g, raw), cgm_slice(g, target, 1, 1, 1));
}

static cgm_node binary_outputs(const cgm_predictor *p, cgm_graph *g, cgm_node raw)
{
    cgm_node logit = tempered(p, g, raw);
    return cgm_concat(g, 2, (cgm_node[]){cgm_sigmoid(g, cgm_neg(g, logit)), cgm_sigmoid(g, logit)}, 1);
}

static cgm_node binary_scores(const cgm_predictor *p, cgm_graph *g, cgm_node raw)
{
    cgm_node logit = tempered(p, g, raw);
    return cgm_concat(g, 2, (cgm_node[]){cgm_neg(g, logit), logit}, 1);
}

/* ---- Categorical: a logit a level ---- */

static int64_t number_a_level(const cgm_variable *attribute)
{
    return attribute->levels;
}

static cgm_node categorical_loss(const cgm_predictor *p, cgm_graph *g, cgm_node raw, cgm_node target)
{
    return cgm_soft_cross_entropy(g, tempered(p, g, raw), target, (cgm_node){0}, 1);
}

static cgm_node categorical_outputs(const cgm_predictor *p, cgm_graph *g, cgm_node raw)
{
    return cgm_softmax(g, tempered(p, g, raw), 1);
}

/* ---- Ordinal: proportional odds, as the mechanism `ordinal` with its logit link ----
 *
 * At a temperature its probabilities are those of levels whose logits are their logarithms. The level is the number of
 * thresholds t_0 < t_1 < ... below eta + u, u standard logistic and eta the number of the image. */

static cgm_node log_sigmoid(cgm_graph *g, cgm_node x)
{
    return cgm_neg(g, cgm_softplus(g, cgm_neg(g, x)));
}

/* [1, levels - 2]: t_{k+1} - t_k, of free parameters. */
static cgm_node gaps_of(const cgm_predictor *p, cgm_graph *g)
{
    cgm_node free = cgm_param(p->params, g, "gaps", CGM_SHAPE(1, p->attribute->levels - 2), CGM_INIT_ZERO, 1);
    return cgm_affine(g, cgm_softplus(g, free), 1, LEAST_GAP);
}

/* log P of each level, [n, levels]. With a = t_k - eta above and b = t_{k-1} - eta below level k,
 *     sigma(a) - sigma(b) = (1 - e^{b - a}) sigma(a) sigma(-b),
 * in which nothing cancels; the first level has no b, the last no a. */
static cgm_node ordinal_log_p(const cgm_predictor *p, cgm_graph *g, cgm_node eta)
{
    int64_t n = p->attribute->levels;
    cgm_node t = cgm_param(p->params, g, "threshold", CGM_SHAPE(1, 1), CGM_INIT_ZERO, 1), between = {0};
    if (n > 2) {
        cgm_node gaps = gaps_of(p, g);
        t = cgm_cumsum(g, cgm_concat(g, 2, (cgm_node[]){t, gaps}, 1), 1, false);
        between = cgm_log(g, cgm_affine(g, cgm_exp(g, cgm_neg(g, gaps)), -1, 1));
    }
    cgm_node a = cgm_sub(g, t, eta);
    cgm_node above = cgm_pad(g, log_sigmoid(g, a), 1, 0, 1), below = cgm_pad(g, log_sigmoid(g, cgm_neg(g, a)), 1, 1, 0);
    cgm_node sum = cgm_add(g, above, below);
    if (n > 2) sum = cgm_add(g, sum, cgm_pad(g, between, 1, 1, 1));
    return p->temperature == 1 ? sum : cgm_log_softmax(g, tempered(p, g, sum), 1);
}

static cgm_node ordinal_loss(const cgm_predictor *p, cgm_graph *g, cgm_node raw, cgm_node target)
{
    return cgm_neg(g, cgm_sum(g, cgm_mul(g, target, ordinal_log_p(p, g, raw)), 1u << 1));
}

static cgm_node ordinal_outputs(const cgm_predictor *p, cgm_graph *g, cgm_node raw)
{
    return cgm_exp(g, ordinal_log_p(p, g, raw));
}

/* ---- The table ---- */

static const predictor_law laws[] = {
    {"Gaussian, mean and scale read off the image", 1u << CGM_CONTINUOUS, two_numbers, gaussian_loss, gaussian_outputs,
     gaussian_mean, "mean"},
    {"Bernoulli", 1u << CGM_BINARY, one_number, binary_loss, binary_outputs, binary_scores, "log odds"},
    {"categorical", 1u << CGM_CATEGORICAL, number_a_level, categorical_loss, categorical_outputs, tempered, "logit"},
    {"proportional odds", 1u << CGM_ORDINAL, one_number, ordinal_loss, ordinal_outputs, ordinal_log_p,
     "log probability"},
};

const predictor_law *cgm_predictor_law(cgm_variable_type type)
{
    for (size_t i = 0; i < sizeof laws / sizeof *laws; i++)
        if (laws[i].types & 1u << type) return &laws[i];
    return NULL;
}
