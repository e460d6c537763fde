#include "scm/explain/parts.h"

static size_t cut_grid(const cgm_variable *image, size_t side, int64_t *part)
{
    size_t height = (size_t)image->height, width = (size_t)image->width, columns = (width + side - 1) / side;
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++) part[y * width + x] = (int64_t)(y / side * columns + x / side);
    return (height + side - 1) / side * columns;
}

cgm_status cgm_explain_cut(explain_task *t, size_t row, size_t *n)
{
    int64_t *part = t->part + row * (size_t)t->image->height * (size_t)t->image->width;
    if (t->parts == CGM_PARTS_SLIC) return cgm_explain_slic(t->image, t->images + row * t->width, t->patch, part, n);
    *n = cut_grid(t->image, t->patch, part);
    return CGM_OK;
}

void cgm_explain_spread(const explain_task *t, size_t row, size_t n, const double *value, double *room, double *map)
{
    size_t plane = (size_t)t->image->height * (size_t)t->image->width;
    const int64_t *part = t->part + row * plane;
    for (size_t k = 0; k < n; k++) room[k] = 0;
    for (size_t i = 0; i < plane; i++) room[part[i]]++;
    for (size_t i = 0; i < plane; i++) map[i] = value[part[i]] / room[part[i]];
}
