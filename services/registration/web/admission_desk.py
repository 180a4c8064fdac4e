"""The desk where submissions are decided: those that wait for one workshop at the same moment share one transaction."""

import asyncio
import time
from collections import deque
from contextvars import Context
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from services.registration.domain.form import Submission
from services.registration.domain.personal_link import PersonalLinks
from services.registration.domain.places import Answer, Outcome
from services.registration.settings import RegistrationSettings
from services.registration.web.admission import Attempt, admit
from shared.runtime.clock import Clock
from shared.runtime.database import Pool, transient
from shared.runtime.telemetry import correlation_id, get_logger
from shared.runtime.tracing import traceparent

log = get_logger(__name__)

_FIRST_WAIT, _LONGEST_WAIT = 0.05, 2.0
_SHARE_FOR_RETRIES = 0.8  # of the time a person waits; what remains is for saying that nothing was recorded


class AdmissionUnavailableError(Exception):
    """Nothing was recorded: too many wait, the process stops, or the database is away. The same form may be sent again."""


@dataclass(eq=False, slots=True)
class _Waiting:
    submission: Submission = field(repr=False)
    answer: "asyncio.Future[Answer]"
    deadline: float
    begun: bool = False
    attempt: Attempt = field(default_factory=Attempt)


class AdmissionDesk:
    """Decides the submissions of one web process.

    Each workshop has a line and, while somebody stands in it, one task that takes everybody who waits and decides them
    together. The task belongs to the desk: a visitor who leaves cancels nothing.
    """

    def __init__(self, pool: Pool, clock: Clock, links: PersonalLinks, settings: RegistrationSettings) -> None:
        self._pool = pool
        self._clock = clock
        self._links = links
        self._link_interval = timedelta(seconds=settings.link_interval_seconds)
        self._group, self._queue, self._timeout = settings.admission_group, settings.admission_queue, settings.admission_timeout_seconds
        self._lines: dict[UUID, deque[_Waiting]] = {}
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        self._closed = False

    async def submit(self, workshop_id: UUID, submission: Submission) -> Answer:
        """Stand in line and learn the outcome. PENDING where it could not be learned in time.

        Raises:
            AdmissionUnavailableError: nothing was recorded.
            NotFoundError: there is no such workshop.
        """
        line = self._lines.setdefault(workshop_id, deque())
        if self._closed or len(line) >= self._queue:
            raise AdmissionUnavailableError
        if submission.correlation_id is None:
            submission = replace(submission, correlation_id=correlation_id(), traceparent=traceparent())
        waiting = _Waiting(submission, asyncio.get_running_loop().create_future(), time.monotonic() + self._timeout * _SHARE_FOR_RETRIES)
        line.append(waiting)
        if workshop_id not in self._tasks:
            # A context of its own: what the group does must not carry the correlation id or trace of whoever came first.
            self._tasks[workshop_id] = asyncio.create_task(self._serve(workshop_id, line), context=Context())
        try:
            return await asyncio.wait_for(asyncio.shield(waiting.answer), self._timeout)
        except TimeoutError:
            if waiting.begun:
                return Answer(Outcome.PENDING)
            line.remove(waiting)
            raise AdmissionUnavailableError from None

    async def close(self) -> None:
        """Take nobody else and finish with those who wait."""
        self._closed = True
        while self._tasks:
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _serve(self, workshop_id: UUID, line: deque[_Waiting]) -> None:
        try:
            while line:
                group = [line.popleft() for _ in range(min(len(line), self._group))]
                for waiting in group:
                    waiting.begun = True
                await self._decide(workshop_id, group)
        finally:
            del self._tasks[workshop_id]
            if not line:
                self._lines.pop(workshop_id, None)

    async def _decide(self, workshop_id: UUID, group: list[_Waiting]) -> None:
        try:
            answers = await self._insist(workshop_id, group)
        except Exception as error:  # whatever it is, everybody gets an answer and the desk goes on
            if len(group) > 1 and not transient(error):
                log.warning("group_failed", workshop=str(workshop_id), submissions=len(group), exc_info=error)
                for waiting in group:
                    await self._decide(workshop_id, [waiting])
                return
            for waiting in group:
                _settle(waiting, self._failure(waiting, error))
        else:
            for waiting, answer in zip(group, answers, strict=True):
                _settle(waiting, answer)

    async def _insist(self, workshop_id: UUID, group: list[_Waiting]) -> list[Answer]:
        """Try until it is decided. A commit whose answer was lost is tried again: the form tokens tell what it had decided."""
        wait = _FIRST_WAIT
        while True:
            try:
                return await admit(
                    self._pool,
                    workshop_id,
                    [waiting.submission for waiting in group],
                    [waiting.attempt for waiting in group],
                    links=self._links,
                    link_interval=self._link_interval,
                    now=self._clock.now(),
                )
            except Exception as error:
                if not transient(error) or time.monotonic() + wait > max(waiting.deadline for waiting in group):
                    raise
                log.warning("admission_retried", workshop=str(workshop_id), submissions=len(group), exc_info=error)
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT)

    def _failure(self, waiting: _Waiting, error: Exception) -> Answer | Exception:
        if waiting.attempt.in_doubt:
            return Answer(Outcome.PENDING)
        return AdmissionUnavailableError() if transient(error) else error


def _settle(waiting: _Waiting, outcome: Answer | Exception) -> None:
    if waiting.answer.done():
        return
    if isinstance(outcome, Answer):
        waiting.answer.set_result(outcome)
    else:
        waiting.answer.set_exception(outcome)
        waiting.answer.exception()  # marks it as seen: whoever waited may have left
