"""Each table that one service keeps for others to look at: a row that is gone, older or too many is found, and both sides are named."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

import pytest

from deploy.reconcile.compare import compare
from deploy.reconcile.world import World
from shared.contracts.envelope import envelop
from shared.contracts.workshop_events import SessionTimes, WorkshopRescheduled
from shared.contracts.workshops import WorkshopRecorded
from tests.unit.reconcile.story import (
    ANNOUNCEMENT,
    COMPLETION,
    ERASED,
    ERASURE,
    FIRST,
    LATER,
    NAMESPACE,
    NOW,
    OLD_SHARE,
    WORKSHOP,
    consistent_world,
)

K = TypeVar("K")
V = TypeVar("V")
FIRST_CERTIFICATE, EVE = (FIRST, "ATL-1"), (WORKSHOP, "eve:2023-10-26")


def _without(rows: Mapping[K, V], key: K) -> dict[K, V]:
    return {one: row for one, row in rows.items() if one != key}


def _registration(world: World, **changes: Any) -> World:
    return replace(world, registration=replace(world.registration, **changes))


def _notifications(world: World, **changes: Any) -> World:
    return replace(world, notifications=replace(world.notifications, **changes))


def _certificates(world: World, **changes: Any) -> World:
    return replace(world, certificates=replace(world.certificates, **changes))


def _without_event(world: World, type_name: str) -> World:
    published = [one for one in world.log.published if one.envelope.type != type_name]
    return replace(world, log=replace(world.log, published=published))


DISTURBANCES: list[tuple[str, str, str, Callable[[World], World]]] = [
    ("answers", "no answers", "answers", lambda w: _registration(w, answers=w.registration.answers - {FIRST})),
    (
        "receipts",
        "console",
        "registration's receipt of notifications",
        lambda w: _registration(w, receipts=_without(w.registration.receipts, ("notifications", COMPLETION))),
    ),
    (
        "receipts",
        "console",
        "registration's receipt of certificates is older",
        lambda w: _registration(w, receipts={**w.registration.receipts, ("certificates", COMPLETION): NOW}),
    ),
    ("receipts", "notifications has not", "notifications' receipt", lambda w: _notifications(w, receipts={})),
    ("receipts", "certificates has not", "certificates' receipt", lambda w: _certificates(w, receipts={})),
    ("receipts", "certificates has answered", "certificates' receipt is older", lambda w: _certificates(w, receipts={COMPLETION: NOW})),
    ("receipts", "Kafka has not", "a receipt on Kafka", lambda w: _without_event(w, "notifications.acted.v1")),
    ("facts to answer", "notifications", "a receipt to come", lambda w: _notifications(w, unanswered={ERASURE})),
    ("facts to answer", "notifications", "a receipt for an erasure", lambda w: _notifications(w, unanswered={ANNOUNCEMENT})),
    ("facts to answer", "certificates", "a receipt for attendance", lambda w: _certificates(w, unanswered={ANNOUNCEMENT, ERASURE})),
    ("workshop facts", "notifications", "a workshop's fact", lambda w: _notifications(w, workshop_facts={ANNOUNCEMENT: 1})),
    ("workshop facts", "notifications", "another number", lambda w: _notifications(w, workshop_facts={ANNOUNCEMENT: 1, COMPLETION: 3})),
    ("workshop facts", "Kafka has no", "a fact on Kafka", lambda w: _without_event(w, "workshop.completed.v1")),
    ("known certificates", "notifications", "a certificate", lambda w: _notifications(w, certificates={})),
    ("known certificates", "notifications", "a fate", lambda w: _notifications(w, certificates={FIRST_CERTIFICATE: "revoked"})),
    ("agenda", "notifications", "a reminder", lambda w: _notifications(w, agenda=w.notifications.agenda - {EVE})),
    ("agenda", "notifications", "an announcement", lambda w: _notifications(w, agenda={EVE})),
    (
        "agenda",
        "does not ask",
        "a reminder too many",
        lambda w: _notifications(w, agenda=w.notifications.agenda | {(WORKSHOP, "x:2023-10-26")}),
    ),
    ("shares", "certificates has it off", "a share page", lambda w: _certificates(w, shares={})),
    ("shares", "under another token", "an address that was given up", lambda w: _certificates(w, shares={FIRST: OLD_SHARE})),
    ("shares", "registration has the share page off", "a holder's switch", lambda w: _registration(w, shares={})),
    ("shares", "Kafka has it off", "a share page on Kafka", lambda w: _without_event(w, "registration.certificate_shared.v1")),
    ("audit", "audit log has no", "an audit row", lambda w: _registration(w, audited=w.registration.audited - {COMPLETION})),
    ("audit", "no such fact", "a fact of the audit log", lambda w: _without_event(w, "workshop.announced.v1")),
]


@pytest.mark.parametrize(("check", "side", "what", "disturb"), DISTURBANCES, ids=[what for _, _, what, _ in DISTURBANCES])
def test_a_row_that_is_gone_or_another_is_found(check: str, side: str, what: str, disturb: Callable[[World], World]) -> None:
    found = [one for one in compare(disturb(consistent_world())) if one.check == check]
    assert found, what
    assert any(side in f"{one.one_side} / {one.other_side}" for one in found)
    assert all(one.ids for one in found)


def test_what_is_forgotten_of_erased_people_is_not_missed() -> None:
    world = consistent_world()
    known = {**world.notifications.certificates, (ERASED, "ATL-0"): "revoked"}
    assert ERASED not in world.registration.answers
    assert compare(_notifications(world, certificates=known)) == []


def test_a_reminder_of_an_earlier_timetable_stays_on_the_agenda() -> None:
    world = consistent_world()
    [record] = [one.event for one in world.log.published if isinstance(one.event, WorkshopRecorded)]
    [session] = record.sessions
    week = timedelta(days=7)
    fact = WorkshopRescheduled(
        workshop_id=WORKSHOP,
        version=2,
        time_zone=record.time_zone,
        previous=(SessionTimes(code=session.code, starts=session.starts - week, ends=session.ends - week),),
        current=(SessionTimes(code=session.code, starts=session.starts, ends=session.ends),),
    )
    envelope = envelop(fact, event_id=NAMESPACE, source="/services/x", time=LATER, sequence=3)
    published = [*world.log.published, replace(world.log.published[0], envelope=envelope, event=fact)]
    moved = replace(world, log=replace(world.log, published=published))
    agenda = world.notifications.agenda | {(WORKSHOP, str(NAMESPACE)), (WORKSHOP, "eve:2023-10-19")}
    assert not [one for one in compare(_notifications(moved, agenda=agenda)) if one.check == "agenda"]
    assert [one for one in compare(moved) if one.check == "agenda"]
