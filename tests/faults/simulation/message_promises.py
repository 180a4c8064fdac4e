"""What is promised about messages: each once, in order, true when sent, uncertain only in the one open window."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from uuid import UUID

from tests.faults.simulation.actors.registrar import PURPOSES, Registrar
from tests.faults.simulation.in_memory.rows import Row
from tests.faults.simulation.in_memory.sending_statements import in_turn

_MAY_BECOME = {
    None: {"planned", "skipped"},  # skipped where one batch brought the fact and the erasure
    "planned": {"planned", "claimed", "skipped"},
    "claimed": {"claimed", "planned", "sending", "skipped", "failed"},
    "sending": {"sending", "planned", "sent", "failed", "uncertain"},
    "uncertain": {"uncertain", "sent", "failed", "planned"},
    "sent": {"sent"},
    "skipped": {"skipped"},
    "failed": {"failed"},
}
_TRUE_WHILE = {"confirmation": "confirmed", "promotion": "confirmed", "waiting": "waiting"}


class MessageWatch:
    """Watches every change of every message, and every text that the mail server takes."""

    def __init__(self) -> None:
        self.taken: Counter[UUID] = Counter()
        self.ever_uncertain: set[UUID] = set()
        self._states: dict[UUID, str] = {}

    def look(self, messages: Sequence[Row], registrations: Sequence[Row]) -> None:
        """After each commit, so that no step is missed."""
        standing = {row["registration_id"]: row["standing"] for row in registrations}
        for row in messages:
            before, now = self._states.get(row["message_id"]), row["state"]
            if before == now:
                continue
            assert now in _MAY_BECOME[before], f"a message that was {before} became {now}"
            self._states[row["message_id"]] = now
            if now == "uncertain":
                self.ever_uncertain.add(row["message_id"])
            if now == "sending" and row["purpose"] in _TRUE_WHILE:
                stands = standing.get(row["registration_id"])
                assert stands == _TRUE_WHILE[row["purpose"]], f"the mail about {row['purpose']} is being sent to somebody who is {stands}"

    def take(self, message_id: UUID, messages: Sequence[Row]) -> None:
        """The mail server takes a text."""
        row = next(row for row in messages if row["message_id"] == message_id)
        self.taken[message_id] += 1
        assert self.taken[message_id] == 1, f"the mail about {row['purpose']} was taken twice"
        assert row["state"] in {"sending", "uncertain"}, f"a mail was taken whose message is {row['state']}"
        if row["state"] == "uncertain":
            return  # its worker was given up: the window was shown
        others = [other for other in messages if other["registration_id"] == row["registration_id"] and other is not row]
        assert not any(other["state"] == "sending" for other in others), "two mails of one registration at the same time"
        earlier = [other["purpose"] for other in others if other["state"] in {"planned", "claimed"} and in_turn(other) < in_turn(row)]
        assert not earlier, f"the mail about {row['purpose']} overtook {earlier}"


def check_messages(messages: Sequence[Row], registrar: Registrar, watch: MessageWatch, outbox: Sequence[Row]) -> None:
    """In the end: one message for each fact, each with the end that the mail server saw, and told to the others."""
    erased = {registration_id for registration_id, what, _ in registrar.facts if what == "erased"}
    expected = {(person, PURPOSES[what], str(fact)) for person, what, fact in registrar.facts if what in PURPOSES and person not in erased}
    keys = Counter((row["registration_id"], row["purpose"], row["occurrence"]) for row in messages)
    assert all(count == 1 for count in keys.values()), "a business key has two messages"
    planned = {key for key in keys if key[0] not in erased}
    assert planned == expected, f"messages for other facts than those told: {planned ^ expected}"
    told = _told(outbox)
    last = {person: what for person, what, _ in registrar.facts}
    for row in messages:
        taken, state = watch.taken[row["message_id"]], row["state"]
        assert taken == 1 or state != "sent", "a message counts as sent that nobody has taken"
        assert taken == 0 or state in {"sent", "uncertain"}, f"a mail was taken whose message is {state}"
        if state == "skipped" and row["registration_id"] not in erased:
            assert last[row["registration_id"]] in {"withdrawn", "promoted"}, f"skipped without a reason: {row['skip_reason']}"
        facts = told[row["registration_id"], row["purpose"], row["occurrence"]]
        assert facts[-1:] == [f"notification.{state}.v1"], f"a message that is {state} was told as {facts}"
        assert len(facts) == 1 or facts[0] == "notification.uncertain.v1", f"one end was told as {facts}"


def _told(outbox: Sequence[Row]) -> dict[tuple[UUID, str, str], list[str]]:
    told = defaultdict(list)
    for row in sorted(outbox, key=lambda row: row["id"]):
        data = json.loads(row["payload"])["data"]
        if "purpose" in data:
            told[UUID(data["registration_id"]), data["purpose"], data["occurrence"]].append(row["type"])
    return told
