"""A real SMTP server that keeps what it takes and misbehaves on request."""

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class MailServer:
    """`taken` holds the mails answered with 250 and, in `swallowed`, those whose text arrived and got no answer.

    `refuse_recipient` and `answer_text` may return a reply line in place of the usual; None is the usual. `cut_at` closes connections:
    at "DATA" before the text is asked for, at "dot" after the text arrived.
    """

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    swallowed: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refuse_recipient: Callable[[str], str | None] = lambda _address: None
    answer_text: Callable[[EmailMessage], str | None] = lambda _mail: None
    cut_at: str | None = None
    text_arrived: asyncio.Event = field(default_factory=asyncio.Event)
    answer_allowed: asyncio.Event = field(default_factory=asyncio.Event)
    most_at_once: int = 0
    _now: int = 0

    async def handle_RCPT(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]) -> str:  # noqa: N802
        refusal = self.refuse_recipient(address)
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        mail = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            self.text_arrived.set()
            await self.answer_allowed.wait()
            if self.cut_at == "dot":
                self.swallowed.append(mail)
                assert server.transport is not None
                server.transport.abort()
                return "250 never read"
            answer = self.answer_text(mail)
            if answer is None:
                self.taken.append(mail)
                self.recipients += envelope.rcpt_tos
            return answer or "250 OK"
        finally:
            self._now -= 1


class _Server(SMTP):
    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        handler: MailServer = self.event_handler
        if handler.cut_at == "DATA":
            assert self.transport is not None
            self.transport.abort()
            return
        await super().smtp_DATA(arg)


@asynccontextmanager
async def mail_server() -> AsyncIterator[MailServer]:
    handler = MailServer()
    handler.answer_allowed.set()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Server(handler, hostname="mail.test", enable_SMTPUTF8=True), "127.0.0.1", 0)
    handler.port = server.sockets[0].getsockname()[1]
    try:
        yield handler
    finally:
        handler.answer_allowed.set()
        server.close()
