noinst_LTLIBRARIES += vae/libvae.la
modules += vae/libvae.la
vae_libvae_la_SOURCES = vae/cvae.c vae/cvae.h vae/cvae_infer.c vae/cvae_net.c vae/cvae_parents.c vae/cvae_train.c
