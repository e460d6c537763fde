/* Measures of levels, ranks, calibration and numbers against numpy's and scipy's, and on readings whose score is known.
 */
#include <string.h>

#include "metrics/calibration.h"
#include "metrics/classification.h"
#include "metrics/regression.h"
#include "tests/fixtures/scores.h"
#include "tests/harness.h"

/* ---- Against other implementations ---- */

static void levels_as_elsewhere(void)
{
    size_t counts[SC_LEVELS * SC_LEVELS];
    double area, sum = 0;
    cgm_confusion(SC_N, SC_LEVELS, sc_truth, sc_read, counts);
    for (size_t i = 0; i < SC_LEVELS * SC_LEVELS; i++) CU_ASSERT_EQUAL((double)counts[i], sc_confusion[i]);
    CHECK_NEAR(cgm_accuracy(SC_LEVELS, counts), sc_levels[0], 1e-15);
    CHECK_NEAR(cgm_macro_f1(SC_LEVELS, counts), sc_levels[1], 1e-14);
    for (int level = 0; level < SC_LEVELS - 1; level++) {
        REQUIRE_OK(cgm_roc_auc(SC_N, SC_LEVELS, sc_probability + level, sc_truth, level, &area));
        CHECK_NEAR(area, sc_levels[2 + level], 1e-14);
        sum += sc_levels[2 + level];
    }
    /* No row is of the last level, so that it has no area. */
    REQUIRE_OK(cgm_roc_auc(SC_N, SC_LEVELS, sc_probability + 3, sc_truth, 3, &area));
    CU_ASSERT(isnan(area));
    REQUIRE_OK(cgm_macro_roc_auc(SC_N, SC_LEVELS, sc_probability, sc_truth, &area));
    CHECK_NEAR(area, sum / (SC_LEVELS - 1), 1e-14);
}

static void calibration_as_elsewhere(void)
{
    cgm_reliability_bin bins[SC_BINS];
    double error = cgm_calibration_of_levels(SC_N, SC_LEVELS, sc_probability, sc_truth, SC_BINS, bins);
    CHECK_NEAR(error, sc_rest[0], 1e-14);
    for (size_t k = 0; k < SC_BINS; k++) {
        CU_ASSERT_EQUAL((double)bins[k].n, sc_bin_n[k]);
        if (bins[k].n) CHECK_NEAR(bins[k].expected, sc_bin_expected[k], 1e-14);
        if (bins[k].n) CHECK_NEAR(bins[k].observed, sc_bin_observed[k], 1e-14);
        CU_ASSERT(bins[k].n || (isnan(bins[k].expected) && isnan(bins[k].observed)));
    }
    CHECK_NEAR(cgm_calibration_of_normals(SC_N, sc_law, sc_number, SC_BINS, bins), sc_rest[1], 1e-14);
    for (size_t k = 0; k < SC_BINS; k++) CHECK_NEAR(bins[k].observed, sc_below[k], 1e-14);
}

/* The minimum of a function is found to the root of the rounding alone. */
static void calibrated_as_elsewhere(void)
{
    double temperature = 0, offset = 0, factor = 0;
    REQUIRE_OK(cgm_temperature_of_levels(SC_N, SC_LEVELS, sc_probability, sc_truth, &temperature));
    CHECK_NEAR(temperature, sc_calibrated[0], 1e-6);
    cgm_calibrate_normals(SC_N, sc_law, sc_number, &offset, &factor);
    CHECK_NEAR(offset, sc_calibrated[1], 1e-6);
    CHECK_NEAR(factor, sc_calibrated[2], 1e-6);
}

static void r_squared_as_elsewhere(void)
{
    double mean[SC_N];
    for (size_t i = 0; i < SC_N; i++) mean[i] = sc_law[2 * i];
    CHECK_NEAR(cgm_r_squared(SC_N, sc_number, mean), sc_rest[2], 1e-13);
}

