"""One form, one trace: from the request through Kafka to the mail, each span the child of what caused it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from deploy.demo.inbox import Inbox
from deploy.demo.organiser import Organiser
from deploy.demo.perform import make_token
from deploy.demo.phases.personal_page import find_personal_page
from tests.conftest import Servers
from tests.system.conftest import start_system
from tests.system.scene import Scene, people
from tests.waiting import eventually

Line = dict[str, Any]


@pytest.fixture
async def traced(servers: Servers, tmp_path: Path) -> AsyncIterator[Scene]:
    """A system whose processes write their spans into one file."""
    environment = {"ATELIER_TRACES_FILE": str(tmp_path / "spans")}
    async with (
        start_system(servers, tmp_path / "system", environment=environment) as system,
        Organiser(system.front_door, await make_token(system)) as organiser,
        Inbox(system.front_door) as inbox,
    ):
        yield Scene(system, organiser, inbox, tmp_path)


async def test_a_trace_leads_from_the_form_to_the_mail_and_from_the_completion_to_the_certificate(traced: Scene) -> None:
    (person,) = people(1)
    await traced.open(capacity=1)
    await traced.apply(person)
    await traced.settle()
    await traced.check_in([person], days=2)
    await traced.advance_to(day=2, hour=18)
    await traced.organiser.command(traced.workshop_id, "complete")
    await traced.settle()

    async def mailed() -> bool:
        return {"confirmation", "certificate"} <= {mail["attributes"]["atelier.purpose"] for mail in _named(_spans(traced), "send mail")}

    await eventually(mailed, within=60, what="the spans of the mails are written")
    spans = _spans(traced)
    assert _way_to(spans, "confirmation") == [
        ("registration", "POST /workshops/{slug}/register"),
        ("registration", "publish registration.confirmed.v1"),
        ("notifications", "process registration.confirmed.v1"),
        ("notifications", "send mail"),
    ]
    way = _way_to(spans, "certificate")
    assert way[0][1].endswith("/complete")
    assert way[1:] == [
        ("registration", "publish workshop.completed.v1"),
        ("certificates", "process workshop.completed.v1"),
        ("certificates", "issue certificate"),
        ("certificates", "publish certificate.issued.v1"),
        ("notifications", "process certificate.issued.v1"),
        ("notifications", "send mail"),
    ]
    words = (traced.output / "spans").read_text()
    registration_id = (await traced.registrations())[person.address]["id"]
    assert registration_id in words
    link = await find_personal_page(traced.inbox, person.address)
    assert "/my/" in link
    for secret in (person.address, person.family_name, person.certificate_name, link.rpartition("/")[2]):
        assert secret not in words


def _spans(scene: Scene) -> list[Line]:
    return [json.loads(line) for line in (scene.output / "spans").read_text().splitlines()]


def _named(spans: list[Line], name: str) -> list[Line]:
    return [one for one in spans if one["name"] == name]


def _way_to(spans: list[Line], purpose: str) -> list[tuple[str, str]]:
    """Service and name of each span from the beginning of its trace to the mail with this purpose."""
    (current,) = (mail for mail in _named(spans, "send mail") if mail["attributes"]["atelier.purpose"] == purpose)
    assert current["attributes"]["atelier.outcome"] == "sent"
    by_id = {(one["trace_id"], one["span_id"]): one for one in spans}
    way = [(current["service"], current["name"])]
    while current["parent_id"] is not None:
        current = by_id[current["trace_id"], current["parent_id"]]
        way.insert(0, (current["service"], current["name"]))
    return way
