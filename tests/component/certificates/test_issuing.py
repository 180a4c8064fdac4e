"""From facts to certificates."""

import hashlib
import io

import pypdf
import pytest
from asyncpg import UniqueViolationError

from services.certificates.domain.hashed_address import hash_address
from shared.contracts.catalogue import decode
from shared.contracts.certificates import CertificateIssued, CertificateRevoked, CertificatesActed, CertificateSuperseded
from shared.contracts.participants import ParticipantRecorded
from shared.contracts.topics import PARTICIPANTS, REGISTRATIONS, WORKSHOP_EVENTS, WORKSHOPS
from tests.component.certificates.story import WORKSHOP, Service, Story, workshop_record


async def test_those_who_met_the_rule_get_a_certificate_and_nobody_else(service: Service, story: Story) -> None:
    earned = [
        story.person(1, "Ana Kovač", attended=("day-1", "day-2")),
        story.person(2, "Ђорђе Ћирић", attended=("day-1", "day-2", "day-3"), waits=True),
    ]
    story.person(3, "Too Seldom", attended=("day-3",))
    story.withdrawn(story.person(4, "Gone Away", attended=("day-1", "day-2")))
    story.attendance(story.person(5, "Not Really", attended=("day-1", "day-2")), "day-1", present=False)
    story.completed()

    await service.read_all(story)
    await service.work()

    certificates = await service.certificates()
    assert {row["registration_id"] for row in certificates} == set(earned)
    for row in certificates:
        assert row["state"] == "issued"
        pdf = await service.pool.fetchval("SELECT pdf FROM documents WHERE registration_id = $1", row["registration_id"])
        assert pdf.startswith(b"%PDF-")
        assert row["sha256"] == hashlib.sha256(pdf).hexdigest()
    issued = [event for event in await service.published() if isinstance(event, CertificateIssued)]
    assert {(event.registration_id, event.serial, event.sha256, event.status_index) for event in issued} == {
        (row["registration_id"], row["serial"], row["sha256"], row["status_index"]) for row in certificates
    }


async def test_nothing_is_issued_before_the_workshop_is_completed(service: Service, story: Story) -> None:
    story.person(1, "Ana Kovač", attended=("day-1", "day-2"))
    await service.read_all(story)
    await service.work()
    assert await service.certificates() == []

    story.completed()
    await service.read_all(story)
    await service.work()
    assert len(await service.certificates()) == 1


