"""After an episode: read what the public interface shows, read the world, and compare both with the ledger."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from deploy.demo.perform import addresses_of
from deploy.reconcile.compare import compare
from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.read_notifications import MessageKey
from deploy.reconcile.read_world import read_world
from deploy.reconcile.world import World
from tests.faults.matrix.fault import Fault, Struck
from tests.faults.matrix.findings import Allowed, Category, Finding
from tests.faults.matrix.foreign import without
from tests.faults.matrix.invariants import check_ledger
from tests.faults.matrix.ledger import Course
from tests.faults.matrix.oversold import oversold
from tests.faults.matrix.stage import Stage
from tests.faults.matrix.uncertainty import excused

MAIL_DOMAIN = "localhost"
"""Of the stage's sender, which is notifications' default; Message-IDs end with it."""
BY_HAND = ("record", "dead letter")
"""What reconciliation finds about records that were put on Kafka by hand."""


@dataclass(frozen=True)
class Examination:
    """What was found, and how many messages have become uncertain in this episode."""

    findings: Sequence[Finding]
    uncertain: int = 0


class Examiner:
    """Remembers, for one stage, what was uncertain before, and which process sent mails."""

    def __init__(self) -> None:
        self._uncertain: set[MessageKey] = set()
        self._sender = 0
        self.world: World | None = None
        """As it was last read."""

    def before(self, stage: Stage) -> None:
        """Look who sends mails: if it is another afterwards, that one has died."""
        self._sender = stage.system.process("notifications-worker").pid

    async def examine(self, stage: Stage, fault: Fault, struck: Struck, courses: Sequence[Course]) -> Examination:
        """Compare. The system must be at rest."""
        findings = [finding for course in courses for finding in await _identify(stage, course)]
        findings += [
            Finding(Category.DISAGREEMENT, "the public interface answers everybody", complaint) for complaint in stage.load.complaints
        ]
        stage.load.complaints.clear()
        self.world = world = without(await read_world(addresses_of(stage.system)), stage.planted)
        uncertain, failed = await _message_ids(stage, "uncertain"), await _message_ids(stage, "failed")
        new = set(uncertain) - self._uncertain
        fell = stage.system.process("notifications-worker").pid != self._sender
        people = {person.registration_id: person.address for course in stage.load.ledger.courses for person in course.acknowledged}
        doubtful = {
            key
            for key in new
            if stage.smtp.in_doubt(
                uncertain[key], people.get(key.registration_id, ""), way_broken=fault.group == "network" and fault.opens_window
            )
        }
        in_window = excused(new, doubtful, fault=fault, struck=struck, fell=fell)
        allowed = Allowed(
            uncertain=(self._uncertain | in_window).__contains__,
            unrefused=lambda keys: stage.smtp.unrefused({key: (failed[key], people.get(key.registration_id, "")) for key in keys}),
        )
        findings += await oversold(stage)
        findings += check_ledger(stage.load.ledger, world, allowed)
        findings += [_finding(one) for one in compare(world) if not _by_hand(one, stage.planted)]
        findings += [
            Finding(Category.DUPLICATED, "a message is handed over once", f"the mail server has taken {message_id} {count} times")
            for message_id, count in stage.smtp.taken.items()
            if count > 1
        ]
        self._uncertain |= in_window
        return Examination(list(dict.fromkeys(findings)), len(new))


async def _message_ids(stage: Stage, state: str) -> dict[MessageKey, str]:
    """Messages in a state, with their Message-IDs as the mail server sees them."""
    connection = await asyncpg.connect(stage.system.environment("notifications")["ATELIER_DATABASE_URL"])
    try:
        rows = await connection.fetch("SELECT registration_id, purpose, occurrence, message_id FROM messages WHERE state = $1", state)
    finally:
        await connection.close()
    return {MessageKey(row["registration_id"], row["purpose"], row["occurrence"]): f"<{row['message_id']}@{MAIL_DOMAIN}>" for row in rows}


async def _identify(stage: Stage, course: Course) -> list[Finding]:
    """Give everybody in the ledger the id under which an organiser sees their address."""
    path = f"/workshops/{course.workshop_id}/registrations"
    rows = await stage.load.ask("the list", lambda: stage.load.organiser.api("GET", path, query={"limit": "500"}))
    listed = [row for row in rows["registrations"] if row["address"]]
    findings = [
        Finding(Category.DUPLICATED, f"one person has one registration of {course.name}", f"the organiser sees {count} for one address")
        for count in Counter(row["address"] for row in listed).values()
        if count > 1
    ]
    for row in listed:
        person = course.people.get(row["address"])
        if person is not None:
            person.registration_id = UUID(row["id"])
    return findings


def _finding(disagreement: Disagreement) -> Finding:
    about = f" [{', '.join(disagreement.ids)}]" if disagreement.ids else ""
    return Finding(Category.DISAGREEMENT, f"{disagreement.check}: {disagreement.one_side}", f"{disagreement.other_side}{about}")


def _by_hand(disagreement: Disagreement, planted: set[str]) -> bool:
    return disagreement.check in BY_HAND and any(disagreement.one_side.endswith(position) for position in planted)
