/* cgm report: one self-contained page about a run. */
#include <libgen.h>
#include <stdio.h>
#include <string.h>

#include "tools/report/assets.h"
#include "tools/report/report.h"

static bool ends_with(const char *path, const char *end)
{
    size_t n = strlen(path), m = strlen(end);
    return n > m && strcmp(path + n - m, end) == 0;
}

/* -o, or run.h5 -> run.html. */
static cgm_status choose_place(const tool_options *options, cgm_arena *arena, const char **out)
{
    const char *run = options->argument[0];
    size_t length = strlen(run) - (ends_with(run, ".h5") ? 3 : 0);
    if (options->out && !ends_with(options->out, ".html") && !ends_with(options->out, ".htm"))
        return CGM_FAIL(CGM_E_ARG, "-o: expected a name that ends in .html, got \"%s\"", options->out);
    *out = options->out ? options->out : cgm_arena_printf(arena, "%.*s.html", (int)length, run);
    return *out ? CGM_OK : CGM_E_MEMORY;
}

/* ---- The page ---- */

static void write_head(report *r)
{
    FILE *f = r->f;
    /* Nothing may be loaded: all that is shown lies in the page. */
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src "
          "'unsafe-inline'; script-src 'unsafe-inline'\">\n"
          "<link rel=\"icon\" href=\"data:,\">\n<title>",
          f);
    html_text(f, r->path);
    fputs(": cgm report</title>\n<style>\n", f);
    fputs(page_style, f);
    fputs("</style>\n</head>\n<body>\n<header><h1>", f);
    html_text(f, r->path);
    fputs("</h1>\n<p>What was asked of this run, what came out, and whether to trust it. A report by cgm ", f);
    html_text(f, cgm_version());
    fputs(".</p>\n</header>\n", f);
}

/* The sections in their order, with the names that the page's contents have. */
static const struct {
    const char *id, *name;
    cgm_status (*write)(report *r);
} sections[] = {
    {"verdict", "Verdict", report_verdict},
    {"question", "What was asked", report_question},
    {"counterfactuals", "Counterfactuals", report_counterfactuals},
    {"pictures", "Pictures", report_pictures},
    {"soundness", "Soundness", report_soundness},
    {"training", "Training", report_training},
    {"data", "Data", report_data},
    {"making", "How to make it again", report_making},
};
enum { N_SECTIONS = sizeof sections / sizeof *sections };

static void write_contents(FILE *f)
{
    fputs("<nav aria-label=\"contents\"><ul>", f);
    for (size_t k = 0; k < N_SECTIONS; k++)
        fprintf(f, "<li><a href=\"#%s\">%s</a></li>", sections[k].id, sections[k].name);
    fputs("</ul></nav>\n<main>\n", f);
}

static cgm_status write_page(report *r)
{
    write_head(r);
    write_contents(r->f);
    for (size_t k = 0; k < N_SECTIONS; k++) {
        html_section(r->f, sections[k].id, sections[k].name);
        CGM_TRY(sections[k].write(r));
        html_section_end(r->f);
        if (tool_stop) return CGM_FAIL(CGM_E_INTERRUPTED, "stopped: there is no page");
    }
    fputs("</main>\n<script>\n", r->f);
    fputs(page_script, r->f);
    fputs("</script>\n</body>\n</html>\n", r->f);
    return CGM_OK;
}

/* ---- The command ---- */

/* A page about data that have gone says so, unless it was said where they are. */
static cgm_status read_data(report *r)
{
    cgm_status status = cgm_run_load_data(r->run);
    if (status == CGM_OK) return CGM_OK;
    if (r->options->path || !cgm_status_is_user(status)) return status;
    r->no_data = cgm_arena_strdup(&r->arena, cgm_error_message());
    if (!r->no_data) return CGM_E_MEMORY;
    fprintf(stderr, "warning: the report is without data: %s\n", r->no_data);
    return CGM_OK;
}

static cgm_status find_directory(report *r)
{
    char *copy = cgm_arena_strdup(&r->arena, r->path);
    r->directory = copy ? dirname(copy) : NULL;
    r->results = json_array();
    r->checks = json_array();
    return r->directory && r->results && r->checks ? CGM_OK : CGM_FAIL(CGM_E_MEMORY, "out of memory for a report");
}

static cgm_status make_page(report *r, const char *place)
{
    cgm_atomic *atomic;
    CGM_TRY(cgm_atomic_open(place, &atomic, &r->f));
    tool_catch_signals();
    cgm_status status = read_data(r);
    if (status == CGM_OK) status = report_collect(r);
    if (status == CGM_OK) status = write_page(r);
    cgm_status closed = cgm_atomic_close(atomic, status == CGM_OK);
    if (status != CGM_OK) return status;
    CGM_TRY(closed);
    tool_end_line();
    tool_release_signals();
    printf("wrote %s (report: %zu check%s hold%s, %zu do%s not)\n", place, r->held, r->held == 1 ? "" : "s",
           r->held == 1 ? "s" : "", r->failed, r->failed == 1 ? "es" : "");
    return CGM_OK;
}

static cgm_status run_report(const tool_options *options)
{
    const char *place = NULL;
    report r = {.path = options->argument[0], .options = options};
    cgm_status status = choose_place(options, &r.arena, &place);
    if (status == CGM_OK) status = find_directory(&r);
    if (status == CGM_OK) status = tool_open(r.path, options, &r.run);
    if (status == CGM_OK) status = make_page(&r, place);
    cgm_run_destroy(r.run);
    json_decref(r.results);
    json_decref(r.checks);
    cgm_arena_clear(&r.arena);
    return status;
}

static cgm_status check_report(cgm_run *run, const tool_options *options)
{
    cgm_arena arena = {0};
    const char *place;
    (void)run;
    cgm_status status = choose_place(options, &arena, &place);
    cgm_arena_clear(&arena);
    return status;
}

static const tool_option takes[] = {
    {OPT_OUT, "page to write, .html (RUN's name with .html)"},
    {OPT_WITH,
     "answer of evaluate, realism, predictors, effect and the like to show, .h5, .csv or what --json prints; may be "
     "given again (those that the config's queries wrote are shown anyway)"},
    {OPT_IMAGES, NULL},
    {OPT_INDEX, "these rows of the test split, from 0, instead of the first"},
    {OPT_STEPS, NULL},
    {OPT_SEED, "of abduction (1)"},
    {OPT_TEMPERATURE, NULL},
    {OPT_PIXEL_TEMPERATURE, NULL},
    {OPT_PATH, NULL},
    {OPT_NONE, NULL}};

const tool tool_report_row = {
    .name = "report",
    .arguments = "RUN",
    .n_arguments = 1,
    .brief = "one page that shows a run: question, curves, counterfactuals, soundness, verdict",
    .doc = "The page needs no network and no other file: open it in a browser. It has the graph, what was asked, "
           "counterfactuals of test images with a slider for each attribute, soundness beside published figures, "
           "curves, times and memory of training, the data, and what makes it again; a verdict holds each figure "
           "against what it should be. Of a run that is not finished it shows what there is.",
    .options = takes,
    .run = run_report,
    .check = check_report,
};
