# Fuzz targets for clang's libFuzzer, one a file: `make fuzz` runs each for SECONDS, `make fuzz TARGETS=csv` one of them.
EXTRA_DIST += tests/fuzz/build.mk tests/fuzz/fuzz.h tests/fuzz/seeds
EXTRA_DIST += tests/fuzz/fuzz_bif.c tests/fuzz/fuzz_csv.c tests/fuzz/fuzz_formula.c tests/fuzz/fuzz_hdf5.c tests/fuzz/fuzz_idx.c \
  tests/fuzz/fuzz_png.c tests/fuzz/fuzz_yaml.c
.PHONY: fuzz
fuzz:
	+@$(MAKE) -f $(srcdir)/tests/fuzz/build.mk SRC='$(srcdir)' CC='$(CC)' CPPFLAGS='$(DEFS) -I. $(AM_CPPFLAGS) $(CPPFLAGS)' \
	  LIBS='$(external_libs) $(LIBS)'
