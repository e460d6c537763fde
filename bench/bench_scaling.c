/* How time and memory grow: of a counterfactual query with the number of images, of a training step with the batch, for
 * the conditional VAE and for the reference network of the hierarchical one. Each point is a process of its own, whose
 * peak memory is measured. Prints a JSON line a point and one a fitted line, and draws bench-scaling.png. */
#include "bench/bench.h"
#include "bench/plot.h"

#include <sys/wait.h>
#include <unistd.h>

#include "scm/answers/query.h"
#include "scm/mechanism_table.h"

enum { POINTS = 4, MODELS = 2, PANELS = 4 };

typedef struct subject {
    const char *kind;
    size_t images[POINTS], batch[POINTS];
} subject;

/* Images are more than a batch of the query, below which its memory grows with them. */
static const subject subjects[MODELS] = {{"cvae", {2048, 4096, 6144, 8192}, {32, 64, 128, 256}},
                                         {"hvae", {64, 128, 192, 256}, {8, 16, 32, 64}}};

typedef struct point {
    double seconds, peak_mb;
} point;

static void must(cgm_status status)
{
    if (status == CGM_OK) return;
    fprintf(stderr, "bench_scaling: %s\n", cgm_error_message());
    exit(1);
}

/* ---- What is measured, in a child ---- */

typedef struct task {
    const char *kind, *directory;
    size_t n;
    int threads;
} task;

static const char *file_of(const task *t, const char *name)
{
    static char path[2][256];
    static int turn;
    turn = !turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s", t->directory, name);
    return path[turn];
}

/* A model that has seen eight images once, and n to ask about. */
static double train_a_little(const task *t)
{
    char text[1024];
    cgm_config *config;
    cgm_run *run;
    snprintf(text, sizeof text,
             "data: {make: strokes, n: %zu, seed: 1, test: %zu, pad: 2}\n"
             "graph:\n"
             "  digit: {type: categorical, levels: 10}\n"
             "  thickness: {type: continuous, range: [0.5, 8]}\n"
             "  intensity: {type: continuous, range: [64, 255], parents: [thickness]}\n"
             "  image: {type: image, parents: [digit, thickness, intensity], mechanism: %s}\n"
             "train: {epochs: 1, batch: 8}\n",
             t->n + 8, t->n, t->kind);
    must(cgm_config_parse(text, "bench_scaling", &config));
    must(cgm_run_create(config, &(cgm_run_opts){.threads = t->threads}, &run));
    must(cgm_run_train(run, file_of(t, "run.h5")));
    cgm_run_destroy(run);
    cgm_config_destroy(config);
    return 0;
}

static double ask(const task *t)
{
    static const char *const text = "thickness=3";
    cgm_run *run;
    cgm_query query;
    cgm_answer *answer;
    cgm_query_init(&query, CGM_COUNTERFACTUAL);
    query.n_dos = 1;
    query.dos = &(cgm_do){1, &text};
    query.n = t->n;
    query.truth = false;
    query.out = file_of(t, "answer.h5");
    must(cgm_run_open(file_of(t, "run.h5"), &(cgm_run_opts){.threads = t->threads}, &run));
    must(cgm_run_load_data(run));
    double begin = bench_seconds();
    must(cgm_run_answer(run, &query, &answer));
    double seconds = bench_seconds() - begin;
    cgm_answer_destroy(answer);
    cgm_run_destroy(run);
    return seconds;
}

typedef struct job {
    cgm_mechanism *m;
    cgm_fit fit;
    cgm_fit_report report;
} job;

static void step(void *context)
{
    job *j = context;
    must(j->m->methods->fit_step(j->m, &j->fit, &j->report));
}

static double train_steps(const task *t)
{
    static const char *const names[] = {"digit", "thickness", "intensity"};
    cgm_data_opts source = {.make = "strokes", .n = 1024, .seed = 1, .pad = 2};
    cgm_train_opts train = {.epochs = 1000,
                            .batch = (int64_t)t->n,
                            .accumulate = 1,
                            .rate = 1e-4,
                            .warmup = 100,
                            .clip = 200,
                            .max_skips = 100,
                            .weight_decay = 0.01,
                            .ema = 0.999,
                            .beta = 1};
    cgm_dataset *data;
    const cgm_variable *parents[3];
    must(cgm_dataset_open(&source, t->threads, NULL, &data));
    for (int i = 0; i < 3; i++) parents[i] = cgm_dataset_find(data, names[i]);
    job j = {.fit = {.data = data, .train = &train, .rng = cgm_rng_create(1), .threads = t->threads}};
    cgm_mechanism_spec spec = {.variable = cgm_dataset_find(data, "image"), .n_parents = 3, .parents = parents};
    must(cgm_mechanism_find(t->kind)->create(&spec, &j.m));
    must(j.m->methods->fit_begin(j.m, &j.fit, &j.report));
    bench_time time = bench_measure(step, &j, 2);
    j.m->methods->fit_end(j.m);
    j.m->methods->destroy(j.m);
    cgm_dataset_destroy(data);
    return time.median / 1e3;
}

