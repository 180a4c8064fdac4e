"""The topic table: key, partitions, cleanup, retention and owner of every topic. Topics are provisioned from it."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """STATE topics are compacted and carry whole records; FACT topics are kept for ever and carry what happened."""

    STATE = "state"
    FACT = "fact"


@dataclass(frozen=True, slots=True)
class Topic:
    """One row of the table. Partition counts are final: a key must never move to another partition."""

    name: str
    kind: Kind
    key: str
    partitions: int
    owner: str
    erasable: bool = False
    follows: bool = False
    """What it tells is about what its owner told before on other topics, and reaches Kafka after that."""

    @property
    def configuration(self) -> dict[str, str]:
        """Kafka's own topic settings. Fact topics have no retention limit: replay from the beginning must stay possible."""
        if self.kind is Kind.STATE:
            return {"cleanup.policy": "compact"}
        return {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}


WORKSHOPS = Topic("workshops", Kind.STATE, "workshop_id", 6, "registration")
WORKSHOP_EVENTS = Topic("workshop-events", Kind.FACT, "workshop_id", 6, "registration", follows=True)
PARTICIPANTS = Topic("participants", Kind.STATE, "registration_id", 12, "registration", erasable=True)
REGISTRATIONS = Topic("registrations", Kind.FACT, "registration_id", 12, "registration")
NOTIFICATIONS = Topic("notifications", Kind.FACT, "registration_id, or workshop_id for receipts of workshop events", 12, "notifications")
CERTIFICATES = Topic(
    "certificates", Kind.FACT, "registration_id, or workshop_id for receipts of workshop events and for templates", 12, "certificates"
)

TOPICS: tuple[Topic, ...] = (WORKSHOPS, WORKSHOP_EVENTS, PARTICIPANTS, REGISTRATIONS, NOTIFICATIONS, CERTIFICATES)
