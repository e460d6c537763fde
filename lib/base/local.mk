noinst_LTLIBRARIES += lib/base/libbase.la
modules += lib/base/libbase.la
base_sources = lib/base/arena.c lib/base/denormals.c lib/base/denormals.h lib/base/gsl_quiet.c \
  lib/base/gsl_quiet.h lib/base/log.c lib/base/philox.h lib/base/rng.c lib/base/rng_fill.c \
  lib/base/rng_gsl.c lib/base/rng_gsl.h lib/base/status.c lib/base/threads.c
lib_base_libbase_la_SOURCES = $(base_sources)
