"""Keep whether registrations are confirmed, waiting or withdrawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.certificates.domain.certificate_rule import RegistrationState
from services.certificates.storage import receipts, registrations
from services.certificates.storage.receipts import Fact
from services.certificates.storage.registrations import StateFact
from shared.runtime.database import Connection


@dataclass(frozen=True, slots=True)
class HeardState:
    """What a fact says. `answer`: the fact, where it gets a receipt once the rule was applied."""

    registration_id: UUID
    workshop_id: UUID
    state: RegistrationState
    sequence: int
    withdrawn_by: str | None = None
    answer: Fact | None = None


async def record_registration_states(connection: Connection, heard: Sequence[HeardState]) -> None:
    """Keep what facts say, one a registration, unless a later one was read before."""
    kept = await registrations.lock_registrations(connection, {one.registration_id: one.workshop_id for one in heard})
    known = [one for one in heard if one.registration_id in kept]
    await receipts.open_receipts(connection, [one.answer for one in known if one.answer is not None])
    await registrations.save_states(
        connection, [StateFact(one.registration_id, one.state, one.sequence, one.withdrawn_by) for one in known]
    )
