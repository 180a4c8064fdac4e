"""Let completed workshops go on to their certificates: the facts told before the completion were read, or waited for long enough."""

from collections.abc import Collection
from uuid import UUID

from services.certificates.storage import workshops
from shared.runtime.database import Connection


async def release_completion(connection: Connection, workshop_ids: Collection[UUID], *, waited: float) -> int:
    """Release those whose completion was read `waited` seconds of real time ago or earlier. Returns how many there were."""
    return await workshops.end_awaiting_facts(connection, workshop_ids, after=waited)
