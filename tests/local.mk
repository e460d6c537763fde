# One CUnit program a module. Each links the whole library statically, internal symbols included.
if HAVE_CUNIT
check_PROGRAMS += tests/test_base tests/test_kernels tests/test_kernels_conv tests/test_graph tests/test_gradients tests/test_nn tests/test_io tests/test_config \
  tests/test_data tests/test_dataset tests/test_scm tests/test_scm_graph tests/test_scm_mechanisms tests/test_vae tests/test_run
check_PROGRAMS += tests/test_strokes tests/test_metrics
check_PROGRAMS += tests/test_scm_data tests/test_mediation tests/test_unit
check_PROGRAMS += tests/test_formula tests/test_splines
check_PROGRAMS += tests/test_graphs tests/test_identify
endif
test_libs = libcgm_all.la $(external_libs) $(CUNIT_LIBS)
test_cppflags = $(AM_CPPFLAGS) $(CUNIT_CFLAGS)
noinst_HEADERS += tests/allocations.h tests/harness.h tests/fixtures/data.h tests/fixtures/nn.h
EXTRA_DIST += tests/fixtures/make_nn.py tests/fixtures/make_vae.py

tests_test_base_SOURCES = tests/test_base.c
tests_test_base_CPPFLAGS = $(test_cppflags)
tests_test_base_LDADD = $(test_libs)
tests_test_kernels_SOURCES = tests/test_kernels.c
tests_test_kernels_CPPFLAGS = $(test_cppflags)
tests_test_kernels_LDADD = $(test_libs)
tests_test_kernels_conv_SOURCES = tests/test_kernels_conv.c
tests_test_kernels_conv_CPPFLAGS = $(test_cppflags)
tests_test_kernels_conv_LDADD = $(test_libs)
tests_test_graph_SOURCES = tests/test_graph.c tests/oracle.c tests/oracle.h
tests_test_graph_CPPFLAGS = $(test_cppflags)
tests_test_graph_LDADD = $(test_libs)
tests_test_nn_SOURCES = tests/test_nn.c
tests_test_nn_CPPFLAGS = $(test_cppflags)
tests_test_nn_LDADD = $(test_libs)
tests_test_io_SOURCES = tests/test_io.c
tests_test_io_CPPFLAGS = $(test_cppflags)
tests_test_io_LDADD = $(test_libs)
tests_test_config_SOURCES = tests/test_config.c
tests_test_config_CPPFLAGS = $(test_cppflags)
tests_test_config_LDADD = $(test_libs)
tests_test_data_SOURCES = tests/test_data.c
tests_test_data_CPPFLAGS = $(test_cppflags)
tests_test_data_LDADD = $(test_libs)
tests_test_dataset_SOURCES = tests/test_dataset.c
tests_test_dataset_CPPFLAGS = $(test_cppflags)
tests_test_dataset_LDADD = $(test_libs)
tests_test_scm_SOURCES = tests/test_scm.c tests/scm_toys.h
tests_test_scm_CPPFLAGS = $(test_cppflags)
tests_test_scm_LDADD = $(test_libs)
tests_test_scm_graph_SOURCES = tests/test_scm_graph.c tests/scm_toys.h
tests_test_scm_graph_CPPFLAGS = $(test_cppflags)
tests_test_scm_graph_LDADD = $(test_libs)
tests_test_scm_mechanisms_SOURCES = tests/test_scm_mechanisms.c tests/scm_toys.h tests/fixtures/scm_fits.h
tests_test_scm_mechanisms_CPPFLAGS = $(test_cppflags)
tests_test_scm_mechanisms_LDADD = $(test_libs)
tests_test_scm_data_SOURCES = tests/test_scm_data.c tests/scm_toys.h
tests_test_scm_data_CPPFLAGS = $(test_cppflags)
tests_test_scm_data_LDADD = $(test_libs)
tests_test_unit_SOURCES = tests/test_unit.c
tests_test_unit_CPPFLAGS = $(test_cppflags)
tests_test_unit_LDADD = $(test_libs)
tests_test_mediation_SOURCES = tests/test_mediation.c
tests_test_mediation_CPPFLAGS = $(test_cppflags)
tests_test_mediation_LDADD = $(test_libs)
EXTRA_DIST += tests/fixtures/make_scm.py
tests_test_formula_SOURCES = tests/test_formula.c tests/scm_toys.h tests/fixtures/formula.h
tests_test_formula_CPPFLAGS = $(test_cppflags)
tests_test_formula_LDADD = $(test_libs)
EXTRA_DIST += tests/fixtures/make_formula.py
tests_test_splines_SOURCES = tests/test_splines.c tests/scm_toys.h tests/fixtures/splines.h
tests_test_splines_CPPFLAGS = $(test_cppflags)
tests_test_splines_LDADD = $(test_libs)
EXTRA_DIST += tests/fixtures/make_splines.py
tests_test_vae_SOURCES = tests/test_vae.c tests/fixtures/vae.h
tests_test_vae_CPPFLAGS = $(test_cppflags)
tests_test_vae_LDADD = $(test_libs)
tests_test_run_SOURCES = tests/test_run.c
tests_test_run_CPPFLAGS = $(test_cppflags)
tests_test_run_LDADD = $(test_libs)
tests_test_strokes_SOURCES = tests/test_strokes.c
tests_test_strokes_CPPFLAGS = $(test_cppflags)
tests_test_strokes_LDADD = $(test_libs)
tests_test_metrics_SOURCES = tests/test_metrics.c
tests_test_metrics_CPPFLAGS = $(test_cppflags)
tests_test_metrics_LDADD = $(test_libs)

