"""The hierarchical VAE of De Sousa Ribeiro et al. (2023) in PyTorch, MorphoMNIST setting: the network of the peers hvae_train.py and
hvae_cf.py. NCHW, every convolution has a bias and stride 1.

INPUTS   x 1x32x32 in [-1,1]; pa: 12 parent values, concatenated as 12 constant planes at each resolution.
BLOCK    (cin, mid, cout, k): GELU, conv 1x1 cin->mid, GELU, conv kxk, GELU, conv kxk, GELU, conv 1x1 mid->cout. Residual: plus the input,
         through a conv 1x1 where the widths differ.
ENCODER  conv 7x7 1->16; at 32, 16, 8, 4 (widths 16, 32, 64, 128) three residual blocks, and one that doubles the width, then a mean
         pool (to 1 from 4); four at 1x1 with width 256. k 3, mid = cin/4. What leaves the last block of each resolution is kept.
DECODER  20 stages, four a resolution from 1 to 32; k 1 at 1x1, else 3; mid = w/4; n: the next stage's width.
         prior block(w [+12], mid, 32 + w); posterior block(2w + 12, mid, 32); z_proj conv 1x1 (16+12)->w; z_feat conv 1x1 (16+w)->n
         (the reference makes the last stage's, which has no use; not here);
         merge block(w, mid, n), residual. Entering a resolution both states are enlarged (nearest) and a learnt bias added.
LIKELIHOOD  conv 1x1 16->1, twice: mean and log-scale (at least -9) of a discretised Gaussian on 256 levels.
"""
import harness  # noqa: F401  (before torch)
import math
import torch
import torch.nn.functional as F
from torch import nn

RESOLUTIONS = (32, 16, 8, 4, 1)
WIDTH = {32: 16, 16: 32, 8: 64, 4: 128, 1: 256}
LATENT, PARENTS, STAGES = 16, 12, 4


