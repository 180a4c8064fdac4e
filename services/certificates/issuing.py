"""The job that renders what is eligible: claim, render in child processes, store; each step a transaction of its own."""

import asyncio
from datetime import datetime

from services.certificates.document.credential import describe
from services.certificates.document.keys import KeysUnusableError
from services.certificates.document.pool import RendererDiedError, RenderingPool
from services.certificates.document.produce import Order
from services.certificates.document.render import UnsettableError
from services.certificates.document.signer import SealUnavailableError
from services.certificates.document.typeface import TypefaceMissingError
from services.certificates.document.wording import Award, word
from services.certificates.settings import CertificatesSettings
from services.certificates.storage import rendering
from services.certificates.storage.rendering import Commission
from services.certificates.use_cases.store_certificate import store_certificate
from shared.runtime.clock import Clock
from shared.runtime.database import Pool
from shared.runtime.telemetry import correlated, get_logger
from shared.runtime.tracing import note, span

log = get_logger(__name__)

_PER_PROCESS = 8
"""Certificates claimed at once for each rendering process: enough to keep it busy, few enough that a lease never runs out."""

_MOST_ATTEMPTS = 3


class Issuing:
    """Issues certificates, a portion at a time."""

    def __init__(self, settings: CertificatesSettings, *, pool: Pool, clock: Clock, renderer: RenderingPool) -> None:
        self._settings = settings
        self._pool = pool
        self._clock = clock
        self._renderer = renderer

    async def run(self) -> bool:
        """Take what is eligible and unclaimed. Returns whether there was any."""
        now = self._clock.now()
        async with self._pool.acquire() as connection, connection.transaction():
            commissions = await rendering.claim(
                connection, limit=_PER_PROCESS * self._settings.render_processes, seconds=self._settings.render_lease_seconds
            )
        # All of them to their end, whatever becomes of one: what it had claimed is given back by itself
        ended = await asyncio.gather(*(self._issue(commission, issued_at=now) for commission in commissions), return_exceptions=True)
        for error in filter(None, ended):
            raise error
        return bool(commissions)

    def _award(self, commission: Commission, now: datetime) -> Award:
        return Award(
            name=commission.printed.name,
            language=commission.printed.language,
            attended=commission.printed.attended,
            serial=commission.serial,
            issued_at=now,
            token=commission.verification_token,
            status_index=commission.status_index,
            public_url=self._settings.public_url,
            trainer=commission.printed.trainer,
        )

    def _order(self, commission: Commission, now: datetime) -> Order:
        award = self._award(commission, now)
        wording = word(commission.printed.workshop, award, commission.printed.template)
        return Order(wording, describe(commission.printed.workshop, award, wording, address=commission.printed.address), now)

    async def _issue(self, commission: Commission, *, issued_at: datetime) -> None:
        order = self._order(commission, issued_at)
        about: dict[str, str | int] = {"atelier.key": str(commission.registration_id), "atelier.edition": commission.edition}
        with correlated(commission.correlation_id), span("issue certificate", cause=commission.traceparent, attributes=about):
            await self._produce_and_store(commission, order)

    async def _produce_and_store(self, commission: Commission, order: Order) -> None:
        try:
            produced = await self._renderer.produce(order)
        except UnsettableError as error:
            await self._hold_back(commission, str(error))
            return
        except RendererDiedError:
            await self._broken_off(commission)
            return
        except (SealUnavailableError, KeysUnusableError, TypefaceMissingError):
            # Not this certificate's fault: it waits, and so does the job, a little longer each time
            async with self._pool.acquire() as connection, connection.transaction():
                await rendering.give_back(connection, commission, broken_off=False)
            raise
        async with self._pool.acquire() as connection, connection.transaction():
            stored = await store_certificate(connection, commission, produced, issued_at=order.issued_at, now=self._clock.now())
        note(outcome="issued" if stored else "discarded")
        log.info("certificate_issued" if stored else "rendering_discarded", serial=commission.serial)

    async def _hold_back(self, commission: Commission, error: str) -> None:
        note(outcome="held back")
        log.warning("certificate_held_back", serial=commission.serial)
        async with self._pool.acquire() as connection, connection.transaction():
            await rendering.note_error(connection, commission, error=error, retry_after=self._settings.render_retry_seconds)

    async def _broken_off(self, commission: Commission) -> None:
        note(outcome="broken off")
        log.warning("rendering_broken_off", serial=commission.serial, attempts=commission.attempts + 1)
        if commission.attempts + 1 >= _MOST_ATTEMPTS:
            await self._hold_back(commission, "The renderer ended each time it set this certificate")
            return
        async with self._pool.acquire() as connection, connection.transaction():
            await rendering.give_back(connection, commission, broken_off=True)
