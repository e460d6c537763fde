/* Optimisers and schedules against PyTorch's values (fixtures/optimizers.h) and against what they promise. */
#include "nn/optimizer.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "io/params_state.h"
#include "tests/allocations.h"
#include "tests/fixtures/optimizers.h"
#include "tests/harness.h"

#ifdef CGM_DOUBLE
#define TOLERANCE 1e-10
#define EPSILON DBL_EPSILON
#else
#define TOLERANCE 1e-5
#define EPSILON FLT_EPSILON
#endif

enum { SMALL = 13, STEPS = 10, LARGE = 40001 };

/* The waves of make_optimizers.py, rounded to float there and here. */
static void fill_wave(size_t n, double phase, double scale, cgm_real *out)
{
    for (size_t i = 0; i < n; i++) {
        /* Volatile, since GCC 12 loses the rounding when it vectorises double -> float -> double. */
        volatile float value = (float)(scale * sin(12.9898 * (double)(i + 1) + phase));
        out[i] = value;
    }
}

/* One parameter of n numbers, a wave, and its average. */
static cgm_params *one_parameter(int64_t n)
{
    static const cgm_rng seed = {.key = 5};
    cgm_params *p = NULL;
    cgm_graph *g = NULL;
    REQUIRE_OK(cgm_params_create(&p));
    REQUIRE_OK(cgm_graph_create(&g));
    cgm_param(p, g, "a", CGM_SHAPE(n), CGM_INIT_ZERO, 1);
    REQUIRE_OK(cgm_graph_status(g));
    REQUIRE_OK(cgm_params_init(p, &seed));
    cgm_graph_destroy(g);
    fill_wave((size_t)n, 3.1, 1, cgm_params_values(p));
    memcpy(cgm_params_ema(p), cgm_params_values(p), (size_t)n * sizeof(cgm_real));
    return p;
}

static bool same_buffers(cgm_params *a, cgm_params *b)
{
    size_t bytes = cgm_params_flat_size(a) * sizeof(cgm_real);
    return memcmp(cgm_params_values(a), cgm_params_values(b), bytes) == 0 &&
           memcmp(cgm_params_ema(a), cgm_params_ema(b), bytes) == 0 &&
           memcmp(cgm_params_moment(a, 0), cgm_params_moment(b, 0), bytes) == 0 &&
           memcmp(cgm_params_moment(a, 1), cgm_params_moment(b, 1), bytes) == 0;
}

/* ---- PyTorch's steps ---- */

typedef struct trajectory {
    cgm_optimizer_opts opts;
    const double *want; /* [STEPS, SMALL] */
} trajectory;

#define RULE(...) .rule = {__VA_ARGS__}, .rate = 0.05
static const trajectory trajectories[] = {
    {{RULE(CGM_OPTIMIZER_ADAMW, .beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-6), .weight_decay = 0.3}, steps_adamw},
    {{RULE(CGM_OPTIMIZER_ADAM, .beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-6), .weight_decay = 0.3}, steps_adam},
    {{RULE(CGM_OPTIMIZER_SGD), .weight_decay = 0.3}, steps_sgd},
    {{RULE(CGM_OPTIMIZER_MOMENTUM, .momentum = 0.8), .weight_decay = 0.3}, steps_momentum},
    {{RULE(CGM_OPTIMIZER_NESTEROV, .momentum = 0.8), .weight_decay = 0.3}, steps_nesterov},
    {{RULE(CGM_OPTIMIZER_RMSPROP, .alpha = 0.9, .epsilon = 1e-6, .momentum = 0.8), .weight_decay = 0.3}, steps_rmsprop},
    {{RULE(CGM_OPTIMIZER_ADAM, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8), .weight_decay = 0.3, .clip_value = 0.25},
     clipped_adam},
    {{RULE(CGM_OPTIMIZER_NESTEROV, .momentum = 0.9), .clip = 2, .clip_value = 0.5}, clipped_nesterov},
};

