/* The plain version of spline_block.h: a row at a time, by spline.h and loops over the network's weights. */
#include <math.h>

#include "scm/mechanisms/spline_block.h"

static void network(const scm_block_network *net, size_t n, const size_t *column, const double *features, bool started,
                    double *hidden, double *out)
{
    for (size_t i = 0; i < SCM_BLOCK; i++) {
        for (size_t k = 0; k < net->hidden; k++) {
            double *h = &hidden[k * SCM_BLOCK + i], sum = started ? *h : net->bias[k];
            for (size_t f = 0; f < n; f++)
                sum += net->weight[k * net->inputs + column[f]] * features[f * SCM_BLOCK + i];
            *h = tanh(sum);
        }
        for (size_t j = 0; j < net->outputs; j++) {
            double sum = net->out_bias[j];
            for (size_t k = 0; k < net->hidden; k++)
                sum += net->out_weight[j * net->hidden + k] * hidden[k * SCM_BLOCK + i];
            out[j * SCM_BLOCK + i] = sum;
        }
    }
}

static void prepare(const scm_block_flow *flow, double *out)
{
    (void)flow, (void)out;
}

static scm_spline spline_of(const scm_block_flow *flow, const double *out, size_t i)
{
    scm_spline s;
    double raw[SCM_SPLINE_MAX_PARAMETERS];
    size_t n = cgm_scm_spline_parameters(flow->kind, flow->bins);
    for (size_t j = 0; j < n; j++) raw[j] = out[(2 + j) * SCM_BLOCK + i];
    cgm_scm_spline_init(&s, flow->kind, flow->bins, flow->bound, raw);
    return s;
}

static void to_noise(const scm_block_flow *flow, const double *out, const double *y, double *u, double *log_slope)
{
    for (size_t i = 0; i < SCM_BLOCK; i++) {
        scm_spline s = spline_of(flow, out, i);
        double location = out[i], log_scale = out[SCM_BLOCK + i], slope;
        u[i] = cgm_scm_spline_forward(&s, ((y[i] - flow->mean) / flow->sd - location) * exp(-log_scale), &slope);
        if (log_slope) log_slope[i] = slope - log_scale - log(flow->sd);
    }
}

static void to_value(const scm_block_flow *flow, const double *out, const double *u, double *y)
{
    for (size_t i = 0; i < SCM_BLOCK; i++) {
        scm_spline s = spline_of(flow, out, i);
        double location = out[i], log_scale = out[SCM_BLOCK + i];
        y[i] = flow->mean + flow->sd * (location + exp(log_scale) * cgm_scm_spline_inverse(&s, u[i]));
    }
}

const scm_block_kernels cgm_scm_block_reference = {
    .name = "reference", .network = network, .prepare = prepare, .to_noise = to_noise, .to_value = to_value};
