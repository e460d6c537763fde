/* A dictionary learnt from the patches of what was measured, by K-SVD (Aharon, Elad and Bruckstein 2006); all patches,
 * which overlap, become sums of few atoms, and a pixel is the mean of what the patches around it say and of what was
 * measured there (Elad and Aharon 2006). Of pixels that are missing patches say nothing, and are coded and learnt from
 * by the others alone (Mairal, Elad and Sapiro 2008). Channels are patches of their own. */
#include <math.h>
#include <string.h>

#include "base/threads.h"
#include "dip/baselines/baseline.h"
#include "dip/baselines/sparse_coding.h"

#define MOST_LEARNT_FROM 8192
#define ROUNDS 10 /* of coding and learning */
#define GAIN 1.15 /* in deviations of the noise: what a coded patch may be away a pixel, and */
#define MEASURED                                                                                                       \
    30. /* in grey levels, what a measured pixel weighs in the mean, divided by the deviation; both theirs */
#define EXACT (1 / 255.) /* away a pixel where there is no noise */
#define ROWS 32          /* of patches, that are averaged at once */

typedef struct learning {
    const dip_problem *p;
    int threads;
    cgm_arena arena;
    double enough, *atoms;
    size_t n; /* patches that are learnt from */
    dip_patch *patch;
    dip_code *code;
    double *residual; /* [n, DIP_PATCH] */
} learning;

/* Patches along an image's height and width. */
static int64_t rows_of(const dip_problem *p)
{
    return p->height - DIP_PATCH_SIDE + 1;
}

static int64_t columns_of(const dip_problem *p)
{
    return p->width - DIP_PATCH_SIDE + 1;
}

static bool applies(const dip_problem *p)
{
    bool room = p->height >= DIP_PATCH_SIDE && p->width >= DIP_PATCH_SIDE;
    return room && (p->kind == &cgm_dip_operator_mask || (p->kind == &cgm_dip_operator_identity && p->sigma > 0));
}

/* How many of the patch's pixels are known. `row` counts rows of patches in all channels. */
static int take_patch(const dip_problem *p, int64_t row, int64_t column, dip_patch *out)
{
    int known = 0;
    int64_t first = (row / rows_of(p) * p->height + row % rows_of(p)) * p->width + column;
    for (int i = 0; i < DIP_PATCH; i++) {
        int64_t at = first + i / DIP_PATCH_SIDE * p->width + i % DIP_PATCH_SIDE;
        out->known[i] = p->weight[at];
        out->value[i] = p->weight[at] * p->y[at];
        known += p->weight[at] != 0;
    }
    return known;
}

/* ---- Learning ---- */

static void code_one(void *context, size_t i, int worker)
{
    learning *l = context;
    (void)worker;
    cgm_dip_code_patch(l->atoms, &l->patch[i], l->enough, &l->code[i], l->residual + i * DIP_PATCH);
}

/* Where the patch has the atom; -1: nowhere. */
static int find(const dip_code *code, int atom)
{
    for (int k = 0; k < code->n; k++)
        if (code->atom[k] == atom) return k;
    return -1;
}

/* The atom, by least squares for the patches that have it, given the others and their weights; then these weights: a
 * step of the power method for K-SVD's pair of singular vectors, as Rubinstein, Zibulevsky and Elad 2008 take one, with
 * the pixels that are missing left out. An atom that no patch has stays. */
static void learn_atom(learning *l, int atom)
{
    double above[DIP_PATCH] = {0}, below[DIP_PATCH] = {0}, old[DIP_PATCH], now[DIP_PATCH], squares = 0;
    for (int j = 0; j < DIP_PATCH; j++) old[j] = l->atoms[j * DIP_ATOMS + atom];
    for (size_t i = 0; i < l->n; i++) {
        int k = find(&l->code[i], atom);
        if (k < 0) continue;
        double weight = l->code[i].weight[k], *residual = l->residual + i * DIP_PATCH;
        for (int j = 0; j < DIP_PATCH; j++) {
            residual[j] += l->patch[i].known[j] * weight * old[j];
            above[j] += weight * residual[j];
            below[j] += l->patch[i].known[j] * weight * weight;
        }
    }
    for (int j = 0; j < DIP_PATCH; j++) {
        now[j] = below[j] > 0 ? above[j] / below[j] : old[j];
        squares += now[j] * now[j];
    }
    for (int j = 0; j < DIP_PATCH; j++) now[j] = squares > 0 ? now[j] / sqrt(squares) : old[j];
    for (size_t i = 0; i < l->n; i++) {
        int k = find(&l->code[i], atom);
        if (k < 0) continue;
        double along = 0, norm = 0, *residual = l->residual + i * DIP_PATCH, *weight = &l->code[i].weight[k];
        for (int j = 0; j < DIP_PATCH; j++) {
            along += residual[j] * now[j];
            norm += l->patch[i].known[j] * now[j] * now[j];
        }
        *weight = norm > 0 ? along / norm : 0;
        for (int j = 0; j < DIP_PATCH; j++) residual[j] -= l->patch[i].known[j] * *weight * now[j];
    }
    for (int j = 0; j < DIP_PATCH; j++) l->atoms[j * DIP_ATOMS + atom] = now[j];
}

