"""A workshop of notifications with people who are to be told that they are confirmed."""

import uuid
from datetime import UTC, datetime
from itertools import cycle, islice

import asyncpg

from deploy.demo.people import load_applicants, load_workshop
from shared.contracts.workshops import WorkshopRecorded

PEOPLE = """
    INSERT INTO registrations (registration_id, workshop_id, standing, standing_sequence, standing_fact,
                               admitted_at, confirmed_at, last_fact_at, agenda_digest)
    SELECT n.id, $1, 'confirmed', 1, n.id, now(), now(), now(), 'planned' FROM unnest($2::uuid[]) AS n (id)
"""
PARTICIPANTS = """
    INSERT INTO participants
    SELECT n.id, $1, 1, n.given_name, n.family_name, n.address, n.language, 'Europe/Paris', '/my/' || repeat('x', 60) || n.id
    FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[]) AS n (id, given_name, family_name, address, language)
"""
MESSAGES = """
    INSERT INTO messages (registration_id, workshop_id, purpose, occurrence, rank, sequence, due_at)
    SELECT n.id, $1, 'confirmation', n.id::text, 0, 1, now() - interval '1 second' FROM unnest($2::uuid[]) AS n (id)
"""


def recorded() -> WorkshopRecorded:
    """The workshop that Atelier measures itself by, as its service publishes it."""
    data = load_workshop()
    notes = [{"mark": note.pop("mark"), "text": note} for note in data.pop("footnotes")]
    own = {"workshop_id": uuid.uuid4(), "version": 1, "slug": "bench", "state": "open", "waiting_list": data["waitlist"]}
    return WorkshopRecorded.model_validate(data | own | {"footnotes": notes, "contact": "workshops@example.org"})


async def fill(url: str, people: int) -> uuid.UUID:
    """An empty database of notifications gets so many people, with one mail for each that is due; returns their workshop."""
    workshop, chosen = recorded(), list(islice(cycle(load_applicants()), people))
    ids = [uuid.uuid4() for _ in chosen]
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            "INSERT INTO workshops (workshop_id, version, state, record, recorded_at, agenda_stale, agenda_digest) "
            "VALUES ($1, 1, 'open', $2, $3, false, 'planned')",
            workshop.workshop_id,
            workshop.model_dump_json(),
            datetime.now(UTC),
        )
        await connection.execute(PEOPLE, workshop.workshop_id, ids)
        await connection.execute(
            PARTICIPANTS,
            workshop.workshop_id,
            ids,
            [person.given_name for person in chosen],
            [person.family_name for person in chosen],
            [f"{number}@sink.example" for number, _ in enumerate(chosen)],
            [person.language for person in chosen],
        )
        await connection.execute(MESSAGES, workshop.workshop_id, ids)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
    return workshop.workshop_id
