noinst_LTLIBRARIES += lib/kernels/libkernels.la
modules += lib/kernels/libkernels.la
EXTRA_DIST += lib/kernels/vector_math.py
kernels_sources = \
  lib/kernels/blas.c \
  lib/kernels/conv2d.h \
  lib/kernels/conv2d_fast.c \
  lib/kernels/conv2d_filter_grad.c \
  lib/kernels/conv2d_groups.c \
  lib/kernels/conv2d_isa.c \
  lib/kernels/conv2d_isa.h \
  lib/kernels/conv2d_pixel.c \
  lib/kernels/conv2d_pixel.h \
  lib/kernels/conv2d_planes.c \
  lib/kernels/conv2d_planes.h \
  lib/kernels/conv2d_reference.c \
  lib/kernels/conv2d_rows.c \
  lib/kernels/conv2d_rows.h \
  lib/kernels/conv2d_rows_filter.c \
  lib/kernels/conv2d_winograd.c \
  lib/kernels/conv2d_winograd.h \
  lib/kernels/conv2d_winograd_filter.c \
  lib/kernels/conv2d_winograd_isa.h \
  lib/kernels/conv2d_winograd_map.h \
  lib/kernels/conv2d_winograd_tiles.c \
  lib/kernels/conv2d_winograd_weights.c \
  lib/kernels/copy.c \
  lib/kernels/double_isa.h \
  lib/kernels/double_math.c \
  lib/kernels/double_math.h \
  lib/kernels/double_math_isa.h \
  lib/kernels/each_isa.h \
  lib/kernels/elementwise.c \
  lib/kernels/gelu.c \
  lib/kernels/gelu.h \
  lib/kernels/gelu_isa.h \
  lib/kernels/gelu_tables.h \
  lib/kernels/gemm.c \
  lib/kernels/gemm.h \
  lib/kernels/index.c \
  lib/kernels/kernels.h \
  lib/kernels/max_index.c \
  lib/kernels/reduce.c \
  lib/kernels/resample.c \
  lib/kernels/scan.c \
  lib/kernels/separable.c \
  lib/kernels/sizes.h \
  lib/kernels/sort.c \
  lib/kernels/table.c \
  lib/kernels/vector_math.h \
  lib/kernels/whole.h
lib_kernels_libkernels_la_SOURCES = $(kernels_sources)
