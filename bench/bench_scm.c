/* Abduction, action and prediction of a million rows through a model of ten variables, each a spline flow (bound 4, 8
 * bins, 32 hidden units: the defaults), eight of them with one to three parents. Both variables without parents are
 * intervened on, so that all others are computed again: 16 networks and 18 splines a row. A second case samples the
 * model. bench/peers/scm.py does the same with PyTorch; parameters and noise come from the same formulas there, and
 * `check` must agree.
 *
 * The bound, for the threads that are used: the networks' multiply-adds, the tanh of their hidden units and the
 * exponentials of the splines' softmaxes, each at its measured peak rate (bench/peaks.h), one after the other; finding
 * the bin, its rational function and two slopes, some 15 % of the work, are left out. The other bound is memory: 48
 * bytes a value, which is what abduction and prediction read and write of it at the least. */
#include "bench/bench.h"
#include "bench/peaks.h"

#include "cgm.h"

enum { N = 10, ROWS = 1000000, HIDDEN = 32, BINS = 8 };

static const char *const names[N] = {"x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9"};
static const int parents[N][4] = {{-1},       {-1},          {0, -1},    {0, 1, -1},    {2, -1},
                                  {1, 3, -1}, {2, 3, 5, -1}, {4, 6, -1}, {5, 6, 7, -1}, {0, 7, 8, -1}};
static const double done[2] = {1, -.5}; /* do(x0 = 1), do(x1 = -0.5) */

typedef struct job {
    cgm_scm *scm;
    cgm_world *factual, *counterfactual;
    cgm_query_opts opts;
} job;

static void must(cgm_status status)
{
    if (status == CGM_OK) return;
    fprintf(stderr, "bench_scm: %s\n", cgm_error_message());
    exit(1);
}

static size_t count_parents(size_t v)
{
    size_t n = 0;
    while (parents[v][n] >= 0) n++;
    return n;
}

/* splitmix64 (Steele, Lea, Flood 2014), as a uniform number in (0, 1) that depends on i alone. */
static double uniform(uint64_t i)
{
    uint64_t z = (i + 1) * 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return ((double)(z >> 12) + 0.5) * 0x1p-52;
}

/* Parameter j of array k of variable v: uniform, at most 1, of the output layer 0.2; exact in float. */
static void set_parameters(cgm_mechanism *m, size_t v)
{
    cgm_state state = {0};
    must(m->methods->state(m, &state));
    for (size_t e = 0, k = 0; e < state.n; e++) {
        const cgm_state_entry *entry = &state.entry[e];
        if (strncmp(entry->name, "parameters/", 11) != 0) continue;
        bool out = strncmp(entry->name, "parameters/hidden", 17) != 0;
        for (size_t j = 0; j < (size_t)cgm_shape_size(entry->shape); j++) {
            float x = (float)((out ? 0.2 : 1) * (2 * uniform((v * 4 + k) << 20 | j) - 1));
            if (entry->dtype == CGM_F32)
                ((float *)entry->data)[j] = x;
            else
                ((double *)entry->data)[j] = x;
        }
        k++;
    }
    cgm_state_clear(&state);
}

static cgm_scm *make_model(const cgm_mechanism_class *methods)
{
    cgm_scm *scm;
    must(cgm_scm_create(&scm));
    for (size_t v = 0; v < N; v++) {
        const cgm_variable variable = {.name = names[v], .type = CGM_CONTINUOUS};
        const char *of[3];
        size_t n = count_parents(v);
        for (size_t k = 0; k < n; k++) of[k] = names[parents[v][k]];
        must(cgm_scm_add(scm, &variable, n, of, methods, NULL, NULL));
    }
    must(cgm_scm_finish(scm));
    for (size_t v = 0; v < N; v++) set_parameters(cgm_scm_mechanism(scm, v), v);
    return scm;
}

