"""An organiser corrects a person through the API: what is stored, told and refused."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from tests.component.registration.material import LINKS, ids_by_address, open_one, place, published, submission

PERSON = {"given_name": "Ina", "family_name": "Turcanu", "certificate_name": "Ina Turcanu", "language": "fr"}
ENDS = datetime(2023, 10, 26, 15, tzinfo=UTC)
"""When the workshop does."""


@pytest.fixture
async def ina(connection: asyncpg.Connection) -> UUID:
    workshop = await open_one(connection)
    await place(connection, workshop.id, submission("ina@example.org", **PERSON), submission("other@example.org"))
    return (await ids_by_address(connection, workshop.id))["ina@example.org"]


async def test_a_correction_is_stored_told_and_noted_without_what_it_says(
    api: httpx.AsyncClient, connection: asyncpg.Connection, ina: UUID
) -> None:
    body = {"certificate_name": " Ina  Țurcanu ", "language": "en", "institution": ""}
    answer = await api.post(f"/registrations/{ina}/correct", json=body, headers={"If-Match": '"1"'})
    assert answer.status_code == 200, answer.text
    read = (await api.get(f"/registrations/{ina}")).json()
    assert read["person"] == answer.json()
    assert {name: answer.json()[name] for name in ("version", "certificate_name", "given_name", "institution", "position")} == {
        "version": 2,
        "certificate_name": "Ina Țurcanu",
        "given_name": "Ina",
        "institution": "",
        "position": "trainer",
    }
    before, told = [data for _, key, data in await published(connection, kinds="participant.recorded%") if key == ina]
    link = f"http://atelier.example/my/{LINKS.token(ina, ENDS)}"
    assert told == before | {"version": 2, "certificate_name": "Ina Țurcanu", "language": "en", "personal_page": link}
    (noted,) = [change for change in read["changes"] if change["action"] == "registration.correct"]
    assert (noted["organiser"], noted["details"]) == ("Olga Organiser", {"fields": ["certificate_name", "language", "institution"]})
    others = await connection.fetchval("SELECT count(*) FROM participants p JOIN answers a USING (registration_id) WHERE p.version = 1")
    assert others == 1
    assert await connection.fetchval("SELECT count(*) FROM answers WHERE institution = ''") == 1


async def test_what_is_so_already_is_no_new_version(api: httpx.AsyncClient, connection: asyncpg.Connection, ina: UUID) -> None:
    for body in ({}, {"given_name": " Ina ", "family_name": None}):
        answer = await api.post(f"/registrations/{ina}/correct", json=body)
        assert (answer.status_code, answer.json()["version"]) == (200, 1)
    assert len(await published(connection, kinds="participant.recorded%")) == 2
    assert "registration.correct" not in str((await api.get(f"/registrations/{ina}")).json()["changes"])


async def test_a_correction_of_what_a_colleague_has_corrected_since_is_refused(
    api: httpx.AsyncClient, connection: asyncpg.Connection, ina: UUID
) -> None:
    for name, status in (("Țurcanu", 200), ("Turkanu", 412)):
        answer = await api.post(f"/registrations/{ina}/correct", json={"family_name": name}, headers={"If-Match": '"1"'})
        assert answer.status_code == status
    assert answer.json()["code"] == "version_differs"
    assert await connection.fetchval("SELECT family_name FROM participants WHERE registration_id = $1", ina) == "Țurcanu"
    answer = await api.post(f"/registrations/{ina}/correct", json={"family_name": "Turkanu"})
    assert (answer.status_code, answer.json()["version"]) == (200, 3)


async def test_every_wrong_field_is_named_and_its_value_is_not(api: httpx.AsyncClient, connection: asyncpg.Connection, ina: UUID) -> None:
    answer = await api.post(f"/registrations/{ina}/correct", json={"given_name": "  ", "certificate_name": "Ina\u202e", "language": "de"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_field")
    assert answer.json()["errors"] == [
        {"field": "given_name", "message": "Enter your given name"},
        {
            "field": "certificate_name",
            "message": "Name for the certificate: a hidden character was in it and has been taken out, please check it",
        },
        {"field": "language", "message": "Choose the language of your mails from the list"},
    ]
    for body in ({"address": "elsewhere@example.org"}, {"given_name": 1}):
        answer = await api.post(f"/registrations/{ina}/correct", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, next(iter(body)))
    assert await connection.fetchval("SELECT max(version) FROM participants") == 1


async def test_whoever_has_withdrawn_can_be_corrected_and_whoever_was_erased_cannot(api: httpx.AsyncClient, ina: UUID) -> None:
    await api.post(f"/registrations/{ina}/withdraw")
    assert (await api.post(f"/registrations/{ina}/correct", json={"given_name": "Irina"})).status_code == 200
    await api.post(f"/registrations/{ina}/erase")
    answer = await api.post(f"/registrations/{ina}/correct", json={"given_name": "Ina"})
    assert (answer.status_code, answer.json()["code"]) == (409, "person_is_erased")
    assert (await api.post(f"/registrations/{uuid4()}/correct", json={})).status_code == 404
