/* What the subcommands share: a subcommand is a row of data, a function, and the list of options that it takes. */
#ifndef CGM_TOOLS_TOOL_H
#define CGM_TOOLS_TOOL_H

#include "cgm.h"

/* Every option of the command; option.c says what each is called and how its value is read. */
typedef enum tool_key {
    OPT_NONE,
    OPT_OUT = 'o',
    OPT_N = 'n',
    OPT_QUIET = 'q',
    OPT_HELP = '?',
    OPT_VERSION = 'V',
    OPT_ALONG = 256,
    OPT_ALPHA,
    OPT_AUGMENT,
    OPT_BASELINE,
    OPT_BCA,
    OPT_BINS,
    OPT_BOOTSTRAP,
    OPT_BY,
    OPT_CLASS,
    OPT_COLOUR,
    OPT_CONFIG,
    OPT_CYCLES,
    OPT_DENOISE,
    OPT_DENOISER,
    OPT_DO,
    OPT_DOT,
    OPT_DRAWS,
    OPT_EMBEDDING,
    OPT_EMBED_METHOD,
    OPT_EPSILON,
    OPT_EVIDENCE,
    OPT_EXPECT,
    OPT_FACTOR,
    OPT_FAMILY,
    OPT_FIX,
    OPT_FORCE,
    OPT_FROM,
    OPT_GENERATOR,
    OPT_GIVEN,
    OPT_HISTORY,
    OPT_IMAGES,
    OPT_INDEX,
    OPT_ITERATIONS,
    OPT_JSON,
    OPT_JUDGE,
    OPT_MODES,
    OPT_LATENTS,
    OPT_LATEX,
    OPT_LAYER,
    OPT_LEVEL,
    OPT_MASK,
    OPT_MAX,
    OPT_MEAN_PNG,
    OPT_MEASURE,
    OPT_MEDIATOR,
    OPT_METHOD,
    OPT_METHOD_NAME,
    OPT_NOISE,
    OPT_OF,
    OPT_ONCE,
    OPT_OUTCOME,
    OPT_PARENTS,
    OPT_PARTICLES,
    OPT_PARTS,
    OPT_PATCH,
    OPT_PATH,
    OPT_PERPLEXITY,
    OPT_PIXEL_TEMPERATURE,
    OPT_PNG,
    OPT_PREDICTOR,
    OPT_PROTOCOL,
    OPT_QUASI_BAYESIAN,
    OPT_RANDOMISE,
    OPT_RESUME,
    OPT_RHO,
    OPT_ROUNDS,
    OPT_SAMPLES,
    OPT_SEED,
    OPT_SEEDS,
    OPT_SET,
    OPT_SIGMA,
    OPT_SIMULATE,
    OPT_SMOOTHNESS,
    OPT_SPLIT,
    OPT_SURROGATE,
    OPT_STEPS,
    OPT_TARGET,
    OPT_TASK,
    OPT_TEMPERATURE,
    OPT_TEST,
    OPT_THAN,
    OPT_THREADS,
    OPT_TO,
    OPT_TREATMENT,
    OPT_TRUTH,
    OPT_TRUTH_PNG,
    OPT_UNROLLED,
    OPT_VARIABLE,
    OPT_WITH
} tool_key;

/* Texts that an option collects when it is given several times. */
typedef struct tool_texts {
    size_t n;
    const char **text;
} tool_texts;

