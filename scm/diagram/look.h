/* How things look in a diagram, the same in PNG and in DOT. Internal. */
#ifndef CGM_SCM_DIAGRAM_LOOK_H
#define CGM_SCM_DIAGRAM_LOOK_H

#include "scm/diagram/diagram.h"

typedef enum cgm_diagram_shape {
    CGM_SHAPE_ELLIPSE,
    CGM_SHAPE_STADIUM, /* a box with round ends */
    CGM_SHAPE_BOX,
    CGM_SHAPE_HEXAGON,
    CGM_SHAPE_STACK /* of sheets */
} cgm_diagram_shape;

typedef struct cgm_diagram_look {
    const char *name; /* of the kind, as a config's `type` has it */
    cgm_diagram_shape shape;
    unsigned fill; /* 0xRRGGBB */
} cgm_diagram_look;

extern const cgm_diagram_look cgm_diagram_looks[CGM_DIAGRAM_KINDS];

#define CGM_INK 0x2b2b2bu
#define CGM_INK_NOISE 0x8a8a8au
#define CGM_INK_HIDDEN 0x7a3fa0u
#define CGM_INK_DO 0xc2281du
#define CGM_INK_CUT 0xbdbdbdu

/* What the interventions make of the graph. */
typedef struct cgm_diagram_state {
    const cgm_diagram *diagram;
    const cgm_diagram_do **on; /* [nodes]: the intervention on a node, or NULL */
} cgm_diagram_state;

/* In the arena. CGM_E_ARG for two interventions on one node or one arrow. */
cgm_status cgm_diagram_prepare(const cgm_diagram *diagram, cgm_arena *arena, cgm_diagram_state *out) CGM_CHECKED;
cgm_diagram_kind cgm_diagram_kind_of(const cgm_diagram *diagram, size_t node);
/* Whether an intervention on the effect cuts the arrow cause -> effect. */
bool cgm_diagram_is_cut(const cgm_diagram_state *s, size_t cause, size_t effect);
/* Whether it cuts the node's noise, and hidden common causes with it. */
bool cgm_diagram_noise_is_cut(const cgm_diagram_state *s, size_t node);
/* The intervention along an arrow, or NULL. */
const cgm_diagram_do *cgm_diagram_along(const cgm_diagram_state *s, size_t cause, size_t effect);

#endif
