/* In what two runs' configs differ. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scm/runs/run_priv.h"

typedef struct difference {
    const char *a_name, *b_name;
} difference;

static cgm_status differs(const difference *d, const char *path, const cgm_yaml *a, const cgm_yaml *b)
{
    static const char *const kinds[] = {"a value", "a list", "a map"};
    const char *texts[2];
    const cgm_yaml *nodes[2] = {a, b};
    for (int i = 0; i < 2; i++) {
        cgm_yaml_kind kind = nodes[i] ? cgm_yaml_get_kind(nodes[i]) : CGM_YAML_SCALAR;
        texts[i] = !nodes[i] ? "absent" : kind == CGM_YAML_SCALAR ? cgm_yaml_text(nodes[i]) : kinds[kind];
    }
    return CGM_FAIL(CGM_E_CONFIG, "%s is %s in %s, but %s in %s", path, texts[0], d->a_name, texts[1], d->b_name);
}

/* Numbers are compared as numbers: 1e-3 is 0.001. */
static bool same_scalar(const char *a, const char *b)
{
    char *a_end, *b_end;
    double a_number = strtod(a, &a_end), b_number = strtod(b, &b_end);
    if (*a && *b && !*a_end && !*b_end) return a_number == b_number;
    return strcmp(a, b) == 0;
}

static cgm_status compare(const difference *d, const char *path, const cgm_yaml *a, const cgm_yaml *b)
{
    char below[512];
    if (!a || !b) return a == b ? CGM_OK : differs(d, path, a, b);
    cgm_yaml_kind kind = cgm_yaml_get_kind(a);
    if (kind != cgm_yaml_get_kind(b)) return differs(d, path, a, b);
    if (kind == CGM_YAML_SCALAR)
        return same_scalar(cgm_yaml_text(a), cgm_yaml_text(b)) ? CGM_OK : differs(d, path, a, b);
    for (size_t i = 0; i < cgm_yaml_count(a); i++) {
        if (kind == CGM_YAML_LIST) {
            snprintf(below, sizeof below, "%s[%zu]", path, i);
            CGM_TRY(compare(d, below, cgm_yaml_at(a, i), i < cgm_yaml_count(b) ? cgm_yaml_at(b, i) : NULL));
            continue;
        }
        snprintf(below, sizeof below, "%s.%s", path, cgm_yaml_key(a, i));
        CGM_TRY(compare(d, below, cgm_yaml_at(a, i), cgm_yaml_get(b, cgm_yaml_key(a, i))));
    }
    for (size_t i = 0; i < cgm_yaml_count(b); i++) {
        if (kind == CGM_YAML_LIST) {
            snprintf(below, sizeof below, "%s[%zu]", path, i);
            if (i >= cgm_yaml_count(a)) return differs(d, below, NULL, cgm_yaml_at(b, i));
        } else if (!cgm_yaml_get(a, cgm_yaml_key(b, i))) {
            snprintf(below, sizeof below, "%s.%s", path, cgm_yaml_key(b, i));
            return differs(d, below, NULL, cgm_yaml_at(b, i));
        }
    }
    return CGM_OK;
}

/* Those of a alone: what comes to the config later is trained then. */
static cgm_status compare_predictors(const difference *d, const cgm_yaml *a, const cgm_yaml *b)
{
    char path[512];
    for (size_t i = 0; a && i < cgm_yaml_count(a); i++) {
        const char *name = cgm_yaml_key(a, i);
        snprintf(path, sizeof path, "predictors.%s", name);
        CGM_TRY(compare(d, path, cgm_yaml_at(a, i), b ? cgm_yaml_get(b, name) : NULL));
    }
    return CGM_OK;
}

cgm_status cgm_run_same_config(const cgm_config *a, const char *a_name, const cgm_config *b, const char *b_name)
{
    difference d = {a_name, b_name};
    cgm_run_sections sa = {0}, sb = {0};
    CGM_TRY(cgm_run_read_sections(a, &sa));
    CGM_TRY(cgm_run_read_sections(b, &sb));
    CGM_TRY(compare(&d, "data", sa.data, sb.data));
    CGM_TRY(compare(&d, "graph", sa.graph, sb.graph));
    CGM_TRY(compare(&d, "hidden", sa.hidden, sb.hidden));
    CGM_TRY(compare(&d, "train", sa.train, sb.train));
    CGM_TRY(compare_predictors(&d, sa.predictors, sb.predictors));
    return sa.finetune ? compare(&d, "finetune", sa.finetune, sb.finetune) : CGM_OK;
}

bool cgm_run_same_queries(const cgm_config *a, const cgm_config *b)
{
    cgm_run_sections sa = {0}, sb = {0};
    if (cgm_run_read_sections(a, &sa) != CGM_OK || cgm_run_read_sections(b, &sb) != CGM_OK) return false;
    return compare(&(difference){"", ""}, "queries", sa.queries, sb.queries) == CGM_OK;
}
