"""What the PyTorch peers share: flags, quick settings, gradient check, flat parameters, timing, the one JSON line.

Import this module BEFORE torch: it chooses PyTorch's CPU kernels (ATEN_CPU_CAPABILITY=avx512 where the CPU has it; Debian's build
stops at AVX2 otherwise) and tells glibc's malloc to keep freed memory, else every activation costs page faults
(PEERS_PLAIN_MALLOC=1 leaves malloc alone).
"""
import argparse
import ctypes
import json
import os
import resource
import statistics
import subprocess
import sys
import time

import turns


def cpu_has(flag):
    try:
        with open("/proc/cpuinfo") as f:
            return any(flag in line.split() for line in f if line.startswith("flags"))
    except OSError:
        return False


if cpu_has("avx512f") and cpu_has("avx512vl"):
    os.environ.setdefault("ATEN_CPU_CAPABILITY", "avx512")
if not os.environ.get("PEERS_PLAIN_MALLOC"):
    M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD = -1, -2, -3
    libc = ctypes.CDLL(None)
    libc.mallopt(M_MMAP_THRESHOLD, 1 << 30)
    libc.mallopt(M_TRIM_THRESHOLD, (1 << 31) - 1)
    libc.mallopt(M_TOP_PAD, 64 << 20)

import torch  # noqa: E402


def flags(description, batch, steps, warmup, channels_last, jit):
    p = argparse.ArgumentParser(description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    p.add_argument("threads", type=int, nargs="?", default=2)
    p.add_argument("--batch", type=int, default=batch)
    p.add_argument("--steps", type=int, default=steps, help="timed steps")
    p.add_argument("--warmup", type=int, default=warmup, help="untimed steps before them")
    p.add_argument("--channels-last", type=int, choices=(0, 1), default=channels_last)
    p.add_argument("--jit", type=int, choices=(0, 1), default=jit, help="trace the loss with torch.jit")
    p.add_argument("--seed", type=int, default=7)
    p.add_argument("--check-only", action="store_true", help="print the gradients' error against double precision, and end")
    return p


def begin(args):
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    torch.set_flush_denormal(True)


def layout(args, thing):
    """Puts a module or a 4-d tensor in the memory format that the flags ask for."""
    return thing.to(memory_format=torch.channels_last) if args.channels_last else thing


class FlatParams:
    """Moves all parameters of a module into one contiguous buffer and their gradients into another, so that clipping, optimiser
    and EMA are a handful of vector operations. `vector` is the only parameter that the optimiser sees."""

    def __init__(self, module):
        self.names = [name for name, _ in module.named_parameters()]
        self.parameters = list(module.parameters())
        n = sum(p.numel() for p in self.parameters)
        data, self.grad = torch.zeros(n), torch.zeros(n)
        at = 0
        for p in self.parameters:
            span = slice(at, at + p.numel())
            p.data, p.grad = self._view(data[span], p.data).copy_(p.data), self._view(self.grad[span], p.data)
            at += p.numel()
        self.vector = torch.nn.Parameter(data)
        self.vector.grad = self.grad

    @staticmethod
    def _view(flat, like):
        """`flat` with the shape of `like`, and its memory format."""
        if like.dim() == 4 and not like.is_contiguous() and like.is_contiguous(memory_format=torch.channels_last):
            o, i, h, w = like.shape
            return flat.view(o, h, w, i).permute(0, 3, 1, 2)
        return flat.view(like.shape)

    def clip(self, limit):
        """Scales the gradient to at most `limit` in 2-norm; returns the norm before."""
        norm = self.grad.norm().item()
        if norm > limit:
            self.grad.mul_(limit / (norm + 1e-6))
        return norm


def check_gradients(flat, loss, reference, inputs, tolerance=1e-2, floor=0.0):
    """The greatest relative difference of any parameter's gradient of `loss` from that of `reference`, the same network in double,
    NCHW and not traced. Ends the program when one is above `tolerance`: float rounding gives 1e-3 at most, a wrong gradient 1.
    A gradient smaller than `floor` times that of all parameters together counts as if it were as large: some are 0 but for rounding."""
    worst = 0.0
    for _ in range(3):  # a traced function is compiled anew on its first calls; what is timed must be what is checked
        flat.grad.zero_()
        reference.zero_grad()
        loss(*inputs).backward()
        reference(*(x.double().contiguous() for x in inputs)).backward()
        least = floor * sum(q.grad.norm() ** 2 for q in reference.parameters()) ** 0.5 + 1e-12
        for name, p, q in zip(flat.names, flat.parameters, reference.parameters()):
            difference = ((p.grad.double() - q.grad).norm() / max(q.grad.norm(), least)).item()
            if not difference <= tolerance:
                sys.exit(f"{sys.argv[0]}: the gradient of {name} differs from the double-precision one by {difference:.3g}")
            worst = max(worst, difference)
    return worst


def checked_elsewhere():
    """The gradient error of this same command line, found in a process of its own, so that the double-precision network does not
    count in this one's memory. Ends the program when the check fails: a quick setting counts only when it is right."""
    child = subprocess.run([sys.executable, *sys.argv, "--check-only"], stdout=subprocess.PIPE, text=True, check=False)
    if child.returncode:
        sys.exit(child.returncode)
    return float(child.stdout)


# As in bench.h: processor time, for one thread on a busy machine.
clock = time.process_time if os.environ.get("BENCH_CLOCK") == "cpu" else time.perf_counter


def run(name, args, step, parameters, extra, case="step"):
    """Warms up, times `step()` args.steps times, prints the JSON line. `extra()` gives further fields."""
    for _ in range(args.warmup):
        step()
    took = []
    for _ in range(args.steps):
        began = clock()
        step()
        took.append(1e3 * (clock() - began))
    median = statistics.median(took)
    line = {
        "bench": name,
        "case": case,
        "threads": args.threads,
        "batch": args.batch,
        "ms_per_step_median": round(median, 3),
        "ms_per_step_min": round(min(took), 3),
        "images_per_s": round(1e3 * args.batch / median, 2),
        "params": parameters,
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "steps": args.steps,
        "peer": "PyTorch " + torch.__version__,
        "config": {k: v for k, v in vars(args).items() if k not in ("threads", "batch", "steps", "warmup", "check_only")},
    }
    line.update(extra())
    print(json.dumps(line), flush=True)
    turns.wait()
