#include "scm/mechanisms/known.h"

#include <math.h>
#include <string.h>

#include "config/number.h"

cgm_status cgm_scm_known_check(const scm_known_options *known)
{
    if (!known->coefficients || !known->interactions) return CGM_OK;
    return cgm_yaml_fail(known->interactions, "interactions: expected no coefficients beside them: all are fitted");
}

static cgm_status read_number(const cgm_yaml *node, const char *name, double *out)
{
    if (cgm_yaml_get_kind(node) == CGM_YAML_SCALAR && cgm_number_parse(cgm_yaml_text(node), out)) return CGM_OK;
    return cgm_yaml_fail(node, "coefficients.%s: expected a number", name);
}

static cgm_status read_parent(const cgm_variable *parent, const cgm_yaml *node, double *to)
{
    size_t n = cgm_variable_has_levels(parent) ? (size_t)parent->levels - 1 : 1;
    bool list = cgm_yaml_get_kind(node) == CGM_YAML_LIST;
    if (n == 1 && !(list && cgm_variable_has_levels(parent))) return read_number(node, parent->name, to);
    if (!list || cgm_yaml_count(node) != n)
        return cgm_yaml_fail(node, "coefficients.%s: expected a list of %zu number%s, for level%s%s%zu", parent->name,
                             n, n > 1 ? "s" : "", n > 1 ? "s" : "", n > 1 ? " 1 to " : " ", n);
    for (size_t l = 0; l < n; l++) CGM_TRY(read_number(cgm_yaml_at(node, l), parent->name, &to[l]));
    return CGM_OK;
}

static bool is_intercept(const char *key, unsigned also)
{
    return also & SCM_INTERCEPT && strcmp(key, "intercept") == 0;
}

static bool is_sigma(const char *key, unsigned also)
{
    return also & SCM_SIGMA && strcmp(key, "sigma") == 0;
}

static cgm_status unknown(const scm_features *f, unsigned also, const cgm_yaml *node, const char *key)
{
    const char *words[CGM_MAX_PARENTS + 2];
    size_t n = 0;
    if (also & SCM_INTERCEPT) words[n++] = "intercept";
    if (also & SCM_SIGMA) words[n++] = "sigma";
    for (size_t p = 0; p < f->n_parents; p++) words[n++] = f->parents[p]->name;
    if (!(also & SCM_INTERCEPT) && strcmp(key, "intercept") == 0)
        return cgm_yaml_fail(node, "coefficients: an intercept; expected none, as there are thresholds");
    const char *near = cgm_nearest_word(key, n, words);
    if (near) return cgm_yaml_fail(node, "coefficients: there is no parent '%s'; did you mean '%s'?", key, near);
    return cgm_yaml_fail(node, "coefficients: there is no parent '%s'; expected %s%s%sa parent", key,
                         also & SCM_INTERCEPT ? "intercept" : "", also & SCM_SIGMA ? ", sigma" : "",
                         also ? " or " : "");
}

static cgm_status read_one(const scm_features *f, unsigned also, const char *key, const cgm_yaml *node, double *given)
{
    if (is_intercept(key, also)) return read_number(node, key, &given[0]);
    if (is_sigma(key, also)) {
        CGM_TRY(read_number(node, key, &given[f->n]));
        return given[f->n] > 0 ? CGM_OK : cgm_yaml_fail(node, "coefficients.sigma: expected a number above 0");
    }
    for (size_t p = 0; p < f->n_parents; p++)
        if (strcmp(key, f->parents[p]->name) == 0) return read_parent(f->parents[p], node, &given[f->first[p]]);
    return unknown(f, also, node, key);
}

cgm_status cgm_scm_coefficients_read(const cgm_yaml *map, const scm_features *f, unsigned also, double *given)
{
    if (cgm_yaml_get_kind(map) != CGM_YAML_MAP)
        return cgm_yaml_fail(map, "coefficients: expected a map such as {%s%s}",
                             also & SCM_INTERCEPT ? "intercept: 0" : "PARENT: 0.5",
                             also & SCM_SIGMA ? ", sigma: 1" : "");
    for (size_t p = 0; p < f->n_parents; p++) {
        const char *name = f->parents[p]->name;
        if (is_intercept(name, also) || is_sigma(name, also))
            return cgm_yaml_fail(map, "coefficients: a parent is called '%s', which is a coefficient's name", name);
    }
    for (size_t j = 0; j < f->n + (also & SCM_SIGMA ? 1 : 0); j++) given[j] = NAN;
    for (size_t i = 0; i < cgm_yaml_count(map); i++)
        CGM_TRY(read_one(f, also, cgm_yaml_key(map, i), cgm_yaml_at(map, i), given));
    return CGM_OK;
}

bool cgm_scm_coefficients_known(size_t n, const double *given)
{
    for (size_t j = 0; given && j < n; j++)
        if (isnan(given[j])) return false;
    return given != NULL;
}

void cgm_scm_report_step(cgm_fit_report *report, double nll)
{
    report->finished = report->epoch_ended = true;
    report->done = report->total;
    report->n_metrics = 1;
    report->metrics[0] = (cgm_metric){.name = "nll", .value = nll};
}

cgm_status cgm_scm_fit_known(cgm_mechanism *m, const cgm_variable *variable, const scm_features *f, const cgm_fit *fit,
                             cgm_fit_report *report)
{
    enum { BLOCK = 256 };
    scm_columns columns;
    double log_p[BLOCK], sum = 0;
    CGM_TRY(cgm_scm_columns_get(fit->data, variable, f, &columns));
    for (size_t begin = 0; begin < columns.value.n; begin += BLOCK) {
        size_t n = columns.value.n - begin < BLOCK ? columns.value.n - begin : BLOCK;
        cgm_values value = cgm_values_rows(&columns.value, begin, n), parents[CGM_MAX_PARENTS];
        for (size_t p = 0; p < f->n_parents; p++) parents[p] = cgm_values_rows(&columns.parents[p], begin, n);
        CGM_TRY(m->methods->log_prob(m, parents, &value, NULL, log_p));
        for (size_t i = 0; i < n; i++) sum -= log_p[i];
    }
    cgm_scm_report_step(report, sum / (double)columns.value.n);
    return CGM_OK;
}
