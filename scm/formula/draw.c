#include "scm/formula/draw.h"

#include <string.h>

#include "scm/formula/distribution_priv.h"
#include "scm/formula/expression_priv.h"

static cgm_status read_parameters(formula_source *s, cgm_arena *arena, cgm_draw *draw)
{
    size_t most = 1;
    if (s->text[cgm_formula_skip(s)] != '(') return cgm_formula_fail(s->what, s->text, s->at, "expected '('");
    for (const char *c = s->text + s->at; *c; c++) most += *c == ',';
    if (most > FORMULA_MAX_PARAMETERS) most = FORMULA_MAX_PARAMETERS;
    draw->parameter = cgm_arena_array(arena, most, sizeof *draw->parameter);
    draw->where = cgm_arena_array(arena, most + 1, sizeof *draw->where);
    if (!draw->parameter || !draw->where) return CGM_E_MEMORY;
    do {
        s->at++;
        if (draw->n == most) return cgm_formula_fail(s->what, s->text, s->at, "expected at most 1000 parameters");
        draw->where[draw->n] = cgm_formula_skip(s);
        CGM_TRY(cgm_formula_parse_part(s->text, s->what, &s->at, arena, &draw->parameter[draw->n]));
        draw->n++;
    } while (s->text[s->at] == ',');
    if (s->text[s->at] != ')') return cgm_formula_fail(s->what, s->text, s->at, "expected ',' or ')'");
    draw->where[draw->n] = s->at++;
    if (draw->row->n && draw->row->n != draw->n)
        return cgm_formula_fail(s->what, s->text, draw->where[draw->n], "expected %zu parameter%s in %s(%s), got %zu",
                                draw->row->n, draw->row->n > 1 ? "s" : "", draw->row->name, draw->row->parameters,
                                draw->n);
    return CGM_OK;
}

cgm_status cgm_draw_parse(const char *text, const char *what, size_t *at, cgm_arena *arena, cgm_draw *out)
{
    formula_source s = {.what = what, .text = text, .at = *at};
    cgm_draw draw = {0};
    CGM_TRY(cgm_formula_find_family(&s, &draw.row));
    CGM_TRY(read_parameters(&s, arena, &draw));
    *at = s.at;
    *out = draw;
    return CGM_OK;
}

cgm_status cgm_draw_fix(cgm_draw *draw, cgm_arena *arena)
{
    char text[160];
    size_t which;
    for (size_t k = 0; k < draw->n; k++)
        for (size_t name = 0; name < draw->parameter[k]->n_names; name++)
            if (draw->parameter[k]->count[name] > 0) return CGM_OK;
    double *fixed = cgm_arena_array(arena, draw->n, sizeof *fixed);
    if (!fixed) return CGM_E_MEMORY;
    for (size_t k = 0; k < draw->n; k++) cgm_expression_evaluate(draw->parameter[k], 1, NULL, &fixed[k]);
    const char *reason = cgm_formula_check_parameters(draw->row, draw->n, fixed, &which, sizeof text, text);
    const cgm_expression *first = draw->parameter[0];
    if (reason) return cgm_formula_fail(first->what, first->text, draw->where[which], "%s", reason);
    draw->fixed = fixed;
    return CGM_OK;
}

cgm_status cgm_draw_sample(const cgm_draw *draw, double *p, cgm_rng *rng, double *out)
{
    char text[160];
    size_t which;
    if (draw->fixed) {
        p = draw->fixed;
    } else {
        const char *reason = cgm_formula_check_parameters(draw->row, draw->n, p, &which, sizeof text, text);
        if (reason) return CGM_FAIL(CGM_E_ARG, "%s", reason);
    }
    cgm_distribution d = {.row = draw->row, .n = draw->n, .p = p};
    *out = cgm_distribution_sample(&d, rng);
    return CGM_OK;
}
