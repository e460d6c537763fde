/* Counterfactuals of the reference network of hierarchical VAEs as a query computes them: abduction of z and of the
 * pixels' noise, and prediction under other parents. bench/peers/hvae_cf.py does the same in PyTorch. */
#include "bench/bench.h"

#include "io/state.h"
#include "scm/mechanism_table.h"

#define PIXELS 1024
#define PARENTS 3

static void must(cgm_status status)
{
    if (status == CGM_OK) return;
    fprintf(stderr, "bench_hvae_cf: %s\n", cgm_error_message());
    exit(1);
}

typedef struct job {
    cgm_mechanism *m;
    cgm_values parents[PARENTS], changed[PARENTS], value, z, noise[2], out;
    cgm_rng rng;
    int threads;
} job;

static cgm_values values(size_t n, size_t width)
{
    return (cgm_values){n, width, calloc(n * width, sizeof(double))};
}

static void counterfactual(void *context)
{
    job *j = context;
    cgm_abduct_opts opts = {.temperature = 1, .threads = j->threads};
    must(j->m->methods->abduct(j->m, j->parents, &j->value, &j->rng, &opts, &j->z, j->noise));
    must(j->m->methods->predict(j->m, 1, j->changed, &j->z, &j->noise[1], j->threads, &j->out));
}

static void fill_rows(job *j)
{
    for (size_t i = 0; i < j->value.n; i++) {
        j->parents[0].data[i] = cgm_rng_normal(&j->rng);
        j->parents[1].data[i] = cgm_rng_normal(&j->rng);
        j->parents[2].data[i] = (double)(i % 10);
        j->changed[0].data[i] = -j->parents[0].data[i];
        j->changed[1].data[i] = j->parents[1].data[i];
        j->changed[2].data[i] = (double)((i + 1) % 10);
        for (size_t k = 0; k < PIXELS; k++) j->value.data[i * PIXELS + k] = floor(256 * cgm_rng_uniform(&j->rng));
    }
}

static void measure(cgm_mechanism *m, size_t n, int threads)
{
    const cgm_mechanism_node *node;
    m->methods->nodes(m, &node);
    job j = {.m = m, .rng = cgm_rng_create(3), .threads = threads};
    for (int i = 0; i < PARENTS; i++) j.parents[i] = values(n, 1), j.changed[i] = values(n, 1);
    j.value = values(n, PIXELS);
    j.z = values(n, node[0].width);
    j.noise[0] = values(n, node[0].noise_width);
    j.noise[1] = values(n, PIXELS);
    j.out = values(n, PIXELS);
    fill_rows(&j);
    bench_time time = bench_measure(counterfactual, &j, 4);
    bench_begin("hvae_cf", "cond_prior=0", threads, (int64_t)n, time);
    bench_end();
    cgm_values *all[] = {&j.value, &j.z, &j.noise[0], &j.noise[1], &j.out};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]->data);
    for (int i = 0; i < PARENTS; i++) free(j.parents[i].data), free(j.changed[i].data);
}

/* Draws all weights anew: where the initial ones are 0, much of what is computed would be too. */
static void shake(cgm_mechanism *m)
{
    cgm_state state = {0};
    cgm_rng rng = cgm_rng_create(4);
    must(m->methods->state(m, &state));
    for (size_t i = 0; i < state.n; i++) {
        const cgm_state_entry *e = &state.entry[i];
        cgm_real *weight = e->data;
        if (strncmp(e->name, "parameters/", 11) != 0) continue;
        for (int64_t k = 0; k < cgm_shape_size(e->shape); k++) weight[k] += (cgm_real)(0.01 * cgm_rng_normal(&rng));
    }
    cgm_state_clear(&state);
}

int main(int argc, char **argv)
{
    int threads = bench_threads(argc, argv);
    cgm_variable image = {
        .name = "image", .type = CGM_IMAGE, .low = 0, .high = 255, .channels = 1, .height = 32, .width = 32};
    cgm_variable t = {.name = "thickness", .type = CGM_CONTINUOUS}, i = {.name = "intensity", .type = CGM_CONTINUOUS},
                 digit = {.name = "digit", .type = CGM_CATEGORICAL, .levels = 10};
    const cgm_variable *parents[PARENTS] = {&t, &i, &digit};
    cgm_mechanism_spec spec = {.variable = &image, .n_parents = PARENTS, .parents = parents};
    cgm_mechanism *m;
    must(cgm_mechanism_hvae.create(&spec, &m));
    shake(m);
    measure(m, 32, threads);
    measure(m, 256, threads);
    m->methods->destroy(m);
    return 0;
}
