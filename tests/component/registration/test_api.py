"""The organiser API through HTTP, with the database behind it."""

from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from services.registration.domain.refusals import InvalidFieldError
from services.registration.domain.workshop_consistency import read_definition
from services.registration.use_cases.create_workshop import create_workshop
from tests.component.registration.material import NOW, ORGANISER, ids_by_address, place, published, submission, workshop_json


async def created(api: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    answer = await api.post("/workshops", json=workshop_json(**changes))
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


UNDER_WAY = [
    {"code": code, "title": {"en": code, "fr": code}, "starts": f"{date}T09:00", "ends": f"{date}T17:00"}
    for code, date in (("day-1", "2023-08-31"), ("day-2", "2023-09-01"))
]
"""Sessions of which the last has begun and not ended at the tests' business time."""


async def opened(api: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    workshop = await created(api, **changes)
    answer = await api.post(f"/workshops/{workshop['id']}/open")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_a_workshop_is_created_as_a_draft_and_read_back(api: httpx.AsyncClient, connection: asyncpg.Connection) -> None:
    workshop = await created(api, slug="strasbourg-2023")
    assert (workshop["state"], workshop["version"], workshop["confirmed"]) == ("draft", 1, 0)
    assert workshop["starts_at"] == "2023-10-24T07:30:00Z"
    read = await api.get(f"/workshops/{workshop['id']}")
    assert read.json() == workshop
    assert read.headers["etag"] == '"1"'
    [(kind, _, record)] = await published(connection)
    assert (kind, record["state"], record["slug"], record["version"]) == ("workshop.recorded.v1", "draft", "strasbourg-2023", 1)
    assert record["footnotes"][0]["mark"] == "*"
    assert "privacy" not in record


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"capacity": -1}, "capacity"),
        ({"capacity": "many"}, "capacity"),
        ({"time_zone": "Europe/Atlantis"}, "time_zone"),
        ({"slug": "No Slug"}, "slug"),
        ({"title": {"en": "Only English"}}, "title"),
        ({"title": {"en": "x\u202ey", "fr": "y"}}, "title.en"),
        ({"title": {"en": "two\nlines", "fr": "y"}}, "title.en"),
        ({"sessions": []}, "sessions"),
        (
            {"sessions": [{"code": "a", "title": {"en": "A", "fr": "A"}, "starts": "2023-10-24T09:30", "ends": "2023-10-24T09:30"}]},
            "sessions.0.ends",
        ),
        (
            {"sessions": [{"code": "a", "title": {"en": "A", "fr": "A"}, "starts": "2023-03-26T02:30", "ends": "2023-03-26T09:30"}]},
            "sessions.0.starts",
        ),
        (
            {"sessions": [{"code": "a", "title": {"en": "A", "fr": "A"}, "starts": "2023-10-24T09:30Z", "ends": "2023-10-24T10:30"}]},
            "sessions.0.starts",
        ),
        ({"reminders": [{"id": "a", "anchor": "start", "days": -1, "at": "25:00"}]}, "reminders.0.at"),
        ({"certificate": {"minimum_sessions": 4}}, "certificate.minimum_sessions"),
        ({"country_labels": {"DE": {"en": "x", "fr": "y"}}}, "country_labels.DE"),
        ({"contact": "nobody"}, "contact"),
        ({"unknown": 1}, "unknown"),
    ],
)
async def test_an_unusable_definition_is_refused_with_the_field_named(api: httpx.AsyncClient, changes: dict[str, Any], field: str) -> None:
    answer = await api.post("/workshops", json=workshop_json(**changes))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert field in [error["field"] for error in answer.json()["errors"]]


