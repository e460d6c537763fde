/* An axial slice of a head in T1-weighted magnetic resonance: the average head of the data set phantom_pair, without
 * noise, at any size. */
#include "data/phantom.h"
#include "dip/phantoms/phantom.h"

static double at(double x, double y)
{
    static const double average[PHANTOM_SHAPE], place[PHANTOM_PLACE] = {.5, .5, .5};
    phantom_head head;
    cgm_phantom_shape(average, 1, false, place, &head);
    phantom_tissue tissue = cgm_phantom_tissue_at(&head, x * PHANTOM_SIDE - .5, y * PHANTOM_SIDE - .5);
    return cgm_phantom_level(tissue, PHANTOM_T1) / 255;
}

const dip_phantom cgm_dip_phantom_brain = {"brain", "a slice of a head", at};
