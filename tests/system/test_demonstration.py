"""The demonstration itself, on a system of its own, and what it says when something is taken away behind its back."""

import io
import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import jsonschema
import pypdf
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from rich.console import Console

from deploy.demo.people import load_applicants, load_workshop
from deploy.demo.perform import addresses_of, perform
from deploy.demo.phases.opening import STARTS
from deploy.demo.play import Ending, conclude
from deploy.demo.stage import Story
from deploy.embedded.system import System
from deploy.reconcile.read_kafka import read_records
from shared.contracts.topics import CERTIFICATES, NOTIFICATIONS, REGISTRATIONS, Topic
from tests.component.certificates.story import trial_keys
from tests.conftest import Servers
from tests.unit.demo.test_report import KEYS, PEOPLE
from tests.validators import badges, dss, pdfsig, verapdf
from tests.validators.tampering import one_byte_changed, painted_over


@dataclass
class Played:
    system: System
    ending: Ending
    output: Path
    printed: str


@pytest.fixture(scope="module")
async def played(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Played]:
    directory = tmp_path_factory.mktemp("demo")
    starts = Story(announcement=load_workshop(), applicants={}, slug="").at(STARTS)
    prefix = f"demo-{uuid.uuid4().hex[:8]}."
    printed = io.StringIO()
    async with System(directory / "data", servers=servers, topic_prefix=prefix, test_clock=True, starts_at=starts) as system:
        ending, _ = await perform(system, directory, Console(file=printed, width=120))
        yield Played(system, ending, directory, printed.getvalue())


def test_everything_agrees_and_is_what_was_promised(played: Played) -> None:
    # Latency is the one figure that depends on what else this machine does while the tests run.
    assert [line for line in played.ending.report.disagreements if not line.startswith("submit to mail")] == []
    report = json.loads((played.output / "report.json").read_text(encoding="utf-8"))
    assert set(report) >= KEYS
    assert {name: report[name] for name in PEOPLE} == PEOPLE
    assert report["front_door"] == played.system.front_door
    assert report["mails"]["reminder"]["en"] + report["mails"]["reminder"]["fr"] == 66 + 66 + 62
    assert report["skipped"]["not_attended"] == 4


def test_mails_and_certificates_are_kept_as_files(played: Played) -> None:
    folder = played.output / "certificates"
    assert len(list(folder.glob("ATL-*.pdf"))) == len(list(folder.glob("ATL-*.json"))) == 58
    mails = sum(sum(languages.values()) for languages in played.ending.report.mails.values())
    assert len(list((played.output / "mails").glob("*.eml"))) == mails


def test_every_certificate_holds_for_software_of_other_people(played: Played) -> None:
    folder = played.output / "certificates"
    documents, credentials = sorted(folder.glob("ATL-*.pdf")), sorted(folder.glob("ATL-*.json"))
    assert [path.stem for path in documents] == [path.stem for path in credentials]
    verdicts = dss.judge(documents, root=folder / "root.crt", revoked=folder / "root.crl")
    assert [name for name, verdict in verdicts.items() if verdict is None or not verdict.passed] == []
    assert verapdf.refused(documents) == {}
    assert badges.refused(credentials, issuer=folder / "did.json", status_list=folder / "status-list.json") == {}


def test_every_credential_beside_a_certificate_is_the_one_in_it_and_fits_the_schema(played: Played) -> None:
    schema = json.loads((Path(__file__).parents[1] / "validators" / "open_badges_schema.json").read_text())
    for document in sorted((played.output / "certificates").glob("ATL-*.pdf")):
        beside = document.with_suffix(".json").read_bytes()
        assert dict(pypdf.PdfReader(document).attachments) == {"credential.json": [beside]}
        credential = json.loads(beside)
        assert credential["credentialSubject"]["licenseNumber"] == document.stem
        jsonschema.validate(credential, schema)


def test_every_seal_holds_for_what_shows_pdf_files_on_linux(played: Played, tmp_path: Path) -> None:
    pdfsig.skip_without()
    folder = played.output / "certificates"
    documents = sorted(folder.glob("ATL-*.pdf"))
    accepted = pdfsig.judge(documents, root=folder / "root.crt", revoked=folder / "root.crl")
    assert [name for name, verdict in accepted.items() if not verdict.passed] == []
    for change in (one_byte_changed, painted_over):
        (tmp_path / f"{change.__name__}.pdf").write_bytes(change(documents[0].read_bytes()))
    other = trial_keys(tmp_path / "other")
    verdicts = pdfsig.judge(sorted(tmp_path.glob("*.pdf")), root=folder / "root.crt", revoked=folder / "root.crl")
    verdicts |= pdfsig.judge([documents[0]], root=other / "root.crt", revoked=other / "root.crl")
    assert len(verdicts) == 3
    assert not [name for name, verdict in verdicts.items() if verdict.passed]


