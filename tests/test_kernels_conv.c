/* Matrix products and convolutions of both kernel tables against loops written here, on odd shapes, with garbage in
 * every buffer that a kernel may not rely on; the gradients as adjoints; the same bits on any number of threads. */
#include "tests/harness.h"

#include "base/rng.h"
#include "kernels/conv2d_rows.h"
#include "kernels/conv2d_winograd.h"
#include "kernels/kernels.h"

#ifdef CGM_DOUBLE
#define TOLERANCE 1e-12
#else
#define TOLERANCE 2e-6
#endif

#define GUARD 16

/* A buffer of exactly n values between guards that a kernel must not touch. */
static cgm_real *buffer(size_t n)
{
    cgm_real *b = malloc((n + 2 * GUARD) * sizeof *b);
    if (!b) abort();
    for (size_t i = 0; i < n + 2 * GUARD; i++) b[i] = (cgm_real)NAN;
    return b + GUARD;
}

static cgm_real *normal_buffer(size_t n, cgm_rng *rng)
{
    cgm_real *b = buffer(n);
    cgm_rng_fill_normal(rng, n, b);
    return b;
}

static bool guards_intact(const cgm_real *b, size_t n)
{
    for (size_t i = 0; i < GUARD; i++)
        if (!isnan(b[-1 - (ptrdiff_t)i]) || !isnan(b[n + i])) return false;
    return true;
}

static void release(cgm_real *b)
{
    free(b - GUARD);
}

/* Scratch full of NaN, of exactly the size asked for. */
static void *garbage(size_t bytes)
{
    void *p;
    if (posix_memalign(&p, 64, bytes)) abort();
    memset(p, 0xff, bytes);
    return p;
}

/* The largest |got - want| over the norm that the sum of absolute terms gives; NaN counts as infinite. */
static double worst(size_t n, const cgm_real *got, const double *want, const double *size)
{
    double w = 0;
    for (size_t i = 0; i < n; i++) {
        double e = fabs((double)got[i] - want[i]) / (size[i] + 1e-30);
        if (!(size[i] > 0)) e = got[i] == 0 ? 0 : INFINITY;
        if (!(e <= w)) w = isnan(e) ? INFINITY : e;
    }
    return w;
}

static double *zeros(size_t n)
{
    double *p = calloc(n ? n : 1, sizeof *p);
    if (!p) abort();
    return p;
}

/* ---- products ---- */

static void check_gemm(const cgm_kernel_table *t, int64_t m, int64_t n, int64_t k, int flags, cgm_rng *rng)
{
    bool ta = flags & 1, tb = flags & 2;
    int64_t lda = (ta ? m : k) + (flags & 4 ? 3 : 0), ldb = (tb ? k : n) + (flags & 4 ? 1 : 0),
            ldc = n + (flags & 4 ? 2 : 0);
    cgm_real alpha = flags & 4 ? (cgm_real)-0.5 : 1, beta = flags & 8 ? 2 : 0;
    size_t na = (size_t)((ta ? k : m) * lda), nb = (size_t)((tb ? n : k) * ldb), nc = (size_t)(m * ldc);
    cgm_real *a = normal_buffer(na, rng), *b = normal_buffer(nb, rng), *c = buffer(nc);
    double *want = zeros(nc), *size = zeros(nc);
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) {
            size_t at = (size_t)(i * ldc + j);
            if (beta != 0) c[at] = (cgm_real)(i - j), want[at] = beta * (i - j), size[at] = fabs(want[at]) + 1;
            for (int64_t l = 0; l < k; l++) {
                double term =
                    alpha * (double)a[ta ? l * lda + i : i * lda + l] * (double)b[tb ? j * ldb + l : l * ldb + j];
                want[at] += term, size[at] += fabs(term);
            }
        }
    t->gemm(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    double w = 0;
    for (int64_t i = 0; i < m; i++) {
        w = fmax(w, worst((size_t)n, c + i * ldc, want + i * ldc, size + i * ldc));
        if (ldc > n && i + 1 < m) CU_ASSERT(isnan(c[i * ldc + n]));
    }
    CHECK_NEAR(w, 0, TOLERANCE);
    CU_ASSERT(guards_intact(c, nc));
    release(a), release(b), release(c), free(want), free(size);
}

