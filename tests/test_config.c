/* Configs: reading, errors with their positions, overrides, emitting, and hostile text. */
#include "config/config.h"

#include <stddef.h>

#include "config/number.h"
#include "tests/harness.h"

static const char example[] =
    "data:  {path: data/morphomnist, pad: 2}\n"
    "graph:\n"
    "  digit:     {type: categorical, levels: 10}\n"
    "  thickness: {type: continuous, range: [0.5, 8]}\n"
    "  intensity: {type: continuous, range: [64, 255], parents: [thickness], mechanism: affine_flow}\n"
    "  image:     {type: image, parents: [thickness, intensity, digit], mechanism: {kind: cvae, latent: 16}}\n"
    "train: {epochs: 20, batch: 128, rate: 1e-3, seed: 1}\n"
    "queries:\n"
    "  - {counterfactual: {do: {thickness: 3.5}, n: 64, png: \"thick: 1.png\"}} # a picture\n"
    "  - sample:\n"
    "      n: 4\n"
    "      note: |\n"
    "        two\n"
    "        lines\n";

typedef struct train {
    int64_t epochs, batch;
    double rate;
    bool ema;
    int mode;
    const char *data;
    double range[2];
    cgm_texts parents;
    const cgm_yaml *rest;
} train;

static const char *const modes[] = {"fast", "slow", NULL};
static const cgm_key keys[] = {
    {"epochs", CGM_KEY_INT, .offset = offsetof(train, epochs), .low = 0, .high = 1000},
    {"batch", CGM_KEY_INT, .offset = offsetof(train, batch), .low = 1, .high = 65536},
    {"rate", CGM_KEY_REAL, .offset = offsetof(train, rate), .low = 0, .high = 1},
    {"ema", CGM_KEY_BOOL, .offset = offsetof(train, ema)},
    {"mode", CGM_KEY_CHOICE, .offset = offsetof(train, mode), .choices = modes},
    {"data", CGM_KEY_TEXT, .offset = offsetof(train, data), .required = true},
    {"range", CGM_KEY_RANGE, .offset = offsetof(train, range)},
    {"parents", CGM_KEY_TEXTS, .offset = offsetof(train, parents)},
    {"rest", CGM_KEY_NODE, .offset = offsetof(train, rest)},
};
#define N_KEYS (sizeof keys / sizeof *keys)

static cgm_config *parse(const char *text)
{
    cgm_config *config = NULL;
    CHECK_OK(cgm_config_parse(text, "run.yaml", &config));
    if (!config) CU_FAIL_FATAL("no config");
    return config;
}

static bool same_tree(const cgm_yaml *a, const cgm_yaml *b)
{
    if (cgm_yaml_get_kind(a) != cgm_yaml_get_kind(b) || cgm_yaml_count(a) != cgm_yaml_count(b)) return false;
    if (cgm_yaml_get_kind(a) == CGM_YAML_SCALAR) return strcmp(cgm_yaml_text(a), cgm_yaml_text(b)) == 0;
    for (size_t i = 0; i < cgm_yaml_count(a); i++) {
        if (cgm_yaml_get_kind(a) == CGM_YAML_MAP && strcmp(cgm_yaml_key(a, i), cgm_yaml_key(b, i))) return false;
        if (!same_tree(cgm_yaml_at(a, i), cgm_yaml_at(b, i))) return false;
    }
    return true;
}

/* The emitted text parses back to the same tree. */
static void check_round_trip(cgm_config *config)
{
    const char *text;
    cgm_config *again = NULL;
    REQUIRE_OK(cgm_config_text(config, &text));
    CHECK_OK(cgm_config_parse(text, "again.yaml", &again));
    if (!again) {
        fprintf(stderr, "%s", text);
        return;
    }
    bool same = same_tree(cgm_config_root(config), cgm_config_root(again));
    if (!same) fprintf(stderr, "another tree comes back from:\n%s", text);
    CU_ASSERT(same);
    cgm_config_destroy(again);
}

