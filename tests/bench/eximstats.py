#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""eximstats.py - compare a report with what Exim's own eximstats counts.

    eximstats.py EXIMSTATS.txt SENDERS.json

EXIMSTATS.txt is the output of `eximstats -h0 -ne -nt -nr -nvr -q0 -t1000000
-byedomain` and SENDERS.json of `mailguard report --by sender-domain --since
all --top 0 --format json` for the same log.  Messages and bytes of each domain
are compared; any difference makes the exit status 1.
"""
import json
import sys


def read_eximstats(path):
    """{domain: [messages, bytes]} of the section on sending edomains."""
    domains, inside = {}, False
    for line in open(path, encoding="utf-8", errors="replace"):
        if line.startswith("Top ") and "sending edomains by message count" in line:
            inside = True
        elif line.startswith("Top "):
            inside = False
        words = line.split()
        if inside and len(words) == 4 and words[0].isdigit() and words[3] != "<>":
            total = domains.setdefault(words[3].lower(), [0, 0])
            total[0] += int(words[0])
            total[1] += int(words[1])
    return domains


def main():
    want = read_eximstats(sys.argv[1])
    rows = json.load(open(sys.argv[2], encoding="ascii"))["rows"]
    got = {row["domain"]: [row["messages"], row["bytes"]] for row in rows}
    differ = [d for d in sorted(want.keys() | got.keys(), key=str) if want.get(d) != got.get(d)]
    for domain in differ[:20]:
        print("%s: eximstats %s, report %s" % (domain, want.get(domain), got.get(domain)))
    print("%d domains, %d differ" % (len(want), len(differ)))
    return 1 if differ or not want else 0


if __name__ == "__main__":
    sys.exit(main())
