/* Winograd's transforms for each instruction set, on vectors of channels; conv2d_isa.h includes this, and
 * conv2d_winograd.h says what they are. In one dimension there are three: data (B^T), evaluate (A, or G before its
 * weights) and collect (A^T or G^T), of which the last is the transpose of the second.
 *
 * The points, besides infinity, are 0 and 1 (three in all), 0 and +-1 (four), 0, +-3/4 and 2 (five), or 0, +-3/4 and
 * +-3/2 (six), all exact in binary: with 0, +-1 and 2, or with 0, +-1 and +-2, as is usual, the normwise error is 1.4
 * and 2.1 times as large. */

#define P1 (cgm_real)0.75
#define P2 (cgm_real)1.5
#define SINGLE (cgm_real)(points == 5 ? 2 : 1) /* the last of three or five that is finite */
#define Q1 (P1 * P1)
#define Q2 (P2 * P2)

INLINE void ISA(wino_data)(const int points, const ISA(vector) * x, const int step, ISA(vector) * out)
{
    ISA(vector) d[6];
    UNROLL for (int i = 0; i < points; i++) d[i] = x[i * step];
    if (points == 3) {
        out[0] = d[0] - d[1], out[1] = d[1], out[2] = d[2] - d[1];
        return;
    }
    if (points == 4) {
        out[0] = d[0] - d[2], out[1] = d[1] + d[2], out[2] = d[2] - d[1], out[3] = d[3] - d[1];
        return;
    }
    if (points == 5) {
        ISA(vector) t0 = d[2] - Q1 * d[0], t1 = d[3] - Q1 * d[1], t2 = d[4] - Q1 * d[2];
        ISA(vector) u = d[3] - SINGLE * d[2], v = P1 * (d[2] - SINGLE * d[1]);
        out[0] = t1 - SINGLE * t0, out[1] = u + v, out[2] = u - v, out[3] = t1, out[4] = t2 - SINGLE * t1;
        return;
    }
    ISA(vector) even1 = d[4] - Q2 * d[2], odd1 = P1 * d[3] - P1 * Q2 * d[1];
    ISA(vector) even2 = d[4] - Q1 * d[2], odd2 = P2 * d[3] - P2 * Q1 * d[1];
    out[0] = d[4] - (Q1 + Q2) * d[2] + Q1 * Q2 * d[0];
    out[1] = even1 + odd1, out[2] = even1 - odd1;
    out[3] = even2 + odd2, out[4] = even2 - odd2;
    out[5] = d[5] - (Q1 + Q2) * d[3] + Q1 * Q2 * d[1];
}

/* The polynomial of n coefficients at each point; at infinity, its last coefficient. */
INLINE void ISA(wino_evaluate)(const int points, const int n, const ISA(vector) * x, const int step, ISA(vector) * out)
{
    const cgm_real p[2] = {points == 4 ? 1 : P1, P2};
    out[0] = x[0];
    if (points % 2) {
        ISA(vector) sum = x[(n - 1) * step];
        UNROLL for (int k = n - 2; k >= 0; k--) sum = SINGLE * sum + x[k * step];
        out[points - 2] = sum;
    }
    UNROLL for (int i = 0; i < points / 2 - 1; i++)
    {
        cgm_real q = p[i] * p[i];
        ISA(vector) even = x[0], odd = p[i] * x[step];
        if (n > 2) even += q * x[2 * step];
        if (n > 3) odd += p[i] * q * x[3 * step];
        if (n > 4) even += q * q * x[4 * step];
        out[2 * i + 1] = even + odd, out[2 * i + 2] = even - odd;
    }
    out[points - 1] = x[(n - 1) * step];
}

