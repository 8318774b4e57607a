#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""truth.py - compare reports of mailguard with what genlog.py knows.

    truth.py TRUTH.json REPORT.json [SENDERS.json]

REPORT is `report --by domain --hours --since all --utc --top 0`, SENDERS the
same `--by sender-domain`, both as JSON; for a Dovecot log REPORT is `--by ip`.
Every hour and domain, or address, is compared; each difference is printed, and
any makes the exit status 1.
"""
import json
import sys

FIELDS = {
    "messages": "outbound_messages_by_account_domain",
    "recipients": "outbound_recipients_by_account_domain",
    "failed": "outbound_failures_by_account_domain",
    "deferred": "outbound_deferrals_by_account_domain",
}


CHECKS = {
    "imap": "imap_logins_by_ip",
    "pop3": "pop3_logins_by_ip",
    "failed_logins": "auth_failed_attempts_by_ip",
    "failed_sessions": "auth_failed_sessions_by_ip",
    "mailboxes": "mailboxes_by_ip",
}


def cells_of_truth(table):
    return {(hour, domain): n for hour, row in table.items() for domain, n in row.items()}


def cells_of_report(rows, field, subject="domain"):
    cells = {}
    for row in rows:
        if row[subject] is not None and row[field]:
            key = (row["hour"][:13], row[subject])
            assert key not in cells, "two rows for %s %s" % key
            cells[key] = row[field]
    return cells


def compare(what, want, got):
    differences = 0
    for key in sorted(want.keys() | got.keys()):
        if want.get(key, 0) != got.get(key, 0):
            differences += 1
            if differences <= 20:
                print("%s %s %s: truth %d, report %d" % (what, *key, want.get(key, 0), got.get(key, 0)))
    print("%s: %d cells, %d differ" % (what, len(want), differences))
    return differences


def check_owners(rows, owners):
    wrong = [r for r in rows if r["domain"] is not None and owners.get(r["domain"]) != r["account"]]
    for row in wrong[:20]:
        print("%s is charged to %s" % (row["domain"], row["account"]))
    return len(wrong)


def compare_checks(truth, report):
    wrong = [r for r in report if r["ip"] is None or r["checks"] != r["imap"] + r["pop3"]]
    for row in wrong[:20]:
        print("%s has %d checks" % (row["ip"], row["checks"]))
    return len(wrong) + sum(compare(field, cells_of_truth(truth["counts"][name]), cells_of_report(report, field, "ip"))
                            for field, name in CHECKS.items())


def main():
    truth = json.load(open(sys.argv[1], encoding="ascii"))
    report = json.load(open(sys.argv[2], encoding="ascii"))["rows"]
    if truth["kind"] == "dovecot":
        return 1 if compare_checks(truth, report) else 0
    bad = check_owners(report, truth["domain_owner"])
    for field, name in FIELDS.items():
        bad += compare(field, cells_of_truth(truth["counts"][name]), cells_of_report(report, field))
    if len(sys.argv) > 3:
        senders = json.load(open(sys.argv[3], encoding="ascii"))["rows"]
        bad += compare("senders", cells_of_truth(truth["counts"]["accepted_by_sender_domain"]),
                       cells_of_report(senders, "messages"))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
