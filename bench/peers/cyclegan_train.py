"""A CycleGAN's training step, a pair of 3x64x64 images, in PyTorch: the peer of cgm's bench cyclegan_train.

GENERATORS  7x7 3->32, 3x3 s2 to 64 and 128, 6 residual blocks of two 3x3, convT 3x3 s2 to 64 and 32, each with IN, ReLU; 7x7 to 3, tanh.
            Reflected edges where the size stays. 3x64x64 -> 3x64x64.
CRITICS     4x4 s2 to 32, 64, 128, 4x4 s1 to 256, leaky ReLU 0.2, IN after the first; 4x4 s1 to 1: 6x6 scores.
            IN has neither scale nor shift, and a convolution before it no bias. Weights N(0, 0.02).
MOVES       of both generators: (D(G(x)) - 1)^2 + 10 |G'(G(x)) - x| + 5 |G'(x) - x|, means, of both directions, no gradient by the
            critics' weights; then of both critics: ((D(x) - 1)^2 + D(G(x))^2) / 2. Adam. No image buffer.
--merge 1   G(a) and G(b) go through as one batch, and so do real and fake images through a critic: the same arithmetic.
"""
import copy
import harness  # before torch
import torch
import torch.nn.functional as F
from torch import nn


def stage(conv, c):
    return [conv, nn.InstanceNorm2d(c), nn.ReLU(True)]


class Plus(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


def generator(f=32, blocks=6):
    def same(c):
        return [nn.ReflectionPad2d(1), nn.Conv2d(c, c, 3, bias=False), nn.InstanceNorm2d(c)]

    body = [nn.ReflectionPad2d(3), *stage(nn.Conv2d(3, f, 7, bias=False), f)]
    for c in (f, 2 * f):
        body += stage(nn.Conv2d(c, 2 * c, 3, 2, 1, bias=False), 2 * c)
    body += [Plus(*same(4 * f), nn.ReLU(True), *same(4 * f)) for _ in range(blocks)]
    for c in (4 * f, 2 * f):
        body += stage(nn.ConvTranspose2d(c, c // 2, 3, 2, 1, 1, bias=False), c // 2)
    return nn.Sequential(*body, nn.ReflectionPad2d(3), nn.Conv2d(f, 3, 7), nn.Tanh())


def critic(f=32):
    body = [nn.Conv2d(3, f, 4, 2, 1), nn.LeakyReLU(0.2, True)]
    for cin, cout, s in ((f, 2 * f, 2), (2 * f, 4 * f, 2), (4 * f, 8 * f, 1)):
        body += [nn.Conv2d(cin, cout, 4, s, 1, bias=False), nn.InstanceNorm2d(cout), nn.LeakyReLU(0.2, True)]
    return nn.Sequential(*body, nn.Conv2d(8 * f, 1, 4, 1, 1))


def twice(merge, net, p, q):
    return net(torch.cat((p, q))).chunk(2) if merge else (net(p), net(q))


class GeneratorMove(nn.Module):
    """Both generators' loss; what they made is left in `made`."""

    def __init__(self, merge, critics):
        super().__init__()
        self.merge, self.critics = merge, [critics]  # in a list, so that they are not this module's
        self.ab, self.ba = generator(), generator()

    def forward(self, a, b):
        critic_a, critic_b = self.critics[0].a, self.critics[0].b
        fake_b, same_b = twice(self.merge, self.ab, a, b)
        fake_a, same_a = twice(self.merge, self.ba, b, a)
        self.made = fake_a.detach(), fake_b.detach()
        return (((critic_b(fake_b) - 1) ** 2).mean() + ((critic_a(fake_a) - 1) ** 2).mean()
                + 10 * (F.l1_loss(self.ba(fake_b), a) + F.l1_loss(self.ab(fake_a), b))
                + 5 * (F.l1_loss(same_b, b) + F.l1_loss(same_a, a)))


class CriticMove(nn.Module):
    """Both critics' loss."""

    def __init__(self, merge):
        super().__init__()
        self.merge = merge
        self.a, self.b = critic(), critic()

    def forward(self, a, b, fake_a, fake_b):
        loss = 0
        for net, real, fake in ((self.a, a, fake_a), (self.b, b, fake_b)):
            yes, no = twice(self.merge, net, real, fake)
            loss = loss + (((yes - 1) ** 2).mean() + (no ** 2).mean()) / 2
        return loss


@torch.no_grad()
def start(module):
    for m in module.modules():
        if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d)):
            m.weight.normal_(0, 0.02)
            if m.bias is not None:
                m.bias.zero_()
    return module


def main():
    p = harness.flags("cyclegan_train", batch=1, steps=25, warmup=4, channels_last=0, jit=0)
    p.add_argument("--merge", type=int, choices=(0, 1), default=1)
    args = p.parse_args()
    harness.begin(args)
    critics = harness.layout(args, start(CriticMove(args.merge)))
    generators = harness.layout(args, start(GeneratorMove(args.merge, critics)))
    parameters = sum(q.numel() for m in (generators, critics) for q in m.parameters())
    a, b = (harness.layout(args, torch.rand(args.batch, 3, 64, 64) * 2 - 1) for _ in range(2))
    if args.check_only:
        double = copy.deepcopy(generators).double()
        double.critics[0].double()
        print(harness.check_gradients(harness.FlatParams(generators), generators, double, (a, b)))
        return
    error = harness.checked_elsewhere()
    flat = [harness.FlatParams(m) for m in (generators, critics)]
    optimiser = [torch.optim.Adam([f.vector], lr=2e-4, betas=(0.5, 0.999), foreach=False) for f in flat]
    last = {}

    def step():
        critics.requires_grad_(False)
        flat[0].grad.zero_()
        loss = generators(a, b)
        loss.backward()
        optimiser[0].step()
        critics.requires_grad_(True)
        flat[1].grad.zero_()
        cost = critics(a, b, *generators.made)
        cost.backward()
        optimiser[1].step()
        last.update(generator=round(loss.item(), 4), critic=round(cost.item(), 4))

    harness.run("cyclegan_train", args, step, parameters, lambda: {"gradient_error": float(f"{error:.2g}"), **last})


if __name__ == "__main__":
    main()
