"""Erase a registration, for good."""

from datetime import datetime
from uuid import UUID

from services.notifications.storage import erasure, outcomes, receipts
from services.notifications.use_cases.tell_fates import SOURCE, tell_fates
from shared.contracts.notifications import NotificationsActed
from shared.contracts.registrations import RegistrationErased
from shared.runtime.database import Connection
from shared.runtime.outbox import publish


async def forget_registration(connection: Connection, event: RegistrationErased, *, fact_id: UUID, mail_domain: str, now: datetime) -> None:
    """Delete everything about a person, keep the bare id as erased, and answer with a receipt.

    Messages that wait are skipped. One whose text is being handed over at this moment cannot be taken back; its row names no one.
    """
    await erasure.remember_erased(connection, event.registration_id)
    deleted = await erasure.delete_traces(connection, event.registration_id)
    skipped = await outcomes.settle_erased(connection, event.registration_id, by=fact_id, now=now)
    await tell_fates(connection, skipped, mail_domain=mail_domain, now=now)
    if await receipts.owe_receipt(
        connection, fact_id=fact_id, workshop_id=event.workshop_id, registration_id=event.registration_id, fact_type=event.type
    ):
        await receipts.settle_receipts(connection, [fact_id], now=now)
        await publish(
            connection,
            [
                NotificationsActed(
                    workshop_id=event.workshop_id,
                    registration_id=event.registration_id,
                    fact_id=fact_id,
                    fact_type=event.type,
                    acted_at=now,
                    effects={"records_deleted": deleted, "messages_skipped": len(skipped)},
                )
            ],
            source=SOURCE,
            now=now,
        )