INLINE void ISA(wino_collect)(const int points, const int n, const ISA(vector) * x, const int step, ISA(vector) * out)
{
    const cgm_real p[2] = {points == 4 ? 1 : P1, P2};
    out[0] = x[0];
    UNROLL for (int k = 1; k < n; k++) out[k] = (ISA(vector)){0};
    if (points % 2) {
        cgm_real power = 1;
        UNROLL for (int k = 0; k < n; k++, power *= SINGLE) out[k] += power * x[(points - 2) * step];
    }
    UNROLL for (int i = 0; i < points / 2 - 1; i++)
    {
        cgm_real q = p[i] * p[i];
        ISA(vector) a = x[(2 * i + 1) * step], b = x[(2 * i + 2) * step], sum = a + b, difference = a - b;
        out[0] += sum, out[1] += p[i] * difference;
        if (n > 2) out[2] += q * sum;
        if (n > 3) out[3] += p[i] * q * difference;
        if (n > 4) out[4] += q * q * sum;
    }
    out[n - 1] += x[(points - 1) * step];
}

/* G's weights: 1 over the product of a point's differences from the others. */
INLINE void ISA(wino_weigh)(const int points, ISA(vector) * x, const int step)
{
    if (points == 3) return;
    if (points == 4) {
        x[step] *= (cgm_real)0.5, x[2 * step] *= (cgm_real)0.5;
        return;
    }
    if (points == 5) {
        x[0] *= 1 / (Q1 * SINGLE), x[3 * step] *= 1 / (SINGLE * (SINGLE * SINGLE - Q1));
        x[step] *= 1 / (2 * Q1 * (P1 - SINGLE)), x[2 * step] *= -1 / (2 * Q1 * (P1 + SINGLE));
        return;
    }
    x[0] *= 1 / (Q1 * Q2);
    x[step] *= 1 / (2 * Q1 * (Q1 - Q2)), x[2 * step] *= 1 / (2 * Q1 * (Q1 - Q2));
    x[3 * step] *= 1 / (2 * Q2 * (Q2 - Q1)), x[4 * step] *= 1 / (2 * Q2 * (Q2 - Q1));
}

INLINE void ISA(wino_load)(const int n, const cgm_real *x, int64_t row, int64_t column, ISA(vector) * d)
{
    UNROLL for (int i = 0; i < n; i++)
    {
        UNROLL for (int j = 0; j < n; j++) d[i * n + j] = ISA(load)(x + i * row + j * column);
    }
}

/* d [n, n] into all points of both dimensions: of data (n is `points`), of a filter (weighed), or of outputs. */
INLINE void ISA(wino_to_points)(const int points, const int n, const bool weigh, const ISA(vector) * d, const bool *row,
                                const bool *column, cgm_real *out, int64_t step)
{
    ISA(vector) half[36], line[6];
    UNROLL for (int j = 0; j < n; j++)
    {
        if (n == points)
            ISA(wino_data)(points, d + j, n, line);
        else
            ISA(wino_evaluate)(points, n, d + j, n, line);
        if (weigh) ISA(wino_weigh)(points, line, 1);
        UNROLL for (int i = 0; i < points; i++) half[i * n + j] = line[i];
    }
    UNROLL for (int i = 0; i < points; i++)
    {
        if (row && (i == 0 || i == points - 1) && !row[i > 0]) continue;
        if (n == points)
            ISA(wino_data)(points, half + i * n, 1, line);
        else
            ISA(wino_evaluate)(points, n, half + i * n, 1, line);
        if (weigh) ISA(wino_weigh)(points, line, 1);
        UNROLL for (int j = 0; j < points; j++)
        {
            if (column && (j == 0 || j == points - 1) && !column[j > 0]) continue;
            *(ISA(vector) *)(out + (i * points + j) * step) = line[j];
        }
    }
}

INLINE void ISA(wino_transform)(const int points, const int n, const cgm_real *x, int64_t row, int64_t column,
                                cgm_real *out, int64_t step)
{
    ISA(vector) d[36];
    ISA(wino_load)(n, x, row, column, d);
    ISA(wino_to_points)(points, n, false, d, NULL, NULL, out, step);
}

