from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from deploy.reconcile.compare import compare
from deploy.reconcile.kafka_log import KafkaLog, Position
from deploy.reconcile.personal_rows import PersonalRow
from deploy.reconcile.read_bookkeeping import DeadLetter, Unpublished
from deploy.reconcile.read_certificates import CertificateRow
from deploy.reconcile.world import World
from tests.unit.reconcile.story import CERTIFICATE_MAIL, CONFIRMATION, ERASED, FIRST, NAMESPACE, WAITING, WORKSHOP, consistent_world


def _log(world: World, **changes: Any) -> World:
    return replace(world, log=replace(world.log, **changes))


def _without_event(world: World, type_name: str) -> World:
    return _log(world, published=[one for one in world.log.published if one.envelope.type != type_name])


def _books(world: World, **changes: Any) -> World:
    return replace(world, bookkeeping=[replace(world.bookkeeping[0], **changes), *world.bookkeeping[1:]])


def _registration(world: World, **changes: Any) -> World:
    return replace(world, registration=replace(world.registration, **changes))


def _row(world: World, registration_id: UUID, **changes: Any) -> World:
    rows = dict(world.registration.registrations)
    rows[registration_id] = replace(rows[registration_id], **changes)
    return _registration(world, registrations=rows)


def _notifications(world: World, **changes: Any) -> World:
    return replace(world, notifications=replace(world.notifications, **changes))


def _certificates(world: World, **changes: Any) -> World:
    return replace(world, certificates=replace(world.certificates, **changes))


def _record_behind_its_tombstone(world: World) -> World:
    one = next(record for record in world.log.published if record.position.topic == "participants")
    envelope = one.envelope.model_copy(update={"id": NAMESPACE, "subject": ERASED})
    return _log(world, published=[*world.log.published, replace(one, position=Position("participants", 0, 100), envelope=envelope)])


def _older_behind(world: World, topic: str) -> World:
    """As an earlier leader leaves it that stood still with the record in its hands: the older one is now the last of its key."""
    one = next(record for record in world.log.published if record.position.topic == topic)
    older = one.event.model_copy(update={"version": one.event.version - 1})
    envelope = one.envelope.model_copy(update={"id": NAMESPACE})
    return _log(world, published=[*world.log.published, replace(one, position=Position(topic, 0, 100), event=older, envelope=envelope)])


