from collections.abc import Callable
from dataclasses import replace

import pytest

from deploy.reconcile.read_certificates import CertificateRow
from deploy.reconcile.read_mailbox import Mail
from deploy.reconcile.read_notifications import MessageKey, MessageRow
from deploy.reconcile.world import World
from shared.contracts.registrations import RegistrationEvent
from tests.faults.matrix.findings import Allowed, Category
from tests.faults.matrix.invariants import check_ledger
from tests.faults.matrix.ledger import Course, Ledger, Person
from tests.unit.reconcile.story import (
    CERTIFICATE_MAIL,
    CONFIRMATION,
    ERASED,
    FIRST,
    NEWS,
    NOW,
    REMINDER,
    TURN,
    WAITING,
    WORKSHOP,
    consistent_world,
)

REMINDER_NOW = MessageKey(FIRST, "reminder_now", "fact")
NOTHING_ALLOWED = Allowed()

Disturb = Callable[[World, Course], World]


def _ledger() -> Ledger:
    people = [
        Person("a@b.example", "en", "token 1", "confirmed", FIRST, sessions={"day-1"}),
        Person("waiting@example.org", "en", "token 2", "waiting", WAITING),
        Person("erased@example.org", "en", "token 3", "confirmed", ERASED, erased=True),
    ]
    course = Course("course", 1, WORKSHOP, {person.address: person for person in people}, [frozenset({"a@b.example"})], completed=True)
    return Ledger([course])


def _world() -> World:
    world = _message(_without_message(consistent_world(), NEWS), REMINDER_NOW, "sent")
    world = replace(world, mails=[replace(mail, recipients=(_address(mail.key),)) for mail in world.mails or ()])
    world = _mailed(world, 9, REMINDER_NOW)
    return _row(world, WAITING, answered="waiting")


def _mailed(world: World, number: int, key: MessageKey) -> World:
    return replace(world, mails=[*(world.mails or ()), Mail(number, key, (_address(key),), "en", NOW)])


def _address(key: MessageKey | None) -> str:
    return "waiting@example.org" if key and key.registration_id == WAITING else "a@b.example"


def _message(world: World, key: MessageKey, state: str, reason: str | None = None) -> World:
    messages = {**world.notifications.messages, key: MessageRow(key, state, reason, "en")}
    return replace(world, notifications=replace(world.notifications, messages=messages))


def _without_message(world: World, key: MessageKey) -> World:
    messages = {known: row for known, row in world.notifications.messages.items() if known != key}
    world = replace(world, notifications=replace(world.notifications, messages=messages))
    return replace(world, mails=[mail for mail in world.mails or () if mail.key != key])


def _row(world: World, registration_id: object, **changes: object) -> World:
    rows = {key: replace(row, **changes) if key == registration_id else row for key, row in world.registration.registrations.items()}  # type: ignore[arg-type]  # names of fields
    return replace(world, registration=replace(world.registration, registrations=rows))


def _without_row(world: World) -> World:
    rows = {key: row for key, row in world.registration.registrations.items() if key != FIRST}
    return replace(world, registration=replace(world.registration, registrations=rows))


def _workshop(world: World, **changes: object) -> World:
    [workshop] = world.registration.workshops
    return replace(world, registration=replace(world.registration, workshops=[replace(workshop, **changes)]))  # type: ignore[arg-type]  # as above


def _certificates(world: World, rows: list[CertificateRow]) -> World:
    return replace(world, certificates=replace(world.certificates, certificates=rows))


def _person(course: Course, **changes: object) -> None:
    course.people["a@b.example"] = replace(course.people["a@b.example"], **changes)  # type: ignore[arg-type]  # as above


def _unknown_to_the_ledger(world: World, course: Course) -> World:
    del course.people["waiting@example.org"]
    return world


def _withdrawn_in_the_ledger(world: World, course: Course) -> World:
    _person(course, withdrawn=True, sessions=set())
    return world


def _reordered(world: World) -> World:
    return replace(world, log=replace(world.log, published=list(reversed(world.log.published))))


