"""One conversation through the SMTP front: each command goes to the mailbox and its answer back, until a blow falls."""

import asyncio
import re
from typing import Protocol

from tests.faults.matrix.smtp_blows import At, Blow, Handed, Harm, Refusal

LARGEST = 64 * 1024 * 1024
"""Bytes of one mail."""
_END = b"\r\n.\r\n"
_MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>\r\n]+>)", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(rb"<([^>]*)>")
_COMMANDS = {b"MAIL": At.MAIL, b"RCPT": At.RCPT, b"DATA": At.DATA}
_CLOSING = 421
HEARD_AFTER = 1.0
"""Seconds after an answer in which a client that is going to fall without having read it does so."""


class Surgery(Protocol):
    """What a session needs of its front."""

    def blow(self, at: At) -> Blow | None:
        """The one that falls at this moment, counted; None when all is well."""

    def handed_over(self, handed: Handed) -> None:
        """A client was asked for a text."""

    def taken_by_mailbox(self, handed: Handed) -> None:
        """The mailbox has accepted a text."""

    def refused(self, refusal: Refusal) -> None:
        """A client was refused."""

    def fall(self) -> None:
        """Everything ends at once, as when a server dies."""


class Session:
    """A client's conversation. `in_mail` says that it is between MAIL and the answer to the final dot."""

    def __init__(self, front: Surgery, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, mailbox: tuple[str, int]) -> None:
        self._front = front
        self._reader, self._writer = reader, writer
        self._mailbox = mailbox
        self._upstream: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._hello = b""
        self._recipients: tuple[str, ...] = ()
        self._unheard: Handed | None = None
        self._over = False
        self.in_mail = False

    async def run(self) -> None:
        """Converse until one side ends it."""
        try:
            greeting = await self._open_upstream()
            blow = self._front.blow(At.GREETING)
            if blow is not None:
                await self._suffer(blow, None)
                return
            await self._say(greeting)
            while (line := await self._reader.readline()).endswith(b"\n") and await self._command(line):
                pass
        except (OSError, EOFError, asyncio.LimitOverrunError):
            pass  # one side is gone, and so the other is let go
        finally:
            self._over = True
            self._writer.close()  # what was said goes out
            if self._upstream is not None:
                self._upstream[1].transport.abort()

    def drop(self) -> None:
        """End both sides without a word."""
        self._over = True
        self._writer.transport.abort()
        if self._upstream is not None:
            self._upstream[1].transport.abort()

    async def _command(self, line: bytes) -> bool:
        """One command and its answer; False at the end of the conversation."""
        at = self._note(line)
        blow = self._front.blow(at) if at is not None else None
        if blow is not None:
            return await self._suffer(blow, None)
        answer = await self._ask(line)
        await self._say(answer)
        if at is At.DATA and answer.startswith(b"354"):
            return await self._text()
        return not line.upper().startswith(b"QUIT")

    def _note(self, line: bytes) -> At | None:
        """Keep what the command tells."""
        verb = line[:4].upper()
        if self._unheard is not None:
            self._unheard.heard, self._unheard = True, None
        if verb in {b"EHLO", b"HELO"}:
            self._hello = line
        elif verb == b"MAIL":
            self.in_mail, self._recipients = True, ()
        elif verb == b"RCPT":
            self._recipients += tuple(address.decode("utf-8", "replace") for address in _ADDRESS.findall(line)[:1])
        elif verb in {b"RSET", b"QUIT"}:
            self.in_mail = False
        return _COMMANDS.get(verb)

    async def _text(self) -> bool:
        """The text and the answer to its final dot."""
        handed = Handed(self._recipients)
        self._front.handed_over(handed)
        try:
            text = await self._reader.readuntil(_END)
        except asyncio.IncompleteReadError as error:
            handed.message_id = _message_id(error.partial)
            raise
        handed.message_id = _message_id(text)
        blow = self._front.blow(At.DOT)
        answer = b""
        if blow is None or blow.taking:
            answer = await self._ask(text)
            if answer.startswith(b"250"):
                handed.taken = True
                self._front.taken_by_mailbox(handed)
        if blow is not None:
            return await self._suffer(blow, handed)
        await self._say(answer)
        self._unheard = handed
        self.in_mail = False
        asyncio.get_running_loop().call_later(HEARD_AFTER, self._not_cut_off, handed)
        return True

    def _not_cut_off(self, handed: Handed) -> None:
        """A client that is there a moment after the answer was sent has it, unless something on the way keeps it back."""
        handed.stayed = not self._over

    async def _suffer(self, blow: Blow, handed: Handed | None) -> bool:
        """Let the blow fall; False when the conversation is over."""
        if blow.harm is Harm.DIE:
            self._front.fall()
            return False
        if blow.harm is Harm.HANG:
            while await self._reader.read(65536):
                pass
            return False
        if handed is not None:
            await self._forget_text()
            self._unheard = handed
        self._front.refused(Refusal(blow.code, blow.at, self._recipients, handed.message_id if handed else None))
        self.in_mail = False
        await self._say(f"{blow.code} {'4' if blow.code < 500 else '5'}.3.0 as asked\r\n".encode())  # RFC 5321's classes
        return blow.code != _CLOSING and blow.at is not At.GREETING

    async def _forget_text(self) -> None:
        """The mailbox waits for the text that it is not to have: go on in a new conversation with it."""
        if self._upstream is not None:
            self._upstream[1].transport.abort()
        await self._open_upstream()
        if self._hello:
            await self._ask(self._hello)

    async def _open_upstream(self) -> bytes:
        """Returns the mailbox's greeting."""
        self._upstream = await asyncio.open_connection(*self._mailbox, limit=LARGEST)
        return await self._answer()

    async def _ask(self, what: bytes) -> bytes:
        if self._upstream is None:
            raise ConnectionError
        self._upstream[1].write(what)
        await self._upstream[1].drain()
        return await self._answer()

    async def _answer(self) -> bytes:
        """The mailbox's whole answer, all its lines."""
        if self._upstream is None:
            raise ConnectionError
        answer = b""
        while True:
            line = await self._upstream[0].readline()
            if not line.endswith(b"\n"):
                raise EOFError
            answer += line
            if line[3:4] != b"-":
                return answer

    async def _say(self, what: bytes) -> None:
        self._writer.write(what)
        await self._writer.drain()


def _message_id(text: bytes) -> str | None:
    found = _MESSAGE_ID.search(text.partition(b"\r\n\r\n")[0])
    return found[1].decode("utf-8", "replace") if found else None
