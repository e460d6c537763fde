/* Restoring by networks that were trained on other images. */
#include "dip/restore_priv.h"

/* The first level of plug-and-play, in grey levels of 255. From the denoiser's highest, 50, on a slice of a head is
 * worse where the operator holds much back: computed tomography 18.5 dB instead of 28.9, blurs 19.0 instead of 26.2. */
#define USUAL_FIRST 10

static const char *const names[DIP_METHODS] = {
    [DIP_PROJECTION] = "projection", [DIP_PLUG_AND_PLAY] = "plug and play", [DIP_UNROLLED] = "unrolled descent"};

static bool is_wanted(const dip_restoring *r, dip_method method)
{
    const dip_options *o = &r->options;
    const char *const file[DIP_METHODS] = {
        [DIP_PROJECTION] = o->generator, [DIP_PLUG_AND_PLAY] = o->denoiser, [DIP_UNROLLED] = o->unrolled};
    return file[method] != NULL;
}

static cgm_status open_generator(const dip_restoring *r)
{
    const dip_problem *p = &r->m.problem;
    if (!r->opts->generator)
        return CGM_FAIL(CGM_E_ARG, "generator: %s: expected its network beside the config", r->options.generator);
    return cgm_dip_projection_check(r->opts->generator, &r->options.projection, p->channels, p->height, p->width);
}

cgm_status cgm_dip_restore_open_learned(dip_restoring *r)
{
    const dip_options *o = &r->options;
    const dip_problem *p = &r->m.problem;
    if (is_wanted(r, DIP_PROJECTION)) CGM_TRY(open_generator(r));
    if (is_wanted(r, DIP_PLUG_AND_PLAY)) {
        CGM_TRY(cgm_dip_learned_read(o->denoiser, false, &r->denoiser));
        CGM_TRY(cgm_dip_learned_check_channels(&r->denoiser, o->denoiser, p->channels));
    }
    if (is_wanted(r, DIP_UNROLLED)) {
        CGM_TRY(cgm_dip_learned_read(o->unrolled, true, &r->unrolled));
        CGM_TRY(cgm_dip_learned_check_channels(&r->unrolled, o->unrolled, p->channels));
        CGM_TRY(cgm_dip_learned_check_operator(&r->unrolled, o->unrolled, o->task, &p->opts));
    }
    return CGM_OK;
}

void cgm_dip_restore_close_learned(dip_restoring *r)
{
    cgm_dip_learned_clear(&r->denoiser);
    cgm_dip_learned_clear(&r->unrolled);
}

static cgm_status project(dip_restoring *r, double *x)
{
    dip_projection_report report;
    cgm_rng root = cgm_rng_create(r->opts->seed), rng = cgm_rng_split(&root, "projection");
    const dip_projection_opts *o = &r->options.projection;
    CGM_TRY(cgm_dip_project(&r->m.problem, r->opts->generator, o, &rng, r->opts->threads, r->sink, r->opts->stop, x,
                            &report));
    cgm_sink_log(r->sink, CGM_LOG_INFO, "projection: beginning %lld of %lld, misfit %.3g, %.1f MB%s%s",
                 (long long)report.restart + 1, (long long)o->restarts, report.misfit, (double)report.bytes / 1e6,
                 report.parents[0] ? ", found " : "", report.parents);
    return CGM_OK;
}

/* Begins where total variation does, at Tikhonov's solution. */
static cgm_status plug(dip_restoring *r, double *x)
{
    const dip_problem *p = &r->m.problem;
    const dip_learned_facts *f = &r->denoiser.facts;
    dip_learned_program program;
    dip_plug_opts o = r->options.plug;
    o.least = f->low;
    o.first = (o.first < 0 ? USUAL_FIRST : o.first) / 255;
    if (o.last > 0) o.last /= 255;
    CGM_TRY(cgm_dip_tikhonov(p, r->opts->threads, 0, x));
    CGM_TRY(
        cgm_dip_learned_compile_denoiser(&r->denoiser, p->channels, p->height, p->width, r->opts->threads, &program));
    cgm_status status = cgm_dip_plug_and_play(p, &o, cgm_dip_learned_denoise, &program, r->opts->threads, x);
    cgm_dip_learned_program_clear(&program);
    return status;
}

static cgm_status restore_by(dip_restoring *r, dip_method method)
{
    dip_result *result;
    CGM_TRY(cgm_dip_result_add(r, names[method], &result));
    double *x = result->image.pixels;
    cgm_status status = method == DIP_PROJECTION ? project(r, x)
                        : method == DIP_PLUG_AND_PLAY
                            ? plug(r, x)
                            : cgm_dip_learned_unroll(&r->unrolled, &r->m.problem, r->opts->threads, x);
    return status == CGM_OK ? cgm_dip_result_score(r, result) : status;
}

cgm_status cgm_dip_restore_add_learned(dip_restoring *r)
{
    int chosen = r->options.method;
    for (int method = DIP_PRIOR + 1; method < DIP_METHODS; method++)
        if (method != chosen && is_wanted(r, (dip_method)method)) CGM_TRY(restore_by(r, (dip_method)method));
    return chosen == DIP_PRIOR ? CGM_OK : restore_by(r, (dip_method)chosen);
}
