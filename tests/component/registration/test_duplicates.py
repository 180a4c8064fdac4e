"""One live registration per address and workshop, and what a second submission sees of the first: nothing."""

from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from services.registration.domain.actor import PARTICIPANT
from services.registration.domain.address import read_address
from services.registration.domain.places import ANSWERS_AFTER_END, Answer, Outcome
from services.registration.use_cases.change_capacity import change_capacity
from services.registration.use_cases.erase_registration import erase_registration
from services.registration.use_cases.forget_answers import forget_answers
from services.registration.use_cases.withdraw_registration import withdraw_registration
from tests.component.registration.material import NOW, ORGANISER, counts, ids_by_address, open_one, place, published, submission

CONFIRMED = Answer(Outcome.CONFIRMED)


async def state_of(connection: asyncpg.Connection) -> list[tuple[object, ...]]:
    """Everything a second submission must leave as it is."""
    rows = []
    for table in ("workshops", "participants", "answers"):
        rows += [tuple(row) for row in await connection.fetch(f"SELECT * FROM {table} ORDER BY 1")]  # noqa: S608 - three names of ours
    rows += [
        tuple(row) for row in await connection.fetch("SELECT id, number, state, form_token, address_key FROM registrations ORDER BY id")
    ]
    return rows


async def test_the_same_form_sees_the_earlier_answer_again(connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection, capacity=1)
    first, second = submission(), submission()
    assert await place(connection, workshop.id, first, second) == [CONFIRMED, Answer(Outcome.WAITING, 1)]
    await place(connection, workshop.id, submission())
    before = await state_of(connection)
    assert await place(connection, workshop.id, second, first) == [Answer(Outcome.WAITING, 1), CONFIRMED]
    assert await state_of(connection) == before
    assert not await published(connection, kinds="registration.link_requested%")


async def test_another_form_with_the_address_is_answered_like_a_fresh_one_and_changes_nothing(connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection, capacity=2)
    await place(connection, workshop.id, submission("a@example.org"), submission(), submission())
    before = await state_of(connection)
    # The owner is confirmed, but whoever asks now is told what any other would be told: second in line.
    assert await place(connection, workshop.id, submission("a@example.org", given_name="Mallory")) == [Answer(Outcome.WAITING, 2)]
    assert await place(connection, workshop.id, submission()) == [Answer(Outcome.WAITING, 2)]
    assert (await state_of(connection))[1:] != before[1:]  # the fresh one, of course
    assert await counts(connection, workshop.id) == (2, 2)


async def test_the_owner_is_mailed_the_link_at_a_limited_rate(connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection)
    await place(connection, workshop.id, submission("a@example.org"))
    [registration_id] = (await ids_by_address(connection, workshop.id)).values()
    for _ in range(3):
        await place(connection, workshop.id, submission("a@example.org"))
    assert [key for _, key, _ in await published(connection, kinds="registration.link_requested%")] == [registration_id]
    # Real time counts, not business time: moving the business clock opens no second mail, the interval's end does.
    await connection.execute("UPDATE registrations SET link_requested_at = link_requested_at - interval '601 seconds'")
    await place(connection, workshop.id, submission("a@example.org"))
    assert len(await published(connection, kinds="registration.link_requested%")) == 2


async def test_duplicates_inside_a_group_take_no_place(connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection, capacity=2)
    form = submission("a@example.org")
    answers = await place(
        connection, workshop.id, form, form, submission("a@example.org"), submission("b@example.org"), submission("c@example.org")
    )
    assert answers == [CONFIRMED, CONFIRMED, CONFIRMED, CONFIRMED, Answer(Outcome.WAITING, 1)]
    assert await counts(connection, workshop.id) == (2, 1)
    assert await connection.fetchval("SELECT count(*) FROM registrations") == 3


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("together", [True, False])
async def test_sending_a_form_twice_does_not_tell_whether_the_address_was_new(
    connection: asyncpg.Connection, *, known: bool, together: bool
) -> None:
    workshop = await open_one(connection, capacity=1)
    owner, probe = submission("a@example.org"), submission("a@example.org")
    # One waits either way, so that what is told first is the same in both worlds.
    await place(connection, workshop.id, submission(), owner if known else submission("b@example.org"))
    groups = [[probe, submission("c@example.org"), probe]] if together else [[probe], [submission("c@example.org")], [probe]]
    answers = [answer for group in groups for answer in await place(connection, workshop.id, *group)]
    assert (answers[0], answers[2]) == (Answer(Outcome.WAITING, 2), Answer(Outcome.WAITING, 2))
    # Nor after somebody left and the line has moved.
    ids = await ids_by_address(connection, workshop.id)
    await withdraw_registration(connection, ids["c@example.org"], by="participant", actor=PARTICIPANT, now=NOW)
    assert await place(connection, workshop.id, probe) == [Answer(Outcome.WAITING, 2)]


