/* HDF5 files: data sets, run files, what images are restored from, and networks that learnt to. An input is the bytes
 * of a file, or, as hardly any change to bytes leaves a file that HDF5 opens, a recipe: which of the good files to
 * take, and then what to delete, rename or replace in it. */
#define H5_USE_110_API 1
#include <hdf5.h>
#include <math.h>

#include "dip/learned/learned.h"
#include "dip/measure.h"
#include "io/hdf5.h"
#include "scm/runs/run.h"
#include "tests/fuzz/fuzz.h"

enum { STROKES, RUN, RING, SINOGRAM, KSPACE, DENOISER, UNROLLED, FILES };
enum { NAMES = 128, MOST_BYTES = 1 << 20 };

typedef struct image {
    uint8_t *bytes;
    size_t size;
} image;

static image good[FILES];

/* What is left of the recipe; zeros when it has ended. */
typedef struct recipe {
    const uint8_t *at, *end;
} recipe;

static unsigned take(recipe *r)
{
    return r->at < r->end ? *r->at++ : 0;
}

static void take_bytes(recipe *r, size_t n, uint8_t *out)
{
    for (size_t i = 0; i < n; i++) out[i] = (uint8_t)take(r);
}

/* ---- the good files ---- */

static image read_file(const char *path)
{
    image read = {.bytes = malloc(MOST_BYTES)};
    FILE *f = fopen(path, "rb");
    FUZZ_CHECK(f && read.bytes);
    read.size = fread(read.bytes, 1, MOST_BYTES, f);
    FUZZ_CHECK(read.size > 0 && read.size < MOST_BYTES);
    fclose(f);
    unlink(path);
    return read;
}

static image make_data(const char *path, const char *generator)
{
    cgm_dataset *data = NULL;
    FUZZ_CHECK(cgm_dataset_open(&(cgm_data_opts){.make = generator, .n = 3}, 1, NULL, &data) == CGM_OK);
    FUZZ_CHECK(cgm_dataset_save(data, path) == CGM_OK);
    cgm_dataset_destroy(data);
    return read_file(path);
}

static image make_run(const char *path, const char *table)
{
    static const char text[] = "data: {path: %s, test: 2}\n"
                               "graph:\n"
                               "  sex: {type: binary, levels: [female, male]}\n"
                               "  x: {type: continuous, parents: [sex]}\n"
                               "  n: {type: count, parents: [x]}\n"
                               "  y: {type: continuous, parents: [x, sex], mechanism: linear_gaussian}\n";
    char config_text[1024];
    cgm_config *config = NULL;
    cgm_run *run = NULL;
    FILE *f = fopen(table, "w");
    FUZZ_CHECK(f != NULL);
    fprintf(f, "sex,x,n,y\n");
    for (int i = 0; i < 24; i++)
        fprintf(f, "%s,%g,%d,%g\n", i % 3 ? "male" : "female", 0.1 * (i * 7 % 11), i * 5 % 4, 0.3 * (i * 3 % 7));
    fclose(f);
    snprintf(config_text, sizeof config_text, text, table);
    FUZZ_CHECK(cgm_config_parse(config_text, "run.yaml", &config) == CGM_OK);
    FUZZ_CHECK(cgm_run_create(config, &(cgm_run_opts){.threads = 1}, &run) == CGM_OK);
    FUZZ_CHECK(cgm_run_train(run, path) == CGM_OK);
    cgm_run_destroy(run);
    cgm_config_destroy(config);
    unlink(table);
    return read_file(path);
}

