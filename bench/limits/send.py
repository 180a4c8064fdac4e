"""`python -m bench.limits.send`: hands mails to a mail server over a few connections, and does nothing else.

What delivery cannot do without: one conversation for each mail, with the client that Atelier uses.
"""

import argparse
import asyncio
from collections import deque

import uvloop
from aiosmtplib import SMTP

from bench.limits.prepared import read
from bench.program import Stopwatch
from deploy.embedded.ports import LOOPBACK


async def send(port: int, connections: int, mails: deque[tuple[str, bytes]]) -> None:
    """Until there is none left."""

    async def one() -> None:
        client = SMTP(hostname=LOOPBACK, port=port, use_tls=False, start_tls=False)
        await client.connect()
        while mails:
            recipient, content = mails.popleft()
            await client.sendmail("atelier@localhost", [recipient], content)
        await client.quit()

    count = len(mails)
    watch = Stopwatch.start()
    await asyncio.gather(*(one() for _ in range(connections)))
    watch.tell(count)


def main() -> None:
    """Read what is asked and send."""
    parser = argparse.ArgumentParser(prog="python -m bench.limits.send", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--connections", type=int, required=True)
    parser.add_argument("--mails", required=True, help="a file with the mails that are sent, each to its own recipient")
    asked = parser.parse_args()
    uvloop.run(send(asked.port, asked.connections, deque(read(asked.mails))))


if __name__ == "__main__":
    main()
