"""Every fact that a service has numbered is on Kafka, once and in order, and no other."""

from collections.abc import Iterator

from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.world import World
from shared.contracts.topics import TOPICS, Kind


def facts_are_complete(world: World) -> Iterator[Disagreement]:
    """Numbers count the facts of a key from 1 without a gap: a lost record and a lost row both show."""
    books_of = {books.service: books for books in world.bookkeeping}
    for topic in TOPICS:
        if topic.kind is not Kind.FACT:
            continue
        promised = {key: last for (name, key), last in books_of[topic.owner].sequences.items() if name == topic.name}
        found = world.log.sequences(topic)
        for key in sorted(promised.keys() | found.keys()):
            numbers, last = found.get(key, []), promised.get(key, 0)
            if numbers != list(range(1, last + 1)):
                yield Disagreement(
                    check="facts",
                    one_side=f"{topic.owner} has numbered {last} facts for the key",
                    other_side=f"Kafka's topic {topic.name} has numbers {_listed(numbers)}",
                    ids=(str(key),),
                )


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers)) or "none"
