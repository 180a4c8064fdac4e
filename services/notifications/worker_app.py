"""The worker process of notifications: `python -m services.notifications.worker_app`."""

from starlette.applications import Starlette

from services.notifications.consumers import create_consumers
from services.notifications.jobs import count_due, create_jobs, read_gauges
from services.notifications.settings import NotificationsSettings
from shared.runtime.health import seldom
from shared.runtime.serving import serve
from shared.runtime.worker import create_worker

SERVICE = "notifications"


def create_app(settings: NotificationsSettings) -> Starlette:
    """Consumers, relay, the reminder plan, delivery and health."""
    return create_worker(
        settings, service=SERVICE, consumers=create_consumers(settings), jobs=create_jobs, due=count_due, gauges=seldom(read_gauges)
    )


def main() -> None:
    """Run until told to stop."""
    settings = NotificationsSettings()
    serve(create_app(settings), settings, service=SERVICE)


if __name__ == "__main__":
    main()