def _second_mail(world: World) -> World:
    return _mailed(world, 10, CONFIRMATION)


def _two_places(world: World, course: Course) -> World:
    course.capacity = 3  # one was erased, one is confirmed
    return world


def _withdrawal_skipped(world: World, course: Course) -> World:
    world = _row(_withdrawn_in_the_ledger(world, course), FIRST, state="withdrawn")
    course.completed = False
    return _message(_certificates(world, []), MessageKey(FIRST, "withdrawal", "fact"), "skipped", "withdrawn")


def _to_somebody_else(world: World, _course: Course) -> World:
    mails = [replace(mail, recipients=("waiting@example.org",)) if mail.key == CONFIRMATION else mail for mail in world.mails or ()]
    return replace(world, mails=mails)


def _overtaken(world: World, _course: Course) -> World:
    """The erased person's two facts, told in the wrong order; who that was does not matter here."""
    told = {envelope.sequence: envelope.id for envelope, event in world.log.events(RegistrationEvent) if event.registration_id == ERASED}
    mails = [Mail(20 - number, MessageKey(ERASED, "any", str(told[number])), ("gone@example.org",), "en", NOW) for number in (1, 2)]
    return replace(world, mails=[*(world.mails or ()), *mails])


def _second_edition(world: World, state: str) -> World:
    return _certificates(world, [*world.certificates.certificates, CertificateRow(FIRST, 2, "ATL-2", state, None, "abc")])


def _no_mails(world: World) -> World:
    return replace(world, mails=[])


BROKEN: dict[str, tuple[Category, Disturb]] = {
    "an acknowledged registration is gone": (Category.LOST, lambda w, _: _without_row(w)),
    "somebody was told another answer": (Category.LOST, lambda w, _: _row(w, FIRST, answered="waiting")),
    "an acknowledged withdrawal is gone": (Category.LOST, _withdrawn_in_the_ledger),
    "somebody is withdrawn who did not ask": (Category.LOST, lambda w, _: _row(w, FIRST, state="withdrawn")),
    "an erasure is gone": (Category.LOST, lambda w, _: _row(w, ERASED, state="withdrawn")),
    "a check-in is gone": (Category.LOST, lambda w, _: replace(w, registration=replace(w.registration, attendance={}))),
    "a completion is gone": (Category.LOST, lambda w, _: _workshop(w, state="open")),
    "a workshop is gone": (Category.LOST, lambda w, _: replace(w, registration=replace(w.registration, workshops=[]))),
    "a place stayed free while somebody waited": (Category.LOST, _two_places),
    "somebody waits who was told to have a place": (Category.LOST, lambda w, _: _row(w, FIRST, state="waiting")),
    "somebody who moved up waits": (Category.LOST, lambda w, _: _row(w, WAITING, promoted=True)),
    "one more than there are places": (Category.OVERSOLD, lambda w, _: _row(w, WAITING, state="confirmed")),
    "a registration that nobody was told of": (Category.DUPLICATED, _unknown_to_the_ledger),
    "a confirmation was never planned": (Category.LOST, lambda w, _: _without_message(w, CONFIRMATION)),
    "a reminder was never planned": (Category.LOST, lambda w, _: _without_message(w, REMINDER)),
    "a reminder to all left somebody out": (Category.LOST, lambda w, _: _without_message(w, REMINDER_NOW)),
    "a reminder to all reached somebody twice": (
        Category.DUPLICATED,
        lambda w, _: _message(w, MessageKey(FIRST, "reminder_now", "another fact"), "sent"),
    ),
    "somebody is written to for no reason": (Category.DUPLICATED, lambda w, _: _message(w, MessageKey(FIRST, "link", "fact"), "sent")),
    "a mail stays planned": (Category.LOST, lambda w, _: _message(w, CONFIRMATION, "planned")),
    "a mail was skipped without a reason in the ledger": (Category.LOST, lambda w, _: _message(w, CONFIRMATION, "skipped", "withdrawn")),
    "the mail about a withdrawal was skipped": (Category.LOST, _withdrawal_skipped),
    "a mail failed although no server refused": (Category.LOST, lambda w, _: _message(w, CONFIRMATION, "failed")),
    "a mail marked as sent never came": (Category.LOST, lambda w, _: _no_mails(w)),
    "a mail came twice": (Category.DUPLICATED, lambda w, _: _second_mail(w)),
    "a mail went to somebody else": (Category.LOST, _to_somebody_else),
    "mails came in another order than the facts": (Category.DISAGREEMENT, _overtaken),
    "a mail is uncertain though nothing struck": (Category.UNCERTAIN, lambda w, _: _message(w, CONFIRMATION, "uncertain")),
    "a certificate is missing": (Category.LOST, lambda w, _: _certificates(w, [])),
    "two certificates are valid": (Category.DUPLICATED, lambda w, _: _second_edition(w, "issued")),
    "a certificate was issued too soon and replaced": (Category.DUPLICATED, lambda w, _: _second_edition(w, "superseded")),
    "two mails tell of one certificate": (
        Category.DUPLICATED,
        lambda w, _: _message(w, MessageKey(FIRST, "certificate", "ATL-2:issued"), "skipped", "superseded"),
    ),
    "facts of a key are out of order": (Category.DISAGREEMENT, lambda w, _: _reordered(w)),
}


