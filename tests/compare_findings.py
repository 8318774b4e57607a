#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""compare_findings.py STATE FINDINGS.json LIMIT - a brute-force judge of a rolling hour.

Sums every window of twelve slots of five minutes for each domain, over the slots of the state, and compares with
the findings. The state must have kept every slot: its log spans less than two hours. Prints what differs.
"""
import collections
import json
import sqlite3
import sys
from datetime import datetime

SLOT = 300
HOUR = 3600


def windows(state):
    """{domain: {slot: recipients}}"""
    db = sqlite3.connect(f"file:{state}/state.db?mode=ro", uri=True)
    slots = collections.defaultdict(lambda: collections.defaultdict(int))
    for domain, at, n in db.execute(
            "SELECT domain, at, recipients FROM slot JOIN origin ON origin.id = slot.origin"
            " WHERE kind NOT IN (4, 6) AND domain IS NOT NULL"):
        slots[domain][at] += n
    return slots


def judge(slots, limit):
    """{(domain, hour): (end of the first window that is over, its sum)}"""
    found = {}
    for domain, counts in slots.items():
        for at in sorted(counts):
            total = sum(n for t, n in counts.items() if at + SLOT - HOUR <= t <= at)
            key = domain, at - at % HOUR
            if counts[at] > 0 and total >= limit and key not in found:
                found[key] = at + SLOT, total
    return found


def read_findings(name):
    found = {}
    for row in json.load(open(name))["rows"]:
        if row["state"] == "over":
            until = int(datetime.fromisoformat(row["until"].replace("Z", "+00:00")).timestamp())
            at = until - SLOT
            found[row["subject"], at - at % HOUR] = until, row["n"]
    return found


def main():
    state, findings, limit = sys.argv[1:]
    wanted, got = judge(windows(state), int(limit)), read_findings(findings)
    for key in sorted(wanted.keys() | got.keys()):
        if wanted.get(key) != got.get(key):
            print(key, "wanted", wanted.get(key), "got", got.get(key))
    print(f"{len(wanted)} findings", file=sys.stderr)
    return wanted != got or not wanted


if __name__ == "__main__":
    sys.exit(main())
