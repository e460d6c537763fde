/* Configs: the tree, its text, which read again is the same tree, overrides, and the sections that need no data. */
#include "config/config.h"
#include "data/dataset.h"
#include "scm/graphs/dag.h"
#include "scm/scm.h"
#include "tests/fuzz/fuzz.h"

static void compare(const cgm_yaml *a, const cgm_yaml *b)
{
    FUZZ_CHECK(cgm_yaml_get_kind(a) == cgm_yaml_get_kind(b) && cgm_yaml_count(a) == cgm_yaml_count(b));
    if (cgm_yaml_get_kind(a) == CGM_YAML_SCALAR) FUZZ_CHECK(strcmp(cgm_yaml_text(a), cgm_yaml_text(b)) == 0);
    for (size_t i = 0; i < cgm_yaml_count(a); i++) {
        if (cgm_yaml_get_kind(a) == CGM_YAML_MAP) FUZZ_CHECK(strcmp(cgm_yaml_key(a, i), cgm_yaml_key(b, i)) == 0);
        compare(cgm_yaml_at(a, i), cgm_yaml_at(b, i));
    }
}

/* What a run file stores is this text. */
static void write_and_read(cgm_config *config)
{
    const char *text = NULL;
    cgm_config *again = NULL;
    if (!fuzz_ok(cgm_config_text(config, &text))) return;
    FUZZ_CHECK(cgm_config_parse(text, "again.yaml", &again) == CGM_OK);
    compare(cgm_config_root(config), cgm_config_root(again));
    cgm_config_destroy(again);
}

static void read_sections(const cgm_config *config)
{
    const cgm_yaml *root = cgm_config_root(config);
    cgm_data_opts opts;
    cgm_dag *dag = NULL;
    cgm_scm *scm = NULL;
    (void)fuzz_ok(cgm_data_opts_read(cgm_yaml_get(root, "data"), &opts));
    if (fuzz_ok(cgm_dag_from_config(root, &dag))) cgm_dag_destroy(dag);
    if (fuzz_ok(cgm_scm_from_known(config, &scm))) cgm_scm_destroy(scm);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cgm_config *config = NULL;
    char *text = fuzz_text(data, size);
    /* The first line after a "#!" is an override. */
    char *set = strncmp(text, "#!", 2) == 0 ? text + 2 : NULL;
    if (set) set = strndup(set, strcspn(set, "\n"));
    if (fuzz_ok(cgm_config_parse(text, "fuzz.yaml", &config))) {
        if (set) (void)fuzz_ok(cgm_config_set(config, set));
        write_and_read(config);
        read_sections(config);
        cgm_config_destroy(config);
    }
    free(set);
    free(text);
    return 0;
}
