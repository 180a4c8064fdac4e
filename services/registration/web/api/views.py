"""What the API answers with."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.registration.domain.registration import RegistrationState
from services.registration.domain.workshop import Workshop, WorkshopDefinition
from services.registration.storage.audit_log import AuditEntry
from services.registration.storage.console_lists import ListedRegistration
from services.registration.storage.registration_details import Person, RegistrationDetail
from services.registration.storage.reports import CertificateReport, MailReport
from shared.contracts.workshops import WorkshopState


class WorkshopView(BaseModel):
    """A workshop as it stands; `definition` is what PUT takes."""

    id: UUID
    state: WorkshopState
    version: int
    confirmed: int
    waiting: int
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    updated_at: datetime
    definition: WorkshopDefinition

    @classmethod
    def of(cls, workshop: Workshop) -> Self:
        """From the domain."""
        return cls(**{name: getattr(workshop, name) for name in cls.model_fields})


class WorkshopList(BaseModel):
    """One page; `next_after` continues it, null on the last."""

    workshops: list[WorkshopView]
    next_after: UUID | None


class ReceiptView(BaseModel):
    """A service that has acted, when, and to what effect."""

    service: str
    acted_at: datetime
    effects: dict[str, int]


class ChangeView(BaseModel):
    """A command: who, when, and which services have acted on it since."""

    at: datetime
    actor: str
    organiser: str | None
    action: str
    fact_id: UUID | None
    details: dict[str, Any]
    correlation_id: str | None
    receipts: list[ReceiptView]

    @classmethod
    def of(cls, entry: AuditEntry) -> Self:
        """From the audit log."""
        receipts = [ReceiptView(service=r.service, acted_at=r.acted_at, effects=r.effects) for r in entry.receipts]
        return cls(
            at=entry.at,
            actor=entry.actor,
            organiser=entry.organiser_name,
            action=entry.action,
            fact_id=entry.fact_id,
            details=entry.details,
            correlation_id=entry.correlation_id,
            receipts=receipts,
        )


class ChangeList(BaseModel):
    """The latest changes first."""

    changes: list[ChangeView]


class ListedRegistrationView(BaseModel):
    """A row of the list; names and address are empty once erased."""

    id: UUID
    number: int = Field(description="Order of admission")
    state: RegistrationState
    submitted_at: datetime
    given_name: str
    family_name: str
    address: str
    country: str
    language: str
    sessions_attended: int

    @classmethod
    def of(cls, row: ListedRegistration) -> Self:
        """From storage."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class RegistrationList(BaseModel):
    """One page in the order of admission; `next_after` continues it, null on the last."""

    registrations: list[ListedRegistrationView]
    next_after: int | None


class PersonView(BaseModel):
    """What the person wrote into the form, or an organiser corrected; `version` counts from 1."""

    version: int
    address: str
    given_name: str
    family_name: str
    certificate_name: str
    language: str
    country: str
    institution: str
    position: str
    diet: str
    comments: str

    @classmethod
    def of(cls, person: Person) -> Self:
        """From storage."""
        return cls(**{name: getattr(person, name) for name in cls.model_fields})


class MailView(BaseModel):
    """A mail as notifications reported it."""

    purpose: str
    occurrence: str
    state: str
    language: str | None
    due_at: datetime
    reported_at: datetime
    sent_at: datetime | None
    reason: str | None
    message_id: str | None


class CertificateView(BaseModel):
    """An edition of the certificate as certificates reported it."""

    edition: int
    serial: str
    state: str
    verification_token: str | None
    issued_at: datetime | None
    superseded_by: str | None
    revoked_at: datetime | None
    reason: str | None


class RegistrationView(BaseModel):
    """One registration with everything known about it; `person` is null once erased."""

    id: UUID
    workshop_id: UUID
    number: int
    state: RegistrationState
    line_position: int | None
    submitted_at: datetime
    promoted_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    erased_at: datetime | None
    person: PersonView | None
    attendance: dict[str, bool]
    mails: list[MailView]
    certificates: list[CertificateView]
    changes: list[ChangeView]

    @classmethod
    def of(
        cls, detail: RegistrationDetail, mails: list[MailReport], certificates: list[CertificateReport], changes: list[AuditEntry]
    ) -> Self:
        """From storage."""
        own = {"workshop_id", "person", "mails", "certificates", "changes"}
        return cls(
            **{name: getattr(detail, name) for name in cls.model_fields.keys() - own},
            workshop_id=detail.workshop.id,
            person=PersonView.of(detail.person) if detail.person else None,
            mails=[MailView(**{name: getattr(mail, name) for name in MailView.model_fields}) for mail in mails],
            certificates=[CertificateView(**{name: getattr(one, name) for name in CertificateView.model_fields}) for one in certificates],
            changes=[ChangeView.of(entry) for entry in changes],
        )


class RegistrationStateView(BaseModel):
    """The state after a command."""

    id: UUID
    state: RegistrationState


class AttendanceView(BaseModel):
    """Presence as it is recorded now; `changed` says whether this request changed it."""

    id: UUID
    session_code: str
    present: bool
    changed: bool
