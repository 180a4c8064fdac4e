"""Addresses that open to whoever has them: they must reach neither search engines nor other sites, whatever is answered."""

import re

from starlette.types import ASGIApp, Receive, Scope, Send

from shared.web.security_headers import adding

PRIVATE = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow", "Cache-Control": "no-store"}
"""For what is answered there."""
_PRIVATE_ADDRESS = re.compile(r"/(verify|certificates/shared)/|/certificates/[^/]+\.(pdf|json|jwt)$")
_SAID = [(name.lower().encode("ascii"), PRIVATE[name].encode("ascii")) for name in ("Referrer-Policy", "X-Robots-Tag")]


class PrivateAddressesMiddleware:
    """Says so with refusals too, and while the database is away: what answers then knows nothing of the page that it stands for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on and adds to what comes back."""
        is_private = scope["type"] == "http" and _PRIVATE_ADDRESS.match(scope["path"])
        await self._app(scope, receive, adding(_SAID, send) if is_private else send)
