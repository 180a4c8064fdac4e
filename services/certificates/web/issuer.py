"""What others need in order to verify without asking us: keys, the root, and which certificates are not valid any more.

It names nobody, and everybody may keep it; so it may be read from pages of other sites too.
"""

import json

from fastapi import APIRouter, HTTPException, Request, Response

from services.certificates.document.issuer import describe_issuer
from services.certificates.document.keys import REVOKED, ROOT, PublicKeys
from services.certificates.storage import status_lists
from shared.runtime.database import Pool

router = APIRouter(prefix="/certificates", include_in_schema=False)

_NOT_FOUND = 404
_SHORT, _LONG = "public, max-age=60", "public, max-age=3600"
_MOST_LISTS = 1_000_000


class Issuer:
    """What does not change while the process runs."""

    def __init__(self, public_url: str, keys: PublicKeys) -> None:
        self.document = json.dumps(describe_issuer(public_url, keys))
        self.root = keys.root
        self.revoked = keys.revoked


@router.get("/did.json")
async def show_issuer(request: Request) -> Response:
    """The document of the issuer's `did:web`."""
    issuer: Issuer = request.app.state.issuer
    return _public(issuer.document, "application/did", _LONG)


@router.get(f"/keys/{ROOT}")
async def show_root(request: Request) -> Response:
    """The certificate that all seals rest on."""
    issuer: Issuer = request.app.state.issuer
    return _public(issuer.root, "application/pkix-cert", _LONG)


@router.get(f"/keys/{REVOKED}")
async def show_revoked(request: Request) -> Response:
    """Certificates of seals that are withdrawn."""
    issuer: Issuer = request.app.state.issuer
    return _public(issuer.revoked, "application/pkix-crl", _LONG)


@router.get("/status/{number}")
async def show_status_list(request: Request, number: int) -> Response:
    """Certificates that are not valid any more, as a signed list of bits."""
    pool: Pool = request.app.state.pool
    credential = None
    if 0 <= number < _MOST_LISTS:
        async with pool.acquire() as connection:
            credential = await status_lists.read(connection, number)
    if credential is None:
        raise HTTPException(_NOT_FOUND)
    return _public(credential, "application/vc", _SHORT)


def _public(content: str | bytes, media_type: str, kept: str) -> Response:
    return Response(content, media_type=media_type, headers={"Cache-Control": kept, "Access-Control-Allow-Origin": "*"})
