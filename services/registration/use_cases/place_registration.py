"""Place registrations: the submissions that wait for one workshop at the same moment are decided together, under one lock."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from services.registration.domain import places as decisions
from services.registration.domain.actor import VISITOR
from services.registration.domain.form import Submission
from services.registration.domain.personal_link import PersonalLinks
from services.registration.domain.places import Admission, Answer, Candidate, Known, Outcome
from services.registration.domain.refusals import NotFoundError
from services.registration.storage import audit_log, duplicate_answers, registrations, workshops
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
    Whoever holds that form is told the same again too: nobody can tell from it whether the address was new.

    Raises:
        NotFoundError: there is no such workshop.
    """
    locked = await workshops.lock_places(connection, workshop_id)
    if locked is None:
        raise NotFoundError("There is no such workshop.")
    places, time_zone = locked
    candidates = [Candidate(submission.form_token, submission.address_key) for submission in submissions]
    known = await _find_known(connection, workshop_id, candidates)
    decided = decisions.admit(places, candidates, known, now)
    admitted = [(uuid4(), admission, submissions[admission.index]) for admission in decided.admissions]
    links_due = await registrations.claim_links(connection, list(decided.links), interval=link_interval) if decided.links else []
    if admitted:
        await registrations.insert_admitted(connection, workshop_id, admitted, time_zone=time_zone, now=now)
        await workshops.save_places(connection, workshop_id, decided.places)
    if decided.duplicates:
        holders = known.live | {submission.address_key: registration_id for registration_id, _, submission in admitted}
        given = [
            (holders[candidates[index].address_key], candidates[index].form_token, decided.answers[index]) for index in decided.duplicates
        ]
        await duplicate_answers.remember(connection, workshop_id, given)
    events: list[Event] = []
    changes: list[Change] = []
    causes: list[Submission] = []
    for registration_id, admission, submission in admitted:
        link = links.issue(registration_id, places.ends_at)
        events += [_participant(registration_id, workshop_id, submission, time_zone, link), _fact(registration_id, workshop_id, admission)]
        causes += [submission] * 2
    for registration_id in links_due:
        events.append(LinkRequested(registration_id=registration_id, workshop_id=workshop_id))
        causes.append(submissions[decided.links[registration_id]])
    ids = await outbox.publish(
        connection,
        events,
        source=SOURCE,
        now=now,
        correlation_ids=[cause.correlation_id for cause in causes],
        traceparents=[cause.traceparent for cause in causes],
    )
    for event, event_id, cause in zip(events, ids, causes, strict=True):
        if not isinstance(event, ParticipantRecorded):
            changes.append(Change(_ACTIONS[event.type], workshop_id, event.key, event_id, correlation_id=cause.correlation_id))
    if changes:
        await audit_log.append(connection, VISITOR, changes, now=now)
    return list(decided.answers)


_ACTIONS = {
    RegistrationConfirmed.type: "registration.confirm",
    RegistrationWaitlisted.type: "registration.wait",
    LinkRequested.type: "registration.request_link",
}


async def _find_known(connection: Connection, workshop_id: UUID, candidates: Sequence[Candidate]) -> Known:
    known = await registrations.find_known(connection, workshop_id, [candidate.address_key for candidate in candidates])
    others = {one for one in candidates if one.address_key in known.live and one not in known.answers}
    if not others:
        return known
    given = await duplicate_answers.find(connection, [known.live[one.address_key] for one in others], [one.form_token for one in others])
    again = {one: answer for one in others if (answer := given.get((known.live[one.address_key], one.form_token))) is not None}
    return replace(known, answers=known.answers | again)


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
