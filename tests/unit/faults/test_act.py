"""Somebody who waits for a link that never comes asks the organiser; the load does not wait for ever."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from random import Random
from typing import Any
from uuid import UUID

import pytest

from tests.faults.matrix.act import Act, Size
from tests.faults.matrix.ledger import Course, Person

REGISTRATION = "00000000-0000-0000-0000-000000000007"


class Site:
    """What the load asks: one registration whose confirmation is in a given state, and a mailbox that stays empty."""

    def __init__(self, state: str) -> None:
        self.state = state
        self.commands: list[str] = []
        self.organiser = self.visitors = self

    async def ask(self, _what: str, attempt: Callable[[], Awaitable[Any]], **_service: str) -> Any:
        return await attempt()

    insist = ask

    async def read(self, _path: str, **_query: str) -> list[Any]:
        return []

    async def api(self, method: str, path: str, *_body: Any, **_query: Any) -> Mapping[str, Any]:
        if method == "POST":
            self.commands.append(path)
        if path.endswith(REGISTRATION):
            return {"mails": [{"purpose": "confirmation", "state": self.state}]}
        return {"registrations": [{"address": "ana@example.org", "id": REGISTRATION, "state": "confirmed"}]}


@pytest.mark.parametrize("state", ["failed", "uncertain"])
async def test_whoever_gets_no_link_is_withdrawn_by_the_organiser(state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.faults.matrix.act.ASKS_EVERY", 1)
    site, course = Site(state), Course("course", 6)
    course.workshop_id = UUID(int=1)
    person = Person("ana@example.org", "en", "token")
    person.answered = "confirmed"
    course.people[person.address] = person
    act = Act(site, course, Size(withdrawing=1), Random(0))  # type: ignore[arg-type]  # noqa: S311  # a site made for this; nothing secret
    half = asyncio.Event()
    half.set()
    await act._withdraw_some(half)
    assert site.commands == [f"/registrations/{REGISTRATION}/withdraw"]
    assert person.withdrawn
