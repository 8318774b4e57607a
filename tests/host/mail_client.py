# SPDX-License-Identifier: MIT
"""mail_client.py: customers, scripts and strangers who send mail through the mail server of a test host.

Runs in the client's network namespace, where it also is the rest of the world: mail server and name server.
"""
import asyncio
import base64
import ctypes
import os
import pathlib
import smtplib
import ssl
import subprocess
import sys
import threading
import time

import dns_stub
import smtp_sink
from truth import ACCOUNTS, Truth, domain_of

WORLD = "10.99.0.9"
CUSTOMER, CUSTOMER_V6, NAMED_CUSTOMER = "198.51.100.7", "2001:db8::7", "198.51.100.8"
STRANGER, NAMED_STRANGER, THIEF = "203.0.113.7", "203.0.113.8", "203.0.113.66"
PERMITTED = "192.0.2.7"

MAIN_DOMAINS = {"alice": "a.example", "bob": "c.example"}
UIDS = {"alice": 5001, "bob": 5002}
PATIENCE = 60  # seconds for all deliveries to end

TESTHOST = str(pathlib.Path(__file__).with_name("testhost.sh"))
CLONE_NEWNET = 0x40000000


def many(count, name="r", domain="far.test"):
    return [f"{name}{n}@{domain}" for n in range(1, count + 1)]