/* The options as given. */
typedef struct tool_options {
    cgm_arena arena;
    cgm_status status; /* of reading them */
    size_t n_arguments;
    const char *argument[2];
    const char *out, *png, *mean_png, *dot, *path, *truth, *from, *to, *evidence, *by, *modes, *predictor, *variable,
        *config, *history, *task, *sigma, *mask, *factor, *iterations, *embedding, *method_name, *class_name, *layer,
        *surrogate, *of, *colour, *generator, *denoiser, *unrolled;
    tool_texts rest; /* arguments behind those, of a tool that takes many */
    tool_texts sets, withs, dos, thans, judges, measures, givens, targets, expectations, treatments, outcomes,
        mediators, fixed, paths;
    int64_t n, max, seed, test, threads, bootstrap, quasi_bayesian, draws, cycles, particles, bins, seeds, patch,
        samples, rounds, images, steps; /* -1 when not given; threads, patch, samples, rounds: 0 */
    size_t n_rows;
    size_t *rows;
    int split;          /* a cgm_split */
    int method, family; /* a cgm_correction and a cgm_check_family */
    int parents;        /* a cgm_realism_parents */
    int parts;          /* a cgm_explain_parts */
    int protocol;       /* a cgm_evaluation_protocol */
    int embed_method;   /* a cgm_embed_method */
    size_t n_noises;
    const double *noises;
    double temperature, pixel_temperature, denoise, level; /* level: 0 when not given */
    double alpha, baseline, smoothness;                    /* -1 when not given */
    double epsilon, perplexity;                            /* 0 when not given */
    bool quiet, resume, force, json, latents, latex, bca, rho, augment, simulate, randomise, once, help, version;
} tool_options;

/* An option that a subcommand takes, and what it means there (NULL: as everywhere). */
typedef struct tool_option {
    tool_key key;
    const char *doc;
} tool_option;

typedef struct tool {
    const char *name;      /* "train", "data make" */
    const char *arguments; /* "CONFIG" */
    size_t n_arguments;
    bool many;                  /* more arguments may follow */
    const char *brief;          /* one line */
    const char *doc;            /* the rest of --help, or NULL */
    const tool_option *options; /* ends with OPT_NONE */
    cgm_status (*run)(const tool_options *options);
    /* Of an item of a config's queries, before the training: that it can be answered; or NULL. */
    cgm_status (*check)(cgm_run *run, const tool_options *options);
    void (*print_more)(void); /* the end of --help, or NULL */
} tool;

/* The subcommands, one file each, which defines tool_NAME_row. */
#define TOOL_TABLE(ROW)                                                                                                \
    ROW(run)                                                                                                           \
    ROW(train)                                                                                                         \
    ROW(counterfactual)                                                                                                \
    ROW(translate)                                                                                                     \
    ROW(predictors)                                                                                                    \
    ROW(explain)                                                                                                       \
    ROW(sample)                                                                                                        \
    ROW(restore)                                                                                                       \
    ROW(denoiser)                                                                                                      \
    ROW(realism)                                                                                                       \
    ROW(evaluate)                                                                                                      \
    ROW(attack)                                                                                                        \
    ROW(embed)                                                                                                         \
    ROW(effect)                                                                                                        \
    ROW(logprob)                                                                                                       \
    ROW(mediate)                                                                                                       \
    ROW(query)                                                                                                         \
    ROW(identify)                                                                                                      \
    ROW(graph)                                                                                                         \
    ROW(check)                                                                                                         \
    ROW(info)                                                                                                          \
    ROW(report)                                                                                                        \
    ROW(watch)                                                                                                         \
    ROW(rerun)                                                                                                         \
    ROW(data_make)                                                                                                     \
    ROW(data_info)                                                                                                     \
    ROW(data_export)
#define TOOL_DECLARE(name) extern const tool tool_##name##_row;
TOOL_TABLE(TOOL_DECLARE)
#undef TOOL_DECLARE

/* Reads argv[1..argc) into the options; the status is options->status, and the message is set. */
void tool_options_read(const tool *t, int argc, char **argv, tool_options *options);
void tool_options_clear(tool_options *options);
void tool_print_help(const tool *t);
/* The keys that a config may hold, from the tables that read it. */
void tool_print_config_keys(void);
/* Keys under a title, each with what it means. */
void tool_print_keys(const char *title, size_t n, const cgm_key *keys);
/* The same of any table's rows. */
void tool_print_rows(const char *title, bool (*at)(size_t i, const char **name, const char **doc));
/* Long names ("--set") of the options that a tool takes, one a line, for completion. */
void tool_print_words(const tool *t);

