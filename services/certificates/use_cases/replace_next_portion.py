"""Go on with issuing all certificates of a workshop again."""

from datetime import datetime

from services.certificates.domain.certificate import CertificateState
from services.certificates.storage import certificates, issuing_again, receipts, registrations
from services.certificates.use_cases.source import SOURCE
from services.certificates.use_cases.supersede_certificate import supersede_certificate
from shared.runtime.database import Connection
from shared.runtime.outbox import publish

PORTION = 50
"""Certificates replaced at once, and at most as many that wait to be made before more are: nobody is long without a valid one."""


async def replace_next_portion(connection: Connection, *, now: datetime) -> bool:
    """Replace some certificates of one workshop by their next edition. Returns whether there was anything to do."""
    asked = await issuing_again.lock_asked(connection, most=PORTION)
    if asked is None:
        return False
    found = await issuing_again.find_portion(connection, asked, limit=PORTION)
    if not found:
        await issuing_again.finish(connection, asked.workshop_id)
        return True
    locked = await registrations.lock_registrations(connection, dict.fromkeys(found, asked.workshop_id))
    live = await certificates.lock_live(connection, sorted(locked))
    # Another process's clock may be a little ahead of this one's: what is earned now is earned after what was asked
    now = max(now, asked.before)
    events = [
        await supersede_certificate(connection, one, edition=one.edition + 1, year=now.year, now=now, trainer=one.trainer)
        for one in live.values()
        if one.state is CertificateState.ISSUED
    ]
    await receipts.note_change(connection, [asked.workshop_id])
    await publish(connection, events, source=SOURCE, now=now)
    return True
