"""Who visits the pages of certificates, and what there is to see."""

from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.jwk import OKPKey

from shared.web.sessions import ALGORITHM, ISSUER, SESSION_COOKIE
from tests.component.certificates.story import WORKSHOP, Service, Story

NAME = "Гоар Ђаковић"
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
