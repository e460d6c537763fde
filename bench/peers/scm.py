"""Abduction, action and prediction through bench_scm.c's model in PyTorch: the same parameters, noise and interventions from the same
formulas, in double (and rq_spline in float, too). The first argument is the number of threads; a second one, "rq_spline torch.float64"
say, names the one case that is run.

Rows go through the whole model a chunk at a time, and an array of a chunk is [rows, units] or [units, rows]: the chunk and the layout
that are quickest on a sixteenth of the rows make the figure. `check` holds the same means of squares as bench_scm.c's."""
import json
import resource
import sys
import time

import harness
import torch
import turns

N, ROWS, HIDDEN, BINS, BOUND = 10, 1000000, 32, 8, 4.0
PARENTS = [[], [], [0], [0, 1], [2], [1, 3], [2, 3, 5], [4, 6], [5, 6, 7], [0, 7, 8]]
DONE = {0: 1.0, 1: -0.5}
MIN_BIN, MIN_SLOPE, MIN_CUT = 1e-3, 1e-3, 0.025
SHIFT = 0.539742417236952079  # log(expm1(1 - MIN_SLOPE))
F = torch.nn.functional


def uniform(i):
    """splitmix64 of an int64 tensor, as bench_scm.c has it."""
    def right(z, by):
        return (z >> by) & ((1 << (64 - by)) - 1)

    z = (i + 1) * (0x9E3779B97F4A7C15 - (1 << 64))
    z = (z ^ right(z, 30)) * (0xBF58476D1CE4E5B9 - (1 << 64))
    z = (z ^ right(z, 27)) * (0x94D049BB133111EB - (1 << 64))
    z = z ^ right(z, 31)
    return (right(z, 12).double() + 0.5) * 2.0**-52


def parameters(v, k, shape, scale):
    n = torch.Size(shape).numel()
    x = scale * (2 * uniform((v * 4 + k << 20) | torch.arange(n)) - 1)
    return x.float().double().reshape(shape)


def noise(v):
    at = 2 * (v * ROWS + torch.arange(ROWS)) + (1 << 40)
    return torch.sqrt(-2 * torch.log(uniform(at))) * torch.cos(2 * torch.pi * uniform(at + 1))


class Flow:
    """One variable's mechanism. dim is that of the units: 1 for [rows, units], 0 for [units, rows]."""

    def __init__(self, v, kind, dtype, dim):
        outputs = 2 + (3 if kind == "rq_spline" else 4) * BINS - 1
        n = len(PARENTS[v])
        self.kind, self.dim, self.parents = kind, dim, PARENTS[v]
        if n == 0:
            self.constant = parameters(v, 0, (outputs,), 0.2).to(dtype).unsqueeze(1 - dim)
            return
        self.w1, self.b1 = parameters(v, 0, (HIDDEN, n), 1).to(dtype), parameters(v, 1, (HIDDEN,), 1).to(dtype)
        self.w2, self.b2 = parameters(v, 2, (outputs, HIDDEN), 0.2).to(dtype), parameters(v, 3, (outputs,), 0.2).to(dtype)
        if dim == 1:
            self.w1, self.w2 = self.w1.t().contiguous(), self.w2.t().contiguous()
        else:
            self.b1, self.b2 = self.b1[:, None], self.b2[:, None]

    def raw(self, values):
        if not self.parents:
            return self.constant
        x = torch.stack([values[p] for p in self.parents], self.dim)
        if self.dim == 1:
            return torch.addmm(self.b2, torch.addmm(self.b1, x, self.w1).tanh_(), self.w2)
        return torch.addmm(self.b2, self.w2, torch.addmm(self.b1, self.w1, x).tanh_())

    def bin(self, raw, v, by):
        """The bin that holds v on the axis `by`: its corner, extent, slopes and cut."""
        dim = self.dim
        sizes = [torch.softmax(raw.narrow(dim, 2 + a * BINS, BINS), dim) * (2 * BOUND * (1 - MIN_BIN * BINS)) + 2 * BOUND * MIN_BIN
                 for a in (0, 1)]
        ends = [torch.cumsum(s, dim) - BOUND for s in sizes]
        k = (v.unsqueeze(dim) >= ends[by].narrow(dim, 0, BINS - 1)).sum(dim, keepdim=True)
        rows = [len(v) if d != dim else -1 for d in (0, 1)]

        def at(t, index):
            return torch.gather(t.expand(*rows), dim, index).squeeze(dim)

        size = [at(s, k) for s in sizes]
        corner = [at(e, k) - s for e, s in zip(ends, size)]
        slopes = F.pad(raw.narrow(dim, 2 + 2 * BINS, BINS - 1), (1, 1) if dim == 1 else (0, 0, 1, 1))
        slope = [MIN_SLOPE + F.softplus(at(slopes, k + i) + SHIFT, threshold=50) for i in (0, 1)]
        cut = None
        if self.kind == "lr_spline":
            cut = MIN_CUT + (1 - 2 * MIN_CUT) * torch.sigmoid(at(raw.narrow(dim, 2 + 3 * BINS - 1, BINS), k))
        return corner, size, slope, cut

    def part(self, found, v, by):
        (x, y), (w, h), (d0, d1), left = found
        right, end = 1 - left, torch.sqrt(d0 / d1)
        middle = (left * d0 + right * end * d1) * w / h
        cw, ch = left * w, h * (left * end / (right + left * end))
        first = v <= (y + ch if by else x + cw)
        return (torch.where(first, x, x + cw), torch.where(first, y, y + ch), torch.where(first, cw, w - cw),
                torch.where(first, ch, h - ch), torch.where(first, torch.ones_like(end), middle), torch.where(first, middle, end))

    def forward(self, raw, v):
        found = self.bin(raw, v, 0)
        (x, y), (w, h), (d0, d1), _ = found
        if self.kind == "lr_spline":
            x, y, w, h, a, b = self.part(found, v, 0)
            t = (v - x) / w
            g = y + h * b * t / (a * (1 - t) + b * t)
        else:
            m, t = h / w, (v - x) / w
            mixed = t * (1 - t)
            g = y + h * (m * t * t + d0 * mixed) / (m + (d1 + d0 - 2 * m) * mixed)
        return torch.where(v.abs() >= BOUND, v, g)

    def inverse(self, raw, v):
        found = self.bin(raw, v, 1)
        (x, y), (w, h), (d0, d1), _ = found
        if self.kind == "lr_spline":
            x, y, w, h, a, b = self.part(found, v, 1)
            below, above = a * (v - y), b * (y + h - v)
            g = x + w * below / (below + above)
        else:
            m, up = h / w, v - y
            bend = d1 + d0 - 2 * m
            p, q = h * (m - d0) + up * bend, h * d0 - up * bend
            g = x + w * (2 * m * up / (q + torch.sqrt((q * q + 4 * p * m * up).clamp_min_(0))))
        return torch.where(v.abs() >= BOUND, v, g)

    def abduct(self, values, x):
        raw = self.raw(values)
        return self.forward(raw, (x - raw.select(self.dim, 0)) * torch.exp(-raw.select(self.dim, 1)))

    def predict(self, values, u):
        raw = self.raw(values)
        return raw.select(self.dim, 0) + torch.exp(raw.select(self.dim, 1)) * self.inverse(raw, u)


