"""Peer of bench/bench_measures.c: the same images measured by Morpho-MNIST's implementation on scikit-image (Castro et al. 2019;
morphomnist/morpho.py of https://github.com/dccastro/Morpho-MNIST), in as many processes as the argument says."""
import json
import multiprocessing
import os
import resource
import sys
import time
import warnings

import numpy as np
import turns

try:
    from skimage import morphology, transform
except ImportError:
    print("measures.py: no scikit-image here (Debian: python3-skimage), so there is nothing to compare with", file=sys.stderr)
    sys.exit()

N, SIDE, SCALE = 1000, 28, 4
MASK = (1 << 64) - 1
# As in bench.h: processor time, for one thread on a busy machine.
clock = time.process_time if os.environ.get("BENCH_CLOCK") == "cpu" else time.perf_counter
warnings.simplefilter("ignore", FutureWarning)


def uniform(i):
    z = (i + 1) * 0x9E3779B97F4A7C15 & MASK
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
    z ^= z >> 31
    return ((z >> 12) + 0.5) * 2.0**-52


def draw(i):
    u = [uniform(8 * i + k) for k in range(8)]
    x, y, radius, half = 11 + 6 * u[0], 11 + 6 * u[1], 4 + 4 * u[2], 0.6 + 1.6 * u[3]
    grey, cosine, length = 100 + 155 * u[4], 2 * u[5] - 1, 4 + 7 * u[6]
    sine = np.sqrt(1 - cosine * cosine)
    dx, dy = np.arange(SIDE)[None, :] - x, np.arange(SIDE)[:, None] - y
    ring = np.abs(np.sqrt(dx * dx + dy * dy) - radius)
    bar = np.maximum(np.abs(dx * cosine + dy * sine), np.abs(dy * cosine - dx * sine) - length)
    cover = np.clip(half + 0.5 - np.minimum(ring, bar), 0, 1)
    return np.floor(grey * cover + 0.5).astype(np.uint8)


def thickness(image):
    levels = (255.0 * transform.pyramid_expand(image, upscale=SCALE, order=3)).astype(image.dtype)
    low, high = levels.min(), levels.max()
    skeleton, distance = morphology.medial_axis(levels >= low + (high - low) * 0.5, return_distance=True, random_state=42)
    return 2 * np.mean(distance[skeleton]) / SCALE


def intensity(image):
    low, high = image.min(), image.max()
    return np.median(image[image >= low + (high - low) * 0.5])


def main():
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    images = [draw(i) for i in range(N)]
    with multiprocessing.Pool(threads) as pool:
        for measure in intensity, thickness:
            run = (lambda: pool.map(measure, images, 20)) if threads > 1 else (lambda: [measure(image) for image in images])
            took = []
            for _ in range(2):
                began = clock()
                got = np.array(run())
                took.append(1e3 * (clock() - began))
            print(json.dumps({"bench": "measures", "case": measure.__name__, "threads": threads, "batch": N,
                              "ms_per_step_median": min(took), "ms_per_step_best": min(took), "images_per_s": 1e3 * N / min(took),
                              "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                              "check": [got.mean(), (got**2).mean()]}), flush=True)
            turns.wait()


if __name__ == "__main__":
    main()
