/* Included once for each instruction set by conv2d_isa.c, which defines ISA(name), VECTOR_BYTES, TILE_ROWS, TILES,
 * PANELS, ROW_CHANNELS, IN_REGISTER and ADD_PRODUCT. Vectors are GCC's: the compiler splits what the machine does not
 * have. */

#ifdef CGM_DOUBLE
#define VECTOR (VECTOR_BYTES / 8)
#else
#define VECTOR (VECTOR_BYTES / 4)
#endif
#if VECTOR == 16
#define LANES 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
#elif VECTOR == 8
#define LANES 0, 1, 2, 3, 4, 5, 6, 7
#elif VECTOR == 4
#define LANES 0, 1, 2, 3
#else
#define LANES 0, 1
#endif
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 24")

typedef cgm_real ISA(vector) __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(cgm_real)), may_alias));
#ifdef CGM_DOUBLE
typedef int64_t ISA(lanes) __attribute__((vector_size(VECTOR_BYTES)));
#else
typedef int32_t ISA(lanes) __attribute__((vector_size(VECTOR_BYTES)));
#endif

INLINE ISA(vector) ISA(load)(const cgm_real *p)
{
    return *(const ISA(vector) *)p;
}

/* ---- the inner loops ---- */

INLINE ISA(vector) ISA(all)(cgm_real a)
{
    return a - (ISA(vector)){0};
}

/* One tap's products of rows whose weights are `step` apart; at[vectors] is what it sees. */
INLINE void ISA(add_tap)(const int rows, const int vectors, const cgm_real *weights, const int64_t step,
                         const cgm_real *const *at, int64_t tap, ISA(vector) * sum)
{
    ISA(vector) kept[8]; /* the shorter side */
    if (rows > vectors) {
        UNROLL for (int v = 0; v < vectors; v++) kept[v] = ISA(load)(at[v] + tap);
        UNROLL for (int m = 0; m < rows; m++)
        {
            ISA(vector) a = ISA(all)(weights[m * step]);
            UNROLL for (int v = 0; v < vectors; v++) ADD_PRODUCT(sum[m * vectors + v], a, kept[v]);
        }
        return;
    }
    UNROLL for (int m = 0; m < rows; m++) kept[m] = ISA(all)(weights[m * step]);
    UNROLL for (int v = 0; v < vectors; v++)
    {
        ISA(vector) b = ISA(load)(at[v] + tap);
        UNROLL for (int m = 0; m < rows; m++) ADD_PRODUCT(sum[m * vectors + v], kept[m], b);
    }
}

INLINE void ISA(outer)(const int rows, const int vectors, const cgm_panel *panel, int64_t q, int64_t to,
                       const int64_t *place, cgm_real *tile, int64_t ld)
{
    ISA(vector) sum[CGM_TILE];
    const cgm_real *at[CGM_TILE / 2], *weights = panel->weights, *start = panel->start;
    const int64_t *tap = panel->tap, *lies = panel->lies, step = panel->step;
    UNROLL for (int m = 0; m < rows; m++)
    {
        UNROLL for (int v = 0; v < vectors; v++) sum[m * vectors + v] = ISA(all)(start[m]);
    }
    UNROLL for (int v = 0; v < vectors; v++) at[v] = panel->planes + place[v];
    for (; lies && q < to; q++) ISA(add_tap)(rows, vectors, weights + lies[q], step, at, tap[q], sum);
    const cgm_real *soon = at[0] + panel->soon;
    const int64_t *soon_tap = panel->soon_tap;
    for (weights += q * step; q + 4 <= to; q += 4) {
        __builtin_prefetch(soon + *soon_tap++);
        UNROLL for (int i = 0; i < 4; i++)
        {
            ISA(add_tap)(rows, vectors, weights, 1, at, tap[q + i], sum);
            weights += step;
            __asm__("" : "+r"(weights)); /* one pointer, not one for each weight */
        }
    }
    for (; q < to; q++, weights += step) ISA(add_tap)(rows, vectors, weights, 1, at, tap[q], sum);
    UNROLL for (int m = 0; m < rows; m++)
    {
        UNROLL for (int v = 0; v < vectors; v++) * (ISA(vector) *)(tile + m * ld + v * VECTOR) = sum[m * vectors + v];
    }
}

