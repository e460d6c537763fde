/* cgm evaluate: whether a model's counterfactual images are sound. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tools/result.h"

static const tool_column columns[] = {{"metric", "", NULL, false},
                                      {"do", "do", NULL, true},
                                      {"attribute", "of", NULL, true},
                                      {"by", "by", NULL, true},
                                      {"noise", "noise", "%.3g", false},
                                      {"after", "after", NULL, true},
                                      {"n", "images", NULL, false},
                                      {"value", "mean", "%.4g", false},
                                      {"deviation", "dev. of seeds", "%.2g", true},
                                      {"error", "std. error", "%.2g", true},
                                      {"low", "low", "%.4g", true},
                                      {"high", "high", "%.4g", true},
                                      {"real", "real", "%.4g", true}};
const tool_columns tool_evaluate_columns = {sizeof columns / sizeof *columns, columns};

static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *row_of(const cgm_evaluation_row *r)
{
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "metric", r->metric, "do",
                     text_or_null(r->treatment), "attribute", text_or_null(r->attribute), "by", text_or_null(r->by),
                     "noise", tool_json_number(r->noise), "after",
                     r->after ? json_integer((json_int_t)r->after) : json_null(), "n", (json_int_t)r->n, "value",
                     tool_json_number(r->value), "deviation", tool_json_number(r->deviation), "error",
                     tool_json_number(r->error), "low", tool_json_number(r->low), "high", tool_json_number(r->high),
                     "real", tool_json_number(r->real));
}

/* The printed table has of the cycles the first and the last. */
static json_t *rows_of(const cgm_evaluation *e, bool all)
{
    json_t *rows = json_array();
    for (size_t k = 0; k < e->n_rows; k++) {
        const cgm_evaluation_row *r = &e->row[k];
        if (all || r->after <= 1 || r->after == e->cycles) json_array_append_new(rows, row_of(r));
    }
    return rows;
}

/* Whether any figure is of that metric. */
static bool has(const cgm_evaluation *e, const char *metric, double noise)
{
    for (size_t k = 0; k < e->n_rows; k++)
        if (strcmp(e->row[k].metric, metric) == 0 && (isnan(noise) || e->row[k].noise == noise)) return true;
    return false;
}

/* Lines of text under way. */
typedef struct lines {
    char text[4096];
    size_t used;
} lines;

static void add_line(lines *l, const char *line)
{
    if (l->used >= sizeof l->text) return;
    l->used += (size_t)snprintf(l->text + l->used, sizeof l->text - l->used, "%s%s", l->used ? "\n" : "", line);
}

static void write_notes(const cgm_evaluation *e, const cgm_evaluation_opts *o, lines *l)
{
    char line[512];
    add_line(l, o->protocol == CGM_PROTOCOL_BINS
                    ? "protocol bins: each attribute is set to a value of these images that lies in another bin"
                    : "protocol permuted: each attribute is set to training values in a random order");
    if (has(e, "composition L1", 1))
        add_line(l,
                 "composition at noise 1 is 0 by construction where abduction is exact: the pixels' noise holds what "
                 "the latent does not");
    if (has(e, "effectiveness error", NAN) || has(e, "effectiveness accuracy", NAN))
        add_line(l,
                 "effectiveness: what is read off the images beside what was predicted of them; real: the same of the "
                 "factual images, the judge's own error");
    else
        add_line(l, "effectiveness: not known, as there is neither a predictor nor a measure of an attribute");
    for (size_t k = 0; k < e->n_judges; k++) {
        const cgm_evaluation_judge *judge = &e->judge[k];
        snprintf(line, sizeof line, "judge %s saw the first %zu training rows, the last %zu of these to stop by",
                 judge->name, judge->fitted + judge->validated, judge->validated);
        add_line(l, line);
    }
    if (e->tuners) {
        snprintf(line, sizeof line, "the model is fine-tuned by %s, fitted to the training rows, too", e->tuners);
        add_line(l, line);
    }
    if (e->predictor) {
        snprintf(line, sizeof line,
                 "FID, KID: in the %zu features of the predictor \"%s\", trained on %zu rows of the data, between "
                 "counterfactual and factual images; real: of as many training images%s",
                 e->features, e->predictor, e->fitted,
                 e->few ? "; FID is of no more images than features, so it is far too large" : "");
        add_line(l, line);
    }
    if (e->embedding) {
        snprintf(line, sizeof line, "CLD: by the %s, lower is better%s", e->embedding,
                 o->embedding ? "; as released: means in place of the logarithms of scales" : "");
        add_line(l, line);
    }
    if (o->resamples > 0) {
        snprintf(line, sizeof line, "low, high: %g %% intervals over images, percentile bootstrap, %zu resamples",
                 100 * o->level, o->resamples);
        add_line(l, line);
    }
}

