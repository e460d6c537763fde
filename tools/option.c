/* The options of all subcommands, read with argp. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/tool.h"

static const struct argp_option all_options[] = {
    {"out", OPT_OUT, "FILE", 0, "file to write", 0},
    {"number", OPT_N, "N", 0, "rows", 0},
    {"do", OPT_DO, "TEXT", 0,
     "intervene: x=3, x=permuted (its training values in a random order), x+=2, x*=1.5, x:=max(x, 2) + age, "
     "x~normal(0, 1), x=3 if age > 60, x->y=0 or x->y: x+=2 along one edge; several, separated by commas or given "
     "again, act together",
     0},
    {"given", OPT_GIVEN, "NAME[=LEVEL]", 0, "what is observed; may be given again", 0},
    {"target", OPT_TARGET, "NAME", 0, "the variable that is asked for; several: their joint distribution", 0},
    {"treatment", OPT_TREATMENT, "NAME", 0, "variable that is intervened on; may be given again", 0},
    {"outcome", OPT_OUTCOME, "NAME", 0, "variable whose distribution is asked for; may be given again", 0},
    {"mediator", OPT_MEDIATOR, "NAME", 0, "variable on the way; several are taken together", 0},
    {"from", OPT_FROM, "VALUE", 0, "of the treatment (0)", 0},
    {"to", OPT_TO, "VALUE", 0, "of the treatment (1)", 0},
    {"fix", OPT_FIX, "VALUE", 0, "of each mediator in turn: adds the controlled direct effect there", 0},
    {"bootstrap", OPT_BOOTSTRAP, "N", 0, "resamples, for standard errors and intervals (0)", 0},
    {"level", OPT_LEVEL, "P", 0, "of the intervals (0.95)", 0},
    {"by", OPT_BY, "NAME", 0, "also for each level of this variable", 0},
    {"than", OPT_THAN, "NAME=VALUE", 0, "what it is compared with, as --do (as it is)", 0},
    {"bca", OPT_BCA, NULL, 0, "bias-corrected and accelerated intervals instead of percentiles", 0},
    {"quasi-bayesian", OPT_QUASI_BAYESIAN, "N", 0,
     "intervals from N draws of the fitted coefficients, instead of resamples", 0},
    {"rho", OPT_RHO, NULL, 0, "the effects were the errors of mediator and outcome correlated: rho -0.9 to 0.9", 0},
    {"path", OPT_ALONG, "A->B->C", 0, "directed path of a path-specific effect; several are taken together", 0},
    {"draws", OPT_DRAWS, "N", 0, "draws of each row's noise where there is no closed form (100)", 0},
    {"max", OPT_MAX, "N", 0, "sets to list, of each kind (100)", 0},
    {"latents", OPT_LATENTS, NULL, 0, "write what mechanisms publish, an image's z, too", 0},
    {"modes", OPT_MODES, "NAME", 0, "how many modes of a vector the samples find: the levels of NAME in the data", 0},
    {"latex", OPT_LATEX, NULL, 0, "write formulas in LaTeX", 0},
    {"evidence", OPT_EVIDENCE, "NAME=VALUE,...", 0, "what was seen of one unit", 0},
    {"cycles", OPT_CYCLES, "N", 0,
     "how far images are from themselves after one null intervention and after N in a row: composition (0)", 0},
    {"denoise", OPT_DENOISE, "SD", 0,
     "what is made of images with normal noise of this standard deviation, pixels in [0, 1] (0)", 0},
    {"denoiser", OPT_DENOISER, "FILE.h5", 0, "file of cgm denoiser: plug-and-play proximal gradient by it, too", 0},
    {"generator", OPT_GENERATOR, "RUN.h5[:IMAGE]", 0,
     "a trained gan, cvae or hvae: the nearest of its images to what was measured, too", 0},
    {"unrolled", OPT_UNROLLED, "FILE.h5", 0, "file of cgm denoiser --task: unrolled gradient descent by it, too", 0},
    {"parents", OPT_PARENTS, "data|model", 0, "where the images' parents come from: the test rows, or the model (data)",
     0},
    {"bins", OPT_BINS, "N", 0, "of an attribute's range (10)", 0},
    {"embedding", OPT_EMBEDDING, "RUN", 0,
     "a run whose image model's latents images are compared in, of the kind cvae (the predictor's features)", 0},
    {"of", OPT_OF, "WHAT", 0, "image, z (the latent that the model abducts), the name of either, or features:PREDICTOR",
     0},
    {"method", OPT_EMBED_METHOD, CGM_EMBED_METHODS, 0, "how (pca)", 0},
    {"colour", OPT_COLOUR, "NAME", 0, "variable of the data that points are coloured by", 0},
    {"perplexity", OPT_PERPLEXITY, "P", 0,
     "of tsne: effective number of neighbours (30, or a third of the rows where that is less)", 0},
    {"epsilon", OPT_EPSILON, "E", 0, "most that a pixel is changed by, in grey levels (8)", 0},
    {"surrogate", OPT_SURROGATE, "NAME", 0, "the run's predictor that changes are made for", 0},
    {"pixel-noise", OPT_NOISE, "X,Y...", 0, "factors on the noise of pixels, one after the other (0,0.1,1)", 0},
    {"expect", OPT_EXPECT, "TEXT", 0, "what figures should be; may be given again", 0},
    {"protocol", OPT_PROTOCOL, CGM_PROTOCOL_NAMES, 0,
     "what an attribute is set to: training values in a random order, or a value in another bin (permuted)", 0},
    {"seeds", OPT_SEEDS, "N", 0, "how many seeds, from --seed on (3)", 0},
    {"particles", OPT_PARTICLES, "N", 0, "draws, where the answer is not exact (10000)", 0},
    {"task", OPT_TASK, "denoise|inpaint|sr|deblur|ct|mri", 0, "what is undone", 0},
    {"config", OPT_CONFIG, "CONFIG", 0, "YAML file of keys, which options override", 0},
    {"sigma", OPT_SIGMA, "SD", 0, "the noise's standard deviation, in grey levels of 255", 0},
    {"mask", OPT_MASK, "FILE.png", 0, "0 where nothing is known", 0},
    {"factor", OPT_FACTOR, "N", 0, "by which both sides grow (4)", 0},
    {"iterations", OPT_ITERATIONS, "N", 0, "at most", 0},
    {"simulate", OPT_SIMULATE, NULL, 0, "the image is the truth: it is degraded first", 0},
    {"history", OPT_HISTORY, "FILE.h5", 0, "file of all images, and of every iteration's figures", 0},
    {"augment", OPT_AUGMENT, NULL, 0, "images as training with the config may see them", 0},
    {"json", OPT_JSON, NULL, 0, "print one JSON object", 0},
    {"index", OPT_INDEX, "ROW,ROW...", 0, "these rows of the split, from 0, instead of the first N", 0},
    {"images", OPT_IMAGES, "N", 0, "images whose counterfactuals are shown (8)", 0},
    {"steps", OPT_STEPS, "N", 0, "values of each attribute that they are shown under (9)", 0},
    {"with", OPT_WITH, "FILE", 0, "answer of another subcommand to show; may be given again", 0},
    {"once", OPT_ONCE, NULL, 0, "show the state now, and end", 0},
    {"split", OPT_SPLIT, "test|train", 0, "rows of which split (test)", 0},
    {"judge", OPT_JUDGE, "NAME", 0,
     "let the run's predictor NAME read the images and compare it with what was predicted", 0},
    {"measure", OPT_MEASURE, "NAME", 0, "measure NAME in the images and compare it with what was predicted", 0},
    {"temperature", OPT_TEMPERATURE, "T", 0, "factor on the posterior's deviation in abduction, 0: its mean (1)", 0},
    {"pixel-temperature", OPT_PIXEL_TEMPERATURE, "T", 0, "factor on the noise of pixels, 0: their mean or median (1)",
     0},
    {"truth", OPT_TRUTH, "NAME=VALUE,...", 0, "write the true counterfactuals of all rows under these interventions",
     0},
    {"truth", OPT_TRUTH_PNG, "FILE.png", 0, "to compare with", 0},
    {"test", OPT_TEST, "N", 0, "rows held out at the end, among the N", 0},
    {"png", OPT_PNG, "FILE.png", 0, "picture to draw", 0},
    {"predictor", OPT_PREDICTOR, "NAME", 0, "whose features and readings count (the run's only one)", 0},
    {"mean-png", OPT_MEAN_PNG, "FILE.png", 0, "picture of the effects' means over the rows", 0},
    {"dot", OPT_DOT, "FILE", 0, "file to write in DOT, the language of Graphviz; -: standard output", 0},
    {"alpha", OPT_ALPHA, "P", 0, "level of the tests together (0.05)", 0},
    {"method", OPT_METHOD, "holm|bh", 0,
     "correction for their number: Holm, or Benjamini and Hochberg's false discovery rate (holm)", 0},
    {"method", OPT_METHOD_NAME, "NAME", 0, "how", 0},
    {"baseline", OPT_BASELINE, "GREY", 0, "grey level in place of what is taken away, or that images are made from (0)",
     0},
    {"class", OPT_CLASS, "LEVEL", 0, "the level that is explained (the one that is read)", 0},
    {"layer", OPT_LAYER, "NAME", 0, "of the network (the last with planes)", 0},
    {"parts", OPT_PARTS, CGM_PARTS_NAMES, 0, "what is taken away together: superpixels or squares (slic)", 0},
    {"patch", OPT_PATCH, "N", 0, "width in pixels of what is taken away (an eighth of the image's height)", 0},
    {"samples", OPT_SAMPLES, "N", 0, "how many are drawn", 0},
    {"iterations", OPT_ROUNDS, "N", 0, "updates of an image that is made (200)", 0},
    {"smoothness", OPT_SMOOTHNESS, "W", 0, "weight of the variation of an image that is made", 0},
    {"randomise", OPT_RANDOMISE, NULL, 0, "also with the network's parameters drawn anew, layer by layer from the top",
     0},
    {"test", OPT_FAMILY, "auto|partial|gcm", 0, "which tests (auto)", 0},
    {"data", OPT_PATH, "PATH", 0, "read the data here, not where the config says", 0},
    {"variable", OPT_VARIABLE, "NAME", 0, "the image (the one that the predictor reads)", 0},
    {"set", OPT_SET, "KEY=VALUE", 0, "override a value of the config, train.epochs=5; may be given again", 0},
    {"seed", OPT_SEED, "N", 0, "of everything random (1)", 0},
    {"resume", OPT_RESUME, NULL, 0, "go on where the run file stopped; begin when there is none", 0},
    {"force", OPT_FORCE, NULL, 0, "replace a run file that is there", 0},
    {"threads", OPT_THREADS, "N", 0, "threads (all processors); results do not depend on it", 0},
    {"quiet", OPT_QUIET, NULL, 0, "no progress", 0},
    {"help", OPT_HELP, NULL, 0, "print this help", -1},
    {"version", OPT_VERSION, NULL, 0, "print the version", -1},
};
#define N_OPTIONS (sizeof all_options / sizeof *all_options)

static const tool_option common_options[] = {
    {OPT_THREADS, NULL}, {OPT_QUIET, NULL}, {OPT_HELP, NULL}, {OPT_VERSION, NULL}, {OPT_NONE, NULL}};

static size_t add_options(const tool_option *from, struct argp_option *out, size_t n)
{
    for (; from->key != OPT_NONE; from++) {
        for (size_t i = 0; i < N_OPTIONS; i++) {
            if (all_options[i].key != (int)from->key) continue;
            out[n] = all_options[i];
            if (from->doc) out[n].doc = from->doc;
            n++;
        }
    }
    return n;
}

/* The options that a tool takes, ended as argp wants it. */
static void options_of(const tool *t, struct argp_option out[N_OPTIONS + 1])
{
    size_t n = add_options(t->options, out, 0);
    n = add_options(common_options, out, n);
    out[n] = (struct argp_option){0};
}

