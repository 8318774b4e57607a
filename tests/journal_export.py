#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""journal_export.py [--uid TAG=UID]... [--first N] [--binary]: a syslog file as an export of systemd's journal.

Reads lines with RFC 3339 stamps on standard input and writes what `journalctl -o export` would print if the programs
had logged to journald: their first line, the tag up to the first slash, decides the user id (default 106, postfix).
--first is the number of the first entry, --binary writes the text of each entry with a length in front, as journald
does for those that are not plain text.
"""
import argparse
import datetime
import re
import struct
import sys

SERIES = "5c212859bfe0428cb201025a3bb7bef9"
BOOT = "6c7c6013a26343b29e964691ff25d04c"
LINE = re.compile(rb"(\S+) (\S+) ([^ \[:]+)(?:\[(\d+)\])?: (.*)")


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--uid", action="append", default=[])
    p.add_argument("--first", type=int, default=1)
    p.add_argument("--binary", action="store_true")
    args = p.parse_args()
    uids = dict(pair.split("=") for pair in args.uid)
    number = args.first
    for line in sys.stdin.buffer:
        match = LINE.match(line.rstrip(b"\n"))
        if not match:
            continue
        stamp, _, tag, pid, text = match.groups()
        at = datetime.datetime.fromisoformat(stamp.decode())
        us = (at - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(microseconds=1)
        uid = uids.get(tag.decode().split("/", maxsplit=1)[0], "106")
        entry = [f"__CURSOR=s={SERIES};i={number:x};b={BOOT};m=0;t={us:x};x={number:x}",
                 f"__REALTIME_TIMESTAMP={us}", "__MONOTONIC_TIMESTAMP=0", f"_BOOT_ID={BOOT}", "_TRANSPORT=syslog",
                 "PRIORITY=6", "SYSLOG_FACILITY=2", f"SYSLOG_IDENTIFIER={tag.decode()}", f"_UID={uid}",
                 f"_PID={(pid or b'0').decode()}"]
        out = "\n".join(entry).encode() + b"\n"
        if args.binary:
            out += b"MESSAGE\n" + struct.pack("<Q", len(text)) + text + b"\n"
        else:
            out += b"MESSAGE=" + text + b"\n"
        sys.stdout.buffer.write(out + b"\n")
        number += 1


if __name__ == "__main__":
    main()
