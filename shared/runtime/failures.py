"""Which failures are worth waiting for, and how a failure is told without repeating anybody's data."""

import asyncio
import errno
import socket
import traceback
from pathlib import Path

import asyncpg
from aiokafka.errors import KafkaError

_PASSING_STATES = (
    "08",  # connection exceptions
    "28",  # credentials being rotated
    "40",  # deadlock, serialization failure
    "53",  # too many connections, disk or memory full
    "57",  # shutdown, crash recovery, starting up, statement cancelled
    "58",  # the server's own input and output
    "3D000",  # the database is being created or restored
    "25006",  # read only: a standby that is about to be promoted
    "25P03",  # the server has given up a transaction whose client fell silent, such as a process that was paused
    "55P03",  # a lock was not available in time
    "55006",  # object in use
)
_NETWORK_ERRORS = {
    errno.ECONNREFUSED,
    errno.ECONNRESET,
    errno.ECONNABORTED,
    errno.EPIPE,
    errno.ETIMEDOUT,
    errno.EHOSTUNREACH,
    errno.ENETUNREACH,
    errno.EHOSTDOWN,
    errno.ENETDOWN,
    errno.EMFILE,
    errno.ENFILE,
}
_OWN = ("services/", "shared/", "deploy/")
_CLOSED = (
    "connection is closed",
    "connection was closed",
    "connection has been released",
    "pool is clos",
    "underlying connection",
    # The driver was handed a connection that the server had just ended
    "cannot switch to",
    "protocol is in",
    "not connected",
)


def transient(error: BaseException) -> bool:
    """Whether the same work may well succeed later: connection lost, deadlock, too many connections, shutdown.

    Anything else is a fault of the work itself and would fail again.
    """
    if isinstance(error, BaseExceptionGroup):
        return all(transient(inner) for inner in error.exceptions)
    if isinstance(error, asyncpg.PostgresError):
        # A migration may change a table after a statement on it was prepared; the next time it is prepared anew.
        return str(error.sqlstate or "").startswith(_PASSING_STATES) or isinstance(error, asyncpg.InvalidCachedStatementError)
    if isinstance(error, asyncpg.InterfaceError | asyncpg.InternalClientError):
        return any(words in str(error) for words in _CLOSED)
    if isinstance(error, KafkaError):
        return bool(error.retriable)
    if isinstance(error, ConnectionError | TimeoutError | asyncio.IncompleteReadError | socket.gaierror):
        return True
    return isinstance(error, OSError) and error.errno in _NETWORK_ERRORS


def describe(error: BaseException) -> str:
    """Name a failure and where it arose, for logs and dead letters.

    The text of an exception may repeat the values that it failed on, which may be personal: it is left out, except for
    failures of network and broker. Of a database error the code and the constraint are named.
    """
    parts = [type(error).__name__]
    if isinstance(error, asyncpg.PostgresError):
        parts += [f"sqlstate {error.sqlstate}"]
        parts += [str(name) for name in (error.table_name, error.column_name, error.constraint_name) if name]
    elif isinstance(error, OSError | KafkaError) and str(error):
        parts += [str(error)]
    frames = where(error)
    own = [frame for frame in frames if frame.startswith(_OWN)]
    return ": ".join([", ".join(parts), *(own or frames)[-1:]])


def where(error: BaseException) -> list[str]:
    """The frames that the failure passed through, outermost first, as `file:line in function`; no values."""
    root = Path(__file__).parents[2]
    frames = []
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        shown = path.relative_to(root) if path.is_relative_to(root) else Path(*path.parts[-3:])
        frames.append(f"{shown}:{frame.lineno} in {frame.name}")
    return frames