tests_test_graphs_SOURCES = tests/test_graphs.c tests/graph_toys.h
tests_test_graphs_CPPFLAGS = $(test_cppflags)
tests_test_graphs_LDADD = $(test_libs)
tests_test_identify_SOURCES = tests/test_identify.c tests/graph_toys.h
tests_test_identify_CPPFLAGS = $(test_cppflags)
tests_test_identify_LDADD = $(test_libs)

# Gradient checks need double, whatever the configuration: the floors they stand on are compiled again.
tests_test_gradients_SOURCES = tests/test_gradients.c tests/gradcheck.c tests/gradcheck.h $(base_sources) $(kernels_sources) \
  $(graph_sources)
tests_test_gradients_CPPFLAGS = $(test_cppflags) -UCGM_DOUBLE -DCGM_DOUBLE=1
tests_test_gradients_LDADD = $(external_libs) $(CUNIT_LIBS)

# The command as a user meets it.
check_scripts += tests/test_cli.sh
EXTRA_DIST += tests/test_cli.sh

# Discrete networks.
if HAVE_CUNIT
check_PROGRAMS += tests/test_discrete tests/test_network
endif
tests_test_discrete_SOURCES = tests/test_discrete.c
tests_test_discrete_CPPFLAGS = $(test_cppflags)
tests_test_discrete_LDADD = $(test_libs)
tests_test_network_SOURCES = tests/test_network.c
tests_test_network_CPPFLAGS = $(test_cppflags)
tests_test_network_LDADD = $(test_libs)

# Pictures of graphs.
if HAVE_CUNIT
check_PROGRAMS += tests/test_diagram
endif
tests_test_diagram_SOURCES = tests/test_diagram.c tests/graph_toys.h
tests_test_diagram_CPPFLAGS = $(test_cppflags)
tests_test_diagram_LDADD = $(test_libs)
check_scripts += tests/test_cli_graph.sh
EXTRA_DIST += tests/test_cli_graph.sh

# Graphs against data.
if HAVE_CUNIT
check_PROGRAMS += tests/test_check
endif
tests_test_check_SOURCES = tests/test_check.c tests/graph_toys.h tests/fixtures/check.h
tests_test_check_CPPFLAGS = $(test_cppflags)
tests_test_check_LDADD = $(test_libs)
EXTRA_DIST += tests/fixtures/make_check.py
