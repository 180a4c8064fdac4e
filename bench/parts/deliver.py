"""`python -m bench.parts.deliver`: hands over whatever is due in a database of notifications, with mails that were composed before.

Settings come from the environment, as for the worker.
"""

import argparse
import asyncio
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import uvloop

from bench.limits.prepared import write
from bench.program import Stopwatch
from services.notifications.compose.composer import ComposedMail, Composer
from services.notifications.delivery.prefetch import Prefetch
from services.notifications.delivery.sender import Sender
from services.notifications.delivery.sending_desk import SendingDesk
from services.notifications.domain.outgoing import Outgoing
from services.notifications.jobs import create_composer
from services.notifications.settings import NotificationsSettings
from services.notifications.storage.outgoing import load_outgoing
from shared.runtime.clock import SystemClock
from shared.runtime.database import Pool, create_pool
from shared.runtime.waiting import Stop


class Prepared(Composer):
    """Gives what was composed before."""

    def __init__(self, mails: Mapping[UUID, ComposedMail]) -> None:
        self._mails = mails

    def compose(self, message: Outgoing, *, now: datetime) -> ComposedMail:  # noqa: ARG002 - it was made at another time
        """Composer's."""
        return self._mails[message.message_id]


async def prepare(pool: Pool, settings: NotificationsSettings) -> dict[UUID, ComposedMail]:
    """The mail of each message that is planned and due."""
    composer, now = create_composer(settings), SystemClock().now()
    due = [row["message_id"] for row in await pool.fetch("SELECT message_id FROM messages WHERE state = 'planned' AND due_at <= now()")]
    async with pool.acquire() as connection:
        return {message.message_id: composer.compose(message, now=now) for message in await load_outgoing(connection, due)}


async def deliver(keep: str | None) -> None:
    """As the worker does, until nothing is left; `keep` names a file for the mails, for whoever sends the same."""
    settings = NotificationsSettings()
    pool = await create_pool(settings, application_name="bench")
    mails = await prepare(pool, settings)
    composer, clock = Prepared(mails), SystemClock()
    desk = SendingDesk(settings, pool=pool, clock=clock)
    prefetch = Prefetch(settings, pool=pool, clock=clock, stop=Stop())
    senders = [Sender(settings, clock=clock, composer=composer, prefetch=prefetch, desk=desk) for _ in range(settings.smtp_connections)]

    async def send(sender: Sender) -> None:
        while await sender.run():
            pass
        sender.close()

    watch = Stopwatch.start()
    await asyncio.gather(*map(send, senders))
    sent = await pool.fetchval("SELECT count(*) FROM messages WHERE state = 'sent' AND message_id = ANY($1)", list(mails))
    if sent != len(mails):
        raise RuntimeError(f"{sent} of {len(mails)} were sent")
    watch.tell(len(mails))
    await pool.close()
    if keep:
        write(keep, ((str(mail.recipient), mail.content) for mail in mails.values()))


def main() -> None:
    """Read what is asked and deliver."""
    parser = argparse.ArgumentParser(prog="python -m bench.parts.deliver", description=__doc__)
    parser.add_argument("--keep")
    uvloop.run(deliver(parser.parse_args().keep))


if __name__ == "__main__":
    main()
