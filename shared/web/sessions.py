"""Who is signed in: the organiser's session cookie, verified with the public key alone.

The cookie holds a JWT signed with Ed25519 by registration. Claims: `iss` "atelier", `sub` the organiser's id, `name`, `role`, `iat` and
`exp` (15 minutes after `iat`). Sessions live in real time, never in business time.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

from fastapi import HTTPException, Request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

SESSION_COOKIE = "atelier_session"
ISSUER = "atelier"
ALGORITHM = "Ed25519"
LOGIN_PATH = "/console/login"


@dataclass(frozen=True, slots=True)
class OrganiserSession:
    """A signed-in organiser. `issued` and `expires` are UTC, real time."""

    organiser_id: UUID
    name: str
    role: str
    issued: datetime
    expires: datetime


class SessionVerifier:
    """Reads session cookies.

    Args:
        public_key: the Ed25519 public key, PEM.
    """

    def __init__(self, public_key: bytes | str) -> None:
        self._key = OKPKey.import_key(public_key)
        self._claims = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": ISSUER},
            sub={"essential": True},
            name={"essential": True},
            role={"essential": True},
            iat={"essential": True},
            exp={"essential": True},
        )

    @classmethod
    def from_file(cls, path: Path) -> "SessionVerifier":
        """Reads the key from a PEM file."""
        return cls(path.read_bytes())

    def verify(self, token: str | None) -> OrganiserSession | None:
        """The session, or None for anything but a valid, unexpired token of ours."""
        if not token:
            return None
        try:
            claims = jwt.decode(token, self._key, algorithms=[ALGORITHM]).claims
            self._claims.validate(claims)
            return OrganiserSession(
                organiser_id=UUID(claims["sub"]),
                name=str(claims["name"]),
                role=str(claims["role"]),
                issued=datetime.fromtimestamp(claims["iat"], UTC),
                expires=datetime.fromtimestamp(claims["exp"], UTC),
            )
        except (JoseError, ValueError, TypeError):
            return None


def current_organiser(request: Request) -> OrganiserSession | None:
    """The signed-in organiser, if there is one. Needs `app.state.sessions`, a SessionVerifier."""
    verifier: SessionVerifier = request.app.state.sessions
    return verifier.verify(request.cookies.get(SESSION_COOKIE))


async def require_organiser(request: Request) -> OrganiserSession:
    """For pages that only organisers may see: anybody else is sent to the login, and back here afterwards."""
    session = current_organiser(request)
    if session is None:
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        raise HTTPException(303, headers={"Location": f"{LOGIN_PATH}?next={quote(target, safe='')}", "Cache-Control": "no-store"})
    return session
