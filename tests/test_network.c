/* Discrete networks: building them, and reading them from BIF files, well-formed and hostile. */
#include "scm/discrete/network.h"

#include <string.h>
#include <time.h>

#include "base/rng.h"
#include "tests/harness.h"

static const char *const binary[] = {"0", "1"};

/* A variable of two levels; p0 is P(0) by the parents' levels. */
static cgm_status add_binary(cgm_network *network, const char *name, size_t n_parents, const char *const *parents,
                             const double *p0)
{
    double cpt[8];
    size_t rows = (size_t)1 << n_parents;
    for (size_t i = 0; i < rows; i++) cpt[2 * i] = p0[i], cpt[2 * i + 1] = 1 - p0[i];
    return cgm_network_add(network, name, 2, binary, n_parents, parents, 2 * rows, cpt);
}

static void lookup(void)
{
    const char *const levels[] = {"<100", "1.5", "a=b"};
    const double p[] = {.2, .3, .5};
    cgm_network *network;
    cgm_network_value value;
    size_t variable;
    REQUIRE_OK(cgm_network_create(&network));
    REQUIRE_OK(cgm_network_add(network, "income", 3, levels, 0, NULL, 3, p));
    REQUIRE_OK(cgm_network_add(network, "x=y", 3, levels, 0, NULL, 3, p));
    REQUIRE_OK(cgm_network_finish(network));
    REQUIRE_OK(cgm_network_read_value(network, "x=y=a=b", &value));
    CU_ASSERT(value.variable == 1 && value.level == 2);
    REQUIRE_OK(cgm_network_read_value(network, "income=<100", &value));
    CU_ASSERT(value.variable == 0 && value.level == 0);
    CHECK_FAILS(cgm_network_read_value(network, "incme=1.5", &value), CGM_E_ARG, "did you mean 'income'?");
    CHECK_FAILS(cgm_network_read_value(network, "income=<10", &value), CGM_E_ARG, "did you mean '<100'?");
    CHECK_FAILS(cgm_network_read_value(network, "income=large", &value), CGM_E_ARG,
                "income has no level 'large'; its 3 levels are '<100', ..., 'a=b'");
    CHECK_FAILS(cgm_network_read_value(network, "income", &value), CGM_E_ARG, "expected NAME=LEVEL, as in income=<100");
    CHECK_FAILS(cgm_network_read_value(network, "=1.5", &value), CGM_E_ARG, "expected NAME=LEVEL");
    CHECK_FAILS(cgm_network_lookup(network, "zzz", &variable), CGM_E_ARG, "no variable 'zzz'");
    CU_ASSERT_EQUAL(cgm_network_find(network, "zzz"), -1);
    CU_ASSERT_EQUAL(cgm_network_find_level(network, 0, "zzz"), -1);
    cgm_network_destroy(network);
}

/* A network of a, b <- a, and the row given, must be refused with the text. */
static void check_refused(const char *name, size_t n_levels, const char *const *levels, size_t n_parents,
                          const char *const *parents, size_t n, const double *cpt, const char *text)
{
    cgm_network *network;
    const char *a[] = {"a"};
    REQUIRE_OK(cgm_network_create(&network));
    REQUIRE_OK(add_binary(network, "b", 1, a, (double[]){.1, .2}));
    REQUIRE_OK(add_binary(network, "a", 0, NULL, (double[]){.5}));
    cgm_status status = cgm_network_add(network, name, n_levels, levels, n_parents, parents, n, cpt);
    if (status == CGM_OK) status = cgm_network_finish(network);
    CHECK_FAILS(status, CGM_E_ARG, text);
    cgm_network_destroy(network);
}

