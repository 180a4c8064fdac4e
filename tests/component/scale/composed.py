"""Statements that are put together when the program runs, or take what is looked for as values that may be null.

Both are asked of the functions that carry them out, with each combination of what can be looked for.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from hashlib import md5
from itertools import product
from typing import Any
from uuid import UUID

from services.certificates.storage import console_lists as certificate_lists
from services.notifications.domain.message import Purpose, State
from services.notifications.storage import board
from services.registration.domain.registration import RegistrationState
from services.registration.storage import audit_log, console_lists, workshops
from shared.runtime import dead_letter_rows, rebuild_tables
from shared.runtime.dead_letter_rows import EVERY, Sought

LARGEST = UUID(md5(b"w0", usedforsecurity=False).hexdigest())
"""The workshop with a tenth of all registrations."""
SOMEBODY = UUID(md5(b"r5", usedforsecurity=False).hexdigest())
"""One of them."""
NOW = datetime.now(UTC)

Function = Callable[[Any], Awaitable[Any]]
"""Takes a connection."""


@dataclass
class Recording:
    """Stands where a connection is expected: notes what it is asked to carry out, and answers that there is nothing but one table."""

    asked: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)

    async def fetch(self, sql: str, *arguments: Any) -> list[Any]:
        self.asked.append((sql, arguments))
        return [("outbox",)] if "FROM pg_tables" in sql else []

    async def fetchval(self, sql: str, *arguments: Any) -> None:
        self.asked.append((sql, arguments))


async def asked_of(service: str) -> AsyncIterator[tuple[str, str, tuple[Any, ...]]]:
    """Where, the statement, and its arguments."""
    for function in (*_FUNCTIONS[service](), *_of_every_service()):
        connection = Recording()
        await function(connection)
        for sql, arguments in connection.asked:
            yield function.func.__module__, sql, arguments


def _of_registration() -> list[partial[Awaitable[Any]]]:
    return [
        partial(audit_log.of_workshop, workshop_id=LARGEST),
        partial(audit_log.of_registration, registration_id=SOMEBODY),
        *(
            partial(console_lists.list_registrations, workshop_id=LARGEST, state=state, text=text, after=after)
            for state, text, after in product((None, *RegistrationState), ("", "kov"), (0, 500_000))
        ),
        *(partial(workshops.list_all, after=after) for after in (None, (NOW, LARGEST))),
    ]


def _of_notifications() -> list[partial[Awaitable[Any]]]:
    return [
        partial(board.list_messages, workshop_id=LARGEST, state=state, purpose=purpose, after=after, limit=100)
        for state, purpose, after in product((None, *State), (None, *Purpose), (None, (NOW, SOMEBODY)))
    ]


def _of_certificates() -> list[partial[Awaitable[Any]]]:
    return [
        partial(certificate_lists.list_certificates, workshop_id=LARGEST, after=after, serial=serial, limit=100)
        for after, serial in product(("", "1 ATL-500000"), (None, "ATL-500000"))
    ]


def _of_every_service() -> list[partial[Awaitable[Any]]]:
    looked_for: list[Sought] = [
        EVERY,
        Sought(topic="registrations"),
        Sought(type="registration.confirmed.v1"),
        Sought(reason="handler"),
        Sought(key=SOMEBODY),
        Sought(since=NOW, until=NOW),
        Sought("registrations", "registration.confirmed.v1", "handler", SOMEBODY, NOW, NOW),
    ]
    return [
        partial(rebuild_tables.tables_with_rows),
        *(partial(dead_letter_rows.list_, sought=sought, replayed=replayed) for sought, replayed in product(looked_for, (False, True))),
        *(partial(dead_letter_rows.waiting, sought=sought) for sought in looked_for),
    ]


_FUNCTIONS: dict[str, Callable[[], list[partial[Awaitable[Any]]]]] = {
    "registration": _of_registration,
    "notifications": _of_notifications,
    "certificates": _of_certificates,
}
