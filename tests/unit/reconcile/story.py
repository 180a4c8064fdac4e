"""A small world in which every side tells the same, for tests to disturb."""

from collections import defaultdict
from datetime import UTC, datetime, time, timedelta
from uuid import UUID, uuid5

from deploy.reconcile.kafka_log import KafkaLog, Position, Published
from deploy.reconcile.read_bookkeeping import Bookkeeping
from deploy.reconcile.read_certificates import CertificateRow, CertificatesDatabase
from deploy.reconcile.read_mailbox import Mail
from deploy.reconcile.read_notifications import MessageKey, MessageRow, NotificationsDatabase
from deploy.reconcile.read_progress import Progress
from deploy.reconcile.read_registration import (
    RegistrationDatabase,
    RegistrationRow,
    ReportedCertificate,
    ReportedMail,
    WorkshopRow,
)
from deploy.reconcile.world import World
from shared.contracts.certificates import CertificateIssued, CertificatesActed
from shared.contracts.envelope import Event, envelop
from shared.contracts.notifications import NotificationsActed, NotificationSent
from shared.contracts.participants import ParticipantRecorded
from shared.contracts.registrations import (
    AttendanceRecorded,
    CertificateShared,
    CertificateSharingEnded,
    RegistrationConfirmed,
    RegistrationErased,
    RegistrationEvent,
    RegistrationWaitlisted,
    RegistrationWithdrawn,
)
from shared.contracts.topics import TOPICS, Kind
from shared.contracts.workshop_events import WorkshopAnnounced, WorkshopCompleted, WorkshopEvent
from shared.contracts.workshops import CertificateRule, ReminderRule, Session, Venue, WorkshopRecorded, WorkshopState