class Gelu(nn.Module):
    """PyTorch uses oneDNN's quicker kernel only for contiguous tensors, so a channels_last one is shown to it as the NHWC tensor
    that it is."""

    def forward(self, x):
        return F.gelu(x) if x.is_contiguous() else F.gelu(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def block(cin, mid, cout, k):
    return nn.Sequential(Gelu(), nn.Conv2d(cin, mid, 1), Gelu(), nn.Conv2d(mid, mid, k, padding=k // 2),
                         Gelu(), nn.Conv2d(mid, mid, k, padding=k // 2), Gelu(), nn.Conv2d(mid, cout, 1))


class Residual(nn.Module):
    def __init__(self, cin, cout, k, pool=1):
        super().__init__()
        self.body = block(cin, cin // 4, cout, k)
        self.skip = nn.Conv2d(cin, cout, 1) if cin != cout else nn.Identity()
        self.pool = nn.AvgPool2d(pool) if pool > 1 else nn.Identity()

    def forward(self, x):
        return self.pool(self.skip(x) + self.body(x))


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, WIDTH[32], 7, padding=3)
        self.levels = nn.ModuleList(nn.Sequential(*[Residual(WIDTH[r], WIDTH[r], 3) for _ in range(4 if r == 1 else 3)])
                                    for r in RESOLUTIONS)
        self.downs = nn.ModuleList(Residual(WIDTH[a], WIDTH[b], 3, pool=a // b)
                                   for a, b in zip(RESOLUTIONS[:-1], RESOLUTIONS[1:]))

    def forward(self, x):
        kept, x = [], self.stem(x)
        for i, level in enumerate(self.levels):
            x = level(x)
            kept.append(x)
            if i < len(self.downs):
                x = self.downs[i](x)
        return kept[::-1]


class Stage(nn.Module):
    def __init__(self, resolution, width, after, conditional, last):
        super().__init__()
        k, mid = 3 if resolution > 2 else 1, width // 4
        self.conditional, self.split = conditional, (LATENT, LATENT, width)
        self.prior = block(width + (PARENTS if conditional else 0), mid, 2 * LATENT + width, k)
        self.posterior = block(2 * width + PARENTS, mid, 2 * LATENT, k)
        self.z_proj = nn.Conv2d(LATENT + PARENTS, width, 1)
        self.z_feat = None if last else nn.Conv2d(LATENT + width, after, 1)
        self.merge = Residual(width, after, k)

    def run_prior(self, g, pa):
        return torch.split(self.prior(torch.cat((g, pa), 1) if self.conditional else g), self.split, 1)

    def run_posterior(self, h, pa, kept):
        return torch.chunk(self.posterior(torch.cat((h, pa, kept), 1)), 2, 1)

    def run_merge(self, h, features, z, pa):
        return self.merge(h + features + self.z_proj(torch.cat((z, pa), 1)))


class Decoder(nn.Module):
    def __init__(self, conditional):
        super().__init__()
        at = [r for r in RESOLUTIONS[::-1] for _ in range(STAGES)]
        widths = [WIDTH[r] for r in at]
        self.stages = nn.ModuleList(Stage(r, w, n, conditional, i + 1 == len(at))
                                    for i, (r, w, n) in enumerate(zip(at, widths, widths[1:] + widths[-1:])))
        self.bias = nn.ParameterList(nn.Parameter(torch.zeros(1, WIDTH[r], r, r)) for r in RESOLUTIONS[::-1])

    def grow(self, state, level):
        return F.interpolate(state, size=self.bias[level].shape[-1], mode="nearest") + self.bias[level]

    def planes(self, pa):
        w = self.stages[-1].merge.body[3].weight
        form = torch.contiguous_format if w.is_contiguous() else torch.channels_last
        return [pa[:, :, None, None].expand(-1, -1, r, r).contiguous(memory_format=form) for r in RESOLUTIONS[::-1]]

    def walk(self, pa, prior_pa, pick):
        """pick(i, stage, h, planes of pa, prior mean, prior log-scale) gives the z of stage i."""
        planes = self.planes(pa)
        prior_planes = planes if prior_pa is pa else self.planes(prior_pa)
        h = g = self.bias[0].expand(pa.shape[0], -1, -1, -1)
        for i, stage in enumerate(self.stages):
            level = i // STAGES
            if level and i % STAGES == 0:
                h, g = self.grow(h, level), self.grow(g, level)
            mean, log_scale, features = stage.run_prior(g, prior_planes[level])
            z = pick(i, stage, h, planes[level], mean, log_scale)
            h = stage.run_merge(h, features, z, planes[level])
            if stage.z_feat is not None:
                g = stage.z_feat(torch.cat((z, features), 1))
        return h


def latent_shapes(batch):
    return [(batch, LATENT, r, r) for r in RESOLUTIONS[::-1] for _ in range(STAGES)]


def latent_noise(args):
    """Memory to draw the noise of each z into, and the tensors [N, C, H, W] that show it. Drawing into a channels_last view itself
    takes PyTorch's slow way, a number at a time."""
    if not args.channels_last:
        eps = [torch.randn(s) for s in latent_shapes(args.batch)]
        return eps, eps
    memory = [torch.randn(n, h, w, c) for n, c, h, w in latent_shapes(args.batch)]
    return memory, [m.permute(0, 3, 1, 2) for m in memory]


def cdf(v):
    return 0.5 * (1 + torch.tanh(math.sqrt(2 / math.pi) * (v + 0.044715 * v * v * v)))


class HVAE(nn.Module):
    def __init__(self, conditional):
        super().__init__()
        self.conditional = conditional
        self.encoder, self.decoder = Encoder(), Decoder(conditional)
        self.loc, self.logscale = nn.Conv2d(WIDTH[32], 1, 1), nn.Conv2d(WIDTH[32], 1, 1)
        self.start()

    @torch.no_grad()
    def start(self):
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                m.bias.zero_()
        for m in [*self.encoder.levels.modules(), *self.encoder.downs.modules()]:
            if isinstance(m, Residual):
                m.body[-1].weight.mul_(math.sqrt(1 / 20))
        for s in self.decoder.stages:
            s.z_proj.weight.mul_(math.sqrt(1 / 20))
            s.merge.body[-1].weight.mul_(math.sqrt(1 / 20))
            s.prior[-1].weight.zero_()

    def pixels(self, h):
        return self.loc(h), self.logscale(h).clamp(min=-9.0)

    def log_prob(self, h, x):
        loc, log_scale = self.pixels(h)
        s, d = torch.exp(-log_scale), x - loc
        up, down = cdf(s * (d + 1 / 255)), cdf(s * (d - 1 / 255))
        mass = torch.where(x < -0.999, up, torch.where(x > 0.999, 1 - down, up - down))
        return torch.log(mass.clamp(min=1e-12))

    def forward(self, x, pa, keep_digit, *eps):
        """The loss in nats a pixel; keep_digit is 0 in a step whose conditional prior does not see the digit."""
        kept, kls = self.encoder(x), []
        prior_pa = torch.cat((pa[:, :2], pa[:, 2:] * keep_digit), 1) if self.conditional else pa

        def pick(i, stage, h, planes, p_mean, p_ls):
            q_mean, q_ls = stage.run_posterior(h, planes, kept[i // STAGES])
            kls.append((p_ls - q_ls - 0.5 + 0.5 * (torch.exp(2 * q_ls) + (q_mean - p_mean) ** 2) * torch.exp(-2 * p_ls)).sum())
            return q_mean + torch.exp(q_ls) * eps[i]

        h = self.decoder.walk(pa, prior_pa, pick)
        return -self.log_prob(h, x).mean() + torch.stack(kls).sum() / x.numel()


def random_batch(args):
    x = harness.layout(args, torch.randint(0, 256, (args.batch, 1, 32, 32)).float() / 127.5 - 1)
    digit = F.one_hot(torch.randint(0, 10, (args.batch,)), 10).float()
    return x, torch.cat((torch.rand(args.batch, 2) * 2 - 1, digit), 1)