static void reads_the_example(void)
{
    cgm_config *config = parse(example);
    const cgm_yaml *root = cgm_config_root(config), *graph = cgm_yaml_get(root, "graph");
    CU_ASSERT_EQUAL_FATAL(cgm_yaml_count(root), 4);
    CU_ASSERT_STRING_EQUAL(cgm_yaml_key(graph, 1), "thickness");
    const cgm_yaml *mechanism = cgm_yaml_get(cgm_yaml_get(graph, "image"), "mechanism");
    CU_ASSERT_STRING_EQUAL(cgm_yaml_text(cgm_yaml_get(mechanism, "latent")), "16");
    CU_ASSERT_STRING_EQUAL(cgm_yaml_where(mechanism), "run.yaml:6");
    CU_ASSERT_STRING_EQUAL(cgm_yaml_where(graph), "run.yaml:2");
    const cgm_yaml *sample = cgm_yaml_get(cgm_yaml_at(cgm_yaml_get(root, "queries"), 1), "sample");
    CU_ASSERT_STRING_EQUAL(cgm_yaml_text(cgm_yaml_get(sample, "note")), "two\nlines\n");
    CU_ASSERT_PTR_NULL(cgm_yaml_get(root, "absent"));
    CU_ASSERT_PTR_NULL(cgm_yaml_get(NULL, "absent"));
    check_round_trip(config);
    const char *text;
    REQUIRE_OK(cgm_config_text(config, &text));
    const char first[] = "data: {path: data/morphomnist, pad: 2}\n";
    CU_ASSERT(strncmp(text, first, sizeof first - 1) == 0); /* short maps stay on one line */
    cgm_config_destroy(config);
}

/* What YAML may take for a mark of its own comes back as a text, on one line and on lines of its own. */
static void marks_are_texts(void)
{
    cgm_config *config = parse("short: [-, +, ., -.]\n");
    check_round_trip(config);
    cgm_config_destroy(config);
    config = parse(
        "long: [-, +, ., -., 'one that is so long that no line has room for it', 'and one that is as long as it is', "
        "-]\n"
        "map: {-: 1, a: 'one that is so long that no line has room for it', b: 'and one that is as long as it is'}\n");
    check_round_trip(config);
    const char *text;
    REQUIRE_OK(cgm_config_text(config, &text));
    CU_ASSERT(strstr(text, "\n  - \"-\"\n") != NULL);
    cgm_config_destroy(config);
}

/* An override goes no deeper than what can be read again, whatever its value is. */
static void overrides_are_read_again(void)
{
    for (size_t words = 30; words <= 34; words++) {
        char text[80] = "";
        cgm_config *config = parse("a: 1\n");
        for (size_t i = 0; i < words; i++) strcat(text, i ? ".b" : "b");
        strcat(text, "=");
        if (words < 32) {
            CHECK_OK(cgm_config_set(config, text));
        } else {
            CHECK_FAILS(cgm_config_set(config, text), CGM_E_CONFIG, "nested more than 32 deep");
        }
        check_round_trip(config);
        cgm_config_destroy(config);
    }
}

static void reads_a_schema(void)
{
    cgm_config *config =
        parse("epochs: 1e1\nrate: 0.5\nema: yes\nmode: slow\ndata: d.h5\nrange: [-1, 2.5]\nparents: [a, b]\n"
              "rest: {x: 1}\n");
    train got = {.batch = 7};
    REQUIRE_OK(cgm_yaml_read(cgm_config_root(config), "train", N_KEYS, keys, &got));
    CU_ASSERT(got.epochs == 10 && got.batch == 7 && got.ema && got.mode == 1);
    CHECK_NEAR(got.rate, 0.5, 0);
    CHECK_NEAR(got.range[0] + 10 * got.range[1], 24, 0);
    CU_ASSERT_STRING_EQUAL(got.data, "d.h5");
    CU_ASSERT(got.parents.n == 2 && strcmp(got.parents.text[1], "b") == 0);
    CU_ASSERT_STRING_EQUAL(cgm_yaml_text(cgm_yaml_get(got.rest, "x")), "1");
    cgm_config_destroy(config);
    config = parse("data: d\nparents: a\n");
    REQUIRE_OK(cgm_yaml_read(cgm_config_root(config), "train", N_KEYS, keys, &got));
    CU_ASSERT(got.parents.n == 1 && strcmp(got.parents.text[0], "a") == 0);
    cgm_config_destroy(config);
}

