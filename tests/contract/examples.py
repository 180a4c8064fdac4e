"""One full example of every event, each optional field filled, so that the golden messages show whole contracts."""

from datetime import UTC, datetime, time
from uuid import UUID

from shared.contracts import certificates, notifications, participants, registrations, workshop_events, workshops
from shared.contracts.certificate_template import CertificateTemplate, Kind, Logo, Signatory, Words
from shared.contracts.envelope import Event

WORKSHOP = UUID("0b1f3c52-8d0e-4c52-9a5e-6f6f0f7b1a01")
REGISTRATION = UUID("5e0c9d5e-2a37-4c0e-8e2b-0a8c2d9b7f02")
FACT = UUID("9a7b3f10-4a0f-4e61-bb2e-3c1d5e6f7a03")
MOMENT = datetime(2023, 10, 17, 7, 0, tzinfo=UTC)

_ids = {"registration_id": REGISTRATION, "workshop_id": WORKSHOP}
_workshop = {"workshop_id": WORKSHOP, "version": 3}
_message = {**_ids, "purpose": "reminder", "occurrence": "eve:2023-10-24", "language": "fr", "due_at": MOMENT}
_certificate = {**_ids, "edition": 1, "serial": "ATL-2023-7K4M-Q9XZ"}
_receipt = {**_ids, "fact_id": FACT, "fact_type": "registration.withdrawn.v1", "acted_at": MOMENT, "effects": {"messages_skipped": 2}}
_times = {"code": "day-1", "starts": datetime(2023, 10, 24, 9, 30), "ends": datetime(2023, 10, 24, 17, 0)}  # noqa: DTZ001 -- wall-clock times in the workshop's zone

_issued = {
    **_certificate,
    "verification_token": "c2FtcGxl",
    "status_index": 4711,
    "sha256": "00" * 32,
    "issued_at": MOMENT,
}

EXAMPLES: tuple[Event, ...] = (
    workshops.WorkshopRecorded(
        **_workshop,
        slug="police-operating-in-diverse-societies",
        state=workshops.WorkshopState.OPEN,
        title={"en": "Police Operating in Diverse Societies", "fr": "La police dans des sociétés plurielles"},
        summary={"en": "Training course", "fr": "Formation"},
        organisers=("Council of Europe", "European Union"),
        programmes=("Partnership for Good Governance",),
        venue=workshops.Venue(city="Strasbourg", country="FR"),
        time_zone="Europe/Paris",
        sessions=(workshops.Session(title={"en": "Day 1", "fr": "Jour 1"}, **_times),),
        capacity=66,
        waiting_list=True,
        languages=("en", "fr"),
        countries=("AL", "XK"),
        country_labels={"XK": {"en": "Kosovo*", "fr": "Kosovo*"}},
        footnotes=(workshops.Footnote(mark="*", text={"en": "All references to Kosovo …", "fr": "Toute référence au Kosovo …"}),),
        reminders=(workshops.ReminderRule(id="follow-up", anchor="end", days=3, at=time(17, 0), audience="attended", grace_minutes=120),),
        certificate=workshops.CertificateRule(minimum_sessions=2),
        contact="workshops@example.org",
    ),
    workshop_events.WorkshopOpened(**_workshop),
    workshop_events.WorkshopRescheduled(
        **_workshop,
        time_zone="Europe/Paris",
        previous=(workshop_events.SessionTimes(**_times),),
        current=(workshop_events.SessionTimes(**{**_times, "ends": datetime(2023, 10, 24, 18, 0)}),),  # noqa: DTZ001 -- as above
    ),
    workshop_events.WorkshopCancelled(**_workshop, reason={"en": "The venue is closed.", "fr": "Le lieu est fermé."}),
    workshop_events.WorkshopCompleted(**_workshop),
    workshop_events.ReminderRequested(**_workshop),
    workshop_events.WorkshopAnnounced(**_workshop, subject={"en": "A new room"}, body={"en": "We meet in room 5."}),
    participants.ParticipantRecorded(
        **_ids,
        version=1,
        given_name="Ђорђе",
        family_name="Живковић",
        certificate_name="Ђорђе Живковић",
        address="djordje@example.org",
        language="en",
        time_zone="Europe/Belgrade",
        personal_page="https://atelier.example/my/token",
    ),
    registrations.RegistrationConfirmed(**_ids, number=12),
    registrations.RegistrationWaitlisted(**_ids, number=70, position=4),
    registrations.RegistrationPromoted(**_ids),
    registrations.RegistrationWithdrawn(**_ids, by="participant"),
    registrations.LinkRequested(**_ids),
    registrations.AttendanceRecorded(**_ids, session_code="day-1", present=True),
    registrations.CertificateShared(**_ids, share_token="c2hhcmUtdG9rZW4tZXhhbQ"),
    registrations.CertificateSharingEnded(**_ids),
    registrations.RegistrationErased(**_ids),
    notifications.NotificationSent(**_message, message_id="<a@atelier.example>", sent_at=MOMENT),
    notifications.NotificationSkipped(**_message, reason="withdrawn", superseded_by=FACT),
    notifications.NotificationUncertain(**_message, message_id="<a@atelier.example>"),
    notifications.NotificationFailed(**_message, reason="550 mailbox unavailable"),
    notifications.NotificationsActed(**_receipt),
    certificates.CertificateIssued(**_issued, eligible_at=MOMENT, language="fr", attended=("day-1", "day-3"), kind=Kind.TRAINER),
    certificates.CertificateSuperseded(**_certificate, superseded_by="ATL-2023-AAAA-BBBB"),
    certificates.CertificateRevoked(**_certificate, reason="attendance_corrected", revoked_at=MOMENT),
    certificates.CertificateApproved(**_ids),
    certificates.TrainerNamed(**_ids, trains=True),
    certificates.CertificateTemplateSaved(
        workshop_id=WORKSHOP,
        version=2,
        template=CertificateTemplate(
            kind=Kind.ACHIEVEMENT,
            orientation="portrait",
            accent="#0f4c5c",
            ornament=False,
            logos=(Logo(png="iVBORw0KGgo=", width=1200, height=300, alternative="Council of Europe"),),
            signatories=(Signatory(name="Ana Kovač", role={"en": "Head of training", "fr": "Responsable de la formation"}),),
            words={"en": Words(heading="Diploma", more="The workshop was about policing in diverse societies.")},
        ),
    ),
    certificates.CertificatesActed(**_receipt),
)

EARLIER: tuple[Event, ...] = (
    certificates.CertificateIssued(**_issued),
    certificates.CertificateIssued(**_issued, eligible_at=MOMENT, language="fr", attended=("day-1", "day-3")),
)
"""Events as they were told before their contract got further fields."""
