#include "nn/params.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "graph/ops.h"

#define ALIGNMENT (64 / sizeof(cgm_real)) /* of each view, in elements */

enum { VALUES, EMA, GRADIENT, MOMENT1, MOMENT2, BUFFERS };

typedef struct parameter {
    cgm_param_view view;
    cgm_init init;
    double gain;
} parameter;

/* Parameter `index` is input `node` of graph g; if it is state, `next` is its new value, or null. */
typedef struct use {
    const cgm_graph *g;
    size_t index;
    cgm_node node, next;
} use;

struct cgm_params {
    cgm_arena arena; /* names */
    parameter *parameter;
    size_t n, capacity;
    use *use;
    size_t n_uses, use_capacity;
    size_t elements, flat_size;
    cgm_real *flat; /* the buffers, one after another; NULL before cgm_params_init */
};

cgm_status cgm_params_create(cgm_params **out)
{
    cgm_params *p = calloc(1, sizeof *p);
    if (!p) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a model's parameters");
    *out = p;
    return CGM_OK;
}

void cgm_params_destroy(cgm_params *p)
{
    if (!p) return;
    cgm_arena_clear(&p->arena);
    free(p->parameter);
    free(p->use);
    cgm_free_aligned(p->flat);
    free(p);
}

/* ---- Declaration ---- */

/* Makes room for one more; false when memory is out. */
static bool reserve(void **items, size_t n, size_t *capacity, size_t size)
{
    if (n < *capacity) return true;
    size_t more = *capacity ? 2 * *capacity : 32;
    void *grown = realloc(*items, more * size);
    if (!grown) return false;
    *items = grown;
    *capacity = more;
    return true;
}

static size_t find(const cgm_params *p, const char *name)
{
    size_t i = 0;
    while (i < p->n && strcmp(p->parameter[i].view.name, name) != 0) i++;
    return i;
}

/* How g uses parameter i, or NULL. A graph may have been destroyed and another made at its address; the name tells. */
static use *use_in(const cgm_params *p, const cgm_graph *g, size_t i)
{
    for (size_t k = 0; k < p->n_uses; k++) {
        if (p->use[k].g != g || p->use[k].index != i) continue;
        const char *name = cgm_input_name(g, p->use[k].node);
        if (name && strcmp(name, p->parameter[i].view.name) == 0) return &p->use[k];
    }
    return NULL;
}

cgm_node cgm_params_node(const cgm_params *p, const cgm_graph *g, size_t i)
{
    const use *u = use_in(p, g, i);
    return u ? u->node : (cgm_node){0};
}

/* Remembers that node of g is parameter i, in the place of an earlier graph's node if there is one. */
static bool remember(cgm_params *p, const cgm_graph *g, size_t i, cgm_node node)
{
    size_t k = 0;
    while (k < p->n_uses && !(p->use[k].g == g && p->use[k].index == i)) k++;
    if (!reserve((void **)&p->use, k, &p->use_capacity, sizeof *p->use)) return false;
    p->use[k] = (use){.g = g, .index = i, .node = node};
    if (k == p->n_uses) p->n_uses++;
    return true;
}

static bool declare(cgm_params *p, cgm_param_view view, cgm_init init, double gain)
{
    view.name = cgm_arena_strdup(&p->arena, view.name);
    if (!view.name || !reserve((void **)&p->parameter, p->n, &p->capacity, sizeof *p->parameter)) return false;
    p->parameter[p->n++] = (parameter){view, init, gain};
    return true;
}

/* Parameter i of g as declared before, or an error. */
static bool same_as_before(const cgm_params *p, cgm_graph *g, size_t i, const char *name, cgm_shape shape, bool state)
{
    const cgm_param_view *view = &p->parameter[i].view;
    char old[CGM_SHAPE_TEXT], wanted[CGM_SHAPE_TEXT];
    if (view->state != state)
        cgm_graph_fail(g, CGM_E_ARG, "\"%s\" is a %s, asked for as a %s", name, state ? "parameter" : "state",
                       state ? "state" : "parameter");
    else if (!cgm_shape_equal(view->shape, shape))
        cgm_graph_fail(g, CGM_E_SHAPE, "parameter \"%s\" has shape %s, asked for with %s", name,
                       cgm_shape_text(view->shape, old), cgm_shape_text(shape, wanted));
    else
        return true;
    return false;
}

/* The use in g of the parameter or state PATH.name; NULL after an error. */
static const use *find_use(cgm_params *p, cgm_graph *g, const char *name, cgm_param_view view, cgm_init init,
                           double gain)
{
    view.name = cgm_graph_path(g, name);
    if (!view.name) return cgm_graph_fail(g, CGM_E_MEMORY, "out of memory for parameter \"%s\"", name), NULL;
    size_t i = find(p, view.name);
    if (i == p->n && p->flat) {
        cgm_graph_fail(g, CGM_E_ARG, "parameter \"%s\" is new, but the model's parameters are laid out", name);
        return NULL;
    }
    if (i < p->n && !same_as_before(p, g, i, name, view.shape, view.state)) return NULL;
    const use *known = i < p->n ? use_in(p, g, i) : NULL;
    if (known) return known;
    cgm_node node = cgm_input(g, name, view.shape);
    if (!node.id) return NULL;
    if ((i == p->n && !declare(p, view, init, gain)) || !remember(p, g, i, node))
        return cgm_graph_fail(g, CGM_E_MEMORY, "out of memory for parameter \"%s\"", name), NULL;
    return use_in(p, g, i);
}