/* ---- Known answers ---- */

enum { ROWS = 4000, LEVELS = 5 };

/* A fresh sequence of numbers in [0, 1). */
static double next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(*state >> 11) / 9007199254740992.0;
}

static void perfect_readings(void)
{
    static double truth[ROWS], law[ROWS * LEVELS];
    size_t counts[LEVELS * LEVELS];
    cgm_reliability_bin bins[15];
    double area;
    for (size_t i = 0; i < ROWS; i++) {
        truth[i] = (double)(i % LEVELS);
        for (size_t k = 0; k < LEVELS; k++) law[i * LEVELS + k] = k == i % LEVELS;
    }
    cgm_confusion(ROWS, LEVELS, truth, truth, counts);
    CHECK_NEAR(cgm_accuracy(LEVELS, counts), 1, 0);
    CHECK_NEAR(cgm_macro_f1(LEVELS, counts), 1, 0);
    REQUIRE_OK(cgm_macro_roc_auc(ROWS, LEVELS, law, truth, &area));
    CHECK_NEAR(area, 1, 0);
    CHECK_NEAR(cgm_calibration_of_levels(ROWS, LEVELS, law, truth, 15, bins), 0, 0);
    CU_ASSERT_EQUAL(bins[14].n, ROWS);
    CHECK_NEAR(cgm_r_squared(ROWS, truth, truth), 1, 0);
}

/* Always level 2 of 5, said to be certain: F1 of that level is 2 (1/5) / (1/5 + 1), of the others 0. */
static void constant_readings(void)
{
    static double truth[ROWS], read[ROWS], law[ROWS * LEVELS], mean[ROWS];
    size_t counts[LEVELS * LEVELS];
    cgm_reliability_bin bins[15];
    double area;
    for (size_t i = 0; i < ROWS; i++) {
        truth[i] = (double)(i % LEVELS);
        law[i * LEVELS + 2] = 1;
        read[i] = mean[i] = 2;
    }
    cgm_confusion(ROWS, LEVELS, truth, read, counts);
    CHECK_NEAR(cgm_accuracy(LEVELS, counts), 0.2, 1e-15);
    CHECK_NEAR(cgm_macro_f1(LEVELS, counts), (2 * 0.2 / 1.2) / LEVELS, 1e-15);
    REQUIRE_OK(cgm_macro_roc_auc(ROWS, LEVELS, law, truth, &area));
    CHECK_NEAR(area, 0.5, 1e-15);
    CHECK_NEAR(cgm_calibration_of_levels(ROWS, LEVELS, law, truth, 15, bins), 0.8, 1e-12);
    CHECK_NEAR(cgm_r_squared(ROWS, truth, mean), 0, 1e-12);
    CU_ASSERT(isnan(cgm_r_squared(ROWS, mean, truth)));
}

/* Levels and scores that have nothing to do with one another; then levels drawn from the laws themselves. */
static void shuffled_and_calibrated_readings(void)
{
    static double truth[ROWS], law[ROWS * 2], normal[ROWS * 2], number[ROWS];
    cgm_reliability_bin bins[10];
    double area;
    uint64_t state = 5;
    for (size_t i = 0; i < ROWS; i++) {
        law[2 * i + 1] = next(&state);
        law[2 * i] = 1 - law[2 * i + 1];
        truth[i] = next(&state) < 0.5;
    }
    REQUIRE_OK(cgm_macro_roc_auc(ROWS, 2, law, truth, &area));
    CHECK_NEAR(area, 0.5, 0.04); /* four standard errors, 1/sqrt(3 * 4000) */
    for (size_t i = 0; i < ROWS; i++) truth[i] = next(&state) < law[2 * i + 1];
    CHECK_NEAR(cgm_calibration_of_levels(ROWS, 2, law, truth, 10, bins), 0, 0.03);
    CHECK_NEAR(bins[9].expected, 0.95, 0.01);
    CU_ASSERT_EQUAL(bins[0].n + bins[4].n, 0); /* of two levels the likelier has at least 1/2 */
    for (size_t i = 0; i < ROWS; i++) {        /* Box and Muller 1958 */
        normal[2 * i] = 7 * next(&state);
        normal[2 * i + 1] = 0.5 + next(&state);
        double u = next(&state);
        number[i] = normal[2 * i] + normal[2 * i + 1] * sqrt(-2 * log(1 - u)) * cos(2 * M_PI * next(&state));
    }
    CHECK_NEAR(cgm_calibration_of_normals(ROWS, normal, number, 10, bins), 0, 0.02);
    for (size_t i = 0; i < ROWS; i++) normal[2 * i + 1] *= 1e6;
    CHECK_NEAR(cgm_calibration_of_normals(ROWS, normal, number, 10, bins), 0.25, 1e-12); /* all numbers at the median */
}

