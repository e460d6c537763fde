# One CUnit program a module, tests/test_NAME.c: a new one is one word here. Each links the whole library statically, internal
# symbols included (LDADD, in Makefile.am).
if HAVE_CUNIT
check_PROGRAMS += tests/test_base
check_PROGRAMS += tests/test_kernels tests/test_kernels_conv tests/test_kernels_double
check_PROGRAMS += tests/test_graph tests/test_gradients tests/test_segments
check_PROGRAMS += tests/test_spatial
check_PROGRAMS += tests/test_nn tests/test_layers tests/test_optimizers
check_PROGRAMS += tests/test_losses
check_PROGRAMS += tests/test_memory tests/test_disk
check_PROGRAMS += tests/test_io
check_PROGRAMS += tests/test_colours
check_PROGRAMS += tests/test_config
check_PROGRAMS += tests/test_data tests/test_dataset tests/test_strokes tests/test_phantoms tests/test_points
check_PROGRAMS += tests/test_folder tests/test_domains
check_PROGRAMS += tests/test_augment
check_PROGRAMS += tests/test_metrics tests/test_modes tests/test_sets
check_PROGRAMS += tests/test_perturb tests/test_morphomnist
check_PROGRAMS += tests/test_scm tests/test_scm_graph tests/test_scm_data tests/test_scm_threads
check_PROGRAMS += tests/test_types tests/test_vector
check_PROGRAMS += tests/test_scm_mechanisms tests/test_scm_levels tests/test_scm_ordered
check_PROGRAMS += tests/test_formula
check_PROGRAMS += tests/test_splines
check_PROGRAMS += tests/test_additive
check_PROGRAMS += tests/test_unit
check_PROGRAMS += tests/test_hidden
check_PROGRAMS += tests/test_effect
check_PROGRAMS += tests/test_logprob
check_PROGRAMS += tests/test_intervention
check_PROGRAMS += tests/test_twin
check_PROGRAMS += tests/test_axioms
check_PROGRAMS += tests/test_attributes
check_PROGRAMS += tests/test_mediation tests/test_mediation_paths tests/test_mediation_units tests/test_sensitivity
check_PROGRAMS += tests/test_running_means tests/test_mediation_images tests/test_composition
check_PROGRAMS += tests/test_discrete tests/test_network
check_PROGRAMS += tests/test_graphs tests/test_identify
check_PROGRAMS += tests/test_diagram
check_PROGRAMS += tests/test_check
check_PROGRAMS += tests/test_training
check_PROGRAMS += tests/test_autoencoder tests/test_vae tests/test_likelihoods
check_PROGRAMS += tests/test_dip tests/test_dip_fit tests/test_dictionary
check_PROGRAMS += tests/test_dip_learned tests/test_dip_training tests/test_unrolled tests/test_image_generators
check_PROGRAMS += tests/test_gan tests/test_gan_levels tests/test_gan_gradients tests/test_cyclegan tests/test_watch
check_PROGRAMS += tests/test_hvae tests/test_hvae_notation tests/test_hvae_queries
check_PROGRAMS += tests/test_run
check_PROGRAMS += tests/test_scores tests/test_predictors tests/test_explain tests/test_tuning
check_PROGRAMS += tests/test_answers tests/test_realism tests/test_evaluate
check_PROGRAMS += tests/test_attacks tests/test_embed
check_PROGRAMS += tests/test_report
endif
tests_test_report_SOURCES = tests/test_report.c tools/curve.h tools/curve.c
op_case_sources = tests/op_cases.c tests/op_rows.h tests/gradcheck.c
tests_test_graph_SOURCES = tests/test_graph.c tests/oracle.c $(op_case_sources)
tests_test_likelihoods_SOURCES = tests/test_likelihoods.c tests/gradcheck.c
tests_test_losses_SOURCES = tests/test_losses.c tests/gradcheck.c
tests_test_segments_SOURCES = tests/test_segments.c tests/oracle.c $(op_case_sources)
# Gradient checks need double, whatever the configuration: the floors they stand on are compiled again.
check_LTLIBRARIES = tests/libdouble.la
tests_libdouble_la_SOURCES = $(base_sources) $(kernels_sources) $(graph_sources) $(layer_sources)
tests_libdouble_la_CPPFLAGS = $(AM_CPPFLAGS) -UCGM_DOUBLE -DCGM_DOUBLE=1
tests_test_gradients_SOURCES = tests/test_gradients.c $(op_case_sources)
tests_test_gradients_CPPFLAGS = $(tests_libdouble_la_CPPFLAGS)
tests_test_gradients_LDADD = tests/libdouble.la $(external_libs) $(CUNIT_LIBS)
tests_test_gan_gradients_SOURCES = tests/test_gan_gradients.c lib/data/variable.c $(gan_network_sources)
tests_test_gan_gradients_CPPFLAGS = $(tests_libdouble_la_CPPFLAGS)
tests_test_gan_gradients_LDADD = $(tests_test_gradients_LDADD)
tests_test_unrolled_SOURCES = tests/test_unrolled.c $(unrolled_sources)
tests_test_unrolled_CPPFLAGS = $(tests_libdouble_la_CPPFLAGS)
tests_test_unrolled_LDADD = $(tests_test_gradients_LDADD)