static void gemm_is_right(void)
{
    static const int64_t sizes[][3] = {{1, 1, 1},   {3, 5, 7},    {17, 1, 9}, {1, 33, 64},
                                       {65, 70, 3}, {16, 16, 16}, {2, 3, 0}};
    const cgm_kernel_table *tables[] = {&cgm_kernels_fast, &cgm_kernels_reference};
    cgm_rng rng = cgm_rng_create(1);
    for (size_t t = 0; t < 2; t++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            for (int flags = 0; flags < 16; flags++)
                check_gemm(tables[t], sizes[i][0], sizes[i][1], sizes[i][2], flags, &rng);
}

static void matmul_is_right_on_any_threads(void)
{
    static const int64_t sizes[][3] = {{1, 1, 1}, {130, 70, 33}, {65, 1030, 5}, {3, 513, 64}, {128, 64, 200}};
    cgm_rng rng = cgm_rng_create(2);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int flags = 0; flags < 4; flags++) {
            int64_t m = sizes[i][0], n = sizes[i][1], k = sizes[i][2];
            bool ta = flags & 1, tb = flags & 2;
            cgm_real *a = normal_buffer((size_t)(m * k), &rng), *b = normal_buffer((size_t)(k * n), &rng);
            size_t nc = (size_t)(m * n);
            cgm_real *c[4];
            for (int t = 0; t < 4; t++) {
                c[t] = buffer(nc);
                const cgm_kernel_table *table = t == 3 ? &cgm_kernels_reference : &cgm_kernels_fast;
                table->matmul(NULL, ta, tb, m, n, k, a, b, c[t], t + 1);
                CU_ASSERT(guards_intact(c[t], nc));
            }
            CU_ASSERT(!memcmp(c[0], c[1], nc * sizeof *a) && !memcmp(c[0], c[2], nc * sizeof *a));
            double w = 0;
            for (size_t j = 0; j < nc; j++) w = fmax(w, fabs((double)c[0][j] - (double)c[3][j]));
            CHECK_NEAR(w, 0, TOLERANCE * 100);
            CU_ASSERT(!isnan(c[0][0]));
            for (int t = 0; t < 4; t++) release(c[t]);
            release(a), release(b);
        }
}

/* ---- convolutions ---- */

typedef struct maps {
    double *y, *dx, *dfilter;           /* the true results */
    double *y_size, *dx_size, *df_size; /* sums of absolute terms */
} maps;

/* The products of one weight, filter[at_f], and pixel pairs of one row each of x and dy, n of them, `stride` apart in
 * x. */
static void brute_row(int64_t n, int64_t stride, const cgm_real *x, const cgm_real *f, const cgm_real *dy, int64_t at_x,
                      int64_t at_f, int64_t at_y, maps *o)
{
    double vf = f[at_f], df = 0, df_size = 0;
    for (; n > 0; n--, at_x += stride, at_y++) {
        double vx = x[at_x], vy = dy[at_y];
        o->y[at_y] += vx * vf, o->y_size[at_y] += fabs(vx * vf);
        o->dx[at_x] += vy * vf, o->dx_size[at_x] += fabs(vy * vf);
        df += vy * vx, df_size += fabs(vy * vx);
    }
    o->dfilter[at_f] += df, o->df_size[at_f] += df_size;
}

/* One walk over all products x * filter * dy gives all three maps. bias may be NULL; dfilter begins at `before`. */
static void brute(const cgm_conv_shape *s, const cgm_real *x, const cgm_real *f, const cgm_real *bias,
                  const cgm_real *dy, double before, maps *o)
{
    for (int64_t i = 0; bias && i < s->n * s->k * s->oh * s->ow; i++) {
        double b = (double)bias[i / (s->oh * s->ow) % s->k];
        o->y[i] = b, o->y_size[i] = fabs(b);
    }
    int64_t d = s->dilation ? s->dilation : 1, groups = s->groups ? s->groups : 1, cs = s->c / groups;
    for (int64_t i = 0; i < s->k * cs * s->r * s->s; i++) o->dfilter[i] = before, o->df_size[i] = fabs(before);
    for (int64_t at_f = 0; at_f < s->k * cs * s->r * s->s; at_f++) {
        int64_t b = at_f % s->s, a = at_f / s->s % s->r, k = at_f / s->s / s->r / cs;
        int64_t c = k * groups / s->k * cs + at_f / s->s / s->r % cs, first = 0, end = s->ow;
        while (first < end && first * s->stride + b * d < s->pad_left) first++;
        while (first < end && (end - 1) * s->stride + b * d - s->pad_left >= s->w) end--;
        for (int64_t n = 0; n < s->n; n++)
            for (int64_t i = 0; i < s->oh; i++) {
                int64_t row = i * s->stride + a * d - s->pad_top, column = first * s->stride + b * d - s->pad_left;
                if (row < 0 || row >= s->h) continue;
                brute_row(end - first, s->stride, x, f, dy, column + s->w * (row + s->h * (c + s->c * n)), at_f,
                          first + s->ow * (i + s->oh * (k + s->k * n)), o);
            }
    }
}