/* The products with row j of b. */
INLINE void ISA(add_row)(const int rows, const int columns, const cgm_real *const *row, int64_t at, const cgm_real *b,
                         ISA(vector) * sum)
{
    ISA(vector) v[4];
    UNROLL for (int c = 0; c < columns; c++) v[c] = ISA(load)(b + c * VECTOR);
    UNROLL for (int m = 0; m < rows; m++)
    {
        ISA(vector) a = ISA(all)(row[m][at]);
        UNROLL for (int c = 0; c < columns; c++) ADD_PRODUCT(sum[m * columns + c], a, v[c]);
    }
}

INLINE void ISA(broadcast)(const int rows, const int columns, int64_t n, const cgm_real *x, const int64_t *place,
                           const int64_t *at, const cgm_real *b, int64_t b_ld, const cgm_real *start, cgm_real *tile,
                           int64_t ld)
{
    ISA(vector) sum[CGM_TILE] = {0}, odd[8] = {0};
    const cgm_real *row[8];
    UNROLL for (int m = 0; m < rows; m++) row[m] = x + place[m];
    int64_t j = 0;
    if (columns == 1) { /* two sums each, to have enough independent ones */
        for (; j + 2 <= n; j += 2, b += 2 * b_ld) {
            ISA(add_row)(rows, 1, row, at[j], b, sum);
            ISA(add_row)(rows, 1, row, at[j + 1], b + b_ld, odd);
        }
        UNROLL for (int m = 0; m < rows; m++) sum[m] += odd[m];
    }
    _Pragma("GCC unroll 2") for (; j < n; j++, b += b_ld) ISA(add_row)(rows, columns, row, at[j], b, sum);
    UNROLL for (int m = 0; m < rows; m++)
    {
        UNROLL for (int c = 0; c < columns; c++)
        {
            ISA(vector) *out = (ISA(vector) *)(tile + m * ld + c * VECTOR);
            *out = sum[m * columns + c] + (start ? ISA(load)(start + c * VECTOR) : *out);
        }
    }
}

/* Adds the halves of each block of `block` lanes: the blocks of the result are a's, then b's, half as long. */
INLINE ISA(vector) ISA(fold)(ISA(vector) a, ISA(vector) b, const int block)
{
    /* Lane l of the result adds lanes `low` and `low + half` of a and b, whose lanes are numbered on from a's. */
    const int half = block / 2;
    const ISA(lanes) lane = {LANES}, low = lane + (lane & -half), high = low + half;
    return __builtin_shuffle(a, b, low) + __builtin_shuffle(a, b, high);
}

INLINE void ISA(dot)(const int rows, const int taps, int64_t units, int64_t vectors, const cgm_real *dy, int64_t ld,
                     int64_t dy_step, const cgm_real *planes, int64_t planes_step, const int64_t *tap,
                     const int64_t *place, cgm_real *sums)
{
    ISA(vector) sum[CGM_TILE];
    UNROLL for (int i = 0; i < rows * taps; i++) sum[i] = (ISA(vector)){0};
    for (; units > 0; units--, dy += dy_step, planes += planes_step) {
        const cgm_real *at[CGM_TILE / 2];
        UNROLL for (int u = 0; u < taps; u++) at[u] = planes + tap[u];
        for (int64_t v = 0; v < vectors; v++) {
            ISA(vector) b[CGM_TILE / 2];
            UNROLL for (int u = 0; u < taps; u++) b[u] = ISA(load)(at[u] + place[v]);
            UNROLL for (int m = 0; m < rows; m++)
            {
                ISA(vector) a = ISA(load)(dy + m * ld + v * VECTOR);
                IN_REGISTER(a); /* one load, not one a product: two loads a cycle is all there is */
                UNROLL for (int u = 0; u < taps; u++) sum[m * taps + u] += a * b[u];
            }
        }
    }
    int n = rows * taps;
    UNROLL for (int block = VECTOR; block > 1; block /= 2)
    {
        UNROLL for (int i = 0; i < (n + 1) / 2; i++) sum[i] =
            ISA(fold)(sum[2 * i], sum[2 * i + 1 < n ? 2 * i + 1 : 2 * i], block);
        n = (n + 1) / 2;
    }
    UNROLL for (int i = 0; i < n; i++) * (ISA(vector) *)(sums + i * VECTOR) = sum[i];
}

