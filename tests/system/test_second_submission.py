import re
from dataclasses import replace

from deploy.demo.page import Page
from tests.system.scene import Scene, people


async def test_whoever_submits_a_registered_address_learns_and_changes_nothing(scene: Scene) -> None:
    owner, newcomer, late = people(3)
    await scene.open(capacity=1)
    await scene.apply(owner)
    fresh_waiting = await scene.apply(newcomer)
    await scene.settle()
    before = await scene.end_state()
    world_before = await scene.world()

    intruder = replace(late, address=owner.address.upper(), given_name="Somebody", family_name="Else", language=owner.language)
    answer = await scene.apply(intruder)
    await scene.settle()

    rows = await scene.registrations()
    assert set(rows) == {owner.address, newcomer.address}
    assert rows[owner.address]["given_name"] == owner.given_name
    after = await scene.end_state()
    link_mail = after["person 0"]["mails"].pop(("link", owner.language))
    after["person 0"]["messages"].pop(("link", "sent", None, owner.language))
    assert link_mail == 1
    assert after == before
    world = await scene.assert_agreement()
    assert world.registration.registrations == world_before.registration.registrations

    # The answer is the one that a fresh address gets at that moment: next in the line.
    fresh_now = await scene.apply(late)
    assert _shape(answer) == _shape(fresh_now) == _shape(fresh_waiting)
    assert not [link for link in answer.links if "/my/" in link]


async def test_the_owner_is_mailed_the_link_once_in_a_while_only(scene: Scene) -> None:
    (owner,) = people(1)
    await scene.open(capacity=1)
    for _ in range(4):
        await scene.apply(owner)
    await scene.settle()
    assert len(await scene.inbox.entries(address=owner.address, purpose="link")) == 1
    assert len(await scene.registrations()) == 1


def _shape(page: Page) -> str:
    """What the answer says, numbers left out: the place in the line grows with every newcomer."""
    return re.sub(r"\d+", "#", page.words)
