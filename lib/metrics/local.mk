noinst_LTLIBRARIES += lib/metrics/libmetrics.la
modules += lib/metrics/libmetrics.la
lib_metrics_libmetrics_la_SOURCES = lib/metrics/metrics.c lib/metrics/measure.c
lib_metrics_libmetrics_la_SOURCES += lib/metrics/morphology.h lib/metrics/magnify.c lib/metrics/medial_axis.c lib/metrics/tie_breaks.c
lib_metrics_libmetrics_la_SOURCES += lib/metrics/modes.c lib/metrics/kolmogorov.c
lib_metrics_libmetrics_la_SOURCES += lib/metrics/features.h lib/metrics/features.c lib/metrics/frechet.c lib/metrics/kid.c
lib_metrics_libmetrics_la_SOURCES += lib/metrics/coverage.c lib/metrics/diversity.c lib/metrics/saturation.c
lib_metrics_libmetrics_la_SOURCES += lib/metrics/classification.c lib/metrics/calibration.c lib/metrics/regression.c
