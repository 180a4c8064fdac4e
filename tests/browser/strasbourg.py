"""A registration web process with the Strasbourg workshop in it, for looking at its pages."""

import contextlib
import copy
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from fastapi import FastAPI

from deploy.demo.people import load_applicants, load_workshop
from services.registration.domain.actor import organiser
from services.registration.domain.form import read_form
from services.registration.domain.outcomes import CertificateOutcome, MailOutcome
from services.registration.domain.personal_link import PersonalLinks
from services.registration.domain.workshop import Workshop
from services.registration.domain.workshop_consistency import read_definition
from services.registration.settings import RegistrationSettings
from services.registration.storage import audit_log, outcomes, workshops
from services.registration.storage.outcomes import MailReport
from services.registration.use_cases.create_organiser import create_organiser
from services.registration.use_cases.create_workshop import create_workshop
from services.registration.use_cases.open_workshop import open_workshop
from services.registration.use_cases.place_registration import place_registrations
from services.registration.use_cases.record_attendance import record_attendance
from services.registration.use_cases.remind_now import remind_now
from services.registration.use_cases.withdraw_registration import withdraw_registration
from services.registration.web_app import create_app
from shared.contracts.certificates import CertificatesActed
from shared.contracts.notifications import NotificationsActed
from shared.runtime.database import Connection

ADDRESS, PASSWORD = "organiser@example.org", "a long enough password"
SECRET = "0123456789abcdef0123456789abcdef"
OPENED = datetime(2023, 9, 4, 8, 0, tzinfo=UTC)
NOTICE = {
    "controller": {"en": "Council of Europe, Strasbourg", "fr": "Conseil de l\u2019Europe, Strasbourg"},
    "purpose": {
        "en": "To run this workshop: places, mails, certificates",
        "fr": "Organiser cet atelier\u00a0: places, courriels, attestations",
    },
    "retention": {"en": "One year after the workshop", "fr": "Un an après l\u2019atelier"},
}


@dataclass(frozen=True, slots=True)
class Furnished:
    """What is in the database. `people` are registrations by state of interest, `links` personal links by registration."""

    workshop: Workshop
    organiser_id: UUID
    confirmed: list[UUID]
    waiting: list[UUID]
    withdrawn: UUID


def definition_json() -> dict[str, Any]:
    """The workshop as an organiser would send it."""
    body = copy.deepcopy(load_workshop())
    body.pop("applicants", None)
    return body | {"slug": "strasbourg-2023", "contact": "training@example.org", "privacy": NOTICE}


