"""What forms were told, and who did what, whoever keeps the rows."""

from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from services.registration.domain.actor import VISITOR, organiser
from services.registration.domain.places import Admission, Answer, Candidate, Outcome
from services.registration.storage import audit_log, duplicate_answers, registrations
from services.registration.storage.audit_log import Change
from shared.runtime.telemetry import correlated
from tests.component.registration.material import NOW, submission
from tests.contract.storage.stores import Store
from tests.contract.storage.test_locks import admit, open_workshop

CONFIRMED = Answer(Outcome.CONFIRMED)


async def test_a_form_that_made_a_registration_is_told_the_same_while_it_lives(one: Any) -> None:
    workshop_id = await open_workshop(one)
    forms = [submission(f"{number}@example.org") for number in range(3)]
    answers = [CONFIRMED, Answer(Outcome.WAITING, 1), Answer(Outcome.WAITING, 2)]
    admitted = [(uuid4(), Admission(place, place + 1, answer), forms[place]) for place, answer in enumerate(answers)]
    await registrations.insert_admitted(one, workshop_id, admitted, time_zone="Europe/Paris", now=NOW)
    await registrations.promote_first(one, workshop_id, 1, now=NOW)
    await registrations.mark_withdrawn(one, admitted[0][0], "participant", now=NOW)
    asked = [form.address_key for form in (*forms[:2], submission())]
    known = await registrations.find_known(one, workshop_id, asked)
    assert known.answers == {Candidate(forms[1].form_token, forms[1].address_key): answers[1]}, "what it was told, not what became of it"
    assert known.live == {forms[1].address_key: admitted[1][0]}
    assert not (await registrations.find_known(one, await open_workshop(one), asked)).answers, "it is another workshop's"


async def test_a_duplicate_is_told_what_it_was_told_first(one: Any) -> None:
    workshop_id = await open_workshop(one)
    people = [await admit(one, workshop_id, number, f"{number}@example.org") for number in (1, 2)]
    forms = [uuid4(), uuid4()]
    first = [(people[0], forms[0], CONFIRMED), (people[1], forms[1], Answer(Outcome.WAITING, 3))]
    await duplicate_answers.remember(one, workshop_id, first)
    await duplicate_answers.remember(
        one, workshop_id, [(people[0], forms[0], Answer(Outcome.WAITING, 1)), (people[0], forms[1], CONFIRMED)]
    )
    assert await duplicate_answers.find(one, people, forms) == {
        (people[0], forms[0]): CONFIRMED,
        (people[0], forms[1]): CONFIRMED,
        (people[1], forms[1]): Answer(Outcome.WAITING, 3),
    }
    assert await duplicate_answers.find(one, people[1:], forms) == {(people[1], forms[1]): Answer(Outcome.WAITING, 3)}
    assert await duplicate_answers.find(one, people, [uuid4()]) == {}
    with pytest.raises(asyncpg.CheckViolationError, match="waiting_has_position"):
        await duplicate_answers.remember(one, workshop_id, [(people[1], uuid4(), Answer(Outcome.WAITING))])


async def test_changes_are_noted_in_their_order_and_with_their_cause(registration: Store, one: Any) -> None:
    workshop_id, registration_id, fact_id, who = uuid4(), uuid4(), uuid4(), organiser(uuid4())
    changes = [
        Change("workshop.open", workshop_id, fact_id=fact_id, details={"capacity": 2}, request_key="r1"),
        Change("registration.confirm", workshop_id, registration_id, fact_id, correlation_id="its own"),
    ]
    with correlated("the context's"):
        await audit_log.append(one, who, changes, now=NOW)
    await audit_log.append(one, VISITOR, [Change("registration.wait")], now=NOW)
    rows = sorted(await registration.rows("audit_log"), key=lambda row: row["id"])
    names = (
        "at",
        "actor",
        "organiser_id",
        "action",
        "workshop_id",
        "registration_id",
        "fact_id",
        "details",
        "request_key",
        "correlation_id",
    )
    assert [tuple(row[name] for name in names) for row in rows] == [
        (NOW, "organiser", who.organiser_id, "workshop.open", workshop_id, None, fact_id, {"capacity": 2}, "r1", "the context's"),
        (NOW, "organiser", who.organiser_id, "registration.confirm", workshop_id, registration_id, fact_id, {}, None, "its own"),
        (NOW, "visitor", None, "registration.wait", None, None, None, {}, None, rows[2]["correlation_id"]),
    ]


async def test_a_request_has_one_effect(one: Any) -> None:
    workshop_id = uuid4()
    remind = Change("workshop.remind", workshop_id, request_key="r1")
    await audit_log.append(one, VISITOR, [remind, Change("workshop.announce", workshop_id, request_key="r1")], now=NOW)
    await audit_log.append(one, VISITOR, [Change("workshop.remind", workshop_id)] * 2, now=NOW)
    with pytest.raises(asyncpg.UniqueViolationError, match="one_effect_per_request"):
        await audit_log.append(one, VISITOR, [remind], now=NOW)
