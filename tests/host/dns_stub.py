# SPDX-License-Identifier: MIT
"""dns_stub.py: a name server that knows the two clients which have a name, so that Exim logs both kinds of client."""
import asyncio
import socket
import struct

A, PTR = 1, 12
HOSTS = {"desk.customer.test": "198.51.100.8", "mx.friend.test": "203.0.113.8"}


def encode(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


RECORDS = {}
for host, address in HOSTS.items():
    RECORDS[encode(host), A] = socket.inet_aton(address)
    RECORDS[encode(".".join(reversed(address.split("."))) + ".in-addr.arpa"), PTR] = encode(host)
NAMES = {name for name, _ in RECORDS}


class DnsStub(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        end = data.index(b"\0", 12) + 1
        name, kind = data[12:end].lower(), struct.unpack_from(">H", data, end)[0]
        record = RECORDS.get((name, kind))
        flags = 0x8580 if name in NAMES else 0x8583  # authoritative answer, or no such name
        reply = data[:2] + struct.pack(">HHHHH", flags, 1, 1 if record else 0, 0, 0) + data[12:end + 4]
        if record:
            reply += b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(record)) + record
        self.transport.sendto(reply, addr)
