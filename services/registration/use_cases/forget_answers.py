"""Forget what forms were told once nobody is told it again."""

from datetime import datetime

from services.registration.storage import duplicate_answers
from shared.runtime.database import Connection


async def forget_answers(connection: Connection, *, now: datetime) -> bool:
    """Delete a portion of the answers to duplicate submissions of workshops that are long over. False where nothing was to be deleted."""
    return await duplicate_answers.trim(connection, now) > 0
