"""One workshop told in facts, topic by topic, and the service that reads them."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from aiokafka import ConsumerRecord, TopicPartition

from services.certificates.consumers import consumers
from services.certificates.document.augmenting_process import AugmentingProcess
from services.certificates.document.keys import read_signing
from services.certificates.document.making_keys import make_keys
from services.certificates.document.pool import RenderingPool
from services.certificates.settings import CertificatesSettings
from services.certificates.storage.overview import count_due
from services.certificates.worker_app import make_jobs
from shared.contracts.catalogue import decode
from shared.contracts.envelope import Event, envelop
from shared.contracts.participants import ParticipantRecorded
from shared.contracts.registrations import (
    AttendanceRecorded,
    CertificateShared,
    CertificateSharingEnded,
    RegistrationConfirmed,
    RegistrationErased,
    RegistrationPromoted,
    RegistrationWaitlisted,
    RegistrationWithdrawn,
)
from shared.contracts.topics import Kind, Topic
from shared.contracts.workshop_events import WorkshopCompleted, WorkshopOpened
from shared.contracts.workshops import WorkshopRecorded
from shared.runtime.batches import BatchProcessor
from shared.runtime.clock import OffsetFileClock
from shared.runtime.database import Connection, Pool, create_pool
from shared.runtime.lag import Position
from shared.runtime.waiting import Activity, Stop
from shared.runtime.worker import WorkerContext

PUBLIC_URL = "https://atelier.example"
NOW = datetime(2023, 10, 26, 16, 0, tzinfo=UTC)
WORKSHOP = UUID("11111111-1111-4111-8111-111111111111")
SESSIONS = ("day-1", "day-2", "day-3")


@dataclass
class Story:
    """Facts in the order in which registration told them, by topic; sequence numbers as its outbox gives them."""

    records: dict[Topic, list[ConsumerRecord]] = field(default_factory=lambda: defaultdict(list))
    _sequences: dict[tuple[str, UUID], int] = field(default_factory=lambda: defaultdict(int))
    _versions: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))

    def tell(self, *events: Event) -> None:
        for event in events:
            sequence = None
            if event.topic.kind is Kind.FACT:
                self._sequences[event.topic.name, event.key] += 1
                sequence = self._sequences[event.topic.name, event.key]
            offset = len(self.records[event.topic])
            event_id = uuid5(WORKSHOP, f"{event.topic.name}/{offset}")
            value = envelop(
                event,
                event_id=event_id,
                source="/services/registration",
                time=NOW,
                sequence=sequence,
                correlation_id=f"because-of-{event.type}",
            ).to_bytes()
            key = str(event.key).encode()
            self.records[event.topic].append(
                ConsumerRecord(event.topic.name, 0, offset, int(NOW.timestamp() * 1000), 0, key, value, None, -1, -1, ())
            )

    def workshop(self, record: WorkshopRecorded) -> None:
        self.tell(record)

    def completed(self) -> None:
        self.tell(WorkshopOpened(workshop_id=WORKSHOP, version=1), WorkshopCompleted(workshop_id=WORKSHOP, version=2))

    def person(self, number: int, name: str, *, attended: Iterable[str] = (), language: str = "en", waits: bool = False) -> UUID:
        registration_id = uuid5(WORKSHOP, str(number))
        ids = {"registration_id": registration_id, "workshop_id": WORKSHOP}
        self.named(registration_id, name, language=language)
        if waits:
            self.tell(RegistrationWaitlisted(**ids, number=number, position=1), RegistrationPromoted(**ids))
        else:
            self.tell(RegistrationConfirmed(**ids, number=number))
        for code in attended:
            self.attendance(registration_id, code, present=True)
        return registration_id

    def named(self, registration_id: UUID, name: str, *, language: str = "en") -> None:
        self._versions[registration_id] += 1
        self.tell(
            ParticipantRecorded(
                registration_id=registration_id,
                workshop_id=WORKSHOP,
                version=self._versions[registration_id],
                given_name=name.split(maxsplit=1)[0],
                family_name=name.rsplit(maxsplit=1)[-1],
                certificate_name=name,
                address=f"{registration_id.hex[:8]}.secret@example.org",
                language=language,
                time_zone="Europe/Paris",
                personal_page="https://atelier.example/my/very-secret",
            )
        )

    def attendance(self, registration_id: UUID, code: str, *, present: bool) -> None:
        self.tell(AttendanceRecorded(registration_id=registration_id, workshop_id=WORKSHOP, session_code=code, present=present))

    def withdrawn(self, registration_id: UUID, *, by: Any = "participant") -> None:
        self.tell(RegistrationWithdrawn(registration_id=registration_id, workshop_id=WORKSHOP, by=by))

    def shared(self, registration_id: UUID, token: str) -> None:
        self.tell(CertificateShared(registration_id=registration_id, workshop_id=WORKSHOP, share_token=token))

    def sharing_ended(self, registration_id: UUID) -> None:
        self.tell(CertificateSharingEnded(registration_id=registration_id, workshop_id=WORKSHOP))

    def erased(self, registration_id: UUID) -> None:
        self.withdrawn(registration_id, by="erasure")
        self.tell(RegistrationErased(registration_id=registration_id, workshop_id=WORKSHOP))


def workshop_record(*, minimum_sessions: int = 2, version: int = 1, **changes: Any) -> WorkshopRecorded:
    return WorkshopRecorded.model_validate(
        {
            "workshop_id": WORKSHOP,
            "version": version,
            "slug": "strasbourg-2023",
            "state": "open",
            "title": {"en": "Police Operating in Diverse Societies", "fr": "La police dans des sociétés plurielles"},
            "summary": {"en": "A training course", "fr": "Une formation"},
            "organisers": ["Council of Europe", "European Union"],
            "programmes": ["Horizontal Facility for the Western Balkans and Türkiye"],
            "venue": {"city": "Strasbourg", "country": "FR"},
            "time_zone": "Europe/Paris",
            "sessions": [
                {"code": code, "title": {"en": code}, "starts": f"2023-10-{24 + day}T09:00", "ends": f"2023-10-{24 + day}T17:00"}
                for day, code in enumerate(SESSIONS)
            ],
            "capacity": 66,
            "waiting_list": True,
            "languages": ["en", "fr"],
            "countries": ["AL", "XK", "UA"],
            "country_labels": {"XK": {"en": "Kosovo*", "fr": "Kosovo*"}},
            "footnotes": [{"mark": "*", "text": {"en": "A note on the name.", "fr": "Une note sur le nom."}}],
            "certificate": {"minimum_sessions": minimum_sessions},
            **changes,
        }
    )


class Service:
    """The certificates service without Kafka: records go in as batches, jobs run when told to."""

    def __init__(
        self, pool: Pool, settings: CertificatesSettings, renderer: RenderingPool, augmenting: AugmentingProcess | None = None
    ) -> None:
        self.pool = pool
        self.settings = settings
        self.renderer = renderer
        self.clock = OffsetFileClock(Path("/nonexistent"))
        self.standing = Position(read=0, end=0)
        """What it is told of how far it has read Kafka."""
        context = WorkerContext(settings, pool, self.clock, self._positions, Stop())
        self.jobs = {job.name: job for job in make_jobs(context, renderer, read_signing(settings.keys_directory), augmenting)}
        self._processor = BatchProcessor(consumers, pool=pool, clock=self.clock, stop=Stop(), activity=Activity())

    async def _positions(self) -> dict[TopicPartition, Position]:
        return {TopicPartition("all of them", 0): self.standing}

    async def read(self, topic: Topic, records: Sequence[ConsumerRecord]) -> None:
        await self._processor.process(topic, records)
        assert await self.pool.fetchval("SELECT count(*) FROM dead_letters") == 0

    async def read_all(self, story: Story) -> None:
        for topic, records in story.records.items():
            await self.read(topic, records)

    async def work(self) -> None:
        """Run all jobs until nothing is due, as the worker does."""
        while any([await job.run() for job in self.jobs.values()]):
            pass
        async with self.pool.acquire() as connection:
            assert self.standing.read < self.standing.end or await count_due(connection) == 0

    async def apply_rule(self) -> None:
        """Run the jobs up to the rule, and nothing that renders or answers."""
        await self.jobs["await_facts"].run()
        while await self.jobs["apply_certificate_rule"].run():
            pass

    async def published(self) -> list[Event]:
        rows = await self.pool.fetch("SELECT payload FROM outbox ORDER BY id")
        return [decode(row["payload"])[1] for row in rows]

    async def certificates(self) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.pool.fetch("SELECT * FROM certificates ORDER BY registration_id, edition")]

    async def rows(self, *, but: Mapping[str, set[str]] | None = None) -> dict[str, list[dict[str, Any]]]:
        """Every row of every table, without the columns named by table."""
        async with self.pool.acquire() as connection:
            return {table: await _rows(connection, table, (but or {}).get(table, set())) for table in await tables(connection)}


def trial_keys(directory: Path) -> Path:
    """Keys as `atelier keys create` makes them."""
    make_keys(directory, organisation="Council of Europe", public_url=PUBLIC_URL, now=datetime.now(UTC))
    return directory


async def tables(connection: Connection) -> list[str]:
    rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
    return [row["tablename"] for row in rows]


async def _rows(connection: Connection, table: str, without: set[str]) -> list[dict[str, Any]]:
    found = await connection.fetch(f'SELECT * FROM "{table}"')  # noqa: S608 - the table's name comes from the catalogue
    return sorted(({name: value for name, value in row.items() if name not in without} for row in found), key=repr)


@asynccontextmanager
async def serving(database_url: str, keys_directory: Path, renderer: RenderingPool) -> AsyncIterator[Service]:
    settings = CertificatesSettings(
        environment="development", database_url=database_url, keys_directory=keys_directory, public_url=PUBLIC_URL
    )
    pool = await create_pool(settings, application_name="test")
    try:
        yield Service(pool, settings, renderer)
    finally:
        await pool.close()
