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

/* Parameter `index` is input `node` of graph g. */
typedef struct use {
    const cgm_graph *g;
    size_t index;
    cgm_node node;
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

/* The input of g that holds parameter i, or the null node. A graph may have been destroyed and another made at its
 * address; the name tells. */
static cgm_node node_in(const cgm_params *p, const cgm_graph *g, size_t i)
{
    for (size_t k = 0; k < p->n_uses; k++) {
        if (p->use[k].g != g || p->use[k].index != i) continue;
        const char *name = cgm_input_name(g, p->use[k].node);
        if (name && strcmp(name, p->parameter[i].view.name) == 0) return p->use[k].node;
    }
    return (cgm_node){0};
}

/* Remembers that node of g is parameter i, in the place of an earlier graph's node if there is one. */
static bool remember(cgm_params *p, const cgm_graph *g, size_t i, cgm_node node)
{
    size_t k = 0;
    while (k < p->n_uses && !(p->use[k].g == g && p->use[k].index == i)) k++;
    if (!reserve((void **)&p->use, k, &p->use_capacity, sizeof *p->use)) return false;
    p->use[k] = (use){g, i, node};
    if (k == p->n_uses) p->n_uses++;
    return true;
}

static bool declare(cgm_params *p, const char *name, cgm_shape shape, cgm_init init, double gain)
{
    char *kept = cgm_arena_strdup(&p->arena, name);
    if (!kept || !reserve((void **)&p->parameter, p->n, &p->capacity, sizeof *p->parameter)) return false;
    p->parameter[p->n++] = (parameter){.view = {.name = kept, .shape = shape}, .init = init, .gain = gain};
    return true;
}

cgm_node cgm_param(cgm_params *p, cgm_graph *g, const char *name, cgm_shape shape, cgm_init init, double gain)
{
    const char *path = cgm_graph_path(g, name);
    if (!path) return cgm_graph_fail(g, CGM_E_MEMORY, "out of memory for parameter \"%s\"", name);
    size_t i = find(p, path);
    if (i == p->n && p->flat)
        return cgm_graph_fail(g, CGM_E_ARG, "parameter \"%s\" is new, but the model's parameters are laid out", name);
    if (i < p->n && !cgm_shape_equal(p->parameter[i].view.shape, shape)) {
        char old[CGM_SHAPE_TEXT], wanted[CGM_SHAPE_TEXT];
        return cgm_graph_fail(g, CGM_E_SHAPE, "parameter \"%s\" has shape %s, asked for with %s", name,
                              cgm_shape_text(p->parameter[i].view.shape, old), cgm_shape_text(shape, wanted));
    }
    cgm_node node = i < p->n ? node_in(p, g, i) : (cgm_node){0};
    if (node.id) return node;
    node = cgm_input(g, name, shape);
    if (!node.id) return node;
    if ((i == p->n && !declare(p, path, shape, init, gain)) || !remember(p, g, i, node))
        return cgm_graph_fail(g, CGM_E_MEMORY, "out of memory for parameter \"%s\"", name);
    return node;
}

/* ---- Initial values ---- */

/* [out, in] or [out, in, r, s]; a vector counts as its own fan. */
static void fans(cgm_shape shape, double *in, double *out)
{
    double size = (double)cgm_shape_size(shape);
    *out = shape.rank > 1 ? size / (double)shape.dim[1] : size;
    *in = shape.rank > 1 ? size / (double)shape.dim[0] : size;
}

static void fill_uniform(cgm_rng *rng, size_t n, double bound, cgm_real *value)
{
    cgm_rng_fill_uniform(rng, n, value);
    for (size_t i = 0; i < n; i++) value[i] = (cgm_real)(bound * (2 * (double)value[i] - 1));
}

static void draw(const parameter *q, cgm_rng rng, cgm_real *value)
{
    size_t n = (size_t)cgm_shape_size(q->view.shape);
    double in, out, scale;
    fans(q->view.shape, &in, &out);
    switch (q->init) {
    case CGM_INIT_ZERO:
        break;
    case CGM_INIT_HE:
        scale = q->gain * sqrt(2 / in);
        cgm_rng_fill_normal(&rng, n, value);
        for (size_t i = 0; i < n; i++) value[i] = (cgm_real)(scale * value[i]);
        break;
    case CGM_INIT_XAVIER:
        scale = q->gain * sqrt(6 / (in + out));
        fill_uniform(&rng, n, scale, value);
        break;
    case CGM_INIT_UNIFORM:
        fill_uniform(&rng, n, q->gain, value);
        break;
    case CGM_INIT_ONE:
        for (size_t i = 0; i < n; i++) value[i] = 1;
        break;
    }
}

/* Sets the offsets; false when the sizes overflow. */
static bool lay_out(cgm_params *p)
{
    const size_t most = SIZE_MAX / BUFFERS / sizeof(cgm_real) - ALIGNMENT;
    size_t at = 0, elements = 0;
    for (size_t i = 0; i < p->n; i++) {
        cgm_param_view *view = &p->parameter[i].view;
        size_t n = (size_t)cgm_shape_size(view->shape);
        if (n > most - at) return false;
        view->offset = at;
        elements += n;
        at += (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        if (at > most) return false;
    }
    p->elements = elements;
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
        draw(q, cgm_rng_split(rng, q->view.name), cgm_params_values(p) + q->view.offset);
    }
    if (p->flat_size) memcpy(cgm_params_ema(p), cgm_params_values(p), p->flat_size * sizeof(cgm_real));
    return CGM_OK;
}

/* ---- The flat buffers ---- */

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

/* ---- Between the buffers and a graph ---- */

cgm_status cgm_params_gradients(cgm_params *p, cgm_graph *g, cgm_node loss, cgm_node *gradients)
{
    CGM_TRY(cgm_graph_status(g));
    cgm_status status = CGM_OK;
    size_t held = 0;
    cgm_node *x = calloc(2 * p->n + 1, sizeof *x);
    if (!x) return CGM_FAIL(CGM_E_MEMORY, "out of memory for the gradients of %zu parameters", p->n);
    cgm_node *dx = x + p->n;
    for (size_t i = 0; i < p->n; i++) {
        gradients[i] = node_in(p, g, i);
        if (gradients[i].id) x[held++] = gradients[i];
    }
    CGM_TRY_GOTO(cgm_graph_gradients(g, loss, held, x, dx), end);
    for (size_t i = 0, k = 0; i < p->n; i++)
        gradients[i] = gradients[i].id ? dx[k++] : cgm_constant(g, 0, p->parameter[i].view.shape);
    status = cgm_graph_status(g);
end:
    free(x);
    return status;
}

void cgm_params_bind(const cgm_params *p, const cgm_graph *g, cgm_workspace *ws, const cgm_real *flat)
{
    for (size_t i = 0; i < p->n; i++) {
        cgm_node node = node_in(p, g, i);
        if (node.id) cgm_workspace_bind(ws, node, flat + p->parameter[i].view.offset);
    }
}

void cgm_params_bind_gradients(cgm_params *p, cgm_workspace *ws, size_t first)
{
    for (size_t i = 0; i < p->n; i++)
        cgm_workspace_bind_output(ws, first + i, cgm_params_gradient(p) + p->parameter[i].view.offset);
}
