"""make bench BENCH=conv | python3 bench/conv_table.py: the lines as a Markdown table, a row a shape and number of threads.

A cell: GFLOP/s of the direct sum (fraction of sgemm just before), PyTorch's, and how many times as fast; of the best calls of a round,
medians over the rounds.
"""
import json
import sys

MAPS = ("forward", "input_grad", "filter_grad")


def cell(row):
    text = f"{row['gflop_per_s']:.0f} ({row['of_sgemm']:.2f})"
    if "peer_ms_per_step_best" in row:
        ratio = row["peer_ms_per_step_best"] / row["ms_per_step_best"]
        text += f", {row['gflop_per_s'] / ratio:.0f}, {ratio:.2f}"
    return text


shapes = {}
for line in sys.stdin:
    row = json.loads(line)
    if row.get("only") != "peer":
        shape, name = row["case"].rsplit(" ", 1)
        shapes.setdefault((shape, row["batch"], row["threads"]), {})[name] = cell(row)
print("| convolution | batch | threads | forward | input gradient | filter gradient |\n|---|---|---|---|---|---|")
for (shape, batch, threads), cells in sorted(shapes.items(), key=lambda item: item[0][2]):
    print(f"| {shape} | {batch} | {threads} | {' | '.join(cells[name] for name in MAPS)} |")
