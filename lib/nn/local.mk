noinst_LTLIBRARIES += lib/nn/libnn.la
modules += lib/nn/libnn.la
layer_sources = lib/nn/blocks.c lib/nn/init.c lib/nn/layers.c lib/nn/normalization.c lib/nn/params.c lib/nn/regularization.c
lib_nn_libnn_la_SOURCES = $(layer_sources) lib/nn/optimizer.c
lib_nn_libnn_la_SOURCES += lib/nn/losses.c lib/nn/losses_priv.h lib/nn/losses_shared.c
lib_nn_libnn_la_SOURCES += lib/nn/regression_losses.c lib/nn/classification_losses.c lib/nn/embedding_losses.c
lib_nn_libnn_la_SOURCES += lib/nn/image_losses.c lib/nn/ssim.c lib/nn/penalties.c
lib_nn_libnn_la_SOURCES += lib/nn/schedule.c lib/nn/schedule_class.h lib/nn/optimizers/kind.h lib/nn/optimizers/adam.c \
  lib/nn/optimizers/adamw.c lib/nn/optimizers/momentum.c lib/nn/optimizers/nesterov.c lib/nn/optimizers/rmsprop.c \
  lib/nn/optimizers/sgd.c
