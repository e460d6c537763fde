/* What is asked: which images of which predictor are attacked how, and whether that can be. */
#include <string.h>

#include "scm/attacks/attack_priv.h"

#define USUAL_IMAGES 100
#define USUAL_EPSILON 8

static cgm_status check_bound(const attacking *a)
{
    const cgm_attack_opts *o = a->opts;
    const char *name = a->method->name;
    if (!(o->epsilon >= 0 && o->epsilon <= 255))
        return CGM_FAIL(CGM_E_ARG, "epsilon: %g; expected a number of grey levels up to 255", o->epsilon);
    if (o->epsilon > 0 && !a->method->bounded)
        return CGM_FAIL(CGM_E_ARG,
                        "epsilon: %s looks for the nearest image, within no bound; expected fgsm, "
                        "iterative_fgsm or surrogate as the method",
                        name);
    if (o->iterations > 0 && !a->method->steps)
        return CGM_FAIL(CGM_E_ARG, "iterations: %s makes one step; expected another method", name);
    if (o->surrogate && !a->method->transfers)
        return CGM_FAIL(CGM_E_ARG, "surrogate: %s asks the predictor itself; expected surrogate as the method", name);
    return CGM_OK;
}

static cgm_status read_target(attacking *a, const cgm_variable *attribute)
{
    double value;
    a->question.target = -1;
    if (!a->opts->target) return CGM_OK;
    if (!cgm_variable_has_levels(attribute))
        return CGM_FAIL(CGM_E_ARG,
                        "target: '%s' is continuous, and its error is made larger; expected an attribute "
                        "with levels",
                        attribute->name);
    if (cgm_variable_parse(attribute, a->opts->target, &value) != CGM_OK ||
        cgm_variable_check(attribute, value) != CGM_OK)
        return cgm_fail_context(CGM_E_ARG, "target");
    a->question.target = (int)value;
    return CGM_OK;
}

/* That the surrogate reads the same of the same image. */
static cgm_status find_surrogate(attacking *a)
{
    const cgm_predictor *judge = a->judge.response.predictor;
    cgm_predictor *p;
    if (!a->opts->surrogate) return CGM_OK;
    CGM_TRY(cgm_run_lookup_predictor(a->run, "surrogate", a->opts->surrogate, &p));
    if (p == judge)
        return CGM_FAIL(CGM_E_ARG, "surrogate: \"%s\" is what is attacked; expected another predictor", p->name);
    if (p->attribute != judge->attribute || p->image != judge->image)
        return CGM_FAIL(CGM_E_ARG, "surrogate: \"%s\" reads %s off %s; expected a predictor that reads %s off %s",
                        p->name, p->attribute->name, p->image->name, judge->attribute->name, judge->image->name);
    a->surrogate.response.predictor = p;
    return CGM_OK;
}

static cgm_status choose_rows(attacking *a)
{
    CGM_TRY(cgm_run_load_data(a->run));
    return cgm_dataset_choose(a->run->data, &a->opts->rows, USUAL_IMAGES, &a->arena, &a->n, &a->row);
}

cgm_status cgm_attack_plan(attacking *a)
{
    const cgm_attack_opts *o = a->opts;
    cgm_predictor *judge;
    CGM_TRY(cgm_attack_find_method(o->method ? o->method : "fgsm", &a->method));
    CGM_TRY(cgm_run_choose_predictor(a->run, o->predictor, &judge));
    a->judge.response.predictor = judge;
    if (!a->method->continuous && !cgm_variable_has_levels(judge->attribute))
        return CGM_FAIL(CGM_E_ARG,
                        "method: %s changes which level is read, and '%s' is continuous; expected fgsm, iterative_fgsm "
                        "or surrogate, which make its error larger",
                        a->method->name, judge->attribute->name);
    CGM_TRY(check_bound(a));
    CGM_TRY(read_target(a, judge->attribute));
    CGM_TRY(find_surrogate(a));
    a->question.epsilon = !a->method->bounded ? 0 : o->epsilon > 0 ? o->epsilon : USUAL_EPSILON;
    a->question.iterations = o->iterations;
    if (!o->iterations && a->method->steps) a->question.iterations = a->method->steps(a->question.epsilon);
    if (o->out && cgm_csv_is_named(o->out))
        return CGM_FAIL(CGM_E_ARG, "out: %s: images are written as HDF5; expected a name that ends in .h5", o->out);
    return choose_rows(a);
}
