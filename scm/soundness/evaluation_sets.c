/* Realism and minimality of an evaluation: of the images of a pass as sets, by features and in an embedding. */
#include <math.h>
#include <string.h>

#include "metrics/frechet.h"
#include "metrics/kid.h"
#include "metrics/minimality.h"
#include "scm/soundness/evaluation_priv.h"

/* ---- Room ---- */

static cgm_status make_features(evaluation *e, size_t n, double **out)
{
    *out = cgm_arena_array(&e->arena, n, cgm_predictor_width(e->features) * sizeof **out);
    return *out ? CGM_OK : CGM_E_MEMORY;
}

/* The node of the embedding's run whose posterior it is. */
static const cgm_mechanism_node *embedding_node(const evaluation *e, size_t *image)
{
    const cgm_mechanism_node *nodes;
    const cgm_scm *scm = e->opts->embedding->scm;
    *image = (size_t)cgm_scm_find(scm, e->image_variable->name);
    cgm_mechanism *m = cgm_scm_mechanism(scm, *image);
    (void)m->methods->nodes(m, &nodes);
    return &nodes[0];
}

static size_t embedding_width(const evaluation *e)
{
    size_t image;
    return e->opts->embedding ? embedding_node(e, &image)->width : cgm_predictor_width(e->features);
}

static cgm_status make_embedding(evaluation *e, size_t set)
{
    evaluation_embedding *x = &e->embedded[set];
    size_t bytes = embedding_width(e) * sizeof(double);
    if (!e->opts->embedding) {
        x->mean = e->features_of[set];
        return CGM_OK;
    }
    x->mean = cgm_arena_array(&e->arena, e->n, bytes);
    x->log_scale = cgm_arena_array(&e->arena, e->n, bytes);
    return x->mean && x->log_scale ? CGM_OK : CGM_E_MEMORY;
}

static cgm_status make_classes(evaluation *e, size_t k)
{
    cgm_arena arena = {0};
    const char *name = e->name[e->treatment[k]];
    double *value = cgm_arena_array(&arena, e->n, sizeof *value);
    e->own_class[k] = cgm_arena_array(&e->arena, e->n, sizeof *e->own_class[k]);
    e->counter_class[k] = cgm_arena_array(&e->arena, e->n, sizeof *e->counter_class[k]);
    cgm_status status = value && e->own_class[k] && e->counter_class[k] ? CGM_OK : CGM_E_MEMORY;
    if (status == CGM_OK) status = cgm_dataset_read(e->run->data, name, e->n, e->row, value);
    if (status == CGM_OK) status = cgm_evaluation_bins(e, k, e->n, value, e->own_class[k]);
    cgm_arena_clear(&arena);
    return status;
}

/* ---- Features of images of the data ---- */

static cgm_status read_features(evaluation *e, size_t n, const size_t *rows, double *out)
{
    enum { CHUNK = 256 };
    const cgm_variable *const *given;
    const cgm_dataset *data = e->run->data;
    cgm_status status = CGM_OK;
    cgm_arena arena = {0};
    size_t n_given = cgm_predictor_given(e->features, &given), width = cgm_predictor_width(e->features);
    double *images = cgm_arena_array(&arena, CHUNK, cgm_variable_width(e->image_variable) * sizeof *images);
    double *values = cgm_arena_array(&arena, CHUNK, (n_given + 1) * sizeof *values);
    const double *seen[CGM_MAX_PARENTS];
    if (!images || !values) status = CGM_E_MEMORY;
    for (size_t at = 0; status == CGM_OK && at < n; at += CHUNK) {
        size_t count = n - at < CHUNK ? n - at : CHUNK;
        status = cgm_dataset_read(data, e->image_variable->name, count, rows + at, images);
        for (size_t k = 0; status == CGM_OK && k < n_given; k++) {
            seen[k] = values + k * CHUNK;
            status = cgm_dataset_read(data, given[k]->name, count, rows + at, values + k * CHUNK);
        }
        if (status == CGM_OK)
            status = cgm_predictor_features(e->features, e->run->opts.threads, count, images, seen, out + at * width);
    }
    cgm_arena_clear(&arena);
    return status;
}

