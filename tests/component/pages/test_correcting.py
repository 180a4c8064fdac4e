"""The console's form that corrects a person: what is in it, what comes back, and what a colleague did meanwhile."""

import pytest
from bs4 import BeautifulSoup

from tests.component.pages.conftest import HERE, Site

OWN = {"origin": HERE}


def filled(page: BeautifulSoup) -> dict[str, str]:
    """What the form would send, pressed as it is."""
    form = page.select_one("form.confirm")
    assert form is not None
    values = {str(field["name"]): str(field.get("value", "")) for field in form.select("input")}
    chosen = form.select_one("select option[selected]")
    assert chosen is not None
    return values | {"language": str(chosen["value"])}


async def test_the_form_is_filled_with_what_is_there_and_what_it_corrects_is_seen_everywhere(site: Site) -> None:
    await site.sign_in()
    person = f"/console/registrations/{site.furnished.confirmed[0]}"
    link = (await site.page(person)).find("a", href=f"{person}/correct")
    assert link is not None
    form = filled(await site.page(person + "/correct"))
    name = await site.value(
        "SELECT (given_name, family_name, version) FROM participants WHERE registration_id = $1", site.furnished.confirmed[0]
    )
    assert name == (form["given_name"], form["family_name"], int(form["version"]))
    answer = await site.browser.post(
        person + "/correct", data=form | {"certificate_name": "Dr Ина Țurcanu", "position": "head"}, headers=OWN
    )
    assert (answer.status_code, answer.headers["location"]) == (303, person)
    text = " ".join((await site.page(person)).get_text(" ").split())
    assert "Dr Ина Țurcanu" in text
    assert "Details corrected (Name for the certificate, Position) Ana Organiser" in text
    assert "Dr Ина Țurcanu" in (await site.page(site.my(site.furnished.confirmed[0]))).get_text()
    answer = await site.browser.post(person + "/correct", data=filled(await site.page(person + "/correct")), headers=OWN)
    assert answer.status_code == 303
    assert await site.value("SELECT version FROM participants WHERE registration_id = $1", site.furnished.confirmed[0]) == 2


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("en", {"family_name": "Enter your family name", "institution": "Institution or organisation: a hidden character"}),
        ("fr", {"family_name": "Indiquez votre nom", "institution": "Institution ou organisation\u00a0: un caractère caché"}),
    ],
)
async def test_what_cannot_be_comes_back_with_all_that_was_typed(site: Site, language: str, sentences: dict[str, str]) -> None:
    await site.sign_in()
    path = f"/console/registrations/{site.furnished.confirmed[0]}/correct?lang={language}"
    typed = filled(await site.page(path)) | {"given_name": "Ина", "family_name": " ", "institution": "Po\u202elice", "language": "en"}
    answer = await site.browser.post(path, data=typed, headers=OWN)
    assert answer.status_code == 422
    page = BeautifulSoup(answer.text, "html.parser")
    links = {str(link["href"])[1:]: link.get_text() for link in page.select(".wrong-summary a")}
    assert links.keys() == sentences.keys()
    assert all(links[name].startswith(sentence) for name, sentence in sentences.items())
    assert filled(page) == typed | {"family_name": "", "institution": "Police"}


async def test_an_older_page_does_not_overwrite_what_a_colleague_corrected_and_loses_nothing(site: Site) -> None:
    await site.sign_in()
    path = f"/console/registrations/{site.furnished.confirmed[0]}/correct"
    form = filled(await site.page(path))
    theirs, mine = form | {"family_name": "Țurcanu"}, form | {"given_name": "Ина", "language": "fr"}
    assert (await site.browser.post(path, data=theirs, headers=OWN)).status_code == 303
    answer = await site.browser.post(path, data=mine, headers=OWN)
    assert answer.status_code == 409
    assert await site.value("SELECT family_name FROM participants WHERE registration_id = $1", site.furnished.confirmed[0]) == "Țurcanu"
    page = BeautifulSoup(answer.text, "html.parser")
    assert page.select_one("[role=alert]") is not None
    now = {"family_name": "Țurcanu", "certificate_name": f"{form['given_name']} Țurcanu"}
    again = filled(page)
    assert again == mine | now | {"version": "2"} | {f"shown.{name}": value for name, value in now.items()}
    hints = {str(hint["id"]): hint.get_text() for hint in page.select(".hint")}
    assert hints["given_name-hint"] == f"Recorded now: {form['given_name']}"
    assert hints["language-hint"] == "Recorded now: English"
    assert {"family_name-hint", "institution-hint"}.isdisjoint(hints), "what is left as it was is the colleague's"
    assert (await site.browser.post(path, data=again, headers=OWN)).status_code == 303
    name = await site.value("SELECT certificate_name FROM participants WHERE registration_id = $1", site.furnished.confirmed[0])
    assert name == "Ина Țurcanu"


async def test_what_both_have_changed_stays_as_the_second_typed_it(site: Site) -> None:
    await site.sign_in()
    path = f"/console/registrations/{site.furnished.confirmed[0]}/correct"
    form = filled(await site.page(path))
    assert (await site.browser.post(path, data=form | {"position": "head"}, headers=OWN)).status_code == 303
    wrong = await site.browser.post(path, data=form | {"position": "head of unit", "given_name": ""}, headers=OWN)
    assert wrong.status_code == 409
    page = BeautifulSoup(wrong.text, "html.parser")
    assert filled(page)["position"] == "head of unit"
    assert "Recorded now: head" in page.get_text()
    wrong = await site.browser.post(path, data=filled(page), headers=OWN)
    assert wrong.status_code == 422
    answer = await site.browser.post(path, data=filled(BeautifulSoup(wrong.text, "html.parser")) | {"given_name": "Ina"}, headers=OWN)
    assert answer.status_code == 303, "the page that came back is the newer one"


@pytest.mark.parametrize("version", ["", "x", "²", "99999999999999999999", "-1"])
async def test_a_form_without_its_version_is_as_good_as_an_old_one(site: Site, version: str) -> None:
    await site.sign_in()
    path = f"/console/registrations/{site.furnished.confirmed[0]}/correct"
    form = filled(await site.page(path)) | {"given_name": "Ина", "version": version}
    assert (await site.browser.post(path, data=form, headers=OWN)).status_code == 409


async def test_nobody_is_left_to_correct_where_the_person_was_erased(site: Site) -> None:
    await site.sign_in()
    person = f"/console/registrations/{site.furnished.confirmed[1]}"
    form = filled(await site.page(person + "/correct"))
    assert (await site.browser.post(person + "/erase", data={}, headers=OWN)).status_code == 303
    assert "there is nothing left to correct" in (await site.page(person + "/correct", 409)).get_text()
    answer = await site.browser.post(person + "/correct?lang=fr", data=form, headers=OWN)
    assert answer.status_code == 409
    assert "il ne reste rien à corriger" in answer.text
    assert (await site.page(person)).find("a", href=f"{person}/correct") is None
