#include "data/phantom.h"

#include <math.h>

/* ---- Signals ---- */

/* T1 and T2 in milliseconds and proton density at 1.5 T: BrainWeb's, of Kwan, Evans and Pike 1999, "MRI
 * simulation-based evaluation of image-processing and classification methods", IEEE TMI 18 (11). Cortical bone and air
 * give no signal. */
static const struct {
    double t1, t2, density;
} tissues[PHANTOM_TISSUES] = {
    [PHANTOM_SCALP] = {350, 70, 1},    [PHANTOM_CSF] = {2569, 329, 1},      [PHANTOM_GREY] = {833, 83, 0.86},
    [PHANTOM_WHITE] = {500, 70, 0.77}, [PHANTOM_LESION] = {752, 237, 0.76},
};

/* Repetition and echo time in milliseconds, as usual of spin echoes that are to show T1 or T2. */
static const struct {
    double repetition, echo;
    phantom_tissue brightest;
} contrasts[] = {[PHANTOM_T1] = {500, 15, PHANTOM_SCALP}, [PHANTOM_T2] = {3300, 100, PHANTOM_CSF}};

/* Of a spin echo: density (1 - exp(-TR / T1)) exp(-TE / T2). */
static double signal_of(phantom_tissue tissue, phantom_contrast contrast)
{
    if (tissues[tissue].density == 0) return 0;
    return tissues[tissue].density * (1 - exp(-contrasts[contrast].repetition / tissues[tissue].t1)) *
           exp(-contrasts[contrast].echo / tissues[tissue].t2);
}

double cgm_phantom_level(phantom_tissue tissue, phantom_contrast contrast)
{
    return PHANTOM_BRIGHTEST * signal_of(tissue, contrast) / signal_of(contrasts[contrast].brightest, contrast);
}

/* ---- Shape ---- */

enum { SHIFT_X, SHIFT_Y, TURN, WIDTH, LENGTH, HEIGHT, SCALP_DEPTH, SKULL_DEPTH, CSF_DEPTH, GREY_DEPTH, PHASE };
enum { ANGLE, DISTANCE, RADIUS };
static const double folds = 9, fold_depth = 0.08; /* of the white matter's border, round the brain */

/* Never further than 2.2 standard deviations from the mean; the mean when u is not a number, as in a damaged file. */
static double around(double mean, double sd, double u)
{
    return isnan(u) ? mean : mean + sd * fmin(fmax(u, -2.2), 2.2);
}

/* The ellipsoids have one centre, and the slice is at a height that they share: so inner ones are cut further out. */
static void cut_shells(const double *shape, phantom_head *out)
{
    double a = around(20.5, 1.2, shape[WIDTH]), b = around(25, 1.2, shape[LENGTH]), c = 23;
    double z = around(0, 3.5, shape[HEIGHT]);
    const double depth[PHANTOM_SHELLS] = {0, around(1.7, 0.15, shape[SCALP_DEPTH]),
                                          around(1.8, 0.15, shape[SKULL_DEPTH]), around(1.4, 0.2, shape[CSF_DEPTH]),
                                          around(3.2, 0.25, shape[GREY_DEPTH])};
    for (int k = 0; k < PHANTOM_SHELLS; k++) {
        a -= depth[k];
        b -= depth[k];
        c -= depth[k];
        double cut = sqrt(1 - z * z / (c * c));
        out->shell[k] = (phantom_ellipse){.a = a * cut, .b = b * cut};
    }
}

static void put_lesion(const double *place, phantom_head *out)
{
    static const double pi = 3.14159265358979323846;
    const phantom_ellipse *white = &out->shell[PHANTOM_SHELLS - 1];
    double angle = 2 * pi * place[ANGLE], distance = 0.6 + 0.2 * place[DISTANCE], radius = 1.5 + 1.5 * place[RADIUS];
    out->lesion = (phantom_ellipse){distance * white->a * cos(angle), distance * white->b * sin(angle), radius, radius};
}