static image make_measured(const char *path, bool is_sinogram)
{
    double y[2 * 8 * 10], angles[8];
    cgm_file *file = NULL;
    for (int i = 0; i < 160; i++) y[i] = .01 * (i * 37 % 101);
    for (int i = 0; i < 8; i++) angles[i] = .4 * i;
    FUZZ_CHECK(cgm_file_create(path, &file) == CGM_OK);
    cgm_shape shape = is_sinogram ? CGM_SHAPE(8, 10) : CGM_SHAPE(2, 8, 10);
    FUZZ_CHECK(cgm_file_write(file, is_sinogram ? "sinogram" : "kspace", CGM_F64, shape, NULL, y) == CGM_OK);
    if (is_sinogram)
        FUZZ_CHECK(cgm_file_write(file, "angles", CGM_F64, CGM_SHAPE(8), NULL, angles) == CGM_OK);
    else
        FUZZ_CHECK(cgm_file_write(file, "mask", CGM_F64, CGM_SHAPE(8, 10), NULL, y) == CGM_OK);
    FUZZ_CHECK(cgm_file_commit(file) == CGM_OK);
    return read_file(path);
}

/* A denoiser, or one step of unrolled descent from views of 8 pixels. */
static image make_learned(const char *path, bool unrolled)
{
    dip_learned_facts facts = {.channels = 1, .width = 2, .layers = 3, .low = .01, .high = .2};
    cgm_rng rng = cgm_rng_create(1);
    dip_learned l;
    if (unrolled) {
        facts.steps = 1;
        cgm_dip_learned_describe(DIP_INPAINT, &(dip_operator_opts){.channels = 1, .height = 8, .width = 8}, &facts);
    }
    FUZZ_CHECK(cgm_dip_learned_create(&facts, &rng, &l) == CGM_OK);
    FUZZ_CHECK(cgm_dip_learned_write(&l, path, "width: 2") == CGM_OK);
    cgm_dip_learned_clear(&l);
    return read_file(path);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    static const uint8_t recipes[][8] = {{STROKES},
                                         {RUN},
                                         {RING},
                                         {SINOGRAM},
                                         {KSPACE},
                                         {DENOISER},
                                         {UNROLLED},
                                         {DENOISER, 4, 0, 2, 2, 1},
                                         {SINOGRAM, 1, 0, 3, 2},
                                         {KSPACE, 1, 1, 3, 2},
                                         {STROKES, 1, 2, 3, 4, 1, 2, 3},
                                         {RUN, 4, 0, 1, 8, 'y', ':', '{'}};
    char folder[] = "/tmp/fuzz_hdf5.XXXXXX", path[64], table[64];
    FUZZ_CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/f.h5", folder);
    snprintf(table, sizeof table, "%s/t.csv", folder);
    good[STROKES] = make_data(path, "strokes");
    good[RUN] = make_run(path, table);
    good[RING] = make_data(path, "ring");
    good[SINOGRAM] = make_measured(path, true);
    good[KSPACE] = make_measured(path, false);
    good[DENOISER] = make_learned(path, false);
    good[UNROLLED] = make_learned(path, true);
    rmdir(folder);
    fuzz_seed("data.h5", good[STROKES].bytes, good[STROKES].size);
    fuzz_seed("run.h5", good[RUN].bytes, good[RUN].size);
    fuzz_seed("ring.h5", good[RING].bytes, good[RING].size);
    fuzz_seed("sinogram.h5", good[SINOGRAM].bytes, good[SINOGRAM].size);
    fuzz_seed("kspace.h5", good[KSPACE].bytes, good[KSPACE].size);
    fuzz_seed("denoiser.h5", good[DENOISER].bytes, good[DENOISER].size);
    fuzz_seed("unrolled.h5", good[UNROLLED].bytes, good[UNROLLED].size);
    for (size_t i = 0; i < sizeof recipes / sizeof *recipes; i++) {
        snprintf(path, sizeof path, "recipe%zu", i);
        fuzz_seed(path, recipes[i], sizeof recipes[i]);
    }
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return 0;
}

/* ---- changes ---- */

typedef struct names {
    size_t n;
    char name[NAMES][128];
} names;

