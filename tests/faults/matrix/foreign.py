"""Records that were put on the topics by hand. They stay there: the comparison leaves them out, and only them."""

import dataclasses
from collections.abc import Container, Iterable

from aiokafka import ConsumerRecord

from deploy.reconcile.world import World


def without(world: World, foreign: Container[str]) -> World:
    """The world as it is but for these records, whose places are written as Kafka's own tools write them."""
    log = world.log
    return dataclasses.replace(
        world,
        log=dataclasses.replace(
            log,
            published=[record for record in log.published if str(record.position) not in foreign],
            tombstones=[(position, key) for position, key in log.tombstones if str(position) not in foreign],
            undecodable=[(position, why) for position, why in log.undecodable if str(position) not in foreign],
            keys_differ=[position for position in log.keys_differ if str(position) not in foreign],
        ),
    )


def not_last(records: Iterable[ConsumerRecord], by_hand: Container[tuple[int, int]]) -> list[ConsumerRecord]:
    """Of each key of a compacted topic, the newest record of a service's own, where one that says something else lies behind it.

    Kafka keeps the last record of a key and no other: an old one that was put behind a newer one must not stay the last.

    Args:
        records: of the topic, each partition's in order.
        by_hand: partition and offset of those that were put there by hand.
    """
    own: dict[bytes, ConsumerRecord] = {}
    last: dict[bytes, ConsumerRecord] = {}
    for record in records:
        last[record.key] = record
        if (record.partition, record.offset) not in by_hand:
            own[record.key] = record
    return [record for key, record in own.items() if last[key].value != record.value]


def overtaken(records: Iterable[ConsumerRecord]) -> list[ConsumerRecord]:
    """Records that are not the last of their key; no tombstones, and none of a key that has one."""
    of_key: dict[bytes, list[ConsumerRecord]] = {}
    for record in records:
        of_key.setdefault(record.key, []).append(record)
    return [one for group in of_key.values() if all(one.value is not None for one in group) for one in group[:-1]]
