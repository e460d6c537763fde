/* The images that are compared: samples of the model, test images and training images. */
#include <string.h>

#include "scm/interventions/intervention.h"
#include "scm/runs/realism_priv.h"

/* ---- What is sampled ---- */

/* The first n rows of the split in a random order. */
static cgm_status choose_rows(realism *r, cgm_split split, size_t n, size_t **out)
{
    size_t begin, rows;
    cgm_rng rng = cgm_rng_split(&r->rng, split == CGM_TEST ? "test" : "train");
    cgm_dataset_split(r->run->data, split, &begin, &rows);
    size_t *order = cgm_arena_array(&r->arena, rows + 1, sizeof *order);
    if (!order) return CGM_E_MEMORY;
    cgm_rng_permutation(&rng, rows, order);
    for (size_t i = 0; i < n; i++) order[i] += begin;
    *out = order;
    return CGM_OK;
}

cgm_status cgm_realism_count(realism *r)
{
    size_t begin, test, train;
    cgm_dataset_split(r->run->data, CGM_TEST, &begin, &test);
    cgm_dataset_split(r->run->data, CGM_TRAIN, &begin, &train);
    r->n_test = r->opts->n < test ? r->opts->n : test;
    r->n_train = r->n_test < train ? r->n_test : train;
    if (r->opts->n >= 3 && r->n_train >= 3) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "%zu samples, %zu test images and %zu training images; expected at least 3 of each",
                    r->opts->n, r->n_test, r->n_train);
}

/* Whether a node belongs to the image's mechanism. */
static bool is_of_image(const realism *r, size_t node)
{
    size_t last = cgm_scm_node_of(r->run->scm, r->image);
    size_t first = r->image > 0 ? cgm_scm_node_of(r->run->scm, r->image - 1) + 1 : 0;
    return node >= first && node <= last;
}

static bool is_parent(const realism *r, size_t node)
{
    const size_t *parents;
    for (size_t k = cgm_scm_parents(r->run->scm, r->image, &parents); k-- > 0;)
        if (cgm_scm_node_of(r->run->scm, parents[k]) == node) return true;
    return false;
}

/* With the parents of test rows an intervention acts on a parent, or along an edge to the image; and on what a parent
 * would be by the model none can act. */
static cgm_status check_do(const realism *r, const cgm_intervention *x)
{
    bool reaches = x->to < 0 ? is_parent(r, x->node) || is_of_image(r, x->node) : is_of_image(r, (size_t)x->to);
    if (!reaches)
        return CGM_FAIL(CGM_E_ARG,
                        "do(%s): the image has the parents of test rows, which this does not reach; expected an "
                        "intervention on a parent, or `parents: model`",
                        x->text);
    if (x->to >= 0 || !is_parent(r, x->node) || cgm_scm_do_is_hard(x)) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "do(%s): acts on what the model makes of it; expected a value, or `parents: model`",
                    x->text);
}

/* A parent that no intervention sets has the values of test rows, these over again where there are more samples. */
static cgm_status set_parent(realism *r, const cgm_variable *parent, cgm_setting *out)
{
    const double *column = cgm_dataset_column(r->run->data, parent->name);
    double *values = cgm_arena_array(&r->arena, r->opts->n, sizeof *values);
    if (!column)
        return CGM_FAIL(CGM_E_ARG, "%s: the data have no values of it; expected `parents: model`", parent->name);
    if (!values) return CGM_E_MEMORY;
    for (size_t i = 0; i < r->opts->n; i++) values[i] = column[r->test_row[i % r->n_test]];
    *out = (cgm_setting){parent->name, values};
    return CGM_OK;
}

static cgm_status set_parents(realism *r)
{
    size_t n_do;
    cgm_intervention *x;
    const size_t *parents;
    const cgm_scm *scm = r->run->scm;
    size_t n = cgm_scm_parents(scm, r->image, &parents);
    cgm_setting *settings = cgm_arena_array(&r->arena, n + 1, sizeof *settings);
    if (!settings) return CGM_E_MEMORY;
    CGM_TRY(cgm_scm_parse_dos(scm, r->opts->what.n, r->opts->what.texts, &r->arena, &n_do, &x));
    for (size_t k = 0; k < n_do; k++) CGM_TRY(check_do(r, &x[k]));
    for (size_t k = 0; k < n; k++) {
        if (cgm_scm_do_find(n_do, x, cgm_scm_node_of(scm, parents[k]), -1)) continue;
        CGM_TRY(set_parent(r, cgm_scm_variable(scm, parents[k]), &settings[r->query.n_settings++]));
    }
    r->query.settings = settings;
    return CGM_OK;
}

