"""Turns of a bench program and its peer (alternate.py): each waits after the line of each case."""
import os
import sys


def wait():
    if os.environ.get("BENCH_TURNS"):
        sys.stdin.readline()
