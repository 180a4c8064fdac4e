"""Records that nobody has read, and places that nobody has been given."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from deploy.reconcile.compare import compare
from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.kafka_log import Position
from deploy.reconcile.read_progress import Progress
from deploy.reconcile.world import World
from tests.faults.matrix.foreign import without
from tests.unit.reconcile.story import ERASED, FIRST, NOW, WAITING, WORKSHOP, consistent_world

HOUR = timedelta(hours=1)


def _found(world: World, check: str) -> list[Disagreement]:
    return [one for one in compare(world) if one.check == check]


def _read(world: World, topic: str, committed: int | None, partition: int = 0) -> World:
    return replace(world, progress=[Progress("notifications", topic, partition, committed)])


def _lag(world: World) -> list[str]:
    return [f"{one.one_side} / {one.other_side}" for one in _found(world, "lag")]


def test_a_group_that_is_behind_is_named_with_how_much() -> None:
    assert _lag(_read(consistent_world(), "registrations", 8)) == [
        "Kafka has 5 more records on registrations-0, from offset 8 on / notifications has read it up to offset 8"
    ]


def test_a_group_that_never_told_of_anything_is_behind_by_all_there_is() -> None:
    [one] = _lag(_read(consistent_world(), "registrations", None))
    assert "9 more records on registrations-0, from offset 3 on" in one
    assert one.endswith("notifications has read nothing of it")


def test_what_ends_a_key_and_what_nobody_can_read_are_to_be_read_too() -> None:
    world = consistent_world()
    assert len(_lag(_read(world, "participants", 99))) == 1
    torn = replace(world, log=replace(world.log, undecodable=[(Position("registrations", 0, 70), "torn")]))
    assert len(_lag(_read(torn, "registrations", 70))) == 1


@pytest.mark.parametrize(
    ("topic", "partition", "committed"), [("registrations", 0, 23), ("registrations", 1, None), ("participants", 0, 100)]
)
def test_nothing_is_behind_where_nothing_follows_but_heartbeats(topic: str, partition: int, committed: int | None) -> None:
    assert not _lag(_read(consistent_world(), topic, committed, partition))


def test_a_tombstone_that_is_only_repeated_says_nothing_new() -> None:
    world = consistent_world()
    log = replace(world.log, tombstones=[*world.log.tombstones, (Position("participants", 0, 110), ERASED)])
    assert not _lag(_read(replace(world, log=log), "participants", 100))
    assert "Kafka has 1 more record" in _lag(_read(replace(world, log=log), "participants", 99))[0]
    one = next(record for record in log.published if record.position.topic == "participants")
    envelope = one.envelope.model_copy(update={"subject": ERASED})
    again = replace(log, published=[*log.published, replace(one, position=Position("participants", 0, 105), envelope=envelope)])
    assert "Kafka has 1 more record on participants-0, from offset 110" in _lag(_read(replace(world, log=again), "participants", 106))[0]


def test_what_was_put_there_by_hand_is_left_out() -> None:
    world = consistent_world()
    at = [Position("registrations", 0, offset) for offset in (70, 71)]
    planted = replace(world, log=replace(world.log, undecodable=[(at[0], "torn")], tombstones=[*world.log.tombstones, (at[1], FIRST)]))
    behind = _read(planted, "registrations", 23)
    assert _lag(behind)
    assert not _lag(without(behind, set(map(str, at))))


def _workshop(world: World, **changes: Any) -> World:
    [workshop] = world.registration.workshops
    return replace(world, registration=replace(world.registration, workshops=[replace(workshop, **changes)]))


def _row(world: World, registration_id: UUID, **changes: Any) -> World:
    rows = dict(world.registration.registrations)
    rows[registration_id] = replace(rows[registration_id], **changes)
    return replace(world, registration=replace(world.registration, registrations=rows))


def _open(*, ends_at: datetime = NOW + HOUR, updated_at: datetime = NOW) -> World:
    """Open, and with the only place free."""
    return _row(
        _workshop(consistent_world(), state="open", ends_at=ends_at, updated_at=updated_at), FIRST, state="withdrawn", withdrawn_at=NOW
    )


def test_a_free_place_while_somebody_waits_is_found() -> None:
    [one] = _found(_open(), "free places")
    assert "1 are free" in one.one_side
    assert "1 waiting, number 3 first" in one.other_side
    assert one.ids == (str(WORKSHOP), str(WAITING))


@pytest.mark.parametrize(
    "world",
    [
        _workshop(_open(), state="completed"),
        _workshop(_open(), state="cancelled"),
        _workshop(_open(), capacity=0),
        _row(_open(), WAITING, state="confirmed"),
        _row(_open(), WAITING, state="withdrawn"),
        _workshop(_open(), updated_at=NOW + HOUR),
        _row(_open(), ERASED, withdrawn_at=NOW + HOUR),
    ],
    ids=["completed", "cancelled", "full", "given", "nobody waits", "more places after the end", "erased after the end"],
)
def test_no_place_is_owed_to_anybody(world: World) -> None:
    assert not _found(world, "free places")
