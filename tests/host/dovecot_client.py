# SPDX-License-Identifier: MIT
"""dovecot_client.py: people who log in to the Dovecot of dovecot_host.sh, and keep what came of it.

The truth is what the server answered: every login that it accepted, every one that it refused, by the address that the
client spoke from. Nothing reads the log.
"""
import base64
import collections
import concurrent.futures
import json
import socket
import ssl
import sys
import threading
import time

SERVER, SERVER_V6 = "10.99.0.4", "fd99::4"
CUSTOMER, CUSTOMER_V6, OFFICE = "198.51.100.7", "2001:db8::7", "198.51.100.8"
STRANGER, SCANNER, THIEF = "203.0.113.7", "203.0.113.8", "203.0.113.66"
CLEAR_REFUSED = "192.0.2.7"  # must use TLS
NOBODY = "192.0.2.66"        # never speaks; hostile names say that it did

PORTS = {"imap": 143, "imaps": 993, "pop3": 110, "pop3s": 995, "submission": 587, "sieve": 4190}
CHECKS = {"imap": "imap", "imaps": "imap", "pop3": "pop3", "pop3s": "pop3"}
COUNTERS = ("imap", "pop3", "failed_logins", "failed_sessions")
TIMEOUT = 60


class Truth:
    """Counters per scene and address, and the logins behind each."""

    def __init__(self):
        self.scenes = collections.defaultdict(lambda: collections.defaultdict(collections.Counter))
        self.logins = collections.defaultdict(set)
        self.lock = threading.Lock()

    def check(self, scene, ip, service, user):
        if service in CHECKS:
            with self.lock:
                self.scenes[scene][ip][CHECKS[service]] += 1
                self.logins[ip].add(user.lower())

    def failed(self, scene, ip, tries):
        if tries:
            with self.lock:
                self.scenes[scene][ip].update(failed_logins=tries, failed_sessions=1)

    def document(self):
        total = collections.defaultdict(collections.Counter)
        for scene in self.scenes.values():
            for ip, row in scene.items():
                total[ip].update(row)
        addresses = self.rows(total)
        for row in addresses:
            row["mailboxes"] = len(self.logins[row["ip"]])
        return {"addresses": addresses, "scenes": {name: self.rows(rows) for name, rows in sorted(self.scenes.items())}}

    @staticmethod
    def rows(counters):
        return [{"ip": ip, **{name: row[name] for name in COUNTERS}} for ip, row in sorted(counters.items())]


