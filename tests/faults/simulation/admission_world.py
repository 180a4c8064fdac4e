"""Admission to effect: forms, places, outbox, relay, broker, inbox, and a consumer that notes what it heard."""

from dataclasses import dataclass
from uuid import UUID

from shared.contracts.registrations import (
    LinkRequested,
    RegistrationConfirmed,
    RegistrationEvent,
    RegistrationPromoted,
    RegistrationWaitlisted,
    RegistrationWithdrawn,
)
from shared.contracts.topics import REGISTRATIONS
from shared.runtime.consumption import Consumers, Received
from shared.runtime.database import Connection
from tests.faults.simulation import admission_promises as promises
from tests.faults.simulation.actors.host import person
from tests.faults.simulation.actors.web import Visitor, Web
from tests.faults.simulation.actors.workers import ConsumingWorker, RelayWorker
from tests.faults.simulation.backend import Backend
from tests.faults.simulation.process import Inhabitant
from tests.faults.simulation.settings import WORKSHOP_ID, submission
from tests.faults.simulation.world import World


@dataclass(frozen=True)
class Plan:
    """What people want: `applicants` give each one's address and whether they withdraw after their answer."""

    capacity: int
    applicants: tuple[tuple[int, bool], ...]


class AdmissionWorld(World):
    """Two web processes, two relays, two consumers, a broker, two databases, and people."""

    relays_for = "registration"

    def __init__(self, plan: Plan, tape: bytes, backend: Backend) -> None:
        super().__init__(tape, backend)
        self.plan = plan
        self._groups = self.groups(REGISTRATIONS)
        self._checked = -1
        webs = [Web(lambda process: backend.pool(process, "registration"), self) for _ in range(2)]
        self.visitors = [
            Visitor(number, submission(number, f"person-{address}@example.org"), webs, leaves=leaves)
            for number, (address, leaves) in enumerate(plan.applicants, 1)
        ]
        relay = RelayWorker(lambda callback: backend.listen("registration", callback))
        listener = ConsumingWorker(make_consumers(), self._groups, pool=lambda process: backend.pool(process, "listening"), clock=self)
        inhabitants: dict[str, Inhabitant] = {}
        for number, web in enumerate(webs, 1):
            inhabitants |= {f"web {number}": web.live, f"relay {number}": relay.live, f"listener {number}": listener.live}
        self.house(inhabitants)

    async def set_scene(self) -> None:
        """An open workshop, and people who come."""
        await self.backend.set_scene(self.plan.capacity)
        for visitor in self.visitors:
            person(visitor.name, self.scheduler, lambda process, visitor=visitor: visitor.live(process, WORKSHOP_ID, self._find))

    async def _find(self, form_token: UUID) -> UUID | None:
        rows = await self.backend.rows("registration", "registrations")
        return next((row["id"] for row in rows if row["form_token"] == form_token), None)

    def at_rest(self) -> bool:
        """Everybody has an answer, everything is published and read."""
        self.broker.heal()
        return (
            all(visitor.done for visitor in self.visitors)
            and self.broker.idle
            and not any(group.lag for group in self._groups.values())
            and self.backend.is_published("registration")
        )

    def check(self) -> None:
        """What must hold at every moment."""
        if self._checked != self.backend.changes():
            self._checked = self.backend.changes()
            workshops, registrations = self.backend.seen("registration", "workshops"), self.backend.seen("registration", "registrations")
            if workshops and registrations is not None:
                promises.check_places(workshops[0], registrations)

    async def finish(self) -> None:
        """What must hold in the end."""
        workshops, registrations, outbox = [
            await self.backend.rows("registration", table) for table in ("workshops", "registrations", "outbox")
        ]
        promises.check_places(workshops[0], registrations)
        promises.check_history(workshops[0], registrations, outbox)
        promises.check_answers(self.visitors, registrations)
        promises.check_facts(registrations, outbox, self.broker.logs)
        effects, dead_letters = [await self.backend.rows("listening", table) for table in ("effects", "dead_letters")]
        promises.check_effects(outbox, effects, dead_letters)


def make_consumers() -> Consumers:
    """Handlers that note each fact they hear, without any guard of their own: only the inbox keeps repeats away."""
    consumers = Consumers("listening")

    async def note(connection: Connection, received: Received[RegistrationEvent]) -> None:
        envelope = received.envelope
        sql = "INSERT INTO effects (event_id, key, sequence) VALUES ($1, $2, $3)"
        await connection.execute(sql, envelope.id, received.event.key, envelope.sequence)

    for event_type in (LinkRequested, RegistrationConfirmed, RegistrationWaitlisted, RegistrationPromoted, RegistrationWithdrawn):
        consumers.on(event_type)(note)
    return consumers
