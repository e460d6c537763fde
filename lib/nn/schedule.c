#include "nn/schedule.h"

#include <math.h>
#include <string.h>

#include "nn/schedule_class.h"

/* ---- The kinds ---- */

static double constant(const cgm_schedule *s, double rate, uint64_t whole, const cgm_plateau *plateau, uint64_t e)
{
    (void)s, (void)whole, (void)plateau, (void)e;
    return rate;
}

static double step(const cgm_schedule *s, double rate, uint64_t whole, const cgm_plateau *plateau, uint64_t e)
{
    (void)whole, (void)plateau;
    uint64_t steps = e / (uint64_t)s->every;
    return rate * pow(s->factor, (double)steps);
}

static double polynomial(const cgm_schedule *s, double rate, uint64_t whole, const cgm_plateau *plateau, uint64_t e)
{
    (void)plateau;
    uint64_t length = s->length > 0 ? (uint64_t)s->length : whole;
    double left = e < length ? 1 - (double)e / (double)length : 0;
    return s->min_rate + (rate - s->min_rate) * pow(fmin(1, left / (1 - s->hold)), s->power);
}

static double cosine(const cgm_schedule *s, double rate, uint64_t whole, const cgm_plateau *plateau, uint64_t e)
{
    (void)plateau;
    uint64_t period = s->period > 0 ? (uint64_t)s->period : whole, growth = (uint64_t)s->growth;
    if (growth == 1) e %= period;
    while (e >= period) {
        e -= period;
        period = period < UINT64_MAX / growth ? period * growth : UINT64_MAX;
    }
    return s->min_rate + (rate - s->min_rate) * (1 + cos(M_PI * (double)e / (double)period)) / 2;
}

static double plateau(const cgm_schedule *s, double rate, uint64_t whole, const cgm_plateau *plateau, uint64_t e)
{
    (void)whole, (void)e;
    return fmax(s->min_rate, rate * pow(s->factor, (double)plateau->lowered));
}

static const cgm_schedule_class class_constant = {
    .name = "constant", .doc = "the rate stays as it is", .rate = constant};
static const cgm_schedule_class class_step = {
    .name = "step", .doc = "times `factor` after every so many steps", .reads = {"every", "factor"}, .rate = step};
static const cgm_schedule_class class_polynomial = {.name = "polynomial",
                                                    .doc = "down to `min_rate`, as a power of what is left",
                                                    .reads = {"length", "hold", "power", "min_rate"},
                                                    .rate = polynomial};
static const cgm_schedule_class class_cosine = {.name = "cosine",
                                                .doc = "down to `min_rate` along a cosine, with warm restarts",
                                                .reads = {"period", "growth", "min_rate"},
                                                .rate = cosine};
static const cgm_schedule_class class_plateau = {.name = "plateau",
                                                 .doc = "times `factor` when the loss of epochs stands still",
                                                 .reads = {"factor", "patience", "threshold", "cooldown", "min_rate"},
                                                 .rate = plateau};

#define CLASS(upper, lower) [CGM_SCHEDULE_##upper] = &class_##lower,
static const cgm_schedule_class *const classes[] = {CGM_SCHEDULE_TABLE(CLASS)};

const cgm_schedule_class *cgm_schedule_class_of(cgm_schedule_kind kind)
{
    return (unsigned)kind < CGM_SCHEDULE_KINDS ? classes[kind] : NULL;
}

const char *cgm_schedule_name(cgm_schedule_kind kind)
{
    const cgm_schedule_class *c = cgm_schedule_class_of(kind);
    return c ? c->name : "unknown";
}

cgm_schedule cgm_schedule_usual(cgm_schedule_kind kind)
{
    return (cgm_schedule){
        .kind = kind, .every = 1000, .factor = 0.1, .power = 1, .growth = 1, .patience = 10, .threshold = 1e-4};
}

/* ---- Using one ---- */

static bool reads(const cgm_schedule_class *c, const char *name)
{
    for (const char *const *field = c->reads; *field; field++)
        if (strcmp(*field, name) == 0) return true;
    return false;
}

/* The first field out of its range; NULL when all are well. */
static const char *bad_field(const cgm_schedule_class *c, const cgm_schedule *s, double rate, const char **expected)
{
    const struct {
        const char *name, *expected;
        bool good;
    } field[] = {
        {"every", "1 or more", s->every >= 1},
        {"factor", "between 0 and 1", s->factor > 0 && s->factor < 1},
        {"length", "0 or more", s->length >= 0},
        {"power", "more than 0", s->power > 0 && isfinite(s->power)},
        {"hold", "from 0 to less than 1", s->hold >= 0 && s->hold < 1},
        {"period", "0 or more", s->period >= 0},
        {"growth", "1 or more, and 1 without a period", s->growth >= 1 && (s->period > 0 || s->growth == 1)},
        {"min_rate", "from 0 to the rate", s->min_rate >= 0 && s->min_rate <= rate},
        {"patience", "0 or more", s->patience >= 0},
        {"threshold", "from 0 to less than 1", s->threshold >= 0 && s->threshold < 1},
        {"cooldown", "0 or more", s->cooldown >= 0},
    };
    for (size_t i = 0; i < sizeof field / sizeof *field; i++) {
        if (field[i].good || !reads(c, field[i].name)) continue;
        *expected = field[i].expected;
        return field[i].name;
    }
    return NULL;
}

cgm_status cgm_schedule_check(const cgm_schedule *schedule, double rate, uint64_t whole)
{
    const cgm_schedule_class *c = cgm_schedule_class_of(schedule->kind);
    const char *expected;
    if (!c) return CGM_FAIL(CGM_E_ARG, "there is no schedule of kind %d", (int)schedule->kind);
    const char *bad = bad_field(c, schedule, rate, &expected);
    if (bad) return CGM_FAIL(CGM_E_ARG, "%s of a schedule of kind %s: expected %s", bad, c->name, expected);
    bool over_all = (reads(c, "length") && schedule->length == 0) || (reads(c, "period") && schedule->period == 0);
    if (over_all && whole == 0)
        return CGM_FAIL(CGM_E_ARG,
                        "schedule of kind %s: expected so many steps, as nobody knows how long the training is",
                        c->name);
    return CGM_OK;
}

double cgm_schedule_rate(const cgm_schedule *schedule, double rate, uint64_t whole, const cgm_plateau *plateau,
                         uint64_t e)
{
    static const cgm_plateau none;
    if (cgm_schedule_check(schedule, rate, whole) != CGM_OK) return NAN;
    return cgm_schedule_class_of(schedule->kind)->rate(schedule, rate, whole, plateau ? plateau : &none, e);
}

void cgm_plateau_judge(const cgm_schedule *schedule, cgm_plateau *plateau, double loss)
{
    double wanted = INFINITY;
    if (plateau->judged++ == 0) plateau->best = INFINITY;
    if (isfinite(plateau->best)) wanted = plateau->best - schedule->threshold * fabs(plateau->best);
    plateau->waited++;
    if (loss < wanted) {
        plateau->best = loss;
        plateau->waited = 0;
    }
    if (plateau->resting > 0) {
        plateau->resting--;
        plateau->waited = 0;
    }
    if (plateau->waited <= (uint64_t)schedule->patience) return;
    plateau->lowered++;
    plateau->resting = (uint64_t)schedule->cooldown;
    plateau->waited = 0;
}
