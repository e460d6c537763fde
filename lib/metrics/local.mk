noinst_LTLIBRARIES += lib/metrics/libmetrics.la
modules += lib/metrics/libmetrics.la
lib_metrics_libmetrics_la_SOURCES = lib/metrics/metrics.c lib/metrics/measure.c lib/metrics/morphology.c \
  lib/metrics/morphology.h
