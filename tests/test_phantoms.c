/* Head phantoms: signals beside the spin-echo equation, shapes beside brute force, and the model that they follow. */
#include <string.h>

#include "data/dataset.h"
#include "data/generator.h"
#include "data/phantom.h"
#include "tests/harness.h"

enum { DOMAIN, LESION, VENTRICLES, IMAGE, VARIABLES };
enum { NOISE = 3 + PHANTOM_SHAPE + PHANTOM_PLACE + 1, N = 400 };

typedef struct row {
    double noise[NOISE], numbers[VARIABLES];
    uint8_t pixels[PHANTOM_PIXELS];
} row;

static row draw(const cgm_generator *g, uint64_t i)
{
    row out = {{0}, {0}, {0}};
    double none[VARIABLES] = {NAN, NAN, NAN, NAN};
    cgm_rng root = cgm_rng_create(7), rng = cgm_rng_split_index(&root, i);
    g->sample_noise(&rng, out.noise);
    g->predict(out.noise, none, out.numbers, out.pixels);
    return out;
}

static row under(const cgm_generator *g, const row *factual, int variable, double value)
{
    row out = *factual;
    double set[VARIABLES] = {NAN, NAN, NAN, NAN};
    set[variable] = value;
    g->predict(out.noise, set, out.numbers, out.pixels);
    return out;
}

/* The head that a row of phantom_pair is of. */
static phantom_head head_of(const row *r)
{
    phantom_head head;
    cgm_phantom_shape(r->noise + 3, r->numbers[VENTRICLES], r->numbers[LESION] > 0, r->noise + 3 + PHANTOM_SHAPE,
                      &head);
    return head;
}

/* In milliseconds and parts of water, as BrainWeb lists them for 1.5 T; the brightest tissue of either contrast is 230.
 */
static void signals_are_of_spin_echoes(void)
{
    static const struct {
        phantom_tissue tissue;
        double t1, t2, density;
    } brainweb[] = {{PHANTOM_SCALP, 350, 70, 1},
                    {PHANTOM_CSF, 2569, 329, 1},
                    {PHANTOM_GREY, 833, 83, .86},
                    {PHANTOM_WHITE, 500, 70, .77},
                    {PHANTOM_LESION, 752, 237, .76}};
    const double fat = (1 - exp(-500 / 350.)) * exp(-15 / 70.), csf = (1 - exp(-3300 / 2569.)) * exp(-100 / 329.);
    for (size_t i = 0; i < sizeof brainweb / sizeof *brainweb; i++) {
        double t1 = brainweb[i].t1, t2 = brainweb[i].t2, density = brainweb[i].density;
        CHECK_NEAR(cgm_phantom_level(brainweb[i].tissue, PHANTOM_T1),
                   230 * density * (1 - exp(-500 / t1)) * exp(-15 / t2) / fat, 1e-10);
        CHECK_NEAR(cgm_phantom_level(brainweb[i].tissue, PHANTOM_T2),
                   230 * density * (1 - exp(-3300 / t1)) * exp(-100 / t2) / csf, 1e-10);
    }
    for (int contrast = PHANTOM_T1; contrast <= PHANTOM_T2; contrast++) {
        CU_ASSERT_EQUAL(cgm_phantom_level(PHANTOM_AIR, (phantom_contrast)contrast), 0);
        CU_ASSERT_EQUAL(cgm_phantom_level(PHANTOM_SKULL, (phantom_contrast)contrast), 0);
    }
    /* What radiologists see: fluid is dark in T1 and bright in T2, white matter the other way round. */
    CU_ASSERT(cgm_phantom_level(PHANTOM_CSF, PHANTOM_T1) < cgm_phantom_level(PHANTOM_GREY, PHANTOM_T1));
    CU_ASSERT(cgm_phantom_level(PHANTOM_GREY, PHANTOM_T1) < cgm_phantom_level(PHANTOM_WHITE, PHANTOM_T1));
    CU_ASSERT(cgm_phantom_level(PHANTOM_WHITE, PHANTOM_T2) < cgm_phantom_level(PHANTOM_GREY, PHANTOM_T2));
    CU_ASSERT(cgm_phantom_level(PHANTOM_GREY, PHANTOM_T2) < cgm_phantom_level(PHANTOM_LESION, PHANTOM_T2));
}

/* The tissue of all of a pixel, or -1. */
static int tissue_of_pixel(const phantom_head *head, int x, int y)
{
    int tissue = (int)cgm_phantom_tissue_at(head, x, y);
    for (int i = 0; i < 49; i++)
        if ((int)cgm_phantom_tissue_at(head, x + (i % 7 - 3) / 6.0, y + (i / 7 - 3) / 6.0) != tissue) return -1;
    return tissue;
}

