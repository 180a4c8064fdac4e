"""Who visits the pages of certificates, and what there is to see."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import OKPKey

from shared.web.sessions import ALGORITHM, ISSUER, SESSION_COOKIE
from tests.component.certificates.story import WORKSHOP, Service, Story

NAME = "Гоар Ђаковић"
ORIGIN = {"Origin": "https://atelier.example"}
PAGE = f"/certificates/workshops/{WORKSHOP}"
KEY = OKPKey.generate_key("Ed25519")


def signed_in() -> dict[str, str]:
    now = datetime.now(UTC)
    claims = {
        "iss": ISSUER,
        "sub": str(WORKSHOP),
        "name": "Olga Organiser",
        "role": "organiser",
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(minutes=15)).timestamp()),
    }
    return {"Cookie": f"{SESSION_COOKIE}={jwt.encode({'alg': ALGORITHM}, claims, KEY, algorithms=[ALGORITHM])}"}


async def issued(service: Service, story: Story, name: str = NAME) -> dict[str, Any]:
    story.person(1, name, attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    await service.work()
    [certificate] = await service.certificates()
    return certificate


async def post(browser: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    """A command, as its form sends it."""
    return await browser.post(f"{PAGE}/{path}", data=fields, headers=signed_in() | ORIGIN)


async def states(service: Service) -> list[tuple[int, str, str | None]]:
    """Edition, state and reason of every certificate."""
    return [(row["edition"], row["state"], row["revocation_reason"]) for row in await service.certificates()]
