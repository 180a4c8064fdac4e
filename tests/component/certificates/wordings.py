"""What certificates of the workshop say, for tests of the document."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.certificates.document.credential import describe
from services.certificates.document.produce import Order
from services.certificates.document.wording import USUAL, Award, Wording, word
from services.certificates.domain.hashed_address import hash_address
from shared.contracts.certificate_template import CertificateTemplate
from tests.component.certificates.story import PUBLIC_URL, workshop_record

TOKEN = "mJ8Z0uYxq3bS2vWn5tQeRgAb"
VERIFY_URL = f"{PUBLIC_URL}/verify/{TOKEN}"
PERSON = UUID("22222222-2222-4222-8222-222222222222")
ADDRESS = "Ana.Kovac@example.org"


def award(name: str, *, language: str = "en", attended: tuple[str, ...] = ("day-1", "day-3"), trainer: bool = False) -> Award:
    return Award(
        name=name,
        language=language,
        attended=frozenset(attended),
        serial="ATL-2023-7K4M-Q9X0",
        issued_at=datetime(2023, 10, 26, 22, 30, tzinfo=UTC),
        token=TOKEN,
        status_index=131_072 + 94_567,
        public_url=PUBLIC_URL,
        trainer=trainer,
    )


def wording(
    name: str,
    *,
    language: str = "en",
    attended: tuple[str, ...] = ("day-1", "day-3"),
    template: CertificateTemplate = USUAL,
    **workshop: object,
) -> Wording:
    return word(workshop_record(**workshop), award(name, language=language, attended=attended), template)


def credential(name: str, *, language: str = "en", **workshop: object) -> dict[str, Any]:
    """Without its proof."""
    given = award(name, language=language)
    record = workshop_record(**workshop)
    return describe(record, given, word(record, given), address=hash_address(ADDRESS, PERSON))


def order(name: str, *, language: str = "en", template: CertificateTemplate = USUAL, trainer: bool = False, **workshop: object) -> Order:
    given, record = award(name, language=language, trainer=trainer), workshop_record(**workshop)
    worded = word(record, given, template)
    return Order(worded, describe(record, given, worded, address=hash_address(ADDRESS, PERSON)), given.issued_at)
