/* Patches as sums of few atoms, and images by a dictionary that is learnt from them. */
#include <string.h>

#include "dip/baselines/baseline.h"
#include "dip/baselines/sparse_coding.h"
#include "dip/phantoms/phantom.h"
#include "dip/scores.h"
#include "tests/harness.h"

static double atoms[DIP_PATCH * DIP_ATOMS];

static void draw(uint64_t seed, int n, double *out)
{
    cgm_rng rng = cgm_rng_create(seed);
    for (int i = 0; i < n; i++) out[i] = cgm_rng_normal(&rng);
}

/* ---- Patches ---- */

/* Rows of cosines at frequencies k / 16, but for their means. */
static void cosines_are_as_said(void)
{
    cgm_dip_cosine_atoms(atoms);
    for (int k = 0; k < DIP_ATOMS; k++) {
        double squares = 0, sum = 0;
        for (int i = 0; i < DIP_PATCH; i++) {
            squares += atoms[i * DIP_ATOMS + k] * atoms[i * DIP_ATOMS + k];
            sum += atoms[i * DIP_ATOMS + k];
        }
        CHECK_NEAR(squares, 1, 1e-14);
        CHECK_NEAR(sum, k ? 0 : 8, 1e-13);
    }
    /* Atom 3 has no waves down and frequency 3 to the right. */
    double step = atoms[3] - atoms[DIP_ATOMS + 3], next = atoms[DIP_ATOMS + 3] - atoms[2 * DIP_ATOMS + 3];
    CHECK_NEAR(step / next, (1 - cos(M_PI * 3 / 16)) / (cos(M_PI * 3 / 16) - cos(M_PI * 6 / 16)), 1e-12);
}

/* Of atoms that are single pixels those are taken that the patch has, the largest first. */
static void single_pixels_are_found(void)
{
    dip_patch patch = {{0}};
    dip_code code;
    double residual[DIP_PATCH];
    memset(atoms, 0, sizeof atoms);
    for (int k = 0; k < DIP_ATOMS; k++) atoms[k % DIP_PATCH * DIP_ATOMS + k] = 1;
    for (int i = 0; i < DIP_PATCH; i++) patch.known[i] = i != 9;
    patch.value[5] = 2, patch.value[40] = -3, patch.value[63] = .1;
    cgm_dip_code_patch(atoms, &patch, 1e-5, &code, residual);
    CU_ASSERT_EQUAL_FATAL(code.n, 3);
    CU_ASSERT(code.atom[0] % DIP_PATCH == 40 && code.atom[1] % DIP_PATCH == 5 && code.atom[2] % DIP_PATCH == 63);
    CHECK_NEAR(code.weight[0], -3, 1e-14);
    CHECK_NEAR(code.weight[1], 2, 1e-14);
    cgm_dip_code_patch(atoms, &patch, .05 * .05, &code, residual); /* 63 pixels may be off by .05 each */
    CU_ASSERT_EQUAL(code.n, 2);
    CHECK_NEAR(residual[63], .1, 1e-14);
}

/* What is left is orthogonal to all atoms taken, at the known pixels; the first of them is the nearest one; what is
 * decoded is the patch less what is left. */
static void codes_are_least_squares(void)
{
    dip_patch patch;
    dip_code code;
    double residual[DIP_PATCH], value[DIP_PATCH], most = 0;
    int nearest = 0;
    cgm_dip_cosine_atoms(atoms);
    draw(1, DIP_PATCH, patch.value);
    for (int i = 0; i < DIP_PATCH; i++) patch.value[i] *= patch.known[i] = i * i % 7 < 3;
    for (int k = 0; k < DIP_ATOMS; k++) {
        double along = 0, norm = 0;
        for (int i = 0; i < DIP_PATCH; i++) {
            along += patch.value[i] * atoms[i * DIP_ATOMS + k];
            norm += patch.known[i] * atoms[i * DIP_ATOMS + k] * atoms[i * DIP_ATOMS + k];
        }
        if (along * along / norm <= most) continue;
        most = along * along / norm;
        nearest = k;
    }
    cgm_dip_code_patch(atoms, &patch, .1, &code, residual);
    CU_ASSERT(code.n > 4 && code.n <= DIP_MOST_OF_ATOMS);
    CU_ASSERT_EQUAL(code.atom[0], nearest);
    for (int k = 0; k < code.n; k++) {
        double along = 0;
        for (int i = 0; i < DIP_PATCH; i++) along += residual[i] * atoms[i * DIP_ATOMS + code.atom[k]];
        CHECK_NEAR(along, 0, 1e-12);
    }
    cgm_dip_decode_patch(atoms, &code, value);
    double squares = 0, known = 0;
    for (int i = 0; i < DIP_PATCH; i++) {
        CHECK_NEAR(patch.known[i] * value[i] + residual[i], patch.value[i], 1e-12);
        squares += residual[i] * residual[i];
        known += patch.known[i];
    }
    CU_ASSERT(squares <= .1 * known);
    patch = (dip_patch){{0}};
    cgm_dip_code_patch(atoms, &patch, .1, &code, residual); /* nothing is known */
    CU_ASSERT_EQUAL(code.n, 0);
}

