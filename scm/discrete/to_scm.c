/* A discrete network as a structural causal model of tables. */
#include "scm/discrete/convert.h"
#include "scm/mechanisms/cpt.h"
#include "scm/object.h"

static cgm_status add_variable(const cgm_network *network, size_t v, cgm_scm *scm)
{
    const size_t *parents;
    const char *const *levels, *names[CGM_MAX_PARENTS];
    size_t n_levels = cgm_network_levels(network, v, &levels), n = cgm_network_parents(network, v, &parents);
    cgm_variable x = {.name = cgm_network_name(network, v),
                      .type = n_levels == 2 ? CGM_BINARY : CGM_CATEGORICAL,
                      .levels = (int)n_levels,
                      .level_names = levels};
    if (n > CGM_MAX_PARENTS)
        return CGM_FAIL(CGM_E_UNSUPPORTED, "%s: %zu parents: a model's variable has at most %d", x.name, n,
                        CGM_MAX_PARENTS);
    for (size_t k = 0; k < n; k++) names[k] = cgm_network_name(network, parents[k]);
    return cgm_scm_add(scm, &x, n, names, &cgm_mechanism_cpt, NULL, NULL);
}

static cgm_status fill_table(const cgm_network *network, size_t v, scm_cpt *m)
{
    const size_t *parents;
    const char *const *unused;
    size_t n = cgm_network_parents(network, v, &parents), at[CGM_MAX_PARENTS];
    for (size_t r = 0; r < m->rows; r++) {
        size_t rest = r;
        for (size_t k = n; k-- > 0;) {
            size_t levels = cgm_network_levels(network, parents[k], &unused);
            at[k] = rest % levels;
            rest /= levels;
        }
        CGM_TRY(cgm_scm_cpt_set(m, r, cgm_network_row(network, v, at)));
    }
    m->given = true;
    return CGM_OK;
}

static cgm_status fill(const cgm_network *network, cgm_scm *scm)
{
    for (size_t v = 0; v < cgm_network_count(network); v++) CGM_TRY(add_variable(network, v, scm));
    CGM_TRY(cgm_scm_finish(scm));
    for (size_t v = 0; v < scm->n; v++) {
        int at = cgm_network_find(network, scm->variable[v].variable.name);
        CGM_TRY(fill_table(network, (size_t)at, (scm_cpt *)scm->variable[v].mechanism));
    }
    return CGM_OK;
}

cgm_status cgm_scm_from_network(const cgm_network *network, cgm_scm **out)
{
    cgm_scm *scm = NULL;
    CGM_TRY(cgm_scm_create(&scm));
    cgm_status status = fill(network, scm);
    if (status == CGM_OK)
        *out = scm;
    else
        cgm_scm_destroy(scm);
    return status;
}
