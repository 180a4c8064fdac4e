"""Remember what became of a mail, for its owner's page and the console."""

from datetime import datetime

from services.registration.domain.outcomes import read_mail
from services.registration.storage import outcomes
from shared.contracts.notifications import NotificationEvent
from shared.runtime.database import Connection


async def record_notification_outcome(connection: Connection, event: NotificationEvent, *, sequence: int, reported_at: datetime) -> None:
    """Store the mail's fate; an older fact never overwrites a newer one, and an erased registration's are ignored."""
    await outcomes.save_mail(connection, read_mail(event), sequence=sequence, reported_at=reported_at)