async def test_half_a_surrogate_pair_is_refused_and_not_our_failure(api: httpx.AsyncClient) -> None:
    for body in ('{"title": "\\ud800"}', '{"\\ud800": 1}', "[]", "nonsense"):
        answer = await api.post("/workshops", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in {400, 422}, body


async def test_bodies_are_bounded(api: httpx.AsyncClient) -> None:
    answer = await api.post("/workshops", content=b" " * 1_000_001, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_a_definition_that_no_record_can_carry_is_refused(connection: asyncpg.Connection) -> None:
    notes = [{"mark": str(number), "text": {"en": "Ա" * 5000, "fr": "Ա" * 5000}} for number in range(50)]
    with pytest.raises(InvalidFieldError):
        async with connection.transaction():
            await create_workshop(connection, read_definition(workshop_json(footnotes=notes)), actor=ORGANISER, now=NOW)
    assert await connection.fetchval("SELECT count(*) FROM workshops") == 0


async def test_without_a_valid_token_nothing_is_told(api: httpx.AsyncClient) -> None:
    for headers in ({"Authorization": ""}, {"Authorization": "Bearer atelier_wrong"}, {"Authorization": "Basic x"}):
        answer = await api.get("/workshops", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_slug_belongs_to_one_workshop(api: httpx.AsyncClient) -> None:
    await created(api, slug="taken")
    answer = await api.post("/workshops", json=workshop_json(slug="taken"))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "slug")
    other = await created(api)
    answer = await api.put(f"/workshops/{other['id']}", json=workshop_json(slug="taken"))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "slug")


async def test_a_repeated_command_answers_the_current_state_and_publishes_nothing(
    api: httpx.AsyncClient, connection: asyncpg.Connection
) -> None:
    workshop = await opened(api, sessions=UNDER_WAY)
    for command, state, version in (("open", "open", 2), ("complete", "completed", 3)):
        for _ in range(2):
            answer = await api.post(f"/workshops/{workshop['id']}/{command}")
            assert answer.status_code == 200
            assert (answer.json()["state"], answer.json()["version"]) == (state, version)
    kinds = [kind for kind, _, _ in await published(connection)]
    assert kinds.count("workshop.opened.v1") == kinds.count("workshop.completed.v1") == 1
    assert kinds.count("workshop.recorded.v1") == 3


async def test_a_workshop_is_completed_only_when_its_last_session_has_begun(api: httpx.AsyncClient) -> None:
    workshop = await opened(api)
    answer = await api.post(f"/workshops/{workshop['id']}/complete")
    assert (answer.status_code, answer.json()["code"]) == (409, "last_session_not_begun")
    assert "2023-10-26 09:00 (Europe/Paris)" in answer.json()["detail"]
    assert (await api.get(f"/workshops/{workshop['id']}")).json()["state"] == "open"


async def test_a_workshop_is_not_moved_to_where_it_would_be_over(api: httpx.AsyncClient) -> None:
    workshop = await opened(api)
    sessions = [
        {"code": session["code"], "starts": session["starts"].replace("-10-", "-08-"), "ends": session["ends"].replace("-10-", "-08-")}
        for session in workshop["definition"]["sessions"]
    ]
    answer = await api.post(f"/workshops/{workshop['id']}/reschedule", json={"sessions": sessions})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "sessions.2.ends")
    assert (await api.get(f"/workshops/{workshop['id']}")).json()["version"] == workshop["version"]


async def test_commands_that_do_not_fit_the_state_are_conflicts(api: httpx.AsyncClient) -> None:
    draft = await created(api)
    for command in ("complete", "remind"):
        answer = await api.post(f"/workshops/{draft['id']}/{command}")
        assert (answer.status_code, answer.json()["code"]) == (409, "workshop_is_draft")
    await api.post(f"/workshops/{draft['id']}/cancel", json={"reason": {"en": "Ill", "fr": "Malade"}})
    answer = await api.post(f"/workshops/{draft['id']}/open")
    assert (answer.status_code, answer.json()["code"]) == (409, "workshop_is_cancelled")


async def test_an_open_workshop_keeps_what_people_were_promised(api: httpx.AsyncClient, connection: asyncpg.Connection) -> None:
    workshop = await opened(api, slug="promised", capacity=2)
    await place(connection, workshop["id"], submission(), submission(), submission())
    for changes, field in (
        ({"slug": "other"}, "slug"),
        ({"time_zone": "Europe/London"}, "time_zone"),
        ({"capacity": 1}, "capacity"),
        ({"languages": ["en"]}, "languages"),
        ({"sessions": workshop["definition"]["sessions"][:2]}, "sessions"),
    ):
        answer = await api.put(f"/workshops/{workshop['id']}", json=workshop_json(slug="promised", capacity=2) | changes)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    answer = await api.put(f"/workshops/{workshop['id']}", json=workshop_json(slug="promised", capacity=3), headers={"If-Match": '"2"'})
    assert (answer.status_code, answer.json()["confirmed"], answer.json()["waiting"]) == (200, 3, 0)
    answer = await api.put(f"/workshops/{workshop['id']}", json=workshop_json(slug="promised", capacity=4), headers={"If-Match": '"2"'})
    assert answer.status_code == 412
    assert len(await published(connection, kinds="registration.promoted%")) == 1