@pytest.mark.parametrize("known", [True, False])
async def test_a_form_that_was_refused_is_decided_anew_whether_the_address_was_new_or_not(
    connection: asyncpg.Connection, *, known: bool
) -> None:
    workshop = await open_one(connection, capacity=1, waitlist=False)
    await place(connection, workshop.id, submission("a@example.org" if known else "b@example.org"))
    probe = submission("a@example.org")
    assert await place(connection, workshop.id, probe) == [Answer(Outcome.FULL)]
    await change_capacity(connection, workshop.id, 2, actor=ORGANISER, now=NOW)
    assert await place(connection, workshop.id, probe) == [CONFIRMED]
    assert await place(connection, workshop.id, submission("c@example.org"), probe) == [
        CONFIRMED if known else Answer(Outcome.FULL),
        CONFIRMED,
    ]


async def test_what_a_duplicate_was_told_keeps_nobody_from_registering(connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection, capacity=1)
    probe = submission("a@example.org")
    await place(connection, workshop.id, submission("a@example.org"))
    assert await place(connection, workshop.id, probe) == [Answer(Outcome.WAITING, 1)]
    [registration_id] = (await ids_by_address(connection, workshop.id)).values()
    await withdraw_registration(connection, registration_id, by="participant", actor=PARTICIPANT, now=NOW)
    # What was told of the earlier registration is not told of the later one: accepted means kept.
    assert await place(connection, workshop.id, probe) == [CONFIRMED]
    assert await counts(connection, workshop.id) == (1, 0)


async def test_what_a_duplicate_was_told_goes_when_the_workshop_is_over_or_the_person_is_erased(connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection)
    owner, probe = submission("a@example.org"), submission("a@example.org")
    await place(connection, workshop.id, owner, probe, submission("b@example.org"), submission("b@example.org"))
    ids = await ids_by_address(connection, workshop.id)
    columns = await connection.fetch("SELECT column_name FROM information_schema.columns WHERE table_name = 'duplicate_answers'")
    assert not {row["column_name"] for row in columns} & {"address", "address_key"}
    async with connection.transaction():
        await erase_registration(connection, ids["b@example.org"], actor=PARTICIPANT, now=NOW)
    left = await connection.fetch("SELECT registration_id, form_token FROM duplicate_answers")
    assert [tuple(row) for row in left] == [(ids["a@example.org"], probe.form_token)]
    end = workshop.ends_at + ANSWERS_AFTER_END
    assert await place(connection, workshop.id, owner, probe, now=end - timedelta(seconds=1)) == [CONFIRMED] * 2
    assert not await forget_answers(connection, now=end - timedelta(seconds=1))
    # From then on both forms are told the same, with the row and without it.
    assert await place(connection, workshop.id, owner, probe, now=end) == [Answer(Outcome.CLOSED)] * 2
    assert await forget_answers(connection, now=end)
    assert not await forget_answers(connection, now=end)
    assert await connection.fetchval("SELECT count(*) FROM duplicate_answers") == 0
    assert await place(connection, workshop.id, owner, probe, now=end) == [Answer(Outcome.CLOSED)] * 2


async def test_a_full_workshop_tells_owners_and_strangers_the_same(connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection, capacity=1, waitlist=False)
    await place(connection, workshop.id, submission("a@example.org"))
    answers = await place(connection, workshop.id, submission("a@example.org"), submission("stranger@example.org"))
    assert answers == [Answer(Outcome.FULL)] * 2


async def test_one_form_for_two_addresses_is_two_registrations(connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection)
    form_token = uuid4()
    await place(connection, workshop.id, submission("a@example.org", form_token=form_token))
    await place(connection, workshop.id, submission("b@example.org", form_token=form_token))
    assert await counts(connection, workshop.id) == (2, 0)


async def test_the_same_address_may_register_for_another_workshop(connection: asyncpg.Connection) -> None:
    for _ in range(2):
        workshop = await open_one(connection)
        assert await place(connection, workshop.id, submission("a@example.org")) == [CONFIRMED]


async def test_the_index_holds_when_the_lock_does_not(connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection)
    await place(connection, workshop.id, submission("a@example.org"), submission("b@example.org"))
    with pytest.raises(asyncpg.UniqueViolationError, match="one_live_registration_per_address"):
        await connection.execute("UPDATE registrations SET address_key = 'a@example.org'")


async def test_after_withdrawal_the_address_is_free(connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection)
    await place(connection, workshop.id, submission("a@example.org"))
    [registration_id] = (await ids_by_address(connection, workshop.id)).values()
    await withdraw_registration(connection, registration_id, by="participant", actor=PARTICIPANT, now=NOW)
    assert await place(connection, workshop.id, submission("a@example.org")) == [CONFIRMED]
    assert not await published(connection, kinds="registration.link_requested%")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Zoe\u0308@example.org", "zoë@EXAMPLE.org"),
        ("  a.b@example.org ", "A.B@example.org"),
        ("x@bücher.example.org", "X@xn--bcher-kva.example.org"),
        ("STRASSE@example.org", "straße@example.org"),
    ],
)
def test_spellings_of_one_address(one: str, other: str) -> None:
    assert read_address(one).key == read_address(other).key
