/* Bayesian networks in BIF, and the exact answer to a query. */
#include <math.h>

#include "scm/discrete/inference.h"
#include "scm/discrete/network.h"
#include "scm/graphs/dag.h"
#include "tests/fuzz/fuzz.h"

/* The distribution of the last variable given the first, if its table is small. */
static void query(const cgm_network *network)
{
    size_t n = cgm_network_count(network), cells = 0, last = n - 1;
    cgm_network_value first = {0};
    cgm_network_query q = {
        .n_evidence = n > 1, .evidence = &first, .n_targets = 1, .targets = &last, .max_bytes = 1 << 20};
    if (n == 0 || !fuzz_ok(cgm_network_answer_cells(network, &q, &cells))) return;
    double *p = malloc(cells * sizeof *p), sum = 0;
    FUZZ_CHECK(p != NULL);
    if (fuzz_ok(cgm_network_posterior(network, &q, cells, p))) {
        for (size_t i = 0; i < cells; i++) sum += p[i];
        FUZZ_CHECK(fabs(sum - 1) < 1e-6);
    }
    free(p);
}

static void ask(const cgm_network *network)
{
    cgm_dag *dag = NULL;
    cgm_network_value value;
    size_t variable;
    for (size_t v = 0; v < cgm_network_count(network); v++) {
        const char *const *levels;
        FUZZ_CHECK(cgm_network_levels(network, v, &levels) > 0 && levels[0][0]);
        FUZZ_CHECK(cgm_network_find(network, cgm_network_name(network, v)) == (int)v);
    }
    (void)fuzz_ok(cgm_network_lookup(network, "x", &variable));
    (void)fuzz_ok(cgm_network_read_value(network, "x=yes", &value));
    if (fuzz_ok(cgm_dag_from_network(network, &dag))) cgm_dag_destroy(dag);
    query(network);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    cgm_network *network = NULL;
    if (fuzz_ok(cgm_network_parse(text, size, "fuzz.bif", &network))) {
        ask(network);
        cgm_network_destroy(network);
    }
    free(text);
    return 0;
}
