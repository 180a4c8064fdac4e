"""First come, first served: nobody was promoted past someone who was still waiting."""

from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.read_registration import RegistrationRow
from deploy.reconcile.world import World


def line_is_in_order(world: World) -> Iterator[Disagreement]:
    """Everyone who still waits has a higher number than everyone who was promoted."""
    waiting: dict[UUID, list[RegistrationRow]] = defaultdict(list)
    promoted: dict[UUID, list[RegistrationRow]] = defaultdict(list)
    for row in world.registration.registrations.values():
        if row.state == "waiting":
            waiting[row.workshop_id].append(row)
        elif row.promoted:
            promoted[row.workshop_id].append(row)
    for workshop_id, line in waiting.items():
        first = min(line, key=lambda row: row.number)
        for row in promoted[workshop_id]:
            if row.number > first.number:
                yield Disagreement(
                    check="line",
                    one_side=f"registration promoted number {row.number}",
                    other_side=f"registration keeps number {first.number} waiting",
                    ids=(str(row.id), str(first.id)),
                )