/* Reads the text's `train` by the schema and expects this message; the struct must be as it was. */
static void check_refused(const char *text, const char *message)
{
    cgm_config *config = parse(text);
    train got, before;
    memset(&got, 0x5A, sizeof got);
    before = got;
    CHECK_FAILS(cgm_yaml_read(cgm_yaml_get(cgm_config_root(config), "train"), "train", N_KEYS, keys, &got),
                CGM_E_CONFIG, message);
    CU_ASSERT(memcmp(&got, &before, sizeof got) == 0);
    cgm_config_destroy(config);
}

static void schema_errors(void)
{
    check_refused("train:\n  data: d\n  epoch: 5\n", "run.yaml:3: train.epoch: unknown key; did you mean \"epochs\"?");
    check_refused("train: {data: d, zzzzzz: 5}",
                  "run.yaml:1: train.zzzzzz: unknown key; the keys here are epochs, batch,");
    check_refused("\n\ntrain:\n  rate: fast\n", "run.yaml:4: train.rate: expected a number from 0 to 1, got \"fast\"");
    check_refused("train: {batch: 0}", "run.yaml:1: train.batch: expected a whole number from 1 to 65536, got 0");
    check_refused("train: {batch: 1.5}", "train.batch: expected a whole number from 1 to 65536, got 1.5");
    check_refused("train: {batch: 99999999999999999999}",
                  "expected a whole number from 1 to 65536, got 99999999999999999999");
    check_refused("train: {rate: nan}", "expected a number from 0 to 1, got \"nan\"");
    check_refused("train: {rate: 0x1p-3}", "expected a number from 0 to 1, got \"0x1p-3\"");
    check_refused("train: {rate: [1]}", "expected a number from 0 to 1, got a list");
    check_refused("train: {rate: }", "expected a number from 0 to 1, got nothing");
    check_refused("train: {ema: maybe}", "expected true or false, got \"maybe\"");
    check_refused("train: {mode: fsat}",
                  "train.mode: expected one of fast, slow, got \"fsat\"; did you mean \"fast\"?");
    check_refused("train: {mode: 7}", "expected one of fast, slow, got 7");
    check_refused("train: {range: [8, 0.5]}", "train.range: expected [low, high] with low < high, got [8, 0.5]");
    check_refused("train: {range: 8}", "expected two numbers [low, high], got 8");
    check_refused("train: {parents: [a, {b: 1}]}", "train.parents: expected a word, got a map");
    check_refused("train: {data: {a: 1}}", "train.data: expected a text, got a map");
    check_refused("train: {epochs: 5}", "run.yaml:1: train: missing key \"data\"");
    check_refused("train:\n", "missing key \"data\"");
    check_refused("other: 1\n", "train: missing key \"data\"");
    check_refused("train: [1]\n", "run.yaml:1: train: expected a map, got a list");
}

static void check_unparsable(const char *text, const char *message)
{
    cgm_config *config = NULL;
    CHECK_FAILS(cgm_config_parse(text, "run.yaml", &config), CGM_E_CONFIG, message);
    CU_ASSERT_PTR_NULL(config);
    cgm_config_destroy(config);
}