async def test_the_same_definition_again_is_no_new_version(api: httpx.AsyncClient) -> None:
    workshop = await opened(api)
    answer = await api.put(f"/workshops/{workshop['id']}", json=workshop["definition"])
    assert (answer.status_code, answer.json()["version"]) == (200, 2)


async def test_rescheduling_carries_both_timetables(api: httpx.AsyncClient, connection: asyncpg.Connection) -> None:
    workshop = await opened(api)
    sessions = [
        {"code": session["code"], "starts": session["starts"].replace("-10-", "-11-"), "ends": session["ends"].replace("-10-", "-11-")}
        for session in workshop["definition"]["sessions"]
    ]
    for _ in range(2):
        answer = await api.post(f"/workshops/{workshop['id']}/reschedule", json={"sessions": sessions})
        assert (answer.status_code, answer.json()["starts_at"], answer.json()["version"]) == (200, "2023-11-24T08:30:00Z", 3)
    [(_, _, fact)] = await published(connection, kinds="workshop.rescheduled%")
    assert fact["previous"][0] == {"code": "day-1", "starts": "2023-10-24T09:30:00", "ends": "2023-10-24T17:00:00"}
    assert fact["current"][0]["starts"] == "2023-11-24T09:30:00"
    answer = await api.post(f"/workshops/{workshop['id']}/reschedule", json={"sessions": sessions[:1]})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "sessions")


async def test_reminders_and_announcements_have_one_effect_per_request(api: httpx.AsyncClient, connection: asyncpg.Connection) -> None:
    workshop = await opened(api)
    words = {"subject": {"en": "Hall B", "fr": "Salle B"}, "body": {"en": "We moved.\n\nSee you!", "fr": "Nous avons déménagé."}}
    for _ in range(2):
        assert (await api.post(f"/workshops/{workshop['id']}/remind", headers={"Idempotency-Key": "one"})).status_code == 200
        assert (await api.post(f"/workshops/{workshop['id']}/announce", json=words, headers={"Idempotency-Key": "one"})).status_code == 200
    await api.post(f"/workshops/{workshop['id']}/remind", headers={"Idempotency-Key": "two"})
    assert len(await published(connection, kinds="workshop.reminder_requested%")) == 2
    [(_, _, fact)] = await published(connection, kinds="workshop.announced%")
    assert fact["body"]["en"] == "We moved.\n\nSee you!"
    answer = await api.post(f"/workshops/{workshop['id']}/announce", json={"subject": {"en": "x"}, "body": words["body"]})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "subject")
    for subject in ("two\nlines", "x\r\nBcc: everybody@example.org", "x\u202ey"):
        answer = await api.post(f"/workshops/{workshop['id']}/announce", json=words | {"subject": {"en": subject, "fr": "x"}})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "subject.en")


async def test_a_registration_with_everything_known_about_it(api: httpx.AsyncClient, connection: asyncpg.Connection) -> None:
    workshop = await opened(api, capacity=1)
    await place(connection, workshop["id"], submission("a@example.org"), submission("b@example.org"))
    ids = await ids_by_address(connection, workshop["id"])
    one = f"/registrations/{ids['b@example.org']}"
    body = (await api.get(one)).json()
    assert (body["state"], body["line_position"], body["person"]["diet"], body["workshop_id"]) == (
        "waiting",
        1,
        "no nuts at all",
        workshop["id"],
    )
    answer = await api.put(f"{one}/attendance/day-1", json={"present": True})
    assert (answer.status_code, answer.json()["code"]) == (409, "registration_is_waiting")
    assert (await api.post(f"/registrations/{ids['a@example.org']}/withdraw")).json()["state"] == "withdrawn"
    for expected in (True, False):
        answer = await api.put(f"{one}/attendance/day-1", json={"present": True})
        assert answer.json() == {"id": str(ids["b@example.org"]), "session_code": "day-1", "present": True, "changed": expected}
    await api.put(f"{one}/attendance/day-1", json={"present": False})
    facts = [(data["session_code"], data["present"]) for _, _, data in await published(connection, kinds="registration.attendance%")]
    assert facts == [("day-1", True), ("day-1", False)]
    assert (await api.put(f"{one}/attendance/day-9", json={"present": True})).status_code == 404
    body = (await api.get(one)).json()
    assert [(change["action"], change["organiser"]) for change in body["changes"]] == [
        ("registration.attendance", "Olga Organiser"),
        ("registration.attendance", "Olga Organiser"),
        ("registration.promote", "Olga Organiser"),
        ("registration.wait", None),
    ]
    assert (await api.post(f"{one}/erase")).json()["state"] == "erased"
    body = (await api.get(one)).json()
    assert (body["person"], body["attendance"], body["state"]) == (None, {}, "erased")


