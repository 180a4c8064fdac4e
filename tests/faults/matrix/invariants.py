"""What must hold at rest, whatever was struck: the ledger against every side of the world. Pure: two arguments in, findings out."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from deploy.reconcile.read_notifications import MessageKey, MessageRow
from deploy.reconcile.world import World
from shared.contracts.topics import TOPICS, Kind
from tests.faults.matrix.ledger import SESSION, Course, Ledger, Person


class Category(StrEnum):
    """The report's figures; each must be zero."""

    LOST = "lost"
    DUPLICATED = "duplicated"
    OVERSOLD = "oversold"
    UNCERTAIN = "uncertain_outside_window"
    DISAGREEMENT = "disagreements"


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken promise, with both sides named. No personal data."""

    category: Category
    one_side: str
    other_side: str

    def __str__(self) -> str:
        """One line."""
        return f"{self.category.value}: {self.one_side} / {self.other_side}"


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the fault may leave behind without breaking a promise.

    `uncertain` are messages that may be uncertain: those that were before, and new ones where the fault opened the window.
    `refused` is how many mails the mail server refused for good: so many messages may have failed.
    """

    uncertain: Callable[[MessageKey], bool] = lambda _key: False
    refused: int = 0


def check_ledger(ledger: Ledger, world: World, allowed: Allowed) -> list[Finding]:
    """Every promise, for every course of the stage."""
    sides = _Sides.of(world)
    found = [*_keys_in_order(world), *_uncertain(world, allowed), *_failed(world, allowed), *_mails_once(world)]
    for course in ledger.courses:
        found += _places(course, world)
        for person in course.acknowledged:
            found += _registration(course, person, world)
            if not person.erased and person.registration_id in world.registration.registrations:
                found += _messages(course, person, sides)
                found += _certificate(course, person, sides)
    return found


@dataclass(frozen=True)
class _Sides:
    """The world, looked up by registration."""

    world: World
    messages: Mapping[UUID, list[MessageRow]]
    issued: Counter[UUID]

    @classmethod
    def of(cls, world: World) -> "_Sides":
        messages: dict[UUID, list[MessageRow]] = {}
        for key, row in world.notifications.messages.items():
            messages.setdefault(key.registration_id, []).append(row)
        issued = Counter(row.registration_id for row in world.certificates.certificates if row.state == "issued")
        return cls(world, messages, issued)


def _registration(course: Course, person: Person, world: World) -> Iterator[Finding]:
    row = world.registration.registrations.get(person.registration_id) if person.registration_id else None
    who = f"registration {person.registration_id} of {course.name}"
    if row is None:
        yield Finding(Category.LOST, f"{who} was answered {person.answered}", "registration has no such registration")
        return
    if row.answered != person.answered:
        yield Finding(Category.LOST, f"{who} was answered {person.answered}", f"registration has it as answered {row.answered}")
    expected = {"erased"} if person.erased else {"withdrawn"} if person.withdrawn else {"confirmed", "waiting"}
    if row.state not in expected:
        yield Finding(Category.LOST, f"{who} must be {' or '.join(sorted(expected))}", f"registration has it as {row.state}")
    if person.present and not person.erased and not world.registration.attendance.get((row.id, SESSION)):
        yield Finding(Category.LOST, f"{who} was checked in", "registration has no attendance")


def _places(course: Course, world: World) -> Iterator[Finding]:
    rows = [row for row in world.registration.registrations.values() if row.workshop_id == course.workshop_id]
    states = Counter(row.state for row in rows)
    workshop = next((row for row in world.registration.workshops if row.id == course.workshop_id), None)
    if workshop is None:
        yield Finding(Category.LOST, f"{course.name} was created", "registration has no such workshop")
        return
    if states["confirmed"] > course.capacity:
        yield Finding(Category.OVERSOLD, f"{course.name} has {course.capacity} places", f"{states['confirmed']} are confirmed")
    if states["waiting"] and states["confirmed"] < course.capacity and workshop.state == "open":
        yield Finding(
            Category.LOST, f"{course.name} has {course.capacity - states['confirmed']} free places", f"{states['waiting']} wait for one"
        )
    if course.completed and workshop.state != "completed":
        yield Finding(Category.LOST, f"{course.name} was completed", f"registration has it as {workshop.state}")
    known = {person.registration_id for person in course.acknowledged}
    for row in rows:
        if row.id not in known:
            yield Finding(Category.DUPLICATED, f"registration has {row.id} of {course.name}", "nobody was answered so")