static void hostile_text(void)
{
    check_unparsable("a: &x 1\n", "run.yaml:1: anchors");
    check_unparsable("a: 1\nb: *x\n", "run.yaml:2: aliases");
    check_unparsable("a: 1\nb: !!int 3\n", "run.yaml:2: tags");
    check_unparsable("a: 1\nb: 2\nc:\n  d: 1\n  d: 2\n", "run.yaml:5: d: the key is already at run.yaml:4");
    check_unparsable("a: 1\n? [1, 2]\n: 3\n", "run.yaml:2: a key that is a list or a map");
    check_unparsable("a: 1\n---\nb: 2\n", "a second document");
    check_unparsable("a: \"x\\0y\"\n", "zero byte");
    check_unparsable("a: 1\nb: \xff\xfe\n", "run.yaml:2: ");
    check_unparsable("a: 1\nb: [1, 2\nc: 3\n", "run.yaml:");
    check_unparsable("a: 1\n\tb: 2\n", "run.yaml:2: ");
    char deep[200] = "";
    memset(deep, '[', 100);
    check_unparsable(deep, "nested more than 32 deep");
    size_t bytes = ((size_t)1 << 20) + 2;
    char *big = calloc(bytes, 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(big);
    memset(big, 'a', bytes - 1);
    check_unparsable(big, "run.yaml: more than 1 MiB");
    for (size_t i = 0; i < bytes - 2; i++) big[i] = i == 0 ? '[' : i % 2 ? '1' : ',';
    big[bytes - 10] = 0;
    check_unparsable(big, "more than 100000 values");
    free(big);
}

static void files(void)
{
    cgm_config *config = NULL;
    CHECK_FAILS(cgm_config_load(test_path("none.yaml"), &config), CGM_E_ARG, "none.yaml: No such file");
    CU_ASSERT(cgm_config_load(test_directory(), &config) != CGM_OK);
    FILE *f = fopen(test_path("bom.yaml"), "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    fprintf(f, "\xEF\xBB\xBF"
               "a: 1\n");
    fclose(f);
    REQUIRE_OK(cgm_config_load(test_path("bom.yaml"), &config));
    CU_ASSERT_PTR_NOT_NULL(strstr(cgm_yaml_where(cgm_yaml_get(cgm_config_root(config), "a")), "bom.yaml:1"));
    cgm_config_destroy(config);
    const char *const empty[] = {"", "# only a remark\n", "---\n", "{}", "~"};
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
        config = parse(empty[i]);
        CU_ASSERT(cgm_yaml_get_kind(cgm_config_root(config)) == CGM_YAML_MAP &&
                  !cgm_yaml_count(cgm_config_root(config)));
        check_round_trip(config);
        cgm_config_destroy(config);
    }
}

/* The text of the value at a path of two keys. */
static const char *value_at(const cgm_config *config, const char *a, const char *b)
{
    const cgm_yaml *node = cgm_yaml_get(cgm_yaml_get(cgm_config_root(config), a), b);
    return node && cgm_yaml_get_kind(node) == CGM_YAML_SCALAR ? cgm_yaml_text(node) : "(none)";
}

static void overrides(void)
{
    cgm_config *config = parse(example);
    CHECK_OK(cgm_config_set(config, "train.epochs=5"));
    CU_ASSERT_STRING_EQUAL(value_at(config, "train", "epochs"), "5");
    CHECK_OK(cgm_config_set(config, "new.deep.down={a: [1, 2]}"));
    CHECK_OK(cgm_config_set(config, "new.other=x=y"));
    CU_ASSERT_STRING_EQUAL(value_at(config, "new", "other"), "x=y");
    CHECK_OK(cgm_config_set(config, "new.none="));
    CHECK_OK(cgm_config_set(config, "queries.1.sample.n=9"));
    CHECK_OK(cgm_config_set(config, "graph.image.parents.0=slant"));
    const cgm_yaml *image = cgm_yaml_get(cgm_yaml_get(cgm_config_root(config), "graph"), "image");
    static const cgm_key image_keys[] = {{"parents", CGM_KEY_TEXTS, .offset = offsetof(train, parents)},
                                         {"type", CGM_KEY_TEXT, .offset = offsetof(train, data)},
                                         {"mechanism", CGM_KEY_NODE, .offset = offsetof(train, rest)}};
    train t = {0};
    CHECK_OK(cgm_yaml_read(image, "image", 3, image_keys, &t));
    CU_ASSERT_STRING_EQUAL(t.parents.text[0], "slant"); /* the texts follow the override */
    CU_ASSERT_STRING_EQUAL(cgm_yaml_text(cgm_yaml_at(cgm_yaml_get(image, "parents"), 0)), "slant");
    check_round_trip(config);

    CHECK_FAILS(cgm_config_set(config, "train.rate.x=1"), CGM_E_CONFIG,
                "--set train.rate.x: what should hold \"x\" is the value \"1e-3\" (run.yaml:7); expected a map");
    CHECK_FAILS(cgm_config_set(config, "queries.7=1"), CGM_E_CONFIG,
                "--set queries.7: \"7\" is no item of the list at");
    CHECK_FAILS(cgm_config_set(config, "train.rate=[1"), CGM_E_CONFIG, "--set train.rate: ");
    CHECK_FAILS(cgm_config_set(config, "train"), CGM_E_CONFIG, "expected KEY.KEY=VALUE");
    CHECK_FAILS(cgm_config_set(config, "=5"), CGM_E_CONFIG, "expected KEY.KEY=VALUE");
    CHECK_FAILS(cgm_config_set(config, "train..rate=5"), CGM_E_CONFIG, "empty word");
    CU_ASSERT_STRING_EQUAL(value_at(config, "train", "rate"), "1e-3");
    cgm_config_destroy(config);

    config = parse("train:\n");
    CHECK_OK(cgm_config_set(config, "train.epoch=5"));
    CHECK_FAILS(cgm_yaml_read(cgm_yaml_get(cgm_config_root(config), "train"), "train", N_KEYS, keys, &t), CGM_E_CONFIG,
                "--set train.epoch: unknown key; did you mean \"epochs\"?");
    cgm_config_destroy(config);

    config = parse("train: {data: d}\n");
    CHECK_OK(cgm_config_set(config, "train.rate=fast"));
    CHECK_FAILS(cgm_yaml_read(cgm_yaml_get(cgm_config_root(config), "train"), "train", N_KEYS, keys, &t), CGM_E_CONFIG,
                "--set train.rate: expected a number from 0 to 1, got \"fast\"");
    cgm_config_destroy(config);
}

