"""How certificates of a workshop look: written by an organiser, refused where none can be made, and on the next certificate."""

import io

import httpx
import pypdf
import pytest
from PIL import Image

from services.certificates.storage.templates import read_templates
from shared.contracts.certificate_template import CertificateTemplate, Kind
from shared.contracts.certificates import CertificateTemplateSaved
from tests.component.certificates.story import WORKSHOP, Service, Story
from tests.component.certificates.visits import NAME, issued, signed_in

ORIGIN = {"Origin": "https://atelier.example"}
PAGE = f"/certificates/workshops/{WORKSHOP}/template"
FILLED = {
    "version": "0",
    "kind": "achievement",
    "orientation": "portrait",
    "accent": "#0F4C5C",
    "signatory-1": "Ana Kovač",
    "signatory-1-role-en": "Head of training",
    "heading-en": "Diploma",
    "more-en": "  The workshop was about\r\npolicing in diverse societies. ",
    "trainer-heading-en": "Faculty",
    "logo-1-alternative": "Council of Europe",
}

ROOMLESS = {
    "orientation": "landscape",
    "more-en": "MM " * 133,
    **{f"{line}-en": "M" * most for line, most in (("heading", 80), ("certifies", 120), ("took_part", 120))},
    **{f"signatory-{number}": "M" * 80 for number in range(1, 5)},
    **{f"signatory-{number}-role-en": "M" * 120 for number in range(1, 5)},
}


def picture(size: tuple[int, int] = (400, 100)) -> bytes:
    file = io.BytesIO()
    Image.new("RGBA", size, (15, 76, 92, 128)).save(file, "PNG")
    return file.getvalue()


async def send(browser: httpx.AsyncClient, fields: dict[str, str], logo: bytes | None = None, to: str = PAGE) -> httpx.Response:
    files = {"logo-1": ("logo.png", logo or b"", "image/png")}
    return await browser.post(to, data=fields, files=files, headers=signed_in() | ORIGIN)


async def saved(service: Service) -> CertificateTemplate | None:
    async with service.pool.acquire() as connection:
        found = await read_templates(connection, [WORKSHOP])
    return found[WORKSHOP].template if found else None


async def known(service: Service, story: Story) -> None:
    await service.read_all(story)


