"""The list at the door: who is on it, who is found in it, and how many are there."""

import asyncpg
import pytest

from services.registration.domain.actor import PARTICIPANT
from services.registration.domain.workshop import record
from services.registration.storage import console_lists
from services.registration.use_cases.record_attendance import record_attendance
from services.registration.use_cases.withdraw_registration import withdraw_registration
from services.registration.web.console_check_in import _plain
from shared.contracts.workshops import CertificateRule
from tests.component.registration.material import NOW, ORGANISER, ids_by_address, open_one, place, submission

NAMES = {
    "a": ("Đorđe", "Živković"),
    "b": ("Γιώργος", "Παπαδόπουλος"),
    "c": ("Łukasz", "Strauß"),
    "d": ("Əli", "Quliyev"),
    "e": ("Сергій", "Київський"),
    "f": ("Anahit", "Abc"),
}


async def furnish(connection: asyncpg.Connection) -> tuple[asyncpg.Record, dict[str, asyncpg.Record]]:
    workshop = await open_one(connection)
    await place(
        connection, workshop.id, *(submission(address, given_name=given, family_name=family) for address, (given, family) in NAMES.items())
    )
    return workshop, await ids_by_address(connection, workshop.id)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("zivkovic", ["a"]),
        ("ZIVK đor", ["a"]),
        ("ЖИВК", []),
        ("παπαδοπουλος γιωργος", ["b"]),
        ("strauss", ["c"]),
        ("Strauß łuk", ["c"]),
        ("əl", ["d"]),
        ("київ", ["e"]),
        ("%", []),
        ("", ["f", "d", "c", "a", "b", "e"]),
    ],
)
async def test_names_are_found_however_they_are_typed(connection: asyncpg.Connection, typed: str, found: list[str]) -> None:
    workshop, people = await furnish(connection)
    session = workshop.definition.session_codes[0]
    listed = await console_lists.list_for_check_in(connection, workshop.id, session, parts=_plain(typed).split())
    assert [row.id for row in listed] == [people[address] for address in found]


async def test_the_first_by_admission_are_listed_by_name_and_others_are_found(connection: asyncpg.Connection) -> None:
    workshop, people = await furnish(connection)
    await withdraw_registration(connection, people["a"], by="participant", actor=PARTICIPANT, now=NOW)
    session = workshop.definition.session_codes[0]
    listed = await console_lists.list_for_check_in(connection, workshop.id, session, limit=3)
    assert [row.id for row in listed] == [people["d"], people["c"], people["b"]]
    [last] = await console_lists.list_for_check_in(connection, workshop.id, session, parts=["abc"], limit=3)
    assert last.id == people["f"]
    assert await console_lists.find_for_check_in(connection, workshop.id, session, people["a"]) is None, "has withdrawn"


async def test_presence_is_counted_also_where_the_version_before_recorded_it(connection: asyncpg.Connection) -> None:
    workshop, people = await furnish(connection)
    first, second, *_ = workshop.definition.session_codes
    for address in "abc":
        await record_attendance(connection, people[address], first, present=address != "c", actor=ORGANISER, now=NOW)
    await connection.execute(
        "INSERT INTO attendance (registration_id, session_code, present, recorded_at) VALUES ($1, $2, true, $4), ($1, $3, true, $4)",
        people["d"],
        first,
        second,
        NOW,
    )
    assert await console_lists.count_present(connection, workshop.id) == {first: 3, second: 1}
    told = record(workshop)
    for rule, people_who_earned in (
        (CertificateRule(minimum_sessions=2), 1),
        (CertificateRule(minimum_sessions=1), 3),
        (CertificateRule(minimum_sessions=1, required_sessions=(second,)), 1),
        (CertificateRule(minimum_sessions=1, minimum_percent_of_time=100), 0),
        (None, 0),
    ):
        assert await console_lists.count_earned(connection, told.model_copy(update={"certificate": rule})) == people_who_earned
    found = await console_lists.find_for_check_in(connection, workshop.id, first, people["d"])
    assert found is not None
    assert found.present
