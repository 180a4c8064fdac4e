"""The signed lists of certificates that are not valid any more, and which of them have to be signed anew.

Whoever changes a certificate only adds a row to `status_changes`, so that nobody waits for a list; one job signs. The database adds one by
itself too, for workers of a version that did not.
"""

from services.certificates.domain.certificate import STATUS_LIST_SIZE, status_list_of
from services.certificates.storage.channels import STATUS, wake
from shared.runtime.database import Connection


async def begin(connection: Connection, status_index: int) -> None:
    """Have the list of a certificate that is issued made, if it is the first in it."""
    noted = await connection.fetchval(
        """
        INSERT INTO status_changes (number)
        SELECT $1::integer WHERE NOT EXISTS (SELECT FROM status_lists WHERE number = $1::integer)
        RETURNING true
        """,
        status_list_of(status_index),
    )
    if noted:
        await wake(connection, STATUS)


async def note_change(connection: Connection, status_index: int) -> None:
    """A certificate is not valid any more: its list is to be signed anew."""
    await connection.execute("INSERT INTO status_changes (number) VALUES ($1)", status_list_of(status_index))
    await wake(connection, STATUS)


async def take_changed(connection: Connection) -> int | None:
    """The number of a list that is to be signed, locked until the transaction ends; None where there is none.

    What was noted about it is forgotten. Another worker that comes meanwhile waits for the lock, and finds what was noted later.
    """
    number: int | None = await connection.fetchval("SELECT number FROM status_changes ORDER BY change_id LIMIT 1")
    if number is None:
        return None
    await connection.execute("INSERT INTO status_lists (number) VALUES ($1) ON CONFLICT DO NOTHING", number)
    await connection.execute("SELECT FROM status_lists WHERE number = $1 FOR UPDATE", number)
    await connection.execute("DELETE FROM status_changes WHERE number = $1", number)
    return number


async def read_invalid(connection: Connection, number: int) -> list[int]:
    """The status indexes of this list's certificates that are revoked or superseded."""
    rows = await connection.fetch(
        """
        SELECT status_index FROM certificates
        WHERE status_index >= $1 AND status_index < $2 AND state IN ('revoked', 'superseded') AND issued_at IS NOT NULL
        ORDER BY status_index
        """,
        number * STATUS_LIST_SIZE,
        (number + 1) * STATUS_LIST_SIZE,
    )
    return [row["status_index"] for row in rows]


async def save(connection: Connection, number: int, credential: str) -> None:
    """Keep what was signed."""
    await connection.execute("UPDATE status_lists SET credential = $2 WHERE number = $1", number, credential)


async def read(connection: Connection, number: int) -> str | None:
    """The signed list; None where there is none."""
    credential: str | None = await connection.fetchval("SELECT credential FROM status_lists WHERE number = $1", number)
    return credential