class Traffic:
    """Sends mail and keeps the truth about it. Every method takes the scene first. Subclasses know the server."""

    host = server = server_v6 = None
    odd_mechanism = "PLAIN"
    identified = False  # the server itself writes down who sent a local mail

    def __init__(self):
        self.truth = Truth()
        self.sent = 0
        self.sink = smtp_sink.Sink()
        ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self.rest_of_the_world(ready)), daemon=True).start()
        ready.wait()

    async def rest_of_the_world(self, ready):
        await asyncio.get_running_loop().create_datagram_endpoint(dns_stub.DnsStub, (WORLD, 53))
        async with await asyncio.start_server(self.sink.serve, WORLD, 25) as server:
            ready.set()
            await server.serve_forever()

    # Who sends.

    def customer(self, scene, login, recipients, charged=..., **how):
        """Submission with a password, charged to the login's domain unless told otherwise."""
        how.setdefault("sender", login)
        how.setdefault("source", CUSTOMER)
        for _ in range(how.get("count", 1)):
            self.truth.charge(scene, domain_of(login) if charged is ... else charged, recipients)
        self.smtp(scene, recipients, login=login, port=587, **how)

    def odd(self, scene, login, recipients, charged=None, **how):
        """As customer, but with any login; unless told otherwise it is no mailbox, so nobody may be charged."""
        self.customer(scene, login, recipients, charged=charged, sender="x@e.test", mechanism=self.odd_mechanism,
                      **how)

    def stranger(self, scene, sender, recipients, **how):
        """Mail from outside for hosted domains."""
        how.setdefault("source", STRANGER)
        self.truth.inbound(scene, recipients)
        self.smtp(scene, recipients, sender=sender, port=25, **how)

    def relay(self, scene, sender, recipients, source=PERMITTED, **how):
        """Mail from a machine that may relay without a password: charged by the sender's domain alone, as weak."""
        self.truth.relay(scene, sender, recipients)
        self.smtp(scene, recipients, sender=sender, source=source, port=25, **how)

    def script(self, scene, user, recipients, sender=None, directory="public_html", **how):
        """/usr/sbin/sendmail by a local user, below that user's home."""
        self.truth.charge(scene, self.local_domain(user, sender), recipients)
        self.sendmail(scene, user, recipients, sender, os.path.join(self.home(user), directory), **how)

    def loopback(self, scene, user, recipients, sender):
        """SMTP without a password by a local user to 127.0.0.1."""
        self.truth.charge(scene, self.local_domain(user, sender), recipients)
        self.from_loopback(scene, user, recipients, sender)

    def from_loopback(self, scene, user, recipients, sender, **text):
        self.sent += 1  # the child's copy does not reach us
        self.as_local_user(user, lambda: self.smtp(
            scene, recipients, sender=sender, server="127.0.0.1", source="", port=25, helo="localhost", **text))

    def local_domain(self, user, sender):
        """The account's main domain, for a script chooses its own sender; cPanel believes it among its own."""
        if self.identified and sender and ACCOUNTS.get(domain_of(sender)) == user:
            return domain_of(sender)
        return MAIN_DOMAINS.get(user)

    @staticmethod
    def home(user):
        return "/root" if user == "root" else f"/home/{user}"

    # How it is sent.

    def message(self, scene, recipients, subject="hello", message_id=None, size=100):
        self.sent += 1
        message_id = message_id or f"{scene}.{self.sent}@client.test"
        to = ",\r\n ".join(recipients)
        text = (f"From: someone@client.test\r\nTo: {to}\r\nSubject: {subject}\r\n"
                f"Message-ID: <{message_id}>\r\n\r\n" + "0123456789abcdef\r\n" * (size // 18))
        return text.encode("utf-8")

    def smtp(self, scene, recipients, *, sender, port, source, login=None, mechanism="PLAIN", helo="laptop",
             tls=False, count=1, server=None, refused=(), parameters="", **text):
        server = server or (self.server_v6 if ":" in source else self.server)
        with smtplib.SMTP(server, port, helo, timeout=30, source_address=(source, 0)) as smtp:
            self.expect(scene, 250, smtp.ehlo())
            if tls:
                self.expect(scene, 220, smtp.starttls(context=ssl._create_unverified_context()))
                self.expect(scene, 250, smtp.ehlo())
            if login:
                self.expect(scene, 235, self.authenticate(smtp, mechanism, login, "secret"))
            for _ in range(count):
                self.expect(scene, 250, smtp.docmd("MAIL", f"FROM:<{sender}>{parameters}"))
                for address in refused:
                    self.expect(scene, 550, smtp.docmd("RCPT", f"TO:<{address}>"))
                for address in recipients:
                    self.expect(scene, 250, smtp.docmd("RCPT", f"TO:<{address}>"))
                self.expect(scene, 250, smtp.data(self.message(scene, recipients, **text)))

    @staticmethod
    def authenticate(smtp, mechanism, login, password):
        if mechanism == "LOGIN":
            smtp.docmd("AUTH", "LOGIN")
            smtp.docmd(base64.b64encode(login.encode()).decode())
            return smtp.docmd(base64.b64encode(password.encode()).decode())
        return smtp.docmd("AUTH", f"{mechanism} " + base64.b64encode(f"\0{login}\0{password}".encode()).decode())

    def failed_login(self, scene, login, source=THIEF, helo="laptop", tries=1):
        with smtplib.SMTP(self.server, 587, helo, timeout=30, source_address=(source, 0)) as smtp:
            self.expect(scene, 250, smtp.ehlo())
            for _ in range(tries):
                self.expect(scene, 535, self.authenticate(smtp, "PLAIN", login, "guess"))

    def sendmail(self, scene, user, recipients, sender, directory, option="-i", **text):
        """option: -i (recipients as arguments), -t (from the header) or -bs (SMTP on standard input)."""
        command = ["/usr/sbin/sendmail", option]
        body = self.message(scene, recipients, **text)
        if option == "-bs":
            envelope = [f"MAIL FROM:<{sender or user}>", *(f"RCPT TO:<{address}>" for address in recipients)]
            body = "\r\n".join(["EHLO localhost", *envelope, "DATA\r\n"]).encode() + body + b".\r\nQUIT\r\n"
        else:
            command += [f"-f{sender}"] if sender else []
            command += ["-i"] if option == "-t" else recipients
        self.on_server(*self.user_shell(user, directory), *command, input=body)

    @staticmethod
    def user_shell(user, directory):
        return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--reset-env",
                "/bin/sh", "-c", 'mkdir -p "$1"; cd "$1" && shift && exec "$@"', "sh", directory]

    def on_server(self, *command, **options):
        subprocess.run([TESTHOST, "run", self.host, *command], check=True, stdout=subprocess.DEVNULL, **options)

    def netns(self):
        return subprocess.run([TESTHOST, "netns", self.host], check=True, capture_output=True,
                              text=True).stdout.strip()

    def as_local_user(self, user, action):
        """Do it in a child that has entered the server's network and become its user."""
        child = os.fork()
        if child == 0:
            status = 1
            try:
                with open(f"/run/netns/{self.netns()}", "rb") as netns:
                    if ctypes.CDLL(None).setns(netns.fileno(), CLONE_NEWNET) != 0:
                        raise OSError("setns")
                os.setgroups([])
                os.setgid(UIDS[user])
                os.setuid(UIDS[user])
                action()
                status = 0
            finally:
                os._exit(status)
        if os.waitpid(child, 0)[1] != 0:
            sys.exit(f"{user} could not send to 127.0.0.1")

    @staticmethod
    def expect(scene, code, reply):
        if reply[0] != code:
            sys.exit(f"{scene}: expected {code}, the server answered {reply}")

    # The end.

    def finish(self):
        """Wait for deliveries, let the greylisted mail through, run the queue once, and hand out the truth."""
        self.settle()
        self.run_queue()
        self.settle()
        missing = self.truth.sunk - self.sink.accepted
        if missing:
            sys.exit(f"the sink did not get {dict(missing)}")
        return self.truth.document()

    def settle(self):
        """Until the server has had nothing to do for a moment."""
        quiet, deadline = 0, time.monotonic() + PATIENCE
        while quiet < 3:
            if time.monotonic() > deadline:
                sys.exit("the server is still busy")
            time.sleep(0.1)
            quiet = 0 if self.is_busy() else quiet + 1

    def run_queue(self):
        """Try everything in the queue again, at once."""
        raise NotImplementedError

    def is_busy(self):
        raise NotImplementedError
