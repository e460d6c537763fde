/* A model whose config gives every mechanism. */
#ifndef CGM_TESTS_KNOWN_H
#define CGM_TESTS_KNOWN_H

#include "scm/scm.h"
#include "tests/harness.h"

static inline cgm_scm *known(const char *text)
{
    cgm_config *config = NULL;
    cgm_scm *scm = NULL;
    REQUIRE_OK(cgm_config_parse(text, "m.yaml", &config));
    REQUIRE_OK(cgm_scm_from_known(config, &scm));
    cgm_config_destroy(config);
    return scm;
}

#endif
