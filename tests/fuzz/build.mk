# Builds the fuzz targets in fuzz/ of the build folder and runs each for SECONDS. GNU make, not automake: clang compiles what gcc
# made of the library again, with coverage for libFuzzer and both sanitizers. Called by `make fuzz`, which passes SRC, CC, CPPFLAGS
# and LIBS.
FUZZ_CC ?= clang
SECONDS ?= 60
TARGETS ?= $(patsubst $(SRC)/tests/fuzz/fuzz_%.c,%,$(wildcard $(SRC)/tests/fuzz/fuzz_*.c))
CHECKS = -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
FLAGS = -std=gnu17 -O1 -g -fopenmp -ffp-contract=off -fno-math-errno

found = $(wildcard $(addprefix $(SRC)/,$(addsuffix /*.c,lib/* lib/*/* scm scm/* vae vae/* gan gan/* dip dip/*)))
sources = $(patsubst $(SRC)/%,%,$(found))
# The kernels are vectors of gcc's, which clang does not take all of; none of them reads a file.
kernels = $(filter lib/kernels/%,$(sources))
objects = $(patsubst %.c,fuzz/%.o,$(sources))

.PHONY: run $(addprefix run-,$(TARGETS))
run: $(addprefix run-,$(TARGETS))

# New inputs are kept in fuzz/corpus from one run to the next. A finding is written to fuzz/ and ends the run.
$(addprefix run-,$(TARGETS)): run-%: fuzz/fuzz_%
	@mkdir -p fuzz/corpus/$*
	@echo "fuzz_$*: $(SECONDS) s"
	@FUZZ_CORPUS=fuzz/corpus/$* ASAN_OPTIONS=allocator_may_return_null=1:detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 \
	LSAN_OPTIONS=suppressions=$(SRC)/tests/lsan.supp:print_suppressions=0 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 \
	fuzz/fuzz_$* -max_total_time=$(SECONDS) -timeout=60 -rss_limit_mb=3000 -artifact_prefix=fuzz/finding-$*- -print_final_stats=1 \
	  fuzz/corpus/$* $(wildcard $(SRC)/tests/fuzz/seeds/$*) >fuzz/$*.log 2>&1 || { tail -n 60 fuzz/$*.log; exit 1; }
	@awk '/^stat::number_of_executed_units/ {print "fuzz_$*: " $$2 " executions, no finding"}' fuzz/$*.log

fuzz/fuzz_%: $(SRC)/tests/fuzz/fuzz_%.c $(SRC)/tests/fuzz/fuzz.h fuzz/libfuzzed.a
	$(FUZZ_CC) -D_GNU_SOURCE $(CPPFLAGS) $(FLAGS) $(CHECKS) -fsanitize=fuzzer -o $@ $< -Wl,--whole-archive fuzz/libfuzzed.a -Wl,--no-whole-archive $(LIBS)

fuzz/libfuzzed.a: $(objects)
	@rm -f $@
	ar cr $@ $(objects)

$(patsubst %.c,fuzz/%.o,$(kernels)): fuzz/%.o: $(SRC)/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(FLAGS) -MMD -MP -c -o $@ $<

fuzz/%.o: $(SRC)/%.c
	@mkdir -p $(@D)
	@echo "  CC       $@"
	@$(FUZZ_CC) $(CPPFLAGS) $(FLAGS) $(CHECKS) -fsanitize=fuzzer-no-link -Wno-unknown-attributes -MMD -MP -c -o $@ $<

-include $(objects:.o=.d)