def _messages(course: Course, person: Person, sides: _Sides) -> Iterator[Finding]:
    row = sides.world.registration.registrations[person.registration_id]  # type: ignore[index]  # the caller has looked
    rows = [message for message in sides.messages.get(row.id, []) if message.key.purpose != "certificate"]
    expected = _owed(course, person, promoted=row.promoted)
    written = Counter(message.key.purpose for message in rows)
    meant = Counter(message.key.purpose for message in rows if message.state != "skipped")
    for purpose in expected.keys() | meant.keys():
        who = f"registration {row.id} of {course.name}, which is {row.state}, is owed {expected[purpose]} {purpose}"
        has = ", ".join(f"{m.key.occurrence} {m.state}" for m in rows if m.key.purpose == purpose) or "none"
        if written[purpose] < expected[purpose]:
            yield Finding(Category.LOST, who, f"notifications has {has}")
        elif meant[purpose] > expected[purpose] + _may_have_left(course, person, purpose):
            yield Finding(Category.DUPLICATED, who, f"notifications has {has}")
    for message in rows:
        if not _ended_well(message, person, promoted=row.promoted):
            yield Finding(Category.LOST, f"message {message.key} is owed", f"notifications has it as {message.state} ({message.reason})")


def _owed(course: Course, person: Person, *, promoted: bool) -> Counter[str]:
    """How many messages of each purpose; certificates, which may be replaced by newer editions, are looked at on their own."""
    owed = Counter({"confirmation" if person.answered == "confirmed" else "waiting": 1})
    owed["promotion"] += promoted
    owed["withdrawal"] += person.withdrawn
    owed["reminder"] += person.answered == "confirmed" or promoted
    owed["reminder_now"] += sum(person.address in addresses for addresses in course.reminded)
    return owed


def _may_have_left(course: Course, person: Person, purpose: str) -> int:
    """No order holds between topics: a reminder to all may be heard before the withdrawal that it followed, and then it has left."""
    return len(course.reminded) if person.withdrawn and purpose == "reminder_now" else 0


def _ended_well(message: MessageRow, person: Person, *, promoted: bool) -> bool:
    """Sent, or no longer true. What is uncertain or failed is judged on its own."""
    if message.state == "skipped":
        overtaken = promoted and message.key.purpose == "waiting"
        return message.reason in {"withdrawn", "superseded"} and (person.withdrawn or overtaken)
    return message.state in {"sent", "uncertain", "failed"}


def _certificate(course: Course, person: Person, sides: _Sides) -> Iterator[Finding]:
    earned = int(person.present and course.completed)
    held = sides.issued[person.registration_id] if person.registration_id else 0
    if held != earned:
        category = Category.LOST if held < earned else Category.DUPLICATED
        yield Finding(category, f"registration {person.registration_id} of {course.name} has earned {earned} certificates", f"has {held}")
    told = [m for m in sides.messages.get(person.registration_id, []) if m.key.purpose == "certificate" and m.state != "skipped"]  # type: ignore[arg-type]  # None has none
    if earned and not told:
        yield Finding(Category.LOST, f"registration {person.registration_id} of {course.name} holds a certificate", "no mail says so")


def _keys_in_order(world: World) -> Iterator[Finding]:
    for topic in TOPICS:
        if topic.kind is not Kind.FACT:
            continue
        for key, numbers in world.log.sequences(topic).items():
            if numbers != sorted(numbers):
                yield Finding(Category.DISAGREEMENT, f"the facts of {key} were numbered in order", f"{topic.name} has {numbers}")


def _uncertain(world: World, allowed: Allowed) -> Iterator[Finding]:
    for key, row in world.notifications.messages.items():
        if row.state == "uncertain" and not allowed.uncertain(key):
            yield Finding(Category.UNCERTAIN, f"message {key} is uncertain", "nothing struck in the window in which it may become so")


def _failed(world: World, allowed: Allowed) -> Iterator[Finding]:
    failed = [key for key, row in world.notifications.messages.items() if row.state == "failed"]
    if len(failed) > allowed.refused:
        one_side = f"the mail server refused {allowed.refused} mails for good"
        yield Finding(Category.LOST, one_side, f"notifications has {len(failed)} as failed: {', '.join(map(str, failed))}")


def _mails_once(world: World) -> Iterator[Finding]:
    arrived = Counter(mail.key for mail in world.mails or () if mail.key)
    for key, row in world.notifications.messages.items():
        if row.state == "sent" and not arrived[key]:
            yield Finding(Category.LOST, f"notifications has {key} as sent", "the mailbox does not hold it")
    for arrived_key, count in arrived.items():
        if count > 1:
            yield Finding(Category.DUPLICATED, f"message {arrived_key} is owed once", f"the mailbox holds it {count} times")