/* Training images, as many as there are factual ones, chosen at random. */
static cgm_status read_training(evaluation *e, size_t *n)
{
    size_t begin, all;
    cgm_rng root = cgm_rng_create(e->opts->seed), rng = cgm_rng_split(&root, "train");
    cgm_dataset_split(e->run->data, CGM_TRAIN, &begin, &all);
    size_t *order = cgm_arena_array(&e->arena, all + 1, sizeof *order);
    if (!order) return CGM_E_MEMORY;
    cgm_rng_permutation(&rng, all, order);
    for (size_t i = 0; i < all; i++) order[i] += begin;
    *n = all < e->n ? all : e->n;
    CGM_TRY(make_features(e, *n, &e->features_of[e->n_treatments + 1]));
    return read_features(e, *n, order, e->features_of[e->n_treatments + 1]);
}

static cgm_status name_embedding(evaluation *e)
{
    size_t image;
    e->out->embedding = e->features_name;
    if (!e->opts->embedding) return CGM_OK;
    e->out->embedding =
        cgm_arena_printf(&e->out->arena, "posterior of %s.%s", e->name[e->image], embedding_node(e, &image)->name);
    return e->out->embedding ? CGM_OK : CGM_E_MEMORY;
}

cgm_status cgm_evaluation_begin_sets(evaluation *e)
{
    size_t n = e->n_treatments;
    CGM_TRY(name_embedding(e));
    e->features_of = cgm_arena_array(&e->arena, n + 2, sizeof *e->features_of);
    e->embedded = cgm_arena_array(&e->arena, n + 1, sizeof *e->embedded);
    e->own_class = cgm_arena_array(&e->arena, n, sizeof *e->own_class);
    e->counter_class = cgm_arena_array(&e->arena, n, sizeof *e->counter_class);
    if (!e->features_of || !e->embedded || !e->own_class || !e->counter_class) return CGM_E_MEMORY;
    for (size_t set = 0; e->features && set <= n; set++) CGM_TRY(make_features(e, e->n, &e->features_of[set]));
    if (e->features && e->random) CGM_TRY(make_features(e, e->n, &e->features_random));
    if (e->features) CGM_TRY(read_training(e, &e->n_training));
    if (!e->features && !e->opts->embedding) return CGM_OK;
    for (size_t set = 0; set <= n; set++) CGM_TRY(make_embedding(e, set));
    for (size_t k = 0; k < n; k++) CGM_TRY(make_classes(e, k));
    return CGM_OK;
}

/* ---- A batch ---- */

static cgm_status take_features(evaluation *e, const cgm_answer *answer, const cgm_world *world, double *out)
{
    const cgm_variable *const *given;
    const double *seen[CGM_MAX_PARENTS];
    size_t n = cgm_predictor_given(e->features, &given), width = cgm_predictor_width(e->features);
    for (size_t k = 0; k < n; k++) seen[k] = cgm_answer_value(answer, world, given[k]->name);
    return cgm_predictor_features(e->features, answer->opts.threads, answer->count,
                                  cgm_answer_value(answer, world, e->image_variable->name), seen,
                                  out + answer->begin * width);
}

/* The posterior by the embedding's mechanism, whose parents have the world's values. */
static cgm_status take_posterior(evaluation *e, const cgm_answer *answer, const cgm_world *world,
                                 const evaluation_embedding *out)
{
    size_t image, width = embedding_node(e, &image)->width;
    const size_t *parent;
    const cgm_scm *scm = e->opts->embedding->scm;
    cgm_mechanism *m = cgm_scm_mechanism(scm, image);
    cgm_values parents[CGM_MAX_PARENTS];
    size_t n = cgm_scm_parents(scm, image, &parent);
    for (size_t k = 0; k < n; k++) {
        const char *name = cgm_scm_variable(scm, parent[k])->name;
        parents[k] = world->value[cgm_scm_node_of(e->run->scm, (size_t)cgm_scm_find(e->run->scm, name))];
    }
    return m->methods->posterior(m, parents, &world->value[cgm_scm_node_of(e->run->scm, e->image)],
                                 answer->opts.threads, out->mean + answer->begin * width,
                                 out->log_scale + answer->begin * width);
}