static void refused_networks(void)
{
    const char *const b[] = {"b"}, *const bb[] = {"b", "b"}, *const near[] = {"bb"}, *const self[] = {"c"};
    const char *const twins[] = {"x", "x"}, *const bad[] = {"x", "\xff"}, *const empty[] = {"x", ""};
    const double half[8] = {.5, .5, .5, .5, .5, .5, .5, .5};
    check_refused("a", 2, binary, 0, NULL, 2, half, "variable 'a' is there twice");
    check_refused("c", 2, binary, 1, near, 4, half, "c: parent 'bb' is not a variable of the network");
    check_refused("c", 2, binary, 2, bb, 8, half, "c: parent 'b' is listed twice");
    check_refused("c", 2, binary, 1, self, 4, half, "cycle: c -> c");
    check_refused("c", 2, binary, 1, b, 6, half, "c: a table of 6 numbers; expected 4");
    check_refused("c", 2, binary, 0, NULL, 0, half, "a table of 0 numbers");
    check_refused("c", 2, twins, 0, NULL, 2, half, "the level 'x' is listed twice");
    check_refused("c", 2, bad, 0, NULL, 2, half, "UTF-8");
    check_refused("c", 2, empty, 0, NULL, 2, half, "level ''");
    check_refused("c\n", 2, binary, 0, NULL, 2, half, "without control characters");
    check_refused("", 2, binary, 0, NULL, 2, half, "expected a name");
    check_refused("c", 0, binary, 0, NULL, 2, half, "0 levels");
    check_refused("c", 2, binary, 1, b, 4, (double[]){.5, .5, .5, .500002}, "c given b=1 sum to 1.000002; expected 1");
    check_refused("c", 2, binary, 1, b, 4, (double[]){.5, .5, -.1, 1.1}, "P(c=0 given b=1) is -0.1");
    check_refused("c", 2, binary, 1, b, 4, (double[]){NAN, .5, .5, .5}, "P(c=0 given b=0) is nan");
    check_refused("c", 2, binary, 1, b, 4, (double[]){0, INFINITY, .5, .5}, "P(c=1 given b=0) is inf");
    check_refused("c", 2, binary, 0, NULL, 2, (double[]){0, 0}, "sum to 0");

    cgm_network *network;
    const char *const c[] = {"c"}, *const a[] = {"a"};
    REQUIRE_OK(cgm_network_create(&network));
    REQUIRE_OK(add_binary(network, "d", 1, c, half));
    REQUIRE_OK(add_binary(network, "a", 1, c, half));
    REQUIRE_OK(add_binary(network, "b", 1, a, half));
    REQUIRE_OK(add_binary(network, "c", 1, b, half));
    CHECK_FAILS(cgm_network_finish(network), CGM_E_ARG, "cycle: a -> b -> c -> a");
    cgm_network_destroy(network);
    REQUIRE_OK(cgm_network_create(&network));
    CHECK_FAILS(cgm_network_finish(network), CGM_E_ARG, "without variables");
    cgm_network_destroy(network);
    cgm_network_destroy(NULL);
}

/* A row is divided by its sum when that is near 1, and kept to the bit when it is 1. */
static void normalised(void)
{
    const char *const a[] = {"a"};
    const size_t *parents;
    cgm_network *network;
    REQUIRE_OK(cgm_network_create(&network));
    REQUIRE_OK(cgm_network_add(network, "b", 2, binary, 1, a, 4, (double[]){.1, .9, .5, .5000009}));
    REQUIRE_OK(add_binary(network, "a", 0, NULL, (double[]){.7}));
    REQUIRE_OK(cgm_network_finish(network));
    CHECK_NEAR(cgm_network_row(network, 0, (size_t[]){1})[1], .5000009 / 1.0000009, 1e-15);
    CU_ASSERT(cgm_network_row(network, 0, (size_t[]){0})[0] == .1);
    CU_ASSERT(cgm_network_parents(network, 0, &parents) == 1 && parents[0] == 1);
    CU_ASSERT(cgm_network_order(network)[0] == 1 && cgm_network_order(network)[1] == 0);
    CU_ASSERT_STRING_EQUAL(cgm_network_name(network, 0), "b");
    cgm_network_destroy(network);
}

/* Everything that the format has. */
static const char example[] = "// Bayesian network in the Interchange Format\n"
                              "probability ( grass | rain sprinkler ) { // before its parents\n"
                              "  property \"a;b } {\" ;\n"
                              "  (heavy on) 9.9e-1, 1E-2;\n"
                              "  (\"none\", off) 0 1;\n"
                              "  default .8, .2;\n"
                              "}\n"
                              "network \"wet grass\" { property version 0.15; property author \"x, y\"; }\n"
                              "variable rain { //3 values\n"
                              "  type discrete[3] { none <100 \"heavy\" };\n"
                              "  property \"position = (73, 165)\" ;\n"
                              "}\n"
                              "variable \"sprinkler\" { property p; type discrete [ 2 ] { on, off }; }\n"
                              "variable grass/* a comment; } */{ type discrete [2] { a-b, 1.5 }; }\n"
                              "probability ( \"rain\" ) { table 0.5 0.3 0.2; }\n"
                              "probability ( sprinkler | rain ) { table .1, .2, .3, .9, .8, .7; }\n";

static cgm_status parse(const char *text, cgm_network **out)
{
    return cgm_network_parse(text, strlen(text), "f.bif", out);
}

