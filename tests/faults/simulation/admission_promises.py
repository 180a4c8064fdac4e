"""What is promised about places, facts and their effects. Each function takes rows as committed and raises AssertionError."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import ConsumerRecord

from services.registration.domain.places import Outcome
from tests.faults.simulation.actors.web import Visitor
from tests.faults.simulation.in_memory.rows import Row


def check_places(workshop: Row, registrations: Sequence[Row]) -> None:
    """Never oversold, the line in order, one live registration per address. `registrations` are those of one workshop."""
    confirmed = [row for row in registrations if row["state"] == "confirmed"]
    waiting = [row for row in registrations if row["state"] == "waiting"]
    assert len(confirmed) <= workshop["capacity"], f"oversold: {len(confirmed)} confirmed for {workshop['capacity']} places"
    counted = (workshop["confirmed_count"], workshop["waiting_count"])
    assert counted == (len(confirmed), len(waiting)), f"the counts {counted} are not those of the registrations"
    assert not waiting or len(confirmed) == workshop["capacity"], "somebody waits beside a free place"
    numbers = sorted(row["number"] for row in registrations)
    assert numbers == list(range(1, len(numbers) + 1)), f"the order of admission has gaps or repeats: {numbers}"
    first = min((row["number"] for row in waiting), default=len(numbers) + 1)
    overtook = [row["number"] for row in confirmed if row["number"] > first]
    assert not overtook, f"number {overtook} overtook number {first}, who waits"
    live = [row["address_key"] for row in (*confirmed, *waiting)]
    assert len(live) == len(set(live)), "an address has two live registrations"


_IN = {"registration.confirmed.v1", "registration.promoted.v1"}
_OUT = {"registration.withdrawn.v1", "registration.erased.v1"}


def check_history(workshop: Row, registrations: Sequence[Row], outbox: Sequence[Row]) -> None:
    """Never oversold at any moment, also where only the end could be looked at.

    Whoever confirms, promotes, withdraws or erases holds the workshop's lock until the commit, and its facts take their ids meanwhile.
    So the ids of one workshop's facts are in the order of the commits. `registrations` are those of one workshop whose capacity never
    changed.
    """
    keys = {row["id"] for row in registrations}
    confirmed = set()
    for row in sorted(outbox, key=lambda row: row["id"]):
        if row["topic"] == "registrations" and row["key"] in keys:
            if row["type"] in _IN:
                confirmed.add(row["key"])
            elif row["type"] in _OUT:
                confirmed.discard(row["key"])
            count, capacity = len(confirmed), workshop["capacity"]
            assert count <= capacity, f"oversold meanwhile: {count} were confirmed at once for {capacity} places"


def check_answers(visitors: Sequence[Visitor], registrations: Sequence[Row]) -> None:
    """Whoever was told to be registered is; whoever was told to be withdrawn is."""
    by_token = {row["form_token"]: row for row in registrations}
    addresses = {row["address_key"] for row in registrations}
    assert len(by_token) == len(registrations), "one form made two registrations"
    for visitor in visitors:
        row = by_token.get(visitor.submission.form_token)
        if visitor.answer is not None and visitor.answer.outcome in {Outcome.CONFIRMED, Outcome.WAITING}:
            assert row is not None or visitor.submission.address_key in addresses, f"{visitor.name} was accepted and is not registered"
            if row is not None:
                told, kept = visitor.answer.outcome.value, row["answered"]
                assert told == kept, f"{visitor.name} was told {told}, and {kept} is recorded"
        if visitor.withdrawn:
            assert row is not None, f"{visitor.name} withdrew and is gone"
            assert row["state"] == "withdrawn", f"{visitor.name} was told to be withdrawn and is {row['state']}"


def check_facts(registrations: Sequence[Row], outbox: Sequence[Row], logs: Mapping[tuple[str, int], Sequence[ConsumerRecord]]) -> None:
    """Every fact was published, and the first occurrences of each key are in order."""
    told = defaultdict(list)
    for row in sorted(outbox, key=lambda row: row["id"]):
        if row["topic"] == "registrations":
            told[str(row["key"])].append((row["sequence"], row["type"]))
    unknown = told.keys() - {str(row["id"]) for row in registrations}
    assert not unknown, f"facts of registrations that are not there: {[told[key] for key in unknown]}"
    for row in registrations:
        numbers = [number for number, _ in told[str(row["id"])]]
        assert numbers, "an accepted registration has no fact"
        assert numbers == list(range(1, len(numbers) + 1)), f"the facts of a key are numbered {numbers}"
        expected = {"confirmed": "confirmed", "waiting": "waitlisted"}[row["answered"]]
        assert told[str(row["id"])][0][1] == f"registration.{expected}.v1", "the first fact is not what was answered"
    for (topic, _), log in logs.items():
        seen: dict[str, list[int]] = defaultdict(list)
        for record in log:
            sequence = json.loads(record.value).get("sequence") if record.value else None
            key = record.key.decode()
            if sequence is not None and sequence not in seen[key]:
                seen[key].append(sequence)
        for numbers in seen.values():
            assert numbers == sorted(numbers), f"{topic}: first occurrences of a key came in the order {numbers}"
    published = _event_ids(logs)
    lost = [row["type"] for row in outbox if not row["tombstone"] and str(row["event_id"]) not in published]
    assert not lost, f"never published: {lost}"


def check_effects(outbox: Sequence[Row], effects: Sequence[Row], dead_letters: Sequence[Row]) -> None:
    """Each fact had its effect once, in the order of its key."""
    assert not dead_letters, f"set aside: {[row['reason'] for row in dead_letters]}"
    expected = {row["event_id"] for row in outbox if row["topic"] == "registrations"}
    had = [row["event_id"] for row in effects]
    assert len(had) == len(set(had)), "a fact had its effect twice"
    assert set(had) == expected, f"{len(expected - set(had))} facts had no effect"
    by_key = defaultdict(list)
    for row in sorted(effects, key=lambda row: row["id"]):
        by_key[row["key"]].append(row["sequence"])
    for numbers in by_key.values():
        assert numbers == sorted(numbers), f"the facts of a key had their effects in the order {numbers}"


def _event_ids(logs: Mapping[tuple[str, int], Sequence[Any]]) -> set[str]:
    return {json.loads(record.value)["id"] for log in logs.values() for record in log if record.value}
