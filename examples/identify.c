/* Builds the graph of the front-door criterion, smoking -> tar -> cancer with a hidden cause of smoking and cancer,
 * asks for the effect's formula, and computes it from a table of what is observed. */
#include <cgm.h>
#include <stdio.h>

/* P(smoking, tar, cancer) that might have been observed. */
static const double joint[2][2][2] = {{{0.40, 0.06}, {0.03, 0.01}}, {{0.04, 0.01}, {0.28, 0.17}}};

static cgm_status build(cgm_dag *dag, size_t *smoking, size_t *cancer)
{
    size_t tar;
    CGM_TRY(cgm_dag_add(dag, "smoking", smoking));
    CGM_TRY(cgm_dag_add(dag, "tar", &tar));
    CGM_TRY(cgm_dag_add(dag, "cancer", cancer));
    CGM_TRY(cgm_dag_connect(dag, *smoking, tar));
    CGM_TRY(cgm_dag_connect(dag, tar, *cancer));
    CGM_TRY(cgm_dag_confound(dag, *smoking, *cancer));
    return cgm_dag_finish(dag);
}

static cgm_status ask(cgm_dag *dag, cgm_arena *arena)
{
    uint64_t x[CGM_SET_WORDS] = {0}, y[CGM_SET_WORDS] = {0};
    const size_t levels[3] = {2, 2, 2};
    size_t smoking, cancer;
    double effect[2][2]; /* P(cancer | do(smoking)), by smoking and cancer */
    const char *query, *text;
    cgm_identification found;
    CGM_TRY(build(dag, &smoking, &cancer));
    cgm_set_add(x, smoking);
    cgm_set_add(y, cancer);
    CGM_TRY(cgm_identify(dag, x, y, NULL, arena, &found));
    CGM_TRY(cgm_formula_write_query(&found.formula, CGM_FORMULA_TEXT, arena, &query));
    CGM_TRY(cgm_formula_write(&found.formula, CGM_FORMULA_TEXT, arena, &text));
    CGM_TRY(cgm_formula_evaluate(&found.formula, levels, &joint[0][0][0], &effect[0][0]));
    printf("%s = %s\ncancer: %.4f under do(smoking = 1), %.4f under do(smoking = 0)\n", query, text, effect[1][1],
           effect[0][1]);
    return CGM_OK;
}

int main(void)
{
    cgm_arena arena = {0};
    cgm_dag *dag = NULL;
    cgm_status status = cgm_dag_create(&dag);
    if (status == CGM_OK) status = ask(dag, &arena);
    if (status != CGM_OK) fprintf(stderr, "%s\n", cgm_error_message());
    cgm_arena_clear(&arena);
    cgm_dag_destroy(dag);
    return status == CGM_OK ? 0 : 1;
}