static void bif_example(void)
{
    cgm_network *network;
    const char *const *levels;
    const size_t *parents;
    REQUIRE_OK(parse(example, &network));
    CU_ASSERT_EQUAL(cgm_network_count(network), 3);
    int rain = cgm_network_find(network, "rain"), sprinkler = cgm_network_find(network, "sprinkler");
    int grass = cgm_network_find(network, "grass");
    CU_ASSERT_FATAL(rain == 0 && sprinkler == 1 && grass == 2);
    CU_ASSERT_FATAL(cgm_network_levels(network, 0, &levels) == 3);
    CU_ASSERT_STRING_EQUAL(levels[1], "<100");
    CU_ASSERT(cgm_network_levels(network, 2, &levels) == 2 && !strcmp(levels[0], "a-b") && !strcmp(levels[1], "1.5"));
    CU_ASSERT(cgm_network_parents(network, 2, &parents) == 2 && parents[0] == 0 && parents[1] == 1);
    /* `table` goes through the parents' levels first. */
    CU_ASSERT(cgm_network_row(network, 1, (size_t[]){1})[0] == .2 &&
              cgm_network_row(network, 1, (size_t[]){1})[1] == .8);
    CU_ASSERT(cgm_network_row(network, 2, (size_t[]){2, 0})[1] == .01);
    CU_ASSERT(cgm_network_row(network, 2, (size_t[]){0, 1})[0] == 0);
    CU_ASSERT(cgm_network_row(network, 2, (size_t[]){1, 1})[0] == .8);
    CU_ASSERT(cgm_network_row(network, 0, NULL)[2] == .2);
    cgm_network_destroy(network);
}

static void bif_refused(void)
{
    /* After this, on line 4, comes the case's text. */
#define HEAD "network n { }\nvariable a { type discrete [2] { x, y }; }\nvariable b { type discrete [2] { 0, 1 }; }\n"
#define A "probability (a) { table .5 .5; }\n"
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "f.bif:1: no network block"},
        {"network n { }", "f.bif:1: no variable block"},
        {"network { }", "f.bif:1: expected the network's name, got '{'"},
        {"network n { }\nnetwork m { }", "f.bif:2: a second network block"},
        {"hello", "f.bif:1: expected network, variable or probability, got \"hello\""},
        {"\"network\" n { }", "expected network, variable or probability"},
        {"network n {\n", "f.bif:2: expected '}', but the file ends here"},
        {"network n { } variable v { }", "v: expected its type before '}'"},
        {"network n { } variable v { type real; }", "expected discrete, got \"real\""},
        {"network n { } variable v { type discrete [0] { }; }", "a number of levels from 1 to 10000, got \"0\""},
        {"network n { } variable v { type discrete [3] { x y }; }", "2 levels; expected 3"},
        {"network n { } variable v { type discrete [1] { x y }; }", "more than 1 levels"},
        {"network n { } variable v { type discrete [2] { x x }; }", "f.bif:1: variable 'v': the level 'x' is listed"},
        {"network n { } variable v { type discrete [2] { x y } }", "expected ';', got '}'"},
        {"network n { } variable v { type discrete [1] {x}; type discrete [1] {x}; }", "v: a second type"},
        {"network n { property \"x }\n", "quotes do not end on their line"},
        {"network n { property x }\n", "expected ; before '}'"},
        {"network n { property x ", "a property without its end"},
        {"network n { } /* variable", "f.bif:1: a comment that begins here does not end"},
        {"network \"n { }", "a name in quotes does not end on its line"},
        {"network \"\" { }", "an empty name"},
        {"network \xc3\x28 { }", "not UTF-8"},
        {"network \xed\xa0\x80 { }", "not UTF-8"},
        {HEAD "variable a { type discrete [2] { x, y }; }",
         "f.bif:4: variable 'a' is declared twice, first at f.bif:2"},
        {HEAD A, "f.bif:3: b has no probability block"},
        {HEAD A A, "f.bif:5: a has two probability blocks, the first at f.bif:4"},
        {HEAD "probability (aa) { table 1; }", "f.bif:4: 'aa' is not declared"},
        {HEAD "probability (a | c) { table 1; }", "f.bif:4: a: parent 'c' is not a variable"},
        {HEAD "probability (a | b, b) { table 1; }", "f.bif:4: a: parent 'b' is listed twice"},
        {HEAD "probability (a, b | b) { table 1; }", "expected one variable before '|'"},
        {HEAD "probability (a | b) {\n(0) .5 .5;\n(1) .5 .6;\n}",
         "f.bif:6: the probabilities of a given b=1 sum to 1.1"},
        {HEAD "probability (a | b) {\n(0) .5 .5;\n}", "f.bif:6: the row of a given b=1 is missing"},
        {HEAD "probability (a | b) {\n(0) .5 .5;\n(0) .5 .5; }", "f.bif:6: the row of a given b=0 is there twice"},
        {HEAD "probability (a | b) { (2) .5 .5; }", "a: '2' is not a level of its parent b"},
        {HEAD "probability (a | b) { (0, 1) .5 .5; }", "expected ')', got \"1\""},
        {HEAD "probability (a | b) { () .5 .5; }", "expected a level of each parent, got ')'"},
        {HEAD "probability (a) { table .5; }", "a: 1 probabilities; expected 2"},
        {HEAD "probability (a) { table .5 .25 .25; }", "a: 3 probabilities; expected 2"},
        {HEAD "probability (a) { table -.5 1.5; }", "P(a=x) is -0.5"},
        {HEAD "probability (a) { table nan 1; }", "expected a probability, got \"nan\""},
        {HEAD "probability (a) { table \"1\" 0; }", "expected a probability"},
        {HEAD "probability (a) { table 0x1 0; }", "expected a probability, got \"0x1\""},
        {HEAD "probability (a) { table 1e999 0; }", "expected a probability"},
        {HEAD "probability (a) { table .5 .5 }", "expected a probability or ';', got '}'"},
        {HEAD "probability (a) { table .5 .500002; }", "f.bif:4: the probabilities of a sum to 1.000002"},
        {HEAD "probability (a) { table .5 .5; table .5 .5; }", "`table` beside another `table`"},
        {HEAD "probability (a) { table .5 .5; default .5 .5; }", "`default` beside `table`"},
        {HEAD "probability (a | b) { (0) .5 .5; table .5 .5 .5 .5; }", "`table` beside"},
        {HEAD "probability (a | b) { table .5 .5 .5 .5; (0) .5 .5; }", "a row beside `table`"},
        {HEAD "probability (a) { default .5 .4; }", "f.bif:4: the probabilities of a sum to 0.9"},
        {HEAD "probability (a) { }", "the row of a is missing"},
        {HEAD "probability (a) { tabel .5 .5; }",
         "expected table, default, property, a row's '(' or '}', got \"tabel\""},
        {HEAD "probability (a | b) { default .5 .5; } probability (b | a) { default .5 .5; }", "cycle: a -> b -> a"},
        {HEAD "probability (a) } ", "f.bif:4: expected '{', got '}'"},
        {HEAD "probability (a) { table .5 .5; ", "expected '}', but the file ends here"},
    };
