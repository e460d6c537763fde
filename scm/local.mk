noinst_LTLIBRARIES += scm/libscm.la
modules += scm/libscm.la
scm_libscm_la_SOURCES = scm/object.h
# Models and the engine.
scm_libscm_la_SOURCES += scm/scm.h scm/scm.c scm/order.c scm/config.c scm/ancestral.c scm/value.c scm/world.c
scm_libscm_la_SOURCES += scm/mechanism.h scm/mechanism_table.h scm/mechanism_table.c
scm_libscm_la_SOURCES += scm/engine.h scm/engine.c scm/engine_run.c scm/evaluate.c
scm_libscm_la_SOURCES += scm/assumption.c
scm_libscm_la_SOURCES += scm/train.h scm/train.c scm/train_keys.c
scm_libscm_la_SOURCES += scm/hidden.h scm/hidden.c scm/hidden_check.c
# Interventions, and conditions on rows.
scm_libscm_la_SOURCES += scm/interventions/intervention.h scm/interventions/intervention.c
scm_libscm_la_SOURCES += scm/interventions/intervention_parse.h scm/interventions/intervention_parse.c
scm_libscm_la_SOURCES += scm/interventions/intervention_names.c scm/interventions/intervention_value.c
scm_libscm_la_SOURCES += scm/interventions/intervention_apply.c scm/interventions/intervention_order.c
scm_libscm_la_SOURCES += scm/interventions/condition.h scm/interventions/condition.c
# What mechanisms made of networks share.
scm_libscm_la_SOURCES += scm/networks/parents.h scm/networks/parents.c scm/networks/part.h scm/networks/part.c
scm_libscm_la_SOURCES += scm/networks/decoder.h scm/networks/decoder.c scm/networks/scale.h scm/networks/scale.c
scm_libscm_la_SOURCES += scm/networks/training.h scm/networks/training_priv.h scm/networks/training.c
scm_libscm_la_SOURCES += scm/networks/training_graph.c scm/networks/validation.c scm/networks/recovery.c
scm_libscm_la_SOURCES += scm/networks/standing.h scm/networks/standing.c
scm_libscm_la_SOURCES += scm/networks/generator.h scm/networks/generator.c
# Attributes read off images.
scm_libscm_la_SOURCES += scm/predictors/predictor.h scm/predictors/predictor_priv.h scm/predictors/predictor.c
scm_libscm_la_SOURCES += scm/predictors/predictor_options.c scm/predictors/predictor_graph.c
scm_libscm_la_SOURCES += scm/predictors/predictor_train.c scm/predictors/predictor_infer.c
scm_libscm_la_SOURCES += scm/predictors/response.h scm/predictors/response.c scm/predictors/redraw.c
scm_libscm_la_SOURCES += scm/predictors/adversarial.c scm/predictors/judge.c scm/predictors/evaluate.h scm/predictors/evaluate.c
scm_libscm_la_SOURCES += scm/predictors/readings.h scm/predictors/readings.c scm/predictors/calibrate.c
scm_libscm_la_SOURCES += scm/predictors/law.h scm/predictors/law.c
scm_libscm_la_SOURCES += scm/predictors/network.h scm/predictors/convolutional.c scm/predictors/residual.c
# What they go by.
scm_libscm_la_SOURCES += scm/explain/explain.h scm/explain/explain_priv.h scm/explain/explain.c scm/explain/explain_plan.c
scm_libscm_la_SOURCES += scm/explain/cascade.c scm/explain/explain_file.c scm/explain/explain_picture.c
scm_libscm_la_SOURCES += scm/explain/method.h scm/explain/method.c scm/explain/layer.h scm/explain/layer.c
scm_libscm_la_SOURCES += scm/explain/saliency.c scm/explain/guided_backpropagation.c scm/explain/deconvnet.c
scm_libscm_la_SOURCES += scm/explain/grad_cam.c scm/explain/guided_grad_cam.c scm/explain/occlusion.c
scm_libscm_la_SOURCES += scm/explain/parts.h scm/explain/parts.c scm/explain/slic.c scm/explain/lime.c scm/explain/shap.c
scm_libscm_la_SOURCES += scm/explain/make.h scm/explain/make.c scm/explain/activation_maximisation.c scm/explain/inversion.c
# Attacks on them.
scm_libscm_la_SOURCES += scm/attacks/attack.h scm/attacks/attack_priv.h scm/attacks/attack.c scm/attacks/attack_plan.c
scm_libscm_la_SOURCES += scm/attacks/attack_victim.c scm/attacks/attack_report.c scm/attacks/attack_file.c scm/attacks/attack_picture.c
scm_libscm_la_SOURCES += scm/attacks/method.h scm/attacks/method.c scm/attacks/fgsm.c scm/attacks/iterative_fgsm.c
scm_libscm_la_SOURCES += scm/attacks/carlini_wagner.c scm/attacks/boundary.c scm/attacks/distil.c
# Rows as points of a plane.
scm_libscm_la_SOURCES += scm/embedding/embed.h scm/embedding/embed_priv.h scm/embedding/embed.c scm/embedding/embed_plan.c
scm_libscm_la_SOURCES += scm/embedding/embed_rows.c scm/embedding/embed_output.c
# Fine-tuning of images by them.
scm_libscm_la_SOURCES += scm/networks/tunable.h scm/tuning/tuning.h scm/tuning/tuning.c
scm_libscm_la_SOURCES += scm/tuning/tuning_parents.c scm/tuning/tuning_train.c
# Scalar mechanisms.
scm_libscm_la_SOURCES += scm/mechanisms/features.h scm/mechanisms/features.c scm/mechanisms/features_check.c
scm_libscm_la_SOURCES += scm/mechanisms/newton.h scm/mechanisms/newton.c
scm_libscm_la_SOURCES += scm/mechanisms/affine_flow.h scm/mechanisms/affine_flow.c scm/mechanisms/affine_fit.c
scm_libscm_la_SOURCES += scm/mechanisms/known.h scm/mechanisms/known.c
scm_libscm_la_SOURCES += scm/mechanisms/categorical.h scm/mechanisms/categorical.c
scm_libscm_la_SOURCES += scm/mechanisms/counterfactual.h scm/mechanisms/counterfactual.c
scm_libscm_la_SOURCES += scm/mechanisms/cpt.h scm/mechanisms/cpt.c scm/mechanisms/cpt_read.c
scm_libscm_la_SOURCES += scm/mechanisms/latent.h scm/mechanisms/latent.c
scm_libscm_la_SOURCES += scm/mechanisms/linear_index.h scm/mechanisms/linear_index.c
scm_libscm_la_SOURCES += scm/mechanisms/bernoulli.h scm/mechanisms/bernoulli.c scm/mechanisms/bernoulli_fit.c
scm_libscm_la_SOURCES += scm/mechanisms/ordinal.h scm/mechanisms/ordinal.c scm/mechanisms/ordinal_fit.c
scm_libscm_la_SOURCES += scm/mechanisms/poisson.h scm/mechanisms/poisson.c scm/mechanisms/poisson_fit.c scm/mechanisms/poisson_law.c
scm_libscm_la_SOURCES += scm/mechanisms/formula.c
scm_libscm_la_SOURCES += scm/mechanisms/linear_gaussian.c
scm_libscm_la_SOURCES += scm/mechanisms/smooth.h scm/mechanisms/smooth.c scm/mechanisms/smooth_fit.c
scm_libscm_la_SOURCES += scm/mechanisms/residuals.h scm/mechanisms/residuals.c
scm_libscm_la_SOURCES += scm/mechanisms/additive_noise.h scm/mechanisms/additive_noise.c scm/mechanisms/additive_fit.c
scm_libscm_la_SOURCES += scm/mechanisms/descent.h scm/mechanisms/descent.c
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
# Runs.
scm_libscm_la_SOURCES += scm/runs/run.h scm/runs/run_priv.h scm/runs/run.c scm/runs/run_config.c scm/runs/run_paths.c scm/runs/run_file.c
scm_libscm_la_SOURCES += scm/runs/run_compare.c scm/runs/run_again.c scm/runs/run_predictors.c
scm_libscm_la_SOURCES += scm/runs/run_part.c scm/runs/film.h scm/runs/film.c scm/runs/run_train.c scm/runs/machine.c
scm_libscm_la_SOURCES += scm/runs/image_generator.h scm/runs/image_generator.c
scm_libscm_la_SOURCES += scm/runs/glance.h scm/runs/glance.c
# Queries about images and values, and their answers.
scm_libscm_la_SOURCES += scm/answers/query.h scm/answers/query.c
scm_libscm_la_SOURCES += scm/answers/answer_priv.h scm/answers/answer.c scm/answers/answer_truth.c scm/answers/answer_figures.c
scm_libscm_la_SOURCES += scm/answers/answer_batch.c scm/answers/answer_particles.c
scm_libscm_la_SOURCES += scm/answers/answer_file.c scm/answers/answer_table.c scm/answers/answer_picture.c scm/answers/answer_scatter.c
scm_libscm_la_SOURCES += scm/answers/answer_composition.c scm/answers/answer_denoising.c scm/answers/answer_distance.c scm/answers/answer_modes.c
scm_libscm_la_SOURCES += scm/answers/critic_field.h scm/answers/critic_field.c scm/answers/answer_judges.c
# Whether samples are like the data and counterfactuals sound.
scm_libscm_la_SOURCES += scm/soundness/realism.h scm/soundness/realism_priv.h scm/soundness/realism.c scm/soundness/realism_plan.c scm/soundness/realism_sets.c
scm_libscm_la_SOURCES += scm/soundness/realism_measures.c scm/soundness/realism_sheet.c
scm_libscm_la_SOURCES += scm/soundness/evaluation.h scm/soundness/evaluation_priv.h scm/soundness/evaluation.c scm/soundness/evaluation_plan.c
scm_libscm_la_SOURCES += scm/soundness/evaluation_judges.c scm/soundness/evaluation_expect.c scm/soundness/evaluation_verdict.c
scm_libscm_la_SOURCES += scm/soundness/evaluation_values.c scm/soundness/evaluation_batch.c scm/soundness/evaluation_sets.c scm/soundness/evaluation_figures.c
# Questions about one unit, averages, effects, log-probabilities.
scm_libscm_la_SOURCES += scm/queries/unit.h scm/queries/unit_priv.h scm/queries/unit.c scm/queries/unit_evidence.c
scm_libscm_la_SOURCES += scm/queries/unit_gaussian.c scm/queries/unit_discrete.c scm/queries/unit_particles.c
scm_libscm_la_SOURCES += scm/queries/likelihood.h scm/queries/likelihood.c
scm_libscm_la_SOURCES += scm/queries/expectation.h scm/queries/expectation.c scm/queries/expectation_index.c
scm_libscm_la_SOURCES += scm/queries/intervals.h scm/queries/intervals.c
scm_libscm_la_SOURCES += scm/queries/posterior.h scm/queries/posterior.c
scm_libscm_la_SOURCES += scm/queries/effect.h scm/queries/effect_priv.h scm/queries/effect.c scm/queries/effect_plan.c
scm_libscm_la_SOURCES += scm/queries/effect_model.c scm/queries/effect_formula.c scm/queries/effect_adjustment.c
scm_libscm_la_SOURCES += scm/queries/running_means.h scm/queries/running_means.c
# Mediation.
scm_libscm_la_SOURCES += scm/mediation/mediation.h scm/mediation/mediation_priv.h scm/mediation/mediation.c
scm_libscm_la_SOURCES += scm/mediation/mediation_paths.c
scm_libscm_la_SOURCES += scm/mediation/mediation_units.h scm/mediation/mediation_units_priv.h scm/mediation/mediation_units.c
scm_libscm_la_SOURCES += scm/mediation/mediation_units_mean.c
scm_libscm_la_SOURCES += scm/mediation/mediation_units_file.c scm/mediation/mediation_units_picture.c
scm_libscm_la_SOURCES += scm/mediation/sensitivity.h scm/mediation/sensitivity.c
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
# Graphs against data.
scm_libscm_la_SOURCES += scm/graphs/implied.h scm/graphs/implied.c
scm_libscm_la_SOURCES += scm/check/check.h scm/check/check.c scm/check/check_data.c scm/check/multiple.c
scm_libscm_la_SOURCES += scm/check/independence.h scm/check/regression.h scm/check/regression.c
scm_libscm_la_SOURCES += scm/check/linear_tests.c scm/check/logistic.c scm/check/contingency.c scm/check/gcm.c
