"""`python -m bench.parts.compose`: composes the mails that are due in a database of notifications, calendar attached."""

import argparse

import uvloop

from bench.program import Stopwatch
from services.notifications.jobs import create_composer
from services.notifications.settings import NotificationsSettings
from services.notifications.storage.outgoing import load_outgoing
from shared.runtime.clock import SystemClock
from shared.runtime.database import create_pool


async def compose(sample: str | None) -> None:
    """All of them, one after the other; `sample` names a file that the last one is written to."""
    settings = NotificationsSettings()
    pool = await create_pool(settings, application_name="bench")
    due = [row["message_id"] for row in await pool.fetch("SELECT message_id FROM messages WHERE state = 'planned'")]
    async with pool.acquire() as connection:
        messages = await load_outgoing(connection, due)
    await pool.close()
    composer, now = create_composer(settings), SystemClock().now()
    for message in messages[:100]:
        mail = composer.compose(message, now=now)
    watch = Stopwatch.start()
    for message in messages:
        mail = composer.compose(message, now=now)
    watch.tell(len(messages))
    if sample:
        with open(sample, "wb") as file:  # noqa: PTH123, ASYNC230 - nothing else runs here
            file.write(mail.content)


def main() -> None:
    """Read what is asked and compose."""
    parser = argparse.ArgumentParser(prog="python -m bench.parts.compose", description=__doc__)
    parser.add_argument("--sample")
    uvloop.run(compose(parser.parse_args().sample))


if __name__ == "__main__":
    main()