/* The factual world of known noise: standard normals by Box and Muller. */
static void fill_factual(job *j)
{
    for (size_t v = 0; v < N; v++) {
        cgm_mechanism *m = cgm_scm_mechanism(j->scm, v);
        cgm_values of[3];
        const size_t *p;
        size_t n = cgm_scm_parents(j->scm, v, &p);
        for (size_t k = 0; k < n; k++) of[k] = j->factual->value[p[k]];
        for (uint64_t i = 0; i < ROWS; i++) {
            uint64_t at = 2 * (v * ROWS + i) + ((uint64_t)1 << 40);
            j->factual->noise[v].data[i] = sqrt(-2 * log(uniform(at))) * cos(2 * M_PI * uniform(at + 1));
        }
        must(m->methods->predict(m, 0, of, NULL, &j->factual->noise[v], 1, &j->factual->value[v]));
    }
}

static void query(void *context)
{
    job *j = context;
    cgm_rng rng = cgm_rng_create(1);
    const cgm_intervention x[2] = {{.node = 0, .to = -1, .value = done[0]}, {.node = 1, .to = -1, .value = done[1]}};
    must(cgm_scm_abduct(j->scm, &rng, &j->opts, j->factual));
    must(cgm_scm_predict(j->scm, j->factual, 2, x, &j->opts, j->counterfactual));
}

static void sample(void *context)
{
    job *j = context;
    cgm_rng rng = cgm_rng_create(1);
    must(cgm_scm_sample(j->scm, &rng, 0, NULL, &j->opts, j->counterfactual));
}

/* Means of squares of each variable's noise and counterfactual value. */
static void print_check(const job *j)
{
    printf(", \"check\": [");
    for (size_t k = 0; k < 2 * N; k++) {
        const double *x = k < N ? j->factual->noise[k].data : j->counterfactual->value[k - N].data;
        double sum = 0;
        for (size_t i = 0; i < ROWS; i++) sum += x[i] * x[i];
        printf("%s%.17g", k ? ", " : "", sum / ROWS);
    }
    printf("]");
}

/* Seconds that the arithmetic of one query takes at the peak rates; its multiply-adds go to *fma. */
static double arithmetic(const bench_peaks *peaks, size_t outputs, double *fma)
{
    double tanhs = 0, exps = 0;
    *fma = 0;
    for (size_t v = 0; v < N; v++) {
        size_t n = count_parents(v);
        if (n == 0) continue;
        *fma += 2.0 * ROWS * (double)(HIDDEN * n + outputs * HIDDEN); /* abducted, then predicted */
        tanhs += 2.0 * ROWS * HIDDEN;
        exps += 2.0 * ROWS * 2 * BINS;
    }
    return 1e-9 * (*fma / peaks->fma + tanhs / peaks->tanh + exps / peaks->exp);
}

static void run_case(const char *what, const cgm_mechanism_class *methods, size_t outputs, int threads)
{
    job j = {.scm = make_model(methods)};
    double fma;
    cgm_query_defaults(&j.opts);
    j.opts.threads = threads;
    must(cgm_world_create(j.scm, ROWS, &j.factual));
    must(cgm_world_create(j.scm, ROWS, &j.counterfactual));
    fill_factual(&j);
    bench_time time = bench_measure(query, &j, 2);
    bench_begin("scm", what, threads, ROWS, time);
    print_check(&j);
    bench_time sampling = bench_measure(sample, &j, 1);
    cgm_world_destroy(j.counterfactual);
    cgm_world_destroy(j.factual);
    cgm_scm_destroy(j.scm);
    /* Now that the worlds are gone, so that the arrays here do not add to the process's peak. */
    bench_peaks peaks = bench_measure_peaks(threads);
    double bound = arithmetic(&peaks, outputs, &fma), memory = 1e-9 * 48.0 * N * ROWS / peaks.bytes;
    bench_number("gflops", 2e-6 * fma / time.median);
    bench_number("peak_gflops", 2 * peaks.fma);
    bench_number("arithmetic_bound_ms", bound * 1e3);
    bench_number("memory_bound_ms", memory * 1e3);
    bench_number("of_bound", fmax(bound, memory) * 1e3 / time.median);
    bench_end();
    char name[40];
    snprintf(name, sizeof name, "%s sample", what);
    bench_begin("scm", name, threads, ROWS, sampling);
    bench_end();
}

int main(int argc, char **argv)
{
    int threads = bench_threads(argc, argv);
    run_case("rq_spline", &cgm_mechanism_rq_spline, 2 + 3 * BINS - 1, threads);
    run_case("lr_spline", &cgm_mechanism_lr_spline, 2 + 4 * BINS - 1, threads);
    return 0;
}