/* "do(digit = 3)", of the texts as they are given. */
static cgm_status name_do(realism *r)
{
    const cgm_do *what = &r->opts->what;
    if (!r->out || what->n == 0) return CGM_OK;
    const char *text = "do(";
    for (size_t k = 0; text && k < what->n; k++)
        text = cgm_arena_printf(&r->out->arena, "%s%s%s", text, k ? ", " : "", what->texts[k]);
    r->out->heading = text ? cgm_arena_printf(&r->out->arena, "%s)", text) : NULL;
    return r->out->heading ? CGM_OK : CGM_E_MEMORY;
}

cgm_status cgm_realism_plan(realism *r)
{
    const cgm_realism_opts *o = r->opts;
    CGM_TRY(choose_rows(r, CGM_TEST, r->n_test, &r->test_row));
    cgm_query_init(&r->query, CGM_SAMPLE);
    r->query.n = o->n;
    r->query.seed = o->seed;
    r->query.temperature = o->temperature;
    r->query.pixel_temperature = o->pixel_temperature;
    r->query.n_dos = o->what.n > 0;
    r->query.dos = &o->what;
    CGM_TRY(name_do(r));
    return o->parents == CGM_PARENTS_DATA ? set_parents(r) : CGM_OK;
}

/* ---- The images ---- */

static cgm_status set_create(realism *r, size_t n, realism_set *out)
{
    size_t width = cgm_variable_width(r->image_variable), features = cgm_predictor_width(r->predictor);
    *out = (realism_set){.n = n};
    out->images = cgm_arena_array(&r->arena, n, width * sizeof *out->images);
    out->asked = cgm_arena_array(&r->arena, n, sizeof *out->asked);
    out->given = cgm_arena_array(&r->arena, r->n_given + 1, sizeof *out->given);
    out->features = cgm_arena_array(&r->arena, n, features * sizeof *out->features);
    out->shown = cgm_arena_array(&r->arena, n, sizeof *out->shown);
    if (!out->images || !out->asked || !out->given || !out->features || !out->shown) return CGM_E_MEMORY;
    for (size_t k = 0; k < r->n_given; k++) {
        out->given[k] = cgm_arena_array(&r->arena, n, sizeof *out->given[k]);
        if (!out->given[k]) return CGM_E_MEMORY;
    }
    return CGM_OK;
}

/* A batch of the samples. */
static cgm_status take(void *context, const cgm_answer *answer)
{
    realism *r = context;
    const cgm_world *world = cgm_answer_world(answer, 0);
    const cgm_scm *scm = r->run->scm;
    size_t at = world->first, width = cgm_variable_width(r->image_variable), bytes = world->n * sizeof(double);
    memcpy(r->samples.images + at * width, world->value[cgm_scm_node_of(scm, r->image)].data, bytes * width);
    for (size_t k = 0; k <= r->n_given; k++) {
        const cgm_variable *x = k ? r->given[k - 1] : r->attribute;
        size_t node = cgm_scm_node_of(scm, (size_t)cgm_scm_find(scm, x->name));
        memcpy((k ? r->samples.given[k - 1] : r->samples.asked) + at, world->value[node].data, bytes);
    }
    return CGM_OK;
}

static cgm_status read_rows(realism *r, size_t n, const size_t *rows, realism_set *out)
{
    const cgm_dataset *data = r->run->data;
    CGM_TRY(set_create(r, n, out));
    CGM_TRY(cgm_dataset_read(data, r->image_variable->name, n, rows, out->images));
    CGM_TRY(cgm_dataset_read(data, r->attribute->name, n, rows, out->asked));
    for (size_t k = 0; k < r->n_given; k++) CGM_TRY(cgm_dataset_read(data, r->given[k]->name, n, rows, out->given[k]));
    return CGM_OK;
}

cgm_status cgm_realism_draw(realism *r)
{
    size_t *train_row;
    cgm_answer *answer = NULL;
    CGM_TRY(choose_rows(r, CGM_TRAIN, r->n_train, &train_row));
    CGM_TRY(set_create(r, r->opts->n, &r->samples));
    r->query.visit = take;
    r->query.context = r;
    CGM_TRY(cgm_run_answer(r->run, &r->query, &answer));
    cgm_answer_destroy(answer);
    CGM_TRY(read_rows(r, r->n_test, r->test_row, &r->test));
    return read_rows(r, r->n_train, train_row, &r->train);
}

static cgm_status read_set(realism *r, realism_set *set)
{
    const double *const *given = (const double *const *)set->given;
    CGM_TRY(cgm_predictor_features(r->predictor, r->run->opts.threads, set->n, set->images, given, set->features));
    return cgm_predictor_read(r->predictor, r->run->opts.threads, set->n, set->images, given, set->shown);
}

cgm_status cgm_realism_read(realism *r)
{
    CGM_TRY(read_set(r, &r->samples));
    CGM_TRY(read_set(r, &r->test));
    return read_set(r, &r->train);
}
