"""Which process answers for which path."""

from dataclasses import dataclass

from deploy.embedded.front_door.settings import FrontDoorSettings


@dataclass(frozen=True)
class Upstream:
    """One process behind the front door. `words` name it on pages; `url` is http://host:port."""

    words: str
    url: str


class Routes:
    """The first segment of the path decides; what nobody else owns is registration's."""

    def __init__(self, settings: FrontDoorSettings) -> None:
        self.registration = Upstream("Registration", settings.registration_web)
        notifications = Upstream("Notifications", settings.notifications_web)
        certificates = Upstream("Certificates", settings.certificates_web)
        mailbox = Upstream("The mailbox", settings.mailbox_web)
        self._by_segment = {
            "mailbox": mailbox,
            "notifications": notifications,
            "certificates": certificates,
            "verify": certificates,
        }
        self.processes = (
            Upstream("Registration: pages", settings.registration_web),
            Upstream("Registration: events and waiting list", settings.registration_worker),
            Upstream("Notifications: pages", settings.notifications_web),
            Upstream("Notifications: mails and reminders", settings.notifications_worker),
            Upstream("Certificates: pages and verification", settings.certificates_web),
            Upstream("Certificates: making them", settings.certificates_worker),
            Upstream("Mailbox", settings.mailbox_web),
        )

    def upstream(self, path: str) -> Upstream | None:
        """Who answers; None for what only the inside may see: metrics, health and the workers' figures."""
        segment = path.split("/", 2)[1] if path.startswith("/") else ""
        if segment in {"metrics", "health", "status"}:
            return None
        return self._by_segment.get(segment, self.registration)