#define TILE(rows, columns)                                                                                            \
    static void ISA(outer_##rows##_##columns)(const cgm_panel *panel, int64_t from, int64_t to, const int64_t *place,  \
                                              cgm_real *tile, int64_t ld)                                              \
    {                                                                                                                  \
        ISA(outer)(rows, columns, panel, from, to, place, tile, ld);                                                   \
    }                                                                                                                  \
    static void ISA(dot_##rows##_##columns)(int64_t units, int64_t vectors, const cgm_real *dy, int64_t ld,            \
                                            int64_t dy_step, const cgm_real *planes, int64_t planes_step,              \
                                            const int64_t *tap, const int64_t *place, cgm_real *sums)                  \
    {                                                                                                                  \
        ISA(dot)(rows, columns, units, vectors, dy, ld, dy_step, planes, planes_step, tap, place, sums);               \
    }
TILES(TILE)
#undef TILE

#define PANEL(rows, columns)                                                                                           \
    static void ISA(broadcast_##rows##_##columns)(int64_t n, const cgm_real *x, const int64_t *place,                  \
                                                  const int64_t *at, const cgm_real *b, int64_t b_ld,                  \
                                                  const cgm_real *start, cgm_real *tile, int64_t ld)                   \
    {                                                                                                                  \
        ISA(broadcast)(rows, columns, n, x, place, at, b, b_ld, start, tile, ld);                                      \
    }
PANELS(PANEL)
#undef PANEL

/* ---- filling the planes ---- */

typedef cgm_real ISA(run) __attribute__((vector_size(8 * sizeof(cgm_real)), aligned(sizeof(cgm_real)), may_alias));
#ifdef CGM_DOUBLE
typedef int64_t ISA(run_lanes) __attribute__((vector_size(8 * sizeof(cgm_real))));
#else
typedef int32_t ISA(run_lanes) __attribute__((vector_size(8 * sizeof(cgm_real))));
#endif

/* n >= 1 elements, and up to seven more, which the caller lets be overwritten. */
INLINE void ISA(clear)(cgm_real *out, int64_t n)
{
    *(ISA(run) *)out = (ISA(run)){0};
    for (int64_t i = 8; i < n; i += 8) *(ISA(run) *)(out + i) = (ISA(run)){0};
}

/* Exactly n elements. */
INLINE void ISA(copy)(cgm_real *out, const cgm_real *x, int64_t n)
{
    int64_t i = 0;
    for (; i + 8 <= n; i += 8) *(ISA(run) *)(out + i) = *(const ISA(run) *)(x + i);
    for (; i < n; i++) out[i] = x[i];
}

/* `rows` rows of n elements with `left` and `right` zeros around each, written in ascending order, and up to seven
 * more. */
INLINE void ISA(pad_rows)(int64_t rows, const int64_t n, int64_t left, int64_t right, const cgm_real *x,
                          int64_t x_pitch, cgm_real *out)
{
    bool short_sides =
        left + right <= 8; /* one run of zeros between two rows, which is overwritten from the next row on */
    if (left > 0 && rows > 0) ISA(clear)(out, left);
    for (int64_t i = 0; i < rows; i++, x += x_pitch, out += left + n + right) {
        if (!short_sides && left > 0) ISA(clear)(out, left);
        ISA(copy)(out + left, x, n);
        if (short_sides)
            *(ISA(run) *)(out + left + n) = (ISA(run)){0};
        else if (right > 0)
            ISA(clear)(out + left + n, right);
    }
}