INLINE void ISA(wino_filters)(const int points, const int taps, int64_t n, const cgm_real *x, int64_t x_step,
                              const int64_t *tap, cgm_real *out, int64_t out_step, int64_t step)
{
    bool row[2] = {false, false}, column[2] = {false, false};
    for (int i = 0; i < taps; i++) {
        row[0] |= tap[i] >= 0, row[1] |= tap[(taps - 1) * taps + i] >= 0;
        column[0] |= tap[i * taps] >= 0, column[1] |= tap[i * taps + taps - 1] >= 0;
    }
    for (int64_t c = 0; c < n; c++, x += x_step, out += out_step) {
        ISA(vector) d[36];
        UNROLL for (int i = 0; i < taps * taps; i++) d[i] = tap[i] < 0 ? (ISA(vector)){0} : ISA(load)(x + tap[i]);
        ISA(wino_to_points)(points, taps, true, d, row, column, out, step);
    }
}

/* All points into out [n, n], to which `start` is added. */
INLINE void ISA(wino_from_points)(const int points, const int n, const bool weigh, const cgm_real *x, int64_t step,
                                  const cgm_real *start, cgm_real *out, int64_t row, int64_t column)
{
    ISA(vector) d[6], half[30], line[6];
    UNROLL for (int j = 0; j < points; j++)
    {
        UNROLL for (int i = 0; i < points; i++) d[i] = ISA(load)(x + (i * points + j) * step);
        if (weigh) ISA(wino_weigh)(points, d, 1);
        ISA(wino_collect)(points, n, d, 1, line);
        UNROLL for (int i = 0; i < n; i++) half[i * points + j] = line[i];
    }
    UNROLL for (int i = 0; i < n; i++)
    {
        if (weigh) ISA(wino_weigh)(points, half + i * points, 1);
        ISA(wino_collect)(points, n, half + i * points, 1, line);
        UNROLL for (int j = 0; j < n; j++) * (ISA(vector) *)(out + i * row + j * column) = line[j] + ISA(load)(start);
    }
}