static json_t *question(const tool_options *options, const cgm_evaluation_opts *o)
{
    json_t *noises = json_array();
    for (size_t k = 0; k < o->n_noises; k++) json_array_append_new(noises, json_real(o->noises[k]));
    return json_pack("{s:s, s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:f, s:I, s:f}", "protocol",
                     o->protocol == CGM_PROTOCOL_BINS ? "bins" : "permuted", "split",
                     o->split == CGM_TRAIN ? "train" : "test", "bins", (json_int_t)o->bins, "treatments",
                     tool_texts_json(o->n_treatments, o->treatments), "judges", tool_texts_json(o->n_judges, o->judges),
                     "measures", tool_texts_json(o->n_measures, o->measures), "predictor", text_or_null(o->predictor),
                     "embedding", text_or_null(options->embedding), "noises", noises, "cycles", (json_int_t)o->cycles,
                     "seeds", (json_int_t)o->seeds, "temperature", o->temperature, "bootstrap",
                     (json_int_t)o->resamples, "level", o->level);
}

static json_t *facts_of(const tool_options *options, const cgm_evaluation *e, const cgm_evaluation_opts *o)
{
    json_t *facts = tool_result_facts("evaluate", question(options, o), o->seed);
    json_t *judges = json_array();
    for (size_t k = 0; k < e->n_judges; k++)
        json_array_append_new(judges, json_pack("{s:s, s:I, s:I}", "name", e->judge[k].name, "fitted",
                                                (json_int_t)e->judge[k].fitted, "validated",
                                                (json_int_t)e->judge[k].validated));
    json_t *more = json_pack("{s:s, s:o, s:o, s:I, s:o, s:I, s:I, s:b, s:o}", "image", e->image, "judged_by", judges,
                             "fine_tuned_by", text_or_null(e->tuners), "images", (json_int_t)e->n, "features_of",
                             text_or_null(e->predictor), "features", (json_int_t)e->features, "fitted_rows",
                             (json_int_t)e->fitted, "fid_of_few", e->few, "cld_by", text_or_null(e->embedding));
    bool failed = !more || (facts && json_object_update(facts, more) != 0);
    json_decref(more);
    if (!failed) return facts;
    json_decref(facts);
    return NULL;
}

static cgm_status give(const tool_options *options, const cgm_evaluation *e, const cgm_evaluation_opts *o)
{
    char title[512];
    lines notes = {.used = 0};
    snprintf(title, sizeof title, "%s: counterfactuals of %zu %s images, %zu seed%s from %llu on, temperature %g",
             e->image, e->n, o->split == CGM_TRAIN ? "training" : "test", e->seeds, e->seeds > 1 ? "s" : "",
             (unsigned long long)o->seed, o->temperature);
    write_notes(e, o, &notes);
    tool_result result = {.what = "evaluation",
                          .facts = facts_of(options, e, o),
                          .rows = rows_of(e, true),
                          .table_rows = rows_of(e, false),
                          .columns = columns,
                          .n_columns = sizeof columns / sizeof *columns,
                          .title = title,
                          .notes = notes.text};
    return tool_result_give(&result, options);
}

static cgm_evaluation_opts opts_of(const tool_options *options)
{
    cgm_evaluation_opts o;
    cgm_evaluation_init(&o);
    if (options->n >= 0) o.n = (size_t)options->n;
    o.split = (cgm_split)options->split;
    o.protocol = (cgm_evaluation_protocol)options->protocol;
    if (options->bins >= 0) o.bins = (size_t)options->bins;
    o.n_treatments = options->treatments.n;
    o.treatments = options->treatments.text;
    o.n_judges = options->judges.n;
    o.judges = options->judges.text;
    o.n_measures = options->measures.n;
    o.measures = options->measures.text;
    o.predictor = options->predictor;
    if (options->n_noises > 0) {
        o.n_noises = options->n_noises;
        o.noises = options->noises;
    }
    if (options->cycles >= 0) o.cycles = (size_t)options->cycles;
    if (options->seeds >= 0) o.seeds = (size_t)options->seeds;
    if (options->seed >= 0) o.seed = (uint64_t)options->seed;
    o.temperature = options->temperature;
    if (options->bootstrap >= 0) o.resamples = (size_t)options->bootstrap;
    if (options->level > 0) o.level = options->level;
    return o;
}

