"""Organisers' accounts and their API tokens, which are stored as hashes only."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.runtime.database import Connection


@dataclass(frozen=True, slots=True)
class Organiser:
    """An account. `role` goes into the session cookie."""

    id: UUID
    address: str = field(repr=False)
    name: str
    role: str
    password_hash: str = field(repr=False)


async def insert(connection: Connection, organiser: Organiser, address_key: str, *, now: datetime) -> bool:
    """Store a new account; False where the address has one."""
    row = await connection.fetchval(
        """
        INSERT INTO organisers (id, address, address_key, name, role, password_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (address_key) DO NOTHING RETURNING id
        """,
        organiser.id,
        organiser.address,
        address_key,
        organiser.name,
        organiser.role,
        organiser.password_hash,
        now,
    )
    return row is not None


async def find_active(connection: Connection, organiser_id: UUID) -> Organiser | None:
    """The account, unless it was closed."""
    return _read(
        await connection.fetchrow(
            "SELECT id, address, name, role, password_hash FROM organisers WHERE id = $1 AND active",
            organiser_id,
        )
    )


async def find_by_address(connection: Connection, address_key: str) -> Organiser | None:
    """The active account of an address."""
    return _read(
        await connection.fetchrow(
            "SELECT id, address, name, role, password_hash FROM organisers WHERE address_key = $1 AND active",
            address_key,
        )
    )


async def find_by_token(connection: Connection, token_hash: bytes) -> Organiser | None:
    """The active account that a valid token belongs to."""
    return _read(
        await connection.fetchrow(
            """
            SELECT o.id, o.address, o.name, o.role, o.password_hash FROM api_tokens t JOIN organisers o ON o.id = t.organiser_id
            WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND o.active
            """,
            token_hash,
        )
    )


async def replace_password_hash(connection: Connection, organiser_id: UUID, password_hash: str) -> None:
    """The same password, hashed with today's parameters."""
    await connection.execute("UPDATE organisers SET password_hash = $2 WHERE id = $1", organiser_id, password_hash)


async def insert_token(connection: Connection, token_id: UUID, organiser_id: UUID, name: str, token_hash: bytes, *, now: datetime) -> None:
    """Store a token's hash; the token itself is shown once and never kept."""
    await connection.execute(
        "INSERT INTO api_tokens (id, organiser_id, name, token_hash, created_at) VALUES ($1, $2, $3, $4, $5)",
        token_id,
        organiser_id,
        name,
        token_hash,
        now,
    )


def _read(row: Any) -> Organiser | None:
    return None if row is None else Organiser(row["id"], row["address"], row["name"], row["role"], row["password_hash"])
