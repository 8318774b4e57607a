#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""kill_random.py - end sweeps by kill -9 at random moments; nothing may change.

    kill_random.py --mailguard BIN --root ROOT --log LOG --kills N [--dialect D] [--processes P]
                   [--seed S]

An undisturbed sweep says what the rows must be.  Then sweeps are started and,
after a random time, killed: the parent with its parser children, the parent alone,
or one of the children.  The next one goes on where the state says.  Whenever one is
through, its rows are compared with those of the undisturbed one and a new
state is begun, until N kills have hit a running sweep.  Prints the seed.
"""
import argparse
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import rows


def rows_of(state):
    return rows.rows_of(state, {**rows.LINES, **rows.WAY})


class Sweeps:
    def __init__(self, args, work):
        self.args, self.work, self.n = args, work, 0
        self.state = None
        self.fresh()

    def fresh(self):
        if self.state:
            shutil.rmtree(self.state)
        self.n += 1
        self.state = os.path.join(self.work, "state%d" % self.n)

    def start(self):
        a = self.args
        return subprocess.Popen([a.mailguard, "sweep", "--quiet", "--root", a.root, "--state", self.state,
                                 "--accounts", "cpanel", "--dialect", a.dialect, "--processes", str(a.processes),
                                 a.log],
                                stderr=subprocess.PIPE, start_new_session=True)


def children(pid):
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
            return [int(word) for word in f.read().split()]
    except FileNotFoundError:
        return []


def strike(rng, process):
    """Kill; returns the exit status that is allowed for the parent."""
    who = rng.choice(("both", "both", "parent", "child"))
    victims = children(process.pid)
    if who == "child" and victims:
        with contextlib.suppress(ProcessLookupError):
            os.kill(rng.choice(victims), signal.SIGKILL)
        process.wait()
        return (0, 4)                # the child may have been done already
    if who == "parent":
        os.kill(process.pid, signal.SIGKILL)
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return (-signal.SIGKILL, 0)      # or it was done before the blow


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--mailguard", required=True)
    p.add_argument("--root", required=True)
    p.add_argument("--log", required=True)
    p.add_argument("--dialect", default="exim")
    p.add_argument("--processes", type=int, default=1)
    p.add_argument("--kills", type=int, required=True)
    p.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    args = p.parse_args()
    rng = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as work:
        sweeps = Sweeps(args, work)
        began = time.monotonic()
        assert sweeps.start().wait() == 0
        whole = time.monotonic() - began
        want = rows_of(sweeps.state)
        sweeps.fresh()
        kills = through = 0
        while kills < args.kills or through == 0:
            process = sweeps.start()
            try:
                process.wait(rng.uniform(0, whole) if kills < args.kills else None)
            except subprocess.TimeoutExpired:
                allowed = strike(rng, process)
                kills += process.returncode != 0
                if process.returncode not in allowed:
                    print("seed %d: status %d after a kill" % (args.seed, process.returncode))
                    return 1
                if process.returncode != 0:
                    continue
            if process.returncode != 0:
                print("seed %d: status %d: %s" % (args.seed, process.returncode, process.stderr.read()))
                return 1
            got = rows_of(sweeps.state)
            for name in want:
                if got[name] != want[name]:
                    print("seed %d: table %s differs after %d kills" % (args.seed, name, kills))
                    return 1
            through += 1
            sweeps.fresh()
        print("seed %d: %d kills, %d sweeps through, the same rows each time" % (args.seed, kills, through))
    return 0


if __name__ == "__main__":
    sys.exit(main())
