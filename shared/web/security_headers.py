"""What browsers are told on every answer: load nothing from elsewhere, run nothing, show the page in no frame."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_PERMISSIONS = ", ".join(f"{feature}=()" for feature in ("camera", "geolocation", "microphone", "payment", "usb", "browsing-topics"))
_ONE_YEAR = 31_536_000


class SecurityHeadersMiddleware:
    """Adds the headers to each answer; one that a page has set itself stays.

    Args:
        app: what answers.
        public_url: the address people see. Only behind https are browsers told to insist on https.
    """

    def __init__(self, app: ASGIApp, public_url: str) -> None:
        self._app = app
        headers = {
            "Content-Security-Policy": CONTENT_SECURITY_POLICY,
            # no-referrer would make browsers send `Origin: null` with forms, which the check of origins could not tell from an attack
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "Permissions-Policy": _PERMISSIONS,
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "no-store",
        }
        if urlsplit(public_url).scheme == "https":
            headers["Strict-Transport-Security"] = f"max-age={_ONE_YEAR}; includeSubDomains"

        self._headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on and adds to what comes back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        await self._app(scope, receive, adding(self._headers, send))


def adding(headers: Sequence[tuple[bytes, bytes]], send: Send) -> Send:
    """A `send` that adds these to an answer, but for those that it has itself. Names are in lower case."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = {name.lower() for name, _ in message["headers"]}
            message["headers"] = [*message["headers"], *(header for header in headers if header[0] not in own)]
        await send(message)

    return send_with_headers
