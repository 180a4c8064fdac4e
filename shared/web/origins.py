"""Protection of signed-in organisers from forms on other sites: an unsafe request must come from a page of ours."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_REFUSAL = "This form was sent from another site, so nothing was done.\n"


def comes_from_here(headers: Headers, public_url: str) -> bool:
    """Whether the browser vouches for the sender.

    Browsers say where a form stood: `Sec-Fetch-Site`, which no page can forge, and `Origin`. A request that carries neither is from
    no browser that could be tricked into sending cookies along.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is None or origin == "{0.scheme}://{0.netloc}".format(urlsplit(public_url))


class OriginCheckMiddleware:
    """Refuses unsafe requests that a browser sends for another site.

    An `Authorization` header exempts: browsers never add one by themselves.

    Args:
        app: what answers.
        public_url: the address people see.
        secret_paths: beginnings of paths that hold a secret which no other site knows. Their pages send no referrer, whereupon
            browsers send `Origin: null`, so the check could not pass; and it is not needed.
    """

    def __init__(self, app: ASGIApp, public_url: str, secret_paths: tuple[str, ...] = ()) -> None:
        self._app = app
        self._public_url = public_url
        self._secret_paths = secret_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers 403 before anything else has seen the request."""
        if scope["type"] == "http" and scope["method"] not in _SAFE and not scope["path"].startswith(self._secret_paths):
            headers = Headers(scope=scope)
            if "authorization" not in headers and not comes_from_here(headers, self._public_url):
                await PlainTextResponse(_REFUSAL, status_code=403)(scope, receive, send)
                return
        await self._app(scope, receive, send)
