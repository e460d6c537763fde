#include "gan/growth.h"

#include <math.h>

void cgm_gan_growth_init(gan_growth *growth, int levels, double fade, double stable)
{
    *growth = (gan_growth){.levels = levels, .wanted_fade = fade, .wanted_stable = stable, .alpha = 1};
}

/* Each of the phases before the last one takes as long, if nothing else is asked: half of the training at most. */
static double images_of(const gan_growth *growth, double wanted, double images)
{
    int phases = 2 * (growth->levels - 1);
    if (wanted == GAN_GROWTH_UNSAID) return phases ? fmin(GAN_GROWTH_USUAL, images / (2 * phases)) : 0;
    return wanted < 1 ? wanted * images : wanted;
}

void cgm_gan_growth_plan(gan_growth *growth, double images)
{
    growth->fade = images_of(growth, growth->wanted_fade, images);
    growth->stable = images_of(growth, growth->wanted_stable, images);
}

gan_phase cgm_gan_growth_at(const gan_growth *growth, double images)
{
    const double each = growth->fade + growth->stable;
    double since = images - growth->stable; /* the first fading began */
    int last = growth->levels - 1;
    if (since < 0 || last == 0) return (gan_phase){0, 1};
    double level = 1 + (each > 0 ? floor(since / each) : last);
    if (level > last) return (gan_phase){last, 1};
    since -= (level - 1) * each;
    return (gan_phase){(int)level, since < growth->fade ? since / growth->fade : 1};
}

bool cgm_gan_growth_is_whole(const gan_growth *growth)
{
    return growth->level + 1 == (uint64_t)growth->levels && growth->alpha == 1;
}

cgm_status cgm_gan_growth_check(const gan_growth *growth)
{
    if (growth->level < (uint64_t)growth->levels && growth->alpha >= 0 && growth->alpha <= 1) return CGM_OK;
    return CGM_FAIL(CGM_E_FORMAT, "level %llu of %d, faded in by %g: expected a level below and a share of 1",
                    (unsigned long long)growth->level, growth->levels, growth->alpha);
}

cgm_status cgm_gan_growth_state(gan_growth *growth, cgm_state *state)
{
    CGM_TRY(cgm_state_add(state, CGM_U64, CGM_SCALAR, &growth->level, "growth/level"));
    return cgm_state_add(state, CGM_F64, CGM_SCALAR, &growth->alpha, "growth/alpha");
}
