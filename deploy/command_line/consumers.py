"""The handlers of a service, for commands that need them."""

import os

from pydantic import SecretStr

from deploy.command_line.service_name import Service
from shared.runtime.consumption import Consumers


def consumers_of(service: Service) -> Consumers:
    """Loads that service's code and no other's."""
    if service is Service.REGISTRATION:
        from services.registration.consumers import create_consumers as of_registration  # noqa: PLC0415 - see above

        return of_registration()
    if service is Service.NOTIFICATIONS:
        from services.notifications.consumers import create_consumers as of_notifications  # noqa: PLC0415
        from services.notifications.settings import NotificationsSettings  # noqa: PLC0415

        # Of the settings, handlers take the sender's domain only; a description of the handlers needs no database.
        return of_notifications(NotificationsSettings(database_url=SecretStr(os.environ.get("ATELIER_DATABASE_URL", "postgresql://"))))
    from services.certificates.consumers import consumers as of_certificates  # noqa: PLC0415

    return of_certificates
