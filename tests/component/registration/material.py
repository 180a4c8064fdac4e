"""Workshops, forms and settings for registration's tests."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import SecretStr

from services.registration.domain.actor import organiser
from services.registration.domain.form import Submission
from services.registration.domain.personal_link import PersonalLinks
from services.registration.domain.places import Answer
from services.registration.domain.workshop import Workshop
from services.registration.domain.workshop_consistency import read_definition
from services.registration.settings import RegistrationSettings
from services.registration.use_cases.create_workshop import create_workshop
from services.registration.use_cases.open_workshop import open_workshop
from services.registration.use_cases.place_registration import place_registrations
from shared.runtime.database import Connection

NOW = datetime(2023, 9, 1, 8, tzinfo=UTC)
"""Business time of most tests: weeks before the workshop."""
AFTERWARDS = datetime(2023, 10, 26, 16, tzinfo=UTC)
ORGANISER = organiser(UUID("00000000-0000-0000-0000-000000000001"))
LINKS = PersonalLinks("a secret that is long enough for tests", "https://atelier.example")
_DATA = Path(__file__).parents[3] / "deploy" / "demo" / "data" / "strasbourg-2023.json"


def workshop_json(**changes: Any) -> dict[str, Any]:
    """A definition as an organiser would send it, with a slug of its own."""
    described = json.loads(_DATA.read_text(encoding="utf-8"))
    del described["applicants"]
    described |= {
        "slug": f"strasbourg-{uuid4().hex[:8]}",
        "contact": "organisers@atelier.example.org",
        "privacy": {"controller": "The organisers", "purpose": "Running the workshop", "retention": "One year"},
    }
    return described | changes


async def open_one(connection: Connection, **changes: Any) -> Workshop:
    """An open workshop."""
    definition = read_definition(workshop_json(**changes))
    workshop = await create_workshop(connection, definition, actor=ORGANISER, now=NOW)
    return await open_workshop(connection, workshop.id, actor=ORGANISER, now=NOW)


def submission(address: str = "", **changes: Any) -> Submission:
    """A form that passed all checks; with an address of its own where none is given."""
    address = address or f"{uuid4().hex[:12]}@example.org"
    values: dict[str, Any] = {
        "form_token": uuid4(),
        "address": address,
        "address_key": address.casefold(),
        "given_name": "Անահիտ",
        "family_name": "Šehović-Դավթյան",
        "certificate_name": "Անահիտ Šehović-Դավթյան",
        "country": "AM",
        "language": "en",
        "institution": "Ոստիկանություն",
        "position": "trainer",
        "diet": "no nuts at all",
        "comments": "arrives late",
    }
    return Submission(**values | changes)


async def place(connection: Connection, workshop_id: UUID, *forms: Submission, now: datetime = NOW, interval: float = 600) -> list[Answer]:
    """One group."""
    return await place_registrations(connection, workshop_id, forms, links=LINKS, link_interval=timedelta(seconds=interval), now=now)


async def ids_by_address(connection: Connection, workshop_id: UUID) -> dict[str, UUID]:
    """Live and withdrawn registrations by address key."""
    rows = await connection.fetch("SELECT id, address_key FROM registrations WHERE workshop_id = $1 ORDER BY number", workshop_id)
    return {row["address_key"]: row["id"] for row in rows if row["address_key"]}


async def published(connection: Connection, *, kinds: str = "%") -> list[tuple[str, UUID, dict[str, Any]]]:
    """Type, key and data of every event in the outbox, in order."""
    rows = await connection.fetch("SELECT type, key, payload FROM outbox WHERE type LIKE $1 ORDER BY id", kinds)
    return [(row["type"], row["key"], json.loads(row["payload"])["data"] if row["payload"] else {}) for row in rows]


def settings_for(database_url: str, folder: Path, **changes: Any) -> RegistrationSettings:
    """Settings of a web process, with keys made for it."""
    key = Ed25519PrivateKey.generate()
    private, public = folder / "private.pem", folder / "public.pem"
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    clock = folder / "clock"
    clock.write_text(str((NOW - datetime.now(UTC)).total_seconds()), encoding="ascii")
    values: dict[str, Any] = {
        "environment": "development",
        "database_url": SecretStr(database_url),
        "public_url": "http://atelier.example",
        "link_secret": SecretStr("a secret that is long enough for tests"),
        "session_private_key_file": private,
        "session_public_key_file": public,
        "test_clock_file": clock,
        "login_rate_limit": "",
    }
    return RegistrationSettings(**values | changes)


async def counts(connection: asyncpg.Connection, workshop_id: UUID) -> tuple[int, int]:
    """Confirmed and waiting as the workshop's row says."""
    row = await connection.fetchrow("SELECT confirmed_count, waiting_count FROM workshops WHERE id = $1", workshop_id)
    return row["confirmed_count"], row["waiting_count"]
