#!/usr/bin/env python3
"""Prints the polynomial coefficients of vector_math.h (needs numpy and mpmath).

Each is the weighted minimax polynomial of its function on an interval, by the exchange algorithm of Remez: the weight turns
the polynomial's error into the relative (for erf's tail: absolute) error of the finished function.
"""
import mpmath
import numpy

mpmath.mp.dps = 40


def minimax(target, weight, low, high, degree):
    """Coefficients p[0..degree] that minimise the maximum over [low, high] of weight(x) |target(x) - p(x)|."""
    grid = low + (high - low) * (1 - numpy.cos(numpy.linspace(0, numpy.pi, 2001))) / 2
    f = numpy.array([float(target(mpmath.mpf(x))) for x in grid])
    w = numpy.array([float(weight(mpmath.mpf(x))) for x in grid])
    u = 2 * (grid - low) / (high - low) - 1
    basis = numpy.polynomial.chebyshev.chebvander(u, degree)
    points = numpy.linspace(0, len(grid) - 1, degree + 2).astype(int)
    for _ in range(30):
        signs = (-1.0) ** numpy.arange(degree + 2) / w[points]
        solution = numpy.linalg.solve(numpy.column_stack([basis[points], signs]), f[points])
        error = (f - basis @ solution[:-1]) * w
        # One extremum in each run of equal signs; as many runs as points when converged.
        borders = numpy.flatnonzero(numpy.diff(numpy.sign(error))) + 1
        runs = numpy.split(numpy.arange(len(grid)), borders)
        peaks = [run[numpy.argmax(numpy.abs(error[run]))] for run in runs]
        while len(peaks) > degree + 2:
            peaks.pop(0 if abs(error[peaks[0]]) < abs(error[peaks[-1]]) else -1)
        if len(peaks) < degree + 2 or list(peaks) == list(points):
            break
        points = numpy.array(peaks)
    poly = numpy.polynomial.Chebyshev(solution[:-1], domain=[low, high]).convert(kind=numpy.polynomial.Polynomial)
    return poly.coef, numpy.abs(error).max()


def report(name, *arguments):
    coefficients, error = minimax(*arguments)
    print(f"{name}: error {error:.2g}")
    print("    " + ", ".join(f"{c:.9g}f" for c in coefficients))



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


half_ln2 = 0.34658
report("exp(r) = 1 + r + r^2 P(r)", exp_rest, lambda r: r * r / mpmath.exp(r), -half_ln2, half_ln2, 4)
report("log(1 + f): 2 atanh(s) = 2 s + s^3 P(s^2)", atanh_rest, lambda z: z / 2, 1e-9, 0.02944, 2)
report("log1p(e): 2 s + s^3 P(s^2)", atanh_rest, lambda z: z / 2, 1e-9, 0.111112, 4)
report("tanh(x) = x + x^3 P(x^2)", tanh_rest, lambda z: z, 1e-9, 0.390626, 4)
report("erf(x) = x P(x^2)", erf_ratio, lambda z: 1 / erf_ratio(z), 0, 1, 6)
report("erf(x) = 1 - exp(-P(x - 1))", lambda a: -mpmath.log(mpmath.erfc(a + 1)), lambda a: mpmath.erfc(a + 1), 0, 3, 5)
