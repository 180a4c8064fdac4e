"""An organiser at the pages of certificates, signed in."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self
from uuid import UUID

import httpx

from deploy.embedded.system import System
from services.registration.web.session_issuing import SessionIssuer
from shared.web.sessions import SESSION_COOKIE


class Office:
    """What may be done about certificates of one workshop. Every command is taken, or the test fails."""

    def __init__(self, system: System, workshop_id: str) -> None:
        issuer = SessionIssuer.from_file(Path(system.environment("registration")["ATELIER_SESSION_PRIVATE_KEY_FILE"]), system.front_door)
        self._browser = httpx.AsyncClient(
            base_url=f"{system.front_door}/certificates/workshops/{workshop_id}",
            timeout=60,
            trust_env=False,
            headers={"origin": system.front_door},
            cookies={SESSION_COOKIE: issuer.issue(UUID(int=1), "Olga Organiser", "organiser")},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._browser.aclose()

    async def approve(self, registration_ids: Sequence[str]) -> None:
        """That these have their certificates."""
        await self._send("/approve", {"chosen": list(registration_ids)})

    async def name_trainer(self, registration_id: str) -> None:
        """That somebody teaches."""
        await self._send(f"/trainers/{registration_id}", {"trains": "yes"})

    async def revoke(self, serial: str) -> None:
        """For a reason that everybody may read."""
        await self._send(f"/{serial}/revoke", {"note": "Issued by mistake", "public": "yes"})

    async def issue_again(self, serial: str) -> None:
        """One that was revoked or that is valid."""
        await self._send(f"/{serial}/issue-again", {})

    async def save_template(self) -> None:
        """The first of the workshop."""
        words = {"signatory-1": "Ana Kovač", "heading-en": "Diploma", "heading-fr": "Diplôme"}
        await self._send("/template", {"version": "0", "kind": "achievement", "orientation": "portrait", "accent": "#0f4c5c", **words})

    async def issue_all_again(self) -> None:
        """By the template as it is now."""
        await self._send("/issue-again", {})

    async def _send(self, path: str, form: Mapping[str, str | list[str]]) -> None:
        answer = await self._browser.post(path, data=dict(form))
        assert answer.status_code == httpx.codes.SEE_OTHER, (path, answer.status_code, answer.text[:2000])
        assert "login" not in answer.headers["location"]
