"""From attendance and completion to certificates: facts in any order of topics, the rule, leases, rendering, receipts."""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from aiokafka import TopicPartition

from services.certificates import issuing
from services.certificates.consumers import consumers
from services.certificates.document.pool import RendererDiedError
from services.certificates.document.produce import Order, Produced
from services.certificates.document.render import UnsettableError
from services.certificates.settings import CertificatesSettings
from services.certificates.use_cases import sign_status_list, store_certificate
from services.certificates.worker_app import make_jobs
from shared.contracts.certificate_template import Kind
from shared.contracts.topics import PARTICIPANTS, REGISTRATIONS, WORKSHOP_EVENTS, WORKSHOPS
from shared.runtime.jobs import repeat
from shared.runtime.lag import Position
from shared.runtime.waiting import Activity, Stop
from shared.runtime.worker import WorkerContext
from tests.faults.simulation.actors.host import person
from tests.faults.simulation.actors.registrar import Registrar
from tests.faults.simulation.actors.workers import ConsumingWorker
from tests.faults.simulation.certificate_promises import CertificateWatch, check_certificates, check_shares
from tests.faults.simulation.in_memory.backend import MemoryBackend
from tests.faults.simulation.process import Happening, Process
from tests.faults.simulation.world import World

SETTINGS = CertificatesSettings(
    environment="development",
    database_url="postgresql://nobody@127.0.0.1:1/nothing",
    render_processes=1,
    render_lease_seconds=10,
    render_retry_seconds=20,
    facts_patience_seconds=20,
)

KEYS: Any = SimpleNamespace(credential=None, credential_name="")
LONGEST_RENDERING = 1.5 * SETTINGS.render_lease_seconds
"""Seconds."""


@dataclass(frozen=True)
class Attendants:
    """For each person, what registration tells in this order: confirmed, then any of those in `lives`."""

    told: tuple[tuple[str, ...], ...]


class Renderer:
    """Takes longer or less long than a lease lasts; may die, or find a certificate that it cannot set."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def produce(self, order: Order) -> Produced:
        """Bytes that say what the document would say."""
        mishaps = (("loses its renderer", RendererDiedError("gone")), ("cannot set a certificate", UnsettableError("a letter is missing")))
        await asyncio.sleep(random.uniform(0, LONGEST_RENDERING))  # noqa: S311 - the same in every run
        await self._process.point("renders a certificate", mishaps=mishaps)
        return Produced(repr(order.wording).encode(), credential="", enveloped="")


class CertificatesWorld(World):
    """Registration, which tells facts; two workers of certificates; a broker and a database."""

    def __init__(self, people: Attendants, tape: bytes, backend: MemoryBackend) -> None:
        super().__init__(tape, backend)
        self._memory = backend
        self.registrar = Registrar(people.told, self.broker, workshop=("open", "completed"))
        self.watch = CertificateWatch()
        self._groups = self.groups(WORKSHOPS, WORKSHOP_EVENTS, PARTICIPANTS, REGISTRATIONS)
        self._seen = -1
        self.house({f"worker {number}": self._work for number in (1, 2)})

    async def _work(self, process: Process) -> None:
        pool: Any = self.backend.pool(process, "certificates")
        await ConsumingWorker(consumers, self._groups, pool=lambda _process: pool, clock=self).live(process)
        renderer: Any = Renderer(process)
        for job in make_jobs(WorkerContext(SETTINGS, pool, self, self._positions, Stop()), renderer, KEYS):
            wake = asyncio.Event()
            self.backend.listen("certificates", lambda channel, job=job, wake=wake: wake.set() if channel == job.wake_on else None)
            self.scheduler.watch(process.spawn(repeat(job, wake=wake, stop=Stop(), activity=Activity())))

    async def _positions(self) -> dict[TopicPartition, Position]:
        return {
            TopicPartition(group.topic, partition): Position(group.committed[partition], len(log))
            for group in self._groups.values()
            for partition, log in group.logs.items()
        }

    def run(self) -> None:
        with (
            patch.object(issuing, "word", plain_words),
            patch.object(issuing, "describe", lambda *_, **__: {}),
            patch.object(store_certificate, "word", plain_words),
            patch.object(sign_status_list, "describe_status_list", plain_list),
            patch.object(sign_status_list, "prove", lambda document, *_, **__: document),
        ):
            super().run()

    async def set_scene(self) -> None:
        person("registration", self.scheduler, self.registrar.live)

    def strikes(self) -> list[Happening]:
        return [*super().strikes(), *self.registrar.strikes()]

    def at_rest(self) -> bool:
        """Everything told is heard, applied, rendered and answered."""
        seen = self._memory.seen
        return (
            self.registrar.done
            and not any(group.lag for group in self._groups.values())
            and not any(row["unsettled"] or row["awaiting_facts_since"] for row in seen("certificates", "workshops"))
            and not any(row["unsettled"] for row in seen("certificates", "registrations"))
            and not any(row["state"] == "eligible" for row in seen("certificates", "certificates"))
            and all(row["acted_at"] for row in seen("certificates", "receipts"))
            and not seen("certificates", "certificate_changes")
            and not seen("certificates", "status_changes")
        )

    def check(self) -> None:
        if self._seen != self.backend.changes():
            self._seen = self.backend.changes()
            self.watch.look(self._memory.seen("certificates", "certificates"))
            self.watch.look_at_shares(self._memory.seen("certificates", "certificate_shares"))

    async def finish(self) -> None:
        tables = ("certificates", "documents", "status_lists", "outbox", "dead_letters")
        check_certificates(self.watch.withheld, self.registrar.facts, *(self._memory.seen("certificates", table) for table in tables))
        check_shares(self.registrar.facts, self._memory.seen("certificates", "certificate_shares"))


class PlainWords(tuple[Any, ...]):
    """What a document says that may change, without the pains of saying it well."""

    __slots__ = ()

    kind = Kind.PARTICIPATION


def plain_words(_workshop: object, award: Any, _template: object) -> PlainWords:
    """In place of a whole wording."""
    return PlainWords((award.serial, award.name, award.language, tuple(sorted(award.attended))))


def plain_list(_number: int, invalid: list[int], **_: object) -> dict[str, Any]:
    """What a status list says, without the pains of saying it to others."""
    return {"issuer": "", "invalid": invalid}


def lives() -> Iterator[tuple[str, ...]]:
    """What may be told of one person."""
    corrected = (("attended", "absent"), ("attended", "absent", "attended"))
    late = (("attended", "later", "absent"), ("attended", "later", "absent", "attended"))
    for attendance in ((), ("attended",), ("absent",), *corrected, *late):
        for end in ((), ("withdrawn",), ("withdrawn", "erased"), ("erased",), ("later", "withdrawn"), ("later", "erased")):
            yield ("confirmed", *attendance, *end)
    for end in (
        ("shared",),
        ("shared", "unshared"),
        ("shared", "unshared", "shared"),
        ("shared", "later", "unshared"),
        ("shared", "erased"),
    ):
        yield ("confirmed", "attended", *end)
