#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""dovecot_traffic.py TRAFFIC LOGGING: log in to the Dovecot of dovecot_host.sh, print the truth as JSON.

TRAFFIC is ordinary or hostile. Run in the client's network namespace.
"""
import smtplib
import sys

from dovecot_client import (CLEAR_REFUSED, CUSTOMER, CUSTOMER_V6, NOBODY, OFFICE, SCANNER, SERVER, STRANGER, THIEF,
                            run)

MAILBOXES = ("joe@a.example", "ann@a.example", "info@a.example", "shop@b.example", "info@c.example")
SERVICES = ("imap", "pop3", "submission", "sieve")


def logins(t):
    """Checks, by every way in; several mailboxes behind one address, several addresses of one mailbox."""
    t.log_in("imap", "imap", "joe@a.example")
    t.log_in("imap", "imap", "joe@a.example", how="login")
    t.log_in("imap", "imap", "joe@a.example", how="literal")
    t.log_in("imap", "imap", "joe@a.example", how="sasl-login")
    t.log_in("imap-tls", "imaps", "joe@a.example")
    t.log_in("pop3", "pop3", "joe@a.example", how="login")
    t.log_in("pop3", "pop3", "joe@a.example")
    t.log_in("pop3-tls", "pop3s", "joe@a.example", how="login")
    t.log_in("spelling", "imap", "JOE@A.Example")
    t.log_in("v6", "imap", "ann@a.example", ip=CUSTOMER_V6)
    t.log_in("v6", "pop3", "ann@a.example", ip=CUSTOMER_V6)
    for mailbox in MAILBOXES:
        t.log_in("office", "imap", mailbox, ip=OFFICE)
        t.log_in("office", "pop3", mailbox, ip=OFFICE, how="login")
    t.log_in("many", "pop3", "info@c.example", ip=OFFICE, how="login", count=35)
    t.log_in("no-check", "submission", "joe@a.example", ip=STRANGER)
    t.log_in("no-check", "sieve", "joe@a.example", ip=STRANGER)


def failures(t):
    """Wrong passwords and names, one and several in a session, that ends in every way."""
    for service in SERVICES:
        t.fail("wrong-password", service, "joe@a.example")
        t.fail("wrong-name", service, "nosuch@a.example", end="drop")
    t.fail("wrong-password", "imaps", "joe@a.example", how="login")
    t.fail("wrong-password", "pop3s", "joe@a.example", how="login", end="drop")
    t.fail("several", "imap", "info@a.example", tries=4, how="login")
    t.fail("several", "pop3", "info@a.example", tries=3, how="login", end="drop")
    t.fail("several", "submission", "info@a.example", tries=2)
    t.fail("customer", "imap", "joe@a.example", ip=CUSTOMER)
    t.fail("v6", "imap", "ann@a.example", ip=CUSTOMER_V6)
    t.fail("denied", "imap", "denied@c.example", ip=STRANGER)
    t.fail("denied", "pop3", "denied@c.example", ip=STRANGER, how="login")


def right_at_last(t):
    """A wrong password and then the right one: Dovecot tells the login only, and that it was one is all that counts."""
    session = t.open("right-at-last", "imap", OFFICE)
    assert not session.login("ann@a.example", "wrong")
    assert session.login("ann@a.example")
    session.quit()


def refused(t):
    """Refused before a password was looked at."""
    for service in ("imap", "pop3"):
        session = t.open("cleartext", service, CLEAR_REFUSED)
        assert not session.login("joe@a.example", how="login")
        session.quit()
    session = t.open("mechanism", "imap", STRANGER)
    session.judge("", session.imap(b"AUTHENTICATE NTLM"))
    session.quit()


def nothing_tried(t):
    """Connections without a try that the server could refuse."""
    for service in (*SERVICES, "imaps", "pop3s"):
        t.open("nothing", service, SCANNER).quit()
        t.open("nothing", service, SCANNER).drop()
    session = t.open("broken-off", "imap", SCANNER)
    session.imap(b"AUTHENTICATE PLAIN")
    session.send(b"*")
    session.until(b"a")
    session.quit()
    session = t.open("unfinished", "imap", SCANNER)
    session.imap(b"AUTHENTICATE PLAIN")
    session.drop()


def no_patience(t):
    """The answer to a wrong password is delayed; who guesses does not wait for it."""
    session = t.open("no-patience", "imap", SCANNER)
    session.send(b"a1 LOGIN joe@a.example wrong")
    session.refused += 1
    t.pause(0.3)
    session.drop()


def deliveries(t):
    """Mail that comes in through lmtp."""
    with smtplib.LMTP(SERVER, 24, source_address=(SCANNER, 0)) as lmtp:
        lmtp.sendmail("x@far.test", ["joe@a.example"], "Message-ID: <a, rip=192.0.2.66@far.test>\r\nSubject: x\r\n\r\nx\r\n")


FORGED = f"x>, method=PLAIN, rip={NOBODY}, lip={SERVER}, TLS, session=<a"
NAMES = (
    FORGED,
    f"x, rip={NOBODY}, lip={SERVER}",
    f">, rip={NOBODY}",
    f"joe@a.example>, method=PLAIN, rip={NOBODY}, lip={SERVER}, mpid=1, session=<b",
    f"x (auth failed, 99 attempts in 1 secs): user=<y>, rip={NOBODY}",
    f"imap-login: Login: user=<joe@a.example>, rip={NOBODY}",
    "x" * 50 + f">, rip={NOBODY}, lip=" + "y" * 100,
    "x" * 300,
    'quote " and backslash \\ and \' and %u',
    "joe@a.example, rip=2001:db8::66, lip=::1",
    "caf\u00e9\u202eexample",
    "\udcff\udcfe, rip=" + NOBODY,
)
LINES = (
    f"x\r\nNov 22 02:17:38 imap-login: Info: Login: user=<joe@a.example>, method=PLAIN, rip={NOBODY}, lip={SERVER}",
    f"x\n2026-11-22T02:17:38+00:00 dc dovecot: imap-login: Login: user=<joe@a.example>, rip={NOBODY}",
    f"x\t, rip={NOBODY}\x1b[31m",
)


def names(t):
    """Names that spell what stands behind them."""
    for name in NAMES:
        t.fail("A18-name", "imap", name, how="plain")
        t.fail("A18-name", "imap", name, how="literal", end="drop")
    for name in NAMES[:6]:
        t.fail("A18-name", "imap", name, how="login")
        t.fail("A18-name", "pop3", name, how="login")
        t.fail("A18-name", "pop3", name)
        t.fail("A18-name", "submission", name, tries=2)
        t.fail("A18-name", "sieve", name)
    for name in LINES:
        t.fail("A18-line", "imap", name, how="literal")
        t.fail("A18-line", "imap", name, how="plain")
        t.fail("A18-line", "pop3", name)


def known_names(t):
    """The same of people who may log in."""
    for name in NAMES[:2]:
        t.log_in("A05-known-name", "imap", name, ip=STRANGER)
        t.log_in("A05-known-name", "pop3", name, ip=STRANGER)
        t.log_in("A05-known-name", "submission", name, ip=STRANGER)


def mechanisms(t):
    """The name of a mechanism is the client's as well."""
    for mechanism in (b'"X>, RIP=192.0.2.66"', b'"PLAIN, RIP=192.0.2.66, LIP=10.99.0.4"', b"X,RIP=192.0.2.66"):
        session = t.open("mechanism", "imap", THIEF)
        session.judge("", session.imap(b"AUTHENTICATE " + mechanism))
        session.quit()


def ids(t):
    """So is what IMAP's ID says, which is logged where it was asked for."""
    session = t.open("id", "imap", SCANNER)
    session.imap(b'ID ("name" "x (auth failed, 9 attempts in 1 secs): user=<y>, rip=192.0.2.66" "version" "Login: user=<z>")')
    session.quit()


def many_tries(t):
    """As many tries in a session as it bears, and then as many sessions."""
    t.fail("many-tries", "imap", NAMES[1], how="login", tries=12)
    for _ in range(25):
        t.fail("many-sessions", "pop3", "joe@a.example", how="login")


def half_lines(t):
    """Bytes that are no protocol at all."""
    for service in ("imap", "pop3", "submission", "sieve", "imaps"):
        session = t.connect("garbage", service, SCANNER)
        session.send(b"\x16\x03\x01, rip=192.0.2.66\0\xff")
        session.drop()


TRAFFIC = {
    "ordinary": (logins, failures, right_at_last, refused, nothing_tried, no_patience, deliveries),
    "hostile": (names, known_names, mechanisms, ids, many_tries, half_lines, logins),
}

run(TRAFFIC[sys.argv[1]])
