# What subcommands share: options, models, results, progress.
cgm_SOURCES = tools/tool.h tools/cgm.c tools/option.c tools/keys.c
cgm_SOURCES += tools/progress.c tools/session.c
cgm_SOURCES += tools/json.h tools/json.c
cgm_SOURCES += tools/result.h tools/result.c tools/result_file.c tools/intervals.c
cgm_SOURCES += tools/model.h tools/model.c
cgm_SOURCES += tools/graph_file.h tools/graph_file.c
# One file a subcommand.
cgm_SOURCES += tools/run.c tools/config_query.c tools/train.c tools/rerun.c tools/info.c
cgm_SOURCES += tools/counterfactual.c tools/evidence.c tools/sample.c tools/translate.c
cgm_SOURCES += tools/predictors.c
cgm_SOURCES += tools/query.c
cgm_SOURCES += tools/explain.c tools/realism.c tools/attack.c tools/embed.c
cgm_SOURCES += tools/evaluate.h tools/evaluate.c tools/evaluate_table.c
cgm_SOURCES += tools/restore.c tools/denoiser.c tools/config.c
cgm_SOURCES += tools/logprob.c
cgm_SOURCES += tools/effect.c
cgm_SOURCES += tools/mediate.h tools/mediate.c tools/mediate_rho.c tools/mediate_units.c
cgm_SOURCES += tools/identify.c
cgm_SOURCES += tools/graph.c
cgm_SOURCES += tools/check.c
cgm_SOURCES += tools/data_make.c tools/data_info.c
cgm_SOURCES += tools/data_open.c tools/data_export.c
cgm_SOURCES += tools/watch.c tools/curve.h tools/curve.c
# The page of cgm report: its sections, a file each; what it looks like is compiled in.
cgm_SOURCES += tools/report/report.h tools/report/report.c tools/report/html.h tools/report/html.c tools/report/chart.h tools/report/chart.c
cgm_SOURCES += tools/report/answers.c tools/report/csv.c
cgm_SOURCES += tools/report/verdict.h tools/report/verdict.c tools/report/checks.c
cgm_SOURCES += tools/report/question.c tools/report/worlds.h tools/report/worlds.c tools/report/scrubbing.c
cgm_SOURCES += tools/report/soundness.c tools/report/published.c
cgm_SOURCES += tools/report/training.c tools/report/sheet.c tools/report/making.c
nodist_cgm_SOURCES = tools/report/assets.h
EXTRA_DIST += tools/report/embed.sh tools/report/page.css tools/report/page.js
CLEANFILES += tools/report/assets.h
tools/report/assets.h: tools/report/embed.sh tools/report/page.css tools/report/page.js
	$(AM_V_GEN)$(MKDIR_P) tools/report && $(SHELL) $(srcdir)/tools/report/embed.sh page_style $(srcdir)/tools/report/page.css \
	  page_script $(srcdir)/tools/report/page.js >$@.tmp && mv -f $@.tmp $@
tools/report/report.$(OBJEXT): tools/report/assets.h
# Through the shared library, so the command uses nothing that a C program could not.
cgm_LDADD = libcgm.la $(JANSSON_LIBS)
