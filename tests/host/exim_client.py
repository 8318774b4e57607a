# SPDX-License-Identifier: MIT
"""exim_client.py: mail through the Exim of exim_host.sh."""
import subprocess

from mail_client import Traffic


class EximTraffic(Traffic):
    host, server, server_v6 = "ex", "10.99.0.2", "fd99::2"
    odd_mechanism = "XODD"  # the authenticator that believes every name

    def __init__(self, logging):
        super().__init__()
        self.identified = logging == "cpanel"
        self.daemons = 2 if logging == "syslog" else 1

    def run_queue(self):
        self.on_server("exim4", "-Rf", "once")
        self.on_server("exim4", "-q")

    def is_busy(self):
        """Something else than the daemons runs."""
        pids = subprocess.run(["ip", "netns", "pids", self.netns()], check=True, capture_output=True)
        return len(pids.stdout.split()) != self.daemons