/* Pixels of one tissue have its level; each tissue has such pixels in most heads. */
static void pure_pixels_have_their_tissues_level(void)
{
    int heads[PHANTOM_TISSUES] = {0}, lesions = 0;
    for (uint64_t i = 0; i < 40; i++) {
        row t1 = draw(&cgm_generator_phantom_pair, i);
        t1 = under(&cgm_generator_phantom_pair, &t1, DOMAIN, 0);
        row t2 = under(&cgm_generator_phantom_pair, &t1, DOMAIN, 1);
        phantom_head head = head_of(&t1);
        int pure[PHANTOM_TISSUES] = {0};
        for (int p = 0; p < PHANTOM_PIXELS; p++) {
            int tissue = tissue_of_pixel(&head, p % PHANTOM_SIDE, p / PHANTOM_SIDE);
            if (tissue < 0) continue;
            pure[tissue]++;
            CU_ASSERT_EQUAL(t1.pixels[p], lround(cgm_phantom_level((phantom_tissue)tissue, PHANTOM_T1)));
            CU_ASSERT_EQUAL(t2.pixels[p], lround(cgm_phantom_level((phantom_tissue)tissue, PHANTOM_T2)));
        }
        for (int t = 0; t < PHANTOM_TISSUES; t++) heads[t] += pure[t] > 0;
        lesions += t1.numbers[LESION] > 0;
        CU_ASSERT(t1.numbers[LESION] > 0 || !pure[PHANTOM_LESION]);
        CU_ASSERT_EQUAL(tissue_of_pixel(&head, 0, PHANTOM_SIDE / 2), PHANTOM_AIR); /* the head is in the image */
        CU_ASSERT_EQUAL(tissue_of_pixel(&head, PHANTOM_SIDE / 2, 0), PHANTOM_AIR);
        CU_ASSERT_EQUAL(tissue_of_pixel(&head, PHANTOM_SIDE / 2, PHANTOM_SIDE - 1), PHANTOM_AIR);
    }
    for (int t = PHANTOM_CSF; t <= PHANTOM_WHITE; t++) CU_ASSERT(heads[t] >= 36);
    CU_ASSERT(lesions > 8 && heads[PHANTOM_LESION] >= 0.8 * lesions);
}

/* Partial volumes: the sum over the image is the integral, to what samples 16 times as fine make of it. */
static void pixels_are_means_of_their_parts(void)
{
    enum { FINE = 16 };
    for (uint64_t i = 0; i < 5; i++) {
        double sum = 0, fine = 0, worst = 0;
        row r = draw(&cgm_generator_phantom_pair, i);
        phantom_head head = head_of(&r);
        for (int p = 0; p < PHANTOM_PIXELS; p++) {
            double mean = 0;
            for (int k = 0; k < FINE * FINE; k++)
                mean += cgm_phantom_level(cgm_phantom_tissue_at(&head, p % PHANTOM_SIDE + (k % FINE + .5) / FINE - .5,
                                                                p / PHANTOM_SIDE + (k / FINE + .5) / FINE - .5),
                                          r.numbers[DOMAIN] > 0 ? PHANTOM_T2 : PHANTOM_T1) /
                        (FINE * FINE);
            worst = fmax(worst, fabs(mean - r.pixels[p]));
            fine += mean;
            sum += r.pixels[p];
        }
        CHECK_NEAR(sum / fine, 1, 0.005);
        CU_ASSERT(worst < 60); /* a quarter of a pixel at the sharpest border */
    }
}

static void the_model_is_as_described(void)
{
    double sum = 0, squares = 0, in_domain[2] = {0}, with_lesion = 0;
    for (uint64_t i = 0; i < N; i++) {
        row r = draw(&cgm_generator_phantom_pair, i), same = draw(&cgm_generator_phantom_pair, i);
        CU_ASSERT_EQUAL(memcmp(&r, &same, sizeof r), 0);
        for (int v = 0; v < IMAGE; v++) { /* setting what is there changes nothing */
            row null = under(&cgm_generator_phantom_pair, &r, v, r.numbers[v]);
            CU_ASSERT_EQUAL(memcmp(&null, &r, sizeof r), 0);
        }
        in_domain[(int)r.numbers[DOMAIN]] += 1;
        with_lesion += r.numbers[LESION];
        sum += r.numbers[VENTRICLES] / N;
        squares += r.numbers[VENTRICLES] * r.numbers[VENTRICLES] / N;
    }
    CHECK_NEAR(in_domain[1], N / 2.0, 4 * sqrt(N / 4.0));
    CHECK_NEAR(with_lesion, N / 2.0, 4 * sqrt(N / 4.0));
    CHECK_NEAR(sum, 1, 4 * 0.15 / sqrt(N));
    CHECK_NEAR(sqrt(squares - sum * sum), 0.15, 4 * 0.15 / sqrt(2.0 * N));
}