cgm_node cgm_param(cgm_params *p, cgm_graph *g, const char *name, cgm_shape shape, cgm_init init, double gain)
{
    const use *u = find_use(p, g, name, (cgm_param_view){.shape = shape}, init, gain);
    if (!u) return (cgm_node){0};
    double scale = cgm_init_scale(init, gain, shape);
    return scale == 1 ? u->node : cgm_affine(g, u->node, scale, 0);
}

/* ---- State and freezing ---- */

cgm_node cgm_param_state(cgm_params *p, cgm_graph *g, const char *name, cgm_shape shape, cgm_init init, double gain)
{
    const use *u = find_use(p, g, name, (cgm_param_view){.shape = shape, .state = true}, init, gain);
    if (!u) return (cgm_node){0};
    return u->next.id ? u->next : u->node;
}

void cgm_param_update(cgm_params *p, cgm_graph *g, const char *name, cgm_node next)
{
    const char *path = cgm_graph_path(g, name);
    size_t i = path ? find(p, path) : p->n;
    use *u = i < p->n && p->parameter[i].view.state ? use_in(p, g, i) : NULL;
    char old[CGM_SHAPE_TEXT], wanted[CGM_SHAPE_TEXT];
    if (!next.id) return;
    if (!u) {
        cgm_graph_fail(g, CGM_E_ARG, "\"%s\" is no state of this graph that could be updated", name);
        return;
    }
    cgm_shape shape = cgm_node_shape(g, next);
    if (cgm_shape_equal(shape, p->parameter[i].view.shape))
        u->next = next;
    else
        cgm_graph_fail(g, CGM_E_SHAPE, "state \"%s\" has shape %s, updated with %s", name,
                       cgm_shape_text(p->parameter[i].view.shape, old), cgm_shape_text(shape, wanted));
}

cgm_status cgm_params_freeze(cgm_params *p, const char *part)
{
    size_t length = strlen(part), found = 0;
    for (size_t i = 0; i < p->n; i++) {
        cgm_param_view *view = &p->parameter[i].view;
        if (strncmp(view->name, part, length) != 0 || (view->name[length] && view->name[length] != '.')) continue;
        view->frozen = true;
        found++;
    }
    return found ? CGM_OK : CGM_FAIL(CGM_E_ARG, "no parameter is called \"%s\" or \"%s....\"", part, part);
}

/* ---- The flat buffers ---- */

/* The room that a view takes. */
static size_t padded(const cgm_param_view *view)
{
    return ((size_t)cgm_shape_size(view->shape) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* Places the parameters or the state from *at on; false when the sizes overflow. */
static bool place(cgm_params *p, bool state, size_t *at)
{
    const size_t most = SIZE_MAX / BUFFERS / sizeof(cgm_real) - ALIGNMENT;
    for (size_t i = 0; i < p->n; i++) {
        cgm_param_view *view = &p->parameter[i].view;
        if (view->state != state) continue;
        size_t n = (size_t)cgm_shape_size(view->shape);
        if (n > most - *at) return false;
        view->offset = *at;
        if (!state) p->elements += n;
        *at += padded(view);
        if (*at > most) return false;
    }
    return true;
}

/* Sets the offsets: state comes last. */
static bool lay_out(cgm_params *p)
{
    size_t at = 0;
    p->elements = 0;
    if (!place(p, false, &at) || !place(p, true, &at)) return false;
    p->flat_size = at;
    return true;
}

cgm_status cgm_params_init(cgm_params *p, const cgm_rng *rng)
{
    if (p->flat) return CGM_FAIL(CGM_E_ARG, "the model's parameters are laid out already");
    if (!lay_out(p)) return CGM_FAIL(CGM_E_MEMORY, "the model's parameters are more than memory can hold");
    p->flat = cgm_alloc_aligned(cgm_params_bytes(p) + 1);
    if (!p->flat) return CGM_E_MEMORY;
    for (size_t i = 0; i < p->n; i++) {
        const parameter *q = &p->parameter[i];
        cgm_status status = cgm_init_fill(q->init, q->gain, q->view.shape, cgm_rng_split(rng, q->view.name),
                                          cgm_params_values(p) + q->view.offset);
        if (status == CGM_OK) continue;
        cgm_free_aligned(p->flat);
        p->flat = NULL;
        return status;
    }
    if (p->flat_size) memcpy(cgm_params_ema(p), cgm_params_values(p), p->flat_size * sizeof(cgm_real));
    return CGM_OK;
}

size_t cgm_params_count(const cgm_params *p)
{
    return p->n;
}

size_t cgm_params_elements(const cgm_params *p)
{
    return p->elements;
}

const cgm_param_view *cgm_params_view(const cgm_params *p, size_t i)
{
    return i < p->n ? &p->parameter[i].view : NULL;
}

size_t cgm_params_flat_size(const cgm_params *p)
{
    return p->flat_size;
}

size_t cgm_params_bytes(const cgm_params *p)
{
    return BUFFERS * p->flat_size * sizeof(cgm_real);
}

/* FNV-1a (Fowler, Noll, Vo). */
static uint64_t hash(uint64_t h, const void *data, size_t bytes)
{
    const unsigned char *byte = data;
    for (size_t i = 0; i < bytes; i++) h = (h ^ byte[i]) * 0x100000001b3u;
    return h;
}

uint64_t cgm_params_layout(const cgm_params *p)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < p->n; i++) {
        const cgm_param_view *view = &p->parameter[i].view;
        h = hash(h, view->name, strlen(view->name) + 1);
        h = hash(h, &view->offset, sizeof view->offset);
        for (int k = 0; k < view->shape.rank; k++) h = hash(h, &view->shape.dim[k], sizeof view->shape.dim[k]);
    }
    return h;
}

