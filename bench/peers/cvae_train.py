"""Training of the conditional VAE, 1x32x32 images, in PyTorch: the peer of cgm's bench cvae_train.

ENCODER  x [B,1,32,32] in [-1,1] -> conv 4x4 s2 p1 1->32   (32x16x16)
                                 -> conv 4x4 s2 p1 32->64  (64x8x8)
                                 -> conv 4x4 s2 p1 64->64  (64x4x4)
         flattened, with the parents pa [B,13] -> linear 1037->128 -> linear 128->32 = mean and log-scale of z, 16 each.
DECODER  z = mean + exp(log_scale) eps, with pa -> linear 29->128 -> linear 128->1024, as 64x4x4
         -> nearest x2 -> conv 3x3 64->64 -> nearest x2 -> conv 3x3 64->32 -> nearest x2 -> conv 3x3 32->32
         -> conv 3x3 32->2 = mean and log-scale (at least -9) of a discretised Gaussian on 256 levels.
         Leaky ReLU 0.1 after every layer but the last of each.
STEP     loss = (nll + beta KL) / B in nats an image, backward, clip at norm 200, AdamW (1e-3, 0.9/0.999, decay 0.01), EMA 0.999.
DATA     random grey levels and parents (ten of them a one-hot digit); batch 128.
"""
import harness  # before torch
import copy
import math
import torch
import torch.nn.functional as F
from torch import nn

LATENT, SLOPE, LEVELS = 16, 0.1, 256


def cdf(v):
    """tanh approximation of the standard normal distribution function."""
    return 0.5 * (1 + torch.tanh(math.sqrt(2 / math.pi) * (v + 0.044715 * v**3)))


def discretised_gaussian_log_prob(x, mean, log_scale):
    s, d, h = torch.exp(-log_scale), x - mean, 1 / (LEVELS - 1)
    above, below = cdf(s * (d + h)), cdf(s * (d - h))
    p = torch.where(x < -0.999, above, torch.where(x > 0.999, 1 - below, above - below))
    return torch.log(p.clamp(min=1e-12))


def enlarge(x, layer, transposed):
    """Nearest x2, then the 3x3 convolution; or, as cgm computes it, the one transposed convolution that equals the two."""
    if not transposed:
        return layer(F.interpolate(x, scale_factor=2.0, mode="nearest"))
    w = layer.weight.transpose(0, 1).flip(2, 3)
    w = F.pad(w, (0, 0, 0, 1)) + F.pad(w, (0, 0, 1, 0))
    w = F.pad(w, (0, 1)) + F.pad(w, (1, 0))
    return F.conv_transpose2d(x, w, layer.bias, stride=2, padding=1)


class CVAE(nn.Module):
    def __init__(self, parents, beta, transposed):
        super().__init__()
        self.beta = beta
        self.transposed = transposed
        self.encoder = nn.ModuleList([nn.Conv2d(a, b, 4, 2, 1) for a, b in ((1, 32), (32, 64), (64, 64))])
        self.posterior = nn.ModuleList([nn.Linear(1024 + parents, 128), nn.Linear(128, 2 * LATENT)])
        self.expand = nn.ModuleList([nn.Linear(LATENT + parents, 128), nn.Linear(128, 1024)])
        self.decoder = nn.ModuleList([nn.Conv2d(a, b, 3, 1, 1) for a, b in ((64, 64), (64, 32), (32, 32))])
        self.output = nn.Conv2d(32, 2, 3, 1, 1)

    def encode(self, x, pa):
        for layer in self.encoder:
            x = F.leaky_relu(layer(x), SLOPE, True)
        h = F.leaky_relu(self.posterior[0](torch.cat((x.flatten(1), pa), 1)), SLOPE, True)
        return self.posterior[1](h).chunk(2, 1)

    def decode(self, z, pa):
        h = torch.cat((z, pa), 1)
        for layer in self.expand:
            h = F.leaky_relu(layer(h), SLOPE, True)
        h = h.view(-1, 64, 4, 4)
        for layer in self.decoder:
            h = F.leaky_relu(enlarge(h, layer, self.transposed), SLOPE, True)
        mean, log_scale = self.output(h).chunk(2, 1)
        return mean, log_scale.clamp(min=-9)

    def forward(self, x, pa, eps):
        mean, log_scale = self.encode(x, pa)
        nll = -discretised_gaussian_log_prob(x, *self.decode(mean + torch.exp(log_scale) * eps, pa)).sum()
        kl = 0.5 * (mean**2 + torch.exp(2 * log_scale) - 1 - 2 * log_scale).sum()
        return (nll + self.beta * kl) / x.shape[0]


def random_batch(args):
    """Grey levels, a third of them at the ends as in pictures of strokes; a one-hot digit and standardised scalars."""
    grey = torch.randint(-64, 320, (args.batch, 1, 32, 32)).clamp(0, 255)
    digit = F.one_hot(torch.randint(0, 10, (args.batch,)), 10).float()
    pa = torch.cat((digit, torch.randn(args.batch, max(0, args.parents - 10))), 1)[:, : args.parents]
    return harness.layout(args, grey.float() / 127.5 - 1), pa


def main():
    p = harness.flags(__doc__.split("\n")[0], batch=128, steps=40, warmup=5, channels_last=1, jit=0)
    p.add_argument("--parents", type=int, default=13, help="width of the parents")
    p.add_argument("--beta", type=float, default=1.0)
    p.add_argument("--opt", choices=("flat", "foreach"), default="flat", help="one parameter vector, or one tensor each")
    p.add_argument("--transposed", type=int, choices=(0, 1), default=0, help="up-sampling and convolution as one")
    args = p.parse_args()
    harness.begin(args)

    net = CVAE(args.parents, args.beta, bool(args.transposed))
    double = None
    if args.check_only:
        double = copy.deepcopy(net).double()
        double.transposed = False
    net = harness.layout(args, net)
    parameters = sum(q.numel() for q in net.parameters())
    x, pa = random_batch(args)
    eps = torch.randn(args.batch, LATENT)
    flat = harness.FlatParams(net)
    loss_of = torch.jit.trace(net, (x, pa, eps), check_trace=False) if args.jit else net
    if args.check_only:
        print(harness.check_gradients(flat, loss_of, double, (x, pa, eps)))
        return
    error = harness.checked_elsewhere()

    trained = [flat.vector] if args.opt == "flat" else flat.parameters
    shadow = [q.detach().clone() for q in trained]
    optimiser = torch.optim.AdamW(trained, lr=1e-3, betas=(0.9, 0.999), weight_decay=0.01, foreach=args.opt == "foreach")
    last = {}

    def step():
        flat.grad.zero_()
        loss = loss_of(x, pa, eps.normal_())
        loss.backward()
        norm = flat.clip(200.0)
        optimiser.step()
        with torch.no_grad():
            for average, q in zip(shadow, trained):
                average.lerp_(q, 1e-3)
        last.update(loss=round(loss.item(), 3), norm=round(norm, 3))

    harness.run("cvae_train", args, step, parameters, lambda: {"gradient_error": float(f"{error:.2g}"), **last})


if __name__ == "__main__":
    main()