/* What a lesion and the ventricles change, and no more. */
static void interventions_change_what_they_are_of(void)
{
    int seen = 0;
    for (uint64_t i = 0; i < 40; i++) {
        row r = draw(&cgm_generator_phantom_pair, i);
        r = under(&cgm_generator_phantom_pair, &r, DOMAIN, 1);
        row without = under(&cgm_generator_phantom_pair, &r, LESION, 0),
            with = under(&cgm_generator_phantom_pair, &r, LESION, 1);
        int changed = 0, fluid[2] = {0};
        for (int p = 0; p < PHANTOM_PIXELS; p++) changed += with.pixels[p] != without.pixels[p];
        CU_ASSERT(changed < 60); /* a radius of 3 at most, and borders */
        seen += changed >= 5;
        row small = under(&cgm_generator_phantom_pair, &r, VENTRICLES, 0.7),
            large = under(&cgm_generator_phantom_pair, &r, VENTRICLES, 1.4);
        const row *both[] = {&small, &large};
        for (int k = 0; k < 2; k++) {
            phantom_head head = head_of(both[k]);
            for (int p = 0; p < PHANTOM_PIXELS; p++)
                fluid[k] += cgm_phantom_tissue_at(&head, p % PHANTOM_SIDE, p / PHANTOM_SIDE) == PHANTOM_CSF;
        }
        /* Two ellipses of area pi 1.5 5.5 by the square of the size. */
        CHECK_NEAR(fluid[1] - fluid[0], 2 * 3.14159265 * 1.5 * 5.5 * (1.4 * 1.4 - 0.7 * 0.7), 25);
    }
    CU_ASSERT(seen >= 36);
}

/* In air Rice's distribution is Rayleigh's, of mean sd sqrt(pi / 2) and second moment 2 sd^2; where the signal is
 * strong its mean is S + sd^2 / 2 S and its deviation sd. */
static void noise_is_rician(void)
{
    double n = 0, sum = 0, squares = 0, m = 0, bright = 0, bright_squares = 0;
    const double level = cgm_phantom_level(PHANTOM_WHITE, PHANTOM_T1);
    for (uint64_t i = 0; i < 40; i++) {
        row r = draw(&cgm_generator_phantom_pair_rician, i), same = draw(&cgm_generator_phantom_pair_rician, i);
        CU_ASSERT_EQUAL(memcmp(r.pixels, same.pixels, sizeof r.pixels), 0);
        r = under(&cgm_generator_phantom_pair_rician, &r, DOMAIN, 0);
        phantom_head head = head_of(&r);
        for (int p = 0; p < PHANTOM_PIXELS; p++) {
            int tissue = tissue_of_pixel(&head, p % PHANTOM_SIDE, p / PHANTOM_SIDE);
            double x = r.pixels[p];
            if (tissue == PHANTOM_AIR) n++, sum += x, squares += x * x;
            if (tissue == PHANTOM_WHITE) m++, bright += x - level, bright_squares += (x - level) * (x - level);
        }
    }
    CHECK_NEAR(sum / n, 6 * sqrt(3.14159265358979 / 2), 0.06);
    CHECK_NEAR(squares / n, 2 * 36 + 1 / 12.0, 0.8); /* and the variance of rounding */
    CHECK_NEAR(bright / m, 36 / (2 * level), 4 * 6 / sqrt(m));
    CHECK_NEAR(sqrt(bright_squares / m), 6, 4 * 6 / sqrt(2 * m) + 0.02);
}

/* Through files too. */
static void the_truth_is_known(void)
{
    cgm_dataset *data, *back;
    static double truth[PHANTOM_PIXELS];
    REQUIRE_OK(cgm_dataset_open(&(cgm_data_opts){.make = "phantom_pair_rician", .n = 6, .seed = 2}, 2, NULL, &data));
    CU_ASSERT(cgm_dataset_has_truth(data));
    REQUIRE_OK(cgm_dataset_save(data, test_path("p.h5")));
    REQUIRE_OK(cgm_dataset_open(&(cgm_data_opts){.path = test_path("p.h5")}, 1, NULL, &back));
    CU_ASSERT_FATAL(cgm_dataset_has_truth(back));
    CU_ASSERT_STRING_EQUAL(cgm_dataset_find(back, "domain")->level_names[0], "t1");
    for (size_t i = 0; i < 6; i++) {
        cgm_assignment set = {.variable = "domain", .value = cgm_dataset_column(back, "domain")[i]};
        REQUIRE_OK(cgm_dataset_truth(back, 1, &set, "image", 1, &i, truth));
        for (int p = 0; p < PHANTOM_PIXELS; p++) CU_ASSERT_EQUAL(truth[p], cgm_dataset_pixels(data, "image", i)[p]);
    }
    cgm_dataset_destroy(back);
    cgm_dataset_destroy(data);
}

static const test_case cases[] = {
    {"signals are of spin echoes", signals_are_of_spin_echoes},
    {"pure pixels have their tissue's level", pure_pixels_have_their_tissues_level},
    {"pixels are means of their parts", pixels_are_means_of_their_parts},
    {"the model is as described", the_model_is_as_described},
    {"interventions change what they are of", interventions_change_what_they_are_of},
    {"noise is Rician", noise_is_rician},
    {"the truth is known", the_truth_is_known},
};
TEST_MAIN("phantoms", cases)
