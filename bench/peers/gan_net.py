"""The networks and the moves of cgm's adversarial games in PyTorch, for the peers gan_train and wgan_gp_train.

GENERATOR  z [B,100] -> linear (no bias) -> 256x4x4, BN, ReLU -> convT 4x4 s2 p1 256->128 (no bias), BN, ReLU
                     -> convT 128->64 (no bias), BN, ReLU -> convT 64->1, tanh                           (1x32x32)
CRITIC     conv 4x4 s2 p1 1->64, leaky ReLU 0.2 -> 64->128, BN, leaky ReLU -> 128->256, BN, leaky ReLU -> linear 4096->1
           A convolution that BN follows has no bias; in a penalised critic there is no BN. Weights N(0, 0.02).
MOVES      of the critic: softplus(-C(x)) + softplus(C(G(z))), real and fake through the critic apart; or C(G(z)) - C(x)
           + 10 (|dC/dx| - 1)^2 at points between, real and fake as one batch. Of the generator: softplus(-C(G(z))) or -C(G(z)), no
           gradient by the critic's weights.
"""
import copy
import harness  # before torch
import torch
import torch.nn.functional as F
from torch import nn

LATENT = 100


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.start = nn.Linear(LATENT, 256 * 16, bias=False)
        self.up = nn.ModuleList([nn.ConvTranspose2d(a, b, 4, 2, 1, bias=b == 1) for a, b in ((256, 128), (128, 64), (64, 1))])
        self.norm = nn.ModuleList([nn.BatchNorm2d(w) for w in (256, 128, 64)])

    def forward(self, z):
        h = self.start(z).view(-1, 256, 4, 4)
        for norm, up in zip(self.norm, self.up):
            h = up(F.relu(norm(h), True))
        return torch.tanh(h)


class Critic(nn.Module):
    def __init__(self, normalised):
        super().__init__()
        self.down = nn.ModuleList(
            [nn.Conv2d(a, b, 4, 2, 1, bias=a == 1 or not normalised) for a, b in ((1, 64), (64, 128), (128, 256))])
        self.norm = nn.ModuleList([nn.BatchNorm2d(w) for w in (128, 256)] if normalised else [])
        self.score = nn.Linear(4096, 1)

    def forward(self, x):
        for i, down in enumerate(self.down):
            x = down(x)
            if i and len(self.norm):
                x = self.norm[i - 1](x)
            x = F.leaky_relu(x, 0.2, True)
        return self.score(x.flatten(1))


class CriticMove(nn.Module):
    """The critic's loss."""

    def __init__(self, penalised):
        super().__init__()
        self.penalised = penalised
        self.critic = Critic(not penalised)

    def forward(self, x, fake, e):
        if not self.penalised:
            return F.softplus(-self.critic(x)).mean() + F.softplus(self.critic(fake)).mean()
        mix = torch.lerp(fake, x, e).requires_grad_(True)
        (gradient,) = torch.autograd.grad(self.critic(mix).sum(), mix, create_graph=True)
        penalty = ((gradient.flatten(1).norm(dim=1) - 1) ** 2).mean()
        both = self.critic(torch.cat((fake, x)))
        n = len(x)
        return both[:n].mean() - both[n:].mean() + 10 * penalty


@torch.no_grad()
def start(module):
    for m in module.modules():
        if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            m.weight.normal_(0, 0.02)
            if m.bias is not None:
                m.bias.zero_()
    return module


def main(name, penalised, rate, betas, critic_steps):
    p = harness.flags(name, batch=64, steps=30 if critic_steps == 1 else 12, warmup=3, channels_last=0, jit=0)
    args = p.parse_args()
    harness.begin(args)
    generator, move = (harness.layout(args, start(m)) for m in (Generator(), CriticMove(penalised)))
    parameters = sum(q.numel() for m in (generator, move) for q in m.parameters())
    x = harness.layout(args, torch.rand(args.batch, 1, 32, 32) * 2 - 1)
    z, e = torch.empty(args.batch, LATENT), torch.rand(args.batch, 1, 1, 1)
    if args.check_only:
        double = copy.deepcopy(move).double()
        fake = generator(z.normal_()).detach()
        print(harness.check_gradients(harness.FlatParams(move), move, double, (x, fake, e)))
        return
    error = harness.checked_elsewhere()
    flat = [harness.FlatParams(m) for m in (generator, move)]
    optimiser = [torch.optim.Adam([f.vector], lr=rate, betas=betas, foreach=False) for f in flat]
    last = {}

    def step():
        for _ in range(critic_steps):
            fake = generator(z.normal_())  # without a penalty the generator moves on the same samples
            flat[1].grad.zero_()
            loss = move(x, fake.detach(), e.uniform_())
            loss.backward()
            optimiser[1].step()
        move.requires_grad_(False)
        flat[0].grad.zero_()
        score = move.critic(generator(z.normal_()) if penalised else fake)
        gain = -score.mean() if penalised else F.softplus(-score).mean()
        gain.backward()
        optimiser[0].step()
        move.requires_grad_(True)
        last.update(critic=round(loss.item(), 4), generator=round(gain.item(), 4))

    harness.run(name, args, step, parameters, lambda: {"gradient_error": float(f"{error:.2g}"), **last})
