# SPDX-License-Identifier: MIT
"""postfix_client.py: mail through the Postfix of postfix_host.sh."""
import pathlib
import smtplib
import subprocess
import time

from mail_client import STRANGER, TESTHOST, Traffic

FILTER = pathlib.Path(__file__).with_name("content_filter.py")

FILTERS = {
    "xforward": "content_filter=filter:[127.0.0.1]:10024",
    "proxy": "content_filter=filter:[127.0.0.1]:10026",
    "pipe": "content_filter=pipefilter:dummy",
}


class PostfixTraffic(Traffic):
    host, server, server_v6 = "px", "10.99.0.3", "fd99::3"

    def __init__(self):
        super().__init__()
        path = subprocess.run([TESTHOST, "path", self.host], check=True, capture_output=True, text=True).stdout
        self.root = pathlib.Path(path.strip())
        self.filter = None

    def odd(self, scene, login, recipients, **how):
        """There are accounts with such names in the password database, whose realm begins at the first @."""
        user, _, realm = login.partition("@")
        self.on_server("saslpasswd2", "-p", "-c", "-u", realm, user, input=b"secret")
        super().odd(scene, login, recipients, **how)

    def loopback(self, scene, user, recipients, sender, **text):
        """Postfix does not say which user it was."""
        self.truth.relay(scene, sender, recipients)
        self.from_loopback(scene, user, recipients, sender, **text)

    def as_script(self, user, *command):
        """Any other program of a local user."""
        self.on_server(*self.user_shell(user, self.home(user)), *command)

    def denied(self, scene, sender, recipient, source=STRANGER, helo="laptop"):
        """A stranger may not relay: nothing of it comes into the queue."""
        with smtplib.SMTP(self.server, 25, helo, timeout=30, source_address=(source, 0)) as smtp:
            self.expect(scene, 250, smtp.ehlo())
            self.expect(scene, 250, smtp.docmd("MAIL", f"FROM:<{sender}>"))
            self.expect(scene, 554, smtp.docmd("RCPT", f"TO:<{recipient}>"))

    def requeue(self, option):
        """postsuper for the whole queue."""
        self.settle()
        self.on_server("postsuper", option, "ALL", stderr=subprocess.DEVNULL)

    def configure(self, *settings):
        self.settle()
        self.on_server("postconf", "-e", *settings)
        self.on_server("postfix", "reload", stderr=subprocess.DEVNULL)
        time.sleep(1)

    def filtering(self, kind):
        """From now on all mail passes a content filter, which gives it back as a second message."""
        if not self.filter:
            self.filter = subprocess.Popen(["ip", "netns", "exec", self.netns(), "python3", "-B", FILTER],
                                           stdout=subprocess.PIPE)
            self.filter.stdout.readline()
        self.settle()
        if kind == "pipe":  # what it gives back must not be filtered again
            self.on_server("postconf", "-P", f"smtp/inet/{FILTERS[kind]}", f"submission/inet/{FILTERS[kind]}")
            self.configure("content_filter=", "receive_override_options=")
        else:  # aliases are resolved behind the filter
            self.configure(FILTERS[kind], "receive_override_options=no_address_mappings")

    def finish(self):
        try:
            return super().finish()
        finally:
            if self.filter:
                self.filter.terminate()
                self.filter.wait()

    def run_queue(self):
        self.on_server("postqueue", "-f")
        time.sleep(1)

    def is_busy(self):
        """A message lies in the queue, and not because it was put off."""
        return any(path.is_file() for name in ("maildrop", "incoming", "active")
                   for path in (self.root / "var/spool/postfix" / name).rglob("*"))
