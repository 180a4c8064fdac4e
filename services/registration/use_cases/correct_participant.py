"""Correct what a person wrote about themselves; whoever goes by it hears of it."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from services.registration.domain.actor import Actor
from services.registration.domain.correction import CORRECTABLE, read_correction
from services.registration.domain.personal_link import PersonalLinks
from services.registration.domain.refusals import ConflictError, NotFoundError
from services.registration.storage import audit_log, participants, registration_details, registrations, workshops
from services.registration.storage.audit_log import Change
from services.registration.storage.registration_details import RegistrationDetail
from services.registration.use_cases.workshop_changes import SOURCE
from shared.contracts.participants import ParticipantRecorded
from shared.runtime import outbox
from shared.runtime.database import Connection


async def correct_participant(
    connection: Connection,
    registration_id: UUID,
    given: Mapping[str, str],
    *,
    links: PersonalLinks,
    actor: Actor,
    now: datetime,
    expected_version: int | None = None,
) -> int:
    """Put other values in place of some; those that are the same already change nothing. Possible in every state but erased.

    Args:
        connection: in a transaction.
        registration_id: whose.
        given: by the field's name; what is not in `CORRECTABLE` is passed over.
        links: make the address of the personal page, which is a part of the participant's record.
        actor: who corrects.
        now: business time.
        expected_version: the version that whoever corrects has seen.

    Returns:
        The version of the participant's record afterwards.

    Raises:
        NotFoundError: there is no such registration.
        ConflictError: it was erased (`person_is_erased`), or is not at `expected_version` (`version_differs`).
        InvalidFormError: with every field that needs correcting.
    """
    detail = await _lock(connection, registration_id)
    person, definition = detail.person, detail.workshop.definition
    if person is None:
        raise ConflictError("person_is_erased", "The person was erased: there is nothing left to correct.")
    if expected_version is not None and person.version != expected_version:
        raise ConflictError("version_differs", f"The person is at version {person.version}.")
    current = {name: str(getattr(person, name)) for name in CORRECTABLE}
    values = read_correction(given, current, definition)
    fields = [name for name in CORRECTABLE if values[name] != current[name]]
    if not fields:
        return person.version
    version = person.version + 1
    await participants.correct(connection, registration_id, version, values)
    record = ParticipantRecorded(
        registration_id=registration_id,
        workshop_id=detail.workshop.id,
        version=version,
        given_name=values["given_name"],
        family_name=values["family_name"],
        certificate_name=values["certificate_name"],
        address=person.address,
        language=values["language"],
        time_zone=person.time_zone,
        personal_page=links.issue(registration_id, detail.workshop.ends_at),
    )
    await outbox.publish(connection, [record], source=SOURCE, now=now)
    # Which fields, and not what was in them: the log outlives erasure
    change = Change("registration.correct", detail.workshop.id, registration_id, details={"fields": fields})
    await audit_log.append(connection, actor, [change], now=now)
    return version


async def _lock(connection: Connection, registration_id: UUID) -> RegistrationDetail:
    """The registration, locked after its workshop, whose languages thereby stay as they are."""
    workshop_id = await registrations.find_workshop_id(connection, registration_id)
    workshop = await workshops.share(connection, workshop_id) if workshop_id else None
    registration = await registrations.lock(connection, registration_id)
    detail = await registration_details.find(connection, registration_id)
    if workshop is None or registration is None or detail is None:
        raise NotFoundError("There is no such registration.")
    return detail
