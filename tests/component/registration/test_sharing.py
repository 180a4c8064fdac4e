"""The holder's switch: on under a new address each time, off for good, told to the others and noted."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.registration.domain.actor import PARTICIPANT
from services.registration.domain.outcomes import CertificateOutcome
from services.registration.domain.refusals import ConflictError, NotFoundError
from services.registration.storage import audit_log, outcomes, shares
from services.registration.use_cases.erase_registration import erase_registration
from services.registration.use_cases.share_certificate import share_certificate
from services.registration.use_cases.stop_sharing_certificate import stop_sharing_certificate
from services.registration.use_cases.withdraw_registration import withdraw_registration
from tests.component.registration.material import NOW, ids_by_address, open_one, place, published, submission

LATER = NOW + timedelta(minutes=1)


async def holder(connection: asyncpg.Connection, *states: str) -> UUID:
    """A confirmed registration with editions of a certificate in these states, the oldest first."""
    workshop = await open_one(connection)
    await place(connection, workshop.id, submission("a@example.org"))
    [registration_id] = (await ids_by_address(connection, workshop.id)).values()
    for edition, state in enumerate(states, start=1):
        outcome = CertificateOutcome(registration_id, workshop.id, edition, f"ATL-{edition}", state, f"token-{edition}", NOW)
        await outcomes.save_certificate(connection, outcome, sequence=edition)
    return registration_id


async def on(connection: asyncpg.Connection, registration_id: UUID) -> str:
    async with connection.transaction():
        return await share_certificate(connection, registration_id, actor=PARTICIPANT, now=LATER)


async def off(connection: asyncpg.Connection, registration_id: UUID) -> bool:
    async with connection.transaction():
        return await stop_sharing_certificate(connection, registration_id, actor=PARTICIPANT, now=LATER)


async def told(connection: asyncpg.Connection) -> list[tuple[str, str | None]]:
    """What the others hear: the middle of the type, and the token."""
    facts = await published(connection, kinds="registration.certificate_shar%")
    return [(kind.split(".")[1], data.get("share_token")) for kind, _, data in facts]


async def test_it_is_switched_on_under_a_new_token_each_time(connection: asyncpg.Connection) -> None:
    registration_id = await holder(connection, "superseded", "issued")
    first = await on(connection, registration_id)
    assert await shares.find_token(connection, registration_id) == first
    assert await off(connection, registration_id)
    assert await shares.find_token(connection, registration_id) is None
    second = await on(connection, registration_id)
    assert first != second
    assert await told(connection) == [("certificate_shared", first), ("certificate_sharing_ended", None), ("certificate_shared", second)]


async def test_switching_twice_changes_nothing(connection: asyncpg.Connection) -> None:
    registration_id = await holder(connection, "issued")
    assert await on(connection, registration_id) == await on(connection, registration_id)
    assert [await off(connection, registration_id) for _ in range(2)] == [True, False]
    assert [kind for kind, _ in await told(connection)] == ["certificate_shared", "certificate_sharing_ended"]


async def test_two_clicks_at_once_make_one_address(connection: asyncpg.Connection, pool: asyncpg.Pool) -> None:
    registration_id = await holder(connection, "issued")

    async def click() -> str:
        async with pool.acquire() as own:
            return await on(own, registration_id)

    first, second = await asyncio.gather(click(), click())
    assert first == second
    assert len(await told(connection)) == 1


@pytest.mark.parametrize("states", [(), ("revoked",), ("superseded",), ("issued", "revoked")])
async def test_without_a_valid_certificate_it_is_refused(connection: asyncpg.Connection, states: tuple[str, ...]) -> None:
    registration_id = await holder(connection, *states)
    if states == ("issued", "revoked"):
        await connection.execute("UPDATE certificate_outcomes SET state = 'superseded' WHERE edition = 1")
    with pytest.raises(ConflictError) as refused:
        await on(connection, registration_id)
    assert refused.value.code == "no_certificate"
    assert await told(connection) == []
    with pytest.raises(NotFoundError):
        await on(connection, uuid4())
    with pytest.raises(NotFoundError):
        await off(connection, uuid4())


async def test_whoever_withdrew_may_only_switch_off(connection: asyncpg.Connection) -> None:
    registration_id = await holder(connection, "issued")
    await on(connection, registration_id)
    await withdraw_registration(connection, registration_id, by="participant", actor=PARTICIPANT, now=LATER)
    with pytest.raises(ConflictError):
        await on(connection, registration_id)
    assert await off(connection, registration_id)
    with pytest.raises(ConflictError):
        await on(connection, registration_id)


async def test_erasure_ends_it_for_good(connection: asyncpg.Connection) -> None:
    registration_id = await holder(connection, "issued")
    await on(connection, registration_id)
    await erase_registration(connection, registration_id, actor=PARTICIPANT, now=LATER)
    assert await shares.find_token(connection, registration_id) is None
    with pytest.raises(ConflictError) as refused:
        await on(connection, registration_id)
    assert refused.value.code == "registration_is_erased"
    assert not await off(connection, registration_id)
    assert [kind for kind, _ in await told(connection)] == ["certificate_shared"], "the erasure itself is what the others act on"


async def test_a_process_of_the_version_before_that_erases_ends_it_too(connection: asyncpg.Connection) -> None:
    registration_id = await holder(connection, "issued")
    await on(connection, registration_id)
    await connection.execute("UPDATE registrations SET state = 'erased', erased_at = $1, address_key = NULL, form_token = NULL", NOW)
    assert await shares.find_token(connection, registration_id) is None


async def test_who_switched_it_is_noted_without_the_token(connection: asyncpg.Connection) -> None:
    registration_id = await holder(connection, "issued")
    token = await on(connection, registration_id)
    await off(connection, registration_id)
    noted = (await audit_log.of_registration(connection, registration_id))[:2]
    assert [(entry.action, entry.actor) for entry in noted] == [
        ("registration.stop_sharing_certificate", "participant"),
        ("registration.share_certificate", "participant"),
    ]
    assert all(entry.fact_id is not None for entry in noted)
    assert token not in repr(await connection.fetch("SELECT * FROM audit_log"))
