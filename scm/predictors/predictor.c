/* Predictors: making, describing, state. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scm/object.h"
#include "scm/predictors/law.h"
#include "scm/predictors/network.h"

void cgm_predictor_destroy(cgm_predictor *p)
{
    if (!p) return;
    cgm_predictor_fit_end(&p->base);
    for (int part = 0; part < PREDICTOR_PARTS; part++) cgm_network_part_clear(&p->part[part]);
    cgm_params_destroy(p->params);
    cgm_arena_clear(&p->arena);
    free(p);
}

/* ---- Making ---- */

/* A variable of the model that the key names. */
static cgm_status find(const cgm_predictor *p, const cgm_scm *scm, const cgm_yaml *where, const char *key,
                       const char *name, const cgm_variable **out)
{
    size_t v;
    if (cgm_scm_lookup(scm, name, &v) != CGM_OK)
        return cgm_yaml_fail(where, "predictors.%s%s: %s", p->name, key, cgm_error_message());
    *out = cgm_scm_variable(scm, v);
    return CGM_OK;
}

/* Where a key stands in the map, or the map. */
static const cgm_yaml *at(const cgm_yaml *map, const char *key)
{
    const cgm_yaml *node = cgm_yaml_get(map, key);
    return node ? node : map;
}

static cgm_status find_image(cgm_predictor *p, const cgm_scm *scm, const cgm_yaml *map, const char *name)
{
    CGM_TRY(find(p, scm, at(map, "from"), ".from", name, &p->image));
    if (p->image->type == CGM_IMAGE) return CGM_OK;
    return cgm_yaml_fail(at(map, "from"), "predictors.%s.from: '%s' is %s; expected an image", p->name, name,
                         cgm_variable_noun(p->image));
}

static cgm_status find_attribute(cgm_predictor *p, const cgm_scm *scm, const cgm_yaml *map, const char *name)
{
    const char *key = cgm_yaml_get(map, "of") ? ".of" : "";
    CGM_TRY(find(p, scm, at(map, "of"), key, name, &p->attribute));
    if (p->attribute == p->image)
        return cgm_yaml_fail(at(map, "of"), "predictors.%s%s: '%s' is the image that it reads; expected an attribute",
                             p->name, key, name);
    p->law = cgm_predictor_law(p->attribute->type);
    if (p->law) return CGM_OK;
    return cgm_yaml_fail(at(map, "of"),
                         "predictors.%s%s: '%s' is of type %s; expected continuous, binary, ordinal or categorical",
                         p->name, key, name, cgm_variable_type_name(p->attribute));
}

static cgm_status add_given(cgm_predictor *p, const cgm_scm *scm, const cgm_yaml *where, const char *name,
                            const cgm_variable **list)
{
    const cgm_variable *v = NULL;
    CGM_TRY(find(p, scm, where, ".given", name, &v));
    if (!cgm_variable_is_scalar(v))
        return cgm_yaml_fail(where, "predictors.%s.given: '%s' is %s; expected a scalar variable", p->name, name,
                             cgm_variable_noun(v));
    if (v == p->attribute) return cgm_yaml_fail(where, "predictors.%s.given: '%s' is what it predicts", p->name, name);
    for (size_t i = 0; i < p->n_given; i++)
        if (list[i] == v) return cgm_yaml_fail(where, "predictors.%s.given: '%s' is there twice", p->name, name);
    list[p->n_given++] = v;
    return CGM_OK;
}

static cgm_status find_given(cgm_predictor *p, const cgm_scm *scm, const cgm_yaml *map, const cgm_texts *names)
{
    const cgm_variable *list[CGM_MAX_PARENTS];
    const cgm_yaml *where = at(map, "given");
    if (names->n >= CGM_MAX_PARENTS)
        return cgm_yaml_fail(where, "predictors.%s.given: %zu attributes; expected at most %d", p->name, names->n,
                             CGM_MAX_PARENTS - 1);
    for (size_t i = 0; i < names->n; i++) CGM_TRY(add_given(p, scm, where, names->text[i], list));
    list[p->n_given] = p->attribute;
    cgm_network_parents_init(p->n_given + 1, list, &p->seen);
    return CGM_OK;
}

