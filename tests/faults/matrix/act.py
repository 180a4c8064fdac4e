"""One workshop from its first draft to its certificates, at a pace of seconds."""

import asyncio
import itertools
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin, urlsplit
from uuid import UUID

from deploy.demo.page import Page, read_page
from deploy.demo.people import Applicant, load_applicants
from tests.faults.matrix.announcement import describe
from tests.faults.matrix.client import NoAnswerError, RefusedError
from tests.faults.matrix.ledger import SESSIONS, Course, Person
from tests.faults.matrix.load import Load

HANDS = 5
"""People who act at the same time in one workshop."""
ASKS_EVERY = 10
"""Of so many looks into a mailbox in vain, the last is followed by a question to the organiser."""
ANSWERS = {"You have a place": "confirmed", "in the line": "waiting", "is being dealt with": "pending"}


@dataclass(frozen=True)
class Size:
    """How large an act is. Who withdraws makes room for somebody who waits."""

    capacity: int = 6
    applicants: int = 10
    withdrawing: int = 3


@dataclass
class Act:
    """The people and the organiser of one workshop; `await act.play()` plays it."""

    load: Load
    course: Course
    size: Size
    chance: random.Random
    erases: bool = False

    async def play(self) -> Course:
        """Open, apply and withdraw, remind, check in, complete, and sometimes erase."""
        self.load.ledger.courses.append(self.course)
        await self._open()
        people = self._applicants()
        half = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._apply_all(people, half))
            group.create_task(self._withdraw_some(half))
        confirmed = await self._confirmed()
        await self._remind(confirmed)
        coming = dict(list(confirmed.items())[:-1])
        await self._at_once(lambda item: self._check_in(*item), list(coming.items()))
        await self.load.insist("complete", lambda: self._command("complete"))
        self.course.completed = True
        if self.erases and coming:
            await self._erase(*self.chance.choice(sorted(coming.items())))
        return self.course

    async def _open(self) -> None:
        body = describe(self.course.slug, self.course.capacity, self.load.now())
        self.course.workshop_id = UUID((await self.load.insist("create", lambda: self._create(body)))["id"])
        await self.load.insist("open", lambda: self._command("open"))

    async def _create(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            created: Mapping[str, Any] = await self.load.organiser.api("POST", "/workshops", body)
        except RefusedError as error:
            if error.status != 422:
                raise
            # The answer to an earlier attempt was lost: the slug is ours, since nobody else makes such slugs.
            return await self._find()
        return created

    async def _find(self) -> Mapping[str, Any]:
        query: dict[str, str] = {}
        while True:
            page = await self.load.organiser.api("GET", "/workshops", query=query)
            for workshop in page["workshops"]:
                if workshop["definition"]["slug"] == self.course.slug:
                    found: Mapping[str, Any] = workshop
                    return found
            if not page["next_after"]:
                raise AssertionError(f"{self.course.slug} was refused as taken, and no workshop has it")
            query = {"after": page["next_after"]}

    async def _command(self, name: str, key: str = "") -> None:
        await self.load.organiser.api("POST", f"/workshops/{self.course.workshop_id}/{name}", key=key)

    def _applicants(self) -> list[Applicant]:
        chosen = self.chance.sample(load_applicants(), self.size.applicants)
        return [
            replace(person, address=f"{number}.{self.course.slug}@{person.address.rpartition('@')[2]}")
            for number, person in enumerate(chosen)
        ]

    async def _apply_all(self, people: Sequence[Applicant], half: asyncio.Event) -> None:
        async def apply(applicant: Applicant) -> None:
            await self._apply(applicant)
            if 2 * len(self.course.acknowledged) >= len(people):
                half.set()

        await self._at_once(apply, people)

    async def _apply(self, applicant: Applicant) -> None:
        where = f"/workshops/{self.course.slug}/register"
        form = (await self.load.ask("the form", lambda: self.load.visitors.page(where))).form_with("form_token")
        person = Person(applicant.address, applicant.language, form.values["form_token"])
        self.course.people[person.address] = person
        values = form.values | applicant.form_values()
        person.answered = await self.load.insist("apply", lambda: self._submit(where, values))

    async def _submit(self, where: str, values: Mapping[str, str]) -> str:
        answer = await self.load.visitors.post(where, values)
        page = await self.load.visitors.page(answer)
        outcome = next((outcome for words, outcome in ANSWERS.items() if words in page.words), None)
        if outcome is None:
            raise RefusedError(200, f"the form of {self.course.slug}: {page.words[:200]}")
        if outcome == "pending":
            raise NoAnswerError("the outcome is pending")
        return outcome

    async def _withdraw_some(self, half: asyncio.Event) -> None:
        await half.wait()
        leaving = [person for person in self.course.acknowledged if person.answered == "confirmed"][: self.size.withdrawing]
        for number, person in enumerate(leaving):
            page = None if number % 2 else await self._personal_page(person)
            if page is None:
                rows = await self._rows()
                await self.load.insist("withdraw", lambda: self._api(rows[person.address]["id"], "withdraw"))  # noqa: B023 - awaited here
            else:
                await self.load.insist("withdraw", lambda: self._press(page, "/withdraw"))  # noqa: B023 - awaited here
            person.withdrawn = True

    async def _personal_page(self, person: Person) -> str | None:
        """The path of the link that comes by mail only; waits for the mail. None where the organiser sees that it may never come."""
        for look in itertools.count(1):
            for entry in await self._read("/mailbox/api/messages", address=person.address):
                mail = await self._read(f"/mailbox/api/messages/{entry['number']}")
                for link in read_page(mail["html"] or "").links:
                    if (path := urlsplit(link).path).startswith("/my/"):
                        return path
            if look % ASKS_EVERY == 0 and await self._confirmation_failed(person):
                break
            await asyncio.sleep(0.2)
        return None

    async def _confirmation_failed(self, person: Person) -> bool:
        """Whether the mail server refused it, or nobody knows if it arrived."""
        registration_id = (await self._rows())[person.address]["id"]
        detail = await self.load.ask("the registration", lambda: self.load.organiser.api("GET", f"/registrations/{registration_id}"))
        return any(mail["purpose"] == "confirmation" and mail["state"] in ("failed", "uncertain") for mail in detail["mails"])

    async def _read(self, path: str, **query: str) -> Any:
        return await self.load.ask("the mailbox", lambda: self.load.visitors.read(path, **query), service="mailbox")

    async def _press(self, page: str, ending: str) -> None:
        asked: Page = await self.load.visitors.page(f"{page}{ending}")
        forms = [form for form in asked.forms if form.action.endswith(ending)]
        if forms:  # otherwise it is done: an earlier attempt came through, and its answer was lost
            await self.load.visitors.post(urljoin(page, forms[0].action), forms[0].values)

    async def _rows(self) -> dict[str, Mapping[str, Any]]:
        """What the organiser sees, by address."""
        path = f"/workshops/{self.course.workshop_id}/registrations"
        page = await self.load.ask("the list", lambda: self.load.organiser.api("GET", path, query={"limit": "500"}))
        return {row["address"]: row for row in page["registrations"]}

    async def _confirmed(self) -> dict[str, str]:
        return {address: row["id"] for address, row in (await self._rows()).items() if row["state"] == "confirmed"}

    async def _remind(self, confirmed: Mapping[str, str]) -> None:
        key = f"remind-{self.course.slug}"
        await self.load.insist("remind", lambda: self._command("remind", key))
        self.course.reminded.append(frozenset(confirmed))

    async def _check_in(self, address: str, registration_id: str) -> None:
        for session in SESSIONS:
            path = f"/registrations/{registration_id}/attendance/{session}"
            await self.load.insist("check in", lambda: self.load.organiser.api("PUT", path, {"present": True}))  # noqa: B023 - awaited here
            self.course.people[address].sessions.add(session)

    async def _erase(self, address: str, registration_id: str) -> None:
        await self.load.insist("erase", lambda: self._api(registration_id, "erase"))
        person = self.course.people[address]
        # The organiser's list forgets the address: this is the last time that it leads to the id.
        person.registration_id, person.erased = UUID(registration_id), True

    async def _api(self, registration_id: str, command: str) -> None:
        await self.load.organiser.api("POST", f"/registrations/{registration_id}/{command}")

    async def _at_once(self, do: Any, items: Sequence[Any]) -> None:
        hands = asyncio.Semaphore(HANDS)

        async def one(item: Any) -> None:
            async with hands:
                await do(item)

        async with asyncio.TaskGroup() as group:
            for item in items:
                group.create_task(one(item))