static cgm_status read_whole(const char *option, const char *text, int64_t low, int64_t high, int64_t *out)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno || end == text || *end || value < low || value > high)
        return CGM_FAIL(CGM_E_ARG, "%s: expected a whole number from %lld to %lld, got \"%s\"", option, (long long)low,
                        (long long)high, text);
    *out = value;
    return CGM_OK;
}

static cgm_status read_number(const char *option, const char *text, double *out)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !(value >= 0 && value <= 1000))
        return CGM_FAIL(CGM_E_ARG, "%s: expected a number from 0 to 1000, got \"%s\"", option, text);
    *out = value;
    return CGM_OK;
}

/* A probability that is neither 0 nor 1. */
static cgm_status read_share(const char *option, const char *text, double *out)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !(value > 0 && value < 1))
        return CGM_FAIL(CGM_E_ARG, "%s: expected a number between 0 and 1, got \"%s\"", option, text);
    *out = value;
    return CGM_OK;
}

static cgm_status push(tool_options *o, tool_texts *texts, const char *text)
{
    /* Full at 0, 1, 2, 4, ... texts. */
    if ((texts->n & (texts->n - 1)) == 0) {
        const char **grown = cgm_arena_array(&o->arena, texts->n ? 2 * texts->n : 1, sizeof *grown);
        if (!grown) return CGM_E_MEMORY;
        for (size_t i = 0; i < texts->n; i++) grown[i] = texts->text[i];
        texts->text = grown;
    }
    texts->text[texts->n++] = text;
    return CGM_OK;
}

