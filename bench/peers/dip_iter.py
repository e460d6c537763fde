"""An iteration of the deep image prior on a grey image, in PyTorch: the peer of cgm's bench dip_iter.

NETWORK  an hourglass of 5 scales on 32 planes of noise. Scale i has, on what comes in, a 1x1 convolution to 4 channels beside a 3x3 one
         at stride 2 to 128 and a 3x3 one of 128, then scale i + 1, then twice the size, bilinear; the 4 and the 128 channels together,
         batch normalisation, a 3x3 convolution to 128 and a 1x1 of 128. Edges are reflected; each convolution is followed by batch
         normalisation and a leaky ReLU of slope 0.2, and has no bias, which that would take away. In the end 1x1 to 1, a sigmoid.
STEP     new noise of deviation 1/30 on the input, mean squared error to the image, backward, Adam (0.01).
"""
import copy
import harness  # before torch
import torch
from torch import nn

WIDE, THIN, PLANES = 128, 4, 32


def block(cin, cout, size, stride=1):
    edge = [nn.ReflectionPad2d(size // 2)] if size > 1 else []
    return nn.Sequential(*edge, nn.Conv2d(cin, cout, size, stride, bias=False), nn.BatchNorm2d(cout), nn.LeakyReLU(0.2, True))


class Scale(nn.Module):
    def __init__(self, cin, depth):
        super().__init__()
        self.beside = block(cin, THIN, 1)
        inner = [Scale(WIDE, depth - 1)] if depth > 1 else []
        self.deep = nn.Sequential(block(cin, WIDE, 3, 2), block(WIDE, WIDE, 3), *inner,
                                  nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False))
        self.out = nn.Sequential(nn.BatchNorm2d(THIN + WIDE), block(THIN + WIDE, WIDE, 3), block(WIDE, WIDE, 1))

    def forward(self, x):
        return self.out(torch.cat((self.beside(x), self.deep(x)), 1))


class Loss(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(Scale(PLANES, 5), nn.Conv2d(WIDE, 1, 1), nn.Sigmoid())

    def forward(self, z, y):
        return ((self.net(z) - y) ** 2).mean()


def measure(args, side, error=None):
    loss = Loss()
    double = copy.deepcopy(loss).double() if args.check_only else None
    loss = harness.layout(args, loss)
    parameters = sum(q.numel() for q in loss.parameters())
    z = harness.layout(args, 0.1 * torch.rand(1, PLANES, side, side))
    y = harness.layout(args, torch.rand(1, 1, side, side))
    flat = harness.FlatParams(loss)
    run = torch.jit.trace(loss, (z, y), check_trace=False) if args.jit else loss
    if args.check_only:
        # A shift before a convolution that normalisation follows has the gradient 0. Elsewhere a unit that rounding moves over its
        # kink shows, where few matter.
        return harness.check_gradients(flat, run, double, (z, y), tolerance=0.05, floor=0.01)
    optimiser = torch.optim.Adam([flat.vector], lr=0.01, foreach=False)
    noisy, last = torch.empty_like(z), {}

    def step():
        noisy.normal_(0, 1 / 30).add_(z)
        flat.grad.zero_()
        misfit = run(noisy, y)
        misfit.backward()
        optimiser.step()
        last["loss"] = round(misfit.item(), 5)

    harness.run("dip_iter", args, step, parameters, lambda: {"gradient_error": float(f"{error:.2g}"), **last}, case=f"side={side}")


def main():
    args = harness.flags("dip_iter", batch=1, steps=20, warmup=4, channels_last=0, jit=0).parse_args()
    harness.begin(args)
    sides = 128, 256
    if args.check_only:
        print(max(measure(args, side) for side in sides))
        return
    error = harness.checked_elsewhere()
    for side in sides:
        measure(args, side, error)


if __name__ == "__main__":
    main()
