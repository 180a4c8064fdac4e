"""The API while its database fails: success is never claimed for what is not kept."""

from typing import Any

import asyncpg
import httpx
import pytest

from tests.component.registration.material import workshop_json


class _TransactionThatCannotCommit:
    """Does everything asked of it, and loses it all at the end."""

    def __init__(self, connection: Any) -> None:
        self._transaction = connection._con.transaction()

    async def __aenter__(self) -> None:
        await self._transaction.start()

    async def __aexit__(self, *_error: object) -> None:
        await self._transaction.rollback()
        raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")


async def test_a_failed_commit_is_no_success(
    api: httpx.AsyncClient, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(
            asyncpg.pool.PoolConnectionProxy,
            "transaction",
            lambda self: _TransactionThatCannotCommit(self),  # noqa: PLW0108 - a class is no method: it would not be given the connection
        )
        answer = await api.post("/workshops", json=workshop_json())
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "unavailable", "5")
    assert await connection.fetchval("SELECT count(*) FROM workshops") == 0
    assert (await api.post("/workshops", json=workshop_json())).status_code == 201
