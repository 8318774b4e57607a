#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""flood.py KIND N: an Exim log of N messages, each with a name of its own that a stranger or a customer chose.

KIND is senders (domains of senders), forwarders (addresses of a.example that take any name), scripts (directories of
alice) or mailboxes (spellings of a login of alice). 100,000 messages an hour.
"""
import sys
import time

START = 1795312800  # 2026-11-22 02:00:00


def message_id(n):
    return f"1x{n // 62 ** 2 % 10000:04d}-{n:011d}-0nge"


def arrival(kind, n):
    if kind == "senders":
        return f"<= x@d{n}.test H=(x) [203.0.113.7]:25 P=esmtp S=100 for joe@a.example"
    if kind == "forwarders":
        return f"<= x@far.test H=(x) [203.0.113.7]:25 P=esmtp S=100 for u{n}@a.example"
    if kind == "mailboxes":
        return (f"<= joe@a.example H=(x) [198.51.100.7]:25 P=esmtpa A=PLAIN:joe+{n}@a.example S=100 "
                "for r@far.test")
    return "<= alice@hoster.test U=alice P=local S=100 for r@far.test"


def delivery(kind, n):
    if kind == "senders":
        return "=> joe <joe@a.example> R=local T=maildir"
    original = f" <u{n}@a.example>" if kind == "forwarders" else ""
    return f"=> r@far.test{original} R=dns T=remote_smtp H=mx.far.test [192.0.2.1]"


def main(kind, total):
    write = sys.stdout.write
    for n in range(int(total)):
        if n % 1000 == 0:
            stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(START + n * 3600 // 100000))
        front = f"{stamp} +0000 [{n % 30000}] "
        if kind == "scripts":
            write(f"{front}cwd=/home/alice/w/d{n} 3 args: /usr/sbin/sendmail -t\n")
        for text in (arrival(kind, n), delivery(kind, n), "Completed"):
            write(f"{front}{message_id(n)} {text}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