static double dot(size_t n, const cgm_real *a, const cgm_real *b)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)a[i] * (double)b[i];
    return sum;
}

static void describe(const cgm_kernel_table *t, const cgm_conv_shape *s, const char *what, double e)
{
    fprintf(
        stderr,
        "%s %s: error %g at n %d c %d h %d w %d k %d r %d s %d stride %d pads %d %d out %d %d dilation %d groups %d\n",
        t->name, what, e, (int)s->n, (int)s->c, (int)s->h, (int)s->w, (int)s->k, (int)s->r, (int)s->s, (int)s->stride,
        (int)s->pad_top, (int)s->pad_left, (int)s->oh, (int)s->ow, (int)s->dilation, (int)s->groups);
}

static void check_map(const cgm_kernel_table *t, const cgm_conv_shape *s, const char *what, size_t n, cgm_real *got[3],
                      const double *want, const double *size)
{
    double e = worst(n, got[0], want, size);
    if (!(e <= TOLERANCE)) describe(t, s, what, e);
    CU_ASSERT(e <= TOLERANCE);
    for (int threads = 1; threads <= 3; threads++) {
        CU_ASSERT(guards_intact(got[threads - 1], n));
        CU_ASSERT(!memcmp(got[0], got[threads - 1], n * sizeof(cgm_real)));
    }
}

/* Makes sizes those of the largest: Winograd's transforms round what a whole tile sees, so that a pixel of the edge,
 * which sees a part of that, is no more exact than its neighbours. But one that sees nothing is zero. */
static void level(size_t n, double *size)
{
    double most = 0;
    for (size_t i = 0; i < n; i++) most = fmax(most, size[i]);
    for (size_t i = 0; i < n; i++)
        if (size[i] > 0) size[i] = most;
}

/* Where one group of a shape goes by such transforms. */
static void level_sizes(const cgm_conv_shape *s, maps *o, size_t nx, size_t nf, size_t ny)
{
    cgm_conv_shape one = *s;
    if (cgm_conv_groups(s) > 1) one.n = 1, one.c /= cgm_conv_groups(s), one.k /= cgm_conv_groups(s), one.groups = 1;
    if (cgm_conv2d_winograd_form(&one) || cgm_conv2d_rows_form(&one)) level(ny, o->y_size);
    if (cgm_conv2d_winograd_input_grad_form(&one) || cgm_conv2d_rows_input_grad_form(&one)) level(nx, o->dx_size);
    if (cgm_conv2d_winograd_filter_grad_form(&one) || cgm_conv2d_rows_filter_grad_form(&one)) level(nf, o->df_size);
}

