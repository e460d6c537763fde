"""usage: alternate.py PROGRAM PEER.py THREADS OURS PEERS: runs a bench program and its peer at one time, but only one of them works:
each begins with its first turn, and waits after a line of its own for the other's, so that a case is timed in the same seconds by
both, whatever else the machine does. Their lines are added to the files OURS and PEERS."""
import contextlib
import os
import subprocess
import sys

program, peer, threads, *files = sys.argv[1:]


class Player:
    def __init__(self, command, path):
        self.command = command
        self.process = None
        self.out = open(path, "ab")

    def play(self):
        """One line; false at the end."""
        if not self.process:
            self.process = subprocess.Popen(
                self.command, env={**os.environ, "BENCH_TURNS": "1"}, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        else:
            with contextlib.suppress(BrokenPipeError):  # where it has ended
                os.write(self.process.stdin.fileno(), b"\n")
        line = self.process.stdout.readline()
        self.out.write(line)
        return line != b""

    def end(self):
        while self.play():
            pass
        self.out.close()
        return self.process.wait()


players = [Player([program, threads], files[0]), Player([sys.executable, peer, threads], files[1])]
while all([player.play() for player in players]):
    pass
sys.exit(any([player.end() for player in players]))