NOW = datetime(2023, 10, 26, 16, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
NAMESPACE = UUID("5f0f6e6c-3d3e-4f0c-9a3a-1f3f8f0f1a11")
WORKSHOP, FIRST, WAITING, ERASED = (uuid5(NAMESPACE, name) for name in ("workshop", "first", "waiting", "erased"))
ANNOUNCEMENT, COMPLETION, ERASURE, CONFIRMED, WAITLISTED, ATTENDANCE = (uuid5(NAMESPACE, str(number)) for number in (1, 2, 5, 6, 8, 10))
SHARES = {uuid5(NAMESPACE, str(number)) for number in (20, 21, 22)}
"""By where they stand among the events."""
OLD_SHARE, SHARE = "a" * 22, "b" * 22
CONFIRMATION = MessageKey(FIRST, "confirmation", str(CONFIRMED))
CERTIFICATE_MAIL = MessageKey(FIRST, "certificate", "ATL-1:issued")
TURN = MessageKey(WAITING, "waiting", str(WAITLISTED))
REMINDER = MessageKey(FIRST, "reminder", "eve:2023-10-26")
NEWS = MessageKey(FIRST, "announcement", str(ANNOUNCEMENT))
MAILED = (CONFIRMATION, CERTIFICATE_MAIL, TURN, REMINDER, NEWS)
ADDRESS = "a@b.example"
ADDRESSES = {FIRST: ADDRESS, WAITING: "waiting@example.org"}


def _events() -> list[Event]:
    return [
        WorkshopRecorded(
            workshop_id=WORKSHOP,
            version=2,
            slug="course",
            state=WorkshopState.COMPLETED,
            title={"en": "Course"},
            summary={"en": "A course"},
            organisers=("Office",),
            venue=Venue(city="Strasbourg", country="FR"),
            time_zone="Europe/Paris",
            sessions=(Session(code="day-1", title={"en": "Day 1"}, starts=datetime(2023, 10, 26, 9), ends=datetime(2023, 10, 26, 17)),),  # noqa: DTZ001 - wall clock
            capacity=1,
            waiting_list=True,
            languages=("en",),
            reminders=(ReminderRule(id="eve", anchor="start", days=-1, at=time(9)),),
            certificate=CertificateRule(minimum_sessions=1),
        ),
        WorkshopAnnounced(workshop_id=WORKSHOP, version=1, subject={"en": "News"}, body={"en": "Words"}),
        WorkshopCompleted(workshop_id=WORKSHOP, version=2),
        RegistrationConfirmed(registration_id=ERASED, workshop_id=WORKSHOP, number=1),
        RegistrationWithdrawn(registration_id=ERASED, workshop_id=WORKSHOP, by="erasure"),
        RegistrationErased(registration_id=ERASED, workshop_id=WORKSHOP),
        RegistrationConfirmed(registration_id=FIRST, workshop_id=WORKSHOP, number=2),
        _participant(FIRST),
        RegistrationWaitlisted(registration_id=WAITING, workshop_id=WORKSHOP, number=3, position=1),
        _participant(WAITING),
        AttendanceRecorded(registration_id=FIRST, workshop_id=WORKSHOP, session_code="day-1", present=True),
        CertificateIssued(
            registration_id=FIRST,
            workshop_id=WORKSHOP,
            edition=1,
            serial="ATL-1",
            verification_token="token",
            status_index=0,
            sha256="abc",
            issued_at=NOW,
        ),
        _sent(CONFIRMATION),
        _sent(CERTIFICATE_MAIL),
        NotificationsActed(workshop_id=WORKSHOP, fact_id=COMPLETION, fact_type=WorkshopCompleted.type, acted_at=NOW),
        CertificatesActed(workshop_id=WORKSHOP, fact_id=COMPLETION, fact_type=WorkshopCompleted.type, acted_at=NOW),
        CertificatesActed(workshop_id=WORKSHOP, fact_id=COMPLETION, fact_type=WorkshopCompleted.type, acted_at=LATER),
        *(_sent(key) for key in (TURN, REMINDER, NEWS)),
        CertificateShared(registration_id=FIRST, workshop_id=WORKSHOP, share_token=OLD_SHARE),
        CertificateSharingEnded(registration_id=FIRST, workshop_id=WORKSHOP),
        CertificateShared(registration_id=FIRST, workshop_id=WORKSHOP, share_token=SHARE),
    ]


def _participant(registration_id: UUID) -> ParticipantRecorded:
    return ParticipantRecorded(
        registration_id=registration_id,
        workshop_id=WORKSHOP,
        version=1,
        given_name="A",
        family_name="B",
        certificate_name="A B",
        address=ADDRESSES[registration_id],
        language="en",
        time_zone="Europe/Paris",
        personal_page="http://localhost/my/x",
    )


def _sent(key: MessageKey) -> NotificationSent:
    return NotificationSent(
        registration_id=key.registration_id,
        workshop_id=WORKSHOP,
        purpose=key.purpose,
        occurrence=key.occurrence,
        language="en",
        due_at=NOW,
        message_id=f"<{key}@localhost>",
        sent_at=NOW,
    )


def publish(events: list[Event]) -> tuple[list[Published], dict[tuple[str, UUID], int]]:
    sequences: dict[tuple[str, UUID], int] = defaultdict(int)
    published = []
    for number, event in enumerate(events):
        sequence = None
        if event.topic.kind is Kind.FACT:
            sequences[event.topic.name, event.key] += 1
            sequence = sequences[event.topic.name, event.key]
        envelope = envelop(event, event_id=uuid5(NAMESPACE, str(number)), source="/services/x", time=NOW, sequence=sequence)
        published.append(Published(Position(event.topic.name, 0, number), envelope, event))
    return published, dict(sequences)


def consistent_world() -> World:
    published, sequences = publish(_events())
    owned = {topic.name: topic.owner for topic in TOPICS}
    states = {FIRST: "confirmed", WAITING: "waiting", ERASED: "erased"}
    rows = {
        registration_id: RegistrationRow(
            registration_id,
            WORKSHOP,
            number,
            state,
            "confirmed",
            promoted=False,
            withdrawn_by=None,
            withdrawn_at=None,
            version=version,
            address=ADDRESSES.get(registration_id),
        )
        for number, (registration_id, state, version) in enumerate(
            [(ERASED, "erased", None), (FIRST, "confirmed", 1), (WAITING, "waiting", 1)], start=1
        )
    }
    presence = {(FIRST, "day-1"): True}
    return World(
        registration=RegistrationDatabase(
            workshops=[WorkshopRow(WORKSHOP, "completed", 2, 1, 1, 1, ends_at=NOW - timedelta(hours=1), updated_at=NOW)],
            registrations=rows,
            attendance=presence,
            mails=[ReportedMail(key.registration_id, key.purpose, key.occurrence, "sent") for key in MAILED],
            certificates=[ReportedCertificate(FIRST, 1, "ATL-1", "issued")],
            answers={FIRST, WAITING},
            receipts={("notifications", COMPLETION): NOW, ("certificates", COMPLETION): LATER},
            audited={one.envelope.id for one in published if isinstance(one.event, (RegistrationEvent, WorkshopEvent))},
            shares={FIRST: SHARE},
        ),
        notifications=NotificationsDatabase(
            workshops={WORKSHOP: 2},
            standings={FIRST: "confirmed", WAITING: "waiting"},
            versions={FIRST: 1, WAITING: 1},
            attendance=presence,
            erased={ERASED},
            messages={key: MessageRow(key, "sent", None, "en") for key in MAILED},
            receipts={COMPLETION: NOW},
            unanswered={ANNOUNCEMENT, ERASURE},
            workshop_facts={ANNOUNCEMENT: 1, COMPLETION: 2},
            certificates={(FIRST, "ATL-1"): "issued"},
            agenda={(WORKSHOP, "eve:2023-10-26"), (WORKSHOP, str(ANNOUNCEMENT))},
        ),
        certificates=CertificatesDatabase(
            workshops={WORKSHOP: 2},
            standings=states,
            versions={FIRST: 1, WAITING: 1},
            attendance=presence,
            erased={ERASED},
            approved=set(),
            trainers=set(),
            certificates=[CertificateRow(FIRST, 1, "ATL-1", "issued", None, "abc")],
            receipts={COMPLETION: LATER},
            unanswered={ANNOUNCEMENT, ERASURE, ATTENDANCE, *SHARES},
            shares={FIRST: SHARE},
        ),
        bookkeeping=[
            Bookkeeping(service, [], {key: last for key, last in sequences.items() if owned[key[0]] == service}, [])
            for service in ("registration", "notifications", "certificates")
        ],
        log=KafkaLog(published, tombstones=[(Position("participants", 0, 99), ERASED)]),
        progress=[Progress("notifications", topic, 0, 100) for topic in ("registrations", "participants")],
        mails=[Mail(number, key, (ADDRESSES[key.registration_id],), "en", NOW) for number, key in enumerate(MAILED, start=1)],
        left_behind=[],
    )