/* With a bias, and with a filter gradient added to what is there; or without. */
static void check_conv(const cgm_kernel_table *t, const cgm_conv_shape *s, bool more, cgm_rng *rng)
{
    size_t nx = (size_t)(s->n * s->c * s->h * s->w), ny = (size_t)(s->n * s->k * s->oh * s->ow);
    size_t nf = (size_t)(s->k * (s->c / (s->groups ? s->groups : 1)) * s->r * s->s), nb = (size_t)s->k;
    cgm_real *x = normal_buffer(nx, rng), *f = normal_buffer(nf, rng), *dy = normal_buffer(ny, rng);
    cgm_real *bias = normal_buffer(nb, rng), before = (cgm_real)(more ? 0.75 : 0);
    maps o = {zeros(nx + ny), zeros(nx), zeros(nf), zeros(ny), zeros(nx), zeros(nf)};
    brute(s, x, f, more ? bias : NULL, dy, (double)before, &o);
    cgm_real *y[3], *dx[3], *df[3];
    for (int i = 0; i < 3; i++) {
        void *scratch = garbage(t->conv2d_scratch(s, i + 1));
        t->conv2d(s, x, f, more ? bias : NULL, y[i] = buffer(ny), scratch, i + 1);
        free(scratch), scratch = garbage(t->conv2d_input_grad_scratch(s, i + 1));
        t->conv2d_input_grad(s, dy, f, dx[i] = buffer(nx), scratch, i + 1);
        free(scratch), scratch = garbage(t->conv2d_filter_grad_scratch(s, i + 1));
        df[i] = buffer(nf);
        for (size_t k = 0; more && k < nf; k++) df[i][k] = before;
        t->conv2d_filter_grad(s, x, dy, more, df[i], scratch, i + 1);
        free(scratch);
    }
    if (t == &cgm_kernels_fast) level_sizes(s, &o, nx, nf, ny);
    check_map(t, s, "y", ny, y, o.y, o.y_size);
    check_map(t, s, "dx", nx, dx, o.dx, o.dx_size);
    check_map(t, s, "dfilter", nf, df, o.dfilter, o.df_size);
    if (!more) { /* <conv(x), dy> = <x, conv'(dy)> = <filter, conv''(x, dy)>. */
        double by_y = dot(ny, y[0], dy), scale = 1;
        for (size_t i = 0; i < ny; i++) scale += o.y_size[i] * fabs((double)dy[i]);
        CHECK_NEAR(dot(nx, dx[0], x), by_y, TOLERANCE * scale);
        CHECK_NEAR(dot(nf, df[0], f), by_y, TOLERANCE * scale);
    }
    for (int i = 0; i < 3; i++) release(y[i]), release(dx[i]), release(df[i]);
    release(x), release(f), release(dy), release(bias);
    free(o.y), free(o.dx), free(o.dfilter), free(o.y_size), free(o.dx_size), free(o.df_size);
}

/* One shape on the fast table, and on the reference if asked; the four pads differ from one another. */
static void check_shape(cgm_conv_shape s, int64_t pad_bottom, int64_t pad_right, bool reference, cgm_rng *rng)
{
    int64_t dilation = s.dilation ? s.dilation : 1, r = (s.r - 1) * dilation + 1, q = (s.s - 1) * dilation + 1;
    if (s.h + s.pad_top + pad_bottom < r || s.w + s.pad_left + pad_right < q) return;
    s.oh = (s.h + s.pad_top + pad_bottom - r) / s.stride + 1;
    s.ow = (s.w + s.pad_left + pad_right - q) / s.stride + 1;
    for (int more = 0; more < 2; more++) {
        check_conv(&cgm_kernels_fast, &s, more, rng);
        if (reference) check_conv(&cgm_kernels_reference, &s, more, rng);
    }
}

static void small_shapes(int count, uint64_t seed)
{
    static const int64_t channels[] = {1, 2, 3, 5, 17}, filters[] = {1, 2, 3, 4, 5, 7}, sizes[] = {1, 3, 5, 8, 9};
    cgm_rng rng = cgm_rng_create(seed);
    for (int i = 0; i < count; i++) {
#define PICK(list) list[cgm_rng_below(&rng, sizeof list / sizeof *list)]
        cgm_conv_shape s = {.n = 1 + (int64_t)cgm_rng_below(&rng, 3),
                            .c = PICK(channels),
                            .h = PICK(sizes),
                            .w = PICK(sizes),
                            .k = PICK(channels),
                            .r = PICK(filters),
                            .s = PICK(filters),
                            .stride = 1 + (int64_t)cgm_rng_below(&rng, 3),
                            .pad_top = (int64_t)cgm_rng_below(&rng, 4),
                            .pad_left = (int64_t)cgm_rng_below(&rng, 4)};
        check_shape(s, (int64_t)cgm_rng_below(&rng, 4), (int64_t)cgm_rng_below(&rng, 4), i % 8 == 0, &rng);
    }
}

