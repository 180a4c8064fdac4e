"""Web processes, and the people who send forms to them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from services.registration.domain.actor import PARTICIPANT
from services.registration.domain.form import Submission
from services.registration.domain.places import Answer, Outcome
from services.registration.use_cases.withdraw_registration import withdraw_registration
from services.registration.web.admission_desk import AdmissionDesk, AdmissionUnavailableError
from shared.runtime.failures import transient
from tests.faults.simulation.process import Process
from tests.faults.simulation.settings import LINKS, REGISTRATION

AGAIN_AFTER = 1.0
"""Seconds after which somebody who got no answer tries again."""


class Web:
    """A web process of registration behind its address: requests reach whoever lives there now."""

    def __init__(self, pool: Callable[[Process], Any], clock: Any) -> None:
        self._new_pool = pool
        self._clock = clock
        self._process: Process | None = None

    async def live(self, process: Process) -> None:
        self._pool = self._new_pool(process)
        self.desk = AdmissionDesk(self._pool, self._clock, LINKS, REGISTRATION)
        self._process = process

    async def ask(self, who: str, work: Callable[[], Awaitable[Any]]) -> Any:
        """Send a request and wait for its answer.

        Raises:
            ConnectionError: nobody is there, or has died before it answered.
        """
        process = self._process
        if process is None or not process.alive:
            raise ConnectionRefusedError
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def hang_up() -> None:
            if not answer.done():
                answer.set_exception(ConnectionResetError())

        process.at_death.append(hang_up)
        process.spawn(self._answer(process, who, work, answer))
        return await answer

    async def submit(self, who: str, workshop_id: UUID, submission: Submission) -> Answer:
        """Send the form."""
        answer: Answer = await self.ask(who, lambda: self.desk.submit(workshop_id, submission))
        return answer

    async def withdraw(self, who: str, registration_id: UUID) -> None:
        """Follow the personal link and withdraw."""

        async def work() -> None:
            async with self._pool.acquire() as connection, connection.transaction():
                await withdraw_registration(connection, registration_id, by="participant", actor=PARTICIPANT, now=self._clock.now())

        await self.ask(who, work)

    @staticmethod
    async def _answer(process: Process, who: str, work: Callable[[], Awaitable[Any]], answer: "asyncio.Future[Any]") -> None:
        try:
            result, error = await work(), None
        except Exception as raised:  # noqa: BLE001 - a page that says so
            result, error = None, raised
        await process.point(f"answers {who}")
        if answer.done():
            return
        if error is None:
            answer.set_result(result)
        else:
            answer.set_exception(error)


class Visitor:
    """Somebody who registers and perhaps withdraws, and does not give up until there is an answer."""

    def __init__(self, number: int, submission: Submission, webs: list[Web], *, leaves: bool) -> None:
        self.name = f"visitor {number}"
        self.submission = submission
        self.leaves = leaves
        self.answer: Answer | None = None
        self.withdrawn = False
        self.done = False
        self._webs = webs
        self._turn = number

    async def live(self, process: Process, workshop_id: UUID, find: Callable[[UUID], Awaitable[UUID | None]]) -> None:
        """Register; find out which registration it is by the form's token; withdraw."""
        self.answer = await self._insist(process, "sends the form", lambda web: web.submit(self.name, workshop_id, self.submission))
        registration_id = await find(self.submission.form_token)
        if self.leaves and registration_id is not None:
            await self._insist(process, "withdraws", lambda web: web.withdraw(self.name, registration_id))
            self.withdrawn = True
        self.done = True

    async def _insist(self, process: Process, what: str, request: Callable[[Web], Awaitable[Any]]) -> Any:
        while True:
            await process.point(what)
            self._turn += 1
            try:
                answer = await request(self._webs[self._turn % len(self._webs)])
            except (ConnectionError, AdmissionUnavailableError):
                answer = Answer(Outcome.PENDING)
            except Exception as error:
                if not transient(error):
                    raise AssertionError(f"{self.name} is shown an error: {error!r}") from error
                answer = Answer(Outcome.PENDING)
            if not isinstance(answer, Answer) or answer.outcome is not Outcome.PENDING:
                return answer
            await asyncio.sleep(AGAIN_AFTER)
