"""What the API's handlers take: a transaction, the time, and who is acting."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Header, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from services.registration.domain.actor import Actor, organiser
from services.registration.domain.personal_link import PersonalLinks
from services.registration.domain.tokens import hash_token
from services.registration.storage import organisers
from shared.runtime.database import Connection

_BEARER = HTTPBearer(auto_error=False, scheme_name="token", description="An API token, made with `atelier organiser token`")


async def _transaction(request: Request) -> AsyncIterator[Connection]:
    async with request.app.state.pool.acquire() as connection, connection.transaction():
        yield connection


async def _links(request: Request) -> PersonalLinks:
    links: PersonalLinks = request.app.state.personal_links
    return links


async def _now(request: Request) -> datetime:
    moment: datetime = request.app.state.clock.now()
    return moment


# The scope makes the commit happen before the answer is sent: success means that it is kept.
Transaction = Annotated[Connection, Depends(_transaction, scope="function")]
Now = Annotated[datetime, Depends(_now)]
Links = Annotated[PersonalLinks, Depends(_links)]


async def _actor(connection: Transaction, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> Actor:
    account = await organisers.find_by_token(connection, hash_token(credentials.credentials)) if credentials else None
    if account is None:
        raise HTTPException(401, "A valid token is needed: Authorization: Bearer …", headers={"WWW-Authenticate": "Bearer"})
    return organiser(account.id)


Acting = Annotated[Actor, Depends(_actor)]
RequestKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[A-Za-z0-9._:-]{1,100}$",
        description="A repeated request with the same key has no further effect",
    ),
]
ExpectedVersion = Annotated[
    str | None,
    Header(alias="If-Match", pattern=r'^"[0-9]{1,9}"$', description='The version that is edited, such as "3"; 412 where it is another'),
]
