"""Twins of the statements about what holders of certificates share."""

from uuid import UUID

from tests.faults.simulation.in_memory.rows import Row
from tests.faults.simulation.in_memory.statement import Statement
from tests.faults.simulation.in_memory.twins import columns, twin


@twin("INSERT INTO certificate_shares AS s", says="keeps whether the certificate is shared", digest="92def7d3")
def save_token(statement: Statement, registration_id: UUID, token: str | None, sequence: int) -> int:
    new = {"registration_id": registration_id, "share_token": token, "sequence": sequence}
    old = statement.in_the_way("certificate_shares", new)
    if old is None:
        statement.insert("certificate_shares", new)
    elif old["sequence"] < sequence:
        statement.update("certificate_shares", old, share_token=token, sequence=sequence)
    else:
        return 0
    return 1


@twin("DELETE FROM certificate_shares WHERE registration_id = $1", says="forgets that it was shared", digest="68fae891")
def forget_share(statement: Statement, registration_id: UUID) -> int:
    return statement.delete_where("certificate_shares", lambda row: row["registration_id"] == registration_id)


@twin("FROM certificate_shares s LEFT JOIN certificates c", says="looks for what is shared", digest="18140a28")
def find_share(statement: Statement, token: str) -> list[Row]:
    names = ("state", "name", "kind", "attended", "issued_at")
    found = []
    for share in statement.rows("certificate_shares", lambda row: row["share_token"] == token):
        key = share["registration_id"]
        valid = statement.rows("certificates", lambda row, key=key: _valid(row, key))  # type: ignore[misc]  # bound now
        if not valid:
            found.append(dict.fromkeys((*names, "record")))
        for row in valid:
            workshop = statement.get("workshops", row["workshop_id"])
            found.append(columns(row, *names, record=workshop["record"] if workshop else None))
    return found


def _valid(row: Row, registration_id: UUID) -> bool:
    """Earned, whether it is rendered already or not."""
    return row["registration_id"] == registration_id and row["state"] in {"eligible", "issued"}
