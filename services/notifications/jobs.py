"""What the worker of notifications does besides consuming: plan, send, recover, and say how much there is to do."""

from collections.abc import Sequence
from datetime import datetime

from services.notifications.compose.composer import Composer
from services.notifications.delivery.prefetch import Prefetch
from services.notifications.delivery.sender import Sender
from services.notifications.delivery.sending_desk import SendingDesk
from services.notifications.domain.message_id import domain_of
from services.notifications.settings import NotificationsSettings
from services.notifications.storage import receipts, wake, work
from services.notifications.use_cases.acknowledge_facts import acknowledge_facts
from services.notifications.use_cases.compute_agenda import compute_agenda
from services.notifications.use_cases.plan_messages import plan_messages
from services.notifications.use_cases.recover_messages import recover_messages
from shared.runtime.database import Connection
from shared.runtime.health import Reading
from shared.runtime.jobs import Job
from shared.runtime.worker import Due, WorkerContext

RECEIPTS_AT_ONCE = 200


def create_composer(settings: NotificationsSettings) -> Composer:
    """The composer that the settings ask for."""
    return Composer(mail_from=settings.mail_from, mail_from_name=settings.mail_from_name, public_url=settings.public_url)


def create_jobs(context: WorkerContext[NotificationsSettings]) -> Sequence[Job]:
    """One job that plans, one that recovers, and a sender for each connection to the mail server."""
    settings, composer = context.settings, create_composer(context.settings)
    planner = Planner(context)
    desk = SendingDesk(settings, pool=context.pool, clock=context.clock)
    prefetch = Prefetch(settings, pool=context.pool, clock=context.clock, stop=context.stop)
    connections = range(settings.smtp_connections)
    senders = [Sender(settings, clock=context.clock, composer=composer, prefetch=prefetch, desk=desk) for _ in connections]
    return [
        Job("plan", planner.plan, wake_on=wake.PLANS, every=2.0, gather=0.2),
        Job("recover", planner.recover, every=min(5.0, settings.claim_seconds / 4)),
        *(
            Job(f"send {number}", sender.run, wake_on=wake.MESSAGES, every=2.0, thorough=True)
            for number, sender in enumerate(senders, start=1)
        ),
    ]


class Planner:
    """Brings agendas, messages and receipts up to date, each step in a transaction of its own."""

    def __init__(self, context: WorkerContext[NotificationsSettings]) -> None:
        self._pool = context.pool
        self._clock = context.clock
        self._chunk = context.settings.plan_chunk
        self._mail_domain = domain_of(context.settings.mail_from)

    async def plan(self) -> bool:
        """One agenda, one portion of registrations, some receipts. True if anything was done."""
        now = self._clock.now()
        async with self._pool.acquire() as connection:
            async with connection.transaction():
                computed = await compute_agenda(connection)
            async with connection.transaction():
                planned = await plan_messages(connection, chunk=self._chunk, mail_domain=self._mail_domain, now=now)
            async with connection.transaction():
                answered = await acknowledge_facts(connection, limit=RECEIPTS_AT_ONCE, now=now)
        return computed or planned or answered

    async def recover(self) -> bool:
        """Take over from workers that fell silent."""
        async with self._pool.acquire() as connection, connection.transaction():
            return await recover_messages(connection, mail_domain=self._mail_domain, now=self._clock.now())


async def count_due(connection: Connection, now: datetime) -> Due:
    """Messages that are due, plans that can be made and receipts that can be given; and when the next reminder is due."""
    count = await work.count_due_messages(connection, now=now) + await work.count_unplanned(connection)
    if await receipts.has_due_receipts(connection):
        count += 1
    return Due(count, await work.next_due(connection, now=now))


async def read_gauges(connection: Connection, _now: datetime) -> Sequence[Reading]:
    """Messages by state."""
    counts = await work.count_by_state(connection)
    return [Reading("atelier_mails", "Messages by state", count, {"state": state}) for state, count in sorted(counts.items())]
