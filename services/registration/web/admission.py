"""One attempt to decide a group, in one transaction, which knows whether its end is in doubt."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from services.registration.domain.form import Submission
from services.registration.domain.personal_link import PersonalLinks
from services.registration.domain.places import Answer
from services.registration.use_cases.place_registration import place_registrations
from shared.runtime.database import Pool


@dataclass(slots=True)
class Attempt:
    """`in_doubt` from the moment a commit was sent: without its answer nobody knows whether the submission is recorded."""

    in_doubt: bool = False


async def admit(
    pool: Pool,
    workshop_id: UUID,
    submissions: Sequence[Submission],
    attempts: Sequence[Attempt],
    *,
    links: PersonalLinks,
    link_interval: timedelta,
    now: datetime,
) -> list[Answer]:
    """Decide the group and commit."""
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            answers = await place_registrations(connection, workshop_id, submissions, links=links, link_interval=link_interval, now=now)
        except BaseException:
            with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError, asyncio.TimeoutError):
                await transaction.rollback()
            raise
        for attempt in attempts:
            attempt.in_doubt = True
        await transaction.commit()
        return answers
