/* A model trained on a table, for what is asked of runs. */
#ifndef CGM_TESTS_RUN_TOYS_H
#define CGM_TESTS_RUN_TOYS_H

#include "scm/runs/run.h"
#include "tests/harness.h"

/* A trained run of the graph on the table. */
typedef struct model {
    cgm_config *config;
    cgm_run *run;
} model;

static inline model train_on(const char *graph, const char *table, int threads)
{
    model m = {0};
    char text[4096];
    snprintf(text, sizeof text, "data: {path: '%s'}\n%s", table, graph);
    REQUIRE_OK(cgm_config_parse(text, "m.yaml", &m.config));
    REQUIRE_OK(cgm_run_create(m.config, &(cgm_run_opts){.threads = threads}, &m.run));
    REQUIRE_OK(cgm_run_train(m.run, test_path("m.h5")));
    return m;
}

static inline void destroy(model *m)
{
    cgm_run_destroy(m->run);
    cgm_config_destroy(m->config);
}

/* A new table with its line of names. */
static inline FILE *new_table(const char *path, const char *names)
{
    FILE *f = fopen(path, "w");
    CU_ASSERT_FATAL(f != NULL);
    fprintf(f, "%s\n", names);
    return f;
}

#endif
