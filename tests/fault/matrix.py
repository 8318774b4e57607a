#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""matrix.py - generated logs, read in every way: the same rows, and the truth.

    matrix.py --mailguard BIN [--kinds exim,postfix,dovecot] [--seeds 1-9]
              [--lines 1m] [--domains 20k] [--ways WAY,...]

Each log (tests/bench/genlog.py) is read whole, in seven pieces, rotated
half-way, compressed, rotated into a compressed file, and by the plain engine.
Every hour and domain, or address, must be what the generator knows
(tests/bench/truth.py), and all rows must be the same whatever the way.
"""
import argparse
import gzip
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import rows

BENCH = Path(__file__).resolve().parent.parent / "bench"


def check(argv):
    done = subprocess.run([str(a) for a in argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        said = (done.stderr + done.stdout).decode(errors="replace")
        raise AssertionError("%s: status %d\n%s" % (argv[0], done.returncode, said[-3000:]))
    return done.stdout


class Case:
    """A generated log and its host."""

    def __init__(self, args, kind, seed, work):
        self.args, self.kind, self.work = args, kind, work
        self.root, self.log, self.truth = work / "root", work / "log", work / "truth.json"
        (self.root / "etc").mkdir(parents=True)
        check([BENCH / "genlog.py", "--kind", kind, "--seed", seed, "--lines", args.lines, "--domains", args.domains,
               *self.variety(seed), "--out", self.log, "--truth", self.truth,
               "--userdomains", self.root / "etc/userdomains", "--primary", self.root / "etc/trueuserdomains",
               "--passwd", self.root / "etc/passwd"])
        self.size = self.log.stat().st_size
        self.first = None  # rows of the first way that was right

    def variety(self, seed):
        """Stamps and versions take turns."""
        if self.kind == "exim":
            return []
        options = ["--iso"] if seed % 2 else []
        if self.kind == "dovecot" and seed % 3 == 0:
            options += ["--dovecot", "2.4"]
        return options

    def sweep(self, *logs, options=()):
        dialect = "exim" if self.kind == "exim" else "syslog"
        check([self.args.mailguard, "sweep", "--quiet", "--root", self.root, "--state", self.state, "--accounts",
               "cpanel", "--dialect", dialect, *options, *logs])

    def part(self, start, end):
        with open(self.log, "rb") as f:
            f.seek(start)
            return f.read(end - start)

    def end_of_line(self, near):
        with open(self.log, "rb") as f:
            f.seek(near)
            f.readline()
            return f.tell()

    def report(self, by):
        path = self.dir / (by + ".json")
        path.write_bytes(check([self.args.mailguard, "report", "--state", self.state, "--by", by, "--hours", "--since",
                                "all", "--utc", "--top", "0", "--format", "json"]))
        return path

    def is_true(self):
        bys = ["ip"] if self.kind == "dovecot" else ["domain", "sender-domain"]
        check([BENCH / "truth.py", self.truth, *map(self.report, bys)])

    def read(self, way):
        """The rows of a fresh state, read in a way."""
        self.dir = self.work / way
        self.dir.mkdir()
        self.state = self.dir / "state"
        WAYS[way](self)
        found = rows.rows_of(self.state)
        # Reports say no more than rows do, so the same rows are as true.
        if found != self.first:
            self.is_true()
            self.first = self.first or found
        shutil.rmtree(self.dir)
        return found


def whole(case):
    case.sweep(case.log)


def plain(case):
    case.sweep(case.log, options=["--plain"])


def pieces(case):
    """Cut where it may be, within lines too."""
    log, start = case.dir / "log", 0
    for i in range(1, 8):
        end = case.size if i == 7 else i * case.size // 7 - 7919
        with open(log, "ab") as f:
            f.write(case.part(start, end))
        case.sweep(log)
        start = end


def half_read(case):
    """A log of which half was read, then went on for a while; where it ends."""
    middle = case.size // 2
    end = case.end_of_line(middle + case.size // 50)
    (case.dir / "log").write_bytes(case.part(0, middle))
    case.sweep(case.dir / "log")
    with open(case.dir / "log", "ab") as f:
        f.write(case.part(middle, end))
    return end


def rotated(case):
    log, old = case.dir / "log", case.dir / "log.1"
    end = half_read(case)
    log.rename(old)
    log.write_bytes(case.part(end, case.size))
    case.sweep(old, log)


def gzipped(case):
    packed = case.dir / "log.gz"
    with gzip.open(packed, "wb", 1) as f:
        f.write(case.part(0, case.size))
    case.sweep(packed)


def rotated_gzipped(case):
    log, old = case.dir / "log", case.dir / "log.1.gz"
    end = half_read(case)
    with gzip.open(old, "wb", 1) as f:
        f.write(log.read_bytes())
    log.unlink()
    log.write_bytes(case.part(end, case.size))
    case.sweep(old, log)


WAYS = {
    "whole": whole,
    "pieces": pieces,
    "rotated": rotated,
    "gzipped": gzipped,
    "rotated-gzipped": rotated_gzipped,
    "plain": plain,
}


def try_case(args, kind, seed):
    """Reads a log in all ways; returns what is wrong."""
    wrong, start = [], time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mailguard-matrix-", dir=args.work) as work:
        case = Case(args, kind, seed, Path(work))
        for way in args.ways:
            try:
                found = case.read(way)
            except AssertionError as e:
                wrong.append("%s: %s" % (way, e))
                continue
            wrong += ["%s: %s" % (way, what) for what in rows.differences(case.first, found)]
    n_rows = sum(len(table) for table in (case.first or {}).values())
    print("%-7s seed %d: %d ways, %d rows each, %.0f s: %s" % (
        kind, seed, len(args.ways), n_rows, time.monotonic() - start, "WRONG" if wrong else "the truth, the same rows"),
          flush=True)
    for what in wrong:
        print("    " + what.replace("\n", "\n    "), flush=True)
    return wrong


def seeds_of(text):
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mailguard", required=True)
    parser.add_argument("--kinds", default="exim,postfix,dovecot")
    parser.add_argument("--seeds", default="1-9", type=seeds_of)
    parser.add_argument("--lines", default="1m")
    parser.add_argument("--domains", default="20k")
    parser.add_argument("--ways", default=",".join(WAYS))
    parser.add_argument("--work", help="directory for the logs, some 2 GB")
    args = parser.parse_args()
    args.ways = args.ways.split(",")
    args.mailguard = os.path.abspath(args.mailguard)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # leave no logs behind
    wrong = [try_case(args, kind, seed) for kind in args.kinds.split(",") for seed in args.seeds]
    return 1 if any(wrong) else 0


if __name__ == "__main__":
    sys.exit(main())
