/* Running statistics that go with averaged parameters. Those that training leaves are of the parameters as they were,
 * and what answers is the average of these: so they are taken anew, as Brock, Donahue and Simonyan 2019 do (appendix
 * B). Internal. */
#ifndef CGM_SCM_NETWORKS_STANDING_H
#define CGM_SCM_NETWORKS_STANDING_H

#include "data/batches.h"
#include "scm/networks/part.h"

/* Zero-initialise. The model's graph as in training, with the averaged parameters. */
typedef struct network_standing {
    cgm_params *params;
    cgm_program *program; /* NULL where there are no such statistics */
    cgm_workspace *ws;
    cgm_real *in[NETWORK_PART_INPUTS];
    size_t bytes; /* of these */
} network_standing;

/* Compiles what `build` adds, of which the inputs alone are asked, for so many threads; nothing where no parameter is
 * such a statistic. */
cgm_status cgm_network_standing_begin(network_standing *s, int threads, cgm_params *params, network_part_build *build,
                                      const void *model, int part) CGM_CHECKED;
/* Fills the inputs with NETWORK_ROWS rows, which depend on the number of the run alone. */
typedef cgm_status network_standing_fill(void *context, uint64_t run, cgm_real *const in[NETWORK_PART_INPUTS]);
/* Where rows come from: n of the data from `first` on. */
typedef struct network_rows {
    const cgm_dataset *data;
    size_t first, n;
    const char *image;
    const network_parents *parents;
    const cgm_augmentation *augmentation;
    int threads;
} network_rows;
/* NETWORK_ROWS of them at random, as training sees them: images and features, each NULL where it isn't wanted. */
void cgm_network_standing_draw(const network_rows *from, cgm_rng *rng, size_t rows[NETWORK_ROWS], cgm_real *images,
                               cgm_real *features);
/* Forgets the statistics and takes them over so many runs: the running means of these, of which the later weigh more,
 * without what they began with. The normalisations have the usual momentum. */
cgm_status cgm_network_standing_run(network_standing *s, uint64_t runs, network_standing_fill *fill,
                                    void *context) CGM_CHECKED;
void cgm_network_standing_clear(network_standing *s);
size_t cgm_network_standing_bytes(const network_standing *s);

#endif
