"""The NOTIFY channels on which this service's jobs are woken when the transaction commits."""

from shared.runtime.database import Connection

COMPLETED = "certificates_completed"
"""A workshop was completed: wait for the facts told before."""

FACTS = "certificates_facts"
"""Something was learned: apply the rule."""

ELIGIBLE = "certificates_eligible"
"""Something is to be rendered."""

FINISHED = "certificates_finished"
"""The work that a receipt, or the next portion, waits for may be done."""

STATUS = "certificates_status"
"""A status list is to be made or signed anew."""


async def wake(connection: Connection, channel: str) -> None:
    """Shorten the wait of the job that listens there. Several calls in one transaction are one notification."""
    await connection.execute("SELECT pg_notify($1, '')", channel)
