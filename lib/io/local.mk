noinst_LTLIBRARIES += lib/io/libio.la
modules += lib/io/libio.la
lib_io_libio_la_SOURCES = lib/io/driver.c lib/io/driver.h lib/io/file.c lib/io/file_attributes.c lib/io/file_axes.c lib/io/file_data.c \
  lib/io/file_list.c lib/io/file_append.c \
  lib/io/hdf5.c lib/io/hdf5.h lib/io/drawing.h lib/io/drawing.c lib/io/picture.c lib/io/place.c lib/io/csv.c lib/io/probe.c lib/io/sha256.c lib/io/state.c lib/io/params_state.h lib/io/params_state.c
lib_io_libio_la_SOURCES += lib/io/colour_map.c lib/io/colour_bar.h lib/io/colour_bar.c
lib_io_libio_la_SOURCES += lib/io/scatter.c lib/io/scatter_colours.h lib/io/scatter_colours.c lib/io/contours.h lib/io/contours.c lib/io/reliability.c
lib_io_libio_la_SOURCES += lib/io/png_read.h lib/io/png_read.c lib/io/png_file.c
lib_io_libio_la_SOURCES += lib/io/filling.c
