"""Keep what is known of a workshop."""

from services.certificates.storage import workshops
from shared.contracts.workshops import WorkshopRecorded
from shared.runtime.database import Connection


async def record_workshop(connection: Connection, workshop: WorkshopRecorded) -> None:
    """Keep the record, unless a newer one is there."""
    await workshops.save_record(connection, workshop)
