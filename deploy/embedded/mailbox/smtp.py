"""The SMTP side: takes every mail for every address, and says yes only when it is on disk."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.embedded.mailbox.store import Mailbox

LARGEST = 32 * 1024 * 1024


class _Keeper:
    """Hook object of aiosmtpd."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        content = envelope.content
        source = content if isinstance(content, bytes) else (content or "").encode()
        try:
            entry = self._mailbox.keep(source, mail_from=envelope.mail_from or "", recipients=envelope.rcpt_tos)
        except OSError as error:
            return f"452 4.3.1 cannot keep it now: {error.strerror}"
        return f"250 2.0.0 kept as {entry.file_name}"


@contextlib.asynccontextmanager
async def smtp_server(mailbox: Mailbox, *, host: str, port: int) -> AsyncIterator[int]:
    """Serve until left; yields the port, which matters when 0 was asked for."""
    keeper = _Keeper(mailbox)

    def protocol() -> SMTP:
        # The host name is given because looking it up can take seconds on a machine without a resolver.
        return SMTP(keeper, hostname="mailbox.localhost", data_size_limit=LARGEST, enable_SMTPUTF8=True, timeout=600)

    server = await asyncio.get_running_loop().create_server(protocol, host, port)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        await server.wait_closed()
