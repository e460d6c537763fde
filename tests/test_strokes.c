/* The embedded data set against the SCM that it claims to be. */
#include <string.h>

#include "data/generator.h"
#include "data/strokes.h"
#include "metrics/measure.h"
#include "tests/harness.h"

enum { DIGIT, THICKNESS, INTENSITY, SLANT, SCALARS };
enum { U_INTENSITY = 2, NOISE = 4 + STROKES_JITTER, PIXELS = STROKES_SIDE * STROKES_SIDE };

static const double nothing[SCALARS + 1] = {NAN, NAN, NAN, NAN, NAN};

typedef struct row {
    double noise[NOISE], scalars[SCALARS + 1];
    uint8_t pixels[PIXELS];
} row;

static void draw(cgm_rng *rng, row *out)
{
    cgm_generator_strokes.sample_noise(rng, out->noise);
    cgm_generator_strokes.predict(out->noise, nothing, out->scalars, out->pixels);
}

/* The same row under do(variable := value). */
static row under(const row *factual, int variable, double value)
{
    row out = *factual;
    double do_value[SCALARS + 1];
    memcpy(do_value, nothing, sizeof do_value);
    do_value[variable] = value;
    cgm_generator_strokes.predict(out.noise, do_value, out.scalars, out.pixels);
    return out;
}

static double ink(const row *r)
{
    double sum = 0;
    for (int i = 0; i < PIXELS; i++) sum += r->pixels[i];
    return sum;
}

static void table_row_says_what_it_is(void)
{
    const cgm_generator *g = cgm_generator_find("strokes");
    CU_ASSERT_PTR_EQUAL_FATAL(g, &cgm_generator_strokes);
    CU_ASSERT_PTR_NULL(cgm_generator_find("stroke"));
    static const char *const names[] = {"digit", "thickness", "intensity", "slant", "image"};
    CU_ASSERT_EQUAL_FATAL(g->n_variables, 5);
    for (int i = 0; i < 5; i++) CU_ASSERT_STRING_EQUAL(g->variables[i].name, names[i]);
    size_t width = 0;
    for (size_t i = 0; i < g->n_noise; i++) width += g->noise[i].width;
    CU_ASSERT_EQUAL(width, NOISE);
}

static void outlines_begin_with_the_pen_lifted(void)
{
    for (int d = 0; d < STROKES_DIGITS; d++) {
        const strokes_outline *o = &cgm_strokes_outlines[d];
        CU_ASSERT(o->n >= 4 && o->points[0].lift && !o->points[o->n - 1].lift);
        double jitter[STROKES_JITTER] = {0};
        strokes_path path;
        cgm_strokes_pen_write(d, jitter, 0, &path);
        CU_ASSERT(path.n > o->n && path.n <= STROKES_PATH_MAX && path.starts[0]);
    }
}

static void moments_are_those_of_the_scm(void)
{
    enum { N = 20000 };
    cgm_rng rng = cgm_rng_create(1);
    double sum[SCALARS] = {0}, squares[SCALARS] = {0};
    int digits[STROKES_DIGITS] = {0};
    for (int i = 0; i < N; i++) {
        row r;
        draw(&rng, &r);
        for (int v = 0; v < SCALARS; v++) {
            sum[v] += r.scalars[v] / N;
            squares[v] += r.scalars[v] * r.scalars[v] / N;
        }
        digits[(int)r.scalars[DIGIT]]++;
        CU_ASSERT(r.scalars[THICKNESS] > 0.5 && r.scalars[THICKNESS] < 8);
        CU_ASSERT(r.scalars[INTENSITY] > 64 && r.scalars[INTENSITY] < 255);
    }
    /* Gamma(10, rate 5): mean 2, variance 0.4. Tolerances are four standard errors of 20,000 draws. */
    CHECK_NEAR(sum[THICKNESS], 2.5, 4 * sqrt(0.4 / N));
    CHECK_NEAR(squares[THICKNESS] - sum[THICKNESS] * sum[THICKNESS], 0.4, 0.02);
    CHECK_NEAR(sum[SLANT], 0, 4 * 0.2 / sqrt(N));
    CHECK_NEAR(sqrt(squares[SLANT]), 0.2, 4 * 0.2 / sqrt(2.0 * N));
    for (int d = 0; d < STROKES_DIGITS; d++) CHECK_NEAR(digits[d], N / 10.0, 4 * sqrt(N * 0.09));
}

