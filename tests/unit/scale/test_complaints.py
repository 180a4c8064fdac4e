"""What is said against plans made by hand."""

from typing import Any

import pytest

from tests.component.scale.allowed import judge
from tests.component.scale.plans import LARGE, arguments, complaints

SIZES = {"registrations": 1_000_000.0, "registrations_by_state": 1_000_000.0, "workshops": 1_000.0, "outbox_unpublished": 500.0}


def node(kind: str, *below: dict[str, Any], rows: int = 1, **more: Any) -> dict[str, Any]:
    return {"Node Type": kind, "Plan Rows": rows, "Plans": list(below)} | {name.replace("_", " "): value for name, value in more.items()}


def scan(kind: str, *, rows: int = 1, table: str = "registrations", index: str = "registrations_by_state", **more: Any) -> dict[str, Any]:
    return node(kind, rows=rows, Relation_Name=table, Index_Name=index, **more)


MANY = LARGE + 1
ALL = scan("Seq Scan", rows=MANY)
OF_ONE_WORKSHOP = scan("Index Only Scan", rows=MANY, Index_Cond="(workshop_id = $1)")


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (ALL, ["reads all of registrations"]),
        (node("Limit", ALL), ["reads all of registrations"]),
        (node("Nested Loop", scan("Index Scan", Index_Cond="(id = $1)"), ALL), ["reads all of registrations"]),
        (scan("Seq Scan", table="workshops"), []),
        (scan("Index Scan", Index_Cond="(id = $1)"), []),
        (node("Aggregate", OF_ONE_WORKSHOP), ["reads many rows of registrations, 10001"]),
        (node("Limit", OF_ONE_WORKSHOP), []),
        (node("Limit", node("Nested Loop", OF_ONE_WORKSHOP)), []),
        (node("Limit", node("Aggregate", OF_ONE_WORKSHOP)), ["reads many rows of registrations, 10001"]),
        (scan("Bitmap Heap Scan", rows=MANY), ["reads many rows of registrations, 10001"]),
        (node("Limit", scan("Index Scan", Filter="(a < b)")), ["looks through registrations by registrations_by_state"]),
        (node("Limit", scan("Index Scan", Filter="(a < b)", index="outbox_unpublished")), []),
        (node("Limit", node("Sort", node("Function Scan", rows=MANY), Sort_Key=["a", "b"])), ["sorts many rows by a, b, 10001"]),
        (node("Sort", node("Function Scan", rows=LARGE), Sort_Key=["a"]), []),
    ],
)
def test_what_reads_or_sorts_what_grows_is_told(plan: dict[str, Any], said: list[str]) -> None:
    assert complaints(plan, SIZES) == said


def test_an_argument_is_likely_for_the_column_that_it_is_compared_with() -> None:
    sql = "SELECT FROM registrations r WHERE r.workshop_id = $1 AND state = $2 AND number > $3 AND id = ANY($4)"
    first, second, third, several = arguments(sql, ["uuid", "text", "bigint", "uuid[]"])
    assert (first, second, third) == ("md5('w0')::uuid::uuid", "'confirmed'::text", "50::bigint")
    assert several.startswith("ARRAY[md5(")
    assert "SELECT" not in several


def test_what_is_allowed_is_one_complaint_about_one_statement_and_no_other() -> None:
    counted = "SELECT session_code, count(*) AS people FROM attendance"
    refused, not_needed = judge(
        "registration",
        [f"reads many rows of attendance, 90000: storage.lists: {counted}", f"reads all of attendance: storage.lists: {counted}"],
    )
    assert refused == [f"reads all of attendance: storage.lists: {counted}"]
    assert ("reads many rows of attendance", "SELECT session_code, count(*)") not in not_needed
    assert ("reads many rows", "HAVING count(*) >= $4 AND sum(s.minutes) >= $5") in not_needed