DISTURBANCES: list[tuple[str, str, str, Callable[[World], World]]] = [
    ("mails", "mailbox", "a mail is gone", lambda w: replace(w, mails=list(w.mails or ())[1:])),
    ("mails", "mailbox", "a mail came twice", lambda w: replace(w, mails=[*(w.mails or ()), *(w.mails or ())[:1]])),
    ("mails", "mailbox", "a stranger's mail", lambda w: replace(w, mails=[*(w.mails or ()), replace((w.mails or ())[0], key=None)])),
    (
        "messages",
        "Kafka",
        "a message row is gone",
        lambda w: _notifications(w, messages={k: v for k, v in w.notifications.messages.items() if k != CONFIRMATION}),
    ),
    ("messages", "Kafka", "a sent fact is gone", lambda w: _without_event(w, "notification.sent.v1")),
    ("messages", "console", "the console missed a mail", lambda w: _registration(w, mails=w.registration.mails[1:])),
    ("certificates", "console", "the console missed a certificate", lambda w: _registration(w, certificates=[])),
    ("certificates", "Kafka", "a certificate row is gone", lambda w: _certificates(w, certificates=[])),
    (
        "certificate files",
        "certificates",
        "another file",
        lambda w: _certificates(w, certificates=[CertificateRow(FIRST, 1, "ATL-1", "issued", None, "other")]),
    ),
    ("certificate rule", "certificates", "nobody was present", lambda w: _registration(w, attendance={})),
    (
        "certificate rule",
        "certificates",
        "a trainer has none",
        lambda w: _certificates(_registration(w, attendance={}), certificates=[], trainers={FIRST}),
    ),
    ("facts", "Kafka", "a registration fact is gone", lambda w: _without_event(w, "registration.confirmed.v1")),
    ("facts", "registration", "registration's numbers are gone", lambda w: _books(w, sequences={})),
    ("states", "notifications", "a standing is gone", lambda w: _notifications(w, standings={FIRST: "confirmed"})),
    ("states", "certificates", "another standing", lambda w: _certificates(w, standings={**w.certificates.standings, FIRST: "waiting"})),
    (
        "states",
        "Kafka",
        "a registration row is gone",
        lambda w: _registration(w, registrations={FIRST: w.registration.registrations[FIRST]}),
    ),
    ("participants", "certificates", "an older record", lambda w: _certificates(w, versions={FIRST: 1})),
    ("participants", "Kafka", "a record is gone", lambda w: _without_event(w, "participant.recorded.v1")),
    ("attendance", "notifications", "presence is gone", lambda w: _notifications(w, attendance={})),
    ("workshops", "Kafka", "an older record behind the newest", lambda w: _older_behind(w, "workshops")),
    ("participants", "Kafka", "an older record behind the newest", lambda w: _older_behind(w, "participants")),
    ("workshops", "notifications", "an older version", lambda w: _notifications(w, workshops={WORKSHOP: 1})),
    ("places", "workshop row", "a counter too high", lambda w: _row(w, FIRST, state="withdrawn")),
    ("line", "waiting", "promoted out of order", lambda w: _row(w, FIRST, promoted=True, number=9)),
    ("outbox", "Kafka", "unpublished", lambda w: _books(w, unpublished=[Unpublished(NAMESPACE, "registrations", FIRST, "x")])),
    ("dead letter", "registration", "set aside", lambda w: _books(w, dead_letters=[DeadLetter(1, "certificates", 0, 7, "why")])),
    ("record", "Kafka", "unreadable", lambda w: _log(w, undecodable=[(Position("workshops", 0, 1), "not JSON")])),
    ("record", "Kafka", "another key", lambda w: _log(w, keys_differ=[Position("workshops", 0, 1)])),
    ("erasure", "notifications", "left behind", lambda w: replace(w, left_behind=[PersonalRow("notifications", "participants", ERASED)])),
    ("erasure", "tombstone", "no tombstone", lambda w: _log(w, tombstones=[])),
    (
        "erasure",
        "tombstone",
        "a tombstone too many",
        lambda w: _log(w, tombstones=[*w.log.tombstones, (Position("participants", 0, 1), WAITING)]),
    ),
    ("erasure", "behind the tombstone", "a record that came late", _record_behind_its_tombstone),
    (
        "erasure",
        "certificates",
        "a valid certificate",
        lambda w: _certificates(w, certificates=[*w.certificates.certificates, CertificateRow(ERASED, 1, "ATL-2", "issued", None, "abc")]),
    ),
]


def test_sides_that_agree_are_left_alone() -> None:
    assert compare(consistent_world()) == []


def test_who_teaches_has_a_certificate_without_having_been_there() -> None:
    world = _registration(_certificates(consistent_world(), attendance={}), attendance={})
    assert "certificate rule" in {one.check for one in compare(world)}
    assert "certificate rule" not in {one.check for one in compare(_certificates(world, trainers={FIRST}))}


def test_without_a_mailbox_nothing_is_said_of_mails() -> None:
    assert compare(replace(consistent_world(), mails=None)) == []


def test_a_repeated_record_counts_once() -> None:
    world = consistent_world()
    assert compare(_log(world, published=[*world.log.published, *world.log.published[:5]])) == []


def test_a_message_of_unknown_fate_may_be_in_the_mailbox_or_not() -> None:
    world = consistent_world()
    messages = dict(world.notifications.messages)
    messages[CERTIFICATE_MAIL] = replace(messages[CERTIFICATE_MAIL], state="sending")
    for mails in (world.mails, [one for one in world.mails or () if one.key != CERTIFICATE_MAIL]):
        found = compare(replace(_notifications(world, messages=messages), mails=mails))
        assert "mails" not in {one.check for one in found}


@pytest.mark.parametrize(("check", "side", "what", "disturb"), DISTURBANCES, ids=[what for _, _, what, _ in DISTURBANCES])
def test_each_disturbance_is_found_and_names_both_sides(check: str, side: str, what: str, disturb: Callable[[World], World]) -> None:
    world = disturb(consistent_world())
    assert isinstance(world.log, KafkaLog)
    found = [one for one in compare(world) if one.check == check]
    assert found
    assert any(side in f"{one.one_side} / {one.other_side}" for one in found)
    assert all(one.one_side and one.other_side for one in found)