/* Ten steps; the average is followed by its own recurrence. */
static void follow(const cgm_optimizer_opts *opts, const double *want)
{
    cgm_params *p = one_parameter(SMALL);
    cgm_optimizer_state state = {0};
    cgm_optimizer_opts averaged = *opts;
    double average[SMALL], worst = 0, worst_average = 0;
    averaged.ema = 0.4;
    for (int i = 0; i < SMALL; i++) average[i] = cgm_params_values(p)[i];
    for (int t = 1; t <= STEPS; t++) {
        double decay = fmin(0.4, (1.0 + t) / (10.0 + t)); /* the ramp's up to step 5 */
        fill_wave(SMALL, 3.3 + t, 0.2 * t, cgm_params_gradient(p));
        REQUIRE_OK(cgm_optimizer_step(&averaged, &state, p, 1 + t % 2));
        for (int i = 0; i < SMALL; i++) {
            double w = want[(t - 1) * SMALL + i];
            average[i] = decay * average[i] + (1 - decay) * w;
            double error = fabs(cgm_params_values(p)[i] - w), other = fabs(cgm_params_ema(p)[i] - average[i]);
            worst = error <= worst ? worst : error;
            worst_average = other <= worst_average ? worst_average : other;
        }
    }
    CHECK_NEAR(worst, 0, TOLERANCE);
    CHECK_NEAR(worst_average, 0, TOLERANCE);
    CU_ASSERT(state.step == STEPS && state.skipped == 0);
    cgm_params_destroy(p);
}

/* Each kind, with weight decay and without its usual numbers. */
static void steps_match_pytorch(void)
{
    bool seen[CGM_OPTIMIZER_KINDS] = {false};
    for (size_t i = 0; i < sizeof trajectories / sizeof *trajectories; i++) {
        follow(&trajectories[i].opts, trajectories[i].want);
        seen[trajectories[i].opts.rule.kind] = true;
    }
    for (int kind = 1; kind < CGM_OPTIMIZER_KINDS; kind++) CU_ASSERT(seen[kind]);
}

static void usual_numbers_are_pytorchs(void)
{
    static const struct {
        cgm_optimizer_kind kind;
        const double *want;
    } cases[] = {
        {CGM_OPTIMIZER_ADAMW, usual_adamw}, {CGM_OPTIMIZER_ADAM, usual_adam}, {CGM_OPTIMIZER_RMSPROP, usual_rmsprop}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cgm_optimizer_opts opts = {.rule = cgm_optimizer_usual(cases[i].kind),
                                   .rate = 0.05,
                                   .weight_decay = cgm_optimizer_usual_decay(cases[i].kind)};
        follow(&opts, cases[i].want);
    }
    CU_ASSERT(cgm_optimizer_usual(CGM_OPTIMIZER_NESTEROV).momentum == 0.9);
    CU_ASSERT_STRING_EQUAL(cgm_optimizer_name(CGM_OPTIMIZER_RMSPROP), "rmsprop");
    CU_ASSERT_STRING_EQUAL(cgm_schedule_name(CGM_SCHEDULE_COSINE), "cosine");
    cgm_optimizer_opts opts;
    cgm_optimizer_defaults(&opts);
    CU_ASSERT(opts.rule.kind == CGM_OPTIMIZER_ADAMW && opts.weight_decay == 0.01 && opts.rule.beta2 == 0.999);
}

/* ---- Large arrays ---- */

static cgm_optimizer_opts busy(int kind)
{
    return (cgm_optimizer_opts){.rule = cgm_optimizer_usual((cgm_optimizer_kind)kind),
                                .rate = 0.01,
                                .weight_decay = 0.1,
                                .clip = 50,
                                .clip_value = 0.3,
                                .ema = 0.9};
}

static void threads_do_not_matter(void)
{
    for (int kind = 1; kind < CGM_OPTIMIZER_KINDS; kind++) {
        cgm_params *p[3];
        cgm_optimizer_opts opts = busy(kind);
        for (int i = 0; i < 3; i++) {
            cgm_optimizer_state state = {0};
            p[i] = one_parameter(LARGE);
            for (int t = 1; t <= 4; t++) {
                fill_wave(LARGE, t, 1, cgm_params_gradient(p[i]));
                size_t before = allocations();
                REQUIRE_OK(cgm_optimizer_step(&opts, &state, p[i], i + 1));
                if (i == 0) CU_ASSERT_EQUAL(allocations() - before, 0); /* threads are OpenMP's, when it likes */
            }
            CU_ASSERT(same_buffers(p[0], p[i]));
        }
        for (int i = 0; i < 3; i++) cgm_params_destroy(p[i]);
    }
}

