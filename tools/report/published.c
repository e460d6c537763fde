/* Published figures on MorphoMNIST, beside those of this run. Cells are as printed in their source. */
#include <math.h>
#include <string.h>

#include "tools/report/report.h"

enum { MOST_CELLS = 12 };

/* Where a column finds this run's figure. */
typedef struct figure {
    const char *heading, *metric, *treatment, *attribute, *by; /* by: how "by" begins, or NULL */
    size_t after;                                              /* 1; 0: no cycles */
} figure;

typedef struct model {
    const char *name;
    const char *cell[MOST_CELLS];
} model;

typedef struct published {
    const char *caption, *protocol; /* protocol: that the figures are under, NULL: they do not depend on it */
    size_t n_figures;
    const figure *figure;
    size_t n_models;
    const model *model;
} published;

/* Melistas et al., "Benchmarking counterfactual image generation", NeurIPS 2024 (arXiv 2403.20287): figures of the
 * first author's slides of June 2024, gulnazaki/presentations c588244. In brackets the deviations that stand there. */
#define BENCHMARK "Melistas et al. 2024 (arXiv 2403.20287; slides of June 2024)"

static const figure composition[] = {{"L1 after 1", "composition L1", NULL, NULL, NULL, 1},
                                     {"L1 after 10", "composition L1", NULL, NULL, NULL, 10}};
static const model composition_models[] = {{"VAE", {"2.600 (1.454)", "7.698 (4.199)"}},
                                           {"HVAE, fine-tuned", {"0.438 (0.178)", "1.550 (0.541)"}},
                                           {"GAN", {"3.807 (1.822)", "11.697 (5.750)"}}};

#define ERROR "effectiveness error"
#define ACCURACY "effectiveness accuracy"
static const figure effectiveness[] = {{"thickness, do(t)", ERROR, "thickness", "thickness", "predictor", 0},
                                       {"do(i)", ERROR, "intensity", "thickness", "predictor", 0},
                                       {"do(y)", ERROR, "digit", "thickness", "predictor", 0},
                                       {"intensity, do(t)", ERROR, "thickness", "intensity", "predictor", 0},
                                       {"do(i)", ERROR, "intensity", "intensity", "predictor", 0},
                                       {"do(y)", ERROR, "digit", "intensity", "predictor", 0},
                                       {"digit, do(t)", ACCURACY, "thickness", "digit", "predictor", 0},
                                       {"do(i)", ACCURACY, "intensity", "digit", "predictor", 0},
                                       {"do(y)", ACCURACY, "digit", "digit", "predictor", 0}};
static const model effectiveness_models[] = {
    {"VAE",
     {"0.109 (.01)", "0.333 (.02)", "0.139 (.01)", "3.15 (.26)", "5.33 (.29)", "4.64 (.35)", "0.989 (.01)",
      "0.988 (.01)", "0.775 (.02)"}},
    {"HVAE, fine-tuned",
     {"0.086 (.09, so printed)", "0.224 (.03)", "0.117 (.01)", "1.99 (.18)", "3.52 (.26)", "2.10 (.17)", "0.985 (.01)",
      "0.935 (.02)", "0.972 (.02)"}},
    {"GAN",
     {"0.228 (.01)", "0.680 (.02)", "0.393 (.02)", "9.43 (.59)", "15.14 (.99)", "12.39 (.57)", "0.961 (.02)",
      "0.966 (.01)", "0.451 (.024)"}}};

/* An independent run of De Sousa Ribeiro et al.'s evaluation notebook with a rectified flow as image model, 2 seeds:
 * GeorgeT27/causal-retified-flow 2e30150, src/notebook/eval_flow_matching_exp.txt, its last block. */
#define NOTEBOOK                                                                                                       \
    "a rectified flow, evaluated by the notebook of De Sousa Ribeiro et al. 2023 (GeorgeT27/causal-retified-flow "     \
    "2e30150)"

#define NOTEBOOK_FIGURES(name)                                                                                         \
    {                                                                                                                  \
        {"digit accuracy", ACCURACY, name, "digit", "predictor", 0},                                                   \
            {"thickness, predicted", ERROR, name, "thickness", "predictor", 0},                                        \
            {"measured", ERROR, name, "thickness", "measure", 0},                                                      \
            {"intensity, predicted", ERROR, name, "intensity", "predictor", 0},                                        \
        {                                                                                                              \
            "measured", ERROR, name, "intensity", "measure", 0                                                         \
        }                                                                                                              \
    }
static const figure under_thickness[] = NOTEBOOK_FIGURES("thickness"),
                    under_intensity[] = NOTEBOOK_FIGURES("intensity"), under_digit[] = NOTEBOOK_FIGURES("digit");
static const model thickness_model = {"rectified flow", {"0.9915", "0.160", "0.183", "2.28", "2.63"}};
static const model intensity_model = {"rectified flow", {"0.9907", "0.135", "0.121", "2.86", "1.82"}};
static const model digit_model = {"rectified flow", {"0.6928", "0.121", "0.208", "2.88", "2.72"}};