static void dilated_and_grouped_shapes(int count, uint64_t seed)
{
    static const int64_t channels[] = {1, 1, 2, 3, 5, 17}, filters[] = {1, 2, 3, 4, 5}, sizes[] = {1, 3, 7, 8, 16, 19};
    cgm_rng rng = cgm_rng_create(seed);
    for (int i = 0; i < count; i++) {
        int64_t groups = 1 + (int64_t)cgm_rng_below(&rng, 4);
        cgm_conv_shape s = {.n = 1 + (int64_t)cgm_rng_below(&rng, 3),
                            .c = groups * PICK(channels),
                            .h = PICK(sizes),
                            .w = PICK(sizes),
                            .k = groups * PICK(channels),
                            .r = PICK(filters),
                            .s = PICK(filters),
                            .stride = 1 + (int64_t)cgm_rng_below(&rng, 3),
                            .pad_top = (int64_t)cgm_rng_below(&rng, 7),
                            .pad_left = (int64_t)cgm_rng_below(&rng, 7),
                            .dilation = 1 + (int64_t)cgm_rng_below(&rng, 4),
                            .groups = groups};
        check_shape(s, (int64_t)cgm_rng_below(&rng, 7), (int64_t)cgm_rng_below(&rng, 7), i % 8 == 0, &rng);
    }
}

/* Wide dilated ones, and depthwise ones, at sizes that cross the tiles' borders. */
static void wide_dilated_and_grouped_shapes(void)
{
    static const cgm_conv_shape shapes[] = {
        {.n = 2, .c = 64, .h = 16, .w = 16, .k = 64, .r = 3, .s = 3, .stride = 1, .dilation = 2},
        {.n = 3, .c = 32, .h = 20, .w = 32, .k = 48, .r = 3, .s = 3, .stride = 1, .dilation = 4},
        {.n = 2, .c = 40, .h = 17, .w = 15, .k = 70, .r = 3, .s = 3, .stride = 2, .dilation = 3},
        {.n = 2, .c = 64, .h = 16, .w = 16, .k = 96, .r = 3, .s = 3, .stride = 1, .groups = 2},
        {.n = 2, .c = 64, .h = 16, .w = 16, .k = 64, .r = 4, .s = 4, .stride = 2, .groups = 4},
        {.n = 3, .c = 48, .h = 33, .w = 40, .k = 48, .r = 3, .s = 3, .stride = 1, .groups = 48},
        {.n = 3, .c = 24, .h = 9, .w = 70, .k = 48, .r = 5, .s = 5, .stride = 2, .dilation = 2, .groups = 24},
        {.n = 5, .c = 66, .h = 1, .w = 1, .k = 99, .r = 3, .s = 3, .stride = 1, .groups = 3},
    };
    cgm_rng rng = cgm_rng_create(6);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        cgm_conv_shape s = shapes[i];
        s.pad_top = (s.r - 1) * (s.dilation ? s.dilation : 1) / 2, s.pad_left = s.pad_top + 1;
        check_shape(s, s.pad_top, s.pad_top, false, &rng);
    }
}

/* The models' shapes at a small batch, and ones that cross every tile border. */
static void model_shapes(void)
{
    static const struct {
        int64_t n, c, h, w, k, r, stride, pad;
    } shapes[] = {
        {3, 1, 32, 32, 32, 4, 2, 1},  {3, 32, 16, 16, 64, 4, 2, 1},  {5, 64, 8, 8, 64, 4, 2, 1},
        {2, 64, 8, 8, 64, 3, 1, 1},   {2, 32, 16, 16, 32, 3, 1, 1},  {1, 16, 32, 32, 2, 3, 1, 1},
        {2, 16, 32, 32, 2, 1, 1, 0},  {1, 4, 32, 32, 48, 1, 1, 0},   {2, 4, 32, 32, 4, 3, 1, 1},
        {9, 6, 4, 4, 10, 3, 1, 1},    {33, 5, 1, 1, 7, 1, 1, 0},     {19, 7, 2, 2, 3, 3, 1, 1},
        {1, 3, 40, 48, 9, 7, 1, 3},   {1, 2, 64, 50, 3, 3, 2, 1},    {1, 12, 70, 64, 11, 3, 1, 1},
        {2, 3, 28, 28, 5, 5, 1, 2},   {4, 32, 4, 4, 128, 1, 1, 0},   {4, 64, 1, 1, 64, 3, 1, 1},
        {4, 268, 4, 4, 32, 1, 1, 0},  {8, 524, 1, 1, 64, 1, 1, 0},   {5, 28, 1, 1, 256, 1, 1, 0},
        {1, 64, 1, 1, 288, 1, 1, 0},  {3, 5, 1, 1, 48, 1, 1, 0},     {33, 17, 1, 1, 31, 3, 1, 1},
        {2, 64, 4, 4, 33, 1, 1, 0},   {9, 24, 2, 2, 16, 3, 1, 1},    {5, 3, 4, 4, 9, 4, 1, 0},
        {2, 3, 5, 5, 70, 5, 1, 0},    {3, 16, 1, 1, 5, 3, 2, 1},     {40, 20, 1, 1, 130, 1, 1, 0},
        {2, 40, 32, 32, 24, 1, 2, 0}, {1, 200, 40, 40, 70, 1, 1, 0},
    };
    cgm_rng rng = cgm_rng_create(4);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        cgm_conv_shape s = {.n = shapes[i].n,
                            .c = shapes[i].c,
                            .h = shapes[i].h,
                            .w = shapes[i].w,
                            .k = shapes[i].k,
                            .r = shapes[i].r,
                            .s = shapes[i].r,
                            .stride = shapes[i].stride,
                            .pad_top = shapes[i].pad,
                            .pad_left = shapes[i].pad};
        check_shape(s, shapes[i].pad, shapes[i].pad, false, &rng);
    }
}

