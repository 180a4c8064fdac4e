"""Defects of certificates: leases that nobody looks at, and news that one worker passes on while another settles."""

from typing import Any
from uuid import UUID

from tests.faults.simulation.defects.planting import Cases, Planted, other_twin
from tests.faults.simulation.in_memory.rows import Row
from tests.faults.simulation.in_memory.statement import Statement


def lease_not_looked_at() -> Planted:
    """A document is stored by whoever rendered it, though its lease has ended and the certificate may be another by now."""

    def store(statement: Statement, registration_id: UUID, edition: int, _lease: UUID, *values: Any) -> list[Row]:
        def waits(row: Row) -> bool:
            return row["registration_id"] == registration_id and row["edition"] == edition and row["state"] == "eligible"

        named = dict(zip(("issued_at", "sha256", "name", "language", "attended", "kind"), values, strict=True))
        nothing: Row = dict.fromkeys(("lease", "lease_until", "error", "retry_at"))
        return [{"bool": True} for _ in statement.update_where("certificates", waits, state="issued", **named, **nothing)]

    return other_twin("store_document", store)


def news_for_the_settled_only() -> Planted:
    """News of a workshop is passed on to the registrations that are not marked yet, of which another worker may be settling one."""

    def pass_on(statement: Statement, workshop_id: UUID) -> int:
        workshop = statement.get("workshops", workshop_id)
        if workshop is None or workshop["record"] is None or workshop["completed_at"] is None or workshop["awaiting_facts_since"]:
            return 0
        settled = statement.update_where(
            "registrations", lambda row: row["workshop_id"] == workshop_id and not row["unsettled"], unsettled=True
        )
        return len(settled)

    return other_twin("pass_on_news", pass_on)


IN_CERTIFICATES: Cases = {
    "lease not looked at when the document is stored": (lease_not_looked_at, "a document is that of another certificate"),
    "news for the settled only": (news_for_the_settled_only, "has certificates that are []"),
}
