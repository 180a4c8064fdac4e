"""What the worker of registration does besides consuming: it clears away."""

from collections.abc import Sequence

from services.registration.settings import RegistrationSettings
from services.registration.use_cases.forget_answers import forget_answers
from shared.runtime.jobs import Job
from shared.runtime.worker import WorkerContext


def create_jobs(context: WorkerContext[RegistrationSettings]) -> Sequence[Job]:
    """One job, every ten minutes. What it deletes has no effect any more, so nothing waits for it."""

    async def clear() -> bool:
        async with context.pool.acquire() as connection, connection.transaction():
            return await forget_answers(connection, now=context.clock.now())

    return [Job("forget answers", clear, every=600.0)]
