"""Admission, the line, withdrawal and promotion, on the real database."""

from dataclasses import replace

import asyncpg
import pytest

from services.registration.domain.actor import PARTICIPANT
from services.registration.domain.places import Answer, Outcome
from services.registration.domain.refusals import ConflictError, InvalidFieldError, NotFoundError
from services.registration.use_cases.change_capacity import change_capacity
from services.registration.use_cases.withdraw_registration import withdraw_registration
from tests.component.registration.material import AFTERWARDS, NOW, ORGANISER, counts, ids_by_address, open_one, place, published, submission

CONFIRMED = Answer(Outcome.CONFIRMED)


async def test_first_come_first_confirmed_then_the_line(connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection, capacity=2)
    answers = await place(connection, workshop.id, *(submission() for _ in range(4)))
    assert answers == [CONFIRMED, CONFIRMED, Answer(Outcome.WAITING, 1), Answer(Outcome.WAITING, 2)]
    assert await counts(connection, workshop.id) == (2, 2)
    facts = [(kind, data["number"], data.get("position")) for kind, _, data in await published(connection, kinds="registration.%")]
    assert facts == [
        ("registration.confirmed.v1", 1, None),
        ("registration.confirmed.v1", 2, None),
        ("registration.waitlisted.v1", 3, 1),
        ("registration.waitlisted.v1", 4, 2),
    ]


async def test_without_a_waiting_list_a_full_workshop_says_so_and_stores_nothing(connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection, capacity=1, waitlist=False)
    assert await place(connection, workshop.id, submission(), submission()) == [CONFIRMED, Answer(Outcome.FULL)]
    assert await connection.fetchval("SELECT count(*) FROM participants") == 1


async def test_a_workshop_that_is_over_takes_nobody(connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection)
    assert await place(connection, workshop.id, submission(), now=AFTERWARDS) == [Answer(Outcome.CLOSED)]
    assert await connection.fetchval("SELECT count(*) FROM registrations") == 0


async def test_the_participant_record_carries_the_person_and_the_link_and_facts_carry_neither(connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection)
    form = submission("Someone@Example.org")
    await place(connection, workshop.id, form)
    [(_, key, record)] = await published(connection, kinds="participant.%")
    assert record["address"] == "Someone@Example.org"
    assert record["certificate_name"] == form.certificate_name
    assert record["personal_page"].startswith("https://atelier.example/my/")
    assert record["time_zone"] == "Europe/Paris"
    others = await connection.fetch("SELECT payload FROM outbox WHERE topic <> 'participants' AND key = $1", key)
    assert others
    for row in others:
        for value in (form.address, form.given_name, form.family_name, form.diet, form.institution):
            assert value not in row["payload"].decode()


async def test_form_answers_never_leave(connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection)
    form = submission(diet="answer one", comments="answer two", institution="answer three", position="answer four")
    await place(connection, workshop.id, form)
    everything = b"".join([row["payload"] for row in await connection.fetch("SELECT payload FROM outbox")])
    assert b"answer" not in everything


async def test_withdrawal_moves_the_first_in_line_up(connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection, capacity=1)
    first, second, third = submission("a@example.org"), submission("b@example.org"), submission("c@example.org")
    await place(connection, workshop.id, first, second, third)
    ids = await ids_by_address(connection, workshop.id)
    await withdraw_registration(connection, ids["a@example.org"], by="participant", actor=PARTICIPANT, now=NOW)
    states = {row["address_key"]: row["state"] for row in await connection.fetch("SELECT address_key, state FROM registrations")}
    assert states == {"a@example.org": "withdrawn", "b@example.org": "confirmed", "c@example.org": "waiting"}
    assert await counts(connection, workshop.id) == (1, 1)
    assert [(kind, key) for kind, key, _ in (await published(connection, kinds="registration.%"))[3:]] == [
        ("registration.withdrawn.v1", ids["a@example.org"]),
        ("registration.promoted.v1", ids["b@example.org"]),
    ]


