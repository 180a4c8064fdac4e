"""A message on its way: what is needed to judge, compose and send it. Holds personal data and lives in memory only."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.notifications.domain.message import Purpose
from services.notifications.domain.truth import Situation
from shared.contracts.workshop_events import WorkshopEvent
from shared.contracts.workshops import WorkshopRecorded


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom it is for. Names as their owner writes them; `time_zone` is the one the recipient reads times in."""

    given_name: str
    family_name: str
    address: str
    language: str
    time_zone: str
    personal_page: str


@dataclass(frozen=True, slots=True)
class Basis:
    """What the text was made from. When any of it has changed before sending, the text is made again."""

    workshop_version: int
    participant_version: int
    standing_fact: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """What is true of a message at the moment at which it was looked at: enough to judge it once more."""

    purpose: Purpose
    expires_at: datetime | None
    situation: Situation
    basis: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing(Present):
    """One message.

    `workshop_recorded_at` is when the workshop's record got its present version; `fact` is what a workshop-wide message is about;
    `certificate_token` opens the public page of the certificate it is about; `revocation_reason` is the code of why that was revoked.
    """

    message_id: UUID
    fence: int
    registration_id: UUID
    occurrence: str
    rule_id: str | None
    due_at: datetime
    attempts: int
    correlation_id: str | None
    traceparent: str | None
    recipient: Recipient
    workshop: WorkshopRecorded
    workshop_recorded_at: datetime
    fact: WorkshopEvent | None
    certificate_token: str | None
    revocation_reason: str | None
