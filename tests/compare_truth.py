#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""compare_truth.py REPORT.json TRUTH.json: is what mailguard counted what was sent?

REPORT is `mailguard report --by domain --hours --format json`, TRUTH a *.truth.json. Hours are summed. Prints every
difference, one a line, and exits 1 if there is any.
"""
import collections
import json
import sys


def rows(path):
    with open(path, encoding="utf-8") as file:
        document = json.load(file)
    return document if isinstance(document, list) else document.get("rows", document.get("domains"))


KEYS = ("domain", "account", "weak")


def key_of(row):
    return row["domain"], row["account"], row.get("weak", False)


def main():
    report, truth = rows(sys.argv[1]), rows(sys.argv[2])
    names = [name for name in truth[0] if name not in KEYS] if truth else []
    counted = collections.defaultdict(collections.Counter)
    for row in report:
        counted[key_of(row)].update({name: row[name] for name in names})
    expected = {key_of(row): row for row in truth}

    differences = 0
    for key in sorted({*counted, *expected}, key=str):
        for name in names:
            want, got = expected.get(key, {}).get(name, 0), counted[key][name]
            if want != got:
                differences += 1
                print(f"{key[0] or 'unattributed'} ({key[1] or 'no account'}{', weak' * key[2]}): "
                      f"{name} is {got}, should be {want}")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
