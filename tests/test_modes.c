/* Mode coverage against counts by hand. */
#include "metrics/modes.h"
#include "tests/harness.h"

/* Two classes around (0, 0) and (10, 0), a coordinate's deviation 1: four rows each at (+-1, +-1). */
static const double rows[] = {1, 1, -1, 1, 1, -1, -1, -1, 11, 1, 9, 1, 11, -1, 9, -1};
static const double labels[] = {0, 0, 0, 0, 1, 1, 1, 1};

static cgm_mode_coverage coverage_of(size_t n, const double *samples)
{
    cgm_modes *modes = NULL;
    REQUIRE_OK(cgm_modes_create(8, 2, rows, labels, 2, &modes));
    cgm_modes_count(modes, n / 2, samples);
    cgm_modes_count(modes, n - n / 2, samples + 2 * (n / 2));
    cgm_mode_coverage c = cgm_modes_coverage(modes);
    cgm_modes_destroy(modes);
    CU_ASSERT_EQUAL(c.modes, 2);
    return c;
}

/* 3 deviations away is near, more is not, whatever the direction. */
static void near_and_far(void)
{
    const double samples[] = {0, 0, 2.99, 0, 0, -3.01, 2.2, 2.2, 12.1, 2.1, 5, 0, NAN, 0, INFINITY, 0};
    cgm_mode_coverage c = coverage_of(8, samples);
    CHECK_NEAR(c.near, 3.0 / 8, 1e-15);
    CU_ASSERT_EQUAL(c.covered, 2);
}

/* A mode with less than a tenth of its share is not covered: half of 40 samples is 20, a tenth of which 2. */
static void enough(void)
{
    double samples[80] = {0};
    samples[0] = 10;
    CU_ASSERT_EQUAL(coverage_of(40, samples).covered, 1);
    samples[2] = 10;
    CU_ASSERT_EQUAL(coverage_of(40, samples).covered, 2);
    CHECK_NEAR(coverage_of(40, samples).near, 1, 0);
}

static void class_without_rows(void)
{
    cgm_modes *modes = NULL;
    CHECK_FAILS(cgm_modes_create(8, 2, rows, labels, 3, &modes), CGM_E_ARG, "no row has the label 2");
    CU_ASSERT_PTR_NULL(modes);
}

static const test_case cases[] = {
    {"near and far", near_and_far},
    {"enough", enough},
    {"class without rows", class_without_rows},
};
TEST_MAIN("modes", cases)
