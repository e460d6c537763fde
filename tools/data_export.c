/* cgm data export: a data set as PNG files with a table, or as an HDF5 file. */
#include <stdio.h>
#include <string.h>

#include "tools/tool.h"

static bool is_hdf5(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot && (strcmp(dot, ".h5") == 0 || strcmp(dot, ".hdf5") == 0);
}

static cgm_status export_files(const cgm_dataset *data, const char *folder, int threads)
{
    CGM_TRY(cgm_dataset_export(data, folder, threads));
    printf("wrote %s (attributes.csv and %zu PNG files)\n", folder, cgm_dataset_rows(data));
    return CGM_OK;
}

static cgm_status export_file(const cgm_dataset *data, const char *path)
{
    CGM_TRY(cgm_dataset_save(data, path));
    printf("wrote %s (%zu rows)\n", path, cgm_dataset_rows(data));
    return CGM_OK;
}

static cgm_status run_export(const tool_options *options)
{
    cgm_dataset *data = NULL;
    int threads = options->threads > 0 ? (int)options->threads : cgm_threads_available();
    if (!options->out) return CGM_FAIL(CGM_E_ARG, "data export: expected -o FOLDER, the folder to make, or -o FILE.h5");
    CGM_TRY(tool_open_data(options, &data));
    cgm_status status =
        is_hdf5(options->out) ? export_file(data, options->out) : export_files(data, options->out, threads);
    cgm_dataset_destroy(data);
    return status;
}

static const tool_option takes[] = {{OPT_OUT, "folder to make, or FILE.h5"}, {OPT_NONE, NULL}};

const tool tool_data_export_row = {
    .name = "data export",
    .arguments = "DATA",
    .n_arguments = 1,
    .brief = "write the images of a data set as PNG files, with a table of the other variables, or all of it as HDF5",
    .doc = "DATA is a file, a directory, or a config (.yaml), whose data are meant. A config reads what is written "
           "back with data: {path: FOLDER, images: file, split: split}, or data: {path: FILE.h5}, which also holds "
           "vectors, the types of variables and what the truth follows from.",
    .options = takes,
    .run = run_export,
};
