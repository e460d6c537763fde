noinst_LTLIBRARIES += lib/nn/libnn.la
modules += lib/nn/libnn.la
lib_nn_libnn_la_SOURCES = lib/nn/init.c lib/nn/layers.c lib/nn/losses.c lib/nn/optimizer.c lib/nn/params.c
