/* What makes the run again: command, versions, config. */
#include "tools/report/report.h"

static void write_fact(FILE *f, const char *name, const char *value)
{
    fputs("<dt>", f);
    html_text(f, name);
    fputs("</dt><dd>", f);
    html_text(f, value[0] ? value : "not recorded");
    fputs("</dd>\n", f);
}

cgm_status report_making(report *r)
{
    cgm_run_facts facts;
    char seed[32];
    const char *config = cgm_run_config_text(r->run);
    if (!config) return CGM_E_MEMORY;
    cgm_run_get_facts(r->run, &facts);
    html_element(
        r->f, "p",
        "The run file holds all that is needed, and says whether every data set comes out identical (same build "
        "and CPU type):");
    fputs("<pre><code>cgm rerun ", r->f);
    html_text(r->f, r->path);
    fputs("</code></pre>\n", r->f);
    html_element(r->f, "p", "From the config below, saved as config.yaml:");
    fputs("<pre><code>cgm run config.yaml -o DIRECTORY</code></pre>\n<dl>\n", r->f);
    snprintf(seed, sizeof seed, "%lld", (long long)cgm_run_train_opts(r->run)->seed);
    write_fact(r->f, "cgm", facts.cgm_version);
    write_fact(r->f, "libraries", facts.versions);
    write_fact(r->f, "processor", facts.cpu);
    write_fact(r->f, "seed", seed);
    write_fact(r->f, "data", facts.data);
    write_fact(r->f, "SHA-256 of the data", facts.data_sha256);
    write_fact(r->f, "begun", facts.created);
    write_fact(r->f, "finished", facts.finished);
    fputs("</dl>\n<details open><summary>The config, complete</summary>\n<pre tabindex=\"0\"><code>", r->f);
    html_text(r->f, config);
    fputs("</code></pre></details>\n", r->f);
    return CGM_OK;
}
