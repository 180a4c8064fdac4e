"""Facts and records as registration and certificates would publish them, in order within each key."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from aiokafka import ConsumerRecord

from shared.contracts.certificates import CertificateIssued, CertificateRevoked, CertificateSuperseded
from shared.contracts.envelope import Event, envelop, tombstone_headers
from shared.contracts.participants import ERASED_TYPE, ParticipantRecorded
from shared.contracts.registrations import (
    AttendanceRecorded,
    LinkRequested,
    RegistrationConfirmed,
    RegistrationErased,
    RegistrationPromoted,
    RegistrationWaitlisted,
    RegistrationWithdrawn,
)
from shared.contracts.topics import PARTICIPANTS, Kind, Topic
from shared.contracts.workshop_events import (
    ReminderRequested,
    SessionTimes,
    WorkshopAnnounced,
    WorkshopCancelled,
    WorkshopCompleted,
    WorkshopEvent,
    WorkshopOpened,
    WorkshopRescheduled,
)
from shared.contracts.workshops import WorkshopRecorded, WorkshopState
from tests.unit.notifications.samples import NOW, WORKSHOP_ID, strasbourg

_SEED = UUID("5c2e8a52-6b0e-4a55-9b8e-2f4b6a1c9d05")


@dataclass
class Story:
    """What happened, in the order of time: `told` holds (topic, record), `erasures` where in it each is. Ids are the same in every run."""

    now: datetime = NOW
    told: list[tuple[Topic, ConsumerRecord]] = field(default_factory=list)
    workshop: WorkshopRecorded = field(default_factory=strasbourg)
    sequences: dict[tuple[str, UUID], int] = field(default_factory=lambda: defaultdict(int))
    erasures: dict[UUID, int] = field(default_factory=dict)

    def tell(self, event: Event) -> UUID:
        sequence = None
        if event.topic.kind is Kind.FACT:
            self.sequences[event.topic.name, event.key] += 1
            sequence = self.sequences[event.topic.name, event.key]
        event_id = uuid5(_SEED, str(len(self.told)))
        self.now += timedelta(seconds=1)
        envelope = envelop(
            event,
            event_id=event_id,
            source="/services/registration",
            time=self.now,
            sequence=sequence,
            correlation_id=correlation_of(event_id),
        )
        self._record(event.topic, event.key, envelope.to_bytes(), [])
        return event_id

    def _record(self, topic: Topic, key: UUID, value: bytes | None, headers: list[tuple[str, bytes]]) -> None:
        offset = len(self.told)
        record: Any = ConsumerRecord(
            topic=topic.name,
            partition=0,
            offset=offset,
            timestamp=1_700_000_000_000 + offset,
            timestamp_type=0,
            key=str(key).encode(),
            value=value,
            checksum=None,
            serialized_key_size=36,
            serialized_value_size=len(value or b""),
            headers=headers,
        )
        self.told.append((topic, record))

    def record_workshop(self, **changes: Any) -> None:
        version = self.workshop.version + bool(self.told)
        self.workshop = self.workshop.model_copy(update={"version": version, **changes})
        self.tell(WorkshopRecorded.model_validate(self.workshop.model_dump()))

    def open(self) -> UUID:
        self.record_workshop()
        return self.tell(WorkshopOpened(workshop_id=WORKSHOP_ID, version=self.workshop.version))

    def person(self, name: str, *, waiting: bool = False, language: str = "en") -> UUID:
        registration_id = uuid5(_SEED, name)
        self.participant(name, registration_id, language=language)
        about: dict[str, Any] = {"registration_id": registration_id, "workshop_id": WORKSHOP_ID, "number": len(self.told) + 1}
        self.tell(RegistrationWaitlisted(**about, position=1) if waiting else RegistrationConfirmed(**about))
        return registration_id

    def participant(self, name: str, registration_id: UUID, *, language: str = "en", version: int = 1) -> None:
        self.tell(
            ParticipantRecorded(
                registration_id=registration_id,
                workshop_id=WORKSHOP_ID,
                version=version,
                given_name=name,
                family_name="Example",
                certificate_name=f"{name} Example",
                address=f"{registration_id}@example.org",
                language=language,
                time_zone="Europe/Paris",
                personal_page=f"/my/{registration_id}",
            )
        )

    def withdraw(self, registration_id: UUID, *, by: Any = "participant") -> UUID:
        return self.tell(RegistrationWithdrawn(registration_id=registration_id, workshop_id=WORKSHOP_ID, by=by))

    def promote(self, registration_id: UUID) -> UUID:
        return self.tell(RegistrationPromoted(registration_id=registration_id, workshop_id=WORKSHOP_ID))

    def ask_for_link(self, registration_id: UUID) -> UUID:
        return self.tell(LinkRequested(registration_id=registration_id, workshop_id=WORKSHOP_ID))

    def attend(self, registration_id: UUID, session: str = "day-1", *, present: bool = True) -> None:
        self.tell(AttendanceRecorded(registration_id=registration_id, workshop_id=WORKSHOP_ID, session_code=session, present=present))

    def erase(self, registration_id: UUID) -> UUID:
        fact = self.tell(RegistrationErased(registration_id=registration_id, workshop_id=WORKSHOP_ID))
        self.erasures[registration_id] = len(self.told) - 1
        headers = tombstone_headers(
            event_id=uuid5(_SEED, f"tombstone {len(self.told)}"),
            source="/services/registration",
            event_type=ERASED_TYPE,
            subject=registration_id,
            time=self.now,
        )
        self._record(PARTICIPANTS, registration_id, None, headers)
        return fact

    def move(self, days: int) -> UUID:
        previous = _times(self.workshop)
        shift = timedelta(days=days)
        sessions = tuple(
            session.model_copy(update={"starts": session.starts + shift, "ends": session.ends + shift})
            for session in self.workshop.sessions
        )
        self.record_workshop(sessions=sessions)
        return self.tell(
            WorkshopRescheduled(
                workshop_id=WORKSHOP_ID,
                version=self.workshop.version,
                time_zone=self.workshop.time_zone,
                previous=previous,
                current=_times(self.workshop),
            )
        )

    def cancel(self) -> UUID:
        self.record_workshop(state=WorkshopState.CANCELLED)
        return self._fact(WorkshopCancelled, reason={"en": "The venue had to close."})

    def complete(self) -> UUID:
        self.record_workshop(state=WorkshopState.COMPLETED)
        return self._fact(WorkshopCompleted)

    def remind(self) -> UUID:
        return self._fact(ReminderRequested)

    def announce(self) -> UUID:
        return self._fact(WorkshopAnnounced, subject={"en": "Bring your badge"}, body={"en": "Please bring your badge."})

    def _fact(self, event: type[WorkshopEvent], **more: Any) -> UUID:
        return self.tell(event(workshop_id=WORKSHOP_ID, version=self.workshop.version, **more))

    def issue(self, registration_id: UUID, serial: str = "STR-1") -> UUID:
        return self.tell(
            CertificateIssued(
                registration_id=registration_id,
                workshop_id=WORKSHOP_ID,
                edition=1,
                serial=serial,
                verification_token=f"token-{serial}",
                status_index=1,
                sha256="0" * 64,
                issued_at=self.now,
            )
        )

    def supersede(self, registration_id: UUID, serial: str = "STR-1", by: str = "STR-2") -> UUID:
        return self.tell(
            CertificateSuperseded(registration_id=registration_id, workshop_id=WORKSHOP_ID, edition=1, serial=serial, superseded_by=by)
        )

    def revoke(self, registration_id: UUID, serial: str = "STR-1", *, reason: str = "organiser") -> UUID:
        return self.tell(
            CertificateRevoked(
                registration_id=registration_id, workshop_id=WORKSHOP_ID, edition=1, serial=serial, reason=reason, revoked_at=self.now
            )
        )


def correlation_of(event_id: UUID) -> str:
    """Each event of a story comes from a submission or command of its own."""
    return f"story-{event_id}"


def _times(workshop: WorkshopRecorded) -> tuple[SessionTimes, ...]:
    return tuple(SessionTimes(code=session.code, starts=session.starts, ends=session.ends) for session in workshop.sessions)
