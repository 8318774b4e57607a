# SPDX-License-Identifier: MIT
"""mail_traffic.py: ordinary mail, of which every mail server gets the same."""
import json
import sys

from mail_client import CUSTOMER, CUSTOMER_V6, NAMED_CUSTOMER, NAMED_STRANGER, many


def submissions(t):
    """Customers with a password."""
    t.customer("login", "joe@a.example", ["r1@far.test"])
    t.customer("login", "shop@b.example", many(3), mechanism="LOGIN", helo="[192.168.1.20]")
    t.customer("login", "info@c.example", many(30), tls=True, helo="desktop.test")
    t.customer("login-ipv6", "ann@a.example", many(2), source=CUSTOMER_V6)
    for helo in ("desk.customer.test", "laptop", "[198.51.100.8]"):
        t.customer("login-named-host", "ann@a.example", ["r1@far.test"], source=NAMED_CUSTOMER, helo=helo)
    t.customer("login-literal", "ann@a.example", ["r1@far.test"], helo=f"[{CUSTOMER}]")
    t.customer("login-spelling", "JOE@A.EXAMPLE", many(2), sender="joe@a.example", mechanism="LOGIN")
    t.customer("login-local", "ann@a.example", ["joe@a.example", "info@c.example", "r1@far.test"])
    t.customer("login-many", "joe@a.example", ["r1@far.test"], count=12)
    t.customer("login-long-list", "info@a.example", many(280, "recipient-number-", "long-list.test"))
    t.customer("login-large", "ann@a.example", ["r1@far.test"], size=300000)
    t.customer("login-foreign-sender", "info@c.example", many(2), sender="joe@a.example")
    t.customer("login-foreign-sender", "joe@a.example", ["r1@far.test"], sender="ceo@bank.test")
    t.customer("login-null-sender", "joe@a.example", ["r1@far.test"], sender="")
    t.customer("login-refused-at-rcpt", "joe@a.example", ["r1@far.test"], refused=["nosuch@b.example"])
    t.customer("A26-quoted-sender", "joe@a.example", many(2), sender='"john smith"@a.example')
    t.customer("A26-quoted-sender", "shop@b.example", ["r1@far.test"], sender=r'"a\"b\\c"@b.example')
    t.customer("A26-quoted-sender", "joe@a.example", ["r1@far.test"], sender='joe."b c".d@a.example')
    t.customer("quoted-recipient", "ann@a.example", ['"jane doe"@far.test', "r1@far.test"])
    t.customer("capital-recipient", "ann@a.example", ["Jane.Doe@Far.Test", "r1@far.test", "Info@C.example"])


def failures(t):
    """Recipients who are refused or put off; nobody pays for the bounces."""
    t.customer("refused", "joe@a.example", ["nobody@far.test", "r1@far.test"])
    t.customer("refused-spam", "info@c.example", ["spam@far.test", "nobody@near.test"])
    t.customer("deferred", "shop@b.example", ["later@slow.test", "r1@far.test"])
    t.customer("deferred-then-delivered", "ann@a.example", ["once@grey.test"])
    t.script("refused-script", "alice", ["nobody@far.test"], option="-t")
    t.script("no-such-mailbox-script", "bob", ["nosuch@a.example", "r1@far.test"])
    t.failed_login("failed-login", "joe@a.example")


def scripts(t):
    """Local mail by the accounts' own programs."""
    t.script("script", "alice", ["r1@far.test"])
    t.script("script", "alice", many(3), directory="public_html/blog/wp-content", option="-t",
             sender="shop@b.example")
    t.script("script", "bob", many(2), sender="info@c.example", option="-t")
    t.script("script-odd-directory", "alice", ["r1@far.test"], directory="public_html/my site")
    t.script("script-smtp", "bob", many(2), option="-bs", sender="info@c.example")
    t.script("A06-foreign-sender", "alice", many(2), sender="victim@c.example")
    t.script("A06-foreign-directory", "alice", ["r1@far.test"], directory="/home/bob")
    t.script("script-null-sender", "alice", ["r1@far.test"], sender="<>")
    t.script("cron", "root", ["root@hoster.test"], directory="")
    t.script("cron", "root", many(2), directory="")


def inbound(t):
    """Mail from outside, which charges nobody."""
    t.stranger("inbound", "friend@far.test", ["joe@a.example"])
    t.stranger("inbound", "friend@far.test", ["info@c.example", "ann@a.example"], tls=True)
    t.stranger("inbound", "friend@far.test", ["joe@a.example"], source=NAMED_STRANGER, helo="mx.friend.test")
    t.stranger("inbound-bounce", "", ["joe@a.example"])
    t.stranger("inbound-spoofed", "joe@a.example", ["ann@a.example"])
    t.stranger("forwarder", "friend@far.test", ["sales@a.example"])
    t.stranger("forwarder", "friend@far.test", ["office@c.example", "info@c.example"])
    t.stranger("forwarder-spoofed", "joe@a.example", ["sales@a.example"])
    t.stranger("vacation", "friend@far.test", ["away@b.example"])


def spellings(t):
    """Logins that are another's in other letters, and some that only look so."""
    for login in ("Joe@A.EXAMPLE.", "JOE@a.example", "joe+tag@a.example", "joe%c.example@a.example"):
        t.odd("A14", login, ["r1@far.test"], charged="a.example")
    for login in ("victim@\u0441.example", "v\u0456ctim@c.example", "victim@\uff43.example", "victim@c.example\u3002",
                  "victim@c\u2024example", "victim@c.exam\u200bple", "victim@xn--q1a.example", "victim@XN--C-.EXAMPLE",
                  "victim@www.c.example", "victim@c.example.a.example", "victim@a.example@c.example",
                  "victim@c..example", "victim@.c.example", "victim@c.example..", "victim@[10.99.0.2]",
                  "victim@c.example/a"):
        t.odd("A14", login, ["r1@far.test"])


def complaints(t):
    """Reports of abuse that name a victim, under Message-IDs that somebody else's mail has, charge nobody."""
    for message_id in ("A11.victim@c.example", "A11.joe@a.example"):
        t.customer("A11", "joe@a.example", ["r1@far.test"], message_id=message_id)
        for sender in ("feedback@isp.test", "", "victim@c.example"):
            t.stranger("A11", sender, ["info@c.example"], message_id=message_id,
                       subject="complaint about message from victim@c.example")


def run(traffic, server):
    """Send it all and print the truth."""
    traffic(server)
    json.dump(server.finish(), sys.stdout, indent=1)
    print()
