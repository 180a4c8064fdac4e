"""The console: who may see it, what its commands say and do."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from bs4 import BeautifulSoup

from tests.browser.strasbourg import ADDRESS, definition_json
from tests.component.pages.conftest import HERE, Site

OWN = {"origin": HERE}


@dataclass(frozen=True)
class Still:
    """Business time that does not move."""

    at: datetime

    def now(self) -> datetime:
        return self.at


async def test_only_organisers_see_it_and_they_come_back_to_where_they_were_going(site: Site) -> None:
    target = f"{site.workshop}?state=waiting"
    answer = await site.browser.get(target)
    assert answer.status_code == 303
    login = await site.page(answer.headers["location"])
    field = login.select_one("input[name=next]")
    assert field is not None
    assert field["value"] == target
    for path in (
        site.workshop + "/do/cancel",
        site.workshop + "/check-in/day-1",
        f"/console/registrations/{site.furnished.confirmed[0]}/erase",
    ):
        answer = await site.browser.post(path, data={}, headers=OWN)
        assert answer.headers["location"].startswith("/console/login")
    assert await site.value("SELECT state FROM workshops") == "open"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example", "//evil.example/console", "/console\\@evil.example", "javascript:alert(1)", ""]
)
async def test_signing_in_never_leads_to_another_site(site: Site, elsewhere: str) -> None:
    data = {"address": ADDRESS, "password": "a long enough password", "next": elsewhere}
    answer = await site.browser.post("/console/login", data=data, headers=OWN)
    assert answer.headers["location"] == "/console"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


async def test_a_wrong_password_and_an_unknown_address_are_told_the_same(site: Site) -> None:
    said = []
    for address in (ADDRESS, "nobody@example.org", "not an address"):
        answer = await site.browser.post("/console/login", data={"address": address, "password": "wrong"}, headers=OWN)
        assert answer.status_code == 422
        said.append(answer.text.replace(address, "ADDRESS"))
    assert len(set(said)) == 1


async def test_a_command_from_another_site_does_nothing(site: Site) -> None:
    await site.sign_in()
    for headers in ({"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
        answer = await site.browser.post(site.workshop + "/do/cancel", data={}, headers=headers)
        assert answer.status_code == 403
    assert await site.value("SELECT state FROM workshops") == "open"


async def test_the_workshops_page_has_state_next_moment_counts_people_and_receipts(site: Site) -> None:
    await site.sign_in()
    page = await site.page(site.workshop)
    text = " ".join(page.get_text(" ").split())
    assert "Next: Day 2: good practices and challenges begins on Wed 25 October 2023, 9:00 (Strasbourg time, CEST, UTC+2)" in text
    assert "66 of 66 places taken" in text
    assert "66 confirmed 13 waiting 1 withdrawn 0 erased" in text
    assert "9 of 66 present" in text
    done = page.select_one("#acted-caption")
    assert done is not None
    assert "66 mails planned" in text
    assert "not yet" in text, "a service that has not answered is named as such"


@pytest.mark.parametrize(
    ("language", "none", "open_"), [("en", "no answer expected", "not yet"), ("fr", "aucune réponse attendue", "pas encore")]
)
async def test_a_service_that_answers_nothing_to_a_change_is_told_from_one_that_has_not_answered_yet(
    site: Site, language: str, none: str, open_: str
) -> None:
    await site.sign_in()
    seen = {}
    for path in (site.workshop, f"/console/registrations/{site.furnished.confirmed[0]}"):
        page = await site.page(f"{path}?lang={language}")
        for row in page.select("#acted-caption ~ tbody tr"):
            cells = [" ".join(cell.get_text(" ").split()) for cell in row.select("td")]
            assert "–" not in cells
            seen[cells[1].split(" (")[0].split(" :")[0]] = cells[3:]
    created, attended = ("Created", "Attendance recorded") if language == "en" else ("Créé", "Présence notée")
    assert seen[created] == [none, none]
    assert seen[attended] == [none, open_]


async def test_a_workshop_that_is_over_announces_only_the_mail_that_will_still_be_sent(site: Site) -> None:
    await site.sign_in()
    site.app.state.clock = Still(datetime(2023, 10, 16, tzinfo=UTC))
    assert "Next: the reminder “week-before”" in (await site.page(site.workshop)).get_text()
    await site.value("UPDATE workshops SET state = 'completed' RETURNING 1")
    assert "Next: the mail “follow-up” to those who attended" in (await site.page(site.workshop)).get_text()
    await site.value("UPDATE workshops SET state = 'cancelled' RETURNING 1")
    assert "Next:" not in (await site.page(site.workshop)).get_text()


async def test_people_are_found_by_state_and_name_page_by_page(site: Site) -> None:
    await site.sign_in()
    seen: list[str] = []
    path = site.workshop
    while path:
        page = await site.page(path)
        seen += [cell.get_text() for cell in page.select("tbody td:first-child") if cell.get_text().isdigit()]
        following = page.select_one("a[rel=next]")
        path = str(following["href"]).split("#")[0] if following else ""
    assert seen == [str(number) for number in range(1, 81)]
    page = await site.page(site.workshop + "?state=withdrawn")
    assert len(page.select("tbody th a[href^='/console/registrations/']")) == 1
    family = await site.value("SELECT family_name FROM participants WHERE registration_id = $1", site.furnished.waiting[0])
    page = await site.page(site.workshop + f"?q={str(family).lower()}")
    assert str(site.furnished.waiting[0]) in str(page)
    assert "Nobody matches" in (await site.page(site.workshop + "?q=nobody-is-called-so")).get_text()


@pytest.mark.parametrize(
    ("name", "promise"),
    [
        ("remind", "A reminder goes to 66 confirmed people now"),
        ("announce", "Your words go to 66 confirmed people now"),
        ("capacity", "66 are taken and 13 wait"),
        ("reschedule", "66 confirmed people and 13 people waiting are told the new times"),
        ("complete", "0 people have earned a certificate"),
        ("cancel", "66 confirmed people and 13 people waiting are told by mail"),
    ],
)
async def test_a_command_says_what_it_will_do_to_how_many_and_asking_does_nothing(site: Site, name: str, promise: str) -> None:
    await site.sign_in()
    before = await site.value("SELECT count(*) FROM outbox")
    page = await site.page(f"{site.workshop}/do/{name}")
    assert promise in " ".join(page.get_text(" ").split())
    assert await site.value("SELECT count(*) FROM outbox") == before


async def test_a_button_pressed_twice_acts_once(site: Site) -> None:
    await site.sign_in()
    page = await site.page(f"{site.workshop}/do/remind")
    key = page.select_one("input[name=request_key]")
    assert key is not None
    before = await site.value("SELECT count(*) FROM audit_log WHERE action = 'workshop.remind'")
    for _ in range(2):
        answer = await site.browser.post(f"{site.workshop}/do/remind", data={"request_key": key["value"]}, headers=OWN)
        assert answer.status_code == 303
    assert await site.value("SELECT count(*) FROM audit_log WHERE action = 'workshop.remind'") == int(str(before)) + 1


async def test_commands_with_wrong_input_come_back_with_the_field_named(site: Site) -> None:
    await site.sign_in()
    answer = await site.browser.post(f"{site.workshop}/do/capacity", data={"capacity": "65"}, headers=OWN)
    assert answer.status_code == 422
    assert 'href="#capacity"' in answer.text
    assert "Enter at least 66" in answer.text
    times = {f"{which}-day-{day}": f"2023-11-0{day}T{hour}:00" for day in (1, 2, 3) for which, hour in (("starts", "09"), ("ends", "08"))}
    answer = await site.browser.post(f"{site.workshop}/do/reschedule", data=times | {"time_zone": "Europe/Paris"}, headers=OWN)
    assert answer.status_code == 422
    assert 'href="#ends-day-1"' in answer.text
    answer = await site.browser.post(f"{site.workshop}/do/announce", data={"subject-en": "News"}, headers=OWN)
    assert 'href="#body-fr"' in answer.text
    assert 'value="News"' in answer.text


@pytest.mark.parametrize(
    ("language", "over", "long", "early"),
    [
        (
            "en",
            "This has passed already: the last session must end in the future",
            "At most 300 characters: please shorten it (French)",
            "when its last session has begun: Thu 26 October 2023, 9:00 (Strasbourg time, CEST, UTC+2)",
        ),
        (
            "fr",
            "Ce moment est déjà passé\u00a0: la dernière séance doit se terminer dans le futur",
            "300 caractères au plus\u00a0: veuillez raccourcir (français)",
            "quand sa dernière séance aura commencé\u00a0: jeu. 26 octobre 2023, 9\u00a0h\u00a000 (heure de Strasbourg, CEST, UTC+2)",
        ),
    ],
)
async def test_what_only_a_use_case_sees_is_said_in_the_language_of_the_page(
    site: Site, language: str, over: str, long: str, early: str
) -> None:
    await site.sign_in()
    past = {f"{which}-day-{day}": f"2023-10-0{day}T{hour}:00" for day in (1, 2, 3) for which, hour in (("starts", "09"), ("ends", "10"))}
    words = {f"{name}-{code}": "x" for name in ("subject", "body") for code in ("en", "fr")}
    for command, data, field, sentence in (
        ("reschedule", past | {"time_zone": "Europe/Paris"}, "ends-day-3", over),
        ("announce", words | {"subject-fr": "x" * 301}, "subject-fr", long),
    ):
        answer = await site.browser.post(f"{site.workshop}/do/{command}?lang={language}", data=data, headers=OWN)
        assert answer.status_code == 422
        links = BeautifulSoup(answer.text, "html.parser").select(".wrong-summary a")
        assert [(link["href"], link.get_text()) for link in links] == [(f"#{field}", sentence)]
    assert early in (await site.page(f"{site.workshop}/do/complete?lang={language}")).get_text()
    answer = await site.browser.post(f"{site.workshop}/do/complete?lang={language}", data={}, headers=OWN)
    assert answer.status_code == 409
    assert early in answer.text


async def test_more_places_go_to_those_who_wait(site: Site) -> None:
    await site.sign_in()
    answer = await site.browser.post(f"{site.workshop}/do/capacity", data={"capacity": "70"}, headers=OWN)
    assert answer.status_code == 303
    assert "70 of 70 places taken" in (await site.page(site.workshop)).get_text()


async def test_what_is_not_possible_any_more_is_a_page_that_says_so(site: Site) -> None:
    await site.sign_in()
    early = await site.browser.post(f"{site.workshop}/do/complete", data={}, headers=OWN)
    assert early.status_code == 409
    assert "That is not possible yet" in early.text
    site.app.state.clock = Still(datetime(2023, 10, 26, 10, tzinfo=UTC))
    await site.sign_in()
    assert (await site.browser.post(f"{site.workshop}/do/complete", data={}, headers=OWN)).status_code == 303
    for path in (f"{site.workshop}/do/cancel", f"{site.workshop}/do/reschedule"):
        assert "The workshop has been completed." in (await site.page(path, 409)).get_text()


@pytest.mark.parametrize(("state", "said"), [("cancelled", "L’atelier a été annulé."), ("completed", "L’atelier est terminé.")])
async def test_withdrawing_somebody_where_nothing_is_left_to_give_up_says_why(site: Site, state: str, said: str) -> None:
    await site.sign_in()
    await site.value("UPDATE workshops SET state = $1 RETURNING 1", state)
    answer = await site.browser.post(f"/console/registrations/{site.furnished.confirmed[0]}/withdraw?lang=fr", data={}, headers=OWN)
    assert answer.status_code == 409
    assert said in answer.text


async def test_check_in_finds_a_name_however_it_is_typed_and_can_be_undone(site: Site) -> None:
    await site.sign_in()
    path = f"{site.workshop}/check-in/day-2"
    page = await site.page(path + "?q=KACORRI")
    assert "0 people match" in page.get_text(), "who has withdrawn is not expected"
    page = await site.page(path + "?q=hadzic%20amra")
    rows = page.select(".door > li")
    assert len(rows) == 1
    field = rows[0].select_one("input[name=registration_id]")
    assert field is not None
    answer = await site.browser.post(path, data={"registration_id": str(field["value"]), "present": "yes"}, headers=OWN)
    page = await site.page(answer.headers["location"])
    assert "1 of 66 present" in page.get_text()
    undo = page.select_one(".notice form")
    assert undo is not None
    values = {str(one["name"]): str(one["value"]) for one in undo.select("input")}
    answer = await site.browser.post(str(undo["action"]), data=values, headers=OWN)
    assert "0 of 66 present" in (await site.page(answer.headers["location"])).get_text()


async def test_a_registrations_page_shows_mails_certificate_and_changes_as_reported(site: Site) -> None:
    await site.sign_in()
    text = " ".join((await site.page(f"/console/registrations/{site.furnished.confirmed[0]}")).get_text(" ").split())
    assert "Confirmation sent 4 Sept 2023, 11:00 CEST French" in text
    assert "Reminder skipped its time had passed" in text
    assert "SB23-7KQ4-0001" in text
    assert "Attendance recorded (day-1) Ana Organiser" in text


async def test_erasing_leaves_a_page_that_shows_who_has_done_so(site: Site) -> None:
    await site.sign_in()
    path = f"/console/registrations/{site.furnished.confirmed[1]}"
    name = await site.value("SELECT family_name FROM participants WHERE registration_id = $1", site.furnished.confirmed[1])
    assert str(name) in (await site.page(path + "/erase")).get_text()
    assert (await site.browser.post(path + "/erase", data={}, headers=OWN)).status_code == 303
    page = await site.page(path)
    assert "Erased registration" in page.get_text()
    assert str(name) not in page.get_text()
    assert page.get_text().count("not yet") >= 2


async def test_a_new_workshop_is_a_draft_that_only_organisers_see(site: Site) -> None:
    await site.sign_in()
    body = definition_json()
    texts = {f"{name}.{code}": body[name][code] for name in ("title", "summary") for code in ("en", "fr")}
    texts |= {f"privacy.{name}.{code}": body["privacy"][name][code] for name in body["privacy"] for code in ("en", "fr")}
    session = {
        "sessions.0.starts": "2024-03-01T09:00",
        "sessions.0.ends": "2024-03-01T17:00",
        "sessions.0.title.en": "One",
        "sessions.0.title.fr": "Un",
    }
    fields = texts | session | {
        "organisers": "Council of Europe\n", "venue.city": "Strasbourg", "venue.country": "FR", "time_zone": "Europe/Paris",
        "capacity": "20", "waitlist": "yes", "eve": "yes", "certificate.minimum_sessions": "1", "slug": "spring-2024",
    }  # fmt: skip
    answer = await site.browser.post("/console/new", data=fields | {"sessions.0.ends": "2024-03-01T08:00", "title.fr": ""}, headers=OWN)
    assert answer.status_code == 422
    assert 'href="#sessions.0.ends"' in answer.text
    assert 'href="#title.fr"' in answer.text
    answer = await site.browser.post("/console/new", data=fields | {"slug": "strasbourg-2023"}, headers=OWN)
    assert 'href="#slug"' in answer.text
    answer = await site.browser.post("/console/new", data=fields, headers=OWN)
    assert answer.status_code == 303
    assert "draft" in (await site.page(answer.headers["location"])).get_text()
    await site.page("/workshops/spring-2024", 404)
    assert (await site.browser.post(answer.headers["location"] + "/do/open", headers=OWN)).status_code == 303
    await site.page("/workshops/spring-2024")


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "en",
            {
                "title.en": "Title in English: this is needed",
                "title.fr": "Title in French: at most 300 characters, please shorten it",
                "organisers": "Organisers: this is needed",
                "venue.city": "City: this is needed",
                "venue.country": "Choose a country from the list",
                "time_zone": "Enter a time zone such as Europe/Paris",
                "sessions.1.ends": "Session 2: Enter the day and time at which it ends",
                "sessions.1.title.en": "Session 2, Title in English: this is needed",
                "capacity": "Enter a number of places",
                "certificate.minimum_sessions": "Enter a number from 1 to the number of sessions, or nothing",
                "contact": "Enter an email address like name@example.org",
                "privacy.purpose.en": "What the data is for, in English: there is a hidden character in it, please type it again",
            },
        ),
        (
            "fr",
            {
                "title.en": "Titre en anglais\u00a0: cette réponse est nécessaire",
                "title.fr": "Titre en français\u00a0: 300 caractères au plus, veuillez raccourcir",
                "organisers": "Organisateurs\u00a0: cette réponse est nécessaire",
                "venue.city": "Ville\u00a0: cette réponse est nécessaire",
                "venue.country": "Choisissez un pays dans la liste",
                "time_zone": "Indiquez un fuseau horaire tel que Europe/Paris",
                "sessions.1.ends": "Séance 2\u00a0: Indiquez le jour et l’heure de la fin",
                "sessions.1.title.en": "Séance 2, Titre en anglais\u00a0: cette réponse est nécessaire",
                "capacity": "Indiquez un nombre de places",
                "certificate.minimum_sessions": "Indiquez un nombre de 1 au nombre de séances, ou rien",
                "contact": "Indiquez une adresse électronique telle que nom@example.org",
                "privacy.purpose.en": "Finalité, en anglais\u00a0: un caractère caché s’y trouve, veuillez retaper le texte",
            },
        ),
    ],
)
async def test_a_new_workshop_that_cannot_be_comes_back_in_the_language_of_the_page(
    site: Site, language: str, sentences: dict[str, str]
) -> None:
    await site.sign_in()
    texts = {
        f"{name}.{code}": "x" for name in ("summary", "privacy.controller", "privacy.purpose", "privacy.retention") for code in ("en", "fr")
    }
    fields = texts | {"title.fr": "x" * 301, "privacy.purpose.en": "a\u202eb", "contact": "nobody", "certificate.minimum_sessions": "0"}
    # The first row is left empty, so that an error of the second must find its way there
    fields |= {"sessions.1.starts": "2024-03-01T09:00", "capacity": "many", "venue.country": "France", "time_zone": "Paris"}
    answer = await site.browser.post(f"/console/new?lang={language}", data=fields, headers=OWN)
    assert answer.status_code == 422
    page = BeautifulSoup(answer.text, "html.parser")
    assert {str(link["href"])[1:]: link.get_text() for link in page.select(".wrong-summary a")} == sentences
    assert all(page.find(id=field) for field in sentences)
