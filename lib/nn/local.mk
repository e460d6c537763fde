noinst_LTLIBRARIES += lib/nn/libnn.la
modules += lib/nn/libnn.la
lib_nn_libnn_la_SOURCES = lib/nn/init.c lib/nn/layers.c lib/nn/losses.c lib/nn/optimizer.c lib/nn/params.c
lib_nn_libnn_la_SOURCES += lib/nn/schedule.c lib/nn/schedule_class.h lib/nn/optimizers/kind.h lib/nn/optimizers/adam.c \
  lib/nn/optimizers/adamw.c lib/nn/optimizers/momentum.c lib/nn/optimizers/nesterov.c lib/nn/optimizers/rmsprop.c \
  lib/nn/optimizers/sgd.c