static void intensity_answers_do_thickness(void)
{
    enum { N = 20000 };
    /* E[intensity | do(thickness)] by quadrature over U. */
    const double at[] = {1.5, 2.5, 3.5}, want[] = {88.640248, 159.5, 230.359752};
    for (int k = 0; k < 3; k++) {
        cgm_rng rng = cgm_rng_create(2);
        double sum = 0, squares = 0;
        for (int i = 0; i < N; i++) {
            row r;
            cgm_generator_strokes.sample_noise(&rng, r.noise);
            row to = under(&r, THICKNESS, at[k]);
            double by_hand = 64 + 191 / (1 + exp(-(2 * (at[k] - 2.5) + 0.5 * r.noise[U_INTENSITY])));
            CHECK_NEAR(to.scalars[INTENSITY], by_hand, 1e-9);
            sum += to.scalars[INTENSITY] / N;
            squares += to.scalars[INTENSITY] * to.scalars[INTENSITY] / N;
        }
        CHECK_NEAR(sum, want[k], 4 * sqrt((squares - sum * sum) / N));
    }
}

static void predict_is_pure(void)
{
    cgm_rng rng = cgm_rng_create(3), same = cgm_rng_create(3);
    for (int i = 0; i < 200; i++) {
        row a, b;
        draw(&rng, &a);
        draw(&same, &b);
        CU_ASSERT(memcmp(a.noise, b.noise, sizeof a.noise) == 0);
        CU_ASSERT(memcmp(a.pixels, b.pixels, PIXELS) == 0);
        /* Intervening with the value that the row has changes nothing, whichever variable. */
        for (int v = 0; v < SCALARS; v++) {
            row null = under(&a, v, a.scalars[v]);
            CU_ASSERT(memcmp(null.scalars, a.scalars, SCALARS * sizeof(double)) == 0);
            CU_ASSERT(memcmp(null.pixels, a.pixels, PIXELS) == 0);
        }
    }
}

static void interventions_leave_the_rest_alone(void)
{
    cgm_rng rng = cgm_rng_create(4);
    for (int i = 0; i < 200; i++) {
        row a;
        draw(&rng, &a);
        row brighter = under(&a, INTENSITY, 250), other = under(&a, DIGIT, fmod(a.scalars[DIGIT] + 3, 10));
        row leaning = under(&a, SLANT, a.scalars[SLANT] + 0.4);
        CU_ASSERT_EQUAL(brighter.scalars[THICKNESS], a.scalars[THICKNESS]);
        for (int p = 0; p < PIXELS; p++) {
            /* Both are rounded to a whole grey level, so the ratio is known up to half a level of each. */
            double scale = 250 / a.scalars[INTENSITY];
            CHECK_NEAR(brighter.pixels[p], a.pixels[p] * scale, 0.501 * (1 + scale));
        }
        for (int v = THICKNESS; v < SCALARS; v++) CU_ASSERT_EQUAL(other.scalars[v], a.scalars[v]);
        CU_ASSERT(memcmp(other.pixels, a.pixels, PIXELS) != 0);
        CU_ASSERT_EQUAL(leaning.scalars[INTENSITY], a.scalars[INTENSITY]);
        CU_ASSERT(memcmp(leaning.pixels, a.pixels, PIXELS) != 0);
    }
}

static void positive_slant_leans_to_the_right(void)
{
    row one = {.noise = {0.15, 2}};
    double top[2] = {0}, mass[2] = {0};
    for (int k = 0; k < 2; k++) {
        row r = under(&one, SLANT, k ? 0.4 : -0.4);
        CU_ASSERT_EQUAL(r.scalars[DIGIT], 1);
        for (int p = 0; p < PIXELS / 3; p++) {
            top[k] += (double)r.pixels[p] * (p % STROKES_SIDE);
            mass[k] += r.pixels[p];
        }
    }
    CU_ASSERT(top[1] / mass[1] > top[0] / mass[0] + 4);
}

