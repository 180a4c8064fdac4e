"""Public pages are plain routes, and are called by their template all the same."""

import pytest
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from services.registration.web.public_state import page
from shared.runtime.routes import route_of


async def answer(**_visit: object) -> Response:
    return Response()


@pytest.mark.parametrize(
    ("method", "path", "match", "name"),
    [
        ("GET", "/workshops/a-slug", Match.FULL, "/workshops/{slug}"),
        ("HEAD", "/workshops/a-slug", Match.FULL, "/workshops/{slug}"),
        ("DELETE", "/workshops/a-slug", Match.PARTIAL, "/workshops/{slug}"),
        ("GET", "/workshops/a-slug/register", Match.NONE, "unmatched"),
    ],
)
def test_a_request_is_called_by_the_template_of_its_page(method: str, path: str, match: Match, name: str) -> None:
    scope: Scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
    found, more = page("/workshops/{slug}", answer).matches(scope)
    assert found is match
    assert route_of(scope | more) == name
