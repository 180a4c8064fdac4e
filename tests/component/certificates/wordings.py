"""What certificates of the workshop say, for tests of the document."""

from datetime import UTC, datetime

from services.certificates.document.wording import Award, Wording, word
from tests.component.certificates.story import workshop_record

VERIFY_URL = "https://atelier.example/verify/mJ8Z0uYxq3bS2vWn5tQeRgAb"


def wording(name: str, *, language: str = "en", attended: tuple[str, ...] = ("day-1", "day-3"), **workshop: object) -> Wording:
    award = Award(
        name=name,
        language=language,
        attended=frozenset(attended),
        serial="ATL-2023-7K4M-Q9X0",
        issued_at=datetime(2023, 10, 26, 22, 30, tzinfo=UTC),
        verify_url=VERIFY_URL,
    )
    return word(workshop_record(**workshop), award)
