"""PyTorch's convolutions on the shapes of bench_conv.c: forward, and each gradient alone. The first argument is the number of threads.

Each map is timed in NCHW, which is the same call as ours (`ms_nchw_best`), and in channels_last, as the autograd engine calls it. The
quicker of the two is the figure, as long as its results agree with those of NCHW in double.
"""
import json
import resource
import sys

import harness  # before torch
import torch
import turns

SHAPES = [
    ("cvae encoder", 128, 1, 32, 32, 4, 2, 1), ("cvae encoder", 128, 32, 16, 64, 4, 2, 1),
    ("cvae encoder", 128, 64, 8, 64, 4, 2, 1), ("cvae decoder", 128, 64, 8, 64, 3, 1, 1),
    ("cvae decoder", 128, 64, 16, 32, 3, 1, 1), ("cvae decoder", 128, 32, 32, 32, 3, 1, 1),
    ("cvae decoder", 128, 32, 32, 16, 3, 1, 1), ("cvae decoder", 128, 32, 32, 2, 3, 1, 1),
    ("cvae decoder", 128, 32, 32, 2, 1, 1, 0), ("hvae", 32, 4, 32, 4, 3, 1, 1),
    ("hvae", 32, 16, 32, 4, 1, 1, 0), ("hvae", 32, 4, 32, 48, 1, 1, 0), ("hvae", 32, 8, 16, 8, 3, 1, 1),
    ("hvae", 32, 64, 8, 16, 1, 1, 0), ("hvae", 32, 16, 8, 16, 3, 1, 1), ("hvae", 32, 32, 4, 32, 3, 1, 1),
    ("hvae stem", 32, 1, 32, 16, 7, 1, 3), ("dip out", 1, 132, 130, 128, 3, 1, 0),
    ("dip down", 1, 128, 66, 128, 3, 1, 0), ("dip out", 1, 132, 34, 128, 3, 1, 0),
    ("dip down", 1, 32, 130, 128, 3, 2, 0), ("dip down", 1, 128, 66, 128, 3, 2, 0),
    ("dip out", 1, 128, 128, 128, 1, 1, 0), ("dip skip", 1, 128, 64, 4, 1, 1, 0),
    ("gan", 64, 1, 32, 64, 4, 2, 1), ("gan", 64, 64, 16, 128, 4, 2, 1), ("gan", 64, 128, 8, 256, 4, 2, 1),
    ("gan generator", 64, 256, 4, 100, 4, 1, 0), ("gan critic", 64, 256, 4, 1, 4, 1, 0),
    ("cyclegan generator", 2, 3, 70, 32, 7, 1, 0), ("cyclegan generator", 2, 32, 64, 64, 3, 2, 1),
    ("cyclegan generator", 2, 64, 32, 128, 3, 2, 1), ("cyclegan generator", 2, 128, 18, 128, 3, 1, 0),
    ("cyclegan generator", 2, 32, 70, 3, 7, 1, 0), ("cyclegan critic", 2, 3, 64, 32, 4, 2, 1),
    ("cyclegan critic", 2, 32, 32, 64, 4, 2, 1), ("cyclegan critic", 2, 64, 16, 128, 4, 2, 1),
    ("cyclegan critic", 2, 128, 8, 256, 4, 1, 1),
]


def measure(run, seconds=0.2):
    """The median and the best time of a call in ms."""
    run()
    times = []
    begin = harness.clock()
    while len(times) < 5 or harness.clock() - begin < seconds:
        t = harness.clock()
        run()
        times.append((harness.clock() - t) * 1e3)
    times.sort()
    return times[len(times) // 2], times[0]


def maps(x, w, dy, stride, pad):
    def backward(mask):
        return torch.ops.aten.convolution_backward(
            dy, x, w, None, [stride, stride], [pad, pad], [1, 1], False, [0, 0], 1, mask)

    return {
        "forward": lambda: torch.nn.functional.conv2d(x, w, None, stride, pad),
        "input_grad": lambda: backward([True, False, False])[0],
        "filter_grad": lambda: backward([False, True, False])[1],
    }


def main():
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
    torch.set_flush_denormal(True)
    torch.manual_seed(1)
    for model, n, c, size, k, r, stride, pad in SHAPES:
        shape = f"{model} {r}x{r}/{stride} {c}->{k} @{size}"
        if len(sys.argv) > 2 and sys.argv[2] not in shape:
            continue
        x, w = torch.randn(n, c, size, size), torch.randn(k, c, r, r)
        y = torch.nn.functional.conv2d(x, w, None, stride, pad)
        dy = torch.randn_like(y)
        truth = {name: run() for name, run in maps(x[:4].double(), w.double(), dy[:4].double(), stride, pad).items()}
        layouts = torch.contiguous_format, torch.channels_last
        few = [maps(*(t.contiguous(memory_format=f) for t in (x[:4], w, dy[:4])), stride, pad) for f in layouts]
        whole = [maps(*(t.contiguous(memory_format=f) for t in (x, w, dy)), stride, pad) for f in layouts]
        for name, right in truth.items():
            timed = {}
            for layout, part, run in zip(layouts, few, whole):
                if (part[name]().double() - right).abs().max() <= 1e-4 * right.abs().max():
                    timed[layout] = measure(run[name])
            if torch.contiguous_format not in timed:
                sys.exit(f"conv.py: {shape} {name}: NCHW does not give what double precision does")
            ms, least = min(timed.values())
            print(json.dumps({
                "bench": "conv", "case": f"{shape} {name}", "threads": threads, "batch": n,
                "ms_per_step_median": ms, "ms_per_step_best": least, "ms_nchw_best": timed[torch.contiguous_format][1],
                "images_per_s": n / ms * 1e3,
                "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}), flush=True)
            turns.wait()


main()
