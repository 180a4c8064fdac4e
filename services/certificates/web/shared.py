"""The page by which a holder shows a certificate to others, until they switch it off. It opens by a token of its own."""

from fastapi import APIRouter, Depends, Request, Response

from services.certificates.storage.shares import Share, find_share
from services.certificates.web.private_addresses import PRIVATE
from services.certificates.web.throttling import throttled
from services.certificates.web.verification import asked
from shared.runtime.database import Pool
from shared.web.pages import Pages

router = APIRouter(include_in_schema=False, dependencies=[Depends(throttled)])

_NOT_FOUND = 404


@router.get("/certificates/shared/{token}")
async def shared(request: Request, token: str) -> Response:
    """The certificate that is valid now. Unknown, switched off and erased are one answer."""
    pool: Pool = request.app.state.pool
    pages: Pages = request.app.state.pages
    async with pool.acquire() as connection:
        share = await find_share(connection, asked(token))
    status = 200 if share else _NOT_FOUND
    certificate = share.certificate if share else None
    return pages.response(request, "shared.html", status, headers=PRIVATE, certificate=certificate, shown=_shown(share))


def _shown(share: Share | None) -> str:
    """What the page says: valid, in the making, not valid or nothing."""
    if share is None:
        return "nothing"
    if share.certificate is None:
        return "in_the_making" if share.in_the_making else "not_valid"
    return "valid"
