"""Whoever is owed a mail has a message: about a fact of their own, and about what is meant for everybody."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

import pytest

from deploy.reconcile.compare import compare
from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.kafka_log import Position, Published
from deploy.reconcile.read_notifications import MessageKey
from deploy.reconcile.world import World
from shared.contracts.certificates import CertificateRevoked
from shared.contracts.envelope import Event, envelop
from shared.contracts.registrations import LinkRequested, RegistrationConfirmed, RegistrationPromoted, RegistrationWithdrawn
from shared.contracts.workshop_events import ReminderRequested, SessionTimes, WorkshopCancelled, WorkshopRescheduled
from tests.unit.reconcile.story import (
    CERTIFICATE_MAIL,
    CONFIRMATION,
    ERASED,
    FIRST,
    LATER,
    NAMESPACE,
    NEWS,
    NOW,
    REMINDER,
    TURN,
    WAITING,
    WORKSHOP,
    consistent_world,
)

FACT = uuid5(NAMESPACE, "one more")
SECOND = timedelta(seconds=1)
WEEK = timedelta(days=7)


def _found(world: World, check: str) -> list[Disagreement]:
    return [one for one in compare(world) if one.check == check]


def _missed(world: World, check: str) -> set[str]:
    return {text for one in _found(world, check) for text in one.ids}


def _without(world: World, key: MessageKey) -> World:
    messages = {known: row for known, row in world.notifications.messages.items() if known != key}
    return replace(world, notifications=replace(world.notifications, messages=messages))


def _with(world: World, event: Event, *, at: timedelta = SECOND, sequence: int = 9, fact_id: UUID = FACT) -> World:
    envelope = envelop(event, event_id=fact_id, source="/services/x", time=NOW + at, sequence=sequence)
    record = Published(Position(event.topic.name, 0, 60), envelope, event)
    return replace(world, log=replace(world.log, published=[*world.log.published, record]))


def _moved(world: World, *, weeks: int = 1) -> World:
    """The workshop was so many weeks earlier before."""
    [record] = world.log.workshops.values()
    times = [SessionTimes(code=one.code, starts=one.starts, ends=one.ends) for one in record.sessions]
    before = [one.model_copy(update={"starts": one.starts - weeks * WEEK, "ends": one.ends - weeks * WEEK}) for one in times]
    fact = WorkshopRescheduled(workshop_id=WORKSHOP, version=2, time_zone="Europe/Paris", previous=tuple(before), current=tuple(times))
    return _with(world, fact)


@pytest.mark.parametrize("key", [CONFIRMATION, TURN, CERTIFICATE_MAIL], ids=lambda key: key.purpose)
def test_a_fact_without_its_message_is_found(key: MessageKey) -> None:
    assert _missed(_without(consistent_world(), key), "owed mails") == {str(key)}


@pytest.mark.parametrize(
    ("fact", "purpose", "occurrence"),
    [
        (RegistrationPromoted(registration_id=WAITING, workshop_id=WORKSHOP), "promotion", str(FACT)),
        (RegistrationWithdrawn(registration_id=WAITING, workshop_id=WORKSHOP, by="participant"), "withdrawal", str(FACT)),
        (RegistrationWithdrawn(registration_id=WAITING, workshop_id=WORKSHOP, by="organiser"), "withdrawal", str(FACT)),
        (LinkRequested(registration_id=WAITING, workshop_id=WORKSHOP), "link", str(FACT)),
        (
            CertificateRevoked(
                registration_id=WAITING, workshop_id=WORKSHOP, edition=1, serial="ATL-9", reason="correction", revoked_at=NOW
            ),
            "certificate_revoked",
            "ATL-9:revoked",
        ),
    ],
    ids=["promoted", "withdrawn", "withdrawn by an organiser", "link requested", "certificate revoked"],
)
def test_each_kind_of_fact_that_is_mailed_is_looked_at(fact: Event, purpose: str, occurrence: str) -> None:
    assert _missed(_with(consistent_world(), fact), "owed mails") == {str(MessageKey(WAITING, purpose, occurrence))}


def test_nobody_is_mailed_about_a_withdrawal_that_is_part_of_an_erasure() -> None:
    """Also where registration has not erased the person yet, by the tables that were read."""
    fact = RegistrationWithdrawn(registration_id=WAITING, workshop_id=WORKSHOP, by="erasure")
    assert not _found(_with(consistent_world(), fact), "owed mails")


def test_of_erased_people_no_message_is_missed() -> None:
    world = consistent_world()
    assert any(isinstance(one.event, RegistrationConfirmed) and one.event.registration_id == ERASED for one in world.log.published)
    assert not any(key.registration_id == ERASED for key in world.notifications.messages)
    assert compare(world) == []


@pytest.mark.parametrize("key", [REMINDER, NEWS], ids=lambda key: key.purpose)
def test_what_is_meant_for_all_must_have_a_message_for_each(key: MessageKey) -> None:
    assert _missed(_without(consistent_world(), key), "agenda mails") == {str(key)}


def test_a_cancellation_concerns_those_who_wait_too_and_whenever_they_joined() -> None:
    """Nobody joins a cancelled workshop: a clock that was set back leaves nobody out."""
    world = _with(consistent_world(), WorkshopCancelled(workshop_id=WORKSHOP, version=3), at=-WEEK)
    assert _missed(world, "agenda mails") == {str(MessageKey(who, "cancelled", str(FACT))) for who in (FIRST, WAITING)}


def test_a_new_date_concerns_those_who_wait_too_and_the_reminder_of_the_old_one_those_who_were_confirmed() -> None:
    owed = {MessageKey(FIRST, "rescheduled", str(FACT)), MessageKey(WAITING, "rescheduled", str(FACT))}
    owed.add(MessageKey(FIRST, "reminder", "eve:2023-10-19"))
    assert _missed(_moved(consistent_world()), "agenda mails") == set(map(str, owed))


def test_a_date_that_is_back_reminds_whoever_joins_later() -> None:
    """Moved to where it was: the occurrence is that of the newest record, and not one that was given up."""
    world = _moved(_without(consistent_world(), REMINDER), weeks=0)
    late = _with_first_confirmed_at(world, LATER)
    assert str(REMINDER) in _missed(late, "agenda mails")


@pytest.mark.parametrize(("joined", "missed"), [(NOW + SECOND, True), (NOW + 2 * SECOND, False)], ids=["in time", "later"])
def test_only_those_who_had_joined_by_then_are_reminded(joined: datetime, *, missed: bool) -> None:
    world = _with(consistent_world(), ReminderRequested(workshop_id=WORKSHOP, version=2))
    assert (str(MessageKey(FIRST, "reminder_now", str(FACT))) in _missed(_with_first_confirmed_at(world, joined), "agenda mails")) == missed


def test_whoever_joined_after_a_move_is_not_reminded_of_the_date_before() -> None:
    missed = _missed(_with_first_confirmed_at(_moved(consistent_world()), LATER), "agenda mails")
    assert missed == {str(MessageKey(WAITING, "rescheduled", str(FACT)))}


def test_a_rule_that_the_newest_record_no_longer_has_owes_nothing() -> None:
    world = _without(consistent_world(), REMINDER)
    [record] = world.log.workshops.values()
    without_rules = record.model_copy(update={"version": 3, "reminders": ()})
    assert not _found(_with(world, without_rules), "agenda mails")
    older = record.model_copy(update={"version": 1, "reminders": ()})
    assert _found(_with(world, older), "agenda mails")


def _with_first_confirmed_at(world: World, moment: datetime) -> World:
    """Whoever holds the place was confirmed then."""

    def changed(one: Published) -> Published:
        if isinstance(one.event, RegistrationConfirmed) and one.event.registration_id == FIRST:
            return replace(one, envelope=one.envelope.model_copy(update={"time": moment}))
        return one

    return replace(world, log=replace(world.log, published=[changed(one) for one in world.log.published]))
