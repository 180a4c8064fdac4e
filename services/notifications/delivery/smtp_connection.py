"""One connection to the mail server, kept open between messages, with the conversation cut where it matters."""

import asyncio
import re
import ssl

from aiosmtplib import SMTP
from aiosmtplib.errors import SMTPException
from aiosmtplib.protocol import normalize_message_line_endings

from services.notifications.compose.composer import ComposedMail
from services.notifications.delivery.refusals import NoAnswerError, RefusedError, ServerAwayError, check
from services.notifications.settings import NotificationsSettings

_LOST = (SMTPException, OSError, TimeoutError, asyncio.IncompleteReadError)
_NEEDS_SMTPUTF8 = 553


class SmtpConnection:
    """Announces a message, and hands its text over only in a second step, so that what was committed between them is true.

    Not to be shared: one message at a time.
    """

    def __init__(self, settings: NotificationsSettings) -> None:
        self._settings = settings
        self._smtp: SMTP | None = None
        self._announced = False

    async def announce(self, mail: ComposedMail) -> None:
        """MAIL and RCPT. Connects when there is no connection, once more when the server had closed an idle one.

        A message that was announced before and never handed over, because its sender failed in between, is forgotten first: the
        server would refuse this one for being announced inside the other.

        Raises:
            ServerAwayError: nothing was handed over, and it is no fault of the message.
            RefusedError: the server refuses sender or recipient.
        """
        if self._announced:
            await self.reset()
        reused = self._smtp is not None and self._smtp.is_connected
        try:
            await self._announce(mail)
        except ServerAwayError:
            self.drop()
            if not reused:
                raise
            await self._announce(mail)

    async def hand_over(self, content: bytes) -> None:
        """DATA, the text, and the answer to its final dot.

        Raises:
            ServerAwayError: the connection was lost before the text could leave; nothing was handed over.
            RefusedError: the server answered, and did not take it.
            NoAnswerError: the text was on its way when the connection was lost or fell silent.
        """
        smtp = self._smtp
        if smtp is None:
            raise ServerAwayError
        try:
            start = await smtp.execute_command(b"DATA", timeout=self._settings.smtp_timeout)
            check(start.code, (354,), "the text")
        except _LOST as error:
            self.drop()
            raise ServerAwayError from error
        protocol = smtp.protocol
        if protocol is None:
            raise ServerAwayError
        text = as_data(content)
        try:
            protocol.write(text)
        except _LOST as error:  # lost since the server asked: refused before the first byte
            self.drop()
            raise ServerAwayError from error
        try:
            answer = await protocol.read_response(timeout=self._settings.smtp_timeout)
        except _LOST as error:
            self.drop()
            raise NoAnswerError from error
        if answer.code != 250:  # noqa: PLR2004  # the one answer that means taken
            if answer.code == 421:  # noqa: PLR2004  # closing: said after the final dot, it is an answer all the same
                self.drop()
            raise RefusedError(answer.code, "the text")
        self._announced = False

    async def reset(self) -> None:
        """Forget an announced message, so that the connection can carry the next one."""
        self._announced = False
        if self._smtp is None:
            return
        try:
            await self._smtp.rset(timeout=self._settings.smtp_timeout)
        except _LOST:
            self.drop()

    def drop(self) -> None:
        """Close the connection without ceremony."""
        self._announced = False
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None

    async def _announce(self, mail: ComposedMail) -> None:
        smtp = await self._connected()
        international = mail.recipient.international
        if international and not smtp.supports_extension("smtputf8"):
            raise RefusedError(_NEEDS_SMTPUTF8, "an address that needs SMTPUTF8")
        options = [b"SMTPUTF8", b"BODY=8BITMIME"] if international else []
        timeout = self._settings.smtp_timeout
        self._announced = True
        try:
            answer = await smtp.execute_command(b"MAIL", f"FROM:<{mail.sender}>".encode(), *options, timeout=timeout)
            check(answer.code, (250,), "the sender")
            answer = await smtp.execute_command(b"RCPT", f"TO:<{mail.recipient}>".encode(), timeout=timeout)
            check(answer.code, (250, 251), "the recipient")
        except _LOST as error:
            raise ServerAwayError from error

    async def _connected(self) -> SMTP:
        if self._smtp is not None and self._smtp.is_connected:
            return self._smtp
        settings = self._settings
        smtp = SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_username or None,
            password=settings.smtp_password.get_secret_value() or None,
            start_tls=settings.smtp_starttls,
            tls_context=ssl.create_default_context() if settings.smtp_starttls else None,
            local_hostname=_own_name(settings),
            timeout=settings.smtp_timeout,
        )
        try:
            await smtp.connect()
            await smtp.ehlo()
        except _LOST as error:
            smtp.close()
            raise ServerAwayError from error
        self._smtp = smtp
        return smtp


def as_data(content: bytes) -> bytes:
    """A mail as it follows DATA: in lines that end with CRLF, no line a lone dot but the last (RFC 5321, 4.5.2).

    Our mails have such lines already; to look whether it is so takes less than to rewrite them.
    """
    ends = content.count(b"\r\n")
    if not (content.count(b"\n") == content.count(b"\r") == ends and content.endswith(b"\r\n")):
        content = normalize_message_line_endings(content)
    if content.startswith(b"."):
        content = b"." + content
    return content.replace(b"\n.", b"\n..") + b".\r\n"


def _own_name(settings: NotificationsSettings) -> str:
    # Asking the machine for its full name may take seconds where name servers are away.
    name = settings.mail_from.rpartition("@")[2]
    return name if re.fullmatch(r"[A-Za-z0-9.-]+", name) else "localhost"
