"""Organisers' session cookies: signed with Ed25519, fifteen minutes, renewed while they are used. Real time throughout."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from fastapi import Response
from joserfc import jwt
from joserfc.jwk import OKPKey

from services.registration.storage import organisers
from services.registration.storage.organisers import Organiser
from shared.runtime.database import Connection
from shared.web.sessions import ALGORITHM, ISSUER, SESSION_COOKIE, OrganiserSession

LIFETIME = timedelta(minutes=15)
RENEW_AFTER = timedelta(minutes=5)


class SessionIssuer:
    """Signs sessions.

    Args:
        private_key: the Ed25519 private key, PEM.
        public_url: behind https the cookie is for https only.
    """

    def __init__(self, private_key: bytes | str, public_url: str) -> None:
        self._key = OKPKey.import_key(private_key)
        self._secure = public_url.startswith("https:")

    @classmethod
    def from_file(cls, path: Path, public_url: str) -> "SessionIssuer":
        """Reads the key from a PEM file."""
        return cls(path.read_bytes(), public_url)

    def issue(self, organiser_id: UUID, name: str, role: str) -> str:
        """A session that starts now."""
        issued = datetime.now(UTC)
        claims = {"iss": ISSUER, "sub": str(organiser_id), "name": name, "role": role, "iat": issued, "exp": issued + LIFETIME}
        return jwt.encode({"alg": ALGORITHM}, claims, self._key, algorithms=[ALGORITHM])

    def sign_in(self, response: Response, organiser: Organiser) -> None:
        """Give the browser a session."""
        self._set(response, self.issue(organiser.id, organiser.name, organiser.role))

    def sign_out(self, response: Response) -> None:
        """Take the session away from the browser."""
        response.delete_cookie(SESSION_COOKIE, path="/", secure=self._secure, httponly=True, samesite="lax")

    async def renew(self, connection: Connection, session: OrganiserSession, response: Response) -> None:
        """Extend a session that has been in use for a while, unless the account was closed meanwhile: that one ends at once."""
        if datetime.now(UTC) - session.issued < RENEW_AFTER:
            return
        organiser = await organisers.find_active(connection, session.organiser_id)
        if organiser is None:
            self.sign_out(response)
        else:
            self.sign_in(response, organiser)

    def _set(self, response: Response, token: str) -> None:
        response.set_cookie(
            SESSION_COOKIE, token, max_age=int(LIFETIME.total_seconds()), path="/", secure=self._secure, httponly=True, samesite="lax"
        )
