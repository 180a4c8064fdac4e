"""Reconciliation says for itself what is meant for whom: it must ask for what the product plans, or a healthy system would be accused."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import pytest

from deploy.reconcile.checks.agenda_is_mailed import EVER, Entry, entries
from deploy.reconcile.kafka_log import KafkaLog, Position, Published
from services.notifications.domain.agenda import AgendaItem, WorkshopFact, build_agenda
from services.notifications.domain.message import Audience
from shared.contracts.envelope import envelop
from shared.contracts.workshop_events import (
    ReminderRequested,
    SessionTimes,
    WorkshopAnnounced,
    WorkshopCancelled,
    WorkshopCompleted,
    WorkshopEvent,
    WorkshopRescheduled,
)
from shared.contracts.workshops import ReminderRule, WorkshopRecorded, WorkshopState
from tests.unit.reconcile.story import NAMESPACE, NOW, WORKSHOP, consistent_world

RULES = [
    ReminderRule(id=f"{anchor}{days}", anchor=anchor, days=days, at=datetime(2023, 1, 1, 9, tzinfo=UTC).time(), audience=audience)
    for anchor, days, audience in (("start", -1, "confirmed"), ("start", -7, "confirmed"), ("end", 1, "attended"))
]
DATES = [datetime(2023, 10, day, 9) for day in (12, 19, 26)]  # noqa: DTZ001 - wall clock


def _times(start: datetime) -> tuple[SessionTimes, ...]:
    return tuple(
        SessionTimes(code=f"day-{day}", starts=start + timedelta(days=day), ends=start + timedelta(days=day, hours=8)) for day in (0, 1)
    )


def _history(chance: random.Random) -> tuple[WorkshopRecorded, list[WorkshopEvent]]:
    """What organisers may do in any order, some of it more than once; the rules are those of the end, however they came about."""
    date, facts = chance.choice(DATES), list[WorkshopEvent]()
    for _ in range(chance.randrange(8)):
        kind = chance.choice(["move", "move", "remind", "announce"])
        if kind == "move":
            before, date = date, chance.choice(DATES)
            move = WorkshopRescheduled(
                workshop_id=WORKSHOP, version=2, time_zone="Europe/Paris", previous=_times(before), current=_times(date)
            )
            facts.append(move)
        elif kind == "remind":
            facts.append(ReminderRequested(workshop_id=WORKSHOP, version=2))
        else:
            facts.append(WorkshopAnnounced(workshop_id=WORKSHOP, version=2, subject={"en": "News"}, body={"en": "Words"}))
    ending = chance.choice([None, WorkshopCancelled, WorkshopCompleted])
    if ending is not None:
        facts.append(ending(workshop_id=WORKSHOP, version=2))
    [record] = consistent_world().log.workshops.values()
    [session] = record.sessions
    sessions = [session.model_copy(update=time.model_dump()) for time in _times(date)]
    state = chance.choice([WorkshopState.OPEN, WorkshopState.OPEN, WorkshopState.CANCELLED, WorkshopState.COMPLETED, WorkshopState.DRAFT])
    rules = tuple(chance.sample(RULES, chance.randrange(len(RULES) + 1)))
    return record.model_copy(update={"sessions": tuple(sessions), "state": state, "reminders": rules}), facts


def _planned(item: AgendaItem) -> Entry:
    to_waiting = item.audience is Audience.REGISTERED
    return Entry(WORKSHOP, item.purpose.value, item.occurrence, item.joined_until or EVER, to_waiting)


@pytest.mark.parametrize("seed", range(200))
def test_what_is_asked_for_is_what_is_planned(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # repeatable on purpose
    record, events = _history(chance)
    facts = [WorkshopFact(_id(number), number, NOW + timedelta(hours=number), event) for number, event in enumerate(events, start=1)]
    published = [
        Published(
            Position("workshop-events", 0, fact.sequence),
            envelop(fact.event, event_id=fact.fact_id, source="/services/x", time=fact.occurred_at, sequence=fact.sequence),
            fact.event,
        )
        for fact in facts
    ]
    envelope = envelop(record, event_id=_id(0), source="/services/x", time=NOW, sequence=None)
    published.append(Published(Position("workshops", 0, 0), envelope, record))
    chance.shuffle(published)
    found = list(entries(replace(consistent_world(), log=KafkaLog(published))))
    assert sorted(found, key=repr) == sorted(map(_planned, build_agenda(record, facts).items), key=repr)


def _id(number: int) -> UUID:
    return uuid5(NAMESPACE, f"fact {number}")