static void images_show_thickness_and_intensity(void)
{
    const cgm_measure *intensity = cgm_measure_find("intensity"), *thickness = cgm_measure_find("thickness");
    cgm_rng rng = cgm_rng_create(5);
    for (int i = 0; i < 300; i++) {
        row a;
        draw(&rng, &a);
        double before = 0, pixels[PIXELS], got = NAN;
        for (double t = 1; t <= 5; t += 0.5) {
            row to = under(&a, THICKNESS, t);
            double area = ink(&to) / to.scalars[INTENSITY];
            CU_ASSERT(area > before);
            before = area;
        }
        if (a.scalars[THICKNESS] < 1.5) continue;
        for (int p = 0; p < PIXELS; p++) pixels[p] = a.pixels[p];
        CHECK_OK(cgm_measure_images(intensity, 1, STROKES_SIDE, STROKES_SIDE, PIXELS, pixels, 1, &got));
        CHECK_NEAR(got, a.scalars[INTENSITY], 3);
        CHECK_OK(cgm_measure_images(thickness, 1, STROKES_SIDE, STROKES_SIDE, PIXELS, pixels, 1, &got));
        CHECK_NEAR(got, a.scalars[THICKNESS], 1);
    }
}

/* A stroke's area is its length times its width, and a round end more. */
static void area_grows_with_thickness(void)
{
    strokes_path line = {.n = 2, .x = {9, 18}, .y = {7, 19}, .starts = {true}};
    for (double t = 1; t <= 6; t += 0.25) {
        uint8_t pixels[PIXELS];
        double area = 0;
        cgm_strokes_ink_draw(&line, t, 250, pixels);
        for (int p = 0; p < PIXELS; p++) area += pixels[p] / 250.0;
        CHECK_NEAR(area, 15 * t + M_PI * t * t / 4, 0.05 * area);
    }
}

static void ink_stays_on_the_page(void)
{
    cgm_rng rng = cgm_rng_create(6);
    int touching = 0;
    for (int i = 0; i < 1000; i++) {
        row r;
        draw(&rng, &r);
        bool edge = false;
        for (int k = 0; k < STROKES_SIDE; k++)
            edge |= r.pixels[k] || r.pixels[PIXELS - 1 - k] || r.pixels[k * STROKES_SIDE] ||
                    r.pixels[k * STROKES_SIDE + STROKES_SIDE - 1];
        touching += edge;
        CU_ASSERT(ink(&r) > 0);
    }
    CU_ASSERT(touching <= 10);
}

/* Samples of a digit differ from one another, yet their mean still shows it: it is nearer to its own digit's samples
 * than the other digits' means are. */
static void digits_are_told_apart(void)
{
    enum { EACH = 60 };
    static double mean[STROKES_DIGITS][PIXELS];
    static uint8_t sample[STROKES_DIGITS][EACH][PIXELS];
    cgm_rng rng = cgm_rng_create(7);
    for (int d = 0; d < STROKES_DIGITS; d++)
        for (int i = 0; i < EACH; i++) {
            row r;
            cgm_generator_strokes.sample_noise(&rng, r.noise);
            double do_value[SCALARS + 1] = {d, 2.5, 200, 0, NAN};
            cgm_generator_strokes.predict(r.noise, do_value, r.scalars, sample[d][i]);
            for (int p = 0; p < PIXELS; p++) mean[d][p] += sample[d][i][p] / (double)EACH;
        }
    int right = 0, alike = 0;
    for (int d = 0; d < STROKES_DIGITS; d++)
        for (int i = 0; i < EACH; i++) {
            double best = INFINITY;
            int nearest = -1;
            for (int e = 0; e < STROKES_DIGITS; e++) {
                double sum = 0;
                for (int p = 0; p < PIXELS; p++) sum += pow(sample[d][i][p] - mean[e][p], 2);
                if (sum < best) {
                    best = sum;
                    nearest = e;
                }
            }
            right += nearest == d;
            alike += i > 0 && memcmp(sample[d][i], sample[d][i - 1], PIXELS) == 0;
        }
    CU_ASSERT(right >= 0.9 * STROKES_DIGITS * EACH);
    CU_ASSERT_EQUAL(alike, 0);
}

