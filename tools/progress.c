/* Progress for people: one line that is rewritten on a terminal, wrapped where it is too narrow, else a plain line
 * every ten seconds. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tools/tool.h"

#define TERMINAL_EVERY 0.1 /* seconds between two lines */
#define PLAIN_EVERY 10.0
#define BAR 20

/* The state of the one line that the process shows. */
static struct {
    bool open;     /* the line is being rewritten */
    int rows;      /* of the terminal that it takes */
    bool said;     /* something was shown of the task */
    double shown;  /* when it was last */
    char what[64]; /* the task that it is about */
} line;

volatile int tool_stop;

static void on_signal(int signal_number)
{
    tool_stop = signal_number;
}

void tool_catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

void tool_release_signals(void)
{
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    if (tool_stop) raise(tool_stop);
}

/* "1:02:03" or "2:03" */
static void format_time(double seconds, size_t size, char *out)
{
    long s = seconds < 0 || !(seconds < 1e9) ? 0 : (long)(seconds + 0.5);
    if (s >= 3600)
        snprintf(out, size, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(out, size, "%ld:%02ld", s / 60, s % 60);
}

/* Whether a metric is a part of an earlier one, as kl_16 is of kl. */
static bool is_part(const cgm_progress *p, size_t i, size_t *length)
{
    for (size_t k = 0; k < i; k++) {
        *length = strlen(p->metrics[k].name);
        if (strncmp(p->metrics[i].name, p->metrics[k].name, *length) == 0 && p->metrics[i].name[*length] == '_')
            return true;
    }
    return false;
}

/* nats_per_dim as nats/dim. */
static void format_name(const char *name, size_t size, char *out)
{
    const char *per = strstr(name, "_per_");
    if (per)
        snprintf(out, size, "%.*s/%s", (int)(per - name), name, per + 5);
    else
        snprintf(out, size, "%s", name);
}

/* Appends "  nll 700.1  kl 28.2 (16: 20.1, 8: 8.1)". */
static void format_metrics(const cgm_progress *p, size_t used, size_t size, char *out)
{
    bool inside = false;
    for (size_t i = 0; i < p->n_metrics && used < size; i++) {
        size_t length = 0;
        bool part = is_part(p, i, &length);
        const char *close = inside && !part ? ")" : "", *open = !part ? "  " : inside ? ", " : " (";
        char name[sizeof p->metrics[0].name];
        format_name(p->metrics[i].name + (part ? length + 1 : 0), sizeof name, name);
        used += (size_t)snprintf(out + used, size - used, "%s%s%s%s %.4g", close, open, name, part ? ":" : "",
                                 p->metrics[i].value);
        inside = part;
    }
    if (inside && used < size) snprintf(out + used, size - used, ")");
}

/* With a bar where all is one row. */
static void format_line(const cgm_progress *p, size_t width, size_t size, char *out)
{
    double part = p->total ? (double)p->done / (double)p->total : 0;
    double made = (double)(p->done - p->done_at_start), rate = p->seconds > 0 ? made / p->seconds : 0;
    char bar[BAR + 1], left[32] = "?";
    int full = (int)(part * BAR + 0.5);
    for (int i = 0; i < BAR; i++) bar[i] = i < full ? '#' : '.';
    bar[BAR] = '\0';
    if (rate > 0) format_time((double)(p->total - p->done) / rate, sizeof left, left);
    for (int with_bar = 1; with_bar >= 0; with_bar--) {
        int used = snprintf(out, size, "%s  %3.0f %%  %s%s%.0f %s/s  %s left", p->what, 100 * part, with_bar ? bar : "",
                            with_bar ? "  " : "", rate, p->unit ? p->unit : "units", left);
        format_metrics(p, (size_t)used, size, out);
        if (strlen(out) <= width) return;
    }
}

/* Columns of the terminal that a row may take, so that the terminal itself does not wrap it. */
static size_t terminal_width(void)
{
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col - 1u : 79;
}

/* Breaks the text into rows between its parts, which two spaces tell apart, and cuts rows that are still too long;
 * returns how many there are. */
static int wrap(size_t width, char *text)
{
    int rows = 1;
    char *row = text, *gap = NULL;
    for (char *at = text; *at; at++) {
        if (at > text && at[-1] == ' ' && *at == ' ') gap = at;
        if ((size_t)(at - row) < width || !gap) continue;
        *gap = '\n';
        row = gap + 1;
        gap = NULL;
        rows++;
    }
    return rows;
}

/* Writes the rows over those that the last call left. */
static void rewrite(size_t width, char *text)
{
    int rows = wrap(width, text);
    fputc('\r', stderr);
    if (line.open && line.rows > 1) fprintf(stderr, "\033[%dA", line.rows - 1);
    fputs("\033[J", stderr);
    for (char *row = text; row;) {
        size_t n = strcspn(row, "\n");
        fprintf(stderr, "%.*s", (int)(n < width ? n : width), row);
        row = row[n] ? row + n + 1 : NULL;
        if (row) fputc('\n', stderr);
    }
    line.rows = rows;
}

static void show(void *context, const cgm_progress *p)
{
    (void)context;
    bool terminal = isatty(STDERR_FILENO), last = p->done >= p->total;
    double now = cgm_seconds();
    if (strncmp(line.what, p->what, sizeof line.what - 1) != 0) {
        tool_end_line();
        snprintf(line.what, sizeof line.what, "%s", p->what);
        line.shown = terminal ? 0 : now;
        line.said = false;
    }
    /* Elsewhere than on a terminal a short task says nothing. */
    bool due = now - line.shown >= (terminal ? TERMINAL_EVERY : PLAIN_EVERY);
    if (!due && !(last && (terminal || line.said))) return;
    char text[1024];
    size_t width = terminal ? terminal_width() : 0;
    format_line(p, width, sizeof text, text);
    if (terminal)
        rewrite(width, text);
    else
        fprintf(stderr, "%s\n", text);
    fflush(stderr);
    line.shown = now;
    line.said = true;
    line.open = terminal;
    if (last) tool_end_line();
}

static void show_log(void *context, cgm_log_level level, const char *message)
{
    (void)context;
    tool_end_line();
    fprintf(stderr, "%s%s\n", level == CGM_LOG_WARNING ? "warning: " : "", message);
}

void tool_end_line(void)
{
    if (line.open) fputc('\n', stderr);
    line.open = false;
}

cgm_sink tool_sink(const tool_options *options)
{
    return options->quiet ? (cgm_sink){0} : (cgm_sink){.log = show_log, .progress = show};
}
