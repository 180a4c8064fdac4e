"""Topic `participants` (state): the only topic that carries personal data, keyed by registration.

Form answers are not here: they never leave registration. After erasure the key holds a tombstone.
"""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from shared.contracts.envelope import Event
from shared.contracts.topics import PARTICIPANTS, Topic

ERASED_TYPE = "participant.erased.v1"
"""`ce_type` of the tombstone."""


class ParticipantRecorded(Event):
    """`participant.recorded.v1`: the current record; an older `version` never overwrites a newer one."""

    type: ClassVar[str] = "participant.recorded.v1"
    topic: ClassVar[Topic] = PARTICIPANTS

    registration_id: UUID
    workshop_id: UUID
    version: int = Field(ge=1)
    given_name: str
    family_name: str
    certificate_name: str
    address: str = Field(description="Mail address as its owner wrote it")
    language: str = Field(description="Language of mails and certificate, one of the workshop's")
    time_zone: str = Field(description="IANA zone the participant reads times in; the workshop's unless told otherwise")
    personal_page: str = Field(description="The signed link to the participant's own page: a capability, therefore only here")

    @property
    def key(self) -> UUID:
        """Keyed by registration."""
        return self.registration_id
