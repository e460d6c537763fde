/* The table of methods, and what they share. */
#include "scm/explain/method.h"

#include <string.h>

#include "config/config.h"

#define ROW(name) &cgm_explain_method_##name,
static const explain_method *const methods[] = {EXPLAIN_METHOD_TABLE(ROW)};
#undef ROW
enum { N_METHODS = sizeof methods / sizeof *methods };

const char *cgm_explain_method(size_t i)
{
    return i < N_METHODS ? methods[i]->name : NULL;
}

const char *cgm_explain_method_doc(size_t i)
{
    return i < N_METHODS ? methods[i]->doc : NULL;
}

cgm_status cgm_explain_find_method(const char *name, const explain_method **out)
{
    const char *names[N_METHODS];
    for (size_t i = 0; i < N_METHODS; i++) {
        names[i] = methods[i]->name;
        if (strcmp(name, names[i]) == 0) {
            *out = methods[i];
            return CGM_OK;
        }
    }
    const char *near = cgm_nearest_word(name, N_METHODS, names);
    if (near) return CGM_FAIL(CGM_E_ARG, "method: there is no \"%s\"; did you mean \"%s\"?", name, near);
    return CGM_FAIL(CGM_E_ARG,
                    "method: there is no \"%s\"; expected saliency, guided_backpropagation, deconvnet, grad_cam, "
                    "guided_grad_cam, occlusion, lime, shap, activation_maximisation or inversion",
                    name);
}

cgm_status cgm_explain_go_on(const explain_task *t)
{
    return t->stop && *t->stop ? CGM_FAIL(CGM_E_INTERRUPTED, "stopped") : CGM_OK;
}

void cgm_explain_take_away(const explain_task *t, const double *image, const bool *away, double *variant)
{
    size_t plane = (size_t)t->image->height * (size_t)t->image->width;
    for (size_t i = 0; i < t->width; i++) variant[i] = away[i % plane] ? t->baseline : image[i];
}
