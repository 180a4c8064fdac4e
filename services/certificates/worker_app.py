"""The worker of certificates: consumers, relay, and the jobs that apply the rule, render, answer, and sign status lists."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from starlette.applications import Starlette

from services.certificates.augmenting import Augmenting
from services.certificates.awaiting import Awaiting
from services.certificates.consumers import consumers
from services.certificates.document.augment import Authority
from services.certificates.document.augmenting_process import AugmentingProcess
from services.certificates.document.keys import SigningKeys, read_endings, read_signing
from services.certificates.document.pool import RenderingPool
from services.certificates.document.typeface import Coverage, TypefaceMissingError
from services.certificates.issuing import Issuing
from services.certificates.settings import CertificatesSettings
from services.certificates.storage.channels import COMPLETED, ELIGIBLE, FACTS, FINISHED, STATUS
from services.certificates.storage.overview import count_by_state, count_due, count_not_augmented
from services.certificates.use_cases.answer_completion import answer_completion
from services.certificates.use_cases.apply_certificate_rule import apply_certificate_rule
from services.certificates.use_cases.replace_next_portion import replace_next_portion
from services.certificates.use_cases.sign_status_list import sign_status_list
from shared.runtime.database import Connection
from shared.runtime.health import Reading, seldom
from shared.runtime.jobs import Job
from shared.runtime.serving import serve
from shared.runtime.worker import Due, WorkerContext, create_worker

SERVICE = "certificates"


def create_app(settings: CertificatesSettings) -> Starlette:
    """The worker as an ASGI application. Raises TypefaceMissingError or KeysUnusableError where fonts or keys are not in place."""
    if settings.font_directory is None:
        raise TypefaceMissingError("font_directory is not set: it names the folder with the files of the certificates' typeface")
    Coverage(settings.font_directory)
    keys = read_signing(settings.keys_directory)
    renderer = RenderingPool(
        processes=settings.render_processes,
        font_directory=settings.font_directory,
        keys_directory=settings.keys_directory or Path(),
    )
    augmenting = find_augmenting(settings)

    def jobs(context: WorkerContext[CertificatesSettings]) -> Sequence[Job]:
        return make_jobs(context, renderer, keys, augmenting)

    counted = seldom(count)

    async def gauges(connection: Connection, now: datetime) -> Sequence[Reading]:
        return [*await counted(connection, now), *_endings(settings)]

    app = create_worker(settings, service=SERVICE, consumers=consumers, jobs=jobs, due=due, gauges=gauges)
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        renderer.warm()
        try:
            async with inner(app):
                yield
        finally:
            renderer.close()
            if augmenting:
                augmenting.close()

    app.router.lifespan_context = lifespan
    return app


def find_augmenting(settings: CertificatesSettings) -> AugmentingProcess | None:
    """What asks the time-stamp authority, if there is one."""
    if not settings.time_stamp_authority:
        return None
    password = settings.time_stamp_password.get_secret_value()
    authority = Authority(settings.time_stamp_authority, settings.time_stamp_user or None, password or None)
    return AugmentingProcess(authority, settings.keys_directory or Path())


def make_jobs(
    context: WorkerContext[CertificatesSettings], renderer: RenderingPool, keys: SigningKeys, augmenting: AugmentingProcess | None = None
) -> Sequence[Job]:
    """The jobs, each of which can be repeated at will; that of time-stamps where there is an authority to ask."""
    awaiting = Awaiting(context.pool, positions=context.positions, patience=context.settings.facts_patience_seconds)
    issuing = Issuing(context.settings, pool=context.pool, clock=context.clock, renderer=renderer)

    async def apply_rule() -> bool:
        async with context.pool.acquire() as connection, connection.transaction():
            return await apply_certificate_rule(connection, now=context.clock.now()) > 0

    async def issue_again() -> bool:
        async with context.pool.acquire() as connection, connection.transaction():
            return await replace_next_portion(connection, now=context.clock.now())

    async def answer() -> bool:
        async with context.pool.acquire() as connection, connection.transaction():
            return await answer_completion(connection, now=context.clock.now())

    async def sign() -> bool:
        async with context.pool.acquire() as connection, connection.transaction():
            return await sign_status_list(connection, keys, public_url=context.settings.public_url, at=datetime.now(UTC))

    jobs = [
        Job("await_facts", awaiting.run, wake_on=COMPLETED, every=0.5),
        Job("apply_certificate_rule", apply_rule, wake_on=FACTS, gather=0.1),
        Job("issue_certificates", issuing.run, wake_on=ELIGIBLE),
        Job("issue_again", issue_again, wake_on=FINISHED),
        Job("answer_completion", answer, wake_on=FINISHED),
        Job("sign_status_list", sign, wake_on=STATUS, gather=0.5),
    ]
    if augmenting:
        jobs.append(Job("augment_certificates", Augmenting(context.pool, augmenting).run))
    return jobs


async def due(connection: Connection, _now: datetime) -> Due:
    """Everything here follows from facts, nothing from the clock."""
    return Due(count=await count_due(connection), next=None)


async def count(connection: Connection, _now: datetime) -> Sequence[Reading]:
    """Certificates by state, and those that no authority has stamped yet."""
    counts = await count_by_state(connection)
    waiting = await count_not_augmented(connection)
    return [
        *(Reading("atelier_certificates", "Certificates by state", number, {"state": state}) for state, number in counts.items()),
        Reading("atelier_certificates_not_augmented", "Valid certificates without a time-stamp", waiting),
    ]


def _endings(settings: CertificatesSettings) -> Sequence[Reading]:
    return [
        Reading("atelier_keys_end_seconds", "When a certificate or list ends, in seconds since 1970", moment.timestamp(), {"file": name})
        for name, moment in read_endings(settings.keys_directory).items()
    ]


def main() -> None:
    """Run the worker as a process."""
    settings = CertificatesSettings()
    serve(create_app(settings), settings, service=SERVICE)


if __name__ == "__main__":
    main()
