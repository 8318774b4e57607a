#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""processes.py - a log counts the same, however it is dealt out to processes.

    processes.py --mailguard BIN --root ROOT [--accounts A] [--dialect D] [--runs N] [--seed S] [--max BYTES] LOG...

Each run takes a piece of a log (with --whole, all of it), sweeps it by one
process, then by several: some number of them, parts and chunks of some size,
at once or in two sweeps.  BIN is the build that tests use, which lets the sizes
be chosen.  Rows, cursor, remarks and exit status must be the same.  Prints the
seed.
"""
import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile

import rows


def rows_of(state):
    return rows.rows_of(state, {**rows.LINES, **rows.WAY})


def sweep(args, state, log, processes, part=None, chunk=None):
    env = dict(os.environ)
    if part:
        env.update(MG_TEST_PART=str(part), MG_TEST_CHUNK=str(chunk))
    done = subprocess.run([args.mailguard, "sweep", "--root", args.root, "--state", state, "--accounts", args.accounts,
                           "--dialect", args.dialect, "--processes", str(processes), log],
                          env=env, capture_output=True, text=True)
    return done.returncode, done.stderr


def piece_of(rng, data, args):
    """Whole lines, but perhaps for the last."""
    if args.whole:
        return data
    start = rng.choice((0, data.find(b"\n", rng.randrange(len(data))) + 1))
    return data[start:start + rng.choice((rng.randrange(1, 100000), rng.randrange(1, args.max)))]


def differ(args, rng, work, data):
    """What one run shows; empty if all is well."""
    log, one, many = (os.path.join(work, name) for name in ("log", "one", "many"))
    for state in one, many:
        shutil.rmtree(state, ignore_errors=True)
    with open(log, "wb") as f:
        f.write(data)
    want = sweep(args, one, log, 1)
    processes = rng.choice((2, 2, 2, 3, 4, 8))
    part = max(64, int(len(data) / rng.choice((1.5, 2, 3, 5, 9, 17, 40))))
    chunk = rng.choice((1 << 40, len(data) // 3 + 1))
    if rng.random() < 0.3:
        cut = rng.randrange(len(data))
        with open(log, "r+b") as f:
            f.truncate(cut)
        sweep(args, many, log, processes, part, chunk)
        with open(log, "ab") as f:
            f.write(data[cut:])
        got = want[0], want[1]
        sweep(args, many, log, processes, part, chunk)
    else:
        got = sweep(args, many, log, processes, part, chunk)
    said = rows.differences(rows_of(one), rows_of(many))
    if got != want:
        said.append("one process: %r; several: %r" % (want, got))
    if said:
        said.insert(0, "%d processes, parts of %d, chunks of %d" % (processes, part, chunk))
    return said


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--mailguard", required=True)
    p.add_argument("--root", required=True)
    p.add_argument("--accounts", default="cpanel")
    p.add_argument("--dialect", default="exim")
    p.add_argument("--runs", type=int, default=20, help="of each log")
    p.add_argument("--max", type=int, default=3000000, help="bytes of a piece")
    p.add_argument("--whole", action="store_true")
    p.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    p.add_argument("logs", nargs="+")
    args = p.parse_args()
    rng = random.Random(args.seed)
    print("seed %d" % args.seed)
    for path in args.logs:
        with open(path, "rb") as f:
            data = f.read()
        for run in range(args.runs):
            with tempfile.TemporaryDirectory() as work:
                said = differ(args, rng, work, piece_of(rng, data, args))
            if said:
                sys.exit("%s, run %d: %s" % (path, run, "\n".join(said)))


if __name__ == "__main__":
    main()
