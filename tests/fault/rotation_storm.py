#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""rotation_storm.py - a log is written, rotated and swept at once, and sweeps are killed; no line may be lost.

    rotation_storm.py --mailguard BIN --root ROOT --log LOG [--seed S] [--steps N] [--identity inode]

A writer appends LOG piece by piece, one piece in five cut within a line, to a log that is rotated in between: renamed
by numbers or dates, with late lines in the renamed file, compressed at once or later by gzip, bzip2, xz or zstd, moved
to another directory, several times in a row.  Sweeps of that one path run all the while; some are ended by kill -9 at
a random moment, the parent, its child or both.  At the end the rows must be those of one undisturbed sweep of LOG:
nothing lost, nothing twice.

With --identity inode logs are known by device and inode alone (build/mailguard-test only).  That is the control: it
must come to other rows, or this test would prove nothing.
"""
import argparse
import os
import random
import subprocess
import sys
import tempfile
import time

from kill_random import rows_of, strike

PACKERS = {".gz": ["gzip", "-1"], ".bz2": ["bzip2", "-1"], ".xz": ["xz", "-0"], ".zst": ["zstd", "-q", "-1", "--rm"]}
KEEP = 12                               # rotated files; older ones are deleted


class Storm:
    def __init__(self, args, work, rng):
        self.args, self.rng = args, rng
        self.dir = os.path.join(work, "logs")
        os.makedirs(os.path.join(self.dir, "old"), mode=0o755)
        self.path = os.path.join(self.dir, "mainlog")
        self.state = os.path.join(work, "state")
        self.out = open(self.path, "ab", buffering=0)
        self.rotated = []               # paths, newest first
        self.to_pack = None             # the one that is compressed a rotation later
        self.day = self.n_rotations = self.n_kills = self.n_sweeps = 0
        self.process = None
        self.errors = []

    # --- the writer ---

    def write(self, data):
        if self.rng.random() < 0.2 and len(data) > 2:
            cut = self.rng.randrange(1, len(data))
            self.out.write(data[:cut])
            self.poll()
            data = data[cut:]
        self.out.write(data)

    def reopen(self):
        self.out.close()
        self.out = open(self.path, "ab", buffering=0)

    # --- the rotator ---

    def rename(self):
        style = self.rng.choice(("number", "date", "below"))
        if style == "number":
            for i in range(len(self.rotated) - 1, -1, -1):
                old = self.rotated[i]
                folder, name = os.path.split(old)
                words = name.split(".")
                if len(words) > 1 and words[1].isdigit() and len(words[1]) < 4:
                    words[1] = str(int(words[1]) + 1)
                    self.rotated[i] = os.path.join(folder, ".".join(words))
                    os.rename(old, self.rotated[i])
            new = self.path + ".1"
        else:
            self.day += 1
            folder = os.path.join(self.dir, "old") if style == "below" else self.dir
            stamp = time.strftime("%Y%m%d", time.gmtime(self.day * 86400))
            new = os.path.join(folder, "mainlog-" + stamp)
        os.rename(self.path, new)
        self.rotated.insert(0, new)
        self.n_rotations += 1

    def pack(self, inode):
        for i, path in enumerate(self.rotated):
            if os.stat(path).st_ino == inode:
                ending = self.rng.choice(list(PACKERS))
                subprocess.run([*PACKERS[ending], path], check=True)
                self.rotated[i] = path + ending

    def rotate(self, late):
        """late: pieces that still come into the renamed file"""
        self.rename()
        with open(self.path, "ab"):     # create
            pass
        inode = os.fstat(self.out.fileno()).st_ino
        if self.to_pack:                # delaycompress
            self.pack(self.to_pack)
            self.to_pack = None
        for piece in late:
            self.write(piece)
            self.poll()
        # What follows is in the new file, so the renamed one is complete.
        self.join()
        self.reopen()
        what = self.rng.choice(("none", "now", "later"))
        if what == "now":
            self.pack(inode)
        elif what == "later":
            self.to_pack = inode
        self.sweep_now()
        for path in self.rotated[KEEP:]:
            os.unlink(path)
        del self.rotated[KEEP:]

    # --- the sweeps ---

    def start(self):
        a = self.args
        env = dict(os.environ, **({"MG_TEST_IDENTITY": a.identity} if a.identity else {}))
        self.n_sweeps += 1
        self.process = subprocess.Popen(
            [a.mailguard, "sweep", "--quiet", "--root", a.root, "--state", self.state, "--accounts", "cpanel",
             self.path], stderr=subprocess.PIPE, start_new_session=True, env=env)

    def join(self):
        """Waits for a sweep, or ends it."""
        if not self.process:
            return
        allowed = (0,)
        if self.rng.random() < 0.3:
            try:
                self.process.wait(self.rng.uniform(0, 0.02))
            except subprocess.TimeoutExpired:
                allowed = strike(self.rng, self.process)
                self.n_kills += self.process.returncode != 0
        said = self.process.stderr.read().decode(errors="replace").strip()
        status = self.process.wait()
        if status not in allowed:
            self.errors.append("status %d: %s" % (status, said))
        self.process = None

    def poll(self):
        """Between two steps of the writer: sweeps come and go."""
        if self.process and self.process.poll() is not None:
            self.join()
        elif self.process and self.rng.random() < 0.5:
            self.join()
        elif not self.process and self.rng.random() < 0.6:
            self.start()

    def sweep_now(self):
        """One that nobody kills, so that at most a few rotations lie between two."""
        if self.rng.random() < 0.5:
            self.join()
            self.start()
            self.errors += [] if self.process.wait() == 0 else [self.process.stderr.read().decode(errors="replace")]
            self.process.stderr.close()
            self.process = None


def blow(args, work, rng, data):
    storm = Storm(args, work, rng)
    lines = data.splitlines(keepends=True)
    cuts = sorted(rng.sample(range(1, len(lines)), args.steps))
    pieces = [b"".join(lines[a:b]) for a, b in zip([0] + cuts, cuts + [len(lines)])]
    storm.out.write(pieces.pop(0))      # a log that is new has no past
    storm.start()
    assert storm.process.wait() == 0
    storm.process = None
    while pieces:
        storm.write(pieces.pop(0))
        storm.poll()
        if rng.random() < 0.25:
            n = rng.choice((0, 0, 1, 2))
            late, pieces = pieces[:n], pieces[n:]
            storm.rotate(late)
    storm.join()
    for _ in range(4):
        storm.start()
        if storm.process.wait() != 0:
            storm.errors.append("at the end: %s" % storm.process.stderr.read().decode(errors="replace"))
        storm.process = None
    return storm


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--mailguard", required=True)
    p.add_argument("--root", required=True)
    p.add_argument("--log", required=True)
    p.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    p.add_argument("--steps", type=int, default=150)
    p.add_argument("--identity", choices=("inode",))
    args = p.parse_args()
    with open(args.log, "rb") as f:
        data = f.read()
    with tempfile.TemporaryDirectory() as work:
        subprocess.run([args.mailguard, "sweep", "--quiet", "--root", args.root, "--state", work + "/whole",
                        "--accounts", "cpanel", args.log], check=True)
        want = rows_of(work + "/whole")
        storm = blow(args, work, random.Random(args.seed), data)
        got = rows_of(storm.state)
        wrong = [t for t in want if t != "log" and got[t] != want[t]]
        if args.identity and not wrong:
            wrong = storm.errors
        print("seed %d: %d lines, %d rotations, %d sweeps, %d killed: %s" % (
            args.seed, data.count(b"\n"), storm.n_rotations, storm.n_sweeps, storm.n_kills,
            "other rows in " + ", ".join(wrong) if wrong else "the same rows"))
        lines = {k: n for k, n in got["line"]}
        for kind, n in want["line"]:
            if lines.get(kind, 0) != n and wrong:
                print("  %s: %d lines, not %d" % (kind, lines.get(kind, 0), n))
        if args.identity:
            return 0 if wrong else 1
        for error in storm.errors:
            print("  " + error)
        return 1 if wrong or storm.errors else 0


if __name__ == "__main__":
    sys.exit(main())