/* Adds the numbers of "0,5,7" to those that are there. */
static cgm_status read_rows(tool_options *o, const char *text)
{
    size_t n = o->n_rows + 1;
    for (const char *c = text; *c; c++) n += *c == ',';
    char *copy = cgm_arena_strdup(&o->arena, text), *rest = NULL;
    size_t *rows = cgm_arena_array(&o->arena, n, sizeof *rows);
    if (!copy || !rows) return CGM_E_MEMORY;
    for (size_t k = 0; k < o->n_rows; k++) rows[k] = o->rows[k];
    o->rows = rows;
    for (char *word = strtok_r(copy, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
        int64_t row = 0;
        CGM_TRY(read_whole("--index", word, 0, INT64_C(1) << 40, &row));
        o->rows[o->n_rows++] = (size_t)row;
    }
    return o->n_rows ? CGM_OK : CGM_FAIL(CGM_E_ARG, "--index: expected row numbers, as in 0,5,7");
}

/* Adds the numbers of "0,0.1,1" to those that are there. */
static cgm_status read_noises(tool_options *o, const char *text)
{
    size_t n = o->n_noises + 1;
    for (const char *c = text; *c; c++) n += *c == ',';
    char *copy = cgm_arena_strdup(&o->arena, text), *rest = NULL;
    double *noises = cgm_arena_array(&o->arena, n, sizeof *noises);
    if (!copy || !noises) return CGM_E_MEMORY;
    for (size_t k = 0; k < o->n_noises; k++) noises[k] = o->noises[k];
    for (char *word = strtok_r(copy, ",", &rest); word; word = strtok_r(NULL, ",", &rest))
        CGM_TRY(read_number("--pixel-noise", word, &noises[o->n_noises++]));
    o->noises = noises;
    return o->n_noises ? CGM_OK : CGM_FAIL(CGM_E_ARG, "--pixel-noise: expected numbers, as in 0,0.1,1");
}

/* One of the words that `choices` ("train|test") lists: its number. */
static cgm_status read_choice(const char *option, const char *choices, const char *text, int *out)
{
    size_t length = strlen(text);
    const char *word = choices;
    for (int i = 0; word; i++) {
        size_t n = strcspn(word, "|");
        if (n == length && strncmp(word, text, n) == 0) {
            *out = i;
            return CGM_OK;
        }
        word = word[n] ? word + n + 1 : NULL;
    }
    return CGM_FAIL(CGM_E_ARG, "%s: expected one of %s, got \"%s\"", option, choices, text);
}

static cgm_status read_alpha(const char *text, double *out)
{
    CGM_TRY(read_number("--alpha", text, out));
    if (*out > 0 && *out < 1) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "--alpha: expected a number between 0 and 1, got \"%s\"", text);
}

