"""Topic `certificates` (facts): what became of each certificate, by registration and in ids only; and the template of each workshop."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.certificate_template import CertificateTemplate, Kind
from shared.contracts.envelope import Event
from shared.contracts.receipts import Receipt
from shared.contracts.topics import CERTIFICATES, Topic


class CertificateEvent(Event):
    """A certificate is named by (registration, edition); the serial is what people read."""

    topic: ClassVar[Topic] = CERTIFICATES

    registration_id: UUID
    workshop_id: UUID
    edition: int = Field(ge=1)
    serial: str

    @property
    def key(self) -> UUID:
        """Keyed by registration."""
        return self.registration_id


class CertificateIssued(CertificateEvent):
    """`certificate.issued.v1`: rendered and stored; `verification_token` opens the public page, `sha256` is of the PDF.

    The last ones, with which the service finds its own state again, are missing in facts of early versions: since when it was earned, the
    language and the codes of the sessions that are printed on it, and what it attests.
    """

    type: ClassVar[str] = "certificate.issued.v1"

    verification_token: str
    status_index: int = Field(ge=0)
    sha256: str
    issued_at: AwareDatetime
    eligible_at: AwareDatetime | None = None
    language: str | None = None
    attended: tuple[str, ...] | None = None
    kind: Kind = Kind.PARTICIPATION


class CertificateSuperseded(CertificateEvent):
    """`certificate.superseded.v1`: replaced by another serial."""

    type: ClassVar[str] = "certificate.superseded.v1"

    superseded_by: str


class CertificateRevoked(CertificateEvent):
    """`certificate.revoked.v1`; `reason` is a code: attendance_corrected, withdrawn, erased, organiser or no_trainer."""

    type: ClassVar[str] = "certificate.revoked.v1"

    reason: str
    revoked_at: AwareDatetime


class OfficeEvent(Event):
    """What an organiser decided about somebody's certificate."""

    topic: ClassVar[Topic] = CERTIFICATES

    registration_id: UUID
    workshop_id: UUID

    @property
    def key(self) -> UUID:
        """Keyed by registration."""
        return self.registration_id


class CertificateApproved(OfficeEvent):
    """`certificate.approved.v1`: where the workshop's rule asks for it, this person may have one."""

    type: ClassVar[str] = "certificate.approved.v1"


class TrainerNamed(OfficeEvent):
    """`certificate.trainer_named.v1`: this person teaches at the workshop, or does not; the newest holds."""

    type: ClassVar[str] = "certificate.trainer_named.v1"

    trains: bool


class CertificateTemplateSaved(Event):
    """`certificate.template_saved.v1`: how certificates of a workshop look from now on. Those that were issued stay as they are."""

    type: ClassVar[str] = "certificate.template_saved.v1"
    topic: ClassVar[Topic] = CERTIFICATES

    workshop_id: UUID
    version: int = Field(ge=1)
    template: CertificateTemplate

    @property
    def key(self) -> UUID:
        """Keyed by workshop."""
        return self.workshop_id


class CertificatesActed(Receipt):
    """`certificates.acted.v1`: certificates has acted on a fact."""

    type: ClassVar[str] = "certificates.acted.v1"
    topic: ClassVar[Topic] = CERTIFICATES
