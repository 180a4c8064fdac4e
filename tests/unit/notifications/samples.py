"""The workshop of the demonstration and people of its region, as notifications knows them."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from services.notifications.domain.message import Purpose, Standing
from services.notifications.domain.outgoing import Basis, Outgoing, Recipient
from services.notifications.domain.truth import Situation
from shared.contracts.workshop_events import SessionTimes, WorkshopAnnounced, WorkshopCancelled, WorkshopEvent, WorkshopRescheduled
from shared.contracts.workshops import WorkshopRecorded

_FILE = Path(__file__).parents[3] / "deploy/demo/data/strasbourg-2023.json"
WORKSHOP_ID = UUID("0b8a6a52-6b0e-4a55-9b8e-2f4b6a1c9d01")
FACT = UUID("3f3f6a52-6b0e-4a55-9b8e-2f4b6a1c9d02")
NOW = datetime(2023, 9, 4, 8, 30, tzinfo=UTC)


def strasbourg(**changes: Any) -> WorkshopRecorded:
    data = json.loads(_FILE.read_text(encoding="utf-8"))
    notes = [{"mark": note.pop("mark"), "text": note} for note in data.pop("footnotes")]
    return WorkshopRecorded.model_validate(
        data
        | {"workshop_id": WORKSHOP_ID, "version": 1, "slug": "strasbourg-2023", "state": "open", "waiting_list": data["waitlist"]}
        | {"footnotes": notes, "contact": "workshops@example.org"}
        | changes
    )


def nino(**changes: Any) -> Recipient:
    return Recipient(
        **{
            "given_name": "ნინო",
            "family_name": "ბერიძე",
            "address": "nino.beridze@example.org",
            "language": "en",
            "time_zone": "Asia/Tbilisi",
            "personal_page": "/my/token-of-nino",
        }
        | changes
    )


def fact_for(purpose: Purpose, workshop: WorkshopRecorded) -> WorkshopEvent | None:
    current = tuple(SessionTimes(code=session.code, starts=session.starts, ends=session.ends) for session in workshop.sessions)
    if purpose is Purpose.RESCHEDULED:
        previous = tuple(
            SessionTimes(code=times.code, starts=times.starts.replace(day=10), ends=times.ends.replace(day=10)) for times in current
        )
        return WorkshopRescheduled(workshop_id=WORKSHOP_ID, version=1, time_zone="Europe/Paris", previous=previous, current=current)
    if purpose is Purpose.CANCELLED:
        return WorkshopCancelled(workshop_id=WORKSHOP_ID, version=1, reason={"en": "The venue had to close.", "fr": "Le lieu a dû fermer."})
    if purpose is Purpose.ANNOUNCEMENT:
        return WorkshopAnnounced(
            workshop_id=WORKSHOP_ID,
            version=1,
            subject={"en": "Bring your badge", "fr": "Apportez votre badge"},
            body={"en": "Please bring your badge.\n\nThe door is on the left.", "fr": "Apportez votre badge.\n\nLa porte est à gauche."},
        )
    return None


def outgoing(purpose: Purpose, **changes: Any) -> Outgoing:
    workshop = changes.pop("workshop", strasbourg())
    certificate = purpose in {Purpose.CERTIFICATE, Purpose.CERTIFICATE_REVOKED}
    occurrence = "STR-2023-0001:issued" if certificate else str(FACT)
    situation = Situation(standing=Standing.CONFIRMED, standing_fact=FACT, ever_confirmed=True)
    return Outgoing(
        **{
            "message_id": UUID("7a3f6a52-6b0e-4a55-9b8e-2f4b6a1c9d03"),
            "fence": 1,
            "registration_id": UUID("9c3f6a52-6b0e-4a55-9b8e-2f4b6a1c9d04"),
            "purpose": purpose,
            "occurrence": "week-before:2023-10-24" if purpose is Purpose.REMINDER else occurrence,
            "rule_id": "week-before" if purpose is Purpose.REMINDER else None,
            "due_at": NOW,
            "expires_at": None,
            "attempts": 0,
            "correlation_id": None,
            "traceparent": None,
            "recipient": nino(),
            "workshop": workshop,
            "workshop_recorded_at": NOW,
            "fact": fact_for(purpose, workshop),
            "certificate_token": "tokentokentoken" if certificate else None,
            "revocation_reason": "organiser" if purpose is Purpose.CERTIFICATE_REVOKED else None,
            "situation": situation,
            "basis": Basis(workshop.version, 1, FACT),
        }
        | changes
    )
