"""make bench BENCH=conv | python3 bench/conv_table.py: the lines as a Markdown table, a row a shape and number of threads, and a line
of totals for each number of threads.

A cell: GFLOP/s of the direct sum (fraction of sgemm just before); PyTorch's for the same call, whose tensors are NCHW as ours, and how
many times as fast ours is; the same of PyTorch in NCHW or channels_last, whichever is the quicker. Of the best calls of a round,
medians over the rounds.
"""
import json
import statistics
import sys

MAPS = ("forward", "input_grad", "filter_grad")
PEERS = {"the same call": "peer_ms_nchw_best", "PyTorch's better layout": "peer_ms_per_step_best"}


def ratios(row):
    return [row[name] / row["ms_per_step_best"] for name in PEERS.values() if name in row]


def cell(row):
    text = f"{row['gflop_per_s']:.0f} ({row['of_sgemm']:.2f})"
    return "; ".join([text] + [f"{row['gflop_per_s'] / ratio:.0f}, {ratio:.2f}" for ratio in ratios(row)])


shapes, compared = {}, {}
for line in sys.stdin:
    row = json.loads(line)
    if row.get("only") != "peer":
        shape, name = row["case"].rsplit(" ", 1)
        shapes.setdefault((shape, row["batch"], row["threads"]), {})[name] = cell(row)
        if "ratio" in row:
            compared.setdefault(row["threads"], []).append(ratios(row))
print("| convolution | batch | threads | forward | input gradient | filter gradient |\n|---|---|---|---|---|---|")
for (shape, batch, threads), cells in sorted(shapes.items(), key=lambda item: item[0][2]):
    print(f"| {shape} | {batch} | {threads} | {' | '.join(cells[name] for name in MAPS)} |")
for threads, rows in sorted(compared.items()):
    for name, column in zip(PEERS, zip(*rows)):
        fast = sum(ratio >= 1 for ratio in column)
        print(f"\nThreads {threads}, {name}: {fast} of {len(column)} at least as fast, geometric mean {statistics.geometric_mean(column):.2f}")
