"""`python -m bench.load.sink`: a mail server that takes every mail and throws it away, noting who it was for and when.

It speaks as much SMTP as a client needs. Each mail is a line of the log: the time at which it was accepted, in seconds since the epoch,
the recipient, and the purpose that the mail's header names.
"""

import argparse
import asyncio
import re
import time
from pathlib import Path
from typing import TextIO, cast

import uvloop

from deploy.embedded.ports import LOOPBACK

PURPOSE = re.compile(rb"^X-Atelier-Purpose: ([a-z_-]+)", re.MULTILINE)
END = b"\r\n.\r\n"
FLUSH_EACH = 0.05


class Conversation(asyncio.Protocol):
    """One client. Commands may come in one packet with those before them."""

    def __init__(self, log: TextIO) -> None:
        self._log = log
        self._buffer = bytearray()
        self._recipient = ""
        self._in_text = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Protocol's."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are none by type
        self._say(b"220 sink.localhost\r\n")

    def data_received(self, data: bytes) -> None:
        """Protocol's."""
        self._buffer += data
        while self._take_text() if self._in_text else self._take_command():
            pass

    def _take_text(self) -> bool:
        end = self._buffer.find(END)
        if end < 0:
            return False
        purpose = PURPOSE.search(self._buffer, 0, end)
        self._log.write(f"{time.time():.4f} {self._recipient} {purpose[1].decode() if purpose else '-'}\n")
        del self._buffer[: end + len(END)]
        self._in_text = False
        self._say(b"250 2.0.0 taken\r\n")
        return True

    def _take_command(self) -> bool:
        end = self._buffer.find(b"\r\n")
        if end < 0:
            return False
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        verb = line[:4].upper()
        if verb == b"EHLO":
            self._say(b"250-sink.localhost\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 33554432\r\n")
        elif verb == b"DATA":
            self._in_text = True
            self._say(b"354 go on\r\n")
        elif verb == b"QUIT":
            self._say(b"221 2.0.0 bye\r\n")
            if self._transport is not None:
                self._transport.close()
        else:
            if verb == b"RCPT":
                self._recipient = line.partition(b"<")[2].partition(b">")[0].decode("utf-8")
            self._say(b"250 2.0.0 OK\r\n")
        return True

    def _say(self, words: bytes) -> None:
        if self._transport is not None:
            self._transport.write(words)


async def serve(port: int, log: Path) -> None:
    """Until killed."""
    with log.open("a", encoding="utf-8") as file:
        server = await asyncio.get_running_loop().create_server(lambda: Conversation(file), LOOPBACK, port)
        async with server:
            while True:
                await asyncio.sleep(FLUSH_EACH)
                file.flush()


def main() -> None:
    """Read what is asked and serve."""
    parser = argparse.ArgumentParser(prog="python -m bench.load.sink", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--log", type=Path, required=True)
    asked = parser.parse_args()
    uvloop.run(serve(asked.port, asked.log))


if __name__ == "__main__":
    main()
