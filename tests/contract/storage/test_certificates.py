"""What certificates' service has heard, earned, rendered and answered, whoever keeps its rows."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.certificates.domain.certificate import CertificateState, Reason
from services.certificates.domain.certificate_rule import RegistrationState
from services.certificates.storage import (
    audit_log,
    certificates,
    receipts,
    registrations,
    rendering,
    status_lists,
    workshops,
)
from services.certificates.storage.receipts import Fact
from services.certificates.storage.registrations import StateFact
from services.certificates.storage.rendering import Commission, Document
from shared.contracts.certificate_template import Kind
from shared.contracts.participants import ParticipantRecorded
from shared.contracts.registrations import AttendanceRecorded
from shared.contracts.workshop_events import WorkshopCompleted
from tests.component.certificates.story import workshop_record
from tests.contract.storage.stores import Store
from tests.unit.notifications.samples import NOW

RECORD = workshop_record()
WORKSHOP_ID = RECORD.workshop_id
FIRST, SECOND = (session.code for session in RECORD.sessions[:2])


@pytest.fixture
async def store(new_store: Callable[[str], Awaitable[Store]]) -> Store:
    return await new_store("certificates")


@pytest.fixture
async def one(store: Store) -> Any:
    connection = await store.connect()
    assert await workshops.save_record(connection, RECORD)
    return connection


@pytest.fixture
async def other(store: Store) -> Any:
    return await store.connect()


def record(registration_id: UUID, name: str, language: str) -> ParticipantRecorded:
    return ParticipantRecorded(
        registration_id=registration_id,
        workshop_id=WORKSHOP_ID,
        version=1,
        given_name=name,
        family_name=name,
        certificate_name=name,
        address="ana@example.org",
        language=language,
        time_zone="Europe/Paris",
        personal_page="/my/ana",
    )


async def attend(connection: Any, registration_id: UUID, session_code: str, *, present: bool, sequence: int) -> None:
    event = AttendanceRecorded(registration_id=registration_id, workshop_id=WORKSHOP_ID, session_code=session_code, present=present)
    await registrations.save_attendances(connection, [(event, sequence)])


async def person(connection: Any, *sessions: str) -> UUID:
    registration_id = uuid4()
    assert await registrations.lock_registration(connection, registration_id, WORKSHOP_ID)
    await registrations.save_states(connection, [StateFact(registration_id, RegistrationState.CONFIRMED, 1)])
    await registrations.save_participants(connection, [record(registration_id, "Ana Anić", "en")])
    for session_code in sessions:
        await attend(connection, registration_id, session_code, present=True, sequence=2)
    return registration_id


async def complete(connection: Any) -> UUID:
    await workshops.save_completion(connection, WORKSHOP_ID, NOW, correlation_id="completion")
    await workshops.end_awaiting_facts(connection, [WORKSHOP_ID], after=0)
    fact = Fact(uuid4(), WorkshopCompleted.type, WORKSHOP_ID)
    assert await receipts.open_receipt(connection, fact)
    return fact.fact_id


async def settle(connection: Any) -> list[registrations.Unsettled]:
    while await workshops.pass_on_news(connection):
        pass
    return await registrations.take_unsettled(connection, limit=10)


async def earn(connection: Any, registration_id: UUID, edition: int = 1) -> str:
    serial = await certificates.draw_serial(connection, 2023)
    about: Any = {"registration_id": registration_id, "workshop_id": WORKSHOP_ID, "edition": edition}
    await certificates.insert_eligible(connection, **about, serial=serial, now=NOW)
    return serial


async def claim(connection: Any, *, seconds: float = 60.0) -> list[Commission]:
    return await rendering.claim(connection, limit=10, seconds=seconds)


async def issue(connection: Any, commission: Commission, *, at: datetime = NOW, kind: Kind = Kind.PARTICIPATION) -> bool:
    return await rendering.store_document(connection, commission, Document(b"%PDF", "ab", "{}", "a.b.c"), issued_at=at, kind=kind)


async def test_the_newest_record_stays(one: Any) -> None:
    assert not await workshops.save_record(one, RECORD)
    newer = RECORD.model_copy(update={"version": RECORD.version + 1})
    assert await workshops.save_record(one, newer)
    assert not await workshops.save_record(one, RECORD)
    known = await workshops.read_workshops(one, [WORKSHOP_ID, uuid4()])
    assert {workshop_id: (workshop.record, workshop.completed) for workshop_id, workshop in known.items()} == {WORKSHOP_ID: (newer, False)}


async def test_a_completion_waits_for_facts_and_counts_once(one: Any) -> None:
    await workshops.save_completion(one, WORKSHOP_ID, NOW, correlation_id=None)
    assert await workshops.read_awaiting_facts(one) == [WORKSHOP_ID]
    assert not (await workshops.read_workshops(one, [WORKSHOP_ID]))[WORKSHOP_ID].completed
    assert await workshops.end_awaiting_facts(one, [WORKSHOP_ID], after=3600) == 0
    assert await workshops.end_awaiting_facts(one, [WORKSHOP_ID], after=0) == 1
    assert (await workshops.read_workshops(one, [WORKSHOP_ID]))[WORKSHOP_ID].completed
    await workshops.save_completion(one, WORKSHOP_ID, NOW + timedelta(days=1), correlation_id=None)
    assert await workshops.read_awaiting_facts(one) == []


async def test_a_completion_may_come_before_the_record(store: Store) -> None:
    connection = await store.connect()
    await workshops.save_completion(connection, WORKSHOP_ID, NOW, correlation_id=None)
    assert await workshops.save_record(connection, RECORD)
    assert await workshops.end_awaiting_facts(connection, [WORKSHOP_ID], after=0) == 1
    [known] = (await workshops.read_workshops(connection, [WORKSHOP_ID])).values()
    assert known == workshops.KnownWorkshop(RECORD, completed=True)


async def test_news_of_a_completion_unsettles_everybody_once(one: Any) -> None:
    people = {await person(one, FIRST), await person(one)}
    assert {unsettled.registration_id for unsettled in await settle(one)} == people
    assert await settle(one) == []
    await complete(one)
    found = {unsettled.registration_id: unsettled.standing for unsettled in await settle(one)}
    assert found.keys() == people
    assert {(standing.completed, standing.state, standing.name) for standing in found.values()} == {
        (True, RegistrationState.CONFIRMED, "Ana Anić")
    }
    assert sorted(len(standing.attended) for standing in found.values()) == [0, 1]
    assert await settle(one) == []


async def test_whom_another_settles_is_left_to_them(one: Any, other: Any) -> None:
    people = {await person(one), await person(one)}
    async with one.transaction():
        [mine] = await registrations.take_unsettled(one, limit=1)
        [theirs] = await registrations.take_unsettled(other, limit=10)
        assert {mine.registration_id, theirs.registration_id} == people
    assert await registrations.take_unsettled(other, limit=10) == []


async def test_an_older_fact_undoes_nothing(one: Any) -> None:
    registration_id = await person(one, FIRST)
    await settle(one)
    await registrations.save_states(one, [StateFact(registration_id, RegistrationState.WITHDRAWN, 1)])
    await registrations.save_participants(one, [record(registration_id, "Older", "fr")])
    await attend(one, registration_id, FIRST, present=False, sequence=1)
    assert await settle(one) == []
    await attend(one, registration_id, FIRST, present=False, sequence=3)
    [unsettled] = await settle(one)
    assert (unsettled.standing.attended, unsettled.standing.state) == (frozenset(), RegistrationState.CONFIRMED)


async def test_a_certificate_is_rendered_by_one_and_issued_once(one: Any, other: Any) -> None:
    registration_id = await person(one, SECOND, FIRST)
    await complete(one)
    serial = await earn(one, registration_id)
    [commission] = await claim(one)
    assert await claim(other) == []
    assert (commission.serial, commission.edition, commission.attempts, commission.correlation_id) == (serial, 1, 0, "completion")
    assert (commission.printed.name, commission.printed.attended) == ("Ana Anić", {FIRST, SECOND})
    assert await issue(one, commission)
    assert not await issue(one, commission)
    live = (await certificates.lock_live(one, [registration_id]))[registration_id]
    assert (live.state, live.serial, live.name, live.attended) == (CertificateState.ISSUED, serial, "Ana Anić", {FIRST, SECOND})
    assert await claim(one) == []


async def test_an_expired_lease_is_lost_and_what_broke_off_comes_alone(one: Any) -> None:
    broken, whole = await person(one), await person(one)
    await earn(one, broken)
    [lost] = await claim(one, seconds=0)
    await earn(one, whole)
    [first] = await claim(one)
    assert (first.registration_id, first.attempts) == (whole, 0)
    [again] = await claim(one)
    assert (again.registration_id, again.attempts) == (broken, 1)
    assert not await issue(one, lost)
    await rendering.give_back(one, lost, broken_off=True)
    assert await issue(one, again)


async def test_what_was_given_back_is_handed_out_again_and_counted_if_it_broke_off(one: Any) -> None:
    await earn(one, await person(one))
    [commission] = await claim(one)
    await rendering.give_back(one, commission, broken_off=False)
    [commission] = await claim(one)
    assert commission.attempts == 0
    await rendering.give_back(one, commission, broken_off=True)
    [commission] = await claim(one)
    assert commission.attempts == 1


async def test_what_cannot_be_set_waits_until_something_changes(one: Any) -> None:
    registration_id = await person(one)
    await earn(one, registration_id)
    [commission] = await claim(one)
    await rendering.note_error(one, commission, error="no glyph", retry_after=3600)
    assert await claim(one) == []
    await certificates.renew_eligible(one, [registration_id])
    assert [again.serial for again in await claim(one)] == [commission.serial]


async def test_nobody_is_handed_out_of_whom_too_little_is_known(one: Any) -> None:
    registration_id = uuid4()
    await registrations.lock_registration(one, registration_id, WORKSHOP_ID)
    await earn(one, registration_id)
    assert await claim(one) == []


async def test_only_what_was_not_issued_is_dropped_and_only_what_was_is_revoked(one: Any) -> None:
    registration_id = await person(one)
    await earn(one, registration_id)
    assert await certificates.revoke_issued(one, registration_id, reason=Reason.WITHDRAWN, now=NOW) is None
    assert await certificates.drop_eligible(one, registration_id) is not None
    serial = await earn(one, registration_id)
    [commission] = await claim(one)
    assert await issue(one, commission)
    assert await certificates.drop_eligible(one, registration_id) is None
    revoked = await certificates.revoke_issued(one, registration_id, reason=Reason.WITHDRAWN, now=NOW)
    assert revoked == certificates.Named(registration_id, WORKSHOP_ID, 1, serial)
    assert await certificates.lock_live(one, [registration_id]) == {}
    [unsettled] = await settle(one)
    assert (unsettled.live, unsettled.last_edition) == (None, 1)


async def test_a_replaced_certificate_makes_room_for_the_next_edition(one: Any) -> None:
    registration_id = await person(one)
    await earn(one, registration_id)
    [commission] = await claim(one)
    assert await issue(one, commission)
    live = (await certificates.lock_live(one, [registration_id]))[registration_id]
    next_serial = await certificates.draw_serial(one, 2023)
    await certificates.supersede_issued(one, live, superseded_by=next_serial, now=NOW)
    about: Any = {"registration_id": registration_id, "workshop_id": WORKSHOP_ID, "edition": 2}
    await certificates.insert_eligible(one, **about, serial=next_serial, now=NOW)
    [replaced] = await claim(one)
    assert (replaced.edition, replaced.serial, replaced.correlation_id) == (2, next_serial, None)


async def test_a_replaced_certificate_is_revoked_by_the_serial_that_was_to_replace_it_and_no_other(one: Any) -> None:
    registration_id = await person(one)
    serial = await earn(one, registration_id)
    [commission] = await claim(one)
    assert await issue(one, commission)
    live = (await certificates.lock_live(one, [registration_id]))[registration_id]
    successor = await certificates.draw_serial(one, 2023)
    await certificates.supersede_issued(one, live, superseded_by=successor, now=NOW)
    about: Any = {"registration_id": registration_id, "workshop_id": WORKSHOP_ID, "edition": 2}
    await certificates.insert_eligible(one, **about, serial=successor, now=NOW)
    assert await certificates.drop_eligible(one, registration_id) == successor
    why: Any = {"reason": Reason.WITHDRAWN, "now": NOW}
    assert await certificates.revoke_superseded(one, registration_id, superseded_by="another", **why) is None
    revoked = await certificates.revoke_superseded(one, registration_id, superseded_by=successor, **why)
    assert revoked == certificates.Named(registration_id, WORKSHOP_ID, 1, serial)
    assert await certificates.revoke_superseded(one, registration_id, superseded_by=successor, **why) is None


async def test_a_person_has_one_valid_certificate(one: Any) -> None:
    registration_id = await person(one)
    await earn(one, registration_id)
    with pytest.raises(Exception, match="certificates_one_valid"):
        await earn(one, registration_id, edition=2)


async def test_nothing_is_kept_of_whoever_was_erased(one: Any) -> None:
    registration_id = await person(one, FIRST)
    await earn(one, registration_id)
    [commission] = await claim(one)
    assert await issue(one, commission)
    assert await registrations.find_erased(one, [registration_id]) == set()
    assert await certificates.revoke_issued(one, registration_id, reason=Reason.ERASED, now=NOW)
    assert await certificates.erase_certificates(one, registration_id) == 1
    await audit_log.forget_details(one, registration_id)
    await registrations.erase(one, registration_id)
    assert await registrations.find_erased(one, [registration_id, uuid4()]) == {registration_id}
    assert not await registrations.lock_registration(one, registration_id, WORKSHOP_ID)
    assert await settle(one) == []
    assert await certificates.lock_live(one, [registration_id]) == {}


async def test_a_certificate_that_is_valid_keeps_its_name(one: Any) -> None:
    registration_id = await person(one, FIRST)
    await earn(one, registration_id)
    [commission] = await claim(one)
    assert await issue(one, commission)
    with pytest.raises(Exception, match="certificates_erased_names_nobody"):
        await certificates.erase_certificates(one, registration_id)


async def test_a_status_list_is_made_with_its_first_certificate_and_anew_when_one_ends(one: Any, other: Any) -> None:
    registration_id = await person(one, FIRST)
    await earn(one, registration_id)
    [commission] = await claim(one)
    assert await status_lists.take_changed(one) is None, "nothing was issued yet"
    assert await issue(one, commission)
    number = commission.status_index // 131_072
    assert await status_lists.take_changed(one) == number
    assert await status_lists.read_invalid(one, number) == []
    await status_lists.save(one, number, "signed")
    await certificates.revoke_issued(one, registration_id, reason=Reason.WITHDRAWN, now=NOW)
    async with one.transaction():
        assert await status_lists.take_changed(one) == number
        # Noted while the list is being signed: it is not forgotten with what was noted before
        await status_lists.note_change(other, commission.status_index)
        assert await status_lists.read_invalid(one, number) == [commission.status_index]
    assert await status_lists.take_changed(one) == number
    assert await status_lists.take_changed(one) is None


async def test_a_certificate_that_begins_no_list_notes_nothing(one: Any) -> None:
    for _ in range(2):
        await earn(one, await person(one))
    first, second = await claim(one)
    assert await issue(one, first)
    assert await status_lists.take_changed(one) is not None
    assert await issue(one, second)
    assert await status_lists.take_changed(one) is None


async def test_a_fact_is_answered_once(one: Any) -> None:
    registration_id = await person(one)
    facts = [Fact(uuid4(), "attendance.recorded.v1", WORKSHOP_ID, registration_id) for _ in range(2)]
    for fact in facts:
        assert await receipts.open_receipt(one, fact)
        assert not await receipts.open_receipt(one, fact)
    closed = await receipts.close_receipts_of(one, {registration_id: {"eligible": 1}}, [registration_id], now=NOW)
    assert {receipt.fact_id for receipt in closed} == {fact.fact_id for fact in facts}
    assert [receipt.effects for receipt in closed] == [{"eligible": 1}] * 2
    assert await receipts.close_receipts_of(one, {}, [registration_id], now=NOW) == []


async def test_a_completion_is_answered_when_all_is_done_and_anew_when_certificates_change(one: Any) -> None:
    registration_id = await person(one, FIRST)
    completion = await complete(one)
    assert await receipts.take_finished_workshop(one) is None, "its news was not passed on"
    await settle(one)
    await earn(one, registration_id)
    assert await receipts.take_finished_workshop(one) is None, "one is to be rendered"
    [commission] = await claim(one)
    assert await issue(one, commission)
    assert await receipts.take_finished_workshop(one) == (completion, {"eligible": 1, "issued": 1})
    effects = {"eligible": 1, "issued": 1}
    assert await receipts.close_completion(one, completion, effects=effects, now=NOW)
    assert await receipts.close_completion(one, completion, effects=effects, now=NOW) is None
    assert await receipts.take_finished_workshop(one) is None
    await certificates.revoke_issued(one, registration_id, reason=Reason.WITHDRAWN, now=NOW)
    await receipts.note_change(one, [WORKSHOP_ID])
    assert await receipts.take_finished_workshop(one) == (completion, {"eligible": 0, "issued": 0})
    assert await receipts.take_finished_workshop(one) is None, "that change is counted"


async def test_a_certificate_that_cannot_be_set_holds_up_no_answer_and_is_told(one: Any) -> None:
    registration_id = await person(one, FIRST)
    completion = await complete(one)
    await settle(one)
    await earn(one, registration_id)
    [commission] = await claim(one)
    await rendering.note_error(one, commission, error="no glyph", retry_after=3600)
    assert await receipts.take_finished_workshop(one) == (completion, {"eligible": 1, "issued": 0, "errors": 1})
