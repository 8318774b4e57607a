# SPDX-License-Identifier: MIT
"""truth.py: what was really sent, kept by the programs that drive a test host, to compare mailguard's counts with."""
import collections

# What exim/userdomains and exim/forwarders say.
ACCOUNTS = {"a.example": "alice", "b.example": "alice", "c.example": "bob"}
FORWARDERS = ("sales@a.example", "office@c.example")
COUNTERS = ("messages", "recipients", "delivered", "deferred", "failed", "unknown_recipients", "forwarded")


def domain_of(address):
    return address.rpartition("@")[2].lower()


class Truth:
    """Counters per scene and (domain, weak); the domain is None where nobody may be charged.

    Weak is what only the sender's address charges.
    """

    # By the beginning of the recipient's name: see smtp_sink.py. There is no mailbox nosuch@.
    OUTCOMES = {
        "nobody": ("failed", "unknown_recipients"),
        "nosuch": ("failed", "unknown_recipients"),
        "spam": ("failed",),
        "later": ("deferred",),
        "once": ("deferred", "delivered"),
        "liar": ("failed", "unknown_recipients"),
    }

    def __init__(self):
        self.scenes = collections.defaultdict(lambda: collections.defaultdict(collections.Counter))
        self.sunk = collections.Counter()  # recipients that the sink must have accepted

    def charge(self, scene, domain, recipients, weak=False):
        row = self.scenes[scene][domain, weak]
        row.update(messages=1, recipients=len(recipients))
        for recipient in recipients:
            outcome = next((o for name, o in self.OUTCOMES.items() if recipient.startswith(name)), ("delivered",))
            row.update(outcome)
            if "delivered" in outcome and domain_of(recipient) not in (*ACCOUNTS, "hoster.test"):
                self.sunk[recipient] += 1

    def relay(self, scene, sender, recipients):
        """Without a password, by a machine that may."""
        domain = domain_of(sender)
        self.charge(scene, domain if domain in ACCOUNTS else None, recipients, weak=domain in ACCOUNTS)

    def inbound(self, scene, recipients):
        """Mail from outside charges nobody; what a hosted address passes on counts as forwarded."""
        rows = self.scenes[scene]
        for recipient in recipients:
            if recipient in FORWARDERS:
                rows[domain_of(recipient), False].update(forwarded=1)

    def document(self):
        total = collections.defaultdict(collections.Counter)
        for scene in self.scenes.values():
            for key, row in scene.items():
                total[key].update(row)
        return {"domains": self.rows(total),
                "scenes": {name: self.rows(scene) for name, scene in sorted(self.scenes.items())}}

    @staticmethod
    def rows(counters):
        return [{"domain": domain, "account": ACCOUNTS.get(domain), **({"weak": True} if weak else {}),
                 **{name: row[name] for name in COUNTERS}}
                for (domain, weak), row in sorted(counters.items(), key=lambda item: (item[0][0] or "", item[0][1]))]