/* p^(1/T), scaled to add to one. */
static void temper(double temperature, double *law)
{
    double sum = 0;
    for (size_t k = 0; k < LEVELS; k++) sum += law[k] = pow(law[k], 1 / temperature);
    for (size_t k = 0; k < LEVELS; k++) law[k] /= sum;
}

/* Laws of too much or too little doubt, of levels and numbers that are drawn from others, the numbers' off, too: what
 * they were changed by is found, and undone they are calibrated. */
static void doubt_is_undone(void)
{
    static double truth[ROWS], right[ROWS * LEVELS], said[ROWS * LEVELS], normal[ROWS * 2], number[ROWS];
    const double doubt[] = {0.2, 1, 3}, off[] = {-1, 0, 0.5};
    uint64_t state = 6;
    for (size_t i = 0; i < ROWS; i++) {
        double u = next(&state);
        for (size_t k = 0; k < LEVELS; k++) right[i * LEVELS + k] = exp(4 * next(&state));
        temper(1, right + i * LEVELS);
        truth[i] = 0;
        for (size_t k = 0; k + 1 < LEVELS && (u -= right[i * LEVELS + k]) >= 0; k++) truth[i]++;
        normal[2 * i] = 7 * next(&state);
        normal[2 * i + 1] = 0.5 + next(&state);
        double v = next(&state); /* Box and Muller 1958 */
        number[i] = normal[2 * i] + normal[2 * i + 1] * sqrt(-2 * log(1 - v)) * cos(2 * M_PI * next(&state));
    }
    for (size_t d = 0; d < 3; d++) {
        double temperature = 0, offset = 0, factor = 0;
        cgm_reliability_bin bins[10];
        memcpy(said, right, sizeof said);
        for (size_t i = 0; i < ROWS; i++) temper(doubt[d], said + i * LEVELS);
        CU_ASSERT(d == 1 || cgm_calibration_of_levels(ROWS, LEVELS, said, truth, 10, bins) > 0.1);
        REQUIRE_OK(cgm_temperature_of_levels(ROWS, LEVELS, said, truth, &temperature));
        CHECK_NEAR(temperature * doubt[d], 1, 0.08);
        for (size_t i = 0; i < ROWS; i++) temper(temperature, said + i * LEVELS);
        CHECK_NEAR(cgm_calibration_of_levels(ROWS, LEVELS, said, truth, 10, bins), 0, 0.02);
        for (size_t i = 0; i < ROWS; i++) normal[2 * i] += off[d], normal[2 * i + 1] *= doubt[d];
        CU_ASSERT(d == 1 || cgm_calibration_of_normals(ROWS, normal, number, 10, bins) > 0.1);
        cgm_calibrate_normals(ROWS, normal, number, &offset, &factor);
        CHECK_NEAR(offset, -off[d], 0.06); /* four standard errors of a mean of deviations 0.5 to 1.5 */
        CHECK_NEAR(factor * doubt[d], 1, 0.05);
        for (size_t i = 0; i < ROWS; i++) normal[2 * i] += offset, normal[2 * i + 1] *= factor;
        CHECK_NEAR(cgm_calibration_of_normals(ROWS, normal, number, 10, bins), 0, 0.02);
        for (size_t i = 0; i < ROWS; i++) {
            normal[2 * i] -= offset + off[d];
            normal[2 * i + 1] /= factor * doubt[d];
        }
    }
}

