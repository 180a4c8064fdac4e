"""An organiser has all valid certificates of a workshop issued anew, such as after its template was changed."""

from datetime import datetime
from uuid import UUID

from services.certificates.domain.refusals import RefusedError
from services.certificates.storage import audit_log, issuing_again
from services.certificates.storage.audit_log import Organiser
from shared.runtime.database import Connection


async def issue_all_again(connection: Connection, workshop_id: UUID, *, by: Organiser, now: datetime) -> None:
    """Those that were issued until now; the worker replaces them, a portion at a time, and goes on where it was stopped.

    Raises RefusedError while that is being done already.
    """
    if not await issuing_again.ask(connection, workshop_id, before=now):
        raise RefusedError("being_done")
    await audit_log.note(connection, "certificates.issue_all_again", by=by, at=now, workshop_id=workshop_id)