# Which allocations fail is decided between the library's objects and libc.
tests_test_memory_LDFLAGS = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free,--wrap=aligned_alloc,--wrap=strdup,--wrap=strndup
tests_test_memory_LDFLAGS += -Wl,--wrap=cgm_alloc_aligned,--wrap=cgm_arena_alloc,--wrap=cgm_arena_array,--wrap=cgm_arena_strdup
tests_test_memory_LDFLAGS += -Wl,--wrap=gsl_matrix_alloc,--wrap=gsl_vector_alloc,--wrap=gsl_bspline_alloc,--wrap=gsl_eigen_gensymmv_alloc
tests_test_memory_LDFLAGS += -Wl,--wrap=gsl_eigen_symmv_alloc,--wrap=gsl_root_fsolver_alloc -rdynamic

tests_test_disk_LDFLAGS = -Wl,--wrap=pwrite,--wrap=ftruncate,--wrap=fsync,--wrap=rename,--wrap=fflush,--wrap=fclose

# What they include.
noinst_HEADERS += tests/node_toys.h tests/op_cases.h
noinst_HEADERS += tests/allocations.h tests/harness.h tests/oracle.h tests/gradcheck.h
noinst_HEADERS += tests/graph_toys.h tests/scm_toys.h tests/mechanism_toys.h tests/known.h tests/run_toys.h tests/train_toys.h tests/mediation_toys.h
noinst_HEADERS += tests/statistics.h tests/fit_toys.h tests/gan_toys.h tests/game_toys.h
noinst_HEADERS += tests/predictor_toys.h tests/png_pixels.h tests/latent_toys.h tests/vector_toys.h tests/painter_toys.h
# Reference values, and what made them.
noinst_HEADERS += tests/fixtures/additive.h
noinst_HEADERS += tests/fixtures/check.h
noinst_HEADERS += tests/fixtures/cyclegan.h
noinst_HEADERS += tests/fixtures/data.h
noinst_HEADERS += tests/fixtures/dip.h
noinst_HEADERS += tests/fixtures/embed.h
noinst_HEADERS += tests/fixtures/explain.h
noinst_HEADERS += tests/fixtures/formula.h
noinst_HEADERS += tests/fixtures/gan.h
noinst_HEADERS += tests/fixtures/hvae.h
noinst_HEADERS += tests/fixtures/layers.h
noinst_HEADERS += tests/fixtures/levels.h
noinst_HEADERS += tests/fixtures/likelihoods.h
noinst_HEADERS += tests/fixtures/losses.h
noinst_HEADERS += tests/fixtures/measures.h
noinst_HEADERS += tests/fixtures/mediation.h
noinst_HEADERS += tests/fixtures/minimality.h
noinst_HEADERS += tests/fixtures/nn.h
noinst_HEADERS += tests/fixtures/optimizers.h
noinst_HEADERS += tests/fixtures/ordered.h
noinst_HEADERS += tests/fixtures/png.h
noinst_HEADERS += tests/fixtures/predictors.h
noinst_HEADERS += tests/fixtures/scm_fits.h
noinst_HEADERS += tests/fixtures/scores.h
noinst_HEADERS += tests/fixtures/sets.h
noinst_HEADERS += tests/fixtures/spatial.h
noinst_HEADERS += tests/fixtures/splines.h
noinst_HEADERS += tests/fixtures/vae.h
EXTRA_DIST += tests/fixtures/c_header.py
EXTRA_DIST += tests/fixtures/make_additive.py
EXTRA_DIST += tests/fixtures/make_check.py
EXTRA_DIST += tests/fixtures/make_cyclegan.py
EXTRA_DIST += tests/fixtures/make_dip.py
EXTRA_DIST += tests/fixtures/make_embed.py
EXTRA_DIST += tests/fixtures/predictor_nets.py tests/fixtures/make_explain.py
EXTRA_DIST += tests/fixtures/make_formula.py
EXTRA_DIST += tests/fixtures/gan_nets.py tests/fixtures/make_gan.py
EXTRA_DIST += tests/fixtures/full_hvae.py tests/fixtures/make_hvae.py
EXTRA_DIST += tests/fixtures/make_layers.py
EXTRA_DIST += tests/fixtures/make_levels.py
EXTRA_DIST += tests/fixtures/make_likelihoods.py
EXTRA_DIST += tests/fixtures/make_losses.py
EXTRA_DIST += tests/fixtures/make_measures.py
EXTRA_DIST += tests/fixtures/make_mediation.py
EXTRA_DIST += tests/fixtures/make_minimality.py
EXTRA_DIST += tests/fixtures/make_nn.py
EXTRA_DIST += tests/fixtures/make_optimizers.py
EXTRA_DIST += tests/fixtures/make_ordered.py
EXTRA_DIST += tests/fixtures/make_png.py
EXTRA_DIST += tests/fixtures/make_predictors.py
EXTRA_DIST += tests/fixtures/make_scm.py
EXTRA_DIST += tests/fixtures/make_scores.py
EXTRA_DIST += tests/fixtures/make_sets.py
EXTRA_DIST += tests/fixtures/make_spatial.py
EXTRA_DIST += tests/fixtures/make_splines.py
EXTRA_DIST += tests/fixtures/make_vae.py