/* A row of the tables below; the pads below and to the right lead to the outputs. */
typedef struct padded_shape {
    int64_t n, c, h, w, k, r, stride, top, left, bottom, right;
} padded_shape;

static cgm_conv_shape padded(const padded_shape *p)
{
    return (cgm_conv_shape){.n = p->n,
                            .c = p->c,
                            .h = p->h,
                            .w = p->w,
                            .k = p->k,
                            .r = p->r,
                            .s = p->r,
                            .stride = p->stride,
                            .pad_top = p->top,
                            .pad_left = p->left,
                            .oh = (p->h + p->top + p->bottom - p->r) / p->stride + 1,
                            .ow = (p->w + p->left + p->right - p->r) / p->stride + 1};
}

/* Shapes that Winograd's transforms take, where vectors are long enough for it to pay: odd sizes and pads, channels
 * that fill no vector, tiles that reach beyond the image, small images, several in a unit, wide ones, several units in
 * a row, so many that weights are shared, and some fewer, for which a worker keeps them. */
static void winograd_shapes(void)
{
    static const padded_shape shapes[] = {
        {2, 30, 13, 11, 31, 3, 1, 1, 1, 1, 1}, {1, 16, 9, 35, 40, 3, 1, 0, 2, 1, 0},
        {3, 29, 16, 16, 41, 3, 1, 2, 0, 2, 1}, {9, 32, 4, 4, 16, 3, 1, 1, 1, 1, 1},
        {1, 16, 7, 280, 16, 3, 1, 1, 1, 1, 1}, {2, 170, 12, 12, 16, 3, 1, 1, 1, 1, 1},
        {3, 31, 21, 22, 47, 4, 2, 3, 2, 2, 1}, {24, 32, 8, 8, 64, 4, 2, 1, 1, 1, 1},
        {1, 16, 67, 69, 16, 4, 2, 1, 0, 0, 1}, {2, 31, 8, 9, 41, 4, 1, 1, 2, 1, 1},
        {9, 30, 26, 24, 31, 3, 1, 1, 1, 1, 1}, {5, 30, 22, 20, 33, 3, 1, 1, 1, 1, 1},
    };
    cgm_rng rng = cgm_rng_create(6);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        cgm_conv_shape s = padded(&shapes[i]);
        CU_ASSERT((cgm_conv2d_winograd_form(&s) != NULL) == (cgm_conv_isa_get()->vector >= 8));
        check_shape(s, shapes[i].bottom, shapes[i].right, false, &rng);
    }
}

/* Each form on shapes of its filters, whatever it costs: phases that begin together and apart, of as many taps and of
 * fewer, in front and behind; pixels that no output sees; several units, and many; several slices of the inputs, and
 * blocks of the outputs. */