/* That augmentation leaves alone what is read off the image or seen beside it. */
static cgm_status check_augmentation(const cgm_predictor *p, const predictor_options *o)
{
    const char *key;
    if (cgm_augmentation_check(&p->train.augment, p->image, p->seen.n, p->seen.variable, &key) == CGM_OK) return CGM_OK;
    return cgm_yaml_fail(at(o->augment, key), "predictors.%s.augment.%s: %s", p->name, key, cgm_error_message());
}

/* On two rows, as batch normalisation wants more than one. */
cgm_status cgm_predictor_declare(cgm_predictor *p, predictor_trace *trace)
{
    const cgm_variable *v = p->image;
    cgm_graph *g = NULL;
    CGM_TRY(cgm_graph_create(&g));
    cgm_node pixels = cgm_input(g, "pixels", CGM_SHAPE(2, v->channels, v->height, v->width));
    cgm_node seen = cgm_input(g, "seen", CGM_SHAPE(2, (int64_t)p->seen.features));
    cgm_predictor_graph_loss_layers(p, g, pixels, seen, CGM_MODE_TRAIN, trace);
    int64_t given = cgm_predictor_given_features(p);
    cgm_node beside = given ? cgm_input(g, "given", CGM_SHAPE(2, given)) : (cgm_node){0};
    cgm_node features = cgm_predictor_graph_features(p, g, pixels, beside, CGM_MODE_EVAL);
    cgm_status status = cgm_graph_status(g);
    if (status == CGM_OK) p->features = cgm_node_shape(g, features).dim[1];
    cgm_graph_destroy(g);
    return status;
}

static cgm_status prepare(cgm_predictor *p, const cgm_yaml *map, const cgm_scm *scm, int64_t seed)
{
    predictor_options o;
    char what[128];
    CGM_TRY(cgm_predictor_read_options(p->name, map, seed, &o));
    CGM_TRY(cgm_predictor_read_training(p->name, &o, &p->train));
    snprintf(what, sizeof what, "predictors.%s.adversarial", p->name);
    CGM_TRY(cgm_predictor_read_adversarial(o.adversarial, what, &p->adversarial));
    p->network = cgm_predictor_network((predictor_network_kind)o.network);
    p->width = o.width;
    p->share = (predictor_rows_kind)o.rows;
    CGM_TRY(find_image(p, scm, map, o.from));
    CGM_TRY(find_attribute(p, scm, map, o.of));
    CGM_TRY(find_given(p, scm, map, &o.given));
    CGM_TRY(check_augmentation(p, &o));
    CGM_TRY(cgm_params_create(&p->params));
    return cgm_predictor_declare(p, NULL);
}

cgm_status cgm_predictor_create(const char *name, const cgm_yaml *map, const cgm_scm *scm, int64_t seed,
                                cgm_predictor **out)
{
    cgm_predictor *p = calloc(1, sizeof *p);
    if (!p) return CGM_FAIL(CGM_E_MEMORY, "out of memory for the predictor \"%s\"", name);
    p->base.methods = &cgm_predictor_class;
    p->temperature = 1;
    p->name = cgm_arena_strdup(&p->arena, name);
    cgm_status status = p->name ? prepare(p, map, scm, seed) : CGM_E_MEMORY;
    if (status != CGM_OK) {
        cgm_predictor_destroy(p);
        return status;
    }
    *out = p;
    return CGM_OK;
}

/* ---- The class ---- */

static void describe_calibration(const cgm_predictor *p, size_t size, char *text)
{
    if (cgm_variable_has_levels(p->attribute))
        snprintf(text, size, "; calibrated, temperature %.3g", p->temperature);
    else
        snprintf(text, size, "; calibrated, mean %+.3g, scale times %.3g", p->offset * p->seen.scale[p->n_given],
                 p->temperature);
}