# How an operation is added, followed.
EXTRA_DIST += tests/test_recipe.sh
if HAVE_CUNIT
check_scripts += tests/test_recipe.sh
endif

# The command as a user meets it.
command_tests =
command_tests += tests/test_cli.sh
command_tests += tests/test_cli_do.sh
command_tests += tests/test_cli_mechanisms.sh
command_tests += tests/test_cli_discrete.sh
command_tests += tests/test_cli_types.sh
command_tests += tests/test_cli_folder.sh
command_tests += tests/test_cli_domains.sh
command_tests += tests/test_cli_morphomnist.sh
command_tests += tests/test_cli_augment.sh
command_tests += tests/test_cli_graph.sh
command_tests += tests/test_cli_mediation.sh
command_tests += tests/test_cli_answers.sh
command_tests += tests/test_cli_optimizers.sh
command_tests += tests/test_cli_cyclegan.sh
command_tests += tests/test_cli_gan.sh
command_tests += tests/test_cli_predictors.sh
command_tests += tests/test_cli_explain.sh
command_tests += tests/test_cli_realism.sh
command_tests += tests/test_cli_restore.sh
command_tests += tests/test_cli_denoiser.sh
command_tests += tests/test_cli_evaluate.sh
command_tests += tests/test_cli_attack.sh
command_tests += tests/test_cli_embed.sh
command_tests += tests/test_cli_report.sh
check_scripts += $(command_tests)
EXTRA_DIST += $(command_tests) tests/cli.sh tests/report_page.py tests/report_browser.sh
