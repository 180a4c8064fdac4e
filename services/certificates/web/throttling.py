"""How often one address may ask: in this process's memory, in real time."""

from ipaddress import IPv6Address, ip_address, ip_network

from fastapi import HTTPException, Request
from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

_TOO_MANY = 429


class Throttle:
    """Counts requests by the address they come from.

    Args:
        limit: as «number/period», such as `300/minute`.
    """

    def __init__(self, limit: str) -> None:
        self._limit = parse(limit)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def admit(self, request: Request) -> None:
        """Let the request through or answer 429."""
        if not await self._limiter.hit(self._limit, _counted_as(request.client.host if request.client else "")):
            raise HTTPException(_TOO_MANY, headers={"Retry-After": str(self._limit.get_expiry())})


def _counted_as(host: str) -> str:
    """An IPv6 network of 64 bits as one: it is what a single visitor is given (RFC 6177)."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    # One of IPv4 that came to a socket of both: all of these are in one network of IPv6
    return str(address.ipv4_mapped or ip_network((address, 64), strict=False))


async def throttled(request: Request) -> None:
    """A dependency of pages that anybody may open. Needs `app.state.throttle`."""
    throttle: Throttle = request.app.state.throttle
    await throttle.admit(request)


async def throttled_files(request: Request) -> None:
    """A dependency of what may take seconds of processor time. Needs `app.state.throttle_of_files`."""
    throttle: Throttle = request.app.state.throttle_of_files
    await throttle.admit(request)
