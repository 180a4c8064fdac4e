"""A model of places against the real database: whatever happens, never oversold, the line in order, no one lost."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from services.registration.domain.actor import PARTICIPANT
from services.registration.domain.places import Answer, Outcome
from services.registration.domain.refusals import InvalidFieldError
from services.registration.use_cases.change_capacity import change_capacity
from services.registration.use_cases.erase_registration import erase_registration
from services.registration.use_cases.place_registration import place_registrations
from services.registration.use_cases.withdraw_registration import withdraw_registration
from shared.runtime.database import connect
from tests.component.registration.material import LINKS, NOW, ORGANISER, open_one, settings_for, submission

PEOPLE = st.integers(min_value=0, max_value=9)
CAPACITIES = st.integers(min_value=0, max_value=5)


class PlacesModel(RuleBasedStateMachine):
    """`confirmed` and `line` hold people by admission; the database must agree after every step."""

    url: str
    folder: Path
    loop: asyncio.AbstractEventLoop

    def __init__(self) -> None:
        super().__init__()
        self.connection: asyncpg.Connection = self.run(connect(settings_for(self.url, self.folder), application_name="model"))
        self.confirmed: list[int] = []
        self.line: list[int] = []
        self.ids: dict[int, UUID] = {}
        self.tokens: dict[int, list[UUID]] = {person: [] for person in range(10)}
        self.given: dict[int, dict[UUID, Answer]] = {}
        self.gone: set[UUID] = set()

    def run(self, awaitable: Awaitable[Any]) -> Any:
        return self.loop.run_until_complete(awaitable)

    def teardown(self) -> None:
        self.run(self.connection.close())

    @initialize(capacity=CAPACITIES, waitlist=st.booleans())
    def open(self, capacity: int, *, waitlist: bool) -> None:
        self.capacity, self.waitlist = capacity, waitlist
        self.workshop = self.run(open_one(self.connection, capacity=capacity, waitlist=waitlist)).id

    @rule(people=st.lists(st.tuples(PEOPLE, st.integers(min_value=0, max_value=2)), min_size=1, max_size=6))
    def submit(self, people: list[tuple[int, int]]) -> None:
        """A group: each person's address with one of the forms that came with it before, or with a new one."""
        forms, expected = [], []
        for person, number in people:
            tokens = self.tokens[person]
            if number >= len(tokens):
                tokens.append(uuid4())
            token = tokens[min(number, len(tokens) - 1)]
            fresh = self._fresh()
            live = person in self.confirmed or person in self.line
            forms.append(submission(f"person-{person}@example.org", form_token=token))
            if live and token in self.given[person]:
                expected.append(self.given[person][token])
                continue
            expected.append(fresh)
            if fresh.outcome is Outcome.FULL:
                continue
            if not live:
                (self.confirmed if fresh.outcome is Outcome.CONFIRMED else self.line).append(person)
                self.given[person] = {}
            self.given[person][token] = fresh
        answers = self.run(self._in_transaction(place_registrations, self.workshop, forms, links=LINKS, link_interval=timedelta(), now=NOW))
        assert answers == expected
        self._learn_ids()

    @precondition(lambda self: self.confirmed or self.line)
    @rule(data=st.data(), erase=st.booleans())
    def leave(self, data: st.DataObject, *, erase: bool) -> None:
        """Somebody withdraws or is erased."""
        person = data.draw(st.sampled_from(self.confirmed + self.line))
        if erase:
            self.run(self._in_transaction(erase_registration, self.ids[person], actor=PARTICIPANT, now=NOW))
        else:
            self.run(self._in_transaction(withdraw_registration, self.ids[person], by="participant", actor=PARTICIPANT, now=NOW))
        self.gone.add(self.ids.pop(person))
        (self.confirmed if person in self.confirmed else self.line).remove(person)
        self._move_up()

    @rule(capacity=CAPACITIES)
    def change_capacity(self, capacity: int) -> None:
        """Accepted exactly when nobody would lose a place."""
        change = self._in_transaction(change_capacity, self.workshop, capacity, actor=ORGANISER, now=NOW)
        if capacity < len(self.confirmed):
            with pytest.raises(InvalidFieldError):
                self.run(change)
            return
        self.run(change)
        self.capacity = capacity
        self._move_up()

    @invariant()
    def the_database_agrees(self) -> None:
        if not hasattr(self, "workshop"):
            return
        rows = self.run(
            self.connection.fetch("SELECT id, state, number FROM registrations WHERE workshop_id = $1 ORDER BY number", self.workshop)
        )
        by_state: dict[str, list[UUID]] = {"confirmed": [], "waiting": [], "withdrawn": [], "erased": []}
        for row in rows:
            by_state[row["state"]].append(row["id"])
        assert set(by_state["confirmed"]) == {self.ids[person] for person in self.confirmed}
        assert by_state["waiting"] == [self.ids[person] for person in self.line], "the line keeps its order"
        assert set(by_state["withdrawn"]) | set(by_state["erased"]) == self.gone, "no one is lost"
        assert [row["number"] for row in rows] == list(range(1, len(rows) + 1)), "numbers have no gap"
        counters = self.run(
            self.connection.fetchrow("SELECT capacity, confirmed_count, waiting_count FROM workshops WHERE id = $1", self.workshop)
        )
        assert tuple(counters) == (self.capacity, len(self.confirmed), len(self.line))
        assert len(self.confirmed) <= self.capacity, "never oversold"
        assert not self.line or len(self.confirmed) == self.capacity, "nobody waits beside a free place"

    def _fresh(self) -> Answer:
        if len(self.confirmed) < self.capacity and not self.line:
            return Answer(Outcome.CONFIRMED)
        return Answer(Outcome.WAITING, len(self.line) + 1) if self.waitlist else Answer(Outcome.FULL)

    def _move_up(self) -> None:
        while self.line and len(self.confirmed) < self.capacity:
            self.confirmed.append(self.line.pop(0))

    def _learn_ids(self) -> None:
        for row in self.run(
            self.connection.fetch(
                "SELECT id, address_key FROM registrations WHERE workshop_id = $1 AND state IN ('confirmed', 'waiting')", self.workshop
            )
        ):
            self.ids[int(row["address_key"].split("@")[0].removeprefix("person-"))] = row["id"]

    async def _in_transaction(self, use_case: Callable[..., Awaitable[Any]], *arguments: Any, **more: Any) -> Any:
        async with self.connection.transaction():
            return await use_case(self.connection, *arguments, **more)


async def test_places(database: Callable[[str], Awaitable[str]], tmp_path: Path) -> None:
    url = await database("registration")

    def run() -> None:
        loop = asyncio.new_event_loop()
        try:
            machine = type("Places", (PlacesModel,), {"url": url, "folder": tmp_path, "loop": loop})
            run_state_machine_as_test(
                machine,
                settings=settings(max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)),
            )
        finally:
            loop.close()

    await asyncio.to_thread(run)