static herr_t collect(hid_t root, const char *name, const H5O_info_t *info, void *context)
{
    (void)root, (void)info;
    names *list = context;
    if (list->n < NAMES) snprintf(list->name[list->n++], sizeof *list->name, "%s", name);
    return 0;
}

static hid_t choose_type(recipe *r)
{
    static const size_t widths[] = {1, 3, 8, 300};
    unsigned which = take(r) % 10;
    if (which == 7) {
        hid_t text = H5Tcopy(H5T_C_S1);
        (void)H5Tset_size(text, widths[take(r) % 4]);
        return text;
    }
    if (which == 8) {
        hid_t pair = H5Tcreate(H5T_COMPOUND, 16);
        (void)H5Tinsert(pair, "r", 0, H5T_NATIVE_DOUBLE), (void)H5Tinsert(pair, "i", 8, H5T_NATIVE_DOUBLE);
        return pair;
    }
    if (which == 9) return H5Tarray_create2(H5T_NATIVE_INT, 1, &(hsize_t){3});
    const hid_t types[] = {H5T_STD_U8LE,  H5T_STD_I64BE, H5T_IEEE_F32LE, H5T_IEEE_F64BE,
                           H5T_STD_U64LE, H5T_STD_I16LE, H5T_IEEE_F64LE};
    return H5Tcopy(types[which]);
}

/* Fills a new data set or attribute of up to a few thousand bytes. */
static void fill(recipe *r, hid_t object, bool is_attribute, hid_t type, hid_t space)
{
    static uint8_t bytes[1 << 16];
    hssize_t n = H5Sget_simple_extent_npoints(space);
    size_t size = n < 0 ? 0 : (size_t)n * H5Tget_size(type);
    if (size == 0 || size > sizeof bytes) return;
    memset(bytes, 0, size);
    take_bytes(r, size < 64 ? size : 64, bytes);
    if (is_attribute)
        (void)H5Awrite(object, type, bytes);
    else
        (void)H5Dwrite(object, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes);
}

static hid_t choose_space(recipe *r)
{
    hsize_t dim[6];
    int rank = (int)(take(r) % 6);
    for (int i = 0; i < rank; i++) dim[i] = take(r) % (rank < 4 ? 20 : 6);
    return rank ? H5Screate_simple(rank, dim, NULL) : H5Screate(take(r) % 8 ? H5S_SCALAR : H5S_NULL);
}

static void replace(recipe *r, hid_t file, const char *name)
{
    hid_t type = choose_type(r), space = choose_space(r);
    (void)H5Ldelete(file, name, H5P_DEFAULT);
    hid_t made = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (made >= 0) fill(r, made, false, type, space);
    cgm_hdf5_close(made), cgm_hdf5_close(space), cgm_hdf5_close(type);
}

/* Some of the numbers of a data set, in place. */
static void overwrite(recipe *r, hid_t file, const char *name)
{
    static double numbers[1 << 14];
    hid_t object = H5Dopen2(file, name, H5P_DEFAULT), space = object < 0 ? object : H5Dget_space(object);
    hssize_t n = space < 0 ? 0 : H5Sget_simple_extent_npoints(space);
    if (n > 0 && n <= 1 << 14 && H5Dread(object, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers) >= 0) {
        size_t at = (take(r) << 8 | take(r)) % (size_t)n;
        take_bytes(r, sizeof *numbers, (uint8_t *)&numbers[at]);
        (void)H5Dwrite(object, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers);
    }
    cgm_hdf5_close(space), cgm_hdf5_close(object);
}

