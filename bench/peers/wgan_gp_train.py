"""A training step of a WGAN with gradient penalty, five moves of the critic and one of the generator, 1x32x32 images, in PyTorch:
the peer of cgm's bench wgan_gp_train."""
import gan_net

if __name__ == "__main__":
    gan_net.main("wgan_gp_train", penalised=True, rate=1e-4, betas=(0, 0.9), critic_steps=5)