/* AdamW's formula in double, element by element, from moments that are not zero; and the tail of the last task. */
static void adamw_matches_its_algorithm(void)
{
    cgm_params *p = one_parameter(LARGE);
    cgm_optimizer_opts opts = busy(CGM_OPTIMIZER_ADAMW);
    cgm_optimizer_state state = {0};
    cgm_real *g = cgm_params_gradient(p), *moment[2] = {cgm_params_moment(p, 0), cgm_params_moment(p, 1)};
    static double value[LARGE], average[LARGE], m[LARGE], v[LARGE];
    opts.clip = 0;
    fill_wave(LARGE, 1, 1, g);
    REQUIRE_OK(cgm_optimizer_step(&opts, &state, p, 1));
    for (int i = 0; i < LARGE; i++) {
        value[i] = cgm_params_values(p)[i], average[i] = cgm_params_ema(p)[i];
        m[i] = moment[0][i], v[i] = moment[1][i];
    }
    fill_wave(LARGE, 2, 1, g);
    REQUIRE_OK(cgm_optimizer_step(&opts, &state, p, 2));
    for (int i = 0; i < LARGE; i++) {
        double d = fmax(-0.3, fmin(0.3, g[i])), mean = 0.9 * m[i] + 0.1 * d, square = 0.999 * v[i] + 0.001 * d * d;
        double mean_hat = mean / (1 - 0.9 * 0.9), square_hat = square / (1 - 0.999 * 0.999);
        double want = value[i] - 0.01 * (mean_hat / (sqrt(square_hat) + 1e-8) + 0.1 * value[i]);
        double tolerance = 8 * EPSILON * (1 + fabs(want));
        if (fabs(cgm_params_values(p)[i] - want) <= tolerance &&
            fabs(cgm_params_ema(p)[i] - (0.25 * average[i] + 0.75 * want)) <= tolerance &&
            fabs(moment[0][i] - mean) <= tolerance && fabs(moment[1][i] - square) <= tolerance)
            continue;
        CU_ASSERT(false);
        fprintf(stderr, "element %d is %.9g, expected %.9g\n", i, (double)cgm_params_values(p)[i], want);
        break;
    }
    cgm_params_destroy(p);
}

/* Skipped steps change none of the buffers; without a decay the average is a copy. */
static void skipped_steps_change_nothing(void)
{
    for (int kind = 1; kind < CGM_OPTIMIZER_KINDS; kind++) {
        cgm_params *a = one_parameter(SMALL), *b = one_parameter(SMALL);
        cgm_optimizer_opts opts = busy(kind);
        cgm_optimizer_state state = {0}, other = {0};
        opts.ema = 0;
        for (int t = 1; t <= 3; t++) {
            fill_wave(SMALL, t, 1, cgm_params_gradient(a));
            fill_wave(SMALL, t, 1, cgm_params_gradient(b));
            REQUIRE_OK(cgm_optimizer_step(&opts, &state, a, 1));
            REQUIRE_OK(cgm_optimizer_step(&opts, &other, b, 1));
            cgm_params_gradient(b)[t] = (cgm_real)(t == 2 ? INFINITY : NAN);
            REQUIRE_OK(cgm_optimizer_step(&opts, &other, b, 1));
        }
        CU_ASSERT(same_buffers(a, b) && other.skipped == 3 && other.step == 3);
        CU_ASSERT(memcmp(cgm_params_values(a), cgm_params_ema(a), SMALL * sizeof(cgm_real)) == 0);
        cgm_params_destroy(a);
        cgm_params_destroy(b);
    }
}

