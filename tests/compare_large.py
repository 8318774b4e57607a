#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""compare_large.py LOG FINDINGS.json SIZE NEAR TIMES - a brute-force judge of messages to many, of one mailbox each.

Reads the arrivals of Exim's log by itself: of each login and five minutes the message with most recipients, where
they are more than SIZE (clause "size"); and of each login and rolling hour the subject line that came most often, of
messages to NEAR recipients or more, where it came more than TIMES (clause "mass"). Prints what differs.
"""
import collections
import json
import re
import sys
from datetime import datetime, timezone

SLOT = 300
HOUR = 3600
ARRIVAL = re.compile(r'^(\S+ \S+) \S+ <= \S+ .* A=[^: ]+:(\S+@\S+) .* T="([^"]*)" for (.*)$')


def arrivals(log):
    """[(start of the slot, login, subject line, recipients)]"""
    for line in open(log, errors="surrogateescape"):
        m = ARRIVAL.match(line)
        if m:
            at = int(datetime.fromisoformat(m[1]).replace(tzinfo=timezone.utc).timestamp())
            yield at - at % SLOT, m[2].lower(), m[3], len(m[4].split())


def first(found, login, at, n):
    found.setdefault((login, at - at % HOUR), (at + SLOT, n))


def judge_size(mails, size):
    slots = collections.defaultdict(int)
    for at, login, _, n in mails:
        slots[at, login] = max(slots[at, login], n)
    found = {}
    for (at, login), n in sorted(slots.items()):
        if n > size:
            first(found, login, at, n)
    return found


def judge_mass(mails, near, times):
    near_ones = [(at, login, topic) for at, login, topic, n in mails if n >= near]
    found = {}
    for at, login in sorted({(at, login) for at, login, _ in near_ones}):
        topics = collections.Counter(t for a, who, t in near_ones if who == login and at + SLOT - HOUR <= a <= at)
        most = max(topics.values())
        if most > times:
            first(found, login, at, most)
    return found


def read_findings(name, clause):
    found = {}
    for row in json.load(open(name))["rows"]:
        if row["state"] == "over" and row["clause"] == clause:
            until = int(datetime.fromisoformat(row["until"].replace("Z", "+00:00")).timestamp())
            first(found, row["subject"], until - SLOT, row["n"])
    return found


def main():
    log, findings, size, near, times = sys.argv[1:]
    mails = list(arrivals(log))
    is_wrong = False
    for clause, wanted in (("size", judge_size(mails, int(size))), ("mass", judge_mass(mails, int(near), int(times)))):
        got = read_findings(findings, clause)
        for key in sorted(wanted.keys() | got.keys()):
            if wanted.get(key) != got.get(key):
                print(clause, key, "wanted", wanted.get(key), "got", got.get(key))
        print(f"{clause}: {len(wanted)} findings", file=sys.stderr)
        is_wrong = is_wrong or wanted != got or not wanted
    return is_wrong


if __name__ == "__main__":
    sys.exit(main())
