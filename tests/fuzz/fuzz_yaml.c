/* Configs: the tree, its text, which read again is the same tree, overrides, and the sections that need no data. */
#include <math.h>

#include "config/config.h"
#include "data/dataset.h"
#include "dip/options.h"
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

/* A problem of so few pixels, of the options of a restoration. */
static void read_restoration(const cgm_config *config)
{
    enum { SIDE = 12, N = SIDE * SIDE };
    static const dip_operator_class *const operators[] = {&cgm_dip_operator_identity,   &cgm_dip_operator_mask,
                                                          &cgm_dip_operator_downsample, &cgm_dip_operator_blur,
                                                          &cgm_dip_operator_radon,      &cgm_dip_operator_fourier};
    dip_options o;
    double mask[N], x[N];
    cgm_arena arena = {0};
    dip_problem p;
    cgm_rng rng = cgm_rng_create(1);
    if (!fuzz_ok(cgm_dip_options_read(config, &o))) return;
    (void)fuzz_ok(cgm_dip_network_check(&o.fit.network, SIDE, SIDE));
    o.op.channels = 1, o.op.height = o.op.width = SIDE, o.op.mask = mask;
    for (int i = 0; i < N; i++) mask[i] = i % 2, x[i] = i % 7 / 7.;
    bool is_small = o.task != DIP_CT || o.op.views * (o.op.detectors + 1) < 1 << 16;
    if (is_small && fuzz_ok(cgm_dip_problem_create(operators[o.task], &o.op, &arena, &p))) {
        FUZZ_CHECK(cgm_dip_problem_simulate(&p, x, .1, &rng, 1) == CGM_OK);
        for (int64_t i = 0; i < cgm_shape_size(p.op.map.range); i++) FUZZ_CHECK(isfinite(p.y[i]));
        cgm_dip_problem_clear(&p);
    }
    cgm_arena_clear(&arena);
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
    read_restoration(config);
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
