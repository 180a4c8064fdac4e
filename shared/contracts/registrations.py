"""Topic `registrations` (facts): what became of each registration, keyed by registration. Ids only."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.envelope import Event
from shared.contracts.topics import REGISTRATIONS, Topic


class RegistrationEvent(Event):
    """What all facts of this topic share."""

    topic: ClassVar[Topic] = REGISTRATIONS

    registration_id: UUID
    workshop_id: UUID

    @property
    def key(self) -> UUID:
        """Keyed by registration."""
        return self.registration_id


class RegistrationConfirmed(RegistrationEvent):
    """`registration.confirmed.v1`: a place was free; `number` is the order of admission, given under the workshop's lock."""

    type: ClassVar[str] = "registration.confirmed.v1"

    number: int = Field(ge=1)


class RegistrationWaitlisted(RegistrationEvent):
    """`registration.waitlisted.v1`: no place was free; `position` is the place in the line at that moment, from 1."""

    type: ClassVar[str] = "registration.waitlisted.v1"

    number: int = Field(ge=1)
    position: int = Field(ge=1)


class RegistrationPromoted(RegistrationEvent):
    """`registration.promoted.v1`: first in line when a place became free; confirmed from now on."""

    type: ClassVar[str] = "registration.promoted.v1"


class RegistrationWithdrawn(RegistrationEvent):
    """`registration.withdrawn.v1`; `by` says whether the participant, an organiser or an erasure withdrew it."""

    type: ClassVar[str] = "registration.withdrawn.v1"

    by: Literal["participant", "organiser", "erasure"]


class LinkRequested(RegistrationEvent):
    """`registration.link_requested.v1`: somebody submitted this address again; its owner is mailed the personal link."""

    type: ClassVar[str] = "registration.link_requested.v1"


class AttendanceRecorded(RegistrationEvent):
    """`registration.attendance_recorded.v1`; `present` false corrects an earlier check-in."""

    type: ClassVar[str] = "registration.attendance_recorded.v1"

    session_code: str
    present: bool


class CertificateShared(RegistrationEvent):
    """`registration.certificate_shared.v1`: the holder has switched a share page on; `share_token` opens it, a new one each time.

    It belongs to the registration: the page shows whichever certificate is valid.
    """

    type: ClassVar[str] = "registration.certificate_shared.v1"

    share_token: str = Field(pattern=r"^[A-Za-z0-9_-]{22,64}$", repr=False)


class CertificateSharingEnded(RegistrationEvent):
    """`registration.certificate_sharing_ended.v1`: the holder has switched it off; its address never opens anything again."""

    type: ClassVar[str] = "registration.certificate_sharing_ended.v1"


class RegistrationErased(RegistrationEvent):
    """`registration.erased.v1`: terminal. Every service deletes, keeps the bare id as erased, and answers with a receipt."""

    type: ClassVar[str] = "registration.erased.v1"
