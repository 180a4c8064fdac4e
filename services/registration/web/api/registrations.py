"""Registrations: list, read, correct, withdraw, erase, check in."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from services.registration.domain.refusals import NotFoundError
from services.registration.domain.registration import RegistrationState
from services.registration.storage import audit_log, console_lists, registration_details, reports, workshops
from services.registration.use_cases.correct_participant import correct_participant
from services.registration.use_cases.erase_registration import erase_registration
from services.registration.use_cases.record_attendance import record_attendance
from services.registration.use_cases.withdraw_registration import withdraw_registration
from services.registration.web.api.dependencies import Acting, ExpectedVersion, Links, Now, Transaction
from services.registration.web.api.views import (
    AttendanceView,
    ListedRegistrationView,
    PersonView,
    RegistrationList,
    RegistrationStateView,
    RegistrationView,
)

router = APIRouter(tags=["registrations"])

_LARGEST_NUMBER = 2**63 - 1


class Attendance(BaseModel):
    """Whether the person was there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    present: bool = Field(strict=True)


class Correction(BaseModel):
    """What is to be put right of what a person wrote; what is left out stays as it is. The form's rules hold."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    given_name: str | None = Field(default=None, strict=True)
    family_name: str | None = Field(default=None, strict=True)
    certificate_name: str | None = Field(
        default=None,
        strict=True,
        description="As it is printed. Empty, it is the given name and the family name; where it was the two, it follows them",
    )
    language: str | None = Field(default=None, strict=True, description="Of mails; one of the workshop's")
    institution: str | None = Field(default=None, strict=True)
    position: str | None = Field(default=None, strict=True)


@router.get("/workshops/{workshop_id}/registrations")
async def list_registrations(
    workshop_id: UUID,
    connection: Transaction,
    _actor: Acting,
    state: RegistrationState | None = None,
    after: Annotated[int, Query(ge=0, le=_LARGEST_NUMBER, description="The last number of the page before")] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> RegistrationList:
    """A workshop's registrations in the order of admission."""
    if await workshops.find(connection, workshop_id) is None:
        raise NotFoundError("There is no such workshop.")
    page = await console_lists.list_registrations(connection, workshop_id, state=state, after=after, limit=limit)
    return RegistrationList(registrations=[ListedRegistrationView.of(row) for row in page.rows], next_after=page.next_after)


@router.get("/registrations/{registration_id}")
async def read(registration_id: UUID, connection: Transaction, _actor: Acting) -> RegistrationView:
    """One registration with its answers, mails, certificate, and who acted when."""
    detail = await registration_details.find(connection, registration_id)
    if detail is None:
        raise NotFoundError("There is no such registration.")
    return RegistrationView.of(
        detail,
        await reports.mails_of(connection, registration_id),
        await reports.certificates_of(connection, registration_id),
        await audit_log.of_registration(connection, registration_id),
    )


@router.post("/registrations/{registration_id}/correct")
async def correct(
    registration_id: UUID,
    body: Correction,
    connection: Transaction,
    actor: Acting,
    now: Now,
    links: Links,
    expected: ExpectedVersion = None,
) -> PersonView:
    """Correct what a person wrote. `If-Match` takes `person.version`.

    With another name for the certificate, one that was issued is replaced. The address stays: its link opens the personal page.
    """
    await correct_participant(
        connection,
        registration_id,
        body.model_dump(exclude_none=True),
        links=links,
        actor=actor,
        now=now,
        expected_version=int(expected.strip('"')) if expected else None,
    )
    detail = await registration_details.find(connection, registration_id)
    if detail is None or detail.person is None:
        raise NotFoundError("There is no such registration.")
    return PersonView.of(detail.person)


@router.post("/registrations/{registration_id}/withdraw")
async def withdraw(registration_id: UUID, connection: Transaction, actor: Acting, now: Now) -> RegistrationStateView:
    """Give up a place or a turn in the line; the first in line moves up."""
    state = await withdraw_registration(connection, registration_id, by="organiser", actor=actor, now=now)
    return RegistrationStateView(id=registration_id, state=state)


@router.post("/registrations/{registration_id}/erase")
async def erase(registration_id: UUID, connection: Transaction, actor: Acting, now: Now) -> RegistrationStateView:
    """Forget the person, here and in every service. It cannot be undone."""
    await erase_registration(connection, registration_id, actor=actor, now=now)
    return RegistrationStateView(id=registration_id, state=RegistrationState.ERASED)


@router.put("/registrations/{registration_id}/attendance/{session_code}")
async def attend(
    registration_id: UUID,
    session_code: Annotated[str, Path(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)],
    body: Attendance,
    connection: Transaction,
    actor: Acting,
    now: Now,
) -> AttendanceView:
    """Check somebody in, or correct it; also after the workshop was completed."""
    changed = await record_attendance(connection, registration_id, session_code, present=body.present, actor=actor, now=now)
    return AttendanceView(id=registration_id, session_code=session_code, present=body.present, changed=changed)