static cgm_status read_perplexity(const char *text, double *out)
{
    CGM_TRY(read_number("--perplexity", text, out));
    if (*out >= 1) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "--perplexity: expected a number from 1 on, got \"%s\"", text);
}

static cgm_status read_epsilon(const char *text, double *out)
{
    CGM_TRY(read_number("--epsilon", text, out));
    if (*out > 0 && *out <= 255) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "--epsilon: expected a number of grey levels above 0, up to 255, got \"%s\"", text);
}

static cgm_status read_option(tool_options *o, int key, const char *text)
{
    const int64_t most = INT64_C(9000000000000000);
    switch (key) {
    case OPT_OUT:
        o->out = text;
        return CGM_OK;
    case OPT_PNG:
        o->png = text;
        return CGM_OK;
    case OPT_MEAN_PNG:
        o->mean_png = text;
        return CGM_OK;
    case OPT_DOT:
        o->dot = text;
        return CGM_OK;
    case OPT_PATH:
        o->path = text;
        return CGM_OK;
    case OPT_TRUTH:
    case OPT_TRUTH_PNG:
        o->truth = text;
        return CGM_OK;
    case OPT_TASK:
        o->task = text;
        return CGM_OK;
    case OPT_CONFIG:
        o->config = text;
        return CGM_OK;
    case OPT_SIGMA:
        o->sigma = text;
        return CGM_OK;
    case OPT_MASK:
        o->mask = text;
        return CGM_OK;
    case OPT_FACTOR:
        o->factor = text;
        return CGM_OK;
    case OPT_GENERATOR:
        o->generator = text;
        return CGM_OK;
    case OPT_DENOISER:
        o->denoiser = text;
        return CGM_OK;
    case OPT_UNROLLED:
        o->unrolled = text;
        return CGM_OK;
    case OPT_ITERATIONS:
        o->iterations = text;
        return CGM_OK;
    case OPT_HISTORY:
        o->history = text;
        return CGM_OK;
    case OPT_SIMULATE:
        o->simulate = true;
        return CGM_OK;
    case OPT_SET:
        return push(o, &o->sets, text);
    case OPT_DO:
        return push(o, &o->dos, text);
    case OPT_THAN:
        return push(o, &o->thans, text);
    case OPT_WITH:
        return push(o, &o->withs, text);
    case OPT_IMAGES:
        return read_whole("--images", text, 1, 64, &o->images);
    case OPT_STEPS:
        return read_whole("--steps", text, 2, 64, &o->steps);
    case OPT_ONCE:
        o->once = true;
        return CGM_OK;
    case OPT_BY:
        o->by = text;
        return CGM_OK;
    case OPT_LEVEL:
        return read_share("--level", text, &o->level);
    case OPT_GIVEN:
        return push(o, &o->givens, text);
    case OPT_TREATMENT:
        return push(o, &o->treatments, text);
    case OPT_OUTCOME:
        return push(o, &o->outcomes, text);
    case OPT_MEDIATOR:
        return push(o, &o->mediators, text);
    case OPT_FIX:
        return push(o, &o->fixed, text);
    case OPT_EVIDENCE:
        o->evidence = text;
        return CGM_OK;
    case OPT_PARTICLES:
        return read_whole("--particles", text, 2, INT64_C(100000000), &o->particles);
    case OPT_BINS:
        return read_whole("--bins", text, 2, 1000, &o->bins);
    case OPT_SEEDS:
        return read_whole("--seeds", text, 1, 1000, &o->seeds);
    case OPT_NOISE:
        return read_noises(o, text);
    case OPT_EPSILON:
        return read_epsilon(text, &o->epsilon);
    case OPT_OF:
        o->of = text;
        return CGM_OK;
    case OPT_EMBED_METHOD:
        return read_choice("--method", CGM_EMBED_METHODS, text, &o->embed_method);
    case OPT_COLOUR:
        o->colour = text;
        return CGM_OK;
    case OPT_PERPLEXITY:
        return read_perplexity(text, &o->perplexity);
    case OPT_SURROGATE:
        o->surrogate = text;
        return CGM_OK;
    case OPT_PROTOCOL:
        return read_choice("--protocol", CGM_PROTOCOL_NAMES, text, &o->protocol);
    case OPT_EMBEDDING:
        o->embedding = text;
        return CGM_OK;
    case OPT_FROM:
        o->from = text;
        return CGM_OK;
    case OPT_TO:
        o->to = text;
        return CGM_OK;
    case OPT_CYCLES:
        return read_whole("--cycles", text, 0, 1000, &o->cycles);
    case OPT_BOOTSTRAP:
        return read_whole("--bootstrap", text, 0, INT64_C(1000000), &o->bootstrap);
    case OPT_QUASI_BAYESIAN:
        return read_whole("--quasi-bayesian", text, 2, INT64_C(1000000), &o->quasi_bayesian);
    case OPT_RHO:
        o->rho = true;
        return CGM_OK;
    case OPT_ALONG:
        return push(o, &o->paths, text);
    case OPT_DRAWS:
        return read_whole("--draws", text, 2, INT64_C(1000000), &o->draws);
    case OPT_BCA:
        o->bca = true;
        return CGM_OK;
    case OPT_TARGET:
        return push(o, &o->targets, text);
    case OPT_EXPECT:
        return push(o, &o->expectations, text);
    case OPT_JUDGE:
        return push(o, &o->judges, text);
    case OPT_MEASURE:
        return push(o, &o->measures, text);
    case OPT_N:
        return read_whole("-n", text, 1, INT64_C(1000000000), &o->n);
    case OPT_MAX:
        return read_whole("--max", text, 1, INT64_C(100000), &o->max);
    case OPT_TEST:
        return read_whole("--test", text, 0, INT64_C(1000000000), &o->test);
    case OPT_SEED:
        return read_whole("--seed", text, 0, most, &o->seed);
    case OPT_THREADS:
        return read_whole("--threads", text, 1, 4096, &o->threads);
    case OPT_TEMPERATURE:
        return read_number("--temperature", text, &o->temperature);
    case OPT_DENOISE:
        return read_number("--denoise", text, &o->denoise);
    case OPT_PIXEL_TEMPERATURE:
        return read_number("--pixel-temperature", text, &o->pixel_temperature);
    case OPT_INDEX:
        return read_rows(o, text);
    case OPT_SPLIT:
        return read_choice("--split", "train|test", text, &o->split);
    case OPT_METHOD:
        return read_choice("--method", "holm|bh", text, &o->method);
    case OPT_METHOD_NAME:
        o->method_name = text;
        return CGM_OK;
    case OPT_BASELINE:
        return read_number("--baseline", text, &o->baseline);
    case OPT_CLASS:
        o->class_name = text;
        return CGM_OK;
    case OPT_LAYER:
        o->layer = text;
        return CGM_OK;
    case OPT_PARTS:
        return read_choice("--parts", CGM_PARTS_NAMES, text, &o->parts);
    case OPT_PATCH:
        return read_whole("--patch", text, 1, 4096, &o->patch);
    case OPT_SAMPLES:
        return read_whole("--samples", text, 1, INT64_C(1000000), &o->samples);
    case OPT_ROUNDS:
        return read_whole("--iterations", text, 1, INT64_C(1000000), &o->rounds);
    case OPT_SMOOTHNESS:
        return read_number("--smoothness", text, &o->smoothness);
    case OPT_RANDOMISE:
        o->randomise = true;
        return CGM_OK;
    case OPT_FAMILY:
        return read_choice("--test", "auto|partial|gcm", text, &o->family);
    case OPT_ALPHA:
        return read_alpha(text, &o->alpha);
    case OPT_QUIET:
        o->quiet = true;
        return CGM_OK;
    case OPT_RESUME:
        o->resume = true;
        return CGM_OK;
    case OPT_FORCE:
        o->force = true;
        return CGM_OK;
    case OPT_AUGMENT:
        o->augment = true;
        return CGM_OK;
    case OPT_JSON:
        o->json = true;
        return CGM_OK;
    case OPT_MODES:
        o->modes = text;
        return CGM_OK;
    case OPT_PREDICTOR:
        o->predictor = text;
        return CGM_OK;
    case OPT_VARIABLE:
        o->variable = text;
        return CGM_OK;
    case OPT_PARENTS:
        return read_choice("--parents", "data|model", text, &o->parents);
    case OPT_LATENTS:
        o->latents = true;
        return CGM_OK;
    case OPT_LATEX:
        o->latex = true;
        return CGM_OK;
    case OPT_HELP:
        o->help = true;
        return CGM_OK;
    default:
        o->version = true;
        return CGM_OK;
    }
}

