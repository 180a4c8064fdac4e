"""What registration hears: any order, any repetition, and nothing about people who were erased."""

import itertools
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from services.registration.consumers import create_consumers
from services.registration.domain.actor import PARTICIPANT
from services.registration.storage import audit_log, reports
from services.registration.use_cases.erase_registration import erase_registration
from shared.contracts.certificates import CertificateIssued, CertificateRevoked, CertificatesActed, CertificateSuperseded
from shared.contracts.envelope import Event, envelop
from shared.contracts.notifications import NotificationsActed, NotificationSent, NotificationSkipped, NotificationUncertain
from shared.contracts.topics import NOTIFICATIONS
from shared.runtime.batches import BatchProcessor
from shared.runtime.clock import SystemClock
from shared.runtime.consumption import Received
from shared.runtime.waiting import Activity, Stop
from tests.component.registration.material import NOW, ids_by_address, open_one, place, submission
from tests.component.runtime.parts import raw_record, record

CONSUMERS = create_consumers()
REGISTRATION, WORKSHOP = uuid4(), uuid4()


async def hear(connection: asyncpg.Connection, event: Event, sequence: int) -> None:
    time = NOW + timedelta(minutes=sequence)
    received = Received(event, envelop(event, event_id=uuid4(), source="/services/test", time=time, sequence=sequence), time)
    if (together := CONSUMERS.together_handler(type(event).type)) is not None:
        await together(connection, [received])
        return
    handler = CONSUMERS.handler(type(event).type)
    assert handler is not None
    await handler(connection, received)


def mail(kind: type[Event], registration: UUID = REGISTRATION, **values: Any) -> Event:
    common: dict[str, Any] = {
        "registration_id": registration,
        "workshop_id": WORKSHOP,
        "purpose": "confirmation",
        "occurrence": "x",
        "due_at": NOW,
    }
    return kind(**common | values)


async def test_both_topics_are_consumed() -> None:
    assert [topic.name for topic in CONSUMERS.topics] == ["notifications", "certificates"]


async def test_a_mails_fate_is_the_same_in_every_order_and_when_repeated(connection: asyncpg.Connection) -> None:
    events = [
        (mail(NotificationUncertain, message_id="<m>"), 1),
        (mail(NotificationSent, message_id="<m>", sent_at=NOW), 2),
        (mail(NotificationSkipped, occurrence="y", reason="past"), 3),
    ]
    ends = set()
    for order in itertools.permutations(events):
        await connection.execute("TRUNCATE notification_outcomes")
        for event, sequence in (*order, *order):
            await hear(connection, event, sequence)
        ends.add(tuple((one.occurrence, one.state, one.reason, one.sent_at) for one in await reports.mails_of(connection, REGISTRATION)))
    assert ends == {(("x", "sent", None, NOW), ("y", "skipped", "past", None))}


async def test_a_certificates_state_is_the_same_in_every_order_and_when_repeated(connection: asyncpg.Connection) -> None:
    common: dict[str, Any] = {"registration_id": REGISTRATION, "workshop_id": WORKSHOP}
    events = [
        (CertificateIssued(**common, edition=1, serial="S1", verification_token="t1", status_index=0, sha256="x", issued_at=NOW), 1),
        (CertificateSuperseded(**common, edition=1, serial="S1", superseded_by="S2"), 2),
        (CertificateIssued(**common, edition=2, serial="S2", verification_token="t2", status_index=1, sha256="y", issued_at=NOW), 3),
        (CertificateRevoked(**common, edition=2, serial="S2", reason="organiser", revoked_at=NOW), 4),
    ]
    ends = set()
    for order in itertools.permutations(events):
        await connection.execute("TRUNCATE certificate_outcomes")
        for event, sequence in (*order, *order):
            await hear(connection, event, sequence)
        found = await reports.certificates_of(connection, REGISTRATION)
        ends.add(tuple((one.edition, one.state, one.verification_token, one.issued_at, one.reason, one.superseded_by) for one in found))
    assert ends == {((2, "revoked", "t2", NOW, "organiser", None), (1, "superseded", "t1", NOW, None, "S2"))}


