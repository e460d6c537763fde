/* What a kind of schedule is. Internal. */
#ifndef CGM_NN_SCHEDULE_CLASS_H
#define CGM_NN_SCHEDULE_CLASS_H

#include "nn/schedule.h"

typedef struct cgm_schedule_class {
    const char *name, *doc;
    const char *reads[8]; /* the fields of cgm_schedule that mean something for it, by name */
    double (*rate)(const cgm_schedule *s, double rate, uint64_t whole, const cgm_plateau *plateau, uint64_t e);
} cgm_schedule_class;

const cgm_schedule_class *cgm_schedule_class_of(cgm_schedule_kind kind);

#endif
