/* cgm data export: a data set as PNG files with a table. */
#include <stdio.h>

#include "tools/tool.h"

static cgm_status run_export(const tool_options *options)
{
    cgm_dataset *data = NULL;
    int threads = options->threads > 0 ? (int)options->threads : cgm_threads_available();
    if (!options->out) return CGM_FAIL(CGM_E_ARG, "data export: expected -o FOLDER, the folder to make");
    CGM_TRY(tool_open_data(options, &data));
    cgm_status status = cgm_dataset_export(data, options->out, threads);
    if (status == CGM_OK) printf("wrote %s (attributes.csv and %zu PNG files)\n", options->out, cgm_dataset_rows(data));
    cgm_dataset_destroy(data);
    return status;
}

static const tool_option takes[] = {{OPT_OUT, "folder to make"}, {OPT_NONE, NULL}};

const tool tool_data_export_row = {
    .name = "data export",
    .arguments = "DATA",
    .n_arguments = 1,
    .brief = "write the images of a data set as PNG files, with a table of the other variables",
    .doc = "DATA is a file, a directory, or a config (.yaml), whose data are meant. A config reads what is written "
           "back with data: {path: FOLDER, images: file, split: split}.",
    .options = takes,
    .run = run_export,
};