async def test_whoever_leaves_the_line_moves_nobody_up(connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection, capacity=1)
    await place(connection, workshop.id, submission(), submission("b@example.org"), submission("c@example.org"))
    ids = await ids_by_address(connection, workshop.id)
    await withdraw_registration(connection, ids["b@example.org"], by="organiser", actor=ORGANISER, now=NOW)
    assert await counts(connection, workshop.id) == (1, 1)
    assert not await published(connection, kinds="registration.promoted%")


async def test_a_repeated_withdrawal_changes_nothing(connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection, capacity=1)
    await place(connection, workshop.id, submission("a@example.org"), submission(), submission())
    ids = await ids_by_address(connection, workshop.id)
    for _ in range(2):
        await withdraw_registration(connection, ids["a@example.org"], by="participant", actor=PARTICIPANT, now=NOW)
    assert len(await published(connection, kinds="registration.withdrawn%")) == 1
    assert await counts(connection, workshop.id) == (1, 1)


async def test_there_is_nothing_to_withdraw_from_once_it_is_over(connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection)
    await place(connection, workshop.id, submission("a@example.org"))
    ids = await ids_by_address(connection, workshop.id)
    with pytest.raises(ConflictError):
        await withdraw_registration(connection, ids["a@example.org"], by="participant", actor=PARTICIPANT, now=AFTERWARDS)


async def test_after_withdrawal_a_new_submission_goes_to_the_end_of_the_line(connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection, capacity=1)
    form = submission("a@example.org")
    await place(connection, workshop.id, form, submission(), submission())
    ids = await ids_by_address(connection, workshop.id)
    await withdraw_registration(connection, ids["a@example.org"], by="participant", actor=PARTICIPANT, now=NOW)
    assert await place(connection, workshop.id, form) == [Answer(Outcome.WAITING, 2)]
    assert (await ids_by_address(connection, workshop.id))["a@example.org"] != ids["a@example.org"]


async def test_more_places_go_to_the_line_in_its_order(connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection, capacity=1)
    await place(connection, workshop.id, *(submission(f"p{number}@example.org") for number in range(5)))
    ids = await ids_by_address(connection, workshop.id)
    changed = await change_capacity(connection, workshop.id, 3, actor=ORGANISER, now=NOW)
    assert (changed.confirmed, changed.waiting) == await counts(connection, workshop.id) == (3, 2)
    assert [key for _, key, _ in await published(connection, kinds="registration.promoted%")] == [
        ids["p1@example.org"],
        ids["p2@example.org"],
    ]


async def test_capacity_cannot_go_below_what_is_confirmed(connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection, capacity=3)
    await place(connection, workshop.id, submission(), submission())
    with pytest.raises(InvalidFieldError) as refused:
        await change_capacity(connection, workshop.id, 1, actor=ORGANISER, now=NOW)
    assert refused.value.field == "capacity"
    assert (await change_capacity(connection, workshop.id, 2, actor=ORGANISER, now=NOW)).definition.capacity == 2


async def test_the_table_itself_refuses_to_oversell(connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection, capacity=1)
    with pytest.raises(asyncpg.CheckViolationError, match="never_oversold"):
        await connection.execute("UPDATE workshops SET confirmed_count = 2 WHERE id = $1", workshop.id)


async def test_an_unknown_workshop_is_not_found(connection: asyncpg.Connection) -> None:
    with pytest.raises(NotFoundError):
        await place(connection, ORGANISER.organiser_id, submission())  # type: ignore[arg-type]  # any id will do


async def test_every_submission_keeps_its_own_correlation_id(connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection)
    await place(connection, workshop.id, *(replace(submission(), correlation_id=f"submission-{number}") for number in range(2)))
    rows = await connection.fetch("SELECT payload FROM outbox WHERE topic = 'registrations' ORDER BY id")
    assert [f'"correlationid":"submission-{number}"' in row["payload"].decode() for number, row in enumerate(rows)] == [True, True]
    assert [
        row["correlation_id"]
        for row in await connection.fetch("SELECT correlation_id FROM audit_log WHERE action = 'registration.confirm' ORDER BY id")
    ] == [
        "submission-0",
        "submission-1",
    ]
