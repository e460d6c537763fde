/* Pictures of graphs: layouts in which nothing overlaps, what interventions cut, DOT and PNG. */
#include <cairo.h>
#include <math.h>
#include <string.h>

#include "data/variable.h"
#include "scm/diagram/layout.h"
#include "scm/diagram/look.h"
#include "scm/graphs/dag_priv.h"
#include "tests/graph_toys.h"

/* ---- layouts */

typedef struct drawn {
    cgm_arena arena;
    cgm_layout l;
} drawn;

/* Lays a graph out with nodes of random sizes. */
static void lay_out(const cgm_dag *dag, cgm_rng *rng, drawn *d)
{
    *d = (drawn){.l = {.n = dag->n, .n_edges = dag->directed.n + dag->bidirected.n, .order = dag->order}};
    cgm_layout_point *node = cgm_arena_array(&d->arena, dag->n, sizeof *node);
    d->l.edge = cgm_arena_array(&d->arena, d->l.n_edges + 1, sizeof *d->l.edge);
    if (!node || !d->l.edge) CU_FAIL_FATAL("out of memory");
    for (size_t i = 0; i < dag->n; i++)
        node[i] = (cgm_layout_point){
            .left = 10 + 50 * cgm_rng_uniform(rng), .right = 10 + 80 * cgm_rng_uniform(rng), .height = 30};
    for (size_t e = 0; e < d->l.n_edges; e++) {
        bool directed = e < dag->directed.n;
        const size_t *pair = directed ? dag->directed.pair[e] : dag->bidirected.pair[e - dag->directed.n];
        d->l.edge[e] = (cgm_layout_edge){.from = pair[0], .to = pair[1], .directed = directed};
    }
    d->l.node = node;
    REQUIRE_OK(cgm_layout_find(&d->l, &d->arena));
}

/* Causes are above effects; each edge passes layer after layer; in a layer everything keeps its distance; layers do not
 * meet; all is within the picture. */
static bool is_sound(const cgm_layout *l)
{
    for (size_t e = 0; e < l->n_edges; e++) {
        const cgm_layout_edge *edge = &l->edge[e];
        if (edge->point[0] != edge->from || edge->point[edge->n_points - 1] != edge->to) return false;
        if (edge->directed && !(l->point[edge->from].y < l->point[edge->to].y)) return false;
        for (size_t k = 0; k + 1 < edge->n_points; k++) {
            size_t a = l->point[edge->point[k]].layer, b = l->point[edge->point[k + 1]].layer;
            if (a + 1 != b && (edge->directed || b + 1 != a)) return false;
        }
    }
    size_t seen = 0;
    for (size_t layer = 0; layer < l->n_layers; layer++) {
        const cgm_layout_layer *at = &l->layer[layer];
        seen += at->n;
        if (layer && !(l->layer[layer - 1].bottom < at->top || l->layer[layer - 1].n == 0)) return false;
        for (size_t k = 0; k < at->n; k++) {
            const cgm_layout_point *p = &l->point[at->point[k]];
            if (p->position != k || p->layer != layer) return false;
            if (!(p->x - p->left >= -1e-6 && p->x + p->right <= l->width + 1e-6)) return false;
            if (!(p->y - p->height / 2 >= at->top - 1e-6 && p->y + p->height / 2 <= at->bottom + 1e-6)) return false;
            if (k == 0) continue;
            size_t left = at->point[k - 1];
            if (!(p->x - l->point[left].x >= cgm_layout_distance(l, left, at->point[k]) - 1e-6)) return false;
        }
    }
    return seen == l->n_points;
}

/* All pairs of links that cross. */
static size_t count_crossings(const cgm_layout *l)
{
    size_t n = 0;
    for (size_t a = 0; a < l->n_points; a++)
        for (size_t b = 0; b < l->n_points; b++) {
            if (l->point[a].layer != l->point[b].layer || l->point[a].position >= l->point[b].position) continue;
            for (size_t i = l->down_begin[a]; i < l->down_begin[a + 1]; i++)
                for (size_t k = l->down_begin[b]; k < l->down_begin[b + 1]; k++)
                    n += l->point[l->down[i]].position > l->point[l->down[k]].position;
        }
    return n;
}

static size_t crossings_of(const drawn *d)
{
    size_t *work = calloc(2 * d->l.n_points + d->l.n_edges * (d->l.n_layers + 1) + 8, sizeof *work);
    if (!work) CU_FAIL_FATAL("out of memory");
    size_t n = cgm_layout_crossings(&d->l, work);
    free(work);
    return n;
}