def test_nothing_is_found_where_everything_is_as_it_was_acknowledged() -> None:
    assert check_ledger(_ledger(), _world(), NOTHING_ALLOWED) == []


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_promise_is_found_and_named(what: str) -> None:
    category, disturb = BROKEN[what]
    ledger, world = _ledger(), _world()
    found = check_ledger(ledger, disturb(world, ledger.courses[0]), NOTHING_ALLOWED)
    assert category in {finding.category for finding in found}
    assert all(finding.one_side and finding.other_side for finding in found)
    assert not any("@" in str(finding) for finding in found), "a finding holds an address"


def test_what_struck_in_the_window_may_leave_a_mail_uncertain() -> None:
    world = _message(_world(), CONFIRMATION, "uncertain")
    assert check_ledger(_ledger(), world, Allowed(uncertain=lambda key: key == CONFIRMATION)) == []


def test_a_server_that_refuses_for_good_may_leave_a_mail_failed() -> None:
    assert check_ledger(_ledger(), _message(_world(), TURN, "failed"), Allowed(unrefused=lambda _keys: [])) == []


@pytest.mark.parametrize(("withdrawn", "found"), [(True, 0), (False, 1)])
def test_a_reminder_that_overtook_a_withdrawal_on_another_topic_may_have_left(*, withdrawn: bool, found: int) -> None:
    ledger, world = _ledger(), _world()
    ledger.courses[0].reminded = [frozenset({"somebody.else@example.org"})]
    ledger.courses[0].completed = False
    _person(ledger.courses[0], withdrawn=withdrawn, sessions=set())
    world = _certificates(_message(world, MessageKey(FIRST, "withdrawal", "fact"), "sent" if withdrawn else "skipped", "withdrawn"), [])
    world = _without_message(_mailed(world, 12, MessageKey(FIRST, "withdrawal", "fact")), CERTIFICATE_MAIL)
    world = _row(world, FIRST, state="withdrawn" if withdrawn else "confirmed")
    doubled = [finding for finding in check_ledger(ledger, world, NOTHING_ALLOWED) if finding.category is Category.DUPLICATED]
    assert len(doubled) == found


def test_whoever_moved_up_need_not_be_told_of_the_line_any_more() -> None:
    world = _row(
        _without_message(_message(_world(), TURN, "skipped", "superseded"), MessageKey(FIRST, "", "")),
        WAITING,
        promoted=True,
        state="confirmed",
    )
    for key in (MessageKey(WAITING, "promotion", "fact"), MessageKey(WAITING, "reminder", "practical:2023-10-26")):
        world = _mailed(_message(world, key, "sent"), 11, key)
    ledger = _ledger()
    ledger.courses[0].capacity = 2
    assert check_ledger(ledger, world, NOTHING_ALLOWED) == []