/* One channel of one sample, zero-padded, into `out` [padded_h, padded_w], written in ascending order; it may write
 * eight elements more. */
INLINE void ISA(pad)(const cgm_planes *p, int64_t first_row, const cgm_real *x, cgm_real *out)
{
    int64_t from = p->left < 0 ? -p->left : 0, left = p->left < 0 ? 0 : p->left, width = p->padded_w;
    if (left > width) left = width;
    int64_t n = p->w - from < width - left ? p->w - from : width - left;
    if (n < 0) n = 0;
    int64_t right = width - left - n, row = first_row * p->stride - p->top, end = row + p->padded_h;
    int64_t begin = row < 0 ? 0 : row, above = (begin < end ? begin : end) - row;
    int64_t rows = (end < p->h ? end : p->h) - begin;
    if (rows < 0) rows = 0;
    if (above > 0) ISA(clear)(out, above * width);
    out += above * width;
    x += begin * p->w + from;
    if (n == 8)
        ISA(pad_rows)(rows, 8, left, right, x, p->w, out);
    else if (n == 16)
        ISA(pad_rows)(rows, 16, left, right, x, p->w, out);
    else if (n == 32)
        ISA(pad_rows)(rows, 32, left, right, x, p->w, out);
    else
        ISA(pad_rows)(rows, n, left, right, x, p->w, out);
    int64_t below = p->padded_h - above - rows;
    if (below > 0) ISA(clear)(out + rows * width, below * width);
}

/* `rows` rows of `width` elements (and up to seven more), every step-th element of x. */
INLINE void ISA(cut_rows)(int64_t rows, const int64_t width, const int step, const cgm_real *x, int64_t x_pitch,
                          cgm_real *out, int64_t out_pitch)
{
    const ISA(run_lanes) even = {0, 2, 4, 6, 8, 10, 12, 14};
    for (int64_t i = 0; i < rows; i++, x += x_pitch, out += out_pitch)
        for (int64_t j = 0; j < width; j += 8) {
            if (step == 1)
                *(ISA(run) *)(out + j) = *(const ISA(run) *)(x + j);
            else
                *(ISA(run) *)(out + j) =
                    __builtin_shuffle(*(const ISA(run) *)(x + 2 * j), *(const ISA(run) *)(x + 2 * j + 8), even);
        }
}

static void ISA(cut)(int64_t rows, int64_t width, int64_t step, const cgm_real *x, int64_t x_pitch, cgm_real *out,
                     int64_t out_pitch)
{
    if (step == 1 && width == 8)
        ISA(cut_rows)(rows, 8, 1, x, x_pitch, out, out_pitch);
    else if (step == 1)
        ISA(cut_rows)(rows, width, 1, x, x_pitch, out, out_pitch);
    else if (step == 2 && width == 8)
        ISA(cut_rows)(rows, 8, 2, x, x_pitch, out, out_pitch);
    else if (step == 2)
        ISA(cut_rows)(rows, width, 2, x, x_pitch, out, out_pitch);
    else
        for (int64_t i = 0; i < rows; i++, x += x_pitch, out += out_pitch)
            for (int64_t j = 0; j < width; j++) out[j] = x[j * step];
}