def create_settings(database_url: str, folder: Path, *, public_url: str, now: datetime | None = None) -> RegistrationSettings:
    """Settings with keys made for the occasion; business time starts at `now`, if given."""
    key = Ed25519PrivateKey.generate()
    (folder / "private.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "public.pem").write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    if now is not None:
        (folder / "clock").write_text(str((now - datetime.now(UTC)).total_seconds()), encoding="ascii")
    return RegistrationSettings(
        environment="development",
        database_url=database_url,
        public_url=public_url,
        link_secret=SECRET,
        session_private_key_file=folder / "private.pem",
        session_public_key_file=folder / "public.pem",
        test_clock_file=folder / "clock" if now is not None else None,
        login_rate_limit="",
    )


@contextlib.asynccontextmanager
async def running(settings: RegistrationSettings) -> AsyncIterator[FastAPI]:
    """The app between its start and its end."""
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield app


async def furnish(pool: asyncpg.Pool, *, applicants: int = 80) -> Furnished:
    """An organiser, the open workshop, its applicants in rounds of ten, a withdrawal, check-ins, and what other services reported."""
    async with pool.acquire() as connection, connection.transaction():
        organiser_id = await create_organiser(connection, ADDRESS, "Ana Organiser", PASSWORD, now=OPENED)
        actor = organiser(organiser_id)
        workshop = await create_workshop(connection, read_definition(definition_json()), actor=actor, now=OPENED)
        await open_workshop(connection, workshop.id, actor=actor, now=OPENED + timedelta(minutes=2))
        await _apply(connection, workshop, applicants)
        ids = await connection.fetch("SELECT id, state FROM registrations WHERE workshop_id = $1 ORDER BY number", workshop.id)
        withdrawn: UUID = ids[4]["id"]
        await withdraw_registration(connection, withdrawn, by="participant", actor=actor, now=OPENED + timedelta(days=20))
        await remind_now(connection, workshop.id, actor=actor, now=OPENED + timedelta(days=30))
        rows = await connection.fetch("SELECT id, state FROM registrations WHERE workshop_id = $1 ORDER BY number", workshop.id)
        confirmed = [row["id"] for row in rows if row["state"] == "confirmed"]
        for registration_id in confirmed[:9]:
            await record_attendance(
                connection, registration_id, "day-1", present=True, actor=actor, now=datetime(2023, 10, 24, 7, 20, tzinfo=UTC)
            )
        await _report(connection, workshop, confirmed[0])
        current = await workshops.find(connection, workshop.id)
        assert current is not None
    return Furnished(current, organiser_id, confirmed, [row["id"] for row in rows if row["state"] == "waiting"], withdrawn)


def personal_path(furnished: Furnished, registration_id: UUID) -> str:
    """The path of a personal page."""
    return "/my/" + PersonalLinks(SECRET, "").token(registration_id, furnished.workshop.ends_at)


async def _apply(connection: Connection, workshop: Workshop, applicants: int) -> None:
    people = load_applicants()[:applicants]
    for start in range(0, len(people), 10):
        submissions = [read_form(person.form_values(), workshop.definition, uuid4()) for person in people[start : start + 10]]
        await place_registrations(
            connection,
            workshop.id,
            submissions,
            links=PersonalLinks(SECRET, "http://localhost"),
            link_interval=timedelta(minutes=10),
            now=OPENED + timedelta(days=start // 10, hours=1),
        )


async def _report(connection: Connection, workshop: Workshop, registration_id: UUID) -> None:
    """What notifications and certificates would have told about one person and about the reminder."""
    sent = (("confirmation", OPENED + timedelta(hours=1)), ("reminder_now", OPENED + timedelta(days=30)))
    for sequence, (purpose, at) in enumerate(sent, start=1):
        mail = MailOutcome(registration_id, workshop.id, purpose, str(uuid4()), "sent", "fr", at, sent_at=at + timedelta(seconds=1))
        await outcomes.save_mails(connection, [MailReport(mail, sequence, at)])
    skipped = MailOutcome(
        registration_id,
        workshop.id,
        "reminder",
        "week-before:2023-10-17",
        "skipped",
        "fr",
        datetime(2023, 10, 17, 7, tzinfo=UTC),
        reason="past",
    )
    await outcomes.save_mails(connection, [MailReport(skipped, 3, datetime(2023, 10, 18, 7, tzinfo=UTC))])
    issued = CertificateOutcome(
        registration_id, workshop.id, 1, "SB23-7KQ4-0001", "issued", "dGVzdC10b2tlbi1mb3ItYS1jZXJ0", datetime(2023, 10, 26, 16, tzinfo=UTC)
    )
    await outcomes.save_certificate(connection, issued, sequence=1)
    for entry in await audit_log.of_workshop(connection, workshop.id):
        if entry.fact_id is None:
            continue
        reminder = entry.action == "workshop.remind"
        fact: dict[str, Any] = {"workshop_id": workshop.id, "fact_id": entry.fact_id, "fact_type": "workshop.opened.v1"}
        effects = {"messages_planned": 66} if reminder else {}
        acted = NotificationsActed(**fact, acted_at=entry.at + timedelta(seconds=2), effects=effects)
        await outcomes.save_receipts(connection, "notifications", [(acted, 1)])
        if not reminder:
            answer = CertificatesActed(**fact, acted_at=entry.at + timedelta(seconds=3))
            await outcomes.save_receipts(connection, "certificates", [(answer, 1)])
