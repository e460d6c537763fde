/* Queries as configs write them. */
#include "scm/answers/query.h"

#include <string.h>

#include "scm/answers/answer_priv.h"
#include "scm/interventions/intervention.h"

/* A query's map as it is written; numbers as the schema wants them. */
typedef struct query_map {
    const cgm_yaml *what;
    int64_t n, seed;
    int split;
    const char *out, *png, *modes;
    double temperature, pixel_temperature, denoise;
    cgm_texts measures, judges;
    const cgm_yaml *rows;
    bool truth, latents;
    int64_t particles, cycles;
} query_map;

static const char *const split_names[] = {"train", "test", NULL};

#define MAP(field) offsetof(query_map, field)
static const cgm_key query_keys[] = {
    {"do", CGM_KEY_NODE, MAP(what), false, 0, 0, NULL,
     "interventions that act together, {thickness: 3.5, intensity: \"+=10\"} or \"thickness=3.5, intensity+=10\"; a "
     "list "
     "of these gives several answers a row; `permuted` as a value: training values in a random order"},
    {"n", CGM_KEY_INT, MAP(n), false, 1, 1e9, NULL, "rows (64, or all that there are)"},
    {"rows", CGM_KEY_NODE, MAP(rows), false, 0, 0, NULL, "a list of rows of the split, from 0, instead of the first n"},
    {"split", CGM_KEY_CHOICE, MAP(split), false, 0, 0, split_names, "which rows: test or train (test)"},
    {"seed", CGM_KEY_INT, MAP(seed), false, 0, 9e15, NULL, "of everything random in the answer (1)"},
    {"out", CGM_KEY_TEXT, MAP(out), false, 0, 0, NULL, "file to write, .h5 or, without images and vectors, .csv"},
    {"png", CGM_KEY_TEXT, MAP(png), false, 0, 0, NULL, "picture to draw: of images, or of a vector of two numbers"},
    {"temperature", CGM_KEY_REAL, MAP(temperature), false, 0, 1000, NULL,
     "factor on the standard deviation of what is drawn for latents, from their posterior in a counterfactual, from "
     "their "
     "prior in a sample; 0: its mean (1)"},
    {"pixel_temperature", CGM_KEY_REAL, MAP(pixel_temperature), false, 0, 1000, NULL,
     "factor on the noise of pixels, abducted or drawn; 0: their mean or median (1)"},
    {"measure", CGM_KEY_TEXTS, MAP(measures), false, 0, 0, NULL,
     "variables to measure in the image and to compare with what was predicted"},
    {"judge", CGM_KEY_TEXTS, MAP(judges), false, 0, 0, NULL,
     "counterfactuals of images: predictors of the run that read their attribute off the images, to compare with what "
     "was predicted"},
    {"truth", CGM_KEY_BOOL, MAP(truth), false, 0, 0, NULL,
     "compare with the true counterfactuals where they are known (true)"},
    {"particles", CGM_KEY_INT, MAP(particles), false, 1, 1e6, NULL,
     "counterfactuals of images: abductions a row, for a mean and a standard deviation of each pixel (1)"},
    {"cycles", CGM_KEY_INT, MAP(cycles), false, 0, 1000, NULL,
     "counterfactuals of images: how far these are from themselves after one null intervention and after so many (0)"},
    {"denoise", CGM_KEY_REAL, MAP(denoise), false, 0, 100, NULL,
     "counterfactuals of images: what is made of images with normal noise of this standard deviation, pixels in [0, "
     "1], "
     "beside the reconstruction (0)"},
    {"modes", CGM_KEY_TEXT, MAP(modes), false, 0, 0, NULL,
     "samples of a vector: how many of the modes they find, and how many lie near one; the modes are the levels of "
     "this variable of "
     "the data"},
    {"latents", CGM_KEY_BOOL, MAP(latents), false, 0, 0, NULL,
     "write the values and noises of what mechanisms publish, an image's z, too (false)"},
};

const cgm_key *cgm_query_keys(size_t *n)
{
    *n = sizeof query_keys / sizeof *query_keys;
    return query_keys;
}

void cgm_query_init(cgm_query *query, cgm_query_kind kind)
{
    *query = (cgm_query){.kind = kind,
                         .split = CGM_TEST,
                         .seed = 1,
                         .temperature = 1,
                         .pixel_temperature = 1,
                         .truth = true,
                         .particles = 1};
}

const char *cgm_do_text(cgm_arena *arena, const char *target, const char *value)
{
    return cgm_scm_do_text(arena, target, value);
}

/* {thickness: 3.5, intensity: "+=10"}, or "thickness=3.5, intensity+=10". */
static cgm_status read_do(const cgm_yaml *what, cgm_arena *arena, cgm_do *out)
{
    bool map = cgm_yaml_get_kind(what) == CGM_YAML_MAP, text = cgm_yaml_get_kind(what) == CGM_YAML_SCALAR;
    size_t n = map ? cgm_yaml_count(what) : text;
    if (n == 0)
        return cgm_yaml_fail(what,
                             "do: expected a map of interventions, {thickness: 3.5}, or a text, \"thickness=3.5\"");
    const char **texts = cgm_arena_array(arena, n, sizeof *texts);
    if (!texts) return CGM_E_MEMORY;
    for (size_t i = 0; i < n; i++) {
        const cgm_yaml *value = map ? cgm_yaml_at(what, i) : what;
        if (cgm_yaml_get_kind(value) != CGM_YAML_SCALAR)
            return cgm_yaml_fail(value, "do.%s: expected a value such as 3.5, +=2 or permuted", cgm_yaml_key(what, i));
        texts[i] = map ? cgm_do_text(arena, cgm_yaml_key(what, i), cgm_yaml_text(value)) : cgm_yaml_text(value);
        if (!texts[i]) return CGM_E_MEMORY;
    }
    *out = (cgm_do){n, texts};
    return CGM_OK;
}

