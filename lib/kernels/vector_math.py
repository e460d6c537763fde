#!/usr/bin/env python3
"""Prints the polynomial coefficients of vector_math.h and double_isa.h, or with "gelu" gelu_tables.h (needs mpmath).

Each is the weighted minimax polynomial of its function on an interval, by the exchange algorithm of Remez: the weight turns
the polynomial's error into the relative (for erf's tail: absolute) error of the finished function.
"""
import itertools
import sys

import mpmath

mpmath.mp.dps = 40


def minimax(target, weight, low, high, degree, nodes=2001):
    """Coefficients p[0..degree] that minimise the maximum over [low, high] of weight(x) |target(x) - p(x)|, and that maximum.

    An odd number of nodes has none at the middle, where a weight may be 0."""
    grid = [low + (high - low) * (1 - mpmath.cos(mpmath.pi * i / nodes)) / 2 for i in range(nodes + 1)]
    f, w = [target(x) for x in grid], [weight(x) for x in grid]
    points = [nodes * i // (degree + 1) for i in range(degree + 2)]
    for _ in range(30):
        rows = [[grid[i] ** k for k in range(degree + 1)] + [(-1) ** n / w[i]] for n, i in enumerate(points)]
        solution = mpmath.lu_solve(mpmath.matrix(rows), mpmath.matrix([f[i] for i in points]))
        p = [solution[k] for k in range(degree + 1)]
        error = [(fx - mpmath.polyval(p[::-1], x)) * wx for x, fx, wx in zip(grid, f, w)]
        # One extremum in each run of equal signs; as many runs as points when converged.
        runs = [list(run) for _, run in itertools.groupby(range(len(grid)), lambda i: error[i] > 0)]
        peaks = [max(run, key=lambda i: abs(error[i])) for run in runs]
        while len(peaks) > degree + 2:
            peaks.pop(0 if abs(error[peaks[0]]) < abs(error[peaks[-1]]) else -1)
        if len(peaks) < degree + 2 or peaks == points:
            break
        points = peaks
    return p, max(abs(e) for e in error)


def report(name, *arguments, digits=9, suffix="f"):
    coefficients, error = minimax(*arguments)
    print(f"{name}: error {float(error):.2g}")
    print("    " + ", ".join(f"{float(c):.{digits}g}{suffix}" for c in coefficients))


def report_double(name, *arguments):
    report(name, *arguments, digits=17, suffix="")


def atanh_rest(z):
    """(2 atanh(s) - 2 s) / s^3 with z = s^2."""
    return sum(mpmath.mpf(2) / (2 * k + 3) * z**k for k in range(60))


def tanh_rest(z):
    if z < 1e-6:
        return -mpmath.mpf(1) / 3 + 2 * z / 15
    x = mpmath.sqrt(z)
    return (mpmath.tanh(x) - x) / (x * z)


def exp_rest(r):
    return sum(r**k / mpmath.factorial(k + 2) for k in range(40))


def erf_ratio(z):
    if z < 1e-12:
        return 2 / mpmath.sqrt(mpmath.pi)
    return mpmath.erf(mpmath.sqrt(z)) / mpmath.sqrt(z)


def normal_tail(s):
    """(Q(a) exp(a^2/2) - 1/2) / s where s = 2a/(5 + 2a)."""
    a = s / (1 - s) / mpmath.mpf("0.4")
    return (mpmath.erfc(a / mpmath.sqrt(2)) / 2 * mpmath.exp(a * a / 2) - 0.5) / s


def normal_tail_weight(s):
    """Of Q's absolute error, and a little of its relative one."""
    a = s / (1 - s) / mpmath.mpf("0.4")
    return s * (mpmath.exp(-a * a / 2) + mpmath.mpf("0.01") / (0.5 + s * normal_tail(s)))


def exp2_rest(r):
    return mpmath.log(2) if abs(r) < 1e-12 else (mpmath.mpf(2) ** r - 1) / r


def all_polynomials():
    half_ln2 = 0.34658
    report("exp(r) = 1 + r + r^2 P(r)", exp_rest, lambda r: r * r / mpmath.exp(r), -half_ln2, half_ln2, 4)
    report("log(1 + f): 2 atanh(s) = 2 s + s^3 P(s^2)", atanh_rest, lambda z: z / 2, 1e-9, 0.02944, 2)
    report("log1p(e): 2 s + s^3 P(s^2)", atanh_rest, lambda z: z / 2, 1e-9, 0.111112, 4)
    report("tanh(x) = x + x^3 P(x^2)", tanh_rest, lambda z: z, 1e-9, 0.390626, 4)
    report("erf(x) = x P(x^2)", erf_ratio, lambda z: 1 / erf_ratio(z), 0, 1, 6)
    report("erf(x) = 1 - exp(-P(x - 1))", lambda a: -mpmath.log(mpmath.erfc(a + 1)), lambda a: mpmath.erfc(a + 1), 0, 3, 5)

    report("2^r = 1 + r P(r)", exp2_rest, lambda r: abs(r) * mpmath.mpf(2) ** -r, -0.5, 0.5, 4)
    report("Q(a) = exp(-a^2/2) (1/2 + s P(s))", normal_tail, normal_tail_weight, mpmath.mpf("1e-9"), 3.2 / mpmath.mpf("4.2"), 5)

    print("double:")
    report_double("exp(r) = 1 + r + r^2 P(r)", exp_rest, lambda r: r * r / mpmath.exp(r), -half_ln2, half_ln2, 9)
    report_double("log(1 + f): 2 atanh(s) = 2 s + s^3 P(s^2)", atanh_rest, lambda z: z / 2, 1e-9, 0.02944, 6)
    report_double("log1p(e): 2 s + s^3 P(s^2)", atanh_rest, lambda z: z / 2, 1e-9, 0.111112, 8)


def left_gelu(a):
    return a * mpmath.erfc(a / mpmath.sqrt(2)) / 2


def left_slope(a):
    return mpmath.erfc(a / mpmath.sqrt(2)) / 2 - a * mpmath.exp(-a * a / 2) / mpmath.sqrt(2 * mpmath.pi)


def piece(f, k):
    """f at (k + r)/5 for |r| <= 1/2 as a polynomial of r; exact at 0, and 0 in the last piece."""
    if k == 31:
        return [0] * 5
    if k == 0:
        rest, _ = minimax(lambda r: (f(r / 5) - f(0)) / r, lambda r: r, mpmath.mpf("1e-6"), mpmath.mpf("0.5"), 3, 201)
        return [f(mpmath.mpf(0)), *rest]
    return minimax(lambda r: f((k + r) / 5), lambda r: mpmath.mpf(1), mpmath.mpf("-0.5"), mpmath.mpf("0.5"), 4, 201)[0]


def gelu_tables():
    print("/* Made by vector_math.py: polynomials of r at (k + r)/5, k = 0..31, a row a power of r. Internal. */")
    for name, f in (("gelu", left_gelu), ("slope", left_slope)):
        pieces = [piece(f, k) for k in range(32)]
        print(f"static const float {name}_table[5][32] = {{")
        for power in range(5):
            row = [f"{float(p[power]):.8e}f" for p in pieces]
            print("    {" + ",\n     ".join(", ".join(row[i : i + 6]) for i in range(0, 32, 6)) + "},")
        print("};")


if sys.argv[1:] == ["gelu"]:
    gelu_tables()
else:
    all_polynomials()