async def test_attendance_may_be_corrected_after_completion(api: httpx.AsyncClient, connection: asyncpg.Connection) -> None:
    workshop = await opened(api, sessions=UNDER_WAY)
    await place(connection, workshop["id"], submission("a@example.org"))
    [registration_id] = (await ids_by_address(connection, workshop["id"])).values()
    assert (await api.post(f"/workshops/{workshop['id']}/complete")).status_code == 200
    answer = await api.put(f"/registrations/{registration_id}/attendance/day-2", json={"present": True})
    assert (answer.status_code, answer.json()["changed"]) == (200, True)


async def test_lists_come_page_by_page(api: httpx.AsyncClient, connection: asyncpg.Connection) -> None:
    workshop = await opened(api, capacity=3)
    await place(connection, workshop["id"], *(submission() for _ in range(5)))
    seen: list[int] = []
    after: int | None = 0
    while after is not None:
        page = (await api.get(f"/workshops/{workshop['id']}/registrations", params={"after": after, "limit": 2})).json()
        seen += [row["number"] for row in page["registrations"]]
        after = page["next_after"]
    assert seen == [1, 2, 3, 4, 5]
    page = (await api.get(f"/workshops/{workshop['id']}/registrations", params={"state": "waiting"})).json()
    assert [row["number"] for row in page["registrations"]] == [4, 5]
    others = {(await opened(api))["id"] for _ in range(3)} | {workshop["id"]}
    found: set[str] = set()
    cursor: str | None = None
    while True:
        listed = (await api.get("/workshops", params={"limit": 3} | ({"after": cursor} if cursor else {}))).json()
        found |= {one["id"] for one in listed["workshops"]}
        cursor = listed["next_after"]
        if cursor is None:
            break
    assert found == others


async def test_the_workshop_tells_who_commanded_what_and_who_acted(api: httpx.AsyncClient, connection: asyncpg.Connection) -> None:
    workshop = await opened(api)
    fact = await connection.fetchval("SELECT event_id FROM outbox WHERE type = 'workshop.opened.v1'")
    await connection.execute(
        "INSERT INTO receipts VALUES ('notifications', $1, 'workshop.opened.v1', $2, NULL, $3, $4)",
        fact,
        workshop["id"],
        NOW,
        {"messages_planned": 3},
    )
    changes = (await api.get(f"/workshops/{workshop['id']}/changes")).json()["changes"]
    assert [change["action"] for change in changes] == ["workshop.open", "workshop.create"]
    assert changes[0]["receipts"] == [{"service": "notifications", "acted_at": "2023-09-01T08:00:00Z", "effects": {"messages_planned": 3}}]


async def test_what_does_not_exist_is_not_found(api: httpx.AsyncClient) -> None:
    for path in (f"/workshops/{uuid4()}", f"/registrations/{uuid4()}", f"/workshops/{uuid4()}/registrations", "/nothing"):
        answer = await api.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    for path in (f"/workshops/{uuid4()}/open", f"/registrations/{uuid4()}/withdraw", f"/registrations/{uuid4()}/erase"):
        assert (await api.post(path)).status_code == 404


async def test_the_document_is_served_and_describes_every_path(api: httpx.AsyncClient) -> None:
    document = (await api.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.")
    assert "/workshops/{workshop_id}/reschedule" in document["paths"]
    assert "/registrations/{registration_id}/attendance/{session_code}" in document["paths"]
