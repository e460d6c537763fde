/* Fits y = a x + b to four points by gradient descent: a graph, its gradients, a program, and the update outside. */
#include <cgm.h>
#include <math.h>
#include <stdio.h>

#define POINTS 4

static cgm_status fit(double *slope, double *intercept)
{
    const cgm_real x_data[POINTS] = {0, 1, 2, 3}, y_data[POINTS] = {1, 3, 5, 7};
    cgm_real a_data = 0, b_data = 0;
    cgm_graph *graph = NULL;
    cgm_program *program = NULL;
    cgm_workspace *workspace = NULL;
    cgm_status status = CGM_OK;

    CGM_TRY_GOTO(cgm_graph_create(&graph), done);
    cgm_node x = cgm_input(graph, "x", CGM_SHAPE(POINTS)), y = cgm_input(graph, "y", CGM_SHAPE(POINTS));
    cgm_node parameters[2] = {cgm_input(graph, "a", CGM_SHAPE(1)), cgm_input(graph, "b", CGM_SHAPE(1))};
    cgm_node line = cgm_add(graph, cgm_mul(graph, parameters[0], x), parameters[1]);
    cgm_node loss = cgm_sum_all(graph, cgm_square(graph, cgm_sub(graph, y, line)));
    cgm_node gradients[2];
    CGM_TRY_GOTO(cgm_graph_gradients(graph, loss, 2, parameters, gradients), done);

    CGM_TRY_GOTO(cgm_program_compile(graph, 2, gradients, NULL, &program), done);
    CGM_TRY_GOTO(cgm_workspace_create(program, &workspace), done);
    cgm_workspace_bind(workspace, x, x_data);
    cgm_workspace_bind(workspace, y, y_data);
    cgm_workspace_bind(workspace, parameters[0], &a_data);
    cgm_workspace_bind(workspace, parameters[1], &b_data);
    for (int step = 0; step < 500; step++) {
        CGM_TRY_GOTO(cgm_program_run(program, workspace), done);
        a_data -= (cgm_real)0.02 * cgm_workspace_get(workspace, gradients[0])[0];
        b_data -= (cgm_real)0.02 * cgm_workspace_get(workspace, gradients[1])[0];
    }
    *slope = a_data;
    *intercept = b_data;
done:
    cgm_workspace_destroy(workspace);
    cgm_program_destroy(program);
    cgm_graph_destroy(graph);
    return status;
}

int main(void)
{
    double slope = 0, intercept = 0;
    if (fit(&slope, &intercept) != CGM_OK) {
        fprintf(stderr, "fit: %s\n", cgm_error_message());
        return 1;
    }
    printf("y = %.3f x + %.3f\n", slope, intercept);
    return fabs(slope - 2) < 1e-3 && fabs(intercept - 1) < 1e-3 ? 0 : 1;
}
