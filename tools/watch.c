/* cgm watch: the curves of a training under way, on the terminal. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tools/curve.h"
#include "tools/tool.h"

enum {
    CURVE_ROWS = 4,    /* of characters, a curve */
    LABEL_WIDTH = 11,  /* of the numbers at its left */
    MOST_WIDTH = 400,  /* columns */
    PLAIN_METRICS = 6, /* in a plain line */
    LOOK_EVERY = 1     /* second */
};

static const char *const kind_names[] = {
    [CGM_PART_VARIABLE] = "variable", [CGM_PART_PREDICTOR] = "predictor", [CGM_PART_TUNING] = "fine-tuning"};

/* The part under way, else the last that was trained; NULL before the first checkpoint. */
static const cgm_glance_part *current(const cgm_glance *g)
{
    const cgm_glance_part *last = NULL;
    for (size_t i = 0; i < g->n_parts; i++) {
        if (g->part[i].steps > 0 && !g->part[i].finished) return &g->part[i];
        /* One of a single step has no curve. */
        if (g->part[i].steps > (last ? 1u : 0u)) last = &g->part[i];
    }
    return last;
}

/* The last value that is a number. */
static double latest(const cgm_glance_series *s)
{
    size_t k = s->n;
    while (k > 0 && !isfinite(s->value[k - 1])) k--;
    return k > 0 ? s->value[k - 1] : (double)NAN;
}

/* "image (variable): 1200 steps, 34 %, 75 s" */
static void print_state(const cgm_glance_part *p)
{
    printf("%s (%s): %" PRIu64 " step%s, ", p->name, kind_names[p->kind], p->steps, p->steps == 1 ? "" : "s");
    if (p->finished)
        printf("finished");
    else
        printf("%.0f %%", p->total ? fmin(100, 100.0 * (double)p->done / (double)p->total) : 0.0);
    printf(", %.0f s", p->seconds);
}

static void print_plain(const cgm_glance_part *p)
{
    print_state(p);
    for (size_t k = 0; k < p->n_series && k < PLAIN_METRICS; k++)
        printf("%s %s %.5g", k ? "," : ":", p->series[k].name, latest(&p->series[k]));
    printf("\n");
}

/* ---- Curves of characters ---- */

/* The terminal, and whether it shows braille. */
typedef struct screen {
    size_t columns, rows;
    bool braille;
} screen;

static screen find_screen(void)
{
    struct winsize size;
    screen s = {80, 24, false};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20 && size.ws_row >= 4)
        s = (screen){size.ws_col, size.ws_row, false};
    if (s.columns > MOST_WIDTH) s.columns = MOST_WIDTH;
    const char *names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (int k = 0; k < 3; k++) {
        const char *locale = getenv(names[k]);
        if (!locale || !*locale) continue;
        s.braille = strcasestr(locale, "UTF-8") || strcasestr(locale, "utf8");
        break;
    }
    return s;
}

/* Dots of a curve, CURVE_ROWS * 4 high and 2 * columns wide; one bit each of a character, as Unicode's braille has it.
 */
typedef struct dots {
    size_t columns;
    unsigned char cell[CURVE_ROWS][MOST_WIDTH];
} dots;

