#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""smtp_sink.py [ADDRESS [PORT]]: the rest of the world's mail server.

Answers RCPT by the local part's first letters:

    nobody...   550 5.1.1 No such user
    spam...     554 5.7.1 refused as spam
    later...    451 4.7.1 try again, every time
    once...     451 4.7.1 try again, the first time (greylisting)
    liar...     550 5.1.1 and words of a Postfix log that say it was sent

Accepts every other recipient, discards the data, and keeps a count of what it accepted.
"""
import asyncio
import collections
import re
import sys

RECIPIENT = re.compile(r"RCPT TO:<(.*)>", re.IGNORECASE)

REFUSALS = {
    "nobody": "550 5.1.1 <{}>: No such user",
    "spam": "554 5.7.1 <{}>: refused as spam",
    "later": "451 4.7.1 <{}>: try again later",
    "once": "451 4.7.1 <{}>: greylisted",
    "liar": "550 5.1.1 <{}>, relay=y[192.0.2.1]:25, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 4FFFFF1234)",
}


class Sink:
    def __init__(self):
        self.accepted = collections.Counter()  # recipients, each once for every message it was in
        self.greylisted = set()

    def recipient(self, address):
        """The answer to RCPT."""
        for prefix, refusal in REFUSALS.items():
            if address.startswith(prefix) and (prefix != "once" or address not in self.greylisted):
                self.greylisted.add(address)
                return refusal.format(address)
        return "250 2.1.5 Ok"

    def answer(self, command, envelope):
        verb = command[:4].upper()
        if verb == "EHLO":
            return "250-sink.test\r\n250-PIPELINING\r\n250 8BITMIME"
        if verb == "RCPT":
            address = RECIPIENT.match(command)[1]
            reply = self.recipient(address)
            if reply.startswith("250"):
                envelope.append(address)
            return reply
        if verb == "DATA":
            return "354 Go ahead" if envelope else "554 5.5.1 No valid recipients"
        return "221 2.0.0 Bye" if verb == "QUIT" else "250 2.0.0 Ok"

    async def serve(self, reader, writer):
        envelope = []
        writer.write(b"220 sink.test ESMTP\r\n")
        while line := await reader.readline():
            command = line.decode("utf-8", "replace").rstrip("\r\n")
            if command[:4].upper() in ("MAIL", "RSET"):
                envelope.clear()
            reply = self.answer(command, envelope)
            writer.write(reply.encode() + b"\r\n")
            if reply.startswith("354"):
                while (await reader.readline()) not in (b".\r\n", b""):
                    pass
                self.accepted.update(envelope)
                writer.write(b"250 2.0.0 Ok: discarded\r\n")
            if reply.startswith("221"):
                break
            await writer.drain()
        writer.close()


async def main(address="127.0.0.1", port=25):
    async with await asyncio.start_server(Sink().serve, address, port) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