#define FORM(side_, taps_)                                                                                             \
    static void ISA(wino_data_##side_##_##taps_)(const cgm_real *x, int64_t row, int64_t column, cgm_real *out,        \
                                                 int64_t step)                                                         \
    {                                                                                                                  \
        ISA(wino_transform)(side_ + taps_ - 1, side_ + taps_ - 1, x, row, column, out, step);                          \
    }                                                                                                                  \
    static void ISA(wino_filters_##side_##_##taps_)(int64_t n, const cgm_real *x, int64_t x_step, const int64_t *tap,  \
                                                    cgm_real *out, int64_t out_step, int64_t step)                     \
    {                                                                                                                  \
        ISA(wino_filters)(side_ + taps_ - 1, taps_, n, x, x_step, tap, out, out_step, step);                           \
    }                                                                                                                  \
    static void ISA(wino_output_grad_##side_##_##taps_)(const cgm_real *x, int64_t row, int64_t column, cgm_real *out, \
                                                        int64_t step)                                                  \
    {                                                                                                                  \
        ISA(wino_transform)(side_ + taps_ - 1, side_, x, row, column, out, step);                                      \
    }                                                                                                                  \
    static void ISA(wino_output_##side_##_##taps_)(const cgm_real *x, int64_t step, const cgm_real *start,             \
                                                   cgm_real *out, int64_t row, int64_t column)                         \
    {                                                                                                                  \
        ISA(wino_from_points)(side_ + taps_ - 1, side_, false, x, step, start, out, row, column);                      \
    }                                                                                                                  \
    static void ISA(wino_filter_grad_##side_##_##taps_)(const cgm_real *x, int64_t step, const cgm_real *start,        \
                                                        cgm_real *out, int64_t row, int64_t column)                    \
    {                                                                                                                  \
        ISA(wino_from_points)(side_ + taps_ - 1, taps_, true, x, step, start, out, row, column);                       \
    }                                                                                                                  \
    static const cgm_winograd ISA(winograd_##side_##_##taps_) = {                                                      \
        .points = side_ + taps_ - 1,                                                                                   \
        .taps = taps_,                                                                                                 \
        .side = side_,                                                                                                 \
        .data = ISA(wino_data_##side_##_##taps_),                                                                      \
        .filters = ISA(wino_filters_##side_##_##taps_),                                                                \
        .output_grad = ISA(wino_output_grad_##side_##_##taps_),                                                        \
        .output = ISA(wino_output_##side_##_##taps_),                                                                  \
        .filter_grad = ISA(wino_filter_grad_##side_##_##taps_)};
FORM(3, 2)
FORM(2, 2)
FORM(4, 2)
FORM(5, 2)
FORM(4, 3)
FORM(3, 4)
#undef FORM

/* ---- along columns alone; see conv2d_rows.h ---- */

/* Of the six rows that a tile sees, or of its own `rows`. */
INLINE void ISA(row_points)(const int rows, int64_t n, const cgm_real *const *row, cgm_real *out, int64_t step)
{
    for (int64_t x = 0; x < n; x += VECTOR) {
        if (x > n - VECTOR) x = n - VECTOR; /* the last vector may overlap the one before it */
        ISA(vector) d[CGM_ROW_POINTS], line[CGM_ROW_POINTS];
        UNROLL for (int i = 0; i < rows; i++) d[i] = ISA(load)(row[i] + x);
        if (rows == CGM_ROW_POINTS)
            ISA(wino_data)(CGM_ROW_POINTS, d, 1, line);
        else
            ISA(wino_evaluate)(CGM_ROW_POINTS, rows, d, 1, line);
        UNROLL for (int t = 0; t < CGM_ROW_POINTS; t++) * (ISA(vector) *)(out + t * step + x) = line[t];
    }
}

static void ISA(row_data)(int64_t n, const cgm_real *const *row, cgm_real *out, int64_t step)
{
    ISA(row_points)(CGM_ROW_POINTS, n, row, out, step);
}

INLINE void ISA(row_filter)(const int taps, const cgm_real *x, cgm_real *out)
{
    ISA(vector) d[CGM_ROW_POINTS], line[CGM_ROW_POINTS];
    UNROLL for (int i = 0; i < taps; i++) d[i] = ISA(load)(x + i * VECTOR);
    ISA(wino_evaluate)(CGM_ROW_POINTS, taps, d, 1, line);
    ISA(wino_weigh)(CGM_ROW_POINTS, line, 1);
    UNROLL for (int t = 0; t < CGM_ROW_POINTS; t++) * (ISA(vector) *)(out + t * VECTOR) = line[t];
}

INLINE void ISA(row_filter_grad)(const int taps, int64_t n, const cgm_real *x, int64_t step, cgm_real *out,
                                 int64_t out_step)
{
    for (int64_t q = 0; q < n; q += VECTOR) {
        ISA(vector) d[CGM_ROW_POINTS], line[CGM_ROW_POINTS];
        UNROLL for (int i = 0; i < CGM_ROW_POINTS; i++) d[i] = ISA(load)(x + i * step + q);
        ISA(wino_weigh)(CGM_ROW_POINTS, d, 1);
        ISA(wino_collect)(CGM_ROW_POINTS, taps, d, 1, line);
        UNROLL for (int t = 0; t < taps; t++) * (ISA(vector) *)(out + t * out_step + q) = line[t];
    }
}

/* Points times outputs are the accumulators. */
INLINE void ISA(row_tile)(const int side, int64_t taps, const int64_t *place, const cgm_real *data, int64_t step,
                          const cgm_real *weights, const cgm_real *start, cgm_real *out, int64_t row, int64_t channel,
                          int64_t rows, int64_t channels)
{
    ISA(vector) sum[ROW_CHANNELS * CGM_ROW_POINTS];
    UNROLL for (int i = 0; i < ROW_CHANNELS * CGM_ROW_POINTS; i++) sum[i] = (ISA(vector)){0};
    for (int64_t q = 0; q < taps; q++, weights += CGM_ROW_POINTS * ROW_CHANNELS) {
        const cgm_real *at = data + place[q];
        UNROLL for (int t = 0; t < CGM_ROW_POINTS; t++)
        {
            ISA(vector) b = ISA(load)(at + t * step);
            IN_REGISTER(b);
            UNROLL for (int k = 0; k < ROW_CHANNELS; k++) sum[k * CGM_ROW_POINTS + t] +=
                weights[t * ROW_CHANNELS + k] * b;
        }
    }
    UNROLL for (int k = 0; k < ROW_CHANNELS; k++)
    {
        ISA(vector) line[CGM_ROW_POINTS];
        ISA(wino_collect)(CGM_ROW_POINTS, side, sum + k * CGM_ROW_POINTS, 1, line);
        if (k < channels) {
            UNROLL for (int i = 0; i < side; i++) if (i < rows) * (ISA(vector) *)(out + k * channel + i * row) =
                line[i] + start[k];
        }
    }
}

INLINE void ISA(row_pixels)(const int side, int64_t n, const cgm_real *x, int64_t step, cgm_real start, cgm_real *out,
                            const int64_t *place, int64_t row, int64_t end)
{
    for (int64_t v = 0; v < n; v++, x += VECTOR) {
        ISA(vector) d[CGM_ROW_POINTS], line[CGM_ROW_POINTS];
        UNROLL for (int i = 0; i < CGM_ROW_POINTS; i++) d[i] = ISA(load)(x + i * step);
        ISA(wino_collect)(CGM_ROW_POINTS, side, d, 1, line);
        int64_t at = place[v];
        UNROLL for (int i = 0; i < side; i++, at += row) if (at < end) * (ISA(vector) *)(out + at) = line[i] + start;
    }
}

#define ROW_FORM(side_, taps_)                                                                                         \
    static void ISA(row_filter_##side_##_##taps_)(const cgm_real *x, cgm_real *out)                                    \
    {                                                                                                                  \
        ISA(row_filter)(taps_, x, out);                                                                                \
    }                                                                                                                  \
    static void ISA(row_tile_##side_##_##taps_)(                                                                       \
        int64_t taps, const int64_t *place, const cgm_real *data, int64_t step, const cgm_real *weights,               \
        const cgm_real *start, cgm_real *out, int64_t row, int64_t channel, int64_t rows, int64_t channels)            \
    {                                                                                                                  \
        ISA(row_tile)(side_, taps, place, data, step, weights, start, out, row, channel, rows, channels);              \
    }                                                                                                                  \
    static void ISA(row_pixels_##side_##_##taps_)(int64_t n, const cgm_real *x, int64_t step, cgm_real start,          \
                                                  cgm_real *out, const int64_t *place, int64_t row,                    \
                                                  int64_t end)                                                         \
    {                                                                                                                  \
        ISA(row_pixels)(side_, n, x, step, start, out, place, row, end);                                               \
    }                                                                                                                  \
    static void ISA(row_output_grad_##side_##_##taps_)(int64_t n, const cgm_real *const *row, cgm_real *out,           \
                                                       int64_t step)                                                   \
    {                                                                                                                  \
        ISA(row_points)(side_, n, row, out, step);                                                                     \
    }                                                                                                                  \
    static void ISA(row_filter_grad_##side_##_##taps_)(int64_t n, const cgm_real *x, int64_t step, cgm_real *out,      \
                                                       int64_t out_step)                                               \
    {                                                                                                                  \
        ISA(row_filter_grad)(taps_, n, x, step, out, out_step);                                                        \
    }                                                                                                                  \
    static const cgm_row_form ISA(row_form_##side_##_##taps_) = {.taps = taps_,                                        \
                                                                 .side = side_,                                        \
                                                                 .filter = ISA(row_filter_##side_##_##taps_),          \
                                                                 .tile = ISA(row_tile_##side_##_##taps_),              \
                                                                 .pixels = ISA(row_pixels_##side_##_##taps_),          \
                                                                 .output_grad = ISA(row_output_grad_##side_##_##taps_), \
                                                                 .filter_grad = ISA(row_filter_grad_##side_##_##taps_)};
ROW_FORM(4, 3)
ROW_FORM(3, 4)
#undef ROW_FORM
#undef P1
#undef P2
#undef SINGLE
#undef Q1
#undef Q2
