"""What PostgreSQL would do for a statement, and whether that grows with the number of registrations."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

LARGE = 10_000
"""Rows. Tables with fewer are read as a whole without harm, and as many are sorted."""

WORKSHOP, REGISTRATION = "md5('w0')::uuid", "md5('r5')::uuid"
"""The workshop that has a tenth of all registrations, and one of them."""

_BY_COLUMN = {
    "workshop_id": WORKSHOP,
    "slug": "'w-7'",
    "state": "'confirmed'",
    "topic": "'registrations'",
    "purpose": "'confirmation'",
    "serial": "'ATL-5000'",
    "verification_token": "'token5000'",
    "share_token": "'share5001'",
    "session_code": "'day-1'",
    "language": "'en'",
    "registration_id": REGISTRATION,
    "event_id": "md5('heard500')::uuid",
    "fact_id": "md5('f500')::uuid",
    "type": "'registration.confirmed.v1'",
    "address_key": "'v500@visitors.example'",
    "status_index": "500",
}
_BY_TYPE = {
    "uuid": REGISTRATION,
    "text": "'x'",
    "bigint": "50",
    "integer": "50",
    "smallint": "1",
    "numeric": "50",
    "double precision": "60",
    "boolean": "true",
    "timestamp with time zone": "now()",
    "date": "now()::date",
    "interval": "interval '30 days'",
    "jsonb": "'{}'",
    "json": "'{}'",
    "bytea": "decode(md5('a5'), 'hex')",
}
MANY = 20
"""Elements of an array."""


def arguments(sql: str, types: Sequence[str]) -> list[str]:
    """A likely value for each parameter of a statement, as SQL: by the column that it is compared with, else by its type."""
    return [_argument(sql, number, kind) for number, kind in enumerate(types, start=1)]


def complaints(plan: Mapping[str, Any], sizes: Mapping[str, float]) -> list[str]:
    """What in a plan (EXPLAIN's JSON) reads or sorts what grows. `sizes` has the rows of each table, and of each index."""
    return list(_complaints(plan, sizes, limited=False))


def _complaints(node: Mapping[str, Any], sizes: Mapping[str, float], *, limited: bool) -> Iterator[str]:
    kind, below = node["Node Type"], node.get("Plans", [])
    table = node.get("Relation Name", "")
    if kind == "Seq Scan":
        if sizes.get(table, 0) > LARGE:
            yield f"reads all of {table}"
    elif kind in _BY_INDEX and sizes.get(table, 0) > LARGE:
        if node["Plan Rows"] > LARGE and not limited:
            yield f"reads many rows of {table}, {node['Plan Rows']:.0f}"
        elif kind != "Bitmap Heap Scan" and "Index Cond" not in node and "Filter" in node and sizes.get(node["Index Name"], 0) > LARGE:
            # Until it has as many as it wants; where they are rare, or not there, to the end
            yield f"looks through {table} by {node['Index Name']}"
    if kind == "Sort" and (rows := max(child["Plan Rows"] for child in below)) > LARGE:
        yield f"sorts many rows by {', '.join(node['Sort Key'])}, {rows:.0f}"
    for child in below:
        # What is sorted, hashed or counted is read to its end, whatever limit is above.
        yield from _complaints(child, sizes, limited=kind == "Limit" or (limited and kind in _PASSING))


def sorts_by_reading(plan: Mapping[str, Any], sizes: Mapping[str, float]) -> bool:
    """Whether it only reads, and sorts what it reads of a large table.

    How much that is, estimates do not say: they count little for subqueries.
    """
    if any(node["Node Type"] == "ModifyTable" for node in _nodes(plan)):
        return False
    return any(sizes.get(table, 0) > LARGE for node in _sorts(plan, limited=False) for table in _tables(node))


def sorted_from_many(plan: Mapping[str, Any]) -> list[str]:
    """What in a plan that was carried out (EXPLAIN ANALYZE's JSON) was sorted, and picked from many rows. They are counted, not estimated.

    A sort reads to its end whatever is below it, so that no limit above makes it cheap.
    """
    return [
        f"sorts what it picks from many rows of {scan['Relation Name']}, {read:.0f}"
        for node in _sorts(plan, limited=False)
        for scan in _nodes(node, but=_FEW)
        if "Relation Name" in scan and (read := _read(scan)) > LARGE
    ]


def _sorts(node: Mapping[str, Any], *, limited: bool) -> Iterator[Mapping[str, Any]]:
    """Where rows are sorted. What is in order already but for a little is read as far as a limit asks for."""
    kind = node["Node Type"]
    if kind == "Sort" or (kind == "Incremental Sort" and not limited):
        yield node
    for child in node.get("Plans", []):
        yield from _sorts(child, limited=kind == "Limit" or (limited and kind in _PASSING))


def _read(scan: Mapping[str, Any]) -> float:
    """Rows that a scan has looked at, those that it did not want among them."""
    unwanted = scan.get("Rows Removed by Filter", 0) + scan.get("Rows Removed by Index Recheck", 0)
    return float((scan["Actual Rows"] + unwanted) * scan["Actual Loops"])


def answered_for_all(plan: Mapping[str, Any]) -> set[str]:
    """Tables that are read as a whole, once, to answer for some rows what a subquery asks for each."""
    hashed = set(re.findall(r"hashed (SubPlan \d+)", json.dumps(plan)))
    return {table for node in _nodes(plan) if node.get("Subplan Name") in hashed for table in _tables(node)}


def helpers(plan: Mapping[str, Any]) -> bool:
    """Whether the server would start processes to help with it."""
    return any(node["Node Type"].startswith("Gather") for node in _nodes(plan))


def _nodes(node: Mapping[str, Any], but: frozenset[str] = frozenset()) -> Iterator[Mapping[str, Any]]:
    yield node
    for child in node.get("Plans", []):
        if child["Node Type"] not in but:
            yield from _nodes(child, but)


def _tables(node: Mapping[str, Any]) -> set[str]:
    return {found["Relation Name"] for found in _nodes(node) if "Relation Name" in found}


_BY_INDEX = {"Index Scan", "Index Only Scan", "Bitmap Heap Scan"}
_FEW = frozenset({"Aggregate", "Group", "Limit"})
"""What may read many rows and gives few, that are sorted then."""
_PASSING = {"Limit", "LockRows", "Nested Loop", "Result", "Subquery Scan", "ModifyTable", "Append", "Merge Append", "Incremental Sort"}


def _argument(sql: str, number: int, kind: str) -> str:
    compared = re.search(rf"(?:\w+\.)?(\w+) *(?:=|<=|>=|<|>) *(?:ANY ?\()?\${number}(?!\d)", sql)
    column = compared[1] if compared else ""
    element = kind.removesuffix("[]")
    if column == "id" and "FROM workshops" in sql:
        value = WORKSHOP
    elif _fits(_BY_COLUMN.get(column, ""), element):
        value = _BY_COLUMN[column]
    else:
        value = _BY_TYPE[element]
    if kind.endswith("[]"):
        # Written out: an argument must be no subquery
        several = [f"md5('r{position * 31}')::uuid" if value == REGISTRATION else f"{value}::{element}" for position in range(MANY)]
        return f"ARRAY[{', '.join(several)}]"
    return f"{value}::{kind}"


def _fits(value: str, kind: str) -> bool:
    if not value:
        return False
    return value.endswith("::uuid") == (kind == "uuid") and (value.startswith("'") == (kind == "text"))
