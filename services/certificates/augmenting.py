"""The job that asks a time-stamp authority for what makes certificates provable for longer; they are handed out without it meanwhile."""

from services.certificates.document.augment import AuthorityUnavailableError
from services.certificates.document.augmenting_process import AugmentingProcess
from services.certificates.storage import augmentation
from services.certificates.storage.augmentation import Sealed
from shared.runtime.database import Pool
from shared.runtime.telemetry import get_logger

log = get_logger(__name__)

_AT_A_TIME = 4
"""That ask the authority together."""

_LEASE, _LATER = 300.0, 3_600.0
"""Seconds: for a portion, and until what could not be augmented is tried again."""


class Augmenting:
    """Augments certificates, a portion at a time."""

    def __init__(self, pool: Pool, process: AugmentingProcess) -> None:
        self._pool = pool
        self._process = process

    async def run(self) -> bool:
        """Take the next portion. Returns whether there was any. Raises AuthorityUnavailableError."""
        async with self._pool.acquire() as connection, connection.transaction():
            claimed = await augmentation.claim(connection, limit=_AT_A_TIME, seconds=_LEASE)
        if not claimed:
            return False
        try:
            made = await self._process.augment([document.pdf for document in claimed])
        except AuthorityUnavailableError:
            # As if they had not been taken: the job itself waits, a little longer each time. Where the process died it may be one of these,
            # so that they wait for the end of their lease.
            async with self._pool.acquire() as connection, connection.transaction():
                await augmentation.put_off(connection, claimed, seconds=0)
            raise
        for document, appended in zip(claimed, made, strict=True):
            await self._keep(document, appended)
        return True

    async def _keep(self, document: Sealed, appended: bytes | str) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            if isinstance(appended, str):
                log.warning("certificate_not_augmented", serial=document.serial, problem=appended)
                await augmentation.put_off(connection, [document], seconds=_LATER)
            elif await augmentation.store(connection, document.registration_id, document.edition, appended):
                log.info("certificate_augmented", serial=document.serial)
