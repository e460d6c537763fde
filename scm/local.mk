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
  scm/machine.c scm/unit.h scm/unit_priv.h scm/unit.c scm/unit_particles.c scm/unit_gaussian.c \
  scm/mediation.h scm/mediation_priv.h scm/mediation.c scm/mediation_bootstrap.c \
  scm/query.h scm/query.c scm/answer_priv.h scm/answer.c scm/answer_figures.c scm/answer_file.c scm/answer_picture.c
# Graphs against data.
scm_libscm_la_SOURCES += scm/graphs/implied.h scm/graphs/implied.c scm/check/check.h scm/check/check.c \
  scm/check/check_data.c scm/check/multiple.c scm/check/independence.h scm/check/regression.h scm/check/regression.c \
  scm/check/linear_tests.c scm/check/logistic.c scm/check/contingency.c scm/check/gcm.c
# Pictures of graphs.
scm_libscm_la_SOURCES += scm/diagram/diagram.h scm/diagram/look.h scm/diagram/look.c scm/diagram/diagram_read.c \
  scm/diagram/layout.h scm/diagram/layout_rank.c scm/diagram/layout_order.c scm/diagram/layout_place.c \
  scm/diagram/scene.h scm/diagram/outline.c scm/diagram/scene.c scm/diagram/scene_draw.c scm/diagram/legend.c \
  scm/diagram/diagram_png.c scm/diagram/diagram_dot.c
# Causal graphs and identification.
scm_libscm_la_SOURCES += scm/graphs/set.h scm/graphs/dag.h scm/graphs/dag_priv.h scm/graphs/dag.c scm/graphs/dag_read.c \
  scm/graphs/dag_config.c scm/graphs/dag_network.c scm/graphs/view.h scm/graphs/view.c scm/graphs/separation.h scm/graphs/separation.c \
  scm/graphs/formula.h scm/graphs/formula_priv.h scm/graphs/formula.c scm/graphs/formula_sum.c scm/graphs/formula_write.c \
  scm/graphs/formula_evaluate.c scm/graphs/identify.h scm/graphs/identify_priv.h scm/graphs/identify.c \
  scm/graphs/identify_district.c scm/graphs/hedge.c scm/graphs/moral.h scm/graphs/moral.c scm/graphs/moral_minimum.c \
  scm/graphs/flow.h scm/graphs/flow.c scm/graphs/adjustment.h scm/graphs/adjustment.c scm/graphs/front_door.h \
  scm/graphs/front_door.c scm/graphs/roles.h scm/graphs/roles.c scm/graphs/instruments.c