static void winograd_forms(void)
{
    static const padded_shape shapes[] = {
        {2, 20, 13, 18, 33, 3, 2, 1, 1, 1, 1},  {1, 33, 14, 12, 17, 3, 2, 0, 1, 0, 0},
        {2, 17, 9, 11, 24, 3, 2, 2, 1, 1, 2},   {2, 16, 33, 40, 49, 3, 2, 1, 0, 0, 0},
        {3, 64, 5, 6, 20, 3, 2, 1, 1, 1, 1},    {2, 20, 13, 18, 33, 4, 2, 1, 1, 1, 1},
        {1, 33, 15, 12, 17, 4, 2, 3, 2, 2, 1},  {2, 16, 9, 37, 18, 4, 2, 0, 1, 1, 0},
        {5, 50, 8, 8, 20, 4, 2, 1, 1, 1, 1},    {2, 30, 13, 11, 31, 3, 1, 1, 1, 1, 1},
        {2, 31, 8, 9, 41, 4, 1, 1, 2, 1, 1},    {20, 17, 30, 29, 19, 3, 2, 1, 1, 1, 1},
        {1, 18, 10, 12, 150, 3, 2, 1, 1, 1, 1}, {1, 150, 10, 12, 18, 4, 2, 1, 0, 0, 1},
        {1, 18, 10, 12, 150, 4, 2, 1, 1, 1, 1}, {1, 150, 6, 7, 250, 3, 1, 1, 1, 1, 1},
    };
    cgm_rng rng = cgm_rng_create(8);
    for (int f = 0; f < CGM_WINOGRAD_FORMS && cgm_conv_isa_get()->vector >= 8; f++) {
        const cgm_winograd *form = cgm_conv_isa_get()->winograd[f];
        cgm_winograd_override(form);
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
            cgm_conv_shape s = padded(&shapes[i]);
            if (form->taps != (s.r + s.stride - 1) / s.stride) continue;
            CU_ASSERT(cgm_conv2d_winograd_form(&s) == form && cgm_conv2d_winograd_input_grad_form(&s) == form);
            check_shape(s, shapes[i].bottom, shapes[i].right, false, &rng);
        }
    }
    cgm_winograd_override(NULL);
}

/* Along columns alone, whatever it costs, all three maps, and with the channels changed about: filters of one piece and
 * of several, odd pads, outputs that fill no block, rows that fill no tile and no vector, several units of tiles,
 * chunks of them and panels of outputs. */
static void row_forms(void)
{
    static const padded_shape shapes[] = {
        {2, 3, 17, 33, 4, 3, 1, 1, 1, 1, 1}, {1, 1, 9, 19, 6, 5, 1, 4, 2, 1, 4},   {2, 9, 13, 16, 7, 3, 1, 0, 1, 2, 1},
        {1, 5, 21, 40, 9, 4, 1, 3, 1, 0, 2}, {1, 2, 140, 18, 9, 9, 1, 4, 3, 4, 5}, {3, 5, 20, 37, 70, 5, 1, 2, 2, 2, 2},
    };
    cgm_rng rng = cgm_rng_create(9);
    for (int f = 0; f < CGM_ROW_FORMS && cgm_conv_isa_get()->vector >= 8; f++) {
        cgm_rows_override(cgm_conv_isa_get()->row_form[f]);
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
            cgm_conv_shape s = padded(&shapes[i]);
            CU_ASSERT(cgm_conv2d_rows_form(&s) == cgm_conv_isa_get()->row_form[f]);
            CU_ASSERT(cgm_conv2d_rows_filter_grad_form(&s) == cgm_conv_isa_get()->row_form[f]);
            check_shape(s, shapes[i].bottom, shapes[i].right, false, &rng);
            int64_t c = s.c;
            s.c = s.k, s.k = c;
            CU_ASSERT(cgm_conv2d_rows_input_grad_form(&s) == cgm_conv_isa_get()->row_form[f]);
            check_shape(s, shapes[i].bottom, shapes[i].right, false, &rng);
        }
    }
    cgm_rows_override(NULL);
}

