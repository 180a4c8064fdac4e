"""The certificate rule in the console's form for a new workshop: every part that the API has, and nothing lost on the way."""

from typing import Any

import pytest
from bs4 import BeautifulSoup

from services.registration.web.console_new import describe
from tests.browser.strasbourg import definition_json
from tests.component.pages.conftest import HERE, Site

OWN = {"origin": HERE}
NUMBERS = ("minimum_sessions", "minimum_percent_of_sessions", "minimum_percent_of_time")


def fields(**changes: str) -> dict[str, str]:
    """A workshop with sessions in the first and the third row; of `changes`, those of the rule go by its parts."""
    body = definition_json()
    values = {f"{name}.{code}": body[name][code] for name in ("title", "summary") for code in ("en", "fr")}
    values |= {f"privacy.{name}.{code}": text for name, texts in body["privacy"].items() for code, text in texts.items()}
    for row, day in ((0, 1), (2, 2)):
        values |= {f"sessions.{row}.starts": f"2024-03-0{day}T09:00", f"sessions.{row}.ends": f"2024-03-0{day}T17:00"}
        values |= {f"sessions.{row}.title.{code}": f"Day {day}" for code in ("en", "fr")}
    values |= {"organisers": "Council of Europe", "venue.city": "Strasbourg", "venue.country": "FR", "time_zone": "Europe/Paris"}
    return values | {"capacity": "20", "slug": "spring-2024"} | {f"certificate.{name}": value for name, value in changes.items()}


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ({}, None),
        ({"minimum_sessions": " ", "minimum_percent_of_time": ""}, None),
        ({"minimum_sessions": "2"}, {"minimum_sessions": 2}),
        ({"minimum_percent_of_time": "80 %"}, {"minimum_percent_of_time": 80}),
        ({"needs_approval": "yes"}, {"needs_approval": True}),
        ({"required_sessions.2": "yes"}, {"required_sessions": ["session-2"]}),
        ({"required_sessions.0": "yes", "required_sessions.1": "yes"}, {"required_sessions": ["session-1", "row-1"]}),
    ],
)
def test_whoever_asks_for_anything_gives_certificates(given: dict[str, str], rule: dict[str, Any] | None) -> None:
    assert describe(fields(**given))["certificate"] == rule


async def test_every_part_of_the_rule_is_kept_and_shown(site: Site) -> None:
    await site.sign_in()
    rule = dict(zip(NUMBERS, ("1", "50", "80"), strict=True)) | {"required_sessions.2": "yes", "needs_approval": "yes"}
    answer = await site.browser.post("/console/new", data=fields(**rule), headers=OWN)
    assert answer.status_code == 303
    stored = await site.value("SELECT definition -> 'certificate' FROM workshops WHERE slug = 'spring-2024'")
    assert stored == dict(zip(NUMBERS, (1, 50, 80), strict=True)) | {"required_sessions": ["session-2"], "needs_approval": True}
    assert (await site.browser.post(answer.headers["location"] + "/do/open", headers=OWN)).status_code == 303
    shown = " ".join((await site.page("/workshops/spring-2024")).get_text(" ").split())
    for words in ("at least 50 % of the sessions", "at least 80 % of the time", "“Day 2” must be among them", "approve each certificate"):
        assert words in shown


@pytest.mark.parametrize(
    ("language", "percent", "empty"),
    [
        ("en", "Enter a share of the sessions from 1 to 100 percent, or nothing", "Session 2 is empty: describe it above, or untick it"),
        (
            "fr",
            "Indiquez une part des séances de 1 à 100 pour cent, ou rien",
            "La séance 2 est vide\u00a0: décrivez-la plus haut ou décochez-la",
        ),
    ],
)
async def test_what_no_rule_can_ask_for_is_named_at_its_field_and_nothing_is_lost(
    site: Site, language: str, percent: str, empty: str
) -> None:
    await site.sign_in()
    ticked = {"required_sessions.1": "yes", "required_sessions.2": "yes", "needs_approval": "yes"}
    for wrong, where in (
        ({"minimum_percent_of_sessions": "101", "minimum_percent_of_time": "9" * 5000}, {*NUMBERS[1:]}),
        ({"minimum_percent_of_sessions": "half", "minimum_percent_of_time": "0"}, {*NUMBERS[1:]}),
        ({"minimum_sessions": "3", "minimum_percent_of_sessions": "50"}, {"minimum_sessions", "required_sessions.1"}),
    ):
        answer = await site.browser.post(f"/console/new?lang={language}", data=fields(**ticked, **wrong), headers=OWN)
        assert answer.status_code == 422
        page = BeautifulSoup(answer.text, "html.parser")
        links = {str(link["href"])[1:]: link.get_text() for link in page.select(".wrong-summary a")}
        assert links.keys() == {f"certificate.{name}" for name in where}
        assert percent in links.values() or empty in links.values()
        for name in (*ticked, *wrong):
            field = page.find(id=f"certificate.{name}")
            assert field is not None
            assert field.has_attr("checked") if name in ticked else field["value"] == wrong[name]
            assert field.get("aria-invalid") == ("true" if name in where else None)
    assert await site.value("SELECT count(*) FROM workshops") == 1