async def test_serial_token_and_index_are_stored_before_rendering(service: Service, story: Story) -> None:
    story.person(1, "Ana Kovač", attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    await service.apply_rule()
    [eligible] = await service.certificates()
    assert eligible["state"] == "eligible"
    await service.work()
    [issued] = await service.certificates()
    drawn = ("serial", "verification_token", "status_index")
    assert [eligible[name] for name in drawn] == [issued[name] for name in drawn]
    assert issued["state"] == "issued"
    assert issued["status_index"] < 131_072
    assert len(issued["verification_token"]) >= 22


async def test_attendance_corrected_below_the_rule_revokes_and_corrected_back_gives_the_next_edition(
    service: Service, story: Story
) -> None:
    ana = story.person(1, "Ana Kovač", attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    await service.work()
    story.attendance(ana, "day-2", present=False)
    await service.read_all(story)
    await service.work()
    [revoked] = await service.certificates()
    assert (revoked["state"], revoked["revocation_reason"]) == ("revoked", "attendance_corrected")
    [event] = [event for event in await service.published() if isinstance(event, CertificateRevoked)]
    assert (event.serial, event.reason) == (revoked["serial"], "attendance_corrected")

    story.attendance(ana, "day-3", present=True)
    await service.read_all(story)
    await service.work()
    first, second = await service.certificates()
    assert [(row["edition"], row["state"]) for row in (first, second)] == [(1, "revoked"), (2, "issued")]
    assert first["serial"] != second["serial"]


async def test_withdrawal_revokes(service: Service, story: Story) -> None:
    ana = story.person(1, "Ana Kovač", attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    await service.work()
    story.withdrawn(ana)
    await service.read_all(story)
    await service.work()
    [certificate] = await service.certificates()
    assert (certificate["state"], certificate["revocation_reason"]) == ("revoked", "withdrawn")


@pytest.mark.parametrize("what", ["name", "attendance"])
async def test_a_certificate_that_says_what_is_no_longer_so_is_superseded(service: Service, story: Story, what: str) -> None:
    ana = story.person(1, "Ana Kovac", attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    await service.work()
    if what == "name":
        story.named(ana, "Ana Kovač")
    else:
        story.attendance(ana, "day-3", present=True)
    await service.read_all(story)
    await service.work()
    old, new = await service.certificates()
    assert (old["state"], old["superseded_by"]) == ("superseded", new["serial"])
    assert (new["state"], new["edition"]) == ("issued", 2)
    assert new["name"] == ("Ana Kovač" if what == "name" else "Ana Kovac")
    assert len(new["attended"]) == (2 if what == "name" else 3)
    [event] = [event for event in await service.published() if isinstance(event, CertificateSuperseded)]
    assert (event.serial, event.superseded_by) == (old["serial"], new["serial"])


async def test_what_was_never_issued_is_dropped_without_a_word(service: Service, story: Story) -> None:
    ana = story.person(1, "Ana Kovač", attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    await service.apply_rule()
    story.withdrawn(ana)
    await service.read_all(story)
    await service.work()
    assert await service.certificates() == []
    assert {type(event) for event in await service.published()} == {CertificatesActed}


@pytest.mark.parametrize("reason", ["attendance_corrected", "withdrawn", "erased"])
async def test_what_was_to_be_replaced_is_revoked_where_its_successor_is_never_issued(service: Service, story: Story, reason: str) -> None:
    ana = story.person(1, "Ana Kovac", attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    await service.work()
    story.named(ana, "Ana Kovač")
    await service.read_all(story)
    await service.apply_rule()
    assert [row["state"] for row in await service.certificates()] == ["superseded", "eligible"]
    if reason == "withdrawn":
        story.withdrawn(ana)
    elif reason == "erased":
        story.erased(ana)
    else:
        story.attendance(ana, "day-2", present=False)
    await service.read_all(story)
    await service.work()
    [only] = await service.certificates()
    assert (only["state"], only["revocation_reason"], only["superseded_by"]) == ("revoked", reason, None)
    [event] = [event for event in await service.published() if isinstance(event, CertificateRevoked)]
    assert (event.edition, event.serial, event.reason) == (1, only["serial"], reason)
    receipt = [event for event in await service.published() if isinstance(event, CertificatesActed) and event.registration_id][-1]
    erased = {"documents_deleted": 1} if reason == "erased" else {}
    assert receipt.effects == {"certificates_withheld": 1, "certificates_revoked": 1} | erased


async def test_the_database_allows_one_valid_certificate_for_a_registration(service: Service, story: Story) -> None:
    ana = story.person(1, "Ana Kovač", attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    await service.work()
    with pytest.raises(UniqueViolationError, match="certificates_one_valid"):
        await service.pool.execute(
            """
            INSERT INTO certificates
                (registration_id, edition, workshop_id, state, serial, verification_token, status_index, eligible_at)
            VALUES ($1, 2, $2, 'eligible', 'other', 'other', 5, clock_timestamp())
            """,
            ana,
            WORKSHOP,
        )


async def test_receipts_say_what_came_of_each_fact_once(service: Service, story: Story) -> None:
    ana = story.person(1, "Ana Kovač", attended=("day-1", "day-2"))
    story.person(2, "Beka Beridze", attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    await service.work()
    story.attendance(ana, "day-1", present=False)
    story.withdrawn(ana)
    await service.read_all(story)
    await service.read_all(story)
    await service.work()

    receipts = [event for event in await service.published() if isinstance(event, CertificatesActed)]
    facts = [receipt.fact_type for receipt in receipts]
    assert sorted(facts) == sorted(
        ["registration.attendance_recorded.v1"] * 5 + ["registration.withdrawn.v1", *["workshop.completed.v1"] * 2, "workshop.opened.v1"]
    )
    counts = [receipt.effects for receipt in receipts if receipt.fact_type == "workshop.completed.v1"]
    assert counts == [{"eligible": 2, "issued": 2}, {"eligible": 1, "issued": 1}]
    [withdrawn] = [receipt for receipt in receipts if receipt.fact_type == "registration.withdrawn.v1"]
    assert withdrawn.effects == {"certificates_revoked": 1}


async def test_a_name_that_cannot_be_set_is_held_back_and_the_others_go_on(service: Service, story: Story) -> None:
    held = story.person(1, "中村 Ana", attended=("day-1", "day-2"))
    story.person(2, "Հասմիկ Հարությունյան", attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    await service.work()
    by_id = {row["registration_id"]: row for row in await service.certificates()}
    assert by_id[held]["state"] == "eligible"
    assert "U+4E2D" in by_id[held]["error"]
    assert sorted(row["state"] for row in by_id.values()) == ["eligible", "issued"]
    [completed] = [e for e in await service.published() if isinstance(e, CertificatesActed) and e.fact_type == "workshop.completed.v1"]
    assert completed.effects == {"eligible": 2, "issued": 1, "errors": 1}

    story.named(held, "Nakamura Ana")
    await service.read_all(story)
    await service.work()
    by_id = {row["registration_id"]: row for row in await service.certificates()}
    assert (by_id[held]["state"], by_id[held]["error"]) == ("issued", None)
    answers = [e for e in await service.published() if isinstance(e, CertificatesActed) and e.fact_type == "workshop.completed.v1"]
    assert answers[-1].effects == {"eligible": 2, "issued": 2}


async def test_a_name_in_georgian_capitals_is_printed_in_the_usual_letters_everywhere(service: Service, story: Story) -> None:
    person = story.person(1, "ᲥᲔᲗᲔᲕᲐᲜ ᲑᲔᲠᲘᲫᲔ", attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    await service.work()
    [certificate] = await service.certificates()
    assert (certificate["state"], certificate["name"]) == ("issued", "ქეთევან ბერიძე")
    document = await service.pool.fetchrow("SELECT pdf, credential FROM documents")
    assert '"identityHash": "ქეთევან ბერიძე"' in document["credential"]
    assert "ქეთევან ბერიძე" in pypdf.PdfReader(io.BytesIO(document["pdf"])).pages[0].extract_text()
    story.named(person, "ქეთევან ბერიძე")
    await service.read_all(story)
    await service.work()
    assert await service.certificates() == [certificate], "the same name is no correction"


async def test_older_records_and_facts_never_overwrite_newer_ones(service: Service, story: Story) -> None:
    ana = story.person(1, "Ana Kovac", attended=("day-1", "day-2"))
    story.named(ana, "Ana Kovač")
    story.attendance(ana, "day-2", present=False)
    story.withdrawn(story.person(2, "Gone Away", attended=("day-1", "day-2")))
    story.workshop(workshop_record(version=2, minimum_sessions=1))
    story.completed()
    for topic in (WORKSHOPS, PARTICIPANTS, REGISTRATIONS, WORKSHOP_EVENTS):
        await service.read(topic, list(reversed(story.records[topic])))
    await service.work()
    [certificate] = await service.certificates()
    assert certificate["name"] == "Ana Kovač"
    assert certificate["attended"] == ["day-1"]
    record = await service.pool.fetchrow("SELECT version, record FROM workshops")
    assert (record["version"], record["record"]["certificate"]) == (
        2,
        workshop_record(minimum_sessions=1).model_dump(mode="json")["certificate"],
    )


async def test_of_a_participant_the_name_for_the_certificate_the_language_and_a_hash_are_kept(service: Service, story: Story) -> None:
    story.person(1, "Ana Kovač")
    await service.read_all(story)
    everything = repr(await service.rows())
    [record] = story.records[PARTICIPANTS]
    assert "Ana Kovač" in everything
    assert record.value is not None
    _, told = decode(record.value)
    assert isinstance(told, ParticipantRecorded)
    for value in (told.address, told.personal_page, "secret"):
        assert value not in everything
    assert hash_address(told.address, told.registration_id).digest in everything


async def test_a_certificate_carries_the_correlation_id_of_the_completion(service: Service, story: Story) -> None:
    ana = story.person(1, "Ana Kovač", attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    await service.work()
    story.named(ana, "Ana Kovač-Marić")
    await service.read_all(story)
    await service.work()

    rows = await service.pool.fetch("SELECT payload, correlation_id FROM outbox WHERE type = $1 ORDER BY id", CertificateIssued.type)
    told = [(decode(row["payload"])[0].correlationid, row["correlation_id"]) for row in rows]
    # A later edition is due to something else than the completion.
    assert told == [("because-of-workshop.completed.v1",) * 2, (None, None)]
