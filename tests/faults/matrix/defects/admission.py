"""A defect of admission: what is left is read before the lock is taken."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from tests.faults.matrix.defects.defect import Defect
from tests.faults.matrix.patching import Undo, wrap

_COUNTS = "SELECT confirmed_count, waiting_count FROM workshops WHERE id = $1"


def _capacity_without_lock() -> Sequence[Undo]:
    """How many places are taken is read without the workshop's lock; numbers in the line are still given under it."""

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        async def lock_places(connection: Any, workshop_id: Any) -> Any:
            counts = await connection.fetchrow(_COUNTS, workshop_id)
            locked = await original(connection, workshop_id)
            if locked is None or counts is None:
                return locked
            places, time_zone = locked
            return replace(places, confirmed=counts["confirmed_count"], waiting=counts["waiting_count"]), time_zone

        return lock_places

    return [wrap("services.registration.storage.workshops:lock_places", make, needs=("connection", "workshop_id"))]


DEFECTS = (Defect("capacity-without-lock", "capacity read without lock", "registration-web", _capacity_without_lock, instances=2),)