/* What is frozen keeps its bits and counts for no norm: the rest moves as if alone. */
static void frozen_parts_stay(void)
{
    static const cgm_rng seed = {.key = 5};
    for (int kind = 1; kind < CGM_OPTIMIZER_KINDS; kind++) {
        cgm_params *alone = one_parameter(SMALL), *p = NULL;
        cgm_graph *g = NULL;
        cgm_optimizer_opts opts = busy(kind);
        cgm_optimizer_state state = {0}, other = {0};
        REQUIRE_OK(cgm_params_create(&p));
        REQUIRE_OK(cgm_graph_create(&g));
        cgm_param(p, g, "b", CGM_SHAPE(40), CGM_INIT_ONE, 1);
        cgm_param(p, g, "a", CGM_SHAPE(SMALL), CGM_INIT_ZERO, 1);
        REQUIRE_OK(cgm_params_freeze(p, "b"));
        REQUIRE_OK(cgm_params_init(p, &seed));
        cgm_graph_destroy(g);
        size_t a = cgm_params_view(p, 1)->offset, b = cgm_params_view(p, 0)->offset, bytes = SMALL * sizeof(cgm_real);
        memcpy(cgm_params_values(p) + a, cgm_params_values(alone), bytes);
        memcpy(cgm_params_ema(p) + a, cgm_params_ema(alone), bytes);
        for (int t = 1; t <= 3; t++) {
            fill_wave(SMALL, t, 1, cgm_params_gradient(alone));
            fill_wave(SMALL, t, 1, cgm_params_gradient(p) + a);
            fill_wave(40, t, 1e3, cgm_params_gradient(p) + b);
            REQUIRE_OK(cgm_optimizer_step(&opts, &state, alone, 1));
            REQUIRE_OK(cgm_optimizer_step(&opts, &other, p, 1));
        }
        CU_ASSERT(memcmp(cgm_params_values(p) + a, cgm_params_values(alone), bytes) == 0);
        CU_ASSERT(memcmp(cgm_params_ema(p) + a, cgm_params_ema(alone), bytes) == 0);
        for (size_t i = b; i < b + 40; i++)
            CU_ASSERT(cgm_params_values(p)[i] == 1 && cgm_params_ema(p)[i] == 1 && cgm_params_moment(p, 0)[i] == 0 &&
                      cgm_params_moment(p, 1)[i] == 0);
        cgm_params_destroy(alone);
        cgm_params_destroy(p);
    }
}

/* ---- Going on ---- */

static cgm_schedule some_schedule(cgm_schedule_kind kind)
{
    cgm_schedule s = cgm_schedule_usual(kind);
    s.every = s.period = s.length = 3;
    s.growth = 2;
    s.factor = 0.5;
    s.min_rate = 1e-3;
    s.patience = 1;
    return s;
}

static cgm_state state_of(cgm_params *p, const cgm_optimizer_opts *opts, cgm_optimizer_state *optimizer, uint64_t *step)
{
    cgm_state s = {0};
    REQUIRE_OK(cgm_state_add_params(&s, p, true));
    REQUIRE_OK(cgm_state_add_descent(&s, step, opts, optimizer));
    return s;
}

static void run(cgm_params *p, const cgm_optimizer_opts *opts, cgm_optimizer_state *state, uint64_t *step, uint64_t to)
{
    for (; *step < to; ++*step) {
        fill_wave(LARGE, (double)*step, 1, cgm_params_gradient(p));
        REQUIRE_OK(cgm_optimizer_step(opts, state, p, 1 + (int)(*step % 2)));
        cgm_plateau_judge(&opts->schedule, &state->plateau, *step < 3 ? -(double)*step : 1);
    }
}

