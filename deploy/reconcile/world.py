"""All sides of a system at one moment, read before anything is compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from deploy.reconcile.kafka_log import KafkaLog
from deploy.reconcile.personal_rows import PersonalRow
from deploy.reconcile.read_bookkeeping import Bookkeeping
from deploy.reconcile.read_certificates import CertificatesDatabase
from deploy.reconcile.read_mailbox import Mail
from deploy.reconcile.read_notifications import NotificationsDatabase
from deploy.reconcile.read_progress import Progress
from deploy.reconcile.read_registration import RegistrationDatabase


@dataclass(frozen=True)
class World:
    """`mails` is None where no mailbox can be asked, as in production. `left_behind` are personal rows of erased people."""

    registration: RegistrationDatabase
    notifications: NotificationsDatabase
    certificates: CertificatesDatabase
    bookkeeping: Sequence[Bookkeeping]
    log: KafkaLog
    progress: Sequence[Progress]
    mails: Sequence[Mail] | None
    left_behind: Sequence[PersonalRow]

    @property
    def erased(self) -> set[UUID]:
        """Registrations that were erased, as registration has it."""
        return {row.id for row in self.registration.registrations.values() if row.state == "erased"}
