/* IDX files, plain and compressed. */
#include <zlib.h>

#include "data/idx.h"
#include "tests/fuzz/fuzz.h"

/* Two images of 3x4, plain and compressed, and two labels. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    static const uint8_t images[40] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 255, 1, 2, 3},
                         labels[10] = {0, 0, 8, 1, 0, 0, 0, 2, 7, 9};
    uint8_t packed[128];
    z_stream z = {
        .next_in = (uint8_t *)images, .avail_in = sizeof images, .next_out = packed, .avail_out = sizeof packed};
    FUZZ_CHECK(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    FUZZ_CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END && deflateEnd(&z) == Z_OK);
    fuzz_seed("images", images, sizeof images);
    fuzz_seed("images.gz", packed, z.total_out);
    fuzz_seed("labels", labels, sizeof labels);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_file file = fuzz_file_make(data, size);
    cgm_idx idx = {0};
    (void)cgm_idx_probe(file.path);
    if (fuzz_ok(cgm_idx_load(file.path, &idx))) {
        size_t bytes = 1;
        int channels = 0, height = 0, width = 0;
        unsigned sum = 0;
        for (int i = 0; i < idx.rank; i++) bytes *= idx.dim[i];
        for (size_t i = 0; i < bytes; i++) sum += idx.data[i];
        FUZZ_CHECK(sum <= 255 * bytes);
        if (fuzz_ok(cgm_idx_image(&idx, file.path, &channels, &height, &width)))
            FUZZ_CHECK(idx.dim[0] * (size_t)channels * (size_t)height * (size_t)width == bytes);
        free(idx.data);
    }
    fuzz_file_drop(&file);
    return 0;
}