/* What a checkpoint holds is all that the steps after it need, whatever the kind and the schedule. */
static void stored_states_go_on(void)
{
    for (int kind = 1; kind < CGM_OPTIMIZER_KINDS; kind++)
        for (int schedule = 0; schedule < CGM_SCHEDULE_KINDS; schedule++) {
            cgm_params *whole = one_parameter(LARGE), *first = one_parameter(LARGE), *second = one_parameter(LARGE);
            cgm_optimizer_opts opts = busy(kind);
            cgm_optimizer_state states[3] = {{0}, {0}, {0}};
            uint64_t steps[3] = {0};
            opts.warmup = 2;
            opts.schedule = some_schedule((cgm_schedule_kind)schedule);
            run(whole, &opts, &states[0], &steps[0], 9);
            run(first, &opts, &states[1], &steps[1], 5);
            cgm_state from = state_of(first, &opts, &states[1], &steps[1]);
            cgm_state to = state_of(second, &opts, &states[2], &steps[2]);
            CU_ASSERT_EQUAL_FATAL(from.n, to.n);
            for (size_t i = 0; i < from.n; i++)
                memcpy(to.entry[i].data, from.entry[i].data,
                       (size_t)cgm_shape_size(from.entry[i].shape) * cgm_dtype_size(from.entry[i].dtype));
            run(second, &opts, &states[2], &steps[2], 9);
            CU_ASSERT(same_buffers(whole, second) && !same_buffers(whole, first));
            CU_ASSERT(states[0].last_rate == states[2].last_rate);
            CU_ASSERT((states[0].plateau.lowered > 0) && (states[0].last_rate < 0.01) == (schedule > 0));
            cgm_state_clear(&from);
            cgm_state_clear(&to);
            cgm_params_destroy(whole);
            cgm_params_destroy(first);
            cgm_params_destroy(second);
        }
}

/* ---- Schedules ---- */

/* The rates of a training of n steps, in any order. */
static void check_rates(const cgm_optimizer_opts *opts, size_t n, const double *want)
{
    for (size_t i = n; i-- > 0;) {
        cgm_optimizer_state state = {.step = i};
        CHECK_NEAR(cgm_optimizer_rate(opts, &state), want[i], 1e-12);
    }
}

static void schedules_match_pytorch(void)
{
    cgm_optimizer_opts opts = {.rate = 0.5, .schedule = cgm_schedule_usual(CGM_SCHEDULE_STEP)};
    opts.schedule.every = 7;
    opts.schedule.factor = 0.3;
    check_rates(&opts, 40, rates_step);
    opts.schedule = cgm_schedule_usual(CGM_SCHEDULE_POLYNOMIAL);
    opts.schedule.power = 2.5;
    opts.schedule.length = 30;
    check_rates(&opts, 40, rates_polynomial);
    opts.schedule.length = 0; /* all of the training */
    opts.total = 30;
    check_rates(&opts, 40, rates_polynomial);
    opts.schedule.hold = 0.4;
    opts.schedule.power = 1.5;
    check_rates(&opts, 40, rates_held);
    opts.schedule = cgm_schedule_usual(CGM_SCHEDULE_COSINE);
    opts.schedule.min_rate = 0.01;
    opts.total = 40;
    check_rates(&opts, 40, rates_cosine);
    opts.schedule.period = 5;
    opts.schedule.growth = 2;
    check_rates(&opts, 60, rates_restarts);
    opts.schedule.period = 8;
    opts.schedule.growth = 1;
    opts.schedule.min_rate = 0.02;
    check_rates(&opts, 40, rates_equal_restarts);
    opts.schedule = cgm_schedule_usual(CGM_SCHEDULE_STEP);
    opts.schedule.every = 4;
    opts.schedule.factor = 0.5;
    opts.warmup = 6;
    check_rates(&opts, 30, rates_warmup);
}

