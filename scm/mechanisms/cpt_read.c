/* A conditional probability table in a config. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "config/number.h"
#include "scm/mechanisms/cpt.h"
#include "scm/object.h"

static const char probabilities[] = "p";

cgm_status cgm_scm_cpt_set(scm_cpt *m, size_t row, const double *p)
{
    char name[256];
    double sum = 0;
    for (size_t l = 0; l < m->levels; l++) {
        if (!(p[l] >= 0 && p[l] <= 1))
            return CGM_FAIL(CGM_E_ARG, "a probability of %s is %g: expected a number from 0 to 1",
                            cgm_scm_cpt_name(m, row, sizeof name, name), p[l]);
        sum += p[l];
    }
    if (!(fabs(sum - 1) <= 1e-6))
        return CGM_FAIL(CGM_E_ARG, "the probabilities of %s sum to %.10g: expected 1",
                        cgm_scm_cpt_name(m, row, sizeof name, name), sum);
    for (size_t l = 0; l < m->levels; l++) m->p[row * m->levels + l] = p[l] / sum;
    return CGM_OK;
}

/* An error of what a node holds, at the node. */
static cgm_status at(const cgm_yaml *node, cgm_status status)
{
    if (status == CGM_OK || status == CGM_E_MEMORY) return status;
    return cgm_fail_context(CGM_E_CONFIG, "%s: table", cgm_yaml_where(node));
}

static cgm_status read_probabilities(scm_cpt *m, const cgm_yaml *list, size_t row)
{
    double p[SCM_MAX_LEVELS];
    if (cgm_yaml_get_kind(list) != CGM_YAML_LIST || cgm_yaml_count(list) != m->levels)
        return cgm_yaml_fail(list, "table: expected a list of %zu probabilities, one for each level of '%s'", m->levels,
                             m->variable->name);
    for (size_t l = 0; l < m->levels; l++) {
        const cgm_yaml *number = cgm_yaml_at(list, l);
        if (cgm_yaml_get_kind(number) != CGM_YAML_SCALAR || !cgm_number_parse(cgm_yaml_text(number), &p[l]))
            return cgm_yaml_fail(number, "table: expected a number from 0 to 1");
    }
    return at(list, cgm_scm_cpt_set(m, row, p));
}

static cgm_status read_level(const cgm_yaml *row, const cgm_variable *parent, double *out)
{
    const cgm_yaml *level = cgm_yaml_get(row, parent->name);
    if (!level) return cgm_yaml_fail(row, "table: a row that does not say the level of '%s'", parent->name);
    if (cgm_yaml_get_kind(level) != CGM_YAML_SCALAR)
        return cgm_yaml_fail(level, "table: %s: expected one level", parent->name);
    cgm_status status = cgm_variable_parse(parent, cgm_yaml_text(level), out);
    if (status == CGM_OK) status = cgm_scm_check_value(parent, *out);
    return status == CGM_OK ? CGM_OK : at(level, cgm_fail_context(status, "%s", parent->name));
}

static cgm_status check_keys(const scm_cpt *m, const cgm_yaml *row)
{
    const char *words[CGM_MAX_PARENTS + 1];
    size_t n = 0;
    for (; n < m->parents.n_parents; n++) words[n] = m->parents.parents[n]->name;
    words[n++] = probabilities;
    for (size_t i = 0; i < cgm_yaml_count(row); i++) {
        const char *key = cgm_yaml_key(row, i);
        size_t k = 0;
        while (k < n && strcmp(words[k], key) != 0) k++;
        if (k < n) continue;
        const char *near = cgm_nearest_word(key, n, words);
        return cgm_yaml_fail(cgm_yaml_at(row, i), "table: there is no parent '%s'%s%s%s", key,
                             near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    return CGM_OK;
}

/* from: where each row was read, [rows]; NULL where it was not yet. */
static cgm_status read_row(scm_cpt *m, const cgm_yaml *row, const cgm_yaml **from)
{
    double level[CGM_MAX_PARENTS];
    char name[256];
    if (cgm_yaml_get_kind(row) != CGM_YAML_MAP)
        return cgm_yaml_fail(row, "table: expected rows such as {%s: 0, p: [...]}", m->parents.parents[0]->name);
    CGM_TRY(check_keys(m, row));
    for (size_t k = 0; k < m->parents.n_parents; k++) CGM_TRY(read_level(row, m->parents.parents[k], &level[k]));
    size_t r = cgm_scm_cpt_row(m, level);
    if (from[r])
        return cgm_yaml_fail(row, "table: a second row for %s; the first is at %s",
                             cgm_scm_cpt_name(m, r, sizeof name, name), cgm_yaml_where(from[r]));
    from[r] = row;
    const cgm_yaml *p = cgm_yaml_get(row, probabilities);
    if (!p) return cgm_yaml_fail(row, "table: a row without p, the list of its probabilities");
    return read_probabilities(m, p, r);
}

cgm_status cgm_scm_cpt_read(scm_cpt *m, const cgm_yaml *table)
{
    char name[256];
    if (m->parents.n_parents == 0) return read_probabilities(m, table, 0);
    for (size_t k = 0; k < m->parents.n_parents; k++)
        if (strcmp(m->parents.parents[k]->name, probabilities) == 0)
            return cgm_yaml_fail(table, "table: a parent is called '%s', which is the list of probabilities",
                                 probabilities);
    if (cgm_yaml_get_kind(table) != CGM_YAML_LIST)
        return cgm_yaml_fail(table, "table: expected a list of rows such as {%s: 0, p: [...]}",
                             m->parents.parents[0]->name);
    const cgm_yaml **from = cgm_arena_array(&m->arena, m->rows, sizeof *from);
    if (!from) return CGM_E_MEMORY;
    for (size_t i = 0; i < cgm_yaml_count(table); i++) CGM_TRY(read_row(m, cgm_yaml_at(table, i), from));
    for (size_t r = 0; r < m->rows; r++)
        if (!from[r])
            return cgm_yaml_fail(table, "table: no row for %s: %zu rows are there, expected %zu",
                                 cgm_scm_cpt_name(m, r, sizeof name, name), cgm_yaml_count(table), m->rows);
    return CGM_OK;
}
