"""The form as a browser without script meets it."""

import re

from bs4 import BeautifulSoup

from tests.component.pages.conftest import HERE, Site

PATH = "/workshops/strasbourg-2023/register"
GOOD = {
    "address": "ana@example.org",
    "given_name": "Ана",
    "family_name": "Живковић",
    "country": "RS",
    "language": "fr",
}


async def form_token(site: Site) -> str:
    field = (await site.page(PATH)).select_one("input[name=form_token]")
    assert field is not None
    return str(field["value"])


async def test_a_form_with_bad_input_comes_back_filled_in_with_each_field_named_and_its_error_linked(site: Site) -> None:
    token = await form_token(site)
    bad = GOOD | {"form_token": token, "address": "ana@", "given_name": "", "family_name": "Жив\u202eковић", "comments": "Line\r\nnext"}
    before = await site.value("SELECT count(*) FROM registrations")
    answer = await site.browser.post(PATH, data=bad)
    assert answer.status_code == 422
    page = BeautifulSoup(answer.text, "html.parser")
    summary = page.select_one("[role=alert]")
    assert summary is not None
    assert summary.has_attr("autofocus")
    assert [link["href"] for link in summary.select("a")] == ["#given_name", "#family_name", "#address"]
    for link in summary.select("a"):
        name = str(link["href"])[1:]
        field = page.select_one(f"#{name}")
        error = page.select_one(f"#{name}-error")
        assert field is not None
        assert error is not None
        assert field["aria-invalid"] == "true"
        assert error["id"] in str(field["aria-describedby"]).split()
        assert error.get_text() == link.get_text()
        assert error.find_next(["input", "select"]) is field, "the error stands between label and field"
        assert page.select_one(f"label[for={name}]") is not None
    values = {str(field["name"]): field.get("value") for field in page.select("form input")}
    assert values["address"] == "ana@"
    assert values["family_name"] == "Живковић", "what nobody can see is taken out, the rest stays"
    assert values["form_token"] == token
    comments = page.select_one("textarea[name=comments]")
    assert comments is not None
    assert comments.get_text().strip() == "Line\nnext"
    assert [option["value"] for option in page.select("select[name=country] option[selected]")] == ["RS"]
    assert page.title is not None
    assert page.title.get_text().startswith("Please check")
    assert await site.value("SELECT count(*) FROM registrations") == before


async def test_markup_in_an_answer_stays_text(site: Site) -> None:
    sent = GOOD | {"form_token": await form_token(site), "address": "", "institution": '"><script>alert(1)</script>'}
    answer = await site.browser.post(PATH, data=sent)
    page = BeautifulSoup(answer.text, "html.parser")
    assert not page.select("script")
    field = page.select_one("#institution")
    assert field is not None
    assert field["value"] == '"><script>alert(1)</script>'


async def test_errors_are_in_the_language_of_the_page(site: Site) -> None:
    answer = await site.browser.post(PATH, data=GOOD | {"address": "x"}, headers={"accept-language": "fr"})
    assert "Indiquez une adresse électronique" in answer.text


async def test_registering_takes_a_form_and_an_answer_that_can_be_reloaded(site: Site) -> None:
    sent = GOOD | {"form_token": await form_token(site)}
    answer = await site.browser.post(PATH, data=sent)
    assert answer.status_code == 303
    place = answer.headers["location"]
    assert re.fullmatch(r"/workshops/strasbourg-2023/registered/[\w.\-]+", place)
    first = await site.page(place)
    again = await site.page(place)
    assert first.get_text() == again.get_text()
    assert "You are number 14 in the line" in first.get_text()
    assert "If this address was registered for this workshop already, nothing has changed" in first.get_text()
    assert not [link for link in first.select("a") if "/my/" in str(link["href"])], "the personal link goes by mail only"
    assert (
        await site.value(
            "SELECT count(*) FROM registrations r JOIN participants p ON p.registration_id = r.id WHERE address = $1", GOOD["address"]
        )
        == 1
    )


async def test_an_address_that_is_registered_already_is_answered_like_any_other(site: Site) -> None:
    fresh = await site.browser.post(PATH, data=GOOD | {"form_token": await form_token(site), "address": "somebody.new@example.org"})
    taken = await site.value("SELECT address FROM participants WHERE registration_id = $1", site.furnished.confirmed[0])
    repeated = await site.browser.post(PATH, data=GOOD | {"form_token": await form_token(site), "address": str(taken).upper()})
    pages = [await site.page(answer.headers["location"]) for answer in (fresh, repeated)]
    said = [re.sub(r"number \d+", "number N", page.get_text()) for page in pages]
    assert said[0] == said[1]


async def test_the_forms_countries_are_the_workshops_with_its_own_labels_in_the_order_of_the_language(site: Site) -> None:
    page = await site.page(PATH, **{"accept-language": "fr"})
    names = [option.get_text() for option in page.select("select[name=country] option[value!='']")]
    assert names == [
        "Albanie", "Arménie", "Azerbaïdjan", "Bosnie-Herzégovine", "Géorgie", "Kosovo*", "Macédoine du Nord", "Moldavie",
        "Monténégro", "Serbie", "Ukraine",
    ]  # fmt: skip
    assert "Résolution 1244" in page.get_text()


async def test_the_notice_names_who_is_responsible_what_for_and_how_long(site: Site) -> None:
    text = (await site.page(PATH)).get_text()
    for part in ("Council of Europe, Strasbourg", "To run this workshop", "One year after the workshop"):
        assert part in text


async def test_every_field_has_a_label_and_says_what_a_browser_may_fill_in(site: Site) -> None:
    page = await site.page(PATH)
    fields = page.select("form input:not([type=hidden]), form select, form textarea")
    assert [field["name"] for field in fields] == [
        "given_name", "family_name", "certificate_name", "address", "country", "language", "institution", "position", "diet", "comments",
    ]  # fmt: skip
    for field in fields:
        assert page.select_one(f"label[for={field['id']}]") is not None
    filled = {str(field["name"]): field["autocomplete"] for field in fields if field.has_attr("autocomplete")}
    assert filled["address"] == "email"
    assert filled["given_name"] == "given-name"
    assert filled["institution"] == "organization"


async def test_a_receipt_that_is_forged_or_of_another_workshop_says_nothing(site: Site) -> None:
    for receipt in ("x", "WyJzdHJhc2JvdXJnIl0.aa.bb"):
        await site.page(f"/workshops/strasbourg-2023/registered/{receipt}", 404)


async def test_a_workshop_that_takes_nobody_shows_no_form(site: Site) -> None:
    await site.sign_in()
    await site.browser.post(f"{site.workshop}/do/cancel", data={}, headers={"origin": HERE})
    assert (await site.browser.get(PATH)).headers["location"] == "/workshops/strasbourg-2023"
    page = await site.page("/workshops/strasbourg-2023")
    assert "Cancelled" in page.get_text()
    assert not page.select("a[href$=register]")
    answer = await site.browser.post(PATH, data=GOOD)
    assert "Registration is closed" in (await site.page(answer.headers["location"])).get_text()