async def test_the_last_receipt_stays_in_every_order_and_when_repeated_whatever_the_clocks_said(connection: asyncpg.Connection) -> None:
    fact = uuid4()

    def acted(acted_at: datetime, issued: int) -> Event:
        effects = {"eligible": 2, "issued": issued}
        return CertificatesActed(workshop_id=WORKSHOP, fact_id=fact, fact_type="workshop.completed.v1", acted_at=acted_at, effects=effects)

    # Two workers whose clocks differ: what was said last has the earlier time.
    events = [(acted(NOW, 0), 4), (acted(NOW + timedelta(minutes=1), 1), 5), (acted(NOW - timedelta(minutes=1), 2), 9)]
    ends = set()
    for order in itertools.permutations(events):
        await connection.execute("TRUNCATE receipts")
        for event, sequence in (*order, *order):
            await hear(connection, event, sequence)
        row = await connection.fetchrow("SELECT acted_at, effects, sequence FROM receipts WHERE service = 'certificates'")
        ends.add((row["acted_at"], row["effects"]["issued"], row["sequence"]))
    assert ends == {(NOW - timedelta(minutes=1), 2, 9)}


async def test_reports_about_erased_people_are_ignored_and_receipts_are_kept(connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection)
    await place(connection, workshop.id, submission("a@example.org"))
    [registration] = (await ids_by_address(connection, workshop.id)).values()
    await hear(connection, mail(NotificationSent, registration, message_id="<m>", sent_at=NOW), 1)
    assert len(await reports.mails_of(connection, registration)) == 1
    await erase_registration(connection, registration, actor=PARTICIPANT, now=NOW)
    fact = await connection.fetchval("SELECT event_id FROM outbox WHERE type = 'registration.erased.v1'")
    await hear(connection, mail(NotificationSkipped, registration, occurrence="late", reason="erased"), 2)
    await hear(
        connection,
        NotificationsActed(
            workshop_id=workshop.id,
            registration_id=registration,
            fact_id=fact,
            fact_type="registration.erased.v1",
            acted_at=NOW,
            effects={"erased": 1},
        ),
        3,
    )
    assert await reports.mails_of(connection, registration) == []
    entries = await audit_log.of_registration(connection, registration)
    erased = next(entry for entry in entries if entry.action == "registration.erase")
    assert [(receipt.service, receipt.effects) for receipt in erased.receipts] == [("notifications", {"erased": 1})]


async def test_nothing_broken_is_kept_of_erased_people_and_their_receipts_still_arrive(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        workshop = await open_one(connection)
        await place(connection, workshop.id, submission("gone@example.org"), submission("stays@example.org"))
        ids = await ids_by_address(connection, workshop.id)
        gone, stays = ids["gone@example.org"], ids["stays@example.org"]
        await erase_registration(connection, gone, actor=PARTICIPANT, now=NOW)
        fact = await connection.fetchval("SELECT event_id FROM outbox WHERE type = 'registration.erased.v1'")
    receipt = NotificationsActed(
        workshop_id=workshop.id, registration_id=gone, fact_id=fact, fact_type="registration.erased.v1", acted_at=NOW, effects={"erased": 1}
    )
    batch = [
        raw_record(str(gone).encode(), b'{"address": "gone@example.org"}', topic=NOTIFICATIONS, offset=1),
        record(mail(NotificationSkipped, gone, reason="gone@example.org\0"), sequence=1, offset=2),  # read well, refused by the database
        raw_record(str(stays).encode(), b'{"address": "stays@example.org"}', topic=NOTIFICATIONS, offset=3),
        record(mail(NotificationSkipped, stays, reason="\0"), sequence=1, offset=4),
        record(receipt, sequence=2, offset=5),
    ]
    processor = BatchProcessor(CONSUMERS, pool=pool, clock=SystemClock(), stop=Stop(), activity=Activity())
    await processor.process(NOTIFICATIONS, batch)
    assert [tuple(row) for row in await pool.fetch("SELECT key, record_offset FROM dead_letters ORDER BY 2")] == [(stays, 3), (stays, 4)]
    rows = await pool.fetch("SELECT service, fact_id, registration_id, effects FROM receipts")
    assert [tuple(row) for row in rows] == [("notifications", fact, gone, {"erased": 1})]
