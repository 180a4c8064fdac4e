"""Keep whether people were present at sessions."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.certificates.storage import receipts, registrations
from services.certificates.storage.receipts import Fact
from shared.contracts.registrations import AttendanceRecorded
from shared.runtime.database import Connection


@dataclass(frozen=True, slots=True)
class HeardAttendance:
    """A fact, its number among those of the registration, and itself as what is to be answered."""

    event: AttendanceRecorded
    sequence: int
    answer: Fact


async def record_attendances(connection: Connection, heard: Sequence[HeardAttendance]) -> None:
    """Keep what facts say, one a registration, unless a later one was read before. Receipts follow once the rule was applied."""
    kept = await registrations.lock_registrations(connection, {one.event.registration_id: one.event.workshop_id for one in heard})
    known = [one for one in heard if one.event.registration_id in kept]
    await receipts.open_receipts(connection, [one.answer for one in known])
    await registrations.save_attendances(connection, [(one.event, one.sequence) for one in known])
