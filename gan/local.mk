noinst_LTLIBRARIES += gan/libgan.la
modules += gan/libgan.la
# One subject a line.
gan_libgan_la_SOURCES = gan/gan.h gan/gan.c gan/gan_options.c gan/gan_levels.c gan/gan_game.c gan/gan_standing.c gan/gan_infer.c
gan_libgan_la_SOURCES += gan/gan_tuning.h gan/gan_tuning_priv.h gan/gan_tuning.c gan/gan_tuning_program.c
gan_libgan_la_SOURCES += gan/cyclegan.h gan/cyclegan.c gan/cyclegan_game.c gan/cyclegan_infer.c
gan_libgan_la_SOURCES += gan/losses.h gan/losses.c gan/watch.h gan/watch.c
gan_libgan_la_SOURCES += gan/training.h gan/training_priv.h gan/training.c gan/training_moves.c
gan_libgan_la_SOURCES += gan/training_domains.c gan/training_levels.c gan/image_buffer.h gan/image_buffer.c
gan_libgan_la_SOURCES += gan/growth.h gan/growth.c
# The networks and what is asked of a critic.
gan_network_sources = gan/penalty.h gan/penalty.c
gan_network_sources += gan/networks/network.h gan/networks/networks.c
gan_network_sources += gan/networks/dcgan.c gan/networks/mlp.c
gan_network_sources += gan/networks/pyramid.h gan/networks/pyramid.c gan/networks/progressive.c gan/networks/style.c
gan_libgan_la_SOURCES += gan/networks/translator.h gan/networks/translators.c gan/networks/resnet.c gan/networks/unet.c
gan_libgan_la_SOURCES += $(gan_network_sources)
