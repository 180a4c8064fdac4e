"""A small workshop on a running system, lived through the public pages, and what is left of it in every database."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

from deploy.demo.inbox import Inbox
from deploy.demo.organiser import Organiser
from deploy.demo.page import Page
from deploy.demo.people import Applicant, load_applicants, load_workshop
from deploy.demo.perform import addresses_of
from deploy.demo.phases.opening import CONTACT, NOT_FOR_THE_ORGANISER, PRIVACY
from deploy.demo.phases.personal_page import find_personal_page
from deploy.demo.visitor import Visitor
from deploy.embedded.system import System
from deploy.reconcile.compare import compare
from deploy.reconcile.read_world import read_world
from deploy.reconcile.world import World

ZONE = ZoneInfo("Europe/Paris")


def people(how_many: int) -> list[Applicant]:
    """People with addresses that no other test uses."""
    mark = uuid.uuid4().hex[:8]
    return [
        replace(person, address=f"{number}.{mark}@{person.address.split('@')[1]}")
        for number, person in enumerate(load_applicants()[::7][:how_many])
    ]


@dataclass
class Scene:
    """One workshop of three days that begins ten days from now by the test clock."""

    system: System
    organiser: Organiser
    inbox: Inbox
    output: Path
    slug: str = field(default_factory=lambda: f"course-{uuid.uuid4().hex[:8]}")
    workshop_id: str = ""
    first_day: datetime = field(init=False)

    def __post_init__(self) -> None:
        day = self.system.clock.now().astimezone(ZONE) + timedelta(days=10)
        self.first_day = day.replace(hour=9, minute=0, second=0, microsecond=0)

    async def open(self, *, capacity: int) -> None:
        """Create the workshop and open it."""
        announcement = {name: value for name, value in load_workshop().items() if name not in NOT_FOR_THE_ORGANISER}
        sessions = [
            session | {"starts": self._wall_clock(number, 9), "ends": self._wall_clock(number, 17)}
            for number, session in enumerate(announcement["sessions"])
        ]
        own = {"slug": self.slug, "capacity": capacity, "sessions": sessions, "contact": CONTACT, "privacy": PRIVACY}
        self.workshop_id = (await self.organiser.create_workshop(announcement | own))["id"]
        await self.organiser.command(self.workshop_id, "open")
        await self.settle()

    async def settle(self) -> None:
        """Wait until nothing moves."""
        await self.system.clock.settle()

    async def advance_to(self, *, day: int, hour: int) -> None:
        """Go to an hour of a day, counted from the first day of the workshop, in its zone."""
        await self.system.clock.advance_to(datetime.fromisoformat(self._wall_clock(day, hour)).replace(tzinfo=ZONE))

    async def apply(self, person: Applicant) -> Page:
        """Fill in the form and send it; returns the answer page."""
        async with Visitor(self.system.front_door, person.language) as visitor:
            page, _ = await visitor.apply(self.slug, person)
            return page

    async def press(self, person: Applicant, ending: str) -> Page:
        """Press a button on the person's own page, found through a mail."""
        link = await find_personal_page(self.inbox, person.address)
        async with Visitor(self.system.front_door, person.language) as visitor:
            return await visitor.press(link, ending)

    async def registrations(self) -> dict[str, Mapping[str, Any]]:
        """What the organiser sees, by address."""
        return {row["address"]: row async for row in self.organiser.registrations(self.workshop_id)}

    async def check_in(self, persons: Sequence[Applicant], *, days: int) -> None:
        """Present on so many days, each on its own morning."""
        rows = await self.registrations()
        for day in range(days):
            await self.advance_to(day=day, hour=10)
            for person in persons:
                await self.organiser.check_in(rows[person.address]["id"], f"day-{day + 1}")
            await self.settle()

    async def world(self) -> World:
        """Everything, as reconciliation reads it."""
        return await read_world(addresses_of(self.system))

    async def assert_agreement(self) -> World:
        """Databases, mailbox and Kafka tell the same."""
        world = await self.world()
        assert [str(one) for one in compare(world)] == []
        return world

    async def end_state(self) -> dict[str, Any]:
        """What became of each person in every database, with ids, serials and times left out so that two runs can be compared."""
        world, rows = await self.world(), await self.registrations()
        result: dict[str, Any] = {}
        for number, row in enumerate(sorted(rows.values(), key=lambda row: row["number"])):
            registration_id = uuid.UUID(row["id"])
            messages = [message for key, message in world.notifications.messages.items() if key.registration_id == registration_id]
            result[f"person {number}"] = {
                "state": row["state"],
                "standings": [db.standings.get(registration_id) for db in (world.notifications, world.certificates)],
                "versions": [db.versions.get(registration_id) for db in (world.notifications, world.certificates)],
                "messages": Counter((m.key.purpose, m.state, m.reason, m.language) for m in messages),
                "mails": Counter(
                    (mail.key.purpose, mail.language)
                    for mail in world.mails or ()
                    if mail.key and mail.key.registration_id == registration_id
                ),
                "attendance": sorted(
                    code for (who, code), present in world.certificates.attendance.items() if who == registration_id and present
                ),
                "certificates": [c.state for c in world.certificates.certificates if c.registration_id == registration_id],
            }
        return result

    def _wall_clock(self, day: int, hour: int) -> str:
        return (self.first_day + timedelta(days=day)).replace(hour=hour, tzinfo=None).isoformat(timespec="minutes")


async def all_rows(system: System, *, leaving_out: set[str] = frozenset()) -> dict[str, list[str]]:  # type: ignore[assignment]  # an empty set
    """Every row of every table of every service as text, sorted; `leaving_out` are table names."""
    found: dict[str, list[str]] = {}
    addresses = addresses_of(system)
    for service in ("registration", "notifications", "certificates"):
        connection = await asyncpg.connect(getattr(addresses, service))
        try:
            tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
            for (table,) in tables:
                if table not in leaving_out:
                    rows = await connection.fetch(f'SELECT t::text AS row FROM "{table}" t')  # noqa: S608 - names from the catalogue
                    found[f"{service}.{table}"] = sorted(row["row"] for row in rows)
        finally:
            await connection.close()
    return found