def query(flows, factual, chunk):
    """The noise and the counterfactual values, [N, rows] each."""
    noises, counterfactual = torch.empty_like(factual), torch.empty_like(factual)
    for begin in range(0, factual.shape[1], chunk):
        rows = slice(begin, begin + chunk)
        values, seen = factual[:, rows], counterfactual[:, rows]
        for v, flow in enumerate(flows):
            u = noises[v, rows] = flow.abduct(values, values[v])
            seen[v] = DONE[v] if v in DONE else flow.predict(seen, u)
    return noises, counterfactual


def timed(run):
    began = harness.clock()
    result = run()
    return 1e3 * (harness.clock() - began), result


def case(kind, threads, dtype):
    factual = torch.empty(N, ROWS, dtype=torch.float64)
    for v, flow in enumerate(Flow(v, kind, torch.float64, 0) for v in range(N)):
        u = noise(v)
        for begin in range(0, ROWS, 1 << 16):
            rows = slice(begin, begin + (1 << 16))
            factual[v, rows] = flow.predict(factual[:, rows], u[rows])
    factual = factual.to(dtype)
    few, best = factual[:, : ROWS // 16].contiguous(), None
    for dim in (0, 1):
        flows = [Flow(v, kind, dtype, dim) for v in range(N)]
        for chunk in (1 << 10, 1 << 12, 1 << 14, 1 << 16):
            ms = min(timed(lambda: query(flows, few, chunk))[0] for _ in range(2))
            if best is None or ms < best[0]:
                best = ms, flows, chunk, dim
    _, flows, chunk, dim = best
    took = []
    for _ in range(3):
        ms, (noises, counterfactual) = timed(lambda: query(flows, factual, chunk))
        took.append(ms)
    took.sort()
    print(json.dumps({
        "bench": "scm", "case": kind + ("" if dtype == torch.float64 else " float"), "threads": threads, "batch": ROWS,
        "ms_per_step_median": took[1], "ms_per_step_best": took[0], "images_per_s": ROWS / took[1] * 1e3,
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "chunk": chunk, "units_first": dim == 0,
        "check": [x.double().square().mean().item() for x in (*noises, *counterfactual)]}), flush=True)
    turns.wait()


def main():
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    torch.set_num_threads(threads)
    with torch.inference_mode():
        for kind, dtype in (("rq_spline", torch.float64), ("lr_spline", torch.float64), ("rq_spline", torch.float32)):
            if len(sys.argv) < 3 or sys.argv[2] in f"{kind} {dtype}":
                case(kind, threads, dtype)


if __name__ == "__main__":
    main()
