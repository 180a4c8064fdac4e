"""Keep whether a person was present at a session."""

from services.certificates.storage import receipts, registrations
from services.certificates.storage.receipts import Fact
from shared.contracts.registrations import AttendanceRecorded
from shared.runtime.database import Connection


async def record_attendance(connection: Connection, attendance: AttendanceRecorded, *, sequence: int, answer: Fact) -> None:
    """Keep what the fact says, unless a later one was read before. Its receipt follows once the rule was applied."""
    if await registrations.lock_registration(connection, attendance.registration_id, attendance.workshop_id):
        await receipts.open_receipt(connection, answer)
        await registrations.save_attendance(
            connection,
            attendance.registration_id,
            session_code=attendance.session_code,
            present=attendance.present,
            sequence=sequence,
        )
