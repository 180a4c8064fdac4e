"""Who was present at what is the same for everyone."""

from collections.abc import Iterator
from uuid import UUID

from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.world import World
from shared.contracts.registrations import AttendanceRecorded


def attendance_agrees(world: World) -> Iterator[Disagreement]:
    """Erased people are left out: each service may forget where they were."""
    erased = world.erased
    latest: dict[tuple[UUID, str], tuple[int, bool]] = {}
    for envelope, event in world.log.events(AttendanceRecorded):
        key, known = (event.registration_id, event.session_code), (envelope.sequence or 0, event.present)
        latest[key] = max(known, latest.get(key, known))
    held = world.registration.attendance
    places = (
        ("Kafka", {key: present for key, (_, present) in latest.items()}),
        ("notifications", world.notifications.attendance),
        ("certificates", world.certificates.attendance),
    )
    for place, presence in places:
        for registration_id, session_code in sorted(held.keys() | presence.keys()):
            expected, found = held.get((registration_id, session_code)), presence.get((registration_id, session_code))
            if expected != found and registration_id not in erased:
                yield Disagreement(
                    check="attendance",
                    one_side=f"registration has the person as {_presence(expected)} at {session_code}",
                    other_side=f"{place} has them as {_presence(found)}",
                    ids=(str(registration_id),),
                )


def _presence(present: bool | None) -> str:  # noqa: FBT001 - what is recorded, not a switch
    return {True: "present", False: "absent", None: "not recorded"}[present]
