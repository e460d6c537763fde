/* cgm embed: rows of a run's data as points of a plane. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tools/result.h"

static const tool_column columns[] = {{"rows", "rows", NULL, false},
                                      {"numbers", "numbers each", NULL, false},
                                      {"share_first", "first axis", "%.4f", true},
                                      {"share_second", "second axis", "%.4f", true},
                                      {"perplexity", "perplexity", "%.4g", true},
                                      {"divergence", "divergence", "%.4f", true}};

static const char *method_of(const tool_options *options)
{
    return options->embed_method == CGM_EMBED_TSNE ? "tsne" : "pca";
}

static json_t *facts_of(const tool_options *options, const cgm_embed_report *r, uint64_t seed)
{
    json_t *query = json_pack("{s:s, s:s, s:s, s:o}", "of", r->of, "method", method_of(options), "split",
                              options->split == CGM_TRAIN ? "train" : "test", "colour",
                              options->colour ? json_string(options->colour) : json_null());
    return tool_result_facts("embed", query, seed);
}

static json_t *rows_of(const cgm_embed_report *r)
{
    json_t *row =
        json_pack("{s:I, s:I, s:o, s:o, s:o, s:o}", "rows", (json_int_t)r->n, "numbers", (json_int_t)r->width,
                  "share_first", tool_json_number(r->share[0]), "share_second", tool_json_number(r->share[1]),
                  "perplexity", tool_json_number(r->perplexity), "divergence", tool_json_number(r->divergence));
    return row ? json_pack("[o]", row) : NULL;
}

static cgm_status give(const tool_options *options, const cgm_embed_report *r, uint64_t seed)
{
    char title[256];
    tool_options here = *options;
    here.out = NULL; /* written with the points */
    snprintf(title, sizeof title, "%s of %s", options->embed_method == CGM_EMBED_TSNE ? "t-SNE" : "PCA", r->of);
    tool_result result = {.what = "embedding",
                          .facts = facts_of(options, r, seed),
                          .rows = rows_of(r),
                          .columns = columns,
                          .n_columns = sizeof columns / sizeof *columns,
                          .title = title,
                          .notes =
                              options->embed_method == CGM_EMBED_TSNE
                                  ? "divergence: of the probabilities of neighbours in the plane from those of the "
                                    "rows, in nats"
                                  : "axes: shares of the rows' variance"};
    CGM_TRY(tool_result_give(&result, &here));
    if (options->out && !options->json) printf("wrote %s (points)\n", options->out);
    if (options->png && !options->json) printf("wrote %s (picture)\n", options->png);
    return CGM_OK;
}

static cgm_embed_opts opts_of(const tool_options *options)
{
    cgm_embed_opts o;
    cgm_embed_init(&o);
    o.of = options->of;
    o.method = (cgm_embed_method)options->embed_method;
    o.colour = options->colour;
    o.perplexity = options->perplexity;
    if (options->rounds > 0) o.iterations = (size_t)options->rounds;
    o.rows = (cgm_row_choice){.split = (cgm_split)options->split,
                              .n = options->n > 0 ? (size_t)options->n : 0,
                              .n_rows = options->n_rows,
                              .rows = options->rows};
    if (options->seed >= 0) o.seed = (uint64_t)options->seed;
    o.out = options->out;
    o.png = options->png;
    return o;
}

static cgm_status answer(cgm_run *run, const tool_options *options)
{
    cgm_embed_report r;
    const cgm_embed_opts opts = opts_of(options);
    tool_catch_signals();
    CGM_TRY(cgm_run_embed(run, &opts, &r));
    tool_end_line();
    tool_release_signals();
    cgm_status status = give(options, &r, opts.seed);
    cgm_embed_clear(&r);
    return status;
}

static cgm_status run_embed(const tool_options *options)
{
    return tool_ask(options, answer);
}

static cgm_status check_embed(cgm_run *run, const tool_options *options)
{
    const cgm_embed_opts opts = opts_of(options);
    CGM_TRY(tool_result_check(options->out));
    return cgm_run_check_embed(run, &opts);
}

static const tool_option takes[] = {{OPT_OF, NULL},
                                    {OPT_EMBED_METHOD, NULL},
                                    {OPT_COLOUR, NULL},
                                    {OPT_SPLIT, NULL},
                                    {OPT_N, "rows, the first N of the split (1000)"},
                                    {OPT_INDEX, NULL},
                                    {OPT_PERPLEXITY, NULL},
                                    {OPT_ROUNDS, "of tsne (1000)"},
                                    {OPT_SEED, "of what tsne begins with (1)"},
                                    {OPT_OUT, "file of the points, .h5"},
                                    {OPT_PNG, "picture of the points"},
                                    {OPT_JSON, NULL},
                                    {OPT_PATH, NULL},
                                    {OPT_NONE, NULL}};

const tool tool_embed_row = {
    .name = "embed",
    .arguments = "RUN",
    .n_arguments = 1,
    .brief = "images, latents or features as points of a plane: PCA, t-SNE",
    .doc =
        "Makes a point of each row: of its image, of the latent that the model abducts of it (the posterior's mean), "
        "or "
        "of the features of a predictor. pca shows the two directions of most variance; tsne keeps near rows near one "
        "another, and says nothing by distances between groups.",
    .options = takes,
    .run = run_embed,
    .check = check_embed,
};
