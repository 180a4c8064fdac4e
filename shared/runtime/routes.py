"""What logs and spans call a request: its route's template, never its path."""

from typing import Any

from starlette.types import Scope

_WATCHING = ("/health", "/metrics", "/static")


def route_of(scope: Scope) -> str:
    """The template of the route that took the request, such as `/my/{token}`; known once it has been routed."""
    route: Any = scope.get("route")
    return str(getattr(route, "path_format", None) or getattr(route, "path", None) or "unmatched")


def is_watching(route: str) -> bool:
    """Whether a route or path is one of those that are asked for all the time and change nothing."""
    return route.startswith(_WATCHING)
