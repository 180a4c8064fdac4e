"""How the database of certificates is made from the topics and a backup's PDF files."""

from collections.abc import Callable, Sequence

from services.certificates.consumers import consumers
from services.certificates.storage.documents import WithoutDocument
from services.certificates.use_cases.restore_certificates import restore_certificates
from services.certificates.use_cases.restore_documents import Find
from shared.runtime.database import Connection
from shared.runtime.rebuild import Heard, Recipe


def create_recipe(find: Find, *, lacking: Callable[[WithoutDocument], None]) -> Recipe:
    """The handlers of all topics, and what follows once all is read. `lacking` hears of each certificate without its document."""

    async def restore(connection: Connection, heard: Heard) -> Sequence[str]:
        restored = await restore_certificates(connection, find, now=heard.now)
        for certificate in restored.missing:
            lacking(certificate)
        return [
            f"{restored.certificates} certificates are what was told of them.",
            f"{restored.documents} have their PDF again; {len(restored.missing)} lack it.",
            f"{restored.untold} facts had never been told and are published when the worker starts.",
        ]

    return Recipe(consumers, restore)
