"""Organisers: passwords, sessions, tokens, and how often somebody may try."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from fastapi import FastAPI, Response
from joserfc import jwt
from joserfc.jwk import OKPKey

from services.registration.domain.refusals import InvalidFieldError, NotFoundError
from services.registration.settings import RegistrationSettings
from services.registration.storage import organisers
from services.registration.use_cases.create_api_token import create_api_token
from services.registration.use_cases.create_organiser import create_organiser
from services.registration.use_cases.sign_in import sign_in
from services.registration.web.session_issuing import SessionIssuer
from services.registration.web.throttling import Throttle
from shared.web.sessions import SESSION_COOKIE, OrganiserSession, SessionVerifier
from tests.component.registration.material import NOW

PASSWORD = "correct horse battery"


async def test_the_right_password_signs_in_whatever_the_spelling_of_the_address(connection: asyncpg.Connection) -> None:
    organiser_id = await create_organiser(connection, "Olga@Example.org", "Olga", PASSWORD, now=NOW)
    account = await sign_in(connection, " olga@example.org", PASSWORD)
    assert account is not None
    assert account.id == organiser_id
    assert account.password_hash.startswith("$argon2id$")
    for address, password in (
        ("olga@example.org", "wrong"),
        ("nobody@example.org", PASSWORD),
        ("no address", PASSWORD),
        ("olga@example.org", "x" * 10_000),
        ("olga@example.org", ""),
    ):
        assert await sign_in(connection, address, password) is None


async def test_a_closed_account_signs_in_no_more_and_its_tokens_end(app: FastAPI, connection: asyncpg.Connection) -> None:
    await create_organiser(connection, "olga@example.org", "Olga", PASSWORD, now=NOW)
    await create_api_token(connection, "olga@example.org", "tests", now=NOW)
    await connection.execute("UPDATE organisers SET active = false")
    assert await sign_in(connection, "olga@example.org", PASSWORD) is None
    token_hash = await connection.fetchval("SELECT token_hash FROM api_tokens")
    assert await organisers.find_by_token(connection, token_hash) is None


async def test_accounts_have_an_address_of_their_own_and_a_long_password(connection: asyncpg.Connection) -> None:
    await create_organiser(connection, "olga@example.org", "Olga", PASSWORD, now=NOW)
    for address, name, password, field in (
        ("OLGA@example.org", "Other", PASSWORD, "address"),
        ("not an address", "Other", PASSWORD, "address"),
        ("other@example.org", "Ot\u202eher", PASSWORD, "name"),
        ("other@example.org", "Other", "short", "password"),
    ):
        with pytest.raises(InvalidFieldError) as refused:
            await create_organiser(connection, address, name, password, now=NOW)
        assert refused.value.field == field


async def test_a_token_is_stored_as_a_hash_only(connection: asyncpg.Connection) -> None:
    await create_organiser(connection, "olga@example.org", "Olga", PASSWORD, now=NOW)
    token = await create_api_token(connection, "olga@example.org", "tests", now=NOW)
    row = str(dict(await connection.fetchrow("SELECT * FROM api_tokens")))
    assert token not in row
    with pytest.raises(NotFoundError):
        await create_api_token(connection, "nobody@example.org", "tests", now=NOW)


async def test_a_session_is_verified_with_the_public_key_alone(
    app: FastAPI, settings: RegistrationSettings, connection: asyncpg.Connection
) -> None:
    await create_organiser(connection, "olga@example.org", "Olga", PASSWORD, now=NOW)
    account = await sign_in(connection, "olga@example.org", PASSWORD)
    assert account is not None
    assert settings.session_public_key_file is not None
    issuer: SessionIssuer = app.state.session_issuer
    verifier = SessionVerifier.from_file(settings.session_public_key_file)
    session = verifier.verify(issuer.issue(account.id, account.name, account.role))
    assert session is not None
    assert (session.organiser_id, session.name, session.role) == (account.id, "Olga", "organiser")
    assert session.expires - session.issued == timedelta(minutes=15)
    other = OKPKey.generate_key("Ed25519")
    forged = jwt.encode({"alg": "Ed25519"}, {"iss": "atelier", "sub": str(account.id)}, other, algorithms=["Ed25519"])
    assert verifier.verify(forged) is None


async def test_a_session_in_use_is_renewed_unless_the_account_was_closed(app: FastAPI, connection: asyncpg.Connection) -> None:
    organiser_id = await create_organiser(connection, "olga@example.org", "Olga", PASSWORD, now=NOW)
    issuer: SessionIssuer = app.state.session_issuer
    now = datetime.now(UTC)

    def session(age: timedelta) -> OrganiserSession:
        return OrganiserSession(organiser_id, "Olga", "organiser", now - age, now - age + timedelta(minutes=15))

    async def renewed(age: timedelta) -> str:
        response = Response()
        await issuer.renew(connection, session(age), response)
        return response.headers.get("set-cookie", "")

    assert await renewed(timedelta(minutes=1)) == ""
    cookie = await renewed(timedelta(minutes=10))
    assert cookie.startswith(f"{SESSION_COOKIE}=ey")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    await connection.execute("UPDATE organisers SET active = false")
    assert (await renewed(timedelta(minutes=10))).startswith(f'{SESSION_COOKIE}=""')


async def test_too_many_attempts_are_refused_by_either_key() -> None:
    throttle = Throttle("2/minute")
    assert [await throttle.allow("account a", "client 1") for _ in range(3)] == [True, True, False]
    assert not await throttle.allow("account b", "client 1")
    assert await throttle.allow("account b", "client 2")
    assert await Throttle("").allow("anybody")
