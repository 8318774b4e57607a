#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""compare_checks.py REPORT.json TRUTH.json: are the checks that mailguard counted those that were made?

REPORT is `mailguard report --by ip --format json`, TRUTH a *.truth.json of dovecot/. Prints every difference, one a
line, and exits 1 if there is any.
"""
import json
import sys

NAMES = ("imap", "pop3", "failed_logins", "failed_sessions", "mailboxes")


def rows(path, key):
    with open(path, encoding="utf-8") as file:
        return {row["ip"]: row for row in json.load(file)[key]}


def main():
    counted, expected = rows(sys.argv[1], "rows"), rows(sys.argv[2], "addresses")
    differences = 0
    for ip in sorted({*counted, *expected}, key=str):
        for name in NAMES:
            want, got = expected.get(ip, {}).get(name, 0), counted.get(ip, {}).get(name, 0)
            if want != got:
                differences += 1
                print(f"{ip}: {name} is {got}, should be {want}")
    return 1 if differences or not expected else 0


if __name__ == "__main__":
    sys.exit(main())
