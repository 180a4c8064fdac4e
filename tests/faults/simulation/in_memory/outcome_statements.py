"""Twins of the statements that end messages, and of the one that reads all about them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tests.faults.simulation.in_memory.rows import Row
from tests.faults.simulation.in_memory.sending_statements import in_turn
from tests.faults.simulation.in_memory.statement import Statement, Where
from tests.faults.simulation.in_memory.twins import columns, twin

_ENDED: Row = {"lease_until": None, "not_before": None}


def _fate(statement: Statement, row: Row) -> Row:
    person = statement.get("participants", row["registration_id"])
    names = ("message_id", "registration_id", "workshop_id", "purpose", "occurrence", "due_at", "state", "skip_reason", "superseded_by")
    return columns(row, *names, "failure", "settled_at", language=row["language"] or (person["language"] if person else None))


def _settle(statement: Statement, where: Where, **changes: Any) -> list[Row]:
    return [_fate(statement, row) for row in statement.update_where("messages", where, **changes)]


def _mine(message_id: UUID, fence: int, *states: str) -> Where:
    return lambda row: row["message_id"] == message_id and row["fence"] == fence and row["state"] in states


@twin("SET state = 'sent', lease_until = NULL", says="marks the message sent", digest="511a553f")
def settle_sent(statement: Statement, *sent: Sequence[Any]) -> list[Row]:
    rows = []
    for message_id, fence, taken_at in zip(*sent, strict=True):
        rows += _settle(statement, _mine(message_id, fence, "sending", "uncertain"), state="sent", settled_at=taken_at, **_ENDED)
    return rows


@twin("SET state = 'failed', failure = $4", says="marks the message failed", digest="987c4b35")
def settle_failed(statement: Statement, message_id: UUID, fence: int, now: datetime, reason: str) -> list[Row]:
    mine = _mine(message_id, fence, "claimed", "sending", "uncertain")
    return _settle(statement, mine, state="failed", failure=reason, settled_at=now, **_ENDED)


@twin("SET state = 'uncertain'", "WHERE message_id = $1 AND fence = $2", says="marks the message uncertain", digest="c08c510b")
def settle_uncertain(statement: Statement, message_id: UUID, fence: int, now: datetime) -> list[Row]:
    return _settle(statement, _mine(message_id, fence, "sending"), state="uncertain", settled_at=now, lease_until=None)


@twin("SET state = 'uncertain'", "lease_until < clock_timestamp()", says="marks uncertain what somebody was sending", digest="872c3f84")
def settle_abandoned(statement: Statement, now: datetime) -> list[Row]:
    moment = statement.now
    late: Where = lambda row: row["state"] == "sending" and row["lease_until"] < moment  # noqa: E731 - a condition
    return _settle(statement, late, state="uncertain", settled_at=now, lease_until=None)


@twin("SET state = 'skipped', skip_reason = s.reason", says="skips what is no longer true", digest="6b1f4717")
def settle_skipped(statement: Statement, *values: Any) -> list[Row]:
    rows = []
    for message_id, fence, reason, by in zip(*values[:4], strict=True):
        changes = {"state": "skipped", "skip_reason": reason, "superseded_by": by, "settled_at": values[4]} | _ENDED
        rows += _settle(statement, _mine(message_id, fence, "claimed"), **changes)
    return rows


@twin("SET state = 'skipped', skip_reason = 'erased', superseded_by = $2", says="skips what waits for the erased person", digest="30bf05d5")
def settle_erased(statement: Statement, registration_id: UUID, by: UUID, now: datetime) -> list[Row]:
    rows = statement.lock("messages", lambda row: row["registration_id"] == registration_id and row["state"] in ("planned", "claimed"))
    changes = {"state": "skipped", "skip_reason": "erased", "superseded_by": by, "settled_at": now} | _ENDED
    return [_fate(statement, statement.update("messages", row, fence=row["fence"] + 1, **changes)) for row in rows]


@twin("SET state = 'skipped', skip_reason = 'erased', not_before = NULL", says="skips what came for erased people", digest="f38fc7ce")
def settle_stragglers(statement: Statement, now: datetime) -> list[Row]:
    erased = {row["registration_id"] for row in statement.rows("erased")}
    rows = statement.lock("messages", lambda row: row["registration_id"] in erased and row["state"] == "planned" and row["rank"] < 3)
    changes = {"state": "skipped", "skip_reason": "erased", "settled_at": now, "not_before": None}
    return [_fate(statement, statement.update("messages", row, fence=row["fence"] + 1, **changes)) for row in rows]


@twin("DELETE FROM certificates c USING erased e", says="deletes certificates that came for erased people", digest="209e4e55")
def delete_certificates_of_erased(statement: Statement, registration_ids: Sequence[UUID]) -> int:
    erased = {row["registration_id"] for row in statement.rows("erased")} & set(registration_ids)
    return statement.delete_where("certificates", lambda row: row["registration_id"] in erased)


@twin(
    "w.cancelled_by, p.version", "WHERE m.message_id = ANY($1)", "record::text", says="reads all that a mail is made of", digest="6532934b"
)
def load_outgoing(statement: Statement, message_ids: Sequence[UUID]) -> list[Row]:
    rows = []
    for message in sorted(statement.rows("messages", lambda row: row["message_id"] in message_ids), key=in_turn):
        person = statement.get("participants", message["registration_id"])
        registration = statement.get("registrations", message["registration_id"])
        workshop = statement.get("workshops", message["workshop_id"])
        if person and registration and workshop:
            rows.append(_outgoing(message, person, registration, workshop))
    return rows


@twin(
    "w.cancelled_by, p.version",
    "AND c.serial = regexp_replace(m.occurrence, ':[a-z]+$', '') WHERE m.message_id = ANY($1)",
    says="looks at messages once more",
    digest="084729bc",
)
def load_present(statement: Statement, message_ids: Sequence[UUID]) -> list[Row]:
    return load_outgoing(statement, message_ids)  # more than is asked for, and all of it


def _outgoing(message: Row, person: Row, registration: Row, workshop: Row) -> Row:
    """Without agenda, attendance and certificates, of which messages of rank 0 need nothing."""
    nothing: Row = {
        "audience": None,
        "fact_type": None,
        "fact_data": None,
        "attended": False,
        "certificate_state": None,
        "certificate_fact": None,
        "verification_token": None,
        "announced": False,
        "replaces": None,
        "revocation_reason": None,
    }
    of_message = ("message_id", "fence", "registration_id", "purpose", "occurrence", "rule_id", "due_at", "expires_at", "attempts")
    return (
        columns(message, *of_message, "correlation_id", "traceparent")
        | columns(
            person, "given_name", "family_name", "address", "language", "time_zone", "personal_page", participant_version=person["version"]
        )
        | columns(workshop, "record", "recorded_at", "cancelled_by", workshop_version=workshop["version"])
        | columns(registration, "standing", "standing_fact", ever_confirmed=registration["confirmed_at"] is not None)
        | nothing
    )
