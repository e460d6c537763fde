noinst_LTLIBRARIES += dip/libdip.la
modules += dip/libdip.la
# One subject a line.
dip_libdip_la_SOURCES = dip/restore.h dip/restore_priv.h dip/restore.c dip/restore_learned.c dip/strip.c dip/history.c
dip_libdip_la_SOURCES += dip/options.h dip/options.c dip/settings.c
dip_libdip_la_SOURCES += dip/measure.h dip/measure.c dip/measured_file.c
dip_libdip_la_SOURCES += dip/image.h dip/image.c dip/scores.h dip/scores.c
dip_libdip_la_SOURCES += dip/problem.h dip/problem.c
dip_libdip_la_SOURCES += dip/fit.h dip/fit_priv.h dip/fit.c dip/fit_graph.c
dip_libdip_la_SOURCES += dip/stopping.h dip/stopping.c
dip_libdip_la_SOURCES += dip/networks/network.h dip/networks/networks.c dip/networks/skip.c dip/networks/unet.c
# What learnt from other images: projection onto a generator, and networks of cgm denoiser.
dip_libdip_la_SOURCES += dip/learned/options.c
dip_libdip_la_SOURCES += dip/learned/projection.h dip/learned/projection_priv.h dip/learned/projection.c dip/learned/projection_graph.c
dip_libdip_la_SOURCES += dip/learned/plug_and_play.h dip/learned/plug_and_play.c
dip_libdip_la_SOURCES += dip/learned/learned.h dip/learned/learned.c dip/learned/learned_apply.c
dip_libdip_la_SOURCES += dip/denoiser.h dip/denoiser.c dip/learned/images.h dip/learned/images.c
dip_libdip_la_SOURCES += dip/learned/training.h dip/learned/training.c dip/learned/training_graph.c dip/learned/training_options.c
unrolled_sources = dip/learned/denoiser.h dip/learned/denoiser.c dip/learned/unrolled.h dip/learned/unrolled.c
dip_libdip_la_SOURCES += $(unrolled_sources)
# An operator a file, and what they share.
dip_libdip_la_SOURCES += dip/operators/operator.h dip/operators/operators.c
dip_libdip_la_SOURCES += dip/operators/axis.h dip/operators/axis.c
dip_libdip_la_SOURCES += dip/operators/identity.c dip/operators/mask.c dip/operators/downsample.c dip/operators/blur.c
dip_libdip_la_SOURCES += dip/operators/radon.h dip/operators/radon.c dip/operators/fourier.c
# A phantom a file.
dip_libdip_la_SOURCES += dip/phantoms/phantom.h dip/phantoms/phantoms.c
dip_libdip_la_SOURCES += dip/phantoms/shepp_logan.c dip/phantoms/brain.c dip/phantoms/thorax.c dip/phantoms/texture.c dip/phantoms/text.c
# A method without a network a file.
dip_libdip_la_SOURCES += dip/baselines/baseline.h dip/baselines/baselines.c
dip_libdip_la_SOURCES += dip/baselines/median.c dip/baselines/bicubic.c dip/baselines/zero_filled.c
dip_libdip_la_SOURCES += dip/baselines/dictionary.c dip/baselines/sparse_coding.h dip/baselines/sparse_coding.c
dip_libdip_la_SOURCES += dip/baselines/wavelet_shrinkage.c dip/baselines/non_local_means.c
dip_libdip_la_SOURCES += dip/baselines/back_projection.c dip/baselines/tikhonov.c dip/baselines/total_variation.c
