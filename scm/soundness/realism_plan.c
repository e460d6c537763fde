/* What is sampled, and which rows it is held against. */
#include "scm/interventions/intervention.h"
#include "scm/soundness/realism_priv.h"

cgm_status cgm_realism_choose(realism *r, cgm_split split, size_t n, size_t **out)
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

/* Whether the samples are asked for the attribute: the image sees it, or it moves what the image sees. */
static cgm_status find_asks(realism *r)
{
    const cgm_scm *scm = r->run->scm;
    size_t node = cgm_scm_node_of(scm, (size_t)cgm_scm_find(scm, r->attribute->name));
    bool *moved = cgm_arena_array(&r->arena, cgm_scm_nodes(scm), sizeof *moved);
    if (!moved) return CGM_E_MEMORY;
    cgm_scm_mark_descendants(scm, node, moved);
    r->asks = r->opts->parents == CGM_PARENTS_DATA ? is_parent(r, node) : moved[cgm_scm_node_of(scm, r->image)];
    return CGM_OK;
}

/* Along its own edge the image would see another value of the attribute than the sample has. */
static cgm_status check_edge(const realism *r, const cgm_intervention *x)
{
    size_t node = cgm_scm_node_of(r->run->scm, (size_t)cgm_scm_find(r->run->scm, r->attribute->name));
    if (x->to < 0 || x->node != node || !is_of_image(r, (size_t)x->to)) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "do(%s): samples are asked for the value of %s itself; expected an intervention on it",
                    x->text, r->attribute->name);
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
    *out = (cgm_setting){.variable = parent->name, .values = values};
    return CGM_OK;
}

static cgm_status set_parents(realism *r, size_t n_do, const cgm_intervention *x)
{
    const size_t *parents;
    const cgm_scm *scm = r->run->scm;
    size_t n = cgm_scm_parents(scm, r->image, &parents);
    cgm_setting *settings = cgm_arena_array(&r->arena, n + 1, sizeof *settings);
    if (!settings) return CGM_E_MEMORY;
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
    size_t n_do;
    cgm_intervention *x;
    CGM_TRY(cgm_realism_choose(r, CGM_TEST, r->n_test, &r->test_row));
    cgm_query_init(&r->query, CGM_SAMPLE);
    r->query.n = o->n;
    r->query.seed = o->seed;
    r->query.temperature = o->temperature;
    r->query.pixel_temperature = o->pixel_temperature;
    r->query.n_dos = o->what.n > 0;
    r->query.dos = &o->what;
    CGM_TRY(find_asks(r));
    CGM_TRY(name_do(r));
    CGM_TRY(cgm_scm_parse_dos(r->run->scm, o->what.n, o->what.texts, &r->arena, &n_do, &x));
    for (size_t k = 0; k < n_do; k++) CGM_TRY(check_edge(r, &x[k]));
    return o->parents == CGM_PARENTS_DATA ? set_parents(r, n_do, x) : CGM_OK;
}
