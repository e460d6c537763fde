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
cgm_SOURCES += tools/realism.c
cgm_SOURCES += tools/evaluate.h tools/evaluate.c tools/evaluate_table.c
cgm_SOURCES += tools/restore.c
cgm_SOURCES += tools/logprob.c
cgm_SOURCES += tools/effect.c
cgm_SOURCES += tools/mediate.h tools/mediate.c tools/mediate_rho.c tools/mediate_units.c
cgm_SOURCES += tools/identify.c
cgm_SOURCES += tools/graph.c
cgm_SOURCES += tools/check.c
cgm_SOURCES += tools/data_make.c tools/data_info.c
cgm_SOURCES += tools/data_open.c tools/data_export.c
# Through the shared library, so the command uses nothing that a C program could not.
cgm_LDADD = libcgm.la $(JANSSON_LIBS)