/* What PyTorch has no schedule for, by the formula. */
static void schedules_match_their_formulas(void)
{
    cgm_optimizer_opts opts = {.rate = 0.5, .warmup = 4, .total = 24};
    for (int kind = 0; kind < CGM_SCHEDULE_KINDS; kind++) {
        opts.schedule = cgm_schedule_usual((cgm_schedule_kind)kind);
        opts.schedule.min_rate = 0.1;
        for (uint64_t t = 1; t <= 4; t++) {
            cgm_optimizer_state state = {.step = t - 1};
            CHECK_NEAR(cgm_optimizer_rate(&opts, &state), 0.5 * (double)t / 4, 1e-15);
        }
        cgm_optimizer_state state = {.step = 4};
        CHECK_NEAR(cgm_optimizer_rate(&opts, &state), 0.5, 1e-15);
        if (kind == CGM_SCHEDULE_CONSTANT) CHECK_NEAR(cgm_schedule_rate(&opts.schedule, 0.5, 0, NULL, 1000), 0.5, 0);
    }
    opts.schedule = cgm_schedule_usual(CGM_SCHEDULE_POLYNOMIAL);
    opts.schedule.min_rate = 0.1;
    for (uint64_t e = 0; e < 30; e++) {
        cgm_optimizer_state state = {.step = 4 + e};
        CHECK_NEAR(cgm_optimizer_rate(&opts, &state), e < 20 ? 0.1 + 0.4 * (1 - (double)e / 20) : 0.1, 1e-15);
    }
    CU_ASSERT(isnan(cgm_schedule_rate(&(cgm_schedule){CGM_SCHEDULE_STEP}, 0.5, 9, NULL, 1)));
    CU_ASSERT(isnan(cgm_schedule_rate(&(cgm_schedule){(cgm_schedule_kind)-1}, 0.5, 9, NULL, 1)));
    /* After very many steps, too. */
    opts.schedule = cgm_schedule_usual(CGM_SCHEDULE_COSINE);
    opts.schedule.period = 1;
    opts.schedule.growth = 1000000;
    cgm_optimizer_state late = {.step = UINT64_MAX - 1};
    double rate = cgm_optimizer_rate(&opts, &late);
    CU_ASSERT(rate >= 0 && rate <= 0.5);
}

static void plateaus_match_pytorch(void)
{
    cgm_optimizer_opts opts = {.rate = 0.5, .schedule = cgm_schedule_usual(CGM_SCHEDULE_PLATEAU)};
    opts.schedule.factor = 0.3;
    opts.schedule.patience = 2;
    opts.schedule.threshold = 0.01;
    opts.schedule.cooldown = 2;
    opts.schedule.min_rate = 0.005;
    cgm_optimizer_state state = {0};
    for (size_t i = 0; i < sizeof plateau_losses / sizeof *plateau_losses; i++) {
        cgm_plateau_judge(&opts.schedule, &state.plateau, plateau_losses[i]);
        CHECK_NEAR(cgm_optimizer_rate(&opts, &state), plateau_rates[i], 1e-15);
    }
    /* A loss below zero has to fall as well: by the share of its size. What is not finite is never better. */
    static const double losses[] = {NAN, -1, -1.005, -1.02, -1.02, NAN, -1.02};
    static const double rates[] = {0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.15};
    state = (cgm_optimizer_state){0};
    for (size_t i = 0; i < sizeof losses / sizeof *losses; i++) {
        cgm_plateau_judge(&opts.schedule, &state.plateau, losses[i]);
        CHECK_NEAR(cgm_optimizer_rate(&opts, &state), rates[i], 1e-15);
    }
}

/* ---- Mistakes ---- */

static void refused(cgm_optimizer_opts opts, const char *text)
{
    cgm_params *p = one_parameter(SMALL), *before = one_parameter(SMALL);
    cgm_optimizer_state state = {0};
    fill_wave(SMALL, 1, 1, cgm_params_gradient(p));
    CHECK_FAILS(cgm_optimizer_step(&opts, &state, p, 1), CGM_E_ARG, text);
    CU_ASSERT(same_buffers(p, before) && state.step == 0);
    cgm_params_destroy(p);
    cgm_params_destroy(before);
}

