"""Remember what became of mails, for their owners' pages and the console."""

from collections.abc import Sequence
from datetime import datetime

from services.registration.domain.outcomes import read_mail
from services.registration.storage import outcomes
from services.registration.storage.outcomes import MailReport
from shared.contracts.notifications import NotificationEvent
from shared.runtime.database import Connection


async def record_notification_outcomes(connection: Connection, told: Sequence[tuple[NotificationEvent, int, datetime]]) -> None:
    """Store the fates of mails, given as the fact, its number and when it was told, each mail's once.

    An older fact never overwrites a newer one, and those of erased registrations are ignored.
    """
    await outcomes.save_mails(connection, [MailReport(read_mail(event), sequence, at) for event, sequence, at in told])
