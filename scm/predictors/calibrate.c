/* How sure a trained predictor is, after the rows that it was stopped by. */
#include "metrics/calibration.h"
#include "scm/predictors/readings.h"

void cgm_predictor_uncalibrate(cgm_predictor *p)
{
    p->offset = 0;
    p->temperature = 1;
    for (int part = 0; part < PREDICTOR_PARTS; part++) cgm_network_part_clear(&p->part[part]);
}

static cgm_status fit(cgm_predictor *p, const predictor_readings *r)
{
    double offset = 0, temperature = 1;
    if (cgm_variable_has_levels(p->attribute))
        CGM_TRY(cgm_temperature_of_levels(r->n, p->attribute->levels, r->law, r->truth, &temperature));
    else
        cgm_calibrate_normals(r->n, r->law, r->truth, &offset, &temperature);
    cgm_predictor_uncalibrate(p);
    p->offset = offset / p->seen.scale[p->n_given];
    p->temperature = temperature;
    return CGM_OK;
}

cgm_status cgm_predictor_calibrate(cgm_predictor *p, const cgm_dataset *data, int threads)
{
    predictor_readings r = {.n = 0};
    size_t n = (size_t)p->rows[1], first = (size_t)(p->first + p->rows[0]);
    cgm_predictor_uncalibrate(p);
    if (n == 0) return CGM_OK;
    size_t *rows = cgm_arena_array(&r.arena, n, sizeof *rows);
    cgm_status status = rows ? CGM_OK : CGM_E_MEMORY;
    for (size_t i = 0; status == CGM_OK && i < n; i++) rows[i] = first + i;
    if (status == CGM_OK) status = cgm_predictor_read_rows(p, data, threads, n, rows, &r);
    if (status == CGM_OK) status = fit(p, &r);
    cgm_arena_clear(&r.arena);
    return status;
}