/* Shapes where it pays, if vectors are long enough. */
static void row_shapes(void)
{
    static const padded_shape shapes[] = {
        {3, 2, 32, 32, 32, 3, 1, 1, 1, 1, 1},
        {1, 3, 70, 70, 32, 7, 1, 0, 0, 0, 0},
    };
    cgm_rng rng = cgm_rng_create(10);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        cgm_conv_shape s = padded(&shapes[i]);
        bool expected = cgm_conv_isa_get()->vector >= 8;
        CU_ASSERT((cgm_conv2d_rows_form(&s) != NULL) == expected);
        check_shape(s, shapes[i].bottom, shapes[i].right, false, &rng);
        int64_t c = s.c;
        s.c = s.k, s.k = c;
        CU_ASSERT((cgm_conv2d_rows_input_grad_form(&s) != NULL) == expected);
        check_shape(s, shapes[i].bottom, shapes[i].right, false, &rng);
    }
    static const padded_shape filter_shapes[] = {{1, 3, 70, 70, 32, 7, 1, 0, 0, 0, 0},
                                                 {2, 5, 36, 33, 20, 5, 1, 2, 2, 2, 2}};
    for (size_t i = 0; i < sizeof filter_shapes / sizeof *filter_shapes; i++) {
        cgm_conv_shape s = padded(&filter_shapes[i]);
        CU_ASSERT((cgm_conv2d_rows_filter_grad_form(&s) != NULL) == (cgm_conv_isa_get()->vector >= 8));
        check_shape(s, filter_shapes[i].bottom, filter_shapes[i].right, false, &rng);
    }
}

/* Rows of the filter that see nothing but padding have no gradient, which transforms would only round to. */
static void rows_that_see_nothing(void)
{
    static const padded_shape shapes[] = {{1, 2, 2, 20, 18, 5, 1, 1, 2, 2, 2}, {1, 2, 2, 20, 18, 5, 1, 2, 2, 1, 2}};
    cgm_rng rng = cgm_rng_create(11);
    cgm_rows_override(cgm_conv_isa_get()->row_form[0]);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        cgm_conv_shape s = padded(&shapes[i]);
        CU_ASSERT_PTR_NULL(cgm_conv2d_rows_filter_grad_form(&s));
        check_shape(s, shapes[i].bottom, shapes[i].right, false, &rng);
    }
    cgm_rows_override(NULL);
}

static void conv_small_shapes(void)
{
    small_shapes(400, 3);
}
static void conv_dilated_and_grouped(void)
{
    dilated_and_grouped_shapes(400, 7);
    wide_dilated_and_grouped_shapes();
}
static void conv_model_shapes(void)
{
    model_shapes();
}

static void conv_winograd_shapes(void)
{
    winograd_shapes();
    winograd_forms();
}

static void conv_row_shapes(void)
{
    row_forms();
    row_shapes();
    rows_that_see_nothing();
}

/* The instruction sets that this machine has, but does not choose. */
static void conv_on_other_instruction_sets(void)
{
    const cgm_conv_isa *list[CGM_CONV_ISAS];
    int n = cgm_conv_isa_list(list);
    CU_ASSERT_PTR_EQUAL(cgm_conv_isa_get(), list[0]);
    for (int i = 1; i < n; i++) {
        cgm_conv_isa_override(list[i]);
        small_shapes(60, 5 + (uint64_t)i);
        dilated_and_grouped_shapes(60, 15 + (uint64_t)i);
        wide_dilated_and_grouped_shapes();
        model_shapes();
        winograd_shapes();
        winograd_forms();
        row_forms();
        row_shapes();
    }
    cgm_conv_isa_override(NULL);
}

static void table_is_chosen(void)
{
    cgm_kernels_override(NULL);
    setenv("CGM_KERNELS", "reference", 1);
    CU_ASSERT_STRING_EQUAL(cgm_kernels()->name, "reference");
    cgm_kernels_override(NULL);
    unsetenv("CGM_KERNELS");
    CU_ASSERT_STRING_EQUAL(cgm_kernels()->name, "fast");
    cgm_kernels_override(&cgm_kernels_reference);
    CU_ASSERT_PTR_EQUAL(cgm_kernels(), &cgm_kernels_reference);
    cgm_kernels_override(NULL);
    CU_ASSERT_PTR_EQUAL(cgm_kernels(), &cgm_kernels_fast);
}

static const test_case cases[] = {
    {"products", gemm_is_right},
    {"tiled products on 1, 2, 3 threads", matmul_is_right_on_any_threads},
    {"convolutions of small odd shapes", conv_small_shapes},
    {"dilated and grouped convolutions", conv_dilated_and_grouped},
    {"convolutions of the models' shapes", conv_model_shapes},
    {"convolutions by Winograd's transforms", conv_winograd_shapes},
    {"convolutions by Winograd's transforms along columns", conv_row_shapes},
    {"convolutions on other instruction sets", conv_on_other_instruction_sets},
    {"the table in force", table_is_chosen},
};
TEST_MAIN("kernels: products and convolutions", cases)