/* Seconds that the child gives, and the most memory that it had. The parent starts no thread, so that it may fork. */
static point in_child(double (*run)(const task *), const task *t)
{
    int ends[2], status = 1;
    struct rusage usage;
    point p = {0};
    fflush(stdout);
    pid_t child = pipe(ends) == 0 ? fork() : -1;
    if (child == 0) {
        double seconds = run(t);
        _exit(write(ends[1], &seconds, sizeof seconds) == sizeof seconds ? 0 : 1);
    }
    bool ok = child > 0 && close(ends[1]) == 0 && read(ends[0], &p.seconds, sizeof p.seconds) == sizeof p.seconds;
    ok = child > 0 && wait4(child, &status, 0, &usage) == child && ok && status == 0;
    if (!ok) {
        fprintf(stderr, "bench_scaling: a %s of %zu failed\n", t->kind, t->n);
        exit(1);
    }
    close(ends[0]);
    p.peak_mb = (double)usage.ru_maxrss / 1024;
    return p;
}

/* ---- Lines of JSON and of the plot ---- */

static void print_point(const task *t, const char *what, point p)
{
    printf("{\"bench\": \"scaling\", \"case\": \"%s %s\", \"threads\": %d, \"batch\": %zu", t->kind, what, t->threads,
           t->n);
    bench_number("ms_per_step_median", 1e3 * p.seconds);
    bench_number("images_per_s", (double)t->n / p.seconds);
    bench_number("peak_rss_mb", p.peak_mb);
    bench_end();
}

static void print_line(const task *t, const char *what, const bench_panel *panel)
{
    printf("{\"bench\": \"scaling\", \"case\": \"%s %s, line\", \"threads\": %d, \"batch\": 0", t->kind, what,
           t->threads);
    bench_number("at_zero", panel->line.at_zero);
    bench_number("per_image", panel->line.slope);
    bench_number("r_squared", panel->line.fit);
    bench_end();
}

static void end_panel(bench_panel *panel, const task *t, const char *what)
{
    panel->n = POINTS;
    panel->line = bench_fit_line(POINTS, panel->x, panel->y);
    print_line(t, what, panel);
}

/* Two panels, of time and of memory, of images or of batches. */
static void measure(const subject *s, bool training, task t, bench_panel panel[2])
{
    const char *what = training ? "training step" : "counterfactual";
    for (int k = 0; k < POINTS; k++) {
        t.kind = s->kind;
        t.n = training ? s->batch[k] : s->images[k];
        if (!training) (void)in_child(train_a_little, &t);
        point p = in_child(training ? train_steps : ask, &t);
        print_point(&t, what, p);
        panel[0].x[k] = panel[1].x[k] = (double)t.n;
        panel[0].y[k] = training ? 1e3 * p.seconds : p.seconds;
        panel[1].y[k] = p.peak_mb;
    }
    end_panel(&panel[0], &t, training ? "training step, ms" : "counterfactual, s");
    end_panel(&panel[1], &t, training ? "training step, MB" : "counterfactual, MB");
}

static void clear(const task *t)
{
    (void)unlink(file_of(t, "run.h5"));
    (void)unlink(file_of(t, "answer.h5"));
    (void)rmdir(t->directory);
}

int main(int argc, char **argv)
{
    char directory[] = "/tmp/bench-scaling-XXXXXX", title[128];
    task t = {.directory = directory, .threads = bench_threads(argc, argv)};
    static const char *const titles[MODELS][PANELS] = {
        {"cvae: counterfactual", "cvae: counterfactual", "cvae: training step", "cvae: training step"},
        {"hvae: counterfactual", "hvae: counterfactual", "hvae: training step", "hvae: training step"}};
    static const char *const up[PANELS] = {"s", "MB", "ms", "MB"};
    bench_panel panel[MODELS * PANELS];
    if (!mkdtemp(directory)) {
        fprintf(stderr, "bench_scaling: cannot make %s\n", directory);
        return 1;
    }
    for (int m = 0; m < MODELS; m++) {
        for (int k = 0; k < PANELS; k++)
            panel[m * PANELS + k] =
                (bench_panel){.title = titles[m][k], .across = k < 2 ? "n images" : "batch of n images", .up = up[k]};
        measure(&subjects[m], false, t, panel + m * PANELS);
        measure(&subjects[m], true, t, panel + m * PANELS + 2);
    }
    clear(&t);
    snprintf(title, sizeof title, "Time and peak memory, %d thread%s", t.threads, t.threads > 1 ? "s" : "");
    must(bench_plot_write("bench-scaling.png", title, MODELS, PANELS, panel));
    fprintf(stderr, "wrote bench-scaling.png\n");
    return 0;
}
