"""Place registrations: the submissions that wait for one workshop at the same moment are decided together, under one lock."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from services.registration.domain import places as decisions
from services.registration.domain.actor import VISITOR
from services.registration.domain.form import Submission
from services.registration.domain.personal_link import PersonalLinks
from services.registration.domain.places import Admission, Answer, Candidate, Outcome
from services.registration.domain.refusals import NotFoundError
from services.registration.storage import audit_log, registrations, workshops
from services.registration.storage.audit_log import Change
from services.registration.use_cases.workshop_changes import SOURCE
from shared.contracts.envelope import Event
from shared.contracts.participants import ParticipantRecorded
from shared.contracts.registrations import LinkRequested, RegistrationConfirmed, RegistrationWaitlisted
from shared.runtime import outbox
from shared.runtime.database import Connection


async def place_registrations(
    connection: Connection,
    workshop_id: UUID,
    submissions: Sequence[Submission],
    *,
    links: PersonalLinks,
    link_interval: timedelta,
    now: datetime,
) -> list[Answer]:
    """Decide a group in its order and say to each what it is to be told.

    A form that was answered already gets the same answer again. An address that is registered already gets the answer that any
    other would get now; nothing changes for it, and its owner is mailed the link, at most once per `link_interval` (real time).

    Raises:
        NotFoundError: there is no such workshop.
    """
    locked = await workshops.lock_places(connection, workshop_id)
    if locked is None:
        raise NotFoundError("There is no such workshop.")
    places, time_zone = locked
    known = await registrations.find_known(connection, workshop_id, [submission.address_key for submission in submissions])
    candidates = [Candidate(submission.form_token, submission.address_key) for submission in submissions]
    decided = decisions.admit(places, candidates, known, now)
    admitted = [(uuid4(), admission, submissions[admission.index]) for admission in decided.admissions]
    links_due = await registrations.claim_links(connection, list(decided.links), interval=link_interval) if decided.links else []
    if admitted:
        await registrations.insert_admitted(connection, workshop_id, admitted, time_zone=time_zone, now=now)
        await workshops.save_places(connection, workshop_id, decided.places)
    events: list[Event] = []
    changes: list[Change] = []
    correlations: list[str | None] = []
    for registration_id, admission, submission in admitted:
        link = links.issue(registration_id, places.ends_at)
        events += [_participant(registration_id, workshop_id, submission, time_zone, link), _fact(registration_id, workshop_id, admission)]
        correlations += [submission.correlation_id] * 2
    for registration_id in links_due:
        events.append(LinkRequested(registration_id=registration_id, workshop_id=workshop_id))
        correlations.append(submissions[decided.links[registration_id]].correlation_id)
    ids = await outbox.publish(connection, events, source=SOURCE, now=now, correlation_ids=correlations)
    for event, event_id, correlation in zip(events, ids, correlations, strict=True):
        if not isinstance(event, ParticipantRecorded):
            changes.append(Change(_ACTIONS[event.type], workshop_id, event.key, event_id, correlation_id=correlation))
    if changes:
        await audit_log.append(connection, VISITOR, changes, now=now)
    return list(decided.answers)


_ACTIONS = {
    RegistrationConfirmed.type: "registration.confirm",
    RegistrationWaitlisted.type: "registration.wait",
    LinkRequested.type: "registration.request_link",
}


def _fact(registration_id: UUID, workshop_id: UUID, admission: Admission) -> RegistrationConfirmed | RegistrationWaitlisted:
    if admission.answer.outcome is Outcome.CONFIRMED:
        return RegistrationConfirmed(registration_id=registration_id, workshop_id=workshop_id, number=admission.number)
    return RegistrationWaitlisted(
        registration_id=registration_id, workshop_id=workshop_id, number=admission.number, position=admission.answer.position or 1
    )


def _participant(registration_id: UUID, workshop_id: UUID, submission: Submission, time_zone: str, link: str) -> ParticipantRecorded:
    return ParticipantRecorded(
        registration_id=registration_id,
        workshop_id=workshop_id,
        version=1,
        given_name=submission.given_name,
        family_name=submission.family_name,
        certificate_name=submission.certificate_name,
        address=submission.address,
        language=submission.language,
        time_zone=time_zone,
        personal_page=link,
    )
