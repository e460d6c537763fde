noinst_LTLIBRARIES += lib/metrics/libmetrics.la
modules += lib/metrics/libmetrics.la
lib_metrics_libmetrics_la_SOURCES = lib/metrics/metrics.c lib/metrics/measure.c
lib_metrics_libmetrics_la_SOURCES += lib/metrics/morphology.h lib/metrics/magnify.c lib/metrics/medial_axis.c lib/metrics/tie_breaks.c
lib_metrics_libmetrics_la_SOURCES += lib/metrics/modes.c lib/metrics/kolmogorov.c
