/* What a mechanism says and is asked of networks made of levels, and of the keys that some networks alone read. */
#include <stdio.h>

#include "gan/gan.h"
#include "gan/networks/pyramid.h"

void cgm_gan_set_levels(gan *m, const cgm_mechanism_spec *spec)
{
    gan_networks *n = &m->networks;
    gan_shape_options *o = &n->shape;
    bool grows = said(spec, "growing") ? o->growing : m->options.network == GAN_NETWORK_PROGRESSIVE;
    o->growing = grows && n->kind->pyramid;
    o->smooth = o->smooth && n->kind->maps;
    n->levels = n->kind->pyramid ? cgm_gan_levels(m->variable) : 1;
    n->level = n->levels - 1;
    cgm_gan_growth_init(&m->growth, n->levels, m->options.fade, m->options.stable);
}

cgm_status cgm_gan_check_levels(const gan *m, const cgm_mechanism_spec *spec)
{
    const gan_networks *n = &m->networks;
    const struct {
        const char *key, *reason;
        bool read;
    } keys[] = {
        {"widths", "this network has width and max_width", !n->kind->pyramid},
        {"width", "this network has widths (network: progressive)", n->kind->pyramid},
        {"max_width", "this network has widths (network: progressive)", n->kind->pyramid},
        {"growing", "this network has one resolution (network: progressive)", n->kind->pyramid},
        {"fade", "the networks do not grow (growing: yes)", n->shape.growing},
        {"stable", "the networks do not grow (growing: yes)", n->shape.growing},
        {"mapping", "this network has no styles (network: style)", n->kind->maps},
        {"mixing", "this network has no styles (network: style)", n->kind->maps},
        {"truncation", "this network has no styles (network: style)", n->kind->maps},
        {"smooth", "this network's up-sampling has no such choice (network: style)", n->kind->maps},
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const cgm_yaml *where = said(spec, keys[i].key);
        if (where && !keys[i].read) return cgm_yaml_fail(where, "%s: %s", keys[i].key, keys[i].reason);
    }
    if (n->shape.growing && m->options.fade == 0 && m->options.stable == 0)
        return cgm_yaml_fail(said(spec, "fade"), "fade and stable are both 0: growing takes no time (growing: no)");
    return CGM_OK;
}

cgm_status cgm_gan_phase(const gan *m, gan_phase *out)
{
    bool grows = m->networks.shape.growing;
    if (grows) CGM_TRY(cgm_gan_growth_check(&m->growth));
    *out = grows ? (gan_phase){(int)m->growth.level, m->growth.alpha} : (gan_phase){m->networks.levels - 1, 1};
    return CGM_OK;
}

gan_networks cgm_gan_networks_at(const gan *m, cgm_graph *g, gan_phase phase)
{
    gan_networks n = m->networks;
    n.level = phase.level;
    if (phase.alpha < 1) n.alpha = cgm_constant(g, phase.alpha, CGM_SCALAR);
    return n;
}

void cgm_gan_say_level(const gan *m)
{
    const gan_networks *n = &m->networks;
    if (!n->shape.growing || cgm_gan_growth_is_whole(&m->growth)) return;
    long long side = (long long)cgm_gan_level_side((int)m->growth.level);
    char fading[48] = "";
    if (m->growth.alpha < 1) snprintf(fading, sizeof fading, ", faded in by %.2f", m->growth.alpha);
    cgm_sink_log(m->sink, CGM_LOG_WARNING,
                 "%s: training ended before the networks were grown: its images have %lld x %lld pixels%s, enlarged to "
                 "%d x %d (lower fade and stable, or train longer)",
                 m->variable->name, side, side, fading, m->variable->height, m->variable->width);
}
