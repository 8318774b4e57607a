#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""kill_calls.py - end a sweep by kill -9 at its system calls; nothing may change.

    kill_calls.py --mailguard BIN --root ROOT --log LOG [--journal] [--points N]
                  [--processes N --part BYTES]

What a crash can leave behind is what stands between two system calls.  For
each call that changes or reads something outside the process, the sweep is
killed at the 1st, 2nd, ... time that the parent or a parser child makes it
(strace counts for each process apart); a sweep after it must come to the rows
of an undisturbed one.  Once for a first sweep, once for one that goes on where
another ended.  With more points than N, N are taken, evenly spread.

With --journal LOG is an export of the journal; ROOT/usr/bin/journalctl prints
ROOT/export, and may be hit as well.

With --processes that many parser children read the log, each of them parts of
so many bytes in turn; BIN is then the build that tests use, which lets the size
be chosen.  Whichever of them first makes its k-th call is hit.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

from kill_random import rows_of

CALLS = ("openat", "pread64", "pwrite64", "fdatasync", "ftruncate", "fcntl", "flock", "unlink", "read", "write",
         "clone", "wait4", "close", "mmap", "execve", "memfd_create")


class Scene:
    """a log, and the state that a sweep of it starts from (None: none)"""

    def __init__(self, args, work, name, start):
        self.args, self.name, self.start = args, name, start
        self.state = os.path.join(work, name)

    def fresh(self):
        if os.path.exists(self.state):
            shutil.rmtree(self.state)
        if self.start:
            shutil.copytree(self.start, self.state)

    def sweep(self, *prefix):
        a = self.args
        if a.journal:
            shutil.copy(a.log, os.path.join(a.root, "export"))
        env = {**os.environ, "MG_TEST_PART": str(a.part), "MG_TEST_CHUNK": str(a.part)} if a.part else None
        return subprocess.run([*prefix, a.mailguard, "sweep", "--quiet", "--root", a.root, "--state", self.state,
                               "--processes", str(a.processes), "--accounts", "cpanel",
                               "--journal" if a.journal else a.log],
                              env=env, stderr=subprocess.PIPE, check=False)

    def count_calls(self, trace):
        """How often the busiest of the processes makes each call."""
        self.fresh()
        assert self.sweep("strace", "-f", "-o", trace, "-e", "trace=" + ",".join(CALLS)).returncode == 0
        times, most = {}, {}
        for line in open(trace, encoding="ascii", errors="replace"):
            match = re.match(r"(\d+) +(\w+)\(", line)
            if match:
                times[match.groups()] = times.get(match.groups(), 0) + 1
        readers = {pid for pid, call in times if call == "pread64"}
        assert self.args.processes == 1 or len(readers) > self.args.processes, "too few processes read the log"
        for (_, call), n in times.items():
            most[call] = max(most.get(call, 0), n)
        return most

    def kill_at(self, call, k):
        """Returns whether the sweep was hit, and what is wrong after another one."""
        self.fresh()
        first = self.sweep("strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call,
                           "-e", "inject=%s:signal=KILL:when=%d" % (call, k))
        again = self.sweep()
        if again.returncode != 0:
            return True, "the next sweep ends with %d: %s" % (again.returncode, again.stderr)
        got = rows_of(self.state)
        return first.returncode != 0, ", ".join(t for t in self.want if got[t] != self.want[t])

    def run(self, trace):
        most = self.count_calls(trace)
        self.want = rows_of(self.state)
        points = [(call, k) for call, n in sorted(most.items()) for k in range(1, n + 1)]
        killed = 0
        for call, k in points[::max(1, len(points) // self.args.points)]:
            hit, wrong = self.kill_at(call, k)
            killed += hit
            if wrong:
                print("%s: %s %d: %s" % (self.name, call, k, wrong))
                return False
        print("%s: %d calls, killed at %d: the same rows each time" % (self.name, len(points), killed))
        return killed > 0


def half_swept(args, work):
    """A state in which the first half of the log is counted."""
    half = os.path.join(work, "half.log")
    with open(args.log, "rb") as log, open(half, "wb") as out:
        data = log.read()
        out.write(data[:data.rindex(b"\n\n", 0, len(data) // 2) + 2] if args.journal else data[:len(data) // 2])
    scene = Scene(argparse.Namespace(**{**vars(args), "log": half}), work, "half", None)
    assert scene.sweep().returncode == 0
    return scene.state


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--mailguard", required=True)
    p.add_argument("--root", required=True)
    p.add_argument("--log", required=True)
    p.add_argument("--journal", action="store_true")
    p.add_argument("--points", type=int, default=1 << 30)
    p.add_argument("--processes", type=int, default=1)
    p.add_argument("--part", type=int, default=0)
    args = p.parse_args()
    with tempfile.TemporaryDirectory() as work:
        scenes = (Scene(args, work, "first", None), Scene(args, work, "next", half_swept(args, work)))
        return 0 if all([scene.run(os.path.join(work, "trace")) for scene in scenes]) else 1


if __name__ == "__main__":
    sys.exit(main())
