noinst_LTLIBRARIES += lib/nn/libnn.la
modules += lib/nn/libnn.la
layer_sources = lib/nn/blocks.c lib/nn/init.c lib/nn/layers.c lib/nn/normalization.c lib/nn/params.c lib/nn/regularization.c
lib_nn_libnn_la_SOURCES = $(layer_sources) lib/nn/losses.c lib/nn/optimizer.c
