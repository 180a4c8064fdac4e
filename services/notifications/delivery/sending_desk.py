"""The desk where senders have written down what they begin and what came of it: those who wait together share one transaction."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import UUID

from services.notifications.domain.message_id import domain_of
from services.notifications.settings import NotificationsSettings
from services.notifications.storage import claims, wake
from services.notifications.storage.claims import Claim
from services.notifications.use_cases.begin_sending import Begin, Beginning, begin_sending
from services.notifications.use_cases.record_outcomes import Outcome, Released, record_outcomes
from services.notifications.use_cases.tell_fates import tell_fates
from shared.runtime.clock import Clock
from shared.runtime.database import Connection, Pool, transient
from shared.runtime.failures import describe
from shared.runtime.telemetry import get_logger
from shared.runtime.tracing import Cause, current_cause
from shared.runtime.waiting import Backoff

log = get_logger(__name__)

UNFORESEEN = 5
"""How often what the mail server said is tried to be written down again after a failure that waiting does not explain."""
PATIENCE = 30.0
"""Seconds that a beginning waits for whoever has locked its registration."""

Written: TypeAlias = "asyncio.Future[Begin | None]"


@dataclass(eq=False, slots=True)
class _Waiting:
    what: Beginning | Outcome
    cause: Cause
    written: Written
    since: float
    after: Sequence[Written] = ()
    unforeseen: int = field(default=0)

    @property
    def claims(self) -> Sequence[Claim]:
        return self.what.claims if isinstance(self.what, Released) else (self.what.claim,)


class SendingDesk:
    """Writes for all senders of one worker.

    It waits for no lock, since many would wait with it: what somebody else has locked stays in line until it is free. An outcome is tried
    until it is written, however long that takes: a database that is away must not make what is known uncertain. Nor must a failure that
    nobody has foreseen; that is tried again a few times, since what is lost here cannot be found out any more. A beginning is tried once:
    whoever hears of a failure gives the message back.
    """

    def __init__(self, settings: NotificationsSettings, *, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._lease = settings.sending_seconds
        self._mail_domain = domain_of(settings.mail_from)
        self._line: deque[_Waiting] = deque()
        self._arrived = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def begin(self, beginning: Beginning, *, after: Sequence[Written] = ()) -> Begin:
        """Judge a message once more and mark it as being sent. Returns once that is committed.

        Args:
            beginning: the message.
            after: outcomes that must be written before it, or with it.
        """
        waiting = self._wait(beginning, after)
        try:
            begun = await asyncio.shield(waiting.written)
        except asyncio.CancelledError:
            # Nobody will hand it over. Written before it is begun, or after.
            self.record(Released((beginning.claim,), 0))
            raise
        if begun is None:
            raise AssertionError
        return begun

    def record(self, outcome: Outcome) -> Written:
        """Have an outcome written down, which need not be waited for."""
        return self._wait(outcome).written

    def _wait(self, what: Beginning | Outcome, after: Sequence[Written] = ()) -> _Waiting:
        loop = asyncio.get_running_loop()
        waiting = _Waiting(what, current_cause(), loop.create_future(), loop.time(), after)
        self._line.append(waiting)
        self._arrived.set()
        if self._task is None:
            # A context of its own: what is written for many must not carry the correlation id or trace of whoever came first.
            self._task = asyncio.create_task(self._serve(), context=Context())
            self._task.add_done_callback(self._ended)
        return waiting

    async def _serve(self) -> None:
        try:
            await self._write_all()
        except BaseException as error:
            self._end(error)
            raise
        finally:
            self._task = None

    def _end(self, error: BaseException) -> None:
        """Where the desk was stopped, those who wait end with it."""
        left, self._line = self._line, deque()
        for waiting in left:
            _settle(waiting, error)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if task is self._task:  # it was stopped before it began
            self._task = None
            self._end(asyncio.CancelledError())

    async def _write_all(self) -> None:
        failing, locked = Backoff(first=0.1, longest=2.0), Backoff(first=0.01, longest=0.2)
        while self._line:
            group = list(self._line)
            self._arrived.clear()
            failed = await self._write_group(group, failing.attempts + 1)
            self._line = deque(waiting for waiting in self._line if not waiting.written.done())
            if failed:
                await asyncio.sleep(failing.next())
            elif any(waiting.written.done() for waiting in group):
                failing.reset()
                locked.reset()
            else:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._arrived.wait(), locked.next())

    async def _write_group(self, group: Sequence[_Waiting], attempt: int) -> bool:
        """Whether something failed that is to be tried again."""
        try:
            written = await self._commit(group)
        except Exception as error:
            if len(group) > 1 and not transient(error):
                log.warning("group_not_written", messages=len(group), exc_info=error)
                failed = [await self._write_group([waiting], attempt) for waiting in group]
            else:
                failed = [self._is_tried_again(waiting, error, attempt) for waiting in group]
            return any(failed)
        for waiting, result in written.items():
            _settle(waiting, result)
        now = asyncio.get_running_loop().time()
        for waiting in group:
            if waiting not in written and isinstance(waiting.what, Beginning) and now - waiting.since > PATIENCE:
                _settle(waiting, TimeoutError("its registration has been locked for too long"))
        return False

    def _is_tried_again(self, waiting: _Waiting, error: Exception, attempt: int) -> bool:
        waiting.unforeseen += not transient(error)
        if isinstance(waiting.what, Beginning) or waiting.unforeseen > UNFORESEEN or self._pool.is_closing():
            _settle(waiting, error)
            return False
        log.warning("outcome_not_recorded_yet", attempt=attempt, cause=describe(error))
        return True

    async def _commit(self, group: Sequence[_Waiting]) -> Mapping[_Waiting, Begin | None]:
        async with self._pool.acquire() as connection, connection.transaction():
            return await self._write(connection, group)

    async def _write(self, connection: Connection, group: Sequence[_Waiting]) -> Mapping[_Waiting, Begin | None]:
        """Outcomes before beginnings: what is judged is judged last. All is told at once: telling locks keys in one order."""
        locked = await claims.lock_free(connection, [claim.message_id for waiting in group for claim in waiting.claims])
        free = [waiting for waiting in group if locked.isdisjoint(claim.message_id for claim in waiting.claims)]
        now = self._clock.now()
        outcomes = {waiting: waiting.what for waiting in free if not isinstance(waiting.what, Beginning)}
        fates = await record_outcomes(connection, list(outcomes.values()), now=now) if outcomes else []
        known = {waiting.written for waiting in outcomes}
        beginnings = {
            waiting: waiting.what
            for waiting in free
            if isinstance(waiting.what, Beginning) and all(written.done() or written in known for written in waiting.after)
        }
        begun: list[Begin] = []
        if beginnings:
            begun, skipped = await begin_sending(connection, list(beginnings.values()), lease_seconds=self._lease, now=now)
            fates += skipped
        if fates:
            causes: dict[UUID, Cause] = {claim.message_id: waiting.cause for waiting in free for claim in waiting.claims}
            await tell_fates(connection, fates, mail_domain=self._mail_domain, now=now, causes=causes)
            await wake.wake_for_following(connection, {fate.registration_id for fate in fates}, now=now)
        return dict.fromkeys(outcomes) | dict(zip(beginnings, begun, strict=True))


def _settle(waiting: _Waiting, result: Begin | BaseException | None) -> None:
    if waiting.written.done():
        return
    if isinstance(result, BaseException):
        waiting.written.set_exception(result)
        waiting.written.exception()  # marks it as seen: whoever waited may have been stopped
    else:
        waiting.written.set_result(result)