/* One of an object's attributes becomes another text, number or anything else, or goes. */
static void change_attribute(recipe *r, hid_t file, const char *name)
{
    char attribute[128] = "";
    hid_t object = H5Oopen(file, name, H5P_DEFAULT);
    unsigned which = take(r), how = take(r) % 4;
    int n = object < 0 ? 0 : H5Aget_num_attrs(object);
    if (n > 0)
        (void)H5Aget_name_by_idx(object, ".", H5_INDEX_NAME, H5_ITER_INC, which % (unsigned)n, attribute, 128, 0);
    if (attribute[0]) {
        (void)H5Adelete(object, attribute);
        hid_t type = how == 1 ? H5Tcopy(H5T_C_S1) : how == 2 ? H5Tcopy(H5T_NATIVE_DOUBLE) : choose_type(r);
        if (how == 1) (void)H5Tset_size(type, 1 + take(r)), (void)H5Tset_cset(type, H5T_CSET_UTF8);
        hid_t space = how < 3 ? H5Screate(H5S_SCALAR) : choose_space(r);
        hid_t made = how ? H5Acreate2(object, attribute, type, space, H5P_DEFAULT, H5P_DEFAULT) : H5I_INVALID_HID;
        if (made >= 0) fill(r, made, true, type, space);
        cgm_hdf5_close(made), cgm_hdf5_close(space), cgm_hdf5_close(type);
    }
    cgm_hdf5_close(object);
}

static void change(recipe *r, hid_t file)
{
    static names list;
    list.n = 0;
    unsigned how = take(r) % 8;
    if (H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_NATIVE, collect, &list, H5O_INFO_BASIC) < 0 || list.n == 0) return;
    const char *name = list.name[take(r) % list.n], *other = list.name[list.n - 1];
    if (how == 0) (void)H5Ldelete(file, name, H5P_DEFAULT);
    if (how == 1 || how == 2) replace(r, file, name);
    if (how == 3)
        (void)H5Ldelete(file, other, H5P_DEFAULT), (void)H5Lmove(file, name, file, other, H5P_DEFAULT, H5P_DEFAULT);
    if (how == 4 || how == 5) change_attribute(r, file, name);
    if (how >= 6) overwrite(r, file, name);
}

/* The file that the recipe makes. */
static fuzz_file cook(recipe *r)
{
    const image *from = &good[take(r) % FILES];
    fuzz_file out = fuzz_file_make(from->bytes, from->size);
    hid_t file = H5Fopen(out.path, H5F_ACC_RDWR, H5P_DEFAULT);
    FUZZ_CHECK(file >= 0);
    for (int i = 0; i < 8 && r->at < r->end; i++) change(r, file);
    FUZZ_CHECK(H5Fclose(file) >= 0);
    return out;
}

/* ---- readers ---- */

static bool read_dataset(const char *path)
{
    cgm_dataset *data = NULL;
    if (!fuzz_ok(cgm_dataset_open(&(cgm_data_opts){.path = path}, 1, NULL, &data))) return false;
    size_t n = cgm_dataset_rows(data), row = n - 1;
    FUZZ_CHECK(n > 0);
    for (size_t v = 0; v < cgm_dataset_variables(data); v++) {
        const cgm_variable *variable = cgm_dataset_variable(data, v);
        double *values = malloc(cgm_variable_width(variable) * sizeof *values);
        FUZZ_CHECK(values != NULL && cgm_dataset_read(data, variable->name, 1, &row, values) == CGM_OK);
        if (cgm_dataset_has_truth(data)) {
            bool strokes = cgm_dataset_find(data, "thickness") != NULL;
            const cgm_assignment set = {.variable = strokes ? "thickness" : "mode", .value = 2};
            (void)fuzz_ok(cgm_dataset_truth(data, 1, &set, variable->name, 1, &row, values));
        }
        free(values);
    }
    cgm_dataset_destroy(data);
    return true;
}

