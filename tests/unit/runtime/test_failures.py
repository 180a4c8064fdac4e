import asyncio
import socket

import asyncpg
import pytest
from aiokafka.errors import KafkaConnectionError, MessageSizeTooLargeError, RequestTimedOutError

from shared.runtime.failures import describe, transient, where


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        ConnectionResetError(),
        TimeoutError(),
        asyncio.IncompleteReadError(b"", 4),
        socket.gaierror(),
        OSError(113, "No route to host"),
        asyncpg.DeadlockDetectedError(),
        asyncpg.SerializationError(),
        asyncpg.TooManyConnectionsError(),
        asyncpg.AdminShutdownError(),
        asyncpg.CannotConnectNowError(),
        asyncpg.ConnectionDoesNotExistError(),
        asyncpg.DiskFullError(),
        asyncpg.ReadOnlySQLTransactionError(),
        asyncpg.QueryCanceledError(),
        asyncpg.IdleInTransactionSessionTimeoutError(),
        asyncpg.InterfaceError("cannot perform operation: connection is closed"),
        asyncpg.InterfaceError("connection was closed in the middle of operation"),
        asyncpg.InterfaceError("pool is closing"),
        asyncpg.InternalClientError("cannot switch to state 1; protocol is in the error state"),
        asyncpg.InvalidCachedStatementError(),
        KafkaConnectionError(),
        RequestTimedOutError(),
        ExceptionGroup("both", [TimeoutError(), ConnectionResetError()]),
    ],
    ids=repr,
)
def test_worth_waiting_for(error: Exception) -> None:
    assert transient(error)


@pytest.mark.parametrize(
    "error",
    [
        ValueError(),
        KeyError("x"),
        FileNotFoundError(2, "No such file"),
        asyncpg.UniqueViolationError(),
        asyncpg.CheckViolationError(),
        asyncpg.UndefinedTableError(),
        asyncpg.DataError("invalid input for query argument $1"),
        asyncpg.InterfaceError("the server expects 1 argument for this query, 2 were passed"),
        MessageSizeTooLargeError(),
        ExceptionGroup("one", [TimeoutError(), ValueError()]),
    ],
    ids=repr,
)
def test_the_work_s_own_fault(error: Exception) -> None:
    assert not transient(error)


def test_a_failure_is_told_without_its_values() -> None:
    error = asyncpg.UniqueViolationError.new(
        {
            "S": "ERROR",
            "C": "23505",
            "M": 'duplicate key value violates unique constraint "one_address"',
            "D": "Key (address)=(ana@example.org) already exists.",
            "t": "registrations",
            "n": "one_address",
        }
    )
    told = describe(error)
    assert told == "UniqueViolationError, sqlstate 23505, registrations, one_address"
    assert describe(ValueError("Ana Kovač")) == "ValueError"


def test_a_network_failure_keeps_its_words() -> None:
    assert describe(ConnectionRefusedError(111, "Connect call failed")) == "ConnectionRefusedError, [Errno 111] Connect call failed"


def test_frames_name_file_line_and_function() -> None:
    def fail() -> None:
        raise ValueError("Ana Kovač")

    with pytest.raises(ValueError, match="Ana") as caught:
        fail()
    frames = where(caught.value)
    assert frames[-1].startswith("tests/unit/runtime/test_failures.py:")
    assert frames[-1].endswith("in fail")
    assert "Ana" not in " ".join(frames)
