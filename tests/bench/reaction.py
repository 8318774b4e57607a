#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""reaction.py MAILGUARD WORK: how soon watch throttles what is over a limit.

Prints JSON: seconds from the write of a log line to the moment when Exim's map
has the throttle that it leads to, over many lines that come one at a time; and
mails that were logged between the one that reached the limit and that moment,
at so many mails a second. A reader of the map that asks all the time says when
it was; what follows is Exim's, which reads the map for each recipient.
"""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

ALONE = 100  # lines, each of which is a finding
RATES = (50, 500, 5000)  # mails a second
LIMIT = 100  # of each domain of a rate
PATIENCE_S = 30

POLICY = """policy = { name = "bench"; version = "1"; clauses = (
  { id = "one"; rule = "rate"; subject = "mailbox"; count = "recipients"; window = "1h"; limit = 1;
    action = "throttle"; text = "One."; },
  { id = "many"; rule = "rate"; subject = "domain"; count = "recipients"; window = "1h"; limit = %d;
    action = "throttle"; text = "Many."; } ); };
"""


SETTINGS = """sources = ( { name = "mail"; dialect = "exim"; log = "/mainlog"; } );
enforce = { by = [ "exim" ]; throttles = 10000; };
"""


def make_host(root):
    policies = root / "etc/mailguard/policies"
    policies.mkdir(parents=True)
    (policies / "bench.conf").write_text(POLICY % LIMIT)
    (root / "etc/mailguard/mailguard.conf").write_text(SETTINGS)
    (root / "etc/group").write_text("Debian-exim:x:101:\n")
    (root / "etc/passwd").write_text("joe:x:1000:1000::/home/joe:/bin/sh\n")
    names = ["alone.example"] + [f"rate{rate}.example" for rate in RATES]
    (root / "etc/mailguard/domains").write_text("".join(f"{name}: joe\n" for name in names))


class Logger:
    """An Exim that logs arrivals, each by one write."""

    def __init__(self, path):
        self.fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.n = 0

    def arrive(self, login):
        self.n += 1
        line = (
            f"{time.strftime('%F %T', time.gmtime())} 1x{self.n:04d}-0003rl-0M <= {login} H=(x) [192.0.2.7] "
            f"P=esmtpsa A=PLAIN:{login} S=100 for a@far.test\n"
        )
        os.write(self.fd, line.encode())


class Map:
    """Exim's map, which is replaced whole."""

    def __init__(self, host, state):
        self.path = host / "etc/mailguard/maps/exim"
        for _ in range(PATIENCE_S * 100):
            if (state / "health").exists():  # after its first pass
                break
            time.sleep(0.01)

    def has(self, login):
        """Whether mail of a login is refused, as that of its mailbox or of its domain."""
        try:
            text = self.path.read_text(encoding="ascii")
        except FileNotFoundError:
            return False
        return f"\nlogin={login}:" in text or f"\ndomain={login.partition('@')[2]}:" in text


def react_alone(logger, throttled):
    seconds = []
    for i in range(ALONE):
        login = f"u{i}@alone.example"
        time.sleep(random.uniform(0, 0.4))
        began = time.monotonic()
        logger.arrive(login)
        while not throttled.has(login):
            if time.monotonic() - began > PATIENCE_S:
                sys.exit(f"reaction: no throttle of {login}")
            time.sleep(0.001)
        seconds.append(time.monotonic() - began)
    return sorted(seconds)


def overshoot(logger, throttled, rate):
    """Mails behind the LIMITth until the throttle is there."""
    login = f"u@rate{rate}.example"
    began = time.monotonic()
    for i in range(1, rate * PATIENCE_S):
        ahead = began + i / rate - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)
        logger.arrive(login)
        # A look costs as much as some lines: not behind each of 5,000.
        if i >= LIMIT and i % max(1, rate // 500) == 0 and throttled.has(login):
            return i - LIMIT
    sys.exit(f"reaction: no throttle of {login}")


def main():
    mailguard, work = sys.argv[1], Path(sys.argv[2])
    random.seed(1)
    make_host(work / "host")
    logger = Logger(work / "host/mainlog")
    watch = subprocess.Popen(
        [mailguard, "watch", "--quiet", "--root", work / "host", "--accounts", "plain", "--state", work / "state"],
        env={"TZ": ""},
    )
    try:
        throttled = Map(work / "host", work / "state")
        seconds = react_alone(logger, throttled)
        found = {
            "median_s": seconds[len(seconds) // 2],
            "p99_s": seconds[len(seconds) * 99 // 100],
            "overshoot": {str(rate): overshoot(logger, throttled, rate) for rate in RATES},
        }
        with open(f"/proc/{watch.pid}/status", encoding="ascii") as status:
            found["rss_kb"] = next(int(x.split()[1]) for x in status if x.startswith("VmHWM:"))
    finally:
        watch.terminate()
        watch.wait()
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