/* Rows that were all read aright leave the doubt that their number says; what cannot be fitted is left alone. */
static void calibration_has_bounds(void)
{
    double law[4 * 3], temperature = 0, zero = 0, offset = 7, factor = 7;
    const double truth[4] = {0}, wrong[] = {0, 1, 0}, broken[] = {NAN, NAN, NAN}, alike[] = {0.5, 0.5}, z[] = {-1, 1};
    for (size_t i = 0; i < 4; i++) memcpy(law + 3 * i, (double[]){0.6, 0.2, 0.2}, 3 * sizeof *law);
    REQUIRE_OK(cgm_temperature_of_levels(4, 3, law, truth, &temperature));
    CHECK_NEAR(pow(3, 1 / temperature), 10, 1e-8); /* 5/6 beside 1/12 */
    REQUIRE_OK(cgm_temperature_of_levels(1, 3, wrong, &zero, &temperature));
    CHECK_NEAR(temperature, 20, 1e-12);
    REQUIRE_OK(cgm_temperature_of_levels(1, 3, broken, &zero, &temperature));
    CHECK_NEAR(temperature, 1, 0);
    REQUIRE_OK(cgm_temperature_of_levels(1, 2, alike, &zero, &temperature));
    CHECK_NEAR(temperature, 1, 0);
    REQUIRE_OK(cgm_temperature_of_levels(0, 3, broken, &zero, &temperature));
    CHECK_NEAR(temperature, 1, 0);
    cgm_calibrate_normals(0, z, &zero, &offset, &factor);
    CU_ASSERT(offset == 0 && factor == 1);
    cgm_calibrate_normals(1, z, &zero, &offset, &factor); /* half way, and a row as far off on either side of that */
    CHECK_NEAR(offset, 0.5, 1e-15);
    CHECK_NEAR(factor, sqrt((0.25 + 1 + 0.25) / 2), 1e-15);
}

static void nothing_to_measure(void)
{
    size_t counts[4] = {0};
    double area = 0, nothing[2] = {NAN, NAN}, level = 0;
    cgm_reliability_bin bins[3];
    CU_ASSERT(isnan(cgm_accuracy(2, counts)) && isnan(cgm_macro_f1(2, counts)));
    REQUIRE_OK(cgm_macro_roc_auc(0, 2, nothing, nothing, &area));
    CU_ASSERT(isnan(area));
    CU_ASSERT(isnan(cgm_calibration_of_levels(0, 2, nothing, nothing, 3, bins)) && bins[0].n == 0);
    CU_ASSERT(isnan(cgm_calibration_of_normals(0, nothing, nothing, 3, bins)) && bins[2].n == 0);
    CU_ASSERT(isnan(cgm_calibration_of_levels(1, 2, nothing, &level, 3, bins)));
}

static const test_case cases[] = {
    {"levels as elsewhere", levels_as_elsewhere},
    {"calibration as elsewhere", calibration_as_elsewhere},
    {"calibrated as elsewhere", calibrated_as_elsewhere},
    {"R^2 as elsewhere", r_squared_as_elsewhere},
    {"perfect readings", perfect_readings},
    {"constant readings", constant_readings},
    {"shuffled and calibrated readings", shuffled_and_calibrated_readings},
    {"doubt is undone", doubt_is_undone},
    {"calibration has bounds", calibration_has_bounds},
    {"nothing to measure", nothing_to_measure},
};
TEST_MAIN("scores", cases)
