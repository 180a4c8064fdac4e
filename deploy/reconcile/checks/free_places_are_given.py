"""Nobody waits while a place is free."""

from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.read_registration import RegistrationRow
from deploy.reconcile.world import World


def free_places_are_given(world: World) -> Iterator[Disagreement]:
    """Whatever makes a place free moves up who waits, in the same transaction: no moment shows both, however busy the system is.

    Only once a workshop is over does nobody move up. An open one of which something changed since its end, the workshop itself or
    somebody's place, is left out.
    """
    rows: dict[UUID, list[RegistrationRow]] = defaultdict(list)
    for row in world.registration.registrations.values():
        rows[row.workshop_id].append(row)
    for workshop in world.registration.workshops:
        people = rows[workshop.id]
        free = workshop.capacity - sum(row.state == "confirmed" for row in people)
        line = sorted((row for row in people if row.state == "waiting"), key=lambda row: row.number)
        changes = [workshop.updated_at, *(row.withdrawn_at for row in people if row.withdrawn_at)]
        if workshop.state == "open" and free > 0 and line and max(changes) < workshop.ends_at:
            yield Disagreement(
                check="free places",
                one_side=f"registration's workshop row has a capacity of {workshop.capacity}, of which {free} are free",
                other_side=f"registration keeps {len(line)} waiting, number {line[0].number} first",
                ids=(str(workshop.id), str(line[0].id)),
            )