#define TABLE(caption, protocol, figures, n_models, models)                                                            \
    {                                                                                                                  \
        caption, protocol, sizeof(figures) / sizeof *(figures), figures, n_models, models                              \
    }
static const published tables[] = {
    TABLE("Composition on MorphoMNIST, grey levels, beside " BENCHMARK, NULL, composition, 3, composition_models),
    TABLE("Effectiveness on MorphoMNIST, values in another bin, beside " BENCHMARK
          ": mean absolute errors and accuracy by "
          "predictors under do(thickness), do(intensity), do(digit)",
          "bins", effectiveness, 3, effectiveness_models),
    TABLE("do(thickness) on MorphoMNIST, permuted values, beside " NOTEBOOK, "permuted", under_thickness, 1,
          &thickness_model),
    TABLE("do(intensity) on MorphoMNIST, permuted values, beside " NOTEBOOK, "permuted", under_intensity, 1,
          &intensity_model),
    TABLE("do(digit) on MorphoMNIST, permuted values, beside " NOTEBOOK, "permuted", under_digit, 1, &digit_model)};

/* ---- This run's row ---- */

static const char *protocol_of(const json_t *answer)
{
    return report_text_at(json_object_get(answer, "query"), "protocol");
}

/* An evaluation under the protocol; a CSV file does not say under which it is, so it counts where it is the only one.
 */
static const json_t *find_evaluation(const report *r, const char *protocol)
{
    const json_t *answer;
    for (size_t n = 0; (answer = report_answer(r, "evaluate", n)); n++) {
        if (!protocol || strcmp(protocol_of(answer), protocol) == 0) return answer;
        const char *name = report_text_at(answer, "file");
        if (!protocol_of(answer)[0] && strstr(name, protocol)) return answer;
    }
    return NULL;
}

static json_t *figure_of(const json_t *rows, const figure *x)
{
    size_t i;
    const json_t *row;
    double noise = report_noise(rows);
    json_array_foreach((json_t *)rows, i, row)
    {
        if (!report_is(row, x->metric, x->treatment, x->attribute, noise, x->after)) continue;
        if (x->by && strncmp(report_text_at(row, "by"), x->by, strlen(x->by)) != 0) continue;
        return json_sprintf("%.4g", json_number_value(json_object_get(row, "value")));
    }
    return json_null();
}

static json_t *row_of(const published *t, const json_t *rows, const model *m)
{
    char key[24];
    json_t *row = json_pack("{s:s}", "model", m ? m->name : "this run");
    for (size_t k = 0; k < t->n_figures; k++) {
        snprintf(key, sizeof key, "%zu", k);
        json_object_set_new(row, key, m ? json_string(m->cell[k]) : figure_of(rows, &t->figure[k]));
    }
    return row;
}

static cgm_status write_table(report *r, const published *t, const json_t *evaluation)
{
    char key[MOST_CELLS][24];
    tool_column columns[MOST_CELLS + 1] = {{"model", "model", NULL, false}};
    const json_t *asked = json_object_get(evaluation, "answer");
    json_t *rows = json_array();
    for (size_t k = 0; k < t->n_figures; k++) {
        snprintf(key[k], sizeof key[k], "%zu", k);
        columns[k + 1] = (tool_column){key[k], t->figure[k].heading, NULL, false};
    }
    json_array_append_new(rows, row_of(t, asked, NULL));
    for (size_t k = 0; k < t->n_models; k++) json_array_append_new(rows, row_of(t, asked, &t->model[k]));
    cgm_status status = html_table(r->f, t->caption, t->n_figures + 1, columns, rows);
    json_decref(rows);
    return status;
}

bool report_is_morphomnist(const report *r)
{
    static const char *const names[] = {"thickness", "intensity", "digit"};
    const cgm_scm *scm = cgm_run_scm(r->run);
    cgm_run_facts facts;
    cgm_run_get_facts(r->run, &facts);
    if (strncmp(facts.data, "strokes", 7) == 0) return false;
    for (size_t k = 0; k < 3; k++)
        if (cgm_scm_find(scm, names[k]) < 0) return false;
    return true;
}

cgm_status report_published(report *r)
{
    if (!report_is_morphomnist(r)) {
        html_element(r->f, "p",
                     "No published figures are known for these data; those that cgm knows are of MorphoMNIST.");
        return CGM_OK;
    }
    html_element(r->f, "h3", "Beside published figures");
    html_element(
        r->f, "p",
        "They compare where the data are the same: Morpho-MNIST with thickness and intensity, all 60,000 "
        "training and 10,000 test images, and judges of their own. No published table of De Sousa Ribeiro et "
        "al. 2023 on these data is known to cgm. FID and CLD are not compared, as they are of other features.");
    for (size_t k = 0; k < sizeof tables / sizeof *tables; k++)
        CGM_TRY(write_table(r, &tables[k], find_evaluation(r, tables[k].protocol)));
    return CGM_OK;
}
