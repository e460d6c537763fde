"""Counterfactuals of the hierarchical VAE in PyTorch (network: hvae_net.py): the peer of cgm's bench hvae_cf.

ABDUCT   encoder, and a walk that draws z from the posterior; u = (x - mu) / sigma of its pixels.
PREDICT  a walk with the same z under other parents; x* = mu* + sigma* u, clamped.
Exogenous prior; batches of 32 and 256; channels_last, traced and frozen: PyTorch's best settings.
"""
import harness  # before torch
from hvae_net import HVAE, STAGES, latent_noise, random_batch
import torch


class Counterfactual(torch.nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x, pa, pa_new, *eps):
        net, zs = self.net, []
        kept = net.encoder(x)

        def posterior(i, stage, h, planes, p_mean, p_ls):
            mean, log_scale = stage.run_posterior(h, planes, kept[i // STAGES])
            zs.append(mean + torch.exp(log_scale) * eps[i])
            return zs[-1]

        loc, log_scale = net.pixels(net.decoder.walk(pa, pa, posterior))
        u = (x - loc.clamp(-1, 1)) / torch.exp(log_scale).clamp(min=1e-12)
        loc, log_scale = net.pixels(net.decoder.walk(pa_new, pa_new, lambda i, *_: zs[i]))
        return (loc.clamp(-1, 1) + torch.exp(log_scale) * u).clamp(-1, 1)


def measure(args, batch):
    args.batch = batch
    net = HVAE(False).eval()
    for q in net.parameters():
        q.data.add_(0.01 * torch.randn_like(q))  # where the initial ones are 0, what is computed would be too
    net = harness.layout(args, net)
    parameters = sum(q.numel() for q in net.parameters())
    x, pa = random_batch(args)
    pa_new = torch.cat((-pa[:, :1], pa[:, 1:2], pa[:, 2:].roll(1, 1)), 1)
    memory, eps = latent_noise(args)
    model = Counterfactual(net).eval()
    if args.jit:
        model = torch.jit.freeze(torch.jit.trace(model, (x, pa, pa_new, *eps), check_trace=False))

    def step():
        for e in memory:
            e.normal_()
        model(x, pa, pa_new, *eps)

    harness.run("hvae_cf", args, step, parameters, dict, case="cond_prior=0")


def main():
    args = harness.flags(__doc__.split("\n")[0], batch=32, steps=10, warmup=4, channels_last=1, jit=1).parse_args()
    harness.begin(args)
    with torch.no_grad():
        measure(args, 32)
        measure(args, 256)


if __name__ == "__main__":
    main()
