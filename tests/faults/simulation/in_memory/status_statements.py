"""Twins of the statements about status lists: what has changed, and what was signed."""

from tests.faults.simulation.in_memory.rows import Row
from tests.faults.simulation.in_memory.statement import Statement
from tests.faults.simulation.in_memory.twins import columns, twin


def _note(statement: Statement, number: int) -> None:
    statement.insert("status_changes", {"change_id": statement.database.number("status_changes"), "number": number})


@twin("INSERT INTO status_changes (number) SELECT $1::integer WHERE NOT EXISTS", says="has the first status list made", digest="825b1ad1")
def begin(statement: Statement, number: int) -> list[Row]:
    if statement.get("status_lists", number) is not None:
        return []
    _note(statement, number)
    return [{"bool": True}]


@twin("INSERT INTO status_changes (number) VALUES ($1)", says="notes that a status list changes", digest="c4e544d6")
def note_change(statement: Statement, number: int) -> int:
    _note(statement, number)
    return 1


@twin("SELECT number FROM status_changes ORDER BY change_id LIMIT 1", says="looks for a status list to sign", digest="5ce8e6c4")
def find_changed(statement: Statement) -> list[Row]:
    rows = sorted(statement.rows("status_changes"), key=lambda row: row["change_id"])
    return [columns(row, "number") for row in rows[:1]]


@twin(
    "INSERT INTO status_lists (number) VALUES ($1) ON CONFLICT DO NOTHING", says="makes the status list's row if need be", digest="98820f23"
)
def make_list(statement: Statement, number: int) -> int:
    row = {"number": number}
    if statement.in_the_way("status_lists", row) is not None:
        return 0
    statement.insert("status_lists", row)
    return 1


@twin("SELECT FROM status_lists WHERE number = $1 FOR UPDATE", says="locks the status list", digest="d4df2a06")
def lock_list(statement: Statement, number: int) -> int:
    return len(statement.lock("status_lists", lambda row: row["number"] == number))


@twin("DELETE FROM status_changes WHERE number = $1", says="forgets what was noted of the status list", digest="f30ca2fa")
def forget_changes(statement: Statement, number: int) -> int:
    return statement.delete_where("status_changes", lambda row: row["number"] == number)


@twin("SELECT status_index FROM certificates WHERE status_index >= $1", says="reads which certificates are not valid", digest="c3f15483")
def read_invalid(statement: Statement, first: int, end: int) -> list[Row]:
    def invalid(row: Row) -> bool:
        return first <= row["status_index"] < end and row["state"] in {"revoked", "superseded"} and row["issued_at"] is not None

    return [columns(row, "status_index") for row in sorted(statement.rows("certificates", invalid), key=lambda row: row["status_index"])]


@twin("UPDATE status_lists SET credential = $2 WHERE number = $1", says="keeps the signed status list", digest="dee56eeb")
def save(statement: Statement, number: int, credential: str) -> int:
    return len(statement.update_where("status_lists", lambda row: row["number"] == number, credential=credential))
