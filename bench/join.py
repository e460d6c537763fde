"""Joins a bench program's lines with its peer's: medians over the rounds of each case, and the ratio of their speeds. Where both
have a list `check`, its numbers must agree to 1e-9, for it shows that the two computed the same."""
import json
import statistics
import sys


def read(path):
    cases = {}
    for line in open(path):
        row = json.loads(line)
        cases.setdefault((row["bench"], row.get("case"), row["threads"], row["batch"]), []).append(row)
    return cases


def median(rows):
    joined = dict(rows[0])
    for name, value in rows[0].items():
        values = [row[name] for row in rows]
        if name not in ("threads", "batch") and all(isinstance(v, (int, float)) for v in values):
            joined[name] = float(f"{statistics.median(values):.6g}")
    return joined


ours, peer = read(sys.argv[1]), read(sys.argv[2])
for key, rows in ours.items():
    line = median(rows)
    if key in peer:
        other = median(peer[key])
        for name, value in other.items():
            if name.startswith("ms_") or name in ("images_per_s", "peak_rss_mb"):
                line["peer_" + name] = value
        if "check" in line and "check" in other:
            apart = max(abs(a - b) / max(abs(b), 1e-300) for a, b in zip(line.pop("check"), other["check"], strict=True))
            if not apart <= 1e-9:
                sys.exit(f"{key}: the peer's results differ, by {apart:.3g} of their size")
            line["peer_apart"] = float(f"{apart:.2g}")
        line["ratio"] = float(f'{other["ms_per_step_median"] / line["ms_per_step_median"]:.4g}')
    print(json.dumps(line))
for key, rows in peer.items():
    if key not in ours:
        print(json.dumps({"only": "peer", **median(rows)}))
