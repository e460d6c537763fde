noinst_LTLIBRARIES += scm/libscm.la
modules += scm/libscm.la
scm_libscm_la_SOURCES = scm/object.h
# Models, interventions, the engine.
scm_libscm_la_SOURCES += scm/scm.h scm/scm.c scm/order.c scm/config.c scm/world.c
scm_libscm_la_SOURCES += scm/mechanism.h scm/mechanism_table.h scm/mechanism_table.c
scm_libscm_la_SOURCES += scm/intervention.h scm/intervention.c scm/intervention_parse.c
scm_libscm_la_SOURCES += scm/intervention_apply.c scm/intervention_order.c
scm_libscm_la_SOURCES += scm/engine.h scm/engine.c scm/engine_run.c scm/evaluate.c
scm_libscm_la_SOURCES += scm/assumption.c
scm_libscm_la_SOURCES += scm/hidden.h scm/hidden.c scm/hidden_check.c
# Scalar mechanisms.
scm_libscm_la_SOURCES += scm/mechanisms/features.h scm/mechanisms/features.c
scm_libscm_la_SOURCES += scm/mechanisms/newton.h scm/mechanisms/newton.c
scm_libscm_la_SOURCES += scm/mechanisms/affine_flow.h scm/mechanisms/affine_flow.c scm/mechanisms/affine_fit.c
scm_libscm_la_SOURCES += scm/mechanisms/known.h scm/mechanisms/known.c
scm_libscm_la_SOURCES += scm/mechanisms/categorical.h scm/mechanisms/categorical.c
scm_libscm_la_SOURCES += scm/mechanisms/counterfactual.h scm/mechanisms/counterfactual.c
scm_libscm_la_SOURCES += scm/mechanisms/cpt.h scm/mechanisms/cpt.c scm/mechanisms/cpt_read.c
scm_libscm_la_SOURCES += scm/mechanisms/latent.h scm/mechanisms/latent.c
scm_libscm_la_SOURCES += scm/mechanisms/bernoulli.h scm/mechanisms/bernoulli.c scm/mechanisms/bernoulli_fit.c
scm_libscm_la_SOURCES += scm/mechanisms/formula.c
scm_libscm_la_SOURCES += scm/mechanisms/linear_gaussian.c
scm_libscm_la_SOURCES += scm/mechanisms/spline.h scm/mechanisms/spline.c
scm_libscm_la_SOURCES += scm/mechanisms/spline_flow.h scm/mechanisms/spline_flow.c
scm_libscm_la_SOURCES += scm/mechanisms/spline_graph.c scm/mechanisms/spline_fit.c
scm_libscm_la_SOURCES += scm/mechanisms/spline_block.h scm/mechanisms/spline_block.c scm/mechanisms/spline_eval.c
scm_libscm_la_SOURCES += scm/mechanisms/spline_isa.h scm/mechanisms/spline_reference.c
# The language of known mechanisms.
scm_libscm_la_SOURCES += scm/formula/expression.h scm/formula/expression_priv.h scm/formula/functions.h
scm_libscm_la_SOURCES += scm/formula/expression.c scm/formula/expression_parse.c scm/formula/expression_eval.c
scm_libscm_la_SOURCES += scm/formula/draw.h scm/formula/draw.c
scm_libscm_la_SOURCES += scm/formula/distribution.h scm/formula/distribution_priv.h scm/formula/distribution.c
scm_libscm_la_SOURCES += scm/formula/distribution_table.c
scm_libscm_la_SOURCES += scm/formula/inverse.h scm/formula/inverse.c
# Runs and what is asked of them.
scm_libscm_la_SOURCES += scm/run.h scm/run_priv.h scm/run.c scm/run_config.c scm/run_file.c scm/run_part.c scm/run_train.c
scm_libscm_la_SOURCES += scm/machine.c
scm_libscm_la_SOURCES += scm/query.h scm/query.c
scm_libscm_la_SOURCES += scm/answer_priv.h scm/answer.c scm/answer_figures.c scm/answer_file.c scm/answer_picture.c
scm_libscm_la_SOURCES += scm/unit.h scm/unit_priv.h scm/unit.c scm/unit_evidence.c scm/unit_particles.c scm/unit_gaussian.c
scm_libscm_la_SOURCES += scm/likelihood.h scm/likelihood.c
scm_libscm_la_SOURCES += scm/intervals.h scm/intervals.c
scm_libscm_la_SOURCES += scm/mediation.h scm/mediation_priv.h scm/mediation.c
scm_libscm_la_SOURCES += scm/unit_discrete.c
scm_libscm_la_SOURCES += scm/mediation_paths.c
scm_libscm_la_SOURCES += scm/ancestral.c scm/expectation.h scm/expectation.c
# Causal graphs and identification.
scm_libscm_la_SOURCES += scm/graphs/set.h
scm_libscm_la_SOURCES += scm/graphs/dag.h scm/graphs/dag_priv.h scm/graphs/dag.c scm/graphs/dag_read.c scm/graphs/dag_config.c scm/graphs/dag_network.c
scm_libscm_la_SOURCES += scm/graphs/view.h scm/graphs/view.c
scm_libscm_la_SOURCES += scm/graphs/separation.h scm/graphs/separation.c
scm_libscm_la_SOURCES += scm/graphs/formula.h scm/graphs/formula_priv.h scm/graphs/formula.c scm/graphs/formula_sum.c
scm_libscm_la_SOURCES += scm/graphs/formula_write.c scm/graphs/formula_evaluate.c
scm_libscm_la_SOURCES += scm/graphs/identify.h scm/graphs/identify_priv.h scm/graphs/identify.c
scm_libscm_la_SOURCES += scm/graphs/identify_district.c scm/graphs/hedge.c
scm_libscm_la_SOURCES += scm/graphs/moral.h scm/graphs/moral.c scm/graphs/moral_minimum.c
scm_libscm_la_SOURCES += scm/graphs/flow.h scm/graphs/flow.c
scm_libscm_la_SOURCES += scm/graphs/adjustment.h scm/graphs/adjustment.c
scm_libscm_la_SOURCES += scm/graphs/front_door.h scm/graphs/front_door.c
scm_libscm_la_SOURCES += scm/graphs/roles.h scm/graphs/roles.c
scm_libscm_la_SOURCES += scm/graphs/instruments.c
# Pictures of graphs.
scm_libscm_la_SOURCES += scm/diagram/diagram.h scm/diagram/diagram_read.c scm/diagram/diagram_png.c scm/diagram/diagram_dot.c
scm_libscm_la_SOURCES += scm/diagram/look.h scm/diagram/look.c scm/diagram/legend.c
scm_libscm_la_SOURCES += scm/diagram/layout.h scm/diagram/layout_rank.c scm/diagram/layout_order.c scm/diagram/layout_place.c
scm_libscm_la_SOURCES += scm/diagram/scene.h scm/diagram/scene.c scm/diagram/scene_draw.c scm/diagram/outline.c
