"""Bring every certificate back to what this service told of it: the last step of a rebuild from the topics."""

from dataclasses import dataclass
from datetime import datetime

from services.certificates.domain.certificate import Reason
from services.certificates.storage import certificates, rebuilding
from services.certificates.storage.documents import WithoutDocument
from services.certificates.use_cases.restore_documents import Find, restore_documents
from services.certificates.use_cases.revoke_certificate import revoke_certificate
from services.certificates.use_cases.source import SOURCE
from services.certificates.use_cases.withhold_certificate import withhold_certificate
from shared.contracts.envelope import Event
from shared.runtime.database import Connection
from shared.runtime.outbox import publish
from shared.runtime.rebuild_tables import publish_untold


@dataclass(frozen=True, slots=True)
class Restored:
    """How many certificates and documents there are again, facts that had never been told, and certificates that lack their document."""

    certificates: int
    documents: int
    untold: int
    missing: list[WithoutDocument]


async def restore_certificates(connection: Connection, find: Find, *, now: datetime) -> Restored:
    """Restore, in the transaction that ends the rebuild. Nothing is rendered, and no rule applied: the worker does, once it starts.

    Args:
        connection: with an open transaction, all topics read.
        find: documents of a backup.
        now: business time.
    """
    restored = await rebuilding.restore_certificates(connection)
    await rebuilding.restore_trainers(connection, now=now)
    await rebuilding.restore_approvals(connection, now=now)
    for promised in await rebuilding.read_promised(connection):
        await certificates.insert_eligible(
            connection,
            registration_id=promised.registration_id,
            workshop_id=promised.workshop_id,
            edition=promised.edition,
            serial=promised.serial,
            now=promised.superseded_at,
            trainer=promised.trainer,
        )
    events: list[Event] = []
    for registration_id in await rebuilding.erased_with_certificates(connection):
        # Revoked already, unless the erasure is news to this service.
        events += (await withhold_certificate(connection, registration_id, reason=Reason.ERASED, now=now)).events
        events += await revoke_certificate(connection, registration_id, reason=Reason.ERASED, now=now)
        await certificates.erase_certificates(connection, registration_id)
    await rebuilding.restore_templates(connection)
    await rebuilding.restore_receipts(connection)
    await rebuilding.forget_told(connection)
    untold = await publish_untold(connection, source=SOURCE, now=now)
    await publish(connection, events, source=SOURCE, now=now)
    documents, missing = await restore_documents(connection, find)
    return Restored(restored, documents, untold + len(events), missing)