static void bad_options_are_refused(void)
{
    static const struct {
        cgm_optimizer_opts opts;
        const char *text;
    } cases[] = {
        {{.rate = 1}, "there is no optimiser"},
        {{.rate = 1, .rule = {.kind = CGM_OPTIMIZER_KINDS}}, "there is no optimiser"},
        {{.rate = 1, .rule = {CGM_OPTIMIZER_MOMENTUM, .momentum = 1}}, "momentum = 1"},
        {{.rate = 1, .rule = {CGM_OPTIMIZER_NESTEROV, .momentum = NAN}}, "momentum = nan"},
        {{.rate = 1, .rule = {CGM_OPTIMIZER_RMSPROP, .alpha = -0.1, .epsilon = 1e-8}}, "alpha = -0.1"},
        {{.rate = 1, .rule = {CGM_OPTIMIZER_RMSPROP, .alpha = 0.9}}, "epsilon = 0"},
        {{.rate = 1, .rule = {CGM_OPTIMIZER_ADAM, .beta1 = 0.9, .beta2 = 1, .epsilon = 1e-8}}, "beta2 = 1"},
        {{.rate = -1, .rule = {CGM_OPTIMIZER_SGD}}, "learning rate -1"},
        {{.rate = 1, .rule = {CGM_OPTIMIZER_SGD}, .weight_decay = -1}, "weight decay -1"},
        {{.rate = 1, .rule = {CGM_OPTIMIZER_SGD}, .clip_value = NAN}, "clipping value nan"},
        {{.rate = 1, .rule = {CGM_OPTIMIZER_SGD}, .schedule = {.kind = CGM_SCHEDULE_KINDS}}, "no schedule of kind"},
        {{.rate = 1, .rule = {CGM_OPTIMIZER_SGD}, .schedule = {CGM_SCHEDULE_STEP, .factor = 0.1}},
         "every of a schedule"},
        {{.rate = 1, .rule = {CGM_OPTIMIZER_SGD}, .schedule = {CGM_SCHEDULE_STEP, .every = 1, .factor = 1}},
         "factor of"},
        {{.rate = 1, .rule = {CGM_OPTIMIZER_SGD}, .schedule = {CGM_SCHEDULE_POLYNOMIAL, .length = 5}}, "power of"},
        {{.rate = 1, .rule = {CGM_OPTIMIZER_SGD}, .schedule = {CGM_SCHEDULE_POLYNOMIAL, .power = 1}}, "nobody knows"},
        {{.rate = 1, .rule = {CGM_OPTIMIZER_SGD}, .schedule = {CGM_SCHEDULE_POLYNOMIAL, .power = 1, .hold = 1}},
         "hold of"},
        {{.rate = 1, .rule = {CGM_OPTIMIZER_SGD}, .schedule = {CGM_SCHEDULE_COSINE, .growth = 1}}, "nobody knows"},
        {{.rate = 1, .rule = {CGM_OPTIMIZER_SGD}, .total = 9, .schedule = {CGM_SCHEDULE_COSINE, .growth = 2}},
         "growth of"},
        {{.rate = 1,
          .rule = {CGM_OPTIMIZER_SGD},
          .schedule = {CGM_SCHEDULE_COSINE, .period = 5, .growth = 1, .min_rate = 2}},
         "min_rate of"},
        {{.rate = 1, .rule = {CGM_OPTIMIZER_SGD}, .schedule = {CGM_SCHEDULE_PLATEAU, .factor = 0.5, .threshold = 1}},
         "threshold of"},
        {{.rate = 1, .rule = {CGM_OPTIMIZER_SGD}, .schedule = {CGM_SCHEDULE_PLATEAU, .factor = 0.5, .patience = -1}},
         "patience of"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) refused(cases[i].opts, cases[i].text);
    /* What a kind does not read may be anything. */
    cgm_params *p = one_parameter(SMALL);
    cgm_optimizer_state state = {0};
    cgm_optimizer_opts opts = {.rate = 1, .rule = {CGM_OPTIMIZER_SGD, .momentum = 7}, .schedule = {.min_rate = 9}};
    CHECK_OK(cgm_optimizer_step(&opts, &state, p, 1));
    cgm_params_destroy(p);
}

static const test_case cases[] = {
    {"steps: PyTorch's", steps_match_pytorch},
    {"usual numbers: PyTorch's", usual_numbers_are_pytorchs},
    {"threads do not matter, and a step allocates nothing", threads_do_not_matter},
    {"AdamW matches its algorithm", adamw_matches_its_algorithm},
    {"skipped steps change nothing", skipped_steps_change_nothing},
    {"frozen parts stay", frozen_parts_stay},
    {"stored states go on to the same bits", stored_states_go_on},
    {"schedules: PyTorch's", schedules_match_pytorch},
    {"schedules match their formulas", schedules_match_their_formulas},
    {"plateaus: PyTorch's", plateaus_match_pytorch},
    {"bad options are refused", bad_options_are_refused},
};
TEST_MAIN("optimizers", cases)
