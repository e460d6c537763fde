/* What tests of training share: what a fit reports, the options that a config leaves to the mechanism, states in files.
 */
#ifndef CGM_TESTS_FIT_TOYS_H
#define CGM_TESTS_FIT_TOYS_H

#include <math.h>
#include <string.h>

#include "scm/mechanism.h"
#include "tests/harness.h"

/* NaN where there is no such metric. */
static inline double metric(const cgm_fit_report *report, const char *name)
{
    for (size_t i = 0; i < report->n_metrics; i++)
        if (strcmp(report->metrics[i].name, name) == 0) return report->metrics[i].value;
    return NAN;
}

/* Of cgm_train_opts. */
#define USUAL_TRAINING                                                                                                 \
    .rate = CGM_TRAIN_DEFAULT, .clip = CGM_TRAIN_DEFAULT, .skip_norm = CGM_TRAIN_DEFAULT,                              \
    .weight_decay = CGM_TRAIN_DEFAULT

/* What a mechanism needs to go on, at /state of a file of its own. */
static inline void store_state(cgm_mechanism *m, const char *path)
{
    cgm_file *file = NULL;
    cgm_state state = {0};
    REQUIRE_OK(cgm_file_create(path, &file));
    REQUIRE_OK(m->methods->state(m, &state));
    REQUIRE_OK(cgm_state_save(&state, file, "/state"));
    cgm_state_clear(&state);
    REQUIRE_OK(cgm_file_commit(file));
}
static inline void load_state(cgm_mechanism *m, const char *path)
{
    cgm_file *file = NULL;
    cgm_state state = {0};
    REQUIRE_OK(cgm_file_open(path, &file));
    REQUIRE_OK(m->methods->state(m, &state));
    REQUIRE_OK(cgm_state_load(&state, file, "/state"));
    cgm_state_clear(&state);
    cgm_file_close(file);
}

#endif