/* Progress and log lines on stderr: on a terminal one line that is rewritten, else a line every ten seconds. */
cgm_sink tool_sink(const tool_options *options);
/* Ends a line that is being rewritten. */
void tool_end_line(void);

/* While training: the signal that asked to stop, SIGINT or SIGTERM, or 0; a second one ends the process at once. */
extern volatile int tool_stop;
void tool_catch_signals(void);
/* From now on a signal ends the process again, one that came too late to stop the training included. */
void tool_release_signals(void);

/* A run from a config file with the overrides of --set and --seed. Both are the caller's. */
cgm_status tool_load(const char *config_path, const tool_options *options, cgm_config **config,
                     cgm_run **run) CGM_CHECKED;
/* A key of a config that an option sets, to a text as the user has it where `quoted`, else to what YAML makes of it. */
typedef struct tool_setting {
    const char *key, *text; /* NULL: not given */
    bool quoted;
} tool_setting;
/* The config of --config, or an empty one, with these keys and then those of --set. The caller's. */
cgm_status tool_config(const tool_options *options, size_t n, const tool_setting *settings,
                       cgm_config **out) CGM_CHECKED;
/* --data: where the data are, said from the working directory. */
cgm_status tool_set_data(cgm_config *config, const char *path) CGM_CHECKED;
/* The data set that the first argument names: a file, a directory, or a config. */
cgm_status tool_open_data(const tool_options *options, cgm_dataset **out) CGM_CHECKED;
/* How the config that the first argument names has images augmented in training. */
cgm_status tool_read_augmentation(const tool_options *options, cgm_augmentation *out) CGM_CHECKED;
/* A trained run, for queries. */
cgm_status tool_open(const char *path, const tool_options *options, cgm_run **run) CGM_CHECKED;
/* Opens the run that the first argument names, once --out can be a result, and asks it. */
cgm_status tool_ask(const tool_options *options,
                    cgm_status (*ask)(cgm_run *run, const tool_options *options)) CGM_CHECKED;
/* That a run file can be written at `path`: one that is there may be gone on with (resume) or replaced (--force) only.
 */
cgm_status tool_check_target(const char *path, bool resume, const tool_options *options) CGM_CHECKED;
/* Trains to `path` what is not trained there yet; with --force everything. */
cgm_status tool_train(cgm_run *run, const char *path, const tool_options *options) CGM_CHECKED;
/* Fills a query from the options. */
cgm_status tool_query(const tool_options *options, cgm_query_kind kind, cgm_arena *arena, cgm_query *out) CGM_CHECKED;
/* An item of `queries` that is a subcommand on the run, with its options. */
typedef struct tool_command_query {
    const tool *tool;
    const cgm_yaml *where;
    tool_options options; /* for tool_options_clear */
} tool_command_query;
bool tool_is_command_query(const cgm_yaml *item);
/* That the item is a query of any kind, with the nearest word. */
cgm_status tool_check_query_word(const cgm_yaml *item) CGM_CHECKED;
/* directory: where run.h5 is, or will be, and what the answer writes goes. Errors begin with the item's place. */
cgm_status tool_command_query_read(const cgm_yaml *item, const char *directory, cgm_arena *arena,
                                   tool_command_query *out) CGM_CHECKED;
/* Before the training: that it can be answered of this run, as far as its subcommand can say. */
cgm_status tool_command_query_check(const tool_command_query *query, cgm_run *run) CGM_CHECKED;
/* With the threads of the command that asks. */
cgm_status tool_command_query_run(const tool_command_query *query, const tool_options *options) CGM_CHECKED;
/* Counterfactuals of the one unit that --evidence describes. */
cgm_status tool_answer_evidence(const tool_options *options) CGM_CHECKED;
/* Answers, writes what the query names (relative to `directory` unless NULL), prints the figures, and then the files'
 * names. */
cgm_status tool_answer(cgm_run *run, const cgm_query *query, const char *directory) CGM_CHECKED;

#endif