static void test_layout_random(void)
{
    cgm_rng rng = cgm_rng_create(5);
    for (size_t k = 0; k < 300; k++) {
        drawn d;
        size_t n = 1 + cgm_rng_below(&rng, 26);
        cgm_dag *dag = toy_random_dag(&rng, n, 0.4 * cgm_rng_uniform(&rng), k % 2 ? 0.2 * cgm_rng_uniform(&rng) : 0);
        lay_out(dag, &rng, &d);
        CU_ASSERT(is_sound(&d.l));
        CU_ASSERT_EQUAL(crossings_of(&d), count_crossings(&d.l));
        cgm_arena_clear(&d.arena);
        cgm_dag_destroy(dag);
    }
}

/* What can be drawn without crossings is; K(3,3) in two layers cannot be, and has 9. */
static void test_layout_crossings(void)
{
    const struct {
        const char *graph;
        size_t crossings;
    } cases[] = {
        {"a->e b->d c->f d->i e->h f->g", 0},
        {"r->a r->b a->c a->d b->e b->f c->g d->h e->i f->j r->j", 0},
        {"a->d a->e a->f b->d b->e b->f c->d c->e c->f", 9},
        {"a->b b->c c->d a->d x->d x->c", 0},
    };
    cgm_rng rng = cgm_rng_create(1);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        drawn d;
        cgm_dag *dag = toy_dag(cases[k].graph);
        lay_out(dag, &rng, &d);
        CU_ASSERT(is_sound(&d.l));
        CU_ASSERT_EQUAL(crossings_of(&d), cases[k].crossings);
        cgm_arena_clear(&d.arena);
        cgm_dag_destroy(dag);
    }
}

/* The bends of an edge over several layers are one below the other; roots stand just above their effects. */
static void test_layout_straight(void)
{
    cgm_rng rng = cgm_rng_create(2);
    drawn d;
    cgm_dag *dag = toy_dag("a->b b->c c->d d->e a->e late->e");
    lay_out(dag, &rng, &d);
    const cgm_layout_edge *edge = NULL;
    for (size_t e = 0; e < d.l.n_edges; e++)
        if (d.l.edge[e].n_points == 5) edge = &d.l.edge[e];
    CU_ASSERT_PTR_NOT_NULL_FATAL(edge);
    for (size_t k = 2; k < 4; k++) CHECK_NEAR(d.l.point[edge->point[k]].x, d.l.point[edge->point[1]].x, 1e-9);
    CU_ASSERT_EQUAL(d.l.point[cgm_dag_find(dag, "late")].layer, 3);
    cgm_arena_clear(&d.arena);
    cgm_dag_destroy(dag);
}

/* A thousand variables: bounded work, by its result. */
static void test_layout_large(void)
{
    cgm_rng rng = cgm_rng_create(3);
    cgm_dag *dag = NULL;
    REQUIRE_OK(cgm_dag_create(&dag));
    for (size_t i = 0; i < 1000; i++) {
        char name[16];
        snprintf(name, sizeof name, "v%zu", i);
        REQUIRE_OK(cgm_dag_add(dag, name, NULL));
        if (i > 0) REQUIRE_OK(cgm_dag_connect(dag, cgm_rng_below(&rng, i), i));
        if (i > 3 && i % 2) REQUIRE_OK(cgm_dag_confound(dag, cgm_rng_below(&rng, i), i));
    }
    REQUIRE_OK(cgm_dag_finish(dag));
    drawn d;
    lay_out(dag, &rng, &d);
    CU_ASSERT(is_sound(&d.l));
    cgm_arena_clear(&d.arena);
    cgm_dag_destroy(dag);
}

/* ---- interventions */

/* The one intervention of a text. */
static cgm_status read_do(const cgm_dag *dag, const char *text, cgm_arena *arena, cgm_diagram_do *out)
{
    const cgm_diagram_do *list;
    size_t n;
    CGM_TRY(cgm_diagram_read_dos(dag, 1, &text, arena, &n, &list));
    CU_ASSERT_EQUAL_FATAL(n, 1);
    *out = list[0];
    return CGM_OK;
}

