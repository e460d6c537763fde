/* The maps: CIELAB to sRGB. */
#include "io/colour_map.h"

#include <math.h>

/* Lightness, and a and b, which are the hue's sine and cosine times the chroma: 52 at 35 and 285 degrees. */
static const double zero[3] = {97, 0, 0}, red[3] = {35, 42.5959, 29.8260}, blue[3] = {35, 13.4586, -50.2281};
static const double dark[3] = {24, 14, -42}, bright[3] = {88, -4, 66};
static const uint8_t no_number[3] = {128, 128, 128};

/* The inverse of CIELAB's compression of XYZ, a share of the white's. */
static double expand(double f)
{
    return f > 6.0 / 29 ? f * f * f : 3 * (6.0 / 29) * (6.0 / 29) * (f - 4.0 / 29);
}

/* A share of full light as sRGB (IEC 61966-2-1) writes it. */
static uint8_t encode(double light)
{
    double x = light <= 0.0031308 ? 12.92 * light : 1.055 * pow(light, 1 / 2.4) - 0.055;
    return (uint8_t)lround(255 * fmin(fmax(x, 0), 1));
}

static void to_srgb(const double lab[3], uint8_t rgb[3])
{
    static const double white[3] = {0.95047, 1, 1.08883};
    static const double from_xyz[3][3] = {
        {3.2404542, -1.5371385, -0.4985314}, {-0.9692660, 1.8760108, 0.0415560}, {0.0556434, -0.2040259, 1.0572252}};
    double f = (lab[0] + 16) / 116;
    double xyz[3] = {white[0] * expand(f + lab[1] / 500), white[1] * expand(f), white[2] * expand(f - lab[2] / 200)};
    for (int c = 0; c < 3; c++)
        rgb[c] = encode(from_xyz[c][0] * xyz[0] + from_xyz[c][1] * xyz[1] + from_xyz[c][2] * xyz[2]);
}

void cgm_colour_map_diverging(double share, uint8_t rgb[3])
{
    double size = fmin(fabs(share), 1), lab[3];
    const double *end = share < 0 ? blue : red;
    for (int k = 0; k < 3; k++) lab[k] = zero[k] + size * (end[k] - zero[k]);
    to_srgb(lab, rgb);
    for (int c = 0; isnan(share) && c < 3; c++) rgb[c] = no_number[c];
}

void cgm_colour_map_sequential(double share, uint8_t rgb[3])
{
    double way = fmin(fmax(share, 0), 1), lab[3];
    for (int k = 0; k < 3; k++) lab[k] = dark[k] + way * (bright[k] - dark[k]);
    to_srgb(lab, rgb);
    for (int c = 0; isnan(share) && c < 3; c++) rgb[c] = no_number[c];
}

void cgm_colour_map_level(size_t k, size_t n, uint8_t rgb[3])
{
    const double first = 0.5, chroma = 48;
    double hue = first + 2 * M_PI * (double)k / (double)n;
    const double lab[3] = {k % 2 ? 70 : 46, chroma * cos(hue), chroma * sin(hue)};
    to_srgb(lab, rgb);
}
