"""Keep who was at which session."""

from services.notifications.storage import registrations
from shared.contracts.registrations import AttendanceRecorded
from shared.runtime.database import Connection


async def record_attendance(connection: Connection, event: AttendanceRecorded, *, sequence: int) -> None:
    """Keep the newest word about a session: a follow-up for those who attended is judged by it."""
    await registrations.store_attendance(connection, event.registration_id, event.session_code, present=event.present, sequence=sequence)
