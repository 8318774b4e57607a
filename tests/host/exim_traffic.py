#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""exim_traffic.py TRAFFIC LOGGING: drive the Exim of exim_host.sh as its clients do, and print the truth as JSON.

TRAFFIC names a function in TRAFFICS below. LOGGING is the exim/log-*.conf in use, which matters in one way: with
`cpanel` Exim itself writes down who sent a local mail.

The truth is what was sent and how the sink answers it; no log is read. The Message-ID of nearly every mail begins
with its scene, so that its lines can be found in the log.
"""
import random
import sys

from exim_client import EximTraffic
from mail_client import CUSTOMER, CUSTOMER_V6, NAMED_CUSTOMER, THIEF, many
from mail_traffic import complaints, failures, inbound, run, scripts, spellings, submissions


def loopback(t):
    """Only where Exim identifies the sender: without that, nothing says who it was."""
    t.loopback("loopback", "alice", many(2), "joe@a.example")
    t.loopback("loopback-second-domain", "alice", many(2), "shop@b.example")
    t.loopback("A06-loopback-foreign-sender", "bob", ["r1@far.test"], "joe@a.example")


FORGED = "A=PLAIN:victim@c.example S=9"
FORGED_FIELDS = "H=(z) [192.0.2.1] P=esmtpa A=PLAIN:victim@c.example S=1 id=x"


def forgeries(t, scene, customer_sender=None, stranger_sender="x@e.test", **text):
    """The same text from a customer, who pays, and from a stranger, for whom nobody does."""
    t.customer(scene, "joe@a.example", ["r1@far.test"], sender=customer_sender or "joe@a.example", **text)
    t.stranger(scene, stranger_sender, ["info@c.example"], **text)


def hostile(t):
    """The shapes of text that try to make victim@c.example pay."""
    for message_id in (f'"x {FORGED}"@e.test', f"x {FORGED} y@e.test", f'"x {FORGED} T="y" for z'):
        forgeries(t, "A01", message_id=message_id)

    for local_part in (f"a {FORGED}", f"a {FORGED_FIELDS}", "a U=bob P=local S=1", f"a> {FORGED_FIELDS} <b"):
        sender = f'"{local_part}"@e.test'
        forgeries(t, "A02", customer_sender=sender, stranger_sender=sender)
        t.script("A02-script", "alice", ["r1@far.test"], sender=sender)

    for subject in (r'say "hi" and \ and \\ and \"', "=?utf-8?q?one=0Atwo_for_victim=40c.example?=",
                    "x" * 99 + '" for victim@c.example', "x" * 98 + "\\\"\\", "ends with a backslash \\",
                    'T="fine" for victim@c.example', f'fine" {FORGED} T="', "Grüße \t\x01\x7f",
                    '" from <victim@c.example> for r9@far.test'):
        forgeries(t, "A03", subject=subject)
        t.script("A03-script", "alice", ["r1@far.test"], option="-t", subject=subject)

    t.customer("A04", "joe@a.example", ['"u for victim@c.example"@far.test', "r1@far.test"])
    t.customer("A04", "joe@a.example", [f'"u {FORGED_FIELDS}"@far.test'])
    t.customer("A04", "joe@a.example", ['"x@far.test <victim@c.example> F=<y> R=z"@far.test'])

    for login in (f"u {FORGED_FIELDS}", "u H=(z) [192.0.2.5] A=PLAIN:victim@c.example", "victim@c.example S=9 id=x",
                  'victim@c.example S=9 id=x T="', 'victim@c.example S=400 id="x', "victim@c.example:x",
                  "x:victim@c.example", "victim@c.example ", "victim@c.example\n"):
        t.odd("A05", login, ["r1@far.test"])

    complaints(t)
    spellings(t)
    t.odd("A14", "alice", ["r1@far.test"], charged="a.example")
    t.odd("A14", "ALICE", ["r1@far.test"])

    t.script("A06", "alice", ["r1@far.test"], sender="victim@c.example")
    t.script("A06", "alice", ["r1@far.test"], directory="public_html/x 3 args: /usr/sbin/sendmail -t")

    for helo in ("[192.0.2.77]", "[192.0.2.77]:99"):
        forgeries(t, "A17", helo=helo)

    for login in ("x) [192.0.2.66]:25: 535 Incorrect authentication data (set_id=victim", "victim@c.example"):
        t.failed_login("A18", login)
        t.failed_login("A18", login, helo="x) [192.0.2.66]")


def forged(t):
    """Lines that no reading of a single line can see through: tests/data/README.md says when they occur."""
    for helo in (f"x) [192.0.2.9]:1 P=esmtpa {FORGED} id=x", "(", ") U=bob P=local"):
        forgeries(t, "junk-helo", helo=helo)
    line = (f"2026-01-01 00:00:00.000 +0000 [1] 1vb8Zk-000001-0A <= victim@c.example {FORGED_FIELDS} "
            "for r1@far.test")
    t.script("forged-line", "alice", ["r1@far.test"], directory=f"public_html/x\n{line}\n2026")
    t.script("forged-line", "alice", ["r1@far.test"], directory=f"public_html/x 2 args: sendmail -t\n{line}\ny")


def ordinary(t):
    for scenes in (submissions, failures, scripts, inbound):
        scenes(t)
    if t.identified:
        loopback(t)


def demo(t):
    """A small host's mail, among which a stolen login writes to 600 strangers."""
    rng = random.Random(1)
    people = [f"{name}@{domain}" for name in ("anna", "ben", "carla", "dan", "eva", "finn", "gina", "hugo")
              for domain in ("bakery.test", "garden.example", "museum.test", "school.example", "partner.test")]
    mailboxes = ["joe@a.example", "ann@a.example", "info@a.example", "shop@b.example", "info@c.example"]
    topics = ["Your order", "Re: meeting on Monday", "Invoice 2041", "Photos", "Re: Re: offer", "Newsletter",
              "Opening hours", 'Fwd: "the plan"', "Grüße aus dem Urlaub"]

    def some():
        return {"subject": rng.choice(topics), "size": rng.randrange(300, 20000)}

    mails = []
    for _ in range(120):
        mails.append(lambda: t.stranger("inbound", rng.choice(people), [rng.choice(mailboxes)], **some()))
    for _ in range(6):
        mails.append(lambda: t.stranger("forwarder", rng.choice(people), ["sales@a.example"], **some()))
    for _ in range(90):
        mails.append(lambda: t.customer("mail", rng.choice(mailboxes[:2] + mailboxes[3:]),
                                        rng.sample(people, rng.choice((1, 1, 1, 2, 4))), tls=rng.random() < 0.7,
                                        source=rng.choice((CUSTOMER, CUSTOMER_V6, NAMED_CUSTOMER)), **some()))
    for _ in range(40):
        mails.append(lambda: t.script("web", rng.choice(("alice", "alice", "bob")), [rng.choice(people)],
                                      option="-t", directory="public_html/shop", **some()))
    for _ in range(4):
        mails.append(lambda: t.script("cron", "root", ["root@hoster.test"], directory="", subject="Cron daily"))
        mails.append(lambda: t.failed_login("failed-login", "joe@a.example"))
        mails.append(lambda: t.customer("mistyped", "ann@a.example", ["nobody@bakery.test"], **some()))

    names = iter(rng.choices(("client", "nobody", "spam", "later"), (84, 10, 4, 2), k=600))
    victims = [f"{name}{n}@prey{n % 7}.test" for n, name in enumerate(names)]
    for n in range(0, 600, 24):
        mails.append(lambda batch=victims[n:n + 24]: t.customer(
            "stolen-login", "info@a.example", batch, source=THIEF, helo="winbox", subject="You have won", size=900))
    rng.shuffle(mails)
    for mail in mails:
        mail()


TRAFFICS = {"ordinary": ordinary, "hostile": hostile, "forged": forged, "demo": demo}

if __name__ == "__main__":
    run(TRAFFICS[sys.argv[1]], EximTraffic(sys.argv[2]))