/* The run of --embedding, if there is one: the caller's. */
static cgm_status open_embedding(const tool_options *options, cgm_evaluation_opts *o, cgm_run **out)
{
    tool_options plain = *options;
    plain.path = NULL; /* its data are not read */
    *out = NULL;
    if (!options->embedding) return CGM_OK;
    CGM_TRY(tool_open(options->embedding, &plain, out));
    o->embedding = *out;
    return CGM_OK;
}

static cgm_status answer(cgm_run *run, const tool_options *options)
{
    cgm_evaluation e;
    cgm_run *embedding;
    cgm_evaluation_opts o = opts_of(options);
    CGM_TRY(open_embedding(options, &o, &embedding));
    tool_catch_signals();
    cgm_status status = cgm_run_evaluate(run, &o, &e);
    if (status == CGM_OK) {
        tool_end_line();
        tool_release_signals();
        status = give(options, &e, &o);
        cgm_evaluation_clear(&e);
    }
    cgm_run_destroy(embedding);
    return status;
}

static cgm_status run_evaluate(const tool_options *options)
{
    return tool_ask(options, answer);
}

static cgm_status check_evaluate(cgm_run *run, const tool_options *options)
{
    cgm_run *embedding;
    cgm_evaluation_opts o = opts_of(options);
    CGM_TRY(tool_result_check(options->out));
    CGM_TRY(open_embedding(options, &o, &embedding));
    cgm_status status = cgm_run_check_evaluation(run, &o);
    cgm_run_destroy(embedding);
    return status;
}

static const tool_option takes[] = {
    {OPT_N, "images, the first of the split (all)"},
    {OPT_SPLIT, NULL},
    {OPT_TREATMENT, "attribute that is intervened on, one at a time; may be given again (all that reach the image)"},
    {OPT_PROTOCOL, NULL},
    {OPT_BINS, "of a continuous attribute's range, for --protocol bins and CLD (10)"},
    {OPT_JUDGE, "let the run's predictor NAME read the images; may be given again (all of them)"},
    {OPT_MEASURE, "measure NAME in the images; may be given again (all that the graph has a variable of)"},
    {OPT_PREDICTOR, "whose features FID and KID are of (the first judge, of levels where there is one)"},
    {OPT_EMBEDDING, "a run of an image VAE (cvae) in whose latents CLD is taken (the predictor's features)"},
    {OPT_NOISE, NULL},
    {OPT_CYCLES, "of composition and reversibility (10)"},
    {OPT_SEEDS, NULL},
    {OPT_SEED, "the first seed (1)"},
    {OPT_TEMPERATURE, NULL},
    {OPT_BOOTSTRAP, "resamples of the images, for intervals; 0: none (1000)"},
    {OPT_LEVEL, NULL},
    {OPT_OUT, "file to write, .csv or .h5"},
    {OPT_JSON, NULL},
    {OPT_PATH, NULL},
    {OPT_NONE, NULL}};

const tool tool_evaluate_row = {
    .name = "evaluate",
    .arguments = "RUN",
    .n_arguments = 1,
    .brief = "whether counterfactual images are sound: composition, effectiveness, reversibility and more",
    .doc = "Intervenes on each attribute in turn and says how far images are from themselves after null interventions "
           "(composition) and after interventions that are undone (reversibility), whether they show what they were to "
           "show, by predictors and by measures (effectiveness), how far they are from the true counterfactuals where "
           "the data know them, how like real images they are (FID, KID), and whether they change more than they must "
           "(CLD). The printed table has the first and the last cycle, files and --json all of them. A judge that was "
           "fitted to an image that is asked for, or by which the model is fine-tuned, is refused.",
    .options = takes,
    .run = run_evaluate,
    .check = check_evaluate,
};
