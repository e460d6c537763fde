#include "scm/runs/image_generator.h"

#include "scm/object.h"

static cgm_status find_only(const cgm_scm *scm, size_t *variable)
{
    size_t found = 0;
    for (size_t v = 0; v < cgm_scm_count(scm); v++) {
        if (cgm_scm_variable(scm, v)->type != CGM_IMAGE) continue;
        if (found++)
            return CGM_FAIL(CGM_E_ARG, "the model has several images, '%s' and '%s'; expected RUN:NAME",
                            cgm_scm_variable(scm, *variable)->name, cgm_scm_variable(scm, v)->name);
        *variable = v;
    }
    return found ? CGM_OK : CGM_FAIL(CGM_E_ARG, "no variable of the model is an image");
}

cgm_status cgm_run_image_generator(const cgm_run *run, const char *variable, cgm_image_generator *out)
{
    const cgm_scm *scm = cgm_run_scm(run);
    cgm_run_progress progress;
    size_t v = 0;
    if (variable)
        CGM_TRY(cgm_scm_lookup(scm, variable, &v));
    else
        CGM_TRY(find_only(scm, &v));
    const cgm_variable *x = cgm_scm_variable(scm, v);
    cgm_mechanism *m = cgm_scm_mechanism(scm, v);
    if (x->type != CGM_IMAGE)
        return CGM_FAIL(CGM_E_ARG, "'%s' is %s; expected an image", x->name, cgm_variable_noun(x));
    if (!m->methods->generator)
        return CGM_FAIL(CGM_E_UNSUPPORTED, "the mechanism of '%s' is %s %s; expected a gan, a cvae or an hvae", x->name,
                        cgm_scm_article(m->methods->kind), m->methods->kind);
    cgm_run_get_progress(run, v, &progress);
    if (!progress.finished)
        return CGM_FAIL(CGM_E_CONFIG, "'%s' is not trained to its end; cgm train --resume goes on", x->name);
    return m->methods->generator(m, out);
}