/* ---- Images ---- */

enum { SIDE = 40, N = SIDE * SIDE };

typedef struct setting {
    cgm_arena arena;
    dip_image truth;
    dip_problem p;
} setting;

static void prepare(const dip_operator_class *kind, const double *mask, double sigma, setting *out)
{
    const dip_operator_opts opts = {1, SIDE, SIDE, .mask = mask};
    cgm_rng rng = cgm_rng_create(1);
    *out = (setting){0};
    REQUIRE_OK(cgm_dip_phantom_draw("texture", SIDE, &out->arena, &out->truth));
    REQUIRE_OK(cgm_dip_problem_create(kind, &opts, &out->arena, &out->p));
    REQUIRE_OK(cgm_dip_problem_simulate(&out->p, out->truth.pixels, sigma, &rng, 1));
}

static void clear(setting *s)
{
    cgm_dip_problem_clear(&s->p);
    cgm_arena_clear(&s->arena);
}

/* Learnt atoms are better than cosines, these better than nothing; two threads learn the same. */
static void learning_pays(void)
{
    setting s;
    double cosines[N], learnt[N], some[2][N];
    prepare(&cgm_dip_operator_identity, NULL, .1, &s);
    CU_ASSERT(cgm_dip_baseline_dictionary.applies(&s.p));
    REQUIRE_OK(cgm_dip_dictionary(&s.p, 1, 0, cosines));
    REQUIRE_OK(cgm_dip_baseline_dictionary.restore(&s.p, 1, learnt));
    for (int k = 0; k < 2; k++) REQUIRE_OK(cgm_dip_dictionary(&s.p, k + 1, 2, some[k]));
    CU_ASSERT(memcmp(some[0], some[1], sizeof some[0]) == 0);
    double noisy = cgm_dip_psnr(N, s.p.y, s.truth.pixels), first = cgm_dip_psnr(N, cosines, s.truth.pixels);
    double last = cgm_dip_psnr(N, learnt, s.truth.pixels);
    if (getenv("CGM_TEST_VERBOSE")) fprintf(stderr, "noisy %.2f, cosines %.2f, learnt %.2f dB\n", noisy, first, last);
    CU_ASSERT(first > noisy + 3);
    CU_ASSERT(last > first + .5);
    clear(&s);
}

/* Half of the pixels are missing, and a hole that is wider than two patches: there the smoothest image stays. What was
 * measured without noise stays as it is. */
static void missing_pixels_are_found(void)
{
    setting s;
    static double mask[N], x[N], smooth[N];
    cgm_rng rng = cgm_rng_create(3);
    for (int i = 0; i < N; i++) {
        bool hole = i % SIDE >= 8 && i % SIDE < 25 && i / SIDE >= 18 && i / SIDE < 35;
        mask[i] = !hole && cgm_rng_uniform(&rng) < .5;
    }
    prepare(&cgm_dip_operator_mask, mask, 0, &s);
    CU_ASSERT(cgm_dip_baseline_dictionary.applies(&s.p));
    REQUIRE_OK(cgm_dip_baseline_dictionary.restore(&s.p, 2, x));
    REQUIRE_OK(cgm_dip_tikhonov(&s.p, 1, 1e-3, smooth));
    for (int i = 0; i < N; i++)
        if (mask[i] != 0) CU_ASSERT(x[i] == s.p.y[i]);
    CU_ASSERT(x[26 * SIDE + 16] == smooth[26 * SIDE + 16]);
    CU_ASSERT(x[26 * SIDE + 10] != smooth[26 * SIDE + 10]);
    /* Away from the hole. */
    double by_atoms = cgm_dip_psnr(10 * SIDE, x, s.truth.pixels);
    double by_smoothness = cgm_dip_psnr(10 * SIDE, smooth, s.truth.pixels);
    if (getenv("CGM_TEST_VERBOSE")) fprintf(stderr, "dictionary %.2f, Tikhonov %.2f dB\n", by_atoms, by_smoothness);
    CU_ASSERT(by_atoms > by_smoothness + 1);
    clear(&s);
}

static void what_it_is_not_for(void)
{
    setting s;
    prepare(&cgm_dip_operator_identity, NULL, 0, &s);
    CU_ASSERT_FALSE(cgm_dip_baseline_dictionary.applies(&s.p)); /* no noise */
    s.p.sigma = .1;
    s.p.height = DIP_PATCH_SIDE - 1;
    CU_ASSERT_FALSE(cgm_dip_baseline_dictionary.applies(&s.p));
    s.p.height = DIP_PATCH_SIDE;
    CU_ASSERT(cgm_dip_baseline_dictionary.applies(&s.p));
    clear(&s);
}

static const test_case cases[] = {
    {"cosines are as said", cosines_are_as_said},           {"single pixels are found", single_pixels_are_found},
    {"codes are least squares", codes_are_least_squares},   {"learning pays", learning_pays},
    {"missing pixels are found", missing_pixels_are_found}, {"what it is not for", what_it_is_not_for},
};
TEST_MAIN("dictionary", cases)
