"""A training step of the hierarchical VAE in PyTorch (network: hvae_net.py): the peer of cgm's bench hvae_train.

STEP     fresh noise, loss = nll + KL in nats a pixel, backward, clip at norm 350, AdamW (1e-3, 0.9/0.9, decay 0.01), EMA 0.999. With a
         conditional prior the digit is dropped from it in one step of three.
DATA     random pixels on 256 levels, random parents; batch 32. NCHW: channels_last gives wrong gradients in PyTorch 1.13.
"""
import harness  # before torch
from hvae_net import HVAE, latent_noise, random_batch
import copy
import torch


def measure(args, conditional, error=None):
    net = HVAE(conditional)
    double = copy.deepcopy(net).double() if args.check_only else None
    net = harness.layout(args, net)
    parameters = sum(q.numel() for q in net.parameters())
    x, pa = random_batch(args)
    memory, eps = latent_noise(args)
    keep = torch.ones(())
    flat = harness.FlatParams(net)
    loss_of = torch.jit.trace(net, (x, pa, keep, *eps), check_trace=False) if args.jit else net
    if args.check_only:
        return harness.check_gradients(flat, loss_of, double, (x, pa, keep, *eps))
    optimiser = torch.optim.AdamW([flat.vector], lr=1e-3, betas=(0.9, 0.9), weight_decay=0.01)
    shadow, last = flat.vector.detach().clone(), {}

    def step():
        for e in memory:
            e.normal_()
        keep.fill_(0 if conditional and torch.randint(0, 3, ()).item() == 0 else 1)
        flat.grad.zero_()
        loss = loss_of(x, pa, keep, *eps)
        loss.backward()
        norm = flat.clip(350.0)
        if norm < 500:
            optimiser.step()
            with torch.no_grad():
                shadow.lerp_(flat.vector, 1e-3)
        last.update(loss=round(loss.item(), 4), norm=round(norm, 3))

    harness.run("hvae_train", args, step, parameters, lambda: {"gradient_error": float(f"{error:.2g}"), **last},
                case=f"cond_prior={int(conditional)}")


def main():
    args = harness.flags(__doc__.split("\n")[0], batch=32, steps=20, warmup=4, channels_last=0, jit=0).parse_args()
    harness.begin(args)
    if args.check_only:
        print(max(measure(args, True), measure(args, False)))
        return
    error = harness.checked_elsewhere()
    measure(args, True, error)
    measure(args, False, error)


if __name__ == "__main__":
    main()