static void test_read_do(void)
{
    cgm_arena arena = {0};
    cgm_dag *dag = toy_dag("z->x w->x x->y x-1->y w->outcome");
    size_t x = (size_t)cgm_dag_find(dag, "x"), y = (size_t)cgm_dag_find(dag, "y");
    cgm_diagram_do d = {0};
    const struct {
        const char *text, *shown;
        bool cuts, keeps_z, along;
    } cases[] = {{"x=3", "x = 3", true, false, false},
                 {" x = none, yet", NULL, false, false, false},
                 {" x =high", "x = high", true, false, false},
                 {"x~normal(0,1)", "x ~ normal(0,1)", true, false, false},
                 {"x~normal(2*z, s)", "x ~ normal(2*z, s)", true, true, false},
                 {"x+=2", "x += 2", false, false, false},
                 {"x/=2", "x /= 2", false, false, false},
                 {"x-=z", "x -= z", false, true, false},
                 {"x:=2*x+z", "x := 2*x+z", false, true, false},
                 {"x:=z", "x := z", true, true, false},
                 {"x=3 if w > 0", "x = 3 if w > 0", false, false, false},
                 {"x->y=3", "x->y = 3", false, false, true},
                 {"x -> y: x=3", "x->y = 3", false, false, true}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        if (!cases[k].shown) {
            CHECK_FAILS(read_do(dag, cases[k].text, &arena, &d), CGM_E_ARG, "there is no variable 'yet'");
            continue;
        }
        REQUIRE_OK(read_do(dag, cases[k].text, &arena, &d));
        CU_ASSERT_EQUAL(d.node, x);
        CU_ASSERT_EQUAL(d.to, cases[k].along ? (int)y : -1);
        CU_ASSERT_EQUAL(d.cuts, cases[k].cuts);
        CU_ASSERT_EQUAL(cgm_set_has(d.keeps, (size_t)cgm_dag_find(dag, "z")), cases[k].keeps_z);
        CU_ASSERT_STRING_EQUAL(d.text, cases[k].shown);
    }
    REQUIRE_OK(read_do(dag, "x-1=3", &arena, &d));
    CU_ASSERT_EQUAL(d.node, (size_t)cgm_dag_find(dag, "x-1"));
    CHECK_FAILS(read_do(dag, "x", &arena, &d), CGM_E_ARG, "do(x): column 2: expected one of = +=");
    CHECK_FAILS(read_do(dag, "x=", &arena, &d), CGM_E_ARG, "do(x=): column 3: expected a value");
    CHECK_FAILS(read_do(dag, "", &arena, &d), CGM_E_ARG, "column 1: expected the name of a variable");
    CHECK_FAILS(read_do(dag, "x:=outcome", &arena, &d), CGM_E_ARG, "column 4: 'outcome' is not a parent of 'x'");
    CHECK_FAILS(read_do(dag, "outcme=3", &arena, &d), CGM_E_ARG, "no variable 'outcme'; did you mean 'outcome'?");
    CHECK_FAILS(read_do(dag, "y->x=3", &arena, &d), CGM_E_ARG, "there is no edge from 'y' to 'x'");
    cgm_arena_clear(&arena);
    cgm_dag_destroy(dag);
}

/* ---- files */

static const char config_text[] = "graph:\n"
                                  "  s: {type: positive}\n"
                                  "  'a\"b\\': {type: continuous, range: [0, 1], parents: [s]}\n"
                                  "  c: {type: binary, parents: [s, 'a\"b\\']}\n"
                                  "  image: {type: image, parents: [c]}\n"
                                  "  other: {}\n"
                                  "hidden: [[s, image]]\n";

typedef struct toy {
    cgm_arena arena;
    cgm_config *config;
    cgm_dag *dag;
    cgm_diagram diagram;
} toy;

static void toy_make(toy *t)
{
    *t = (toy){.dag = NULL};
    REQUIRE_OK(cgm_config_parse(config_text, "toy.yaml", &t->config));
    REQUIRE_OK(cgm_dag_from_config(cgm_config_root(t->config), &t->dag));
    t->diagram.dag = t->dag;
    REQUIRE_OK(cgm_diagram_kinds_of_config(cgm_config_root(t->config), t->dag, &t->arena, &t->diagram.kind));
}

static void toy_clear(toy *t)
{
    cgm_dag_destroy(t->dag);
    cgm_config_destroy(t->config);
    cgm_arena_clear(&t->arena);
}

