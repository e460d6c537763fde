/* Fits a model of two scalars, thickness -> intensity, to generated data, and asks of one row: what would its intensity
 * be, had it been drawn with thickness 3.5? Abduction, action, prediction; then the true answer, which the generator
 * knows. */
#include <cgm.h>
#include <math.h>
#include <stdio.h>

static const char *const config_text = "data: {make: strokes, n: 3000, seed: 1, test: 100}\n"
                                       "graph:\n"
                                       "  thickness: {type: continuous, range: [0.5, 12]}\n"
                                       "  intensity: {type: continuous, range: [64, 255], parents: [thickness]}\n";

/* The row's intensity before and after do(thickness = 3.5), and after it in truth. */
typedef struct answer {
    double factual, counterfactual, truth;
} answer;

static cgm_status ask(const cgm_scm *scm, const cgm_dataset *data, size_t row, answer *out)
{
    cgm_world *factual = NULL, *counterfactual = NULL;
    cgm_intervention action;
    cgm_rng rng = cgm_rng_create(1);
    size_t intensity = (size_t)cgm_scm_find_node(scm, "intensity");
    cgm_status status = CGM_OK;

    CGM_TRY_GOTO(cgm_world_create(scm, 1, &factual), done);
    CGM_TRY_GOTO(cgm_world_create(scm, 1, &counterfactual), done);
    CGM_TRY_GOTO(cgm_world_read(scm, data, &row, factual), done);
    CGM_TRY_GOTO(cgm_scm_abduct(scm, &rng, NULL, factual), done);
    CGM_TRY_GOTO(cgm_scm_parse_intervention(scm, "thickness=3.5", &action), done);
    CGM_TRY_GOTO(cgm_scm_predict(scm, factual, 1, &action, NULL, counterfactual), done);
    out->factual = factual->value[intensity].data[0];
    out->counterfactual = counterfactual->value[intensity].data[0];
    const cgm_assignment same = {.variable = "thickness", .value = 3.5};
    CGM_TRY_GOTO(cgm_dataset_truth(data, 1, &same, "intensity", 1, &row, &out->truth), done);
done:
    cgm_world_destroy(counterfactual);
    cgm_world_destroy(factual);
    return status;
}

static cgm_status fit_and_ask(const char *run_file, answer *out)
{
    cgm_config *config = NULL;
    cgm_run *run = NULL;
    size_t begin, n;
    cgm_status status = CGM_OK;

    CGM_TRY_GOTO(cgm_config_parse(config_text, "example", &config), done);
    CGM_TRY_GOTO(cgm_run_create(config, &(cgm_run_opts){.threads = 1}, &run), done);
    CGM_TRY_GOTO(cgm_run_train(run, run_file), done);
    cgm_dataset_split(cgm_run_data(run), CGM_TEST, &begin, &n);
    CGM_TRY_GOTO(ask(cgm_run_scm(run), cgm_run_data(run), begin, out), done);
done:
    cgm_run_destroy(run);
    cgm_config_destroy(config);
    return status;
}

int main(int argc, char **argv)
{
    const char *run_file = argc > 1 ? argv[1] : "example.h5";
    answer a = {NAN, NAN, NAN};
    if (fit_and_ask(run_file, &a) != CGM_OK) {
        fprintf(stderr, "counterfactual: %s\n", cgm_error_message());
        return 1;
    }
    printf("intensity %.1f; had thickness been 3.5: %.1f; in truth: %.1f\n", a.factual, a.counterfactual, a.truth);
    return fabs(a.counterfactual - a.truth) < 5 ? 0 : 1;
}
