"""How many mails and certificates are in each state: what is kept is what a count of the rows says, whatever was told in which order."""

import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.registration.domain.outcomes import CertificateOutcome, MailOutcome
from services.registration.storage import erasure, outcomes, reports
from services.registration.storage.outcomes import MailReport
from tests.component.registration.material import NOW, open_one, place, submission

STATES = ("sent", "skipped", "uncertain", "failed")
WORKSHOPS = sorted((uuid4(), uuid4()), reverse=True)


async def counts_agree(connection: asyncpg.Connection, workshop_id: UUID) -> bool:
    mails = await connection.fetch(
        "SELECT purpose, state, count(*) AS n FROM notification_outcomes WHERE workshop_id = $1 GROUP BY purpose, state", workshop_id
    )
    certificates = await connection.fetch(
        "SELECT state, count(*) AS n FROM certificate_outcomes WHERE workshop_id = $1 GROUP BY state", workshop_id
    )
    return await reports.count_mails(connection, workshop_id) == {(row["purpose"], row["state"]): row["n"] for row in mails} and (
        await reports.count_certificates(connection, workshop_id) == {row["state"]: row["n"] for row in certificates}
    )


def told(chance: random.Random, people: Sequence[UUID]) -> list[MailReport]:
    """Of several people, each once, as a set of facts is heard."""
    return [
        MailReport(
            MailOutcome(
                person, chance.choice(WORKSHOPS), chance.choice(("confirmation", "reminder")), "x", chance.choice(STATES), "en", NOW
            ),
            chance.randint(1, 5),
            NOW,
        )
        for person in chance.sample(people, chance.randint(1, len(people)))
    ]


@pytest.mark.parametrize("seed", range(5))
async def test_counts_are_those_of_the_rows(connection: asyncpg.Connection, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same in every run
    people = [uuid4() for _ in range(6)]
    for _ in range(30):
        await outcomes.save_mails(connection, told(chance, people))
        person = chance.choice(people)
        certificate = CertificateOutcome(person, WORKSHOPS[0], chance.randint(1, 2), f"S{person}", chance.choice(("issued", "revoked")))
        await outcomes.save_certificate(connection, certificate, sequence=chance.randint(1, 5))
        if chance.random() < 0.1:
            await erasure.forget(connection, chance.choice(people), now=NOW + timedelta(days=1))
        for workshop_id in WORKSHOPS:
            assert await counts_agree(connection, workshop_id)


async def test_what_is_rolled_back_is_not_counted(connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection)
    await place(connection, workshop.id, submission("a@example.org"))
    transaction = connection.transaction()
    await transaction.start()
    await outcomes.save_mails(connection, [MailReport(MailOutcome(uuid4(), workshop.id, "confirmation", "x", "sent", "en", NOW), 1, NOW)])
    assert await reports.count_mails(connection, workshop.id) == {("confirmation", "sent"): 1}
    await transaction.rollback()
    assert await reports.count_mails(connection, workshop.id) == {}


async def test_several_workers_at_once_lose_no_count(pool: asyncpg.Pool) -> None:
    people = [uuid4() for _ in range(40)]

    async def work(seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 - the same in every run
        for _ in range(20):
            async with pool.acquire() as connection, connection.transaction():
                await outcomes.save_mails(connection, told(chance, people[seed * 10 : seed * 10 + 10]))

    await asyncio.gather(*map(work, range(4)))
    async with pool.acquire() as connection:
        for workshop_id in WORKSHOPS:
            assert await counts_agree(connection, workshop_id)
            assert sum((await reports.count_mails(connection, workshop_id)).values())
