"""Read every side of a running system."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

import asyncpg

from deploy.reconcile.personal_rows import PersonalRow, rows_left_behind
from deploy.reconcile.read_bookkeeping import Bookkeeping, read_bookkeeping
from deploy.reconcile.read_certificates import read_certificates
from deploy.reconcile.read_kafka import read_kafka
from deploy.reconcile.read_mailbox import read_mailbox
from deploy.reconcile.read_notifications import read_notifications
from deploy.reconcile.read_progress import read_progress
from deploy.reconcile.read_registration import read_registration
from deploy.reconcile.world import World

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """Where to ask. Databases as postgresql://…, `kafka` as host:port, `mailbox` as http://host:port or None where there is none."""

    registration: str = field(repr=False)
    notifications: str = field(repr=False)
    certificates: str = field(repr=False)
    kafka: str
    topic_prefix: str = ""
    mailbox: str | None = None


async def read_world(addresses: Addresses) -> World:
    """Read databases, Kafka and mailbox, each at one moment. On a system that is at work the moments differ: let it rest first."""
    registration, registration_books = await _read("registration", addresses.registration, read_registration)
    notifications, notifications_books = await _read("notifications", addresses.notifications, read_notifications)
    certificates, certificates_books = await _read("certificates", addresses.certificates, read_certificates)
    erased = {row.id for row in registration.registrations.values() if row.state == "erased"} | notifications.erased | certificates.erased
    async with asyncio.TaskGroup() as group:
        log = group.create_task(read_kafka(addresses.kafka, addresses.topic_prefix))
        mails = group.create_task(read_mailbox(addresses.mailbox)) if addresses.mailbox else None
        left_behind = group.create_task(_left_behind(addresses, erased))
    return World(
        registration=registration,
        notifications=notifications,
        certificates=certificates,
        bookkeeping=[registration_books, notifications_books, certificates_books],
        log=log.result(),
        # Asked last: what was read meanwhile only makes the distance to the log look smaller than it was.
        progress=await read_progress(addresses.kafka, addresses.topic_prefix),
        mails=mails.result() if mails else None,
        left_behind=left_behind.result(),
    )


async def _read(service: str, url: str, read: Callable[[asyncpg.Connection], Awaitable[T]]) -> tuple[T, Bookkeeping]:
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return await read(connection), await read_bookkeeping(connection, service)
    finally:
        await connection.close()


async def _left_behind(addresses: Addresses, erased: Iterable[UUID]) -> list[PersonalRow]:
    ids = list(erased)
    found: list[PersonalRow] = []
    databases = (
        ("registration", addresses.registration),
        ("notifications", addresses.notifications),
        ("certificates", addresses.certificates),
    )
    for service, url in databases if ids else ():
        connection = await asyncpg.connect(url)
        try:
            found += await rows_left_behind(connection, service, ids)
        finally:
            await connection.close()
    return found
