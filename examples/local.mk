# Programs that use the installed library as anyone would. `make installcheck` compiles them with the flags that cgm.pc gives and
# runs them.
examples = fit counterfactual identify mechanism
EXTRA_DIST += examples/fit.c examples/counterfactual.c examples/identify.c examples/mechanism.c

installcheck_pkg_config = PKG_CONFIG_PATH='$(DESTDIR)$(pkgconfigdir)':$$PKG_CONFIG_PATH $(PKG_CONFIG) \
  --define-variable=prefix='$(DESTDIR)$(prefix)' --define-variable=libdir='$(DESTDIR)$(libdir)' \
  --define-variable=includedir='$(DESTDIR)$(includedir)'
installed_library = LD_LIBRARY_PATH='$(DESTDIR)$(libdir)':$$LD_LIBRARY_PATH

installcheck-local:
	@rm -rf installcheck && mkdir installcheck
	@set -e; static=; test -f '$(DESTDIR)$(libdir)/libcgm.so' || static=--static; \
	flags=`$(installcheck_pkg_config) --cflags cgm`; libs=`$(installcheck_pkg_config) $$static --libs cgm`; \
	for example in $(examples); do \
	  echo "installcheck: $$example"; \
	  $(CC) -std=c17 -Wall -Wextra $(CFLAGS) $(SANITIZE_CFLAGS) $$flags $(srcdir)/examples/$$example.c \
	    -o installcheck/$$example $$libs -lm; \
	  (cd installcheck && $(installed_library) ./$$example); \
	done
	@$(installed_library) '$(DESTDIR)$(bindir)'/cgm --version
	@rm -rf installcheck
