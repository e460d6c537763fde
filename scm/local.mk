noinst_LTLIBRARIES += scm/libscm.la
modules += scm/libscm.la
scm_libscm_la_SOURCES = scm/scm.c scm/order.c scm/config.c scm/intervention.h scm/intervention.c \
  scm/intervention_parse.h scm/intervention_parse.c scm/intervention_names.c scm/intervention_apply.c scm/intervention_order.c scm/world.c scm/engine.h scm/engine.c scm/evaluate.c \
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
  scm/formula/expression.c scm/formula/expression_parse.c \
  scm/formula/expression_eval.c scm/formula/draw.h scm/formula/draw.c scm/formula/distribution.h scm/formula/distribution_priv.h scm/formula/distribution.c \
  scm/formula/distribution_table.c \
  scm/formula/inverse.h scm/formula/inverse.c
# Runs and queries.
scm_libscm_la_SOURCES += scm/run.h scm/run_priv.h scm/run.c scm/run_config.c scm/run_file.c scm/run_part.c scm/run_train.c \
  scm/machine.c scm/unit.h scm/unit_priv.h scm/unit.c scm/unit_particles.c scm/unit_gaussian.c \
  scm/mediation.h scm/mediation_priv.h scm/mediation.c scm/mediation_bootstrap.c \
  scm/query.h scm/query.c scm/answer_priv.h scm/answer.c scm/answer_truth.c scm/answer_figures.c scm/answer_file.c scm/answer_picture.c
# Causal graphs and identification.
scm_libscm_la_SOURCES += scm/graphs/set.h scm/graphs/dag.h scm/graphs/dag_priv.h scm/graphs/dag.c scm/graphs/dag_read.c \
  scm/graphs/dag_config.c scm/graphs/view.h scm/graphs/view.c scm/graphs/separation.h scm/graphs/separation.c \
  scm/graphs/formula.h scm/graphs/formula_priv.h scm/graphs/formula.c scm/graphs/formula_sum.c scm/graphs/formula_write.c \
  scm/graphs/formula_evaluate.c scm/graphs/identify.h scm/graphs/identify_priv.h scm/graphs/identify.c \
  scm/graphs/identify_district.c scm/graphs/hedge.c scm/graphs/moral.h scm/graphs/moral.c scm/graphs/moral_minimum.c \
  scm/graphs/flow.h scm/graphs/flow.c scm/graphs/adjustment.h scm/graphs/adjustment.c scm/graphs/front_door.h \
  scm/graphs/front_door.c scm/graphs/roles.h scm/graphs/roles.c scm/graphs/instruments.c