void cgm_phantom_shape(const double shape[PHANTOM_SHAPE], double ventricles, bool lesion,
                       const double place[PHANTOM_PLACE], phantom_head *out)
{
    const double middle = 0.5 * (PHANTOM_SIDE - 1);
    double turn = around(0, 0.15, shape[TURN]);
    *out = (phantom_head){.x = around(middle, 1.2, shape[SHIFT_X]),
                          .y = around(middle, 1.2, shape[SHIFT_Y]),
                          .cosine = cos(turn),
                          .sine = sin(turn),
                          .phase = around(0, 3, shape[PHASE]),
                          .ventricle = {2.6, 0.5, 1.5 * ventricles, 5.5 * ventricles},
                          .nucleus = {5.4, -1, 1.5, 3}};
    cut_shells(shape, out);
    if (lesion) put_lesion(place, out);
}

/* The square of the distance from the centre, in units of the border's. */
static double distance_in(const phantom_ellipse *e, double x, double y)
{
    double u = (x - e->x) / e->a, v = (y - e->y) / e->b;
    return u * u + v * v;
}

static bool is_white(const phantom_head *head, double x, double y)
{
    const phantom_ellipse *e = &head->shell[PHANTOM_SHELLS - 1];
    double r = sqrt(distance_in(e, x, y));
    if (r < 1 - fold_depth || r > 1 + fold_depth) return r < 1;
    return r < 1 + fold_depth * cos(folds * atan2(y / e->b, x / e->a) + head->phase);
}

/* Inside the grey matter's border. */
static phantom_tissue brain_at(const phantom_head *head, double x, double y)
{
    const phantom_ellipse *white = &head->shell[PHANTOM_SHELLS - 1];
    double side = fabs(x);                                          /* both halves are alike */
    if (side < 0.5 && fabs(y) > 0.7 * white->b) return PHANTOM_CSF; /* the fissure between them */
    if (distance_in(&head->ventricle, side, y) < 1) return PHANTOM_CSF;
    if (distance_in(&head->nucleus, side, y) < 1 || !is_white(head, x, y)) return PHANTOM_GREY;
    return head->lesion.a > 0 && distance_in(&head->lesion, x, y) < 1 ? PHANTOM_LESION : PHANTOM_WHITE;
}

phantom_tissue cgm_phantom_tissue_at(const phantom_head *head, double x, double y)
{
    static const phantom_tissue between[] = {PHANTOM_AIR, PHANTOM_SCALP, PHANTOM_SKULL, PHANTOM_CSF};
    double dx = x - head->x, dy = head->y - y;
    double u = head->cosine * dx + head->sine * dy, v = head->cosine * dy - head->sine * dx;
    for (int k = 0; k < PHANTOM_SHELLS - 1; k++)
        if (!(distance_in(&head->shell[k], u, v) < 1)) return between[k];
    return brain_at(head, u, v);
}

/* ---- Drawing ---- */

enum { PARTS = 4 }; /* of a pixel's side */

void cgm_phantom_draw(const phantom_head *head, phantom_contrast contrast, double level[PHANTOM_PIXELS])
{
    double of[PHANTOM_TISSUES];
    for (int t = 0; t < PHANTOM_TISSUES; t++) of[t] = cgm_phantom_level((phantom_tissue)t, contrast);
    for (int p = 0; p < PHANTOM_PIXELS; p++) {
        int x = p % PHANTOM_SIDE, y = p / PHANTOM_SIDE;
        double sum = 0;
        for (int i = 0; i < PARTS * PARTS; i++)
            sum += of[cgm_phantom_tissue_at(head, x + (i % PARTS + 0.5) / PARTS - 0.5,
                                            y + (i / PARTS + 0.5) / PARTS - 0.5)];
        level[p] = sum / (PARTS * PARTS);
    }
}
