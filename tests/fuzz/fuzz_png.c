/* PNG files, and images that are restored from them. Whatever is changed, the chunks' checksums are made right again,
 * or hardly any change would reach a decoder. */
#include <zlib.h>

#include "dip/image.h"
#include "io/png_read.h"
#include "tests/fixtures/png.h"
#include "tests/fuzz/fuzz.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

static uint32_t read_number(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* A chunk is its length, four letters, that many bytes, and a checksum of letters and bytes. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    (void)seed;
    size = LLVMFuzzerMutate(data, size, max_size);
    for (size_t at = 8; at + 12 <= size;) {
        uint32_t length = read_number(data + at);
        if (length > size - at - 12) break;
        uint32_t sum = (uint32_t)crc32(0, data + at + 4, length + 4);
        for (int i = 0; i < 4; i++) data[at + 8 + length + (size_t)i] = (uint8_t)(sum >> (24 - 8 * i));
        at += 12 + (size_t)length;
    }
    return size;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    const uint8_t *at = png_bytes;
    for (int i = 0; i < PNG_FILES; at += png_length[i++]) {
        char name[32];
        snprintf(name, sizeof name, "%d.png", i);
        fuzz_seed(name, at, (size_t)png_length[i]);
    }
    return 0;
}

/* As an image to restore: as large as it may be, and one pixel larger than that. */
static void read_image(const uint8_t *data, size_t size, uint64_t pixels)
{
    cgm_arena arena = {0};
    dip_image image;
    fuzz_file file = fuzz_file_make(data, size);
    FUZZ_CHECK(cgm_dip_image_read(file.path, pixels, &arena, &image) == CGM_OK);
    FUZZ_CHECK((uint64_t)(image.height * image.width) == pixels);
    for (int64_t i = 0; i < dip_image_size(&image); i++) FUZZ_CHECK(image.pixels[i] >= 0 && image.pixels[i] <= 1);
    FUZZ_CHECK(cgm_dip_image_read(file.path, pixels - 1, &arena, &image) == CGM_E_FORMAT);
    fuzz_file_drop(&file);
    cgm_arena_clear(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int drop = 0; drop < 2; drop++) {
        cgm_png png = {0};
        cgm_png_opts opts = {.max_pixels = 1 << 20, .drop_alpha = drop};
        if (!fuzz_ok(cgm_png_decode("fuzz.png", size, data, &opts, &png))) continue;
        size_t n = png.height * png.width * (size_t)png.channels;
        unsigned long sum = 0;
        FUZZ_CHECK(n > 0 && (png.channels == 1 || png.channels == 3) && (png.bits == 8 || png.bits == 16));
        FUZZ_CHECK((png.bits == 8) == (png.bytes != NULL) && (png.bits == 16) == (png.deep != NULL));
        for (size_t i = 0; i < n; i++) sum += png.bits == 8 ? png.bytes[i] : png.deep[i];
        FUZZ_CHECK(sum <= 65535ul * n);
        if (drop) read_image(data, size, png.height * png.width);
        cgm_png_clear(&png);
    }
    return 0;
}