/* Patches at places that are drawn. */
static cgm_status begin(learning *l)
{
    const dip_problem *p = l->p;
    int64_t columns = columns_of(p);
    size_t all = (size_t)(p->channels * rows_of(p) * columns);
    cgm_rng rng = cgm_rng_create(1);
    l->n = all < MOST_LEARNT_FROM ? all : MOST_LEARNT_FROM;
    l->atoms = cgm_arena_array(&l->arena, DIP_PATCH * DIP_ATOMS, sizeof *l->atoms);
    l->patch = cgm_arena_array(&l->arena, l->n, sizeof *l->patch);
    l->code = cgm_arena_array(&l->arena, l->n, sizeof *l->code);
    l->residual = cgm_arena_array(&l->arena, l->n * DIP_PATCH, sizeof *l->residual);
    if (!l->atoms || !l->patch || !l->code || !l->residual) return CGM_E_MEMORY;
    for (size_t i = 0; i < l->n; i++) {
        int64_t at = (int64_t)(l->n == all ? i : cgm_rng_below(&rng, all));
        take_patch(p, at / columns, at % columns, &l->patch[i]);
    }
    cgm_dip_cosine_atoms(l->atoms);
    return CGM_OK;
}

static void learn(learning *l, int rounds)
{
    for (int round = 0; round < rounds; round++) {
        cgm_parallel(l->threads, l->n, code_one, l);
        for (int atom = 1; atom < DIP_ATOMS; atom++) learn_atom(l, atom); /* but the constant one */
    }
}

/* ---- The image ---- */

/* What rows of patches say: `sum` and `weight`, each [ROWS, DIP_PATCH_SIDE, width], of the rows from `first` on. */
typedef struct averaging {
    const learning *l;
    int64_t first;
    double *sum, *weight;
} averaging;

/* A patch says as much as it knows. */
static void say_row(void *context, size_t index, int worker)
{
    const averaging *a = context;
    const dip_problem *p = a->l->p;
    int64_t band = (int64_t)index * DIP_PATCH_SIDE * p->width;
    (void)worker;
    memset(a->sum + band, 0, (size_t)(DIP_PATCH_SIDE * p->width) * sizeof *a->sum);
    memset(a->weight + band, 0, (size_t)(DIP_PATCH_SIDE * p->width) * sizeof *a->weight);
    for (int64_t column = 0; column < columns_of(p); column++) {
        dip_patch patch;
        dip_code code;
        double residual[DIP_PATCH], value[DIP_PATCH];
        int known = take_patch(p, a->first + (int64_t)index, column, &patch);
        cgm_dip_code_patch(a->l->atoms, &patch, a->l->enough, &code, residual);
        cgm_dip_decode_patch(a->l->atoms, &code, value);
        for (int i = 0; i < DIP_PATCH; i++) {
            int64_t at = band + i / DIP_PATCH_SIDE * p->width + column + i % DIP_PATCH_SIDE;
            a->sum[at] += known * value[i] / DIP_PATCH;
            a->weight[at] += (double)known / DIP_PATCH;
        }
    }
}

/* The sums and weights of all patches in out and weight, [channels, height, width]. */
static void say_all(averaging *a, double *out, double *weight)
{
    const dip_problem *p = a->l->p;
    int64_t rows = p->channels * rows_of(p), n = DIP_PATCH_SIDE * p->width;
    for (a->first = 0; a->first < rows; a->first += ROWS) {
        int64_t some = rows - a->first < ROWS ? rows - a->first : ROWS;
        cgm_parallel(a->l->threads, (size_t)some, say_row, a);
        for (int64_t k = 0; k < some; k++) {
            int64_t row = a->first + k, top = (row / rows_of(p) * p->height + row % rows_of(p)) * p->width;
            for (int64_t i = 0; i < n; i++) {
                out[top + i] += a->sum[k * n + i];
                weight[top + i] += a->weight[k * n + i];
            }
        }
    }
}

/* Where no patch says anything, in the middle of a large hole, the smoothest image that was measured stays. */
static cgm_status average(learning *l, double *out)
{
    const dip_problem *p = l->p;
    int64_t n = dip_problem_pixels(p), band = ROWS * DIP_PATCH_SIDE * p->width;
    averaging a = {.l = l};
    a.sum = cgm_arena_array(&l->arena, (size_t)band, sizeof *a.sum);
    a.weight = cgm_arena_array(&l->arena, (size_t)band, sizeof *a.weight);
    double *smooth = cgm_arena_array(&l->arena, (size_t)n, sizeof *smooth);
    double *weight = cgm_arena_array(&l->arena, (size_t)n, sizeof *weight);
    if (!a.sum || !a.weight || !smooth || !weight) return CGM_E_MEMORY;
    CGM_TRY(cgm_dip_tikhonov(p, l->threads, 1e-3, smooth));
    memset(out, 0, (size_t)n * sizeof *out);
    memset(weight, 0, (size_t)n * sizeof *weight);
    say_all(&a, out, weight);
    for (int64_t i = 0; i < n; i++) {
        double own = p->sigma > 0 ? p->weight[i] * MEASURED / 255 / p->sigma : 0, all = weight[i] + own;
        bool is_exact = p->weight[i] != 0 && !(p->sigma > 0);
        out[i] = is_exact ? p->y[i] : all > 0 ? (out[i] + own * p->y[i]) / all : smooth[i];
    }
    return CGM_OK;
}

cgm_status cgm_dip_dictionary(const dip_problem *p, int threads, int rounds, double *x)
{
    double away = p->sigma > 0 ? GAIN * p->sigma : EXACT;
    learning l = {.p = p, .threads = threads, .enough = away * away};
    cgm_status status = begin(&l);
    if (status == CGM_OK) {
        learn(&l, rounds);
        status = average(&l, x);
    }
    cgm_arena_clear(&l.arena);
    return status;
}

static cgm_status restore(const dip_problem *p, int threads, double *x)
{
    return cgm_dip_dictionary(p, threads, ROUNDS, x);
}

const dip_baseline cgm_dip_baseline_dictionary = {"dictionary", applies, restore};
