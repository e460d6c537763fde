"""A DCGAN's training step, 1x32x32 images, in PyTorch: the peer of cgm's bench gan_train."""
import gan_net

if __name__ == "__main__":
    gan_net.main("gan_train", penalised=False, rate=2e-4, betas=(0.5, 0.999), critic_steps=1)
