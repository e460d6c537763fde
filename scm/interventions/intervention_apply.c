/* What interventions make of values. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scm/formula/expression_priv.h"
#include "scm/interventions/intervention.h"

/* Whether the names of a term have all turned out to be numbers. */
static bool is_number(const scm_term *term)
{
    const char *const *names;
    for (size_t k = cgm_expression_names(term->e, &names); k-- > 0;)
        if (term->node[k] != SIZE_MAX) return false;
    return true;
}

bool cgm_scm_do_is_affine(const cgm_scm *scm, const cgm_intervention *x)
{
    const cgm_variable *v = &scm->variable[scm->node[x->node].variable].variable;
    if (!x->rule) return true;
    if (x->rule->condition.e || x->kind == CGM_DO_DRAW || v->type != CGM_CONTINUOUS || v->bounded) return false;
    if (x->kind != CGM_DO_FUNCTION) return true;
    bool factor = x->rule->how == SCM_TIMES || x->rule->how == SCM_OVER;
    return factor ? is_number(x->rule->term) : cgm_formula_is_affine(x->rule->term->e);
}

/* The inputs of a function from row i on. */
static void bind(const scm_term *term, const cgm_intervention *x, const scm_do_rows *rows, size_t i,
                 cgm_expression_input *inputs)
{
    const char *const *names;
    for (size_t k = cgm_expression_names(term->e, &names); k-- > 0;) {
        size_t node = term->node[k];
        if (node == SIZE_MAX) continue;
        const double *values = node == x->node ? rows->natural : rows->seen(rows->context, node);
        inputs[k] = (cgm_expression_input){values + i, 1};
    }
}

static cgm_status apply_condition(const scm_term *condition, const scm_do_rows *rows, bool *acts)
{
    cgm_expression_input inputs[CGM_EXPRESSION_MAX_NAMES];
    const char *const *names;
    double holds[SCM_CHUNK];
    for (size_t i = 0; i < rows->n; i++) acts[i] = true;
    if (!condition->e) return CGM_OK;
    for (size_t k = cgm_expression_names(condition->e, &names); k-- > 0;)
        if (condition->node[k] != SIZE_MAX)
            inputs[k] = (cgm_expression_input){rows->observed->value[condition->node[k]].data + rows->begin, 1};
    cgm_expression_evaluate(condition->e, rows->n, inputs, holds);
    for (size_t i = 0; i < rows->n; i++) {
        if (isnan(holds[i]))
            return CGM_FAIL(CGM_E_ARG, "row %zu: its condition is not defined", rows->first + rows->begin + i);
        acts[i] = holds[i] != 0;
    }
    return CGM_OK;
}

static void apply_function(const cgm_intervention *x, const scm_do_rows *rows, double *out)
{
    cgm_expression_input inputs[CGM_EXPRESSION_MAX_NAMES];
    double f[SCM_CHUNK];
    bind(x->rule->term, x, rows, 0, inputs);
    cgm_expression_evaluate(x->rule->term->e, rows->n, inputs, f);
    for (size_t i = 0; i < rows->n; i++) {
        double natural = rows->natural[i];
        switch (x->rule->how) {
        case SCM_BECOMES:
            out[i] = f[i];
            break;
        case SCM_PLUS:
            out[i] = natural + f[i];
            break;
        case SCM_MINUS:
            out[i] = natural - f[i];
            break;
        case SCM_TIMES:
            out[i] = natural * f[i];
            break;
        case SCM_OVER:
            out[i] = natural / f[i];
            break;
        }
    }
}

/* A draw for each row that is acted on, each from a stream of its own. */
static cgm_status apply_draw(const cgm_scm *scm, const cgm_intervention *x, const scm_do_rows *rows, const bool *acts,
                             double *out)
{
    const cgm_do_rule *rule = x->rule;
    cgm_expression_input inputs[CGM_EXPRESSION_MAX_NAMES];
    cgm_rng all = cgm_rng_split(rows->draws, "do"), stream = cgm_rng_split(&all, scm->node[x->node].name);
    if (x->to >= 0) stream = cgm_rng_split(&stream, scm->node[x->to].name);
    double *p = calloc(rule->n_terms, sizeof *p);
    cgm_status status = p ? CGM_OK : CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu parameters", rule->n_terms);
    for (size_t i = 0; status == CGM_OK && i < rows->n; i++) {
        if (!acts[i]) continue;
        for (size_t k = 0; !rule->draw.fixed && k < rule->n_terms; k++) {
            bind(&rule->term[k], x, rows, i, inputs);
            cgm_expression_evaluate(rule->term[k].e, 1, inputs, &p[k]);
        }
        cgm_rng row = cgm_rng_split_index(&stream, rows->first + rows->begin + i);
        status = cgm_draw_sample(&rule->draw, p, &row, &out[i]);
        if (status != CGM_OK) status = cgm_fail_context(status, "row %zu", rows->first + rows->begin + i);
    }
    free(p);
    return status;
}

static cgm_status apply(const cgm_scm *scm, const cgm_intervention *x, const scm_do_rows *rows, double *out, bool *acts)
{
    double made[SCM_CHUNK];
    CGM_TRY(apply_condition(x->rule ? &x->rule->condition : &(scm_term){0}, rows, acts));
    if (x->kind == CGM_DO_FUNCTION)
        apply_function(x, rows, made);
    else if (x->kind == CGM_DO_DRAW)
        CGM_TRY(apply_draw(scm, x, rows, acts, made));
    else
        for (size_t i = 0; i < rows->n; i++) made[i] = x->values ? x->values[rows->begin + i] : x->value;
    for (size_t i = 0; i < rows->n; i++) {
        out[i] = acts[i] ? made[i] : rows->natural[i];
        /* Values that are given were checked before the query. */
        bool check = acts[i] && (x->kind == CGM_DO_FUNCTION || x->kind == CGM_DO_DRAW);
        cgm_status status = check ? cgm_scm_check_node_value(scm, x->node, out[i]) : CGM_OK;
        if (status != CGM_OK) return cgm_fail_context(status, "row %zu", rows->first + rows->begin + i);
    }
    return CGM_OK;
}

cgm_status cgm_scm_do_apply(const cgm_scm *scm, const cgm_intervention *x, const scm_do_rows *rows, double *out,
                            bool *acts)
{
    cgm_status status = apply(scm, x, rows, out, acts);
    if (status == CGM_OK) return CGM_OK;
    return cgm_fail_context(status, "do(%s)", x->text ? x->text : scm->node[x->node].name);
}

cgm_status cgm_scm_do_values(const cgm_scm *scm, const cgm_intervention *x, const cgm_world *factual,
                             const cgm_world *world, const cgm_rng *draws, double *out)
{
    const double *values = world->value[x->node].data;
    bool acts[SCM_CHUNK];
    if (x->to < 0) {
        memcpy(out, values, world->n * sizeof *out);
        return CGM_OK;
    }
    for (size_t begin = 0; begin < world->n; begin += SCM_CHUNK) {
        scm_do_rows rows = {.first = world->first,
                            .begin = begin,
                            .n = world->n - begin < SCM_CHUNK ? world->n - begin : SCM_CHUNK,
                            .natural = values + begin,
                            .observed = factual ? factual : world,
                            .draws = draws};
        CGM_TRY(cgm_scm_do_apply(scm, x, &rows, out + begin, acts));
    }
    return CGM_OK;
}