static cgm_real *buffer(cgm_params *p, size_t which)
{
    return p->flat ? p->flat + which * p->flat_size : NULL;
}

cgm_real *cgm_params_values(cgm_params *p)
{
    return buffer(p, VALUES);
}

cgm_real *cgm_params_ema(cgm_params *p)
{
    return buffer(p, EMA);
}

cgm_real *cgm_params_gradient(cgm_params *p)
{
    return buffer(p, GRADIENT);
}

cgm_real *cgm_params_moment(cgm_params *p, int which)
{
    return buffer(p, which == 0 ? MOMENT1 : MOMENT2);
}

/* Parameters lie in the order of their declaration. */
bool cgm_params_trained(const cgm_params *p, size_t *begin, size_t *end)
{
    size_t from = *end;
    bool found = false;
    for (size_t i = 0; i < p->n; i++) {
        const cgm_param_view *view = &p->parameter[i].view;
        if (view->state || view->offset < from) continue;
        if (view->frozen && found) break;
        if (view->frozen) continue;
        if (!found) *begin = view->offset;
        found = true;
        *end = view->offset + padded(view);
    }
    return found;
}

/* ---- Between the buffers and a graph ---- */

/* What stands in the place of the gradient of what is not trained, or not in g. */
static cgm_node instead(const cgm_params *p, cgm_graph *g, size_t i)
{
    const cgm_param_view *view = &p->parameter[i].view;
    const use *u = view->state ? use_in(p, g, i) : NULL;
    if (u && u->next.id) return u->next;
    return cgm_constant(g, view->state ? NAN : 0, view->shape);
}

cgm_status cgm_params_gradients(cgm_params *p, cgm_graph *g, cgm_node loss, cgm_node *gradients)
{
    CGM_TRY(cgm_graph_status(g));
    cgm_status status = CGM_OK;
    size_t held = 0;
    cgm_node *x = calloc(2 * p->n + 1, sizeof *x);
    if (!x) return CGM_FAIL(CGM_E_MEMORY, "out of memory for the gradients of %zu parameters", p->n);
    cgm_node *dx = x + p->n;
    for (size_t i = 0; i < p->n; i++) {
        const cgm_param_view *view = &p->parameter[i].view;
        gradients[i] = view->state || view->frozen ? (cgm_node){0} : cgm_params_node(p, g, i);
        if (gradients[i].id) x[held++] = gradients[i];
    }
    CGM_TRY_GOTO(cgm_graph_gradients(g, loss, held, x, dx), end);
    for (size_t i = 0, k = 0; i < p->n; i++) gradients[i] = gradients[i].id ? dx[k++] : instead(p, g, i);
    status = cgm_graph_status(g);
end:
    free(x);
    return status;
}

void cgm_params_bind(const cgm_params *p, const cgm_graph *g, cgm_workspace *ws, const cgm_real *flat)
{
    for (size_t i = 0; i < p->n; i++) {
        cgm_node node = cgm_params_node(p, g, i);
        if (node.id) cgm_workspace_bind(ws, node, flat + p->parameter[i].view.offset);
    }
}

void cgm_params_bind_gradients(cgm_params *p, cgm_workspace *ws, size_t first)
{
    for (size_t i = 0; i < p->n; i++)
        cgm_workspace_bind_output(ws, first + i, cgm_params_gradient(p) + p->parameter[i].view.offset);
}

static bool all_finite(size_t n, const cgm_real *x)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i])) return false;
    return true;
}

void cgm_params_update_state(cgm_params *p)
{
    for (size_t i = 0; i < p->n; i++) {
        const cgm_param_view *view = &p->parameter[i].view;
        const size_t n = (size_t)cgm_shape_size(view->shape);
        const cgm_real *next = cgm_params_gradient(p) + view->offset;
        if (!view->state || view->frozen || !all_finite(n, next)) continue;
        memcpy(cgm_params_values(p) + view->offset, next, n * sizeof *next);
        memcpy(cgm_params_ema(p) + view->offset, next, n * sizeof *next);
    }
}
