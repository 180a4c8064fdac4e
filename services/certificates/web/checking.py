"""Checking a certificate by its file: compared by its hash without being sent, or sent and looked at, and not kept."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import UploadFile

from services.certificates.document.check import Checked
from services.certificates.document.checking_process import check_apart
from services.certificates.storage.verification import Known, find_by_hash, find_by_token
from services.certificates.web.private_addresses import PRIVATE
from services.certificates.web.throttling import throttled, throttled_files
from services.certificates.web.verification import shown_state
from shared.runtime.database import Pool
from shared.web.pages import Pages
from shared.web.security_headers import CONTENT_SECURITY_POLICY

router = APIRouter(include_in_schema=False, dependencies=[Depends(throttled)])

SCRIPT = (Path(__file__).parent / "scripts" / "check.js").read_bytes()
SCRIPT_PATH = f"/verify/script/{hashlib.sha256(SCRIPT).hexdigest()[:16]}/check.js"
MOST_BYTES = 5_000_000
_NOT_FOUND, _TOO_LARGE, _NOTHING, _BUSY = 404, 413, 422, 503
_HASH = re.compile(r"[0-9a-f]{64}")
_HEADERS = {
    "Content-Security-Policy": f"{CONTENT_SECURITY_POLICY}; script-src 'self'; connect-src 'self'",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}
"""The address is no secret. Without a referrer browsers would send `Origin: null` with the form."""


class Queue:
    """Files are looked at one at a time, and few wait: each is in memory meanwhile, and may take seconds."""

    def __init__(self, most: int = 8) -> None:
        self._most = most
        self._there = 0
        self._one_at_a_time = asyncio.Lock()

    @asynccontextmanager
    async def place(self) -> AsyncIterator[bool]:
        """False, at once, where too many are there already."""
        if self._there >= self._most:
            yield False
            return
        self._there += 1
        try:
            async with self._one_at_a_time:
                yield True
        finally:
            self._there -= 1


@router.get("/verify")
async def ask(request: Request) -> Response:
    """Choose a file."""
    return _page(request)


@router.get(SCRIPT_PATH)
async def script() -> Response:
    """What compares the file in the browser."""
    return Response(SCRIPT, media_type="text/javascript", headers={"Cache-Control": "public, max-age=31536000, immutable"})


@router.get("/verify/known/{sha256}")
async def known(request: Request, sha256: str) -> Response:
    """What became of the certificate whose file has this SHA-256, in hexadecimal: its state, and the address of its page."""
    found = await _find(request, sha256)
    return JSONResponse(found or {"state": "unknown"}, 200 if found else _NOT_FOUND, headers=PRIVATE)


@router.post("/verify", dependencies=[Depends(throttled_files)])
async def look(request: Request) -> Response:
    """Look at a file that is sent."""
    # Before anything of it is read
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > MOST_BYTES:
        return _page(request, _TOO_LARGE, problem="too_large")
    async with request.form(max_files=1, max_fields=1) as form:
        file = form.get("file")
        content = await file.read() if isinstance(file, UploadFile) else b""
    if not content:
        return _page(request, _NOTHING, problem="nothing")
    queue: Queue = request.app.state.queue
    async with queue.place() as is_admitted:
        if not is_admitted:
            return _page(request, _BUSY, problem="busy")
        checked = await check_apart(content, request.app.state.keys_directory)
    found = await _find(request, hashlib.sha256(content).hexdigest())
    named = await _named(request, checked.token) if checked.token and not found else None
    return _page(request, checked=checked, found=found, named=named)


async def _find(request: Request, sha256: str) -> dict[str, str] | None:
    pool: Pool = request.app.state.pool
    async with pool.acquire() as connection:
        found = await find_by_hash(connection, sha256 if _HASH.fullmatch(sha256) else "")
    return _shown(found)


async def _named(request: Request, token: str) -> dict[str, str] | None:
    pool: Pool = request.app.state.pool
    async with pool.acquire() as connection:
        return _shown(await find_by_token(connection, token))


def _shown(found: Known | None) -> dict[str, str] | None:
    return {"state": shown_state(found.state, erased=found.erased), "page": f"/verify/{found.token}"} if found else None


def _page(
    request: Request,
    status: int = 200,
    *,
    checked: Checked | None = None,
    found: dict[str, str] | None = None,
    named: dict[str, str] | None = None,
    problem: str = "",
) -> Response:
    pages: Pages = request.app.state.pages
    shown: dict[str, Any] = {"checked": checked, "found": found, "named": named, "problem": problem}
    return pages.response(request, "check.html", status, headers=_HEADERS, script=SCRIPT_PATH, known="/verify/known/", **shown)
