#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""content_filter.py: an after-queue filter of SMTP, as amavisd is one, that finds nothing.

What comes in on 127.0.0.1:10024 goes back to 127.0.0.1:10025 at once, and the answer tells the second queue id. What
comes in on 10026 does so without XFORWARD.
"""
import asyncio

BACK = ("127.0.0.1", 10025)


async def reply(reader):
    """All lines of a reply."""
    lines = [await reader.readline()]
    while lines[-1][3:4] == b"-":
        lines.append(await reader.readline())
    return lines


def offer(lines, hidden):
    """An EHLO reply without the words that the filter cannot keep."""
    kept = [line[4:] for line in lines if not line[4:].strip().startswith(hidden)]
    return [b"250-" + line for line in kept[:-1]] + [b"250 " + kept[-1]]


def serve(hidden):
    async def relay(reader, writer):
        back_reader, back = await asyncio.open_connection(*BACK)
        writer.writelines(await reply(back_reader))
        while command := await reader.readline():
            back.write(command)
            lines = await reply(back_reader)
            if command[:4].upper() == b"EHLO":
                lines = offer(lines, hidden)
            writer.writelines(lines)
            if command[:4].upper() == b"DATA" and lines[0].startswith(b"354"):
                while (line := await reader.readline()) not in (b".\r\n", b""):
                    back.write(line)
                back.write(b".\r\n")
                answer = (await reply(back_reader))[0]
                writer.write(answer[:9] + b" from MTA(smtp:[127.0.0.1]:10025): " + answer)
            if command[:4].upper() == b"QUIT":
                break
        back.close()
        writer.close()
    return relay


async def main():
    filters = [await asyncio.start_server(serve((b"PIPELINING", b"CHUNKING", *hidden)), "127.0.0.1", port)
               for port, hidden in ((10024, ()), (10026, (b"XFORWARD",)))]
    print("ready", flush=True)
    await asyncio.gather(*(filter.serve_forever() for filter in filters))


if __name__ == "__main__":
    asyncio.run(main())
