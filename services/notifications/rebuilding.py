"""How the database of notifications is made from the topics."""

from collections.abc import Sequence

from services.notifications.consumers import create_consumers
from services.notifications.domain.message_id import domain_of
from services.notifications.settings import NotificationsSettings
from services.notifications.use_cases.restore_messages import restore_messages
from shared.runtime.database import Connection
from shared.runtime.rebuild import Heard, Recipe


def create_recipe(settings: NotificationsSettings) -> Recipe:
    """The handlers of all topics, and what follows once all is read."""

    async def restore(connection: Connection, heard: Heard) -> Sequence[str]:
        return await restore_messages(
            connection,
            until=heard.until,
            until_stated=heard.stated,
            chunk=settings.plan_chunk,
            mail_domain=domain_of(settings.mail_from),
            now=heard.now,
        )

    return Recipe(create_consumers(settings), restore)
