"""Whatever the order of topics, however often they are read: the same certificates."""

import itertools
import random
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.certificates import CertificatesActed
from shared.contracts.topics import REGISTRATIONS, Topic
from shared.runtime.lag import Position
from tests.component.certificates.story import Service, Story, serving, workshop_record
from tests.conftest import NewDatabase

DRAWN = {
    "certificates": {
        *("serial", "verification_token", "status_index", "sha256"),
        *("eligible_at", "issued_at", "revoked_at", "superseded_by", "superseded_at"),
    },
    "receipts": {"acted_at"},
}
"""What is drawn at random or tells the moment, and so differs from run to run."""
STORED = ("workshops", "registrations", "attendance", "certificates", "certificate_shares", "receipts")


@pytest.fixture
def story() -> Story:
    """Everything that can happen to a person, to one each."""
    story = Story()
    story.workshop(workshop_record())
    sharing = story.person(1, "Ana Kovač", attended=("day-1", "day-2"))
    story.shared(sharing, "given-up-share-token-xx")
    story.sharing_ended(sharing)
    story.person(2, "Beka Beridze", attended=("day-1",))
    story.withdrawn(story.person(3, "Vera Iljić", attended=("day-1", "day-2")))
    gone = story.person(4, "Goar Hakobyan", attended=("day-1", "day-2", "day-3"))
    story.shared(gone, "share-token-of-nobody-x")
    story.erased(gone)
    story.person(5, "Дарко Ѓорѓиев", attended=("day-2", "day-3"), waits=True, language="fr")
    corrected = story.person(6, "Elif Əliyeva", attended=("day-1", "day-2"))
    story.attendance(corrected, "day-2", present=False)
    story.named(story.person(7, "Ina Popa", attended=("day-1", "day-2", "day-3")), "Ina Țurcanu")
    story.shared(sharing, "present-share-token-xxx")
    story.workshop(workshop_record(version=2))
    story.completed()
    return story


async def outcome(service: Service) -> dict[str, Any]:
    """What is left in the end. What acting on a person's fact brought about at that moment is history and not outcome."""
    rows = await service.rows(but=DRAWN)
    for receipt in rows["receipts"]:
        if receipt["registration_id"]:
            del receipt["effects"]
    return {table: sorted(rows[table], key=repr) for table in STORED}


def without_history(ended: dict[str, Any]) -> dict[str, Any]:
    """Only what is valid in the end, whichever edition: certificates that were issued too early and replaced or taken back are left out."""
    valid = [{name: value for name, value in row.items() if name != "edition"} for row in ended["certificates"] if row["state"] == "issued"]
    return ended | {"certificates": sorted(valid, key=repr)}


def shuffled(story: Story, seed: int) -> list[tuple[Topic, int, int]]:
    """Batches that keep each topic's order and nothing else: (topic, from, to)."""
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    positions = dict.fromkeys(story.records, 0)
    batches = []
    while open_topics := [topic for topic, position in positions.items() if position < len(story.records[topic])]:
        topic = chance.choice(open_topics)
        start = positions[topic]
        positions[topic] = min(len(story.records[topic]), start + chance.randint(1, 12))
        batches.append((topic, start, positions[topic]))
    return batches


async def told_in_order(service: Service, story: Story) -> dict[str, Any]:
    await service.read_all(story)
    await service.work()
    return await outcome(service)


@pytest.mark.parametrize("kafka_has", ["all from the start", "each when it is read"])
@pytest.mark.parametrize("seed", range(8))
async def test_any_interleaving_of_topics_ends_in_the_same_certificates(
    service: Service, story: Story, database: NewDatabase, keys: Path, seed: int, kafka_has: str
) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    batches = shuffled(story, seed)
    for number, (topic, start, end) in enumerate(batches, start=1):
        await service.read(topic, story.records[topic][start:end])
        service.standing = Position(read=number, end=len(batches) if kafka_has == "all from the start" else number)
        if chance.random() < 0.3:
            await service.work()
    await service.work()
    ended = await outcome(service)

    async with serving(await database("certificates"), keys, service.renderer) as other:
        in_order = await told_in_order(other, story)
    if kafka_has == "all from the start":
        assert ended == in_order
    assert without_history(ended) == without_history(in_order)
    assert sorted(row["name"] for row in without_history(ended)["certificates"]) == ["Ana Kovač", "Ina Țurcanu", "Дарко Ѓорѓиев"]
    assert [row["share_token"] for row in ended["certificate_shares"]] == ["present-share-token-xxx"]


async def test_what_comes_after_the_certificates_were_issued_is_mended(
    service: Service, story: Story, database: NewDatabase, keys: Path
) -> None:
    """The worst order: the completion first, and everything about people one by one, with all work done in between."""
    last = [topic for topic in story.records if topic is REGISTRATIONS]
    for topic in [topic for topic in story.records if topic not in last] + last:
        for record in story.records[topic]:
            await service.read(topic, [record])
            await service.work()
    ended = await outcome(service)
    async with serving(await database("certificates"), keys, service.renderer) as other:
        in_order = await told_in_order(other, story)
    assert {row["state"] for row in ended["certificates"]} == {"issued", "superseded", "revoked"}, "nothing was issued on the way"
    assert without_history(ended) == without_history(in_order)


@pytest.mark.parametrize("inbox", ["kept", "emptied"])
async def test_reading_everything_again_changes_no_row(service: Service, story: Story, inbox: str) -> None:
    await told_in_order(service, story)
    before = await service.rows(but={"inbox": {"processed_at"}})
    for _ in range(2):
        if inbox == "emptied":
            await service.pool.execute("DELETE FROM inbox")
        for topic in reversed(list(story.records)):
            for record in story.records[topic]:
                await service.read(topic, [record])
                await service.work()  # also in the middle, where an old fact stands alone
    after = await service.rows(but={"inbox": {"processed_at"}})
    if inbox == "emptied":
        del before["inbox"], after["inbox"]
    assert after == before


async def test_every_fact_is_answered_in_any_order_and_only_a_completion_again(service: Service, story: Story) -> None:
    for topic, start, end in shuffled(story, 99):
        await service.read(topic, story.records[topic][start:end])
        await service.work()
    answers = [event for event in await service.published() if isinstance(event, CertificatesActed)]
    answered = [event.fact_id for event in answers if event.fact_type != "workshop.completed.v1"]
    assert len(answered) == len(set(answered))
    counts = [event.effects for event in answers if event.fact_type == "workshop.completed.v1"]
    assert counts[-1] == {"eligible": 3, "issued": 3}
    assert all(before != after for before, after in itertools.pairwise(counts))
    assert await service.pool.fetchval("SELECT count(*) FROM receipts WHERE acted_at IS NULL") == 0
