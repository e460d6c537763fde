cgm_SOURCES = tools/tool.h tools/cgm.c tools/option.c tools/keys.c tools/progress.c tools/session.c tools/run.c tools/train.c \
  tools/counterfactual.c tools/sample.c tools/info.c tools/rerun.c tools/data_make.c tools/data_info.c tools/json.h tools/json.c tools/query.c \
  tools/mediate.c tools/identify.c tools/graph.c tools/check.c tools/graph_file.h tools/graph_file.c tools/evidence.c
# Through the shared library, so the command uses nothing that a C program could not.
cgm_LDADD = libcgm.la $(JANSSON_LIBS)
