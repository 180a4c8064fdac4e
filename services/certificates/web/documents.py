"""The certificate itself, for whoever has its token: the sealed PDF, and the credential in it, in two forms."""

from fastapi import APIRouter, Depends, Request, Response

from services.certificates.storage.verification import find_document
from services.certificates.web.private_addresses import PRIVATE
from services.certificates.web.throttling import throttled
from services.certificates.web.verification import asked, verify
from shared.runtime.database import Pool

router = APIRouter(include_in_schema=False, dependencies=[Depends(throttled)])

_NOT_FOUND, _GONE = 404, 410
_TYPES = {"pdf": "application/pdf", "json": "application/vc", "jwt": "application/vc+jwt"}


@router.get("/certificates/{token}.pdf")
async def download(request: Request, token: str) -> Response:
    """The document, while it is valid; otherwise the page that says what became of it."""
    return await _download(request, token, "pdf")


@router.get("/certificates/{token}.json")
async def download_credential(request: Request, token: str) -> Response:
    """The credential, for wallets and programs, likewise."""
    return await _download(request, token, "json")


@router.get("/certificates/{token}.jwt")
async def download_enveloped(request: Request, token: str) -> Response:
    """The same as a VC-JWT."""
    return await _download(request, token, "jwt")


async def _download(request: Request, token: str, form: str) -> Response:
    pool: Pool = request.app.state.pool
    async with pool.acquire() as connection:
        document = await find_document(connection, asked(token))
    content = None if document is None else {"pdf": document.pdf, "json": document.credential, "jwt": document.enveloped}[form]
    if document is None or content is None:
        answer = await verify(request, token)
        if answer.status_code != _NOT_FOUND:
            answer.status_code = _GONE if document is None else _NOT_FOUND
        return answer
    headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{document.serial}.{form}"'}
    return Response(content, media_type=_TYPES[form], headers=headers)
