/* Options of intervals, and what is said of them. */
#include <stdio.h>

#include "tools/result.h"

static const char *const names[] = {[CGM_INTERVAL_PERCENTILE] = "percentile",
                                    [CGM_INTERVAL_BCA] = "bca",
                                    [CGM_INTERVAL_QUASI_BAYESIAN] = "quasi-bayesian"};
static const char *const texts[] = {[CGM_INTERVAL_PERCENTILE] = "percentile bootstrap",
                                    [CGM_INTERVAL_BCA] = "BCa bootstrap",
                                    [CGM_INTERVAL_QUASI_BAYESIAN] = "quasi-Bayesian"};

cgm_status tool_read_intervals(const tool_options *options, cgm_interval_opts *out)
{
    bool drawn = options->quasi_bayesian >= 0;
    if (drawn && (options->bootstrap >= 0 || options->bca))
        return CGM_FAIL(CGM_E_ARG, "--quasi-bayesian: expected no --bootstrap or --bca beside it");
    out->kind = drawn ? CGM_INTERVAL_QUASI_BAYESIAN : options->bca ? CGM_INTERVAL_BCA : CGM_INTERVAL_PERCENTILE;
    if (drawn) out->models = (size_t)options->quasi_bayesian;
    if (options->bootstrap >= 0) out->models = (size_t)options->bootstrap;
    if (options->level > 0) out->level = options->level;
    return CGM_OK;
}

size_t tool_write_intervals(const cgm_interval_opts *intervals, uint64_t seed, size_t size, char *text)
{
    text[0] = 0;
    if (!intervals->models) return 0;
    int n = snprintf(text, size, "%g %% intervals, %s, %zu %s, seed %llu", 100 * intervals->level,
                     texts[intervals->kind], intervals->models,
                     intervals->kind == CGM_INTERVAL_QUASI_BAYESIAN ? "draws of the coefficients" : "resamples",
                     (unsigned long long)seed);
    return (size_t)n < size ? (size_t)n : size - 1;
}

void tool_add_intervals(json_t *query, const cgm_interval_opts *intervals)
{
    bool drawn = intervals->kind == CGM_INTERVAL_QUASI_BAYESIAN;
    json_int_t models = (json_int_t)intervals->models;
    json_object_set_new(query, "bootstrap", json_integer(drawn ? 0 : models));
    json_object_set_new(query, "quasi_bayesian", json_integer(drawn ? models : 0));
    json_object_set_new(query, "interval", json_string(names[intervals->kind]));
    json_object_set_new(query, "level", json_real(intervals->level));
}

json_t *tool_estimate(const cgm_estimate *e)
{
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "name", e->name, "estimate", tool_json_number(e->value),
                     "monte_carlo_error", tool_json_number(e->mc_error), "standard_error",
                     tool_json_number(e->standard_error), "low", tool_json_number(e->low), "high",
                     tool_json_number(e->high));
}

json_t *tool_texts_json(size_t n, const char *const *text)
{
    json_t *list = json_array();
    for (size_t k = 0; k < n; k++) json_array_append_new(list, json_string(text[k]));
    return list;
}