/* What the parser carries. */
typedef struct reading {
    const tool *t;
    tool_options *options;
    int stopped; /* the word after the one that argp could not read */
} reading;

static error_t parse(int key, char *text, struct argp_state *state)
{
    reading *r = state->input;
    tool_options *o = r->options;
    switch (key) {
    case ARGP_KEY_ARG:
        if (o->n_arguments == r->t->n_arguments && r->t->many)
            o->status = push(o, &o->rest, text);
        else if (o->n_arguments == r->t->n_arguments)
            o->status = CGM_FAIL(CGM_E_ARG, "%s: one argument too many: \"%s\"", r->t->name, text);
        else
            o->argument[o->n_arguments++] = text;
        break;
    case ARGP_KEY_INIT:
    case ARGP_KEY_NO_ARGS:
    case ARGP_KEY_END:
    case ARGP_KEY_SUCCESS:
    case ARGP_KEY_FINI:
        return 0;
    case ARGP_KEY_ERROR:
        r->stopped = state->next;
        return 0;
    case ARGP_KEY_ARGS:
        return ARGP_ERR_UNKNOWN;
    default:
        o->status = read_option(o, key, text);
    }
    return o->status == CGM_OK ? 0 : EINVAL;
}

/* Says what is wrong with the word at which argp stopped, which knows that it is wrong but prints it in two lines. */
static cgm_status fail_word(const tool *t, const char *word)
{
    struct argp_option options[N_OPTIONS + 1];
    const char *names[N_OPTIONS];
    size_t n = 0, length = strcspn(word, "=");
    options_of(t, options);
    for (; options[n].key; n++) names[n] = options[n].name;
    for (size_t i = 0; i < n; i++) {
        bool is_long = strncmp(word, "--", 2) == 0 && strlen(names[i]) == length - 2 &&
                       strncmp(word + 2, names[i], length - 2) == 0;
        bool is_short = word[0] == '-' && options[i].key < 128 && word[1] == options[i].key && !word[2];
        if (!is_long && !is_short) continue;
        return CGM_FAIL(CGM_E_ARG, options[i].arg ? "%s: expected a value, %s" : "%s takes no value", word,
                        options[i].arg ? options[i].arg : "");
    }
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)(length > 2 ? length - 2 : 0), length > 2 ? word + 2 : "");
    const char *near = cgm_nearest_word(name, n, names);
    if (near) return CGM_FAIL(CGM_E_ARG, "unknown option %s; did you mean --%s?", word, near);
    return CGM_FAIL(CGM_E_ARG, "unknown option %s; cgm %s --help lists them", word, t->name);
}