static void ISA(fill)(const cgm_planes *p, const cgm_planes_unit *unit, int64_t c0, int64_t c1, const cgm_real *x,
                      cgm_real *padded, cgm_real *planes)
{
    int64_t sample = p->channels * p->h * p->w, padded_plane = p->padded_h * p->padded_w;
    if (p->kind == CGM_PLANES_PADDED) {
        for (int64_t g = 0; g < unit->count; g++)
            for (int64_t c = c0; c < c1; c++)
                ISA(pad)(p, unit->row, x + g * sample + c * p->h * p->w, planes + (g * p->filled + c - c0) * p->plane);
        return;
    }
    bool once = p->kind == CGM_PLANES_PHASED && p->stride == 1; /* the padded copy is the plane */
    int64_t step =
        p->kind == CGM_PLANES_SHIFTED ? p->dilation : 1; /* from a variant's first column to the next one's */
    if (!once) memset(padded + p->group * padded_plane, 0, CGM_PLANES_SLACK * sizeof *padded);
    cgm_real *out = planes;
    for (int64_t c = c0; c < c1; c++) {
        const cgm_real *channel = x + c * p->h * p->w;
        if (once) {
            ISA(pad)(p, unit->row, channel, out);
            out += p->plane;
            continue;
        }
        for (int64_t g = 0; g < unit->count; g++)
            ISA(pad)(p, unit->row, channel + g * sample, padded + g * padded_plane);
        if (unit->count < p->group)
            memset(padded + unit->count * padded_plane, 0,
                   (size_t)((p->group - unit->count) * padded_plane) * sizeof *padded);
        for (int64_t variant = 0; variant < p->variants; variant++)
            for (int64_t a = 0; a < p->stride; a++) {
                const cgm_real *from = padded + a * p->padded_w + variant * step;
                if (p->group == 1) {
                    ISA(cut)(p->phase_rows, p->pitch, p->stride, from, p->stride * p->padded_w, out, p->pitch);
                    out += p->phase_rows * p->pitch;
                } else {
                    for (int64_t b = 0; b < p->phase_rows; b++, out += p->group * p->pitch) ISA(cut)
                    (p->group, p->pitch, p->stride, from + b * p->stride * p->padded_w, padded_plane, out, p->pitch);
                }
            }
    }
    memset(out, 0, CGM_PLANES_SLACK * sizeof *out);
}

/* Transposes each 8 x 8 block of a, which has one in each 8 lanes. */
#define TURN(name, type, lanes, n, ...)                                                                                \
    INLINE void ISA(name)(type * a)                                                                                    \
    {                                                                                                                  \
        const lanes lane = {__VA_ARGS__};                                                                              \
        const lanes low1 = (lane & -2) + (lane & 1) * n, low2 = (lane & -3) + (lane & 2) / 2 * n;                      \
        const lanes low4 = (lane & -5) + (lane & 4) / 4 * n;                                                           \
        type b[8];                                                                                                     \
        UNROLL for (int i = 0; i < 8; i += 2)                                                                          \
        {                                                                                                              \
            b[i] = __builtin_shuffle(a[i], a[i + 1], low1);                                                            \
            b[i + 1] = __builtin_shuffle(a[i], a[i + 1], low1 + 1);                                                    \
        }                                                                                                              \
        type c[8];                                                                                                     \
        UNROLL for (int i = 0; i < 8; i++)                                                                             \
        {                                                                                                              \
            if (i & 2) continue;                                                                                       \
            c[i] = __builtin_shuffle(b[i], b[i + 2], low2);                                                            \
            c[i + 2] = __builtin_shuffle(b[i], b[i + 2], low2 + 2);                                                    \
        }                                                                                                              \
        UNROLL for (int i = 0; i < 4; i++)                                                                             \
        {                                                                                                              \
            a[i] = __builtin_shuffle(c[i], c[i + 4], low4);                                                            \
            a[i + 4] = __builtin_shuffle(c[i], c[i + 4], low4 + 4);                                                    \
        }                                                                                                              \
    }
TURN(turn_one, ISA(run), ISA(run_lanes), 8, 0, 1, 2, 3, 4, 5, 6, 7)

#if VECTOR == 16 && defined __has_builtin
#if __has_builtin(__builtin_shufflevector)
#define TURN_TWO
TURN(turn_two, ISA(vector), ISA(lanes), 16, LANES)

INLINE ISA(vector) ISA(join)(const cgm_real *a, const cgm_real *b)
{
    return __builtin_shufflevector(*(const ISA(run) *)a, *(const ISA(run) *)b, LANES);
}

