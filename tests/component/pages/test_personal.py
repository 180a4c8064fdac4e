"""The personal page: who holds the link acts, nobody else learns anything."""

import pytest

from services.registration.domain.personal_link import PersonalLinks
from tests.browser.strasbourg import SECRET
from tests.component.pages.conftest import HERE, Site


async def test_it_shows_the_state_the_sessions_with_their_zone_and_everything_kept(site: Site) -> None:
    page = await site.page(site.my(site.furnished.confirmed[0]))
    text = " ".join(page.get_text(" ").split())
    assert "You have a place" in text
    assert "Tue 24 October 2023" in text
    assert "All times are Strasbourg time, CEST, UTC+2." in text
    row = await _person(site)
    for kept in row:
        assert kept in text
    assert page.select_one("a[href='/certificates/dGVzdC10b2tlbi1mb3ItYS1jZXJ0.pdf']") is not None
    waiting = await site.page(site.my(site.furnished.waiting[3]))
    assert "You are number 4 in the line" in waiting.get_text()
    assert "You have withdrawn" in (await site.page(site.my(site.furnished.withdrawn))).get_text()


async def test_it_is_stored_nowhere_and_tells_no_other_site(site: Site) -> None:
    answer = await site.browser.get(site.my(site.furnished.confirmed[0]))
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in answer.headers["x-robots-tag"]


@pytest.mark.parametrize("ending", ["", "/withdraw", "/erase"])
async def test_a_link_that_is_forged_unknown_or_expired_says_so_and_reveals_nothing(site: Site, ending: str) -> None:
    good = site.my(site.furnished.confirmed[0])
    unknown = "/my/" + PersonalLinks(SECRET, "").token(site.furnished.workshop.id, site.furnished.workshop.ends_at)
    of_another_secret = "/my/" + PersonalLinks("x" * 32, "").token(site.furnished.confirmed[0], site.furnished.workshop.ends_at)
    # Not the last character: two of its six bits say nothing.
    changed = good[:-5] + ("A" if good[-5] != "A" else "B") + good[-4:]
    bodies = []
    for link in ("/my/x", changed, unknown, of_another_secret):
        answer = await site.browser.get(link + ending)
        assert answer.status_code == 404
        assert "This link is not valid" in answer.text
        bodies.append(answer.text)
    assert len(set(bodies)) == 1, "an unknown link looks like a forged one"
    expired = "/my/" + PersonalLinks(SECRET, "").token(site.furnished.confirmed[0], site.furnished.workshop.ends_at.replace(year=2021))
    answer = await site.browser.get(expired + ending)
    assert answer.status_code == 410
    assert "This link has expired" in answer.text
    for known in await _person(site):
        assert known not in answer.text
        assert known not in bodies[0]


@pytest.mark.parametrize(
    ("language", "over", "told", "attended", "cancelled"),
    [
        ("en", "The workshop is over", "You were in the line; no place became free.", "Sessions attended: {} of 3.",
         "The workshop has been cancelled"),
        ("fr", "L’atelier est terminé", "Vous étiez dans la file ; aucune place ne s’est libérée.", "Séances suivies : {} sur 3.",
         "L’atelier a été annulé"),
    ],
)  # fmt: skip
async def test_when_the_workshop_is_over_nobody_reads_of_a_place_or_a_turn_to_come(
    site: Site, language: str, over: str, told: str, attended: str, cancelled: str
) -> None:
    present = await site.value("SELECT registration_id FROM attendance WHERE present LIMIT 1")
    absent, *_ = [one for one in site.furnished.confirmed if not await _was_there(site, one)]

    async def read(registration_id: object) -> str:
        page = await site.page(f"{site.my(registration_id)}?lang={language}")
        assert not page.select("a[href$='/withdraw']")
        return " ".join(page.get_text(" ").split())

    assert (await site.page(site.my(absent))).select("a[href$='/withdraw']")
    for state in ("completed", "cancelled"):
        await site.value("UPDATE workshops SET state = $1 RETURNING 1", state)
        waiting, missed, came = await read(site.furnished.waiting[1]), await read(absent), await read(present)
        for text in (waiting, missed, came):
            assert "number 2" not in text
            assert "You have a place" not in text
            assert "Vous avez une place" not in text
            assert (cancelled in text) is (state == "cancelled")
        if state == "completed":
            assert over in waiting
            assert told in waiting
            assert over in missed
            assert attended.format(0) in missed
            assert attended.format(1) in came


async def test_a_workshop_that_has_ended_is_over_before_an_organiser_completes_it(site: Site) -> None:
    await site.value("UPDATE workshops SET starts_at = starts_at - interval '9 days', ends_at = ends_at - interval '9 days' RETURNING 1")
    for registration_id in (site.furnished.waiting[0], site.furnished.confirmed[0]):
        text = (await site.page(site.my(registration_id))).get_text()
        assert "number 1" not in text
        assert "You have a place" not in text


async def test_withdrawing_is_asked_first_and_then_done(site: Site) -> None:
    link = site.my(site.furnished.confirmed[5])
    asked = await site.page(link + "/withdraw")
    assert "It goes to the first person in the line at once" in asked.get_text()
    assert "You have a place" in (await site.page(link)).get_text(), "asking changes nothing"
    # Browsers send `Origin: null` from a page without referrer
    answer = await site.browser.post(link + "/withdraw", headers={"origin": "null"})
    assert answer.headers["location"] == link
    assert "You have withdrawn" in (await site.page(link)).get_text()
    assert "You have a place" in (await site.page(site.my(site.furnished.waiting[0]))).get_text(), "the first in line moved up"
    again = await site.browser.post(link + "/withdraw")
    assert again.status_code == 303


async def test_erasing_is_asked_first_and_then_the_link_leads_nowhere(site: Site) -> None:
    link = site.my(site.furnished.confirmed[6])
    assert "This cannot be undone" in (await site.page(link + "/erase")).get_text()
    answer = await site.browser.post(link + "/erase", headers={"origin": "null"})
    assert answer.status_code == 200
    assert "Your data has been erased" in answer.text
    assert "has been erased" in (await site.page(link, 410)).get_text()
    assert await site.value("SELECT count(*) FROM participants WHERE registration_id = $1", site.furnished.confirmed[6]) == 0


async def test_a_form_of_another_site_cannot_be_sent_to_the_form_but_the_link_itself_is_proof(site: Site) -> None:
    answer = await site.browser.post("/workshops/strasbourg-2023/register", data={}, headers={"origin": "https://evil.example"})
    assert answer.status_code == 403
    assert HERE != "https://evil.example"


async def _was_there(site: Site, registration_id: object) -> bool:
    return bool(await site.value("SELECT EXISTS (SELECT FROM attendance WHERE registration_id = $1 AND present)", registration_id))


async def _person(site: Site) -> list[str]:
    async with site.app.state.pool.acquire() as connection:
        row = await connection.fetchrow(
            "SELECT address, given_name, family_name FROM participants WHERE registration_id = $1", site.furnished.confirmed[0]
        )
    return list(row)
