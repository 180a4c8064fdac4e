"""A mail server that takes texts, refuses them, falls silent, and is not always heard."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from services.notifications.delivery.refusals import NoAnswerError, RefusedError, ServerAwayError
from services.notifications.domain.outgoing import Outgoing
from tests.faults.simulation.process import Process


class Mail:
    """As much of a composed mail as sending needs."""

    def __init__(self, message: Outgoing) -> None:
        self.name = f"the mail about {message.purpose.value}"
        self.content = message.message_id.bytes
        self.language = message.recipient.language


class PlainComposer:
    """Composes nothing: what a mail says is no matter here."""

    def compose(self, message: Outgoing, **_moment: object) -> Any:
        return Mail(message)


class MailServer:
    """`taken` is told of each message at the moment it is taken."""

    def __init__(self, taken: Callable[[UUID], None]) -> None:
        self.taken = taken


class Line:
    """A connection to it, in place of the product's; what the product makes of answers is the product's own."""

    def __init__(self, server: MailServer, process: Process) -> None:
        self._server, self._process = server, process

    async def announce(self, mail: Mail) -> None:
        """MAIL and RCPT."""
        await self._process.point(
            f"announces {mail.name}",
            mishaps=(
                ("finds the mail server away", ServerAwayError()),
                ("is told that the recipient is refused for now", RefusedError(451, "the recipient")),
                ("is told that the recipient is refused for good", RefusedError(550, "the recipient")),
            ),
        )

    async def hand_over(self, content: bytes) -> None:
        """DATA and the text; taken or not, the answer may be lost."""
        await self._process.point(
            "hands over the text",
            mishaps=(
                ("is cut off before the text was asked for", ServerAwayError()),
                ("is told that the text is refused for now", RefusedError(451, "the text")),
                ("is told that the text is refused for good", RefusedError(554, "the text")),
                ("gets no answer to a text that was not taken", NoAnswerError()),
            ),
        )
        self._server.taken(UUID(bytes=content))
        await self._process.point("hears that the text was taken", mishaps=(("gets no answer to a text that was taken", NoAnswerError()),))

    async def reset(self) -> None:
        """Nothing to forget."""

    def drop(self) -> None:
        """Nothing to close."""