/* Texts whose quoting is easily got wrong. */
static void emits_awkward_texts(void)
{
    static const char *const text[] = {
        "a: ''\nb: ~\nc: \"null\"\nd: '~'\n",
        "a: '- b'\nb: '#c'\nc: 'd: e'\nd: '[x'\ne: '-'\nf: '---'\ng: '...'\nh: -5\ni: .5\n",
        "'': 1\n'null': 2\n'a b': 3\n'---': 4\n",
        "a: \"\\u0085\\u2028\\uFEFF\\x07\\t\\n\\\"\\\\\\e\"\nb: \"größe\\U0001F600 \\xA0\"\n",
        "- 1\n- [2, [3, []]]\n- {}\n- {a: {b: {c: }}}\n",
        "- - - 1\n    - 2\n",
        "a: \"  spaces  \"\nb: \"line one\\n  line two\\n\"\n",
    };
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        cgm_config *config = parse(text[i]);
        check_round_trip(config);
        cgm_config_destroy(config);
    }
    /* Longer than a line, so in blocks, some levels deep. */
    char *nested = calloc(1, 20000);
    CU_ASSERT_PTR_NOT_NULL_FATAL(nested);
    for (int i = 0; i < 40; i++)
        sprintf(nested + strlen(nested),
                "key%d:\n  - {long: [%d, 2, 3, 4, 5, 6, 7, 8, 9, 10], b: {text: \"%060d\", c: [{d: %060d}]}}\n", i, i,
                i, i);
    cgm_config *config = parse(nested);
    check_round_trip(config);
    cgm_config_destroy(config);
    free(nested);
}

/* Whatever the bytes, an error or a tree that survives being emitted. */
static void try_text(const char *text)
{
    cgm_config *config = NULL;
    if (cgm_config_parse(text, "fuzz.yaml", &config) != CGM_OK) {
        CU_ASSERT(cgm_error_message()[0] && !config);
        return;
    }
    check_round_trip(config);
    cgm_config_destroy(config);
}

static void fuzz(void)
{
    static const char bytes[] = "\x01\t\n \"'#&*!%@`-?:,[]{}|>~0aZ\\\x7f\x80\xc3\xe2\xff";
    char text[sizeof example];
    for (size_t n = 0; n < sizeof example; n++) {
        memcpy(text, example, n);
        text[n] = 0;
        try_text(text);
    }
    uint32_t state = 1;
    for (int i = 0; i < 4000; i++) {
        memcpy(text, example, sizeof example);
        for (int k = 0; k <= i % 4; k++) {
            state = state * 1664525u + 1013904223u;
            size_t at = (state >> 8) % (sizeof example - 1);
            state = state * 1664525u + 1013904223u;
            text[at] = bytes[(state >> 8) % (sizeof bytes - 1)];
        }
        try_text(text);
    }
}