def test_what_was_done_to_one_of_them_is_noticed(played: Played, tmp_path: Path) -> None:
    folder = played.output / "certificates"
    document = min(folder.glob("ATL-*.pdf"))
    changes = {"byte": one_byte_changed, "painted": painted_over}
    for name, change in changes.items():
        (tmp_path / f"{name}.pdf").write_bytes(change(document.read_bytes()))
    changed = [tmp_path / f"{name}.pdf" for name in changes]
    verdicts = dss.judge(changed, root=folder / "root.crt", revoked=folder / "root.crl")
    assert not [name for name, verdict in verdicts.items() if verdict is None or verdict.passed]
    other = trial_keys(tmp_path / "other")
    [verdict] = dss.judge([document], root=other / "root.crt", revoked=other / "root.crl").values()
    assert verdict is not None
    assert not verdict.passed
    credential = json.loads(document.with_suffix(".json").read_text(encoding="utf-8"))
    credential["credentialSubject"]["identifier"][0]["identityHash"] = "Somebody Else"
    (tmp_path / "credential.json").write_text(json.dumps(credential), encoding="utf-8")
    known = {"issuer": folder / "did.json", "status_list": folder / "status-list.json"}
    assert badges.refused([tmp_path / "credential.json"], **known) == {"credential.json": "Invalid signature."}


def test_the_one_that_was_erased_is_revoked_and_no_forged_list_brings_it_back(played: Played, tmp_path: Path) -> None:
    folder = played.output / "certificates"
    credentials = sorted(folder.glob("ATL-*.json"))
    after = folder / "status-list-after-erasure.json"
    [(revoked, why)] = badges.refused(credentials, issuer=folder / "did.json", status_list=after).items()
    assert why == "It is not valid any more."
    forged = json.loads(after.read_text(encoding="utf-8"))
    forged["credentialSubject"] = json.loads((folder / "status-list.json").read_text(encoding="utf-8"))["credentialSubject"]
    (tmp_path / "forged.json").write_text(json.dumps(forged), encoding="utf-8")
    refused = badges.refused([folder / revoked], issuer=folder / "did.json", status_list=tmp_path / "forged.json")
    assert "not verified" in refused[revoked]


def test_the_summary_says_where_to_look_and_nothing_personal(played: Played) -> None:
    assert played.system.front_door in played.printed
    assert "agree" in played.printed
    assert not [person.address for person in load_applicants() if person.address in played.printed]


async def test_a_mail_that_is_taken_away_is_missed(played: Played) -> None:
    mail = min((played.system.directory / "mailbox").glob("*.eml"))
    hidden = mail.with_suffix(".hidden")
    mail.rename(hidden)
    try:
        await _fails(played, "notifications", "mailbox")
    finally:
        hidden.rename(mail)
    await _succeeds(played)


@pytest.mark.parametrize(
    ("service", "table", "condition"),
    [
        ("registration", "attendance", "true"),
        ("registration", "participants", "true"),
        ("registration", "notification_outcomes", "true"),
        ("notifications", "messages", "state = 'sent'"),
        ("notifications", "participants", "true"),
        ("certificates", "documents", "true"),
        ("certificates", "attendance", "true"),
    ],
)
async def test_a_row_that_is_taken_away_is_missed(played: Played, service: str, table: str, condition: str) -> None:
    connection = await asyncpg.connect(played.system.environment(service)["ATELIER_DATABASE_URL"])
    try:
        row = await connection.fetchval(f'SELECT ctid FROM "{table}" WHERE {condition} LIMIT 1')  # noqa: S608 - from the list above
        columns = await connection.fetchval(
            """
            SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns
            WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER'
            """,
            table,
        )
        await connection.execute(f"CREATE TEMPORARY TABLE saved AS SELECT {columns} FROM \"{table}\" WHERE ctid = '{_tid(row)}'")  # noqa: S608 - as above
        assert await connection.execute(f"DELETE FROM \"{table}\" WHERE ctid = '{_tid(row)}'") == "DELETE 1"  # noqa: S608 - as above
        try:
            await _fails(played, service)
        finally:
            await connection.execute(f'INSERT INTO "{table}" ({columns}) SELECT {columns} FROM saved')  # noqa: S608 - as above
    finally:
        await connection.close()
    await _succeeds(played)


@pytest.mark.parametrize("topic", [REGISTRATIONS, NOTIFICATIONS, CERTIFICATES], ids=lambda topic: topic.name)
async def test_an_event_that_is_taken_away_is_missed(played: Played, topic: Topic) -> None:
    """The last tests here: what Kafka has deleted cannot be put back."""
    addresses = addresses_of(played.system)
    name = addresses.topic_prefix + topic.name
    first = (await read_records(addresses.kafka, {name: topic.partitions}))[0]
    partition = TopicPartition(name, first.partition)
    admin = AIOKafkaAdminClient(bootstrap_servers=addresses.kafka)
    await admin.start()
    try:
        await admin.delete_records({partition: RecordsToDelete(before_offset=first.offset + 1)})
    finally:
        await admin.close()
    await _fails(played, topic.owner, f"Kafka's topic {topic.name}")


def _tid(row: tuple[int, int]) -> str:
    return f"({row[0]},{row[1]})"


async def _conclude(played: Played) -> list[str]:
    """What the demonstration says at its end, latency aside."""
    ending = await conclude(
        addresses_of(played.system),
        people=played.ending.people,
        before=[],
        submit_to_mail_ms=[1.0],
        seconds={},
        front_door=played.system.front_door,
    )
    assert ending.report.ok == (not ending.disagreements)
    return [str(one) for one in ending.disagreements]


async def _fails(played: Played, *sides: str) -> None:
    said = await _conclude(played)
    assert any(all(side in line for side in sides) for line in said), said


async def _succeeds(played: Played) -> None:
    assert await _conclude(played) == []
