#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""logrotate_matrix.py - rotate a log by the real logrotate in every style; no count may change.

    logrotate_matrix.py --mailguard BIN --root ROOT --log LOG

For each style a log grows piece by piece out of LOG, is rotated by logrotate and swept under its own name only:
lines cut in two, several rotations between two sweeps, lines that come late into a renamed file, sweeps of nothing.
At the end every row of the state must be that of one sweep over LOG as a whole.  Copying and emptying a log is told
with exit status 1, every other style ends each sweep with 0.
"""
import argparse
import concurrent.futures
import itertools
import os
import subprocess
import sys
import tempfile
import time

from kill_random import rows_of

PACKERS = {
    "none": [],
    "gz": ["compress"],
    "bz2": ["compress", "compresscmd /bin/bzip2", "compressext .bz2"],
    "xz": ["compress", "compresscmd /usr/bin/xz", "compressext .xz"],
    "zst": ["compress", "compresscmd /usr/bin/zstd", "compressext .zst", "compressoptions -q"],
}
NAMES = {
    "numbers": [],
    "start": ["start 7"],
    "date": ["dateext", "dateformat -%Y%m%d-%s"],
    "dot": ["dateext", "dateformat .%s"],
    "extension": ["dateext", "dateformat -%Y%m%d-%s", "extension .log"],
}
PLACES = {"beside": None, "below": "logs/old", "away": "away"}


def styles():
    for make, packer, delay in itertools.product(("create", "copytruncate", "nocreate"), PACKERS, (False, True)):
        if delay and packer == "none":
            continue
        yield make, packer, delay, "numbers", "beside"
    for name, packer, place in itertools.product(NAMES, ("none", "gz"), PLACES):
        if name != "numbers" or place != "beside":
            yield "create", packer, False, name, place
    yield "copytruncate", "gz", True, "date", "below"
    yield "copytruncate", "xz", False, "dot", "away"


class Host:
    def __init__(self, args, style, work):
        self.args, self.work = args, work
        make, packer, delay, name, place = style
        os.mkdir(os.path.join(work, "logs"), 0o755)
        self.old = PLACES[place] and os.path.join(work, PLACES[place])
        if self.old:
            os.mkdir(self.old, 0o755)
        self.away = place == "away"
        self.dated = name not in ("numbers", "start")
        self.log = os.path.join(work, "logs", "main.log")
        self.state = os.path.join(work, "state")
        self.conf = os.path.join(work, "conf")
        words = ["rotate 20", make if make != "create" else "create 0644 root root", *PACKERS[packer], *NAMES[name]]
        words += ["delaycompress"] if delay else []
        words += ["olddir " + self.old] if self.old else []
        with open(self.conf, "w", encoding="ascii") as f:
            f.write("su root root\n%s {\n\t%s\n}\n" % (self.log, "\n\t".join(words)))
        os.chmod(self.conf, 0o644)
        self.may_come_late = make == "create" and (packer == "none" or delay)
        self.statuses = set()

    def append(self, data):
        with open(self.log, "ab") as f:
            f.write(data)

    def rotate(self):
        if self.dated:                  # the date has seconds
            time.sleep(1.05)
        subprocess.run(["logrotate", "-f", "-s", os.path.join(self.work, "status"), self.conf], check=True)

    def sweep(self):
        a = self.args
        words = [a.mailguard, "sweep", "--quiet", "--root", a.root, "--state", self.state, "--accounts", "cpanel"]
        words += ["--old-dir", self.old] if self.away else []
        done = subprocess.run([*words, self.log], stderr=subprocess.PIPE, check=False)
        self.statuses.add(done.returncode)
        if done.returncode > 1:
            raise RuntimeError(done.stderr.decode())


def whole_lines(data, part):
    return data.index(b"\n", int(len(data) * part)) + 1


def play(args, style, data, want):
    """Returns what is wrong."""
    cuts = [0] + [whole_lines(data, i / 8) for i in range(1, 8)] + [len(data)]
    p = [data[a:b] for a, b in zip(cuts, cuts[1:])]
    with tempfile.TemporaryDirectory() as work:
        host = Host(args, style, work)
        host.append(p[0][:-33])
        host.sweep()                    # a line that is not complete
        host.append(p[0][-33:])
        host.sweep()
        early = whole_lines(p[1], 0.1)
        host.append(p[1][:early])
        host.rotate()
        if host.may_come_late:          # the daemon holds the renamed file
            rotated = max((e for e in os.scandir(os.path.dirname(host.log)) if e.name != "main.log" and e.is_file())
                          if not host.old else os.scandir(host.old), key=lambda e: e.stat().st_mtime_ns)
            cut = len(p[1]) - 77
            with open(rotated.path, "ab", buffering=0) as late:
                late.write(p[1][early:cut])
                host.sweep()
                late.write(p[1][cut:])
            host.sweep()
        else:
            host.append(p[1][early:])
        host.append(p[2])
        host.sweep()
        for piece in p[3:6]:            # three rotations between two sweeps
            host.append(piece)
            host.rotate()
        host.append(p[6])
        for _ in range(4):
            host.sweep()
        host.rotate()
        host.sweep()                    # nothing is there yet
        host.append(p[7])
        host.sweep()
        got = rows_of(host.state)
        wrong = [t for t in want if t != "log" and got[t] != want[t]]
        allowed = {0, 1} if style[0] == "copytruncate" else {0}
        if not host.statuses <= allowed or (style[0] == "copytruncate" and 1 not in host.statuses):
            wrong.append("exit statuses %s" % sorted(host.statuses))
        return ", ".join(wrong)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--mailguard", required=True)
    p.add_argument("--root", required=True)
    p.add_argument("--log", required=True)
    p.add_argument("--only", help="styles whose words have this one")
    args = p.parse_args()
    with open(args.log, "rb") as f:
        data = f.read()
    with tempfile.TemporaryDirectory() as state:
        subprocess.run([args.mailguard, "sweep", "--quiet", "--root", args.root, "--state", state + "/s",
                        "--accounts", "cpanel", args.log], check=True)
        want = rows_of(state + "/s")
    todo = [s for s in styles() if not args.only or args.only in " ".join(map(str, s))]
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for style, wrong in zip(todo, pool.map(lambda s: play(args, s, data, want), todo)):
            if wrong:
                print("%s: %s" % (" ".join(map(str, style)), wrong))
                bad += 1
    print("%d styles, %d of them wrong" % (len(todo), bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