/* Noise and interventions from a damaged file, or a reckless user, draw something and touch no other memory. */
static void wild_values_are_survived(void)
{
    const double wild[] = {NAN, INFINITY, -INFINITY, 1e300, -1e300, 0};
    for (size_t k = 0; k < sizeof wild / sizeof wild[0]; k++) {
        row r;
        for (int i = 0; i < NOISE; i++) r.noise[i] = wild[k];
        cgm_generator_strokes.predict(r.noise, nothing, r.scalars, r.pixels);
        for (int v = 0; v < SCALARS; v++) {
            row to = under(&r, v, wild[k]);
            CU_ASSERT(to.scalars[DIGIT] >= 0 && to.scalars[DIGIT] <= 9);
        }
    }
}

/* ---- Two domains ---- */

enum { PAIR_NOISE = NOISE + 1, PAIR_SCALARS = SCALARS + 1 };

/* Both rows are made of strokes by an intervention on one of its variables, whose law in each domain is as documented,
 * and a counterfactual under the other domain is the same digit by the same hand. */
static void check_pair(const cgm_generator *g, int variable, double (*by_hand)(int domain, double u))
{
    enum { N = 2000 };
    cgm_rng rng = cgm_rng_create(8);
    int second = 0;
    for (int i = 0; i < N; i++) {
        double noise[PAIR_NOISE], none[PAIR_SCALARS + 1], numbers[2][PAIR_SCALARS + 1];
        uint8_t pixels[PIXELS];
        for (int v = 0; v <= PAIR_SCALARS; v++) none[v] = NAN;
        g->sample_noise(&rng, noise);
        g->predict(noise, none, numbers[0], pixels);
        int domain = (int)numbers[0][0];
        second += domain;
        none[0] = 1 - domain;
        g->predict(noise, none, numbers[1], pixels);
        CU_ASSERT(numbers[0][0] + numbers[1][0] == 1);
        CU_ASSERT_EQUAL(numbers[1][1 + DIGIT], numbers[0][1 + DIGIT]);
        for (int k = 0; k < 2; k++) {
            double want = by_hand((int)numbers[k][0], noise[1 + variable]);
            CHECK_NEAR(numbers[k][1 + variable], want, 1e-12);
        }
        row as_strokes;
        memcpy(as_strokes.noise, noise + 1, sizeof as_strokes.noise);
        row set = under(&as_strokes, variable, numbers[1][1 + variable]);
        CU_ASSERT(memcmp(set.pixels, pixels, PIXELS) == 0);
        CU_ASSERT(memcmp(set.scalars, numbers[1] + 1, SCALARS * sizeof(double)) == 0);
    }
    CHECK_NEAR(second, N / 2, 4 * sqrt(N / 4));
}

static double pair_thickness(int domain, double u)
{
    CU_ASSERT(u > 0 && u < 1);
    return domain ? 3.5 + 1.5 * u : 1 + u;
}

static double pair_slant(int domain, double u)
{
    return 0.5 * domain + 0.1 * u;
}

static void domains_differ_in_one_variable(void)
{
    check_pair(&cgm_generator_stroke_pair, THICKNESS, pair_thickness);
    check_pair(&cgm_generator_slant_pair, SLANT, pair_slant);
    CU_ASSERT_STRING_EQUAL(cgm_generator_stroke_pair.variables[0].level_names[1], "thick");
    CU_ASSERT_STRING_EQUAL(cgm_generator_slant_pair.variables[0].level_names[1], "slanted");
}

static const test_case cases[] = {
    {"table row says what it is", table_row_says_what_it_is},
    {"outlines begin with the pen lifted", outlines_begin_with_the_pen_lifted},
    {"moments are those of the SCM", moments_are_those_of_the_scm},
    {"intensity answers do(thickness)", intensity_answers_do_thickness},
    {"predict is pure", predict_is_pure},
    {"interventions leave the rest alone", interventions_leave_the_rest_alone},
    {"positive slant leans to the right", positive_slant_leans_to_the_right},
    {"images show thickness and intensity", images_show_thickness_and_intensity},
    {"area grows with thickness", area_grows_with_thickness},
    {"ink stays on the page", ink_stays_on_the_page},
    {"digits are told apart", digits_are_told_apart},
    {"wild values are survived", wild_values_are_survived},
    {"domains differ in one variable", domains_differ_in_one_variable},
};
TEST_MAIN("strokes", cases)
