#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""firewall_net.py - the two ends of a wire with a firewall on one of them.

    firewall_net.py serve ADDRESS PORT...     greet whoever connects, then say again what is said, until killed
    firewall_net.py connect TO PORT N FROM... N connections from each address, one after the other;
                                              prints "FROM GREETED REFUSED" for each
    firewall_net.py hold TO PORT FROM         one connection that stays; says each line of the input to the other end,
                                              and prints what comes back
    firewall_net.py forge TO PORT N NETWORK   N first packets, of as many addresses of an IPv4 network
"""
import ipaddress
import selectors
import socket
import struct
import sys


def greet(server, waiting):
    c, _ = server.accept()
    try:
        c.sendall(b"+OK\r\n")
        waiting.register(c, selectors.EVENT_READ, answer)
    except OSError:
        c.close()


def answer(c, waiting):
    try:
        said = c.recv(4096)
        c.sendall(said)
    except OSError:
        said = b""
    if not said:
        waiting.unregister(c)
        c.close()


def serve(address, ports):
    waiting = selectors.DefaultSelector()
    for port in ports:
        s = socket.create_server((address, int(port)), family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                                 backlog=1000)
        waiting.register(s, selectors.EVENT_READ, greet)
    print("ready", flush=True)
    while True:
        for key, _ in waiting.select():
            key.data(key.fileobj, waiting)


def is_greeted(to, port, source):
    try:
        with socket.create_connection((to, port), timeout=5, source_address=(source, 0)) as c:
            return c.recv(5) == b"+OK\r\n"
    except ConnectionError:
        return False


def connect(to, port, n, sources):
    for source in sources:
        greeted = sum(is_greeted(to, int(port), source) for _ in range(int(n)))
        print(source, greeted, int(n) - greeted)


def hold(to, port, source):
    with socket.create_connection((to, int(port)), timeout=5, source_address=(source, 0)) as c:
        print(c.recv(5).decode().strip(), flush=True)
        for line in sys.stdin:
            c.sendall(line.encode())
            print(c.recv(4096).decode(), end="", flush=True)


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def forge(to, port, n, network):
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    to_bytes = socket.inet_aton(to)
    for i, source in zip(range(int(n)), ipaddress.ip_network(network).hosts()):
        tcp = struct.pack("!HHIIBBHHH", 1024 + i % 60000, int(port), i, 0, 5 << 4, 2, 65535, 0, 0)
        pseudo = source.packed + to_bytes + struct.pack("!BBH", 0, 6, len(tcp))
        tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40, i & 0xffff, 0, 64, 6, 0, source.packed, to_bytes)
        raw.sendto(ip + tcp, (to, 0))
    print("forged", n)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2], sys.argv[3:])
    elif sys.argv[1] == "connect":
        connect(*sys.argv[2:5], sys.argv[5:])
    elif sys.argv[1] == "hold":
        hold(*sys.argv[2:5])
    else:
        forge(*sys.argv[2:6])
