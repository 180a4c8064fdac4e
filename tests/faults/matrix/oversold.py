"""Whether there was a moment at which more people were confirmed than a workshop has places, though nobody looked."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from tests.faults.matrix.databases import inside
from tests.faults.matrix.findings import Category, Finding
from tests.faults.matrix.stage import Stage

COMES = {"registration.confirmed.v1", "registration.promoted.v1"}
LEAVES = {"registration.withdrawn.v1"}
Told = tuple[UUID, UUID, str]
"""Workshop, registration, type of the fact."""


async def oversold(stage: Stage) -> list[Finding]:
    """Replay what registration has told. Admission locks the workshop, so the outbox holds a workshop's facts as they were committed."""
    async with inside(stage, "registration") as connection:
        rows = await connection.fetch(
            """
            SELECT r.workshop_id, o.key, o.type FROM outbox o JOIN registrations r ON r.id = o.key
            WHERE o.topic = 'registrations' ORDER BY o.id
            """
        )
    places = {course.workshop_id: course.capacity for course in stage.load.ledger.courses if course.workshop_id}
    most = most_at_once((row["workshop_id"], row["key"], row["type"]) for row in rows)
    return [
        Finding(Category.OVERSOLD, f"workshop {workshop_id} has {places[workshop_id]} places", f"at one moment {count} were confirmed")
        for workshop_id, count in most.items()
        if count > places.get(workshop_id, count)
    ]


def most_at_once(told: Iterable[Told]) -> dict[UUID, int]:
    """By workshop, how many were confirmed at the fullest moment. Who waits and withdraws gives no place back."""
    confirmed: dict[UUID, set[UUID]] = defaultdict(set)
    most: dict[UUID, int] = defaultdict(int)
    for workshop_id, registration_id, fact in told:
        if fact in COMES:
            confirmed[workshop_id].add(registration_id)
        elif fact in LEAVES:
            confirmed[workshop_id].discard(registration_id)
        most[workshop_id] = max(most[workshop_id], len(confirmed[workshop_id]))
    return dict(most)