/* Sixteen rows: each row of the result is a vector. */
INLINE void ISA(turn_tall)(const cgm_real *x, int64_t x_ld, cgm_real *out, int64_t out_ld)
{
    ISA(vector) a[8];
    UNROLL for (int i = 0; i < 8; i++) a[i] = ISA(join)(x + i * x_ld, x + (i + 8) * x_ld);
    ISA(turn_two)(a);
    UNROLL for (int i = 0; i < 8; i++) * (ISA(vector) *)(out + i * out_ld) = a[i];
}

/* Sixteen columns. */
INLINE void ISA(turn_wide)(const cgm_real *x, int64_t x_ld, cgm_real *out, int64_t out_ld)
{
    ISA(vector) a[8];
    UNROLL for (int i = 0; i < 8; i++) a[i] = ISA(load)(x + i * x_ld);
    ISA(turn_two)(a);
    UNROLL for (int i = 0; i < 8; i++)
    {
        *(ISA(run) *)(out + i * out_ld) = __builtin_shufflevector(a[i], a[i], 0, 1, 2, 3, 4, 5, 6, 7);
        *(ISA(run) *)(out + (i + 8) * out_ld) = __builtin_shufflevector(a[i], a[i], 8, 9, 10, 11, 12, 13, 14, 15);
    }
}

/* Both: lines of x that are a multiple of the first-level cache's sets apart push each other out, so each is read, and
 * written, but once. */
INLINE void ISA(turn_square)(const cgm_real *x, int64_t x_ld, cgm_real *out, int64_t out_ld)
{
    ISA(vector) a[8], b[8];
    UNROLL for (int i = 0; i < 8; i++)
    {
        const cgm_real *low = x + i * x_ld, *high = x + (i + 8) * x_ld;
        a[i] = ISA(join)(low, high), b[i] = ISA(join)(low + 8, high + 8);
    }
    ISA(turn_two)(a);
    ISA(turn_two)(b);
    UNROLL for (int i = 0; i < 8; i++) * (ISA(vector) *)(out + i * out_ld) = a[i];
    UNROLL for (int i = 0; i < 8; i++) * (ISA(vector) *)(out + (i + 8) * out_ld) = b[i];
}
#endif
#endif
#undef TURN

INLINE void ISA(turn_block)(const cgm_real *x, int64_t x_ld, cgm_real *out, int64_t out_ld)
{
    ISA(run) a[8];
    UNROLL for (int i = 0; i < 8; i++) a[i] = *(const ISA(run) *)(x + i * x_ld);
    ISA(turn_one)(a);
    UNROLL for (int i = 0; i < 8; i++) * (ISA(run) *)(out + i * out_ld) = a[i];
}

/* At most 8 rows and 8 columns. */
INLINE void ISA(turn_rest)(int64_t rows, int64_t columns, const cgm_real *x, int64_t x_ld, cgm_real *out,
                           int64_t out_ld)
{
    for (int64_t j = 0; j < columns; j++)
        for (int64_t i = 0; i < rows; i++) out[j * out_ld + i] = x[i * x_ld + j];
}

