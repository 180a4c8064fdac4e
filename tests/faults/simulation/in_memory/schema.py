"""The tables of each service's database, as far as the simulated statements use them."""

from collections.abc import Callable
from datetime import datetime

from tests.faults.simulation.in_memory import (  # noqa: F401 - these modules hold the twins
    certificate_statements,
    effect_statements,
    hearing_statements,
    learning_statements,
    messaging_statements,
    office_statements,
    outcome_statements,
    receipt_statements,
    registration_statements,
    sending_statements,
    sharing_statements,
    status_statements,
)
from tests.faults.simulation.in_memory.database import Database
from tests.faults.simulation.in_memory.rows import Row, Table, Unique

LIVE = {"confirmed", "waiting"}


def messaging() -> list[Table]:
    """What every service has."""
    return [
        Table("outbox", ("id",)),
        Table("outbox_sequences", ("topic", "key")),
        Table("inbox", ("event_id",)),
        Table("dead_letters", ("id",), (Unique("dead_letters_once", ("topic", "partition", "record_offset", "record_time")),)),
    ]


def registration(clock: Callable[[], datetime]) -> Database:
    """Registration's database."""
    nothing_yet: Row = {"promoted_at": None, "withdrawn_at": None, "withdrawn_by": None, "erased_at": None, "link_requested_at": None}
    return Database(
        [
            *messaging(),
            Table(
                "workshops",
                ("id",),
                (Unique("workshops_slug_key", ("slug",)),),
                checks={
                    "never_oversold": lambda row: row["confirmed_count"] <= row["capacity"],
                    "workshops_confirmed_count_check": lambda row: row["confirmed_count"] >= 0,
                    "workshops_waiting_count_check": lambda row: row["waiting_count"] >= 0,
                },
            ),
            Table(
                "registrations",
                ("id",),
                (
                    Unique("one_number_each", ("workshop_id", "number")),
                    Unique("one_live_registration_per_address", ("workshop_id", "address_key"), lambda row: row["state"] in LIVE),
                ),
                defaults=nothing_yet,
            ),
            Table("participants", ("registration_id",)),
            Table("answers", ("registration_id",)),
            Table(
                "duplicate_answers",
                ("registration_id", "form_token"),
                checks={"waiting_has_position": lambda row: (row["answered"] == "waiting") == (row["answered_position"] is not None)},
            ),
            Table("audit_log", ("id",), (Unique("one_effect_per_request", ("workshop_id", "action", "request_key")),)),
        ],
        clock,
    )


def listening(clock: Callable[[], datetime]) -> Database:
    """The database of a service that does nothing but to note what it heard."""
    return Database([*messaging(), Table("effects", ("id",))], clock)


def notifications(clock: Callable[[], datetime]) -> Database:
    """The database of notifications."""
    message: Row = dict.fromkeys(
        ("rule_id", "expires_at", "skip_reason", "superseded_by", "failure", "language", "settled_at", "traceparent")
    )
    message |= {"state": "planned", "attempts": 0, "not_before": None, "fence": 0, "lease_until": None}
    return Database(
        [
            *messaging(),
            Table("workshops", ("workshop_id",)),
            Table("workshop_facts", ("fact_id",)),
            Table("registrations", ("registration_id",)),
            Table("participants", ("registration_id",)),
            Table("erased", ("registration_id",)),
            Table("attendance", ("registration_id", "session_code")),
            Table("certificates", ("registration_id", "serial")),
            Table("receipts", ("fact_id",)),
            Table(
                "messages",
                ("message_id",),
                (Unique("messages_business_key", ("registration_id", "purpose", "occurrence")),),
                checks={
                    "messages_skip_has_reason": lambda row: (row["state"] == "skipped") == (row["skip_reason"] is not None),
                    "messages_failure_has_reason": lambda row: (row["state"] == "failed") == (row["failure"] is not None),
                    "messages_lease": lambda row: (row["state"] in {"claimed", "sending"}) == (row["lease_until"] is not None),
                },
                defaults=message,
            ),
        ],
        clock,
    )


def certificates(clock: Callable[[], datetime]) -> Database:
    """The database of certificates."""
    workshop: Row = dict.fromkeys(("record", "completed_at", "completion_correlation_id", "completion_traceparent", "awaiting_facts_since"))
    workshop |= {"unsettled": True, "issue_again_before": None}
    person: Row = dict.fromkeys(("state", "withdrawn_by", "certificate_name", "language", "address_digest"))
    document: Row = dict.fromkeys(("issued_at", "name", "language", "attended", "sha256", "superseded_by", "superseded_at", "revoked_at"))
    document |= dict.fromkeys(("revocation_reason", "revocation_note", "lease", "lease_until", "error", "retry_at"))
    return Database(
        [
            *messaging(),
            Table("workshops", ("workshop_id",), defaults=workshop),
            Table(
                "registrations",
                ("registration_id",),
                checks={
                    "registrations_erased_keeps_no_person": lambda row: (
                        row["state"] != "erased" or _all_null(row, "certificate_name", "language")
                    ),
                },
                defaults=person | {"sequence": 0, "participant_version": 0, "unsettled": True},
            ),
            Table("attendance", ("registration_id", "session_code")),
            Table(
                "certificates",
                ("registration_id", "edition"),
                (
                    Unique("certificates_serial_key", ("serial",)),
                    Unique("certificates_verification_token_key", ("verification_token",)),
                    Unique("certificates_status_index_key", ("status_index",)),
                    Unique("certificates_one_valid", ("registration_id",), lambda row: row["state"] in {"eligible", "issued"}),
                ),
                checks={
                    "certificates_issued_is_complete": lambda row: row["state"] != "issued" or _none_null(row, *_PRINTED),
                    "certificates_revoked_says_why": lambda row: _only_in("revoked", row, "revoked_at", "revocation_reason"),
                    "certificates_superseded_says_by_what": lambda row: _only_in("superseded", row, "superseded_at", "superseded_by"),
                    "certificates_erased_names_nobody": lambda row: (
                        not row["erased"] or (row["name"] is None and row["state"] in {"revoked", "superseded"})
                    ),
                },
                defaults=document | {"erased": False, "attempts": 0, "kind": "participation"},
            ),
            Table("documents", ("registration_id", "edition")),
            Table("receipts", ("fact_id",), defaults={"effects": {}, "acted_at": None}),
            Table("certificate_changes", ("id",)),
            Table("certificate_templates", ("workshop_id",)),
            Table("trainers", ("registration_id",)),
            Table("approvals", ("registration_id",)),
            Table(
                "certificate_shares",
                ("registration_id",),
                (Unique("certificate_shares_share_token_key", ("share_token",), lambda row: row["share_token"] is not None),),
            ),
            Table("audit_log", ("id",)),
            Table("status_lists", ("number",), defaults={"credential": None}),
            Table("status_changes", ("change_id",)),
        ],
        clock,
    )


_PRINTED = ("issued_at", "name", "language", "attended", "sha256")


def _all_null(row: Row, *columns: str) -> bool:
    return all(row[column] is None for column in columns)


def _none_null(row: Row, *columns: str) -> bool:
    return all(row[column] is not None for column in columns)


def _only_in(state: str, row: Row, *columns: str) -> bool:
    return _none_null(row, *columns) if row["state"] == state else _all_null(row, *columns)


DATABASES: dict[str, Callable[[Callable[[], datetime]], Database]] = {
    "registration": registration,
    "listening": listening,
    "notifications": notifications,
    "certificates": certificates,
}
"""By service."""