#undef HEAD
#undef A
    cgm_network *network;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_FAILS(parse(cases[i].text, &network), CGM_E_FORMAT, cases[i].message);
}

/* Reads a text that may be broken: an answer, or one line that begins with the file's name. A copy of just its size
 * lets the sanitizer see a step too far. Returns whether it was read. */
static bool survives(const char *text, size_t bytes)
{
    char *copy = malloc(bytes ? bytes : 1);
    cgm_network *network = NULL;
    memcpy(copy, text, bytes);
    cgm_status status = cgm_network_parse(copy, bytes, "f.bif", &network);
    free(copy);
    cgm_network_destroy(network);
    if (status == CGM_OK) return true;
    CU_ASSERT(status == CGM_E_FORMAT && !network);
    CU_ASSERT(strncmp(cgm_error_message(), "f.bif:", 6) == 0 && strlen(cgm_error_message()) > 10);
    return false;
}

static void bif_hostile(void)
{
    const size_t length = sizeof example - 1;
    char text[sizeof example];
    cgm_rng rng = cgm_rng_create(11);
    size_t read = 0;
    /* Only the last newline may be missing. */
    for (size_t bytes = 0; bytes <= length; bytes++) CU_ASSERT_EQUAL(survives(example, bytes), bytes + 1 >= length);
    for (int round = 0; round < 20000; round++) {
        memcpy(text, example, sizeof example);
        for (uint64_t flips = 1 + cgm_rng_below(&rng, 4); flips > 0; flips--)
            text[cgm_rng_below(&rng, length)] = (char)cgm_rng_below(&rng, cgm_rng_below(&rng, 2) ? 256 : 128);
        read += survives(text, length);
    }
    CU_ASSERT(read > 100 && read < 19000);
    static const char *const words[] = {
        "network",  "variable", "probability", "{",        "}", "(", ")", "[",  "]",  ";",  ",",  "|",  "type",
        "discrete", "table",    "default",     "property", "a", "b", "2", ".5", "\"", "/*", "*/", "//", "\n"};
    for (int round = 0; round < 5000; round++) {
        size_t n = 0;
        for (int k = 0; k < 60 && n + 16 < sizeof text; k++)
            n += (size_t)snprintf(text + n, sizeof text - n, "%s ",
                                  words[cgm_rng_below(&rng, sizeof words / sizeof *words)]);
        survives(text, n);
    }
}

