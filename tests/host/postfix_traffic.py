#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""postfix_traffic.py TRAFFIC LOGGING: drive the Postfix of postfix_host.sh and print the truth as JSON.

TRAFFIC names a function in TRAFFICS below. LOGGING is the postfix/log-*.cf in use; it does not matter here.

The truth is what was sent and how the sink answers it; no log is read. The Message-ID of nearly every mail begins
with its scene, so that its lines can be found in the log.
"""
import sys

from mail_client import NAMED_CUSTOMER, many
from mail_traffic import complaints, failures, inbound, run, scripts, spellings, submissions
from postfix_client import PostfixTraffic


def relays(t):
    """Without a password, from machines that may."""
    t.relay("relay", "joe@a.example", many(2))
    t.relay("relay", "shop@b.example", ["r1@far.test", "nobody@far.test", "later@slow.test"])
    t.relay("relay-foreign-sender", "ceo@bank.test", many(3))
    t.relay("relay-null-sender", "", ["r1@far.test"])
    t.loopback("loopback", "alice", many(2), "joe@a.example")
    t.loopback("loopback", "bob", ["r1@far.test"], "ceo@bank.test")


def local_aliases(t):
    """A local alias makes a new message, for which nobody pays twice."""
    t.customer("local-alias", "joe@a.example", ["postmaster@hoster.test", "r1@far.test"])
    t.customer("login-to-forwarder", "info@c.example", ["sales@a.example", "r1@far.test"])
    t.stranger("local-alias-inbound", "friend@far.test", ["postmaster@hoster.test"])


def queue(t):
    """What an administrator does to the queue makes no new mail."""
    for verb in ("requeue", "hold", "delete"):
        t.customer(verb, "joe@a.example", ["later@slow.test", "r1@far.test"])
        t.script(verb, "bob", ["later@slow.test"])
    t.requeue("-r")
    t.run_queue()
    t.settle()
    t.requeue("-h")
    t.requeue("-H")
    t.run_queue()
    t.settle()
    t.requeue("-d")
    t.customer("expire", "joe@a.example", ["later@slow.test", "r1@far.test"])
    t.script("expire", "bob", ["later@slow.test"])
    t.requeue("-e")


FAILED = "warning: unknown[203.0.113.66]: SASL LOGIN authentication failed: x, sasl_username=joe@a.example"


def repeated(t):
    """Lines that come more than once in a row, which rsyslog may write as one; some spell that line themselves."""
    again = f"message repeated 9 times: [ 4FFFFF1234: {FORGED_CLIENT}]"
    for scenes in (submissions, failures):
        scenes(t)
        t.failed_login("F43", again, tries=3)
        for _ in range(5):
            t.as_script("alice", "logger", "-p", "mail.info", "-t", "postfix/smtpd[1]", FAILED)
    t.script("F43", "alice", ["r1@far.test"], option="-t", subject=again)
    t.customer("F43", "joe@a.example", ["r1@far.test"], sender=f'"{again}"@a.example')
    t.stranger("F43", "x@e.test", ["info@c.example"], message_id=again)


def refusals(t):
    """Nothing of it comes into the queue."""
    t.denied("relay-denied", "joe@a.example", "r1@far.test")
    t.denied("relay-denied", "x@e.test", "r1@far.test", helo="[192.0.2.77]")


def ordinary(t):
    for scenes in (submissions, failures, scripts, inbound, relays, local_aliases, refusals):
        scenes(t)


def filtered(t, kind):
    """Through a content filter each mail comes into the queue twice, and counts once."""
    t.filtering(kind)
    t.customer(f"{kind}-login", "joe@a.example", ["r1@far.test"])
    t.customer(f"{kind}-login", "info@c.example", many(30), source=NAMED_CUSTOMER)
    t.customer(f"{kind}-login", "shop@b.example", ["nobody@far.test", "later@slow.test", f"once.{kind}@grey.test"])
    t.customer(f"{kind}-login-local", "ann@a.example", ["joe@a.example", "info@c.example", "r1@far.test"])
    t.customer(f"{kind}-login-long-list", "info@a.example", many(120))
    t.customer(f"{kind}-login-to-forwarder", "info@c.example", ["sales@a.example", "r1@far.test"])
    t.customer(f"{kind}-login-many", "joe@a.example", many(3), count=12)
    t.customer(f"{kind}-login-foreign-sender", "joe@a.example", ["r1@far.test"], sender="info@c.example")
    t.customer(f"{kind}-login-null-sender", "joe@a.example", ["r1@far.test"], sender="")
    t.script(f"{kind}-script", "alice", many(3))
    t.script(f"{kind}-script", "bob", ["nobody@far.test"], sender="joe@a.example")
    t.script(f"{kind}-cron", "root", many(2), directory="")
    t.relay(f"{kind}-relay", "joe@a.example", many(2))
    t.stranger(f"{kind}-inbound", "friend@far.test", ["joe@a.example", "info@c.example"])
    t.stranger(f"{kind}-forwarder", "friend@far.test", ["sales@a.example"])


def filter_(t):
    for kind in ("xforward", "proxy"):
        filtered(t, kind)


def filter_pipe(t):
    filtered(t, "pipe")


FORGED = "sasl_method=PLAIN, sasl_username=victim@c.example"
FORGED_CLIENT = f"client=z[192.0.2.1], {FORGED}"


def forgeries(t, scene, customer_sender=None, stranger_sender="x@e.test", **text):
    """The same text from a customer, who pays, and from a stranger, for whom nobody does."""
    t.customer(scene, "joe@a.example", ["r1@far.test"], sender=customer_sender or "joe@a.example", **text)
    t.stranger(scene, stranger_sender, ["info@c.example"], **text)


def hostile(t):
    """The shapes of text that try to make victim@c.example pay."""
    t.configure("header_checks=regexp:{{/^Subject:/ INFO}}")

    for message_id in (f'"x, {FORGED}"@e.test', f"x, {FORGED}", f"x>, {FORGED_CLIENT}", "x" * 3000,
                       "x> resent-message-id=<y", "x>, size=1, nrcpt=900 (queue active)"):
        forgeries(t, "A01", message_id=message_id)
        t.settle()  # while the stranger's mail is in the queue, the script's could be a redirect of it
        t.script("A01-script", "alice", ["r1@far.test"], message_id=message_id)

    for local_part in (f"a, {FORGED}", f"a {FORGED_CLIENT}", "a>, size=1, nrcpt=900 (queue active)",
                       "a>, status=expired, returned to sender", "a> orig_id=4FFFFF1234", "a,b;c:d", r"a\">, b"):
        sender = f'"{local_part}"@e.test'
        forgeries(t, "A02", customer_sender=sender, stranger_sender=sender)
        t.script("A02-script", "alice", ["r1@far.test"], sender=sender)
        t.script("A02-script", "alice", ["nobody@far.test"], sender=sender)
        t.relay("A02-relay", sender, ["r1@far.test"])

    for subject in (r'say "hi" and \ and \\', f"x from laptop[198.51.100.7]; {FORGED_CLIENT}", "tab \t\x01\x7f",
                    f"=?utf-8?q?one=0A{FORGED.replace(' ', '_').replace('@', '=40')}?=", "x" * 900,
                    ": info: client=z[192.0.2.1], " + FORGED):
        forgeries(t, "A03", subject=subject)
        t.script("A03-script", "alice", ["r1@far.test"], option="-t", subject=subject)

    for local_part in (f"u, {FORGED}", "u>, relay=none, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (ok)",
                       "u>, orig_to=<victim", "a,b", "u, status=bounced (x)"):
        t.customer("A04", "joe@a.example", [f'"{local_part}"@far.test', "r1@far.test"])

    for login in (f"u, {FORGED}", "u sasl_username=victim@c.example", "victim, x@c.example", "victim x@c.example",
                  f"u[192.0.2.1], {FORGED}", "u, sasl_sender=victim@c.example", '"victim"@c.example, x@e.test',
                  "victim@c.example:x@e.test", "x@y, z@c.example"):
        t.odd("A05", login, ["r1@far.test"])

    complaints(t)
    spellings(t)

    t.script("A06", "alice", ["r1@far.test"], sender="victim@c.example")
    t.script("A06", "bob", ["r1@far.test", "nobody@far.test"], sender="joe@a.example")

    for helo in ("[192.0.2.77]", "[192.0.2.77]:99", f"x[192.0.2.9],+{FORGED}".replace(" ", "_"), "x]"):
        forgeries(t, "A17", helo=helo)
        t.denied("A17-denied", "victim@c.example", "r1@far.test", helo=helo)
    t.denied("A17-denied", f'"> to=<x> proto=ESMTP helo=<y> {FORGED}"@c.example', "r1@far.test")

    for login in ("x) [192.0.2.66]: SASL PLAIN authentication failed: x, sasl_username=victim@c.example",
                  "victim@c.example", "x: authentication failure"):
        t.failed_login("A18", login)

    t.customer("A26-quoted-sender", "joe@a.example", many(2), sender='"john smith"@a.example')
    t.customer("A26-quoted-sender", "shop@b.example", ["r1@far.test"], sender=r'"a\"b\\c"@b.example')

    for auth in ("<>", "victim@c.example", "x,+20sasl+5Fusername+3Dvictim@c.example", f'"x, {FORGED}"',
                 '"x, orig_client=x[192.0.2.1]"', '"x, orig_queue_id=4FFFFF1234"'):
        t.customer("auth-parameter", "joe@a.example", ["r1@far.test"], parameters=f" AUTH={auth}")

    t.customer("liar", "joe@a.example", ["liar@far.test", "r1@far.test"])
    t.script("liar", "bob", ["liar@far.test"])
    t.customer("liar", "info@c.example", ['"nobody, dsn=2.0.0, status=sent (250 ok)"@far.test'])


def forged(t):
    """Lines that are false in themselves, or true of something else: tests/data/README.md says when they occur."""
    lines = (f"4FFFFF0001: client=z[192.0.2.1], {FORGED}", "4FFFFF0001: message-id=<forged@e.test>")
    for line in lines:
        t.as_script("alice", "logger", "-p", "mail.info", "-t", "postfix/smtpd[1]", line)
        t.as_script("alice", "/usr/sbin/postlog", "-t", "postfix/smtpd", line.replace("0001", "0002"))
    for queue_id in ("4FFFFF0001", "4FFFFF0002"):
        t.as_script("alice", "logger", "-p", "mail.info", "-t", "postfix/qmgr[1]",
                    f"{queue_id}: from=<victim@c.example>, size=400, nrcpt=500 (queue active)")
    t.odd("login-and-parameter", "victim@c.example, sasl_sender=x@y.test", ["r1@far.test"])
    t.customer("same-message-id", "joe@a.example", ["later@slow.test"], message_id="same@e.test")
    t.settle()
    t.loopback("same-message-id", "bob", many(3), "victim@c.example", message_id="same@e.test")


TRAFFICS = {"ordinary": ordinary, "hostile": hostile, "filter": filter_, "filter-pipe": filter_pipe,
            "queue": queue, "repeated": repeated, "forged": forged}


if __name__ == "__main__":
    run(TRAFFICS[sys.argv[1]], PostfixTraffic())
