noinst_LTLIBRARIES += scm/libscm.la
modules += scm/libscm.la
scm_libscm_la_SOURCES = scm/scm.c scm/order.c scm/config.c scm/intervention.c scm/world.c scm/engine.c \
  scm/mechanism_table.c scm/scm.h scm/mechanism.h scm/mechanism_table.h scm/object.h
# Scalar mechanisms.
scm_libscm_la_SOURCES += scm/mechanisms/features.c scm/mechanisms/newton.c scm/mechanisms/affine_flow.c \
  scm/mechanisms/affine_fit.c scm/mechanisms/categorical.c scm/mechanisms/features.h scm/mechanisms/newton.h \
  scm/mechanisms/affine_flow.h scm/mechanisms/categorical.h
scm_libscm_la_SOURCES += scm/mechanisms/formula.c scm/mechanisms/linear_gaussian.c scm/mechanisms/spline.h \
  scm/mechanisms/spline.c scm/mechanisms/spline_flow.h scm/mechanisms/spline_flow.c scm/mechanisms/spline_graph.c \
  scm/mechanisms/spline_fit.c
# The language of known mechanisms.
scm_libscm_la_SOURCES += scm/formula/expression.h scm/formula/expression_priv.h scm/formula/functions.h \
  scm/formula/expression_parse.c scm/formula/expression_eval.c scm/formula/distribution.h scm/formula/distribution_priv.h scm/formula/distribution.c \
  scm/formula/distribution_table.c \
  scm/formula/inverse.h scm/formula/inverse.c
# Runs and queries.
scm_libscm_la_SOURCES += scm/run.h scm/run_priv.h scm/run.c scm/run_config.c scm/run_file.c scm/run_part.c scm/run_train.c \
  scm/machine.c scm/query.h scm/query.c scm/answer_priv.h scm/answer.c scm/answer_figures.c scm/answer_file.c scm/answer_picture.c
