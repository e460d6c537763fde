/* Tables. The first byte chooses how they are read. */
#include "data/csv.h"
#include "tests/fuzz/fuzz.h"

static void check(const cgm_csv *csv, const cgm_csv_opts *opts)
{
    FUZZ_CHECK(csv->n_columns <= CGM_CSV_MAX_COLUMNS);
    for (size_t i = 0; i < csv->rows * csv->n_columns; i++) {
        size_t column = i % csv->n_columns, levels = csv->n_levels[column];
        double x = csv->values[i];
        if (levels) FUZZ_CHECK(x >= 0 && x < (double)levels && csv->level[column][(size_t)x] != NULL);
        if (!levels) FUZZ_CHECK(x - x == 0);
    }
    for (size_t k = 0; k < CGM_CSV_MAX_KEPT; k++)
        for (size_t i = 0; opts->keep[k] && i < csv->rows; i++) FUZZ_CHECK(strlen(csv->kept[k][i]) < CGM_CSV_MAX_LINE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const levels[] = {"low", "middle", "high"};
    static const cgm_csv_want want[] = {
        {.name = "x", .numbers = true}, {.name = "y", .n_levels = 3, .level = levels}, {.name = "z"}};
    unsigned how = size ? data[0] : 0;
    cgm_csv_opts opts = {.texts = how & 1, .drop_missing = how & 2};
    if (how & 4) opts.n_want = 3, opts.want = want;
    if (how & 8) opts.keep[0] = "x";
    if (how & 16) opts.only_wanted = true;
    fuzz_file file = fuzz_file_make(data + (size ? 1 : 0), size ? size - 1 : 0);
    cgm_csv csv = {0};
    if (fuzz_ok(cgm_csv_load(file.path, &opts, &csv))) check(&csv, &opts);
    cgm_csv_clear(&csv);
    fuzz_file_drop(&file);
    return 0;
}
