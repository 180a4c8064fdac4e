"""`python -m bench.parts.compose`: composes the mails that are due in a database of notifications, calendar attached."""

import uvloop

from bench.program import Stopwatch
from services.notifications.jobs import create_composer
from services.notifications.settings import NotificationsSettings
from services.notifications.storage.outgoing import load_outgoing
from shared.runtime.clock import SystemClock
from shared.runtime.database import create_pool


async def compose() -> None:
    """All of them, one after the other."""
    settings = NotificationsSettings()
    pool = await create_pool(settings, application_name="bench")
    due = [row["message_id"] for row in await pool.fetch("SELECT message_id FROM messages WHERE state = 'planned'")]
    async with pool.acquire() as connection:
        messages = await load_outgoing(connection, due)
    await pool.close()
    composer, now = create_composer(settings), SystemClock().now()
    for message in messages[:100]:
        composer.compose(message, now=now)
    watch = Stopwatch.start()
    for message in messages:
        composer.compose(message, now=now)
    watch.tell(len(messages))


if __name__ == "__main__":
    uvloop.run(compose())
