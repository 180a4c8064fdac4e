"""Take in a rendered certificate: the document, its checksum and the news of it, all or nothing."""

import hashlib
from datetime import datetime

from services.certificates.document.produce import Produced
from services.certificates.document.wording import Award, Wording, word
from services.certificates.storage import receipts, registrations, rendering
from services.certificates.storage.rendering import Commission, Document, Printed
from services.certificates.use_cases.source import SOURCE
from shared.contracts.certificates import CertificateIssued
from shared.runtime.database import Connection
from shared.runtime.outbox import publish


async def store_certificate(
    connection: Connection, commission: Commission, produced: Produced, *, issued_at: datetime, now: datetime
) -> bool:
    """Issue the certificate. `issued_at` is the moment printed on it.

    False where it is not to be issued as rendered: the lease has gone to another, the certificate was taken back or the person erased
    meanwhile, or what it says is no longer so, in which case it waits to be rendered anew.
    """
    if not await registrations.lock_registration(connection, commission.registration_id, commission.workshop_id):
        return False
    if not await _still_says(connection, commission, issued_at=issued_at):
        await rendering.give_back(connection, commission, broken_off=False)
        return False
    document = Document(produced.pdf, hashlib.sha256(produced.pdf).hexdigest(), produced.credential, produced.enveloped)
    kind = _worded(commission.printed, commission, issued_at).kind
    if not await rendering.store_document(connection, commission, document, issued_at=issued_at, kind=kind):
        return False
    await receipts.note_change(connection, [commission.workshop_id])
    issued = CertificateIssued(
        registration_id=commission.registration_id,
        workshop_id=commission.workshop_id,
        edition=commission.edition,
        serial=commission.serial,
        verification_token=commission.verification_token,
        status_index=commission.status_index,
        sha256=document.sha256,
        issued_at=issued_at,
        eligible_at=commission.eligible_at,
        language=commission.printed.language,
        attended=tuple(sorted(commission.printed.attended)),
        kind=kind,
    )
    await publish(connection, [issued], source=SOURCE, now=now)
    return True


async def _still_says(connection: Connection, commission: Commission, *, issued_at: datetime) -> bool:
    """Whether the document would say the same if it were made now.

    The words are compared, not the records they come from: a workshop's record changes for many reasons that are not printed, and one of
    them, its state, always follows its completion. Name and attendance are compared as they are, because they are kept beside the document.
    """
    rendered = commission.printed
    known = (await rendering.read_printed(connection, [commission.registration_id])).get(commission.registration_id)
    if known is None or _of_person(known) != _of_person(rendered):
        return False
    return _worded(known, commission, issued_at) == _worded(rendered, commission, issued_at)


def _of_person(printed: Printed) -> tuple[object, ...]:
    return printed.name, printed.language, printed.trainer, frozenset() if printed.trainer else printed.attended, printed.address


def _worded(printed: Printed, commission: Commission, issued_at: datetime) -> Wording:
    return word(
        printed.workshop,
        Award(
            name=printed.name,
            language=printed.language,
            attended=printed.attended,
            serial=commission.serial,
            issued_at=issued_at,
            token=commission.verification_token,
            status_index=commission.status_index,
            public_url="",
            trainer=printed.trainer,
        ),
        printed.template,
    )
