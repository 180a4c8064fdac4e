"""Topic `notifications` (facts): the fate of every message, keyed by registration. Ids only, never an address or a text."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.envelope import Event
from shared.contracts.receipts import Receipt
from shared.contracts.topics import NOTIFICATIONS, Topic


class NotificationEvent(Event):
    """A message is named by (registration, purpose, occurrence), its business key."""

    topic: ClassVar[Topic] = NOTIFICATIONS

    registration_id: UUID
    workshop_id: UUID
    purpose: str
    occurrence: str
    language: str | None = None
    due_at: AwareDatetime

    @property
    def key(self) -> UUID:
        """Keyed by registration."""
        return self.registration_id


class NotificationSent(NotificationEvent):
    """`notification.sent.v1`: the receiving server took it."""

    type: ClassVar[str] = "notification.sent.v1"

    message_id: str
    sent_at: AwareDatetime


class NotificationSkipped(NotificationEvent):
    """`notification.skipped.v1`: deliberately not sent; `superseded_by` names the fact that overtook it, if one did."""

    type: ClassVar[str] = "notification.skipped.v1"

    reason: str
    superseded_by: UUID | None = None


class NotificationUncertain(NotificationEvent):
    """`notification.uncertain.v1`: the answer after the text was handed over is unknown; an organiser decides."""

    type: ClassVar[str] = "notification.uncertain.v1"

    message_id: str


class NotificationFailed(NotificationEvent):
    """`notification.failed.v1`: the receiving server refused for good; `reason` is its reply code and our words, no address."""

    type: ClassVar[str] = "notification.failed.v1"

    reason: str


class NotificationsActed(Receipt):
    """`notifications.acted.v1`: notifications has acted on a fact."""

    type: ClassVar[str] = "notifications.acted.v1"
    topic: ClassVar[Topic] = NOTIFICATIONS