async def test_the_next_certificate_looks_like_that(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    await known(service, story)
    answer = await send(browser, FILLED, picture())
    assert (answer.status_code, answer.headers.get("location")) == (303, f"/certificates/workshops/{WORKSHOP}")
    template = await saved(service)
    assert template is not None
    assert (template.kind, template.accent, template.ornament) == (Kind.ACHIEVEMENT, "#0f4c5c", False)
    assert template.words["en"].more == "The workshop was about policing in diverse societies."
    [told] = [event for event in await service.published() if isinstance(event, CertificateTemplateSaved)]
    assert (told.version, told.template) == (1, template)
    certificate = await issued(service, story)
    pdf = await service.pool.fetchval("SELECT pdf FROM documents WHERE registration_id = $1", certificate["registration_id"])
    page = pypdf.PdfReader(io.BytesIO(pdf)).pages[0]
    text = page.extract_text()
    for words in ("Diploma", NAME, "successfully completed", "Ana Kovač", "Head of training", "policing in diverse"):
        assert words in text
    assert page.mediabox.width < page.mediabox.height
    credential = await browser.get(f"/certificates/{certificate['verification_token']}.json")
    assert credential.json()["credentialSubject"]["achievement"]["achievementType"] == "Achievement"
    listed = await browser.get(f"/certificates/workshops/{WORKSHOP}", headers=signed_in())
    assert "changed how they look" in listed.text


async def test_the_form_comes_back_as_it_was_filled_in(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    await known(service, story)
    shown = await send(browser, FILLED | {"preview": "yes"}, picture())
    assert shown.status_code == 200
    assert await saved(service) is None
    kept = shown.text.partition('name="logo-1-kept" value="')[2].partition('"')[0]
    assert kept in shown.text.partition('class="logo"')[0]
    # Without choosing the file again, the picture is still there
    answer = await send(browser, FILLED | {"logo-1-kept": kept})
    assert answer.status_code == 303
    template = await saved(service)
    assert template is not None
    assert [(logo.width, logo.height, logo.alternative) for logo in template.logos] == [(400, 100, "Council of Europe")]
    again = await browser.get(PAGE, headers=signed_in())
    for words in ("Head of training", "Diploma", "Faculty", 'name="version" value="1"'):
        assert words in again.text
    off = await send(browser, FILLED | {"version": "1", "logo-1-kept": kept, "logo-1-remove": "yes", "logo-1-alternative": ""})
    assert off.status_code == 303
    template = await saved(service)
    assert template is not None
    assert template.logos == ()


@pytest.mark.parametrize(
    ("fields", "logo", "words"),
    [
        ({"accent": "#dddddd"}, picture(), "too light"),
        ({"accent": "red"}, picture(), "Choose a colour."),
        ({"heading-en": "x" * 81}, picture(), "This text is too long."),
        ({}, b"GIF89a and nothing more", "not a picture that can be used"),
        ({"logo-1-alternative": ""}, picture(), "Fill this in"),
        ({}, None, "Choose the picture again"),
        ({"signatory-2-role-fr": "Directrice"}, picture(), "Fill this in"),
        ({"heading-fr": "修了証"}, picture(), "no glyph for U+4FEE"),
        ({"trainer-heading-fr": "修了証"}, picture(), "no glyph for U+4FEE"),
        (ROOMLESS, picture(), "does not fit on one page"),
    ],
)
async def test_what_cannot_be_used_is_not_saved(
    service: Service, story: Story, browser: httpx.AsyncClient, fields: dict[str, str], logo: bytes | None, words: str
) -> None:
    await known(service, story)
    answer = await send(browser, FILLED | fields, logo)
    assert answer.status_code == 422
    assert words in answer.text
    assert (FILLED | fields)["signatory-1-role-en"] in answer.text
    assert await saved(service) is None


async def test_a_bad_file_in_place_of_a_logo_takes_neither_it_nor_others_away(
    service: Service, story: Story, browser: httpx.AsyncClient
) -> None:
    await known(service, story)
    assert (await send(browser, FILLED, picture())).status_code == 303
    template = await saved(service)
    assert template is not None
    [logo] = template.logos
    fields = FILLED | {"version": "1", "logo-1-kept": logo.png, "logo-2-alternative": "European Union"}
    files = {"logo-1": ("bad.png", b"nothing", "image/png"), "logo-2": ("good.png", picture((300, 90)), "image/png")}
    answer = await browser.post(PAGE, data=fields, files=files, headers=signed_in() | ORIGIN)
    assert answer.status_code == 422
    assert "not a picture that can be used" in answer.text
    assert answer.text.count('class="logo"') == 2
    assert f'name="logo-1-kept" value="{logo.png}"' in answer.text
    second = answer.text.partition('name="logo-2-kept" value="')[2].partition('"')[0]
    again = await send(browser, fields | {"logo-2-kept": second})
    assert again.status_code == 303
    template = await saved(service)
    assert template is not None
    assert [one.alternative for one in template.logos] == ["Council of Europe", "European Union"]
    assert template.logos[0] == logo, "kept as it is, byte by byte"


async def test_what_did_not_fit_is_tried_again_with_a_new_template(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    story.person(1, "修", attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    await service.work()
    [held_back] = await service.certificates()
    assert held_back["error"]
    # Whose name cannot be set keeps nobody from changing the template
    assert (await send(browser, {"version": "0", "accent": "#0f4c5c"})).status_code == 303
    [waiting] = await service.certificates()
    assert (waiting["state"], waiting["error"]) == ("eligible", None)


async def test_a_colleague_s_change_is_not_overwritten(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    await known(service, story)
    assert (await send(browser, FILLED, picture())).status_code == 303
    late = await send(browser, FILLED | {"heading-en": "Mine"}, picture())
    assert late.status_code == 409
    assert "A colleague has saved it meanwhile" in late.text
    template = await saved(service)
    assert template is not None
    assert template.words["en"].heading == "Diploma"


async def test_the_preview_is_a_picture_or_says_why_not(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    story.person(1, "Ana Kovač")
    await known(service, story)
    drawn = await send(browser, FILLED, picture(), to=f"{PAGE}.png")
    with Image.open(io.BytesIO(drawn.content)) as image:
        assert (image.format, image.width < image.height) == ("PNG", True)
    trainer = await send(browser, FILLED | {"shown-trainer": "yes"}, picture(), to=f"{PAGE}.png")
    assert trainer.content != drawn.content
    not_drawn = await send(browser, FILLED | {"heading-en": "修了証", "shown": "en"}, picture(), to=f"{PAGE}.png")
    assert (not_drawn.status_code, not_drawn.headers["content-type"]) == (422, "text/plain; charset=utf-8")
    assert "U+4FEE" in not_drawn.text


async def test_only_organisers_write_it(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    await known(service, story)
    assert (await browser.get(PAGE)).status_code == 303
    assert (await browser.post(PAGE, data=FILLED, headers=ORIGIN)).status_code == 303
    assert (await browser.post(PAGE, data=FILLED, headers=signed_in() | {"Origin": "https://elsewhere.example"})).status_code == 403
    assert (await send(browser, FILLED, b"x" * 20_000_001)).status_code == 413
    nowhere = PAGE.replace("4111-8111", "4111-8112")
    assert (await browser.get(nowhere, headers=signed_in())).status_code == 404
    assert (await send(browser, FILLED, picture(), to=nowhere)).status_code == 404
    assert await saved(service) is None
