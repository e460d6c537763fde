noinst_LTLIBRARIES += vae/libvae.la
modules += vae/libvae.la
# One subject a line.
vae_libvae_la_SOURCES = vae/cvae/cvae.c vae/cvae/cvae.h vae/cvae/cvae_infer.c vae/cvae/cvae_net.c vae/cvae/cvae_train.c
vae_libvae_la_SOURCES += vae/parents.h vae/parents.c
vae_libvae_la_SOURCES += vae/training.h vae/training_priv.h vae/training.c vae/training_graph.c
vae_libvae_la_SOURCES += vae/recovery.c
vae_libvae_la_SOURCES += vae/validation.c
vae_libvae_la_SOURCES += vae/likelihoods/likelihood.c vae/likelihoods/likelihood.h vae/likelihoods/pixels.h
vae_libvae_la_SOURCES += vae/likelihoods/gaussian_pixels.c vae/likelihoods/gaussian_pixels.h
vae_libvae_la_SOURCES += vae/likelihoods/discretised_gaussian.c
vae_libvae_la_SOURCES += vae/likelihoods/gaussian.c
vae_libvae_la_SOURCES += vae/likelihoods/bernoulli.c
vae_libvae_la_SOURCES += vae/likelihoods/logistic_mixture.c