static void numbers(void)
{
    double x;
    int64_t i;
    CU_ASSERT(cgm_number_parse("-1.5e2", &x) && x == -150);
    CU_ASSERT(cgm_number_parse(".5", &x) && x == 0.5);
    const char *const bad[] = {"", " 1", "1 ", "1,5", "inf", "nan", "0x1", "1e999", "--1", "e", "."};
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) CU_ASSERT(!cgm_number_parse(bad[k], &x));
    CU_ASSERT(cgm_integer_parse("9223372036854775807", &i) && i == INT64_MAX);
    CU_ASSERT(cgm_integer_parse("2e3", &i) && i == 2000);
    CU_ASSERT(!cgm_integer_parse("9223372036854775808", &i) && !cgm_integer_parse("1.5", &i) &&
              !cgm_integer_parse("1e300", &i));
}

/* A plain text with an open parenthesis goes on over commas in flow collections. */
static void calls_in_flow(void)
{
    cgm_config *config = NULL;
    REQUIRE_OK(cgm_config_parse("a: {noise: normal(0,1), p: categorical(.2, .2,.6), n: 3}\n"
                                "b: [gamma(10, 5), 7, f(g(1, 2), 3), 'x(', 8]\n",
                                "t", &config));
    const cgm_yaml *a = cgm_yaml_get(cgm_config_root(config), "a"), *b = cgm_yaml_get(cgm_config_root(config), "b");
    CU_ASSERT_EQUAL_FATAL(cgm_yaml_count(a), 3);
    CU_ASSERT_STRING_EQUAL(cgm_yaml_text(cgm_yaml_get(a, "noise")), "normal(0, 1)");
    CU_ASSERT_STRING_EQUAL(cgm_yaml_text(cgm_yaml_get(a, "p")), "categorical(.2, .2, .6)");
    CU_ASSERT_EQUAL_FATAL(cgm_yaml_count(b), 5);
    CU_ASSERT_STRING_EQUAL(cgm_yaml_text(cgm_yaml_at(b, 0)), "gamma(10, 5)");
    CU_ASSERT_STRING_EQUAL(cgm_yaml_text(cgm_yaml_at(b, 2)), "f(g(1, 2), 3)");
    cgm_config *again = NULL;
    const char *text;
    REQUIRE_OK(cgm_config_text(config, &text));
    REQUIRE_OK(cgm_config_parse(text, "again", &again));
    CU_ASSERT_STRING_EQUAL(cgm_yaml_text(cgm_yaml_get(cgm_yaml_get(cgm_config_root(again), "a"), "noise")),
                           "normal(0, 1)");
    cgm_config_destroy(again);
    cgm_config_destroy(config);
    CHECK_FAILS(cgm_config_parse("a: {p: f(1, b: 2)}", "t", &config), CGM_E_CONFIG, "t:1: a ':' within parentheses");
    static char bomb[300000];
    for (size_t i = 0; i + 3 < sizeof bomb; i += 3) memcpy(bomb + i, i ? ",1(" : "[(,", 3);
    CU_ASSERT(cgm_config_parse(bomb, "t", &config) != CGM_OK);
}

static void nearest_words(void)
{
    const char *const word[] = {"epochs", "batch", "thickness", "seed"};
    CU_ASSERT_STRING_EQUAL(cgm_nearest_word("epoch", 4, word), "epochs");
    CU_ASSERT_STRING_EQUAL(cgm_nearest_word("Btach", 4, word), "batch");
    CU_ASSERT_STRING_EQUAL(cgm_nearest_word("thick", 4, word), "thickness");
    CU_ASSERT_STRING_EQUAL(cgm_nearest_word("sed", 4, word), "seed");
    CU_ASSERT_PTR_NULL(cgm_nearest_word("rate", 4, word));
    CU_ASSERT_PTR_NULL(cgm_nearest_word("", 4, word));
}

static const test_case cases[] = {
    {"calls in flow", calls_in_flow},
    {"reads the example", reads_the_example},
    {"marks are texts", marks_are_texts},
    {"overrides are read again", overrides_are_read_again},
    {"reads a schema", reads_a_schema},
    {"schema errors", schema_errors},
    {"hostile text", hostile_text},
    {"files", files},
    {"overrides", overrides},
    {"emits awkward texts", emits_awkward_texts},
    {"fuzz", fuzz},
    {"numbers", numbers},
    {"nearest words", nearest_words},
};
TEST_MAIN("config", cases)