static void describe(const cgm_mechanism *base, size_t size, char *text)
{
    const cgm_predictor *p = (const cgm_predictor *)base;
    const cgm_rows_seen rows = cgm_predictor_rows(p);
    char seen[CGM_ROWS_SEEN_TEXT], attacked[96] = "", calibrated[96] = "";
    if (p->adversarial.share > 0)
        snprintf(attacked, sizeof attacked, ", attacked by %g grey levels (%g of the images)", p->adversarial.epsilon,
                 p->adversarial.share);
    if (p->temperature != 1) describe_calibration(p, sizeof calibrated, calibrated);
    snprintf(text, size, "%s, %s, width %lld; fitted to %s; seed %" PRIu64 "%s%s", p->law->doc, p->network->name,
             (long long)p->width, cgm_rows_seen_text(&rows, seen), cgm_predictor_seed(p), attacked, calibrated);
}

static cgm_status state(cgm_mechanism *base, cgm_state *s)
{
    cgm_predictor *p = (cgm_predictor *)base;
    CGM_TRY(cgm_state_add(s, CGM_U64, CGM_SHAPE(2), p->rows, "rows"));
    /* Files of before there were shares have none. */
    if (p->share != PREDICTOR_ROWS_ALL) CGM_TRY(cgm_state_add(s, CGM_U64, CGM_SCALAR, &p->first, "first_row"));
    CGM_TRY(cgm_state_add_optional(s, CGM_F64, CGM_SCALAR, &p->offset, "offset"));
    CGM_TRY(cgm_state_add_optional(s, CGM_F64, CGM_SCALAR, &p->temperature, "temperature"));
    return cgm_image_state(&p->seen, p->params, p->training, s);
}

const cgm_mechanism_class cgm_predictor_class = {
    .kind = "predictor",
    .doc = "an attribute read off an image",
    .describe = describe,
    .state = state,
    .fit_begin = cgm_predictor_fit_begin,
    .fit_step = cgm_predictor_fit_step,
    .fit_end = cgm_predictor_fit_end,
};

/* ---- What it is ---- */

const char *cgm_predictor_name(const cgm_predictor *p)
{
    return p->name;
}

const cgm_variable *cgm_predictor_attribute(const cgm_predictor *p)
{
    return p->attribute;
}

const cgm_variable *cgm_predictor_image(const cgm_predictor *p)
{
    return p->image;
}

size_t cgm_predictor_given(const cgm_predictor *p, const cgm_variable *const **out)
{
    *out = p->seen.variable;
    return p->n_given;
}

/* ---- What it saw ---- */

void cgm_predictor_share(const cgm_predictor *p, const cgm_dataset *data, size_t *first, size_t *n)
{
    size_t rows;
    cgm_dataset_split(data, CGM_TRAIN, first, &rows);
    *n = p->share == PREDICTOR_ROWS_ALL ? rows : p->share == PREDICTOR_ROWS_FIRST_HALF ? rows / 2 : rows - rows / 2;
    if (p->share == PREDICTOR_ROWS_SECOND_HALF) *first += rows / 2;
}

cgm_rows_seen cgm_predictor_rows(const cgm_predictor *p)
{
    return (cgm_rows_seen){(size_t)p->first, (size_t)p->rows[0], (size_t)p->rows[1]};
}

const char *cgm_rows_seen_text(const cgm_rows_seen *r, char text[CGM_ROWS_SEEN_TEXT])
{
    size_t middle = r->first + r->fitted, end = middle + r->validated;
    if (r->validated)
        snprintf(text, CGM_ROWS_SEEN_TEXT, "training rows %zu to %zu, and %zu to %zu to stop by", r->first,
                 middle ? middle - 1 : 0, middle, end - 1);
    else
        snprintf(text, CGM_ROWS_SEEN_TEXT, "training rows %zu to %zu", r->first, middle ? middle - 1 : 0);
    return text;
}

uint64_t cgm_predictor_seed(const cgm_predictor *p)
{
    return (uint64_t)p->train.seed;
}
