"""The page that says whether a certificate is genuine. It opens by an unguessable token."""

import re
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from services.certificates.domain.certificate import CertificateState
from services.certificates.storage.verification import Verified, find_certificate
from services.certificates.web.private_addresses import PRIVATE
from services.certificates.web.throttling import throttled
from shared.contracts.certificate_template import Kind
from shared.runtime.database import Pool
from shared.web.languages import choose_text, country_name
from shared.web.pages import Pages

router = APIRouter(include_in_schema=False, dependencies=[Depends(throttled)])

_NOT_FOUND = 404
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NO_TOKEN = ""


@router.get("/verify/{token}")
async def verify(request: Request, token: str) -> Response:
    """Whether a certificate is valid, to people and, with `Accept: application/json`, to programs."""
    pool: Pool = request.app.state.pool
    pages: Pages = request.app.state.pages
    async with pool.acquire() as connection:
        found = await find_certificate(connection, asked(token))
    status = 200 if found else _NOT_FOUND
    if _wants_json(request):
        return JSONResponse(_facts(found, pages.language(request)), status, headers={**PRIVATE, "Vary": "Accept, Accept-Language, Cookie"})
    return pages.response(
        request,
        "verify.html",
        status,
        headers={**PRIVATE, "Vary": "Accept, Accept-Language, Cookie"},
        certificate=found,
        shown=_shown(found),
        token=token if found else "",
    )


def asked(token: str) -> str:
    """The token to look for."""
    # What cannot be a token is looked for all the same, as none: every unknown address is answered by the same work
    return token if _TOKEN.fullmatch(token) else _NO_TOKEN


def _shown(found: Verified | None) -> str:
    """What the page says: valid, revoked, superseded, erased or unknown."""
    return "unknown" if found is None else shown_state(found.state, erased=found.erased)


def shown_state(state: CertificateState, *, erased: bool) -> str:
    """What strangers are told of a certificate that was issued: valid, revoked, superseded or erased."""
    if erased:
        return "erased"
    return "valid" if state is CertificateState.ISSUED else state.value


def _wants_json(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    return "application/json" in accepted and "text/html" not in accepted


def _facts(found: Verified | None, language: str) -> dict[str, Any]:
    shown = _shown(found)
    if found is None:
        return {"state": shown}
    facts: dict[str, Any] = {"state": shown, "serial": found.serial}
    if shown == "erased":
        return facts | _present(revoked_at=found.revoked_at, superseded_at=found.superseded_at)
    workshop = found.workshop
    facts |= {"workshop": choose_text(workshop.title, language)[0], "issued_at": found.issued_at.isoformat()}
    if shown != "valid":
        return facts | _present(
            revoked_at=found.revoked_at,
            reason=found.reason,
            note=found.note,
            superseded_at=found.superseded_at,
            superseded_by=None if found.successor_waits else found.superseded_by,
        )
    country = country_name(workshop.venue.country, language, workshop.country_labels)
    return (
        facts
        | {
            "name": found.name,
            "organisers": list(workshop.organisers),
            "place": f"{workshop.venue.city}, {country}",
            "first_day": min(session.starts for session in workshop.sessions).date().isoformat(),
            "last_day": max(session.ends for session in workshop.sessions).date().isoformat(),
            "kind": found.kind.value,
        }
        | ({} if found.kind is Kind.TRAINER else {"sessions_attended": len(found.attended), "sessions": len(workshop.sessions)})
    )


def _present(**values: object) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items() if value is not None}
