"""The worker process of registration: hears of mails and certificates, and publishes its own events."""

from datetime import datetime

from starlette.applications import Starlette

from services.registration.consumers import create_consumers
from services.registration.jobs import create_jobs
from services.registration.settings import RegistrationSettings
from services.registration.storage.gauges import read_gauges
from shared.runtime.database import Connection
from shared.runtime.serving import serve
from shared.runtime.worker import Due, create_worker

SERVICE = "registration"


def create_app(settings: RegistrationSettings) -> Starlette:
    """The application: consumers, relay, clearing away, and health. Registration has no work that falls due."""
    return create_worker(settings, service=SERVICE, consumers=create_consumers(), jobs=create_jobs, due=_nothing_due, gauges=read_gauges)


async def _nothing_due(_connection: Connection, _now: datetime) -> Due:
    return Due(0, None)


def main() -> None:
    """Serve with the settings of the environment."""
    settings = RegistrationSettings()
    serve(create_app(settings), settings, service=SERVICE)


if __name__ == "__main__":
    main()