void tool_options_read(const tool *t, int argc, char **argv, tool_options *o)
{
    struct argp_option options[N_OPTIONS + 1];
    reading r = {t, o, 0};
    *o = (tool_options){.n = -1,
                        .max = -1,
                        .seed = -1,
                        .test = -1,
                        .bootstrap = -1,
                        .quasi_bayesian = -1,
                        .draws = -1,
                        .cycles = -1,
                        .bins = -1,
                        .seeds = -1,
                        .images = -1,
                        .steps = -1,
                        .split = CGM_TEST,
                        .alpha = -1,
                        .baseline = -1,
                        .smoothness = -1,
                        .temperature = 1,
                        .pixel_temperature = 1};
    options_of(t, options);
    const struct argp parser = {.options = options, .parser = parse};
    error_t error = argp_parse(&parser, argc, argv, ARGP_NO_ERRS | ARGP_NO_EXIT | ARGP_NO_HELP, NULL, &r);
    if (o->status != CGM_OK) return;
    if (error == ENOMEM)
        o->status = CGM_FAIL(CGM_E_MEMORY, "out of memory for the options");
    else if (error)
        o->status = fail_word(t, argv[r.stopped > 1 ? r.stopped - 1 : 1]);
    else if (!o->help && !o->version && o->n_arguments < t->n_arguments)
        o->status = CGM_FAIL(CGM_E_ARG, "%s: expected %s; cgm %s --help says more", t->name, t->arguments, t->name);
}

void tool_options_clear(tool_options *options)
{
    cgm_arena_clear(&options->arena);
}

void tool_print_help(const tool *t)
{
    struct argp_option options[N_OPTIONS + 1];
    char name[64], doc[4096];
    options_of(t, options);
    snprintf(name, sizeof name, "cgm %s", t->name);
    snprintf(doc, sizeof doc, "%s\v%s", t->brief, t->doc ? t->doc : "");
    struct argp parser = {.options = options, .args_doc = t->arguments, .doc = doc};
    argp_help(&parser, stdout, ARGP_HELP_LONG | ARGP_HELP_SHORT_USAGE | ARGP_HELP_DOC, name);
    if (t->print_more) t->print_more();
}

void tool_print_words(const tool *t)
{
    struct argp_option options[N_OPTIONS + 1];
    options_of(t, options);
    for (size_t i = 0; options[i].key; i++) printf("--%s\n", options[i].name);
}