static bool read_run(const char *path)
{
    enum { ROWS = 3 };
    cgm_run *run = NULL;
    cgm_world *world = NULL, *other = NULL;
    cgm_rng rng = cgm_rng_create(1);
    if (!fuzz_ok(cgm_run_open(path, &(cgm_run_opts){.threads = 1}, &run))) return false;
    const cgm_scm *scm = cgm_run_scm(run);
    for (size_t i = 0; i < cgm_run_parts(run); i++) {
        cgm_run_progress progress;
        uint64_t parameters;
        char text[256];
        cgm_run_get_progress(run, i, &progress);
        (void)fuzz_ok(cgm_run_count_parameters(run, i, &parameters));
        cgm_run_describe_part(run, i, sizeof text, text);
    }
    cgm_run_facts facts;
    cgm_run_get_facts(run, &facts);
    FUZZ_CHECK(strlen(facts.created) < MOST_BYTES && strlen(cgm_run_config_text(run)) > 0);
    if (cgm_run_is_finished(run)) {
        FUZZ_CHECK(cgm_world_create(scm, ROWS, &world) == CGM_OK && cgm_world_create(scm, ROWS, &other) == CGM_OK);
        if (fuzz_ok(cgm_scm_sample(scm, &rng, 0, NULL, NULL, world)) && fuzz_ok(cgm_scm_abduct(scm, &rng, NULL, world)))
            (void)fuzz_ok(cgm_scm_predict(scm, world, 0, NULL, NULL, other));
        cgm_world_destroy(world);
        cgm_world_destroy(other);
    }
    cgm_run_destroy(run);
    return true;
}

/* A sinogram or k-space, of which a problem is made where it is small. */
static bool read_measured(const char *path, int task)
{
    const double *y;
    cgm_arena arena = {0};
    dip_problem p;
    dip_options options = {.task = task};
    dip_operator_opts op = {0};
    cgm_status status = cgm_dip_measured_read(path, &options, &arena, &op, &y);
    bool ok = fuzz_ok(status);
    if (ok) {
        FUZZ_CHECK(op.channels == 1 && op.height > 0 && op.width > 0);
        const dip_operator_class *kind = task == DIP_CT ? &cgm_dip_operator_radon : &cgm_dip_operator_fourier;
        bool is_small = op.height < 200 && op.width < 200;
        if (is_small && fuzz_ok(cgm_dip_problem_create(kind, &op, &arena, &p))) {
            for (int64_t i = 0; i < cgm_shape_size(p.op.map.range); i++)
                FUZZ_CHECK(isfinite(y[i]) && (p.weight[i] == 0 || p.weight[i] == 1));
            cgm_dip_problem_clear(&p);
        }
    }
    cgm_arena_clear(&arena);
    return ok;
}

/* A network, and what it makes of a small image. */
static bool read_learned(const char *path, bool unrolled)
{
    enum { SIDE = 8, PIXELS = 3 * SIDE * SIDE };
    static double x[PIXELS], out[PIXELS];
    dip_learned l = {0};
    dip_learned_program program;
    if (!fuzz_ok(cgm_dip_learned_read(path, unrolled, &l))) return false;
    FUZZ_CHECK((l.facts.steps > 0) == unrolled);
    if (!unrolled && fuzz_ok(cgm_dip_learned_compile_denoiser(&l, l.facts.channels, SIDE, SIDE, 1, &program))) {
        (void)fuzz_ok(cgm_dip_learned_denoise(&program, .1, x, out));
        cgm_dip_learned_program_clear(&program);
    }
    cgm_dip_learned_clear(&l);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    recipe r = {data, data + size};
    bool raw = size >= 4 && memcmp(data, "\x89HDF", 4) == 0;
    fuzz_file file = raw ? fuzz_file_make(data, size) : cook(&r);
    bool is_data = read_dataset(file.path), is[FILES] = {is_data, read_run(file.path), is_data};
    is[SINOGRAM] = read_measured(file.path, DIP_CT);
    is[KSPACE] = read_measured(file.path, DIP_MRI);
    is[DENOISER] = read_learned(file.path, false);
    is[UNROLLED] = read_learned(file.path, true);
    /* The recipe that changes nothing. */
    FUZZ_CHECK(raw || size > 1 || is[size ? data[0] % FILES : 0]);
    fuzz_file_drop(&file);
    return 0;
}
