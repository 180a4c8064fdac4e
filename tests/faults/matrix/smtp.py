"""A mail server in front of the mailbox that passes everything through, or hangs, refuses, or dies when asked to.

It speaks no SMTP of its own: what it does not spoil is the mailbox's word. And it counts what the mailbox has accepted, so that a mail
that was sent twice is seen on the wire, whatever becomes of the mailbox.
"""

import asyncio
import socket
import time
from collections import Counter
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self, TypeVar

from tests.faults.matrix.doorway import Doorway, slam
from tests.faults.matrix.smtp_blows import At, Blow, Handed, Harm, Refusal
from tests.faults.matrix.smtp_session import LARGEST, Session

K = TypeVar("K")

__all__ = ["At", "Handed", "Refusal", "SmtpFront"]


class SmtpFront:
    """Listens on `port` and converses with the mailbox at `target`.

    Each mode holds until `clean`, or for so many `times`; sessions that hang stay hung, as those of a dead server do.
    """

    def __init__(self, target: tuple[str, int], *, port: int = 0) -> None:
        self.target = target
        self._doorway = Doorway(self._arrived, port=port)
        self._blow: Blow | None = None
        self._sessions: dict[asyncio.Task[None], Session | None] = {}
        self.struck = 0
        """How often the present mode has met a conversation."""
        self.taken: Counter[str] = Counter()
        """Message-ID to how often the mailbox has accepted it."""
        self.handed: list[Handed] = []
        """Every text that a client was asked for."""
        self.refusals: list[Refusal] = []
        """Every answer of 4xx and 5xx that was the front's own."""

    @property
    def port(self) -> int:
        """Where clients connect, on the loopback interface."""
        return self._doorway.port

    @property
    def transactions(self) -> int:
        """Conversations between MAIL and the answer to the final dot."""
        return sum(session.in_mail for session in self._sessions.values() if session is not None)

    @property
    def refused_for_good(self) -> list[Refusal]:
        """The front's own answers of 5xx: such messages are shown as failed."""
        return [refusal for refusal in self.refusals if refusal.for_good]

    def doubtful(self, *, way_broken: bool = False) -> list[Handed]:
        """Texts asked for whose client may not know the answer: only these messages may be uncertain because of the wire.

        `way_broken`: something between the front and its clients keeps back what either says, so that staying proves nothing.
        """
        return [handed for handed in self.handed if not handed.heard and (way_broken or not handed.stayed)]

    def unrefused(self, failed: Mapping[K, tuple[str, str]]) -> list[K]:
        """Of failed messages, given as (Message-ID, recipient), those that no refusal for good explains.

        At MAIL nothing is known of the message yet: each such refusal explains any one.
        """
        known = [refusal for refusal in self.refused_for_good if refusal.message_id or refusal.recipients]
        unknown = len(self.refused_for_good) - len(known)
        left = [
            key
            for key, (message_id, recipient) in failed.items()
            if not any(message_id == refusal.message_id or recipient in refusal.recipients for refusal in known)
        ]
        return left if len(left) > unknown else []

    def in_doubt(self, message_id: str, recipient: str, *, way_broken: bool = False) -> bool:
        """Whether a message is among the doubtful. Where not even the head of the text arrived, only the recipient tells."""
        return any(
            message_id == handed.message_id or (not handed.message_id and recipient in handed.recipients)
            for handed in self.doubtful(way_broken=way_broken)
        )

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()

    def start(self) -> None:
        """Accept connections."""
        self._doorway.open()

    async def stop(self) -> None:
        """End every conversation and give up the port."""
        self._doorway.release()
        tasks = list(self._sessions)
        self.cut()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # transports close their sockets in the next turn of the loop

    def clean(self) -> None:
        """Pass everything through from now on."""
        self._become(None)

    def refuse(self) -> None:
        """Refuse connections, and end the open ones."""
        self._become(None)
        self._doorway.shut()
        self.cut()

    def hang(self, at: At, *, taking: bool = False, times: int | None = None) -> None:
        """Fall silent in place of the answer. `taking`: at the final dot, the mailbox has the mail before."""
        self._become(Blow(Harm.HANG, at, taking=taking, left=times))
        if at is At.GREETING:
            self.cut()  # else clients would go on with the conversations that they have

    def answer(self, code: int, at: At, *, times: int | None = None) -> None:
        """Answer with this code in place of the mailbox, which hears nothing of it."""
        self._become(Blow(Harm.ANSWER, at, code=code, left=times))
        if at is At.GREETING:
            self.cut()

    def die(self, at: At, *, taking: bool = False) -> None:
        """At that moment of the next mail end all conversations and refuse connections. `taking`: the mailbox has the mail before."""
        self._become(Blow(Harm.DIE, at, taking=taking, left=1))

    def cut(self) -> None:
        """End all conversations now."""
        here = asyncio.current_task()
        for task, session in list(self._sessions.items()):
            if session is not None:
                session.drop()
            if task is not here:
                task.cancel()

    async def until_struck(self, within: float, *, times: int = 1) -> bool:
        """Wait until the present mode has met so many conversations."""
        return await _until(lambda: self.struck >= times, within)

    async def until_under_way(self, within: float) -> bool:
        """Wait until a mail is between MAIL and the answer to its final dot."""
        return await _until(lambda: self.transactions > 0, within)

    def blow(self, at: At) -> Blow | None:
        """The one that falls at this moment of a conversation, counted."""
        blow = self._blow
        if blow is None or blow.at is not at or blow.left == 0:
            return None
        if blow.left is not None:
            blow.left -= 1
        self.struck += 1
        return blow

    def handed_over(self, handed: Handed) -> None:
        """A client was asked for a text."""
        self.handed.append(handed)

    def taken_by_mailbox(self, handed: Handed) -> None:
        """The mailbox has accepted a text."""
        self.taken[handed.message_id or ""] += 1

    def refused(self, refusal: Refusal) -> None:
        """A client was refused."""
        self.refusals.append(refusal)

    def fall(self) -> None:
        """End everything, and be away."""
        self._doorway.shut()
        self.cut()

    def _become(self, blow: Blow | None) -> None:
        self._blow, self.struck = blow, 0
        self._doorway.open()

    def _arrived(self, client: socket.socket) -> None:
        task = asyncio.create_task(self._converse(client), name="SMTP front")
        self._sessions[task] = None
        task.add_done_callback(lambda _task: self._ended(task, client))

    def _ended(self, task: asyncio.Task[None], client: socket.socket) -> None:
        if self._sessions.pop(task) is None:
            slam(client)
        if not task.cancelled() and (error := task.exception()) is not None:
            asyncio.get_running_loop().call_exception_handler({"message": "an SMTP conversation failed", "exception": error})

    async def _converse(self, client: socket.socket) -> None:
        reader, writer = await asyncio.open_connection(sock=client, limit=LARGEST)
        session = Session(self, reader, writer, self.target)
        task = asyncio.current_task()
        if task is not None:
            self._sessions[task] = session
        await session.run()


async def _until(holds: Callable[[], bool], within: float) -> bool:
    deadline = time.monotonic() + within
    while not holds():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.005)
    return True
