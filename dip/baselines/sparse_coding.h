/* Patches of an image as sums of few atoms of a dictionary. Internal. */
#ifndef CGM_DIP_SPARSE_CODING_H
#define CGM_DIP_SPARSE_CODING_H

#include "base/status.h"

/* Pixels of a patch's side and of a patch; atoms of a dictionary; how many of them a patch may have. */
enum { DIP_PATCH_SIDE = 8, DIP_PATCH = 64, DIP_ATOMS = 256, DIP_MOST_OF_ATOMS = 32 };

/* known is 1 or 0; where it is 0, so is the value. */
typedef struct dip_patch {
    double value[DIP_PATCH], known[DIP_PATCH];
} dip_patch;

/* The patch is near the sum of weight[i] times atom[i]. */
typedef struct dip_code {
    int n, atom[DIP_MOST_OF_ATOMS];
    double weight[DIP_MOST_OF_ATOMS];
} dip_code;

/* A dictionary is [DIP_PATCH, DIP_ATOMS]: the atoms, of norm 1, are its columns. This one has the products of 16 x 16
 * cosines, of which all but the constant have no mean: the usual beginning of K-SVD. */
void cgm_dip_cosine_atoms(double *atoms);
/* Orthogonal matching pursuit (Pati, Rezaiifar and Krishnaprasad 1993) on the pixels that are known, where atoms are
 * compared at the norm that they have there (Mairal, Elad and Sapiro 2008): until the sum of squared differences at
 * these is at most `enough` times their number, or half as many atoms as pixels are in use. residual [DIP_PATCH] is
 * what is left there, 0 elsewhere. */
void cgm_dip_code_patch(const double *atoms, const dip_patch *patch, double enough, dip_code *out, double *residual);
/* The sum, at all pixels. */
void cgm_dip_decode_patch(const double *atoms, const dip_code *code, double *out);

#endif
