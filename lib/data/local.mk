noinst_LTLIBRARIES += lib/data/libdata.la
modules += lib/data/libdata.la
lib_data_libdata_la_SOURCES = lib/data/store.h lib/data/store.c lib/data/dataset.c lib/data/opts.c lib/data/open.c lib/data/idx.h lib/data/idx.c \
  lib/data/variable.c lib/data/level_names.h lib/data/level_names.c lib/data/csv.h lib/data/csv.c lib/data/table.c lib/data/resample.c lib/data/arrays.h lib/data/arrays.c lib/data/morphomnist.c lib/data/hdf5.c lib/data/hdf5_save.c lib/data/generated.c \
  lib/data/batches.c lib/data/summary.c lib/data/sheet.c
lib_data_libdata_la_SOURCES += lib/data/generator.c lib/data/generator.h lib/data/strokes.h lib/data/strokes.c \
  lib/data/strokes_outlines.c lib/data/strokes_pen.c lib/data/strokes_ink.c lib/data/strokes_pair.c
lib_data_libdata_la_SOURCES += lib/data/phantom.h lib/data/phantom.c lib/data/phantom_pair.c
lib_data_libdata_la_SOURCES += lib/data/gaussians.c lib/data/swiss_roll.c
lib_data_libdata_la_SOURCES += lib/data/truth.c
lib_data_libdata_la_SOURCES += lib/data/choose.c
lib_data_libdata_la_SOURCES += lib/data/folder.c lib/data/domains.c lib/data/image_file.h lib/data/image_file.c lib/data/resize.h lib/data/resize.c
lib_data_libdata_la_SOURCES += lib/data/export.c
lib_data_libdata_la_SOURCES += lib/data/image_generator.h
lib_data_libdata_la_SOURCES += lib/data/augment_table.h lib/data/augment.c lib/data/augment_draw.c lib/data/augment_pixels.c
lib_data_libdata_la_SOURCES += lib/data/thickness_intensity.h lib/data/thickness_intensity.c lib/data/morphomnist_make.c
