"""Settings of the simulated processes."""

from datetime import UTC, datetime
from functools import cache
from uuid import UUID

from services.registration.domain.form import Submission
from services.registration.domain.personal_link import PersonalLinks
from services.registration.settings import RegistrationSettings
from shared.runtime.settings import ServiceSettings
from tests.unit.notifications.samples import strasbourg

BEGINNING = datetime(2023, 9, 1, 8, tzinfo=UTC)
"""Business time and real time at the first step."""

WORKSHOP_ID = UUID(int=0x5EED)
LINKS = PersonalLinks("a secret that is long enough for tests", "https://atelier.example")
REGISTRATION = RegistrationSettings(
    environment="development",
    database_url="postgresql://nobody@127.0.0.1:1/nothing",
    link_secret="a secret that is long enough for tests",
)
SERVICE: ServiceSettings = REGISTRATION


def workshop(capacity: int, *, waitlist: bool = True) -> dict[str, object]:
    """An open workshop's definition, as much of it as admission reads."""
    return {"slug": "simulated", "capacity": capacity, "waitlist": waitlist, "time_zone": "Europe/Paris"}


@cache
def recorded_workshop() -> str:
    """The same workshop's record as other services have it, as JSON."""
    record = strasbourg(workshop_id=WORKSHOP_ID, reminders=[])
    assert record.certificate is not None
    return record.model_copy(update={"certificate": record.certificate.model_copy(update={"minimum_sessions": 1})}).model_dump_json()


def submission(number: int, address: str) -> Submission:
    """A form; `number` makes its token."""
    return Submission(
        form_token=UUID(int=0xF0000 + number),
        address=address,
        address_key=address,
        given_name="Ana",
        family_name="Anić",
        certificate_name="Ana Anić",
        country="HR",
        language="en",
    )
