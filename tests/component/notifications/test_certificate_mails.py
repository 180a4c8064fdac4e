"""What people are mailed of their certificates: each that they were sent and that is valid no more is named to them, once."""

from email.message import EmailMessage
from itertools import permutations

import pytest

from tests.component.notifications.conftest import World
from tests.component.notifications.story import Story


def words_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return " ".join(body.get_content().split())


def about_certificates(world: World) -> list[str]:
    return [words_of(mail) for mail in world.mail.taken if mail["X-Atelier-Purpose"].startswith("certificate")]


async def test_the_mail_of_a_successor_says_what_it_replaces(world: World, story: Story) -> None:
    ana = story.person("Ana")
    story.issue(ana, "STR-1")
    heard = await world.live(story)
    story.supersede(ana, "STR-1", "STR-2")
    heard = await world.live(story, heard=heard)
    story.issue(ana, "STR-2")
    await world.live(story, heard=heard)

    first, second = about_certificates(world)
    assert "replaces" not in first
    assert "This certificate replaces STR-1, which is not valid any more." in second
    assert "Certificate: STR-2 Its page: https://atelier.example.org/verify/token-STR-2" in second


async def test_what_was_never_mailed_is_not_said_to_be_replaced(world: World, story: Story) -> None:
    ana = story.person("Ana")
    story.issue(ana, "STR-1")
    story.supersede(ana, "STR-1", "STR-2")
    story.issue(ana, "STR-2")
    await world.live(story)

    (only,) = about_certificates(world)
    assert "STR-2" in only
    assert "STR-1" not in only


async def test_the_one_that_they_hold_is_named_where_another_came_and_went_between(world: World, story: Story) -> None:
    ana = story.person("Ana")
    story.issue(ana, "STR-1")
    heard = await world.live(story)
    story.supersede(ana, "STR-1", "STR-2")
    story.issue(ana, "STR-2")
    story.supersede(ana, "STR-2", "STR-3")
    story.issue(ana, "STR-3")
    await world.live(story, heard=heard)

    assert "replaces STR-1, which" in about_certificates(world)[-1]
    assert (await world.messages(ana))["certificate", "STR-2:issued"] == ("skipped", "superseded")


async def test_one_given_after_a_revocation_replaces_nothing(world: World, story: Story) -> None:
    ana = story.person("Ana")
    heard = 0
    for happens in (
        lambda: story.issue(ana, "STR-1"),
        lambda: story.supersede(ana, "STR-1", "STR-2"),
        lambda: story.issue(ana, "STR-2"),
        lambda: story.revoke(ana, "STR-2"),
        lambda: story.issue(ana, "STR-3"),
    ):
        happens()
        heard = await world.live(story, heard=heard)

    first, second, revoked, last = about_certificates(world)
    assert "replaces STR-1" in second
    assert "replaced" not in revoked
    assert "replaces" not in first + last


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("organiser", "The organisers have revoked it."),
        ("attendance_corrected", "The record of your attendance was corrected"),
        ("withdrawn", "Your registration was withdrawn."),
        ("no_trainer", "The organisers corrected who taught at the workshop."),
        ("known_to_a_later_version", "Its page says that it is not valid. If you think"),
    ],
)
async def test_a_revocation_is_mailed_with_its_reason_and_its_page(world: World, story: Story, reason: str, told: str) -> None:
    ana = story.person("Ana")
    story.issue(ana)
    heard = await world.live(story)
    story.revoke(ana, reason=reason)
    await world.live(story, heard=heard)

    mail = about_certificates(world)[-1]
    assert told in mail
    assert "Its page: https://atelier.example.org/verify/token-STR-1" in mail


async def test_a_revocation_tells_of_the_one_they_hold_where_its_successor_never_reached_them(world: World, story: Story) -> None:
    ana = story.person("Ana")
    story.issue(ana, "STR-1")
    heard = await world.live(story)
    story.supersede(ana, "STR-1", "STR-2")
    story.issue(ana, "STR-2")
    story.revoke(ana, "STR-2")
    await world.live(story, heard=heard)

    assert "certificate STR-2 any more" in about_certificates(world)[-1]
    assert "The same is true of STR-1, which it had replaced." in about_certificates(world)[-1]


@pytest.mark.parametrize("order", list(permutations(range(2))))
async def test_who_was_to_get_another_and_does_not_is_told_that_theirs_is_revoked(
    world: World, story: Story, order: tuple[int, ...]
) -> None:
    ana = story.person("Ana")
    story.issue(ana, "STR-1")
    heard = await world.live(story)
    story.supersede(ana, "STR-1", "STR-2")
    story.revoke(ana, "STR-1", reason="attendance_corrected")
    news = story.told[heard:]
    await world.hear([news[place] for place in order])
    await world.work(story.now)

    first, last = about_certificates(world)
    assert "The record of your attendance was corrected" in last
    assert "verify/token-STR-1" in last
    assert "STR-2" not in first + last


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_facts_that_come_again_in_any_order_change_no_word(world: World, story: Story, order: tuple[int, ...]) -> None:
    ana = story.person("Ana")
    story.issue(ana, "STR-1")
    heard = await world.live(story)
    story.supersede(ana, "STR-1", "STR-2")
    story.issue(ana, "STR-2")
    story.revoke(ana, "STR-2", reason="withdrawn")
    news = story.told[heard:]
    await world.hear([news[place] for place in order])
    await world.work(story.now)

    last = about_certificates(world)[-1]
    assert "Your registration was withdrawn." in last
    assert "STR-1" in last
    assert "verify/token-STR-2" in last