static cgm_status take_world(evaluation *e, const cgm_answer *answer, size_t set, const cgm_world *world)
{
    if (e->features) CGM_TRY(take_features(e, answer, world, e->features_of[set]));
    return e->opts->embedding ? take_posterior(e, answer, world, &e->embedded[set]) : CGM_OK;
}

cgm_status cgm_evaluation_take_sets(evaluation *e, const cgm_answer *answer)
{
    if (!e->features && !e->opts->embedding) return CGM_OK;
    for (size_t k = 0; k < e->n_treatments; k++) {
        const cgm_world *world = answer->column[k].world;
        const double *value = cgm_answer_value(answer, world, e->name[e->treatment[k]]);
        CGM_TRY(take_world(e, answer, k, world));
        CGM_TRY(cgm_evaluation_bins(e, k, answer->count, value, e->counter_class[k] + answer->begin));
    }
    return e->first ? take_world(e, answer, e->n_treatments, answer->factual) : CGM_OK;
}

/* ---- The end of a pass ---- */

/* x: the features of the counterfactual images. */
static cgm_status end_realism(evaluation *e, const char *treatment, const double *x)
{
    cgm_frechet fid, real_fid;
    cgm_kid kid, real_kid;
    int threads = e->run->opts.threads;
    size_t width = cgm_predictor_width(e->features), n = e->n, m = e->n_training;
    const double *y = e->features_of[e->n_treatments], *train = e->features_of[e->n_treatments + 1];
    evaluation_key key = {.metric = "FID", .treatment = treatment, .by = e->features_name};
    CGM_TRY(cgm_frechet_distance(width, n, x, n, y, &fid));
    CGM_TRY(cgm_frechet_distance(width, m, train, n, y, &real_fid));
    const cgm_feature_set made = {n, x, e->row}, factual = {n, y, e->row}; /* a counterfactual is of its row's making */
    CGM_TRY(cgm_kid_distance(width, &made, &factual, threads, &kid));
    CGM_TRY(cgm_kid_distance(width, &(cgm_feature_set){m, train, NULL}, &(cgm_feature_set){n, y, NULL}, threads,
                             &real_kid));
    e->out->few = e->out->few || fid.few || real_fid.few;
    CGM_TRY(cgm_evaluation_put_set(e, &key, fid.distance, NAN, real_fid.distance));
    key.metric = "KID";
    return cgm_evaluation_put_set(e, &key, kid.value, kid.standard_error, real_kid.value);
}

static cgm_status end_minimality(evaluation *e, size_t k, bool as_released)
{
    const evaluation_embedding *factual = &e->embedded[e->n_treatments], *counter = &e->embedded[k];
    const cgm_minimality question = {
        .n = e->n,
        .width = embedding_width(e),
        .factual = {factual->mean, as_released ? factual->mean : factual->log_scale},
        .counterfactual = {counter->mean, as_released ? counter->mean : counter->log_scale},
        .factual_class = e->own_class[k],
        .counterfactual_class = e->counter_class[k]};
    const evaluation_key key = {.metric = as_released ? "CLD as released" : "CLD",
                                .treatment = e->name[e->treatment[k]],
                                .by = e->out->embedding};
    CGM_TRY(cgm_minimality_measure(&question, e->run->opts.threads, e->scratch[0]));
    return cgm_evaluation_put(e, &key, NULL, 0, e->n, e->scratch[0]);
}

/* Of each image under the treatment that is chosen for it. */
static cgm_status end_random_realism(evaluation *e)
{
    size_t width = cgm_predictor_width(e->features);
    for (size_t i = 0; i < e->n; i++)
        memcpy(e->features_random + i * width, e->features_of[cgm_evaluation_chosen(e, i)] + i * width,
               width * sizeof(double));
    return end_realism(e, e->random, e->features_random);
}

cgm_status cgm_evaluation_end_sets(evaluation *e)
{
    if (e->features && e->random) CGM_TRY(end_random_realism(e));
    for (size_t k = 0; k < e->n_treatments; k++) {
        if (e->features) CGM_TRY(end_realism(e, e->name[e->treatment[k]], e->features_of[k]));
        if (e->features || e->opts->embedding) CGM_TRY(end_minimality(e, k, false));
        if (e->opts->embedding) CGM_TRY(end_minimality(e, k, true));
    }
    return CGM_OK;
}
