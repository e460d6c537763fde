/* Mechanisms by themselves: made from options, on plain columns. */
#ifndef CGM_TESTS_MECHANISM_TOYS_H
#define CGM_TESTS_MECHANISM_TOYS_H

#include "scm/mechanism_table.h"
#include "tests/harness.h"

static inline cgm_values column(size_t n, const double *data)
{
    return (cgm_values){.n = n, .width = 1, .data = (double *)data};
}

static inline cgm_status make(const char *kind, const cgm_variable *x, size_t n_parents,
                              const cgm_variable *const *parents, const char *options, cgm_mechanism **out)
{
    cgm_config *config = NULL;
    REQUIRE_OK(cgm_config_parse(options, "test", &config));
    cgm_mechanism_spec spec = {
        .variable = x, .n_parents = n_parents, .parents = parents, .options = cgm_config_root(config)};
    cgm_status status = cgm_mechanism_find(kind)->create(&spec, out);
    cgm_config_destroy(config);
    return status;
}

/* Of any mechanism's struct. */
static inline void destroy(void *mechanism)
{
    ((cgm_mechanism *)mechanism)->methods->destroy(mechanism);
}

#endif
