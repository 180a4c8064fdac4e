"""What must hold at rest, whatever was struck: the ledger against every side of the world. Pure: two arguments in, findings out."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from deploy.reconcile.read_certificates import CertificateRow
from deploy.reconcile.read_notifications import MessageRow
from deploy.reconcile.world import World
from shared.contracts.topics import TOPICS, Kind
from tests.faults.matrix.findings import Allowed, Category, Finding
from tests.faults.matrix.ledger import Course, Ledger, Person
from tests.faults.matrix.mails import check_mails


def check_ledger(ledger: Ledger, world: World, allowed: Allowed) -> list[Finding]:
    """Every promise, for every course of the stage."""
    sides = _Sides.of(world)
    found = [*_keys_in_order(world), *check_mails(ledger, world, allowed)]
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
    certificates: Mapping[UUID, list[CertificateRow]]

    @classmethod
    def of(cls, world: World) -> "_Sides":
        messages: dict[UUID, list[MessageRow]] = {}
        for key, row in world.notifications.messages.items():
            messages.setdefault(key.registration_id, []).append(row)
        certificates: dict[UUID, list[CertificateRow]] = {}
        for certificate in world.certificates.certificates:
            certificates.setdefault(certificate.registration_id, []).append(certificate)
        return cls(world, messages, certificates)


def _registration(course: Course, person: Person, world: World) -> Iterator[Finding]:
    row = world.registration.registrations.get(person.registration_id) if person.registration_id else None
    who = f"registration {person.registration_id} of {course.name}"
    if row is None:
        yield Finding(Category.LOST, f"{who} was answered {person.answered}", "registration has no such registration")
        return
    if row.answered != person.answered:
        yield Finding(Category.LOST, f"{who} was answered {person.answered}", f"registration has it as answered {row.answered}")
    if row.state != (expected := _state(person, promoted=row.promoted)):
        yield Finding(Category.LOST, f"{who} must be {expected}", f"registration has it as {row.state}")
    for session in sorted(person.sessions) if not person.erased else ():
        if not world.registration.attendance.get((row.id, session)):
            yield Finding(Category.LOST, f"{who} was checked in for {session}", "registration has no attendance")


def _state(person: Person, *, promoted: bool) -> str:
    """Whether somebody who waits has moved up is the service's word; that all places are taken by then is looked at with the places."""
    if person.erased:
        return "erased"
    if person.withdrawn:
        return "withdrawn"
    return "confirmed" if person.answered == "confirmed" or promoted else "waiting"


def _places(course: Course, world: World) -> Iterator[Finding]:
    rows = [row for row in world.registration.registrations.values() if row.workshop_id == course.workshop_id]
    states = Counter(row.state for row in rows)
    workshop = next((row for row in world.registration.workshops if row.id == course.workshop_id), None)
    if workshop is None:
        yield Finding(Category.LOST, f"{course.name} was created", "registration has no such workshop")
        return
    if states["confirmed"] > course.capacity:
        yield Finding(Category.OVERSOLD, f"{course.name} has {course.capacity} places", f"{states['confirmed']} are confirmed")
    # Whoever is erased in an act had a place until the workshop was over, when nobody moves up any more.
    taken = states["confirmed"] + sum(person.erased for person in course.acknowledged)
    if states["waiting"] and taken < course.capacity:
        yield Finding(Category.LOST, f"{course.name} has {course.capacity - taken} free places", f"{states['waiting']} wait for one")
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
    """How many messages of each purpose; those about certificates are looked at with the certificates."""
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
        untrue = message.key.purpose != "withdrawal" and (person.withdrawn or overtaken)
        return message.reason in {"withdrawn", "superseded"} and untrue
    return message.state in {"sent", "uncertain", "failed"}


def _certificate(course: Course, person: Person, sides: _Sides) -> Iterator[Finding]:
    """One edition, whatever its state, for all sessions, and one mail about it: an edition that had to be replaced was issued too soon."""
    registration_id = person.registration_id
    if registration_id is None:
        return
    earned = int(person.present and course.completed)
    states = sorted(certificate.state for certificate in sides.certificates.get(registration_id, []))
    told = sum(m.key.purpose == "certificate" for m in sides.messages.get(registration_id, []))
    who = f"registration {registration_id} of {course.name} has earned {earned} certificates"
    if states != ["issued"] * earned:
        yield Finding(Category.LOST if len(states) < earned else Category.DUPLICATED, who, f"has {', '.join(states) or 'none'}")
    if told != earned:
        yield Finding(Category.LOST if told < earned else Category.DUPLICATED, who, f"notifications has {told} mails about them")


def _keys_in_order(world: World) -> Iterator[Finding]:
    for topic in TOPICS:
        if topic.kind is not Kind.FACT:
            continue
        for key, numbers in world.log.sequences(topic).items():
            if numbers != sorted(numbers):
                yield Finding(Category.DISAGREEMENT, f"the facts of {key} were numbered in order", f"{topic.name} has {numbers}")