static void ISA(turn)(int64_t rows, int64_t columns, const cgm_real *x, int64_t x_ld, cgm_real *out, int64_t out_ld)
{
    /* The last block may overlap the one before it. */
#ifdef TURN_TWO
    if (rows == 16 && columns >= 16) {
        for (int64_t j = 0; j < columns; j += 16) {
            if (j > columns - 16) j = columns - 16;
            ISA(turn_square)(x + j, x_ld, out + j * out_ld, out_ld);
        }
        return;
    }
    if (rows == 16 && columns >= 8) {
        for (int64_t j = 0; j < columns; j += 8) {
            if (j > columns - 8) j = columns - 8;
            ISA(turn_tall)(x + j, x_ld, out + j * out_ld, out_ld);
        }
        return;
    }
    if (rows == 8 && columns >= 16) {
        for (int64_t j = 0; j < columns; j += 16) {
            if (j > columns - 16) j = columns - 16;
            ISA(turn_wide)(x + j, x_ld, out + j * out_ld, out_ld);
        }
        return;
    }
#endif
    for (; rows > 8; rows -= 8, x += 8 * x_ld, out += 8) ISA(turn)(8, columns, x, x_ld, out, out_ld);
    int64_t j = 0;
    for (; rows == 8 && columns >= 8 && j < columns; j += 8) {
        if (j > columns - 8) j = columns - 8;
        ISA(turn_block)(x + j, x_ld, out + j * out_ld, out_ld);
    }
    if (j < columns) ISA(turn_rest)(rows, columns - j, x + j, x_ld, out + j * out_ld, out_ld);
}

/* One row of n elements. */
INLINE void ISA(weave_row)(const int64_t n, const cgm_real *a, const cgm_real *b, cgm_real *out)
{
    const ISA(run_lanes) low = {0, 8, 1, 9, 2, 10, 3, 11}, high = {4, 12, 5, 13, 6, 14, 7, 15};
    int64_t i = 0;
    for (; i + 16 <= n; i += 16) {
        ISA(run) va = *(const ISA(run) *)(a + i / 2), vb = *(const ISA(run) *)(b + i / 2);
        *(ISA(run) *)(out + i) = __builtin_shuffle(va, vb, low);
        *(ISA(run) *)(out + i + 8) = __builtin_shuffle(va, vb, high);
    }
    for (; i + 8 <= n; i += 8)
        *(ISA(run) *)(out + i) = __builtin_shuffle(*(const ISA(run) *)(a + i / 2), *(const ISA(run) *)(b + i / 2), low);
    for (; i < n; i++) out[i] = i % 2 ? b[i / 2] : a[i / 2];
}

static void ISA(weave)(int64_t rows, int64_t n, const cgm_real *a, const cgm_real *b, int64_t pitch, cgm_real *out,
                       int64_t out_pitch)
{
    for (; n == 8 && rows > 0; rows--, a += pitch, b += pitch, out += out_pitch) ISA(weave_row)(8, a, b, out);
    for (; n == 16 && rows > 0; rows--, a += pitch, b += pitch, out += out_pitch) ISA(weave_row)(16, a, b, out);
    for (; rows > 0; rows--, a += pitch, b += pitch, out += out_pitch) ISA(weave_row)(n, a, b, out);
}

#include "kernels/conv2d_winograd_isa.h"

#define OUTER(rows_, columns) .outer[rows_][columns] = ISA(outer_##rows_##_##columns),
#define BROADCAST(rows_, columns) .broadcast[rows_][columns] = ISA(broadcast_##rows_##_##columns),
#define DOT(rows_, columns) .dot[rows_][columns] = ISA(dot_##rows_##_##columns),
static const cgm_conv_isa ISA(isa) = {
    .vector = VECTOR,
    .rows = TILE_ROWS,
    TILES(OUTER) TILES(DOT) PANELS(BROADCAST).fill = ISA(fill),
    .turn = ISA(turn),
    .weave = ISA(weave),
    .winograd = {&ISA(winograd_3_2), &ISA(winograd_2_2), &ISA(winograd_4_2), &ISA(winograd_5_2), &ISA(winograd_4_3),
                 &ISA(winograd_3_4)},
    .row_channels = ROW_CHANNELS,
    .row_data = ISA(row_data),
    .row_form = {&ISA(row_form_4_3), &ISA(row_form_3_4)},
};

#undef OUTER
#undef DOT
#undef BROADCAST
#undef TURN_TWO
#undef VECTOR
#undef LANES
#undef INLINE
#undef UNROLL
#undef ISA
#undef VECTOR_BYTES
#undef IN_REGISTER
#undef ADD_PRODUCT
#undef TILE_ROWS
#undef TILES
#undef PANELS
#undef ROW_CHANNELS
