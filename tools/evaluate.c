/* cgm evaluate: whether a model's counterfactual images are sound. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tools/evaluate.h"

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

/* "digit saw training rows 0 to 35, and 36 to 39 to stop by; seed 1" */
static void add_rows(lines *l, const char *who, const cgm_evaluation_judge *p)
{
    char line[256], text[CGM_ROWS_SEEN_TEXT];
    snprintf(line, sizeof line, "%s %s saw %s; seed %llu", who, p->name, cgm_rows_seen_text(&p->rows, text),
             (unsigned long long)p->seed);
    add_line(l, line);
}

static void write_notes(const cgm_evaluation *e, const cgm_evaluation_opts *o, lines *l)
{
    char line[512], text[CGM_ROWS_SEEN_TEXT];
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
    const cgm_rows_seen trained = {0, e->trained, 0};
    snprintf(line, sizeof line, "the model saw %s%s", cgm_rows_seen_text(&trained, text),
             e->n_tuners ? ", also when it was fine-tuned" : "");
    add_line(l, line);
    for (size_t k = 0; k < e->n_tuners; k++) add_rows(l, "by which it is fine-tuned:", &e->tuner[k]);
    for (size_t k = 0; k < e->n_judges; k++) add_rows(l, "judge", &e->judge[k]);
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
    return json_pack(
        "{s:s, s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:f, s:I, s:f}", "protocol",
        o->protocol == CGM_PROTOCOL_BINS ? "bins" : "permuted", "split", o->split == CGM_TRAIN ? "train" : "test",
        "bins", (json_int_t)o->bins, "treatments", tool_texts_json(o->n_treatments, o->treatments), "judges",
        tool_texts_json(o->n_judges, o->judges), "measures", tool_texts_json(o->n_measures, o->measures), "predictor",
        tool_json_text(o->predictor), "expect", tool_texts_json(o->n_expectations, o->expectations), "embedding",
        tool_json_text(options->embedding), "noises", noises, "cycles", (json_int_t)o->cycles, "seeds",
        (json_int_t)o->seeds, "temperature", o->temperature, "bootstrap", (json_int_t)o->resamples, "level", o->level);
}

static json_t *judges_json(size_t n, const cgm_evaluation_judge *judge)
{
    json_t *list = json_array();
    for (size_t k = 0; k < n; k++)
        json_array_append_new(list, json_pack("{s:s, s:I, s:I, s:I, s:I}", "name", judge[k].name, "first",
                                              (json_int_t)judge[k].rows.first, "fitted",
                                              (json_int_t)judge[k].rows.fitted, "validated",
                                              (json_int_t)judge[k].rows.validated, "seed", (json_int_t)judge[k].seed));
    return list;
}

static json_t *facts_of(const tool_options *options, const cgm_evaluation *e, const cgm_evaluation_opts *o)
{
    json_t *facts = tool_result_facts("evaluate", question(options, o), o->seed);
    json_t *more = json_pack("{s:s, s:I, s:o, s:o, s:I, s:I, s:I, s:o, s:I, s:I, s:b, s:o}", "image", e->image,
                             "trained_rows", (json_int_t)e->trained, "judged_by", judges_json(e->n_judges, e->judge),
                             "fine_tuned_by", judges_json(e->n_tuners, e->tuner), "expected", (json_int_t)e->n_expected,
                             "met", (json_int_t)e->n_met, "images", (json_int_t)e->n, "features_of",
                             tool_json_text(e->predictor), "features", (json_int_t)e->features, "fitted_rows",
                             (json_int_t)e->fitted, "fid_of_few", e->few, "cld_by", tool_json_text(e->embedding));
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
                          .rows = tool_evaluation_rows(e, true),
                          .table_rows = tool_evaluation_rows(e, false),
                          .columns = tool_evaluate_columns.column,
                          .n_columns = tool_evaluate_columns.n,
                          .title = title,
                          .notes = notes.text};
    CGM_TRY(tool_result_give(&result, options));
    return o->n_expectations > 0 && !options->json ? tool_evaluation_print_expected(e) : CGM_OK;
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
    o.n_expectations = options->expectations.n;
    o.expectations = options->expectations.text;
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
    {OPT_TREATMENT,
     "attribute that is intervened on, one at a time; random: beside these, for each image one of them at "
     "random; may be given again (all that reach the image)"},
    {OPT_PROTOCOL, NULL},
    {OPT_BINS, "of a continuous attribute's range, for --protocol bins and CLD (10)"},
    {OPT_JUDGE, "let the run's predictor NAME read the images; may be given again; none: no predictor (all that do not "
                "tune the model)"},
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
    {OPT_EXPECT,
     "what figures should be, as in 'composition L1 after 1 <= 0.7' or 'effectiveness error do(size) of size by "
     "measure noise 0.1 <= real + 0.02 published 0.09'; may be given again"},
    {OPT_OUT, "file to write, .csv or .h5"},
    {OPT_JSON, NULL},
    {OPT_PATH, NULL},
    {OPT_NONE, NULL}};

const tool tool_evaluate_row = {
    .name = "evaluate",
    .arguments = "RUN",
    .n_arguments = 1,
    .brief = "whether counterfactual images are sound: composition, effectiveness, reversibility and more",
    .doc =
        "Intervenes on each attribute in turn and says how far images are from themselves after null interventions "
        "(composition) and after interventions that are undone (reversibility), whether they show what they were to "
        "show, by predictors and by measures (effectiveness), how far they are from the true counterfactuals where "
        "the data know them, how like real images they are (FID, KID), and whether they change more than they must "
        "(CLD). The printed table has the first and the last cycle, files and --json all of them. A judge that "
        "sees an image that is asked for, or by which the model is fine-tuned, or that has training rows or its seed "
        "in common with one by which it is, is refused.",
    .options = takes,
    .run = run_evaluate,
    .check = check_evaluate,
};