/* A text that grows. */
typedef struct page {
    char *text;
    size_t n, capacity;
} page;

static void write_page(page *p, const char *format, ...) CGM_PRINTF(2, 3);
static void write_page(page *p, const char *format, ...)
{
    va_list args;
    if (p->capacity - p->n < 1024) p->text = realloc(p->text, p->capacity = 2 * p->capacity + 4096);
    va_start(args, format);
    p->n += (size_t)vsnprintf(p->text + p->n, p->capacity - p->n, format, args);
    va_end(args);
}

static void check_page(page *p, const char *message)
{
    cgm_network *network = NULL;
    cgm_status status = cgm_network_parse(p->text, p->n, "f.bif", &network);
    CHECK_FAILS(status, CGM_E_FORMAT, message);
    cgm_network_destroy(network);
    free(p->text);
}

/* Small files that would ask for much. */
static void bif_limits(void)
{
    clock_t begin = clock();
    page p = {NULL, 0, 0};
    write_page(&p, "network n { }");
    for (int i = 0; i < 30; i++) write_page(&p, "variable v%d { type discrete [2] { 0 1 }; }", i);
    page wide = {NULL, 0, 0};
    write_page(&wide, "%s probability (v0 |", p.text);
    for (int i = 1; i < 30; i++) write_page(&wide, " v%d", i);
    write_page(&wide, ") { default .5 .5; }");
    check_page(&wide, "f.bif:1: v0: with its table the network has more than 16777216 numbers");
    /* Each of them fits; all of them do not. */
    for (int child = 0; child < 8; child++) {
        write_page(&p, "probability (v%d |", child);
        for (int i = 8; i < 29; i++) write_page(&p, " v%d", i);
        write_page(&p, ") { default .5 .5; }\n");
    }
    check_page(&p, "f.bif:5: v4: with its table the network has more than 16777216 numbers");
    p = (page){NULL, 0, 0};
    write_page(&p, "network n { }");
    for (int i = 0; i <= CGM_NETWORK_MAX_VARIABLES; i++) write_page(&p, "variable v%d { type discrete [1] { 0 }; }", i);
    check_page(&p, "more than 10000 variables");
    p = (page){NULL, 0, 0};
    write_page(&p, "network ");
    for (int i = 0; i <= CGM_NETWORK_MAX_NAME; i++) write_page(&p, "x");
    check_page(&p, "a word of 257 bytes");
    CHECK_FAILS(survives("network n { }\0", 14) ? CGM_OK : CGM_E_FORMAT, CGM_E_FORMAT, "zero byte");
    CU_ASSERT((double)(clock() - begin) / CLOCKS_PER_SEC < 5);
}

static void bif_files(void)
{
    cgm_network *network;
    char *path = test_path("wet.bif");
    FILE *f = fopen(path, "wb");
    CU_ASSERT_FATAL(f != NULL);
    fputs("\xEF\xBB\xBF", f);
    for (int i = 0; i < 5000; i++) fputs("// a long comment, so that the file is read in several steps\r\n", f);
    fputs(example, f);
    fclose(f);
    REQUIRE_OK(cgm_network_load(path, &network));
    CU_ASSERT_EQUAL(cgm_network_count(network), 3);
    cgm_network_destroy(network);
    CHECK_FAILS(cgm_network_load(test_path("none.bif"), &network), CGM_E_ARG, "none.bif: No such file");
    CHECK_FAILS(cgm_network_load(test_directory(), &network), CGM_E_ARG, "cannot read");
}

static const test_case cases[] = {
    {"lookup", lookup},           {"refused networks", refused_networks},
    {"normalised", normalised},   {"BIF example", bif_example},
    {"BIF refused", bif_refused}, {"BIF hostile", bif_hostile},
    {"BIF limits", bif_limits},   {"BIF files", bif_files},
};
TEST_MAIN("network", cases)
