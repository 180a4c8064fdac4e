"""An organiser says how certificates of a workshop look from now on. Those that were issued stay as they are."""

from datetime import datetime
from uuid import UUID

from services.certificates.domain.refusals import RefusedError
from services.certificates.storage import audit_log, templates
from services.certificates.storage.audit_log import Organiser
from services.certificates.storage.templates import Saved
from services.certificates.use_cases.source import SOURCE
from shared.contracts.certificate_template import CertificateTemplate
from shared.contracts.certificates import CertificateTemplateSaved
from shared.runtime.database import Connection
from shared.runtime.outbox import publish


async def save_template(
    connection: Connection, workshop_id: UUID, template: CertificateTemplate, *, seen: int, by: Organiser, now: datetime
) -> None:
    """Save it. Raises RefusedError where another was saved since version `seen`, which the organiser started from."""
    saved = Saved(seen + 1, template)
    if not await templates.keep_template(connection, workshop_id, saved):
        raise RefusedError("changed_meanwhile")
    await audit_log.note(connection, "certificates.template", by=by, at=now, workshop_id=workshop_id)
    told = CertificateTemplateSaved(workshop_id=workshop_id, version=saved.version, template=template)
    await publish(connection, [told], source=SOURCE, now=now)
