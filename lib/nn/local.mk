noinst_LTLIBRARIES += lib/nn/libnn.la
modules += lib/nn/libnn.la
lib_nn_libnn_la_SOURCES = lib/nn/layers.c lib/nn/optimizer.c lib/nn/params.c
lib_nn_libnn_la_SOURCES += lib/nn/losses.c lib/nn/losses_priv.h lib/nn/losses_shared.c
lib_nn_libnn_la_SOURCES += lib/nn/regression_losses.c lib/nn/classification_losses.c lib/nn/embedding_losses.c
lib_nn_libnn_la_SOURCES += lib/nn/image_losses.c lib/nn/ssim.c lib/nn/penalties.c