static void test_kinds(void)
{
    toy t;
    toy_make(&t);
    const cgm_diagram_kind want[] = {CGM_DIAGRAM_POSITIVE, CGM_DIAGRAM_BOUNDED, CGM_DIAGRAM_BINARY, CGM_DIAGRAM_IMAGE,
                                     CGM_DIAGRAM_UNSAID};
    for (size_t i = 0; i < 5; i++) CU_ASSERT_EQUAL(t.diagram.kind[i], want[i]);
    toy_clear(&t);

    cgm_config *config = NULL;
    cgm_dag *dag = NULL;
    cgm_arena arena = {0};
    const cgm_diagram_kind *kind;
    REQUIRE_OK(cgm_config_parse("graph:\n  x: {type: countinous}\n", "toy.yaml", &config));
    REQUIRE_OK(cgm_dag_from_config(cgm_config_root(config), &dag));
    CHECK_FAILS(cgm_diagram_kinds_of_config(cgm_config_root(config), dag, &arena, &kind), CGM_E_CONFIG,
                "toy.yaml:2: x: there is no type 'countinous'; did you mean 'continuous'?");
    cgm_arena_clear(&arena);
    cgm_dag_destroy(dag);
    cgm_config_destroy(config);
}

/* Each type that a config may name. */
static void test_types(void)
{
    static const char *const names[] = CGM_VARIABLE_TYPE_NAMES;
    for (size_t k = 0; names[k]; k++) {
        char text[64];
        cgm_config *config = NULL;
        cgm_dag *dag = NULL;
        cgm_arena arena = {0};
        const cgm_diagram_kind *kind;
        snprintf(text, sizeof text, "graph:\n  x: {type: %s}\n", names[k]);
        REQUIRE_OK(cgm_config_parse(text, "toy.yaml", &config));
        REQUIRE_OK(cgm_dag_from_config(cgm_config_root(config), &dag));
        REQUIRE_OK(cgm_diagram_kinds_of_config(cgm_config_root(config), dag, &arena, &kind));
        CU_ASSERT_STRING_EQUAL(cgm_diagram_looks[kind[0]].name, names[k]);
        cgm_arena_clear(&arena);
        cgm_dag_destroy(dag);
        cgm_config_destroy(config);
    }
}

static size_t count_of(const char *text, const char *word)
{
    size_t n = 0;
    for (; (text = strstr(text, word)); text++) n++;
    return n;
}

/* Every quote that opens closes, and every line is a statement. */
static bool is_quoted(const char *text)
{
    bool open = false;
    for (; *text; text++) {
        if (*text == '\\') {
            if (!open || !*++text) return false;
        } else if (*text == '"') {
            open = !open;
        } else if (*text == '\n' && (open || !strchr(";{}", text[-1]))) {
            return false;
        }
    }
    return !open;
}

static void test_dot(void)
{
    toy t;
    const char *text;
    toy_make(&t);
    REQUIRE_OK(cgm_diagram_write_dot(&t.diagram, &t.arena, &text));
    CU_ASSERT(is_quoted(text));
    CU_ASSERT_EQUAL(count_of(text, " -> "), 4 + 1 + 5); /* arrows, a hidden cause, noises */
    CU_ASSERT_EQUAL(count_of(text, "dir=both"), 1);
    CU_ASSERT_EQUAL(count_of(text, "style=dashed, color"), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"s\" -> \"a\\\"b\\\\\";"));
    cgm_diagram_do dos[2];
    REQUIRE_OK(read_do(t.dag, "c=1", &t.arena, &dos[0]));
    REQUIRE_OK(read_do(t.dag, "s->c=1", &t.arena, &dos[1]));
    t.diagram.interventions = dos;
    t.diagram.n_do = 1;
    REQUIRE_OK(cgm_diagram_write_dot(&t.diagram, &t.arena, &text));
    CU_ASSERT(is_quoted(text));
    CU_ASSERT_EQUAL(count_of(text, "style=dashed, color"), 2); /* both arrows into c */
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "label=\"c\\nc = 1\""));
    dos[0] = dos[1];
    REQUIRE_OK(cgm_diagram_write_dot(&t.diagram, &t.arena, &text));
    CU_ASSERT_EQUAL(count_of(text, "style=dashed, color"), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "label=\"s->c = 1\""));
    t.diagram.n_do = 2;
    CHECK_FAILS(cgm_diagram_write_dot(&t.diagram, &t.arena, &text), CGM_E_ARG, "two interventions on 's'");
    toy_clear(&t);
}