static void set_dot(dots *d, size_t x, int y)
{
    static const unsigned char bit[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    if (y < 0) y = 0;
    if (y >= CURVE_ROWS * 4) y = CURVE_ROWS * 4 - 1;
    d->cell[y / 4][x / 2] |= bit[y % 4][x % 2];
}

/* Points and what joins neighbours; a gap is bridged. */
static void fill_dots(dots *d, const double *mean, double low, double high)
{
    int before = -1;
    for (size_t x = 0; x < 2 * d->columns; x++) {
        if (!isfinite(mean[x])) continue;
        double share = (mean[x] - low) / (high - low);
        int y = (int)lrint((1 - fmin(1, fmax(0, share))) * (CURVE_ROWS * 4 - 1));
        int step = before < y ? 1 : -1;
        for (int at = before < 0 ? y : before; at != y; at += step) set_dot(d, x, at);
        set_dot(d, x, y);
        before = y;
    }
}

static void print_cell(unsigned char bits, bool braille)
{
    if (!braille)
        putchar(bits == 0 ? ' ' : bits & 0x1b ? '\'' : '.');
    else /* U+2800 and the bits */
        printf("\xe2%c%c", 0xa0 + (bits >> 6), 0x80 + (bits & 0x3f));
}

static void print_curve(const cgm_glance_series *s, const screen *to)
{
    double mean[2 * MOST_WIDTH], least[2 * MOST_WIDTH], greatest[2 * MOST_WIDTH], low, high;
    dots d = {.columns = to->columns - LABEL_WIDTH - 1};
    size_t n = 2 * d.columns, shown = n;
    if (s->n < n) n = s->n ? s->n : 1;
    tool_curve_bin(s->n, s->value, n, mean, least, greatest);
    tool_curve_range(n, mean, &low, &high);
    /* Fewer steps than dots: each is as wide as it takes. */
    for (size_t x = shown; n < shown && x-- > 0;) mean[x] = mean[x * n / shown];
    if (high > low) fill_dots(&d, mean, low, high);
    printf("%s %.6g\n", s->name, latest(s));
    for (int row = 0; row < CURVE_ROWS; row++) {
        if (row == 0 || row == CURVE_ROWS - 1)
            printf("%*.4g ", LABEL_WIDTH - 1, row ? low : high);
        else
            printf("%*s", LABEL_WIDTH, "");
        for (size_t k = 0; k < d.columns; k++) print_cell(d.cell[row][k], to->braille);
        printf("\n");
    }
}

/* Whether it has two different values: else a curve says no more than the line of the state could. */
static bool varies(const cgm_glance_series *s)
{
    double first = latest(s);
    for (size_t i = 0; i < s->n; i++)
        if (isfinite(s->value[i]) && s->value[i] != first) return true;
    return false;
}

/* As many curves as the terminal has room for. Returns the lines taken. */
static size_t print_screen(const cgm_glance_part *p)
{
    screen to = find_screen();
    size_t lines = 1;
    print_state(p);
    printf("\n");
    for (size_t k = 0; k < p->n_series; k++) {
        if (!varies(&p->series[k])) continue;
        if (lines > 1 && lines + CURVE_ROWS + 1 >= to.rows) break;
        print_curve(&p->series[k], &to);
        lines += CURVE_ROWS + 1;
    }
    return lines;
}

/* ---- The command ---- */

/* What has been shown. */
typedef struct watching {
    bool terminal;
    size_t lines; /* on the terminal, to be written over */
    struct stat file;
} watching;

static void show(watching *w, const cgm_glance *g)
{
    const cgm_glance_part *p = current(g);
    if (!p) return;
    if (!w->terminal) {
        print_plain(p);
    } else {
        if (w->lines) printf("\033[%zuA\033[J", w->lines);
        w->lines = print_screen(p);
    }
    fflush(stdout);
}

/* Another file is there than was shown: a checkpoint is a new one. */
static bool is_new(watching *w, const char *path)
{
    struct stat now;
    if (stat(path, &now) != 0) return true; /* reading it says why */
    bool same = now.st_ino == w->file.st_ino && now.st_mtim.tv_sec == w->file.st_mtim.tv_sec &&
                now.st_mtim.tv_nsec == w->file.st_mtim.tv_nsec && now.st_size == w->file.st_size;
    w->file = now;
    return !same;
}

static cgm_status run_watch(const tool_options *options)
{
    const struct timespec pause = {.tv_sec = LOOK_EVERY};
    const char *path = options->argument[0];
    watching w = {.terminal = isatty(STDOUT_FILENO)};
    for (bool over = false; !over;) {
        cgm_glance g;
        if (!is_new(&w, path)) {
            nanosleep(&pause, NULL);
            continue;
        }
        CGM_TRY(cgm_run_glance(path, &g));
        show(&w, &g);
        over = g.finished || options->once;
        if (g.finished) printf("%s is finished\n", path);
        cgm_glance_clear(&g);
    }
    return CGM_OK;
}

static const tool_option takes[] = {{OPT_ONCE, NULL}, {OPT_NONE, NULL}};

const tool tool_watch_row = {
    .name = "watch",
    .arguments = "RUN",
    .n_arguments = 1,
    .brief = "curves of a training under way, until it is finished",
    .doc =
        "Reads what each checkpoint writes, by default one an epoch (train.checkpoint), and draws the metrics of the "
        "part that is being trained, as many as the terminal has room for; a curve spans what it does after its "
        "first twentieth. Elsewhere than on a terminal it prints a line for each checkpoint.",
    .options = takes,
    .run = run_watch,
};