static cgm_status read_dos(const cgm_yaml *what, cgm_arena *arena, cgm_query *query)
{
    bool list = cgm_yaml_get_kind(what) == CGM_YAML_LIST;
    size_t n = list ? cgm_yaml_count(what) : 1;
    if (n == 0) return cgm_yaml_fail(what, "do: expected at least one map or text of interventions");
    cgm_do *dos = cgm_arena_array(arena, n, sizeof *dos);
    if (!dos) return CGM_E_MEMORY;
    for (size_t i = 0; i < n; i++) CGM_TRY(read_do(list ? cgm_yaml_at(what, i) : what, arena, &dos[i]));
    query->n_dos = n;
    query->dos = dos;
    return CGM_OK;
}

static cgm_status read_rows(const cgm_yaml *list, cgm_arena *arena, cgm_query *query)
{
    size_t n = cgm_yaml_get_kind(list) == CGM_YAML_LIST ? cgm_yaml_count(list) : 0;
    if (n == 0) return cgm_yaml_fail(list, "rows: expected a list of row numbers");
    size_t *rows = cgm_arena_array(arena, n, sizeof *rows);
    if (!rows) return CGM_E_MEMORY;
    for (size_t i = 0; i < n; i++) {
        const cgm_yaml *item = cgm_yaml_at(list, i);
        const char *text = cgm_yaml_get_kind(item) == CGM_YAML_SCALAR ? cgm_yaml_text(item) : "";
        size_t digits = strspn(text, "0123456789");
        if (digits == 0 || digits > 15 || text[digits]) return cgm_yaml_fail(item, "rows: expected row numbers from 0");
        for (size_t k = 0; k < digits; k++) rows[i] = 10 * rows[i] + (size_t)(text[k] - '0');
    }
    query->n_rows = n;
    query->rows = rows;
    return CGM_OK;
}

static cgm_status read_map(const cgm_yaml *map, const char *kind, cgm_arena *arena, cgm_query *query)
{
    query_map m = {.seed = (int64_t)query->seed,
                   .split = (int)query->split,
                   .temperature = query->temperature,
                   .pixel_temperature = query->pixel_temperature,
                   .truth = query->truth,
                   .particles = 1};
    CGM_TRY(cgm_yaml_read(map, kind, sizeof query_keys / sizeof *query_keys, query_keys, &m));
    if (m.what) CGM_TRY(read_dos(m.what, arena, query));
    if (m.rows) CGM_TRY(read_rows(m.rows, arena, query));
    if (query->kind == CGM_COUNTERFACTUAL && query->n_dos == 0)
        return cgm_yaml_fail(map, "%s: missing key \"do\"", kind);
    if (query->kind == CGM_SAMPLE && query->n_dos > 1)
        return cgm_yaml_fail(m.what, "%s.do: expected one map or text", kind);
    query->n = (size_t)m.n;
    query->seed = (uint64_t)m.seed;
    query->split = (cgm_split)m.split;
    query->out = m.out;
    query->png = m.png;
    query->temperature = m.temperature;
    query->pixel_temperature = m.pixel_temperature;
    query->n_measures = m.measures.n;
    query->measures = m.measures.text;
    query->n_judges = m.judges.n;
    query->judges = m.judges.text;
    query->truth = m.truth;
    query->particles = (size_t)m.particles;
    query->cycles = (size_t)m.cycles;
    query->denoise = m.denoise;
    query->modes = m.modes;
    query->latents = m.latents;
    return CGM_OK;
}

cgm_status cgm_query_read(const cgm_yaml *item, cgm_arena *arena, cgm_query *out)
{
    static const char *const kinds[] = {[CGM_COUNTERFACTUAL] = "counterfactual", [CGM_SAMPLE] = "sample"};
    if (cgm_yaml_get_kind(item) != CGM_YAML_MAP || cgm_yaml_count(item) != 1)
        return cgm_yaml_fail(item, "queries: expected one query an item, {counterfactual: {...}} or {sample: {...}}");
    const char *key = cgm_yaml_key(item, 0);
    for (int kind = 0; kind < 2; kind++) {
        if (strcmp(key, kinds[kind]) != 0) continue;
        cgm_query query;
        cgm_query_init(&query, (cgm_query_kind)kind);
        CGM_TRY(read_map(cgm_yaml_at(item, 0), key, arena, &query));
        *out = query;
        return CGM_OK;
    }
    const char *near = cgm_nearest_word(key, 2, kinds);
    return cgm_yaml_fail(item, "%s: unknown query; did you mean \"%s\"?", key, near ? near : kinds[0]);
}
