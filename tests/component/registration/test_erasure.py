"""Erasure: terminal, told to everybody in the right order, and nothing about the person is left in any table."""

import base64
import json
from uuid import uuid4

import asyncpg

from services.registration.domain.actor import PARTICIPANT
from services.registration.domain.places import Answer, Outcome
from services.registration.use_cases.correct_participant import correct_participant
from services.registration.use_cases.erase_registration import erase_registration
from services.registration.use_cases.record_attendance import record_attendance
from services.registration.use_cases.withdraw_registration import withdraw_registration
from tests.component.registration.material import (
    AFTERWARDS,
    LINKS,
    NOW,
    ORGANISER,
    counts,
    ids_by_address,
    open_one,
    place,
    published,
    submission,
)


async def everything_in(connection: asyncpg.Connection) -> str:
    """Every row of every table as text, bytes decoded where they can be."""
    tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    found: list[str] = []
    for table in tables:
        for row in await connection.fetch(f'SELECT * FROM "{table["tablename"]}"'):  # noqa: S608 - our own tables
            found += [value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value) for value in row.values()]
    return "\n".join(found)


def traces_of(*secrets: str) -> set[str]:
    """Each value plain, case-folded, JSON-escaped and base64, so that no encoding hides it."""
    forms: set[str] = set()
    for secret in secrets:
        forms |= {secret, secret.casefold(), json.dumps(secret)[1:-1], base64.b64encode(secret.encode()).decode().rstrip("=")}
    return forms


async def publish_all(connection: asyncpg.Connection) -> None:
    """What the relay does: published rows lose their payload."""
    await connection.execute("UPDATE outbox SET published_at = clock_timestamp(), payload = NULL")


async def test_nothing_about_the_person_is_left_in_any_table(connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection, capacity=1)
    form = submission(
        "Zoë.Gone@example.org",
        given_name="Зоя",
        family_name="Ձկնորսյան",
        certificate_name="Dr Зоя Ձկնորսյան",
        diet="no gluten",
        institution="Институт",
    )
    await place(connection, workshop.id, form, submission("stays@example.org", given_name="Stays", family_name="Here"))
    ids = await ids_by_address(connection, workshop.id)
    gone = ids[form.address_key]
    await record_attendance(connection, gone, "day-1", present=True, actor=ORGANISER, now=NOW)
    corrected = {"given_name": "Зоряна", "institution": "Инспекторат"}
    await correct_participant(connection, gone, corrected, links=LINKS, actor=ORGANISER, now=NOW)
    await connection.execute(
        """
        INSERT INTO dead_letters (topic, partition, record_offset, record_time, key, value, reason, recorded_at)
        VALUES ('notifications', 0, 1, clock_timestamp(), $1, $2, 'bad', clock_timestamp())
        """,
        gone,
        form.address.encode(),
    )
    await connection.execute(
        "INSERT INTO notification_outcomes VALUES ($1, 'confirmation', 'x', $2, 1, 'sent', 'en', $3, $3)", gone, workshop.id, NOW
    )
    traces = traces_of(
        form.address,
        form.given_name,
        form.family_name,
        form.certificate_name,
        form.diet,
        form.institution,
        str(form.form_token),
        *corrected.values(),
    )
    before = await everything_in(connection)
    assert form.address in before
    assert form.diet in before
    assert set(corrected.values()) <= set(before.split("\n"))
    await erase_registration(connection, gone, actor=PARTICIPANT, now=NOW)
    await publish_all(connection)
    after = await everything_in(connection)
    assert {trace for trace in traces if trace in after} == set()
    assert "stays@example.org" in after
    assert str(gone) in after
    for table in ("participants", "answers", "attendance", "notification_outcomes", "certificate_outcomes"):
        assert await connection.fetchval(f"SELECT count(*) FROM {table} WHERE registration_id = $1", gone) == 0  # noqa: S608 - our own tables


async def test_a_live_registration_is_withdrawn_first_and_the_line_moves_up(connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection, capacity=1)
    await place(connection, workshop.id, submission("a@example.org"), submission("b@example.org"))
    ids = await ids_by_address(connection, workshop.id)
    await publish_all(connection)
    await erase_registration(connection, ids["a@example.org"], actor=ORGANISER, now=NOW)
    rows = await connection.fetch("SELECT type, key, tombstone, topic FROM outbox WHERE published_at IS NULL ORDER BY id")
    assert [(row["type"], row["key"], row["tombstone"]) for row in rows] == [
        ("registration.withdrawn.v1", ids["a@example.org"], False),
        ("registration.promoted.v1", ids["b@example.org"], False),
        ("registration.erased.v1", ids["a@example.org"], False),
        ("participant.erased.v1", ids["a@example.org"], True),
    ]
    assert (await published(connection, kinds="registration.withdrawn%"))[0][2]["by"] == "erasure"
    assert await counts(connection, workshop.id) == (1, 0)


async def test_erasing_again_changes_nothing(connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection)
    await place(connection, workshop.id, submission("a@example.org"))
    [registration_id] = (await ids_by_address(connection, workshop.id)).values()
    for _ in range(2):
        await erase_registration(connection, registration_id, actor=PARTICIPANT, now=NOW)
    assert len(await published(connection, kinds="registration.erased%")) == 1
    assert await counts(connection, workshop.id) == (0, 0)


async def test_a_withdrawn_registration_and_one_of_a_workshop_that_is_over_can_be_erased(connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection)
    await place(connection, workshop.id, submission("a@example.org"), submission("b@example.org"))
    ids = await ids_by_address(connection, workshop.id)
    await withdraw_registration(connection, ids["a@example.org"], by="participant", actor=PARTICIPANT, now=NOW)
    for registration_id in ids.values():
        await erase_registration(connection, registration_id, actor=PARTICIPANT, now=AFTERWARDS)
    assert await connection.fetchval("SELECT count(*) FROM registrations WHERE state = 'erased'") == 2
    assert len(await published(connection, kinds="registration.withdrawn%")) == 2


async def test_the_address_may_register_again_after_erasure(connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection)
    form = submission("a@example.org", form_token=uuid4())
    await place(connection, workshop.id, form)
    [registration_id] = (await ids_by_address(connection, workshop.id)).values()
    await erase_registration(connection, registration_id, actor=PARTICIPANT, now=NOW)
    assert await place(connection, workshop.id, form) == [Answer(Outcome.CONFIRMED)]
    assert (await ids_by_address(connection, workshop.id))["a@example.org"] != registration_id