class Session:
    """One connection; counts the logins that the server refused in it."""

    def __init__(self, truth, scene, service, ip, tls):
        self.truth, self.scene, self.service, self.ip = truth, scene, service, ip
        self.protocol = CHECKS.get(service, service)
        self.refused, self.accepted, self.tag = 0, False, 0
        server = SERVER_V6 if ":" in ip else SERVER
        self.socket = socket.create_connection((server, PORTS[service]), TIMEOUT, source_address=(ip, 0))
        if tls:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self.socket = context.wrap_socket(self.socket)
        self.file = self.socket.makefile("rb")

    def greet(self):
        """What a server says first."""
        if self.service == "sieve":
            self.until(b"OK", b"NO", b"BYE")
        else:
            self.file.readline()
        if self.service == "submission":
            self.send(b"EHLO laptop")
            self.smtp_reply()
        return self

    def send(self, line):
        self.socket.sendall(line + b"\r\n")

    def until(self, *starts):
        """The first line that begins so."""
        while True:
            line = self.file.readline()
            if not line or line.startswith(starts):
                return line

    def smtp_reply(self):
        while True:
            line = self.file.readline()
            if not line or line[3:4] != b"-":
                return line

    def imap(self, command, *literals):
        """A command whose literals follow as the server asks for them. Returns what its tag got."""
        self.tag += 1
        tag = b"a%d" % self.tag
        line = tag + b" " + command
        for literal in literals:
            self.send(line + b" {%d}" % len(literal))
            if not self.until(b"+", tag).startswith(b"+"):
                return b""
            line = literal
        self.send(line)
        return self.until(tag + b" ", b"+")

    def judge(self, user, answer):
        """Whether the server took it."""
        good = {"imap": b"a%d OK" % self.tag, "pop3": b"+OK", "submission": b"235", "sieve": b"OK"}
        ok = answer.startswith(good[self.protocol])
        if ok:
            self.accepted = True
            self.truth.check(self.scene, self.ip, self.service, user)
        else:
            self.refused += 1
        return ok

    def plain(self, user, password):
        return base64.b64encode(b"\0" + user.encode("utf-8", "surrogateescape") + b"\0" + password.encode())

    def login(self, user, password="secret", how="plain"):
        """how: plain (SASL), login (LOGIN, USER and PASS), literal (IMAP), sasl-login."""
        raw = user.encode("utf-8", "surrogateescape")
        if self.protocol == "imap":
            answer = self.imap_login(raw, user, password, how)
        elif self.protocol == "pop3":
            if how == "login":
                self.send(b"USER " + raw)
                answer = self.file.readline()
                if answer.startswith(b"+OK"):
                    self.send(b"PASS " + password.encode())
                    answer = self.file.readline()
            else:
                self.send(b"AUTH PLAIN " + self.plain(user, password))
                answer = self.file.readline()
        elif self.service == "submission":
            self.send(b"AUTH PLAIN " + self.plain(user, password))
            answer = self.smtp_reply()
        else:
            self.send(b'AUTHENTICATE "PLAIN" "' + self.plain(user, password) + b'"')
            answer = self.until(b"OK", b"NO", b"BYE")
        return self.judge(user, answer)

    def imap_login(self, raw, user, password, how):
        if how == "literal":
            return self.imap(b"LOGIN", raw, password.encode())
        if how == "login":
            quoted = raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
            return self.imap(b'LOGIN "' + quoted + b'" ' + password.encode())
        if how == "sasl-login":
            self.imap(b"AUTHENTICATE LOGIN")
            self.send(base64.b64encode(raw))
            self.file.readline()
            self.send(base64.b64encode(password.encode()))
            return self.until(b"a%d " % self.tag)
        return self.imap(b"AUTHENTICATE PLAIN " + self.plain(user, password))

    def quit(self):
        """Goodbye, as the protocol has it."""
        word = {"imap": b"z LOGOUT", "pop3": b"QUIT", "submission": b"QUIT", "sieve": b"LOGOUT"}
        try:
            self.send(word[self.protocol])
            self.file.read()
        except OSError:
            pass
        self.drop()

    def drop(self):
        """The connection ends; what was refused in it counts, unless it ended as a login."""
        self.file.close()
        self.socket.close()
        if not self.accepted:
            self.truth.failed(self.scene, self.ip, self.refused)
            self.refused = 0


class Traffic:
    def __init__(self):
        self.truth = Truth()
        self.pool = concurrent.futures.ThreadPoolExecutor(16)
        self.guesses = []

    def open(self, scene, service, ip):
        return self.connect(scene, service, ip, service in ("imaps", "pop3s")).greet()

    def connect(self, scene, service, ip, tls=False):
        return Session(self.truth, scene, service, ip, tls)

    def log_in(self, scene, service, user, ip=CUSTOMER, how="plain", count=1):
        """Somebody who may."""
        for _ in range(count):
            session = self.open(scene, service, ip)
            assert session.login(user, how=how), f"{scene}: {user} could not log in"
            session.quit()

    def fail(self, *args, **how):
        """Somebody who may not; many at a time, since a wrong password is answered late."""
        self.guesses.append(self.pool.submit(self.guess, *args, **how))

    def guess(self, scene, service, user, ip=THIEF, how="plain", tries=1, end="quit"):
        session = self.open(scene, service, ip)
        for _ in range(tries):
            assert not session.login(user, "wrong", how), f"{scene}: {user} could log in"
        getattr(session, end)()

    @staticmethod
    def pause(seconds):
        time.sleep(seconds)


def run(scenes):
    """Play them and print the truth."""
    traffic = Traffic()
    for scene in scenes:
        scene(traffic)
    for guess in traffic.guesses:
        guess.result()
    traffic.pause(2)  # until the last line is written
    json.dump(traffic.truth.document(), sys.stdout, indent=1)
    print()
