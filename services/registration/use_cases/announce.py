"""Send the organiser's words to all confirmed participants."""

from datetime import datetime
from uuid import UUID

from services.registration.domain.actor import Actor
from services.registration.domain.organiser_words import read_label, read_text
from services.registration.domain.refusals import InvalidFieldError
from services.registration.domain.workshop import Workshop
from services.registration.use_cases.workshop_changes import lock_workshop, record_request, require_state
from shared.contracts.workshop_events import WorkshopAnnounced
from shared.contracts.workshops import LocalizedText, WorkshopState
from shared.runtime.database import Connection


async def announce(
    connection: Connection,
    workshop_id: UUID,
    subject: LocalizedText,
    body: LocalizedText,
    *,
    actor: Actor,
    now: datetime,
    request_key: str | None = None,
) -> Workshop:
    """Announce something, once per request; a repeated `request_key` sends nothing more. Thanks may follow a completed workshop.

    Raises:
        NotFoundError: there is no such workshop.
        ConflictError: it is a draft or cancelled.
        InvalidFieldError: a text cannot be used, or is missing in one of the workshop's languages.
    """
    workshop = await lock_workshop(connection, workshop_id)
    require_state(workshop, WorkshopState.OPEN, WorkshopState.COMPLETED)
    subject, body = read_label("subject", subject), read_text("body", body)
    for field, text in (("subject", subject), ("body", body)):
        for language in workshop.definition.languages:
            if not text.get(language):
                raise InvalidFieldError(field, f"has no text for language {language}")
    fact = WorkshopAnnounced(workshop_id=workshop_id, version=workshop.version, subject=subject, body=body)
    await record_request(connection, workshop, "workshop.announce", fact, actor=actor, now=now, request_key=request_key)
    return workshop