/* Pixels of exactly this colour. */
static size_t count_pixels(const char *path, unsigned rgb)
{
    cairo_surface_t *surface = cairo_image_surface_create_from_png(path);
    CU_ASSERT_EQUAL_FATAL(cairo_surface_status(surface), CAIRO_STATUS_SUCCESS);
    int width = cairo_image_surface_get_width(surface), height = cairo_image_surface_get_height(surface);
    int stride = cairo_image_surface_get_stride(surface);
    const unsigned char *data = cairo_image_surface_get_data(surface);
    size_t n = 0;
    for (int y = 0; y < height; y++) {
        const uint32_t *line = (const uint32_t *)(const void *)(data + (size_t)y * (size_t)stride);
        for (int x = 0; x < width; x++) n += (line[x] & 0xffffff) == rgb;
    }
    cairo_surface_destroy(surface);
    return n;
}

/* The colours of kinds and interventions are there exactly when they should be. */
static void test_png(void)
{
    toy t;
    cgm_diagram_do x;
    const char *path = test_path("toy.png");
    toy_make(&t);
    REQUIRE_OK(cgm_diagram_write_png(&t.diagram, path));
    size_t image = count_pixels(path, cgm_diagram_looks[CGM_DIAGRAM_IMAGE].fill);
    CU_ASSERT(image > 500);
    CU_ASSERT(count_pixels(path, CGM_INK_HIDDEN) > 10);
    CU_ASSERT_EQUAL(count_pixels(path, CGM_INK_DO), 0);
    CU_ASSERT_EQUAL(count_pixels(path, cgm_diagram_looks[CGM_DIAGRAM_COUNT].fill), 0);
    REQUIRE_OK(read_do(t.dag, "c=1", &t.arena, &x));
    t.diagram.interventions = &x;
    t.diagram.n_do = 1;
    REQUIRE_OK(cgm_diagram_write_png(&t.diagram, path));
    CU_ASSERT(count_pixels(path, CGM_INK_DO) > 50);
    CU_ASSERT(count_pixels(path, CGM_INK_CUT) > 5);
    CHECK_FAILS(cgm_diagram_write_png(&t.diagram, test_path("no/such/x.png")), CGM_E_ARG, "no/such");
    t.diagram.title = "\xff";
    CHECK_FAILS(cgm_diagram_write_png(&t.diagram, test_path("bad.png")), CGM_E_ARG, "UTF-8");
    CU_ASSERT(access(test_path("bad.png"), F_OK) != 0);
    toy_clear(&t);
}

/* The colour of a shape, and that nothing is where there was an error. */
static void test_svg(void)
{
    toy t;
    char fill[64];
    const char *text = NULL;
    unsigned image = cgm_diagram_looks[CGM_DIAGRAM_IMAGE].fill;
    toy_make(&t);
    REQUIRE_OK(cgm_diagram_write_svg(&t.diagram, &t.arena, &text));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "<svg "));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "</svg>"));
    snprintf(fill, sizeof fill, "%.4g%%", 100 * (image >> 16 & 255) / 255.0);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, fill));
    text = NULL;
    t.diagram.title = "\xff";
    CHECK_FAILS(cgm_diagram_write_svg(&t.diagram, &t.arena, &text), CGM_E_ARG, "UTF-8");
    CU_ASSERT_PTR_NULL(text);
    toy_clear(&t);
}

static void test_network(void)
{
    const char *path = test_data("bif/asia.bif");
    if (!path) return;
    cgm_network *network = NULL;
    cgm_dag *dag = NULL;
    cgm_arena arena = {0};
    const cgm_diagram_kind *kind;
    REQUIRE_OK(cgm_network_load(path, &network));
    REQUIRE_OK(cgm_dag_from_network(network, &dag));
    REQUIRE_OK(cgm_diagram_kinds_of_network(network, &arena, &kind));
    CU_ASSERT_EQUAL(cgm_dag_count(dag), 8);
    CU_ASSERT_EQUAL(dag->directed.n, 8);
    for (size_t i = 0; i < 8; i++) {
        CU_ASSERT_STRING_EQUAL(cgm_dag_name(dag, i), cgm_network_name(network, i));
        CU_ASSERT_EQUAL(kind[i], CGM_DIAGRAM_BINARY);
    }
    cgm_arena_clear(&arena);
    cgm_dag_destroy(dag);
    cgm_network_destroy(network);
}

static const test_case cases[] = {
    {"layouts of random graphs", test_layout_random},
    {"crossings", test_layout_crossings},
    {"long edges are straight", test_layout_straight},
    {"a thousand variables", test_layout_large},
    {"interventions", test_read_do},
    {"kinds of variable", test_kinds},
    {"types", test_types},
    {"DOT", test_dot},
    {"PNG", test_png},
    {"SVG", test_svg},
    {"a network's graph", test_network},
};

TEST_MAIN("diagram", cases)
