"""Which Python function stands for which SQL statement of the product.

A twin is found by fragments of its statement, and knows a digest of the whole: `statements` compares it with the product's source.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

from tests.faults.simulation.in_memory.rows import Row

Result = list[Row] | int | None
"""Rows; or how many were changed, where none are returned; or nothing to speak of."""


@dataclass(frozen=True)
class Twin:
    """What a statement does, and how it is told in a story."""

    fragments: tuple[str, ...]
    says: str
    digest: str
    run: Callable[..., Result]


class NoTwinError(BaseException):
    """The product runs a statement that has no twin, or has it no more. No code of the product catches it."""


TWINS: list[Twin] = []


def twin(*fragments: str, says: str, digest: str) -> Callable[[Callable[..., Result]], Callable[..., Result]]:
    """The decorated function does in memory what the statement with these fragments does. It takes what the statement takes.

    Args:
        fragments: all of them are in the statement, once its white space is single spaces; together in no other.
        says: what the story tells, after the name of who does it.
        digest: of the whole statement, in single spaces.
    """

    def register(run: Callable[..., Result]) -> Callable[..., Result]:
        TWINS.append(Twin(fragments, says, digest, run))
        return run

    return register


def normal(sql: str) -> str:
    """A statement with single spaces."""
    return " ".join(sql.split())


def digest_of(text: str) -> str:
    """What tells one statement from another; of its normal text."""
    return sha256(text.encode()).hexdigest()[:8]


@lru_cache(maxsize=1024)
def find_twin(sql: str) -> Twin:
    """The twin of a statement.

    Raises:
        NoTwinError: it has none, or several fit.
    """
    text = normal(sql)
    found = [candidate for candidate in TWINS if all(fragment in text for fragment in candidate.fragments)]
    found = [candidate for candidate in found if text in candidate.fragments] or found
    if len(found) != 1:
        raise NoTwinError(f"{len(found) or 'no'} twins for this statement (digest {digest_of(text)}): {text}")
    return found[0]


def describe(sql: str) -> str:
    """How a statement is told, also where a real database runs it."""
    try:
        return find_twin(sql).says
    except NoTwinError:
        return "runs: " + " ".join(sql.split())[:60]


def columns(row: Row, *names: str, **renamed: Any) -> Row:
    """Part of a row, with more added."""
    return {name: row[name] for name in names} | renamed
