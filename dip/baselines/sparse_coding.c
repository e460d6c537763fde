#include "dip/baselines/sparse_coding.h"

#include <math.h>
#include <string.h>

#define LEAST_NORM 1e-3 /* of an atom at the known pixels, below which it says nothing of them */

void cgm_dip_cosine_atoms(double *atoms)
{
    enum { WAVES = 16 };
    double line[WAVES][DIP_PATCH_SIDE];
    for (int k = 0; k < WAVES; k++) {
        double mean = 0, squares = 0;
        for (int i = 0; i < DIP_PATCH_SIDE; i++) mean += cos(M_PI * k * i / WAVES) / DIP_PATCH_SIDE;
        for (int i = 0; i < DIP_PATCH_SIDE; i++) {
            line[k][i] = cos(M_PI * k * i / WAVES) - (k ? mean : 0);
            squares += line[k][i] * line[k][i];
        }
        for (int i = 0; i < DIP_PATCH_SIDE; i++) line[k][i] /= sqrt(squares);
    }
    for (int i = 0; i < DIP_PATCH; i++)
        for (int k = 0; k < DIP_ATOMS; k++)
            atoms[i * DIP_ATOMS + k] = line[k / WAVES][i / DIP_PATCH_SIDE] * line[k % WAVES][i % DIP_PATCH_SIDE];
}

static double dot(const double *a, const double *b)
{
    double sum = 0;
    for (int i = 0; i < DIP_PATCH; i++) sum += a[i] * b[i];
    return sum;
}

/* A pursuit: what was chosen, orthogonalised at the known pixels, and the triangle that gives back the atoms. */
typedef struct pursuit {
    const double *atoms;
    const dip_patch *patch;
    int n, chosen[DIP_MOST_OF_ATOMS];
    double norm[DIP_ATOMS]; /* squared, of the atoms there */
    double basis[DIP_MOST_OF_ATOMS][DIP_PATCH], triangle[DIP_MOST_OF_ATOMS][DIP_MOST_OF_ATOMS];
    double share[DIP_MOST_OF_ATOMS]; /* of the patch along the basis */
} pursuit;

static void measure_atoms(pursuit *q)
{
    memset(q->norm, 0, sizeof q->norm);
    for (int i = 0; i < DIP_PATCH; i++) {
        const double *row = q->atoms + i * DIP_ATOMS;
        if (q->patch->known[i] == 0) continue;
        for (int k = 0; k < DIP_ATOMS; k++) q->norm[k] += row[k] * row[k];
    }
}

/* The atom that lies most along the residual; -1: none does. */
static int choose(const pursuit *q, const double *residual)
{
    double along[DIP_ATOMS] = {0}, most = 0;
    int best = -1;
    for (int i = 0; i < DIP_PATCH; i++) {
        const double *row = q->atoms + i * DIP_ATOMS;
        if (q->patch->known[i] == 0) continue;
        for (int k = 0; k < DIP_ATOMS; k++) along[k] += residual[i] * row[k];
    }
    for (int k = 0; k < DIP_ATOMS; k++) {
        if (q->norm[k] < LEAST_NORM * LEAST_NORM || along[k] * along[k] <= most * q->norm[k]) continue;
        most = along[k] * along[k] / q->norm[k];
        best = k;
    }
    return best;
}

/* Whether the atom adds a direction to the basis. Its part along the basis is taken off twice, for the rounding. */
static bool add(pursuit *q, int atom)
{
    int n = q->n;
    double *v = q->basis[n];
    for (int i = 0; i < DIP_PATCH; i++) v[i] = q->patch->known[i] * q->atoms[i * DIP_ATOMS + atom];
    for (int k = 0; k < n; k++) q->triangle[k][n] = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int k = 0; k < n; k++) {
            double part = dot(q->basis[k], v);
            q->triangle[k][n] += part;
            for (int i = 0; i < DIP_PATCH; i++) v[i] -= part * q->basis[k][i];
        }
    double norm = sqrt(dot(v, v));
    if (norm < LEAST_NORM) return false;
    for (int i = 0; i < DIP_PATCH; i++) v[i] /= norm;
    q->triangle[n][n] = norm;
    q->chosen[n] = atom;
    q->n++;
    return true;
}

/* From shares of the basis to weights of atoms. */
static void solve(const pursuit *q, dip_code *out)
{
    out->n = q->n;
    for (int k = q->n - 1; k >= 0; k--) {
        double rest = q->share[k];
        for (int j = k + 1; j < q->n; j++) rest -= q->triangle[k][j] * out->weight[j];
        out->weight[k] = rest / q->triangle[k][k];
        out->atom[k] = q->chosen[k];
    }
}

void cgm_dip_code_patch(const double *atoms, const dip_patch *patch, double enough, dip_code *out, double *residual)
{
    pursuit q = {.atoms = atoms, .patch = patch};
    double known = 0;
    for (int i = 0; i < DIP_PATCH; i++) known += patch->known[i];
    memcpy(residual, patch->value, sizeof patch->value);
    measure_atoms(&q);
    while (q.n < (int)known / 2 && dot(residual, residual) > enough * known) {
        int atom = choose(&q, residual);
        if (atom < 0 || !add(&q, atom)) break;
        const double *v = q.basis[q.n - 1];
        double share = q.share[q.n - 1] = dot(v, residual);
        for (int i = 0; i < DIP_PATCH; i++) residual[i] -= share * v[i];
    }
    solve(&q, out);
}

void cgm_dip_decode_patch(const double *atoms, const dip_code *code, double *out)
{
    memset(out, 0, DIP_PATCH * sizeof *out);
    for (int k = 0; k < code->n; k++)
        for (int i = 0; i < DIP_PATCH; i++) out[i] += code->weight[k] * atoms[i * DIP_ATOMS + code->atom[k]];
}
