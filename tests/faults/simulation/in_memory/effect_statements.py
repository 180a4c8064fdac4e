"""The twin of the only statement that is not the product's: what the simulated consumer writes."""

from uuid import UUID

from tests.faults.simulation.in_memory.statement import Statement
from tests.faults.simulation.in_memory.twins import twin


@twin("INSERT INTO effects", says="writes what follows", digest="")
def write_effect(statement: Statement, event_id: UUID, key: UUID, sequence: int | None) -> int:
    row = {"id": statement.database.number("effects"), "event_id": event_id, "key": key, "sequence": sequence}
    statement.insert("effects", row)
    return 1
