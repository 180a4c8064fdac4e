"""An organiser who works through the organiser API with a token."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Self

import httpx


class ApiError(RuntimeError):
    """The API refused; the text is what its problem document says."""


class Organiser:
    """Client of `/api/v1`. `front_door` is the site's address without a trailing slash."""

    def __init__(self, front_door: str, token: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._api = httpx.AsyncClient(
            base_url=f"{front_door}/api/v1", timeout=30, trust_env=False, transport=transport, headers={"authorization": f"Bearer {token}"}
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._api.aclose()

    async def create_workshop(self, workshop: Mapping[str, Any]) -> Mapping[str, Any]:
        """Create a draft; the answer has its `id`."""
        return await self._ask("POST", "/workshops", workshop)

    async def command(self, workshop_id: str, name: str, details: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """Open, reschedule, cancel, complete, remind or announce."""
        return await self._ask("POST", f"/workshops/{workshop_id}/{name}", details or {})

    async def edit_workshop(self, workshop_id: str, changes: Mapping[str, Any]) -> Mapping[str, Any]:
        """Put other values in place of some of a workshop's fields."""
        definition = (await self.workshop(workshop_id))["definition"]
        return await self._ask("PUT", f"/workshops/{workshop_id}", {**definition, **changes})

    async def workshop(self, workshop_id: str) -> Mapping[str, Any]:
        """The workshop with its counts."""
        return await self._ask("GET", f"/workshops/{workshop_id}")

    async def registrations(self, workshop_id: str, state: str | None = None) -> AsyncIterator[Mapping[str, Any]]:
        """All registrations, or those in one state, in the order of admission, read page by page."""
        after: int | None = None
        while True:
            query = {name: str(value) for name, value in (("state", state), ("after", after)) if value}
            page = await self._ask("GET", f"/workshops/{workshop_id}/registrations", query=query)
            for registration in page["registrations"]:
                yield registration
            after = page["next_after"]
            if not after:
                return

    async def registration(self, registration_id: str) -> Mapping[str, Any]:
        """One registration with its mails, its certificate, and who acted when."""
        return await self._ask("GET", f"/registrations/{registration_id}")

    async def correct(self, registration_id: str, **values: str) -> None:
        """Correct what a person wrote, such as `certificate_name`."""
        await self._ask("POST", f"/registrations/{registration_id}/correct", values)

    async def check_in(self, registration_id: str, session_code: str) -> None:
        """Record that a person is present at a session."""
        await self._ask("PUT", f"/registrations/{registration_id}/attendance/{session_code}", {"present": True})

    async def _ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, query: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        answer = await self._api.request(method, path, json=body, params=query)
        if answer.is_error:
            raise ApiError(f"{method} {path} was answered {answer.status_code}: {answer.text[:500]}")
        return answer.json() if answer.content else {}
