# `make bench` runs all, `make bench BENCH=name` one. A new bench is bench/bench_NAME.c, its name here, and, if it has a peer,
# bench/peers/NAME.py.
bench_names = gemm
EXTRA_PROGRAMS = bench/bench_gemm
bench_names += conv
EXTRA_PROGRAMS += bench/bench_conv
bench_names += cvae_train
EXTRA_PROGRAMS += bench/bench_cvae_train
bench_names += hvae_train
EXTRA_PROGRAMS += bench/bench_hvae_train
bench_names += hvae_cf
EXTRA_PROGRAMS += bench/bench_hvae_cf
bench_names += gan_train
EXTRA_PROGRAMS += bench/bench_gan_train
bench_names += wgan_gp_train
EXTRA_PROGRAMS += bench/bench_wgan_gp_train
bench_names += cyclegan_train
EXTRA_PROGRAMS += bench/bench_cyclegan_train
bench_names += dip_iter
EXTRA_PROGRAMS += bench/bench_dip_iter
bench_names += graphs
EXTRA_PROGRAMS += bench/bench_graphs
bench_names += scm
EXTRA_PROGRAMS += bench/bench_scm
bench_names += measures
EXTRA_PROGRAMS += bench/bench_measures
bench_names += scaling
EXTRA_PROGRAMS += bench/bench_scaling
bench_bench_scaling_SOURCES = bench/bench_scaling.c bench/plot.c bench/plot.h
CLEANFILES += bench-scaling.png
noinst_HEADERS += bench/bench.h bench/image_training.h
bench_bench_scm_SOURCES = bench/bench_scm.c bench/peaks.c bench/peaks.h bench/peak_isa.h
EXTRA_DIST += bench/run bench/alternate.py bench/join.py bench/peers/turns.py bench/conv_table.py bench/peers/harness.py bench/peers/conv.py bench/peers/cvae_train.py bench/peers/scm.py
EXTRA_DIST += bench/peers/measures.py
EXTRA_DIST += bench/peers/gan_net.py bench/peers/gan_train.py bench/peers/wgan_gp_train.py
EXTRA_DIST += bench/peers/cyclegan_train.py bench/peers/dip_iter.py
EXTRA_DIST += bench/peers/hvae_net.py bench/peers/hvae_train.py bench/peers/hvae_cf.py
CLEANFILES += $(EXTRA_PROGRAMS)

bench: $(noinst_LTLIBRARIES)
	@list='$(BENCH)'; test -n "$$list" || list='$(bench_names)'; \
	for name in $$list; do \
	  $(MAKE) $(AM_MAKEFLAGS) -s bench/bench_$$name$(EXEEXT) >&2 && \
	  $(srcdir)/bench/run bench/bench_$$name$(EXEEXT) $(srcdir)/bench/peers/$$name.py || exit 1; \
	done
.PHONY: bench
