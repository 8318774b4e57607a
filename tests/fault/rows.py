# SPDX-License-Identifier: MIT
"""rows.py - what a state says, so that two states can be compared.

Row ids and keyed hashes differ from state to state; what they stand for does
not.  Where a log was read up to, and the mark of the last sweep, belong to the
way in which logs were read; everything else is a function of their lines.
"""
import sqlite3

ORIGIN = "kind, name, domain, account, owner"
COUNTS = "messages, recipients, delivered, deferred, failed, unknown_recipients, forwarded, bytes"

LINES = {
    "fact": f"SELECT hour, {ORIGIN}, {COUNTS} FROM fact JOIN origin ON id = origin",
    "slot": f"SELECT at, {ORIGIN}, {COUNTS} FROM slot JOIN origin o ON o.id = origin",
    "sender_fact": "SELECT hour, domain, messages, recipients, bytes FROM sender_fact JOIN sender ON id = sender",
    "checks": f"SELECT hour, ip, {ORIGIN}, count(*), sum(imap), sum(pop3), sum(failed_logins), sum(failed_sessions)"
              " FROM checks LEFT JOIN origin ON id = origin GROUP BY hour, ip, origin",
    "flight": "SELECT f.id, state, flags, forwards, name, recipients, slot, at, bytes, seq FROM flight f"
              " LEFT JOIN origin o ON o.id = f.origin",
    "tracked": "SELECT id, count(*) FROM tracked GROUP BY id",
    "line": "SELECT kind, n FROM line",
    "shape": "SELECT why, shape, n FROM shape",
    "entry": "SELECT hex(id), seqnum, at_us FROM entry",
    "source": "SELECT name, last_at, next_seq FROM source",
    "cwd": "SELECT at, pid, directory FROM cwd",
}

WAY = {"log": "SELECT offset, head_len, anchor_len FROM log"}


def sorted_rows(db, query):
    n_columns = len(db.execute("SELECT * FROM (%s) LIMIT 0" % query).description)
    order = ", ".join(str(i + 1) for i in range(n_columns))
    return db.execute("SELECT * FROM (%s) ORDER BY %s" % (query, order)).fetchall()


def rows_of(state, queries=None):
    """{table: sorted rows}; the state must be sound."""
    db = sqlite3.connect("file:%s/state.db?mode=ro" % state, uri=True)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert db.execute("PRAGMA foreign_key_check").fetchone() is None
    return {name: sorted_rows(db, query) for name, query in (queries or LINES).items()}


def differences(want, got):
    """What differs between two answers of rows_of, a few lines."""
    said = []
    for name in want:
        gone, new = set(want[name]) - set(got[name]), set(got[name]) - set(want[name])
        if want[name] != got[name]:
            said.append("%s: %d rows, %d differ: %s %s" % (name, len(want[name]), len(gone) + len(new),
                                                          sorted(gone, key=repr)[:2], sorted(new, key=repr)[:2]))
    return said
