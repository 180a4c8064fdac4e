"""People who have registered, as rows of registration's outbox that nobody has published yet."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import cycle, islice

import asyncpg

from deploy.demo.people import load_applicants
from shared.contracts.envelope import Event, envelop
from shared.contracts.participants import ParticipantRecorded
from shared.contracts.registrations import RegistrationConfirmed

SOURCE = "/services/registration"
AT_ONCE = 20_000
EVENTS_EACH = 2


def told(workshop_id: uuid.UUID, people: int) -> Iterator[tuple[Event, int | None]]:
    """What is told of each person: who it is, and that they have a place; with the sequence number of facts."""
    for number, person in enumerate(islice(cycle(load_applicants()), people), start=1):
        registration_id = uuid.uuid4()
        yield (
            ParticipantRecorded(
                registration_id=registration_id,
                workshop_id=workshop_id,
                version=1,
                given_name=person.given_name,
                family_name=person.family_name,
                certificate_name=person.certificate_name,
                address=f"{number}@sink.example",
                language=person.language,
                time_zone="Europe/Paris",
                personal_page=f"/my/{'x' * 60}{number}",
            ),
            None,
        )
        yield RegistrationConfirmed(registration_id=registration_id, workshop_id=workshop_id, number=number), 1


async def fill(url: str, workshop_id: uuid.UUID, people: int) -> int:
    """Add the rows; returns how many."""
    now, rows, events = datetime.now(UTC), 0, told(workshop_id, people)
    columns = ("event_id", "topic", "key", "type", "sequence", "source", "occurred_at", "payload")
    connection = await asyncpg.connect(url)
    try:
        while chunk := [_row(event, sequence, now) for event, sequence in islice(events, AT_ONCE)]:
            await connection.copy_records_to_table("outbox", records=chunk, columns=columns)
            rows += len(chunk)
        await connection.execute("ANALYZE outbox")
    finally:
        await connection.close()
    return rows


def _row(event: Event, sequence: int | None, now: datetime) -> tuple[object, ...]:
    event_id = uuid.uuid4()
    payload = envelop(event, event_id=event_id, source=SOURCE, time=now, sequence=sequence).to_bytes()
    return event_id, event.topic.name, event.key, event.type, sequence, SOURCE, now, payload
